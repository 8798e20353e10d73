//! Lists of grants: [`GetBucketAcl`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html),
//! [`PutObjectAcl`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html).

use bytes::Bytes;
use storage_core::groups::{Acl, Grant, Grantee, Permission};
use storage_core::{Error, ErrorKind, Result};
use storage_http::xml::{Element, Writer};

use super::{Body, NAMESPACE, read, unexpected};

const EVERYONE: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
const AUTHENTICATED: &str = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
const SCHEMA: &str = "http://www.w3.org/2001/XMLSchema-instance";

const PERMISSIONS: [(&str, Permission); 5] = [
    ("READ", Permission::Read),
    ("WRITE", Permission::Write),
    ("READ_ACP", Permission::ReadAcl),
    ("WRITE_ACP", Permission::WriteAcl),
    ("FULL_CONTROL", Permission::Full),
];

/// Writes a list. S3 takes away what it does not name, so the owner's own right is written too.
///
/// # Errors
/// `Unsupported` for a grantee or permission that S3 has no word for.
pub(crate) fn write(owner: &str, acl: &Acl) -> Result<Bytes> {
    let own = Grant { grantee: Grantee::Account(owner.into()), permission: Permission::Full };
    let mut writer = Writer::new("AccessControlPolicy", Some(NAMESPACE));
    writer.group("Owner", |writer| writer.text("ID", owner));
    let mut result = Ok(());
    writer.group("AccessControlList", |writer| {
        let others = acl.grants.iter().filter(|it| **it != own);
        result = std::iter::once(&own).chain(others).try_for_each(|it| write_grant(writer, it));
    });
    result.map(|()| writer.finish())
}

fn write_grant(writer: &mut Writer, grant: &Grant) -> Result<()> {
    let (kind, element, value) = match &grant.grantee {
        Grantee::Account(id) => ("CanonicalUser", "ID", id.as_str()),
        Grantee::Email(address) => ("AmazonCustomerByEmail", "EmailAddress", address.as_str()),
        Grantee::Everyone => ("Group", "URI", EVERYONE),
        Grantee::Authenticated => ("Group", "URI", AUTHENTICATED),
        Grantee::Named(uri) => ("Group", "URI", uri.as_str()),
        _ => return Err(unsupported("this kind of grantee")),
    };
    let known = PERMISSIONS.iter().find(|(_, it)| *it == grant.permission);
    let (permission, _) = known.ok_or_else(|| unsupported("this permission"))?;
    writer.group("Grant", |writer| {
        writer.group_with("Grantee", &[("xmlns:xsi", SCHEMA), ("xsi:type", kind)], |writer| {
            writer.text(element, value);
        });
        writer.text("Permission", permission);
    });
    Ok(())
}

fn unsupported(what: &str) -> Error {
    Error::new(ErrorKind::Unsupported, format!("the service has no word for {what}"))
}

/// Reads a list, without the owner's own right to everything.
pub(crate) fn parse(body: &[u8]) -> Result<Body<Acl>> {
    read(body, "AccessControlPolicy")?.map(|root| {
        let mut acl = Acl::default();
        acl.owner = root.child("Owner").and_then(|it| it.filled("ID")).map(Into::into);
        for element in root.require("AccessControlList")?.children("Grant") {
            let grant = read_grant(element)?;
            let own = grant.permission == Permission::Full
                && matches!(&grant.grantee, Grantee::Account(id) if Some(id) == acl.owner.as_ref());
            if !own {
                acl.grants.push(grant);
            }
        }
        Ok(acl)
    })
}

fn read_grant(grant: &Element<'_>) -> Result<Grant> {
    let word = grant.require("Permission")?.text().trim_ascii();
    let permission = PERMISSIONS.iter().find(|(name, _)| *name == word).map(|(_, it)| *it);
    let permission = permission
        .ok_or_else(|| unexpected(format!("the answer grants `{word}`, which is no known permission")))?;
    Ok(Grant { grantee: read_grantee(grant.require("Grantee")?)?, permission })
}

fn read_grantee(grantee: &Element<'_>) -> Result<Grantee> {
    // What is inside says as much as the type, which some servers write without its namespace or not at all.
    if let Some(uri) = grantee.filled("URI") {
        return Ok(match uri.trim_ascii() {
            EVERYONE => Grantee::Everyone,
            AUTHENTICATED => Grantee::Authenticated,
            uri => Grantee::Named(uri.into()),
        });
    }
    if let Some(id) = grantee.filled("ID") {
        return Ok(Grantee::Account(id.into()));
    }
    let address = grantee.filled("EmailAddress").map(|it| Grantee::Email(it.into()));
    address.ok_or_else(|| {
        let kind = grantee.attribute("type").unwrap_or("no known kind");
        unexpected(format!("the answer grants something to a grantee of {kind} without a name"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::testing::{failed, ok};

    fn grant(grantee: Grantee, permission: Permission) -> Grant {
        Grant { grantee, permission }
    }

    #[test]
    fn grants_are_read_without_the_owners() {
        let acl = ok(parse(br#"<?xml version="1.0" encoding="UTF-8"?>
<AccessControlPolicy xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>7</ID><DisplayName>jo</DisplayName></Owner><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>7</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant><Grant><Grantee><URI>http://acs.amazonaws.com/groups/s3/LogDelivery</URI></Grantee><Permission>WRITE</Permission></Grant><Grant><Grantee><ID>8</ID></Grantee><Permission>READ_ACP</Permission></Grant></AccessControlList></AccessControlPolicy>"#));
        assert_eq!(acl.owner.as_deref(), Some("7"));
        assert_eq!(
            acl.grants,
            [
                grant(Grantee::Everyone, Permission::Read),
                grant(
                    Grantee::Named("http://acs.amazonaws.com/groups/s3/LogDelivery".into()),
                    Permission::Write
                ),
                grant(Grantee::Account("8".into()), Permission::ReadAcl),
            ]
        );
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (inside, want) in [
            ("<Grantee><ID>7</ID></Grantee><Permission>FLY</Permission>", "`FLY`"),
            ("<Grantee><ID>7</ID></Grantee>", "without `Permission`"),
            ("<Grantee xsi:type='Robot'/><Permission>READ</Permission>", "of Robot"),
        ] {
            let body = format!(
                "<AccessControlPolicy><AccessControlList><Grant>{inside}</Grant></AccessControlList></AccessControlPolicy>"
            );
            assert!(parse(body.as_bytes()).unwrap_err().to_string().contains(want));
        }
        assert!(parse(b"<AccessControlPolicy/>").is_err());
        assert_eq!(failed(parse(b"<Error><Code>AccessDenied</Code></Error>")), "AccessDenied");
    }

    #[test]
    fn what_is_written_is_read() {
        let mut acl = Acl::default();
        acl.owner = Some("7".into());
        acl.grants = vec![
            grant(Grantee::Everyone, Permission::Read),
            grant(Grantee::Authenticated, Permission::Write),
            grant(Grantee::Account("7".into()), Permission::Read),
            grant(Grantee::Account("8".into()), Permission::Full),
            grant(Grantee::Email("jo@example.com".into()), Permission::ReadAcl),
            grant(Grantee::Named("urn:x".into()), Permission::WriteAcl),
        ];
        let body = write("7", &acl).unwrap();
        assert_eq!(ok(parse(&body)), acl);
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert!(
            text.contains("xsi:type=\"Group\"><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI>")
        );
        assert_eq!(text.matches("<ID>7</ID>").count(), 3);
    }
}
