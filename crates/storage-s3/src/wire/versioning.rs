//! Keeping versions: [`PutBucketVersioning`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html).

use bytes::Bytes;
use storage_core::groups::Versioning;
use storage_core::{Error, ErrorKind, Result};
use storage_http::xml::Writer;

use super::{Body, NAMESPACE, read_one_of, unexpected};

/// Writes whether versions are kept.
///
/// # Errors
/// `InvalidInput` for `Off`, which a bucket can't go back to.
pub(crate) fn write(versioning: Versioning) -> Result<Bytes> {
    let status = match versioning {
        Versioning::On => "Enabled",
        Versioning::Suspended => "Suspended",
        _ => {
            let reason = "versioning can't be turned off once a bucket had it; suspend it instead";
            return Err(Error::new(ErrorKind::InvalidInput, reason));
        }
    };
    let mut writer = Writer::new("VersioningConfiguration", Some(NAMESPACE));
    writer.text("Status", status);
    Ok(writer.finish())
}

/// Reads whether versions are kept.
pub(crate) fn parse(body: &[u8]) -> Result<Body<Versioning>> {
    let root = read_one_of(body, "VersioningConfiguration", &["GetBucketVersioningResponse"])?;
    root.map(|root| match root.filled("Status").map(str::trim_ascii) {
        None => Ok(Versioning::Off),
        Some("Enabled") => Ok(Versioning::On),
        Some("Suspended") => Ok(Versioning::Suspended),
        Some(other) => {
            Err(unexpected(format!("the answer has the versioning `{other}`, which is not known")))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::testing::{failed, ok};

    #[test]
    fn every_state_is_read() {
        for (inside, want) in [
            ("", Versioning::Off),
            ("<Status/>", Versioning::Off),
            ("<Status>Enabled</Status><MfaDelete>Disabled</MfaDelete>", Versioning::On),
            ("<Status>Suspended</Status>", Versioning::Suspended),
        ] {
            let body = format!("<VersioningConfiguration>{inside}</VersioningConfiguration>");
            assert_eq!(ok(parse(body.as_bytes())), want);
            let named_after_the_call = body.replace("VersioningConfiguration", "GetBucketVersioningResponse");
            assert_eq!(ok(parse(named_after_the_call.as_bytes())), want);
        }
        assert!(parse(b"<html><Status>Enabled</Status></html>").is_err());
        assert!(parse(b"<VersioningConfiguration><Status>Maybe</Status></VersioningConfiguration>").is_err());
        assert_eq!(failed(parse(b"<Error><Code>NoSuchBucket</Code></Error>")), "NoSuchBucket");
    }

    #[test]
    fn what_is_written_is_read() {
        for versioning in [Versioning::On, Versioning::Suspended] {
            assert_eq!(ok(parse(&write(versioning).unwrap())), versioning);
        }
        assert_eq!(write(Versioning::Off).unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}
