//! Core types in, calls of the client, core types out.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use storage_core::groups::{
    AclDriver, BulkDeleteDriver, IncompleteUploadsDriver, MetadataDriver, MultipartDriver, PresignDriver,
    PublicUrlDriver, RenameDriver, TagsDriver, VersionsDriver, WebsiteDriver,
};
use storage_core::{
    ByteRange, CannedAcl, Capabilities, ContainerInfo, ContainerName, ContainerQuery, CopyOptions,
    CreateOptions, DeleteContainerOptions, DeleteOptions, Driver, Encryption, Error, ErrorKind, GetOptions,
    GetOutcome, ListEntry, ListQuery, ObjectInfo, ObjectRef, Operation, Page, Payload, ProviderInfo,
    PublicAccess, PutOptions, PutOutcome, Result, WriteCondition,
};
use storage_http::headers::{owned, set, set_extra, text};
use storage_http::{Streamed, ended_as, range_header, range_of, recast};

use crate::client::lists::Markers;
use crate::client::{Client, ID};
use crate::config::{AzurePutOptions, BlobType, Resolved};
use crate::headers;
use crate::names;
use crate::options::AzureDeleteOptions;

/// The driver of Azure Blob Storage.
#[derive(Debug)]
pub(crate) struct AzureDriver {
    pub(crate) client: Client,
    pub(crate) info: ProviderInfo,
    pub(crate) capabilities: Arc<Capabilities>,
    pub(crate) settings: Arc<Resolved>,
    pub(crate) delegation: crate::presign::DelegationKeys,
}

#[async_trait]
impl Driver for AzureDriver {
    fn provider(&self) -> &ProviderInfo {
        &self.info
    }

    async fn capabilities(&self, _: Option<&ContainerName>) -> Result<Arc<Capabilities>> {
        Ok(Arc::clone(&self.capabilities))
    }

    async fn describe(&self) -> Vec<(String, String)> {
        let client = &self.client;
        let place = &client.place;
        let now = client.http.clock().now();
        let (trail, found) = client.credentials.examine(&client.http, now).await;
        let sources: Vec<_> =
            trail.iter().map(|(source, said)| format!("{}: {said}", source.name())).collect();
        let mut facts = vec![
            ("account", place.account.clone()),
            ("endpoint", format!("{}{}", place.endpoint, place.base)),
            ("version", names::VERSION.to_owned()),
            ("credentials", sources.join("; ")),
        ];
        if let Some(secondary) = &place.secondary {
            facts.push(("secondary", format!("{secondary}{}", place.secondary_base)));
        }
        if let Err(error) = found {
            facts.push(("credentials error", error.to_string()));
        }
        let behind = client.http.clock().offset_ms();
        let clock = if behind == 0 { "agrees".to_owned() } else { format!("{behind} ms behind the service") };
        facts.push(("clock", clock));
        facts.push(("manual", "https://learn.microsoft.com/azure/storage/blobs/".to_owned()));
        facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    async fn list_containers(&self, query: &ContainerQuery) -> Result<Page<ContainerInfo>> {
        self.client.list_containers(query).await
    }

    async fn create_container(&self, name: &ContainerName, options: &CreateOptions) -> Result<()> {
        let mut set_headers = HeaderMap::new();
        headers::of_metadata(&mut set_headers, &options.metadata)?;
        if let Some(access) = access_of(options)? {
            set(&mut set_headers, names::PUBLIC_ACCESS, access)?;
        }
        if options.region.is_some() {
            return Err(self.lacks("place for a single container; the account has one"));
        }
        set_extra(&mut set_headers, &options.headers)?;
        match self.client.create_container(name, set_headers).await {
            // An attempt whose answer was lost has made it.
            Err(error) if ended_as(&error, ErrorKind::ContainerAlreadyExists) => Ok(()),
            done => done,
        }
    }

    async fn head_container(&self, name: &ContainerName) -> Result<ContainerInfo> {
        let answer = self.client.head_container(name).await?;
        let mut info = ContainerInfo::new(name.clone());
        info.etag = headers::etag(&answer.headers);
        info.modified = text(&answer.headers, &http::header::LAST_MODIFIED)
            .and_then(|it| httpdate::parse_http_date(it).ok())
            .map(Into::into);
        info.metadata = headers::metadata(&answer.headers);
        info.public_access = Some(match text(&answer.headers, &names::PUBLIC_ACCESS) {
            Some("container") => PublicAccess::Container,
            Some("blob") => PublicAccess::Objects,
            _ => PublicAccess::None,
        });
        headers::service_fields(&answer.headers, &mut info.service_fields);
        Ok(info)
    }

    async fn delete_container(&self, name: &ContainerName, options: &DeleteContainerOptions) -> Result<()> {
        // The service deletes containers with all that is in them.
        let query = ListQuery::new().limit(1u32);
        let mut page = self.client.list_blobs(name, &query).await?;
        let mut markers = Markers::default();
        while page.items.is_empty()
            && let Some(next) = page.next.take()
        {
            markers.check(&next)?;
            page = self.client.list_blobs(name, &query.clone().page_token(next)).await?;
        }
        if !page.items.is_empty() {
            return Err(Error::new(ErrorKind::ContainerNotEmpty, "the container still holds objects"));
        }
        let mut set_headers = HeaderMap::new();
        set_extra(&mut set_headers, &options.headers)?;
        match self.client.delete_container(name, set_headers).await {
            Err(error) if ended_as(&error, ErrorKind::ContainerNotFound) => Ok(()),
            done => done,
        }
    }

    async fn put_object(
        &self,
        target: ObjectRef<'_>,
        payload: Payload,
        options: &PutOptions,
    ) -> Result<PutOutcome> {
        let mut set_headers = self.content(options)?;
        headers::of_condition(&mut set_headers, &options.condition)?;
        let conditional = options.condition != WriteCondition::None;
        let idempotency = Operation::PutObject.idempotency(conditional);
        let done = match self.blob_type(options) {
            BlobType::Append => self.put_append(target, set_headers, payload, options, idempotency).await,
            BlobType::Page => self.put_page(target, set_headers, payload, options, idempotency).await,
            BlobType::Block => self.client.put_blob(target, set_headers, payload, options, idempotency).await,
        };
        done.map_err(|error| match (&options.condition, error.kind()) {
            (WriteCondition::IfMatch(_), ErrorKind::ObjectNotFound) => recast(
                error,
                ErrorKind::PreconditionFailed,
                "there is no object that could have that entity tag",
            ),
            (condition, _) => conditioned(error, condition),
        })
    }

    async fn get_object(&self, target: ObjectRef<'_>, options: &GetOptions) -> Result<GetOutcome> {
        options.range.map_or(Ok(()), ByteRange::check)?;
        let mut set_headers = HeaderMap::new();
        self.customer_key(&mut set_headers, options.encryption.as_ref())?;
        headers::of_read(&mut set_headers, options)?;
        let asked = match options.range {
            // The service knows no ranges from the end: the size comes first, and pins what is read then.
            Some(suffix @ ByteRange::Suffix(_)) => {
                let info = self.head_object(target, options).await?;
                let range = suffix.resolve(info.size)?;
                if range.is_empty() {
                    return Ok(GetOutcome::new(info, 0..0, Bytes::new().into()));
                }
                if let Some(etag) = &info.etag {
                    set(&mut set_headers, http::header::IF_MATCH, &headers::quoted(etag))?;
                }
                Some(ByteRange::from(range))
            }
            asked => asked,
        };
        let version = options.version.as_ref();
        let range = asked.map(range_header);
        match self.client.get_blob(target, version, set_headers, range.as_deref()).await {
            Ok(answer) => match (outcome(target, answer, asked, options), asked) {
                // Emulators answer ranges that can't be with ranges that make no sense.
                (Err(error), Some(asked)) if error.kind() == ErrorKind::UnexpectedResponse => {
                    let Ok(info) = self.head_object(target, options).await else { return Err(error) };
                    match asked.resolve(info.size)? {
                        range if range.is_empty() => Ok(GetOutcome::new(info, 0..0, Bytes::new().into())),
                        _ => Err(error),
                    }
                }
                (outcome, _) => outcome,
            },
            Err(error) if error.kind() == ErrorKind::InvalidRange && asked.is_some() => {
                let info = self.head_object(target, options).await?;
                match options.range.map(|it| it.resolve(info.size)) {
                    // Every range of an empty object is empty, but the service refuses all of them.
                    Some(Ok(_)) if info.size == 0 => Ok(GetOutcome::new(info, 0..0, Bytes::new().into())),
                    _ => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    async fn head_object(&self, target: ObjectRef<'_>, options: &GetOptions) -> Result<ObjectInfo> {
        let mut set_headers = HeaderMap::new();
        self.customer_key(&mut set_headers, options.encryption.as_ref())?;
        headers::of_read(&mut set_headers, options)?;
        let answer = self.client.head_blob(target, options.version.as_ref(), set_headers).await?;
        let size = answer.header("content-length").and_then(storage_http::headers::number);
        let size = size.ok_or_else(|| {
            let message = "the answer does not say how large the object is";
            Error::new(ErrorKind::UnexpectedResponse, message)
        })?;
        let mut info = headers::info(target.key, size, &answer.headers);
        headers::service_fields(&answer.headers, &mut info.service_fields);
        options.check(&info)?;
        Ok(info)
    }

    async fn delete_object(&self, target: ObjectRef<'_>, options: &DeleteOptions) -> Result<()> {
        let mut set_headers = HeaderMap::new();
        if let Some(etag) = &options.if_match {
            set(&mut set_headers, http::header::IF_MATCH, &headers::quoted(etag))?;
        }
        if let Some(own) = options.extensions.get::<AzureDeleteOptions>() {
            storage_http::headers::set_opt(&mut set_headers, names::LEASE_ID, own.lease_id.as_deref())?;
            let snapshots = own.snapshots.map(|it| it.name());
            storage_http::headers::set_opt(&mut set_headers, names::DELETE_SNAPSHOTS, snapshots)?;
        }
        set_extra(&mut set_headers, &options.headers)?;
        let conditional = options.if_match.is_some();
        match self.client.delete_blob(target, options.version.as_ref(), set_headers, conditional).await {
            // Deleting what is not there succeeds; with a condition, what it was about is gone.
            Err(error) if error.kind() == ErrorKind::ObjectNotFound && !conditional => Ok(()),
            Err(error) if error.kind() == ErrorKind::ObjectNotFound => {
                Err(recast(error, ErrorKind::PreconditionFailed, "the object is not there"))
            }
            done => done,
        }
    }

    async fn copy_object(
        &self,
        from: ObjectRef<'_>,
        to: ObjectRef<'_>,
        options: &CopyOptions,
    ) -> Result<PutOutcome> {
        self.copy(from, to, options).await
    }

    async fn list_objects(&self, container: &ContainerName, query: &ListQuery) -> Result<Page<ListEntry>> {
        if query.start_after.as_deref().is_some_and(|it| !it.is_empty()) {
            return Err(self.lacks("listings that start behind a key"));
        }
        self.client.list_blobs(container, query).await
    }

    fn multipart(&self) -> Option<&dyn MultipartDriver> {
        Some(self)
    }

    fn presign(&self) -> Option<&dyn PresignDriver> {
        Some(self)
    }

    fn bulk_delete(&self) -> Option<&dyn BulkDeleteDriver> {
        Some(self)
    }

    fn incomplete_uploads(&self) -> Option<&dyn IncompleteUploadsDriver> {
        Some(self)
    }

    fn versions(&self) -> Option<&dyn VersionsDriver> {
        self.settings.versions.then_some(self)
    }

    fn tags(&self) -> Option<&dyn TagsDriver> {
        Some(self)
    }

    fn acl(&self) -> Option<&dyn AclDriver> {
        Some(self)
    }

    fn metadata(&self) -> Option<&dyn MetadataDriver> {
        Some(self)
    }

    fn website(&self) -> Option<&dyn WebsiteDriver> {
        Some(self)
    }

    fn public_url(&self) -> Option<&dyn PublicUrlDriver> {
        Some(self)
    }

    // Accounts without directories of their own rename by copying and deleting, which is not atomic.
    fn rename(&self) -> Option<&dyn RenameDriver> {
        None
    }
}

impl AzureDriver {
    /// Makes the error for what the service lacks.
    pub(crate) fn lacks(&self, feature: &str) -> Error {
        Error::unsupported(ID, feature)
    }

    /// The headers that stay with a new object, and those that say how it is written.
    pub(crate) fn content(&self, options: &PutOptions) -> Result<HeaderMap> {
        let mut set_headers = self.kept(options)?;
        self.written_with(&mut set_headers, options)?;
        Ok(set_headers)
    }

    /// The headers that stay with a new object, which hold no secret.
    pub(crate) fn kept(&self, options: &PutOptions) -> Result<HeaderMap> {
        let mut set_headers = HeaderMap::new();
        if let Some(tier) = &self.settings.defaults.tier {
            set(&mut set_headers, names::ACCESS_TIER, tier)?;
        }
        headers::of_content(&mut set_headers, options)?;
        if let Some(own) = options.extensions.get::<AzurePutOptions>() {
            headers::of_azure(&mut set_headers, own)?;
        }
        set_extra(&mut set_headers, &options.headers)?;
        Ok(set_headers)
    }

    /// The headers that every request of an upload carries: encryption and the lease.
    pub(crate) fn written_with(&self, set_headers: &mut HeaderMap, options: &PutOptions) -> Result<()> {
        let own = options.extensions.get::<AzurePutOptions>();
        let scope = own.and_then(|it| it.encryption_scope.as_ref());
        let default_scope = self
            .settings
            .defaults
            .encryption_scope
            .as_ref()
            .filter(|_| !matches!(options.encryption, Some(Encryption::CustomerKey(_))));
        let named = match &options.encryption {
            Some(Encryption::KeyService { key_id: Some(scope) }) => Some(scope),
            _ => scope.or(default_scope),
        };
        storage_http::headers::set_opt(set_headers, names::ENCRYPTION_SCOPE, named.map(String::as_str))?;
        self.customer_key(set_headers, options.encryption.as_ref())?;
        let lease = own.and_then(|it| it.lease_id.as_deref());
        storage_http::headers::set_opt(set_headers, names::LEASE_ID, lease)
    }

    /// The headers that carry the key of the caller's.
    pub(crate) fn customer_key(&self, set_headers: &mut HeaderMap, asked: Option<&Encryption>) -> Result<()> {
        let key = match asked {
            Some(Encryption::CustomerKey(key)) => Some(key),
            Some(_) => None,
            None => self.settings.defaults.customer_key.as_ref(),
        };
        key.map_or(Ok(()), |key| headers::of_customer_key(set_headers, key))
    }
}

/// Checks the head of an answer to a read, and makes an outcome of it.
fn outcome(
    target: ObjectRef<'_>,
    answer: Streamed,
    asked: Option<ByteRange>,
    options: &GetOptions,
) -> Result<GetOutcome> {
    let (range, size) = range_of(&answer, asked)?;
    let info = headers::info(target.key, size, &answer.headers);
    options.check(&info)?;
    Ok(GetOutcome::new(info, range, answer.body))
}

/// What a new container lets anybody do.
fn access_of(options: &CreateOptions) -> Result<Option<&'static str>> {
    match (options.public_access, options.acl) {
        (Some(PublicAccess::Container), _) | (None, Some(CannedAcl::PublicRead)) => Ok(Some("container")),
        (Some(PublicAccess::Objects), _) => Ok(Some("blob")),
        (Some(PublicAccess::None), _) | (None, None | Some(CannedAcl::Private)) => Ok(None),
        _ => {
            Err(Error::unsupported(ID, "such a list of who may do what; `private` and `public-read` it has"))
        }
    }
}

/// A condition that does not hold means that the object exists, where it was to be created: some calls are told so, others
/// that the condition does not hold. Leases and the source of a copy are other conditions.
pub(crate) fn conditioned(error: Error, condition: &WriteCondition) -> Error {
    let about_target = matches!(error.code(), None | Some("ConditionNotMet" | "TargetConditionNotMet"));
    match (condition, error.kind()) {
        (WriteCondition::IfAbsent, ErrorKind::PreconditionFailed) if about_target => {
            recast(error, ErrorKind::AlreadyExists, "there is an object under that key already")
        }
        _ => error,
    }
}

/// The public half of an answer's copy status.
pub(crate) fn copy_status(headers: &HeaderMap) -> (Option<String>, Option<String>) {
    (owned(headers, &names::COPY_ID), owned(headers, &names::COPY_STATUS))
}
