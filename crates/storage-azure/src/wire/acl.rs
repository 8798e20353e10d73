//! Policies that signed addresses may name:
//! [Set Container ACL](https://learn.microsoft.com/rest/api/storageservices/set-container-acl).

use bytes::Bytes;
use storage_core::Result;
use storage_http::xml::{Element, Writer};

use super::{own, read, text};

/// A policy of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AccessPolicy {
    /// The id, of at most 64 characters.
    pub(crate) id: String,
    /// From when it holds, as it came.
    pub(crate) start: Option<String>,
    /// Until when it holds, as it came.
    pub(crate) expiry: Option<String>,
    /// What it allows, such as `rwd`.
    pub(crate) permission: Option<String>,
}

/// Writes policies; none removes them all.
pub(crate) fn write(policies: &[AccessPolicy]) -> Bytes {
    let mut writer = Writer::new("SignedIdentifiers", None);
    for policy in policies {
        writer.group("SignedIdentifier", |writer| {
            writer.text("Id", &policy.id);
            writer.group("AccessPolicy", |writer| {
                writer.text_opt("Start", policy.start.as_deref());
                writer.text_opt("Expiry", policy.expiry.as_deref());
                writer.text_opt("Permission", policy.permission.as_deref());
            });
        });
    }
    writer.finish()
}

/// Reads policies.
pub(crate) fn parse(body: &[u8]) -> Result<Vec<AccessPolicy>> {
    read(body, "SignedIdentifiers")?.children("SignedIdentifier").map(policy).collect()
}

fn policy(identifier: &Element<'_>) -> Result<AccessPolicy> {
    // One that leaves all to the address has none.
    let field = |name| identifier.child("AccessPolicy").and_then(|it| own(it, name));
    Ok(AccessPolicy {
        id: text(identifier, "Id")?.into(),
        start: field("Start"),
        expiry: field("Expiry"),
        permission: field("Permission"),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn policies_are_read() {
        let policies = parse(b"\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?><SignedIdentifiers>\n<SignedIdentifier><Id>MTIz</Id><AccessPolicy><Start>2026-11-20T08:30:00.0000000Z</Start><Expiry>2026-11-21T08:30:00.0000000Z</Expiry><Permission>rwd</Permission></AccessPolicy></SignedIdentifier><SignedIdentifier><Id>open</Id><AccessPolicy /></SignedIdentifier></SignedIdentifiers>").unwrap();
        assert_eq!(policies[0].start.as_deref(), Some("2026-11-20T08:30:00.0000000Z"));
        assert_eq!(policies[0].expiry.as_deref(), Some("2026-11-21T08:30:00.0000000Z"));
        assert_eq!((policies[0].id.as_str(), policies[0].permission.as_deref()), ("MTIz", Some("rwd")));
        assert_eq!(policies[1], AccessPolicy { id: "open".into(), ..AccessPolicy::default() });
        assert_eq!(parse(b"<SignedIdentifiers />").unwrap(), []);
        for body in ["<SignedIdentifiers><SignedIdentifier/></SignedIdentifiers>", "<Acl/>", "", "{}"] {
            assert!(parse(body.as_bytes()).is_err(), "{body}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            ids in proptest::collection::vec("\\PC{1,9}", 0..4),
            start in proptest::option::of("[0-9TZ:]{1,9}"),
            permission in proptest::option::of("[a-z]{1,5}"),
        ) {
            let policies: Vec<_> = ids.into_iter().map(|id| AccessPolicy {
                id, start: start.clone(), expiry: None, permission: permission.clone(),
            }).collect();
            prop_assert_eq!(parse(&write(&policies)).unwrap(), policies);
        }

        #[test]
        fn fault_174_no_bytes_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&body);
        }
    }
}
