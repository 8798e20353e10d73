//! The content of an object on its way to the reader.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::StreamExt as _;

use crate::error::Result;

/// A stream of the bytes of an object or of a range of it, as a driver delivers them: not resumed, not verified.
pub struct Body(Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>);

impl Body {
    /// Wraps a stream.
    pub fn new(stream: impl Stream<Item = Result<Bytes>> + Send + 'static) -> Self {
        Self(Box::pin(stream))
    }

    /// Delivers pieces that are in memory.
    pub fn from_pieces(pieces: Vec<Bytes>) -> Self {
        Self::new(futures_util::stream::iter(pieces.into_iter().map(Ok)))
    }

    /// Waits for the next piece; `None` at the end.
    ///
    /// # Errors
    /// Whatever the driver met; `Truncated` when fewer bytes came than were promised.
    ///
    /// # Cancel safety
    /// No byte is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<Result<Bytes>> {
        self.0.next().await
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::from_pieces(vec![bytes])
    }
}

impl Stream for Body {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.as_mut().poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Body(..)")
    }
}
