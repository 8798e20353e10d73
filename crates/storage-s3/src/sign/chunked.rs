//! Payloads in chunks (`aws-chunked`): signed one by one, with a checksum behind them, or both.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html> and
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>
//!
//! The bytes of the payload go through as they come; only the lines between them are new. The sizes of all chunks
//! follow from the length of the payload, so that `content-length` is known before the first byte is.

use std::collections::VecDeque;
use std::fmt;

use bytes::Bytes;
use http::HeaderName;
use ring::{digest, hmac};
use storage_core::{Checksum, ChecksumAlgorithm, Error, ErrorKind, Hasher, Result};
use storage_http::Encoder;

use crate::sign::checksum;
use crate::sign::v4::{SignedSeed, push_stamp_and_scope};
use storage_http::hex;

/// The size of a signed chunk. S3 wants 8 KiB or more, and a chunk waits here until it is whole.
const SIGNED_CHUNK: u64 = 64 * 1024;

/// The size of an unsigned chunk: some servers hold one in memory and refuse more than 16 MiB.
const UNSIGNED_CHUNK: u64 = 1024 * 1024;

const SIGNATURE: &str = ";chunk-signature=";
const TRAILER_SIGNATURE: &str = "x-amz-trailer-signature:";

/// The checksum behind a payload.
struct Trailer {
    name: HeaderName,
    algorithm: ChecksumAlgorithm,
    hasher: Option<Hasher>,
    checksum: Option<Checksum>,
}

impl Trailer {
    fn new(algorithm: ChecksumAlgorithm) -> Result<Self> {
        let name = checksum::header_name(algorithm).ok_or_else(|| {
            Error::new(
                ErrorKind::Unsupported,
                format!("{algorithm} can't travel behind a payload; choose another checksum, such as crc32c"),
            )
        })?;
        Ok(Self { name, algorithm, hasher: Some(Hasher::new(algorithm)), checksum: None })
    }

    fn update(&mut self, bytes: &[u8]) {
        if let Some(hasher) = &mut self.hasher {
            hasher.update(bytes);
        }
    }

    /// Returns the length of `name:value`.
    fn line_len(&self) -> u64 {
        (self.name.as_str().len() + 1 + checksum::encoded_len(self.algorithm)) as u64
    }

    /// Ends the checksum and returns `name:value`.
    fn line(&mut self) -> String {
        if let Some(hasher) = self.hasher.take() {
            self.checksum = Some(hasher.finish());
        }
        let value = self.checksum.as_ref().map(checksum::encode).unwrap_or_default();
        format!("{}:{value}", self.name)
    }
}

/// A payload in unsigned chunks with its checksum behind it: `STREAMING-UNSIGNED-PAYLOAD-TRAILER`.
pub(crate) struct UnsignedChunks {
    trailer: Trailer,
    /// What is left of the payload.
    left: u64,
    /// What is left of the chunk.
    open: u64,
    started: bool,
}

impl UnsignedChunks {
    /// Starts a payload of `len` bytes.
    ///
    /// # Errors
    /// `Unsupported` for MD5.
    pub(crate) fn new(len: u64, algorithm: ChecksumAlgorithm) -> Result<Self> {
        Ok(Self { trailer: Trailer::new(algorithm)?, left: len, open: 0, started: false })
    }
}

impl Encoder for UnsignedChunks {
    fn encoded_len(&self, len: u64) -> u64 {
        let overhead = |chunk: u64| hex_len(chunk) + 4;
        let end = "0\r\n".len() as u64 + self.trailer.line_len() + 4;
        all_chunks(len, UNSIGNED_CHUNK, overhead) + end
    }

    fn encode(&mut self, mut piece: Bytes, out: &mut VecDeque<Bytes>) {
        while !piece.is_empty() {
            if self.open == 0 {
                // Bytes beyond the promised length still make a well-formed body; its length tells on them.
                self.open = if self.left > 0 { self.left.min(UNSIGNED_CHUNK) } else { piece.len() as u64 };
                let line_end = if self.started { "\r\n" } else { "" };
                out.push_back(Bytes::from(format!("{line_end}{:x}\r\n", self.open)));
                self.started = true;
            }
            let part = take(&mut piece, self.open);
            self.trailer.update(&part);
            self.open -= part.len() as u64;
            self.left = self.left.saturating_sub(part.len() as u64);
            out.push_back(part);
        }
    }

    fn finish(&mut self, out: &mut VecDeque<Bytes>) {
        let line_end = if self.started { "\r\n" } else { "" };
        out.push_back(Bytes::from(format!("{line_end}0\r\n{}\r\n\r\n", self.trailer.line())));
    }

    fn checksum(&self) -> Option<Checksum> {
        self.trailer.checksum
    }
}

/// A payload in signed chunks, with or without a signed checksum behind them: `STREAMING-AWS4-HMAC-SHA256-PAYLOAD`
/// and `…-TRAILER`.
pub(crate) struct SignedChunks {
    signer: ChunkSigner,
    trailer: Option<Trailer>,
    /// The pieces of the chunk that is not whole yet, and their digest so far.
    pending: Vec<Bytes>,
    pending_bytes: u64,
    digest: digest::Context,
    started: bool,
}

impl SignedChunks {
    /// Goes on from the signature of the request.
    ///
    /// # Errors
    /// `Unsupported` for MD5.
    pub(crate) fn new(seed: &SignedSeed<'_>, algorithm: Option<ChecksumAlgorithm>) -> Result<Self> {
        Ok(Self {
            signer: ChunkSigner::new(seed),
            trailer: algorithm.map(Trailer::new).transpose()?,
            pending: Vec::new(),
            pending_bytes: 0,
            digest: digest::Context::new(&digest::SHA256),
            started: false,
        })
    }

    fn flush(&mut self, out: &mut VecDeque<Bytes>) {
        let digest = std::mem::replace(&mut self.digest, digest::Context::new(&digest::SHA256)).finish();
        let head = self.head(self.pending_bytes, digest.as_ref());
        out.push_back(Bytes::from(head));
        out.extend(self.pending.drain(..));
        self.pending_bytes = 0;
    }

    /// Writes the line before a chunk, and the line end behind the one before.
    fn head(&mut self, len: u64, digest: &[u8]) -> Vec<u8> {
        let signature = self.signer.sign_chunk(digest);
        let line_end = if self.started { "\r\n" } else { "" };
        self.started = true;
        let mut head = format!("{line_end}{len:x}{SIGNATURE}").into_bytes();
        head.extend_from_slice(&signature);
        head.extend_from_slice(b"\r\n");
        head
    }
}

impl Encoder for SignedChunks {
    fn encoded_len(&self, len: u64) -> u64 {
        let overhead = |chunk: u64| hex_len(chunk) + SIGNATURE.len() as u64 + 64 + 4;
        // Line, digits and line end of the checksum and of its signature.
        let trailer =
            self.trailer.as_ref().map_or(0, |it| it.line_len() + TRAILER_SIGNATURE.len() as u64 + 64 + 4);
        // The last chunk is empty and ends like the others.
        all_chunks(len, SIGNED_CHUNK, overhead) + overhead(0) + trailer
    }

    fn encode(&mut self, mut piece: Bytes, out: &mut VecDeque<Bytes>) {
        while !piece.is_empty() {
            let part = take(&mut piece, SIGNED_CHUNK - self.pending_bytes);
            self.digest.update(&part);
            if let Some(trailer) = &mut self.trailer {
                trailer.update(&part);
            }
            self.pending_bytes += part.len() as u64;
            self.pending.push(part);
            if self.pending_bytes == SIGNED_CHUNK {
                self.flush(out);
            }
        }
    }

    fn finish(&mut self, out: &mut VecDeque<Bytes>) {
        if self.pending_bytes > 0 {
            self.flush(out);
        }
        let mut end = self.head(0, digest::digest(&digest::SHA256, b"").as_ref());
        if let Some(trailer) = &mut self.trailer {
            let line = trailer.line();
            let signature = self.signer.sign_trailer(&line);
            end.extend_from_slice(line.as_bytes());
            end.extend_from_slice(b"\r\n");
            end.extend_from_slice(TRAILER_SIGNATURE.as_bytes());
            end.extend_from_slice(&signature);
            end.extend_from_slice(b"\r\n");
        }
        end.extend_from_slice(b"\r\n");
        out.push_back(Bytes::from(end));
    }

    fn checksum(&self) -> Option<Checksum> {
        self.trailer.as_ref()?.checksum
    }
}

/// The chain of signatures: each covers the one before.
struct ChunkSigner {
    key: hmac::Key,
    previous: [u8; 64],
    /// Time and scope, which all strings to sign share.
    common: Vec<u8>,
}

impl ChunkSigner {
    fn new(seed: &SignedSeed<'_>) -> Self {
        let mut common = Vec::with_capacity(64);
        push_stamp_and_scope(&mut common, seed.stamp, seed.scope);
        Self { key: seed.key.clone(), previous: seed.signature, common }
    }

    fn sign_chunk(&mut self, digest: &[u8]) -> [u8; 64] {
        // The middle line would be the digest of the chunk's headers, and it has none.
        let nothing = digest::digest(&digest::SHA256, b"");
        self.sign("AWS4-HMAC-SHA256-PAYLOAD", &[nothing.as_ref(), digest])
    }

    fn sign_trailer(&mut self, line: &str) -> [u8; 64] {
        let digest = digest::digest(&digest::SHA256, format!("{line}\n").as_bytes());
        self.sign("AWS4-HMAC-SHA256-TRAILER", &[digest.as_ref()])
    }

    fn sign(&mut self, algorithm: &str, digests: &[&[u8]]) -> [u8; 64] {
        let mut text = Vec::with_capacity(320);
        text.extend_from_slice(algorithm.as_bytes());
        text.push(b'\n');
        text.extend_from_slice(&self.common);
        text.extend_from_slice(&self.previous);
        for digest in digests {
            text.push(b'\n');
            text.extend_from_slice(&hex(digest));
        }
        self.previous = hex(hmac::sign(&self.key, &text).as_ref());
        self.previous
    }
}

/// Takes up to `most` bytes off the front of a piece, without copying.
fn take(piece: &mut Bytes, most: u64) -> Bytes {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    if piece.len() <= most { std::mem::take(piece) } else { piece.split_to(most) }
}

/// Returns what a payload takes in chunks of one size, the last smaller, each with what stands around it.
fn all_chunks(len: u64, size: u64, overhead: impl Fn(u64) -> u64) -> u64 {
    let (whole, rest) = (len / size, len % size);
    let rest = if rest > 0 { overhead(rest) + rest } else { 0 };
    whole * (overhead(size) + size) + rest
}

/// Returns how many hexadecimal digits a number takes.
fn hex_len(value: u64) -> u64 {
    u64::from(value.max(1).ilog2() / 4 + 1)
}

impl fmt::Debug for UnsignedChunks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnsignedChunks").field("left", &self.left).finish_non_exhaustive()
    }
}

impl fmt::Debug for SignedChunks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedChunks").field("pending_bytes", &self.pending_bytes).finish_non_exhaustive()
    }
}
