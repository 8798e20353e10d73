//! Listings of blobs, and what is done with many of them.

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use storage_core::groups::DeleteTarget;
use storage_core::{
    ContainerName, Error, ErrorKind, ListEntry, ListQuery, Operation, Page, PageToken, Result,
};
use storage_http::headers::{self, set};
use storage_http::{Failure, Follow, Patience, dates};

use crate::client::blobs::{push, push_some, version_query};
use crate::client::{Client, proven};
use crate::credentials::Credential;
use crate::names;
use crate::sign::shared_key;
use crate::wire;
use crate::wire::batch::{Boundary, SubAnswer, SubRequest};
use crate::wire::list_blobs::BlobItem;

/// The most entries of a page.
const MOST: u32 = 5000;
/// The most entries of a page that tells more than a listing shows.
const MOST_ITEMS: u32 = 1000;

impl Client {
    /// Lists blobs: [List Blobs](https://learn.microsoft.com/rest/api/storageservices/list-blobs).
    pub(crate) async fn list_blobs(
        &self,
        container: &ContainerName,
        query: &ListQuery,
    ) -> Result<Page<ListEntry>> {
        let prefix = query.prefix.as_deref();
        let text = query_of("", prefix, query.delimiter.as_deref(), query.limit, query.page_token.as_ref());
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
        // With all that can be asked for, an entry is many times as long as a plain one.
        let limit = Some(limit.unwrap_or(MOST_ITEMS).min(MOST_ITEMS));
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

/// Finds a marker that comes again, and with it a listing that never ends, in constant memory: Brent's method.
#[derive(Debug, Default)]
pub(crate) struct Markers {
    anchor: Option<PageToken>,
    steps: u64,
    power: u64,
}

impl Markers {
    /// Takes the marker of the next page.
    ///
    /// # Errors
    /// `ListingLoop`.
    pub(crate) fn check(&mut self, next: &PageToken) -> Result<()> {
        if self.anchor.as_ref() == Some(next) {
            let message = "the service gave the same marker again, so the listing would never end";
            return Err(Error::new(ErrorKind::ListingLoop, message));
        }
        self.steps += 1;
        if self.steps >= self.power {
            self.anchor = Some(next.clone());
            self.power = self.power.max(1).saturating_mul(2);
            self.steps = 0;
        }
        Ok(())
    }
}

/// One answer of a batch.
#[derive(Clone, Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) code: Option<String>,
    pub(crate) body: Bytes,
}

impl Client {
    /// Deletes many blobs: [Blob Batch](https://learn.microsoft.com/rest/api/storageservices/blob-batch).
    ///
    /// Every request in it has a signature of its own, and answers come in the order of the requests; `None` is one that the
    /// answer leaves out.
    pub(crate) async fn delete_batch(
        &self,
        container: &ContainerName,
        targets: &[DeleteTarget],
        conditions: Vec<HeaderMap>,
    ) -> Result<Vec<Option<Answered>>> {
        let mut parts = Vec::with_capacity(targets.len());
        for (target, condition) in targets.iter().zip(conditions) {
            let query = version_query(target.version.as_ref());
            let path = self.place.blob(container, &target.key, &query);
            parts.push(self.signed_part(path, condition).await?);
        }
        let mut random = [0; 16];
        self.http.runtime().random(&mut random);
        let boundary = Boundary::new(random);
        let body = wire::batch::write(&boundary, &parts)?;
        let conditional = targets.iter().any(|it| it.if_match.is_some());
        let mut request = self
            .container("BlobBatch", Method::POST, container, "comp=batch&restype=container")
            .operation(Operation::DeleteObjects, conditional)
            .patience(Patience::Long)
            .payload(body);
        request.header(CONTENT_TYPE, &boundary.content_type())?;
        self.send(request, |answer| {
            proven(answer)?;
            let kind = answer.header(CONTENT_TYPE.as_str()).unwrap_or_default();
            let answers = wire::batch::parse(kind, &answer.body, targets.len())
                .map_err(|error| Failure { error, follow: Follow::IfIdempotent })?;
            Ok(answers.into_iter().map(|it| it.map(answered)).collect())
        })
        .await
    }

    /// Makes one request of a batch; without a version, which the service refuses in there.
    async fn signed_part(&self, mut target: String, mut headers: HeaderMap) -> Result<SubRequest> {
        let method = Method::DELETE;
        let now = self.http.clock().now();
        let date = dates::http_date(now);
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        match self.credentials.get(&self.http, now).await? {
            Credential::Anonymous => {}
            Credential::SharedKey(key) => {
                set(&mut headers, names::DATE, &String::from_utf8_lossy(&date))?;
                shared_key::sign(&method, &target, &mut headers, 0, &key)?;
            }
            Credential::Sas(token) => {
                target.push(if target.contains('?') { '&' } else { '?' });
                target.push_str(token.query.expose());
            }
            Credential::Bearer(bearer) => {
                set(&mut headers, names::DATE, &String::from_utf8_lossy(&date))?;
                set(&mut headers, AUTHORIZATION, &format!("Bearer {}", bearer.token.expose()))?;
            }
        }
        Ok(SubRequest { method, target, headers })
    }
}

fn answered(answer: SubAnswer) -> Answered {
    let code = headers::owned(&answer.headers, &names::ERROR_CODE);
    Answered { status: answer.status.as_u16(), code, body: answer.body }
}
