//! Listing: a walk in the byte order of keys that opens only the directories it must.
//!
//! Names in a directory stand for pieces of keys, and the order of the pieces is the order of the keys below them
//! (`path.rs` has the proof as a test), so one sorted directory a level is all that is held.

mod cursor;
mod level;
mod page;
mod walker;

use std::sync::Arc;

use storage_core::{ContainerName, Error, ErrorKind, ListEntry, ListQuery, Page, PageToken, Result};

pub(crate) use self::cursor::Cursors;
use self::cursor::Place;
use self::page::PageText;
use self::walker::{Floor, Walker};
use crate::store::Store;

/// How many entries a page has, unless the caller asks for another number.
const PAGE: u32 = 1000;
/// The most entries of one page.
const MAX_PAGE: u32 = 100_000;

impl Store {
    /// Lists one page of objects.
    pub(crate) fn list(&self, container: &ContainerName, query: &ListQuery) -> Result<Page<ListEntry>> {
        let container = self.container(container)?;
        let place = Place::new(&container, query);
        let mut walker = match self.cursors.take(&place) {
            Some(walker) => walker,
            None => Walker::new(self, Arc::clone(&container), query, floor(query)?)?,
        };
        let limit = query.limit.unwrap_or(PAGE).clamp(1, MAX_PAGE) as usize;
        let mut page = PageText::default();
        // One more than asked for tells whether there is a next page; it waits with the cursor.
        while page.len() <= limit && walker.next(self, &mut page)? {}
        if page.len() <= limit {
            return Ok(Page::new(page.into_entries()?, None));
        }
        walker.give_back(&mut page);
        let items = page.into_entries()?;
        let next = items.last().map(token);
        if let Some(token) = &next {
            self.cursors.keep(place.at(token), walker);
        }
        Ok(Page::new(items, next))
    }
}

/// Where the page starts: behind `start_after`, or behind what the page before ended with.
fn floor(query: &ListQuery) -> Result<Floor> {
    let Some(token) = &query.page_token else {
        return Ok(query
            .start_after
            .as_ref()
            .map_or(Floor::None, |it| Floor::After(it.clone().into_bytes())));
    };
    match token.split_at_checked(1) {
        Some(("k", key)) => Ok(Floor::After(key.as_bytes().to_vec())),
        Some(("p", prefix)) => Ok(Floor::Behind(prefix.as_bytes().to_vec())),
        _ => Err(Error::new(ErrorKind::InvalidInput, "the page token is not one of this store")),
    }
}

fn token(entry: &ListEntry) -> PageToken {
    PageToken::new(match entry {
        ListEntry::Object(object) => format!("k{}", object.key.as_str()),
        ListEntry::Prefix(prefix) => format!("p{}", prefix.as_str()),
    })
}
