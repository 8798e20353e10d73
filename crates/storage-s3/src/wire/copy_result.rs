//! Copies: [`CopyObject`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html) and
//! [`UploadPartCopy`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html).

use storage_core::{ETag, Result};
use time::OffsetDateTime;

use super::checksums::ObjectChecksums;
use super::{Body, read, time_of};

/// What was copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Copied {
    /// The entity tag of the copy; rclone sends none for a part.
    pub(crate) etag: Option<ETag>,
    /// When the copy was made.
    pub(crate) last_modified: Option<OffsetDateTime>,
    /// The checksums of the copy.
    pub(crate) checksums: ObjectChecksums,
}

/// Reads the answer to the copy of an object; S3 may fail after it has answered 200.
pub(crate) fn parse_object(body: &[u8]) -> Result<Body<Copied>> {
    parse(body, "CopyObjectResult")
}

/// Reads the answer to the copy of a part; S3 may fail after it has answered 200.
pub(crate) fn parse_part(body: &[u8]) -> Result<Body<Copied>> {
    parse(body, "CopyPartResult")
}

fn parse(body: &[u8], root: &str) -> Result<Body<Copied>> {
    read(body, root)?.map(|root| {
        Ok(Copied {
            etag: root.filled("ETag").map(ETag::from),
            last_modified: time_of(&root, "LastModified"),
            checksums: ObjectChecksums::from_element(&root),
        })
    })
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::wire::testing::{failed, ok};

    #[test]
    fn both_answers_are_read() {
        let copied = ok(parse_object(b"<CopyObjectResult><LastModified>2026-10-28T22:32:00</LastModified><ETag>9b2cf535f27731c974343645a3985328</ETag></CopyObjectResult>"));
        assert_eq!(copied.etag, Some("\"9b2cf535f27731c974343645a3985328\"".into()));
        assert_eq!(copied.last_modified, None);
        let copied = ok(parse_part(b"<CopyPartResult xmlns='u'><LastModified>2026-10-28T22:32:00.000Z</LastModified></CopyPartResult>"));
        assert_eq!((copied.etag, copied.last_modified), (None, Some(datetime!(2026-10-28 22:32 UTC))));
        assert!(parse_part(b"<CopyObjectResult/>").is_err());
    }

    #[test]
    fn fault_089_an_error_under_200_is_one() {
        for code in ["InternalError", "SlowDown", "NoSuchKey"] {
            let body = format!("<?xml version='1.0'?>\n<Error><Code>{code}</Code></Error>");
            assert_eq!(failed(parse_object(body.as_bytes())), code);
            assert_eq!(failed(parse_part(body.as_bytes())), code);
        }
        assert!(parse_object(b"").is_err() && parse_object(b"<html/>").is_err());
    }
}
