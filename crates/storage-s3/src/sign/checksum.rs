//! Checksums as S3 writes them in headers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName};
use storage_core::{Checksum, ChecksumAlgorithm, Checksums};

const X_AMZ_CHECKSUM_TYPE: HeaderName = HeaderName::from_static("x-amz-checksum-type");

/// Returns the header that carries a checksum; `None` for MD5, which goes in `content-md5`.
pub(crate) fn header_name(algorithm: ChecksumAlgorithm) -> Option<HeaderName> {
    match algorithm {
        ChecksumAlgorithm::Crc32c => Some(const { HeaderName::from_static("x-amz-checksum-crc32c") }),
        ChecksumAlgorithm::Crc64Nvme => Some(const { HeaderName::from_static("x-amz-checksum-crc64nvme") }),
        ChecksumAlgorithm::Crc32 => Some(const { HeaderName::from_static("x-amz-checksum-crc32") }),
        ChecksumAlgorithm::Sha1 => Some(const { HeaderName::from_static("x-amz-checksum-sha1") }),
        ChecksumAlgorithm::Sha256 => Some(const { HeaderName::from_static("x-amz-checksum-sha256") }),
        _ => None,
    }
}

/// Writes the value of a checksum.
pub(crate) fn encode(checksum: &Checksum) -> String {
    STANDARD.encode(checksum.value())
}

/// Returns the length of what [`encode`] writes.
pub(crate) fn encoded_len(algorithm: ChecksumAlgorithm) -> usize {
    algorithm.output_len().div_ceil(3) * 4
}

/// Reads the value of a checksum.
///
/// `None` for one that is not over the content: S3 gives `…-7` for the checksum of the checksums of seven parts.
pub(crate) fn parse(algorithm: ChecksumAlgorithm, text: &str) -> Option<Checksum> {
    Checksum::new(algorithm, &STANDARD.decode(text).ok()?)
}

/// Reads the checksums over the whole content from the headers of an answer.
pub(crate) fn of_headers(headers: &HeaderMap) -> Checksums {
    let mut found = Checksums::new();
    if headers.get(X_AMZ_CHECKSUM_TYPE).is_some_and(|it| it.as_bytes().eq_ignore_ascii_case(b"COMPOSITE")) {
        return found;
    }
    for algorithm in ChecksumAlgorithm::ALL {
        let value = header_name(algorithm).and_then(|name| headers.get(name)?.to_str().ok());
        if let Some(checksum) = value.and_then(|text| parse(algorithm, text)) {
            found.insert(checksum);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn composite_values_are_no_checksums() {
        let whole = parse(ChecksumAlgorithm::Crc32c, "sOO8/Q==").unwrap();
        assert_eq!(whole.to_string(), "crc32c:b0e3bcfd");
        for text in ["sOO8/Q==-7", "sOO8/Q", "sOO8", "", "\u{fc}"] {
            assert_eq!(parse(ChecksumAlgorithm::Crc32c, text), None, "{text}");
        }
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-checksum-crc32c", HeaderValue::from_static("sOO8/Q=="));
        headers.insert("x-amz-checksum-sha1", HeaderValue::from_static("broken"));
        assert_eq!(of_headers(&headers), Checksums::from(whole));
        headers.insert("x-amz-checksum-type", HeaderValue::from_static("COMPOSITE"));
        assert!(of_headers(&headers).is_empty());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(content: Vec<u8>) {
            for algorithm in ChecksumAlgorithm::ALL {
                let checksum = algorithm.of(&content);
                let text = encode(&checksum);
                prop_assert_eq!(text.len(), encoded_len(algorithm));
                prop_assert_eq!(parse(algorithm, &text), Some(checksum));
                prop_assert_eq!(header_name(algorithm).is_none(), algorithm == ChecksumAlgorithm::Md5);
            }
        }
    }
}
