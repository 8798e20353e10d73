//! A transport that counts what goes through it, and keeps a broken write aside while there may be an answer to read.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::connect::Transport;

/// How much may be read before the head of an answer is complete.
const HEAD_BYTES: u64 = 128 << 10;

/// What has gone through a connection.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    read: AtomicU64,
    written: AtomicU64,
    /// Where `read` stood when the request began.
    read_before: AtomicU64,
    /// The head of the answer is awaited.
    in_head: AtomicBool,
    /// The request was given to the connection to its end.
    request_done: AtomicBool,
}

// One task at a time uses a connection, and passing it on synchronises; the atomics only make it `Sync`.
const ORDER: Ordering = Ordering::Relaxed;

impl Traffic {
    pub(crate) fn begin(&self) {
        self.read_before.store(self.read.load(ORDER), ORDER);
        self.in_head.store(true, ORDER);
        self.request_done.store(false, ORDER);
    }

    pub(crate) fn head_done(&self) {
        self.in_head.store(false, ORDER);
    }

    pub(crate) fn request_done(&self) {
        self.request_done.store(true, ORDER);
    }

    pub(crate) fn is_request_done(&self) -> bool {
        self.request_done.load(ORDER)
    }

    /// Counts what was given away, where nobody counts below.
    #[cfg(feature = "http2")]
    pub(crate) fn went(&self, bytes: u64) {
        self.written.fetch_add(bytes, ORDER);
    }

    /// Counts what has come, where nobody counts below.
    #[cfg(feature = "http2")]
    pub(crate) fn came(&self, bytes: u64) {
        self.read.fetch_add(bytes, ORDER);
    }

    /// Tells whether any byte of an answer came since the request began.
    pub(crate) fn answered(&self) -> bool {
        self.head_bytes() > 0
    }

    /// Returns all bytes that went out.
    pub(crate) fn written(&self) -> u64 {
        self.written.load(ORDER)
    }

    /// Returns all bytes that moved, either way.
    pub(crate) fn total(&self) -> u64 {
        self.read.load(ORDER).wrapping_add(self.written.load(ORDER))
    }

    fn head_bytes(&self) -> u64 {
        self.read.load(ORDER).wrapping_sub(self.read_before.load(ORDER))
    }
}

/// A transport with its counters.
pub(crate) struct Counted {
    inner: Box<dyn Transport>,
    traffic: Arc<Traffic>,
    broken: Option<io::Error>,
}

impl Counted {
    pub(crate) fn new(inner: Box<dyn Transport>, traffic: Arc<Traffic>) -> Self {
        Self { inner, traffic, broken: None }
    }

    /// Keeps the error of a write for the reading side: a service that refuses a request in the middle of its body
    /// answers first and closes then, and the answer says more than the broken pipe. Reading wakes the task.
    fn keep<T>(&mut self, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match result {
            Poll::Ready(Err(error)) => {
                self.broken = Some(error);
                Poll::Pending
            }
            result => result,
        }
    }

    fn count(&self, result: &Poll<io::Result<usize>>) {
        if let Poll::Ready(Ok(written)) = result {
            self.traffic.written.fetch_add(*written as u64, ORDER);
        }
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.traffic.in_head.load(ORDER) && self.traffic.head_bytes() > HEAD_BYTES {
            return Poll::Ready(Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the head of the answer does not end",
            )));
        }
        let before = buffer.filled().len();
        let result = Pin::new(&mut self.inner).poll_read(cx, buffer);
        let read = buffer.filled().len().saturating_sub(before);
        self.traffic.read.fetch_add(read as u64, ORDER);
        match (result, self.broken.take()) {
            // The end, or an error, behind a broken write: that write is the cause.
            (Poll::Ready(result), Some(broken)) if result.is_err() || read == 0 => Poll::Ready(Err(broken)),
            (result, broken) => {
                self.broken = broken;
                result
            }
        }
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.broken.is_some() {
            return Poll::Pending;
        }
        let result = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.count(&result);
        self.keep(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.broken.is_some() {
            return Poll::Pending;
        }
        let result = Pin::new(&mut self.inner).poll_write_vectored(cx, pieces);
        self.count(&result);
        self.keep(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.broken.is_some() {
            return Poll::Pending;
        }
        let result = Pin::new(&mut self.inner).poll_flush(cx);
        self.keep(result)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
