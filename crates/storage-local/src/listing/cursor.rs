//! Walks that wait for the next page, so that it need not read its directories again.
//!
//! They save time and nothing else: a token alone is enough to go on, in this process or in another.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use storage_core::{ContainerName, ListQuery, PageToken};

use super::walker::Walker;
use crate::store::Container;

/// How many walks wait at once.
const MAX_CURSORS: usize = 8;
/// How much memory they hold together.
const MAX_BYTES: usize = 16 << 20;

/// Walks that wait for the next page.
#[derive(Debug, Default)]
pub(crate) struct Cursors(Mutex<VecDeque<(Place, Walker)>>);

/// What a walk lists, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    container: ContainerName,
    directory: (u64, u64),
    prefix: Option<String>,
    delimiter: Option<String>,
    token: Option<PageToken>,
}

impl Place {
    pub(crate) fn new(container: &Container, query: &ListQuery) -> Self {
        let stat = &container.directory.stat;
        Self {
            container: container.name.clone(),
            directory: (stat.dev, stat.ino),
            prefix: query.prefix.clone(),
            delimiter: query.delimiter.clone(),
            token: query.page_token.clone(),
        }
    }

    /// Returns the place behind a page.
    pub(crate) fn at(mut self, token: &PageToken) -> Self {
        self.token = Some(token.clone());
        self
    }
}

impl Cursors {
    /// Takes the walk that waits at a place.
    pub(crate) fn take(&self, place: &Place) -> Option<Walker> {
        place.token.as_ref()?;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = all.iter().position(|(it, _)| it == place)?;
        all.remove(at).map(|(_, walker)| walker)
    }

    /// Keeps a walk; the oldest make room for it.
    pub(crate) fn keep(&self, place: Place, walker: Walker) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push_back((place, walker));
        while all.len() > MAX_CURSORS
            || (all.len() > 1 && all.iter().map(|(_, it)| it.held_bytes()).sum::<usize>() > MAX_BYTES)
        {
            all.pop_front();
        }
    }
}
