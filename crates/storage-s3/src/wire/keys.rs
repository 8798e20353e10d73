//! Keys in listings, which may be encoded once more.

use std::borrow::Cow;

use storage_core::{Key, Result};
use storage_http::xml::Element;

use super::unexpected;

/// How a service writes keys in its listings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum KeyDecoding {
    /// As they are, whatever the answer says: some servers echo `EncodingType` and encode nothing.
    #[default]
    Plain,
    /// Encoded as in a form when the answer says so: it was asked for.
    Url,
}

impl KeyDecoding {
    /// Tells whether the keys of an answer with this `EncodingType` are encoded.
    pub(super) fn applies(self, encoding: Option<&str>) -> bool {
        self == Self::Url && encoding.is_some_and(|it| it.trim_ascii().eq_ignore_ascii_case("url"))
    }

    /// Says how to read the keys of a document.
    pub(super) fn of(self, root: &Element<'_>) -> KeyReader {
        KeyReader { url: self.applies(root.filled("EncodingType")) }
    }
}

/// Reads the keys of one answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyReader {
    url: bool,
}

impl KeyReader {
    /// Reads a key or a prefix.
    pub(super) fn text<'t>(self, text: &'t str) -> Result<Cow<'t, str>> {
        if !self.url || !is_encoded(text.as_bytes()) {
            return Ok(Cow::Borrowed(text));
        }
        let mut decoded = Vec::with_capacity(text.len());
        url_decode(text.as_bytes(), &mut decoded);
        let decoded = String::from_utf8(decoded).map_err(|_| {
            unexpected(format!("the answer lists the key `{text}`, which is not UTF-8")).with_key(text)
        })?;
        Ok(Cow::Owned(decoded))
    }

    /// Reads the key of an entry.
    pub(super) fn key(self, text: Option<&str>) -> Result<Key> {
        let text = text.ok_or_else(|| unexpected("the answer lists an entry without a key"))?;
        let text = self.text(text)?.into_owned();
        Key::parse(text.as_str()).map_err(|error| {
            unexpected(format!("the answer lists a key that can't be used: {}", error.message()))
                .with_key(text)
        })
    }
}

/// Tells whether decoding changes anything.
pub(super) fn is_encoded(text: &[u8]) -> bool {
    memchr::memchr2(b'%', b'+', text).is_some()
}

/// Decodes what a form encodes. What is no escape is taken as it stands: who encodes leaves no lone `%`.
pub(super) fn url_decode(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some((&first, behind)) = rest.split_first() {
        rest = behind;
        match (first, behind) {
            (b'%', [high, low, tail @ ..]) => match hex(*high).zip(hex(*low)) {
                Some((high, low)) => {
                    out.push(high << 4 | low);
                    rest = tail;
                }
                None => out.push(b'%'),
            },
            (b'+', _) => out.push(b' '),
            _ => out.push(first),
        }
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|it| u8::try_from(it).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fault_100_keys_are_decoded_exactly_once() {
        let url = KeyReader { url: true };
        for (text, want) in [
            ("a%20b+c", "a b c"),
            ("a%2Fb/c", "a/b/c"),
            ("%252F", "%2F"),
            ("%2b%2B", "++"),
            ("%01%1f%0A", "\u{1}\u{1f}\n"),
            ("%C3%A9%F0%9F%98%80", "\u{e9}\u{1f600}"),
            ("100%", "100%"),
            ("%zz%1", "%zz%1"),
            ("%%41", "%A"),
        ] {
            assert_eq!(url.text(text).unwrap(), want);
            assert_eq!(KeyReader { url: false }.text(text).unwrap(), text);
        }
        assert_eq!(url.text("%FF").unwrap_err().key(), Some("%FF"));
    }

    #[test]
    fn the_answer_decides_unless_the_service_lies() {
        assert!(KeyDecoding::Url.applies(Some("url")));
        assert!(!KeyDecoding::Url.applies(None));
        assert!(!KeyDecoding::Url.applies(Some("other")));
        assert!(!KeyDecoding::Plain.applies(Some("url")));
    }

    #[test]
    fn an_impossible_key_is_named() {
        let reader = KeyReader { url: true };
        assert_eq!(reader.key(Some("a%00b")).unwrap_err().key(), Some("a\0b"));
        assert!(reader.key(None).unwrap_err().to_string().contains("without a key"));
    }

    proptest! {
        #[test]
        fn fault_100_what_is_encoded_comes_back(key in "\\PC*|[\u{1}-\u{7f}]*", all: bool) {
            let encoded: String = key.bytes().map(|byte| match byte {
                b' ' if !all => "+".to_owned(),
                b'a'..=b'z' | b'/' if !all => char::from(byte).to_string(),
                _ => format!("%{byte:02X}"),
            }).collect();
            prop_assert_eq!(KeyReader { url: true }.text(&encoded).unwrap(), key);
        }
    }
}
