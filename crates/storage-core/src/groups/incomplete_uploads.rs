//! Uploads that were begun and never ended.

use std::fmt::Debug;

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::error::Result;
use crate::info::Page;
use crate::name::{ContainerName, Key, PageToken, UploadId};

/// Lists uploads in parts that are neither completed nor aborted; the multipart group aborts them.
#[async_trait]
pub trait IncompleteUploadsDriver: Debug + Send + Sync {
    /// Lists the uploads by key.
    async fn list_uploads(
        &self,
        container: &ContainerName,
        query: &UploadQuery,
    ) -> Result<Page<IncompleteUpload>>;
}

/// Which uploads one page shows.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct UploadQuery {
    /// Only keys that start with this text.
    pub prefix: Option<String>,
    /// Keys that share the text up to this delimiter are left to another listing.
    pub delimiter: Option<String>,
    /// At most this many entries.
    pub limit: Option<u32>,
    /// Where to go on, from the page before.
    pub page_token: Option<PageToken>,
}

/// An upload that was begun and never ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IncompleteUpload {
    /// The key that it was to become.
    pub key: Key,
    /// Its id.
    pub upload: UploadId,
    /// When it was begun.
    pub started: Option<OffsetDateTime>,
}

impl IncompleteUpload {
    /// Puts an entry together.
    pub fn new(key: Key, upload: UploadId, started: Option<OffsetDateTime>) -> Self {
        Self { key, upload, started }
    }
}
