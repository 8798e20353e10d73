//! Where the bytes of an upload come from: a stream that is cut into parts, once, without asking twice.

use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use futures_util::StreamExt as _;

use crate::checksum::{Checksums, Hasher};
use crate::error::{Error, ErrorKind, Result};
use crate::payload::Pieces;

/// A stream of bytes, boxed.
pub(crate) type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>;

/// Chunks below this size are gathered, so that a part is neither a million slices nor pins a million buffers.
const SMALL: usize = 16 << 10;
const GATHER: usize = 256 << 10;

/// Cuts a stream into parts, counts it, and computes the checksums that the caller expects of the whole.
pub(crate) struct Source {
    stream: ByteStream,
    carry: Option<Bytes>,
    declared: Option<u64>,
    taken: u64,
    hashers: Vec<Hasher>,
}

impl Source {
    pub(crate) fn new(stream: ByteStream, declared: Option<u64>, expected: &Checksums) -> Self {
        let hashers = expected.iter().map(|it| Hasher::new(it.algorithm())).collect();
        Self { stream, carry: None, declared, taken: 0, hashers }
    }

    /// Reads up to `size` bytes; the flag tells that the stream has ended behind them.
    pub(crate) async fn next_part(&mut self, size: u64) -> Result<(Pieces, bool)> {
        let mut part = Pieces::default();
        let mut small = BytesMut::new();
        loop {
            let left = size - part.len() - small.len() as u64;
            let Some(mut chunk) = self.next_chunk().await? else {
                part.push(small.freeze());
                self.check_end()?;
                return Ok((part, true));
            };
            if left == 0 {
                self.carry = Some(chunk);
                part.push(small.freeze());
                return Ok((part, false));
            }
            if chunk.len() as u64 > left {
                self.carry = Some(chunk.split_off(usize::try_from(left).unwrap_or(usize::MAX)));
            }
            self.count(&chunk)?;
            if chunk.len() < SMALL {
                small.extend_from_slice(&chunk);
            }
            if chunk.len() >= SMALL || small.len() >= GATHER {
                part.push(small.split().freeze());
            }
            if chunk.len() >= SMALL {
                part.push(chunk);
            }
        }
    }

    /// Returns the checksums of all that was read.
    pub(crate) fn checksums(&self) -> Checksums {
        self.hashers.iter().cloned().map(Hasher::finish).fold(Checksums::new(), Checksums::with)
    }

    async fn next_chunk(&mut self) -> Result<Option<Bytes>> {
        if let Some(chunk) = self.carry.take() {
            return Ok(Some(chunk));
        }
        while let Some(chunk) = self.stream.next().await {
            let chunk = chunk?;
            if !chunk.is_empty() {
                return Ok(Some(chunk));
            }
        }
        Ok(None)
    }

    fn count(&mut self, chunk: &Bytes) -> Result<()> {
        self.taken += chunk.len() as u64;
        self.hashers.iter_mut().for_each(|hasher| hasher.update(chunk));
        match self.declared {
            Some(declared) if self.taken > declared => {
                Err(mismatch(format!("the source has more than the {declared} bytes declared")))
            }
            _ => Ok(()),
        }
    }

    fn check_end(&self) -> Result<()> {
        match self.declared {
            Some(declared) if self.taken < declared => Err(mismatch(format!(
                "the source ended after {} of the {declared} bytes declared",
                self.taken
            ))),
            _ => Ok(()),
        }
    }
}

/// Makes one error of whatever a caller's stream reports.
pub(crate) fn source_error(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    let error = match error.downcast::<Error>() {
        Ok(ours) => return *ours,
        Err(error) => error,
    };
    match error.downcast::<std::io::Error>() {
        Ok(io) if io.get_ref().is_some_and(|inner| inner.is::<Error>()) => Error::from_io(*io),
        Ok(io) => Error::new(ErrorKind::Io, "the source of the upload failed").with_source(io),
        Err(other) => Error::new(ErrorKind::Io, "the source of the upload failed").with_source(other),
    }
}

fn mismatch(message: String) -> Error {
    Error::new(ErrorKind::SourceMismatch, message)
}
