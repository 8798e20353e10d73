//! What protects the content of an upload on its way.
//!
//! Every upload carries something that the service verifies: a checksum in a header when it is known before sending, a
//! checksum behind the content when a file is sent over TLS, else a signed digest, else `content-md5`. Which of them a
//! service takes is in its [`Quirks`](crate::Quirks).

use std::sync::Arc;

use http::HeaderValue;
use storage_core::{
    Checksum, ChecksumAlgorithm, ChecksumMode, Checksums, Error, ErrorKind, Hasher, Payload, Result, Runtime,
    verify,
};
use storage_http::{Answer, Request, Scheme, hex};

use crate::names;
use crate::sign::checksum;
use crate::vendors::SignatureVersion;

/// What a signature says of content that it does not cover.
const UNSIGNED: HeaderValue = HeaderValue::from_static("UNSIGNED-PAYLOAD");

/// How uploads of one storage are protected.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Protection {
    /// The checksums that the service takes in headers, the preferred one first.
    pub(crate) algorithms: &'static [ChecksumAlgorithm],
    /// The service takes checksums behind the content.
    pub(crate) trailers: bool,
    /// Content may go unsigned over TLS.
    pub(crate) unsigned: bool,
    /// Content goes unsigned without TLS too, because the user said so.
    pub(crate) unsigned_in_clear: bool,
    /// The version of signatures; `None` for requests without one.
    pub(crate) signature: Option<SignatureVersion>,
    /// What uploads are given that ask for nothing else.
    pub(crate) mode: ChecksumMode,
}

impl Protection {
    /// Chooses the algorithm of an upload; `None` when it has none or the service takes none.
    pub(crate) fn algorithm(&self, mode: ChecksumMode) -> Option<ChecksumAlgorithm> {
        let mode = if mode == ChecksumMode::Auto { self.mode } else { mode };
        match mode {
            ChecksumMode::Auto => self.algorithms.first().copied(),
            ChecksumMode::Algorithm(algorithm) => Some(algorithm),
            _ => None,
        }
    }

    /// Sets what protects the content of a request, reading the content first where that is needed. Returns the
    /// checksums that are known before it is sent.
    ///
    /// # Errors
    /// What reading a file can meet, and `ChecksumMismatch` when the content is not the expected one.
    pub(crate) async fn apply(
        &self,
        request: &mut Request,
        mode: ChecksumMode,
        expected: &Checksums,
        runtime: &Arc<dyn Runtime>,
    ) -> Result<Checksums> {
        let off = mode == ChecksumMode::Off || mode == ChecksumMode::Auto && self.mode == ChecksumMode::Off;
        let algorithm = self.algorithm(mode);
        let tls = request.endpoint.scheme() == Scheme::Https;
        let v4 = self.signature == Some(SignatureVersion::V4);
        let in_memory = matches!(request.payload, Payload::Bytes(_));
        let may_go_unsigned = if tls { self.unsigned } else { self.unsigned_in_clear };

        // What is expected is compared before anything is sent: a service may take a wrong checksum for a right one.
        let behind = !in_memory && self.trailers && v4 && may_go_unsigned && expected.is_empty();
        if let Some(algorithm) = algorithm.filter(|it| behind && checksum::header_name(*it).is_some()) {
            request.trailer = Some(algorithm);
            return Ok(Checksums::new());
        }
        // Without a checksum that the service takes, the signed digest is what it verifies.
        let sign_digest = v4 && (!may_go_unsigned || algorithm.is_none() && !off);
        let need_md5 = !sign_digest && algorithm.is_none() && !off;
        let mut wanted = Vec::with_capacity(4);
        wanted.extend(expected.iter().map(|it| it.algorithm()));
        for (algorithm, needed) in [
            (algorithm, true),
            (Some(ChecksumAlgorithm::Sha256), sign_digest),
            (Some(ChecksumAlgorithm::Md5), need_md5),
        ] {
            wanted.extend(algorithm.filter(|it| needed && expected.get(*it).is_none()));
        }
        let sums = checksums(&request.payload, wanted.into_iter(), runtime).await?;
        expected.verify(&sums)?;
        if v4 {
            let digest = sums.get(ChecksumAlgorithm::Sha256).filter(|_| sign_digest);
            request.digest = Some(digest.map_or(Ok(UNSIGNED), |it| digest_value(&it))?);
        }
        let Some(sum) = algorithm.or(need_md5.then_some(ChecksumAlgorithm::Md5)).and_then(|it| sums.get(it))
        else {
            return Ok(Checksums::new());
        };
        let name = checksum::header_name(sum.algorithm()).unwrap_or(names::CONTENT_MD5);
        request.header(name, &checksum::encode(&sum))?;
        Ok(sum.into())
    }
}

/// Computes checksums; those of memory that cost next to nothing at once, the others on a thread of their own.
async fn checksums(
    payload: &Payload,
    algorithms: impl Iterator<Item = ChecksumAlgorithm> + Clone,
    runtime: &Arc<dyn Runtime>,
) -> Result<Checksums> {
    match payload {
        // Combining ones are CRCs, which run at the speed of memory: a hand-over would cost more.
        Payload::Bytes(pieces) if algorithms.clone().all(ChecksumAlgorithm::combines) => {
            Ok(algorithms.fold(Checksums::new(), |sums, algorithm| {
                let mut hasher = Hasher::new(algorithm);
                hasher.update_all(pieces.as_slice());
                sums.with(hasher.finish())
            }))
        }
        payload => payload.checksums(runtime, algorithms).await,
    }
}

/// The digest as signatures name it.
fn digest_value(sum: &Checksum) -> Result<HeaderValue> {
    HeaderValue::from_bytes(&hex(sum.value()))
        .map_err(|error| Error::new(ErrorKind::Io, "a digest is no header").with_source(error))
}

/// Compares what the service says it stored with what was sent, and returns what both know.
///
/// # Errors
/// `ChecksumMismatch`: the object that is there now is not the one that was sent.
pub(crate) fn confirm(answer: &Answer, known: &Checksums) -> Result<Checksums> {
    let mut sums = known.clone();
    if let Some(sent) = answer.sent {
        sums.insert(sent);
    }
    let stored = checksum::of_headers(&answer.headers);
    for theirs in stored.iter() {
        match sums.get(theirs.algorithm()) {
            Some(ours) => verify(ours, theirs)?,
            None => sums.insert(theirs),
        }
    }
    // An MD5 that went along protects the transfer, but the service does not keep it under that name.
    Ok(sums)
}
