//! Calls about buckets.

use http::{HeaderMap, Method};
use storage_core::groups::UploadQuery;
use storage_core::{ContainerInfo, ContainerName, ContainerQuery, Operation, Page, PageToken, Result};
use storage_http::Answer;

use crate::client::Client;
use crate::client::objects::{no_document, push, push_limit, push_some};
use crate::wire;
use crate::wire::KeyDecoding;
use crate::wire::Markers;
use crate::wire::list_uploads::UploadPage;

impl Client {
    /// Lists buckets: [`ListBuckets`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html).
    pub(crate) async fn list_buckets(&self, query: &ContainerQuery) -> Result<Page<ContainerInfo>> {
        let mut text = String::new();
        push_some(&mut text, "continuation-token", query.page_token.as_ref().map(PageToken::as_str));
        push_limit(&mut text, "max-buckets", query.limit);
        push_some(&mut text, "prefix", query.prefix.as_deref().filter(|it| !it.is_empty()));
        let request = self.service("ListBuckets", Method::GET, &text);
        self.read(request, |body| wire::list_buckets::parse(body)).await
    }

    /// Creates a bucket: [`CreateBucket`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html).
    pub(crate) async fn create_bucket(
        &self,
        bucket: &ContainerName,
        headers: HeaderMap,
        location: Option<&str>,
    ) -> Result<()> {
        let mut request =
            self.bucket("CreateBucket", Method::PUT, bucket, "").operation(Operation::CreateContainer, false);
        request.headers.extend(headers);
        if let Some(location) = location {
            request = request.payload(wire::create_bucket::write(location));
        }
        self.protect_document(&mut request).await?;
        self.send(request, no_document).await
    }

    /// Asks for a bucket: [`HeadBucket`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html).
    pub(crate) async fn head_bucket(&self, bucket: &ContainerName) -> Result<Answer> {
        let request = self.bucket("HeadBucket", Method::HEAD, bucket, "");
        self.send(request, |answer| Ok(answer.clone())).await
    }

    /// Deletes a bucket: [`DeleteBucket`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html).
    pub(crate) async fn delete_bucket(&self, bucket: &ContainerName, headers: HeaderMap) -> Result<()> {
        let mut request = self
            .bucket("DeleteBucket", Method::DELETE, bucket, "")
            .operation(Operation::DeleteContainer, false);
        request.headers.extend(headers);
        self.send(request, no_document).await
    }

    /// Lists unfinished uploads:
    /// [`ListMultipartUploads`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html).
    pub(crate) async fn list_uploads(
        &self,
        bucket: &ContainerName,
        query: &UploadQuery,
        markers: Option<&Markers>,
    ) -> Result<UploadPage> {
        let mut text = String::new();
        push_some(&mut text, "delimiter", query.delimiter.as_deref());
        let encoded = self.asks_encoding() && self.quirks.encoded_uploads;
        if encoded {
            push(&mut text, "encoding-type", "url");
        }
        push_some(&mut text, "key-marker", markers.map(|it| it.key.as_str()));
        push_limit(&mut text, "max-uploads", query.limit);
        push_some(&mut text, "prefix", query.prefix.as_deref());
        push_some(&mut text, "upload-id-marker", markers.and_then(|it| it.id.as_deref()));
        text.push_str(if text.is_empty() { "uploads=" } else { "&uploads=" });
        let request = self.bucket("ListMultipartUploads", Method::GET, bucket, &text);
        let decoding = if encoded { KeyDecoding::Url } else { KeyDecoding::Plain };
        self.read(request, |body| wire::list_uploads::parse(body, decoding)).await
    }
}
