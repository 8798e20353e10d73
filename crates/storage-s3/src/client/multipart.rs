//! Calls of uploads in parts.

use std::ops::Range;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use storage_core::groups::{CompletedPart, PartInfo, PartRef};
use storage_core::{
    ChecksumAlgorithm, ChecksumMode, Checksums, Idempotency, ObjectRef, Operation, Page, PageToken, Payload,
    PutOutcome, Result, UploadId,
};
use storage_http::{Failure, Follow, Patience};

use crate::client::Client;
use crate::client::objects::{no_document, push, taken};
use crate::headers;
use crate::names;
use crate::wire;

impl Client {
    /// Begins an upload:
    /// [`CreateMultipartUpload`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html).
    pub(crate) async fn create_upload(
        &self,
        target: ObjectRef<'_>,
        headers: HeaderMap,
        mode: ChecksumMode,
    ) -> Result<UploadId> {
        let mut request = self
            .object("CreateMultipartUpload", Method::POST, target.container, target.key, "uploads=")
            .operation(Operation::CreateUpload, false);
        request.headers.extend(headers);
        if let Some(algorithm) = self.protection.algorithm(mode) {
            let name = algorithm.name().to_ascii_uppercase();
            request.header(names::CHECKSUM_ALGORITHM, &name)?;
            if algorithm.combines() && self.quirks.full_object_checksums {
                request.headers.insert(names::CHECKSUM_TYPE, HeaderValue::from_static("FULL_OBJECT"));
            }
        }
        self.read(request, |body| wire::create_upload::parse(body)).await
    }

    /// Sends a part: [`UploadPart`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html).
    ///
    /// Sending the same part twice replaces it, so the request counts as idempotent.
    pub(crate) async fn upload_part(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        part: PartRef,
        payload: Payload,
        headers: HeaderMap,
        mode: ChecksumMode,
    ) -> Result<CompletedPart> {
        let query = part_query(upload, part);
        let mut request = self
            .object("UploadPart", Method::PUT, target.container, target.key, &query)
            .operation(Operation::PutPart, false)
            .payload(payload);
        request.headers.extend(headers);
        // What the caller expects is about the whole object.
        let known = self.protection.apply(&mut request, mode, &Checksums::new(), self.http.runtime()).await?;
        let size = request.payload.len();
        self.send(request, |answer| {
            let outcome = taken(answer, &known)?;
            // It would be missing again, and without it nobody can join the parts.
            let etag = outcome.etag.ok_or_else(|| {
                Failure::unexpected("the answer to the part has no entity tag").follow(Follow::Never)
            })?;
            Ok(CompletedPart::new(part.number, size, etag, outcome.checksums))
        })
        .await
    }

    /// Makes a part of bytes of another object:
    /// [`UploadPartCopy`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html).
    pub(crate) async fn upload_part_copy(
        &self,
        source: &str,
        range: Range<u64>,
        target: ObjectRef<'_>,
        upload: &UploadId,
        part: PartRef,
        headers: HeaderMap,
    ) -> Result<CompletedPart> {
        let query = part_query(upload, part);
        let mut request = self
            .object("UploadPartCopy", Method::PUT, target.container, target.key, &query)
            .operation(Operation::CopyPart, false)
            .patience(Patience::Long);
        request.headers.extend(headers);
        storage_http::headers::set(&mut request.headers, names::COPY_SOURCE, source)?;
        let bytes = format!("bytes={}-{}", range.start, range.end.saturating_sub(1));
        storage_http::headers::set(&mut request.headers, names::COPY_SOURCE_RANGE, &bytes)?;
        let parse = |body: &Bytes| wire::copy_result::parse_part(body);
        self.read_with(request, parse, |answer, copied| {
            let etag = copied.etag.or_else(|| headers::etag(&answer.headers));
            let etag =
                etag.ok_or_else(|| Failure::unexpected("the answer to the copied part has no entity tag"))?;
            let size = range.end.saturating_sub(range.start);
            Ok(CompletedPart::new(part.number, size, etag, copied.checksums.whole))
        })
        .await
    }

    /// Joins the parts:
    /// [`CompleteMultipartUpload`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html).
    ///
    /// S3 answers 200 before it joins the parts and may still fail in the body.
    pub(crate) async fn complete_upload(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        parts: &[CompletedPart],
        headers: HeaderMap,
        algorithm: Option<ChecksumAlgorithm>,
        idempotency: Idempotency,
    ) -> Result<PutOutcome> {
        let mut query = String::new();
        push(&mut query, "uploadId", upload.as_str());
        let mut request = self
            .object("CompleteMultipartUpload", Method::POST, target.container, target.key, &query)
            .patience(Patience::Long)
            .payload(wire::complete_upload::write(parts, algorithm));
        request.idempotency = idempotency;
        request.headers.extend(headers);
        // The document is covered by the digest; a checksum header here would mean the object's.
        let (mode, expected) = (ChecksumMode::Off, Checksums::new());
        self.protection.apply(&mut request, mode, &expected, self.http.runtime()).await?;
        let parse = |body: &Bytes| wire::complete_upload::parse(body);
        self.read_with(request, parse, |answer, done| {
            let mut outcome = headers::outcome(&answer.headers);
            outcome.etag = done.etag.or(outcome.etag);
            outcome.checksums = done.checksums.whole;
            outcome.size = Some(parts.iter().map(|it| it.size).sum());
            Ok(outcome)
        })
        .await
    }

    /// Drops an upload:
    /// [`AbortMultipartUpload`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html).
    pub(crate) async fn abort_upload(&self, target: ObjectRef<'_>, upload: &UploadId) -> Result<()> {
        let mut query = String::new();
        push(&mut query, "uploadId", upload.as_str());
        let request = self
            .object("AbortMultipartUpload", Method::DELETE, target.container, target.key, &query)
            .operation(Operation::AbortUpload, false);
        self.send(request, no_document).await
    }

    /// Lists the parts of an upload: [`ListParts`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html).
    pub(crate) async fn list_parts(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        page_token: Option<&PageToken>,
    ) -> Result<Page<PartInfo>> {
        let mut query = String::new();
        if let Some(token) = page_token {
            push(&mut query, "part-number-marker", token);
        }
        push(&mut query, "uploadId", upload.as_str());
        let request = self.object("ListParts", Method::GET, target.container, target.key, &query);
        self.read(request, |body| wire::list_parts::parse(body)).await
    }
}

fn part_query(upload: &UploadId, part: PartRef) -> String {
    let mut query = format!("partNumber={}", part.number);
    push(&mut query, "uploadId", upload.as_str());
    query
}

/// The checksum of the whole object, for the completion.
pub(crate) fn whole_checksum(
    headers: &mut HeaderMap,
    expected: &Checksums,
    mode: Option<storage_core::ChecksumAlgorithm>,
) -> Result<()> {
    let Some(sum) = mode.and_then(|it| expected.get(it)).filter(|it| it.algorithm().combines()) else {
        return Ok(());
    };
    if let Some(name) = crate::sign::checksum::header_name(sum.algorithm()) {
        storage_http::headers::set(headers, name, &crate::sign::checksum::encode(&sum))?;
        headers.insert(names::CHECKSUM_TYPE, HeaderValue::from_static("FULL_OBJECT"));
    }
    Ok(())
}
