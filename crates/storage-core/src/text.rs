//! Text that others supplied, made safe to show.

use std::fmt::{self, Write as _};

/// Shows text with its control characters escaped, so that a name can't steer a terminal or forge a log line.
///
/// ```
/// use storage_core::Escaped;
/// assert_eq!(Escaped("a\nb").to_string(), "a\\nb");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut start = 0;
        for (at, c) in self.0.char_indices() {
            if !steers(c) {
                continue;
            }
            f.write_str(self.0.get(start..at).unwrap_or_default())?;
            for escaped in c.escape_default() {
                f.write_char(escaped)?;
            }
            start = at + c.len_utf8();
        }
        f.write_str(self.0.get(start..).unwrap_or_default())
    }
}

/// Control characters, and the invisible ones that reorder or split a line.
fn steers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Finds the candidate that a mistyped word most likely meant.
///
/// ```
/// use storage_core::nearest;
/// assert_eq!(nearest("regoin", ["endpoint", "region"]), Some("region"));
/// assert_eq!(nearest("zzzzzz", ["endpoint", "region"]), None);
/// ```
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    candidates
        .into_iter()
        .map(|it| (strsim::damerau_levenshtein(&word, &it.to_ascii_lowercase()), it))
        .filter(|(distance, it)| *distance <= 1 + it.len().min(word.len()) / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, it)| it)
}
