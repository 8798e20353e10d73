//! A driver that has every group, says what it was asked, and counts what goes on in it at once.

mod groups;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use storage_core::groups::{
    AclDriver, BulkDeleteDriver, IncompleteUploadsDriver, MetadataDriver, MultipartDriver, PresignDriver,
    PublicUrlDriver, RenameDriver, TagsDriver, VersionsDriver, WebsiteDriver,
};
use storage_core::{
    Capabilities, ContainerInfo, ContainerName, ContainerQuery, CopyOptions, CreateOptions,
    DeleteContainerOptions, DeleteOptions, Driver, GetOptions, GetOutcome, Key, ListEntry, ListQuery,
    ObjectInfo, ObjectRef, Operation, Page, Payload, ProviderInfo, PutOptions, PutOutcome, Result, Storage,
    memory, wrap,
};

#[derive(Debug)]
pub(crate) struct Probe {
    memory: Arc<dyn Driver>,
    log: Mutex<Vec<String>>,
    gauge: Arc<Gauge>,
}

#[derive(Debug, Default)]
pub(crate) struct Gauge {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Gauge {
    pub(crate) fn now(&self) -> usize {
        self.now.load(Ordering::SeqCst)
    }

    pub(crate) fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }
}

struct Inside(Arc<Gauge>);

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Probe {
    pub(crate) fn new() -> Arc<Self> {
        let (log, gauge) = (Mutex::default(), Arc::default());
        Arc::new(Self { memory: memory::open().shared_driver(), log, gauge })
    }

    pub(crate) fn storage(self: &Arc<Self>) -> Storage {
        Storage::new(Arc::clone(self) as Arc<dyn Driver>)
    }

    pub(crate) fn gauge(&self) -> &Gauge {
        &self.gauge
    }

    /// What was asked since the last time: the operation, the container, and the key where there is one.
    pub(crate) fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut self.log.lock().unwrap())
    }

    async fn enter(&self, operation: Operation, at: impl Into<Place>) -> Inside {
        self.log.lock().unwrap().push(format!("{operation}: {}", at.into().0));
        let now = self.gauge.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.gauge.most.fetch_max(now, Ordering::SeqCst);
        let inside = Inside(Arc::clone(&self.gauge));
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        inside
    }
}

struct Place(String);

impl From<&ContainerName> for Place {
    fn from(container: &ContainerName) -> Self {
        Self(container.as_str().into())
    }
}

impl From<ObjectRef<'_>> for Place {
    fn from(target: ObjectRef<'_>) -> Self {
        Self(format!("{}/{}", target.container.as_str(), target.key.as_str()))
    }
}

impl From<(&ContainerName, Option<&Key>)> for Place {
    fn from((container, key): (&ContainerName, Option<&Key>)) -> Self {
        key.map_or_else(|| container.into(), |key| ObjectRef::new(container, key).into())
    }
}

impl From<(ObjectRef<'_>, ObjectRef<'_>)> for Place {
    fn from((from, to): (ObjectRef<'_>, ObjectRef<'_>)) -> Self {
        Self(format!("{} -> {}", Self::from(from).0, Self::from(to).0))
    }
}

impl From<(&ContainerName, &Option<String>)> for Place {
    fn from((container, prefix): (&ContainerName, &Option<String>)) -> Self {
        Self(format!("{}/{}", container.as_str(), prefix.as_deref().unwrap_or_default()))
    }
}

#[async_trait]
impl Driver for Probe {
    fn provider(&self) -> &ProviderInfo {
        self.memory.provider()
    }
    async fn capabilities(&self, container: Option<&ContainerName>) -> Result<Arc<Capabilities>> {
        self.memory.capabilities(container).await
    }
    async fn describe(&self) -> Vec<(String, String)> {
        self.memory.describe().await
    }

    async fn list_containers(&self, query: &ContainerQuery) -> Result<Page<ContainerInfo>> {
        let _in = self.enter(Operation::ListContainers, Place("".into())).await;
        self.memory.list_containers(query).await
    }
    async fn create_container(&self, name: &ContainerName, options: &CreateOptions) -> Result<()> {
        let _in = self.enter(Operation::CreateContainer, name).await;
        self.memory.create_container(name, options).await
    }
    async fn head_container(&self, name: &ContainerName) -> Result<ContainerInfo> {
        let _in = self.enter(Operation::HeadContainer, name).await;
        self.memory.head_container(name).await
    }
    async fn delete_container(&self, name: &ContainerName, options: &DeleteContainerOptions) -> Result<()> {
        let _in = self.enter(Operation::DeleteContainer, name).await;
        self.memory.delete_container(name, options).await
    }
    async fn put_object(&self, it: ObjectRef<'_>, payload: Payload, o: &PutOptions) -> Result<PutOutcome> {
        let _in = self.enter(Operation::PutObject, it).await;
        self.memory.put_object(it, payload, o).await
    }
    async fn get_object(&self, target: ObjectRef<'_>, options: &GetOptions) -> Result<GetOutcome> {
        let inside = self.enter(Operation::GetObject, target).await;
        let outcome = self.memory.get_object(target, options).await?;
        Ok(GetOutcome::new(outcome.info, outcome.range, wrap::hold(outcome.body, inside, |_, _| ())))
    }
    async fn head_object(&self, target: ObjectRef<'_>, options: &GetOptions) -> Result<ObjectInfo> {
        let _in = self.enter(Operation::HeadObject, target).await;
        self.memory.head_object(target, options).await
    }
    async fn delete_object(&self, target: ObjectRef<'_>, options: &DeleteOptions) -> Result<()> {
        let _in = self.enter(Operation::DeleteObject, target).await;
        self.memory.delete_object(target, options).await
    }
    async fn copy_object(&self, a: ObjectRef<'_>, b: ObjectRef<'_>, o: &CopyOptions) -> Result<PutOutcome> {
        let _in = self.enter(Operation::CopyObject, (a, b)).await;
        self.memory.copy_object(a, b, o).await
    }
    async fn list_objects(&self, container: &ContainerName, query: &ListQuery) -> Result<Page<ListEntry>> {
        let _in = self.enter(Operation::ListObjects, (container, &query.prefix)).await;
        self.memory.list_objects(container, query).await
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
        Some(self)
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
    fn rename(&self) -> Option<&dyn RenameDriver> {
        Some(self)
    }
}
