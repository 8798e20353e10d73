//! Who runs the protocol, and what each one does differently: data, never an `if` on a name.

use storage_core::{Error, ErrorKind, Result, nearest};

/// The vendor that is taken when none is named.
pub(crate) const DEFAULT: &str = "skeleton";

/// One service that speaks the protocol.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Vendor {
    /// The name in settings.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// Where the service is, when it has one place.
    pub endpoint: Option<&'static str>,
    /// The page that says how it differs.
    pub docs: &'static str,
    /// How it differs.
    pub quirks: Quirks,
}

/// What a service does differently. Each field is read in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quirks {}

impl Quirks {
    /// Differs in nothing.
    pub const NONE: Self = Self {};
}

/// Every service that is known.
pub static VENDORS: &[Vendor] = &[Vendor {
    name: DEFAULT,
    title: "Skeleton",
    endpoint: None,
    docs: "https://skeleton.example.com/docs",
    quirks: Quirks::NONE,
}];

/// Finds a vendor by its name.
pub(crate) fn find(name: &str) -> Result<&'static Vendor> {
    let found = VENDORS.iter().find(|it| it.name.eq_ignore_ascii_case(name));
    found.ok_or_else(|| {
        let names = || VENDORS.iter().map(|it| it.name);
        let hint = nearest(name, names()).map(|it| format!("; did you mean `{it}`?")).unwrap_or_default();
        let known = names().collect::<Vec<_>>().join(", ");
        Error::new(ErrorKind::Configuration, format!("unknown `vendor`{hint}; known are {known}"))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn rows_have_names_of_their_own_and_endpoints_that_parse() {
        let names: HashSet<_> = VENDORS.iter().map(|it| it.name).collect();
        assert_eq!(names.len(), VENDORS.len());
        for vendor in VENDORS {
            assert!(vendor.endpoint.is_none_or(|it| it.parse::<http::Uri>().is_ok()), "{}", vendor.name);
            assert!(find(vendor.name).is_ok());
        }
        assert!(find("nobody").is_err());
    }
}
