//! What documents hold as text: flags, sizes, times.

use std::borrow::Cow;

use storage_core::{Error, ErrorKind, Result};

use super::Element;
use crate::headers::number;

/// Makes the error of an answer that is not what the protocol says.
pub fn unexpected(message: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::UnexpectedResponse, message)
}

/// Reads a flag; a missing or empty one is none.
///
/// # Errors
/// `UnexpectedResponse` naming the element when it is neither true nor false.
pub fn flag(element: &Element<'_>, name: &str) -> Result<Option<bool>> {
    element.filled(name).map(|text| parse_flag(name, text)).transpose()
}

/// Reads the text of a flag.
///
/// # Errors
/// As [`flag`].
pub fn parse_flag(name: &str, text: &str) -> Result<bool> {
    match text.trim_ascii() {
        "true" | "True" | "TRUE" => Ok(true),
        "false" | "False" | "FALSE" => Ok(false),
        _ => Err(unexpected(format!("the answer has a `{name}` that is neither `true` nor `false`"))),
    }
}

/// Reads the size of an object.
///
/// # Errors
/// `UnexpectedResponse` naming the key when it is missing or no number.
pub fn size(text: Option<&str>, key: &str) -> Result<u64> {
    text.and_then(number).ok_or_else(|| {
        let what = if text.is_some() { "a size that is no number of bytes" } else { "no size" };
        unexpected(format!("the answer gives {what} for the key `{key}`")).with_key(key)
    })
}
