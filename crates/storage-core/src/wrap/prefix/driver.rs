//! The calls that every driver has, below a prefix.

use std::sync::Arc;

use async_trait::async_trait;

use super::{PrefixView, at, without_totals};
use crate::capabilities::Capabilities;
use crate::driver::Driver;
use crate::error::Result;
use crate::groups::{
    AclDriver, BulkDeleteDriver, IncompleteUploadsDriver, MetadataDriver, MultipartDriver, PresignDriver,
    PublicUrlDriver, RenameDriver, TagsDriver, VersionsDriver, WebsiteDriver,
};
use crate::info::{ContainerInfo, GetOutcome, ListEntry, ObjectInfo, Page, PutOutcome};
use crate::name::{ContainerName, ObjectRef};
use crate::options::{
    ContainerQuery, CopyOptions, CreateOptions, DeleteContainerOptions, DeleteOptions, GetOptions, ListQuery,
    PutOptions,
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
impl Driver for PrefixView {
    fn provider(&self) -> &ProviderInfo {
        self.inner.provider()
    }

    async fn capabilities(&self, container: Option<&ContainerName>) -> Result<Arc<Capabilities>> {
        let inner = self.inner.capabilities(container).await?;
        let max_key_bytes = inner.max_key_bytes.saturating_sub(self.prefix.len());
        Ok(Arc::new(Capabilities { max_key_bytes, ..(*inner).clone() }))
    }

    async fn describe(&self) -> Vec<(String, String)> {
        self.inner.describe().await
    }

    async fn list_containers(&self, query: &ContainerQuery) -> Result<Page<ContainerInfo>> {
        let page = self.inner.list_containers(query).await?;
        Ok(Self::page(page, |info| Some(without_totals(info))))
    }

    async fn create_container(&self, name: &ContainerName, options: &CreateOptions) -> Result<()> {
        self.inner.create_container(name, options).await
    }

    async fn head_container(&self, name: &ContainerName) -> Result<ContainerInfo> {
        self.inner.head_container(name).await.map(without_totals)
    }

    async fn delete_container(&self, _: &ContainerName, _: &DeleteContainerOptions) -> Result<()> {
        Err(self.refuse("delete the container"))
    }

    async fn put_object(
        &self,
        target: ObjectRef<'_>,
        payload: Payload,
        options: &PutOptions,
    ) -> Result<PutOutcome> {
        let key = self.key(target.key)?;
        self.explain(self.inner.put_object(at(target, &key), payload, options).await)
    }

    async fn get_object(&self, target: ObjectRef<'_>, options: &GetOptions) -> Result<GetOutcome> {
        let key = self.key(target.key)?;
        let outcome = self.explain(self.inner.get_object(at(target, &key), options).await)?;
        let GetOutcome { info, range, body } = outcome;
        let info = ObjectInfo { key: target.key.clone(), ..info };
        Ok(GetOutcome::new(info, range, self.body(body)))
    }

    async fn head_object(&self, target: ObjectRef<'_>, options: &GetOptions) -> Result<ObjectInfo> {
        let key = self.key(target.key)?;
        let info = self.explain(self.inner.head_object(at(target, &key), options).await)?;
        Ok(ObjectInfo { key: target.key.clone(), ..info })
    }

    async fn delete_object(&self, target: ObjectRef<'_>, options: &DeleteOptions) -> Result<()> {
        let key = self.key(target.key)?;
        self.explain(self.inner.delete_object(at(target, &key), options).await)
    }

    async fn copy_object(
        &self,
        from: ObjectRef<'_>,
        to: ObjectRef<'_>,
        options: &CopyOptions,
    ) -> Result<PutOutcome> {
        let (source, key) = (self.key(from.key)?, self.key(to.key)?);
        self.explain(self.inner.copy_object(at(from, &source), at(to, &key), options).await)
    }

    async fn list_objects(&self, container: &ContainerName, query: &ListQuery) -> Result<Page<ListEntry>> {
        let query = ListQuery {
            prefix: Some(self.full(query.prefix.as_deref().unwrap_or_default())),
            start_after: query.start_after.as_deref().map(|key| self.full(key)),
            ..query.clone()
        };
        let page = self.explain(self.inner.list_objects(container, &query).await)?;
        Ok(Self::page(page, |entry| match entry {
            ListEntry::Object(object) => self.shown_entry(object).map(ListEntry::Object),
            ListEntry::Prefix(prefix) => self.shown(&prefix).map(ListEntry::Prefix),
        }))
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
        public_url: PublicUrlDriver,
        rename: RenameDriver,
    }

    fn website(&self) -> Option<&dyn WebsiteDriver> {
        None
    }
}
