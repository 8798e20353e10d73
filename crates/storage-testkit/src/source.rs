//! Sources of uploads that are short, long, slow or broken, and hooks that panic.

use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use storage_core::{Error, ErrorKind};
use tokio::io::{AsyncRead, ReadBuf};

use crate::gate::Gate;

/// A source of bytes that takes no memory: a stream, and a reader.
///
/// The byte at each offset is that of [`Source::byte`]. It can be read once only, counts what was taken, and can
/// be short of what a test declares, longer, slow, or break half-way.
///
/// ```
/// use futures_util::TryStreamExt as _;
/// use storage_testkit::source::Source;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let source = Source::new(10_000).chunk(333).pending_every(2);
/// let taken = source.taken();
/// let pieces: Vec<bytes::Bytes> = source.try_collect().await?;
/// assert_eq!(pieces.concat(), Source::content(10_000));
/// assert_eq!(taken.bytes(), 10_000);
/// # Ok::<(), storage_core::Error>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Source {
    len: u64,
    at: u64,
    chunk: usize,
    fail_at: Option<(u64, ErrorKind)>,
    pending_every: usize,
    polls: usize,
    gate: Option<Gate>,
    taken: Arc<AtomicU64>,
    ended: bool,
    waiting: Option<Waiting>,
}

struct Waiting(storage_core::BoxFuture<'static, ()>);

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Waiting(..)")
    }
}

/// How much was taken of a source, to be asked while somebody else has it.
#[derive(Clone, Debug)]
pub struct Taken(Arc<AtomicU64>);

impl Taken {
    /// Returns the number of bytes.
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

impl Source {
    /// Makes a source of so many bytes, in pieces of 64 KiB.
    pub fn new(len: u64) -> Self {
        Self {
            len,
            at: 0,
            chunk: 64 << 10,
            fail_at: None,
            pending_every: 0,
            polls: 0,
            gate: None,
            taken: Arc::default(),
            ended: false,
            waiting: None,
        }
    }

    /// Gives pieces of so many bytes.
    #[must_use]
    pub fn chunk(mut self, bytes: usize) -> Self {
        self.chunk = bytes.max(1);
        self
    }

    /// Fails after so many bytes.
    #[must_use]
    pub fn fail_at(mut self, bytes: u64, kind: ErrorKind) -> Self {
        self.fail_at = Some((bytes, kind));
        self
    }

    /// Is not ready every nth time that it is asked.
    #[must_use]
    pub fn pending_every(mut self, n: usize) -> Self {
        self.pending_every = n;
        self
    }

    /// Waits at a gate before each piece.
    #[must_use]
    pub fn gate(mut self, gate: Gate) -> Self {
        self.gate = Some(gate);
        self
    }

    /// Returns a count of what is taken.
    pub fn taken(&self) -> Taken {
        Taken(Arc::clone(&self.taken))
    }

    /// Returns the byte at an offset; no two blocks of a size that tests use look alike.
    pub fn byte(offset: u64) -> u8 {
        let word = (offset / 8).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let word = word ^ (word >> 29);
        word.to_le_bytes().get((offset % 8) as usize).copied().unwrap_or_default()
    }

    /// Returns what a source of so many bytes gives.
    pub fn content(len: u64) -> Vec<u8> {
        (0..len).map(Self::byte).collect()
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>, most: usize) -> Poll<Option<Result<Bytes, Error>>> {
        self.polls += 1;
        if self.pending_every > 0 && self.polls.is_multiple_of(self.pending_every) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        ready!(self.poll_gate(cx));
        if self.ended {
            // A source that is asked behind its end was not one-shot to its reader.
            return Poll::Ready(Some(Err(Error::new(
                ErrorKind::Io,
                "the source was read again behind its end",
            ))));
        }
        let until = self.fail_at.map_or(self.len, |(at, _)| at.min(self.len));
        let size = (until - self.at).min(self.chunk.min(most) as u64);
        if size > 0 {
            let piece: Bytes = (self.at..self.at + size).map(Self::byte).collect();
            self.at += size;
            self.taken.fetch_add(size, Ordering::SeqCst);
            return Poll::Ready(Some(Ok(piece)));
        }
        self.ended = true;
        match self.fail_at {
            Some((at, kind)) if at <= self.at => {
                Poll::Ready(Some(Err(Error::new(kind, "the source was made to fail"))))
            }
            _ => Poll::Ready(None),
        }
    }

    fn poll_gate(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(gate) = &self.gate else { return Poll::Ready(()) };
        let gate = gate.clone();
        let waiting = self.waiting.get_or_insert_with(|| Waiting(Box::pin(async move { gate.pass().await })));
        ready!(pin!(&mut waiting.0).poll(cx));
        self.waiting = None;
        Poll::Ready(())
    }
}

impl Stream for Source {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_piece(cx, usize::MAX)
    }
}

impl AsyncRead for Source {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // A reader may be asked again at its end, and says the same again.
        if self.ended && self.fail_at.is_none() {
            return Poll::Ready(Ok(()));
        }
        Poll::Ready(match ready!(self.poll_piece(cx, buffer.remaining())) {
            Some(Ok(piece)) => {
                buffer.put_slice(&piece);
                Ok(())
            }
            Some(Err(error)) => Err(error.into()),
            None => Ok(()),
        })
    }
}

/// Makes a hook that panics the nth time that it is called.
///
/// ```
/// let hook = storage_testkit::source::panic_on(2);
/// hook("fine");
/// assert!(std::panic::catch_unwind(|| hook("boom")).is_err());
/// ```
#[expect(clippy::panic, reason = "to panic is what it is for")]
pub fn panic_on<T>(n: usize) -> impl Fn(T) + Clone + Send + Sync + std::panic::RefUnwindSafe + 'static {
    let calls = Arc::new(AtomicUsize::new(0));
    move |_| {
        if calls.fetch_add(1, Ordering::SeqCst) + 1 == n {
            std::panic::panic_any("the hook was made to panic");
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt as _;
    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[tokio::test]
    async fn a_reader_gives_the_same_bytes() {
        let mut read = Vec::new();
        Source::new(5_001).chunk(100).pending_every(3).read_to_end(&mut read).await.unwrap();
        assert_eq!(read, Source::content(5_001));
    }

    #[tokio::test]
    async fn a_broken_source_gives_what_it_has_and_then_fails() {
        let mut source = Source::new(1_000).chunk(400).fail_at(500, ErrorKind::Io);
        assert_eq!(source.next().await.unwrap().unwrap().len(), 400);
        assert_eq!(source.next().await.unwrap().unwrap().len(), 100);
        assert_eq!(source.next().await.unwrap().unwrap_err().kind(), ErrorKind::Io);
        assert_eq!(source.taken().bytes(), 500);
    }

    #[tokio::test]
    async fn a_gated_source_waits() {
        let gate = Gate::new();
        let mut source = Source::new(2).chunk(1).gate(gate.clone());
        let reading = tokio::spawn(async move { (source.next().await, source) });
        gate.arrived(1).await;
        assert!(!reading.is_finished());
        gate.open();
        let (piece, mut source) = reading.await.unwrap();
        assert_eq!(piece.unwrap().unwrap().len(), 1);
        assert_eq!(source.next().await.unwrap().unwrap().len(), 1);
        assert!(source.next().await.is_none());
        assert!(source.next().await.unwrap().is_err(), "a second read is told");
    }
}
