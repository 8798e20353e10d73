//! Version 2 signatures, for the few services that take no other.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html>

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, CONTENT_TYPE, DATE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use ring::hmac;
use storage_core::{Error, ErrorKind, Result};

use crate::credentials::Credentials;
use crate::sign::canonical::{push_encoded, signed_lines, split_target};
use crate::sign::presign::check_reserved;
use crate::sign::v4::{X_AMZ_DATE, X_AMZ_SECURITY_TOKEN, bad_credentials, secret_value};
use storage_http::dates::{http_date, unix_seconds};

/// The parameters of the signature.
const PARAMETERS: [&str; 4] = ["AWSAccessKeyId", "Expires", "Signature", "x-amz-security-token"];
const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");

/// Who signs, for which bucket, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signer<'a> {
    /// Who signs.
    pub(crate) credentials: &'a Credentials,
    /// The bucket, where the host names it and the path does not.
    pub(crate) bucket_in_host: Option<&'a str>,
    /// The time by the clock of the service.
    pub(crate) now: SystemTime,
}

impl Signer<'_> {
    /// Signs a request by adding to its headers. A `date` or `x-amz-date` that is there already is signed as it is.
    ///
    /// # Errors
    /// `Configuration` when the credentials hold characters that no header can carry.
    pub(crate) fn sign_headers(&self, method: &Method, target: &str, headers: &mut HeaderMap) -> Result<()> {
        if !headers.contains_key(X_AMZ_DATE) && !headers.contains_key(DATE) {
            let date = HeaderValue::from_bytes(&http_date(self.now)).map_err(|_| bad_credentials("date"))?;
            headers.insert(DATE, date);
        }
        match &self.credentials.session_token {
            Some(token) => headers.insert(X_AMZ_SECURITY_TOKEN, secret_value(token.expose())?),
            // A token that is left over belongs to somebody else.
            None => headers.remove(X_AMZ_SECURITY_TOKEN),
        };
        // The service takes `x-amz-date` for the date where there is one, and signs it with its kind.
        let date = if headers.contains_key(X_AMZ_DATE) { None } else { headers.get(DATE) };
        let date = date.map(HeaderValue::as_bytes).unwrap_or_default();
        let signature = self.signature(&self.string_to_sign(method, target, headers, date));
        let text = format!("AWS {}:{signature}", self.credentials.access_key_id);
        let mut value = HeaderValue::try_from(text).map_err(|_| bad_credentials("access key id"))?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
        Ok(())
    }

    /// Signs a request that somebody else sends, with the headers given, and returns its path and query.
    ///
    /// # Errors
    /// `InvalidInput` for less than a second, or when the query holds what the signature sets.
    pub(crate) fn presign(
        &self,
        method: &Method,
        target: &str,
        headers: &HeaderMap,
        expires: Duration,
    ) -> Result<String> {
        if expires.as_secs() == 0 {
            return Err(Error::new(ErrorKind::InvalidInput, "a signature must be good for 1 second or more"));
        }
        check_reserved(&PARAMETERS, split_target(target).1, headers)?;
        let mut headers = headers.clone();
        let seconds = i64::try_from(expires.as_secs()).unwrap_or(i64::MAX);
        let end = unix_seconds(self.now).saturating_add(seconds).to_string();
        let mut full = target.as_bytes().to_vec();
        full.push(if target.contains('?') { b'&' } else { b'?' });
        full.extend_from_slice(b"AWSAccessKeyId=");
        push_encoded(&mut full, self.credentials.access_key_id.as_bytes());
        full.extend_from_slice(b"&Expires=");
        full.extend_from_slice(end.as_bytes());
        if let Some(token) = &self.credentials.session_token {
            // In the query it counts as a header of the same name.
            headers.insert(X_AMZ_SECURITY_TOKEN, secret_value(token.expose())?);
            full.extend_from_slice(b"&x-amz-security-token=");
            push_encoded(&mut full, token.expose().as_bytes());
        }
        let signature = self.signature(&self.string_to_sign(method, target, &headers, end.as_bytes()));
        full.extend_from_slice(b"&Signature=");
        push_encoded(&mut full, signature.as_bytes());
        String::from_utf8(full).map_err(|error| Error::new(ErrorKind::InvalidInput, error.to_string()))
    }

    fn signature(&self, text: &[u8]) -> String {
        let secret = self.credentials.secret_access_key.expose().as_bytes();
        STANDARD.encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret), text))
    }

    fn string_to_sign(&self, method: &Method, target: &str, headers: &HeaderMap, date: &[u8]) -> Vec<u8> {
        let header = |name: HeaderName| headers.get(name).map_or(&b""[..], |it| it.as_bytes().trim_ascii());
        let mut out = Vec::with_capacity(512);
        for line in [method.as_str().as_bytes(), header(CONTENT_MD5), header(CONTENT_TYPE), date] {
            out.extend_from_slice(line);
            out.push(b'\n');
        }
        push_amz_headers(&mut out, headers);
        if let Some(bucket) = self.bucket_in_host {
            out.push(b'/');
            out.extend_from_slice(bucket.as_bytes());
        }
        let (path, query) = split_target(target);
        // The path as it is sent: `/bucket` and `/bucket/` have different signatures.
        out.extend_from_slice(if path.is_empty() { b"/" } else { path.as_bytes() });
        push_sub_resources(&mut out, query);
        out
    }
}

/// Appends the `x-amz-*` headers, sorted, trimmed, the values of one name joined; blanks inside stay as they are.
fn push_amz_headers(out: &mut Vec<u8>, headers: &HeaderMap) {
    let mut last = "";
    for (name, value) in signed_lines(headers, |name| !name.as_str().starts_with("x-amz-")) {
        if name == last {
            out.pop();
            out.push(b',');
        } else {
            out.extend_from_slice(name.as_bytes());
            out.push(b':');
        }
        out.extend_from_slice(value.as_bytes().trim_ascii());
        out.push(b'\n');
        last = name;
    }
}

/// Appends the parameters that change what a request is about, sorted, their values decoded.
///
/// The documentation asks for decoded values in `response-*` only; servers compare with what they have decoded for all.
fn push_sub_resources(out: &mut Vec<u8>, query: &str) {
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (pair, None),
    });
    let mut pairs: Vec<_> = pairs.filter(|(name, _)| SUB_RESOURCES.binary_search(name).is_ok()).collect();
    pairs.sort_unstable();
    for (index, (name, value)) in pairs.into_iter().enumerate() {
        out.push(if index == 0 { b'?' } else { b'&' });
        out.extend_from_slice(name.as_bytes());
        // Servers can't tell `?acl=` from `?acl`, and sign the shorter one.
        if let Some(value) = value.filter(|it| !it.is_empty()) {
            out.push(b'=');
            push_decoded(out, value.as_bytes());
        }
    }
}

fn push_decoded(out: &mut Vec<u8>, text: &[u8]) {
    let mut rest = text;
    while let Some((&byte, tail)) = rest.split_first() {
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|it| u8::try_from(it).ok());
        let decoded = match tail {
            [high, low, after @ ..] if byte == b'%' => {
                digit(*high).zip(digit(*low)).map(|(high, low)| (high << 4 | low, after))
            }
            _ => None,
        };
        let (byte, after) = decoded.unwrap_or((byte, tail));
        out.push(byte);
        rest = after;
    }
}

/// The parameters that are signed, sorted.
const SUB_RESOURCES: [&str; 34] = [
    "accelerate",
    "acl",
    "analytics",
    "cors",
    "delete",
    "encryption",
    "inventory",
    "legal-hold",
    "lifecycle",
    "location",
    "logging",
    "metrics",
    "notification",
    "object-lock",
    "partNumber",
    "policy",
    "replication",
    "requestPayment",
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "restore",
    "retention",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
    "versioning",
    "versions",
    "website",
];
