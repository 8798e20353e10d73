//! Uploads that were begun and never ended.

use async_trait::async_trait;
use storage_core::groups::{IncompleteUpload, IncompleteUploadsDriver, UploadQuery};
use storage_core::{ContainerName, Page, Result};

use crate::driver::S3Driver;
use crate::wire::Markers;

#[async_trait]
impl IncompleteUploadsDriver for S3Driver {
    async fn list_uploads(
        &self,
        container: &ContainerName,
        query: &UploadQuery,
    ) -> Result<Page<IncompleteUpload>> {
        let markers = query.page_token.as_ref().map(Markers::from_token).transpose()?;
        let mut page = self.client.list_uploads(container, query, markers.as_ref()).await?;
        // Swift looks for the prefix in `key/upload`, and finds `a` for `a/`.
        let prefix = query.prefix.as_deref().unwrap_or_default();
        page.uploads.retain(|it| it.key.as_str().starts_with(prefix));
        Ok(Page::new(page.uploads, page.next.map(|it| it.to_token())))
    }
}
