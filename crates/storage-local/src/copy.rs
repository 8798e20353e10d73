//! Copying inside the system: shared blocks where the file system can, else in the kernel, else through memory.

use std::os::fd::{AsFd as _, BorrowedFd};

use storage_core::{CopyOptions, Error, ErrorKind, PutOutcome, Result, check_match};

use crate::error::failed;
use crate::path::ObjectPath;
use crate::store::Store;
use crate::sys::{Errno, Open};
use crate::write::{Write, etag};

/// How many bytes go through memory at a time where the kernel can't copy.
const PIECE_BYTES: usize = 512 << 10;
/// How many bytes one call asks the kernel to copy.
const KERNEL_BYTES: u64 = 1 << 30;

/// Where a copy comes from.
#[derive(Clone, Debug)]
pub(crate) struct From {
    pub(crate) container: storage_core::ContainerName,
    pub(crate) key: storage_core::Key,
}

impl Store {
    /// Copies an object whole, or not at all. The attributes to write are those of the source, unless replaced.
    pub(crate) fn copy(&self, from: &From, write: &Write, options: &CopyOptions) -> Result<PutOutcome> {
        let source = self.open_object(&from.container, &from.key, Open::Read)?;
        if let Some(want) = &options.source_if_match {
            check_match(want, Some(&etag(&source.stat)))?;
        }
        let kept = self.attributes(&from.container, source.file.as_fd(), &source.stat, &from.key)?;
        let checksums = kept.checksums.clone();
        let mut write = write.clone();
        if options.replace.is_none() {
            write.attributes = kept;
        }
        let path = ObjectPath::new(&write.container, &write.key);
        for _ in 0..16 {
            let container = self.container(&write.container)?;
            self.check_condition_early(&container, &path, &write.condition)?;
            let staged = self.stage(&container)?;
            if self.sys.clone_file(source.file.as_fd(), staged.file()).is_err() {
                self.copy_bytes(source.file.as_fd(), 0, staged.file(), 0, source.stat.size)?;
            }
            let now = self.sys.stat(source.file.as_fd()).map_err(failed)?;
            if (now.size, now.mtime) != (source.stat.size, source.stat.mtime) {
                return Err(Error::new(ErrorKind::Changed, "the source was changed while it was copied"));
            }
            if let Some(outcome) = self.finish_write(&container, &write, &path, staged, checksums.clone())? {
                return Ok(outcome);
            }
        }
        Err(Error::new(ErrorKind::Io, "the temporary file is removed again and again; try once more"))
    }

    /// Copies a range from file to file.
    pub(crate) fn copy_bytes(
        &self,
        from: BorrowedFd<'_>,
        from_offset: u64,
        to: BorrowedFd<'_>,
        to_offset: u64,
        len: u64,
    ) -> Result<()> {
        let mut done = self.copy_inside(from, from_offset, to, to_offset, len)?;
        let mut buffer = Vec::new();
        while done < len {
            buffer.resize(PIECE_BYTES.min(usize::try_from(len - done).unwrap_or(PIECE_BYTES)), 0);
            let read = self.sys.read(from, &mut buffer, from_offset + done).map_err(failed)?;
            if read == 0 {
                return Err(Error::new(ErrorKind::Changed, "the source became shorter while it was copied"));
            }
            self.write_all(to, buffer.get(..read).unwrap_or_default(), to_offset + done)?;
            done += read as u64;
        }
        Ok(())
    }

    /// Has the kernel copy as much as it can, and returns how much that was.
    pub(crate) fn copy_inside(
        &self,
        from: BorrowedFd<'_>,
        from_offset: u64,
        to: BorrowedFd<'_>,
        to_offset: u64,
        len: u64,
    ) -> Result<u64> {
        let mut done = 0;
        while done < len {
            let ask = (len - done).min(KERNEL_BYTES);
            match self.sys.copy_range(from, from_offset + done, to, to_offset + done, ask) {
                // Some file systems say so for what they can't copy; reading will tell.
                Ok(0) => break,
                Ok(copied) => done += copied as u64,
                Err(Errno::NOSPC) => return Err(failed(Errno::NOSPC)),
                Err(Errno::DQUOT) => return Err(failed(Errno::DQUOT)),
                Err(Errno::IO) => return Err(failed(Errno::IO)),
                Err(_) => break,
            }
        }
        Ok(done)
    }
}
