//! Calls about append and page blobs.

use std::ops::Range;

use http::{HeaderMap, HeaderValue, Method};
use storage_core::{
    ChecksumMode, Checksums, Error, ErrorKind, Idempotency, ObjectRef, PageToken, Payload, PutOutcome, Result,
};
use storage_http::headers::set;

use crate::client::Client;
use crate::client::lists::Markers;
use crate::names;
use crate::protect::protect;

/// Page blobs are written in whole pages of this size.
const PAGE: u64 = 512;

impl Client {
    /// Makes an append blob, or a page blob of a size, without content:
    /// [Put Blob](https://learn.microsoft.com/rest/api/storageservices/put-blob).
    pub(crate) async fn create_blob(
        &self,
        target: ObjectRef<'_>,
        headers: HeaderMap,
        pages: Option<u64>,
        idempotency: Idempotency,
    ) -> Result<PutOutcome> {
        let mut request = self.blob("PutBlob", Method::PUT, target.container, target.key, "");
        request.idempotency = idempotency;
        request.headers.extend(headers);
        let kind = if pages.is_some() { "PageBlob" } else { "AppendBlob" };
        request.headers.insert(names::BLOB_TYPE, HeaderValue::from_static(kind));
        if let Some(bytes) = pages {
            whole_pages(&(0..bytes))?;
            request.headers.insert(names::BLOB_CONTENT_LENGTH, HeaderValue::from(bytes));
        }
        self.write(request).await
    }

    /// Adds content at the end of an append blob:
    /// [Append Block](https://learn.microsoft.com/rest/api/storageservices/append-block).
    ///
    /// With the place where it is expected to go it is repeated when its answer is lost: it can't go there twice.
    pub(crate) async fn append_block(
        &self,
        target: ObjectRef<'_>,
        headers: HeaderMap,
        payload: Payload,
        at: Option<u64>,
    ) -> Result<(u64, PutOutcome)> {
        let mut request = self
            .blob("AppendBlock", Method::PUT, target.container, target.key, "comp=appendblock")
            .payload(payload);
        request.idempotency = if at.is_some() { Idempotency::VerifyOwner } else { Idempotency::Never };
        request.headers.extend(headers);
        if let Some(at) = at {
            request.headers.insert(names::APPEND_POSITION, HeaderValue::from(at));
        }
        let expected = Checksums::new();
        protect(&mut request, ChecksumMode::Auto, &expected, false, self.http.runtime()).await?;
        self.write_at(request).await
    }

    /// Writes pages, or clears them when there is no content:
    /// [Put Page](https://learn.microsoft.com/rest/api/storageservices/put-page).
    pub(crate) async fn put_pages(
        &self,
        target: ObjectRef<'_>,
        headers: HeaderMap,
        range: Range<u64>,
        payload: Option<Payload>,
    ) -> Result<PutOutcome> {
        whole_pages(&range)?;
        let mut request = self.blob("PutPage", Method::PUT, target.container, target.key, "comp=page");
        request.headers.extend(headers);
        let last = range.end.saturating_sub(1);
        set(&mut request.headers, names::RANGE, &format!("bytes={}-{last}", range.start))?;
        let write = if payload.is_some() { "update" } else { "clear" };
        request.headers.insert("x-ms-page-write", HeaderValue::from_static(write));
        if let Some(payload) = payload {
            if payload.len() != range.end - range.start {
                let message = "the content is not as long as the pages that it is written to";
                return Err(Error::new(ErrorKind::InvalidInput, message));
            }
            request.payload = payload;
            let expected = Checksums::new();
            protect(&mut request, ChecksumMode::Auto, &expected, false, self.http.runtime()).await?;
        }
        self.write(request).await
    }

    /// Lists the pages that have content:
    /// [Get Page Ranges](https://learn.microsoft.com/rest/api/storageservices/get-page-ranges).
    pub(crate) async fn page_ranges(&self, target: ObjectRef<'_>) -> Result<Vec<Range<u64>>> {
        let mut all = Vec::new();
        let (mut marker, mut markers): (Option<PageToken>, _) = (None, Markers::default());
        loop {
            let mut query = String::from("comp=pagelist");
            crate::client::blobs::push_some(&mut query, "marker", marker.as_ref().map(PageToken::as_str));
            let request = self.blob("GetPageRanges", Method::GET, target.container, target.key, &query);
            let page = self.read(request, |body| crate::wire::page_ranges::parse(body)).await?;
            all.extend(page.ranges);
            match page.next {
                Some(next) => {
                    markers.check(&next)?;
                    marker = Some(next);
                }
                None => return Ok(all),
            }
        }
    }
}

fn whole_pages(range: &Range<u64>) -> Result<()> {
    if range.start.is_multiple_of(PAGE) && range.end.is_multiple_of(PAGE) && range.start <= range.end {
        return Ok(());
    }
    Err(Error::new(ErrorKind::InvalidInput, "page blobs are written in whole pages of 512 bytes"))
}
