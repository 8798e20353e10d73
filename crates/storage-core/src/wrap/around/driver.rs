//! The calls that every driver has.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Around, Call, Interceptor};
use crate::capabilities::Capabilities;
use crate::driver::Driver;
use crate::error::Result;
use crate::groups::{
    AclDriver, BulkDeleteDriver, IncompleteUploadsDriver, MetadataDriver, MultipartDriver, PresignDriver,
    PublicUrlDriver, RenameDriver, TagsDriver, VersionsDriver, WebsiteDriver,
};
use crate::idempotency::Operation;
use crate::info::{ContainerInfo, GetOutcome, ListEntry, ObjectInfo, Page, PutOutcome};
use crate::name::{ContainerName, ObjectRef};
use crate::options::{
    ContainerQuery, CopyOptions, CreateOptions, DeleteContainerOptions, DeleteOptions, GetOptions, ListQuery,
    PutOptions, WriteCondition,
};
use crate::payload::Payload;
use crate::provider::ProviderInfo;

macro_rules! same_groups {
    ($($accessor:ident: $group:ident,)*) => {
        $(fn $accessor(&self) -> Option<&dyn $group> {
            self.inner.$accessor().map(|_| self as _)
        })*
    };
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Interceptor> Driver for Around<I> {
    fn provider(&self) -> &ProviderInfo {
        self.inner.provider()
    }

    async fn capabilities(&self, container: Option<&ContainerName>) -> Result<Arc<Capabilities>> {
        self.inner.capabilities(container).await
    }

    async fn describe(&self) -> Vec<(String, String)> {
        self.inner.describe().await
    }

    async fn list_containers(&self, query: &ContainerQuery) -> Result<Page<ContainerInfo>> {
        self.run(Call::of(Operation::ListContainers), self.inner.list_containers(query)).await
    }

    async fn create_container(&self, name: &ContainerName, options: &CreateOptions) -> Result<()> {
        let call = Call::in_container(Operation::CreateContainer, name);
        self.run(call, self.inner.create_container(name, options)).await
    }

    async fn head_container(&self, name: &ContainerName) -> Result<ContainerInfo> {
        let call = Call::in_container(Operation::HeadContainer, name);
        self.run(call, self.inner.head_container(name)).await
    }

    async fn delete_container(&self, name: &ContainerName, options: &DeleteContainerOptions) -> Result<()> {
        let call = Call::in_container(Operation::DeleteContainer, name);
        self.run(call, self.inner.delete_container(name, options)).await
    }

    async fn put_object(
        &self,
        target: ObjectRef<'_>,
        payload: Payload,
        options: &PutOptions,
    ) -> Result<PutOutcome> {
        let call = Call {
            payload_bytes: payload.len(),
            conditional: options.condition != WriteCondition::None,
            ..Call::on(Operation::PutObject, target)
        };
        self.run(call, self.inner.put_object(target, payload, options)).await
    }

    async fn get_object(&self, target: ObjectRef<'_>, options: &GetOptions) -> Result<GetOutcome> {
        let call = Call::on(Operation::GetObject, target);
        let (outcome, permit) = self.begin(&call, self.inner.get_object(target, options)).await?;
        let GetOutcome { info, range, body } = outcome;
        let body = self.interceptor.body(&call, permit, body, range.end.saturating_sub(range.start));
        Ok(GetOutcome::new(info, range, body))
    }

    async fn head_object(&self, target: ObjectRef<'_>, options: &GetOptions) -> Result<ObjectInfo> {
        self.run(Call::on(Operation::HeadObject, target), self.inner.head_object(target, options)).await
    }

    async fn delete_object(&self, target: ObjectRef<'_>, options: &DeleteOptions) -> Result<()> {
        let conditional = options.if_match.is_some();
        let call = Call { conditional, ..Call::on(Operation::DeleteObject, target) };
        self.run(call, self.inner.delete_object(target, options)).await
    }

    async fn copy_object(
        &self,
        from: ObjectRef<'_>,
        to: ObjectRef<'_>,
        options: &CopyOptions,
    ) -> Result<PutOutcome> {
        let conditional = options.condition != WriteCondition::None;
        let call = Call { conditional, ..Call::on(Operation::CopyObject, to) };
        self.run(call, self.inner.copy_object(from, to, options)).await
    }

    async fn list_objects(&self, container: &ContainerName, query: &ListQuery) -> Result<Page<ListEntry>> {
        let call = Call::in_container(Operation::ListObjects, container);
        self.run(call, self.inner.list_objects(container, query)).await
    }

    same_groups! {
        multipart: MultipartDriver,
        presign: PresignDriver,
        bulk_delete: BulkDeleteDriver,
        incomplete_uploads: IncompleteUploadsDriver,
        versions: VersionsDriver,
        tags: TagsDriver,
        acl: AclDriver,
        metadata: MetadataDriver,
        website: WebsiteDriver,
        public_url: PublicUrlDriver,
        rename: RenameDriver,
    }
}
