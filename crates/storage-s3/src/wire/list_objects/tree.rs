//! The slow and sure way to read a page.

use storage_core::{ETag, ListEntry, ObjectEntry, Result, StorageClass};
use storage_http::xml::Element;

use super::Listing;
use crate::wire::keys::KeyReader;
use crate::wire::{Body, KeyDecoding, date, flag, read, size};

/// Reads a page in any dress that XML allows.
pub(super) fn read_page(page: &[u8], decoding: KeyDecoding) -> Result<Body<Listing>> {
    read(page, "ListBucketResult")?.map(|root| listing(&root, decoding.of(&root)))
}

fn listing(root: &Element<'_>, keys: KeyReader) -> Result<Listing> {
    let objects = root.children("Contents").map(|it| object(it, keys)).collect::<Result<_>>()?;
    let prefixes = root
        .children("CommonPrefixes")
        .flat_map(|it| it.children("Prefix"))
        .filter(|it| !it.text().is_empty())
        .map(|it| keys.key(Some(it.text())).map(ListEntry::Prefix))
        .collect::<Result<_>>()?;
    Ok(Listing {
        objects,
        prefixes,
        truncated: flag(root, "IsTruncated")?,
        token: root.filled("NextContinuationToken").map(Into::into),
        marker: root.filled("NextMarker").map(|it| keys.text(it)).transpose()?.map(Into::into),
    })
}

fn object(contents: &Element<'_>, keys: KeyReader) -> Result<ListEntry> {
    object_entry(contents, keys).map(ListEntry::Object)
}

/// Reads what all listings of objects tell of one.
pub(in crate::wire) fn object_entry(element: &Element<'_>, keys: KeyReader) -> Result<ObjectEntry> {
    let key = keys.key(element.filled("Key"))?;
    let size = size(element.filled("Size"), &key)?;
    let mut entry = ObjectEntry::new(key, size);
    entry.etag = element.filled("ETag").map(ETag::from);
    entry.last_modified = element.filled("LastModified").and_then(date);
    entry.storage_class = element.filled("StorageClass").map(StorageClass::from);
    Ok(entry)
}
