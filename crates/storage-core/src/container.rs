//! The handle of one container.

use std::future::IntoFuture;
use std::time::{Duration, SystemTime};

use futures_core::Stream;
use time::OffsetDateTime;

use crate::check;
use crate::error::{Error, ErrorKind, Result};
use crate::groups::{Acl, CdnInfo, CdnOptions, CorsRule, DeleteTarget, UploadQuery, WebsiteConfig};
use crate::idempotency::Operation;
use crate::info::{ContainerInfo, PublicAccess};
use crate::listing::{DeleteMany, IncompleteUploads, List};
use crate::name::{ContainerName, Key};
use crate::object::Object;
use crate::options::{CannedAcl, CreateOptions, DeleteContainerOptions, Metadata};
use crate::runtime::BoxFuture;
use crate::storage::Storage;

/// One container of a store: a bucket, container or directory. The handle is cheap, and it need not exist.
#[derive(Clone, Debug)]
pub struct Container {
    storage: Storage,
    name: ContainerName,
}

impl Container {
    pub(crate) fn new(storage: Storage, name: ContainerName) -> Self {
        Self { storage, name }
    }

    /// Returns the name.
    pub fn name(&self) -> &ContainerName {
        &self.name
    }

    /// Returns the storage.
    pub fn storage(&self) -> &Storage {
        &self.storage
    }

    /// Makes the handle of an object; sends nothing.
    ///
    /// # Errors
    /// `InvalidInput` when the key is empty or holds a NUL character; other limits are checked by the calls.
    pub fn object(&self, key: impl Into<String>) -> Result<Object> {
        let key = Key::parse(key).map_err(|error| self.explain_as(error, "name object"))?;
        Ok(Object::new(self.clone(), key))
    }

    /// Makes the handle of an object of a key that a listing gave; sends nothing.
    pub fn object_at(&self, key: Key) -> Object {
        Object::new(self.clone(), key)
    }

    /// Asks what is known of the container.
    ///
    /// # Errors
    /// `ContainerNotFound`, and `PermissionDenied`, which never counts as "exists".
    pub async fn info(&self) -> Result<ContainerInfo> {
        let info = self.storage.driver().head_container(&self.name).await;
        info.map_err(|error| self.explain_as(error, Operation::HeadContainer.name()))
    }

    /// Tells whether the container is there.
    ///
    /// # Errors
    /// Everything but `ContainerNotFound`.
    pub async fn exists(&self) -> Result<bool> {
        match self.info().await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::ContainerNotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Creates the container.
    ///
    /// One that exists is `ContainerAlreadyExists`, where the store says so.
    pub fn create(&self) -> CreateContainer {
        CreateContainer { container: self.clone(), options: CreateOptions::default(), if_missing: false }
    }

    /// Creates the container unless it is there already.
    pub fn create_if_missing(&self) -> CreateContainer {
        CreateContainer { if_missing: true, ..self.create() }
    }

    /// Deletes the container if it is empty.
    ///
    /// # Errors
    /// `ContainerNotEmpty` when it holds objects, `ContainerNotFound`.
    pub async fn delete(&self) -> Result<()> {
        let done =
            self.storage.driver().delete_container(&self.name, &DeleteContainerOptions::default()).await;
        done.map_err(|error| self.explain_as(error, Operation::DeleteContainer.name()))
    }

    /// Lists objects, page by page as the stream is read.
    pub fn list(&self) -> List {
        List::new(self.clone())
    }

    /// Deletes many objects and reports on each one; a stream of keys of any length is fine.
    pub fn delete_many<S>(&self, targets: S) -> DeleteMany
    where
        S: Stream<Item = DeleteTarget> + Send + 'static,
    {
        DeleteMany::new(self.clone(), Box::pin(targets))
    }

    /// Lists uploads that were begun and never ended.
    pub fn incomplete_uploads(&self) -> IncompleteUploads {
        IncompleteUploads::new(self.clone())
    }

    /// Drops every upload that was begun longer ago than this and never ended.
    pub fn abort_incomplete(&self, older_than: Duration) -> AbortIncomplete {
        AbortIncomplete { container: self.clone(), older_than, prefix: None }
    }

    /// Makes the container a website with these documents.
    ///
    /// # Errors
    /// `Unsupported` where the store serves no websites.
    pub async fn website(&self, config: &WebsiteConfig) -> Result<()> {
        let driver = self.group(self.storage.driver().website(), "static websites")?;
        driver
            .set_website(&self.name, Some(config))
            .await
            .map_err(|error| self.explain_as(error, Operation::SetWebsite.name()))
    }

    /// Returns the documents of the website, if the container is one.
    ///
    /// # Errors
    /// `Unsupported` where the store serves no websites.
    pub async fn website_config(&self) -> Result<Option<WebsiteConfig>> {
        let driver = self.group(self.storage.driver().website(), "static websites")?;
        driver.website(&self.name).await.map_err(|error| self.explain_as(error, Operation::GetWebsite.name()))
    }

    /// Stops serving the container as a website.
    ///
    /// # Errors
    /// `Unsupported` where the store serves no websites.
    pub async fn remove_website(&self) -> Result<()> {
        let driver = self.group(self.storage.driver().website(), "static websites")?;
        driver.set_website(&self.name, None).await.map_err(|error| self.explain_as(error, "remove website"))
    }

    /// Returns the address of the website.
    ///
    /// # Errors
    /// `Unsupported` where the store serves no websites.
    pub async fn website_url(&self) -> Result<String> {
        let driver = self.group(self.storage.driver().website(), "static websites")?;
        driver
            .website_url(&self.name)
            .await
            .map_err(|error| self.explain_as(error, Operation::GetWebsiteUrl.name()))
    }

    /// Returns which pages of other sites may read the container.
    ///
    /// # Errors
    /// `Unsupported` where the store has no such rules.
    pub async fn cors(&self) -> Result<Vec<CorsRule>> {
        let driver = self.group(self.storage.driver().website(), "rules for other sites (CORS)")?;
        driver.cors(&self.name).await.map_err(|error| self.explain_as(error, Operation::GetCors.name()))
    }

    /// Sets which pages of other sites may read the container.
    ///
    /// # Errors
    /// `Unsupported` where the store has no such rules.
    pub async fn set_cors(&self, rules: &[CorsRule]) -> Result<()> {
        let driver = self.group(self.storage.driver().website(), "rules for other sites (CORS)")?;
        driver
            .set_cors(&self.name, rules)
            .await
            .map_err(|error| self.explain_as(error, Operation::SetCors.name()))
    }

    /// Returns who may do what with the container.
    ///
    /// # Errors
    /// `Unsupported` where the store has no access lists.
    pub async fn acl(&self) -> Result<Acl> {
        let driver = self.group(self.storage.driver().acl(), "access lists")?;
        driver.acl(&self.name, None).await.map_err(|error| self.explain_as(error, Operation::GetAcl.name()))
    }

    /// Replaces who may do what by one of the store's canned lists.
    ///
    /// # Errors
    /// `Unsupported` where the store has no access lists.
    pub async fn set_canned_acl(&self, acl: CannedAcl) -> Result<()> {
        let driver = self.group(self.storage.driver().acl(), "access lists")?;
        driver
            .set_canned_acl(&self.name, None, acl)
            .await
            .map_err(|error| self.explain_as(error, Operation::SetAcl.name()))
    }

    /// Replaces the container's metadata.
    ///
    /// # Errors
    /// `Unsupported` where the store can't, `InvalidInput` for what can't be sent.
    pub async fn update_metadata(&self, metadata: &Metadata) -> Result<()> {
        metadata.check().map_err(|error| self.explain_as(error, Operation::UpdateMetadata.name()))?;
        let driver = self.group(self.storage.driver().metadata(), "metadata that can be changed in place")?;
        let done = driver.update_container_metadata(&self.name, metadata).await;
        done.map_err(|error| self.explain_as(error, Operation::UpdateMetadata.name()))
    }

    /// Returns the address for readers without credentials; it is no promise that they may read it.
    ///
    /// # Errors
    /// `Unsupported` where the store has no such addresses.
    pub async fn public_url(&self) -> Result<String> {
        let driver = self.group(self.storage.driver().public_url(), "public addresses")?;
        driver
            .public_url(&self.name, None)
            .await
            .map_err(|error| self.explain_as(error, Operation::GetPublicUrl.name()))
    }

    /// Returns the state of the delivery network.
    ///
    /// # Errors
    /// `Unsupported` where there is none.
    pub async fn cdn(&self) -> Result<CdnInfo> {
        let driver = self.group(self.storage.driver().public_url(), "content delivery network")?;
        driver.cdn(&self.name).await.map_err(|error| self.explain_as(error, Operation::GetCdn.name()))
    }

    /// Switches the delivery network on or off.
    ///
    /// # Errors
    /// `Unsupported` where there is none.
    pub async fn set_cdn(&self, options: &CdnOptions) -> Result<()> {
        let driver = self.group(self.storage.driver().public_url(), "content delivery network")?;
        driver
            .set_cdn(&self.name, options)
            .await
            .map_err(|error| self.explain_as(error, Operation::SetCdn.name()))
    }

    pub(crate) fn explain_as(&self, error: Error, operation: &'static str) -> Error {
        let provider = self.storage.provider().id.clone();
        error.with_operation(operation).with_provider(provider).with_container(&*self.name)
    }

    pub(crate) fn group<'a, T: ?Sized>(&self, group: Option<&'a T>, feature: &str) -> Result<&'a T> {
        group.ok_or_else(|| {
            let error = Error::unsupported(self.storage.provider().id.clone(), feature);
            error.with_container(&*self.name)
        })
    }
}

/// The creation of a container.
#[derive(Debug)]
#[must_use = "nothing is created until it is awaited"]
pub struct CreateContainer {
    container: Container,
    options: CreateOptions,
    if_missing: bool,
}

impl CreateContainer {
    /// Takes all options at once.
    pub fn options(mut self, options: CreateOptions) -> Self {
        self.options = options;
        self
    }

    /// Says where the container shall be.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.options = self.options.region(region);
        self
    }

    /// Says who may read the container.
    pub fn acl(mut self, acl: CannedAcl) -> Self {
        self.options = self.options.acl(acl);
        self
    }

    /// Says what anybody may do without credentials.
    pub fn public_access(mut self, access: PublicAccess) -> Self {
        self.options = self.options.public_access(access);
        self
    }

    /// Adds an entry of metadata.
    pub fn metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.options = self.options.metadata(name, value);
        self
    }

    async fn run(self) -> Result<()> {
        let Self { container, options, if_missing } = self;
        let explain = |error| container.explain_as(error, Operation::CreateContainer.name());
        options.metadata.check().and_then(|()| check::check_headers(&options.headers)).map_err(explain)?;
        match container.storage.driver().create_container(&container.name, &options).await {
            Err(error) if if_missing && error.kind() == ErrorKind::ContainerAlreadyExists => Ok(()),
            done => done.map_err(explain),
        }
    }
}

impl IntoFuture for CreateContainer {
    type Output = Result<()>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

/// The clean-up of uploads that were begun and never ended; gives the number of uploads dropped.
#[derive(Debug)]
#[must_use = "nothing is dropped until it is awaited"]
pub struct AbortIncomplete {
    container: Container,
    older_than: Duration,
    prefix: Option<String>,
}

impl AbortIncomplete {
    /// Leaves alone all keys that do not start with this text.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    async fn run(self) -> Result<u64> {
        let Self { container, older_than, prefix } = self;
        let storage = container.storage.clone();
        let multipart = container.group(storage.driver().multipart(), "uploads in parts")?;
        let now = storage.runtime().now();
        let query = UploadQuery { prefix, ..UploadQuery::default() };
        let mut uploads = container.incomplete_uploads().query(query);
        let mut aborted = 0;
        while let Some(upload) = uploads.next().await.transpose()? {
            // An upload whose age nobody knows may be in use: it is left alone unless every age is meant.
            if !older_than.is_zero() && upload.started.is_none_or(|started| age(now, started) < older_than) {
                continue;
            }
            let object = container.object_at(upload.key);
            let done = multipart.abort_upload(object.target(), &upload.upload).await;
            done.map_err(|error| object.explain(error, Operation::AbortUpload))?;
            aborted += 1;
        }
        Ok(aborted)
    }
}

impl IntoFuture for AbortIncomplete {
    type Output = Result<u64>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

fn age(now: SystemTime, started: OffsetDateTime) -> Duration {
    (OffsetDateTime::from(now) - started).try_into().unwrap_or(Duration::ZERO)
}
