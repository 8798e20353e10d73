//! Many deletes in one request.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::error::Result;
use crate::name::{ContainerName, ETag, Key, VersionId};

/// Deletes many objects in one request.
#[async_trait]
pub trait BulkDeleteDriver: Debug + Send + Sync {
    /// Returns the most keys that one request takes.
    fn max_keys(&self) -> usize;

    /// Deletes the objects and reports on each one, in the order given; a key that the answer leaves out is an error.
    async fn delete_objects(
        &self,
        container: &ContainerName,
        targets: &[DeleteTarget],
    ) -> Result<Vec<DeleteResult>>;
}

/// One object to delete.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeleteTarget {
    /// The key.
    pub key: Key,
    /// The version to delete for good.
    pub version: Option<VersionId>,
    /// Deletes only if the object still has this entity tag.
    pub if_match: Option<ETag>,
}

impl DeleteTarget {
    /// Names an object.
    pub fn new(key: Key) -> Self {
        Self { key, version: None, if_match: None }
    }
}

impl From<Key> for DeleteTarget {
    fn from(key: Key) -> Self {
        Self::new(key)
    }
}

/// What became of one delete.
#[derive(Debug)]
#[non_exhaustive]
pub struct DeleteResult {
    /// The key.
    pub key: Key,
    /// Success, also when nothing was there, or why not.
    pub result: Result<()>,
}

impl DeleteResult {
    /// Puts a result together.
    pub fn new(key: Key, result: Result<()>) -> Self {
        Self { key, result }
    }
}
