//! Uploads in blocks.

use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use storage_core::groups::{CompletedPart, MultipartDriver, PartInfo, PartRef};
use storage_core::{
    ChecksumAlgorithm, ChecksumMode, Checksums, DeleteOptions, Driver as _, ETag, Error, ErrorKind,
    GetOptions, ObjectRef, Operation, Page, PageToken, PartNumber, Payload, PutOptions, PutOutcome, Result,
    UploadId, WriteCondition, verify,
};
use storage_http::ended_as;

use crate::config::BlobType;
use crate::driver::{AzureDriver, conditioned};
use crate::headers;
use crate::upload::{BlockId, Upload};
use crate::wire::block_list::BlockList;

#[async_trait]
impl MultipartDriver for AzureDriver {
    async fn create_upload(&self, target: ObjectRef<'_>, options: &PutOptions) -> Result<UploadId> {
        if self.blob_type(options) != BlobType::Block {
            return Err(self.lacks("uploads in parts for append and page blobs; write them by a single put"));
        }
        let runtime = self.client.http.runtime();
        let upload = Upload::new(&**runtime, &self.kept(options)?);
        // The service knows no uploads, only blocks: the first one, which is never joined, shows that there is one.
        let mark = BlockId::mark(&upload, self.client.http.clock().now());
        let mut set_headers = HeaderMap::new();
        self.written_with(&mut set_headers, options)?;
        let content = Payload::from(Bytes::from_static(b"0"));
        self.client.put_block(target, &mark.text(), set_headers, content, ChecksumMode::Auto).await?;
        Ok(upload.id())
    }

    async fn put_part(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        part: PartRef,
        payload: Payload,
        options: &PutOptions,
    ) -> Result<CompletedPart> {
        let upload = Upload::parse(upload)?;
        let mut set_headers = HeaderMap::new();
        self.written_with(&mut set_headers, options)?;
        let size = payload.len();
        let now = self.client.http.clock().now();
        let mut random = [0; 8];
        self.client.http.runtime().random(&mut random);
        let id = BlockId::new(&upload, part.number, now, random).text();
        let known = self.client.put_block(target, &id, set_headers, payload, options.checksum).await?;
        Ok(CompletedPart::new(part.number, size, ETag::new(id), known))
    }

    async fn copy_part(
        &self,
        _: ObjectRef<'_>,
        _: Range<u64>,
        _: Option<&ETag>,
        _: ObjectRef<'_>,
        _: &UploadId,
        _: PartRef,
    ) -> Result<CompletedPart> {
        // One copy takes blobs of any size.
        Err(self.lacks("copies of parts"))
    }

    async fn complete_upload(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        parts: &[CompletedPart],
        options: &PutOptions,
    ) -> Result<PutOutcome> {
        let upload = Upload::parse(upload)?;
        let ids = ids_of(&upload, parts)?;
        verify_whole(&options.expected, parts)?;
        let mut set_headers = upload.headers()?;
        self.written_with(&mut set_headers, options)?;
        headers::keep_md5(&mut set_headers, &options.expected)?;
        headers::of_condition(&mut set_headers, &options.condition)?;
        let conditional = options.condition != WriteCondition::None;
        let idempotency = Operation::CompleteUpload.idempotency(conditional);
        let size = parts.iter().map(|it| it.size).sum();
        let mut outcome = match self.client.put_block_list(target, &ids, set_headers, idempotency).await {
            // Either blocks are missing, or the request met its own success, after which they are blocks no more.
            Err(error)
                if error.code() == Some("InvalidBlockList") || error.kind() == ErrorKind::Ambiguous =>
            {
                self.completed_before(target, &upload, &ids, error).await?
            }
            done => done.map_err(|error| conditioned(error, &options.condition))?,
        };
        outcome.size = Some(size);
        Ok(outcome)
    }

    async fn abort_upload(&self, target: ObjectRef<'_>, upload: &UploadId) -> Result<()> {
        let upload = Upload::parse(upload)?;
        let blocks = match self.client.get_block_list(target).await {
            Err(error) if error.kind() == ErrorKind::ObjectNotFound => return Ok(()),
            blocks => blocks?,
        };
        let ours = |id: &str| BlockId::parse(id).is_some_and(|it| it.belongs_to(&upload));
        let here = blocks.uncommitted.iter().any(|it| ours(&it.id));
        let alone = blocks.uncommitted.iter().all(|it| ours(&it.id));
        if !here {
            return Ok(());
        }
        // The service drops blocks only when the blob is written. What is there, and what others upload, comes first: such
        // blocks are dropped by the service after a week.
        if !alone || !blocks.committed.is_empty() {
            tracing::debug!(key = %target.key, "blocks stay until the service drops them");
            return Ok(());
        }
        let mut absent = HeaderMap::new();
        headers::of_condition(&mut absent, &WriteCondition::IfAbsent)?;
        let idempotency = Operation::CompleteUpload.idempotency(true);
        let emptied = self.client.put_block_list(target, &[], absent, idempotency).await;
        let emptied = match emptied.map_err(|it| conditioned(it, &WriteCondition::IfAbsent)) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
            emptied => emptied?,
        };
        let mut options = DeleteOptions::new();
        options.if_match = emptied.etag;
        match self.delete_object(target, &options).await {
            // Somebody wrote it meanwhile.
            Err(error) if error.kind() == ErrorKind::PreconditionFailed => Ok(()),
            done => done,
        }
    }

    async fn list_parts(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        _: Option<&PageToken>,
    ) -> Result<Page<PartInfo>> {
        let upload = Upload::parse(upload)?;
        let gone = || Error::new(ErrorKind::ObjectNotFound, "there is no such upload");
        let blocks = match self.client.get_block_list(target).await {
            Err(error) if error.kind() == ErrorKind::ObjectNotFound => return Err(gone().with_source(error)),
            blocks => blocks?,
        };
        let mut found = false;
        let mut parts: Vec<(BlockId, CompletedPart)> = Vec::new();
        for block in blocks.uncommitted {
            let Some(id) = BlockId::parse(&block.id).filter(|it| it.belongs_to(&upload)) else { continue };
            found = true;
            if let Some(number) = id.number() {
                let etag = ETag::new(block.id);
                parts.push((id, CompletedPart::new(number, block.size, etag, Checksums::new())));
            }
        }
        if !found {
            return Err(gone());
        }
        // Of those that were sent again the last one counts.
        parts.sort_by_key(|(id, part)| (part.number, std::cmp::Reverse(id.sent())));
        parts.dedup_by_key(|(_, part)| part.number);
        Ok(Page::new(parts.into_iter().map(|(_, part)| part).collect(), None))
    }
}

impl AzureDriver {
    /// Looks whether the object is made of just these blocks, and says else what is missing.
    async fn completed_before(
        &self,
        target: ObjectRef<'_>,
        upload: &Upload,
        ids: &[String],
        error: Error,
    ) -> Result<PutOutcome> {
        let blocks = match self.client.get_block_list(target).await {
            Ok(blocks) => blocks,
            Err(missing) if missing.kind() == ErrorKind::ObjectNotFound => BlockList::default(),
            Err(_) => return Err(error),
        };
        let proves = error.kind() == ErrorKind::Ambiguous
            || ended_as(&error, ErrorKind::InvalidInput)
            || error.attempts() > 1;
        if proves && !ids.is_empty() && blocks.committed.iter().map(|it| &it.id).eq(ids) {
            let info = self.head_object(target, &GetOptions::new()).await?;
            let mut outcome = PutOutcome::default();
            (outcome.etag, outcome.version, outcome.service_fields) =
                (info.etag, info.version, info.service_fields);
            return Ok(outcome);
        }
        let ours = |id: &str| BlockId::parse(id).is_some_and(|it| it.belongs_to(upload));
        if error.kind() != ErrorKind::Ambiguous && !blocks.uncommitted.iter().any(|it| ours(&it.id)) {
            let message =
                "there is no such upload; somebody may have written the object, which drops all blocks";
            return Err(Error::new(ErrorKind::ObjectNotFound, message).with_source(error));
        }
        Err(error)
    }
}

/// Returns the ids of the blocks to join.
fn ids_of(upload: &Upload, parts: &[CompletedPart]) -> Result<Vec<String>> {
    parts
        .iter()
        .map(|part| {
            let id = part.etag.unquoted();
            BlockId::parse(id)
                .filter(|it| it.belongs_to(upload) && it.number() == Some(part.number))
                .map(|_| id.to_owned())
                .ok_or_else(|| wrong_part(part.number))
        })
        .collect()
}

fn wrong_part(number: PartNumber) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("part {number} is not the one that was sent"))
}

/// Compares what is expected of the whole with what the checksums of the parts make together, where they can be joined.
fn verify_whole(expected: &Checksums, parts: &[CompletedPart]) -> Result<()> {
    let Some(want) = expected.get(ChecksumAlgorithm::Crc64Nvme) else { return Ok(()) };
    let mut sums = parts.iter().map(|it| Some((it.checksums.get(want.algorithm())?, it.size)));
    let Some(Some((first, _))) = sums.next() else { return Ok(()) };
    let whole = sums.try_fold(first, |all, next| next.and_then(|(sum, size)| all.join(&sum, size)));
    whole.map_or(Ok(()), |whole| verify(want, whole))
}
