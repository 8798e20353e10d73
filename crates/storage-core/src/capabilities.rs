//! What a store can do where stores differ in a parameter or a limit.

use crate::checksum::ChecksumAlgorithm;
use crate::options::CannedAcl;

/// Parameters and limits of a store. A whole operation that some stores lack is a group of the
/// [`Driver`](crate::Driver) instead, and `None` there says so.
///
/// Handles check these before anything is sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Capabilities {
    /// Writes can be refused when there is an object already.
    pub put_if_absent: bool,
    /// Writes can be refused when the object has changed.
    pub put_if_match: bool,
    /// Deletes can be refused when the object has changed.
    pub delete_if_match: bool,
    /// Listings come in the byte order of the UTF-8 keys.
    pub ordered_listing: bool,
    /// Listings can start behind a key.
    pub start_after: bool,
    /// Delimiters other than `/` work.
    pub any_delimiter: bool,
    /// Creating a container of one's own again is an error.
    pub reports_existing_container: bool,
    /// Objects can be copied on the server.
    pub server_copy: bool,
    /// Copies can be refused by the state of their destination, where writes can.
    pub copy_conditions: bool,
    /// The largest object that one copy takes; beyond it the parts are copied.
    pub max_copy_bytes: u64,
    /// The largest object that one put takes.
    pub max_put_bytes: u64,
    /// The largest object at all.
    pub max_object_bytes: u64,
    /// How uploads in parts are cut.
    pub parts: PartRules,
    /// The longest key in bytes.
    pub max_key_bytes: usize,
    /// The longest key in UTF-16 code units, by which some stores count.
    pub max_key_units: usize,
    /// Keys may hold carriage returns and line feeds.
    pub key_line_breaks: bool,
    /// Says what is wrong with a key that the store would keep under another name.
    pub key_rule: fn(&str) -> Option<&'static str>,
    /// Says what is wrong with an entry of metadata, name and value, that the store would refuse or change.
    pub metadata_rule: fn(&str, &str) -> Option<&'static str>,
    /// The most bytes of metadata, names and values together.
    pub max_metadata_bytes: usize,
    /// The checksums that the store verifies on upload and keeps, the preferred one first.
    pub checksums: &'static [ChecksumAlgorithm],
    /// The canned lists that the store knows.
    pub acls: &'static [CannedAcl],
    /// Single objects have access lists, and not containers alone.
    pub object_acls: bool,
    /// Every container can be a website, and not one of the account alone.
    pub container_websites: bool,
    /// Tags can be set by a put.
    pub put_tags: bool,
    /// Reads, deletes and copies take a version, such as a snapshot, although the store may have no group for versions.
    pub read_versions: bool,
    /// Objects have storage classes.
    pub storage_classes: bool,
}

impl Default for Capabilities {
    /// A store that can do nothing special, with the limits that most share.
    fn default() -> Self {
        Self {
            put_if_absent: false,
            put_if_match: false,
            delete_if_match: false,
            ordered_listing: false,
            start_after: false,
            any_delimiter: false,
            reports_existing_container: false,
            server_copy: false,
            copy_conditions: false,
            max_copy_bytes: 5 << 30,
            max_put_bytes: 5 << 30,
            max_object_bytes: 50 << 40,
            parts: PartRules::default(),
            max_key_bytes: 1024,
            max_key_units: usize::MAX,
            key_line_breaks: false,
            key_rule: |_| None,
            metadata_rule: |_, _| None,
            max_metadata_bytes: 2048,
            checksums: &[],
            acls: &[],
            object_acls: false,
            container_websites: false,
            put_tags: false,
            read_versions: false,
            storage_classes: false,
        }
    }
}

/// How a store wants uploads in parts to be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartRules {
    /// In which order parts may come.
    pub order: PartOrder,
    /// The smallest part, except the last one.
    pub min_bytes: u64,
    /// The largest part.
    pub max_bytes: u64,
    /// Every part but the last is a multiple of this.
    pub multiple_bytes: u64,
    /// Every part but the last has the same size, also where the length is not known before.
    pub uniform: bool,
    /// The most parts of one upload.
    pub max_parts: u32,
    /// How many parts are worth sending at once; 1 where they only wait for each other.
    pub concurrency: usize,
    /// Completing can be refused by a [`WriteCondition`](crate::WriteCondition).
    pub conditional: bool,
    /// A half-finished upload can be taken up again by asking for its parts.
    pub resumable: bool,
    /// Parts can be copied from another object on the server.
    pub copy: bool,
    /// The store knows parts, and no uploads: parts of an upload that was aborted are taken, a completion drops the parts
    /// of all other uploads of its key, and a part that was sent again can still be joined by its old mark.
    pub stateless: bool,
}

impl Default for PartRules {
    fn default() -> Self {
        Self {
            order: PartOrder::Any,
            min_bytes: 5 << 20,
            max_bytes: 5 << 30,
            multiple_bytes: 1,
            uniform: false,
            max_parts: 10_000,
            concurrency: usize::MAX,
            conditional: false,
            resumable: false,
            copy: false,
            stateless: false,
        }
    }
}

/// In which order the parts of an upload may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartOrder {
    /// In any order, several at once.
    Any,
    /// One after the other, from the first.
    Sequential,
}
