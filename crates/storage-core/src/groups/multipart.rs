//! Uploads in parts.

use std::fmt::Debug;
use std::ops::Range;

use async_trait::async_trait;

use crate::checksum::Checksums;
use crate::error::Result;
use crate::info::{Page, PutOutcome};
use crate::name::{ETag, ObjectRef, PageToken, PartNumber, UploadId};
use crate::options::PutOptions;
use crate::payload::Payload;

/// Uploads in parts: nothing is visible under the key before the upload is completed.
///
/// How the parts are to be cut says [`Capabilities::parts`](crate::Capabilities).
#[async_trait]
pub trait MultipartDriver: Debug + Send + Sync {
    /// Begins an upload; content headers and metadata are fixed here.
    async fn create_upload(&self, target: ObjectRef<'_>, options: &PutOptions) -> Result<UploadId>;

    /// Sends one part. The same number sent again replaces the part.
    ///
    /// The expected checksums of the options are those of the whole object, for the completion, not of this part.
    async fn put_part(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        part: PartRef,
        payload: Payload,
        options: &PutOptions,
    ) -> Result<CompletedPart>;

    /// Makes a part of bytes that another object has, on the server.
    ///
    /// # Errors
    /// `Unsupported` unless [`PartRules::copy`](crate::PartRules) is set.
    async fn copy_part(
        &self,
        from: ObjectRef<'_>,
        range: Range<u64>,
        if_match: Option<&ETag>,
        target: ObjectRef<'_>,
        upload: &UploadId,
        part: PartRef,
    ) -> Result<CompletedPart>;

    /// Joins the parts, in the order given, into the object, whole or not at all.
    ///
    /// A part that is missing or has another entity tag is `InvalidInput`; an upload that is not there is
    /// `ObjectNotFound`.
    /// The condition and the expected checksums of the options hold here, as in a put.
    async fn complete_upload(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        parts: &[CompletedPart],
        options: &PutOptions,
    ) -> Result<PutOutcome>;

    /// Drops the upload and its parts. Aborting an upload that is not there succeeds.
    async fn abort_upload(&self, target: ObjectRef<'_>, upload: &UploadId) -> Result<()>;

    /// Lists the parts that the store has, by number.
    async fn list_parts(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        page_token: Option<&PageToken>,
    ) -> Result<Page<PartInfo>>;
}

/// Which part of an upload is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartRef {
    /// Its number; parts are joined in the order of their numbers.
    pub number: PartNumber,
    /// Where it starts in the finished object. Parts that are completed follow one another without a gap.
    pub offset: u64,
    /// Tells that it is the last part.
    pub last: bool,
}

/// A part that the store has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompletedPart {
    /// Its number.
    pub number: PartNumber,
    /// Its size in bytes.
    pub size: u64,
    /// By which completion names it: the store's entity tag of the part, or a mark of the driver's own.
    pub etag: ETag,
    /// Checksums over the part, as verified by the store or computed by the driver.
    pub checksums: Checksums,
}

impl CompletedPart {
    /// Puts a completed part together.
    pub fn new(number: PartNumber, size: u64, etag: ETag, checksums: Checksums) -> Self {
        Self { number, size, etag, checksums }
    }
}

/// A part as the store lists it.
pub type PartInfo = CompletedPart;
