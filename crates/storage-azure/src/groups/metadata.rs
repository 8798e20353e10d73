//! Metadata that changes while the content stays.

use async_trait::async_trait;
use http::HeaderMap;
use http::header::IF_MATCH;
use storage_core::groups::{MetadataDriver, MetadataUpdate};
use storage_core::{
    ContainerName, Driver as _, Error, ErrorKind, GetOptions, Metadata, ObjectRef, PutOptions, Result,
};
use storage_http::headers::set;

use crate::driver::AzureDriver;
use crate::headers;

#[async_trait]
impl MetadataDriver for AzureDriver {
    async fn update_metadata(&self, target: ObjectRef<'_>, update: &MetadataUpdate) -> Result<()> {
        let content = [
            &update.content_type,
            &update.content_encoding,
            &update.content_disposition,
            &update.content_language,
            &update.cache_control,
        ];
        let changes_content = content.iter().any(|it| it.is_some());
        let mut pin = update.if_match.clone();
        if changes_content {
            // The service replaces all content headers at once, so those that stay have to be known.
            let mut head = GetOptions::new();
            head.if_match.clone_from(&update.if_match);
            let info = self.head_object(target, &head).await?;
            let mut all = PutOptions::new();
            all.content_type = update.content_type.clone().or(info.content_type);
            all.content_encoding = update.content_encoding.clone().or(info.content_encoding);
            all.content_disposition = update.content_disposition.clone().or(info.content_disposition);
            all.content_language = update.content_language.clone().or(info.content_language);
            all.cache_control = update.cache_control.clone().or(info.cache_control);
            let mut set_headers = HeaderMap::new();
            headers::of_content(&mut set_headers, &all)?;
            headers::keep_md5(&mut set_headers, &info.checksums)?;
            let etag = info
                .etag
                .ok_or_else(|| Error::new(ErrorKind::UnexpectedResponse, "the answer has no entity tag"))?;
            // Another write meanwhile would be undone in part.
            set(&mut set_headers, IF_MATCH, &headers::quoted(&etag))?;
            // The metadata is checked first: a half of the change shall not happen.
            headers::of_metadata(&mut HeaderMap::new(), &update.metadata)?;
            pin = self.client.set_blob_properties(target, set_headers, true).await?.etag;
        }
        let mut set_headers = HeaderMap::new();
        headers::of_metadata(&mut set_headers, &update.metadata)?;
        self.customer_key(&mut set_headers, None)?;
        if let Some(etag) = &pin {
            set(&mut set_headers, IF_MATCH, &headers::quoted(etag))?;
        }
        self.client.set_blob_metadata(target, set_headers, pin.is_some()).await.map(drop)
    }

    async fn update_container_metadata(&self, container: &ContainerName, metadata: &Metadata) -> Result<()> {
        let mut set_headers = HeaderMap::new();
        headers::of_metadata(&mut set_headers, metadata)?;
        self.client.set_container_metadata(container, set_headers).await
    }
}
