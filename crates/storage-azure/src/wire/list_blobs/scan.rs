//! The fast way to read a page: one pass, nothing built that is not kept.
//!
//! `None` everywhere means that the page has something unusual, or wrong, and the XML reader is to decide.

use bytes::Bytes;
use storage_core::{ETag, Key, ListEntry, ObjectEntry, StorageClass};
use storage_http::dates::parse_http;
use storage_http::decode_percent;
use storage_http::headers::number;
use storage_http::xml::scan::{Raw, Scanner, fill, once};

use super::Listing;

/// More entries than a service is ever asked for; so many are the reader's to count.
const MAX_ENTRIES: usize = 10_000;

/// About as many bytes make an entry; guessed low, so that the entries of a page seldom move.
const ENTRY_BYTES: usize = 512;

/// Reads a page of the usual form.
pub(super) fn scan(page: &Bytes) -> Option<Listing> {
    let mut xml = Scanner::new(page)?;
    xml.root(b"<EnumerationResults")?;
    let mut listing = Listing::default();
    let mut seen = false;
    loop {
        match xml.tag()? {
            b'B' if xml.eat(b"Blobs>") => {
                seen = true;
                blobs(&mut xml, &mut listing)?;
            }
            b'B' if xml.eat(b"Blobs />") || xml.eat(b"Blobs/>") => seen = true,
            b'N' if xml.eat(b"NextMarker>") => xml.own(b"NextMarker>", &mut listing.marker)?,
            b'/' if xml.eat(b"/EnumerationResults>") => break,
            b'/' => return None,
            _ => xml.skip()?,
        }
    }
    xml.end()?;
    seen.then_some(listing)
}

/// Reads the inside of `Blobs` and its end.
fn blobs(xml: &mut Scanner<'_>, listing: &mut Listing) -> Option<()> {
    loop {
        match xml.tag()? {
            b'B' if xml.eat(b"Blob>") => {
                if listing.blobs.capacity() == 0 {
                    let entries = (xml.remaining() / ENTRY_BYTES).min(MAX_ENTRIES);
                    listing.blobs.reserve(entries.max(4));
                }
                let entry = blob(xml)?;
                listing.blobs.push(ListEntry::Object(entry));
            }
            b'B' if xml.eat(b"BlobPrefix>") => {
                let prefix = prefix(xml)?;
                listing.prefixes.push(ListEntry::Prefix(prefix));
            }
            b'/' => return xml.eat(b"/Blobs>").then_some(()),
            // An entry without anything inside is not to be passed over.
            b'B' => return None,
            _ => xml.skip()?,
        }
        if listing.blobs.len() + listing.prefixes.len() > MAX_ENTRIES {
            return None;
        }
    }
}

/// The name of an entry.
#[derive(Clone, Copy)]
struct Name {
    raw: Raw,
    encoded: bool,
}

/// The properties of a blob.
#[derive(Default)]
struct Fields {
    size: Option<Raw>,
    etag: Option<Raw>,
    modified: Option<Raw>,
    tier: Option<Raw>,
}

/// Reads the inside of `Blob` and its end.
fn blob(xml: &mut Scanner<'_>) -> Option<ObjectEntry> {
    let (mut found, mut fields) = (None, None);
    loop {
        match xml.tag()? {
            b'N' if xml.sees(b"Name") => name(xml, &mut found)?,
            b'P' if xml.eat(b"Properties>") => {
                let inside = properties(xml)?;
                once(&mut fields, inside)?;
                if xml.eat(b"<OrMetadata /></Blob>") {
                    return entry(xml, found?, &fields?);
                }
            }
            b'P' => return None,
            b'/' if xml.eat(b"/Blob>") => return entry(xml, found?, &fields?),
            b'/' => return None,
            _ => xml.skip()?,
        }
    }
}

/// Reads the inside of `BlobPrefix` and its end.
fn prefix(xml: &mut Scanner<'_>) -> Option<Key> {
    let mut found = None;
    loop {
        match xml.tag()? {
            b'N' if xml.sees(b"Name") => name(xml, &mut found)?,
            b'/' if xml.eat(b"/BlobPrefix>") => return key(xml, found?),
            b'/' => return None,
            _ => xml.skip()?,
        }
    }
}

fn name(xml: &mut Scanner<'_>, slot: &mut Option<Name>) -> Option<()> {
    let encoded = !xml.eat(b"Name>");
    if encoded && !xml.eat(b"Name Encoded=\"true\">") {
        return None;
    }
    let raw = xml.leaf(b"Name>")?;
    if raw.is_empty() { Some(()) } else { once(slot, Name { raw, encoded }) }
}

/// Reads the inside of `Properties` and its end.
fn properties(xml: &mut Scanner<'_>) -> Option<Fields> {
    let mut fields = Fields::default();
    usual(xml, &mut fields)?;
    loop {
        match xml.tag()? {
            b'C' => content(xml, &mut fields)?,
            b'L' if xml.eat(b"Last-Modified>") => {
                fill(&mut fields.modified, xml.leaf_of::<29, _>(b"Last-Modified>")?)?;
            }
            b'E' if xml.eat(b"Etag>") => fill(&mut fields.etag, xml.leaf_of::<17, _>(b"Etag>")?)?,
            b'B' if xml.eat(b"BlobType>BlockBlob</BlobType>") => {}
            b'A' if xml.eat(b"AccessTier>") => xml.field(b"AccessTier>", &mut fields.tier)?,
            b'A' if xml.eat(b"AccessTierInferred>true</AccessTierInferred>") => {}
            b'L' if xml.eat(b"LeaseStatus>unlocked</LeaseStatus>") => {}
            b'L' if xml.eat(b"LeaseState>available</LeaseState>") => {}
            b'S' if xml.eat(b"ServerEncrypted>true</ServerEncrypted>") => {}
            b'/' => return xml.eat(b"/Properties>").then_some(fields),
            _ => xml.skip()?,
        }
    }
}

/// Reads the properties that nearly every blob has, as far as they come in the service's own order without a blank
/// between them; what is always the same is passed at once.
fn usual(xml: &mut Scanner<'_>, fields: &mut Fields) -> Option<()> {
    if xml.eat(b"<Creation-Time>") {
        ignore::<29, _>(xml, b"Creation-Time>")?;
    }
    if xml.eat(b"<Last-Modified>") {
        fill(&mut fields.modified, xml.leaf_of::<29, _>(b"Last-Modified>")?)?;
    }
    if xml.eat(b"<Etag>") {
        fill(&mut fields.etag, xml.leaf_of::<17, _>(b"Etag>")?)?;
    }
    if xml.eat(b"<Content-Length>") {
        xml.field(b"Content-Length>", &mut fields.size)?;
    }
    if xml.eat(b"<Content-Type>") {
        xml.ignore(b"Content-Type>")?;
    }
    xml.eat(b"<Content-Encoding /><Content-Language /><Content-CRC64 />");
    if xml.eat(b"<Content-MD5>") {
        ignore::<24, _>(xml, b"Content-MD5>")?;
    }
    xml.eat(b"<Cache-Control /><Content-Disposition /><BlobType>BlockBlob</BlobType>");
    if xml.eat(b"<AccessTier>") {
        xml.field(b"AccessTier>", &mut fields.tier)?;
    }
    xml.eat(b"<AccessTierInferred>true</AccessTierInferred>");
    xml.eat(b"<LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState>");
    xml.eat(b"<ServerEncrypted>true</ServerEncrypted>");
    Some(())
}

/// Reads a property whose name starts with a `C`, as half of them do; the ninth letter tells them apart.
fn content(xml: &mut Scanner<'_>, fields: &mut Fields) -> Option<()> {
    match xml.peek(8)? {
        b'L' if xml.eat(b"Content-Length>") => xml.field(b"Content-Length>", &mut fields.size)?,
        b'T' if xml.eat(b"Content-Type>") => xml.ignore(b"Content-Type>")?,
        b'M' if xml.eat(b"Content-MD5>") => ignore::<24, _>(xml, b"Content-MD5>")?,
        b'-' if xml.eat(b"Creation-Time>") => ignore::<29, _>(xml, b"Creation-Time>")?,
        b'E' if xml.eat(b"Content-Encoding />") => {}
        b'L' if xml.eat(b"Content-Language />") => {}
        b'C' if xml.eat(b"Content-CRC64 />") => {}
        b'D' if xml.eat(b"Content-Disposition />") => {}
        b'n' if xml.eat(b"Cache-Control />") => {}
        _ => xml.skip()?,
    }
    Some(())
}

/// Passes an element whose text nearly always has the same length.
fn ignore<const LEN: usize, const N: usize>(xml: &mut Scanner<'_>, tag: &[u8; N]) -> Option<()> {
    let raw = xml.leaf_of::<LEN, N>(tag)?;
    // References are checked even where nobody looks.
    (!raw.is_escaped()).then_some(())
}

fn entry(xml: &mut Scanner<'_>, name: Name, fields: &Fields) -> Option<ObjectEntry> {
    let size = number(xml.plain(fields.size?)?)?;
    let mut entry = ObjectEntry::new(key(xml, name)?, size);
    if let Some(raw) = fields.etag {
        entry.etag = Some(etag(xml, raw)?);
    }
    if let Some(raw) = fields.modified {
        entry.last_modified = parse_http(xml.plain(raw)?);
    }
    if let Some(raw) = fields.tier {
        entry.storage_class = Some(tier(xml, raw)?);
    }
    Some(entry)
}

fn key(xml: &mut Scanner<'_>, name: Name) -> Option<Key> {
    let mut text = xml.shared(name.raw)?;
    if name.encoded {
        let decoded = decode_percent(std::str::from_utf8(&text).ok()?)?.into_owned();
        text = xml.keep([&decoded]);
    }
    Key::from_shared(text).ok()
}

/// Listings leave out the quotes that headers have.
fn etag(xml: &mut Scanner<'_>, raw: Raw) -> Option<ETag> {
    let text = xml.plain(raw)?;
    // One that has them all the same is the reader's.
    if text.contains('"') {
        return None;
    }
    ETag::from_shared(xml.keep([b"\"", text.as_bytes(), b"\""]))
}

fn tier(xml: &mut Scanner<'_>, raw: Raw) -> Option<StorageClass> {
    // Nearly all blobs are in one of these, and a text that lives for ever is not counted.
    let known: &'static [u8] = match xml.plain(raw)? {
        "Hot" => b"Hot",
        "Cool" => b"Cool",
        "Cold" => b"Cold",
        "Archive" => b"Archive",
        _ => return StorageClass::from_shared(xml.shared(raw)?),
    };
    StorageClass::from_shared(Bytes::from_static(known))
}
