//! Which names the service takes and keeps as they are.
//!
//! <https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata>

/// Says which rule the name of a container breaks.
pub(crate) fn container_rule(name: &str) -> Result<(), &'static str> {
    if matches!(name, "$root" | "$web" | "$logs" | "$blobchangefeed") {
        return Ok(());
    }
    if !(3..=63).contains(&name.len()) {
        return Err("a container name has 3 to 63 characters");
    }
    if !name.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-') {
        return Err("a container name holds small letters, digits and hyphens only");
    }
    if name.starts_with('-') || name.ends_with('-') || name.contains("--") {
        return Err("in a container name every hyphen stands between letters or digits");
    }
    Ok(())
}

/// Says what the service would make of a key that it does not keep as it is.
pub(crate) fn key_problem(key: &str) -> Option<&'static str> {
    if key.contains('\\') {
        return Some("Azure takes `\\` for `/`");
    }
    // `.` and `..` are taken for steps in a path, and dots at an end are left out.
    if key.split('/').any(|segment| segment.ends_with('.')) {
        return Some("Azure leaves out dots at the end of a key or in front of a `/`");
    }
    None
}

/// Says what the service would refuse or change of an entry of metadata.
pub(crate) fn metadata_problem(name: &str, value: &str) -> Option<&'static str> {
    let identifier = name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_');
    if !identifier || name.is_empty() || name.starts_with(|it: char| it.is_ascii_digit()) {
        return Some("Azure takes letters, digits and `_` in names, and no digit in front");
    }
    if value.is_empty() || value.starts_with([' ', '\t']) || value.ends_with([' ', '\t']) {
        return Some("a value can't be empty, or start or end with a blank");
    }
    (!value.is_ascii()).then_some("Azure keeps ASCII only; encode the value")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_containers_are_those_of_the_service() {
        for name in ["abc", "a-b-c", "$root", "$web", "$logs", "0a9", &"a".repeat(63)] {
            assert_eq!(container_rule(name), Ok(()), "{name}");
        }
        for name in ["ab", "-abc", "abc-", "a--b", "Abc", "a_b", "a.b", "$other", &"a".repeat(64)] {
            assert!(container_rule(name).is_err(), "{name}");
        }
    }

    #[test]
    fn pitfall_05_keys_that_would_become_others_are_refused() {
        for key in ["a\\b", ".", "..", "./x", "../x", "a/./b", "a/../b", "x.", "a./b", "..."] {
            assert!(key_problem(key).is_some(), "{key}");
        }
        for key in ["a//b", "/x", "x/", ".x", "a.b", "a..b", "a/.b/c", "\u{1f600}", "%2F", "a b"] {
            assert_eq!(key_problem(key), None, "{key}");
        }
    }
}
