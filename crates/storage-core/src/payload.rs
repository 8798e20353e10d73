//! What an upload sends: bytes in memory, or a range of a file. Either can be sent again.

use std::fmt;
use std::fs::File;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use crate::body::Body;
use crate::file;
use crate::runtime::Runtime;

/// Content that can be sent any number of times, so that a retry never asks the caller for data.
#[derive(Clone, Debug)]
pub enum Payload {
    /// Pieces in memory, sent one after the other.
    Bytes(Pieces),
    /// A range of an open file.
    FileRange(FileRange),
}

/// Pieces of memory that together are one payload.
#[derive(Clone, Default)]
pub struct Pieces {
    pieces: Vec<Bytes>,
    len: u64,
}

impl Pieces {
    /// Adds a piece; an empty one changes nothing.
    pub fn push(&mut self, piece: Bytes) {
        if !piece.is_empty() {
            self.len += piece.len() as u64;
            self.pieces.push(piece);
        }
    }

    /// Returns the number of bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Tells whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the pieces.
    pub fn as_slice(&self) -> &[Bytes] {
        &self.pieces
    }

    /// Gives the pieces away.
    pub fn into_vec(self) -> Vec<Bytes> {
        self.pieces
    }

    /// Joins the pieces, without a copy when there is only one.
    pub fn into_bytes(self) -> Bytes {
        match <[Bytes; 1]>::try_from(self.pieces) {
            Ok([only]) => only,
            Err(pieces) => pieces.concat().into(),
        }
    }
}

impl fmt::Debug for Pieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pieces({} bytes in {})", self.len, self.pieces.len())
    }
}

impl FromIterator<Bytes> for Pieces {
    fn from_iter<I: IntoIterator<Item = Bytes>>(pieces: I) -> Self {
        let mut all = Self::default();
        pieces.into_iter().for_each(|piece| all.push(piece));
        all
    }
}

/// A range of an open file, read by position, so that the file can be shared.
#[derive(Clone, Debug)]
pub struct FileRange {
    /// The file, open for reading.
    pub file: Arc<File>,
    /// The bytes to send; the file must keep them while the payload lives.
    pub range: Range<u64>,
}

impl Payload {
    /// Returns the number of bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Bytes(pieces) => pieces.len(),
            Self::FileRange(it) => it.range.end.saturating_sub(it.range.start),
        }
    }

    /// Tells whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Streams the content once; each call starts from the first byte.
    ///
    /// A file that has become shorter ends the stream with `SourceMismatch`.
    pub fn body(&self, runtime: &Arc<dyn Runtime>) -> Body {
        match self {
            Self::Bytes(pieces) => Body::from_pieces(pieces.pieces.clone()),
            Self::FileRange(it) => file::read_range(Arc::clone(runtime), it.clone()),
        }
    }
}

impl From<Bytes> for Payload {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes([bytes].into_iter().collect())
    }
}

impl From<Vec<Bytes>> for Payload {
    fn from(pieces: Vec<Bytes>) -> Self {
        Self::Bytes(pieces.into_iter().collect())
    }
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for Payload {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&'static [u8]> for Payload {
    fn from(bytes: &'static [u8]) -> Self {
        Bytes::from_static(bytes).into()
    }
}

impl<const N: usize> From<&'static [u8; N]> for Payload {
    fn from(bytes: &'static [u8; N]) -> Self {
        Bytes::from_static(bytes).into()
    }
}

impl From<&'static str> for Payload {
    fn from(text: &'static str) -> Self {
        Bytes::from_static(text.as_bytes()).into()
    }
}
