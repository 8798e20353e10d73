//! Many requests in one: [Blob Batch](https://learn.microsoft.com/rest/api/storageservices/blob-batch).
//!
//! The service reads such a body by the letter: nothing in front of the first boundary, one blank behind each colon, no
//! version of the protocol in a part.

mod answer;
mod parts;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderName};
use http::{HeaderMap, Method};
use storage_core::{Error, ErrorKind, Result};
use storage_http::hex_string;

pub(crate) use answer::{SubAnswer, parse};

use crate::names::X_MS_VERSION;

/// How many requests one body may hold.
pub(crate) const MOST: usize = 256;

/// A request in a body of many.
#[derive(Clone, Debug)]
pub(crate) struct SubRequest {
    /// The method.
    pub(crate) method: Method,
    /// Path and query as they are signed.
    pub(crate) target: String,
    /// The headers with the signature.
    pub(crate) headers: HeaderMap,
}

/// What stands between the requests of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Boundary(String);

impl Boundary {
    /// Makes one that no request holds; some servers take no `=` in it.
    pub(crate) fn new(random: [u8; 16]) -> Self {
        Self(format!("batch_{}", hex_string(&random)))
    }

    /// Returns the media type of the body.
    pub(crate) fn content_type(&self) -> String {
        format!("multipart/mixed; boundary={}", self.0)
    }
}

/// Writes requests of one kind, whose ids are their places.
///
/// # Errors
/// `InvalidInput` for none, too many, or several kinds, which the service would refuse as a whole.
pub(crate) fn write(boundary: &Boundary, requests: &[SubRequest]) -> Result<Bytes> {
    check(requests)?;
    let mut out = Vec::with_capacity(requests.len() * 512);
    for (id, request) in requests.iter().enumerate() {
        let head = format!(
            "--{}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: {id}\r\n\r\n{} {} HTTP/1.1\r\n",
            boundary.0, request.method, request.target
        );
        out.extend_from_slice(head.as_bytes());
        for (name, value) in &request.headers {
            // The outer request has it for all, and a length is written below.
            if name != X_MS_VERSION && name != CONTENT_LENGTH {
                write_name(name, &mut out);
                for piece in [b": ", value.as_bytes(), b"\r\n"] {
                    out.extend_from_slice(piece);
                }
            }
        }
        out.extend_from_slice(b"Content-Length: 0\r\n\r\n");
    }
    out.extend_from_slice(format!("--{}--\r\n", boundary.0).as_bytes());
    Ok(Bytes::from(out))
}

fn check(requests: &[SubRequest]) -> Result<()> {
    let kind = |it: &SubRequest| (it.method.clone(), comp(&it.target).map(str::to_owned));
    let first = requests.first().map(kind);
    let problem = if requests.is_empty() || requests.len() > MOST {
        format!("a batch has 1 to {MOST} requests, not {}", requests.len())
    } else if requests.iter().any(|it| Some(kind(it)) != first) {
        "a batch has requests of one kind only".to_owned()
    } else if requests.iter().any(|it| it.target.contains(['\r', '\n', ' '])) {
        "a target in a batch must be encoded".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::InvalidInput, problem))
}

/// The parameter that tells requests with the same method apart.
fn comp(target: &str) -> Option<&str> {
    let (_, query) = target.split_once('?')?;
    query.split('&').find_map(|it| it.strip_prefix("comp="))
}

/// Writes the name of a header as people write it; those of the service are in lower case.
fn write_name(name: &HeaderName, out: &mut Vec<u8>) {
    let name = name.as_str();
    let mut start = !name.starts_with("x-ms-");
    let title = !name.starts_with("x-ms-");
    for byte in name.bytes() {
        out.push(if start { byte.to_ascii_uppercase() } else { byte });
        start = title && byte == b'-';
    }
}

#[cfg(test)]
mod tests;
