//! Metadata that can be changed in place.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::error::Result;
use crate::name::{ContainerName, ETag, ObjectRef};
use crate::options::Metadata;

/// Changes metadata without sending the content again.
#[async_trait]
pub trait MetadataDriver: Debug + Send + Sync {
    /// Replaces an object's metadata, and those content headers that are given. The content and its entity tag's
    /// meaning stay; a missing object is `ObjectNotFound`.
    async fn update_metadata(&self, target: ObjectRef<'_>, update: &MetadataUpdate) -> Result<()>;

    /// Replaces a container's metadata.
    async fn update_container_metadata(&self, container: &ContainerName, metadata: &Metadata) -> Result<()>;
}

/// What an object's metadata becomes.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct MetadataUpdate {
    /// The caller's own map, replaced as a whole.
    pub metadata: Metadata,
    /// The media type; unchanged when not given, as all that follow.
    pub content_type: Option<String>,
    /// How the content is encoded.
    pub content_encoding: Option<String>,
    /// What a browser shall do with it.
    pub content_disposition: Option<String>,
    /// The language of the content.
    pub content_language: Option<String>,
    /// How caches may keep it.
    pub cache_control: Option<String>,
    /// Changes only if the object has this entity tag; else `PreconditionFailed`.
    pub if_match: Option<ETag>,
}

impl From<Metadata> for MetadataUpdate {
    fn from(metadata: Metadata) -> Self {
        Self { metadata, ..Self::default() }
    }
}
