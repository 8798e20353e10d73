//! Deleting an object, and the directories that it leaves empty.

use std::os::fd::AsFd as _;

use storage_core::{ContainerName, ETag, Key, Result, check_match};

use crate::error::{Explain as _, failed, refused};
use crate::path::ObjectPath;
use crate::store::Store;
use crate::sys::{Errno, FileKind, LockMode};
use crate::write::etag;

impl Store {
    /// Deletes an object; one that is not there is no error, unless it was to have an entity tag.
    pub(crate) fn delete(&self, container: &ContainerName, key: &Key, if_match: Option<&ETag>) -> Result<()> {
        let container = self.container(container)?;
        let path = ObjectPath::new(&container.name, key);
        let parent = match self.parent(&container, path.parent()) {
            Err(Errno::NOENT | Errno::NOTDIR) => {
                return if_match.map_or(Ok(()), |want| check_match(want, None));
            }
            other => other.explain()?,
        };
        let at = parent.as_ref().map_or(container.file(), |it| it.as_fd());
        let mode = if if_match.is_some() { LockMode::Exclusive } else { LockMode::Shared };
        let lock = self.lock(&container, key, mode)?;
        let found = match self.sys.stat_at(at, path.name()) {
            Ok(stat) if stat.kind == FileKind::File => Some(stat),
            // A directory of another program's is no object.
            Ok(stat) if stat.kind == FileKind::Directory => None,
            Ok(stat) => return Err(refused(stat.kind)),
            Err(Errno::NOENT) => None,
            Err(error) => return Err(failed(error)),
        };
        if let Some(want) = if_match {
            check_match(want, found.as_ref().map(etag).as_ref())?;
        }
        let Some(found) = found else { return Ok(()) };
        match self.sys.remove_file(at, path.name()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(error) => return Err(failed(error)),
        }
        drop(lock);
        if self.is_durable() {
            self.sys.sync(at).explain()?;
        }
        self.drop_sidecar(&container, &found);
        if let Some(path) = path.parent() {
            self.remove_empty_directories(&container, path);
        }
        Ok(())
    }
}
