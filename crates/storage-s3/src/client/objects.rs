//! Calls about objects.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::header::ACCEPT_ENCODING;
use http::{HeaderMap, HeaderValue, Method};
use storage_core::groups::DeleteTarget;
use storage_core::{
    ByteRange, ChecksumMode, Checksums, ContainerName, Error, ErrorKind, Idempotency, ListEntry, ObjectRef,
    Operation, Page, Payload, PutOptions, PutOutcome, Result, VersionId, WriteCondition,
};
use storage_http::{Answer, Failure, Follow, Patience, Streamed, encode_query};

use crate::client::Client;
use crate::headers;
use crate::names;
use crate::protect::confirm;
use crate::vendors::ListEncoding;
use crate::wire;
use crate::wire::KeyDecoding;
use crate::wire::Markers;
use crate::wire::delete_objects::Deletes;
use crate::wire::list_objects::ListApi;
use crate::wire::list_versions::VersionPage;

/// What one page of a listing asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListRequest<'a> {
    pub(crate) prefix: Option<&'a str>,
    pub(crate) delimiter: Option<&'a str>,
    pub(crate) start_after: Option<&'a str>,
    pub(crate) limit: Option<u32>,
    pub(crate) next: Option<&'a str>,
}

impl Client {
    /// Writes an object: [`PutObject`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html).
    pub(crate) async fn put_object(
        &self,
        target: ObjectRef<'_>,
        headers: HeaderMap,
        payload: Payload,
        options: &PutOptions,
    ) -> Result<PutOutcome> {
        let conditional = options.condition != WriteCondition::None;
        let mut request = self
            .object("PutObject", Method::PUT, target.container, target.key, "")
            .operation(Operation::PutObject, conditional)
            .payload(payload);
        request.headers.extend(headers);
        let (mode, expected) = (options.checksum, &options.expected);
        let known = self.protection.apply(&mut request, mode, expected, self.http.runtime()).await?;
        let size = request.payload.len();
        self.send(request, |answer| {
            let mut outcome = written(answer, &known)?;
            // Few services say it; what they say is held against what was sent.
            let stored = answer.header("x-amz-object-size").and_then(|it| it.parse().ok());
            outcome.size = Some(stored.unwrap_or(size));
            Ok(outcome)
        })
        .await
    }

    /// Reads an object: [`GetObject`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html).
    pub(crate) async fn get_object(
        &self,
        target: ObjectRef<'_>,
        version: Option<&VersionId>,
        headers: HeaderMap,
        range: Option<ByteRange>,
    ) -> Result<Streamed> {
        let query = version_query(version);
        let mut request = self.object("GetObject", Method::GET, target.container, target.key, &query);
        request.headers.extend(headers);
        self.as_stored(&mut request.headers);
        if let Some(range) = range {
            headers::of_range(&mut request.headers, range)?;
        }
        self.http.send_stream(self, request).await
    }

    /// Asks for an object: [`HeadObject`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html).
    pub(crate) async fn head_object(
        &self,
        target: ObjectRef<'_>,
        version: Option<&VersionId>,
        headers: HeaderMap,
    ) -> Result<Answer> {
        let query = version_query(version);
        let mut request = self.object("HeadObject", Method::HEAD, target.container, target.key, &query);
        request.headers.extend(headers);
        self.as_stored(&mut request.headers);
        self.send(request, |answer| Ok(answer.clone())).await
    }

    /// Asks for the bytes as they are stored, with their checksum.
    fn as_stored(&self, headers: &mut HeaderMap) {
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if !self.quirks.checksums.is_empty() {
            headers.insert(names::CHECKSUM_MODE, HeaderValue::from_static("ENABLED"));
        }
    }

    /// Deletes an object: [`DeleteObject`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html).
    pub(crate) async fn delete_object(
        &self,
        target: ObjectRef<'_>,
        version: Option<&VersionId>,
        headers: HeaderMap,
        conditional: bool,
    ) -> Result<()> {
        let query = version_query(version);
        let mut request = self
            .object("DeleteObject", Method::DELETE, target.container, target.key, &query)
            .operation(Operation::DeleteObject, conditional);
        request.headers.extend(headers);
        self.send(request, no_document).await
    }

    /// Deletes many objects: [`DeleteObjects`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html).
    pub(crate) async fn delete_objects(
        &self,
        bucket: &ContainerName,
        targets: &[DeleteTarget],
    ) -> Result<Deletes> {
        let conditional = targets.iter().any(|it| it.if_match.is_some());
        let mut request = self
            .bucket("DeleteObjects", Method::POST, bucket, "delete=")
            .operation(Operation::DeleteObjects, conditional)
            .patience(Patience::Long)
            .payload(wire::delete_objects::write(targets));
        self.protect_document(&mut request).await?;
        self.read(request, |body| wire::delete_objects::parse(body)).await
    }

    /// Copies an object: [`CopyObject`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html).
    pub(crate) async fn copy_object(
        &self,
        source: &str,
        to: ObjectRef<'_>,
        headers: HeaderMap,
        idempotency: Idempotency,
    ) -> Result<PutOutcome> {
        let mut request =
            self.object("CopyObject", Method::PUT, to.container, to.key, "").patience(Patience::Long);
        request.idempotency = idempotency;
        request.headers.extend(headers);
        storage_http::headers::set(&mut request.headers, names::COPY_SOURCE, source)?;
        let parse = |body: &Bytes| wire::copy_result::parse_object(body);
        self.read_with(request, parse, |answer, copied| {
            let mut outcome = headers::outcome(&answer.headers);
            outcome.etag = copied.etag.or(outcome.etag);
            outcome.checksums = copied.checksums.whole;
            Ok(outcome)
        })
        .await
    }

    /// Lists objects:
    /// [`ListObjectsV2`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html) or
    /// [`ListObjects`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html).
    pub(crate) async fn list_objects(
        &self,
        bucket: &ContainerName,
        page: ListRequest<'_>,
    ) -> Result<Page<ListEntry>> {
        let api = if self.lists_v1.load(Ordering::Relaxed) { ListApi::V1 } else { ListApi::V2 };
        match self.list_page(bucket, page, api).await {
            // Some old services know the first call only, and say so.
            Err(error)
                if api == ListApi::V2 && page.next.is_none() && error.kind() == ErrorKind::Unsupported =>
            {
                let listed = self.list_page(bucket, page, ListApi::V1).await?;
                self.lists_v1.store(true, Ordering::Relaxed);
                Ok(listed)
            }
            result => result,
        }
    }

    async fn list_page(
        &self,
        bucket: &ContainerName,
        page: ListRequest<'_>,
        api: ListApi,
    ) -> Result<Page<ListEntry>> {
        let (name, query) = match api {
            ListApi::V1 => ("ListObjects", list_v1(page, self.asks_encoding())),
            ListApi::V2 => ("ListObjectsV2", list_v2(page, self.asks_encoding())),
        };
        let request = self.bucket(name, Method::GET, bucket, &query);
        let decoding = self.key_decoding();
        self.read(request, |body| wire::list_objects::parse(body, decoding, api)).await
    }

    /// Lists versions:
    /// [`ListObjectVersions`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html).
    pub(crate) async fn list_versions(
        &self,
        bucket: &ContainerName,
        prefix: Option<&str>,
        limit: Option<u32>,
        markers: Option<&Markers>,
    ) -> Result<VersionPage> {
        let mut query = String::from("versions=");
        if self.asks_encoding() {
            query.push_str("&encoding-type=url");
        }
        if let Some(markers) = markers {
            push(&mut query, "key-marker", &markers.key);
            if let Some(id) = &markers.id {
                push(&mut query, "version-id-marker", id);
            }
        }
        push_limit(&mut query, "max-keys", limit);
        push_some(&mut query, "prefix", prefix);
        let request = self.bucket("ListObjectVersions", Method::GET, bucket, &query);
        let decoding = self.key_decoding();
        self.read(request, |body| wire::list_versions::parse(body, decoding)).await
    }

    /// Says how to read the keys of listings.
    pub(crate) fn key_decoding(&self) -> KeyDecoding {
        if self.asks_encoding() { KeyDecoding::Url } else { KeyDecoding::Plain }
    }

    pub(crate) fn asks_encoding(&self) -> bool {
        matches!(self.quirks.list_encoding, ListEncoding::Url | ListEncoding::UrlPlus)
    }

    /// Protects a document that goes to the service; some calls insist on it.
    pub(crate) async fn protect_document(&self, request: &mut storage_http::Request) -> Result<()> {
        let (mode, expected) = (ChecksumMode::Auto, Checksums::new());
        let known = self.protection.apply(request, mode, &expected, self.http.runtime()).await?;
        if known.is_empty() && !request.headers.contains_key(names::CONTENT_MD5) {
            let md5 = [storage_core::ChecksumAlgorithm::Md5];
            let sums = request.payload.checksums(self.http.runtime(), md5).await?;
            if let Some(sum) = sums.iter().next() {
                request.header(names::CONTENT_MD5, &crate::sign::checksum::encode(&sum))?;
            }
        }
        Ok(())
    }
}

fn list_v2(page: ListRequest<'_>, encoded: bool) -> String {
    let mut query = String::with_capacity(64);
    if let Some(token) = page.next {
        push(&mut query, "continuation-token", token);
    }
    push_some(&mut query, "delimiter", page.delimiter);
    if encoded {
        push(&mut query, "encoding-type", "url");
    }
    push(&mut query, "list-type", "2");
    push_limit(&mut query, "max-keys", page.limit);
    push_some(&mut query, "prefix", page.prefix);
    if page.next.is_none() {
        push_some(&mut query, "start-after", page.start_after);
    }
    query
}

fn list_v1(page: ListRequest<'_>, encoded: bool) -> String {
    let mut query = String::with_capacity(64);
    push_some(&mut query, "delimiter", page.delimiter);
    if encoded {
        push(&mut query, "encoding-type", "url");
    }
    push_some(&mut query, "marker", page.next.or(page.start_after));
    push_limit(&mut query, "max-keys", page.limit);
    push_some(&mut query, "prefix", page.prefix);
    query
}

/// Appends a parameter to a query.
pub(crate) fn push(query: &mut String, name: &str, value: &str) {
    if !query.is_empty() {
        query.push('&');
    }
    query.push_str(name);
    query.push('=');
    encode_query(value, query);
}

pub(crate) fn push_some(query: &mut String, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        push(query, name, value);
    }
}

pub(crate) fn push_limit(query: &mut String, name: &str, limit: Option<u32>) {
    if let Some(limit) = limit {
        push(query, name, &limit.to_string());
    }
}

pub(crate) fn version_query(version: Option<&VersionId>) -> String {
    let mut query = String::new();
    push_some(&mut query, "versionId", version.map(VersionId::as_str));
    query
}

/// Takes the answer to a write: success needs an entity tag.
fn written(answer: &Answer, known: &Checksums) -> Result<PutOutcome, Failure> {
    let outcome = taken(answer, known)?;
    if outcome.etag.is_none() {
        return Err(Failure::unexpected("the answer to the write has no entity tag"));
    }
    Ok(outcome)
}

/// Takes the answer to content that was sent: a body that is another document is no success.
pub(crate) fn taken(answer: &Answer, known: &Checksums) -> Result<PutOutcome, Failure> {
    no_document(answer)?;
    let mut outcome = headers::outcome(&answer.headers);
    outcome.checksums = confirm(answer, known)?;
    Ok(outcome)
}

/// Takes an answer that should have no body; HTML comes from somebody in between.
pub(crate) fn no_document(answer: &Answer) -> Result<(), Failure> {
    if looks_foreign(&answer.body) {
        return Err(Failure::unexpected("the answer holds a document that the service would not send"));
    }
    if let Some(error) = hidden_error(&answer.body) {
        return Err(Failure { error, follow: Follow::IfIdempotent });
    }
    Ok(())
}

fn looks_foreign(body: &Bytes) -> bool {
    let start = body.trim_ascii_start();
    let head = start.get(..64).unwrap_or(start).to_ascii_lowercase();
    head.starts_with(b"<!doctype") || head.starts_with(b"<html") || head.starts_with(b"{")
}

fn hidden_error(body: &Bytes) -> Option<Error> {
    let start = body.trim_ascii_start();
    if start.is_empty() || !start.starts_with(b"<") {
        return None;
    }
    let error = wire::ErrorBody::parse(body);
    let code = error.code?;
    Some(
        Error::new(ErrorKind::UnexpectedResponse, "the service reports an error under a good status")
            .with_code(code),
    )
}

/// Writes the source of a copy: bucket, key and version, encoded once.
pub(crate) fn copy_source(from: ObjectRef<'_>, version: Option<&VersionId>) -> String {
    let mut source = String::from("/");
    storage_http::encode_key(from.container, &mut source);
    source.push('/');
    storage_http::encode_key(from.key, &mut source);
    if let Some(version) = version {
        source.push_str("?versionId=");
        encode_query(version, &mut source);
    }
    source
}
