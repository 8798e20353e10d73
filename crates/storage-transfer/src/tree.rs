//! What is transferred, from where and to where.

use std::path::PathBuf;
use std::time::SystemTime;

use storage::{Container, ETag, Error, ErrorKind, Escaped, Object, Result, TokioRuntime, blocking};

use crate::walk::{Found, file_error, look_at};

/// One end of a transfer: a directory of ordinary files, or the objects under a prefix.
///
/// Names map one to one: the file `a/b.txt` of a directory is the object `PREFIXa/b.txt` of a container. A prefix is
/// raw text; one that stands for a directory ends in `/`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Tree {
    /// The files of a directory and of those below it.
    Directory(PathBuf),
    /// The objects whose keys start with a text.
    Prefix {
        /// Their container.
        container: Container,
        /// What their keys start with.
        prefix: String,
    },
}

impl Tree {
    /// Means the files of a directory.
    pub fn directory(path: impl Into<PathBuf>) -> Self {
        Self::Directory(path.into())
    }

    /// Means the objects whose keys start with a text; with an empty one, all of the container.
    pub fn prefix(container: &Container, prefix: impl Into<String>) -> Self {
        Self::Prefix { container: container.clone(), prefix: prefix.into() }
    }
}

/// A file or object that a walk found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Entry {
    /// Its name inside the tree, with `/` between the segments.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// When its content was changed last, as far as a listing tells.
    pub modified: Option<SystemTime>,
    /// Where it is.
    pub source: Source,
}

impl Entry {
    /// Looks at one file. A symbolic link means what it points to, since somebody named it.
    ///
    /// # Errors
    /// `ObjectNotFound` when it is not there, `InvalidInput` when it is no ordinary file.
    pub async fn of_file(path: impl Into<PathBuf>, name: impl Into<String>) -> Result<Self> {
        let (path, name) = (path.into(), name.into());
        blocking(&TokioRuntime, move || {
            let found =
                path.canonicalize().map_err(|error| file_error("can't read the file", &path, error))?;
            match look_at(found, name) {
                Some(Found::Entry(entry)) => Ok(entry),
                Some(Found::Failed { error, .. }) => Err(error),
                _ => {
                    let message = format!("`{}` is no ordinary file", Escaped(&path.to_string_lossy()));
                    Err(Error::new(ErrorKind::InvalidInput, message))
                }
            }
        })
        .await
    }

    /// Looks at one object.
    ///
    /// # Errors
    /// Those of a head.
    pub async fn of_object(object: &Object, name: impl Into<String>) -> Result<Self> {
        let info = object.head().await?;
        Ok(Self {
            name: name.into(),
            size: info.size,
            modified: info.last_modified.map(Into::into),
            source: Source::Object { object: object.clone(), etag: info.etag },
        })
    }
}

/// Where the bytes of an entry come from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Source {
    /// An ordinary file.
    File {
        /// Its path.
        path: PathBuf,
        /// Its type and permissions, where the system has them.
        mode: Option<u32>,
    },
    /// An object.
    Object {
        /// Its handle.
        object: Object,
        /// Its entity tag, as the listing gave it.
        etag: Option<ETag>,
    },
}

/// Where the bytes of an entry go.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Target {
    /// A file, by its name below the root of the destination.
    File(String),
    /// An object.
    Object(Object),
}
