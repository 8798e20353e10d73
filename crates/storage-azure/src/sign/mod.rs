//! Signatures: pure functions of a request, credentials and a time; no clock, network or environment.
//!
//! [`shared_key`] signs the requests of a client that has the key of the account; [`sas`] makes queries that let others
//! do what they say. Both are HMAC-SHA256 over lines of text, in base64.

mod order;
pub(crate) mod sas;
pub(crate) mod shared_key;

#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use storage_core::{Error, ErrorKind, Result};

/// The length of a signature.
const SIGNATURE_LEN: usize = 44;

/// Reads a key as the service gives it: in base64, of an account or of a user delegation.
///
/// # Errors
/// `Configuration` when it is not base64.
pub(crate) fn decode_key(text: &str) -> Result<hmac::Key> {
    let bytes = STANDARD.decode(text.trim_ascii()).map_err(|_| {
        Error::new(
            ErrorKind::Configuration,
            "the key is not base64; copy it whole, with the `=` at its end, from the access keys of the account",
        )
    })?;
    Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

/// Signs a text.
fn signature(key: &hmac::Key, text: &[u8]) -> [u8; SIGNATURE_LEN] {
    let mut out = [b'='; SIGNATURE_LEN];
    // 32 bytes are 44 characters, always.
    let _fits = STANDARD.encode_slice(hmac::sign(key, text), &mut out);
    out
}
