//! Copies on the server: begun by one request, and carried out by the service at its leisure.

use std::time::Duration;

use http::HeaderMap;
use storage_core::groups::Tags;
use storage_core::{
    CopyOptions, DeleteOptions, Driver as _, Error, ErrorKind, GetOptions, ObjectInfo, ObjectRef, Operation,
    PutOptions, PutOutcome, Result, VersionId, WriteCondition,
};
use storage_http::headers::{set, set_extra, text};

use crate::client::blobs::version_query;
use crate::credentials::Credential;
use crate::driver::{AzureDriver, conditioned, copy_status};
use crate::headers;
use crate::names;

/// How long it takes until the service is asked again how far it is, at first and at most.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

impl AzureDriver {
    /// Copies an object, and waits until the service has done it.
    pub(crate) async fn copy(
        &self,
        from: ObjectRef<'_>,
        to: ObjectRef<'_>,
        options: &CopyOptions,
    ) -> Result<PutOutcome> {
        let (source, tags) = self.source(from, options).await?;
        let mut set_headers = HeaderMap::new();
        match &options.replace {
            Some(replace) => {
                headers::of_metadata(&mut set_headers, &replace.metadata)?;
                let tier = replace.storage_class.as_deref();
                storage_http::headers::set_opt(&mut set_headers, names::ACCESS_TIER, tier)?;
                if !replace.tag.is_empty() {
                    set(&mut set_headers, names::TAGS, &headers::tagging(&replace.tag))?;
                }
            }
            // The service copies metadata and content headers, but no tags.
            None if !tags.is_empty() => set(&mut set_headers, names::TAGS, &headers::tagging(&tags))?,
            None => {}
        }
        if let Some(etag) = &source.etag {
            set(&mut set_headers, names::SOURCE_IF_MATCH, &headers::quoted(etag))?;
        }
        headers::of_condition(&mut set_headers, &options.condition)?;
        set_extra(&mut set_headers, &options.headers)?;
        let address = self.source_url(from, options.source_version.as_ref()).await?;
        let conditional = options.condition != WriteCondition::None;
        let idempotency = Operation::CopyObject.idempotency(conditional);
        let copied = self.client.copy_blob(&address, to, set_headers, idempotency).await;
        let copied = copied.map_err(|error| conditioned(error, &options.condition))?;
        let mut outcome = copied.outcome;
        if copied.status != "success" {
            let info = self.wait_for_copy(to, &copied.id, copied.status).await?;
            (outcome.etag, outcome.version) = (info.etag, info.version.or(outcome.version));
        }
        outcome.size = Some(source.size);
        match &options.replace {
            Some(replace) => self.replace(to, replace, &source, outcome).await,
            None => Ok(outcome),
        }
    }

    /// Looks at the source, which pins it to one content.
    async fn source(&self, from: ObjectRef<'_>, options: &CopyOptions) -> Result<(ObjectInfo, Tags)> {
        let mut head = GetOptions::new();
        head.if_match.clone_from(&options.source_if_match);
        head.version.clone_from(&options.source_version);
        let info = self.head_object(from, &head).await?;
        let tagged = info.service_fields.get("x-ms-tag-count").is_some_and(|it| it != "0");
        let tags =
            if tagged && options.replace.is_none() { self.client.get_tags(from).await? } else { Tags::new() };
        Ok((info, tags))
    }

    /// Writes the address of the source, with the signed query by which requests of this storage are let in.
    async fn source_url(&self, from: ObjectRef<'_>, version: Option<&VersionId>) -> Result<String> {
        let place = &self.client.place;
        let query = version_query(version);
        let mut url = format!("{}{}", place.endpoint, place.blob(from.container, from.key, &query));
        let now = self.client.http.clock().now();
        if let Credential::Sas(token) = self.client.credentials.get(&self.client.http, now).await? {
            url.push(if query.is_empty() { '?' } else { '&' });
            url.push_str(token.query.expose());
        }
        Ok(url)
    }

    /// Asks again and again until the copy has ended; one whose end can't be seen is stopped.
    async fn wait_for_copy(&self, to: ObjectRef<'_>, id: &str, status: String) -> Result<ObjectInfo> {
        let (mut status, mut wait) = (status, FIRST_WAIT);
        loop {
            if status != "pending" {
                let message = format!("the service gave up the copy: {status}");
                return Err(Error::new(ErrorKind::Unavailable, message));
            }
            self.client.http.runtime().sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
            let answer = match self.client.head_blob(to, None, HeaderMap::new()).await {
                Ok(answer) => answer,
                Err(error) => {
                    // Nobody would look at its end.
                    let stopped = self.client.abort_copy(to, id).await;
                    tracing::debug!(?stopped, "a copy that can't be watched");
                    return Err(error);
                }
            };
            let (found, now) = copy_status(&answer.headers);
            if found.as_deref() != Some(id) {
                let message = "the destination was overwritten while it was copied to";
                return Err(Error::new(ErrorKind::Changed, message));
            }
            status = now.unwrap_or_default();
            if status == "success" {
                let size = answer.header("content-length").and_then(storage_http::headers::number);
                return Ok(headers::info(to.key, size.unwrap_or_default(), &answer.headers));
            }
            if matches!(status.as_str(), "failed" | "aborted") {
                self.drop_empty(to, &answer.headers).await;
            }
            if let Some(why) =
                answer.header(names::COPY_STATUS_DESCRIPTION.as_str()).filter(|_| status != "pending")
            {
                status = format!("{status} ({why})");
            }
        }
    }

    /// Deletes the empty object that a copy leaves which came to nothing, unless somebody has written there since.
    async fn drop_empty(&self, to: ObjectRef<'_>, found: &HeaderMap) {
        let size = text(found, &http::header::CONTENT_LENGTH).and_then(storage_http::headers::number);
        let Some(etag) = headers::etag(found).filter(|_| size == Some(0)) else { return };
        let mut options = DeleteOptions::new();
        options.if_match = Some(etag);
        let dropped = self.delete_object(to, &options).await;
        tracing::debug!(?dropped, "what a copy left that came to nothing");
    }

    /// Sets what a copy can't bring along: content headers, and metadata where there shall be none.
    async fn replace(
        &self,
        to: ObjectRef<'_>,
        replace: &PutOptions,
        source: &ObjectInfo,
        outcome: PutOutcome,
    ) -> Result<PutOutcome> {
        let mut set_headers = HeaderMap::new();
        let mut content = PutOptions::new();
        content.content_type.clone_from(&replace.content_type);
        content.content_encoding.clone_from(&replace.content_encoding);
        content.content_disposition.clone_from(&replace.content_disposition);
        content.content_language.clone_from(&replace.content_language);
        content.cache_control.clone_from(&replace.cache_control);
        headers::of_content(&mut set_headers, &content)?;
        headers::keep_md5(&mut set_headers, &source.checksums)?;
        let pin = |set_headers: &mut HeaderMap, outcome: &PutOutcome| match &outcome.etag {
            Some(etag) => set(set_headers, http::header::IF_MATCH, &headers::quoted(etag)),
            None => Ok(()),
        };
        pin(&mut set_headers, &outcome)?;
        let mut done = self.client.set_blob_properties(to, set_headers, true).await?;
        if replace.metadata.is_empty() && !source.metadata.is_empty() {
            let mut none = HeaderMap::new();
            pin(&mut none, &done)?;
            done = self.client.set_blob_metadata(to, none, true).await?;
        }
        let mut outcome = outcome;
        (outcome.etag, outcome.version) = (done.etag, done.version.or(outcome.version));
        Ok(outcome)
    }
}
