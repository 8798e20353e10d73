//! One page of an ordered map of keys.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;

use super::bad_token;
use super::state::Stored;
use crate::error::Result;
use crate::info::{ListEntry, ObjectEntry, Page};
use crate::name::{Key, PageToken};
use crate::options::ListQuery;

/// Makes the page that a query asks for.
pub(super) fn page(objects: &BTreeMap<Bytes, Arc<Stored>>, query: &ListQuery) -> Result<Page<ListEntry>> {
    let prefix = query.prefix.as_deref().unwrap_or_default().as_bytes();
    let limit = query.limit.unwrap_or(1000).max(1) as usize;
    let mut from = start(query)?;
    let mut items = Vec::new();
    while let Some((key, stored)) = objects.range((from.clone(), Bound::Unbounded)).next() {
        if !key.starts_with(prefix) {
            break;
        }
        if items.len() == limit {
            let next = items.last().map(token);
            return Ok(Page::new(items, next));
        }
        match shared(key, prefix.len(), query.delimiter.as_deref()) {
            Some(common) => {
                from = behind(&common);
                items.push(ListEntry::Prefix(Key::from_shared(common)?));
            }
            None => {
                from = Bound::Excluded(key.clone());
                items.push(ListEntry::Object(entry(stored)));
            }
        }
    }
    Ok(Page::new(items, None))
}

fn entry(stored: &Stored) -> ObjectEntry {
    let mut entry = ObjectEntry::new(stored.info.key.clone(), stored.info.size);
    entry.etag = stored.info.etag.clone();
    entry.last_modified = stored.info.last_modified;
    entry
}

/// Where the page starts: at the prefix, behind `start_after`, or behind what the page before ended with.
fn start(query: &ListQuery) -> Result<Bound<Bytes>> {
    if let Some(token) = &query.page_token {
        let last = |text: &str| Bytes::copy_from_slice(text.as_bytes());
        return match token.split_at_checked(1) {
            Some(("k", key)) => Ok(Bound::Excluded(last(key))),
            Some(("p", prefix)) => Ok(behind(&last(prefix))),
            _ => Err(bad_token()),
        };
    }
    let prefix = query.prefix.as_deref().unwrap_or_default();
    match query.start_after.as_deref() {
        Some(after) if after >= prefix => Ok(Bound::Excluded(Bytes::copy_from_slice(after.as_bytes()))),
        _ => Ok(Bound::Included(Bytes::copy_from_slice(prefix.as_bytes()))),
    }
}

fn token(entry: &ListEntry) -> PageToken {
    PageToken::new(match entry {
        ListEntry::Object(object) => format!("k{}", object.key.as_str()),
        ListEntry::Prefix(prefix) => format!("p{}", prefix.as_str()),
    })
}

/// Returns the part of a key up to and with the delimiter behind the prefix, if it holds one.
fn shared(key: &Bytes, prefix: usize, delimiter: Option<&str>) -> Option<Bytes> {
    let delimiter = delimiter?.as_bytes();
    let rest = key.get(prefix..)?;
    let at = rest.windows(delimiter.len()).position(|window| window == delimiter)?;
    Some(key.slice(..prefix + at + delimiter.len()))
}

/// The first key that does not start with this text.
fn behind(text: &Bytes) -> Bound<Bytes> {
    let mut next = text.to_vec();
    while let Some(last) = next.pop() {
        if last < u8::MAX {
            next.push(last + 1);
            return Bound::Included(next.into());
        }
    }
    Bound::Excluded(Bytes::from_static(&[u8::MAX]))
}
