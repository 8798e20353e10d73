//! Pieces of keys as names of files, and back.
//!
//! The format is the same on every system. Documented for people in the [crate docs](crate).

use std::fmt::Write as _;

/// The most bytes of a key that one name stands for; three times as many and a suffix still fit in 255 bytes.
pub(crate) const MAX_RAW: usize = 80;

/// Where temporary files and open uploads are.
pub(crate) const STAGING: &str = "%staging";
/// Where the files are that conditional writes lock.
pub(crate) const LOCKS: &str = "%lock";
/// Where attributes are that the file system can't keep with the file.
pub(crate) const SIDECARS: &str = "%meta";
/// The file of a key that ends in a slash.
const EMPTY: &str = "%empty";

/// What a name in a container's tree stands for. The bytes are those of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// The end of a key.
    File,
    /// A segment with its slash.
    Directory,
    /// The first [`MAX_RAW`] bytes of a longer segment.
    Continuation,
}

/// What became of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parsed {
    /// It stands for a piece of a key.
    Piece(Kind),
    /// It belongs to the driver.
    Reserved,
    /// No key has this name.
    Foreign,
}

/// Appends the name of a piece of a key; of a directory without its slash.
pub(crate) fn push_name(out: &mut String, raw: &[u8], kind: Kind) {
    match kind {
        Kind::File if raw.is_empty() => out.push_str(EMPTY),
        Kind::File => escape(out, raw),
        Kind::Directory => {
            escape(out, raw);
            out.push('%');
        }
        Kind::Continuation => {
            escape(out, raw);
            out.push_str("%+");
        }
    }
}

/// Reads a name and appends the bytes of the key that it stands for, with the slash of a directory.
///
/// Only the name that [`push_name`] gives is taken, so that no two names stand for one key. `out` is unchanged
/// unless a piece is found.
pub(crate) fn parse_name(name: &[u8], out: &mut Vec<u8>) -> Parsed {
    let start = out.len();
    let (stem, kind) = match name {
        b"%staging" | b"%lock" | b"%meta" => return Parsed::Reserved,
        b"%empty" => return Parsed::Piece(Kind::File),
        [stem @ .., b'%', b'+'] => (stem, Kind::Continuation),
        [stem @ .., b'%'] => (stem, Kind::Directory),
        _ => (name, Kind::File),
    };
    let fits = |len: usize| match kind {
        Kind::File => (1..=MAX_RAW).contains(&len),
        Kind::Directory => len < MAX_RAW,
        Kind::Continuation => len == MAX_RAW,
    };
    if is_plain(stem) {
        out.extend_from_slice(stem);
    } else if unescape(stem, out).is_none() || !is_canonical(stem, out.get(start..).unwrap_or_default()) {
        out.truncate(start);
        return Parsed::Foreign;
    }
    if !fits(out.len() - start) {
        out.truncate(start);
        return Parsed::Foreign;
    }
    if kind == Kind::Directory {
        out.push(b'/');
    }
    Parsed::Piece(kind)
}

/// Tells whether bytes are ASCII that stands for itself, which most names are.
fn is_plain(raw: &[u8]) -> bool {
    raw.iter().all(|byte| byte.is_ascii() && !is_special(*byte))
        && !matches!(raw.last(), Some(b'.' | b' '))
        && !is_device(raw)
}

fn is_canonical(stem: &[u8], raw: &[u8]) -> bool {
    let mut again = String::with_capacity(stem.len());
    escape(&mut again, raw);
    again.as_bytes() == stem
}

fn escape(out: &mut String, raw: &[u8]) {
    if is_plain(raw) {
        // Plain bytes are ASCII.
        out.push_str(std::str::from_utf8(raw).unwrap_or_default());
        return;
    }
    let device = is_device(raw);
    let mut at = 0;
    for chunk in raw.utf8_chunks() {
        for c in chunk.valid().chars() {
            at += c.len_utf8();
            let last = at == raw.len();
            let first = at == c.len_utf8();
            match u8::try_from(c) {
                Ok(byte) if byte.is_ascii() => {
                    if is_special(byte) || (last && matches!(c, '.' | ' ')) || (first && device) {
                        push_hex(out, byte);
                    } else {
                        out.push(c);
                    }
                }
                _ => out.push(c),
            }
        }
        // A character that was cut in two by a continuation.
        chunk.invalid().iter().for_each(|byte| push_hex(out, *byte));
        at += chunk.invalid().len();
    }
}

fn push_hex(out: &mut String, byte: u8) {
    // Writing to a string can't fail.
    let _ = write!(out, "%{byte:02X}");
}

fn unescape(stem: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut bytes = stem.iter().copied();
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b'%' => digit(bytes.next()?)? << 4 | digit(bytes.next()?)?,
            it => it,
        };
        if matches!(byte, 0 | b'/') {
            return None;
        }
        out.push(byte);
    }
    Some(())
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Tells whether some system refuses the byte in names, or it is the escape itself.
fn is_special(byte: u8) -> bool {
    byte.is_ascii_control() || b"%\\:*?\"<>|".contains(&byte)
}

/// Tells whether Windows takes a name for a device, whatever follows its first dot.
fn is_device(raw: &[u8]) -> bool {
    let stem = raw.split(|byte| *byte == b'.').next().unwrap_or_default();
    match stem {
        [a, b, c] => {
            matches!(&[*a, *b, *c].map(|it| it.to_ascii_lowercase()), b"con" | b"prn" | b"aux" | b"nul")
        }
        [a, b, c, b'0'..=b'9'] => {
            matches!(&[*a, *b, *c].map(|it| it.to_ascii_lowercase()), b"com" | b"lpt")
        }
        _ => stem.eq_ignore_ascii_case(b"conin$") || stem.eq_ignore_ascii_case(b"conout$"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(raw: &[u8], kind: Kind) -> String {
        let mut out = String::new();
        push_name(&mut out, raw, kind);
        out
    }

    #[test]
    fn plain_names_stand_for_themselves() {
        for plain in ["obj-4096-0", "a b", ".hidden", "é😀", "..a", "console", "com10", "x.con"] {
            assert_eq!(name(plain.as_bytes(), Kind::File), plain);
        }
    }

    #[test]
    fn special_names_are_escaped() {
        for (raw, want) in [
            ("", "%empty"),
            (".", "%2E"),
            ("..", ".%2E"),
            ("a.", "a%2E"),
            ("a ", "a%20"),
            ("%2F", "%252F"),
            ("a:b\\c", "a%3Ab%5Cc"),
            ("\u{1}\u{7f}", "%01%7F"),
            ("CON", "%43ON"),
            ("nul.txt", "%6Eul.txt"),
        ] {
            assert_eq!(name(raw.as_bytes(), Kind::File), want);
        }
        assert_eq!(name(b"", Kind::Directory), "%");
        assert_eq!(name(b"..", Kind::Directory), ".%2E%");
    }

    #[test]
    fn other_names_are_foreign() {
        let long = "x".repeat(81);
        let short = format!("{}%+", "x".repeat(79));
        for foreign in [
            "%", "%41", "a%2f", "%2F", "%00", "a.", "con", "%+", "%a", "%2", "a%2", &long, &short, "%41%",
            "a:b",
        ] {
            let mut out = b"kept".to_vec();
            let got = parse_name(foreign.as_bytes(), &mut out);
            if foreign == "%" {
                assert_eq!(got, Parsed::Piece(Kind::Directory));
            } else {
                assert_eq!((got, &out[..]), (Parsed::Foreign, &b"kept"[..]), "{foreign}");
            }
        }
        assert_eq!(parse_name(b"\xff", &mut Vec::new()), Parsed::Foreign);
        assert_eq!(parse_name(b"%staging", &mut Vec::new()), Parsed::Reserved);
    }

    proptest! {
        #[test]
        fn names_round_trip(raw in prop::collection::vec(any::<u8>(), 0..=MAX_RAW)) {
            let raw: Vec<u8> = raw.into_iter().filter(|byte| !matches!(byte, 0 | b'/')).collect();
            for kind in [Kind::File, Kind::Directory, Kind::Continuation] {
                let fits = match kind {
                    Kind::File => true,
                    Kind::Directory => raw.len() < MAX_RAW,
                    Kind::Continuation => raw.len() == MAX_RAW,
                };
                if !fits {
                    continue;
                }
                let name = name(&raw, kind);
                prop_assert!(name.len() <= 255);
                let mut back = Vec::new();
                prop_assert_eq!(parse_name(name.as_bytes(), &mut back), Parsed::Piece(kind));
                let mut want = raw.clone();
                want.extend((kind == Kind::Directory).then_some(b'/'));
                prop_assert_eq!(back, want);
            }
        }

        #[test]
        fn only_canonical_names_are_taken(given in prop::collection::vec(prop::sample::select(&b"%%%%+25FECO.a \xc3\xa9"[..]), 0..12)) {
            let mut raw = Vec::new();
            if let Parsed::Piece(kind) = parse_name(&given, &mut raw) {
                raw.truncate(raw.len() - usize::from(kind == Kind::Directory));
                prop_assert_eq!(name(&raw, kind).into_bytes(), given);
            }
        }
    }
}
