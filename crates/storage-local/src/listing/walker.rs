//! The walk through the tree of a container.

use std::ops::ControlFlow;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::sync::Arc;

use storage_core::{ListQuery, Result};

use super::level::{Level, Want};
use super::page::{PageText, Waiting};
use crate::error::failed;
use crate::escape::{Kind, Parsed, parse_name};
use crate::path::directory_of_prefix;
use crate::store::{Container, Store};
use crate::sys::{Errno, FileKind, Open};

/// How many directories a walk keeps open; those above are opened again when it comes back to them.
const OPEN_LEVELS: usize = 16;

/// Which keys a walk has behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Floor {
    None,
    /// Those up to this one.
    After(Vec<u8>),
    /// Those up to the last that starts so.
    Behind(Vec<u8>),
}

/// A walk through the tree of a container, in the byte order of keys.
#[derive(Debug)]
pub(crate) struct Walker {
    container: Arc<Container>,
    query: Query,
    /// The key that is looked at; the levels know how much of it is theirs.
    key: Vec<u8>,
    levels: Vec<Level>,
    waiting: Option<Waiting>,
}

#[derive(Debug)]
struct Query {
    prefix: Vec<u8>,
    delimiter: Option<Vec<u8>>,
    floor: Floor,
}

impl Walker {
    /// Starts in the deepest directory that all keys with the prefix share.
    pub(crate) fn new(
        store: &Store,
        container: Arc<Container>,
        query: &ListQuery,
        floor: Floor,
    ) -> Result<Self> {
        let prefix = query.prefix.clone().unwrap_or_default();
        let (path, len) = directory_of_prefix(&prefix);
        let key = prefix.as_bytes().get(..len).unwrap_or_default().to_vec();
        let query = Query {
            prefix: prefix.into_bytes(),
            delimiter: query.delimiter.clone().filter(|it| !it.is_empty()).map(String::into_bytes),
            floor,
        };
        let mut walker = Self { container, query, key, levels: Vec::new(), waiting: None };
        walker.enter(store, path)?;
        Ok(walker)
    }

    /// Adds the next entry to a page; `false` at the end.
    pub(crate) fn next(&mut self, store: &Store, page: &mut PageText) -> Result<bool> {
        if let Some(waiting) = self.waiting.take() {
            page.put_back(&waiting);
            return Ok(true);
        }
        while let Some(kind) = self.step(store)? {
            if self
                .deliver(store, kind, page)
                .map_err(|error| error.with_key(String::from_utf8_lossy(&self.key)))?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes the last entry of a page back for the next one.
    pub(crate) fn give_back(&mut self, page: &mut PageText) {
        self.waiting = page.pop();
    }

    /// Returns how much memory the walk holds.
    pub(crate) fn held_bytes(&self) -> usize {
        self.levels.iter().map(Level::held_bytes).sum()
    }

    /// Puts the next piece that may be wanted at the end of the key.
    fn step(&mut self, store: &Store) -> Result<Option<Kind>> {
        loop {
            let Some(level) = self.levels.last_mut() else { return Ok(None) };
            self.key.truncate(level.prefix_len);
            if let Some((raw, kind)) = level.next() {
                self.key.extend_from_slice(raw);
                if self.query.wants(&self.key, kind) {
                    return Ok(Some(kind));
                }
            } else if level.has_more() {
                self.load(store)?;
            } else {
                self.levels.pop();
            }
        }
    }

    /// Adds the piece at the end of the key to the page, or goes into it; `false` when no entry came of it.
    fn deliver(&mut self, store: &Store, kind: Kind, page: &mut PageText) -> Result<bool> {
        let common = self.query.common(&self.key);
        if kind == Kind::File {
            return self.deliver_file(store, common, page);
        }
        let Some(level) = self.levels.last() else { return Ok(false) };
        let raw = self.key.get(level.prefix_len..).unwrap_or_default();
        let path = level.child(raw, kind);
        match common {
            // Nothing below can be behind the floor already, so any object makes the prefix.
            Some(len) if !self.query.starts_in(&self.key) => {
                if !self.holds_object(store, &path)? {
                    return Ok(false);
                }
                Ok(self.deliver_prefix(len, page))
            }
            // What is below is looked at one by one.
            _ => self.enter(store, path).map(|()| false),
        }
    }

    fn deliver_file(&mut self, store: &Store, common: Option<usize>, page: &mut PageText) -> Result<bool> {
        let Some(level) = self.levels.last_mut() else { return Ok(false) };
        let raw = self.key.get(level.prefix_len..).unwrap_or_default();
        let Ok(key) = std::str::from_utf8(&self.key) else {
            store.warn_once(
                &self.container.name,
                &String::from_utf8_lossy(&self.key),
                "a name that stands for no key",
            );
            return Ok(false);
        };
        let Some(stat) = level.stat(store, &self.container, raw)? else { return Ok(false) };
        if let Some(len) = common {
            return Ok(self.deliver_prefix(len, page));
        }
        page.push(key, Some(stat));
        Ok(true)
    }

    fn deliver_prefix(&mut self, len: usize, page: &mut PageText) -> bool {
        let prefix = self.key.get(..len).unwrap_or_default().to_vec();
        // Both the key and the delimiter are UTF-8, so the cut is between characters.
        let text = String::from_utf8_lossy(&prefix);
        page.push(&text, None);
        self.query.floor = Floor::Behind(prefix);
        true
    }

    /// Goes into a directory.
    fn enter(&mut self, store: &Store, path: String) -> Result<()> {
        let deep = self.levels.len() >= OPEN_LEVELS;
        if let Some(level) = self.levels.last_mut().filter(|_| deep) {
            level.close();
        }
        if let Some(level) = Level::open(store, &self.container, path, self.key.len())? {
            self.levels.push(level);
            self.load(store)?;
        }
        Ok(())
    }

    fn load(&mut self, store: &Store) -> Result<()> {
        let Some(level) = self.levels.last_mut() else { return Ok(()) };
        let mut key = self.key.get(..level.prefix_len).unwrap_or_default().to_vec();
        let mut wanted =
            Wanted { store, container: &self.container, query: &self.query, len: key.len(), key: &mut key };
        level.load(store, &self.container, &mut wanted)
    }

    /// Tells whether there is an object below a directory, without sorting or keeping its names.
    fn holds_object(&self, store: &Store, path: &str) -> Result<bool> {
        match store.sys.open(self.container.file(), path, Open::Directory) {
            Ok(directory) => holds_object(store, directory.as_fd(), &self.key),
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }
}

fn holds_object(store: &Store, directory: BorrowedFd<'_>, prefix: &[u8]) -> Result<bool> {
    let mut below = Vec::new();
    let mut found = false;
    let mut key = prefix.to_vec();
    let each = &mut |name: &[u8], kind: FileKind| {
        key.truncate(prefix.len());
        let Parsed::Piece(piece) = parse_name(name, &mut key) else { return ControlFlow::Continue(()) };
        let name = String::from_utf8_lossy(name);
        let kind = match kind {
            FileKind::Unknown => store.sys.stat_at(directory, &name).map_or(FileKind::Unknown, |it| it.kind),
            known => known,
        };
        match (piece, kind) {
            (Kind::File, FileKind::File) => found = std::str::from_utf8(&key).is_ok(),
            (Kind::Directory | Kind::Continuation, FileKind::Directory) => {
                below.push((name.into_owned(), key.clone()));
            }
            _ => {}
        }
        if found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    store.sys.entries(directory, each).map_err(failed)?;
    for (name, key) in below {
        if found {
            break;
        }
        match store.sys.open(directory, &name, Open::Directory) {
            Ok(child) => found = holds_object(store, child.as_fd(), &key)?,
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => {}
            Err(error) => return Err(failed(error)),
        }
    }
    Ok(found)
}

impl Query {
    /// Tells whether a key, or some key below a directory, is wanted.
    fn wants(&self, key: &[u8], kind: Kind) -> bool {
        if kind == Kind::File {
            return key.starts_with(&self.prefix)
                && match &self.floor {
                    Floor::None => true,
                    Floor::After(last) => key > last.as_slice(),
                    Floor::Behind(last) => key > last.as_slice() && !key.starts_with(last),
                };
        }
        (key.starts_with(&self.prefix) || self.prefix.starts_with(key))
            && match &self.floor {
                Floor::None => true,
                Floor::After(last) => key > last.as_slice() || last.starts_with(key),
                Floor::Behind(last) => {
                    !key.starts_with(last) && (key > last.as_slice() || last.starts_with(key))
                }
            }
    }

    /// Tells whether the floor is somewhere below a directory.
    fn starts_in(&self, directory: &[u8]) -> bool {
        match &self.floor {
            Floor::None => false,
            Floor::After(last) | Floor::Behind(last) => last.starts_with(directory),
        }
    }

    /// Returns how much of a key is a common prefix, up to and with the delimiter.
    fn common(&self, key: &[u8]) -> Option<usize> {
        let delimiter = self.delimiter.as_deref()?;
        let rest = key.get(self.prefix.len()..)?;
        let at = rest.windows(delimiter.len()).position(|it| it == delimiter)?;
        Some(self.prefix.len() + at + delimiter.len())
    }
}

/// What a walk wants of one directory.
struct Wanted<'a> {
    store: &'a Store,
    container: &'a Container,
    query: &'a Query,
    len: usize,
    key: &'a mut Vec<u8>,
}

impl Want for Wanted<'_> {
    fn wants(&mut self, raw: &[u8], kind: Kind) -> bool {
        if self.query.prefix.len() <= self.len && self.query.floor == Floor::None {
            return true;
        }
        self.key.truncate(self.len);
        self.key.extend_from_slice(raw);
        self.query.wants(self.key, kind)
    }

    fn skipped(&mut self, name: &[u8], reason: &'static str) {
        self.store.warn_once(&self.container.name, &String::from_utf8_lossy(name), reason);
    }
}
