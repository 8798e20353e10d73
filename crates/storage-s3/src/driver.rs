//! Core types in, calls of the client, core types out.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use storage_core::groups::{
    AclDriver, BulkDeleteDriver, IncompleteUploadsDriver, MetadataDriver, MultipartDriver, PresignDriver,
    PublicUrlDriver, RenameDriver, TagsDriver, VersionsDriver, WebsiteDriver,
};
use storage_core::{
    ByteRange, Capabilities, ContainerInfo, ContainerName, ContainerQuery, CopyOptions, CreateOptions,
    DeleteContainerOptions, DeleteOptions, Driver, Encryption, Error, ErrorKind, GetOptions, GetOutcome,
    ListEntry, ListQuery, ObjectInfo, ObjectRef, Operation, Page, PageToken, Payload, ProviderInfo,
    PublicAccess, PutOptions, PutOutcome, Result, WriteCondition,
};
use storage_http::{Streamed, ended_as, range_of, recast};

use crate::client::Client;
use crate::client::objects::{ListRequest, copy_source};
use crate::config::Resolved;
use crate::headers;
use crate::names;
use crate::vendors::{LocationConstraint, SignatureVersion, Vendor};
use crate::wire;

/// What page tokens start with that were made here, for services that page nothing. No token of a service does.
const OWN_TOKEN: &str = "\u{1}after:";

/// The driver of every service that speaks S3.
#[derive(Debug)]
pub(crate) struct S3Driver {
    pub(crate) client: Client,
    pub(crate) vendor: &'static Vendor,
    pub(crate) info: ProviderInfo,
    pub(crate) capabilities: Arc<Capabilities>,
    pub(crate) settings: Arc<Resolved>,
}

#[async_trait]
impl Driver for S3Driver {
    fn provider(&self) -> &ProviderInfo {
        &self.info
    }

    async fn capabilities(&self, _: Option<&ContainerName>) -> Result<Arc<Capabilities>> {
        Ok(Arc::clone(&self.capabilities))
    }

    async fn describe(&self) -> Vec<(String, String)> {
        let client = &self.client;
        let settings = &self.settings;
        let now = client.http.clock().now();
        let (trail, found) = client.credentials.examine(&client.http, now).await;
        let sources: Vec<_> =
            trail.iter().map(|(source, said)| format!("{}: {said}", source.name())).collect();
        let signature = match client.protection.signature {
            Some(SignatureVersion::V2) => "version 2",
            Some(_) => "version 4",
            None => "none",
        };
        let in_host = client.places.is_in_host("bucket");
        let addresses = if in_host { "bucket in the host" } else { "bucket in the path" };
        let mut facts = vec![
            ("vendor", format!("{} ({})", self.vendor.title, self.vendor.name)),
            ("endpoint", settings.endpoint.to_string()),
            ("region", settings.region.clone()),
            ("addresses", addresses.to_owned()),
            ("signature", signature.to_owned()),
            ("credentials", sources.join("; ")),
        ];
        if let Err(error) = found {
            facts.push(("credentials error", error.to_string()));
        }
        let behind = client.http.clock().offset_ms();
        facts.push((
            "clock",
            if behind == 0 { "agrees".to_owned() } else { format!("{behind} ms behind the service") },
        ));
        facts.push(("manual", self.vendor.docs.to_owned()));
        facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    async fn list_containers(&self, query: &ContainerQuery) -> Result<Page<ContainerInfo>> {
        let after = query.page_token.as_deref().and_then(|it| it.strip_prefix(OWN_TOKEN));
        let mut asked = query.clone();
        if after.is_some() {
            asked.page_token = None;
        }
        let page = self.client.list_buckets(&asked).await?;
        let prefix = query.prefix.as_deref().unwrap_or_default();
        let wanted = page.items.into_iter().filter(|it| it.name.starts_with(prefix));
        if page.next.is_some() {
            return Ok(Page::new(wanted.collect(), page.next));
        }
        // Many services know neither the parameters nor an order and give all buckets at once.
        let mut rest: Vec<_> =
            wanted.filter(|it| after.is_none_or(|after| it.name.as_str() > after)).collect();
        rest.sort_by(|a, b| a.name.cmp(&b.name));
        let limit = query.limit.map_or(usize::MAX, |it| usize::try_from(it).unwrap_or(usize::MAX));
        let more = rest.len() > limit;
        rest.truncate(limit);
        let last = rest.last().filter(|_| more);
        let next = last.map(|it| PageToken::new(format!("{OWN_TOKEN}{}", it.name.as_str())));
        Ok(Page::new(rest, next))
    }

    async fn create_container(&self, name: &ContainerName, options: &CreateOptions) -> Result<()> {
        if !options.metadata.is_empty() {
            return Err(self.lacks("metadata of containers"));
        }
        let mut set = HeaderMap::new();
        let acl = match options.public_access {
            None | Some(PublicAccess::None) => options.acl,
            Some(PublicAccess::Container) => Some(storage_core::CannedAcl::PublicRead),
            Some(_) => return Err(self.lacks("containers whose objects anybody may read but not list")),
        };
        if let Some(acl) = acl {
            storage_http::headers::set(&mut set, names::ACL, acl.name())?;
        }
        storage_http::headers::set_extra(&mut set, &options.headers)?;
        let location = self.location(options.region.as_deref());
        match self.client.create_bucket(name, set, location.as_deref()).await {
            // An attempt whose answer was lost has made it, unless it may be somebody else's.
            Err(error) if ended_as(&error, ErrorKind::ContainerAlreadyExists) && is_owned(&error) => Ok(()),
            done => done,
        }
    }

    async fn head_container(&self, name: &ContainerName) -> Result<ContainerInfo> {
        let answer = self.client.head_bucket(name).await.map_err(container_missing)?;
        let mut info = ContainerInfo::new(name.clone());
        info.region = answer.header(names::BUCKET_REGION.as_str()).map(str::to_owned);
        headers::service_fields(&answer.headers, &mut info.service_fields);
        Ok(info)
    }

    async fn delete_container(&self, name: &ContainerName, options: &DeleteContainerOptions) -> Result<()> {
        let mut set = HeaderMap::new();
        storage_http::headers::set_extra(&mut set, &options.headers)?;
        match self.client.delete_bucket(name, set).await {
            Err(error) if ended_as(&error, ErrorKind::ContainerNotFound) => Ok(()),
            done => done,
        }
    }

    async fn put_object(
        &self,
        target: ObjectRef<'_>,
        payload: Payload,
        options: &PutOptions,
    ) -> Result<PutOutcome> {
        let mut set = self.content(options)?;
        headers::of_condition(&mut set, &options.condition, &self.client.quirks)?;
        let done = self.client.put_object(target, set, payload, options).await;
        done.map_err(|error| conditioned(error, &options.condition))
    }

    async fn get_object(&self, target: ObjectRef<'_>, options: &GetOptions) -> Result<GetOutcome> {
        options.range.map_or(Ok(()), ByteRange::check)?;
        let mut set = HeaderMap::new();
        self.customer_key(&mut set, options.encryption.as_ref())?;
        headers::of_read(&mut set, options)?;
        let version = options.version.as_ref();
        match self.client.get_object(target, version, set.clone(), options.range).await {
            Ok(answer) => self.outcome(target, answer, options),
            Err(error) if error.kind() == ErrorKind::InvalidRange && options.range.is_some() => {
                let info = self.head_object(target, options).await?;
                match options.range.map(|it| it.resolve(info.size)) {
                    // Every range of an empty object is empty, but the service refuses all of them.
                    Some(Ok(_)) if info.size == 0 => Ok(GetOutcome::new(info, 0..0, Bytes::new().into())),
                    // Some services refuse a suffix that is longer than the object; it means the whole object.
                    Some(Ok(all)) if all == (0..info.size) => {
                        let answer = self.client.get_object(target, version, set, None).await?;
                        self.outcome(target, answer, options)
                    }
                    _ => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    async fn head_object(&self, target: ObjectRef<'_>, options: &GetOptions) -> Result<ObjectInfo> {
        let mut set = HeaderMap::new();
        self.customer_key(&mut set, options.encryption.as_ref())?;
        headers::of_read(&mut set, options)?;
        let answer = self.client.head_object(target, options.version.as_ref(), set).await?;
        // Whoever reads the answer as HTTP takes signs, too.
        let size = answer.header("content-length").and_then(wire::number);
        let size = size.ok_or_else(|| {
            Error::new(ErrorKind::UnexpectedResponse, "the answer does not say how large the object is")
        })?;
        let mut info = headers::info(target.key, size, &answer.headers);
        headers::service_fields(&answer.headers, &mut info.service_fields);
        // Some services ignore conditions of reads, and what they tell of the object shows it.
        options.check(&info)?;
        Ok(info)
    }

    async fn delete_object(&self, target: ObjectRef<'_>, options: &DeleteOptions) -> Result<()> {
        let mut set = HeaderMap::new();
        if let Some(etag) = &options.if_match {
            storage_http::headers::set(
                &mut set,
                http::header::IF_MATCH,
                &headers::if_match(etag, &self.client.quirks),
            )?;
        }
        storage_http::headers::set_extra(&mut set, &options.headers)?;
        let conditional = options.if_match.is_some();
        match self.client.delete_object(target, options.version.as_ref(), set, conditional).await {
            // Deleting what is not there succeeds; with a condition, what it was about is gone.
            Err(error) if error.kind() == ErrorKind::ObjectNotFound && !conditional => Ok(()),
            Err(error) if error.kind() == ErrorKind::ObjectNotFound => {
                Err(recast(error, ErrorKind::PreconditionFailed, "the object is not there"))
            }
            done => done,
        }
    }

    async fn copy_object(
        &self,
        from: ObjectRef<'_>,
        to: ObjectRef<'_>,
        options: &CopyOptions,
    ) -> Result<PutOutcome> {
        // A service that does not know the header of the source would write an empty object.
        if !self.client.quirks.copy {
            return Err(self.lacks("copies on the server"));
        }
        let conditional = options.condition != WriteCondition::None;
        if conditional && !self.client.quirks.copy_conditions {
            return Err(self.lacks("conditions on copies"));
        }
        let mut set = match &options.replace {
            Some(replace) => {
                let mut set = self.content(replace)?;
                storage_http::headers::set(&mut set, names::METADATA_DIRECTIVE, "REPLACE")?;
                if !replace.tag.is_empty() {
                    storage_http::headers::set(&mut set, names::TAGGING_DIRECTIVE, "REPLACE")?;
                }
                set
            }
            None => {
                let mut set = HeaderMap::new();
                self.encryption(&mut set, None)?;
                set
            }
        };
        self.source_key(&mut set)?;
        if let Some(etag) = &options.source_if_match {
            headers::of_source(&mut set, etag, &self.client.quirks)?;
        }
        headers::of_condition(&mut set, &options.condition, &self.client.quirks)?;
        storage_http::headers::set_extra(&mut set, &options.headers)?;
        let source = copy_source(from, options.source_version.as_ref());
        let idempotency = Operation::CopyObject.idempotency(conditional);
        let done = self.client.copy_object(&source, to, set, idempotency).await;
        done.map_err(|error| conditioned(error, &options.condition))
    }

    async fn list_objects(&self, container: &ContainerName, query: &ListQuery) -> Result<Page<ListEntry>> {
        let page = ListRequest {
            prefix: query.prefix.as_deref().filter(|it| !it.is_empty()),
            delimiter: query.delimiter.as_deref(),
            start_after: query.start_after.as_deref().filter(|it| !it.is_empty()),
            limit: query.limit,
            next: query.page_token.as_ref().map(PageToken::as_str),
        };
        self.client.list_objects(container, page).await
    }

    fn multipart(&self) -> Option<&dyn MultipartDriver> {
        self.client.quirks.multipart.then_some(self)
    }

    fn presign(&self) -> Option<&dyn PresignDriver> {
        Some(self)
    }

    fn bulk_delete(&self) -> Option<&dyn BulkDeleteDriver> {
        self.client.quirks.bulk_delete.then_some(self)
    }

    fn incomplete_uploads(&self) -> Option<&dyn IncompleteUploadsDriver> {
        (self.client.quirks.multipart && self.client.quirks.incomplete_uploads).then_some(self)
    }

    fn versions(&self) -> Option<&dyn VersionsDriver> {
        self.client.quirks.versions.then_some(self)
    }

    fn tags(&self) -> Option<&dyn TagsDriver> {
        self.client.quirks.tags.then_some(self)
    }

    fn acl(&self) -> Option<&dyn AclDriver> {
        self.client.quirks.acl.then_some(self)
    }

    fn metadata(&self) -> Option<&dyn MetadataDriver> {
        self.client.quirks.copy.then_some(self)
    }

    fn website(&self) -> Option<&dyn WebsiteDriver> {
        (self.client.quirks.website || self.client.quirks.cors).then_some(self)
    }

    fn public_url(&self) -> Option<&dyn PublicUrlDriver> {
        Some(self)
    }

    // S3 renames by copying and deleting, which is not atomic.
    fn rename(&self) -> Option<&dyn RenameDriver> {
        None
    }
}

impl S3Driver {
    /// Makes the error for what the service lacks.
    pub(crate) fn lacks(&self, feature: &str) -> Error {
        Error::unsupported(self.info.id.clone(), feature)
    }

    /// The headers that stay with a new object.
    pub(crate) fn content(&self, options: &PutOptions) -> Result<HeaderMap> {
        let mut set = HeaderMap::new();
        if let Some(class) = &self.settings.defaults.storage_class {
            storage_http::headers::set(&mut set, names::STORAGE_CLASS, class)?;
        }
        self.encryption(&mut set, options.encryption.as_ref())?;
        headers::of_content(&mut set, options)?;
        Ok(set)
    }

    /// The headers that say how a new object is encrypted.
    fn encryption(&self, set: &mut HeaderMap, asked: Option<&Encryption>) -> Result<()> {
        let Some(encryption) = asked.or(self.settings.defaults.encryption.as_ref()) else { return Ok(()) };
        let quirks = &self.client.quirks;
        let (can, what) = match encryption {
            Encryption::ServiceManaged => (quirks.sse_s3, "encryption with keys of its own"),
            Encryption::KeyService { .. } => (quirks.sse_kms, "encryption with keys of a key service"),
            _ => (quirks.sse_c, "encryption with keys of the caller"),
        };
        if !can {
            return Err(self.lacks(what));
        }
        headers::of_encryption(set, encryption)
    }

    /// The headers that carry the key of the caller's by which an object is read or its parts are written.
    pub(crate) fn customer_key(&self, set: &mut HeaderMap, asked: Option<&Encryption>) -> Result<()> {
        let encryption = asked.or(self.settings.defaults.encryption.as_ref());
        headers::of_customer_key(set, encryption, [names::SSE_C, names::SSE_C_KEY, names::SSE_C_KEY_MD5])
    }

    /// The headers that carry the key of the caller's by which the source of a copy is read.
    pub(crate) fn source_key(&self, set: &mut HeaderMap) -> Result<()> {
        let names =
            [names::COPY_SOURCE_SSE_C, names::COPY_SOURCE_SSE_C_KEY, names::COPY_SOURCE_SSE_C_KEY_MD5];
        headers::of_customer_key(set, self.settings.defaults.encryption.as_ref(), names)
    }

    /// What the creation of a bucket says of its place.
    fn location(&self, asked: Option<&str>) -> Option<String> {
        let own = self.client.places.service().region();
        match self.client.quirks.location {
            LocationConstraint::UnlessDefault => {
                let region = asked.unwrap_or(own);
                (region != "us-east-1").then(|| region.to_owned())
            }
            LocationConstraint::WhenAsked => asked.map(str::to_owned),
            _ => None,
        }
    }

    /// Checks the head of an answer to a read, and makes an outcome of it.
    fn outcome(&self, target: ObjectRef<'_>, answer: Streamed, options: &GetOptions) -> Result<GetOutcome> {
        let (range, size) = range_of(&answer, options.range)?;
        let Streamed { headers: set, body, .. } = answer;
        let mut info = headers::info(target.key, size, &set);
        options.check(&info)?;
        if range != (0..size) {
            // What a service says of a part of the object is no checksum of the whole.
            info.checksums = storage_core::Checksums::new();
        }
        Ok(GetOutcome::new(info, range, body))
    }
}

/// Tells whether the service says that an existing bucket is the caller's own.
fn is_owned(error: &Error) -> bool {
    let cause = std::error::Error::source(error).and_then(|it| it.downcast_ref::<Error>());
    cause.and_then(Error::code) == Some("BucketAlreadyOwnedByYou")
}

/// Answers about a bucket have no body, so a missing one has no code.
fn container_missing(error: Error) -> Error {
    match error.kind() {
        ErrorKind::ObjectNotFound => {
            recast(error, ErrorKind::ContainerNotFound, "there is no such container")
        }
        _ => error,
    }
}

/// A condition that does not hold means that the object exists, where it was to be created.
pub(crate) fn conditioned(error: Error, condition: &WriteCondition) -> Error {
    match (condition, error.kind()) {
        (WriteCondition::IfAbsent, ErrorKind::PreconditionFailed) => {
            recast(error, ErrorKind::AlreadyExists, "there is an object under that key already")
        }
        // An upload that is gone says nothing about the object.
        (WriteCondition::IfMatch(_), ErrorKind::ObjectNotFound) if error.code() != Some("NoSuchUpload") => {
            recast(error, ErrorKind::PreconditionFailed, "there is no object that could have that entity tag")
        }
        _ => error,
    }
}
