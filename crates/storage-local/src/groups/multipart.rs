//! Uploads in parts.

use std::ops::Range;
use std::os::fd::AsFd as _;

use async_trait::async_trait;
use storage_core::groups::{CompletedPart, MultipartDriver, PartInfo, PartRef};
use storage_core::{
    ChecksumMode, ETag, Error, ErrorKind, ObjectRef, Page, PageToken, Payload, PutOptions, PutOutcome,
    Result, UploadId, check_match,
};

use crate::driver::{LocalDriver, about};
use crate::sys::Open;
use crate::upload::Target;
use crate::write::{Write, etag};

/// How many parts one page shows.
const PAGE: usize = 1000;

fn target_of(target: ObjectRef<'_>, upload: &UploadId) -> Target {
    Target { container: target.container.clone(), key: target.key.clone(), upload: upload.clone() }
}

#[async_trait]
impl MultipartDriver for LocalDriver {
    async fn create_upload(&self, target: ObjectRef<'_>, options: &PutOptions) -> Result<UploadId> {
        let write = Write::new(&self.store, target.container, target.key, options).map_err(about(target))?;
        self.store.run(move |store| store.begin_upload(&write)).await.map_err(about(target))
    }

    async fn put_part(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        part: PartRef,
        payload: Payload,
        options: &PutOptions,
    ) -> Result<CompletedPart> {
        let own = target_of(target, upload);
        let algorithm = self.store.algorithm(options.checksum);
        let put = self.store.run(move |store| store.put_part(&own, part, &payload, algorithm)).await;
        put.map_err(about(target))
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
        let own = target_of(target, upload);
        let (container, key, if_match) = (from.container.clone(), from.key.clone(), if_match.cloned());
        let algorithm = self.store.algorithm(ChecksumMode::Auto);
        let copied = self.store.run(move |store| {
            let source = store.open_object(&container, &key, Open::Read)?;
            if let Some(want) = &if_match {
                check_match(want, Some(&etag(&source.stat)))?;
            }
            if range.start > range.end || range.end > source.stat.size {
                return Err(Error::new(ErrorKind::InvalidRange, "the range does not lie in the source"));
            }
            store.copy_part(&own, part, source.file.as_fd(), range.start, range.end - range.start, algorithm)
        });
        copied.await.map_err(about(target))
    }

    async fn complete_upload(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        parts: &[CompletedPart],
        options: &PutOptions,
    ) -> Result<PutOutcome> {
        let own = target_of(target, upload);
        let write = Write::new(&self.store, target.container, target.key, options).map_err(about(target))?;
        let parts = parts.to_vec();
        let done = self.store.run(move |store| store.complete_upload(&own, &parts, &write)).await;
        done.map_err(about(target))
    }

    async fn abort_upload(&self, target: ObjectRef<'_>, upload: &UploadId) -> Result<()> {
        let own = target_of(target, upload);
        self.store.run(move |store| store.abort_upload(&own)).await.map_err(about(target))
    }

    async fn list_parts(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        page_token: Option<&PageToken>,
    ) -> Result<Page<PartInfo>> {
        let bad = |_| Error::new(ErrorKind::InvalidInput, "the page token is not one of this store");
        let after =
            page_token.map_or(Ok(0), |token| token.parse::<u32>().map_err(bad)).map_err(about(target))?;
        let own = target_of(target, upload);
        let parts = self.store.run(move |store| store.parts(&own)).await.map_err(about(target))?;
        let mut rest = parts.into_iter().filter(|part| part.number.get() > after);
        let items: Vec<_> = rest.by_ref().take(PAGE).collect();
        let next = rest.next().and(items.last()).map(|part| PageToken::new(part.number.to_string()));
        Ok(Page::new(items, next))
    }
}
