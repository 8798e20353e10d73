//! Signatures of requests with the key of an account.
//!
//! <https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key>

use std::borrow::Cow;
use std::io::Write as _;

use bytes::Bytes;
use http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, DATE, IF_MATCH, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, IF_UNMODIFIED_SINCE, RANGE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use storage_core::{Error, ErrorKind, Result};
use storage_http::decode_percent;

use crate::credentials::SharedKey;
use crate::names;
use crate::sign::{SIGNATURE_LEN, order, signature};

/// What the names of the service's own headers start with.
const OWN: &str = "x-ms-";

/// Signs a request by adding to its headers, which hold `x-ms-date` and `x-ms-version` already.
///
/// `target` is path and query exactly as they are sent; where the path starts with the account, as on emulators, the
/// account is signed twice.
///
/// # Errors
/// `Configuration` when the name of the account holds characters that no header can carry.
pub(crate) fn sign(
    method: &Method,
    target: &str,
    headers: &mut HeaderMap,
    content_length: u64,
    key: &SharedKey,
) -> Result<()> {
    let text = string_to_sign(method, target, headers, content_length, &key.account);
    let value = authorization(&key.account, &signature(&key.key, &text))?;
    headers.insert(AUTHORIZATION, value);
    Ok(())
}

fn authorization(account: &str, signature: &[u8; SIGNATURE_LEN]) -> Result<HeaderValue> {
    const SCHEME: &[u8] = b"SharedKey ";
    // With the exact capacity the value takes the buffer over without another allocation.
    let mut out = Vec::with_capacity(SCHEME.len() + account.len() + 1 + SIGNATURE_LEN);
    for part in [SCHEME, account.as_bytes(), b":", signature] {
        out.extend_from_slice(part);
    }
    let mut value = HeaderValue::from_maybe_shared(Bytes::from(out)).map_err(|_| {
        let message =
            "the name of the account holds a character that no header can carry; look for line breaks";
        Error::new(ErrorKind::Configuration, message)
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// Returns what is signed.
pub(super) fn string_to_sign(
    method: &Method,
    target: &str,
    headers: &HeaderMap,
    content_length: u64,
    account: &str,
) -> Vec<u8> {
    let own: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 2).sum();
    let mut out = Vec::with_capacity(own + account.len() + target.len() + 64);
    push_lines(&mut out, method, headers, content_length);
    push_own_headers(&mut out, headers);
    push_resource(&mut out, account, target);
    out
}

/// Appends the method, and the headers that have a line each whether they are sent or not.
fn push_lines(out: &mut Vec<u8>, method: &Method, headers: &HeaderMap, content_length: u64) {
    let header = |name: HeaderName| headers.get(name).map_or(&b""[..], trimmed);
    let push = |out: &mut Vec<u8>, line: &[u8]| {
        out.extend_from_slice(line);
        out.push(b'\n');
    };
    for line in [method.as_str().as_bytes(), header(CONTENT_ENCODING), header(CONTENT_LANGUAGE)] {
        push(out, line);
    }
    // A length of nothing is no length.
    if content_length > 0 {
        let _writes_to_memory = write!(out, "{content_length}");
    }
    push(out, b"");
    // The service takes `x-ms-date` for the date where there is one, and signs it with its kind.
    let date = if headers.contains_key(names::DATE) { b"" } else { header(DATE) };
    for line in [
        header(names::CONTENT_MD5),
        header(CONTENT_TYPE),
        date,
        header(IF_MODIFIED_SINCE),
        header(IF_MATCH),
        header(IF_NONE_MATCH),
        header(IF_UNMODIFIED_SINCE),
        header(RANGE),
    ] {
        push(out, line);
    }
}

/// Appends the service's own headers in its own order, the values of one name joined.
///
/// The documentation asks for one blank in place of each run of them; the service and its emulator only trim values,
/// and Microsoft's clients leave them alone, so blanks inside stay as they are sent.
fn push_own_headers(out: &mut Vec<u8>, headers: &HeaderMap) {
    let mut lines = Vec::with_capacity(headers.len());
    lines.extend(headers.iter().filter_map(|(name, value)| Some((name.as_str().strip_prefix(OWN)?, value))));
    // Stable, so that the values of one name stay in their order.
    lines.sort_by(|(left, _), (right, _)| order::compare(left, right));
    let mut last = None;
    for (name, value) in lines {
        if last == Some(name) {
            out.pop();
            out.push(b',');
        } else {
            out.extend_from_slice(OWN.as_bytes());
            out.extend_from_slice(name.as_bytes());
            out.push(b':');
        }
        out.extend_from_slice(trimmed(value));
        out.push(b'\n');
        last = Some(name);
    }
}

fn trimmed(value: &HeaderValue) -> &[u8] {
    value.as_bytes().trim_ascii()
}

/// Appends the account, the path as it is sent, and the parameters: decoded, sorted, the values of one name joined.
fn push_resource(out: &mut Vec<u8>, account: &str, target: &str) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    out.push(b'/');
    out.extend_from_slice(account.as_bytes());
    out.extend_from_slice(if path.is_empty() { b"/" } else { path.as_bytes() });
    if query.is_empty() {
        return;
    }
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let mut pairs: Vec<_> = pairs.map(|pair| parameter(pair.split_once('=').unwrap_or((pair, "")))).collect();
    pairs.sort_unstable();
    let mut last = None;
    for (name, value) in &pairs {
        if last == Some(name) {
            out.push(b',');
        } else {
            out.push(b'\n');
            out.extend_from_slice(name);
            out.push(b':');
        }
        out.extend_from_slice(value);
        last = Some(name);
    }
}

/// Decodes a parameter, and brings its name to lower case.
fn parameter<'a>((name, value): (&'a str, &'a str)) -> (Cow<'a, [u8]>, Cow<'a, [u8]>) {
    let mut name = decoded(name);
    if name.iter().any(u8::is_ascii_uppercase) {
        name.to_mut().make_ascii_lowercase();
    }
    (name, decoded(value))
}

/// Decodes percent-encoding; what is none stays as it is.
fn decoded(text: &str) -> Cow<'_, [u8]> {
    decode_percent(text).unwrap_or(Cow::Borrowed(text.as_bytes()))
}
