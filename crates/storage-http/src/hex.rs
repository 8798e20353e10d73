//! Lower-case hexadecimal digits.

/// Returns the digits of a SHA-256 or an HMAC with it.
pub fn hex(bytes: &[u8]) -> [u8; 64] {
    let mut out = [b'0'; 64];
    for (pair, byte) in out.as_chunks_mut().0.iter_mut().zip(bytes) {
        *pair = [digit(byte >> 4), digit(byte & 15)];
    }
    out
}

/// Without a branch or a table, so that the compiler does many at once.
fn digit(value: u8) -> u8 {
    value + if value < 10 { b'0' } else { b'a' - 10 }
}

/// Returns the digits of bytes of any number.
pub fn hex_string(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).map(char::from).collect()
}
