//! Versions of objects.

use async_trait::async_trait;
use storage_core::groups::{VersionEntry, VersionQuery, Versioning, VersionsDriver};
use storage_core::{
    ContainerName, CopyOptions, Driver as _, Error, ErrorKind, ObjectRef, Page, PutOutcome, Result, VersionId,
};

use crate::driver::S3Driver;
use crate::wire::Markers;

#[async_trait]
impl VersionsDriver for S3Driver {
    async fn versioning(&self, container: &ContainerName) -> Result<Versioning> {
        self.client.get_versioning(container).await
    }

    async fn set_versioning(&self, container: &ContainerName, versioning: Versioning) -> Result<()> {
        self.client.put_versioning(container, versioning).await
    }

    async fn list_versions(
        &self,
        container: &ContainerName,
        query: &VersionQuery,
    ) -> Result<Page<VersionEntry>> {
        let markers = query.page_token.as_ref().map(Markers::from_token).transpose()?;
        let prefix = query.prefix.as_deref().filter(|it| !it.is_empty());
        let page = self.client.list_versions(container, prefix, query.limit, markers.as_ref()).await?;
        if page.next.is_some() && page.next == markers {
            return Err(Error::new(
                ErrorKind::UnexpectedResponse,
                "the service goes on where it was, so the listing would never end",
            ));
        }
        let mut entries = page.entries;
        if self.client.quirks.versions_oldest_first {
            newest_first(&mut entries);
        }
        Ok(Page::new(entries, page.next.map(|it| it.to_token())))
    }

    async fn restore_version(&self, target: ObjectRef<'_>, version: &VersionId) -> Result<PutOutcome> {
        // A copy of the version onto its own key becomes the newest one.
        let options = CopyOptions::new().source_version(version.clone());
        self.copy_object(target, target, &options).await
    }
}

/// Turns the versions of each key around.
fn newest_first(entries: &mut [VersionEntry]) {
    for versions in entries.chunk_by_mut(|a, b| a.object.key == b.object.key) {
        versions.reverse();
    }
}
