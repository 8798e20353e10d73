//! Uploads that were begun and never ended.

use async_trait::async_trait;
use storage_core::groups::{IncompleteUpload, IncompleteUploadsDriver, UploadQuery};
use storage_core::{ContainerName, Page, PageToken, Result};

use crate::driver::LocalDriver;
use crate::read::modified;
use crate::upload::Begun;

/// How many uploads one page shows, unless the caller asks for another number.
const PAGE: u32 = 1000;

#[async_trait]
impl IncompleteUploadsDriver for LocalDriver {
    async fn list_uploads(
        &self,
        container: &ContainerName,
        query: &UploadQuery,
    ) -> Result<Page<IncompleteUpload>> {
        let own = container.clone();
        let all = self.store.run(move |store| store.uploads(&own)).await;
        let all = all.map_err(|error| error.with_container(container.as_str()))?;
        let after = query.page_token.as_ref().map(|it| it.as_str());
        let mut rest = all
            .into_iter()
            .filter(|it| shown(it, query))
            .filter(|it| after.is_none_or(|after| place(it).as_str() > after));
        let mut items = Vec::new();
        let mut last = None;
        for begun in rest.by_ref().take(query.limit.unwrap_or(PAGE).max(1) as usize) {
            last = Some(place(&begun));
            items.push(IncompleteUpload::new(begun.key, begun.upload, modified(begun.started)));
        }
        let next = rest.next().and(last).map(PageToken::new);
        Ok(Page::new(items, next))
    }
}

fn shown(begun: &Begun, query: &UploadQuery) -> bool {
    let Some(rest) = begun.key.strip_prefix(query.prefix.as_deref().unwrap_or_default()) else {
        return false;
    };
    query.delimiter.as_deref().is_none_or(|delimiter| !rest.contains(delimiter))
}

/// Where an upload stands in the listing: no key holds a NUL, so the order is that of key and id.
fn place(begun: &Begun) -> String {
    format!("{}\0{}", begun.key.as_str(), begun.upload.as_str())
}
