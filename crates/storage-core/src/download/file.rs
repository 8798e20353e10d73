//! Downloads into files: gathered beside the destination, verified, and only then put in its place.

use std::future::IntoFuture;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::ObjectBody;
use super::parts::Parts;
use crate::cancel::{self, CancelToken};
use crate::checksum::{Checksum, Hasher, verify};
use crate::error::{Error, Result};
use crate::file::{Destination, PartialFile, hash_range};
use crate::idempotency::Operation;
use crate::info::ObjectInfo;
use crate::name::{ETag, VersionId};
use crate::object::Object;
use crate::options::GetOptions;
use crate::progress::{Meter, ProgressHook};
use crate::range::ByteRange;
use crate::runtime::{BoxFuture, blocking};

/// A download into a file.
///
/// The content is gathered in a hidden file beside the destination, in parallel ranges pinned to one entity tag, held
/// against the object's checksum, and renamed. Until then an existing file stays as it is.
///
/// # Errors
/// `AlreadyExists` when the file is there and [`overwrite`](Self::overwrite) is not set, `InvalidInput` for a key
/// that names no file, `Changed`, `ChecksumMismatch`, `StorageFull`, and those of a read. After an error the gathered
/// file is gone, unless [`keep_partial`](Self::keep_partial) is set.
///
/// # Cancel safety
/// Dropped before it is done, the gathered file is removed and the destination untouched.
#[derive(Debug)]
#[must_use = "nothing is read until it is awaited"]
pub struct DownloadFile {
    parts: Parts,
    to: Destination,
    concurrency: usize,
    progress: Option<ProgressHook>,
    cancel: Option<CancelToken>,
}

/// What a download made.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Downloaded {
    /// The file.
    pub path: PathBuf,
    /// What the store knows of the object.
    pub info: ObjectInfo,
    /// The bytes of the object that the file holds.
    pub range: Range<u64>,
    /// The checksum that was held against the object's own; `None` when there was none to compare with.
    pub verified: Option<Checksum>,
}

impl DownloadFile {
    /// The size of the ranges asked for, in bytes, unless set otherwise.
    pub const DEFAULT_PART_BYTES: u64 = Parts::DEFAULT_BYTES;
    /// How many ranges are on their way at once, unless set otherwise.
    pub const DEFAULT_CONCURRENCY: usize = 8;

    pub(crate) fn new(object: Object, path: PathBuf) -> Self {
        Self {
            parts: Parts::new(object),
            to: Destination { path, overwrite: false, keep_partial: false },
            concurrency: Self::DEFAULT_CONCURRENCY,
            progress: None,
            cancel: None,
        }
    }

    /// Takes all options of the read at once.
    pub fn options(mut self, options: GetOptions) -> Self {
        self.parts.options = options;
        self
    }

    /// Sets whether an existing file is replaced; by default it is `AlreadyExists`.
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.to.overwrite = overwrite;
        self
    }

    /// Sets whether the gathered file is kept after a failure; the error names it.
    pub fn keep_partial(mut self, keep: bool) -> Self {
        self.to.keep_partial = keep;
        self
    }

    /// Downloads only these bytes.
    pub fn range(mut self, range: impl Into<ByteRange>) -> Self {
        self.parts.options = self.parts.options.range(range);
        self
    }

    /// Downloads only if the object has this entity tag; else `PreconditionFailed`.
    pub fn if_match(mut self, etag: impl Into<ETag>) -> Self {
        self.parts.options = self.parts.options.if_match(etag);
        self
    }

    /// Downloads a version.
    pub fn version(mut self, version: impl Into<VersionId>) -> Self {
        self.parts.options = self.parts.options.version(version);
        self
    }

    /// Sets the size of the ranges in bytes, at least 64 KiB.
    pub fn part_size(mut self, bytes: u64) -> Self {
        self.parts.part_bytes = bytes.max(Parts::MIN_BYTES);
        self
    }

    /// Sets how many ranges are on their way at once, at least 1.
    pub fn concurrency(mut self, ranges: usize) -> Self {
        self.concurrency = ranges.max(1);
        self
    }

    /// Sets whether a whole object is held against its checksum, as it is by default.
    pub fn verify(mut self, verify: bool) -> Self {
        self.parts.verify = verify;
        self
    }

    /// Tells a function how far the download is.
    pub fn progress(mut self, hook: impl Into<ProgressHook>) -> Self {
        self.progress = Some(hook.into());
        self
    }

    /// Lets a token stop the download.
    pub fn cancel(mut self, token: &CancelToken) -> Self {
        self.cancel = Some(token.clone());
        self
    }

    async fn run(self) -> Result<Downloaded> {
        let object = self.parts.object.clone();
        let token = self.cancel.clone();
        cancel::guard(token.as_ref(), Box::pin(self.download()))
            .await
            .map_err(|error| object.explain(error, Operation::GetObject))
    }

    async fn download(mut self) -> Result<Downloaded> {
        let runtime = Arc::clone(self.parts.object.storage().runtime());
        let (to, key) = (self.to.clone(), self.parts.object.key().clone());
        let name = blocking(&*runtime, move || to.file_path(&key)).await?;
        let (head, range) = self.parts.first(self.parts.part_bytes, false).await?;
        let info = self.parts.full_info(head.info().clone(), &range).await?;
        let to = self.to.clone();
        let random = &mut [0; 8];
        runtime.random(random);
        let suffix = u64::from_ne_bytes(*random);
        let (path, seam) = (name.clone(), Arc::clone(&runtime));
        let partial =
            blocking(&*runtime, move || PartialFile::create(path, suffix, to.keep_partial, seam)).await?;
        let gathered = self.gather(&partial, head, &info, range.clone()).await;
        let verified = match gathered {
            Ok(crc) => self.check(&partial, &info, &range, crc).await,
            Err(error) => Err(error),
        };
        let verified = match verified {
            Ok(verified) => verified,
            Err(error) => return Err(partial.explain(error)),
        };
        let overwrite = self.to.overwrite;
        blocking(&*runtime, move || partial.commit(overwrite)).await?;
        Ok(Downloaded { path: name, info, range, verified })
    }

    /// Fetches all ranges into the file; returns the checksum of the whole if the parts' can be joined.
    async fn gather(
        &self,
        partial: &PartialFile,
        head: ObjectBody,
        info: &ObjectInfo,
        range: Range<u64>,
    ) -> Result<Option<Checksum>> {
        let joined =
            info.checksums.iter().map(|it| it.algorithm()).find(|it| it.combines() && self.parts.verify);
        let meter = Mutex::new(Meter::new(self.progress.clone(), Some(range.end - range.start)));
        let (meter, base, range_end) = (&meter, range.start, range.end);
        let head = if Parts::pinned(head.info()) || head.range().end >= range_end {
            head
        } else {
            self.parts.range(base..range_end).await?
        };
        let at = head.range().end;
        let count = (range_end - at.min(range_end)).div_ceil(self.parts.part_bytes);
        let rest = (0..count).map(|index| Piece::At(at + index * self.parts.part_bytes));
        stream::iter([Piece::Head(Box::new(head))].into_iter().chain(rest))
            .map(|piece| async move {
                let body = match piece {
                    Piece::Head(body) => *body,
                    Piece::At(start) => {
                        let end = range_end.min(start.saturating_add(self.parts.part_bytes));
                        self.parts.range(start..end).await?
                    }
                };
                let size = body.range().end - body.range().start;
                let sum =
                    partial.fill(body, base, joined.map(Hasher::new), |bytes| lock(meter).add(bytes)).await?;
                Ok::<_, Error>((sum, size))
            })
            .buffered(self.concurrency)
            // Joined as they come: nothing is kept of a part that is written.
            .try_fold(joined.map(|it| Hasher::new(it).finish()), async |whole, (sum, size)| {
                Ok(whole.zip(sum).and_then(|(whole, sum)| whole.join(&sum, size)))
            })
            .await
    }

    /// Holds the file against the checksum of the object; reads it again only if the parts' could not be joined.
    async fn check(
        &self,
        partial: &PartialFile,
        info: &ObjectInfo,
        range: &Range<u64>,
        joined: Option<Checksum>,
    ) -> Result<Option<Checksum>> {
        if !self.parts.verify || *range != (0..info.size) {
            return Ok(None);
        }
        if let Some(joined) = joined
            && let Some(want) = info.checksums.get(joined.algorithm())
        {
            verify(want, joined)?;
            return Ok(Some(joined));
        }
        let Some(want) = info.checksums.cheapest() else { return Ok(None) };
        let (file, size) = (partial.file(), info.size);
        let got = blocking(&**self.parts.object.storage().runtime(), move || {
            let mut hasher = [Hasher::new(want.algorithm())];
            hash_range(&file, 0..size, &mut hasher)?;
            let [hasher] = hasher;
            Ok(hasher.finish())
        })
        .await?;
        verify(want, got)?;
        Ok(Some(got))
    }
}

impl IntoFuture for DownloadFile {
    type Output = Result<Downloaded>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

/// One of the ranges that make up a download; the first has been asked for already.
enum Piece {
    Head(Box<ObjectBody>),
    At(u64),
}

fn lock(meter: &Mutex<Meter>) -> std::sync::MutexGuard<'_, Meter> {
    meter.lock().unwrap_or_else(PoisonError::into_inner)
}
