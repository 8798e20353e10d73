//! What is kept of an object beside its content, and its form on disk.

use std::collections::BTreeMap;

use storage_core::groups::MetadataUpdate;
use storage_core::{
    Checksum, ChecksumAlgorithm, Checksums, Error, ErrorKind, Metadata, ObjectInfo, PutOptions, Result,
};

use crate::sys::Stat;

const VERSION: u8 = 1;

/// What is kept of an object beside its content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub(crate) content_type: Option<String>,
    pub(crate) content_encoding: Option<String>,
    pub(crate) content_disposition: Option<String>,
    pub(crate) content_language: Option<String>,
    pub(crate) cache_control: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) metadata: Metadata,
    pub(crate) tags: BTreeMap<String, String>,
    /// Over the content that the file had when they were written.
    pub(crate) checksums: Checksums,
}

impl Attributes {
    /// Takes what a write keeps.
    pub(crate) fn of(options: &PutOptions) -> Self {
        Self {
            content_type: options.content_type.clone(),
            content_encoding: options.content_encoding.clone(),
            content_disposition: options.content_disposition.clone(),
            content_language: options.content_language.clone(),
            cache_control: options.cache_control.clone(),
            nonce: options.nonce.clone(),
            metadata: options.metadata.clone(),
            tags: options.tag.clone(),
            checksums: Checksums::new(),
        }
    }

    /// Tells whether there is nothing to keep.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Changes what an update gives.
    pub(crate) fn update(&mut self, update: &MetadataUpdate) {
        let fields = [
            (&mut self.content_type, &update.content_type),
            (&mut self.content_encoding, &update.content_encoding),
            (&mut self.content_disposition, &update.content_disposition),
            (&mut self.content_language, &update.content_language),
            (&mut self.cache_control, &update.cache_control),
        ];
        for (field, new) in fields {
            if new.is_some() {
                field.clone_from(new);
            }
        }
        self.metadata.clone_from(&update.metadata);
    }

    /// Moves everything into an info.
    pub(crate) fn fill(self, info: &mut ObjectInfo) {
        info.checksums = self.checksums;
        info.content_type = self.content_type;
        info.content_encoding = self.content_encoding;
        info.content_disposition = self.content_disposition;
        info.content_language = self.content_language;
        info.cache_control = self.cache_control;
        info.metadata = self.metadata;
        if let Some(nonce) = self.nonce {
            info.service_fields.insert(NONCE_FIELD.to_owned(), nonce);
        }
    }

    /// Writes the form on disk, tied to the content by its size and time.
    pub(crate) fn encode(&self, stat: &Stat) -> Vec<u8> {
        let mut out = Writer(Vec::with_capacity(96));
        out.0.push(VERSION);
        out.0.extend(stat.size.to_le_bytes());
        out.0.extend(stat.mtime.to_le_bytes());
        let texts = [
            (1, &self.content_type),
            (2, &self.content_encoding),
            (3, &self.content_disposition),
            (4, &self.content_language),
            (5, &self.cache_control),
            (6, &self.nonce),
        ];
        for (field, text) in texts {
            if let Some(text) = text {
                out.field(field, text.as_bytes());
            }
        }
        for (name, value) in self.metadata.iter() {
            out.field(7, name.as_bytes());
            out.bytes(value.as_bytes());
        }
        for (name, value) in &self.tags {
            out.field(8, name.as_bytes());
            out.bytes(value.as_bytes());
        }
        for checksum in self.checksums.iter() {
            out.field(9, checksum.algorithm().name().as_bytes());
            out.bytes(checksum.value());
        }
        out.0
    }

    /// Reads the form on disk. Checksums of other content than the file has now are left out.
    pub(crate) fn decode(bytes: &[u8], stat: &Stat) -> Result<Self> {
        Self::read(Reader(bytes), stat).ok_or_else(|| {
            Error::new(
                ErrorKind::UnexpectedResponse,
                "the attribute `user.storage` of the file can't be read; a newer version or another program wrote it",
            )
        })
    }

    fn read(mut from: Reader<'_>, stat: &Stat) -> Option<Self> {
        if from.byte()? != VERSION {
            return None;
        }
        let size = u64::from_le_bytes(from.array()?);
        let mtime = i64::from_le_bytes(from.array()?);
        let mut all = Self::default();
        while !from.0.is_empty() {
            match from.byte()? {
                1 => all.content_type = Some(from.text()?),
                2 => all.content_encoding = Some(from.text()?),
                3 => all.content_disposition = Some(from.text()?),
                4 => all.content_language = Some(from.text()?),
                5 => all.cache_control = Some(from.text()?),
                6 => all.nonce = Some(from.text()?),
                7 => all.metadata.insert(from.text()?, from.text()?),
                8 => drop(all.tags.insert(from.text()?, from.text()?)),
                9 => {
                    let algorithm = ChecksumAlgorithm::parse(&from.text()?).ok()?;
                    all.checksums.insert(Checksum::new(algorithm, from.bytes()?)?);
                }
                _ => return None,
            }
        }
        if (size, mtime) != (stat.size, stat.mtime) {
            all.checksums = Checksums::new();
        }
        Some(all)
    }
}

/// Under which name the nonce of a write appears among the fields of the service.
pub(crate) const NONCE_FIELD: &str = "nonce";

/// Puts fields of any length one behind the other.
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    fn field(&mut self, field: u8, bytes: &[u8]) {
        self.0.push(field);
        self.bytes(bytes);
    }

    /// Appends bytes with their length in front, seven bits a byte.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        let mut len = bytes.len();
        while len > 0x7f {
            self.0.push((len & 0x7f) as u8 | 0x80);
            len >>= 7;
        }
        self.0.push(len as u8);
        self.0.extend_from_slice(bytes);
    }
}

/// Takes fields of any length one after the other.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    /// Takes bytes with their length in front.
    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let mut len = 0_usize;
        for shift in (0..28).step_by(7) {
            let byte = self.byte()?;
            len |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let (bytes, rest) = self.0.split_at_checked(len)?;
                self.0 = rest;
                return Some(bytes);
            }
        }
        None
    }

    /// Takes text with its length in front.
    pub(crate) fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sys::FileKind;

    const STAT: Stat = Stat { kind: FileKind::File, dev: 1, ino: 2, links: 1, size: 3, mtime: 4 };

    proptest! {
        #[test]
        fn attributes_round_trip(
            texts in prop::collection::vec(prop::option::of(".{0,200}"), 6),
            metadata in prop::collection::btree_map("[a-z]{1,9}", ".{0,20}", 0..5),
            tags in prop::collection::btree_map(".{0,9}", ".{0,20}", 0..5),
            content: Vec<u8>,
        ) {
            let text = |at: usize| texts[at].clone();
            let all = Attributes {
                content_type: text(0),
                content_encoding: text(1),
                content_disposition: text(2),
                content_language: text(3),
                cache_control: text(4),
                nonce: text(5),
                metadata: metadata.into_iter().collect(),
                tags,
                checksums: ChecksumAlgorithm::Crc64Nvme.of(&content).into(),
            };
            let encoded = all.encode(&STAT);
            prop_assert_eq!(&Attributes::decode(&encoded, &STAT).unwrap(), &all);
            // Content that somebody else has changed since has no checksum.
            let edited = Attributes::decode(&encoded, &Stat { mtime: 5, ..STAT }).unwrap();
            prop_assert!(edited.checksums.is_empty());
            prop_assert_eq!(edited.metadata, all.metadata);
        }

        #[test]
        fn fault_174_any_bytes_end_in_attributes_or_an_error(bytes: Vec<u8>, version in 0u8..3) {
            let bytes = [&[version][..], &bytes].concat();
            if let Err(error) = Attributes::decode(&bytes, &STAT) {
                prop_assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
            }
        }
    }
}
