//! The bodies of the protocol: pure functions between bytes and types.

use std::borrow::Cow;

use storage_core::{Metadata, Result, ServiceFields};
use storage_http::dates::{parse_http, parse_iso};
use storage_http::headers::number;
use storage_http::xml::{self, Element, flag, unexpected};
use time::OffsetDateTime;

pub(crate) mod acl;
pub(crate) mod batch;
pub(crate) mod block_list;
pub(crate) mod delegation_key;
pub(crate) mod error;
pub(crate) mod list_blobs;
pub(crate) mod list_containers;
pub(crate) mod page_ranges;
pub(crate) mod service_properties;
pub(crate) mod tags;

pub(crate) use error::ErrorBody;

/// Reads a document that has the given root.
fn read<'a>(body: &'a [u8], root: &str) -> Result<Element<'a>> {
    xml::parse(body)?.named(root)
}

/// Reads a number that must be there.
fn count(element: &Element<'_>, name: &str) -> Result<u64> {
    element
        .filled(name)
        .and_then(number)
        .ok_or_else(|| unexpected(format!("the answer has a `{}` without a valid `{name}`", element.name())))
}

/// Reads a text that must be there.
fn text<'e>(element: &'e Element<'_>, name: &str) -> Result<&'e str> {
    element
        .filled(name)
        .ok_or_else(|| unexpected(format!("the answer has a `{}` without `{name}`", element.name())))
}

/// Reads a time such as `2026-11-20T08:30:00Z` that must be there.
fn moment(element: &Element<'_>, name: &str) -> Result<OffsetDateTime> {
    parse_iso(text(element, name)?)
        .ok_or_else(|| unexpected(format!("the answer has a `{}` whose `{name}` is no time", element.name())))
}

/// Reads a time such as `Fri, 20 Nov 2026 08:30:00 GMT`, which may be missing or nonsense.
fn time_of(element: &Element<'_>, name: &str) -> Option<OffsetDateTime> {
    parse_http(element.filled(name)?)
}

fn own(element: &Element<'_>, name: &str) -> Option<String> {
    element.filled(name).map(Into::into)
}

/// Reads properties by their own names; empty ones count as missing.
fn properties(element: Option<&Element<'_>>) -> ServiceFields {
    let fields = element.into_iter().flat_map(Element::elements).filter(|it| !it.text().is_empty());
    fields.map(|it| (it.name().to_owned(), it.text().to_owned())).collect()
}

/// Reads the caller's own map.
fn metadata(element: Option<&Element<'_>>) -> Metadata {
    let entries = element.into_iter().flat_map(Element::elements);
    // So the service calls an entry whose name no element can have.
    let entries = entries.filter(|it| it.name() != "x-ms-invalid-name");
    entries.map(|it| (it.name(), it.text())).collect()
}

/// Puts the quotes around an entity tag that headers have and listings leave out.
fn quoted(etag: &str) -> Cow<'_, str> {
    match etag.contains('"') {
        true => Cow::Borrowed(etag),
        false => Cow::Owned(format!("\"{etag}\"")),
    }
}

/// Tells whether a flag is set; a missing one is not.
fn is(element: &Element<'_>, name: &str) -> Result<bool> {
    Ok(flag(element, name)?.unwrap_or(false))
}
