//! Walks trees: one found thing after the other, in constant memory.

mod directory;
mod names;

use std::io::BufRead;
use std::path::Path;

use futures_core::Stream;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use storage::{Container, Error, ErrorKind, Escaped, ListEntry, ObjectEntry, Result, TokioRuntime, blocking};

use directory::DirectoryWalk;
pub(crate) use directory::look_at;
use names::{FileNames, Names};

use crate::event::SkipReason;
use crate::filter::Filter;
use crate::tree::{Entry, Source, Tree};

/// What a walk came across.
#[derive(Debug)]
#[non_exhaustive]
pub enum Found {
    /// A file or object that is meant.
    Entry(Entry),
    /// Something that is left out.
    Skipped {
        /// Its name.
        name: String,
        /// Why.
        reason: SkipReason,
    },
    /// Something that can't be read; what lies below it is missing from the walk.
    Failed {
        /// Its name.
        name: String,
        /// Why.
        error: Error,
    },
}

/// How a tree is walked.
#[derive(Clone, Debug, Default)]
#[must_use = "options do nothing by themselves"]
#[non_exhaustive]
pub struct WalkOptions {
    /// Which names are meant.
    pub filter: Filter,
    /// Follows symbolic links that stay inside the tree, instead of leaving them out.
    pub follow_links: bool,
}

impl WalkOptions {
    /// Meets everything and follows no link.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says which names are meant.
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// Says whether symbolic links are followed that stay inside the tree.
    pub fn follow_links(mut self, follow: bool) -> Self {
        self.follow_links = follow;
        self
    }
}

/// A walk under way.
pub type Walk = BoxStream<'static, Found>;

/// How many things one call of a worker thread finds.
const BATCH: usize = 256;
/// How many questions for objects by name are on their way at once.
const HEADS: usize = 16;

/// Walks a tree: a directory in the byte order of its names, a prefix in the order of its listing.
///
/// Symbolic links, pipes, sockets and devices are reported as skipped, what can't be read as failed. A listing that
/// breaks off ends with a failure of the empty name.
///
/// # Errors
/// `ObjectNotFound` when there is no such directory, `InvalidInput` when the path is no directory.
pub async fn walk(tree: &Tree, options: &WalkOptions) -> Result<Walk> {
    match tree {
        Tree::Directory(path) => {
            let (path, options) = (path.clone(), options.clone());
            let start = blocking(&TokioRuntime, move || DirectoryWalk::start(&path, options)).await?;
            Ok(in_batches(start).map(or_failed).boxed())
        }
        Tree::Prefix { container, prefix } => {
            Ok(listing(container.clone(), prefix.clone(), options.filter.clone()))
        }
    }
}

/// Looks up names that were given, separated by NUL characters, instead of walking.
pub fn walk_names(tree: &Tree, names: Box<dyn BufRead + Send>, options: &WalkOptions) -> Walk {
    let names = Names::new(names);
    match tree {
        Tree::Directory(path) => {
            in_batches(FileNames::new(path.clone(), names, options.clone())).map(or_failed).boxed()
        }
        Tree::Prefix { container, prefix } => {
            objects_by_name(container.clone(), prefix.clone(), names, options.filter.clone())
        }
    }
}

/// Runs an iterator that blocks, a batch at a time.
fn in_batches<I>(items: I) -> impl Stream<Item = Result<I::Item>> + Send
where
    I: Iterator<Item: Send> + Send + 'static,
{
    let batches = stream::unfold(Some(items), |items| async move {
        let mut items = items?;
        let batch = blocking(&TokioRuntime, move || {
            let found: Vec<_> = items.by_ref().take(BATCH).map(Ok).collect();
            let rest = (found.len() == BATCH).then_some(items);
            Ok((found, rest))
        });
        Some(batch.await.unwrap_or_else(|error| (vec![Err(error)], None)))
    });
    batches.flat_map(stream::iter)
}

/// Makes a stop of the worker threads something that was found.
fn or_failed(found: Result<Found>) -> Found {
    found.unwrap_or_else(|error| Found::Failed { name: String::new(), error })
}

fn listing(container: Container, prefix: String, filter: Filter) -> Walk {
    let list = container.list().prefix(&prefix);
    list.filter_map(move |item| {
        let found = match item {
            Ok(ListEntry::Object(entry)) => object_found(&container, &prefix, entry, &filter),
            Ok(ListEntry::Prefix(_)) => None,
            Err(error) => Some(Found::Failed { name: String::new(), error }),
        };
        async { found }
    })
    .boxed()
}

fn object_found(container: &Container, prefix: &str, entry: ObjectEntry, filter: &Filter) -> Option<Found> {
    let name = entry.key.strip_prefix(prefix).unwrap_or(&entry.key).to_owned();
    if !filter.passes(&name) {
        return None;
    }
    // An object under the bare prefix has no name inside the tree; services make such ones to mark directories.
    if name.is_empty() && entry.size == 0 {
        return Some(Found::Skipped {
            name: entry.key.as_str().to_owned(),
            reason: SkipReason::DirectoryMarker,
        });
    }
    Some(Found::Entry(Entry {
        name,
        size: entry.size,
        modified: entry.last_modified.map(Into::into),
        source: Source::Object { object: container.object_at(entry.key), etag: entry.etag },
    }))
}

fn objects_by_name(container: Container, prefix: String, names: Names, filter: Filter) -> Walk {
    in_batches(names)
        .filter_map(move |name| {
            let name = name.and_then(|it| it);
            let meant = name.as_ref().map_or(true, |it| filter.passes(it));
            async move { meant.then_some(name) }
        })
        .map(move |name| head(container.clone(), prefix.clone(), name))
        .buffered(HEADS)
        .boxed()
}

async fn head(container: Container, prefix: String, name: Result<String>) -> Found {
    let name = match name {
        Ok(name) => name,
        Err(error) => return Found::Failed { name: String::new(), error },
    };
    let asked = async {
        let object = container.object(format!("{prefix}{name}"))?;
        let info = object.head().await?;
        Ok::<_, Error>((object, info))
    };
    match asked.await {
        Ok((object, info)) => Found::Entry(Entry {
            name,
            size: info.size,
            modified: info.last_modified.map(Into::into),
            source: Source::Object { object, etag: info.etag },
        }),
        Err(error) => Found::Failed { name, error },
    }
}

/// Tells whether the process, or the system, has as many files open as it may.
pub(crate) fn is_out_of_files(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut level = Some(error);
    while let Some(it) = level {
        if it.downcast_ref::<std::io::Error>().and_then(std::io::Error::raw_os_error).is_some_and(is_limit) {
            return true;
        }
        level = it.source();
    }
    false
}

#[cfg(unix)]
fn is_limit(code: i32) -> bool {
    use rustix::io::Errno;
    [Errno::MFILE, Errno::NFILE].iter().any(|it| it.raw_os_error() == code)
}

#[cfg(not(unix))]
fn is_limit(_: i32) -> bool {
    false
}

/// Says what is wrong with a path, in words and with the kind that fits.
pub(crate) fn file_error(what: &str, path: &Path, error: std::io::Error) -> Error {
    let kind = match error.kind() {
        std::io::ErrorKind::NotFound => ErrorKind::ObjectNotFound,
        std::io::ErrorKind::AlreadyExists => ErrorKind::AlreadyExists,
        kind => Error::from_io(kind.into()).kind(),
    };
    let message = format!("{what} `{}`", Escaped(&path.to_string_lossy()));
    Error::new(kind, message).with_source(error)
}
