//! Versions of objects.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::error::Result;
use crate::info::{ObjectEntry, Page, PutOutcome};
use crate::name::{ContainerName, ObjectRef, PageToken, VersionId};

/// Lists and restores versions; reads and deletes take a version in their options.
#[async_trait]
pub trait VersionsDriver: Debug + Send + Sync {
    /// Returns whether the container keeps versions.
    async fn versioning(&self, container: &ContainerName) -> Result<Versioning>;

    /// Sets whether the container keeps versions.
    async fn set_versioning(&self, container: &ContainerName, versioning: Versioning) -> Result<()>;

    /// Lists versions by key, the newest first.
    async fn list_versions(
        &self,
        container: &ContainerName,
        query: &VersionQuery,
    ) -> Result<Page<VersionEntry>>;

    /// Makes an old version the newest one again.
    async fn restore_version(&self, target: ObjectRef<'_>, version: &VersionId) -> Result<PutOutcome>;
}

/// Whether a container keeps versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Versioning {
    /// It never did.
    Off,
    /// It does.
    On,
    /// It did; old versions stay.
    Suspended,
}

/// Which versions one page shows.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct VersionQuery {
    /// Only keys that start with this text.
    pub prefix: Option<String>,
    /// At most this many entries.
    pub limit: Option<u32>,
    /// Where to go on, from the page before.
    pub page_token: Option<PageToken>,
}

/// One version of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VersionEntry {
    /// The object as a listing shows it.
    pub object: ObjectEntry,
    /// The id of the version.
    pub version: VersionId,
    /// Tells that it is what a plain read gives.
    pub latest: bool,
    /// Tells that it only marks the object as deleted.
    pub delete_marker: bool,
}

impl VersionEntry {
    /// Puts an entry together.
    pub fn new(object: ObjectEntry, version: VersionId, latest: bool, delete_marker: bool) -> Self {
        Self { object, version, latest, delete_marker }
    }
}
