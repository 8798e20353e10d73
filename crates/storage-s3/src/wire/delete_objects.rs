//! Many deletes in one: [`DeleteObjects`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html).

use bytes::Bytes;
use storage_core::Result;
use storage_core::groups::DeleteTarget;
use storage_http::xml::{Element, Writer};

use super::{Body, NAMESPACE, flag, read, unexpected};

/// What became of the deletes, in the order of the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Deletes {
    /// Those that succeeded.
    pub(crate) deleted: Vec<Deleted>,
    /// Those that failed.
    pub(crate) errors: Vec<NotDeleted>,
}

/// A delete that succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Deleted {
    /// The key.
    pub(crate) key: String,
    /// The version that was named in the request.
    pub(crate) version: Option<String>,
    /// Tells that a delete marker was made or removed.
    pub(crate) delete_marker: bool,
    /// The version of that delete marker.
    pub(crate) marker_version: Option<String>,
}

/// A delete that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotDeleted {
    /// The key.
    pub(crate) key: String,
    /// The version that was named in the request.
    pub(crate) version: Option<String>,
    /// The code, such as `AccessDenied`.
    pub(crate) code: Option<String>,
    /// The sentence for people.
    pub(crate) message: Option<String>,
}

/// Writes the request. It is never quiet, so that what the answer leaves out is known to be missing.
pub(crate) fn write(targets: &[DeleteTarget]) -> Bytes {
    let mut writer = Writer::new("Delete", Some(NAMESPACE));
    for target in targets {
        writer.group("Object", |writer| {
            writer.text("Key", &target.key);
            writer.text_opt("VersionId", target.version.as_deref());
            writer.text_opt("ETag", target.if_match.as_deref());
        });
    }
    writer.text("Quiet", "false");
    writer.finish()
}

/// Reads the answer.
pub(crate) fn parse(body: &[u8]) -> Result<Body<Deletes>> {
    read(body, "DeleteResult")?.map(|root| {
        Ok(Deletes {
            deleted: root.children("Deleted").map(deleted).collect::<Result<_>>()?,
            errors: root.children("Error").map(not_deleted).collect::<Result<_>>()?,
        })
    })
}

fn deleted(element: &Element<'_>) -> Result<Deleted> {
    Ok(Deleted {
        key: key(element)?,
        version: text(element, "VersionId"),
        delete_marker: flag(element, "DeleteMarker")?.unwrap_or(false),
        marker_version: text(element, "DeleteMarkerVersionId"),
    })
}

fn not_deleted(element: &Element<'_>) -> Result<NotDeleted> {
    Ok(NotDeleted {
        key: key(element)?,
        version: text(element, "VersionId"),
        code: text(element, "Code"),
        message: text(element, "Message"),
    })
}

fn key(element: &Element<'_>) -> Result<String> {
    text(element, "Key").ok_or_else(|| unexpected("the answer tells of a delete without its key"))
}

fn text(element: &Element<'_>, name: &str) -> Option<String> {
    element.filled(name).map(Into::into)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use storage_core::Key;
    use storage_http::xml;

    use super::*;
    use crate::wire::testing::{failed, ok};

    #[test]
    fn targets_are_written_with_version_and_tag() {
        let mut target = DeleteTarget::new(Key::parse("a<b&\r").unwrap());
        target.version = Some("v1".into());
        target.if_match = Some("\"x\"".into());
        let body = write(&[target, Key::parse("c").unwrap().into()]);
        assert!(body.ends_with(
            b"<Object><Key>a&lt;b&amp;&#13;</Key><VersionId>v1</VersionId><ETag>&quot;x&quot;</ETag></Object>\
              <Object><Key>c</Key></Object><Quiet>false</Quiet></Delete>"
        ));
    }

    #[test]
    fn fault_091_each_key_has_its_own_result() {
        let deletes = ok(parse(br#"<DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Deleted><Key>a&#x1;</Key></Deleted><Error><Key>b</Key><VersionId>v</VersionId><Code>AccessDenied</Code><Message>Access Denied</Message></Error><Deleted><Key>c</Key><VersionId>1</VersionId><DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>2</DeleteMarkerVersionId></Deleted><Error><Key>d</Key></Error></DeleteResult>"#));
        assert_eq!(deletes.deleted.iter().map(|it| it.key.as_str()).collect::<Vec<_>>(), ["a\u{1}", "c"]);
        assert_eq!(
            (deletes.deleted[1].delete_marker, deletes.deleted[1].marker_version.as_deref()),
            (true, Some("2"))
        );
        assert_eq!(deletes.errors[0].code.as_deref(), Some("AccessDenied"));
        assert_eq!((deletes.errors[1].key.as_str(), deletes.errors[1].code.as_ref()), ("d", None));
        assert_eq!(ok(parse(b"<DeleteResult/>")), Deletes::default());
        assert!(parse(b"<DeleteResult><Deleted/></DeleteResult>").is_err());
        assert_eq!(failed(parse(b"<Error><Code>MalformedXML</Code></Error>")), "MalformedXML");
    }

    proptest! {
        #[test]
        fn every_key_survives_the_request(key in "[\u{1}-\u{7f}]{1,20}|\\PC{1,20}") {
            let body = write(&[Key::parse(key.as_str()).unwrap().into()]);
            let root = xml::parse(&body).unwrap();
            prop_assert_eq!(root.child("Object").unwrap().text_of("Key"), Some(&*key));
        }
    }
}
