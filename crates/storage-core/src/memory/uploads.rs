//! Uploads in parts to a store in memory.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use time::OffsetDateTime;

use super::state::{Held, Stored, next_etag};
use super::{MemoryDriver, bad_token, checksums, outcome};
use crate::condition::check_match;
use crate::error::{Error, ErrorKind, Result};
use crate::groups::{
    CompletedPart, IncompleteUpload, IncompleteUploadsDriver, MultipartDriver, PartInfo, PartRef, UploadQuery,
};
use crate::info::{Page, PutOutcome};
use crate::name::{ContainerName, ETag, Key, ObjectRef, PageToken, PartNumber, UploadId};
use crate::options::PutOptions;
use crate::payload::Payload;

/// An upload that is neither completed nor aborted.
#[derive(Debug)]
pub(super) struct Pending {
    key: Key,
    started: OffsetDateTime,
    options: PutOptions,
    parts: BTreeMap<PartNumber, Part>,
}

#[derive(Debug)]
struct Part {
    done: CompletedPart,
    bytes: Bytes,
}

fn find<'a>(container: &'a mut Held, key: &Key, upload: &UploadId) -> Result<&'a mut Pending> {
    let found = container.uploads.get_mut(upload.as_str()).filter(|it| it.key == *key);
    found.ok_or_else(|| Error::new(ErrorKind::ObjectNotFound, "there is no such upload"))
}

impl MemoryDriver {
    fn add_part(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        part: PartRef,
        bytes: Bytes,
        options: &PutOptions,
    ) -> Result<CompletedPart> {
        // What the caller expects is of the whole object, not of this part.
        let own = PutOptions { checksum: options.checksum, ..PutOptions::default() };
        let done = CompletedPart::new(part.number, bytes.len() as u64, next_etag(), checksums(&bytes, &own)?);
        self.state.with(target.container, |container| {
            let pending = find(container, target.key, upload)?;
            pending.parts.insert(part.number, Part { done: done.clone(), bytes });
            Ok(done)
        })
    }
}

#[async_trait]
impl MultipartDriver for MemoryDriver {
    async fn create_upload(&self, target: ObjectRef<'_>, options: &PutOptions) -> Result<UploadId> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = format!("{:016x}", NEXT.fetch_add(1, Ordering::Relaxed));
        let pending = Pending {
            key: target.key.clone(),
            started: self.runtime.now().into(),
            options: options.clone(),
            parts: BTreeMap::new(),
        };
        self.state.with(target.container, |container| {
            container.uploads.insert(id.clone(), pending);
            Ok(UploadId::new(id))
        })
    }

    async fn put_part(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        part: PartRef,
        payload: Payload,
        options: &PutOptions,
    ) -> Result<CompletedPart> {
        let bytes = self.read(&payload).await?;
        self.add_part(target, upload, part, bytes, options)
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
        let source = self.state.with(from.container, |container| container.find(from.key))?;
        if let Some(want) = if_match {
            check_match(want, source.info.etag.as_ref())?;
        }
        if range.start > range.end || range.end > source.info.size {
            return Err(Error::new(ErrorKind::InvalidRange, "the range does not lie in the source"));
        }
        let bytes = source.bytes.slice(range.start as usize..range.end as usize);
        self.add_part(target, upload, part, bytes, &PutOptions::default())
    }

    async fn complete_upload(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        parts: &[CompletedPart],
        options: &PutOptions,
    ) -> Result<PutOutcome> {
        let now = self.runtime.now();
        self.state.with(target.container, |container| {
            let pending = find(container, target.key, upload)?;
            let bytes = join(&pending.parts, parts)?;
            let described = PutOptions {
                checksum: options.checksum,
                expected: options.expected.clone(),
                ..pending.options.clone()
            };
            let stored =
                Stored::new(target.key, bytes.clone(), &described, checksums(&bytes, &described)?, now);
            let stored = container.put(stored, &options.condition)?;
            container.uploads.remove(upload.as_str());
            Ok(outcome(&stored))
        })
    }

    async fn abort_upload(&self, target: ObjectRef<'_>, upload: &UploadId) -> Result<()> {
        self.state.with(target.container, |container| {
            if find(container, target.key, upload).is_ok() {
                container.uploads.remove(upload.as_str());
            }
            Ok(())
        })
    }

    async fn list_parts(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        page_token: Option<&PageToken>,
    ) -> Result<Page<PartInfo>> {
        let after = page_token.map_or(Ok(0), |token| token.parse::<u32>().map_err(|_| bad_token()))?;
        self.state.with(target.container, |container| {
            let parts = find(container, target.key, upload)?.parts.values().map(|part| part.done.clone());
            let items: Vec<_> = parts.filter(|part| part.number.get() > after).take(1000).collect();
            let full = items.len() == 1000;
            let next = items.last().filter(|_| full).map(|part| PageToken::new(part.number.to_string()));
            Ok(Page::new(items, next))
        })
    }
}

/// Joins the parts that a completion names, if they are the ones that were sent.
fn join(have: &BTreeMap<PartNumber, Part>, want: &[CompletedPart]) -> Result<Bytes> {
    let wrong = |message: String| Err(Error::new(ErrorKind::InvalidInput, message));
    if want.is_empty() {
        return wrong("an upload needs at least one part".into());
    }
    let mut all = BytesMut::new();
    let mut last = None;
    for part in want {
        if last.is_some_and(|last| last >= part.number) {
            return wrong(format!("part {} is out of order", part.number));
        }
        last = Some(part.number);
        match have.get(&part.number).filter(|it| it.done.etag == part.etag) {
            Some(found) => all.extend_from_slice(&found.bytes),
            None => return wrong(format!("part {} is missing or was sent again", part.number)),
        }
    }
    Ok(all.freeze())
}

#[async_trait]
impl IncompleteUploadsDriver for MemoryDriver {
    async fn list_uploads(
        &self,
        container: &ContainerName,
        query: &UploadQuery,
    ) -> Result<Page<IncompleteUpload>> {
        let prefix = query.prefix.as_deref().unwrap_or_default();
        let hidden = |key: &Key| match (&query.delimiter, key.get(prefix.len()..)) {
            (Some(delimiter), Some(rest)) => rest.contains(delimiter.as_str()),
            _ => false,
        };
        let limit = query.limit.unwrap_or(1000) as usize;
        self.state.with(container, |held| {
            let all = held.uploads.iter().filter(|(_, it)| it.key.starts_with(prefix) && !hidden(&it.key));
            let mut all: Vec<_> = all
                .map(|(id, it)| {
                    IncompleteUpload::new(it.key.clone(), UploadId::new(id.as_str()), Some(it.started))
                })
                .collect();
            all.sort_by(|a, b| (&a.key, &a.upload).cmp(&(&b.key, &b.upload)));
            if let Some(token) = &query.page_token {
                all.retain(|it| place(it).as_str() > token.as_str());
            }
            let more = all.len() > limit;
            all.truncate(limit);
            let next = all.last().filter(|_| more).map(|it| PageToken::new(place(it)));
            Ok(Page::new(all, next))
        })
    }
}

/// Where an upload stands in the listing: no key holds a NUL, so the order is that of key and id.
fn place(it: &IncompleteUpload) -> String {
    format!("{}\0{}", it.key.as_str(), it.upload.as_str())
}
