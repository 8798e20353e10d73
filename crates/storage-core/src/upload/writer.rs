//! An upload that is written to.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use tokio::io::AsyncWrite;

use super::Upload;
use crate::error::{Error, ErrorKind, Result};
use crate::info::PutOutcome;
use crate::object::Object;
use crate::runtime::BoxFuture;

/// Bytes are gathered to pieces of this size before the upload sees them.
const PIECE: usize = 512 << 10;

/// Writes an object of unknown length; `shutdown` commits it.
///
/// The upload goes on while the writer is written to, flushed or shut down. A writer that is dropped before
/// `shutdown` has returned commits nothing.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// use tokio::io::AsyncWriteExt as _;
/// # let container = storage_core::memory::open().container("logs")?;
/// # container.create().await?;
/// let object = container.object("today.log")?;
/// let mut writer = object.writer();
/// writer.write_all(b"all is well\n").await?;
/// writer.shutdown().await?;
/// assert_eq!(object.head().await?.size, 12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ObjectWriter {
    slot: Arc<Mutex<Slot>>,
    buffer: BytesMut,
    state: State,
}

enum State {
    Running(BoxFuture<'static, Result<PutOutcome>>),
    Done(PutOutcome),
    Failed,
}

/// What passes from the writer to the upload: at most one piece. Both run in the task that owns the writer.
#[derive(Default)]
struct Slot {
    piece: Option<Bytes>,
    closed: bool,
}

impl ObjectWriter {
    pub(crate) fn new(object: Object, configure: impl FnOnce(Upload) -> Upload) -> Self {
        let slot = Arc::new(Mutex::new(Slot::default()));
        let upload = configure(Upload::stream(object, Box::pin(SlotStream(Arc::clone(&slot)))));
        Self { slot, buffer: BytesMut::new(), state: State::Running(upload.into_future()) }
    }

    /// Returns what the store said of the object, after `shutdown` has succeeded.
    pub fn outcome(&self) -> Option<&PutOutcome> {
        match &self.state {
            State::Done(outcome) => Some(outcome),
            _ => None,
        }
    }

    /// Lets the upload work; ready when it has ended.
    fn drive(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let State::Running(upload) = &mut self.state else {
            return Poll::Ready(match self.state {
                State::Done(_) => Ok(()),
                _ => Err(Error::new(ErrorKind::Cancelled, "the upload has failed before").into()),
            });
        };
        match upload.as_mut().poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(outcome)) => {
                self.state = State::Done(outcome);
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Err(error)) => {
                self.state = State::Failed;
                Poll::Ready(Err(error.into()))
            }
        }
    }

    /// Hands the gathered bytes to the upload; pending while it has not taken the piece before.
    fn hand_over(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.buffer.is_empty() {
            let free = lock(&self.slot).piece.is_none();
            if free {
                lock(&self.slot).piece = Some(self.buffer.split().freeze());
            }
            if let Poll::Ready(result) = self.drive(cx) {
                result?;
                let message = "the upload ended before its writer did";
                return Poll::Ready(Err(Error::new(ErrorKind::Cancelled, message).into()));
            }
            if !free && lock(&self.slot).piece.is_some() {
                return Poll::Pending;
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ObjectWriter {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if !matches!(self.state, State::Running(_)) {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::BrokenPipe, "the upload has ended")));
        }
        if self.buffer.len() >= PIECE {
            std::task::ready!(self.hand_over(cx))?;
        }
        let taken = bytes.get(..bytes.len().min(PIECE)).unwrap_or_default();
        self.buffer.extend_from_slice(taken);
        Poll::Ready(Ok(taken.len()))
    }

    /// Hands over what was written. The store has it for good only after `shutdown`.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !matches!(self.state, State::Running(_)) {
            return self.drive(cx);
        }
        self.hand_over(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if matches!(self.state, State::Running(_)) {
            std::task::ready!(self.hand_over(cx))?;
            lock(&self.slot).closed = true;
        }
        self.drive(cx)
    }
}

impl fmt::Debug for ObjectWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectWriter").field("gathered", &self.buffer.len()).finish_non_exhaustive()
    }
}

struct SlotStream(Arc<Mutex<Slot>>);

impl Stream for SlotStream {
    type Item = Result<Bytes>;

    // No waker is kept: the writer polls the upload itself whenever it has put something into the slot.
    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut slot = lock(&self.0);
        match slot.piece.take() {
            Some(piece) => Poll::Ready(Some(Ok(piece))),
            None if slot.closed => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

/// A panic elsewhere leaves the slot whole: it holds one value.
fn lock(slot: &Mutex<Slot>) -> MutexGuard<'_, Slot> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}
