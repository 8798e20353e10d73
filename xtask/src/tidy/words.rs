//! Words that may not stand in any file.

use crate::tidy::{File, Findings};

/// A word and why it is forbidden.
struct Word {
    text: &'static str,
    reason: &'static str,
    /// Only in code, where it is an instruction.
    code_only: bool,
}

const fn code(text: &'static str, reason: &'static str) -> Word {
    Word { text, reason, code_only: true }
}

const fn text(text: &'static str, reason: &'static str) -> Word {
    Word { text, reason, code_only: false }
}

const MACHINE: &str = "a path of somebody's machine";
const REGISTRY: &str = "where packages come from is set on the machine, not in the project";

const WORDS: &[Word] = &[
    code("todo!", "finish it"),
    code("unimplemented!", "finish it, or answer `Unsupported`"),
    code("dbg!", "left over from looking for a bug"),
    text("/work/", MACHINE),
    text("/workspace/", MACHINE),
    text("/root/", MACHINE),
    text("/Users/", MACHINE),
    text("../shared", "a file outside the project"),
    text("artifactory", REGISTRY),
    text("/api/pypi/", REGISTRY),
    text("/api/npm/", REGISTRY),
    text("/api/cargo/", REGISTRY),
    text("index-url", REGISTRY),
    text("_authToken", REGISTRY),
];

/// The one file that has to name them.
const HERE: &str = "xtask/src/tidy/words.rs";

pub(super) fn check(file: &File<'_>, findings: &mut Findings) {
    let shown = file.shown();
    if shown == HERE {
        return;
    }
    let is_code = file.path.extension().is_some_and(|it| it == "rs");
    let words = || WORDS.iter().filter(|it| is_code || !it.code_only);
    for (number, line) in file.text.lines().enumerate() {
        for word in words().filter(|it| holds(line, it.text)) {
            findings.error(format!("{shown}:{}: `{}`: {}", number + 1, word.text, word.reason));
        }
    }
}

/// Looks for a word that does not go on to the left: `/work/` is not in `a/work/b`.
fn holds(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|it| it.chars().next_back());
        !before.is_some_and(|it| it.is_alphanumeric() || it == '_' || it == '}' || it == '.')
    })
}

#[cfg(test)]
mod tests {
    use crate::tidy::findings;

    #[test]
    fn forbidden_words_are_found_with_their_line() {
        assert_eq!(findings("a.md", "x\nsee /work/main").len(), 1);
        assert!(findings("a.md", "http://host/work/x, target/work/").is_empty());
        let found = findings("crates/a/src/b.rs", "//! A.\nfn f() { todo!() }");
        assert_eq!(found, ["crates/a/src/b.rs:2: `todo!`: finish it"]);
        assert!(findings("a.md", "no `todo!` in code").is_empty());
    }
}
