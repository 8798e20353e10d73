//! Uploads: one request for what is small, parts for the rest.

mod abort;
mod budget;
mod engine;
mod file;
mod plan;
mod source;
mod writer;

use std::fs::File;
use std::future::IntoFuture;
use std::path::PathBuf;

pub(crate) use abort::AbortOnDrop;
pub use budget::{ByteBudget, BytePermit};
pub use plan::PartPlan;
pub(crate) use source::{ByteStream, source_error};
pub use writer::ObjectWriter;

use crate::cancel::CancelToken;
use crate::check;
use crate::error::{Error, ErrorKind, Result};
use crate::idempotency::Operation;
use crate::info::PutOutcome;
use crate::object::Object;
use crate::options::{PutOptions, put_fields, setters};
use crate::payload::Payload;
use crate::progress::ProgressHook;
use crate::runtime::BoxFuture;
use crate::settle::NONCE_METADATA;

/// A write of bytes at hand, in one request: `object.put(bytes).content_type("text/plain").await`.
///
/// # Errors
/// `AlreadyExists` and `PreconditionFailed` by its condition, `ContainerNotFound`, `ChecksumMismatch`, `InvalidInput`
/// and `Unsupported` before anything is sent, and what the way to the store can do.
///
/// # Cancel safety
/// Dropped before it is done, the object is written whole or not at all; nobody knows which.
#[derive(Debug)]
#[must_use = "nothing is written until it is awaited"]
pub struct Put {
    object: Object,
    payload: Payload,
    options: PutOptions,
}

put_fields! { setters! { Put, [options]; } }

impl Put {
    pub(crate) fn new(object: Object, payload: Payload) -> Self {
        Self { object, payload, options: PutOptions::default() }
    }

    /// Takes all options at once.
    pub fn options(mut self, options: PutOptions) -> Self {
        self.options = options;
        self
    }

    async fn run(mut self) -> Result<PutOutcome> {
        let object = &self.object;
        object.guess_content_type(&mut self.options);
        add_nonce(&mut self.options);
        let capabilities = object.capabilities().await?;
        let explain = |error| object.explain(error, Operation::PutObject);
        check::check_put(&self.options, &capabilities, object.provider()).map_err(explain)?;
        let limit = capabilities.max_put_bytes.min(capabilities.max_object_bytes);
        if self.payload.len() > limit {
            return Err(explain(Error::new(
                ErrorKind::InvalidInput,
                format!("one put takes at most {limit} bytes; use an upload, which sends parts"),
            )));
        }
        engine::verify_payload(object, &self.payload, &self.options.expected).await.map_err(explain)?;
        engine::put_whole(object, self.payload, &self.options, &self.options.expected).await
    }
}

impl IntoFuture for Put {
    type Output = Result<PutOutcome>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

/// Writes the nonce with the object, where every store keeps it.
fn add_nonce(options: &mut PutOptions) {
    if let Some(nonce) = options.nonce.clone() {
        options.metadata.insert(NONCE_METADATA, nonce);
    }
}

/// An upload of a file, a stream or a reader: one request when it is small, parts in parallel when it is large.
///
/// Memory stays below part size × concurrency (and the storage's budget); parts of a file are not held at all.
///
/// # Errors
/// Those of [`Put`], `SourceMismatch` when the source is not what was declared or changes, and the source's own. After
/// an error nothing is visible under the key and the parts are dropped; where that fails too,
/// [`Error::upload_id`] says what is left.
///
/// # Cancel safety
/// Dropped before it is done, nothing becomes visible; the parts are dropped in the background. A
/// [`CancelToken`] does so before it returns.
#[must_use = "nothing is sent until it is awaited"]
pub struct Upload {
    object: Object,
    source: UploadSource,
    options: PutOptions,
    tuning: Tuning,
}

/// How an upload runs, as opposed to what it writes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tuning {
    pub(crate) part_bytes: Option<u64>,
    pub(crate) concurrency: Option<usize>,
    pub(crate) length: Option<u64>,
    pub(crate) progress: Option<ProgressHook>,
    pub(crate) cancel: Option<CancelToken>,
}

enum UploadSource {
    Path(PathBuf),
    Open(File),
    Stream(ByteStream),
}

put_fields! { setters! { Upload, [options]; } }

impl Upload {
    /// How many parts are on their way at once, unless set otherwise.
    pub const DEFAULT_CONCURRENCY: usize = 8;

    pub(crate) fn file(object: Object, path: PathBuf) -> Self {
        Self::new(object, UploadSource::Path(path))
    }

    pub(crate) fn open_file(object: Object, file: File) -> Self {
        Self::new(object, UploadSource::Open(file))
    }

    pub(crate) fn stream(object: Object, stream: ByteStream) -> Self {
        Self::new(object, UploadSource::Stream(stream))
    }

    fn new(object: Object, source: UploadSource) -> Self {
        Self { object, source, options: PutOptions::default(), tuning: Tuning::default() }
    }

    /// Takes all options of the write at once.
    pub fn options(mut self, options: PutOptions) -> Self {
        self.options = options;
        self
    }

    /// Sets the size of the parts in bytes, 8 MiB by default; it grows when that would be too many parts.
    pub fn part_size(mut self, bytes: u64) -> Self {
        self.tuning.part_bytes = Some(bytes);
        self
    }

    /// Sets how many parts are on their way at once, at least 1.
    pub fn concurrency(mut self, parts: usize) -> Self {
        self.tuning.concurrency = Some(parts.max(1));
        self
    }

    /// Declares the length in bytes; a source that is shorter or longer commits nothing.
    pub fn length(mut self, bytes: u64) -> Self {
        self.tuning.length = Some(bytes);
        self
    }

    /// Tells a function how far the upload is.
    pub fn progress(mut self, hook: impl Into<ProgressHook>) -> Self {
        self.tuning.progress = Some(hook.into());
        self
    }

    /// Lets a token stop the upload.
    pub fn cancel(mut self, token: &CancelToken) -> Self {
        self.tuning.cancel = Some(token.clone());
        self
    }

    async fn run(mut self) -> Result<PutOutcome> {
        let object = self.object;
        let capabilities = object.capabilities().await?;
        if let UploadSource::Path(path) = &self.source {
            object.guess_content_type_from(&mut self.options, path);
        }
        object.guess_content_type(&mut self.options);
        add_nonce(&mut self.options);
        check::check_put(&self.options, &capabilities, object.provider())
            .map_err(|error| object.explain(error, Operation::PutObject))?;
        let job = engine::Job { object, capabilities, options: self.options, tuning: self.tuning };
        match self.source {
            UploadSource::Path(path) => file::upload(job, move || file::open(&path)).await,
            UploadSource::Open(opened) => file::upload(job, move || file::check(opened)).await,
            UploadSource::Stream(stream) => engine::upload_stream(job, stream).await,
        }
    }
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload")
            .field("object", &self.object)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl IntoFuture for Upload {
    type Output = Result<PutOutcome>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
