//! Uploads that were begun and never ended.

use std::collections::BTreeMap;

use async_trait::async_trait;
use storage_core::groups::{IncompleteUpload, IncompleteUploadsDriver, UploadQuery};
use storage_core::{ContainerName, ErrorKind, Key, ObjectRef, Page, Result};
use time::OffsetDateTime;

use crate::driver::AzureDriver;
use crate::upload::{BlockId, Upload};
use crate::wire::list_blobs::BlobItem;

#[async_trait]
impl IncompleteUploadsDriver for AzureDriver {
    /// Only those of keys without an object are listed: the service shows no blocks that wait behind a blob.
    async fn list_uploads(
        &self,
        container: &ContainerName,
        query: &UploadQuery,
    ) -> Result<Page<IncompleteUpload>> {
        let prefix = query.prefix.as_deref();
        let page = self
            .client
            .list_items(container, "uncommittedblobs", prefix, query.limit, query.page_token.as_ref())
            .await?;
        let start = prefix.map_or(0, str::len);
        let below = |key: &Key| {
            let delimiter = query.delimiter.as_deref().filter(|it| !it.is_empty());
            delimiter.is_none_or(|it| !key.get(start..).unwrap_or_default().contains(it))
        };
        let mut uploads = Vec::new();
        for item in page.items.into_iter().filter(|it| may_wait(it) && below(&it.entry.key)) {
            uploads.extend(self.uploads_of(container, &item.entry.key).await?);
        }
        Ok(Page::new(uploads, page.next))
    }
}

/// Tells whether a blob may have blocks and no content: what was written has a media type, if only the one of anything.
fn may_wait(item: &BlobItem) -> bool {
    item.uncommitted || item.entry.size == 0 && item.content_type.is_none()
}

impl AzureDriver {
    /// Finds the uploads of a key by the ids of their blocks; those of other programs have no ids to tell them by.
    async fn uploads_of(&self, container: &ContainerName, key: &Key) -> Result<Vec<IncompleteUpload>> {
        let blocks = match self.client.get_block_list(ObjectRef::new(container, key)).await {
            // It was ended meanwhile.
            Err(error) if error.kind() == ErrorKind::ObjectNotFound => return Ok(Vec::new()),
            blocks => blocks?,
        };
        let mut found: BTreeMap<String, OffsetDateTime> = BTreeMap::new();
        for id in blocks.uncommitted.iter().filter_map(|it| BlockId::parse(&it.id)) {
            let sent = OffsetDateTime::from(id.sent());
            let upload = Upload::of(&id).id().as_str().to_owned();
            found.entry(upload).and_modify(|it| *it = sent.min(*it)).or_insert(sent);
        }
        Ok(found
            .into_iter()
            .map(|(upload, started)| IncompleteUpload::new(key.clone(), upload.into(), Some(started)))
            .collect())
    }
}
