//! Listings of blobs, and what is done with many of them.

use http::Method;
use storage_core::{ContainerName, ListEntry, ListQuery, Page, PageToken, Result};

use crate::client::Client;
use crate::client::blobs::{push, push_some};
use crate::wire;
use crate::wire::list_blobs::BlobItem;

/// The most entries of a page.
const MOST: u32 = 5000;

impl Client {
    /// Lists blobs: [List Blobs](https://learn.microsoft.com/rest/api/storageservices/list-blobs).
    pub(crate) async fn list_blobs(
        &self,
        container: &ContainerName,
        query: &ListQuery,
    ) -> Result<Page<ListEntry>> {
        let prefix = query.prefix.as_deref();
        let text = query_of(
            "",
            prefix,
            query.delimiter.as_deref(),
            query.limit,
            query.page_token.as_ref(),
        );
        let request = self.container("ListBlobs", Method::GET, container, &text);
        self.read(request, wire::list_blobs::parse).await
    }

    /// Lists blobs with what `include` names, such as snapshots, versions or blobs that were never committed.
    pub(crate) async fn list_items(
        &self,
        container: &ContainerName,
        include: &str,
        prefix: Option<&str>,
        limit: Option<u32>,
        page_token: Option<&PageToken>,
    ) -> Result<Page<BlobItem>> {
        let text = query_of(include, prefix, None, limit, page_token);
        let request = self.container("ListBlobs", Method::GET, container, &text);
        self.read(request, wire::list_blobs::items).await
    }
}

fn query_of(
    include: &str,
    prefix: Option<&str>,
    delimiter: Option<&str>,
    limit: Option<u32>,
    page_token: Option<&PageToken>,
) -> String {
    let mut text = String::with_capacity(96);
    text.push_str("comp=list");
    push_some(&mut text, "delimiter", delimiter);
    if !include.is_empty() {
        push(&mut text, "include", include);
    }
    push_some(&mut text, "marker", page_token.map(PageToken::as_str));
    if let Some(limit) = limit {
        push(&mut text, "maxresults", &limit.clamp(1, MOST).to_string());
    }
    push_some(&mut text, "prefix", prefix.filter(|it| !it.is_empty()));
    text.push_str("&restype=container");
    text
}
