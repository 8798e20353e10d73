//! A command line cut into words, without a shell.

/// Cuts a command line into words: blanks part them; quotes and, but on Windows, `\` keep what they hold together.
/// Nothing else has a meaning: no variables, no globs, no pipes.
///
/// # Errors
/// A sentence about a quote that is not closed or a line without a word; nothing of the line is shown.
pub(super) fn split(line: &str) -> Result<Vec<String>, &'static str> {
    split_with(line, !cfg!(windows))
}

/// Cuts a line, with or without `\` as the sign that keeps the next character.
fn split_with(line: &str, escapes: bool) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    // `Some("")` is a word too: that of two quotes.
    let mut word: Option<String> = None;
    let mut signs = line.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match signs.next().ok_or(OPEN_QUOTE)? {
                        '\'' => break,
                        inner => word.push(inner),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match signs.next().ok_or(OPEN_QUOTE)? {
                        '"' => break,
                        // Between double quotes it only keeps what would have a meaning there.
                        '\\' if escapes || signs.peek() == Some(&'"') => {
                            match signs.next().ok_or(OPEN_QUOTE)? {
                                kept @ ('"' | '\\') => word.push(kept),
                                other => word.extend(['\\', other]),
                            }
                        }
                        inner => word.push(inner),
                    }
                }
            }
            '\\' if escapes => word.get_or_insert_default().push(signs.next().ok_or("ends with a `\\`")?),
            blank if blank.is_whitespace() => words.extend(word.take()),
            plain => word.get_or_insert_default().push(plain),
        }
    }
    words.extend(word);
    match words.first() {
        Some(program) if !program.is_empty() => Ok(words),
        _ => Err("names no program"),
    }
}

const OPEN_QUOTE: &str = "has a quote that is not closed";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fault_132_words_are_cut_as_a_shell_would_and_nothing_is_expanded() {
        for (line, want) in [
            ("/opt/bin/keys --for jo", &["/opt/bin/keys", "--for", "jo"][..]),
            ("  a\t b  ", &["a", "b"]),
            ("'/opt/my bin/keys' \"--for jo\"", &["/opt/my bin/keys", "--for jo"]),
            ("a b\\ c d\\\"e", &["a", "b c", "d\"e"]),
            ("a \"b\\\"c\\\\d\\e\" ''", &["a", "b\"c\\d\\e", ""]),
            ("a x'y z'\"u v\"w", &["a", "xy zu vw"]),
            (
                "a $HOME `id` $(id) *; rm -rf / | b > c",
                &["a", "$HOME", "`id`", "$(id)", "*;", "rm", "-rf", "/", "|", "b", ">", "c"],
            ),
        ] {
            assert_eq!(split_with(line, true).unwrap(), want, "{line}");
        }
        assert_eq!(
            split_with("\"C:\\Program Files\\k.exe\" C:\\x", false).unwrap(),
            ["C:\\Program Files\\k.exe", "C:\\x"]
        );
        for line in ["", "  ", "'a", "a \"b", "a \\", "'' a", "a \"b\\"] {
            assert!(split_with(line, true).is_err(), "{line}");
        }
    }

    proptest! {
        #[test]
        fn fault_132_quoted_words_come_back(words in proptest::collection::vec("[^']{0,8}", 0..5)) {
            let line: String = words.iter().map(|word| format!(" '{word}'")).collect();
            let mut want = vec!["p".to_owned()];
            want.extend(words);
            prop_assert_eq!(split_with(&format!("p{line}"), true), Ok(want));
        }
    }
}
