//! Beginning an upload: [`CreateMultipartUpload`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html).

use storage_core::{Result, UploadId};

use super::{Body, read_one_of, unexpected};

/// Reads the id of the upload.
pub(crate) fn parse(body: &[u8]) -> Result<Body<UploadId>> {
    read_one_of(body, "InitiateMultipartUploadResult", &["InitiateMultipartUpload"])?.map(|root| {
        let id = root.filled("UploadId").ok_or_else(|| unexpected("the answer has no id of the upload"))?;
        Ok(UploadId::new(id))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::testing::{failed, ok};

    #[test]
    fn the_id_is_read() {
        let body = br#"<InitiateMultipartUploadResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Bucket>b</Bucket><Key>k</Key><UploadId>VXBsb2FkIElE</UploadId></InitiateMultipartUploadResult>"#;
        assert_eq!(ok(parse(body)), "VXBsb2FkIElE");
        let named_after_the_call =
            b"<InitiateMultipartUpload><UploadId>a</UploadId></InitiateMultipartUpload>";
        assert_eq!(ok(parse(named_after_the_call)), "a");
        assert!(
            parse(b"<InitiateMultipartUploadResult><UploadId/></InitiateMultipartUploadResult>").is_err()
        );
        assert!(parse(b"<Other><UploadId>x</UploadId></Other>").is_err());
        assert_eq!(failed(parse(b"<Error><Code>SlowDown</Code></Error>")), "SlowDown");
    }
}
