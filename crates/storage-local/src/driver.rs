//! The driver: types of the core in, work on a blocking thread, types of the core out.

use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use storage_core::groups as group;
use storage_core::{
    Capabilities, ChecksumAlgorithm, ContainerInfo, ContainerName, ContainerQuery, CopyOptions,
    CreateOptions, DeleteContainerOptions, DeleteOptions, Driver, Error, GetOptions, GetOutcome, ListEntry,
    ListQuery, ObjectInfo, ObjectRef, Page, PartOrder, Payload, ProviderInfo, PutOptions, PutOutcome, Result,
    directory_rule,
};

use crate::copy::From;
use crate::error::unsupported;
use crate::read::check_get;
use crate::store::Store;
use crate::write::{Write, check_headers, check_options};

/// The driver of a store of directories; [`LocalConfig`](crate::LocalConfig) opens one.
#[derive(Clone, Debug)]
pub struct LocalDriver {
    pub(crate) store: Arc<Store>,
    info: ProviderInfo,
}

static CAPABILITIES: LazyLock<Arc<Capabilities>> = LazyLock::new(|| {
    let mut it = Capabilities::default();
    it.put_if_absent = true;
    it.put_if_match = true;
    it.delete_if_match = true;
    it.ordered_listing = true;
    it.start_after = true;
    it.any_delimiter = true;
    it.reports_existing_container = true;
    it.server_copy = true;
    it.copy_conditions = true;
    // A file's size is a signed number of 64 bits.
    it.max_copy_bytes = i64::MAX as u64;
    it.max_put_bytes = i64::MAX as u64;
    it.max_object_bytes = i64::MAX as u64;
    it.parts.order = PartOrder::Any;
    it.parts.min_bytes = 1;
    it.parts.max_bytes = i64::MAX as u64;
    it.parts.multiple_bytes = 1;
    it.parts.max_parts = 1_000_000;
    // Writers of one file wait for each other in the kernel.
    it.parts.concurrency = 1;
    it.parts.conditional = true;
    it.parts.resumable = true;
    it.parts.copy = true;
    it.max_key_bytes = 1024;
    it.key_line_breaks = true;
    it.max_metadata_bytes = 8192;
    it.checksums = &ChecksumAlgorithm::ALL;
    it.put_tags = true;
    Arc::new(it)
});

impl LocalDriver {
    pub(crate) fn new(store: Store) -> Self {
        Self {
            store: Arc::new(store),
            info: ProviderInfo::new("local", "Local directories", "local", directory_rule),
        }
    }
}

/// Names what an error is about.
pub(crate) fn about(target: ObjectRef<'_>) -> impl Fn(Error) -> Error + '_ {
    move |error| {
        let error = error.with_container(target.container.as_str());
        // What is wrong with a container is not the object's fault.
        if error.is_container() && error.key().is_none() && is_of_container(&error) {
            return error;
        }
        error.with_key(target.key.as_str())
    }
}

fn is_of_container(error: &Error) -> bool {
    use storage_core::ErrorKind::{ContainerNotFound, InvalidContainerName};
    matches!(error.kind(), ContainerNotFound | InvalidContainerName)
}

#[async_trait]
impl Driver for LocalDriver {
    fn provider(&self) -> &ProviderInfo {
        &self.info
    }

    async fn capabilities(&self, _: Option<&ContainerName>) -> Result<Arc<Capabilities>> {
        Ok(Arc::clone(&CAPABILITIES))
    }

    async fn describe(&self) -> Vec<(String, String)> {
        vec![("root".to_owned(), self.store.settings.root.display().to_string())]
    }

    async fn list_containers(&self, query: &ContainerQuery) -> Result<Page<ContainerInfo>> {
        let query = query.clone();
        self.store.run(move |store| store.list_containers(&query)).await
    }

    async fn create_container(&self, name: &ContainerName, options: &CreateOptions) -> Result<()> {
        let (own, options) = (name.clone(), options.clone());
        let made = self.store.run(move |store| store.create_container(&own, &options)).await;
        made.map_err(|error| error.with_container(name.as_str()))
    }

    async fn head_container(&self, name: &ContainerName) -> Result<ContainerInfo> {
        let own = name.clone();
        let info = self.store.run(move |store| store.head_container(&own)).await;
        info.map_err(|error| error.with_container(name.as_str()))
    }

    async fn delete_container(&self, name: &ContainerName, options: &DeleteContainerOptions) -> Result<()> {
        check_headers(&options.headers)?;
        let own = name.clone();
        let deleted = self.store.run(move |store| store.delete_container(&own)).await;
        deleted.map_err(|error| error.with_container(name.as_str()))
    }

    async fn put_object(
        &self,
        target: ObjectRef<'_>,
        payload: Payload,
        options: &PutOptions,
    ) -> Result<PutOutcome> {
        let write = Write::new(&self.store, target.container, target.key, options).map_err(about(target))?;
        self.store.run(move |store| store.put(&write, &payload)).await.map_err(about(target))
    }

    async fn get_object(&self, target: ObjectRef<'_>, options: &GetOptions) -> Result<GetOutcome> {
        check_get(options).map_err(about(target))?;
        let (container, key, options) = (target.container.clone(), target.key.clone(), options.clone());
        self.store.run(move |store| store.get(&container, &key, &options)).await.map_err(about(target))
    }

    async fn head_object(&self, target: ObjectRef<'_>, options: &GetOptions) -> Result<ObjectInfo> {
        check_get(options).map_err(about(target))?;
        let (container, key, options) = (target.container.clone(), target.key.clone(), options.clone());
        let head = self.store.run(move |store| store.head(&container, &key, &options).map(|it| it.1)).await;
        head.map_err(about(target))
    }

    async fn delete_object(&self, target: ObjectRef<'_>, options: &DeleteOptions) -> Result<()> {
        check_headers(&options.headers).map_err(about(target))?;
        if options.version.is_some() {
            return Err(about(target)(unsupported("versions")));
        }
        let (container, key, if_match) =
            (target.container.clone(), target.key.clone(), options.if_match.clone());
        let deleted = self.store.run(move |store| store.delete(&container, &key, if_match.as_ref())).await;
        deleted.map_err(about(target))
    }

    async fn copy_object(
        &self,
        from: ObjectRef<'_>,
        to: ObjectRef<'_>,
        options: &CopyOptions,
    ) -> Result<PutOutcome> {
        check_headers(&options.headers).map_err(about(to))?;
        if options.source_version.is_some() {
            return Err(about(from)(unsupported("versions")));
        }
        let described = options.replace.as_deref().cloned().unwrap_or_default();
        check_options(&described).map_err(about(to))?;
        let mut write = Write::new(&self.store, to.container, to.key, &described).map_err(about(to))?;
        write.condition = options.condition.clone();
        let source = From { container: from.container.clone(), key: from.key.clone() };
        let options = options.clone();
        self.store.run(move |store| store.copy(&source, &write, &options)).await.map_err(about(to))
    }

    async fn list_objects(&self, container: &ContainerName, query: &ListQuery) -> Result<Page<ListEntry>> {
        let (own, query) = (container.clone(), query.clone());
        let page = self.store.run(move |store| store.list(&own, &query)).await;
        page.map_err(|error| error.with_container(container.as_str()))
    }

    fn multipart(&self) -> Option<&dyn group::MultipartDriver> {
        Some(self)
    }

    fn presign(&self) -> Option<&dyn group::PresignDriver> {
        None
    }

    fn bulk_delete(&self) -> Option<&dyn group::BulkDeleteDriver> {
        None
    }

    fn incomplete_uploads(&self) -> Option<&dyn group::IncompleteUploadsDriver> {
        Some(self)
    }

    fn versions(&self) -> Option<&dyn group::VersionsDriver> {
        None
    }

    fn tags(&self) -> Option<&dyn group::TagsDriver> {
        Some(self)
    }

    fn acl(&self) -> Option<&dyn group::AclDriver> {
        None
    }

    fn metadata(&self) -> Option<&dyn group::MetadataDriver> {
        Some(self)
    }

    fn website(&self) -> Option<&dyn group::WebsiteDriver> {
        None
    }

    fn public_url(&self) -> Option<&dyn group::PublicUrlDriver> {
        Some(self)
    }

    fn rename(&self) -> Option<&dyn group::RenameDriver> {
        Some(self)
    }
}
