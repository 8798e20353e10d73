//! Headers and the texts in them, as every protocol writes and reads them.

use http::{HeaderMap, HeaderName, HeaderValue};
use storage_core::{Error, ErrorKind, Result};

/// Makes a header value of text; bytes beyond ASCII go as they are.
///
/// # Errors
/// `InvalidInput` naming the header when the value can't be sent; the value is not shown.
pub fn value(name: &str, text: &str) -> Result<HeaderValue> {
    HeaderValue::from_bytes(text.as_bytes()).map_err(|_| {
        let message =
            format!("the value of the header `{name}` holds a line break or another control character");
        Error::new(ErrorKind::InvalidInput, message)
    })
}

/// Sets a header.
///
/// # Errors
/// As [`value`].
pub fn set(headers: &mut HeaderMap, name: HeaderName, text: &str) -> Result<()> {
    let value = value(name.as_str(), text)?;
    headers.insert(name, value);
    Ok(())
}

/// Sets a header if there is a value.
///
/// # Errors
/// As [`value`].
pub fn set_opt(headers: &mut HeaderMap, name: HeaderName, text: Option<&str>) -> Result<()> {
    text.map_or(Ok(()), |text| set(headers, name, text))
}

/// Sets a header by a name that the caller gave.
///
/// # Errors
/// `InvalidInput` when it can't be a name, and as [`value`].
pub fn set_named(headers: &mut HeaderMap, name: &str, text: &str) -> Result<()> {
    let name = HeaderName::try_from(name).map_err(|_| {
        Error::new(ErrorKind::InvalidInput, format!("`{name}` can't be the name of a header"))
    })?;
    set(headers, name, text)
}

/// Sets the headers that a service has no option for.
///
/// # Errors
/// As [`set_named`].
pub fn set_extra(headers: &mut HeaderMap, extra: &[(String, String)]) -> Result<()> {
    extra.iter().try_for_each(|(name, text)| set_named(headers, name, text))
}

/// Returns a header as text; `None` when it is missing or not UTF-8.
pub fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    std::str::from_utf8(headers.get(name)?.as_bytes()).ok()
}

/// Returns a header as text of one's own.
pub fn owned(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    text(headers, name).map(str::to_owned)
}

/// Reads digits and nothing else; `None` when the number does not fit, either.
///
/// ```
/// use storage_http::headers::number;
/// assert_eq!(number(" 42 "), Some(42));
/// assert_eq!(number("+42"), None);
/// ```
pub fn number(text: &str) -> Option<u64> {
    let digits = text.trim_ascii().as_bytes();
    let value = digits.iter().try_fold(0u64, |sum, it| {
        let digit = it.wrapping_sub(b'0');
        if digit < 10 { sum.checked_mul(10)?.checked_add(digit.into()) } else { None }
    });
    value.filter(|_| !digits.is_empty())
}
