//! Uploads in parts.

use std::ops::Range;

use async_trait::async_trait;
use http::HeaderMap;
use storage_core::groups::{CompletedPart, MultipartDriver, PartInfo, PartRef};
use storage_core::{
    ChecksumAlgorithm, Checksums, Driver as _, ETag, Error, ErrorKind, GetOptions, ObjectRef, Operation,
    Page, PageToken, Payload, PutOptions, PutOutcome, Result, UploadId, WriteCondition, verify,
};

use crate::client::multipart::whole_checksum;
use crate::client::objects::copy_source;
use crate::driver::{S3Driver, conditioned};
use crate::headers;

#[async_trait]
impl MultipartDriver for S3Driver {
    async fn create_upload(&self, target: ObjectRef<'_>, options: &PutOptions) -> Result<UploadId> {
        self.client.create_upload(target, self.content(options)?, options.checksum).await
    }

    async fn put_part(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        part: PartRef,
        payload: Payload,
        options: &PutOptions,
    ) -> Result<CompletedPart> {
        let mut set = HeaderMap::new();
        self.customer_key(&mut set, options.encryption.as_ref())?;
        self.client.upload_part(target, upload, part, payload, set, options.checksum).await
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
        if !self.client.quirks.copy_parts {
            return Err(self.lacks("copies of parts"));
        }
        let mut set = HeaderMap::new();
        self.customer_key(&mut set, None)?;
        self.source_key(&mut set)?;
        if let Some(etag) = if_match {
            headers::of_source(&mut set, etag, &self.client.quirks)?;
        }
        let source = copy_source(from, None);
        let copied = self.client.upload_part_copy(&source, range, target, upload, part, set).await?;
        // What is still there behind the copy was there during it.
        if let Some(etag) = if_match.filter(|_| !self.client.quirks.copy_part_if_match) {
            self.head_object(from, &GetOptions::new().if_match(etag.clone())).await?;
        }
        Ok(copied)
    }

    async fn complete_upload(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        parts: &[CompletedPart],
        options: &PutOptions,
    ) -> Result<PutOutcome> {
        let mut set = HeaderMap::new();
        self.customer_key(&mut set, options.encryption.as_ref())?;
        let conditional = options.condition != WriteCondition::None;
        if conditional {
            headers::of_condition(&mut set, &options.condition, &self.client.quirks)?;
        }
        verify_whole(&options.expected, parts)?;
        let algorithm = self.client.protection.algorithm(options.checksum);
        if self.client.quirks.full_object_checksums {
            whole_checksum(&mut set, &options.expected, algorithm)?;
        }
        let idempotency = Operation::CompleteUpload.idempotency(conditional);
        let done = self.client.complete_upload(target, upload, parts, set, algorithm, idempotency).await;
        match done {
            // The request may have met its own success: the upload is gone because it was completed.
            Err(error) if error.kind() == ErrorKind::Ambiguous && !conditional => {
                self.completed_before(target, parts, options, error).await
            }
            Ok(mut outcome) if outcome.etag.is_none() => {
                // Some services join the parts and leave the tag out.
                outcome.etag = self.head_object(target, &read_options(options)).await?.etag;
                Ok(outcome)
            }
            done => done.map_err(|error| conditioned(error, &options.condition)),
        }
    }

    async fn abort_upload(&self, target: ObjectRef<'_>, upload: &UploadId) -> Result<()> {
        match self.client.abort_upload(target, upload).await {
            Err(error) if error.kind() == ErrorKind::ObjectNotFound => Ok(()),
            done => done,
        }
    }

    async fn list_parts(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        page_token: Option<&PageToken>,
    ) -> Result<Page<PartInfo>> {
        self.client.list_parts(target, upload, page_token).await
    }
}

impl S3Driver {
    /// Looks whether the object under the key is made of just these parts, which its entity tag tells.
    async fn completed_before(
        &self,
        target: ObjectRef<'_>,
        parts: &[CompletedPart],
        options: &PutOptions,
        error: Error,
    ) -> Result<PutOutcome> {
        let Some(wanted) = digest_of_parts(parts).filter(|_| self.client.quirks.multipart_etag_is_digest)
        else {
            return Err(error);
        };
        let Ok(info) = self.head_object(target, &read_options(options)).await else { return Err(error) };
        let size: u64 = parts.iter().map(|it| it.size).sum();
        if info.size != size || info.etag.as_ref().is_none_or(|it| it.unquoted() != wanted) {
            return Err(error);
        }
        let mut outcome = PutOutcome::default();
        (outcome.etag, outcome.version, outcome.checksums) = (info.etag, info.version, info.checksums);
        (outcome.size, outcome.service_fields) = (Some(size), info.service_fields);
        Ok(outcome)
    }
}

fn read_options(options: &PutOptions) -> GetOptions {
    let mut head = GetOptions::new();
    head.encryption.clone_from(&options.encryption);
    head
}

/// Compares what is expected of the whole with what the checksums of the parts make together, where they can be joined.
fn verify_whole(expected: &Checksums, parts: &[CompletedPart]) -> Result<()> {
    for want in expected.iter() {
        let mut sums = parts.iter().map(|it| Some((it.checksums.get(want.algorithm())?, it.size)));
        let Some(Some((first, _))) = sums.next() else { continue };
        let whole = sums.try_fold(first, |all, next| next.and_then(|(sum, size)| all.join(&sum, size)));
        whole.map_or(Ok(()), |whole| verify(want, whole))?;
    }
    Ok(())
}

/// The entity tag that S3 gives an object of these parts: the MD5 of their MD5s, and their number. `None` when the tags
/// of the parts are no MD5s.
fn digest_of_parts(parts: &[CompletedPart]) -> Option<String> {
    let mut all = Vec::with_capacity(parts.len() * 16);
    for part in parts {
        let tag = part.etag.unquoted();
        if tag.len() != 32 {
            return None;
        }
        for at in (0..32).step_by(2) {
            all.push(u8::from_str_radix(tag.get(at..at + 2)?, 16).ok()?);
        }
    }
    let md5 = ChecksumAlgorithm::Md5.of(&all);
    let hex: String = md5.value().iter().map(|it| format!("{it:02x}")).collect();
    Some(format!("{hex}-{}", parts.len()))
}
