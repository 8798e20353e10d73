//! What travels with a file as metadata: its time, its mode and its path, in values that every header can carry.

use std::fmt::Write as _;
use std::fs::{File, FileTimes};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use storage::{Metadata, Result};

/// The name of the metadata that holds the time of the last change: seconds since 1970, with nanoseconds.
pub const MTIME: &str = "mtime";
/// The name of the metadata that holds type and permissions of the file, in octal.
pub const MODE: &str = "mode";
/// The name of the metadata that holds the path of the file, percent-encoded where a header could not carry it.
pub const SOURCE_PATH: &str = "source-path";

/// Writes a time as seconds since 1970 with nine decimals; times before that are negative.
pub fn encode_time(time: SystemTime) -> String {
    let (sign, distance) = match time.duration_since(UNIX_EPOCH) {
        Ok(since) => ("", since),
        Err(before) => ("-", before.duration()),
    };
    format!("{sign}{}.{:09}", distance.as_secs(), distance.subsec_nanos())
}

/// Reads what [`encode_time`] writes; more or fewer decimals are fine.
pub fn decode_time(text: &str) -> Option<SystemTime> {
    let (negative, digits) = match text.trim().strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.trim()),
    };
    let (seconds, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |it: &str| it.bytes().all(|c| c.is_ascii_digit());
    if seconds.is_empty() || !plain(seconds) || !plain(decimals) {
        return None;
    }
    let nanos: String = decimals.chars().chain("000000000".chars()).take(9).collect();
    let distance = Duration::new(seconds.parse().ok()?, nanos.parse().ok()?);
    match negative {
        true => UNIX_EPOCH.checked_sub(distance),
        false => UNIX_EPOCH.checked_add(distance),
    }
}

/// Percent-encodes a path where a header could not carry it: control characters, all that is not ASCII, `%`, and
/// spaces at the ends.
pub fn encode_path(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    let mut text = String::with_capacity(bytes.len());
    for (at, byte) in bytes.iter().enumerate() {
        let at_end = at == 0 || at + 1 == bytes.len();
        match byte {
            b' ' if !at_end => text.push(' '),
            b'%' => text.push_str("%25"),
            0x21..=0x7e => text.push(char::from(*byte)),
            // Writing into a string can't fail.
            other => drop(write!(text, "%{other:02X}")),
        }
    }
    text
}

/// Decodes what [`encode_path`] writes; bytes that are no UTF-8 are shown as replacement characters.
pub fn decode_path(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut pieces = text.split('%');
    bytes.extend_from_slice(pieces.next().unwrap_or_default().as_bytes());
    for piece in pieces {
        match piece.get(..2).and_then(|it| u8::from_str_radix(it, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend_from_slice(piece.get(2..).unwrap_or_default().as_bytes());
            }
            None => {
                bytes.push(b'%');
                bytes.extend_from_slice(piece.as_bytes());
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Gives a file the time and, if asked, the permissions that its object carries.
pub(crate) fn restore(path: &Path, metadata: &Metadata, permissions: bool) -> Result<()> {
    let time = metadata.get(MTIME).and_then(decode_time);
    let mode = metadata.get(MODE).filter(|_| permissions).and_then(|it| u32::from_str_radix(it, 8).ok());
    if time.is_none() && mode.is_none() {
        return Ok(());
    }
    let file = File::open(path)?;
    if let Some(time) = time {
        file.set_times(FileTimes::new().set_modified(time))?;
    }
    if let Some(mode) = mode {
        set_mode(&file, mode)?;
    }
    Ok(())
}

/// Sets the permission bits; those that lend somebody else's rights stay off.
#[cfg(unix)]
fn set_mode(file: &File, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(file.set_permissions(std::fs::Permissions::from_mode(mode & 0o777))?)
}

#[cfg(not(unix))]
fn set_mode(_: &File, _: u32) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_travel_both_ways() {
        for (seconds, nanos, text) in [
            (0, 0, "0.000000000"),
            (1_700_000_000, 123_456_789, "1700000000.123456789"),
            (5, 1, "5.000000001"),
        ] {
            let time = UNIX_EPOCH + Duration::new(seconds, nanos);
            assert_eq!(encode_time(time), text);
            assert_eq!(decode_time(text), Some(time));
        }
        let early = UNIX_EPOCH - Duration::new(1, 500_000_000);
        assert_eq!(encode_time(early), "-1.500000000");
        assert_eq!(decode_time("-1.5"), Some(early));
        for bad in ["", "x", "1.x", "--1", "99999999999999999999999", "-"] {
            assert_eq!(decode_time(bad), None, "{bad}");
        }
    }

    #[test]
    fn fault_119_any_path_fits_a_header() {
        for path in [
            "/plain/path.txt",
            "/a b/c",
            " lead",
            "new\nline",
            "50%",
            "cafe\u{301}",
            "\u{e9}",
            "tab\t",
            "\u{7f}",
        ] {
            let text = encode_path(Path::new(path));
            let metadata: Metadata = [(SOURCE_PATH, text.as_str())].into_iter().collect();
            metadata.check().unwrap();
            assert!(text.bytes().all(|c| (0x20..0x7f).contains(&c)) && text.trim() == text, "{text:?}");
            assert_eq!(decode_path(&text), path);
        }
    }
}
