//! The directories that objects are in: made with the first object, durable before it is, gone with the last.

use std::collections::HashSet;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::sync::{MutexGuard, PoisonError};

use storage_core::Result;

use crate::error::{Explain as _, no_container};
use crate::store::{Container, Store};
use crate::sys::{Errno, Open, SysResult};

/// How many directories are remembered as durable.
const DURABLE_DIRECTORIES: usize = 4096;

impl Store {
    /// Makes the entry of a new file durable: its directory, and every directory above that might not be.
    pub(crate) fn sync_entry(
        &self,
        container: &Container,
        parent: Option<(&str, BorrowedFd<'_>)>,
    ) -> Result<()> {
        if !self.is_durable() {
            return Ok(());
        }
        self.sys.sync(parent.map_or(container.file(), |it| it.1)).explain()?;
        self.sync_above(container, parent)
    }

    /// Makes durable that there is a directory: every directory above it that might not be.
    pub(crate) fn sync_above(
        &self,
        container: &Container,
        parent: Option<(&str, BorrowedFd<'_>)>,
    ) -> Result<()> {
        if !self.is_durable() {
            return Ok(());
        }
        let identity = self.identity(parent.map_or(container.file(), |it| it.1))?;
        if identity.is_some_and(|it| self.lock_durable().contains(&it)) {
            return Ok(());
        }
        // Somebody else may have made a directory above and not yet synced it; nobody's word but ours counts.
        let Some(root) = self.root()? else { return Err(no_container(&container.name)) };
        self.sys.sync(root.file.as_fd()).explain()?;
        let mut passed = vec![self.identity(container.file())?, identity];
        if let Some((path, _)) = parent {
            self.sys.sync(container.file()).explain()?;
            for (at, _) in path.match_indices('/') {
                let above = path.get(..at).unwrap_or_default();
                let above = self.sys.open(container.file(), above, Open::Directory).explain()?;
                self.sys.sync(above.as_fd()).explain()?;
                passed.push(self.identity(above.as_fd())?);
            }
        }
        let mut durable = self.lock_durable();
        if durable.len() >= DURABLE_DIRECTORIES {
            durable.clear();
        }
        durable.extend(passed.into_iter().flatten());
        Ok(())
    }

    /// Returns what tells a directory from every other one, a later one with its number included.
    fn identity(&self, directory: BorrowedFd<'_>) -> Result<Option<(u64, u64, i64)>> {
        let Some(birth) = self.sys.birth(directory).explain()? else { return Ok(None) };
        let stat = self.sys.stat(directory).explain()?;
        Ok(Some((stat.dev, stat.ino, birth)))
    }

    fn lock_durable(&self) -> MutexGuard<'_, HashSet<(u64, u64, i64)>> {
        self.durable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the directory of an object; `None` when it is the container.
    pub(crate) fn parent(&self, container: &Container, path: Option<&str>) -> SysResult<Option<OwnedFd>> {
        path.map(|path| self.sys.open(container.file(), path, Open::Directory)).transpose()
    }

    /// Opens the directory of an object, made if need be.
    pub(crate) fn make_parent(
        &self,
        container: &Container,
        path: Option<&str>,
    ) -> SysResult<Option<OwnedFd>> {
        match (self.parent(container, path), path) {
            (Err(Errno::NOENT), Some(path)) => self.make_directories(container, path).map(Some),
            (other, _) => other,
        }
    }

    fn make_directories(&self, container: &Container, path: &str) -> SysResult<OwnedFd> {
        let mut held: Option<OwnedFd> = None;
        for name in path.split('/') {
            let at = held.as_ref().map_or(container.file(), |it| it.as_fd());
            match self.sys.make_dir(at, name) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(error),
            }
            held = Some(self.sys.open(at, name, Open::Directory)?);
        }
        held.ok_or(Errno::NOENT)
    }

    /// Removes a directory and those above that it leaves empty. The system refuses one that is not empty.
    pub(crate) fn remove_empty_directories(&self, container: &Container, path: &str) {
        let mut path = path;
        loop {
            let (above, name) = match path.rsplit_once('/') {
                Some((above, name)) => (Some(above), name),
                None => (None, path),
            };
            let Ok(directory) = self.parent(container, above) else { return };
            let at = directory.as_ref().map_or(container.file(), |it| it.as_fd());
            if self.sys.remove_dir(at, name).is_err() {
                return;
            }
            let Some(above) = above else { return };
            path = above;
        }
    }
}
