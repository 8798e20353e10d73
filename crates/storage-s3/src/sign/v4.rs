//! Version 4 signatures in headers.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>

use std::fmt;
use std::time::SystemTime;

use bytes::Bytes;
use http::header::{AUTHORIZATION, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use ring::{digest, hmac};
use storage_core::{Error, ErrorKind, Result};

use crate::credentials::Credentials;
use crate::sign::canonical::{
    push_headers, push_path, push_query, signed_lines, split_target, travels_unsigned,
};
use crate::sign::keys::SigningKeys;
use storage_http::dates::Stamp;
use storage_http::hex;

/// The time of a signature.
pub(crate) const X_AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
/// What the signature says of the payload.
pub(crate) const X_AMZ_CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
/// The token of a session.
pub(crate) const X_AMZ_SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// The name of the algorithm, as requests give it.
pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What a signature is good for, besides the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scope<'a> {
    /// The region that takes the request.
    pub(crate) region: &'a str,
    /// The service by its name in signatures, such as `s3` or `sts`.
    pub(crate) service: &'a str,
    /// How the request is brought into its canonical form.
    pub(crate) rules: Rules,
}

/// How a request is brought into its canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rules {
    /// S3: the path is signed as it is sent, and `x-amz-content-sha256` is sent.
    S3,
    /// Every other service: the path is normalised and encoded once more, and the digest is signed but not sent.
    General,
}

impl<'a> Scope<'a> {
    /// Names S3 in a region.
    pub(crate) const fn s3(region: &'a str) -> Self {
        Self { region, service: "s3", rules: Rules::S3 }
    }

    /// Names another service in a region.
    pub(crate) const fn general(region: &'a str, service: &'a str) -> Self {
        Self { region, service, rules: Rules::General }
    }

    /// Appends `20130524/us-east-1/s3/aws4_request`.
    pub(super) fn push(self, out: &mut Vec<u8>, day: &[u8; 8]) {
        out.extend_from_slice(day);
        for part in [self.region, self.service, "aws4_request"] {
            out.push(b'/');
            out.extend_from_slice(part.as_bytes());
        }
    }

    /// Returns the length of what [`push`](Self::push) appends.
    fn len(self) -> usize {
        8 + self.region.len() + self.service.len() + "///aws4_request".len()
    }
}

/// Who signs, for what, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signer<'a> {
    /// The keys that the client has derived before.
    pub(crate) keys: &'a SigningKeys,
    /// Who signs.
    pub(crate) credentials: &'a Credentials,
    /// What the signature is good for.
    pub(crate) scope: Scope<'a>,
    /// The time by the clock of the service.
    pub(crate) now: SystemTime,
}

/// The signature of a request, from which those of its chunks go on.
#[derive(Clone)]
pub(crate) struct SignedSeed<'a> {
    pub(super) signature: [u8; 64],
    pub(super) stamp: Stamp,
    pub(super) scope: Scope<'a>,
    pub(super) key: hmac::Key,
}

impl fmt::Debug for SignedSeed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedSeed").field("scope", &self.scope).finish_non_exhaustive()
    }
}

impl<'a> Signer<'a> {
    /// Signs a request by adding to its headers, which hold `host` already.
    ///
    /// `target` is path and query as they are sent; `digest` is what `x-amz-content-sha256` shall say.
    ///
    /// # Errors
    /// `Configuration` when the credentials hold characters that no header can carry.
    pub(crate) fn sign_headers(
        &self,
        method: &Method,
        target: &str,
        headers: &mut HeaderMap,
        digest: HeaderValue,
    ) -> Result<SignedSeed<'a>> {
        self.sign_headers_but(travels_unsigned, method, target, headers, digest)
    }

    /// Signs a request, leaving out the headers that `skip` names.
    pub(super) fn sign_headers_but(
        &self,
        skip: impl Fn(&HeaderName) -> bool,
        method: &Method,
        target: &str,
        headers: &mut HeaderMap,
        digest: HeaderValue,
    ) -> Result<SignedSeed<'a>> {
        need_host(headers)?;
        let stamp = Stamp::new(self.now);
        headers.insert(X_AMZ_DATE, plain_value(stamp.bytes())?);
        match &self.credentials.session_token {
            Some(token) => headers.insert(X_AMZ_SECURITY_TOKEN, secret_value(token.expose())?),
            // A token that is left over belongs to somebody else.
            None => headers.remove(X_AMZ_SECURITY_TOKEN),
        };
        let payload = digest.clone();
        if self.scope.rules == Rules::S3 {
            headers.insert(X_AMZ_CONTENT_SHA256, digest);
        }
        let lines = signed_lines(headers, skip);
        let bytes: usize = lines.iter().map(|(name, value)| 2 * name.len() + value.len() + 3).sum();
        let mut text = Vec::with_capacity(bytes + target.len() + 384);
        push_request_line(&mut text, method, target, self.scope.rules);
        let names = push_headers(&mut text, &lines);
        text.push(b'\n');
        text.extend_from_slice(payload.as_bytes());

        let key = self.keys.get(self.credentials, stamp.day(), self.scope);
        let signature = sign_canonical(&key, &mut text, stamp, self.scope);
        let names = text.get(names).unwrap_or_default();
        headers.insert(AUTHORIZATION, self.authorization(stamp, names, &signature)?);
        Ok(SignedSeed { signature, stamp, scope: self.scope, key })
    }

    fn authorization(&self, stamp: Stamp, names: &[u8], signature: &[u8]) -> Result<HeaderValue> {
        const PARTS: [&str; 4] = [ALGORITHM, " Credential=", ", SignedHeaders=", ", Signature="];
        let [algorithm, credential, signed_headers, last] = PARTS.map(str::as_bytes);
        let id = self.credentials.access_key_id.as_bytes();
        let fixed: usize = PARTS.iter().map(|it| it.len()).sum();
        // With the exact capacity the value takes the buffer over without another allocation.
        let mut out =
            Vec::with_capacity(fixed + id.len() + 1 + self.scope.len() + names.len() + signature.len());
        for part in [algorithm, credential, id, b"/"] {
            out.extend_from_slice(part);
        }
        self.scope.push(&mut out, stamp.day());
        for part in [signed_headers, names, last, signature] {
            out.extend_from_slice(part);
        }
        let mut value =
            HeaderValue::from_maybe_shared(Bytes::from(out)).map_err(|_| bad_credentials("access key id"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// Appends method, path and query, each with its line end.
pub(super) fn push_request_line(out: &mut Vec<u8>, method: &Method, target: &str, rules: Rules) {
    let (path, query) = split_target(target);
    out.extend_from_slice(method.as_str().as_bytes());
    out.push(b'\n');
    push_path(out, path, rules);
    out.push(b'\n');
    push_query(out, query);
    out.push(b'\n');
}

/// Signs a canonical request; steps two and three. The string to sign is built behind the request, in one buffer.
pub(super) fn sign_canonical(
    key: &hmac::Key,
    text: &mut Vec<u8>,
    stamp: Stamp,
    scope: Scope<'_>,
) -> [u8; 64] {
    let hash = digest::digest(&digest::SHA256, text);
    let start = text.len();
    text.extend_from_slice(ALGORITHM.as_bytes());
    text.push(b'\n');
    push_stamp_and_scope(text, stamp, scope);
    text.extend_from_slice(&hex(hash.as_ref()));
    hex(hmac::sign(key, text.get(start..).unwrap_or_default()).as_ref())
}

/// Appends the time and the scope, each with its line end.
pub(super) fn push_stamp_and_scope(out: &mut Vec<u8>, stamp: Stamp, scope: Scope<'_>) {
    out.extend_from_slice(stamp.bytes());
    out.push(b'\n');
    scope.push(out, stamp.day());
    out.push(b'\n');
}

/// Refuses to sign a request that would be good for any host.
pub(super) fn need_host(headers: &HeaderMap) -> Result<()> {
    if headers.contains_key(HOST) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::InvalidInput, "a request without the header `host` can't be signed"))
}

/// Makes a header value of text that is not secret.
pub(super) fn plain_value(text: &[u8]) -> Result<HeaderValue> {
    HeaderValue::from_bytes(text).map_err(|_| bad_credentials("date"))
}

/// Makes a header value of a session token.
pub(super) fn secret_value(token: &str) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_str(token).map_err(|_| bad_credentials("session token"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Says which of the credentials can't be sent.
pub(super) fn bad_credentials(what: &str) -> Error {
    Error::new(
        ErrorKind::Configuration,
        format!("the {what} holds a character that no header can carry; look for line breaks and blanks"),
    )
}
