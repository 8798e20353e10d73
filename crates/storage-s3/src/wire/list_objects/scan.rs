//! The fast way to read a page: one pass, nothing built that is not kept.
//!
//! `None` everywhere means that the page has something unusual, or wrong, and the XML reader is to decide.

use bytes::{Bytes, BytesMut};
use memchr::{memchr, memchr2};
use storage_core::{ETag, Key, ListEntry, ObjectEntry, StorageClass};
use storage_http::xml::{self, MAX_DEPTH};

use super::Listing;
use crate::wire::keys::{is_encoded, url_decode};
use crate::wire::{KeyDecoding, date, number, parse_flag};

/// More entries than a service is ever asked for; so many are the reader's to count.
const MAX_ENTRIES: usize = 50_000;

/// About as many bytes make an entry; guessed low, so that the entries of a page seldom move.
const ENTRY_BYTES: usize = 256;

/// How deep elements may be nested inside the root and one more element.
const DEEPEST: usize = MAX_DEPTH - 2;

/// Reads a page of the usual form.
pub(super) fn scan(page: &Bytes, decoding: KeyDecoding) -> Option<Listing> {
    let text = std::str::from_utf8(page).ok()?;
    let arena = BytesMut::with_capacity((text.len() / 8).clamp(256, 64 * 1024));
    let mut scanner = Scanner {
        page,
        text,
        rest: text.as_bytes(),
        open: [&[]; DEEPEST],
        arena,
        decoding,
        url: false,
        scratch: Vec::new(),
    };
    scanner.begin()?;
    let mut listing = scanner.listing()?;
    scanner.end()?;
    // The marker may stand in front of the element that says how it is encoded.
    if let Some(marker) = listing.marker.take() {
        let marker = scanner.decoded(Bytes::from(marker))?;
        listing.marker = Some(String::from_utf8(marker.into()).ok()?);
    }
    Some(listing)
}

struct Scanner<'a> {
    page: &'a Bytes,
    text: &'a str,
    /// What is still to be read.
    rest: &'a [u8],
    /// The names of the elements that are being skipped.
    open: [&'a [u8]; DEEPEST],
    /// Where texts go that are no slices of the page, so that they cost no allocation each.
    arena: BytesMut,
    decoding: KeyDecoding,
    /// The page has said that its keys are encoded.
    url: bool,
    scratch: Vec<u8>,
}

/// A text as it stands in the page.
#[derive(Clone, Copy)]
struct Raw {
    start: usize,
    end: usize,
    escaped: bool,
}

impl Raw {
    fn is_empty(self) -> bool {
        self.start == self.end
    }
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

impl<'a> Scanner<'a> {
    /// Reads up to the inside of the root element.
    fn begin(&mut self) -> Option<()> {
        self.blanks();
        if self.eat(b"<?xml ") {
            let (inside, behind) = split(b'>', self.rest)?;
            if !inside.ends_with(b"?") {
                return None;
            }
            self.rest = behind;
            self.blanks();
        }
        if !self.eat(b"<ListBucketResult") {
            return None;
        }
        if self.eat(b" xmlns=\"") {
            let (address, behind) = split(b'"', self.rest)?;
            if address.iter().any(|it| matches!(it, b'<' | b'>' | b'&' | b'\'')) {
                return None;
            }
            self.rest = behind;
        }
        self.eat(b">").then_some(())
    }

    /// Reads the inside of the root element and its end.
    fn listing(&mut self) -> Option<Listing> {
        let mut listing = Listing::default();
        loop {
            match self.tag()? {
                b'C' if self.eat(b"Contents>") => {
                    if listing.objects.capacity() == 0 {
                        let entries = (self.rest.len() / ENTRY_BYTES).min(MAX_ENTRIES);
                        listing.objects.reserve(entries.max(4));
                    }
                    let object = self.object()?;
                    listing.objects.push(ListEntry::Object(object));
                }
                b'C' if self.eat(b"CommonPrefixes>") => self.prefixes(&mut listing.prefixes)?,
                b'C' if self.rest.starts_with(b"Contents") => return None,
                b'I' if self.eat(b"IsTruncated>") => {
                    let raw = self.leaf(b"IsTruncated>")?;
                    if !raw.is_empty() {
                        once(&mut listing.truncated, parse_flag("IsTruncated", self.plain(raw)?).ok()?)?;
                    }
                }
                b'N' if self.eat(b"NextContinuationToken>") => {
                    let raw = self.leaf(b"NextContinuationToken>")?;
                    self.own(raw, &mut listing.token)?;
                }
                b'N' if self.eat(b"NextMarker>") => {
                    let raw = self.leaf(b"NextMarker>")?;
                    self.own(raw, &mut listing.marker)?;
                }
                b'E' if self.eat(b"EncodingType>") => {
                    let raw = self.leaf(b"EncodingType>")?;
                    self.encoding(raw, &mut listing)?;
                }
                b'/' => return self.eat(b"/ListBucketResult>").then_some(listing),
                _ => self.skip()?,
            }
            if listing.objects.len() + listing.prefixes.len() > MAX_ENTRIES {
                return None;
            }
        }
    }

    fn end(&mut self) -> Option<()> {
        self.blanks();
        self.rest.is_empty().then_some(())
    }

    /// Reads the inside of `Contents` and its end.
    fn object(&mut self) -> Option<ObjectEntry> {
        let mut fields = Fields::default();
        loop {
            match self.tag()? {
                b'K' if self.eat(b"Key>") => self.field(b"Key>", &mut fields.key)?,
                b'L' if self.eat(b"LastModified>") => self.field(b"LastModified>", &mut fields.modified)?,
                b'E' if self.eat(b"ETag>") => self.field(b"ETag>", &mut fields.etag)?,
                b'S' if self.eat(b"Size>") => self.field(b"Size>", &mut fields.size)?,
                b'S' if self.eat(b"StorageClass>") => self.field(b"StorageClass>", &mut fields.class)?,
                // These come with every entry and are not kept.
                b'C' if self.eat(b"ChecksumAlgorithm>") => self.ignore(b"ChecksumAlgorithm>")?,
                b'C' if self.eat(b"ChecksumType>") => self.ignore(b"ChecksumType>")?,
                b'/' if self.eat(b"/Contents>") => return self.entry(&fields),
                b'/' => return None,
                _ => self.skip()?,
            }
        }
    }

    fn entry(&mut self, fields: &Fields) -> Option<ObjectEntry> {
        let size = number(self.plain(fields.size?)?)?;
        let key = self.key(fields.key?)?;
        let mut entry = ObjectEntry::new(key, size);
        if let Some(raw) = fields.etag {
            entry.etag = Some(self.etag(raw)?);
        }
        if let Some(raw) = fields.modified {
            entry.last_modified = date(self.plain(raw)?);
        }
        if let Some(raw) = fields.class {
            entry.storage_class = Some(self.class(raw)?);
        }
        Some(entry)
    }

    /// Reads the inside of `CommonPrefixes` and its end.
    fn prefixes(&mut self, prefixes: &mut Vec<ListEntry>) -> Option<()> {
        loop {
            match self.tag()? {
                b'P' if self.eat(b"Prefix>") => {
                    let raw = self.leaf(b"Prefix>")?;
                    if !raw.is_empty() {
                        prefixes.push(ListEntry::Prefix(self.key(raw)?));
                    }
                }
                b'/' => return self.eat(b"/CommonPrefixes>").then_some(()),
                _ => self.skip()?,
            }
        }
    }

    /// Takes note of the encoding, and decodes the keys that came before it: some services send it last.
    fn encoding(&mut self, raw: Raw, listing: &mut Listing) -> Option<()> {
        if raw.is_empty() {
            return Some(());
        }
        if self.url || !self.decoding.applies(Some(self.plain(raw)?)) {
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

    fn ignore<const N: usize>(&mut self, tag: &[u8; N]) -> Option<()> {
        let raw = self.leaf(tag)?;
        // References are checked even where nobody looks.
        (!raw.escaped).then_some(())
    }

    fn field<const N: usize>(&mut self, tag: &[u8; N], slot: &mut Option<Raw>) -> Option<()> {
        let raw = self.leaf(tag)?;
        if raw.is_empty() { Some(()) } else { once(slot, raw) }
    }

    fn own(&mut self, raw: Raw, slot: &mut Option<String>) -> Option<()> {
        if raw.is_empty() {
            return Some(());
        }
        let text = xml::unescape(self.text.get(raw.start..raw.end)?)?;
        once(slot, text.into_owned())
    }

    fn key(&mut self, raw: Raw) -> Option<Key> {
        let key = self.shared(raw)?;
        Key::from_shared(self.decoded(key)?).ok()
    }

    fn etag(&mut self, raw: Raw) -> Option<ETag> {
        if !raw.escaped {
            return ETag::from_shared(self.page.slice(raw.start..raw.end));
        }
        // AWS escapes the quotes of every tag.
        let text = self.text.get(raw.start..raw.end)?;
        let inner = text.strip_prefix("&quot;").and_then(|it| it.strip_suffix("&quot;"));
        match inner.filter(|it| memchr(b'&', it.as_bytes()).is_none()) {
            Some(inner) => {
                for piece in ["\"", inner, "\""] {
                    self.arena.extend_from_slice(piece.as_bytes());
                }
                ETag::from_shared(self.arena.split().freeze())
            }
            None => ETag::from_shared(self.shared(raw)?),
        }
    }

    fn class(&mut self, raw: Raw) -> Option<StorageClass> {
        // Nearly every entry has this one, and a text that lives for ever is not counted.
        if self.text.get(raw.start..raw.end) == Some("STANDARD") {
            return StorageClass::from_shared(Bytes::from_static(b"STANDARD"));
        }
        StorageClass::from_shared(self.shared(raw)?)
    }

    /// Returns a text as a slice of the page, or of the arena when references had to be replaced.
    fn shared(&mut self, raw: Raw) -> Option<Bytes> {
        if !raw.escaped {
            // Both ends lie in the page: they were found there.
            return Some(self.page.slice(raw.start..raw.end));
        }
        let text = xml::unescape(self.text.get(raw.start..raw.end)?)?;
        self.arena.extend_from_slice(text.as_bytes());
        Some(self.arena.split().freeze())
    }

    /// Decodes a key if the page says that it is encoded.
    fn decoded(&mut self, key: Bytes) -> Option<Bytes> {
        if !self.url || !is_encoded(&key) {
            return Some(key);
        }
        self.scratch.clear();
        url_decode(&key, &mut self.scratch);
        self.arena.extend_from_slice(&self.scratch);
        Some(self.arena.split().freeze())
    }

    /// Returns a text that has no references.
    fn plain(&self, raw: Raw) -> Option<&'a str> {
        if raw.escaped { None } else { self.text.get(raw.start..raw.end) }
    }

    /// Reads the text of an element and its end; `tag` is its name with the bracket.
    fn leaf<const N: usize>(&mut self, tag: &[u8; N]) -> Option<Raw> {
        let start = self.text.len() - self.rest.len();
        let (len, escaped) = text_len(self.rest)?;
        let behind = strip(self.rest.get(len..)?, b"</")?;
        self.rest = strip(behind, tag)?;
        Some(Raw { start, end: start + len, escaped })
    }

    /// Reads an element that nobody asked for, with everything in it, from behind its bracket.
    fn skip(&mut self) -> Option<()> {
        let mut depth = 0;
        loop {
            if self.eat(b"/") {
                depth = usize::checked_sub(depth, 1)?;
                self.rest = self.rest.strip_prefix(*self.open.get(depth)?)?;
                if !self.eat(b">") {
                    return None;
                }
            } else {
                let name = self.name()?;
                if self.eat(b">") {
                    *self.open.get_mut(depth)? = name;
                    depth += 1;
                } else if depth == DEEPEST || !self.eat(b"/>") {
                    return None;
                }
            }
            if depth == 0 {
                return Some(());
            }
            let (len, escaped) = text_len(self.rest)?;
            let (text, behind) = self.rest.split_at_checked(len)?;
            if escaped {
                xml::unescape(std::str::from_utf8(text).ok()?)?;
            }
            self.rest = strip(behind, b"<")?;
        }
    }

    /// Reads a name without prefix.
    fn name(&mut self) -> Option<&'a [u8]> {
        let len = self.rest.iter().position(|it| !it.is_ascii_alphanumeric())?;
        let (name, behind) = self.rest.split_at_checked(len)?;
        self.rest = behind;
        (!name.is_empty()).then_some(name)
    }

    /// Passes blanks and the bracket of a tag, and looks at what follows.
    fn tag(&mut self) -> Option<u8> {
        self.blanks();
        self.rest = strip(self.rest, b"<")?;
        self.rest.first().copied()
    }

    fn blanks(&mut self) {
        while let [b' ' | b'\t' | b'\r' | b'\n', behind @ ..] = self.rest {
            self.rest = behind;
        }
    }

    fn eat<const N: usize>(&mut self, what: &[u8; N]) -> bool {
        match strip(self.rest, what) {
            Some(behind) => {
                self.rest = behind;
                true
            }
            None => false,
        }
    }
}

/// Takes a start of known length away, which compares words and calls nothing.
fn strip<'t, const N: usize>(text: &'t [u8], start: &[u8; N]) -> Option<&'t [u8]> {
    let (found, behind) = text.split_first_chunk::<N>()?;
    (found == start).then_some(behind)
}

/// Returns what stands before a byte and what behind.
fn split(at: u8, text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (before, from) = text.split_at_checked(memchr(at, text)?)?;
    Some((before, from.get(1..)?))
}

/// Returns the length of the text up to the next tag, and whether it has references.
fn text_len(rest: &[u8]) -> Option<(usize, bool)> {
    let len = memchr2(b'<', b'&', rest)?;
    let from = rest.get(len..)?;
    if from.first() == Some(&b'<') {
        return Some((len, false));
    }
    Some((len + memchr(b'<', from)?, true))
}

/// Fills a slot that must be empty: what a page says twice is not for a scanner to judge.
fn once<T>(slot: &mut Option<T>, value: T) -> Option<()> {
    slot.replace(value).is_none().then_some(())
}
