//! References in text.

use std::borrow::Cow;

/// Replaces the predefined entities and character references of a text; `None` when it has another or a broken one.
///
/// Control characters are taken from references although XML 1.0 forbids them: S3 sends them so.
///
/// ```
/// use storage_http::xml::unescape;
/// assert_eq!(unescape("&lt;a&#x1;&gt;").as_deref(), Some("<a\u{1}>"));
/// assert_eq!(unescape("&bomb;"), None);
/// ```
pub fn unescape(text: &str) -> Option<Cow<'_, str>> {
    let Some((mut plain, mut rest)) = text.split_once('&') else { return Some(Cow::Borrowed(text)) };
    let mut out = String::with_capacity(text.len());
    loop {
        out.push_str(plain);
        let (reference, behind) = rest.split_once(';')?;
        out.push(resolve(reference)?);
        match behind.split_once('&') {
            Some(next) => (plain, rest) = next,
            None => {
                out.push_str(behind);
                return Some(Cow::Owned(out));
            }
        }
    }
}

/// The character that a reference stands for, named without `&` and `;`.
pub(super) fn resolve(reference: &str) -> Option<char> {
    match reference {
        "amp" => return Some('&'),
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => {}
    }
    let number = reference.strip_prefix('#')?;
    let (digits, radix) = match number.strip_prefix('x') {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    // The parser of integers takes a sign, a reference has none.
    if !digits.bytes().all(|it| it.is_ascii_hexdigit()) {
        return None;
    }
    char::from_u32(u32::from_str_radix(digits, radix).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_replaced_once() {
        for (text, want) in [
            ("", Some("")),
            ("plain", Some("plain")),
            ("&amp;lt;", Some("&lt;")),
            ("a&amp;b&quot;&apos;&lt;&gt;", Some("a&b\"'<>")),
            ("&#x1;&#31;&#x1F600;&#13;&#xd;", Some("\u{1}\u{1f}\u{1f600}\r\r")),
            ("&#0;", Some("\0")),
            ("&", None),
            ("&amp", None),
            ("&;", None),
            ("&#;", None),
            ("&#x;", None),
            ("&#+5;", None),
            ("&#xD800;", None),
            ("&#x110000;", None),
            ("&#99999999999999999999;", None),
            ("&#1F;", None),
            ("&eacute;", None),
            ("&am&amp;p;", None),
        ] {
            assert_eq!(unescape(text).as_deref(), want, "{text:?}");
        }
    }
}
