//! Which names buckets may have.

use std::net::Ipv4Addr;

use crate::vendors::BucketNames;

/// A rule for names: the sentence it gives says what is wrong.
type Rule = fn(&str) -> Result<(), &'static str>;

impl BucketNames {
    /// Returns the rule.
    pub(crate) fn rule(self) -> Rule {
        match self {
            Self::Strict => bucket_rule,
            Self::Relaxed => relaxed_bucket_rule,
        }
    }
}

/// The rule of Amazon S3: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>.
fn bucket_rule(name: &str) -> Result<(), &'static str> {
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !(3..=63).contains(&name.len()) {
        return Err("a bucket name has 3 to 63 characters");
    }
    if !name.chars().all(|c| edge(c) || c == '-' || c == '.') {
        return Err("a bucket name holds lower-case letters, digits, `-` and `.` only");
    }
    if !name.starts_with(edge) || !name.ends_with(edge) {
        return Err("a bucket name starts and ends with a letter or digit");
    }
    if name.contains("..") {
        return Err("a bucket name can't hold two dots in a row");
    }
    if name.parse::<Ipv4Addr>().is_ok() {
        return Err("a bucket name can't look like an IP address");
    }
    if ["xn--", "sthree-", "amzn-s3-demo-"].iter().any(|it| name.starts_with(it)) {
        return Err(
            "the service keeps bucket names that start with `xn--`, `sthree-` or `amzn-s3-demo-` for itself",
        );
    }
    if ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"].iter().any(|it| name.ends_with(it)) {
        return Err(
            "names that end in `-s3alias`, `--ol-s3`, `.mrap`, `--x-s3` or `--table-s3` are no names of buckets",
        );
    }
    Ok(())
}

/// The rule of services that allow more: nothing that would need escapes in an address.
fn relaxed_bucket_rule(name: &str) -> Result<(), &'static str> {
    if !(1..=255).contains(&name.len()) {
        return Err("a bucket name has 1 to 255 characters");
    }
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
        return Err("a bucket name holds letters, digits, `-`, `_` and `.` only");
    }
    // Proxies fold these two in a path.
    if name == "." || name == ".." {
        return Err("a bucket name can't be `.` or `..`");
    }
    Ok(())
}

/// Tells whether a name can stand in front of a host: each label as DNS wants it.
pub(super) fn fits_host(name: &str) -> bool {
    let label = |it: &str| {
        let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        (1..=63).contains(&it.len()) && it.chars().all(inside) && !it.starts_with('-') && !it.ends_with('-')
    };
    name.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_121_bad_bucket_names_are_refused_with_a_reason() {
        for (name, why) in [
            ("", "3 to 63"),
            ("ab", "3 to 63"),
            (&"a".repeat(64), "3 to 63"),
            ("Photos", "lower-case"),
            ("my_bucket", "lower-case"),
            ("caf\u{e9}s", "lower-case"),
            ("a/b/c", "lower-case"),
            ("-abc", "starts and ends"),
            ("abc-", "starts and ends"),
            ("abc.", "starts and ends"),
            ("a..b", "two dots"),
            ("192.168.5.4", "IP address"),
            ("xn--abc", "for itself"),
            ("sthree-abc", "for itself"),
            ("abc-s3alias", "no names of buckets"),
            ("abc--ol-s3", "no names of buckets"),
            ("abc--use1-az4--x-s3", "no names of buckets"),
        ] {
            let reason = bucket_rule(name).unwrap_err();
            assert!(reason.contains(why), "{name}: {reason}");
        }
        for name in ["abc", "my.bucket", "2026-photos", &"a".repeat(63)] {
            assert_eq!(bucket_rule(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn fault_121_a_relaxed_rule_allows_what_needs_no_escapes() {
        for name in ["a", "My_Bucket", "UPPER", "192.168.5.4", &"a".repeat(255)] {
            assert_eq!(relaxed_bucket_rule(name), Ok(()), "{name}");
        }
        for name in ["", ".", "..", "a/b", "a b", "a%b", "caf\u{e9}", "a\nb", &"a".repeat(256)] {
            assert!(relaxed_bucket_rule(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn only_names_of_hosts_stand_in_front_of_a_host() {
        assert!(fits_host("my.bucket") && fits_host("a"));
        for name in ["My", "a_b", "-a", "a-", "a..b", "a.", &"a".repeat(64)] {
            assert!(!fits_host(name), "{name}");
        }
    }
}
