//! Checksums: computed while bytes flow, kept as typed values, compared before a result counts.

use std::fmt;

use bytes::Bytes;
use crc_fast::CrcAlgorithm;
use sha2::Digest as _;

use crate::crc_join;
use crate::error::{Error, ErrorKind, Result};

/// A checksum algorithm that stores use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ChecksumAlgorithm {
    /// CRC-32C (Castagnoli), 4 bytes.
    Crc32c,
    /// CRC-64/NVME, 8 bytes.
    Crc64Nvme,
    /// CRC-32 as in zlib, 4 bytes.
    Crc32,
    /// MD5, 16 bytes.
    Md5,
    /// SHA-1, 20 bytes.
    Sha1,
    /// SHA-256, 32 bytes.
    Sha256,
}

impl ChecksumAlgorithm {
    /// Every algorithm, the cheapest first.
    pub const ALL: [Self; 6] =
        [Self::Crc64Nvme, Self::Crc32c, Self::Crc32, Self::Sha1, Self::Sha256, Self::Md5];

    /// Returns the name used in text: `crc32c`, `crc64nvme`, `crc32`, `md5`, `sha1`, `sha256`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Crc32c => "crc32c",
            Self::Crc64Nvme => "crc64nvme",
            Self::Crc32 => "crc32",
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }

    /// Finds an algorithm by its name, in any case, with or without dashes.
    ///
    /// # Errors
    /// `InvalidInput` naming the known algorithms.
    pub fn parse(name: &str) -> Result<Self> {
        let plain = name.replace(['-', '_', '/'], "").to_ascii_lowercase();
        Self::ALL.into_iter().find(|it| it.name() == plain).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|it| it.name()).collect();
            Error::new(
                ErrorKind::InvalidInput,
                format!("unknown checksum `{name}`; known are {}", known.join(", ")),
            )
        })
    }

    /// Returns the length of a value in bytes.
    pub fn output_len(self) -> usize {
        match self {
            Self::Crc32c | Self::Crc32 => 4,
            Self::Crc64Nvme => 8,
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// Tells whether the checksum of a whole can be put together from those of its parts.
    pub fn combines(self) -> bool {
        self.crc().is_some()
    }

    /// Computes the checksum of bytes at hand.
    pub fn of(self, bytes: &[u8]) -> Checksum {
        let mut hasher = Hasher::new(self);
        hasher.update(bytes);
        hasher.finish()
    }

    fn crc(self) -> Option<CrcAlgorithm> {
        match self {
            Self::Crc32c => Some(CrcAlgorithm::Crc32Iscsi),
            Self::Crc64Nvme => Some(CrcAlgorithm::Crc64Nvme),
            Self::Crc32 => Some(CrcAlgorithm::Crc32IsoHdlc),
            Self::Md5 | Self::Sha1 | Self::Sha256 => None,
        }
    }
}

impl fmt::Display for ChecksumAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The checksum of a whole object or part, with its algorithm; CRCs are kept in big-endian order.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Checksum {
    algorithm: ChecksumAlgorithm,
    bytes: [u8; 32],
}

impl Checksum {
    /// Takes a value; `None` when its length does not fit the algorithm.
    pub fn new(algorithm: ChecksumAlgorithm, value: &[u8]) -> Option<Self> {
        if value.len() != algorithm.output_len() {
            return None;
        }
        let mut bytes = [0; 32];
        bytes.get_mut(..value.len())?.copy_from_slice(value);
        Some(Self { algorithm, bytes })
    }

    /// Reads `algorithm:hex`, as `Display` writes it.
    ///
    /// # Errors
    /// `InvalidInput` when the text has another form.
    pub fn parse(text: &str) -> Result<Self> {
        let bad =
            || Error::new(ErrorKind::InvalidInput, format!("`{text}` is no checksum; write `algorithm:hex`"));
        let (name, hex) = text.split_once(':').ok_or_else(bad)?;
        let algorithm = ChecksumAlgorithm::parse(name)?;
        let digits: Option<Vec<u8>> =
            hex.chars().map(|c| c.to_digit(16).and_then(|it| u8::try_from(it).ok())).collect();
        let digits = digits.filter(|it| it.len() % 2 == 0).ok_or_else(bad)?;
        let value: Vec<u8> =
            digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |sum, digit| sum << 4 | digit)).collect();
        Self::new(algorithm, &value).ok_or_else(bad)
    }

    /// Returns the algorithm.
    pub fn algorithm(&self) -> ChecksumAlgorithm {
        self.algorithm
    }

    /// Returns the value.
    pub fn value(&self) -> &[u8] {
        self.bytes.get(..self.algorithm.output_len()).unwrap_or_default()
    }

    /// Returns the checksum of `self`'s bytes followed by the `len` bytes of `next`.
    ///
    /// `None` unless both use the same algorithm and it [combines](ChecksumAlgorithm::combines).
    #[must_use]
    pub fn join(&self, next: &Self, len: u64) -> Option<Self> {
        if self.algorithm != next.algorithm {
            return None;
        }
        let crc = self.algorithm.crc()?;
        let joined = crc_join::join(crc, self.crc_value(), next.crc_value(), len)?;
        Some(Self::from_crc(self.algorithm, joined))
    }

    fn crc_value(&self) -> u64 {
        self.value().iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    }

    fn from_crc(algorithm: ChecksumAlgorithm, value: u64) -> Self {
        let len = algorithm.output_len();
        let mut bytes = [0; 32];
        let be = value.to_be_bytes();
        for (to, from) in bytes.iter_mut().zip(be.iter().skip(be.len().saturating_sub(len))) {
            *to = *from;
        }
        Self { algorithm, bytes }
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.algorithm)?;
        self.value().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The checksums known of one object: at most one of each algorithm, each over the whole content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checksums(Vec<Checksum>);

impl Checksums {
    /// Knows nothing.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a checksum, in the place of another of the same algorithm.
    pub fn insert(&mut self, checksum: Checksum) {
        self.0.retain(|it| it.algorithm != checksum.algorithm);
        self.0.push(checksum);
    }

    /// Adds a checksum.
    #[must_use]
    pub fn with(mut self, checksum: Checksum) -> Self {
        self.insert(checksum);
        self
    }

    /// Returns the checksum of an algorithm.
    pub fn get(&self, algorithm: ChecksumAlgorithm) -> Option<Checksum> {
        self.iter().find(|it| it.algorithm == algorithm)
    }

    /// Returns the checksum that is cheapest to verify.
    pub fn cheapest(&self) -> Option<Checksum> {
        ChecksumAlgorithm::ALL.into_iter().find_map(|it| self.get(it))
    }

    /// Goes through the checksums.
    pub fn iter(&self) -> impl Iterator<Item = Checksum> + '_ {
        self.0.iter().copied()
    }

    /// Tells whether no checksum is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Compares with another set where both know the same algorithm.
    ///
    /// # Errors
    /// `ChecksumMismatch` naming the algorithm and both values.
    pub fn verify(&self, other: &Self) -> Result<()> {
        self.iter().try_for_each(|mine| match other.get(mine.algorithm) {
            Some(theirs) => verify(mine, theirs),
            None => Ok(()),
        })
    }
}

impl From<Checksum> for Checksums {
    fn from(checksum: Checksum) -> Self {
        Self(vec![checksum])
    }
}

/// Compares the checksum that was promised with the one that was found.
///
/// # Errors
/// `ChecksumMismatch` naming the algorithm and both values.
pub fn verify(want: Checksum, got: Checksum) -> Result<()> {
    if want == got {
        return Ok(());
    }
    Err(Error::new(ErrorKind::ChecksumMismatch, format!("the content has {got}, not {want}")))
}

/// Computes one checksum piece by piece.
#[derive(Clone)]
pub struct Hasher {
    algorithm: ChecksumAlgorithm,
    state: State,
}

#[derive(Clone)]
enum State {
    Crc(crc_fast::Digest),
    Md5(md5::Md5),
    Sha1(sha1::Sha1),
    Sha256(sha2::Sha256),
}

impl Hasher {
    /// Starts with no bytes.
    pub fn new(algorithm: ChecksumAlgorithm) -> Self {
        let state = match (algorithm, algorithm.crc()) {
            (_, Some(crc)) => State::Crc(crc_fast::Digest::new(crc)),
            (ChecksumAlgorithm::Md5, _) => State::Md5(md5::Md5::new()),
            (ChecksumAlgorithm::Sha1, _) => State::Sha1(sha1::Sha1::new()),
            _ => State::Sha256(sha2::Sha256::new()),
        };
        Self { algorithm, state }
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.state {
            State::Crc(it) => it.update(bytes),
            State::Md5(it) => it.update(bytes),
            State::Sha1(it) => it.update(bytes),
            State::Sha256(it) => it.update(bytes),
        }
    }

    /// Takes the next pieces.
    pub fn update_all(&mut self, pieces: &[Bytes]) {
        pieces.iter().for_each(|piece| self.update(piece));
    }

    /// Returns the checksum of all bytes taken.
    pub fn finish(self) -> Checksum {
        let digest: Option<Checksum> = match self.state {
            State::Crc(it) => return Checksum::from_crc(self.algorithm, it.finalize()),
            State::Md5(it) => Checksum::new(self.algorithm, &it.finalize()),
            State::Sha1(it) => Checksum::new(self.algorithm, &it.finalize()),
            State::Sha256(it) => Checksum::new(self.algorithm, &it.finalize()),
        };
        // Each digest has exactly the length of its algorithm.
        digest.unwrap_or(Checksum { algorithm: self.algorithm, bytes: [0; 32] })
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Hasher").field(&self.algorithm).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn check_values_of_the_catalogues() {
        let want = [
            (ChecksumAlgorithm::Crc32c, "crc32c:e3069283"),
            (ChecksumAlgorithm::Crc32, "crc32:cbf43926"),
            (ChecksumAlgorithm::Crc64Nvme, "crc64nvme:ae8b14860a799888"),
            (ChecksumAlgorithm::Md5, "md5:25f9e794323b453885f5181f1b624d0b"),
            (ChecksumAlgorithm::Sha1, "sha1:f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
            (
                ChecksumAlgorithm::Sha256,
                "sha256:15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
            ),
        ];
        for (algorithm, text) in want {
            assert_eq!(algorithm.of(b"123456789").to_string(), text);
            assert_eq!(Checksum::parse(text).unwrap(), algorithm.of(b"123456789"));
        }
    }

    #[test]
    fn text_that_is_no_checksum_is_refused() {
        for text in
            ["", "crc32c", "crc32c:", "crc32c:zz", "crc32c:abc", "crc32c:aabbccddee", "crc99:00", "md5:é"]
        {
            assert_eq!(Checksum::parse(text).unwrap_err().kind(), ErrorKind::InvalidInput, "{text}");
        }
    }

    proptest! {
        #[test]
        fn pieces_and_joined_parts_equal_the_whole(bytes: Vec<u8>, cut in 0usize..2000) {
            let (head, tail) = bytes.split_at(cut.min(bytes.len()));
            for algorithm in ChecksumAlgorithm::ALL {
                let whole = algorithm.of(&bytes);
                let mut hasher = Hasher::new(algorithm);
                hasher.update(head);
                hasher.update(tail);
                prop_assert_eq!(hasher.finish(), whole);
                let joined = algorithm.of(head).join(&algorithm.of(tail), tail.len() as u64);
                prop_assert_eq!(joined, algorithm.combines().then_some(whole));
            }
        }
    }
}
