//! The calls of the optional groups.

use std::ops::Range;

use async_trait::async_trait;

use super::{Around, Call, Interceptor};
use crate::error::Result;
use crate::groups::{
    Acl, AclDriver, BulkDeleteDriver, CdnInfo, CdnOptions, CompletedPart, CorsRule, DeleteResult,
    DeleteTarget, IncompleteUpload, IncompleteUploadsDriver, MetadataDriver, MetadataUpdate, MultipartDriver,
    PartInfo, PartRef, PresignDriver, PresignOptions, PresignedRequest, PublicUrlDriver, RenameDriver,
    RenameOptions, Tags, TagsDriver, UploadQuery, VersionEntry, VersionQuery, Versioning, VersionsDriver,
    WebsiteConfig, WebsiteDriver,
};
use crate::idempotency::Operation;
use crate::info::{Page, PutOutcome};
use crate::name::{ContainerName, ETag, Key, ObjectRef, PageToken, UploadId, VersionId};
use crate::options::{CannedAcl, Metadata, PutOptions, WriteCondition};
use crate::payload::Payload;

impl<'a> Call<'a> {
    /// A call on a container or, with a key, on an object.
    fn on_either(operation: Operation, container: &'a ContainerName, key: Option<&'a Key>) -> Self {
        Self { key, ..Self::in_container(operation, container) }
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Interceptor> MultipartDriver for Around<I> {
    async fn create_upload(&self, target: ObjectRef<'_>, options: &PutOptions) -> Result<UploadId> {
        let call = Call::on(Operation::CreateUpload, target);
        let group = self.group(self.inner.multipart(), call.operation)?;
        self.run(call, group.create_upload(target, options)).await
    }

    async fn put_part(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        part: PartRef,
        payload: Payload,
        options: &PutOptions,
    ) -> Result<CompletedPart> {
        let (payload_bytes, number) = (payload.len(), Some(part.number));
        let call = Call { payload_bytes, part: number, ..Call::on(Operation::PutPart, target) };
        let group = self.group(self.inner.multipart(), call.operation)?;
        self.run(call, group.put_part(target, upload, part, payload, options)).await
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
        let call = Call { part: Some(part.number), ..Call::on(Operation::CopyPart, target) };
        let group = self.group(self.inner.multipart(), call.operation)?;
        self.run(call, group.copy_part(from, range, if_match, target, upload, part)).await
    }

    async fn complete_upload(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        parts: &[CompletedPart],
        options: &PutOptions,
    ) -> Result<PutOutcome> {
        let conditional = options.condition != WriteCondition::None;
        let call = Call { conditional, ..Call::on(Operation::CompleteUpload, target) };
        let group = self.group(self.inner.multipart(), call.operation)?;
        self.run(call, group.complete_upload(target, upload, parts, options)).await
    }

    async fn abort_upload(&self, target: ObjectRef<'_>, upload: &UploadId) -> Result<()> {
        let call = Call::on(Operation::AbortUpload, target);
        let group = self.group(self.inner.multipart(), call.operation)?;
        self.run(call, group.abort_upload(target, upload)).await
    }

    async fn list_parts(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        page_token: Option<&PageToken>,
    ) -> Result<Page<PartInfo>> {
        let call = Call::on(Operation::ListParts, target);
        let group = self.group(self.inner.multipart(), call.operation)?;
        self.run(call, group.list_parts(target, upload, page_token)).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Interceptor> PresignDriver for Around<I> {
    async fn presign(&self, target: ObjectRef<'_>, options: &PresignOptions) -> Result<PresignedRequest> {
        let call = Call::on(Operation::PresignObject, target);
        let group = self.group(self.inner.presign(), call.operation)?;
        self.run(call, group.presign(target, options)).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Interceptor> BulkDeleteDriver for Around<I> {
    fn max_keys(&self) -> usize {
        self.inner.bulk_delete().map_or(1, |group| group.max_keys())
    }

    async fn delete_objects(
        &self,
        container: &ContainerName,
        targets: &[DeleteTarget],
    ) -> Result<Vec<DeleteResult>> {
        let conditional = targets.iter().any(|target| target.if_match.is_some());
        let call = Call { conditional, ..Call::in_container(Operation::DeleteObjects, container) };
        let group = self.group(self.inner.bulk_delete(), call.operation)?;
        self.run(call, group.delete_objects(container, targets)).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Interceptor> IncompleteUploadsDriver for Around<I> {
    async fn list_uploads(
        &self,
        container: &ContainerName,
        query: &UploadQuery,
    ) -> Result<Page<IncompleteUpload>> {
        let call = Call::in_container(Operation::ListUploads, container);
        let group = self.group(self.inner.incomplete_uploads(), call.operation)?;
        self.run(call, group.list_uploads(container, query)).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Interceptor> VersionsDriver for Around<I> {
    async fn versioning(&self, container: &ContainerName) -> Result<Versioning> {
        let call = Call::in_container(Operation::GetVersioning, container);
        let group = self.group(self.inner.versions(), call.operation)?;
        self.run(call, group.versioning(container)).await
    }

    async fn set_versioning(&self, container: &ContainerName, versioning: Versioning) -> Result<()> {
        let call = Call::in_container(Operation::SetVersioning, container);
        let group = self.group(self.inner.versions(), call.operation)?;
        self.run(call, group.set_versioning(container, versioning)).await
    }

    async fn list_versions(
        &self,
        container: &ContainerName,
        query: &VersionQuery,
    ) -> Result<Page<VersionEntry>> {
        let call = Call::in_container(Operation::ListVersions, container);
        let group = self.group(self.inner.versions(), call.operation)?;
        self.run(call, group.list_versions(container, query)).await
    }

    async fn restore_version(&self, target: ObjectRef<'_>, version: &VersionId) -> Result<PutOutcome> {
        let call = Call::on(Operation::RestoreVersion, target);
        let group = self.group(self.inner.versions(), call.operation)?;
        self.run(call, group.restore_version(target, version)).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Interceptor> TagsDriver for Around<I> {
    async fn tags(&self, target: ObjectRef<'_>) -> Result<Tags> {
        let call = Call::on(Operation::GetTags, target);
        let group = self.group(self.inner.tags(), call.operation)?;
        self.run(call, group.tags(target)).await
    }

    async fn set_tags(&self, target: ObjectRef<'_>, tags: &Tags) -> Result<()> {
        let call = Call::on(Operation::SetTags, target);
        let group = self.group(self.inner.tags(), call.operation)?;
        self.run(call, group.set_tags(target, tags)).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Interceptor> AclDriver for Around<I> {
    async fn acl(&self, container: &ContainerName, key: Option<&Key>) -> Result<Acl> {
        let call = Call::on_either(Operation::GetAcl, container, key);
        let group = self.group(self.inner.acl(), call.operation)?;
        self.run(call, group.acl(container, key)).await
    }

    async fn set_acl(&self, container: &ContainerName, key: Option<&Key>, acl: &Acl) -> Result<()> {
        let call = Call::on_either(Operation::SetAcl, container, key);
        let group = self.group(self.inner.acl(), call.operation)?;
        self.run(call, group.set_acl(container, key, acl)).await
    }

    async fn set_canned_acl(
        &self,
        container: &ContainerName,
        key: Option<&Key>,
        acl: CannedAcl,
    ) -> Result<()> {
        let call = Call::on_either(Operation::SetAcl, container, key);
        let group = self.group(self.inner.acl(), call.operation)?;
        self.run(call, group.set_canned_acl(container, key, acl)).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Interceptor> MetadataDriver for Around<I> {
    async fn update_metadata(&self, target: ObjectRef<'_>, update: &MetadataUpdate) -> Result<()> {
        let conditional = update.if_match.is_some();
        let call = Call { conditional, ..Call::on(Operation::UpdateMetadata, target) };
        let group = self.group(self.inner.metadata(), call.operation)?;
        self.run(call, group.update_metadata(target, update)).await
    }

    async fn update_container_metadata(&self, container: &ContainerName, metadata: &Metadata) -> Result<()> {
        let call = Call::in_container(Operation::UpdateContainerMetadata, container);
        let group = self.group(self.inner.metadata(), call.operation)?;
        self.run(call, group.update_container_metadata(container, metadata)).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Interceptor> WebsiteDriver for Around<I> {
    async fn website(&self, container: &ContainerName) -> Result<Option<WebsiteConfig>> {
        let call = Call::in_container(Operation::GetWebsite, container);
        let group = self.group(self.inner.website(), call.operation)?;
        self.run(call, group.website(container)).await
    }

    async fn set_website(&self, container: &ContainerName, config: Option<&WebsiteConfig>) -> Result<()> {
        let call = Call::in_container(Operation::SetWebsite, container);
        let group = self.group(self.inner.website(), call.operation)?;
        self.run(call, group.set_website(container, config)).await
    }

    async fn website_url(&self, container: &ContainerName) -> Result<String> {
        let call = Call::in_container(Operation::GetWebsiteUrl, container);
        let group = self.group(self.inner.website(), call.operation)?;
        self.run(call, group.website_url(container)).await
    }

    async fn cors(&self, container: &ContainerName) -> Result<Vec<CorsRule>> {
        let call = Call::in_container(Operation::GetCors, container);
        let group = self.group(self.inner.website(), call.operation)?;
        self.run(call, group.cors(container)).await
    }

    async fn set_cors(&self, container: &ContainerName, rules: &[CorsRule]) -> Result<()> {
        let call = Call::in_container(Operation::SetCors, container);
        let group = self.group(self.inner.website(), call.operation)?;
        self.run(call, group.set_cors(container, rules)).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Interceptor> PublicUrlDriver for Around<I> {
    async fn public_url(&self, container: &ContainerName, key: Option<&Key>) -> Result<String> {
        let call = Call::on_either(Operation::GetPublicUrl, container, key);
        let group = self.group(self.inner.public_url(), call.operation)?;
        self.run(call, group.public_url(container, key)).await
    }

    async fn cdn(&self, container: &ContainerName) -> Result<CdnInfo> {
        let call = Call::in_container(Operation::GetCdn, container);
        let group = self.group(self.inner.public_url(), call.operation)?;
        self.run(call, group.cdn(container)).await
    }

    async fn set_cdn(&self, container: &ContainerName, options: &CdnOptions) -> Result<()> {
        let call = Call::in_container(Operation::SetCdn, container);
        let group = self.group(self.inner.public_url(), call.operation)?;
        self.run(call, group.set_cdn(container, options)).await
    }

    async fn purge_cdn(&self, container: &ContainerName, key: &Key) -> Result<()> {
        let call = Call::on_either(Operation::PurgeCdn, container, Some(key));
        let group = self.group(self.inner.public_url(), call.operation)?;
        self.run(call, group.purge_cdn(container, key)).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Interceptor> RenameDriver for Around<I> {
    async fn rename_object(
        &self,
        from: ObjectRef<'_>,
        to: ObjectRef<'_>,
        options: &RenameOptions,
    ) -> Result<()> {
        let conditional = options.condition != WriteCondition::None || options.source_if_match.is_some();
        let call = Call { conditional, ..Call::on(Operation::RenameObject, to) };
        let group = self.group(self.inner.rename(), call.operation)?;
        self.run(call, group.rename_object(from, to, options)).await
    }
}
