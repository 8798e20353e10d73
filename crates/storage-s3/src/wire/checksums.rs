//! Checksums in bodies: one element for each algorithm, in Base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use storage_core::{Checksum, ChecksumAlgorithm, Checksums};
use storage_http::xml::{Element, Writer};

/// The algorithms that S3 has elements for.
const ELEMENTS: [(&str, ChecksumAlgorithm); 5] = [
    ("ChecksumCRC32", ChecksumAlgorithm::Crc32),
    ("ChecksumCRC32C", ChecksumAlgorithm::Crc32c),
    ("ChecksumCRC64NVME", ChecksumAlgorithm::Crc64Nvme),
    ("ChecksumSHA1", ChecksumAlgorithm::Sha1),
    ("ChecksumSHA256", ChecksumAlgorithm::Sha256),
];

/// The checksums of an answer, told apart by what they are made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ObjectChecksums {
    /// Those over the content.
    pub(crate) whole: Checksums,
    /// Those over the checksums of the parts, with the number of parts where it is told.
    pub(crate) composite: Vec<(Checksum, Option<u32>)>,
}

impl ObjectChecksums {
    /// Reads the elements that there are. A value of another form is left out: nothing can be compared with it.
    pub(crate) fn from_element(element: &Element<'_>) -> Self {
        let composite = element.filled("ChecksumType").is_some_and(|it| it.trim_ascii() == "COMPOSITE");
        let mut all = Self::default();
        for (name, algorithm) in ELEMENTS {
            let Some((checksum, parts)) = element.filled(name).and_then(|text| parse(algorithm, text)) else {
                continue;
            };
            if composite || parts.is_some() {
                all.composite.push((checksum, parts));
            } else {
                all.whole.insert(checksum);
            }
        }
        all
    }
}

/// Reads `Base64`, or `Base64-N` of an object in N parts.
fn parse(algorithm: ChecksumAlgorithm, text: &str) -> Option<(Checksum, Option<u32>)> {
    let (value, parts) = match text.trim_ascii().split_once('-') {
        Some((value, parts)) => (value, Some(parts.parse().ok()?)),
        None => (text.trim_ascii(), None),
    };
    Some((Checksum::new(algorithm, &STANDARD.decode(value).ok()?)?, parts))
}

/// Writes the element of a checksum; algorithms that S3 has no element for are left out.
pub(super) fn write(writer: &mut Writer, checksum: Checksum) {
    if let Some((name, _)) = ELEMENTS.iter().find(|(_, it)| *it == checksum.algorithm()) {
        writer.text(name, &STANDARD.encode(checksum.value()));
    }
}

#[cfg(test)]
mod tests {
    use storage_http::xml;

    use super::*;

    #[test]
    fn whole_and_composite_values_are_told_apart() {
        let read = |body: &str| ObjectChecksums::from_element(&xml::parse(body.as_bytes()).unwrap());
        // The check value of CRC-64/NVME, over `123456789`.
        let nvme = ChecksumAlgorithm::Crc64Nvme.of(b"123456789");
        let whole = read(
            "<R><ChecksumCRC64NVME>rosUhgp5mIg=</ChecksumCRC64NVME><ChecksumType>FULL_OBJECT</ChecksumType></R>",
        );
        assert_eq!(whole.whole.cheapest(), Some(nvme));
        assert!(whole.composite.is_empty());

        let suffix = read("<R><ChecksumCRC32C>4waSgw==-3</ChecksumCRC32C></R>");
        assert!(suffix.whole.is_empty());
        assert_eq!(suffix.composite, [(ChecksumAlgorithm::Crc32c.of(b"123456789"), Some(3))]);
        let named =
            read("<R><ChecksumCRC32C>4waSgw==</ChecksumCRC32C><ChecksumType>COMPOSITE</ChecksumType></R>");
        assert_eq!(named.composite, [(ChecksumAlgorithm::Crc32c.of(b"123456789"), None)]);

        for odd in ["", "not base64", "4waSgw", "4waSgw==-", "4waSgw==-x", "AAAA"] {
            assert_eq!(
                read(&format!("<R><ChecksumCRC32C>{odd}</ChecksumCRC32C></R>")),
                ObjectChecksums::default()
            );
        }
    }

    #[test]
    fn values_are_written_as_they_are_read() {
        for (name, algorithm) in ELEMENTS {
            let mut writer = Writer::new("R", None);
            write(&mut writer, algorithm.of(b"x"));
            let body = writer.finish();
            let root = xml::parse(&body).unwrap();
            assert!(root.child(name).is_some());
            assert_eq!(ObjectChecksums::from_element(&root).whole.get(algorithm), Some(algorithm.of(b"x")));
        }
    }
}
