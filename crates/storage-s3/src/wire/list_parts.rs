//! The parts of an upload: [`ListParts`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html).

use storage_core::groups::PartInfo;
use storage_core::{ETag, Page, PageToken, PartNumber, Result};
use storage_http::xml::Element;

use super::checksums::ObjectChecksums;
use super::{Body, flag, number, read_one_of, unexpected};

/// Reads a page of parts.
pub(crate) fn parse(body: &[u8]) -> Result<Body<Page<PartInfo>>> {
    read_one_of(body, "ListPartsResult", &["ListPartsResponse"])?.map(|root| {
        let parts = root.children("Part").map(part).collect::<Result<_>>()?;
        let next = match flag(&root, "IsTruncated")? {
            Some(true) => Some(
                root.filled("NextPartNumberMarker")
                    .map(PageToken::from)
                    .ok_or_else(|| unexpected("the answer says that the listing goes on, and not where"))?,
            ),
            _ => None,
        };
        Ok(Page::new(parts, next))
    })
}

fn part(part: &Element<'_>) -> Result<PartInfo> {
    let field = |name| part.filled(name).and_then(number);
    let missing = |name| unexpected(format!("the answer lists a part without a valid `{name}`"));
    let at = field("PartNumber").and_then(|it| PartNumber::new(it.try_into().ok()?));
    let at = at.ok_or_else(|| missing("PartNumber"))?;
    let size = field("Size").ok_or_else(|| missing("Size"))?;
    let etag = part.filled("ETag").ok_or_else(|| missing("ETag"))?;
    // Whatever the type that the whole upload has, a part's checksum is over the part.
    let checksums = ObjectChecksums::from_element(part).whole;
    Ok(PartInfo::new(at, size, ETag::from(etag), checksums))
}

#[cfg(test)]
mod tests {
    use storage_core::ChecksumAlgorithm;

    use super::*;
    use crate::wire::testing::{failed, ok};

    const PAGE: &str = r#"<ListPartsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Bucket>b</Bucket><Key>k</Key><UploadId>XXBs</UploadId><PartNumberMarker>1</PartNumberMarker><NextPartNumberMarker>3</NextPartNumberMarker><MaxParts>2</MaxParts><IsTruncated>true</IsTruncated><ChecksumAlgorithm>CRC32C</ChecksumAlgorithm><ChecksumType>COMPOSITE</ChecksumType><Part><PartNumber>2</PartNumber><LastModified>2026-11-10T20:48:34.000Z</LastModified><ETag>"7778"</ETag><Size>10485760</Size><ChecksumCRC32C>4waSgw==</ChecksumCRC32C></Part><Part><PartNumber>3</PartNumber><ETag>"aaaa"</ETag><Size>9</Size></Part></ListPartsResult>"#;

    #[test]
    fn parts_are_read_with_their_checksums() {
        let page = ok(parse(PAGE.as_bytes()));
        assert_eq!(page.next.as_deref(), Some("3"));
        assert_eq!(page.items.len(), 2);
        assert_eq!((page.items[0].number.get(), page.items[0].size), (2, 10 << 20));
        assert_eq!(page.items[0].checksums.cheapest(), Some(ChecksumAlgorithm::Crc32c.of(b"123456789")));
        assert!(page.items[1].checksums.is_empty());
        let renamed = PAGE.replace("ListPartsResult", "ListPartsResponse");
        assert_eq!(ok(parse(renamed.as_bytes())).items.len(), 2);
    }

    #[test]
    fn fault_103_parts_without_sense_are_refused() {
        for (from, to) in [
            (">2</PartNumber>", ">0</PartNumber>"),
            (">2</PartNumber>", ">4294967296</PartNumber>"),
            (">9<", ">-9<"),
            ("<ETag>\"aaaa\"</ETag>", ""),
            ("<NextPartNumberMarker>3</NextPartNumberMarker>", ""),
        ] {
            assert!(parse(PAGE.replace(from, to).as_bytes()).is_err(), "{from} {to}");
        }
        assert_eq!(failed(parse(b"<Error><Code>NoSuchUpload</Code></Error>")), "NoSuchUpload");
    }
}
