//! The parts of a multipart body.

use memchr::{memchr, memmem};

/// Reads the boundary from a media type.
pub(super) fn boundary(content_type: &str) -> Option<&str> {
    let mut pieces = content_type.split(';');
    let kind = pieces.next()?.trim_ascii();
    if !kind.get(..10)?.eq_ignore_ascii_case("multipart/") {
        return None;
    }
    let (_, value) = pieces
        .filter_map(|it| it.split_once('='))
        .find(|(name, _)| name.trim_ascii().eq_ignore_ascii_case("boundary"))?;
    let value = value.trim_ascii();
    let value = value.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(value);
    // As long as the standard allows.
    (1..=70).contains(&value.len()).then_some(value)
}

/// Returns the parts of a body; one that has no end is left out, since it was cut.
pub(super) fn parts<'b>(body: &'b [u8], boundary: &str) -> Vec<&'b [u8]> {
    let delimiter = format!("--{boundary}");
    let mut found = Vec::new();
    let mut from = None;
    for at in memmem::find_iter(body, delimiter.as_bytes()) {
        let (Some(before), Some(behind)) = (body.get(..at), body.get(at + delimiter.len()..)) else { break };
        // Only at the start of a line is it one.
        if !(before.is_empty() || before.ends_with(b"\n")) {
            continue;
        }
        if let Some(part) = from.take().and_then(|from| body.get(from..at)) {
            found.push(trim_line(part));
        }
        if behind.starts_with(b"--") {
            break;
        }
        let Some(line) = memchr(b'\n', behind) else { break };
        if !behind.get(..line).unwrap_or_default().trim_ascii().is_empty() {
            // A longer boundary that starts alike is another's.
            continue;
        }
        from = Some(at + delimiter.len() + line + 1);
    }
    found
}

/// Takes the first line away; without one there is nothing behind it.
pub(super) fn line<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    if rest.is_empty() {
        return None;
    }
    let (line, behind) = match memchr(b'\n', rest) {
        Some(at) => (rest.get(..at)?, rest.get(at + 1..)?),
        None => (*rest, &b""[..]),
    };
    *rest = behind;
    Some(line.strip_suffix(b"\r").unwrap_or(line))
}

fn trim_line(part: &[u8]) -> &[u8] {
    let part = part.strip_suffix(b"\n").unwrap_or(part);
    part.strip_suffix(b"\r").unwrap_or(part)
}
