//! The fast way to read a page: one pass, nothing built that is not kept.
//!
//! `None` everywhere means that the page has something unusual, or wrong, and the XML reader is to decide.

use bytes::Bytes;
use memchr::memchr;
use storage_core::{ETag, Key, ListEntry, ObjectEntry, StorageClass};
use storage_http::xml::scan::{Raw, Scanner, once};

use super::Listing;
use crate::wire::keys::{is_encoded, url_decode};
use crate::wire::{KeyDecoding, date, number, parse_flag};

/// More entries than a service is ever asked for; so many are the reader's to count.
const MAX_ENTRIES: usize = 50_000;

/// About as many bytes make an entry; guessed low, so that the entries of a page seldom move.
const ENTRY_BYTES: usize = 256;

/// Reads a page of the usual form.
pub(super) fn scan(page: &Bytes, decoding: KeyDecoding) -> Option<Listing> {
    let mut reader = PageScanner { xml: Scanner::new(page)?, decoding, url: false, scratch: Vec::new() };
    reader.xml.root(b"<ListBucketResult")?;
    let mut listing = reader.listing()?;
    reader.xml.end()?;
    // The marker may stand in front of the element that says how it is encoded.
    if let Some(marker) = listing.marker.take() {
        let marker = reader.decoded(Bytes::from(marker))?;
        listing.marker = Some(String::from_utf8(marker.into()).ok()?);
    }
    Some(listing)
}

struct PageScanner<'a> {
    xml: Scanner<'a>,
    decoding: KeyDecoding,
    /// The page has said that its keys are encoded.
    url: bool,
    scratch: Vec<u8>,
}

/// The fields of an entry.
#[derive(Default)]
struct Fields {
    key: Option<Raw>,
    size: Option<Raw>,
    etag: Option<Raw>,
    modified: Option<Raw>,
    class: Option<Raw>,
}

impl PageScanner<'_> {
    /// Reads the inside of the root element and its end.
    fn listing(&mut self) -> Option<Listing> {
        let mut listing = Listing::default();
        loop {
            match self.xml.tag()? {
                b'C' if self.xml.eat(b"Contents>") => {
                    if listing.objects.capacity() == 0 {
                        let entries = (self.xml.remaining() / ENTRY_BYTES).min(MAX_ENTRIES);
                        listing.objects.reserve(entries.max(4));
                    }
                    let object = self.object()?;
                    listing.objects.push(ListEntry::Object(object));
                }
                b'C' if self.xml.eat(b"CommonPrefixes>") => self.prefixes(&mut listing.prefixes)?,
                b'C' if self.xml.sees(b"Contents") => return None,
                b'I' if self.xml.eat(b"IsTruncated>") => {
                    let raw = self.xml.leaf(b"IsTruncated>")?;
                    if !raw.is_empty() {
                        let flag = parse_flag("IsTruncated", self.xml.plain(raw)?).ok()?;
                        once(&mut listing.truncated, flag)?;
                    }
                }
                b'N' if self.xml.eat(b"NextContinuationToken>") => {
                    self.xml.own(b"NextContinuationToken>", &mut listing.token)?;
                }
                b'N' if self.xml.eat(b"NextMarker>") => {
                    self.xml.own(b"NextMarker>", &mut listing.marker)?;
                }
                b'E' if self.xml.eat(b"EncodingType>") => {
                    let raw = self.xml.leaf(b"EncodingType>")?;
                    self.encoding(raw, &mut listing)?;
                }
                b'/' => return self.xml.eat(b"/ListBucketResult>").then_some(listing),
                _ => self.xml.skip()?,
            }
            if listing.objects.len() + listing.prefixes.len() > MAX_ENTRIES {
                return None;
            }
        }
    }

    /// Reads the inside of `Contents` and its end.
    fn object(&mut self) -> Option<ObjectEntry> {
        let mut fields = Fields::default();
        let xml = &mut self.xml;
        loop {
            match xml.tag()? {
                b'K' if xml.eat(b"Key>") => xml.field(b"Key>", &mut fields.key)?,
                b'L' if xml.eat(b"LastModified>") => xml.field(b"LastModified>", &mut fields.modified)?,
                b'E' if xml.eat(b"ETag>") => xml.field(b"ETag>", &mut fields.etag)?,
                b'S' if xml.eat(b"Size>") => xml.field(b"Size>", &mut fields.size)?,
                b'S' if xml.eat(b"StorageClass>") => xml.field(b"StorageClass>", &mut fields.class)?,
                // These come with every entry and are not kept.
                b'C' if xml.eat(b"ChecksumAlgorithm>") => xml.ignore(b"ChecksumAlgorithm>")?,
                b'C' if xml.eat(b"ChecksumType>") => xml.ignore(b"ChecksumType>")?,
                b'/' if xml.eat(b"/Contents>") => return self.entry(&fields),
                b'/' => return None,
                _ => xml.skip()?,
            }
        }
    }

    fn entry(&mut self, fields: &Fields) -> Option<ObjectEntry> {
        let size = number(self.xml.plain(fields.size?)?)?;
        let key = self.key(fields.key?)?;
        let mut entry = ObjectEntry::new(key, size);
        if let Some(raw) = fields.etag {
            entry.etag = Some(self.etag(raw)?);
        }
        if let Some(raw) = fields.modified {
            entry.last_modified = date(self.xml.plain(raw)?);
        }
        if let Some(raw) = fields.class {
            entry.storage_class = Some(self.class(raw)?);
        }
        Some(entry)
    }

    /// Reads the inside of `CommonPrefixes` and its end.
    fn prefixes(&mut self, prefixes: &mut Vec<ListEntry>) -> Option<()> {
        loop {
            match self.xml.tag()? {
                b'P' if self.xml.eat(b"Prefix>") => {
                    let raw = self.xml.leaf(b"Prefix>")?;
                    if !raw.is_empty() {
                        prefixes.push(ListEntry::Prefix(self.key(raw)?));
                    }
                }
                b'/' => return self.xml.eat(b"/CommonPrefixes>").then_some(()),
                _ => self.xml.skip()?,
            }
        }
    }

    /// Takes note of the encoding, and decodes the keys that came before it: some services send it last.
    fn encoding(&mut self, raw: Raw, listing: &mut Listing) -> Option<()> {
        if raw.is_empty() {
            return Some(());
        }
        if self.url || !self.decoding.applies(Some(self.xml.plain(raw)?)) {
            // Said twice, or something else that may be said again differently.
            return (!self.url && self.decoding == KeyDecoding::Plain).then_some(());
        }
        self.url = true;
        for entry in listing.objects.iter_mut().chain(&mut listing.prefixes) {
            let key = match entry {
                ListEntry::Object(object) => &mut object.key,
                ListEntry::Prefix(prefix) => prefix,
            };
            if is_encoded(key.as_bytes()) {
                *key = Key::from_shared(self.decoded(key.as_bytes().clone())?).ok()?;
            }
        }
        Some(())
    }

    fn key(&mut self, raw: Raw) -> Option<Key> {
        let key = self.xml.shared(raw)?;
        Key::from_shared(self.decoded(key)?).ok()
    }

    fn etag(&mut self, raw: Raw) -> Option<ETag> {
        if !raw.is_escaped() {
            return ETag::from_shared(self.xml.shared(raw)?);
        }
        // AWS escapes the quotes of every tag.
        let text = self.xml.raw(raw)?;
        let inner = text.strip_prefix("&quot;").and_then(|it| it.strip_suffix("&quot;"));
        match inner.filter(|it| memchr(b'&', it.as_bytes()).is_none()) {
            Some(inner) => ETag::from_shared(self.xml.keep([b"\"", inner.as_bytes(), b"\""])),
            None => ETag::from_shared(self.xml.shared(raw)?),
        }
    }

    fn class(&mut self, raw: Raw) -> Option<StorageClass> {
        // Nearly every entry has this one, and a text that lives for ever is not counted.
        if self.xml.raw(raw) == Some("STANDARD") {
            return StorageClass::from_shared(Bytes::from_static(b"STANDARD"));
        }
        StorageClass::from_shared(self.xml.shared(raw)?)
    }

    /// Decodes a key if the page says that it is encoded.
    fn decoded(&mut self, key: Bytes) -> Option<Bytes> {
        if !self.url || !is_encoded(&key) {
            return Some(key);
        }
        self.scratch.clear();
        url_decode(&key, &mut self.scratch);
        Some(self.xml.keep([&self.scratch]))
    }
}
