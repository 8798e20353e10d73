//! What the kit has to know of a store under test.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use storage_core::groups::{IncompleteUpload, UploadQuery, VersionQuery};
use storage_core::{
    ContainerName, DeleteContainerOptions, DeleteOptions, Driver, ErrorKind, Key, ListEntry, ListQuery,
    ObjectRef, Result, Storage,
};

use super::known::KnownFailures;

/// How to reach the store under test, and what is known of it.
#[async_trait]
pub trait Harness: Send + Sync + 'static {
    /// Returns the name of the server in reports and in the file of known failures.
    fn name(&self) -> &str;

    /// Opens a storage with nothing cached.
    async fn open(&self) -> Result<Storage>;

    /// Returns a name that the provider allows and nobody uses; each call gives another one.
    fn container_name(&self) -> String {
        unique_name()
    }

    /// Removes a container of the kit and all that is in it; one that is gone is no error.
    async fn clean_up(&self, storage: &Storage, container: &ContainerName) -> Result<()> {
        empty_container(storage.driver(), container).await?;
        match storage.driver().delete_container(container, &DeleteContainerOptions::new()).await {
            Err(error) if error.kind() != ErrorKind::ContainerNotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Returns what the server is known to do wrong.
    fn known_failures(&self) -> KnownFailures {
        KnownFailures::default()
    }

    /// Returns how many cases run at once.
    fn concurrency(&self) -> usize {
        4
    }

    /// Tells whether cases of a thousand requests and more are welcome.
    fn bulk(&self) -> bool {
        true
    }

    /// Returns how long one case may take before it counts as hung.
    fn patience(&self) -> Duration {
        Duration::from_secs(120)
    }
}

/// Makes a name of lower-case letters, digits and dashes that differs from call to call and from run to run.
pub fn unique_name() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_nanos());
    let count = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("kit-{nanos:x}-{:x}-{count:x}", std::process::id())
}

/// Deletes every object and version and aborts every upload of a container; one that is missing is empty.
///
/// # Errors
/// Whatever the driver reports.
pub async fn empty_container(driver: &dyn Driver, container: &ContainerName) -> Result<()> {
    match empty(driver, container).await {
        Err(error) if error.kind() == ErrorKind::ContainerNotFound => Ok(()),
        other => other,
    }
}

async fn empty(driver: &dyn Driver, container: &ContainerName) -> Result<()> {
    abort_uploads(driver, container).await?;
    delete_versions(driver, container).await?;
    // The listing is read to its end first: tokens need not survive deletes.
    let mut query = ListQuery::new();
    let mut keys: Vec<Key> = Vec::new();
    loop {
        let page = driver.list_objects(container, &query).await?;
        keys.extend(page.items.into_iter().filter_map(ListEntry::object).map(|it| it.key));
        let Some(next) = page.next else { break };
        query.page_token = Some(next);
    }
    for key in keys {
        driver.delete_object(ObjectRef::new(container, &key), &DeleteOptions::new()).await?;
    }
    Ok(())
}

async fn abort_uploads(driver: &dyn Driver, container: &ContainerName) -> Result<()> {
    let (Some(uploads), Some(multipart)) = (driver.incomplete_uploads(), driver.multipart()) else {
        return Ok(());
    };
    let mut query = UploadQuery::default();
    let mut found: Vec<IncompleteUpload> = Vec::new();
    loop {
        let page = uploads.list_uploads(container, &query).await?;
        found.extend(page.items);
        let Some(next) = page.next else { break };
        query.page_token = Some(next);
    }
    for it in found {
        multipart.abort_upload(ObjectRef::new(container, &it.key), &it.upload).await?;
    }
    Ok(())
}

async fn delete_versions(driver: &dyn Driver, container: &ContainerName) -> Result<()> {
    let Some(versions) = driver.versions() else { return Ok(()) };
    let mut query = VersionQuery::default();
    let mut found = Vec::new();
    loop {
        let page = versions.list_versions(container, &query).await?;
        found.extend(page.items);
        let Some(next) = page.next else { break };
        query.page_token = Some(next);
    }
    for it in found {
        let options = DeleteOptions::new().version(it.version);
        driver.delete_object(ObjectRef::new(container, &it.object.key), &options).await?;
    }
    Ok(())
}
