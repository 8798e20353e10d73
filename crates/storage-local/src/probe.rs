//! Finding out whether a file system keeps names apart that differ only in case or in Unicode form.

use std::os::fd::{AsFd as _, BorrowedFd};

use storage_core::{Error, ErrorKind, Result};

use crate::error::Explain as _;
use crate::escape::STAGING;
use crate::store::Store;
use crate::sys::{Errno, Open, SysResult};

impl Store {
    /// Refuses a file system that takes two keys for one.
    ///
    /// Where nothing can be written nothing can be overwritten, so there it is not asked.
    pub(crate) fn check_names_are_kept(&self, root: BorrowedFd<'_>) -> Result<()> {
        match self.names_fold(root) {
            Ok(false) | Err(Errno::ACCESS | Errno::PERM | Errno::ROFS | Errno::NOSPC | Errno::DQUOT) => {
                Ok(())
            }
            Ok(true) => Err(Error::new(
                ErrorKind::Configuration,
                format!(
                    "the file system of `{}` takes names for one that differ in case or in Unicode form, so keys \
                     would overwrite one another; use a directory on another file system",
                    self.settings.root.display()
                ),
            )),
            Err(error) => Err(error).explain(),
        }
    }

    fn names_fold(&self, root: BorrowedFd<'_>) -> SysResult<bool> {
        for _ in 0..16 {
            match self.sys.make_dir(root, STAGING) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(error),
            }
            let staging = match self.sys.open(root, STAGING, Open::Directory) {
                // Another process has just ended its own probe.
                Err(Errno::NOENT) => continue,
                other => other?,
            };
            let name = self.temporary_name();
            let composed = format!("{name}-a\u{e9}");
            match self.sys.open(staging.as_fd(), &composed, Open::Create) {
                Err(Errno::NOENT) => continue,
                other => drop(other?),
            }
            let twins = [format!("{name}-A\u{e9}"), format!("{name}-ae\u{301}")];
            let folds = twins.iter().any(|twin| self.sys.stat_at(staging.as_fd(), twin).is_ok());
            self.sys.remove_file(staging.as_fd(), &composed)?;
            self.remove_stale(staging.as_fd(), "");
            // Another process may still use it.
            let _ = self.sys.remove_dir(root, STAGING);
            return Ok(folds);
        }
        Ok(false)
    }
}
