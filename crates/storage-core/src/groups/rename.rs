//! Renames that are atomic.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::error::Result;
use crate::name::{ETag, ObjectRef};
use crate::options::WriteCondition;

/// Renames objects in one step that is seen whole or not at all.
#[async_trait]
pub trait RenameDriver: Debug + Send + Sync {
    /// Moves an object to another key of the same container. A missing source is `ObjectNotFound`.
    async fn rename_object(
        &self,
        from: ObjectRef<'_>,
        to: ObjectRef<'_>,
        options: &RenameOptions,
    ) -> Result<()>;
}

/// Options of a rename.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct RenameOptions {
    /// What must hold of the destination.
    pub condition: WriteCondition,
    /// Renames only if the source has this entity tag.
    pub source_if_match: Option<ETag>,
}
