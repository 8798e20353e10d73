//! Files that are being written: below `%staging`, and gone when the write does not come to its end.

use std::ops::ControlFlow;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::sync::Arc;

use storage_core::{Error, ErrorKind, Result};

use crate::error::{Explain as _, failed};
use crate::escape::STAGING;
use crate::store::{Container, Store};
use crate::sys::{Errno, FileKind, Open, Replace, SysResult};

/// How old a temporary file must be before it counts as left behind, in nanoseconds.
const STALE: i64 = 24 * 3600 * 1_000_000_000;
/// How many stale files one clean-up removes.
const STALE_AT_ONCE: usize = 10_000;
const TEMPORARY: &str = "tmp-";

/// A file that has no key yet. It is removed when it is dropped before it got one.
#[derive(Debug)]
pub(crate) struct Staged<'a> {
    store: &'a Store,
    staging: Arc<OwnedFd>,
    name: String,
    file: OwnedFd,
    renamed: bool,
}

impl Store {
    /// Makes a temporary file.
    pub(crate) fn stage(&self, container: &Container) -> Result<Staged<'_>> {
        for _ in 0..16 {
            let staging = self.staging(container)?;
            let name = self.temporary_name();
            match self.sys.open(staging.as_fd(), &name, Open::Create) {
                Ok(file) => return Ok(Staged { store: self, staging, name, file, renamed: false }),
                Err(Errno::EXIST) => {}
                Err(Errno::NOENT) => self.forget_staging(container),
                Err(error) => return Err(failed(error)),
            }
        }
        Err(Error::new(ErrorKind::Io, "no temporary file could be made; `%staging` vanishes again and again"))
    }

    /// Removes temporary files that somebody has left behind. Uploads stay: they may be taken up again.
    pub(crate) fn remove_stale_temporaries(&self, container: &Container) {
        if let Ok(staging) = self.sys.open(container.file(), STAGING, Open::Directory) {
            self.remove_stale(staging.as_fd(), &container.name);
        }
    }

    /// Removes the files of a directory that somebody has left behind.
    pub(crate) fn remove_stale(&self, staging: BorrowedFd<'_>, container: &str) {
        let mut names = Vec::new();
        let listed = self.sys.entries(staging, &mut |name, kind| {
            if let Some(name) = std::str::from_utf8(name).ok().filter(|it| it.starts_with(TEMPORARY)) {
                names.push((name.to_owned(), kind));
            }
            if names.len() < STALE_AT_ONCE { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        let limit = self.now().saturating_sub(STALE);
        for (name, kind) in listed.map(|()| names).unwrap_or_default() {
            let stale = self.sys.stat_at(staging, &name).is_ok_and(|it| it.mtime < limit);
            if !stale {
                continue;
            }
            let removed = match kind {
                // An upload that was never begun.
                FileKind::Directory => self.remove_upload(staging, &name),
                _ => self.sys.remove_file(staging, &name).is_ok(),
            };
            if removed {
                tracing::info!(container, name, "removed a temporary file that was left behind");
            }
        }
    }
}

impl Staged<'_> {
    /// Returns the file.
    pub(crate) fn file(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    /// Tells whether the file has its place.
    pub(crate) fn is_renamed(&self) -> bool {
        self.renamed
    }

    /// Writes all bytes at a position.
    pub(crate) fn write_all(&self, bytes: &[u8], offset: u64) -> Result<()> {
        self.store.write_all(self.file(), bytes, offset)
    }

    /// Gives the file its place.
    pub(crate) fn rename(&mut self, to: BorrowedFd<'_>, name: &str, replace: Replace) -> SysResult {
        self.store.sys.rename(self.staging.as_fd(), &self.name, to, name, replace)?;
        self.renamed = true;
        Ok(())
    }
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        if !self.renamed {
            // What can't be removed now is removed when it is stale.
            let _ = self.store.sys.remove_file(self.staging.as_fd(), &self.name);
        }
    }
}

impl Store {
    /// Writes all bytes at a position.
    pub(crate) fn write_all(&self, file: BorrowedFd<'_>, mut bytes: &[u8], mut offset: u64) -> Result<()> {
        while !bytes.is_empty() {
            let written = self.sys.write(file, bytes, offset).explain()?;
            if written == 0 {
                return Err(Error::new(ErrorKind::StorageFull, "the file system takes no more bytes"));
            }
            bytes = bytes.get(written..).unwrap_or_default();
            offset += written as u64;
        }
        Ok(())
    }
}
