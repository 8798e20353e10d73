//! One page: the texts of all entries in one piece of memory, of which the entries are slices.

use bytes::Bytes;
use storage_core::{ETag, Error, ErrorKind, Key, ListEntry, ObjectEntry, Result};

use crate::keep::push_generation;
use crate::read::modified;
use crate::sys::Stat;

/// Entries on their way into a page.
#[derive(Debug, Default)]
pub(crate) struct PageText {
    text: String,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    start: usize,
    key_end: usize,
    end: usize,
    /// `None` for a prefix.
    stat: Option<Stat>,
}

/// An entry that waits for the next page.
#[derive(Debug)]
pub(crate) struct Waiting {
    key: String,
    stat: Option<Stat>,
}

impl PageText {
    /// Returns the number of entries.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Adds an object, or without a `stat` a prefix.
    pub(crate) fn push(&mut self, key: &str, stat: Option<Stat>) {
        let start = self.text.len();
        self.text.push_str(key);
        let key_end = self.text.len();
        if let Some(stat) = &stat {
            self.text.push('"');
            push_generation(&mut self.text, stat);
            self.text.push('"');
        }
        self.entries.push(Entry { start, key_end, end: self.text.len(), stat });
    }

    /// Takes the last entry away.
    pub(crate) fn pop(&mut self) -> Option<Waiting> {
        let entry = self.entries.pop()?;
        let key = self.text.get(entry.start..entry.key_end).unwrap_or_default().to_owned();
        self.text.truncate(entry.start);
        Some(Waiting { key, stat: entry.stat })
    }

    /// Adds an entry that was taken away.
    pub(crate) fn put_back(&mut self, waiting: &Waiting) {
        self.push(&waiting.key, waiting.stat);
    }

    /// Makes the entries.
    pub(crate) fn into_entries(self) -> Result<Vec<ListEntry>> {
        let text = Bytes::from(self.text);
        let entry = |it: &Entry| {
            let key = Key::from_shared(text.slice(it.start..it.key_end))?;
            let Some(stat) = &it.stat else { return Ok(ListEntry::Prefix(key)) };
            let mut entry = ObjectEntry::new(key, stat.size);
            entry.etag = Some(ETag::from_shared(text.slice(it.key_end..it.end)).ok_or_else(not_text)?);
            entry.last_modified = modified(stat.mtime);
            Ok(ListEntry::Object(entry))
        };
        self.entries.iter().map(entry).collect()
    }
}

fn not_text() -> Error {
    Error::new(ErrorKind::UnexpectedResponse, "the entity tag is not UTF-8")
}
