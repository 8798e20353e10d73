//! The slow and sure way to read a page.

use storage_core::{ETag, Key, ListEntry, ObjectEntry, Result, StorageClass};
use storage_http::decode_percent;
use storage_http::xml::{Element, parse_flag, size, unexpected};

use super::Listing;
use crate::wire::{own, quoted, read, time_of};

/// Reads a page in any dress that XML allows.
pub(super) fn read_page(page: &[u8]) -> Result<Listing> {
    let root = read_root(page)?;
    let prefixes = entries(&root, "BlobPrefix");
    Ok(Listing {
        blobs: entries(&root, "Blob").map(|it| blob(it).map(ListEntry::Object)).collect::<Result<_>>()?,
        prefixes: prefixes.map(|it| key(it).map(ListEntry::Prefix)).collect::<Result<_>>()?,
        marker: own(&root, "NextMarker"),
    })
}

/// Reads the document of a page.
pub(super) fn read_root(page: &[u8]) -> Result<Element<'_>> {
    let root = read(page, "EnumerationResults")?;
    // A page of containers has the same root.
    root.require("Blobs")?;
    Ok(root)
}

/// Goes through the entries of a kind.
pub(super) fn entries<'e, 'a>(
    root: &'e Element<'a>,
    name: &'static str,
) -> impl Iterator<Item = &'e Element<'a>> {
    root.children("Blobs").flat_map(move |it| it.children(name))
}

fn blob(blob: &Element<'_>) -> Result<ObjectEntry> {
    let key = key(blob)?;
    let properties = blob.child("Properties");
    let size = size(properties.and_then(|it| it.filled("Content-Length")), &key)?;
    Ok(entry(key, size, properties))
}

/// Puts together what a listing tells of a blob.
pub(super) fn entry(key: Key, size: u64, properties: Option<&Element<'_>>) -> ObjectEntry {
    let mut entry = ObjectEntry::new(key, size);
    if let Some(properties) = properties {
        entry.etag = properties.filled("Etag").map(|it| ETag::from(quoted(it).into_owned()));
        entry.last_modified = time_of(properties, "Last-Modified");
        entry.storage_class = properties.filled("AccessTier").map(StorageClass::from);
    }
    entry
}

/// Reads the name of a blob or of what names share, which is encoded where XML can't hold it.
pub(super) fn key(entry: &Element<'_>) -> Result<Key> {
    let name = entry.children("Name").find(|it| !it.text().is_empty());
    let name = name.ok_or_else(|| unexpected("the answer lists an entry without a name"))?;
    let text = name.text();
    let encoded = name.attribute("Encoded").map(|it| parse_flag("Encoded", it)).transpose()?;
    let text = match encoded {
        Some(true) => decode(text).ok_or_else(|| {
            unexpected(format!("the answer lists the encoded name `{text}`, which can't be decoded"))
                .with_key(text)
        })?,
        _ => text.to_owned(),
    };
    Key::parse(text.as_str()).map_err(|error| {
        unexpected(format!("the answer lists a key that can't be used: {}", error.message())).with_key(text)
    })
}

fn decode(text: &str) -> Option<String> {
    String::from_utf8(decode_percent(text)?.into_owned()).ok()
}
