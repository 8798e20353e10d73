//! Core types in, client calls, core types out.

use std::sync::Arc;

use async_trait::async_trait;
use storage_core::groups::{
    AclDriver, BulkDeleteDriver, IncompleteUploadsDriver, MetadataDriver, MultipartDriver, PresignDriver,
    PublicUrlDriver, RenameDriver, TagsDriver, VersionsDriver, WebsiteDriver,
};
use storage_core::{
    Capabilities, ContainerInfo, ContainerName, ContainerQuery, CopyOptions, CreateOptions, DeleteContainerOptions,
    DeleteOptions, Driver, GetOptions, GetOutcome, ListEntry, ListQuery, ObjectInfo, ObjectRef, Page, Payload,
    ProviderInfo, PutOptions, PutOutcome, Result, directory_rule,
};

use crate::client::Client;
use crate::vendors::Vendor;

/// The driver of the protocol.
#[derive(Debug)]
pub(crate) struct SkeletonDriver {
    info: ProviderInfo,
    capabilities: Arc<Capabilities>,
    client: Client,
}

impl SkeletonDriver {
    pub(crate) fn new(vendor: &'static Vendor, client: Client) -> Self {
        // Put the service's own rule for names in the place of the rule for directories.
        let info = ProviderInfo::new(vendor.name, vendor.title, "skeleton", directory_rule);
        Self { info, capabilities: Arc::new(Capabilities::default()), client }
    }
}

#[async_trait]
impl Driver for SkeletonDriver {
    fn provider(&self) -> &ProviderInfo {
        &self.info
    }

    async fn capabilities(&self, _: Option<&ContainerName>) -> Result<Arc<Capabilities>> {
        Ok(Arc::clone(&self.capabilities))
    }

    async fn describe(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    async fn list_containers(&self, _query: &ContainerQuery) -> Result<Page<ContainerInfo>> {
        self.client.call("listing of containers")
    }

    async fn create_container(&self, _name: &ContainerName, _options: &CreateOptions) -> Result<()> {
        self.client.call("creation of containers")
    }

    async fn head_container(&self, _name: &ContainerName) -> Result<ContainerInfo> {
        self.client.call("head of containers")
    }

    async fn delete_container(&self, _name: &ContainerName, _options: &DeleteContainerOptions) -> Result<()> {
        self.client.call("deletion of containers")
    }

    async fn put_object(&self, _target: ObjectRef<'_>, _payload: Payload, _options: &PutOptions) -> Result<PutOutcome> {
        self.client.call("put of objects")
    }

    async fn get_object(&self, _target: ObjectRef<'_>, _options: &GetOptions) -> Result<GetOutcome> {
        self.client.call("get of objects")
    }

    async fn head_object(&self, target: ObjectRef<'_>, options: &GetOptions) -> Result<ObjectInfo> {
        let (size, _headers) = self.client.head_object(target).await?;
        let info = ObjectInfo::new(target.key.clone(), size);
        // Conditions that the service ignores show in what it tells of the object.
        options.check(&info)?;
        Ok(info)
    }

    async fn delete_object(&self, _target: ObjectRef<'_>, _options: &DeleteOptions) -> Result<()> {
        self.client.call("deletion of objects")
    }

    async fn copy_object(&self, _from: ObjectRef<'_>, _to: ObjectRef<'_>, _options: &CopyOptions) -> Result<PutOutcome> {
        self.client.call("copy of objects")
    }

    async fn list_objects(&self, _container: &ContainerName, _query: &ListQuery) -> Result<Page<ListEntry>> {
        self.client.call("listing of objects")
    }

    fn multipart(&self) -> Option<&dyn MultipartDriver> {
        None
    }

    fn presign(&self) -> Option<&dyn PresignDriver> {
        None
    }

    fn bulk_delete(&self) -> Option<&dyn BulkDeleteDriver> {
        None
    }

    fn incomplete_uploads(&self) -> Option<&dyn IncompleteUploadsDriver> {
        None
    }

    fn versions(&self) -> Option<&dyn VersionsDriver> {
        None
    }

    fn tags(&self) -> Option<&dyn TagsDriver> {
        None
    }

    fn acl(&self) -> Option<&dyn AclDriver> {
        None
    }

    fn metadata(&self) -> Option<&dyn MetadataDriver> {
        None
    }

    fn website(&self) -> Option<&dyn WebsiteDriver> {
        None
    }

    fn public_url(&self) -> Option<&dyn PublicUrlDriver> {
        None
    }

    fn rename(&self) -> Option<&dyn RenameDriver> {
        None
    }
}
