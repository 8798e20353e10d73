//! Version 4 signatures in the query.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>

use std::time::Duration;

use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Method};
use storage_core::{Error, ErrorKind, Result};

use crate::sign::canonical::{
    push_encoded, push_headers, push_names, signed_lines, split_target, travels_unsigned,
};
use crate::sign::v4::{
    ALGORITHM, Signer, X_AMZ_CONTENT_SHA256, need_host, push_request_line, sign_canonical,
};
use storage_http::dates::Stamp;

/// The longest time that a signature can be good for: a week.
pub(super) const LONGEST: Duration = Duration::from_secs(604_800);

impl Signer<'_> {
    /// Signs a request that somebody else sends, and returns its path and query.
    ///
    /// `headers` hold `host` and what the sender must send exactly so. The payload is not signed, unless
    /// `x-amz-content-sha256` is among them.
    ///
    /// # Errors
    /// `InvalidInput` when the time is out of bounds, or headers or query hold what the signature sets.
    pub(crate) fn presign(
        &self,
        method: &Method,
        target: &str,
        headers: &HeaderMap,
        expires: Duration,
    ) -> Result<String> {
        need_host(headers)?;
        check_expiry(expires)?;
        let (path, query) = split_target(target);
        check_reserved(&PARAMETERS, query, headers)?;

        let lines = signed_lines(headers, |name| travels_unsigned(name) && name != CONTENT_LENGTH);
        let stamp = Stamp::new(self.now);
        let mut full = path.as_bytes().to_vec();
        full.push(b'?');
        if !query.is_empty() {
            full.extend_from_slice(query.as_bytes());
            full.push(b'&');
        }
        self.push_parameters(&mut full, stamp, expires, |out| {
            let mut names = Vec::new();
            push_names(&mut names, &lines);
            push_encoded(out, &names);
        });
        let mut full = String::from_utf8(full)
            .map_err(|error| Error::new(ErrorKind::InvalidInput, error.to_string()))?;

        let mut text = Vec::with_capacity(full.len() + 1024);
        push_request_line(&mut text, method, &full, self.scope.rules);
        push_headers(&mut text, &lines);
        text.push(b'\n');
        text.extend_from_slice(
            headers.get(X_AMZ_CONTENT_SHA256).map_or(b"UNSIGNED-PAYLOAD", |it| it.as_bytes()),
        );
        let key = self.keys.get(self.credentials, stamp.day(), self.scope);
        let signature = sign_canonical(&key, &mut text, stamp, self.scope);
        full.push_str("&X-Amz-Signature=");
        full.extend(signature.map(char::from));
        Ok(full)
    }

    fn push_parameters(
        &self,
        out: &mut Vec<u8>,
        stamp: Stamp,
        expires: Duration,
        names: impl FnOnce(&mut Vec<u8>),
    ) {
        out.extend_from_slice(b"X-Amz-Algorithm=");
        out.extend_from_slice(ALGORITHM.as_bytes());
        out.extend_from_slice(b"&X-Amz-Credential=");
        push_encoded(out, &self.credential(stamp));
        out.extend_from_slice(b"&X-Amz-Date=");
        out.extend_from_slice(stamp.bytes());
        out.extend_from_slice(b"&X-Amz-Expires=");
        out.extend_from_slice(expires.as_secs().to_string().as_bytes());
        if let Some(token) = &self.credentials.session_token {
            out.extend_from_slice(b"&X-Amz-Security-Token=");
            push_encoded(out, token.expose().as_bytes());
        }
        out.extend_from_slice(b"&X-Amz-SignedHeaders=");
        names(out);
    }

    /// Returns `AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request`.
    pub(super) fn credential(&self, stamp: Stamp) -> Vec<u8> {
        let mut out = self.credentials.access_key_id.as_bytes().to_vec();
        out.push(b'/');
        self.scope.push(&mut out, stamp.day());
        out
    }
}

/// Refuses a time that no service takes; otherwise it would be found out by whoever uses the address.
pub(super) fn check_expiry(expires: Duration) -> Result<()> {
    if (1..=LONGEST.as_secs()).contains(&expires.as_secs()) && expires <= LONGEST {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::InvalidInput,
        "a signature can be good for 1 second to 7 days (604800 seconds); choose a time between them",
    ))
}

/// Refuses what the signature itself sets: twice in one request, each server would believe another of the two.
pub(super) fn check_reserved(parameters: &[&'static str], query: &str, headers: &HeaderMap) -> Result<()> {
    const HEADERS: [&str; 3] = ["authorization", "x-amz-date", "x-amz-security-token"];
    let mut names = query.split('&').map(|it| it.split_once('=').map_or(it, |(name, _)| name));
    let parameter = names.find_map(|name| parameters.iter().find(|it| it.eq_ignore_ascii_case(name)));
    match parameter.or_else(|| HEADERS.iter().find(|it| headers.contains_key(**it))) {
        Some(name) => Err(Error::new(
            ErrorKind::InvalidInput,
            format!("`{name}` is set by the signature; leave it out"),
        )),
        None => Ok(()),
    }
}

/// The parameters of the signature.
const PARAMETERS: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
];
