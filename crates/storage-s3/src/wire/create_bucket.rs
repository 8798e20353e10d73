//! Making a bucket: [`CreateBucket`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html).

use bytes::Bytes;
use storage_http::xml::Writer;

use super::NAMESPACE;

/// Writes where the bucket shall be.
pub(crate) fn write(location: &str) -> Bytes {
    let mut writer = Writer::new("CreateBucketConfiguration", Some(NAMESPACE));
    writer.text("LocationConstraint", location);
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_location_is_written() {
        assert_eq!(
            write("eu-west-1"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CreateBucketConfiguration \
             xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>eu-west-1</LocationConstraint>\
             </CreateBucketConfiguration>"
        );
    }
}
