//! A store in memory that has every optional group, so that every verb has something to work on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use storage::memory::MemoryDriver;
use storage::{
    CannedAcl, Capabilities, ContainerInfo, ContainerName, ContainerQuery, CopyOptions, CreateOptions,
    DeleteContainerOptions, DeleteOptions, Driver, Error, ErrorKind, GetOptions, GetOutcome, Key, ListEntry,
    ListQuery, ObjectInfo, ObjectRef, Page, Payload, ProviderInfo, PutOptions, PutOutcome, Result,
    directory_rule, groups as group,
};

/// The driver; what the optional groups set is kept for all containers together.
#[derive(Debug)]
pub(super) struct Full {
    pub(super) inner: MemoryDriver,
    info: ProviderInfo,
    pub(super) set: Mutex<Set>,
}

/// What was set.
#[derive(Debug, Default)]
pub(super) struct Set {
    pub(super) website: Option<group::WebsiteConfig>,
    pub(super) cors: Vec<group::CorsRule>,
    /// By key; the container's own is the empty one.
    pub(super) acls: BTreeMap<String, CannedAcl>,
    pub(super) cdn: group::CdnOptions,
    pub(super) restored: Option<String>,
    /// How a key ends that can't be written now.
    pub(super) refused: Option<&'static str>,
}

impl Full {
    pub(super) fn new() -> Self {
        Self {
            inner: MemoryDriver::new(),
            info: ProviderInfo::new("full", "Full store", "full", directory_rule),
            set: Mutex::default(),
        }
    }
}

impl Full {
    /// Notes what is written, unless it is refused.
    fn take(&self, key: &Key, options: &PutOptions) -> Result<()> {
        let mut set = self.set.lock().unwrap();
        if set.refused.is_some_and(|end| key.ends_with(end)) {
            return Err(Error::new(ErrorKind::Unavailable, "the store is out for lunch"));
        }
        if let Some(acl) = options.acl {
            set.acls.insert(key.as_str().to_owned(), acl);
        }
        Ok(())
    }
}

#[async_trait]
impl Driver for Full {
    fn provider(&self) -> &ProviderInfo {
        &self.info
    }

    async fn capabilities(&self, container: Option<&ContainerName>) -> Result<Arc<Capabilities>> {
        let mut all = Capabilities::clone(&*self.inner.capabilities(container).await?);
        all.acls = &[CannedAcl::Private, CannedAcl::PublicRead];
        Ok(Arc::new(all))
    }

    async fn describe(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    async fn list_containers(&self, query: &ContainerQuery) -> Result<Page<ContainerInfo>> {
        self.inner.list_containers(query).await
    }

    async fn create_container(&self, name: &ContainerName, options: &CreateOptions) -> Result<()> {
        self.inner.create_container(name, options).await
    }

    async fn head_container(&self, name: &ContainerName) -> Result<ContainerInfo> {
        self.inner.head_container(name).await
    }

    async fn delete_container(&self, name: &ContainerName, options: &DeleteContainerOptions) -> Result<()> {
        self.inner.delete_container(name, options).await
    }

    async fn put_object(
        &self,
        it: ObjectRef<'_>,
        payload: Payload,
        options: &PutOptions,
    ) -> Result<PutOutcome> {
        self.take(it.key, options)?;
        self.inner.put_object(it, payload, options).await
    }

    async fn get_object(&self, it: ObjectRef<'_>, options: &GetOptions) -> Result<GetOutcome> {
        self.inner.get_object(it, options).await
    }

    async fn head_object(&self, it: ObjectRef<'_>, options: &GetOptions) -> Result<ObjectInfo> {
        self.inner.head_object(it, options).await
    }

    async fn delete_object(&self, it: ObjectRef<'_>, options: &DeleteOptions) -> Result<()> {
        self.inner.delete_object(it, options).await
    }

    async fn copy_object(
        &self,
        from: ObjectRef<'_>,
        to: ObjectRef<'_>,
        options: &CopyOptions,
    ) -> Result<PutOutcome> {
        self.inner.copy_object(from, to, options).await
    }

    async fn list_objects(&self, container: &ContainerName, query: &ListQuery) -> Result<Page<ListEntry>> {
        self.inner.list_objects(container, query).await
    }

    fn multipart(&self) -> Option<&dyn group::MultipartDriver> {
        self.inner.multipart()
    }

    fn presign(&self) -> Option<&dyn group::PresignDriver> {
        Some(self)
    }

    fn bulk_delete(&self) -> Option<&dyn group::BulkDeleteDriver> {
        self.inner.bulk_delete()
    }

    fn incomplete_uploads(&self) -> Option<&dyn group::IncompleteUploadsDriver> {
        self.inner.incomplete_uploads()
    }

    fn versions(&self) -> Option<&dyn group::VersionsDriver> {
        Some(self)
    }

    fn tags(&self) -> Option<&dyn group::TagsDriver> {
        self.inner.tags()
    }

    fn acl(&self) -> Option<&dyn group::AclDriver> {
        Some(self)
    }

    fn metadata(&self) -> Option<&dyn group::MetadataDriver> {
        self.inner.metadata()
    }

    fn website(&self) -> Option<&dyn group::WebsiteDriver> {
        Some(self)
    }

    fn public_url(&self) -> Option<&dyn group::PublicUrlDriver> {
        Some(self)
    }

    fn rename(&self) -> Option<&dyn group::RenameDriver> {
        self.inner.rename()
    }
}
