//! The optional groups; those that the store in memory lacks give fixed answers.

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
    CannedAcl, ContainerName, ETag, Error, ErrorKind, Key, ListEntry, ListQuery, Metadata, ObjectRef,
    Operation, Page, PageToken, Payload, PutOptions, PutOutcome, Result, Secret, UploadId, VersionId,
};

use super::{Place, Probe};

#[async_trait]
impl MultipartDriver for Probe {
    async fn create_upload(&self, target: ObjectRef<'_>, options: &PutOptions) -> Result<UploadId> {
        let _in = self.enter(Operation::CreateUpload, target).await;
        self.memory.multipart().unwrap().create_upload(target, options).await
    }
    async fn put_part(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        part: PartRef,
        payload: Payload,
        options: &PutOptions,
    ) -> Result<CompletedPart> {
        let _in = self.enter(Operation::PutPart, target).await;
        self.memory.multipart().unwrap().put_part(target, upload, part, payload, options).await
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
        let _in = self.enter(Operation::CopyPart, (from, target)).await;
        self.memory.multipart().unwrap().copy_part(from, range, if_match, target, upload, part).await
    }
    async fn complete_upload(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        parts: &[CompletedPart],
        options: &PutOptions,
    ) -> Result<PutOutcome> {
        let _in = self.enter(Operation::CompleteUpload, target).await;
        self.memory.multipart().unwrap().complete_upload(target, upload, parts, options).await
    }
    async fn abort_upload(&self, target: ObjectRef<'_>, upload: &UploadId) -> Result<()> {
        let _in = self.enter(Operation::AbortUpload, target).await;
        self.memory.multipart().unwrap().abort_upload(target, upload).await
    }
    async fn list_parts(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        page_token: Option<&PageToken>,
    ) -> Result<Page<PartInfo>> {
        let _in = self.enter(Operation::ListParts, target).await;
        self.memory.multipart().unwrap().list_parts(target, upload, page_token).await
    }
}

#[async_trait]
impl PresignDriver for Probe {
    async fn presign(&self, target: ObjectRef<'_>, options: &PresignOptions) -> Result<PresignedRequest> {
        let _in = self.enter(Operation::PresignObject, target).await;
        let url = Secret::new(Place::from(target).0);
        Ok(PresignedRequest::new(options.method.clone(), url, Vec::new()))
    }
}

#[async_trait]
impl BulkDeleteDriver for Probe {
    fn max_keys(&self) -> usize {
        3
    }
    async fn delete_objects(
        &self,
        container: &ContainerName,
        t: &[DeleteTarget],
    ) -> Result<Vec<DeleteResult>> {
        let keys = t.iter().map(|it| it.key.as_str()).collect::<Vec<_>>().join(",");
        let _in = self.enter(Operation::DeleteObjects, (container, &Some(keys))).await;
        self.memory.bulk_delete().unwrap().delete_objects(container, t).await
    }
}

#[async_trait]
impl IncompleteUploadsDriver for Probe {
    async fn list_uploads(&self, c: &ContainerName, query: &UploadQuery) -> Result<Page<IncompleteUpload>> {
        let _in = self.enter(Operation::ListUploads, (c, &query.prefix)).await;
        self.memory.incomplete_uploads().unwrap().list_uploads(c, query).await
    }
}

#[async_trait]
impl VersionsDriver for Probe {
    async fn versioning(&self, container: &ContainerName) -> Result<Versioning> {
        let _in = self.enter(Operation::GetVersioning, container).await;
        Ok(Versioning::On)
    }
    async fn set_versioning(&self, container: &ContainerName, _: Versioning) -> Result<()> {
        let _in = self.enter(Operation::SetVersioning, container).await;
        Ok(())
    }
    /// Lists every object, also those that were not asked for.
    async fn list_versions(&self, c: &ContainerName, query: &VersionQuery) -> Result<Page<VersionEntry>> {
        let _in = self.enter(Operation::ListVersions, (c, &query.prefix)).await;
        let page = self.memory.list_objects(c, &ListQuery::new()).await?;
        let versions = page.items.into_iter().filter_map(ListEntry::object);
        Ok(Page::new(versions.map(|it| VersionEntry::new(it, "v1".into(), true, false)).collect(), None))
    }
    async fn restore_version(&self, target: ObjectRef<'_>, version: &VersionId) -> Result<PutOutcome> {
        let _in = self.enter(Operation::RestoreVersion, target).await;
        if version == "v1" {
            return Ok(PutOutcome::default());
        }
        let error = Error::new(ErrorKind::ObjectNotFound, "there is no such version").with_status(404);
        Err(error.with_key(target.key.as_str()).with_retryable(true).with_request_id("r-1"))
    }
}

#[async_trait]
impl TagsDriver for Probe {
    async fn tags(&self, target: ObjectRef<'_>) -> Result<Tags> {
        let _in = self.enter(Operation::GetTags, target).await;
        self.memory.tags().unwrap().tags(target).await
    }
    async fn set_tags(&self, target: ObjectRef<'_>, tags: &Tags) -> Result<()> {
        let _in = self.enter(Operation::SetTags, target).await;
        self.memory.tags().unwrap().set_tags(target, tags).await
    }
}

#[async_trait]
impl AclDriver for Probe {
    async fn acl(&self, container: &ContainerName, key: Option<&Key>) -> Result<Acl> {
        let _in = self.enter(Operation::GetAcl, (container, key)).await;
        Ok(Acl::default())
    }
    async fn set_acl(&self, container: &ContainerName, key: Option<&Key>, _: &Acl) -> Result<()> {
        let _in = self.enter(Operation::SetAcl, (container, key)).await;
        Ok(())
    }
    async fn set_canned_acl(&self, c: &ContainerName, key: Option<&Key>, _: CannedAcl) -> Result<()> {
        let _in = self.enter(Operation::SetAcl, (c, key)).await;
        Ok(())
    }
}

#[async_trait]
impl MetadataDriver for Probe {
    async fn update_metadata(&self, target: ObjectRef<'_>, update: &MetadataUpdate) -> Result<()> {
        let _in = self.enter(Operation::UpdateMetadata, target).await;
        self.memory.metadata().unwrap().update_metadata(target, update).await
    }
    async fn update_container_metadata(&self, container: &ContainerName, metadata: &Metadata) -> Result<()> {
        let _in = self.enter(Operation::UpdateContainerMetadata, container).await;
        self.memory.metadata().unwrap().update_container_metadata(container, metadata).await
    }
}

#[async_trait]
impl WebsiteDriver for Probe {
    async fn website(&self, container: &ContainerName) -> Result<Option<WebsiteConfig>> {
        let _in = self.enter(Operation::GetWebsite, container).await;
        Ok(None)
    }
    async fn set_website(&self, container: &ContainerName, _: Option<&WebsiteConfig>) -> Result<()> {
        let _in = self.enter(Operation::SetWebsite, container).await;
        Ok(())
    }
    async fn website_url(&self, container: &ContainerName) -> Result<String> {
        let _in = self.enter(Operation::GetWebsiteUrl, container).await;
        Ok("https://site.example".into())
    }
    async fn cors(&self, container: &ContainerName) -> Result<Vec<CorsRule>> {
        let _in = self.enter(Operation::GetCors, container).await;
        Ok(Vec::new())
    }
    async fn set_cors(&self, container: &ContainerName, _: &[CorsRule]) -> Result<()> {
        let _in = self.enter(Operation::SetCors, container).await;
        Ok(())
    }
}

#[async_trait]
impl PublicUrlDriver for Probe {
    async fn public_url(&self, container: &ContainerName, key: Option<&Key>) -> Result<String> {
        let _in = self.enter(Operation::GetPublicUrl, (container, key)).await;
        Ok(Place::from((container, key)).0)
    }
    async fn cdn(&self, container: &ContainerName) -> Result<CdnInfo> {
        let _in = self.enter(Operation::GetCdn, container).await;
        let mut info = CdnInfo::default();
        info.enabled = true;
        info.urls.push(("https".into(), format!("https://cdn.example/{container}")));
        Ok(info)
    }
    async fn set_cdn(&self, container: &ContainerName, _: &CdnOptions) -> Result<()> {
        let _in = self.enter(Operation::SetCdn, container).await;
        Ok(())
    }
    async fn purge_cdn(&self, container: &ContainerName, key: &Key) -> Result<()> {
        let _in = self.enter(Operation::PurgeCdn, (container, Some(key))).await;
        Ok(())
    }
}

#[async_trait]
impl RenameDriver for Probe {
    async fn rename_object(&self, a: ObjectRef<'_>, b: ObjectRef<'_>, o: &RenameOptions) -> Result<()> {
        let _in = self.enter(Operation::RenameObject, (a, b)).await;
        self.memory.rename().unwrap().rename_object(a, b, o).await
    }
}
