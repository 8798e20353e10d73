//! The bodies of S3: pure functions between bytes and types.

use storage_core::Result;
use storage_http::dates::parse_iso as date;
pub(crate) use storage_http::headers::number;
use storage_http::xml::{self, Element, flag, parse_flag, size, unexpected};
use time::OffsetDateTime;

pub(crate) mod acl;
pub(crate) mod checksums;
pub(crate) mod complete_upload;
pub(crate) mod copy_result;
pub(crate) mod cors;
pub(crate) mod create_bucket;
pub(crate) mod create_upload;
pub(crate) mod delete_objects;
pub(crate) mod error;
mod keys;
pub(crate) mod lifecycle;
pub(crate) mod list_buckets;
pub(crate) mod list_objects;
pub(crate) mod list_parts;
pub(crate) mod list_uploads;
pub(crate) mod list_versions;
pub(crate) mod location;
mod markers;
pub(crate) mod tagging;
#[cfg(test)]
mod testing;
pub(crate) mod versioning;
pub(crate) mod website;

pub(crate) use error::ErrorBody;
pub(crate) use keys::KeyDecoding;
pub(crate) use markers::Markers;

/// The namespace of every document that is written.
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// A body that arrived under a status of success.
///
/// S3 sends some of them before it has done the work, so the body may still say that it failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Body<T> {
    /// What was asked for.
    Ok(T),
    /// An error document.
    Failed(Box<ErrorBody>),
}

impl<T> Body<T> {
    fn map<U>(self, change: impl FnOnce(T) -> Result<U>) -> Result<Body<U>> {
        match self {
            Self::Ok(it) => change(it).map(Body::Ok),
            Self::Failed(error) => Ok(Body::Failed(error)),
        }
    }
}

/// Reads a document that has the given root, or is an error.
fn read<'a>(body: &'a [u8], root: &str) -> Result<Body<Element<'a>>> {
    read_any(body)?.map(|it| it.named(root))
}

/// Reads a document that has one of the given roots, or is an error. Some services write the name of the call there; the
/// first one is the name that Amazon S3 writes.
fn read_one_of<'a>(body: &'a [u8], root: &str, others: &[&str]) -> Result<Body<Element<'a>>> {
    read_any(body)?.map(|it| if others.contains(&it.name()) { Ok(it) } else { it.named(root) })
}

/// Reads a document whatever its root, or an error.
fn read_any(body: &[u8]) -> Result<Body<Element<'_>>> {
    let root = xml::parse(body)?;
    Ok(if root.name() == "Error" {
        Body::Failed(Box::new(ErrorBody::from_element(&root)))
    } else {
        Body::Ok(root)
    })
}

/// Reads a time that may be missing or nonsense.
fn time_of(element: &Element<'_>, name: &str) -> Option<OffsetDateTime> {
    date(element.text_of(name)?)
}
