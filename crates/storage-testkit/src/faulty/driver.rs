//! The calls that every driver has.

use std::sync::Arc;

use async_trait::async_trait;
use storage_core::groups::{
    AclDriver, BulkDeleteDriver, IncompleteUploadsDriver, MetadataDriver, MultipartDriver, PresignDriver,
    PublicUrlDriver, RenameDriver, TagsDriver, VersionsDriver, WebsiteDriver,
};
use storage_core::{
    Capabilities, Checksums, ContainerInfo, ContainerName, ContainerQuery, CopyOptions, CreateOptions,
    DeleteContainerOptions, DeleteOptions, Driver, ETag, GetOptions, GetOutcome, ListEntry, ListQuery,
    ObjectInfo, ObjectRef, Page, PageToken, Payload, ProviderInfo, PutOptions, PutOutcome, Result,
};

use super::Faulty;
use super::body::broken;
use super::rule::{Call, Effect};

#[async_trait]
impl Driver for Faulty {
    fn provider(&self) -> &ProviderInfo {
        self.inner.provider()
    }

    async fn capabilities(&self, container: Option<&ContainerName>) -> Result<Arc<Capabilities>> {
        self.plain(Call::Capabilities, None, self.inner.capabilities(container)).await
    }

    async fn describe(&self) -> Vec<(String, String)> {
        self.inner.describe().await
    }

    async fn list_containers(&self, query: &ContainerQuery) -> Result<Page<ContainerInfo>> {
        let inner = self.inner.list_containers(query);
        let (page, effects) = self.run(Call::ListContainers, None, inner).await?;
        Ok(paged(page, &effects, query.page_token.as_ref()))
    }

    async fn create_container(&self, name: &ContainerName, options: &CreateOptions) -> Result<()> {
        self.plain(Call::CreateContainer, None, self.inner.create_container(name, options)).await
    }

    async fn head_container(&self, name: &ContainerName) -> Result<ContainerInfo> {
        self.plain(Call::HeadContainer, None, self.inner.head_container(name)).await
    }

    async fn delete_container(&self, name: &ContainerName, options: &DeleteContainerOptions) -> Result<()> {
        self.plain(Call::DeleteContainer, None, self.inner.delete_container(name, options)).await
    }

    async fn put_object(
        &self,
        target: ObjectRef<'_>,
        payload: Payload,
        options: &PutOptions,
    ) -> Result<PutOutcome> {
        let inner = self.inner.put_object(target, payload, options);
        let (mut outcome, effects) = self.run(Call::PutObject, Some(target.key), inner).await?;
        retell(&effects, &mut outcome.etag, &mut outcome.checksums);
        Ok(outcome)
    }

    async fn get_object(&self, target: ObjectRef<'_>, options: &GetOptions) -> Result<GetOutcome> {
        // Whether the range is ignored has to be known before the call, so the rules are asked first.
        let ((), effects) = self.run(Call::GetObject, Some(target.key), async { Ok(()) }).await?;
        let mut options = options.clone();
        if effects.iter().any(|it| matches!(it, Effect::IgnoreRange)) {
            options.range = None;
        }
        let mut outcome = self.inner.get_object(target, &options).await?;
        retell(&effects, &mut outcome.info.etag, &mut outcome.info.checksums);
        outcome.body = broken(outcome.body, &effects);
        Ok(outcome)
    }

    async fn head_object(&self, target: ObjectRef<'_>, options: &GetOptions) -> Result<ObjectInfo> {
        let inner = self.inner.head_object(target, options);
        let (mut info, effects) = self.run(Call::HeadObject, Some(target.key), inner).await?;
        retell(&effects, &mut info.etag, &mut info.checksums);
        Ok(info)
    }

    async fn delete_object(&self, target: ObjectRef<'_>, options: &DeleteOptions) -> Result<()> {
        self.plain(Call::DeleteObject, Some(target.key), self.inner.delete_object(target, options)).await
    }

    async fn copy_object(
        &self,
        from: ObjectRef<'_>,
        to: ObjectRef<'_>,
        options: &CopyOptions,
    ) -> Result<PutOutcome> {
        let inner = self.inner.copy_object(from, to, options);
        let (mut outcome, effects) = self.run(Call::CopyObject, Some(to.key), inner).await?;
        retell(&effects, &mut outcome.etag, &mut outcome.checksums);
        Ok(outcome)
    }

    async fn list_objects(&self, container: &ContainerName, query: &ListQuery) -> Result<Page<ListEntry>> {
        let inner = self.inner.list_objects(container, query);
        let (page, effects) = self.run(Call::ListObjects, None, inner).await?;
        Ok(paged(page, &effects, query.page_token.as_ref()))
    }

    fn multipart(&self) -> Option<&dyn MultipartDriver> {
        self.inner.multipart().map(|_| self as _)
    }

    fn presign(&self) -> Option<&dyn PresignDriver> {
        self.inner.presign().map(|_| self as _)
    }

    fn bulk_delete(&self) -> Option<&dyn BulkDeleteDriver> {
        self.inner.bulk_delete().map(|_| self as _)
    }

    fn incomplete_uploads(&self) -> Option<&dyn IncompleteUploadsDriver> {
        self.inner.incomplete_uploads().map(|_| self as _)
    }

    fn versions(&self) -> Option<&dyn VersionsDriver> {
        self.inner.versions().map(|_| self as _)
    }

    fn tags(&self) -> Option<&dyn TagsDriver> {
        self.inner.tags().map(|_| self as _)
    }

    fn acl(&self) -> Option<&dyn AclDriver> {
        self.inner.acl().map(|_| self as _)
    }

    fn metadata(&self) -> Option<&dyn MetadataDriver> {
        self.inner.metadata().map(|_| self as _)
    }

    fn website(&self) -> Option<&dyn WebsiteDriver> {
        self.inner.website().map(|_| self as _)
    }

    fn public_url(&self) -> Option<&dyn PublicUrlDriver> {
        self.inner.public_url().map(|_| self as _)
    }

    fn rename(&self) -> Option<&dyn RenameDriver> {
        self.inner.rename().map(|_| self as _)
    }
}

/// Applies the effects that are about entity tags and checksums.
pub(crate) fn retell(effects: &[Effect], etag: &mut Option<ETag>, checksums: &mut Checksums) {
    for effect in effects {
        match effect {
            Effect::ETag(other) => *etag = Some(other.clone()),
            Effect::NoETag => *etag = None,
            Effect::NoChecksums => *checksums = Checksums::new(),
            _ => {}
        }
    }
}

/// Applies the effects that are about pages.
pub(crate) fn paged<T>(mut page: Page<T>, effects: &[Effect], asked: Option<&PageToken>) -> Page<T> {
    for effect in effects {
        match effect {
            Effect::LoopPage => page.next = Some(asked.cloned().unwrap_or_else(|| PageToken::from("again"))),
            Effect::EndPages => page.next = None,
            Effect::EmptyPage => page.items.clear(),
            _ => {}
        }
    }
    page
}
