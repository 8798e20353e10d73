//! A page of a listing: [`ListObjectsV2`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html)
//! and [`ListObjects`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html).
//!
//! Pages are the hot path of listings. A scanner takes those that look as services write them, with entries as slices
//! of the page; it gives up at anything else, and the XML reader decides. What the scanner takes, the reader takes alike.

mod scan;
mod tree;

pub(super) use tree::object_entry;

#[cfg(test)]
mod tests;

use bytes::Bytes;
use storage_core::{ListEntry, Page, PageToken, Result};
use storage_http::merge_entries;

use super::{Body, KeyDecoding, unexpected};

/// Which call a page answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListApi {
    /// `ListObjects`: goes on behind a key.
    V1,
    /// `ListObjectsV2`: goes on from a token.
    V2,
}

/// Reads a page, in byte order as far as the service keeps it.
pub(crate) fn parse(page: &Bytes, decoding: KeyDecoding, api: ListApi) -> Result<Body<Page<ListEntry>>> {
    match scan::scan(page, decoding) {
        Some(listing) => listing.finish(api).map(Body::Ok),
        None => tree::read_page(page, decoding)?.map(|listing| listing.finish(api)),
    }
}

/// What a page says; empty texts count as missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Listing {
    objects: Vec<ListEntry>,
    prefixes: Vec<ListEntry>,
    truncated: Option<bool>,
    /// `NextContinuationToken`, of V2.
    token: Option<String>,
    /// `NextMarker`, of V1, decoded.
    marker: Option<String>,
}

impl Listing {
    fn finish(self, api: ListApi) -> Result<Page<ListEntry>> {
        let next = self.next(api)?;
        Ok(Page::new(merge_entries(self.objects, self.prefixes), next))
    }

    fn next(&self, api: ListApi) -> Result<Option<PageToken>> {
        if self.truncated != Some(true) {
            return Ok(None);
        }
        let next = match api {
            ListApi::V2 => self.token.clone(),
            // V1 sends a marker only with a delimiter; otherwise the last entry is the marker.
            ListApi::V1 => self.marker.clone().or_else(|| {
                let last = self.objects.last().into_iter().chain(self.prefixes.last());
                last.map(|entry| String::from(entry.name().as_str())).max()
            }),
        };
        // Without it the listing would look complete.
        let next =
            next.ok_or_else(|| unexpected("the answer says that the listing goes on, and not where"))?;
        Ok(Some(PageToken::new(next)))
    }
}
