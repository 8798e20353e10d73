//! What a store knows of its containers and objects.

use std::collections::BTreeMap;
use std::ops::Range;

use time::OffsetDateTime;

use crate::body::Body;
use crate::checksum::Checksums;
use crate::name::{ContainerName, ETag, Key, PageToken, StorageClass, VersionId};
use crate::options::Metadata;

/// What else a service says, by its own field names; nothing in it is invented here.
pub type ServiceFields = BTreeMap<String, String>;

/// What a store knows of a container; a field is `None` where it does not tell.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ContainerInfo {
    /// The name.
    pub name: ContainerName,
    /// When it was made.
    pub created: Option<OffsetDateTime>,
    /// When it was changed last.
    pub modified: Option<OffsetDateTime>,
    /// The entity tag of its settings.
    pub etag: Option<ETag>,
    /// Where it is.
    pub region: Option<String>,
    /// How many objects it holds.
    pub object_count: Option<u64>,
    /// How many bytes its objects hold.
    pub total_bytes: Option<u64>,
    /// The caller's own map.
    pub metadata: Metadata,
    /// What anybody may do without credentials.
    pub public_access: Option<PublicAccess>,
    /// What else the service says, by its own field names.
    pub service_fields: ServiceFields,
}

impl ContainerInfo {
    /// Knows only the name.
    pub fn new(name: ContainerName) -> Self {
        Self {
            name,
            created: None,
            modified: None,
            etag: None,
            region: None,
            object_count: None,
            total_bytes: None,
            metadata: Metadata::new(),
            public_access: None,
            service_fields: ServiceFields::new(),
        }
    }
}

/// What anybody may do with a container without credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PublicAccess {
    /// Nothing.
    None,
    /// Read objects whose keys are known.
    Objects,
    /// Read objects and list them.
    Container,
}

/// What a store knows of an object; a field is `None` where it does not tell.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ObjectInfo {
    /// The key.
    pub key: Key,
    /// The size in bytes.
    pub size: u64,
    /// The entity tag of the content.
    pub etag: Option<ETag>,
    /// Checksums over the whole content.
    pub checksums: Checksums,
    /// The media type.
    pub content_type: Option<String>,
    /// How the content is encoded.
    pub content_encoding: Option<String>,
    /// What a browser shall do with it.
    pub content_disposition: Option<String>,
    /// The language of the content.
    pub content_language: Option<String>,
    /// How caches may keep it.
    pub cache_control: Option<String>,
    /// When it was made.
    pub created: Option<OffsetDateTime>,
    /// When it was written last.
    pub last_modified: Option<OffsetDateTime>,
    /// The store's own word for how it is kept.
    pub storage_class: Option<String>,
    /// The version, where the container keeps versions.
    pub version: Option<VersionId>,
    /// The caller's own map.
    pub metadata: Metadata,
    /// What else the service says, by its own field names.
    pub service_fields: ServiceFields,
}

impl ObjectInfo {
    /// Knows only the key and the size.
    pub fn new(key: Key, size: u64) -> Self {
        Self {
            key,
            size,
            etag: None,
            checksums: Checksums::new(),
            content_type: None,
            content_encoding: None,
            content_disposition: None,
            content_language: None,
            cache_control: None,
            created: None,
            last_modified: None,
            storage_class: None,
            version: None,
            metadata: Metadata::new(),
            service_fields: ServiceFields::new(),
        }
    }
}

/// One page of a listing.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Page<T> {
    /// The entries; a page without any can still have a next one.
    pub items: Vec<T>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<PageToken>,
}

impl<T> Page<T> {
    /// Puts a page together.
    pub fn new(items: Vec<T>, next: Option<PageToken>) -> Self {
        Self { items, next }
    }
}

/// One line of a listing of objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListEntry {
    /// An object.
    Object(ObjectEntry),
    /// What keys share up to and with the delimiter.
    Prefix(Key),
}

impl ListEntry {
    /// Returns the key of the object, or the shared prefix.
    pub fn name(&self) -> &Key {
        match self {
            Self::Object(entry) => &entry.key,
            Self::Prefix(prefix) => prefix,
        }
    }

    /// Returns the object, if it is one.
    pub fn object(self) -> Option<ObjectEntry> {
        match self {
            Self::Object(entry) => Some(entry),
            Self::Prefix(_) => None,
        }
    }
}

/// What a listing tells of an object: cheap slices of the page. [`ObjectInfo`] has all.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectEntry {
    /// The key.
    pub key: Key,
    /// The size in bytes.
    pub size: u64,
    /// The entity tag of the content.
    pub etag: Option<ETag>,
    /// When it was written last.
    pub last_modified: Option<OffsetDateTime>,
    /// The store's own word for how it is kept.
    pub storage_class: Option<StorageClass>,
}

impl ObjectEntry {
    /// Knows only the key and the size.
    pub fn new(key: Key, size: u64) -> Self {
        Self { key, size, etag: None, last_modified: None, storage_class: None }
    }
}

/// What a write reports.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct PutOutcome {
    /// The entity tag of the new content.
    pub etag: Option<ETag>,
    /// The version made, where the container keeps versions.
    pub version: Option<VersionId>,
    /// The checksums that the store reports or the driver computed over the whole content.
    pub checksums: Checksums,
    /// The size that the store reports, when it does.
    pub size: Option<u64>,
    /// What else the service says, by its own field names.
    pub service_fields: ServiceFields,
}

/// What a read delivers.
#[derive(Debug)]
#[non_exhaustive]
pub struct GetOutcome {
    /// What the store knows of the object; `size` is that of the whole object. The answer to a range may leave out
    /// checksums, and any answer to a read the service's own fields: a head has all.
    pub info: ObjectInfo,
    /// The bytes of the object that the body holds.
    pub range: Range<u64>,
    /// The content.
    pub body: Body,
}

impl GetOutcome {
    /// Puts an outcome together.
    pub fn new(info: ObjectInfo, range: Range<u64>, body: Body) -> Self {
        Self { info, range, body }
    }
}
