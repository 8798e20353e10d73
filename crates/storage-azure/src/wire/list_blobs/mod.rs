//! A page of a listing: [List Blobs](https://learn.microsoft.com/rest/api/storageservices/list-blobs).
//!
//! Pages are the hot path of listings. A scanner takes those that look as the service writes them, with entries as
//! slices of the page; it gives up at anything else, and the XML reader decides. What the scanner takes, the reader
//! takes alike.

mod item;
mod scan;
mod tree;

#[cfg(test)]
mod tests;

use bytes::Bytes;
use storage_core::{ListEntry, Page, PageToken, Result};
use storage_http::merge_entries;

pub(crate) use item::{BlobItem, items};

/// Reads a page, in byte order as far as the service keeps it.
pub(crate) fn parse(page: &Bytes) -> Result<Page<ListEntry>> {
    let listing = match scan::scan(page) {
        Some(listing) => listing,
        None => tree::read_page(page)?,
    };
    let next = listing.marker.map(PageToken::new);
    // The service mixes blobs and prefixes, its emulator lists one behind the other.
    Ok(Page::new(merge_entries(listing.blobs, listing.prefixes), next))
}

/// What a page says; empty texts count as missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Listing {
    blobs: Vec<ListEntry>,
    prefixes: Vec<ListEntry>,
    /// Where the next page starts. Only its absence means the end: a page without entries may have one.
    marker: Option<String>,
}
