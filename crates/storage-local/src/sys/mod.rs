//! Every system call of the crate, behind one trait, so that tests can record them, make them fail and cut them off.

#[cfg(test)]
pub(crate) mod faulty;
mod unix;

use std::fmt::Debug;
use std::ops::ControlFlow;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::path::Path;

pub(crate) use rustix::io::Errno;

pub(crate) use self::unix::UnixSys;

/// The result of a system call.
pub(crate) type SysResult<T = ()> = Result<T, Errno>;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A pipe, a socket or a device.
    Special,
    /// The directory does not tell; a `stat_at` will.
    Unknown,
}

/// What the system knows of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stat {
    pub(crate) kind: FileKind,
    pub(crate) dev: u64,
    pub(crate) ino: u64,
    pub(crate) links: u64,
    pub(crate) size: u64,
    /// Nanoseconds since 1970.
    pub(crate) mtime: i64,
}

impl Stat {
    /// Tells whether both are the same file.
    pub(crate) fn same_file(&self, other: &Self) -> bool {
        (self.dev, self.ino) == (other.dev, other.ino)
    }
}

/// How a file is opened. None of them follows a symbolic link or leaves the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Open {
    /// A directory.
    Directory,
    /// A file for reading; what is no regular file opens too, without waiting for anybody.
    Read,
    /// A file for reading and writing that is there.
    Write,
    /// A file for reading and writing that must not be there yet.
    Create,
    /// A file for writing at its end, made if need be.
    Append,
    /// A file to lock, made if need be.
    Lock,
}

/// Whether a rename may replace a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replace {
    /// A file under the new name is replaced.
    Yes,
    /// A file under the new name is `EXIST`.
    No,
}

/// Who may hold a lock at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LockMode {
    /// Others that share.
    Shared,
    /// Nobody.
    Exclusive,
}

/// Takes one entry of a directory.
pub(crate) type EachEntry<'a> = dyn FnMut(&[u8], FileKind) -> ControlFlow<()> + 'a;

/// The system. Paths are relative to the directory; names are paths of one segment.
pub(crate) trait Sys: Debug + Send + Sync {
    /// Opens the root, through symbolic links if its path has any.
    fn open_root(&self, path: &Path) -> SysResult<OwnedFd>;
    /// Makes a directory whose parent is there; for the root.
    fn make_root(&self, path: &Path) -> SysResult;
    fn open(&self, at: BorrowedFd<'_>, path: &str, how: Open) -> SysResult<OwnedFd>;
    fn stat(&self, file: BorrowedFd<'_>) -> SysResult<Stat>;
    /// Looks at a name; a symbolic link is not followed.
    fn stat_at(&self, at: BorrowedFd<'_>, name: &str) -> SysResult<Stat>;
    /// Returns when a file was made, in nanoseconds since 1970, where the system knows.
    fn birth(&self, file: BorrowedFd<'_>) -> SysResult<Option<i64>>;
    fn make_dir(&self, at: BorrowedFd<'_>, name: &str) -> SysResult;
    fn remove_dir(&self, at: BorrowedFd<'_>, name: &str) -> SysResult;
    fn remove_file(&self, at: BorrowedFd<'_>, name: &str) -> SysResult;
    fn rename(
        &self,
        from: BorrowedFd<'_>,
        from_name: &str,
        to: BorrowedFd<'_>,
        to_name: &str,
        replace: Replace,
    ) -> SysResult;
    /// Writes at a position; may write less.
    fn write(&self, file: BorrowedFd<'_>, bytes: &[u8], offset: u64) -> SysResult<usize>;
    /// Writes at the end of a file that was opened for it; may write less.
    fn append(&self, file: BorrowedFd<'_>, bytes: &[u8]) -> SysResult<usize>;
    /// Reads at a position into the buffer.
    fn read(&self, file: BorrowedFd<'_>, buffer: &mut [u8], offset: u64) -> SysResult<usize>;
    /// Reads at a position what is in memory already, without waiting for a device; `None` when nothing is, or the
    /// system can't tell.
    fn read_cached(&self, file: BorrowedFd<'_>, buffer: &mut [u8], offset: u64) -> SysResult<Option<usize>>;
    /// Reads at a position into the capacity that the buffer has left, which must not be nothing.
    fn read_more(&self, file: BorrowedFd<'_>, buffer: &mut Vec<u8>, offset: u64) -> SysResult<usize>;
    fn truncate(&self, file: BorrowedFd<'_>, len: u64) -> SysResult;
    fn set_mtime(&self, file: BorrowedFd<'_>, nanos: i64) -> SysResult;
    /// Waits until a file and what is known of it, or a directory's entries, are on the device.
    fn sync(&self, file: BorrowedFd<'_>) -> SysResult;
    /// Waits until the content of a file is on the device.
    fn sync_data(&self, file: BorrowedFd<'_>) -> SysResult;
    fn set_attribute(&self, file: BorrowedFd<'_>, value: &[u8]) -> SysResult;
    /// Reads the attribute; `None` when there is none.
    fn attribute(&self, file: BorrowedFd<'_>) -> SysResult<Option<Vec<u8>>>;
    fn remove_attribute(&self, file: BorrowedFd<'_>) -> SysResult;
    /// Waits for a lock, which goes when the file is closed.
    fn lock(&self, file: BorrowedFd<'_>, mode: LockMode) -> SysResult;
    /// Makes an empty file share the blocks of another.
    fn clone_file(&self, from: BorrowedFd<'_>, to: BorrowedFd<'_>) -> SysResult;
    /// Copies inside the system; may copy less.
    fn copy_range(
        &self,
        from: BorrowedFd<'_>,
        from_offset: u64,
        to: BorrowedFd<'_>,
        to_offset: u64,
        len: u64,
    ) -> SysResult<usize>;
    /// Goes through a directory from its start, in no order, without `.` and `..`.
    fn entries(&self, directory: BorrowedFd<'_>, each: &mut EachEntry<'_>) -> SysResult;
}
