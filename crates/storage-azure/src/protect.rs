//! What protects the content of an upload on its way.
//!
//! Every upload carries a checksum that the service verifies: CRC-64/NVME, which it takes in little-endian order, or MD5,
//! which it keeps with the blob.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use storage_core::{
    Checksum, ChecksumAlgorithm, ChecksumMode, Checksums, Error, Payload, Result, Runtime, verify,
};
use storage_http::{Answer, Failure, Request};

use crate::client::ID;
use crate::names;

/// Sets the checksum of the content of a request, reading the content first. Returns what is known of it.
///
/// `whole` tells that the request carries a whole blob, which keeps an MD5.
///
/// # Errors
/// What reading a file can meet, and `ChecksumMismatch` when the content is not the expected one.
pub(crate) async fn protect(
    request: &mut Request,
    mode: ChecksumMode,
    expected: &Checksums,
    whole: bool,
    runtime: &Arc<dyn Runtime>,
) -> Result<Checksums> {
    let algorithm = match mode {
        ChecksumMode::Off => None,
        ChecksumMode::Algorithm(it @ (ChecksumAlgorithm::Md5 | ChecksumAlgorithm::Crc64Nvme)) => Some(it),
        ChecksumMode::Algorithm(other) => {
            return Err(Error::unsupported(
                ID,
                &format!("checksum {other} of uploads; choose md5 or crc64nvme"),
            ));
        }
        _ => Some(ChecksumAlgorithm::Crc64Nvme),
    };
    let mut wanted: Vec<ChecksumAlgorithm> = expected.iter().map(|it| it.algorithm()).collect();
    wanted.extend(algorithm.filter(|it| expected.get(*it).is_none()));
    let sums = sums_of(&request.payload, &wanted, runtime).await?;
    expected.verify(&sums)?;
    if let Some(md5) = sums.get(ChecksumAlgorithm::Md5) {
        let text = BASE64.encode(md5.value());
        request.header(names::CONTENT_MD5, &text)?;
        if whole {
            request.header(names::BLOB_CONTENT_MD5, &text)?;
        }
    } else if let Some(crc) = sums.get(ChecksumAlgorithm::Crc64Nvme) {
        // A request takes one of the two.
        request.header(names::CONTENT_CRC64, &encode_crc64(&crc))?;
    }
    Ok(sums)
}

async fn sums_of(
    payload: &Payload,
    algorithms: &[ChecksumAlgorithm],
    runtime: &Arc<dyn Runtime>,
) -> Result<Checksums> {
    match payload {
        // It runs at the speed of memory: a hand-over to another thread would cost more.
        Payload::Bytes(pieces) if algorithms == [ChecksumAlgorithm::Crc64Nvme] => {
            let mut hasher = storage_core::Hasher::new(ChecksumAlgorithm::Crc64Nvme);
            hasher.update_all(pieces.as_slice());
            Ok(hasher.finish().into())
        }
        payload => payload.checksums(runtime, algorithms.iter().copied()).await,
    }
}

/// Compares what the service says it received with what was sent.
///
/// # Errors
/// `ChecksumMismatch`: what is there now is not what was sent.
pub(crate) fn confirm(answer: &Answer, known: &Checksums) -> Result<(), Failure> {
    let theirs = answer.header(names::CONTENT_CRC64.as_str()).and_then(decode_crc64);
    if let (Some(ours), Some(theirs)) = (known.get(ChecksumAlgorithm::Crc64Nvme), theirs) {
        verify(ours, theirs)?;
    }
    let theirs = answer.header(names::CONTENT_MD5.as_str());
    let theirs = theirs.and_then(|it| Checksum::new(ChecksumAlgorithm::Md5, &BASE64.decode(it).ok()?));
    if let (Some(ours), Some(theirs)) = (known.get(ChecksumAlgorithm::Md5), theirs) {
        verify(ours, theirs)?;
    }
    Ok(())
}

/// Writes a CRC-64 as the service does, the lowest byte first.
pub(crate) fn encode_crc64(checksum: &Checksum) -> String {
    let mut bytes = checksum.value().to_vec();
    bytes.reverse();
    BASE64.encode(bytes)
}

/// Reads a CRC-64 as the service writes it.
pub(crate) fn decode_crc64(text: &str) -> Option<Checksum> {
    let mut bytes = BASE64.decode(text).ok()?;
    bytes.reverse();
    Checksum::new(ChecksumAlgorithm::Crc64Nvme, &bytes)
}
