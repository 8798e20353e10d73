//! The key that signs for a person or a service of Microsoft Entra ID:
//! [Get User Delegation Key](https://learn.microsoft.com/rest/api/storageservices/get-user-delegation-key).

use bytes::Bytes;
use storage_core::{Result, Secret};
use storage_http::xml::Writer;
use time::OffsetDateTime;

use super::{moment, own, read, text};

/// A key that signs addresses, for seven days at most.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct UserDelegationKey {
    /// The id of who asked for it.
    pub(crate) oid: String,
    /// The tenant of who asked for it.
    pub(crate) tid: String,
    /// From when it holds, as signatures repeat it.
    pub(crate) start: String,
    /// Until when it holds, as signatures repeat it.
    pub(crate) expiry: String,
    /// Until when it holds.
    pub(crate) expires: OffsetDateTime,
    /// The service that it signs for, `b`.
    pub(crate) service: String,
    /// The version of the protocol that made it.
    pub(crate) version: String,
    /// The tenant that may use what it signs, where it is another.
    pub(crate) delegated_tid: Option<String>,
    /// The key in base64.
    pub(crate) value: Secret,
}

/// Writes from when and until when a key shall hold, as `2026-11-20T08:30:00Z`.
pub(crate) fn write(start: &str, expiry: &str) -> Bytes {
    let mut writer = Writer::new("KeyInfo", None);
    writer.text("Start", start);
    writer.text("Expiry", expiry);
    writer.finish()
}

/// Reads a key.
pub(crate) fn parse(body: &[u8]) -> Result<UserDelegationKey> {
    let root = read(body, "UserDelegationKey")?;
    let field = |name| text(&root, name).map(String::from);
    // Checked and not kept: signatures want the text.
    moment(&root, "SignedStart")?;
    Ok(UserDelegationKey {
        oid: field("SignedOid")?,
        tid: field("SignedTid")?,
        start: field("SignedStart")?,
        expiry: field("SignedExpiry")?,
        expires: moment(&root, "SignedExpiry")?,
        service: field("SignedService")?,
        version: field("SignedVersion")?,
        delegated_tid: own(&root, "SignedDelegatedUserTid"),
        value: Secret::from(text(&root, "Value")?),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const KEY: &str = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><UserDelegationKey><SignedOid>8d4bb9a4-2f5e-4f3a-9d4e-9c1ff5f5a001</SignedOid><SignedTid>c3a1b6f0-13d2-4e4b-8f6e-0d0f6f6a0002</SignedTid><SignedStart>2026-11-20T08:30:00Z</SignedStart><SignedExpiry>2026-11-21T08:30:00Z</SignedExpiry><SignedService>b</SignedService><SignedVersion>2025-11-05</SignedVersion><Value>Y2FuYXJ5</Value></UserDelegationKey>";

    #[test]
    fn a_key_is_read_and_not_shown() {
        let key = parse(KEY.as_bytes()).unwrap();
        assert_eq!(key.oid, "8d4bb9a4-2f5e-4f3a-9d4e-9c1ff5f5a001");
        assert_eq!(key.tid, "c3a1b6f0-13d2-4e4b-8f6e-0d0f6f6a0002");
        assert_eq!(
            (key.start.as_str(), key.expiry.as_str()),
            ("2026-11-20T08:30:00Z", "2026-11-21T08:30:00Z")
        );
        assert_eq!(key.expires, datetime!(2026-11-21 08:30 UTC));
        assert_eq!((key.service.as_str(), key.version.as_str()), ("b", "2025-11-05"));
        assert_eq!((key.value.expose().as_str(), key.delegated_tid.as_deref()), ("Y2FuYXJ5", None));
        assert!(!format!("{key:?}").contains("Y2FuYXJ5"));
    }

    #[test]
    fn fault_111_a_key_without_sense_is_refused() {
        for (from, to) in [
            ("2026-11-20T08:30:00Z", "yesterday"),
            ("2026-11-21T08:30:00Z", "9999999-01-01T00:00:00Z"),
            ("<Value>Y2FuYXJ5</Value>", "<Value/>"),
            ("SignedOid", "Oid"),
            ("UserDelegationKey", "Key"),
        ] {
            let error = parse(KEY.replace(from, to).as_bytes()).unwrap_err();
            assert_eq!(error.kind(), storage_core::ErrorKind::UnexpectedResponse);
            assert!(!error.to_string().contains("Y2FuYXJ5"));
        }
    }

    #[test]
    fn times_are_written() {
        assert!(write("2026-11-20T08:30:00Z", "2026-11-21T08:30:00Z").ends_with(
            b"<KeyInfo><Start>2026-11-20T08:30:00Z</Start><Expiry>2026-11-21T08:30:00Z</Expiry></KeyInfo>"
        ));
    }

    proptest! {
        #[test]
        fn fault_174_no_bytes_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&body);
        }
    }
}
