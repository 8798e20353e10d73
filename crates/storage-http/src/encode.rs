//! Percent-encoding, once and as bytes; no parser that folds `.`, `..` or `//` ever sees a key.

use std::borrow::Cow;

/// Bytes that no part of an address has to encode.
const fn unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

const fn table(slash: bool) -> [bool; 256] {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        plain[byte] = unreserved(byte as u8) || slash && byte == b'/' as usize;
        byte += 1;
    }
    plain
}

static IN_KEY: [bool; 256] = table(true);
static IN_SEGMENT: [bool; 256] = table(false);

/// Appends a key as it stands in a path: all but letters, digits, `-._~` and `/` is encoded.
///
/// ```
/// let mut target = String::from("/");
/// storage_http::encode_key("a b/ü%2F", &mut target);
/// assert_eq!(target, "/a%20b/%C3%BC%252F");
/// ```
pub fn encode_key(key: &str, out: &mut String) {
    encode(key, &IN_KEY, out);
}

/// Appends one segment of a path: as [`encode_key`], with `/` encoded too.
pub fn encode_segment(text: &str, out: &mut String) {
    encode(text, &IN_SEGMENT, out);
}

/// Appends the name or the value of a parameter.
pub fn encode_query(text: &str, out: &mut String) {
    encode(text, &IN_SEGMENT, out);
}

/// Appends `name=value` to a target, behind `?` or `&`.
///
/// ```
/// let mut target = String::from("/");
/// storage_http::push_query(&mut target, "prefix", "a b");
/// storage_http::push_query(&mut target, "uploads", "");
/// assert_eq!(target, "/?prefix=a%20b&uploads=");
/// ```
pub fn push_query(target: &mut String, name: &str, value: &str) {
    // Keys are encoded, so the first `?` starts the query.
    target.push(if target.contains('?') { '&' } else { '?' });
    encode_query(name, target);
    target.push('=');
    encode_query(value, target);
}

fn encode(text: &str, plain: &[bool; 256], out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    out.reserve(text.len());
    let mut start = 0;
    for (at, byte) in text.bytes().enumerate() {
        if plain.get(usize::from(byte)).copied().unwrap_or(false) {
            continue;
        }
        // Plain bytes are ASCII, so a run of them starts and ends between characters.
        out.push_str(text.get(start..at).unwrap_or_default());
        out.push('%');
        for digit in [byte >> 4, byte & 15] {
            out.push(HEX.get(usize::from(digit)).copied().unwrap_or(b'0').into());
        }
        start = at + 1;
    }
    out.push_str(text.get(start..).unwrap_or_default());
}

/// Decodes percent-encoding; `None` when a `%` is not followed by two hexadecimal digits.
///
/// ```
/// assert_eq!(storage_http::decode_percent("a%20b").as_deref(), Some(&b"a b"[..]));
/// assert_eq!(storage_http::decode_percent("a%2"), None);
/// ```
pub fn decode_percent(text: &str) -> Option<Cow<'_, [u8]>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text.as_bytes()));
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|it| u8::try_from(it).ok());
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => out.push(digit(bytes.next()?)? << 4 | digit(bytes.next()?)?),
            _ => out.push(byte),
        }
    }
    Some(Cow::Owned(out))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fault_115_116_118_segments_and_slashes_stay_as_they_are() {
        for (key, want) in [
            ("../x", "../x"),
            ("/abs", "/abs"),
            ("a//b/", "a//b/"),
            (".", "."),
            ("a\\b", "a%5Cb"),
            ("%2F", "%252F"),
            ("a+b c&d=e;@#?", "a%2Bb%20c%26d%3De%3B%40%23%3F"),
            ("é😀", "%C3%A9%F0%9F%98%80"),
            ("\u{1}\r\n\t", "%01%0D%0A%09"),
        ] {
            let mut out = String::new();
            encode_key(key, &mut out);
            assert_eq!(out, want);
        }
    }

    proptest! {
        #[test]
        fn fault_117_encoded_once_and_decoded_once(text in any::<String>()) {
            let (mut key, mut segment) = (String::new(), String::new());
            encode_key(&text, &mut key);
            encode_segment(&text, &mut segment);
            for encoded in [&key, &segment] {
                prop_assert!(encoded.bytes().all(|it| unreserved(it) || it == b'%' || it == b'/'));
                let decoded = decode_percent(encoded);
                prop_assert_eq!(decoded.as_deref(), Some(text.as_bytes()));
            }
            prop_assert!(!segment.contains('/'));
        }

        #[test]
        fn fault_174_any_text_decodes_or_is_refused(text in any::<String>()) {
            let _checked_for_panics_only = decode_percent(&text);
        }
    }
}
