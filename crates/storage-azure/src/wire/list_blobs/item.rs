//! All that a listing tells of blobs, their versions and snapshots.

use bytes::Bytes;
use storage_core::groups::Tags;
use storage_core::{Metadata, ObjectEntry, Page, PageToken, Result, ServiceFields};
use storage_http::xml::{Element, size};
use time::OffsetDateTime;

use super::tree::{entries, entry, key, read_root};
use crate::wire::{is, metadata, own, properties, tags, time_of};

/// All that a listing tells of a blob, a version or a snapshot of one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BlobItem {
    /// What plain listings tell; the storage class is the access tier.
    pub(crate) entry: ObjectEntry,
    /// The id of the version, where the account keeps versions.
    pub(crate) version: Option<String>,
    /// Tells that it is what a plain read gives.
    pub(crate) current: bool,
    /// The time of the snapshot, if it is one.
    pub(crate) snapshot: Option<String>,
    /// Tells that it was deleted and can be brought back.
    pub(crate) deleted: bool,
    /// Tells that nothing is left but versions.
    pub(crate) versions_only: bool,
    /// Tells that blocks were sent and none was committed: there is nothing to read.
    pub(crate) uncommitted: bool,
    /// When it was made.
    pub(crate) created: Option<OffsetDateTime>,
    /// `BlockBlob`, `AppendBlob` or `PageBlob`.
    pub(crate) blob_type: Option<String>,
    /// What it is on the way to out of the archive, such as `rehydrate-pending-to-hot`.
    pub(crate) archive_status: Option<String>,
    /// The media type.
    pub(crate) content_type: Option<String>,
    /// The MD5 of the content in base64.
    pub(crate) content_md5: Option<String>,
    /// The caller's own map, where it was asked for.
    pub(crate) metadata: Metadata,
    /// The tags, where they were asked for.
    pub(crate) tags: Tags,
    /// Every property by its own name.
    pub(crate) properties: ServiceFields,
}

/// Reads a page with all facts, in the order of the answer.
pub(crate) fn items(page: &Bytes) -> Result<Page<BlobItem>> {
    let root = read_root(page)?;
    let items = entries(&root, "Blob").map(item).collect::<Result<_>>()?;
    Ok(Page::new(items, root.filled("NextMarker").map(PageToken::from)))
}

fn item(blob: &Element<'_>) -> Result<BlobItem> {
    let key = key(blob)?;
    let inside = blob.child("Properties");
    let field = |name| inside.and_then(|it| own(it, name));
    let (version, snapshot) = (own(blob, "VersionId"), own(blob, "Snapshot"));
    let (deleted, versions_only) = (is(blob, "Deleted")?, is(blob, "HasVersionsOnly")?);
    let written = field("Last-Modified").is_some() || field("Etag").is_some();
    let size = match field("Content-Length") {
        // What was never committed has no content, and what has only versions is none of them.
        None if !written || versions_only => 0,
        text => size(text.as_deref(), &key)?,
    };
    let plain = version.is_none() && snapshot.is_none() && !deleted && !versions_only;
    Ok(BlobItem {
        entry: entry(key, size, inside),
        current: plain || is(blob, "IsCurrentVersion")?,
        uncommitted: plain && !written,
        version,
        snapshot,
        deleted,
        versions_only,
        created: inside.and_then(|it| time_of(it, "Creation-Time")),
        blob_type: field("BlobType"),
        archive_status: field("ArchiveStatus"),
        content_type: field("Content-Type"),
        content_md5: field("Content-MD5"),
        metadata: metadata(blob.child("Metadata")),
        tags: blob.child("Tags").map(tags::tags).transpose()?.unwrap_or_default(),
        properties: properties(inside),
    })
}
