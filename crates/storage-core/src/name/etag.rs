//! Entity tags.

use std::fmt;
use std::ops::Deref;

use bytes::Bytes;
use bytestring::ByteString;

use crate::text::Escaped;

/// The store's validator of an object's content for conditions: opaque, quotes kept as received, never a checksum.
///
/// Stores disagree about the quotes around it, some even with themselves, so two tags that differ only there are equal.
///
/// ```
/// use storage_core::ETag;
/// assert_eq!(ETag::from("\"abc\""), ETag::from("abc"));
/// assert_ne!(ETag::from("W/\"abc\""), ETag::from("abc"));
/// ```
#[derive(Clone)]
pub struct ETag(ByteString);
text_methods!(ETag);
opaque_text!(ETag);

impl ETag {
    /// Returns the tag without the quotes around it.
    pub fn unquoted(&self) -> &str {
        unquote(&self.0)
    }
}

fn unquote(tag: &str) -> &str {
    tag.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(tag)
}

impl PartialEq for ETag {
    fn eq(&self, other: &Self) -> bool {
        self.unquoted() == other.unquoted()
    }
}

impl Eq for ETag {}

impl std::hash::Hash for ETag {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.unquoted().hash(state);
    }
}

impl PartialOrd for ETag {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ETag {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.unquoted().cmp(other.unquoted())
    }
}

impl PartialEq<str> for ETag {
    fn eq(&self, other: &str) -> bool {
        self.unquoted() == unquote(other)
    }
}

impl PartialEq<&str> for ETag {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Escaped(&self.0), f)
    }
}

impl fmt::Debug for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}
