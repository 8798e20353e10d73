//! Answers with credentials, checked before anything believes them.

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::future::{Either, select};
use http::HeaderValue;
use serde::de::DeserializeOwned;
use storage_core::{Error, ErrorKind, Result, Runtime, Secret};

/// More than any answer with credentials has.
pub const LIMIT_BYTES: usize = 64 * 1024;

/// Reads JSON of at most [`LIMIT_BYTES`].
///
/// # Errors
/// `UnexpectedResponse`. The parser's own words are left out, since they quote what they stumble over.
pub fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    if bytes.len() > LIMIT_BYTES {
        return Err(unexpected("the answer is far too long for credentials"));
    }
    serde_json::from_slice(bytes)
        .map_err(|_| unexpected("the answer is not the JSON that credentials come in"))
}

/// Tells whether a value can stand in a header as one word.
///
/// ```
/// use storage_http::sources::is_word;
/// assert!(is_word("eyJ0.eXAi_-~"));
/// assert!(!is_word("two words") && !is_word(""));
/// ```
pub fn is_word(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|it| it.is_ascii_graphic())
}

/// Tells whether a text is one that services give as codes.
pub fn is_code(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || b"._-".contains(&it))
}

/// Makes a header of a secret.
///
/// # Errors
/// `Configuration`; the secret is not shown.
pub fn secret_header(secret: &Secret) -> Result<HeaderValue> {
    let mut value = HeaderValue::from_str(secret.expose()).map_err(|_| {
        Error::new(
            ErrorKind::Configuration,
            "the token holds a line break or another sign that no header can carry",
        )
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// Returns the time that long after the start of 1970; nothing that ends after the year 9999 was meant so.
pub fn since_epoch(duration: Duration) -> Option<SystemTime> {
    const LAST: Duration = Duration::from_secs(253_402_300_799);
    (duration <= LAST).then(|| UNIX_EPOCH.checked_add(duration)).flatten()
}

/// Makes the error of an answer that is not one the service should give.
pub fn unexpected(message: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::UnexpectedResponse, message)
}

/// Does work that has to end soon, with all its attempts.
///
/// # Errors
/// Those of the work, and `Timeout` naming the service.
///
/// # Cancel safety
/// As the work itself; it is dropped at the limit.
pub async fn within<T>(
    runtime: &dyn Runtime,
    limit: Duration,
    service: &str,
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    match select(std::pin::pin!(work), runtime.sleep(limit)).await {
        Either::Left((result, _)) => result,
        Either::Right(_) => {
            let message = format!("{service} did not answer within {} s", limit.as_secs());
            Err(Error::new(ErrorKind::Timeout, message))
        }
    }
}
