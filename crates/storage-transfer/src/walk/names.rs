//! Names that somebody gives instead of a walk.

use std::io::{BufRead, Read as _};
use std::path::{Component, Path, PathBuf};

use storage::{Error, ErrorKind, Escaped, Result};

use super::{Found, WalkOptions, file_error, look_at};
use crate::event::SkipReason;

/// The longest name that is read.
const LONGEST: u64 = 1 << 20;

/// Reads names that are separated by NUL characters, so that every other character can be part of one.
pub(super) struct Names {
    reader: Box<dyn BufRead + Send>,
    ended: bool,
}

impl Names {
    pub(super) fn new(reader: Box<dyn BufRead + Send>) -> Self {
        Self { reader, ended: false }
    }

    fn read(&mut self) -> Result<Option<String>> {
        let mut bytes = Vec::new();
        self.reader.by_ref().take(LONGEST).read_until(0, &mut bytes)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        bytes.pop_if(|it| *it == 0);
        String::from_utf8(bytes).map(Some).map_err(|error| {
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let message = format!("the given name `{}` is no UTF-8, which keys are", Escaped(&text));
            Error::new(ErrorKind::InvalidInput, message)
        })
    }
}

impl Iterator for Names {
    type Item = Result<String>;

    fn next(&mut self) -> Option<Result<String>> {
        while !self.ended {
            match self.read() {
                Ok(Some(name)) if name.is_empty() => {}
                Ok(Some(name)) => return Some(Ok(name)),
                Ok(None) => self.ended = true,
                Err(error) => {
                    // A name that can't be used does not hide the others; a reader that fails has ended.
                    self.ended = error.kind() != ErrorKind::InvalidInput;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

/// Looks up names below a directory.
pub(super) struct FileNames {
    root: PathBuf,
    names: Names,
    options: WalkOptions,
}

impl FileNames {
    pub(super) fn new(root: PathBuf, names: Names, options: WalkOptions) -> Self {
        Self { root, names, options }
    }

    fn look_up(&self, name: String) -> Option<Found> {
        if !self.options.filter.passes(&name) {
            return None;
        }
        let inside = Path::new(&name).components().all(|it| matches!(it, Component::Normal(_)));
        if !inside {
            let message = format!("the given name `{}` leaves the directory", Escaped(&name));
            return Some(Found::Failed { name, error: Error::new(ErrorKind::InvalidInput, message) });
        }
        let path = self.root.join(&name);
        match through_links(&self.root, &name) {
            Ok(false) => match look_at(path.clone(), name)? {
                // Nobody deleted it: it was asked for and is not there.
                Found::Skipped { name, reason: SkipReason::Vanished } => {
                    let error = file_error("can't read the file", &path, std::io::ErrorKind::NotFound.into());
                    Some(Found::Failed { name, error })
                }
                found => Some(found),
            },
            Ok(true) => Some(Found::Skipped { name, reason: SkipReason::Symlink }),
            Err(error) => {
                Some(Found::Failed { name, error: file_error("can't read the file", &path, error) })
            }
        }
    }
}

impl Iterator for FileNames {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        loop {
            let found = match self.names.next()? {
                Ok(name) => self.look_up(name),
                Err(error) => Some(Found::Failed { name: String::new(), error }),
            };
            if found.is_some() {
                return found;
            }
        }
    }
}

/// Tells whether a directory above a name is a symbolic link.
fn through_links(root: &Path, name: &str) -> std::io::Result<bool> {
    let mut path = root.to_owned();
    let parents = name.rsplit_once('/').map_or("", |(parents, _)| parents);
    for segment in parents.split('/').filter(|it| !it.is_empty()) {
        path.push(segment);
        if std::fs::symlink_metadata(&path)?.is_symlink() {
            return Ok(true);
        }
    }
    Ok(false)
}
