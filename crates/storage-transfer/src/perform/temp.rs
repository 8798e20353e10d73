//! A file that is complete before anybody sees it under its name.

use std::fs;
use std::path::{Path, PathBuf};

use storage::{Error, ErrorKind, Result, Runtime as _, TokioRuntime};

use crate::options::Overwrite;
use crate::walk::file_error;

/// A hidden file beside its target, removed on drop unless it was put in place.
#[derive(Debug)]
pub(super) struct Temp {
    path: PathBuf,
    done: bool,
}

/// What came of putting a file in its place.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Placed {
    Yes,
    /// Somebody else was there first.
    Exists,
}

impl Temp {
    pub(super) fn beside(target: &Path) -> Self {
        let mut random = [0; 8];
        TokioRuntime.random(&mut random);
        let path = target.with_file_name(format!(".storage-{:016x}.tmp", u64::from_ne_bytes(random)));
        Self { path, done: false }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its name in one step.
    pub(super) fn commit(mut self, target: &Path, overwrite: Overwrite) -> Result<Placed> {
        if overwrite == Overwrite::Never {
            // A link fails when the name is taken, which a rename does not; some file systems know no links.
            match fs::hard_link(&self.path, target) {
                Ok(()) => return Ok(Placed::Yes),
                Err(_) if target.symlink_metadata().is_ok() => return Ok(Placed::Exists),
                Err(_) => {}
            }
        }
        fs::rename(&self.path, target).map_err(|error| match target.is_dir() {
            true => Error::new(ErrorKind::AlreadyExists, "a directory of that name is in the way"),
            false => file_error("can't write the file", target, error),
        })?;
        self.done = true;
        Ok(Placed::Yes)
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(path = %self.path.display(), %error, "a temporary file could not be removed");
            }
            _ => {}
        }
    }
}
