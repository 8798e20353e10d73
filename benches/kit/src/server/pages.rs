//! Pages of listings, patched together from a template.

use super::request::Request;

/// How many entries a page has at most.
const MOST: u64 = 1000;
const BEFORE: &str = "<Contents><Key>data/obj-4096-";
const BEHIND: &str = "</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>\
    <ETag>&quot;9b2cf535f27731c974343645a3985328&quot;</ETag>\
    <ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>\
    <Size>4096</Size><StorageClass>STANDARD</StorageClass></Contents>";
/// The digits of an entry's number: those of the page, and those within it.
const DIGITS: usize = 9;
const DIGITS_OF_PAGE: usize = 6;
const ENTRY: usize = BEFORE.len() + DIGITS + BEHIND.len();

/// The first thousand entries, from which all others differ by some digits.
pub(super) struct Pages(Vec<u8>);

impl Pages {
    pub(super) fn new() -> Self {
        Self((0..MOST).flat_map(|number| format!("{BEFORE}{number:09}{BEHIND}").into_bytes()).collect())
    }

    /// Writes the page that a request asks for: from the first key, behind a key, or from a token on.
    pub(super) fn page(&self, request: &Request) -> Vec<u8> {
        let total = request.bucket.strip_prefix("list-").and_then(|it| it.parse().ok()).unwrap_or(0);
        let token = request.parameter("continuation-token").and_then(|it| it.parse().ok());
        let behind = request.parameter("start-after").or_else(|| request.parameter("marker"));
        let behind = behind.and_then(|it| it.rsplit('-').next()?.parse::<u64>().ok());
        let start: u64 = token.or(behind.map(|it| it + 1)).unwrap_or(0).min(total);
        // Only whole pages are patched; nothing here asks for others.
        let end = (start - start % MOST + MOST).min(total);
        let mut out = Vec::with_capacity(ENTRY * MOST as usize + 512);
        out.extend_from_slice(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>");
        out.extend_from_slice(request.bucket.as_bytes());
        let head = format!(
            "</Name><Prefix></Prefix><EncodingType>url</EncodingType><MaxKeys>{MOST}</MaxKeys>\
             <KeyCount>{}</KeyCount><IsTruncated>{}</IsTruncated>",
            end - start,
            end < total,
        );
        out.extend_from_slice(head.as_bytes());
        if end < total {
            let next = format!("<NextContinuationToken>{end}</NextContinuationToken>");
            out.extend_from_slice(next.as_bytes());
        }
        self.entries(start, end, &mut out);
        out.extend_from_slice(b"</ListBucketResult>");
        out
    }

    fn entries(&self, start: u64, end: u64, out: &mut Vec<u8>) {
        let first = out.len();
        let (from, to) = ((start % MOST) as usize, (start % MOST + end - start) as usize);
        out.extend_from_slice(&self.0[from * ENTRY..to * ENTRY]);
        let page = format!("{:06}", start / MOST);
        for entry in out[first..].chunks_exact_mut(ENTRY) {
            entry[BEFORE.len()..BEFORE.len() + DIGITS_OF_PAGE].copy_from_slice(page.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_hold_every_key_once() {
        let pages = Pages::new();
        let (mut target, mut keys) = ("/list-2500?list-type=2".to_owned(), 0);
        loop {
            let head = format!("GET {target} HTTP/1.1\r\n\r\n");
            let (_, request) = Request::parse(head.as_bytes()).unwrap().unwrap();
            let text = String::from_utf8(pages.page(&request)).unwrap();
            for key in text.split("<Key>").skip(1) {
                assert!(key.starts_with(&format!("data/obj-4096-{keys:09}<")), "{key}");
                keys += 1;
            }
            let Some(next) = text.split("<NextContinuationToken>").nth(1) else { break };
            let token = next.split('<').next().unwrap();
            target = format!("/list-2500?list-type=2&continuation-token={token}");
        }
        assert_eq!(keys, 2500);
    }
}
