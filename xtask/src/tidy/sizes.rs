//! How long a file may be.

use crate::tidy::{File, Findings};

const WARN_LINES: usize = 400;
const FAIL_LINES: usize = 700;

/// Files that hold data, and why they may be long.
const TABLES: &[(&str, &str)] = &[
    ("crates/storage-s3/src/vendors/rows/hosted_a_to_l.rs", "a row for each service"),
    ("crates/storage-s3/src/vendors/rows/hosted_m_to_z.rs", "a row for each service"),
];

pub(super) fn check(file: &File<'_>, findings: &mut Findings) {
    let shown = file.shown();
    if TABLES.iter().any(|(path, _)| *path == shown) {
        return;
    }
    match file.text.lines().count() {
        lines if lines > FAIL_LINES => {
            findings.error(format!("{shown} has {lines} lines; {FAIL_LINES} are allowed"))
        }
        lines if lines > WARN_LINES => {
            findings.warn(format!("{shown} has {lines} lines; aim for half of {WARN_LINES}"))
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::tidy::findings;

    #[test]
    fn long_files_fail_unless_they_are_tables() {
        assert!(findings("crates/a/src/b.rs", &"//\n".repeat(700)).is_empty());
        assert_eq!(findings("crates/a/src/b.rs", &"//\n".repeat(701)).len(), 1);
    }
}
