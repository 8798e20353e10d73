//! The calls that some drivers have.

use std::ops::Range;

use async_trait::async_trait;
use storage_core::groups::{
    Acl, AclDriver, BulkDeleteDriver, CdnInfo, CdnOptions, CompletedPart, CorsRule, DeleteResult,
    DeleteTarget, IncompleteUpload, IncompleteUploadsDriver, MetadataDriver, MetadataUpdate, MultipartDriver,
    PartInfo, PartRef, PresignDriver, PresignOptions, PresignedRequest, PublicUrlDriver, RenameDriver,
    RenameOptions, Tags, TagsDriver, UploadQuery, VersionEntry, VersionQuery, Versioning, VersionsDriver,
    WebsiteConfig, WebsiteDriver,
};
use storage_core::{
    CannedAcl, ContainerName, Driver as _, ETag, Error, Key, Metadata, ObjectRef, Page, PageToken, Payload,
    PutOptions, PutOutcome, Result, UploadId, VersionId,
};

use super::Faulty;
use super::driver::{paged, retell};
use super::rule::{Call, Effect};

impl Faulty {
    /// Returns a group of the driver inside; the accessors give none away that is not there.
    fn group<T>(&self, group: Option<T>) -> Result<T> {
        group.ok_or_else(|| Error::unsupported(self.provider().id.clone(), "such group"))
    }
}

#[async_trait]
impl MultipartDriver for Faulty {
    async fn create_upload(&self, target: ObjectRef<'_>, options: &PutOptions) -> Result<UploadId> {
        let inner = self.group(self.inner.multipart())?.create_upload(target, options);
        self.plain(Call::CreateUpload, Some(target.key), inner).await
    }

    async fn put_part(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        part: PartRef,
        payload: Payload,
        options: &PutOptions,
    ) -> Result<CompletedPart> {
        let inner = self.group(self.inner.multipart())?.put_part(target, upload, part, payload, options);
        let (part, effects) = self.run(Call::PutPart, Some(target.key), inner).await?;
        Ok(retold(part, &effects))
    }

    async fn copy_part(
        &self,
        from: ObjectRef<'_>,
        range: Range<u64>,
        if_match: Option<&ETag>,
        target: ObjectRef<'_>,
        upload: &UploadId,
        part: PartRef,
    ) -> Result<CompletedPart> {
        let inner =
            self.group(self.inner.multipart())?.copy_part(from, range, if_match, target, upload, part);
        let (part, effects) = self.run(Call::CopyPart, Some(target.key), inner).await?;
        Ok(retold(part, &effects))
    }

    async fn complete_upload(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        parts: &[CompletedPart],
        options: &PutOptions,
    ) -> Result<PutOutcome> {
        let inner = self.group(self.inner.multipart())?.complete_upload(target, upload, parts, options);
        let (mut outcome, effects) = self.run(Call::CompleteUpload, Some(target.key), inner).await?;
        retell(&effects, &mut outcome.etag, &mut outcome.checksums);
        Ok(outcome)
    }

    async fn abort_upload(&self, target: ObjectRef<'_>, upload: &UploadId) -> Result<()> {
        let inner = self.group(self.inner.multipart())?.abort_upload(target, upload);
        self.plain(Call::AbortUpload, Some(target.key), inner).await
    }

    async fn list_parts(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        page_token: Option<&PageToken>,
    ) -> Result<Page<PartInfo>> {
        let inner = self.group(self.inner.multipart())?.list_parts(target, upload, page_token);
        let (page, effects) = self.run(Call::ListParts, Some(target.key), inner).await?;
        Ok(paged(page, &effects, page_token))
    }
}

fn retold(mut part: CompletedPart, effects: &[Effect]) -> CompletedPart {
    let mut etag = Some(part.etag.clone());
    retell(effects, &mut etag, &mut part.checksums);
    // A part without an entity tag can't be told in this type; the empty one stands for it.
    part.etag = etag.unwrap_or_else(|| ETag::from(""));
    part
}

#[async_trait]
impl IncompleteUploadsDriver for Faulty {
    async fn list_uploads(
        &self,
        container: &ContainerName,
        query: &UploadQuery,
    ) -> Result<Page<IncompleteUpload>> {
        let inner = self.group(self.inner.incomplete_uploads())?.list_uploads(container, query);
        let (page, effects) = self.run(Call::ListUploads, None, inner).await?;
        Ok(paged(page, &effects, query.page_token.as_ref()))
    }
}

#[async_trait]
impl BulkDeleteDriver for Faulty {
    fn max_keys(&self) -> usize {
        self.inner.bulk_delete().map_or(0, |it| it.max_keys())
    }

    async fn delete_objects(
        &self,
        container: &ContainerName,
        targets: &[DeleteTarget],
    ) -> Result<Vec<DeleteResult>> {
        let inner = self.group(self.inner.bulk_delete())?.delete_objects(container, targets);
        self.plain(Call::DeleteObjects, None, inner).await
    }
}

#[async_trait]
impl PresignDriver for Faulty {
    async fn presign(&self, target: ObjectRef<'_>, options: &PresignOptions) -> Result<PresignedRequest> {
        let inner = self.group(self.inner.presign())?.presign(target, options);
        self.plain(Call::Presign, Some(target.key), inner).await
    }
}

#[async_trait]
impl VersionsDriver for Faulty {
    async fn versioning(&self, container: &ContainerName) -> Result<Versioning> {
        self.plain(Call::Versioning, None, self.group(self.inner.versions())?.versioning(container)).await
    }

    async fn set_versioning(&self, container: &ContainerName, versioning: Versioning) -> Result<()> {
        let inner = self.group(self.inner.versions())?.set_versioning(container, versioning);
        self.plain(Call::SetVersioning, None, inner).await
    }

    async fn list_versions(
        &self,
        container: &ContainerName,
        query: &VersionQuery,
    ) -> Result<Page<VersionEntry>> {
        let inner = self.group(self.inner.versions())?.list_versions(container, query);
        let (page, effects) = self.run(Call::ListVersions, None, inner).await?;
        Ok(paged(page, &effects, query.page_token.as_ref()))
    }

    async fn restore_version(&self, target: ObjectRef<'_>, version: &VersionId) -> Result<PutOutcome> {
        let inner = self.group(self.inner.versions())?.restore_version(target, version);
        self.plain(Call::RestoreVersion, Some(target.key), inner).await
    }
}

#[async_trait]
impl TagsDriver for Faulty {
    async fn tags(&self, target: ObjectRef<'_>) -> Result<Tags> {
        self.plain(Call::Tags, Some(target.key), self.group(self.inner.tags())?.tags(target)).await
    }

    async fn set_tags(&self, target: ObjectRef<'_>, tags: &Tags) -> Result<()> {
        self.plain(Call::SetTags, Some(target.key), self.group(self.inner.tags())?.set_tags(target, tags))
            .await
    }
}

#[async_trait]
impl AclDriver for Faulty {
    async fn acl(&self, container: &ContainerName, key: Option<&Key>) -> Result<Acl> {
        self.plain(Call::Acl, key.map(|it| &**it), self.group(self.inner.acl())?.acl(container, key)).await
    }

    async fn set_acl(&self, container: &ContainerName, key: Option<&Key>, acl: &Acl) -> Result<()> {
        let inner = self.group(self.inner.acl())?.set_acl(container, key, acl);
        self.plain(Call::SetAcl, key.map(|it| &**it), inner).await
    }

    async fn set_canned_acl(
        &self,
        container: &ContainerName,
        key: Option<&Key>,
        acl: CannedAcl,
    ) -> Result<()> {
        let inner = self.group(self.inner.acl())?.set_canned_acl(container, key, acl);
        self.plain(Call::SetAcl, key.map(|it| &**it), inner).await
    }
}

#[async_trait]
impl MetadataDriver for Faulty {
    async fn update_metadata(&self, target: ObjectRef<'_>, update: &MetadataUpdate) -> Result<()> {
        let inner = self.group(self.inner.metadata())?.update_metadata(target, update);
        self.plain(Call::UpdateMetadata, Some(target.key), inner).await
    }

    async fn update_container_metadata(&self, container: &ContainerName, metadata: &Metadata) -> Result<()> {
        let inner = self.group(self.inner.metadata())?.update_container_metadata(container, metadata);
        self.plain(Call::UpdateMetadata, None, inner).await
    }
}

#[async_trait]
impl WebsiteDriver for Faulty {
    async fn website(&self, container: &ContainerName) -> Result<Option<WebsiteConfig>> {
        self.plain(Call::Website, None, self.group(self.inner.website())?.website(container)).await
    }

    async fn set_website(&self, container: &ContainerName, config: Option<&WebsiteConfig>) -> Result<()> {
        self.plain(Call::Website, None, self.group(self.inner.website())?.set_website(container, config))
            .await
    }

    async fn website_url(&self, container: &ContainerName) -> Result<String> {
        self.plain(Call::Website, None, self.group(self.inner.website())?.website_url(container)).await
    }

    async fn cors(&self, container: &ContainerName) -> Result<Vec<CorsRule>> {
        self.plain(Call::Website, None, self.group(self.inner.website())?.cors(container)).await
    }

    async fn set_cors(&self, container: &ContainerName, rules: &[CorsRule]) -> Result<()> {
        self.plain(Call::Website, None, self.group(self.inner.website())?.set_cors(container, rules)).await
    }
}

#[async_trait]
impl PublicUrlDriver for Faulty {
    async fn public_url(&self, container: &ContainerName, key: Option<&Key>) -> Result<String> {
        let inner = self.group(self.inner.public_url())?.public_url(container, key);
        self.plain(Call::PublicUrl, key.map(|it| &**it), inner).await
    }

    async fn cdn(&self, container: &ContainerName) -> Result<CdnInfo> {
        self.plain(Call::PublicUrl, None, self.group(self.inner.public_url())?.cdn(container)).await
    }

    async fn set_cdn(&self, container: &ContainerName, options: &CdnOptions) -> Result<()> {
        self.plain(Call::PublicUrl, None, self.group(self.inner.public_url())?.set_cdn(container, options))
            .await
    }

    async fn purge_cdn(&self, container: &ContainerName, key: &Key) -> Result<()> {
        self.plain(Call::PublicUrl, Some(key), self.group(self.inner.public_url())?.purge_cdn(container, key))
            .await
    }
}

#[async_trait]
impl RenameDriver for Faulty {
    async fn rename_object(
        &self,
        from: ObjectRef<'_>,
        to: ObjectRef<'_>,
        options: &RenameOptions,
    ) -> Result<()> {
        let inner = self.group(self.inner.rename())?.rename_object(from, to, options);
        self.plain(Call::RenameObject, Some(from.key), inner).await
    }
}
