//! The calls of the optional groups, below a prefix.

use std::ops::Range;

use async_trait::async_trait;

use super::{PrefixView, at};
use crate::error::Result;
use crate::groups::{
    Acl, AclDriver, BulkDeleteDriver, CdnInfo, CdnOptions, CompletedPart, DeleteResult, DeleteTarget,
    IncompleteUpload, IncompleteUploadsDriver, MetadataDriver, MetadataUpdate, MultipartDriver, PartInfo,
    PartRef, PresignDriver, PresignOptions, PresignedRequest, PublicUrlDriver, RenameDriver, RenameOptions,
    Tags, TagsDriver, UploadQuery, VersionEntry, VersionQuery, Versioning, VersionsDriver,
};
use crate::info::{Page, PutOutcome};
use crate::name::{ContainerName, ETag, Key, ObjectRef, PageToken, UploadId, VersionId};
use crate::options::{CannedAcl, Metadata, PutOptions};
use crate::payload::Payload;

impl PrefixView {
    fn parts(&self) -> Result<&dyn MultipartDriver> {
        self.group(self.inner.multipart(), "uploads in parts")
    }

    fn version_group(&self) -> Result<&dyn VersionsDriver> {
        self.group(self.inner.versions(), "versions")
    }

    fn access(&self) -> Result<&dyn AclDriver> {
        self.group(self.inner.acl(), "access lists")
    }

    fn addresses(&self) -> Result<&dyn PublicUrlDriver> {
        self.group(self.inner.public_url(), "public addresses")
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl MultipartDriver for PrefixView {
    async fn create_upload(&self, target: ObjectRef<'_>, options: &PutOptions) -> Result<UploadId> {
        let key = self.key(target.key)?;
        self.explain(self.parts()?.create_upload(at(target, &key), options).await)
    }

    async fn put_part(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        part: PartRef,
        payload: Payload,
        options: &PutOptions,
    ) -> Result<CompletedPart> {
        let key = self.key(target.key)?;
        self.explain(self.parts()?.put_part(at(target, &key), upload, part, payload, options).await)
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
        let (source, key) = (self.key(from.key)?, self.key(target.key)?);
        let (from, target) = (at(from, &source), at(target, &key));
        self.explain(self.parts()?.copy_part(from, range, if_match, target, upload, part).await)
    }

    async fn complete_upload(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        parts: &[CompletedPart],
        options: &PutOptions,
    ) -> Result<PutOutcome> {
        let key = self.key(target.key)?;
        self.explain(self.parts()?.complete_upload(at(target, &key), upload, parts, options).await)
    }

    async fn abort_upload(&self, target: ObjectRef<'_>, upload: &UploadId) -> Result<()> {
        let key = self.key(target.key)?;
        self.explain(self.parts()?.abort_upload(at(target, &key), upload).await)
    }

    async fn list_parts(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        page_token: Option<&PageToken>,
    ) -> Result<Page<PartInfo>> {
        let key = self.key(target.key)?;
        self.explain(self.parts()?.list_parts(at(target, &key), upload, page_token).await)
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl PresignDriver for PrefixView {
    async fn presign(&self, target: ObjectRef<'_>, options: &PresignOptions) -> Result<PresignedRequest> {
        let key = self.key(target.key)?;
        let group = self.group(self.inner.presign(), "signed addresses")?;
        self.explain(group.presign(at(target, &key), options).await)
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl BulkDeleteDriver for PrefixView {
    fn max_keys(&self) -> usize {
        self.inner.bulk_delete().map_or(1, |group| group.max_keys())
    }

    async fn delete_objects(
        &self,
        container: &ContainerName,
        targets: &[DeleteTarget],
    ) -> Result<Vec<DeleteResult>> {
        let full =
            |target: &DeleteTarget| self.key(&target.key).map(|key| DeleteTarget { key, ..target.clone() });
        let targets: Vec<_> = targets.iter().map(full).collect::<Result<_>>()?;
        let group = self.group(self.inner.bulk_delete(), "deletes of many objects")?;
        let results = self.explain(group.delete_objects(container, &targets).await)?;
        let shown = |it: DeleteResult| Some(DeleteResult::new(self.shown(&it.key)?, self.explain(it.result)));
        Ok(results.into_iter().filter_map(shown).collect())
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl IncompleteUploadsDriver for PrefixView {
    async fn list_uploads(
        &self,
        container: &ContainerName,
        query: &UploadQuery,
    ) -> Result<Page<IncompleteUpload>> {
        let prefix = Some(self.full(query.prefix.as_deref().unwrap_or_default()));
        let query = UploadQuery { prefix, ..query.clone() };
        let group = self.group(self.inner.incomplete_uploads(), "listing of incomplete uploads")?;
        let page = self.explain(group.list_uploads(container, &query).await)?;
        Ok(Self::page(page, |it| Some(IncompleteUpload { key: self.shown(&it.key)?, ..it })))
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl VersionsDriver for PrefixView {
    async fn versioning(&self, container: &ContainerName) -> Result<Versioning> {
        self.version_group()?.versioning(container).await
    }

    async fn set_versioning(&self, _: &ContainerName, _: Versioning) -> Result<()> {
        Err(self.refuse("change whether the container keeps versions"))
    }

    async fn list_versions(
        &self,
        container: &ContainerName,
        query: &VersionQuery,
    ) -> Result<Page<VersionEntry>> {
        let prefix = Some(self.full(query.prefix.as_deref().unwrap_or_default()));
        let query = VersionQuery { prefix, ..query.clone() };
        let page = self.explain(self.version_group()?.list_versions(container, &query).await)?;
        Ok(Self::page(page, |it| Some(VersionEntry { object: self.shown_entry(it.object)?, ..it })))
    }

    async fn restore_version(&self, target: ObjectRef<'_>, version: &VersionId) -> Result<PutOutcome> {
        let key = self.key(target.key)?;
        self.explain(self.version_group()?.restore_version(at(target, &key), version).await)
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl TagsDriver for PrefixView {
    async fn tags(&self, target: ObjectRef<'_>) -> Result<Tags> {
        let key = self.key(target.key)?;
        self.explain(self.group(self.inner.tags(), "tags")?.tags(at(target, &key)).await)
    }

    async fn set_tags(&self, target: ObjectRef<'_>, tags: &Tags) -> Result<()> {
        let key = self.key(target.key)?;
        self.explain(self.group(self.inner.tags(), "tags")?.set_tags(at(target, &key), tags).await)
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl AclDriver for PrefixView {
    async fn acl(&self, container: &ContainerName, key: Option<&Key>) -> Result<Acl> {
        let key = key.map(|key| self.key(key)).transpose()?;
        self.explain(self.access()?.acl(container, key.as_ref()).await)
    }

    async fn set_acl(&self, container: &ContainerName, key: Option<&Key>, acl: &Acl) -> Result<()> {
        let key = self.key(key.ok_or_else(|| self.refuse("change the access list of the container"))?)?;
        self.explain(self.access()?.set_acl(container, Some(&key), acl).await)
    }

    async fn set_canned_acl(
        &self,
        container: &ContainerName,
        key: Option<&Key>,
        acl: CannedAcl,
    ) -> Result<()> {
        let key = self.key(key.ok_or_else(|| self.refuse("change the access list of the container"))?)?;
        self.explain(self.access()?.set_canned_acl(container, Some(&key), acl).await)
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl MetadataDriver for PrefixView {
    async fn update_metadata(&self, target: ObjectRef<'_>, update: &MetadataUpdate) -> Result<()> {
        let key = self.key(target.key)?;
        let group = self.group(self.inner.metadata(), "metadata that can be changed in place")?;
        self.explain(group.update_metadata(at(target, &key), update).await)
    }

    async fn update_container_metadata(&self, _: &ContainerName, _: &Metadata) -> Result<()> {
        Err(self.refuse("change the metadata of the container"))
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl PublicUrlDriver for PrefixView {
    async fn public_url(&self, container: &ContainerName, key: Option<&Key>) -> Result<String> {
        // A key joined to the address of the container would be an address outside the view.
        let key = self.key(key.ok_or_else(|| self.refuse("give the address of the container"))?)?;
        self.explain(self.addresses()?.public_url(container, Some(&key)).await)
    }

    async fn cdn(&self, container: &ContainerName) -> Result<CdnInfo> {
        let info = self.addresses()?.cdn(container).await?;
        Ok(CdnInfo { urls: Vec::new(), ..info })
    }

    async fn set_cdn(&self, _: &ContainerName, _: &CdnOptions) -> Result<()> {
        Err(self.refuse("switch the delivery network of the container"))
    }

    async fn purge_cdn(&self, container: &ContainerName, key: &Key) -> Result<()> {
        let key = self.key(key)?;
        self.explain(self.addresses()?.purge_cdn(container, &key).await)
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl RenameDriver for PrefixView {
    async fn rename_object(
        &self,
        from: ObjectRef<'_>,
        to: ObjectRef<'_>,
        options: &RenameOptions,
    ) -> Result<()> {
        let (source, key) = (self.key(from.key)?, self.key(to.key)?);
        let group = self.group(self.inner.rename(), "renames in one step")?;
        self.explain(group.rename_object(at(from, &source), at(to, &key), options).await)
    }
}
