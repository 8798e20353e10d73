//! Versions of objects, in accounts that keep them.

use async_trait::async_trait;
use storage_core::groups::{VersionEntry, VersionQuery, Versioning, VersionsDriver};
use storage_core::{ContainerName, CopyOptions, Driver as _, ObjectRef, Page, PutOutcome, Result, VersionId};

use crate::driver::AzureDriver;

#[async_trait]
impl VersionsDriver for AzureDriver {
    async fn versioning(&self, container: &ContainerName) -> Result<Versioning> {
        // It is a setting of the account, which this protocol does not show; the storage was told that it is on.
        self.head_container(container).await.map(|_| Versioning::On)
    }

    async fn set_versioning(&self, _: &ContainerName, _: Versioning) -> Result<()> {
        Err(self
            .lacks("way to switch versions by this protocol; it is a setting of the account in the portal"))
    }

    async fn list_versions(
        &self,
        container: &ContainerName,
        query: &VersionQuery,
    ) -> Result<Page<VersionEntry>> {
        let prefix = query.prefix.as_deref();
        let page = self
            .client
            .list_items(container, "versions", prefix, query.limit, query.page_token.as_ref())
            .await?;
        let mut entries: Vec<VersionEntry> = page
            .items
            .into_iter()
            .filter_map(|item| {
                let version = VersionId::new(item.version?);
                Some(VersionEntry::new(item.entry, version, item.current, false))
            })
            .collect();
        // The service gives the oldest version of a key first; all of a key need not be on one page.
        for versions in entries.chunk_by_mut(|a, b| a.object.key == b.object.key) {
            versions.reverse();
        }
        Ok(Page::new(entries, page.next))
    }

    async fn restore_version(&self, target: ObjectRef<'_>, version: &VersionId) -> Result<PutOutcome> {
        // A copy of the version onto its own key becomes the newest one.
        let options = CopyOptions::new().source_version(version.clone());
        self.copy_object(target, target, &options).await
    }
}
