//! Joining parts: [`CompleteMultipartUpload`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html).

use bytes::Bytes;
use storage_core::groups::CompletedPart;
use storage_core::{ChecksumAlgorithm, ETag, Result};
use storage_http::xml::Writer;

use super::checksums::{self, ObjectChecksums};
use super::{Body, NAMESPACE, read_any, unexpected};

/// What an object was made of parts is told to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Completed {
    /// The entity tag; radosgw sends an empty one at times, which is none.
    pub(crate) etag: Option<ETag>,
    /// The checksums.
    pub(crate) checksums: ObjectChecksums,
}

/// Writes the parts in the order given, each with its checksum of the one algorithm that the upload was begun with.
pub(crate) fn write(parts: &[CompletedPart], algorithm: Option<ChecksumAlgorithm>) -> Bytes {
    let mut writer = Writer::new("CompleteMultipartUpload", Some(NAMESPACE));
    for part in parts {
        writer.group("Part", |writer| {
            writer.text("PartNumber", &part.number.to_string());
            writer.text("ETag", part.etag.as_str());
            if let Some(checksum) = algorithm.and_then(|it| part.checksums.get(it)) {
                checksums::write(writer, checksum);
            }
        });
    }
    writer.finish()
}

/// Reads the answer, whose root differs between servers.
///
/// S3 answers 200 before it joins the parts, keeps the connection alive with blanks, and may still fail in the body.
pub(crate) fn parse(body: &[u8]) -> Result<Body<Completed>> {
    read_any(body)?.map(|root| {
        if root.name().eq_ignore_ascii_case("html") {
            return Err(unexpected("the answer is HTML, not XML"));
        }
        Ok(Completed {
            etag: root.filled("ETag").map(ETag::from),
            checksums: ObjectChecksums::from_element(&root),
        })
    })
}

#[cfg(test)]
mod tests {
    use storage_core::{Checksums, PartNumber};
    use storage_http::xml;

    use super::*;
    use crate::wire::testing::{failed, ok};

    #[test]
    fn parts_are_written_with_the_checksum_of_the_upload() {
        let crc = ChecksumAlgorithm::Crc32c.of(b"123456789");
        let part = CompletedPart::new(
            PartNumber::FIRST,
            9,
            "\"a&b\"".into(),
            Checksums::from(crc).with(ChecksumAlgorithm::Md5.of(b"")),
        );
        let write =
            |algorithm| String::from_utf8(write(std::slice::from_ref(&part), algorithm).to_vec()).unwrap();
        assert!(write(Some(ChecksumAlgorithm::Crc32c)).ends_with(
            "<Part><PartNumber>1</PartNumber><ETag>&quot;a&amp;b&quot;</ETag><ChecksumCRC32C>4waSgw==</ChecksumCRC32C>\
             </Part></CompleteMultipartUpload>"
        ));
        for other in [None, Some(ChecksumAlgorithm::Sha256), Some(ChecksumAlgorithm::Md5)] {
            let body = write(other);
            let root = xml::parse(body.as_bytes()).unwrap();
            assert_eq!(root.child("Part").unwrap().elements().count(), 2);
        }
    }

    #[test]
    fn answers_of_all_servers_are_read() {
        let aws = b"  \n \n<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CompleteMultipartUploadResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Location>http://b.s3.amazonaws.com/k</Location><Bucket>b</Bucket><Key>k</Key><ETag>\"3858f62230ac3c915f300c664312c11f-9\"</ETag><ChecksumCRC64NVME>rosUhgp5mIg=</ChecksumCRC64NVME><ChecksumType>FULL_OBJECT</ChecksumType></CompleteMultipartUploadResult>";
        let completed = ok(parse(aws));
        assert_eq!(completed.etag, Some("3858f62230ac3c915f300c664312c11f-9".into()));
        assert_eq!(completed.checksums.whole.cheapest(), Some(ChecksumAlgorithm::Crc64Nvme.of(b"123456789")));
        for empty in [
            "<CompleteMultipartUploadResult><ETag></ETag></CompleteMultipartUploadResult>",
            "<CompleteResult><ETag/></CompleteResult>",
        ] {
            assert_eq!(ok(parse(empty.as_bytes())), Completed::default());
        }
    }

    #[test]
    fn fault_076_an_error_under_200_is_one() {
        let body = b"\n<?xml version=\"1.0\"?><Error><Code>InternalError</Code><Message>We encountered an internal error. Please try again.</Message></Error>";
        assert_eq!(failed(parse(body)), "InternalError");
    }

    #[test]
    fn fault_077_empty_cut_and_foreign_answers_are_refused() {
        for body in [
            "",
            "  ",
            "<html></html>",
            "<HTML><body/></HTML>",
            "<a:html/>",
            "<CompleteMultipartUploadResult><ETag>x</ETag>",
            "\u{0}\u{1}",
            "{}",
        ] {
            assert!(parse(body.as_bytes()).is_err(), "{body:?}");
        }
    }
}
