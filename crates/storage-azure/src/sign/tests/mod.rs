//! Published examples, the oracle, and what implementers get wrong.

mod oracle;
mod pitfalls;
mod properties;
mod sas;
mod shared_key;
mod vectors;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::credentials::SharedKey;
use crate::sign::decode_key;
use crate::sign::sas::Grant;
use crate::sign::shared_key::string_to_sign;

/// The account and the key of all emulators.
const ACCOUNT: &str = "devstoreaccount1";
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

fn key() -> SharedKey {
    SharedKey { account: ACCOUNT.to_owned(), key: decode_key(KEY).unwrap() }
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers
            .append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    headers
}

/// What is signed of a request for `myaccount`.
fn signed(method: &Method, target: &str, pairs: &[(&str, &str)], length: u64) -> String {
    String::from_utf8(string_to_sign(method, target, &headers(pairs), length, "myaccount")).unwrap()
}

/// A grant to read until a day in 2030.
fn reading() -> Grant<'static> {
    Grant { permissions: "r", expiry: Some(at(1_893_456_000)), ..Grant::default() }
}

/// Returns a parameter of a query as it was before it was encoded.
fn parameter(query: &str, name: &str) -> Option<String> {
    let pair = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    Some(String::from_utf8(storage_http::decode_percent(pair).unwrap().into_owned()).unwrap())
}

/// Signs lines by themselves, without what is tested.
fn hmac_of(lines: &[&str]) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &STANDARD.decode(KEY).unwrap());
    STANDARD.encode(ring::hmac::sign(&key, lines.join("\n").as_bytes()))
}
