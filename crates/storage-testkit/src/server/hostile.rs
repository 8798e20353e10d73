//! Documents that are made to hurt a parser.

use bytes::Bytes;

/// Makes XML whose entities grow to a thousand million letters.
pub fn entity_bomb() -> Bytes {
    let mut text = String::from("<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e0 \"lol\">");
    for level in 1..10 {
        let inner = format!("&e{};", level - 1).repeat(10);
        text.push_str(&format!("<!ENTITY e{level} \"{inner}\">"));
    }
    text.push_str("]><x>&e9;</x>");
    text.into()
}

/// Makes XML with an entity that would read a file.
pub fn external_entity() -> Bytes {
    Bytes::from_static(
        b"<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/hostname\">]><x>&f;</x>",
    )
}

/// Makes XML with elements inside elements.
pub fn deep_xml(depth: usize) -> Bytes {
    format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth)).into()
}

/// Makes XML whose one element has many attributes.
pub fn many_attributes(count: usize) -> Bytes {
    let attributes: String = (0..count).map(|it| format!(" a{it}=\"\"")).collect();
    format!("<x{attributes}/>").into()
}

/// Makes XML whose one element declares many name spaces.
pub fn many_name_spaces(count: usize) -> Bytes {
    let attributes: String = (0..count).map(|it| format!(" xmlns:n{it}=\"urn:{it}\"")).collect();
    format!("<x{attributes}/>").into()
}

/// Makes JSON with arrays inside arrays.
pub fn deep_json(depth: usize) -> Bytes {
    format!("{}{}", "[".repeat(depth), "]".repeat(depth)).into()
}

/// Puts a byte order mark in front of a document.
pub fn with_byte_order_mark(document: &str) -> Bytes {
    format!("\u{feff}{document}").into()
}

/// Writes a document in UTF-16, little end first, with its mark.
pub fn in_utf_16(document: &str) -> Bytes {
    let units = std::iter::once(0xfeff).chain(document.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

/// Puts bytes that are no UTF-8 into the middle of a document.
pub fn not_utf_8(document: &str) -> Bytes {
    let half = document.char_indices().nth(document.chars().count() / 2).map_or(0, |(at, _)| at);
    let (head, tail) = document.split_at(half);
    [head.as_bytes(), b"\xff\xfe\xc3\x28", tail.as_bytes()].concat().into()
}
