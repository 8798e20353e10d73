//! Links between documents.

use crate::tidy::{File, Findings};

/// Requires that every relative link of a document leads to a file.
pub(super) fn check(file: &File<'_>, findings: &mut Findings) {
    let directory = file.root.join(file.path.parent().unwrap_or(file.path));
    for target in file.text.split("](").skip(1).filter_map(|it| it.split_once(')')).map(|(target, _)| target)
    {
        let path = target.split(['#', ' ']).next().unwrap_or_default();
        if path.is_empty() || path.contains(':') || path.contains('<') {
            continue;
        }
        if !directory.join(path).exists() {
            findings.error(format!("{} links to `{path}`, which is not there", file.shown()));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tidy::findings;

    #[test]
    fn a_dead_link_is_found() {
        let text =
            "[a](Cargo.toml) [b](https://example.com/x) [c](#here) [d](src/main.rs#L1) [e](src/gone.rs)";
        assert_eq!(findings("x.md", text), ["x.md links to `src/gone.rs`, which is not there"]);
    }
}
