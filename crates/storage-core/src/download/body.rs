//! A body that goes on where it broke, counts its bytes, and is verified before its last byte is given away.

use std::fmt;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use futures_util::StreamExt as _;
use tokio::io::{AsyncRead, ReadBuf};

use crate::body::Body;
use crate::checksum::{Checksum, Hasher, verify};
use crate::condition::check_match;
use crate::error::{Error, ErrorKind, Result};
use crate::idempotency::Operation;
use crate::info::{GetOutcome, ObjectInfo};
use crate::object::Object;
use crate::options::GetOptions;
use crate::range::ByteRange;
use crate::runtime::BoxFuture;

/// How often in a row a body is taken up again without a byte of progress.
const RESUMES: u32 = 5;

/// The content of an object, or of a range of it, as a stream of chunks or an `AsyncRead`.
///
/// A connection that breaks is taken up again where it broke, pinned to the same entity tag: an object that was
/// overwritten meanwhile is `Changed`, never a mix. A whole object that comes with a checksum is held against it
/// before its last chunk is given away.
pub struct ObjectBody {
    object: Object,
    options: GetOptions,
    info: ObjectInfo,
    range: Range<u64>,
    at: u64,
    state: State,
    resumes: u32,
    check: Option<(Checksum, Hasher)>,
    chunk_bytes: Option<usize>,
    gathered: BytesMut,
    rest: Bytes,
}

enum State {
    Reading(Body),
    Resuming(BoxFuture<'static, Result<GetOutcome>>),
    Ended,
}

impl ObjectBody {
    pub(super) fn new(
        object: Object,
        options: GetOptions,
        outcome: GetOutcome,
        chunk_bytes: Option<usize>,
        verify: bool,
    ) -> Result<Self> {
        let GetOutcome { info, range, body } = outcome;
        // Some services take no notice of conditions: what they send is held against them here.
        if let Some(want) = &options.if_match {
            check_match(want, info.etag.as_ref())?;
        }
        check_range(options.range, &range, info.size)?;
        let whole = range == (0..info.size);
        let check =
            info.checksums.cheapest().filter(|_| verify && whole).map(|it| (it, Hasher::new(it.algorithm())));
        let mut body = Self {
            object,
            options,
            at: range.start,
            info,
            range,
            state: State::Reading(body),
            resumes: 0,
            check,
            chunk_bytes,
            gathered: BytesMut::new(),
            rest: Bytes::new(),
        };
        // An empty object has no chunk before whose delivery it could be verified.
        if body.range.is_empty() {
            body.verify()?;
        }
        Ok(body)
    }

    /// Delivers chunks of one size, as [`Get::chunk_size`](super::Get::chunk_size) says.
    pub(super) fn in_chunks(mut self, bytes: Option<usize>) -> Self {
        self.chunk_bytes = bytes;
        self
    }

    /// Returns what the store knows of the object.
    pub fn info(&self) -> &ObjectInfo {
        &self.info
    }

    /// Returns which bytes of the object these are.
    pub fn range(&self) -> Range<u64> {
        self.range.clone()
    }

    /// Waits for the next chunk; `None` at the end. After an error the body has ended.
    ///
    /// # Errors
    /// `Truncated`, `Changed`, `ChecksumMismatch`, and what the way to the store can do.
    ///
    /// # Cancel safety
    /// No byte is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<Result<Bytes>> {
        futures_util::StreamExt::next(self).await
    }

    /// Reads the rest into memory; a single chunk is not copied.
    ///
    /// # Errors
    /// Those of [`next`](Self::next).
    pub async fn bytes(mut self) -> Result<Bytes> {
        let Some(first) = self.next().await.transpose()? else { return Ok(Bytes::new()) };
        let Some(second) = self.next().await.transpose()? else { return Ok(first) };
        // The size is what a server says: memory grows with what really comes.
        let expected = usize::try_from(self.range.end - self.range.start).unwrap_or(usize::MAX);
        let mut all = BytesMut::with_capacity(expected.min(64 << 20));
        all.extend_from_slice(&first);
        all.extend_from_slice(&second);
        while let Some(chunk) = self.next().await.transpose()? {
            all.extend_from_slice(&chunk);
        }
        Ok(all.freeze())
    }

    /// Reads the rest as UTF-8 text.
    ///
    /// # Errors
    /// Those of [`next`](Self::next), and `UnexpectedResponse` when the content is no UTF-8.
    pub async fn text(self) -> Result<String> {
        let object = self.object.clone();
        let bytes = self.bytes().await?;
        String::from_utf8(bytes.into()).map_err(|error| {
            let error =
                Error::new(ErrorKind::UnexpectedResponse, "the content is no UTF-8 text").with_source(error);
            object.explain(error, Operation::GetObject)
        })
    }

    /// Gives the next piece as it comes from the store.
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        loop {
            let problem = match &mut self.state {
                State::Ended => return Poll::Ready(None),
                State::Reading(body) => match ready!(body.poll_next_unpin(cx)) {
                    Some(Ok(piece)) if piece.is_empty() => continue,
                    Some(Ok(piece)) => return Poll::Ready(Some(self.take(piece))),
                    Some(Err(error)) => error,
                    None if self.at == self.range.end => {
                        self.state = State::Ended;
                        return Poll::Ready(None);
                    }
                    None => self.truncated(),
                },
                // The driver has tried this request as often as it is worth: its error is the end.
                State::Resuming(next) => {
                    match ready!(next.as_mut().poll(cx)).and_then(|it| self.check_resumed(it)) {
                        Ok(body) => {
                            self.state = State::Reading(body);
                            continue;
                        }
                        Err(error) => {
                            self.state = State::Ended;
                            return Poll::Ready(Some(Err(self.explain(error))));
                        }
                    }
                }
            };
            if let Err(error) = self.resume(problem) {
                self.state = State::Ended;
                return Poll::Ready(Some(Err(error)));
            }
        }
    }

    fn take(&mut self, piece: Bytes) -> Result<Bytes> {
        let taken = self.accept(&piece);
        if taken.is_err() {
            self.state = State::Ended;
        }
        taken.map(|()| piece)
    }

    fn accept(&mut self, piece: &Bytes) -> Result<()> {
        self.at += piece.len() as u64;
        if self.at > self.range.end {
            let message = "the store sent more bytes than it promised";
            return Err(self.explain(Error::new(ErrorKind::UnexpectedResponse, message)));
        }
        self.resumes = 0;
        if let Some((_, hasher)) = &mut self.check {
            hasher.update(piece);
        }
        if self.at == self.range.end { self.verify() } else { Ok(()) }
    }

    fn verify(&mut self) -> Result<()> {
        let Some((want, hasher)) = self.check.take() else { return Ok(()) };
        verify(want, hasher.finish()).map_err(|error| self.explain(error))
    }

    /// Asks for the rest, if the error allows and the object can be told from a newer one.
    fn resume(&mut self, error: Error) -> Result<()> {
        let pinned = self.info.etag.is_some() || self.info.version.is_some();
        if !error.is_retryable() || self.resumes >= RESUMES || !(pinned || self.at == self.range.start) {
            return Err(self.explain(error));
        }
        let wait = Duration::from_millis(100 << self.resumes);
        let wait = error.retry_after().unwrap_or(wait).min(Duration::from_secs(20));
        self.resumes += 1;
        let mut options = self.options.clone();
        options.range = Some(ByteRange::from(self.at..self.range.end));
        options.if_match = self.info.etag.clone().or(options.if_match);
        // Reading a version can need another permission than reading the object.
        if self.info.etag.is_none() {
            options.version = self.info.version.clone().or(options.version);
        }
        // The object was fresh when the read began; whether it still is does not matter for the rest of it.
        (options.if_none_match, options.if_modified_since, options.if_unmodified_since) = (None, None, None);
        let object = self.object.clone();
        tracing::debug!(key = %object.key(), at = self.at, %error, "a body broke and is taken up again");
        self.state = State::Resuming(Box::pin(async move {
            object.storage().runtime().sleep(wait).await;
            object.driver().get_object(object.target(), &options).await.map_err(|error| match error.kind() {
                ErrorKind::PreconditionFailed | ErrorKind::ObjectNotFound | ErrorKind::InvalidRange => {
                    Error::new(ErrorKind::Changed, "the object was overwritten or deleted while it was read")
                        .with_source(error)
                }
                _ => error,
            })
        }));
        Ok(())
    }

    /// Takes a body only if it is the rest of the same object.
    fn check_resumed(&self, outcome: GetOutcome) -> Result<Body> {
        let same = outcome.info.size == self.info.size && outcome.info.etag == self.info.etag;
        if !same {
            return Err(Error::new(ErrorKind::Changed, "the object was overwritten while it was read"));
        }
        if outcome.range != (self.at..self.range.end) {
            let message =
                format!("the store sent bytes {:?} for {:?}", outcome.range, self.at..self.range.end);
            return Err(Error::new(ErrorKind::UnexpectedResponse, message));
        }
        Ok(outcome.body)
    }

    fn truncated(&self) -> Error {
        let (got, want) = (self.at - self.range.start, self.range.end - self.range.start);
        Error::new(ErrorKind::Truncated, format!("the body ended after {got} of {want} bytes"))
    }

    fn explain(&self, error: Error) -> Error {
        self.object.explain(error, Operation::GetObject)
    }

    /// Gives chunks of the size that the caller wants.
    fn poll_chunk(&mut self, cx: &mut Context<'_>, size: usize) -> Poll<Option<Result<Bytes>>> {
        loop {
            let missing = size - self.gathered.len();
            if self.gathered.is_empty() && self.rest.len() >= size {
                return Poll::Ready(Some(Ok(self.rest.split_to(size))));
            }
            let taken = self.rest.split_to(self.rest.len().min(missing));
            self.gathered.extend_from_slice(&taken);
            if self.gathered.len() == size {
                return Poll::Ready(Some(Ok(self.gathered.split().freeze())));
            }
            match ready!(self.poll_piece(cx)) {
                Some(Ok(piece)) => self.rest = piece,
                None if !self.gathered.is_empty() => {
                    return Poll::Ready(Some(Ok(self.gathered.split().freeze())));
                }
                other => return Poll::Ready(other),
            }
        }
    }
}

/// Holds the range that came against the one that was asked for.
fn check_range(asked: Option<ByteRange>, got: &Range<u64>, size: u64) -> Result<()> {
    let want = asked.map_or(Ok(0..size), |asked| asked.resolve(size))?;
    if *got == want || (got.is_empty() && want.is_empty()) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::UnexpectedResponse, format!("the store sent bytes {got:?} for {want:?}")))
}

impl Stream for ObjectBody {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.chunk_bytes {
            Some(size) => self.poll_chunk(cx, size),
            None if !self.rest.is_empty() => Poll::Ready(Some(Ok(std::mem::take(&mut self.rest)))),
            None => self.poll_piece(cx),
        }
    }
}

impl AsyncRead for ObjectBody {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.rest.is_empty() {
            match ready!(self.poll_piece(cx)) {
                Some(piece) => self.rest = piece?,
                None => return Poll::Ready(Ok(())),
            }
        }
        let size = self.rest.len().min(out.remaining());
        out.put_slice(&self.rest.split_to(size));
        Poll::Ready(Ok(()))
    }
}

impl fmt::Debug for ObjectBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectBody")
            .field("info", &self.info)
            .field("range", &self.range)
            .finish_non_exhaustive()
    }
}
