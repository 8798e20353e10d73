//! Published examples, the oracle, and the rows of the fault table.

mod chunks;
mod faults;
mod oracle;
mod policy;
mod v2;
mod vectors;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderName, HeaderValue};
use storage_core::Secret;

use crate::credentials::Credentials;
use crate::sign::SigningKeys;
use crate::sign::v4::{Scope, Signer};

/// The digest of a payload in signed chunks.
const SIGNED: HeaderValue = HeaderValue::from_static("STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
/// The digest of a payload in signed chunks with a signed checksum behind them.
const SIGNED_TRAILER: HeaderValue = HeaderValue::from_static("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER");

/// The credentials of all published examples.
fn example() -> Credentials {
    credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", None)
}

fn credentials(id: &str, secret: &str, token: Option<&str>) -> Credentials {
    Credentials {
        access_key_id: id.to_owned(),
        secret_access_key: Secret::from(secret),
        session_token: token.map(Secret::from),
        expires: None,
        source: "test",
    }
}

/// Friday, 24 May 2013, 00:00:00: the time of most published examples.
fn may_2013() -> SystemTime {
    at(1_369_353_600)
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn signer<'a>(keys: &'a SigningKeys, credentials: &'a Credentials) -> Signer<'a> {
    Signer { keys, credentials, scope: Scope::s3("us-east-1"), now: may_2013() }
}

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers
            .append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    headers
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).unwrap().to_str().unwrap()
}

/// Returns what follows `Signature=` in a header or an address.
fn signature(text: &str) -> &str {
    text.rsplit_once("Signature=").unwrap().1
}
