//! Downloads: a stream that resumes and verifies itself, or a file gathered from parallel ranges.

mod body;
mod file;
mod ordered;
mod parts;
mod ranges;

use std::future::IntoFuture;

use bytes::Bytes;
use time::OffsetDateTime;

pub use body::ObjectBody;
pub use file::{DownloadFile, Downloaded};
pub use ranges::GetRanges;

use ordered::{Ordered, bytes_of};
use parts::Parts;

use crate::body::Body;
use crate::check;
use crate::error::Result;
use crate::idempotency::Operation;
use crate::info::GetOutcome;
use crate::name::{ETag, VersionId};
use crate::object::Object;
use crate::options::GetOptions;
use crate::range::ByteRange;
use crate::runtime::BoxFuture;

/// A read of an object or of a range of it: `object.get().range(0..100).await`.
///
/// # Errors
/// `ObjectNotFound`, `ContainerNotFound`, `InvalidRange`, `PreconditionFailed` and `NotModified` by its conditions.
#[derive(Clone, Debug)]
#[must_use = "nothing is read until it is awaited"]
pub struct Get {
    object: Object,
    options: GetOptions,
    chunk_bytes: Option<usize>,
    verify: bool,
    concurrency: usize,
    part_bytes: u64,
}

impl Get {
    pub(crate) fn new(object: Object) -> Self {
        Self {
            object,
            options: GetOptions::default(),
            chunk_bytes: None,
            verify: true,
            concurrency: 1,
            part_bytes: Parts::DEFAULT_BYTES,
        }
    }

    /// Takes all options at once.
    pub fn options(mut self, options: GetOptions) -> Self {
        self.options = options;
        self
    }

    /// Reads only these bytes: `0..10`, `5..`, `..=9`, or [`ByteRange::Suffix`].
    pub fn range(mut self, range: impl Into<ByteRange>) -> Self {
        self.options = self.options.range(range);
        self
    }

    /// Reads only the last n bytes.
    pub fn suffix(self, bytes: u64) -> Self {
        self.range(ByteRange::Suffix(bytes))
    }

    /// Reads only if the object has this entity tag; else `PreconditionFailed`.
    pub fn if_match(mut self, etag: impl Into<ETag>) -> Self {
        self.options = self.options.if_match(etag);
        self
    }

    /// Reads only if the object has another entity tag; else `NotModified`.
    pub fn if_none_match(mut self, etag: impl Into<ETag>) -> Self {
        self.options = self.options.if_none_match(etag);
        self
    }

    /// Reads only if the object was changed after this time; else `NotModified`.
    pub fn if_modified_since(mut self, time: OffsetDateTime) -> Self {
        self.options = self.options.if_modified_since(time);
        self
    }

    /// Reads a version.
    pub fn version(mut self, version: impl Into<VersionId>) -> Self {
        self.options = self.options.version(version);
        self
    }

    /// Delivers chunks of exactly this many bytes, the last one excepted. Else they come as the store sends them.
    pub fn chunk_size(mut self, bytes: usize) -> Self {
        self.chunk_bytes = Some(bytes.max(1));
        self
    }

    /// Sets whether a whole object is held against its checksum, as it is by default.
    pub fn verify(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    /// Sets how many ranges of [`part_size`](Self::part_size) are fetched at once; 1 by default, which is one request
    /// for all.
    ///
    /// The bytes still come in their order. More than one is faster where a single connection is slower than the
    /// network, and about half of `ranges` parts are held in memory meanwhile. All of them are pinned to the entity tag of
    /// the first; an object without one comes in one request.
    pub fn concurrency(mut self, ranges: usize) -> Self {
        self.concurrency = ranges.max(1);
        self
    }

    /// Sets the size of the ranges that are fetched at once, in bytes: 8 MiB by default, at least 64 KiB. The
    /// first ones are smaller.
    pub fn part_size(mut self, bytes: u64) -> Self {
        self.part_bytes = bytes.max(Parts::MIN_BYTES);
        self
    }

    /// Reads all bytes into memory.
    ///
    /// # Errors
    /// Those of the read, and all that a body can meet.
    pub async fn bytes(self) -> Result<Bytes> {
        self.await?.bytes().await
    }

    /// Reads all bytes as UTF-8 text.
    ///
    /// # Errors
    /// Those of [`bytes`](Self::bytes), and `UnexpectedResponse` when the content is no UTF-8.
    pub async fn text(self) -> Result<String> {
        self.await?.text().await
    }

    async fn run(self) -> Result<ObjectBody> {
        if self.concurrency > 1 {
            return Box::pin(self.run_in_parts()).await;
        }
        let Self { object, options, chunk_bytes, verify, .. } = self;
        let limits = object.capabilities().await?;
        let explain = |error| object.explain(error, Operation::GetObject);
        let range = options.range.map_or(Ok(()), ByteRange::check);
        range
            .and_then(|()| check::check_headers(&options.headers))
            .and_then(|()| check::check_version(options.version.as_ref(), &limits, object.driver()))
            .map_err(explain)?;
        let outcome = object.driver().get_object(object.target(), &options).await.map_err(explain)?;
        ObjectBody::new(object.clone(), options, outcome, chunk_bytes, verify).map_err(explain)
    }

    /// Asks for the first part, and for the others while it is read.
    async fn run_in_parts(self) -> Result<ObjectBody> {
        let Self { object, options, chunk_bytes, verify, concurrency, part_bytes } = self.clone();
        let explain = |error| object.explain(error, Operation::GetObject);
        let mut parts = Parts { object: object.clone(), options: options.clone(), part_bytes, verify };
        let (head, range) = parts.first(bytes_of(0, part_bytes, concurrency), verify).await?;
        if head.range().end >= range.end {
            return Ok(head.in_chunks(chunk_bytes));
        }
        if !Parts::pinned(head.info()) {
            drop(head);
            return Box::pin(Self { concurrency: 1, ..self }.run()).await;
        }
        let info = parts.full_info(head.info().clone(), &range).await.map_err(explain)?;
        let body = Body::new(Ordered::new(parts, head, range.end, concurrency));
        ObjectBody::new(object.clone(), options, GetOutcome { info, range, body }, chunk_bytes, verify)
            .map_err(explain)
    }
}

impl IntoFuture for Get {
    type Output = Result<ObjectBody>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
