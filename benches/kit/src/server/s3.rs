//! S3, as Amazon's own service speaks it.

use super::dialect::{Answer, Dialect};
use super::pages::{Entry, Page, Pages};
use super::request::Request;

pub(super) const DIALECT: Dialect = Dialect {
    name: "s3",
    depth: 0,
    ranges: &["range"],
    always: "x-amz-id-2: bnVsbA==\r\nx-amz-request-id: 4442587FB7D0A2F9\r\n\
        Date: Fri, 02 Jan 2026 03:04:05 GMT\r\nServer: AmazonS3\r\n",
    object: "ETag: \"9b2cf535f27731c974343645a3985328\"\r\nLast-Modified: Fri, 02 Jan 2026 03:04:05 GMT\r\n\
        Accept-Ranges: bytes\r\nContent-Type: application/octet-stream\r\n",
    entry: Entry {
        most: 1000,
        before: "<Contents><Key>data/obj-4096-",
        behind: "</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>\
            <ETag>&quot;9b2cf535f27731c974343645a3985328&quot;</ETag>\
            <ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>\
            <Size>4096</Size><StorageClass>STANDARD</StorageClass></Contents>",
    },
    answer,
    error: |code| (String::new(), format!("<Error><Code>{code}</Code><Message>{code}</Message></Error>")),
};

const XMLNS: &str = "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";
const ETAG: &str = "9b2cf535f27731c974343645a3985328";

fn answer(request: &Request, pages: &Pages) -> Answer {
    let (bucket, key) = (&request.container, &request.key);
    match (request.method.as_str(), key.is_empty()) {
        ("GET", true) => Answer::Document(page(request, pages)),
        ("GET" | "HEAD", false) => request.size().map_or(Answer::Error(404, "NoSuchKey"), Answer::Object),
        ("PUT", false) => Answer::Head(200, "ETag: \"9b2cf535f27731c974343645a3985328\"\r\n"),
        ("POST", false) if request.parameter("uploads").is_some() => {
            let text = format!(
                "<InitiateMultipartUploadResult {XMLNS}><Bucket>{bucket}</Bucket><Key>{key}</Key>\
                 <UploadId>VXBsb2Fk</UploadId></InitiateMultipartUploadResult>"
            );
            Answer::Document(text.into())
        }
        ("POST", false) if request.parameter("uploadId").is_some() => {
            let text = format!(
                "<CompleteMultipartUploadResult {XMLNS}><Bucket>{bucket}</Bucket><Key>{key}</Key>\
                 <ETag>&quot;{ETAG}-2&quot;</ETag></CompleteMultipartUploadResult>"
            );
            Answer::Document(text.into())
        }
        ("DELETE", _) => Answer::Head(204, ""),
        _ => Answer::Error(501, "NotImplemented"),
    }
}

/// Writes a page: from the first key, behind a key, or from a token on.
fn page(request: &Request, pages: &Pages) -> Vec<u8> {
    let token = request.parameter("continuation-token").and_then(|it| it.parse().ok());
    let behind = request.parameter("start-after").or_else(|| request.parameter("marker"));
    let behind = behind.and_then(|it| it.rsplit('-').next()?.parse::<u64>().ok());
    let page = pages.page(request, token.or(behind.map(|it| it + 1)));
    let Page { start, end, more } = page;
    let bucket = &request.container;
    let mut head = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult {XMLNS}><Name>{bucket}</Name><Prefix></Prefix>\
         <EncodingType>url</EncodingType><MaxKeys>1000</MaxKeys><KeyCount>{}</KeyCount>\
         <IsTruncated>{more}</IsTruncated>",
        end - start,
    );
    if more {
        head.push_str(&format!("<NextContinuationToken>{end}</NextContinuationToken>"));
    }
    pages.document(page, &head, "</ListBucketResult>")
}
