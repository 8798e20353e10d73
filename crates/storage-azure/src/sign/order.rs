//! The order in which the service sorts the names of headers.
//!
//! It sorts words as a culture does and not bytes: symbols come before digits and digits before letters, and hyphens
//! count only between names that are the same without them.

use std::cmp::Ordering;

/// The characters of names that count, from the least to the greatest.
const CHARACTERS: &[u8] = b"!#$%&*.^_`|~+0123456789abcdefghijklmnopqrstuvwxyz";

/// The place of each byte among [`CHARACTERS`]; 0 for those that don't count.
static WEIGHTS: [u8; 256] = weights();

const fn weights() -> [u8; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < CHARACTERS.len() {
        table[CHARACTERS[at] as usize] = at as u8 + 1;
        at += 1;
    }
    table
}

/// Compares two names in lower case.
pub(super) fn compare(left: &str, right: &str) -> Ordering {
    characters(left).cmp(characters(right)).then_with(|| hyphens(left).cmp(hyphens(right)))
}

/// Returns what counts at first.
fn characters(name: &str) -> impl Iterator<Item = u8> {
    name.bytes()
        .map(|byte| WEIGHTS.get(usize::from(byte)).copied().unwrap_or_default())
        .filter(|weight| *weight != 0)
}

/// Returns what counts among names that have the same characters: the sooner a hyphen, the greater.
fn hyphens(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().map(|byte| match byte {
        b'-' => 2,
        b'\'' => 1,
        _ => 0,
    })
}
