//! Tags of objects.

use std::collections::BTreeMap;
use std::fmt::Debug;

use async_trait::async_trait;

use crate::error::Result;
use crate::name::ObjectRef;

/// Tags, by name.
pub type Tags = BTreeMap<String, String>;

/// Reads and writes the tags of objects.
#[async_trait]
pub trait TagsDriver: Debug + Send + Sync {
    /// Returns the tags.
    async fn tags(&self, target: ObjectRef<'_>) -> Result<Tags>;

    /// Replaces all tags; none removes them.
    async fn set_tags(&self, target: ObjectRef<'_>, tags: &Tags) -> Result<()>;
}
