//! Calls about settings of buckets and objects: tags, access lists, versions, websites, sharing, lifecycle.

use bytes::Bytes;
use http::{HeaderValue, Method};
use storage_core::groups::{Acl, CorsRule, Tags, Versioning, WebsiteConfig};
use storage_core::{CannedAcl, ContainerName, Idempotency, Key, Result, VersionId};
use storage_http::Request;

use crate::client::Client;
use crate::client::objects::{no_document, push_some};
use crate::names;
use crate::wire;
use crate::wire::lifecycle::AbortRule;

/// What the service says of a bucket without rules of expiry.
const NO_LIFECYCLE: &str = "NoSuchLifecycleConfiguration";

impl Client {
    /// Starts a request about a setting of a bucket or, with a key, of an object.
    fn setting(
        &self,
        name: &'static str,
        method: Method,
        bucket: &ContainerName,
        key: Option<&Key>,
        setting: &str,
    ) -> Request {
        let mut request = match key {
            Some(key) => self.object(name, method, bucket, key, setting),
            None => self.bucket(name, method, bucket, setting),
        };
        request.idempotency = Idempotency::Always;
        request
    }

    async fn write_setting(&self, request: Request, document: Bytes) -> Result<()> {
        let mut request = request.payload(document);
        self.protect_document(&mut request).await?;
        self.send(request, no_document).await
    }

    /// Reads tags: [`GetObjectTagging`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html).
    pub(crate) async fn get_tags(&self, bucket: &ContainerName, key: &Key) -> Result<Tags> {
        let request = self.setting("GetObjectTagging", Method::GET, bucket, Some(key), "tagging=");
        match self.read(request, |body| wire::tagging::parse(body)).await {
            Err(error) if error.code() == Some("NoSuchTagSet") => Ok(Tags::new()),
            tags => tags,
        }
    }

    /// Replaces tags: [`PutObjectTagging`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html).
    pub(crate) async fn put_tags(&self, bucket: &ContainerName, key: &Key, tags: &Tags) -> Result<()> {
        if tags.is_empty() {
            let request = self.setting("DeleteObjectTagging", Method::DELETE, bucket, Some(key), "tagging=");
            return self.send(request, no_document).await;
        }
        let request = self.setting("PutObjectTagging", Method::PUT, bucket, Some(key), "tagging=");
        self.write_setting(request, wire::tagging::write(tags)).await
    }

    /// Reads an access list: [`GetObjectAcl`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html)
    /// or [`GetBucketAcl`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html).
    pub(crate) async fn get_acl(&self, bucket: &ContainerName, key: Option<&Key>) -> Result<Acl> {
        let request = self.setting("GetAcl", Method::GET, bucket, key, "acl=");
        self.read(request, |body| wire::acl::parse(body)).await
    }

    /// Replaces an access list: [`PutObjectAcl`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html)
    /// or [`PutBucketAcl`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html).
    pub(crate) async fn put_acl(&self, bucket: &ContainerName, key: Option<&Key>, acl: &Acl) -> Result<()> {
        let request = self.setting("PutAcl", Method::PUT, bucket, key, "acl=");
        // The document must name the owner, who can't be changed by it.
        let owner = match &acl.owner {
            Some(owner) => owner.clone(),
            None => self.get_acl(bucket, key).await?.owner.unwrap_or_default(),
        };
        self.write_setting(request, wire::acl::write(&owner, acl)?).await
    }

    /// Replaces an access list by one of the service's own.
    pub(crate) async fn put_canned_acl(
        &self,
        bucket: &ContainerName,
        key: Option<&Key>,
        acl: CannedAcl,
    ) -> Result<()> {
        let mut request = self.setting("PutAcl", Method::PUT, bucket, key, "acl=");
        request.headers.insert(names::ACL, HeaderValue::from_static(acl.name()));
        self.send(request, no_document).await
    }

    /// Reads whether versions are kept:
    /// [`GetBucketVersioning`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html).
    pub(crate) async fn get_versioning(&self, bucket: &ContainerName) -> Result<Versioning> {
        let request = self.setting("GetBucketVersioning", Method::GET, bucket, None, "versioning=");
        self.read(request, |body| wire::versioning::parse(body)).await
    }

    /// Sets whether versions are kept:
    /// [`PutBucketVersioning`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html).
    pub(crate) async fn put_versioning(&self, bucket: &ContainerName, versioning: Versioning) -> Result<()> {
        let request = self.setting("PutBucketVersioning", Method::PUT, bucket, None, "versioning=");
        self.write_setting(request, wire::versioning::write(versioning)?).await
    }

    /// Reads the website: [`GetBucketWebsite`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketWebsite.html).
    pub(crate) async fn get_website(&self, bucket: &ContainerName) -> Result<Option<WebsiteConfig>> {
        let request = self.setting("GetBucketWebsite", Method::GET, bucket, None, "website=");
        match self.read(request, |body| wire::website::parse(body)).await {
            Err(error) if error.code() == Some("NoSuchWebsiteConfiguration") => Ok(None),
            website => website.map(Some),
        }
    }

    /// Sets the website: [`PutBucketWebsite`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html).
    pub(crate) async fn put_website(
        &self,
        bucket: &ContainerName,
        website: Option<&WebsiteConfig>,
    ) -> Result<()> {
        let Some(website) = website else {
            let request = self.setting("DeleteBucketWebsite", Method::DELETE, bucket, None, "website=");
            return self.send(request, no_document).await;
        };
        let request = self.setting("PutBucketWebsite", Method::PUT, bucket, None, "website=");
        self.write_setting(request, wire::website::write(website)).await
    }

    /// Reads the sharing rules: [`GetBucketCors`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketCors.html).
    pub(crate) async fn get_cors(&self, bucket: &ContainerName) -> Result<Vec<CorsRule>> {
        let request = self.setting("GetBucketCors", Method::GET, bucket, None, "cors=");
        match self.read(request, |body| wire::cors::parse(body)).await {
            Err(error) if error.code() == Some("NoSuchCORSConfiguration") => Ok(Vec::new()),
            rules => rules,
        }
    }

    /// Sets the sharing rules: [`PutBucketCors`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html).
    pub(crate) async fn put_cors(&self, bucket: &ContainerName, rules: &[CorsRule]) -> Result<()> {
        if rules.is_empty() {
            let request = self.setting("DeleteBucketCors", Method::DELETE, bucket, None, "cors=");
            return self.send(request, no_document).await;
        }
        let request = self.setting("PutBucketCors", Method::PUT, bucket, None, "cors=");
        self.write_setting(request, wire::cors::write(rules)).await
    }

    /// Reads the rules that abort uploads:
    /// [`GetBucketLifecycleConfiguration`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html).
    pub(crate) async fn get_abort_rules(&self, bucket: &ContainerName) -> Result<Vec<AbortRule>> {
        let request =
            self.setting("GetBucketLifecycleConfiguration", Method::GET, bucket, None, "lifecycle=");
        match self.read(request, |body| wire::lifecycle::parse(body)).await {
            Err(error) if error.code() == Some(NO_LIFECYCLE) => Ok(Vec::new()),
            rules => rules,
        }
    }

    /// Adds a rule to those that there are:
    /// [`PutBucketLifecycleConfiguration`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html).
    pub(crate) async fn put_abort_rule(&self, bucket: &ContainerName, rule: &AbortRule) -> Result<()> {
        let request =
            self.setting("GetBucketLifecycleConfiguration", Method::GET, bucket, None, "lifecycle=");
        let document = match self.read(request, |body| wire::lifecycle::add(body, rule)).await {
            Err(error) if error.code() == Some(NO_LIFECYCLE) => wire::lifecycle::write(rule),
            document => document?,
        };
        self.put_lifecycle(bucket, document).await
    }

    /// Removes a rule and keeps the others.
    pub(crate) async fn remove_abort_rule(&self, bucket: &ContainerName, id: &str) -> Result<()> {
        let request =
            self.setting("GetBucketLifecycleConfiguration", Method::GET, bucket, None, "lifecycle=");
        match self.read(request, |body| wire::lifecycle::remove(body, id)).await {
            Err(error) if error.code() == Some(NO_LIFECYCLE) => Ok(()),
            Err(error) => Err(error),
            Ok(Some(document)) => self.put_lifecycle(bucket, document).await,
            Ok(None) => {
                let request =
                    self.setting("DeleteBucketLifecycle", Method::DELETE, bucket, None, "lifecycle=");
                self.send(request, no_document).await
            }
        }
    }

    async fn put_lifecycle(&self, bucket: &ContainerName, document: Bytes) -> Result<()> {
        let request =
            self.setting("PutBucketLifecycleConfiguration", Method::PUT, bucket, None, "lifecycle=");
        self.write_setting(request, document).await
    }

    /// Reads the region of a bucket:
    /// [`GetBucketLocation`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html).
    pub(crate) async fn get_location(&self, bucket: &ContainerName) -> Result<String> {
        let request = self.setting("GetBucketLocation", Method::GET, bucket, None, "location=");
        self.read(request, |body| wire::location::parse(body)).await
    }

    /// Starts a request that somebody else will send.
    pub(crate) fn unsent(
        &self,
        method: Method,
        bucket: &ContainerName,
        key: &Key,
        version: Option<&VersionId>,
        parameters: &[(String, String)],
    ) -> Request {
        let mut query = String::new();
        push_some(&mut query, "versionId", version.map(VersionId::as_str));
        for (name, value) in parameters {
            let mut encoded = String::new();
            storage_http::encode_query(name, &mut encoded);
            crate::client::objects::push(&mut query, &encoded, value);
        }
        self.object("Presign", method, bucket, key, &query)
    }
}
