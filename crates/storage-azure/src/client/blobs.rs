//! Calls about blobs.

use http::header::ACCEPT_ENCODING;
use http::{HeaderMap, HeaderValue, Method};
use storage_core::{
    Error, ErrorKind, Idempotency, ObjectRef, Operation, Payload, PutOptions, PutOutcome, Result, VersionId,
};
use storage_http::{Answer, Failure, Patience, Request, Streamed};

use crate::client::{Client, proven};
use crate::headers;
use crate::names;
use crate::protect::{confirm, protect};

/// What becomes of a copy.
#[derive(Clone, Debug)]
pub(crate) struct Copied {
    pub(crate) outcome: PutOutcome,
    pub(crate) id: String,
    pub(crate) status: String,
}

impl Client {
    /// Writes a block blob whole: [Put Blob](https://learn.microsoft.com/rest/api/storageservices/put-blob).
    pub(crate) async fn put_blob(
        &self,
        target: ObjectRef<'_>,
        headers: HeaderMap,
        payload: Payload,
        options: &PutOptions,
        idempotency: Idempotency,
    ) -> Result<PutOutcome> {
        let mut request =
            self.blob("PutBlob", Method::PUT, target.container, target.key, "").payload(payload);
        request.idempotency = idempotency;
        request.headers.extend(headers);
        request.headers.insert(names::BLOB_TYPE, HeaderValue::from_static("BlockBlob"));
        let known =
            protect(&mut request, options.checksum, &options.expected, true, self.http.runtime()).await?;
        let size = request.payload.len();
        self.send(request, |answer| {
            let mut outcome = written(answer)?;
            confirm(answer, &known)?;
            outcome.checksums.clone_from(&known);
            outcome.size = Some(size);
            Ok(outcome)
        })
        .await
    }

    /// Has the service fetch a block blob from an address, up to 5,000 MiB:
    /// [Put Blob From URL](https://learn.microsoft.com/rest/api/storageservices/put-blob-from-url).
    pub(crate) async fn put_blob_from_url(
        &self,
        target: ObjectRef<'_>,
        headers: HeaderMap,
        source: HeaderValue,
        idempotency: Idempotency,
    ) -> Result<PutOutcome> {
        let mut request = self
            .blob("PutBlobFromUrl", Method::PUT, target.container, target.key, "")
            .patience(Patience::Long);
        request.idempotency = idempotency;
        request.headers.extend(headers);
        request.headers.insert(names::BLOB_TYPE, HeaderValue::from_static("BlockBlob"));
        request.headers.insert(names::COPY_SOURCE, source);
        self.send(request, written).await
    }

    /// Reads a blob: [Get Blob](https://learn.microsoft.com/rest/api/storageservices/get-blob).
    pub(crate) async fn get_blob(
        &self,
        target: ObjectRef<'_>,
        version: Option<&VersionId>,
        headers: HeaderMap,
        range: Option<&str>,
    ) -> Result<Streamed> {
        let query = version_query(version);
        let mut request = self.blob("GetBlob", Method::GET, target.container, target.key, &query);
        request.headers.extend(headers);
        request.headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if let Some(range) = range {
            request.header(names::RANGE, range)?;
        }
        let answer = self.either_place(request, |it| self.http.send_stream(self, it)).await?;
        if !answer.headers.contains_key(names::REQUEST_ID) {
            let message = "the answer has no `x-ms-request-id`, so the service did not send it";
            return Err(Error::new(ErrorKind::UnexpectedResponse, message));
        }
        Ok(answer)
    }

    /// Asks for a blob:
    /// [Get Blob Properties](https://learn.microsoft.com/rest/api/storageservices/get-blob-properties).
    pub(crate) async fn head_blob(
        &self,
        target: ObjectRef<'_>,
        version: Option<&VersionId>,
        headers: HeaderMap,
    ) -> Result<Answer> {
        let query = version_query(version);
        let mut request = self.blob("GetBlobProperties", Method::HEAD, target.container, target.key, &query);
        request.headers.extend(headers);
        let parse = |answer: &Answer| proven(answer).map(|()| answer.clone());
        self.either_place(request, |it| self.send(it, parse)).await
    }

    /// Sends a read to the first place, and while that can't answer to the second, if there is one.
    async fn either_place<T, F: Future<Output = Result<T>>>(
        &self,
        request: Request,
        send: impl Fn(Request) -> F,
    ) -> Result<T> {
        let Some(second) = self.to_secondary(&request) else { return send(request).await };
        match send(request.clone()).await {
            Err(error) if is_away(&error) => match send(second).await {
                Ok(answer) => Ok(answer),
                // The second place may lag behind: what it lacks is no news.
                Err(other) if !is_away(&other) && other.kind() != ErrorKind::PreconditionFailed => {
                    send(request).await
                }
                Err(_) => Err(error),
            },
            first => first,
        }
    }

    /// Deletes a blob: [Delete Blob](https://learn.microsoft.com/rest/api/storageservices/delete-blob).
    pub(crate) async fn delete_blob(
        &self,
        target: ObjectRef<'_>,
        version: Option<&VersionId>,
        headers: HeaderMap,
        conditional: bool,
    ) -> Result<()> {
        let query = version_query(version);
        let mut request = self
            .blob("DeleteBlob", Method::DELETE, target.container, target.key, &query)
            .operation(Operation::DeleteObject, conditional);
        request.headers.extend(headers);
        self.send(request, proven).await
    }

    /// Copies a blob: [Copy Blob](https://learn.microsoft.com/rest/api/storageservices/copy-blob).
    pub(crate) async fn copy_blob(
        &self,
        source: &str,
        to: ObjectRef<'_>,
        headers: HeaderMap,
        idempotency: Idempotency,
    ) -> Result<Copied> {
        let mut request =
            self.blob("CopyBlob", Method::PUT, to.container, to.key, "").patience(Patience::Long);
        request.idempotency = idempotency;
        request.headers.extend(headers);
        request.header(names::COPY_SOURCE, source)?;
        self.send(request, |answer| {
            let outcome = written(answer)?;
            let text = |name: &str| answer.header(name).map(str::to_owned);
            let id = text(names::COPY_ID.as_str());
            let status = text(names::COPY_STATUS.as_str());
            let (Some(id), Some(status)) = (id, status) else {
                return Err(Failure::unexpected("the answer to the copy does not say how far it is"));
            };
            Ok(Copied { outcome, id, status })
        })
        .await
    }

    /// Stops a copy that is under way:
    /// [Abort Copy Blob](https://learn.microsoft.com/rest/api/storageservices/abort-copy-blob).
    pub(crate) async fn abort_copy(&self, to: ObjectRef<'_>, id: &str) -> Result<()> {
        let mut query = String::from("comp=copy");
        push(&mut query, "copyid", id);
        let mut request = self.blob("AbortCopyBlob", Method::PUT, to.container, to.key, &query);
        request.headers.insert("x-ms-copy-action", HeaderValue::from_static("abort"));
        self.send(request, proven).await
    }

    /// Replaces the metadata:
    /// [Set Blob Metadata](https://learn.microsoft.com/rest/api/storageservices/set-blob-metadata).
    pub(crate) async fn set_blob_metadata(
        &self,
        target: ObjectRef<'_>,
        headers: HeaderMap,
        conditional: bool,
    ) -> Result<PutOutcome> {
        let request = self
            .blob("SetBlobMetadata", Method::PUT, target.container, target.key, "comp=metadata")
            .operation(Operation::UpdateMetadata, conditional);
        self.send(with(request, headers), written).await
    }

    /// Replaces all content headers:
    /// [Set Blob Properties](https://learn.microsoft.com/rest/api/storageservices/set-blob-properties).
    pub(crate) async fn set_blob_properties(
        &self,
        target: ObjectRef<'_>,
        headers: HeaderMap,
        conditional: bool,
    ) -> Result<PutOutcome> {
        let request = self
            .blob("SetBlobProperties", Method::PUT, target.container, target.key, "comp=properties")
            .operation(Operation::UpdateMetadata, conditional);
        self.send(with(request, headers), written).await
    }
}

fn with(mut request: Request, headers: HeaderMap) -> Request {
    request.headers.extend(headers);
    request
}

/// Tells whether a place can't answer, and another may.
fn is_away(error: &Error) -> bool {
    use ErrorKind::{Connect, Throttled, Timeout, Unavailable};
    matches!(error.kind(), Unavailable | Connect | Timeout | Throttled)
}

/// Takes the answer to a write: success needs an entity tag.
pub(crate) fn written(answer: &Answer) -> Result<PutOutcome, Failure> {
    proven(answer)?;
    let outcome = headers::outcome(&answer.headers);
    if outcome.etag.is_none() {
        return Err(Failure::unexpected("the answer to the write has no entity tag"));
    }
    Ok(outcome)
}

/// Appends a parameter to a query.
pub(crate) fn push(query: &mut String, name: &str, value: &str) {
    if !query.is_empty() {
        query.push('&');
    }
    storage_http::encode_query(name, query);
    query.push('=');
    storage_http::encode_query(value, query);
}

pub(crate) fn push_some(query: &mut String, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        push(query, name, value);
    }
}

/// Writes which version or snapshot is meant: a snapshot is the time at which it was taken, and a version too, so that
/// only what the driver wrote in front tells them apart.
pub(crate) fn version_query(version: Option<&VersionId>) -> String {
    let mut query = String::new();
    if let Some(version) = version {
        match version.as_str().strip_prefix(SNAPSHOT_MARK) {
            Some(snapshot) => push(&mut query, "snapshot", snapshot),
            None => push(&mut query, "versionid", version),
        }
    }
    query
}

/// What ids of snapshots start with, where they stand as versions.
pub(crate) const SNAPSHOT_MARK: &str = "snapshot:";
