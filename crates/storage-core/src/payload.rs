//! What an upload sends: bytes in memory, or a range of a file. Either can be sent again.

use std::fmt;
use std::fs::File;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use crate::body::Body;
use crate::checksum::{ChecksumAlgorithm, Checksums, Hasher};
use crate::error::Result;
use crate::file;
use crate::runtime::{Runtime, blocking};

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
    // Shared, since every attempt to send it takes a clone.
    pieces: Option<Arc<Vec<Bytes>>>,
    len: u64,
}

impl Pieces {
    /// Adds a piece; an empty one changes nothing.
    pub fn push(&mut self, piece: Bytes) {
        if !piece.is_empty() {
            self.len += piece.len() as u64;
            Arc::make_mut(self.pieces.get_or_insert_default()).push(piece);
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
        self.pieces.as_deref().map_or(&[], Vec::as_slice)
    }

    /// Gives the pieces away.
    pub fn into_vec(self) -> Vec<Bytes> {
        self.pieces.map(Arc::unwrap_or_clone).unwrap_or_default()
    }

    /// Returns the pieces of a range, without copying a byte; what lies outside is left out.
    #[must_use]
    pub fn slice(&self, range: Range<u64>) -> Self {
        let mut start = 0;
        let mut all = Self::default();
        for piece in self.as_slice() {
            let end = start + piece.len() as u64;
            let (from, to) = (range.start.clamp(start, end), range.end.clamp(start, end));
            if from < to {
                // Both lie within the piece, whose length is a `usize`.
                all.push(piece.slice((from - start) as usize..(to - start) as usize));
            }
            start = end;
        }
        all
    }

    /// Joins the pieces, without a copy when there is only one.
    pub fn into_bytes(self) -> Bytes {
        match <[Bytes; 1]>::try_from(self.into_vec()) {
            Ok([only]) => only,
            Err(pieces) => pieces.concat().into(),
        }
    }
}

impl fmt::Debug for Pieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pieces({} bytes in {})", self.len, self.as_slice().len())
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

/// Content up to this size is hashed where it is.
const INLINE_BYTES: u64 = 256 << 10;
/// How much one hasher takes before the next has its turn.
const BLOCK_BYTES: usize = 64 << 10;

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

    /// Returns the payload of a range of this one; what lies outside is left out.
    #[must_use]
    pub fn slice(&self, range: Range<u64>) -> Self {
        match self {
            Self::Bytes(pieces) => Self::Bytes(pieces.slice(range)),
            Self::FileRange(it) => {
                let at = |offset: u64| it.range.start.saturating_add(offset).min(it.range.end);
                let range = at(range.start)..at(range.end).max(at(range.start));
                Self::FileRange(FileRange { file: Arc::clone(&it.file), range })
            }
        }
    }

    /// Computes checksums of the content, on a thread of its own when it is large.
    ///
    /// # Errors
    /// `SourceMismatch` when a file has become shorter, and what reading it can meet.
    pub async fn checksums(
        &self,
        runtime: &Arc<dyn Runtime>,
        algorithms: impl IntoIterator<Item = ChecksumAlgorithm>,
    ) -> Result<Checksums> {
        let mut hashers: Vec<_> = algorithms.into_iter().map(Hasher::new).collect();
        if hashers.is_empty() {
            return Ok(Checksums::new());
        }
        let finish = |hashers: Vec<Hasher>| {
            hashers.into_iter().map(Hasher::finish).fold(Checksums::new(), Checksums::with)
        };
        match self.clone() {
            Self::Bytes(pieces) if pieces.len() <= INLINE_BYTES => {
                hash_pieces(&pieces, &mut hashers);
                Ok(finish(hashers))
            }
            Self::Bytes(pieces) => {
                blocking(&**runtime, move || {
                    hash_pieces(&pieces, &mut hashers);
                    Ok(finish(hashers))
                })
                .await
            }
            Self::FileRange(it) => {
                blocking(&**runtime, move || {
                    file::hash_range(&it.file, it.range, &mut hashers)?;
                    Ok(finish(hashers))
                })
                .await
            }
        }
    }

    /// Streams the content once; each call starts from the first byte.
    ///
    /// A file that has become shorter ends the stream with `SourceMismatch`.
    pub fn body(&self, runtime: &Arc<dyn Runtime>) -> Body {
        match self {
            Self::Bytes(pieces) => Body::from_pieces(pieces.clone().into_vec()),
            Self::FileRange(it) => file::read_range(Arc::clone(runtime), it.clone()),
        }
    }
}

/// Takes the content once for all hashers: the second finds what the first has brought into the cache.
fn hash_pieces(pieces: &Pieces, hashers: &mut [Hasher]) {
    for block in pieces.as_slice().iter().flat_map(|piece| piece.chunks(BLOCK_BYTES)) {
        hashers.iter_mut().for_each(|hasher| hasher.update(block));
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_slice_of_pieces_is_the_slice_of_the_whole(
            pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..20), 0..10),
            start in 0u64..250, len in 0u64..250,
        ) {
            let whole: Vec<u8> = pieces.concat();
            let payload = Payload::from(pieces.into_iter().map(Bytes::from).collect::<Vec<_>>());
            let clamp = |at: u64| (at as usize).min(whole.len());
            let want = &whole[clamp(start)..clamp(start + len)];
            let Payload::Bytes(got) = payload.slice(start..start + len) else { unreachable!() };
            prop_assert_eq!(got.len(), want.len() as u64);
            let got = got.into_bytes();
            prop_assert_eq!(got.as_ref(), want);
        }
    }
}
