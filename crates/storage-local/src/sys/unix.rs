//! The real system.

use std::ops::ControlFlow;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{
    self, AtFlags, FileType, FlockOperation, Mode, OFlags, SeekFrom, Timespec, Timestamps, XattrFlags,
};
use rustix::io::retry_on_intr;

use super::{EachEntry, Errno, FileKind, LockMode, Open, Replace, Stat, Sys, SysResult};

const ATTRIBUTE: &str = "user.storage";
const ATTRIBUTE_BYTES: usize = 1 << 10;
const DIRECTORY_BYTES: usize = 64 << 10;
const NANOS: i64 = 1_000_000_000;
const READ_WRITE_ALL: Mode = Mode::from_raw_mode(0o666);
const EVERYTHING: Mode = Mode::from_raw_mode(0o777);

/// The system through `rustix`.
#[derive(Debug, Default)]
pub(crate) struct UnixSys {
    /// The kernel lacks `openat2`, or a sandbox forbids it.
    no_openat2: AtomicBool,
}

impl UnixSys {
    /// A kernel without `openat2`.
    #[cfg(test)]
    pub(crate) fn without_openat2() -> Self {
        Self { no_openat2: AtomicBool::new(true) }
    }

    #[cfg(target_os = "linux")]
    fn open_beneath(&self, at: BorrowedFd<'_>, path: &str, flags: OFlags, mode: Mode) -> SysResult<OwnedFd> {
        use rustix::fs::ResolveFlags;

        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        while !self.no_openat2.load(Ordering::Relaxed) {
            match fs::openat2(at, path, flags, mode, resolve) {
                // The kernel says so when somebody renamed something meanwhile.
                Err(Errno::AGAIN | Errno::INTR) => {}
                Err(Errno::NOSYS | Errno::PERM) if !works(at, resolve) => {
                    self.no_openat2.store(true, Ordering::Relaxed);
                }
                other => return other,
            }
        }
        open_by_segments(at, path, flags, mode)
    }

    #[cfg(not(target_os = "linux"))]
    fn open_beneath(&self, at: BorrowedFd<'_>, path: &str, flags: OFlags, mode: Mode) -> SysResult<OwnedFd> {
        self.no_openat2.store(true, Ordering::Relaxed);
        open_by_segments(at, path, flags, mode)
    }
}

/// Tells whether `openat2` can open what is certainly there.
#[cfg(target_os = "linux")]
fn works(at: BorrowedFd<'_>, resolve: rustix::fs::ResolveFlags) -> bool {
    fs::openat2(at, ".", OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), resolve).is_ok()
}

/// Opens one segment after the other, none of which may be a symbolic link.
fn open_by_segments(at: BorrowedFd<'_>, path: &str, flags: OFlags, mode: Mode) -> SysResult<OwnedFd> {
    let open = |at: BorrowedFd<'_>, name: &str, flags: OFlags| {
        if name.is_empty() || name == ".." {
            return Err(Errno::XDEV);
        }
        retry_on_intr(|| fs::openat(at, name, flags | OFlags::NOFOLLOW, mode)).map_err(|error| match error {
            // A symbolic link where a directory should be.
            Errno::NOTDIR if is_link(at, name) => Errno::LOOP,
            other => other,
        })
    };
    let mut held: Option<OwnedFd> = None;
    let (parents, name) = path.rsplit_once('/').unwrap_or(("", path));
    for parent in parents.split('/').filter(|it| !it.is_empty()) {
        let from = held.as_ref().map_or(at, |it| it.as_fd());
        held = Some(open(from, parent, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC)?);
    }
    open(held.as_ref().map_or(at, |it| it.as_fd()), name, flags)
}

fn is_link(at: BorrowedFd<'_>, name: &str) -> bool {
    fs::statat(at, name, AtFlags::SYMLINK_NOFOLLOW)
        .is_ok_and(|it| FileType::from_raw_mode(it.st_mode) == FileType::Symlink)
}

impl Sys for UnixSys {
    fn open_root(&self, path: &Path) -> SysResult<OwnedFd> {
        retry_on_intr(|| fs::open(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()))
    }

    fn make_root(&self, path: &Path) -> SysResult {
        fs::mkdir(path, EVERYTHING)
    }

    fn open(&self, at: BorrowedFd<'_>, path: &str, how: Open) -> SysResult<OwnedFd> {
        let (flags, mode) = match how {
            Open::Directory => (OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()),
            // A pipe without a writer would otherwise hold the thread.
            Open::Read => (OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY, Mode::empty()),
            Open::Write => (OFlags::RDWR | OFlags::NONBLOCK | OFlags::NOCTTY, Mode::empty()),
            Open::Create => (OFlags::RDWR | OFlags::CREATE | OFlags::EXCL, READ_WRITE_ALL),
            Open::Append => (OFlags::WRONLY | OFlags::CREATE | OFlags::APPEND, READ_WRITE_ALL),
            Open::Lock => (OFlags::RDONLY | OFlags::CREATE | OFlags::NONBLOCK, READ_WRITE_ALL),
        };
        self.open_beneath(at, path, flags | OFlags::CLOEXEC, mode)
    }

    fn stat(&self, file: BorrowedFd<'_>) -> SysResult<Stat> {
        fs::fstat(file).map(|it| read_stat(&it))
    }

    fn stat_at(&self, at: BorrowedFd<'_>, name: &str) -> SysResult<Stat> {
        fs::statat(at, name, AtFlags::SYMLINK_NOFOLLOW).map(|it| read_stat(&it))
    }

    #[cfg(target_os = "linux")]
    fn birth(&self, file: BorrowedFd<'_>) -> SysResult<Option<i64>> {
        use rustix::fs::StatxFlags;

        match fs::statx(file, "", AtFlags::EMPTY_PATH, StatxFlags::BTIME) {
            Ok(it) if it.stx_mask & StatxFlags::BTIME.bits() != 0 => {
                Ok(Some(nanos(it.stx_btime.tv_sec, i64::from(it.stx_btime.tv_nsec))))
            }
            Ok(_) | Err(Errno::NOSYS) => Ok(None),
            Err(error) => Err(error),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn birth(&self, _: BorrowedFd<'_>) -> SysResult<Option<i64>> {
        Ok(None)
    }

    fn make_dir(&self, at: BorrowedFd<'_>, name: &str) -> SysResult {
        fs::mkdirat(at, name, EVERYTHING)
    }

    fn remove_dir(&self, at: BorrowedFd<'_>, name: &str) -> SysResult {
        fs::unlinkat(at, name, AtFlags::REMOVEDIR)
    }

    fn remove_file(&self, at: BorrowedFd<'_>, name: &str) -> SysResult {
        fs::unlinkat(at, name, AtFlags::empty())
    }

    fn rename(
        &self,
        from: BorrowedFd<'_>,
        from_name: &str,
        to: BorrowedFd<'_>,
        to_name: &str,
        replace: Replace,
    ) -> SysResult {
        match replace {
            Replace::Yes => fs::renameat(from, from_name, to, to_name),
            Replace::No => rename_new(from, from_name, to, to_name),
        }
    }

    fn write(&self, file: BorrowedFd<'_>, bytes: &[u8], offset: u64) -> SysResult<usize> {
        retry_on_intr(|| rustix::io::pwrite(file, bytes, offset))
    }

    fn append(&self, file: BorrowedFd<'_>, bytes: &[u8]) -> SysResult<usize> {
        retry_on_intr(|| rustix::io::write(file, bytes))
    }

    fn read(&self, file: BorrowedFd<'_>, buffer: &mut [u8], offset: u64) -> SysResult<usize> {
        retry_on_intr(|| rustix::io::pread(file, &mut *buffer, offset))
    }

    #[cfg(target_os = "linux")]
    fn read_cached(&self, file: BorrowedFd<'_>, buffer: &mut [u8], offset: u64) -> SysResult<Option<usize>> {
        let mut buffers = [std::io::IoSliceMut::new(buffer)];
        match rustix::io::preadv2(file, &mut buffers, offset, rustix::io::ReadWriteFlags::NOWAIT) {
            Ok(read) => Ok(Some(read)),
            // Not in memory, or a file system or kernel that does not know the question.
            Err(Errno::AGAIN | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL | Errno::INTR) => Ok(None),
            Err(error) => Err(error),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn read_cached(&self, _: BorrowedFd<'_>, _: &mut [u8], _: u64) -> SysResult<Option<usize>> {
        Ok(None)
    }

    fn read_more(&self, file: BorrowedFd<'_>, buffer: &mut Vec<u8>, offset: u64) -> SysResult<usize> {
        retry_on_intr(|| rustix::io::pread(file, rustix::buffer::spare_capacity(buffer), offset))
    }

    fn truncate(&self, file: BorrowedFd<'_>, len: u64) -> SysResult {
        retry_on_intr(|| fs::ftruncate(file, len))
    }

    fn set_mtime(&self, file: BorrowedFd<'_>, nanos: i64) -> SysResult {
        let last_access = Timespec { tv_sec: 0, tv_nsec: fs::UTIME_OMIT as _ };
        let last_modification =
            Timespec { tv_sec: nanos.div_euclid(NANOS), tv_nsec: nanos.rem_euclid(NANOS) as _ };
        fs::futimens(file, &Timestamps { last_access, last_modification })
    }

    fn sync(&self, file: BorrowedFd<'_>) -> SysResult {
        retry_on_intr(|| fs::fsync(file))
    }

    #[cfg(not(target_vendor = "apple"))]
    fn sync_data(&self, file: BorrowedFd<'_>) -> SysResult {
        retry_on_intr(|| fs::fdatasync(file))
    }

    #[cfg(target_vendor = "apple")]
    fn sync_data(&self, file: BorrowedFd<'_>) -> SysResult {
        self.sync(file)
    }

    fn set_attribute(&self, file: BorrowedFd<'_>, value: &[u8]) -> SysResult {
        fs::fsetxattr(file, ATTRIBUTE, value, XattrFlags::empty())
    }

    fn attribute(&self, file: BorrowedFd<'_>) -> SysResult<Option<Vec<u8>>> {
        let mut value = Vec::with_capacity(ATTRIBUTE_BYTES);
        loop {
            match fs::fgetxattr(file, ATTRIBUTE, rustix::buffer::spare_capacity(&mut value)) {
                Ok(_) => return Ok(Some(value)),
                Err(Errno::RANGE) => {
                    // It may grow once more before it is read.
                    let len = fs::fgetxattr(file, ATTRIBUTE, &mut [0_u8; 0][..])?;
                    value = Vec::with_capacity(len.max(ATTRIBUTE_BYTES) * 2);
                }
                Err(error) if is_missing(error) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }

    fn remove_attribute(&self, file: BorrowedFd<'_>) -> SysResult {
        match fs::fremovexattr(file, ATTRIBUTE) {
            Err(error) if is_missing(error) => Ok(()),
            other => other,
        }
    }

    fn lock(&self, file: BorrowedFd<'_>, mode: LockMode) -> SysResult {
        let operation = match mode {
            LockMode::Shared => FlockOperation::LockShared,
            LockMode::Exclusive => FlockOperation::LockExclusive,
        };
        retry_on_intr(|| fs::flock(file, operation))
    }

    #[cfg(target_os = "linux")]
    fn clone_file(&self, from: BorrowedFd<'_>, to: BorrowedFd<'_>) -> SysResult {
        fs::ioctl_ficlone(to, from)
    }

    #[cfg(not(target_os = "linux"))]
    fn clone_file(&self, _: BorrowedFd<'_>, _: BorrowedFd<'_>) -> SysResult {
        Err(Errno::OPNOTSUPP)
    }

    #[cfg(target_os = "linux")]
    fn copy_range(
        &self,
        from: BorrowedFd<'_>,
        mut from_offset: u64,
        to: BorrowedFd<'_>,
        mut to_offset: u64,
        len: u64,
    ) -> SysResult<usize> {
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        retry_on_intr(|| fs::copy_file_range(from, Some(&mut from_offset), to, Some(&mut to_offset), len))
    }

    #[cfg(not(target_os = "linux"))]
    fn copy_range(&self, _: BorrowedFd<'_>, _: u64, _: BorrowedFd<'_>, _: u64, _: u64) -> SysResult<usize> {
        Err(Errno::OPNOTSUPP)
    }

    #[cfg(target_os = "linux")]
    fn entries(&self, directory: BorrowedFd<'_>, each: &mut EachEntry<'_>) -> SysResult {
        fs::seek(directory, SeekFrom::Start(0))?;
        let mut space = Vec::with_capacity(DIRECTORY_BYTES);
        let mut entries = fs::RawDir::new(directory, space.spare_capacity_mut());
        while let Some(entry) = entries.next() {
            let entry = match entry {
                Err(Errno::INTR) => continue,
                other => other?,
            };
            if give(entry.file_name().to_bytes(), entry.file_type(), each).is_break() {
                break;
            }
        }
        Ok(())
    }

    #[cfg(not(target_os = "linux"))]
    fn entries(&self, directory: BorrowedFd<'_>, each: &mut EachEntry<'_>) -> SysResult {
        fs::seek(directory, SeekFrom::Start(0))?;
        for entry in fs::Dir::read_from(directory)? {
            let entry = entry?;
            if give(entry.file_name().to_bytes(), entry.file_type(), each).is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn give(name: &[u8], kind: FileType, each: &mut EachEntry<'_>) -> ControlFlow<()> {
    if matches!(name, b"." | b"..") {
        return ControlFlow::Continue(());
    }
    each(name, read_kind(kind))
}

#[cfg(target_os = "linux")]
fn rename_new(from: BorrowedFd<'_>, from_name: &str, to: BorrowedFd<'_>, to_name: &str) -> SysResult {
    match fs::renameat_with(from, from_name, to, to_name, fs::RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS) => link_new(from, from_name, to, to_name),
        other => other,
    }
}

#[cfg(not(target_os = "linux"))]
fn rename_new(from: BorrowedFd<'_>, from_name: &str, to: BorrowedFd<'_>, to_name: &str) -> SysResult {
    link_new(from, from_name, to, to_name)
}

/// Gives a file a second name, which fails when it is taken, then drops the first.
fn link_new(from: BorrowedFd<'_>, from_name: &str, to: BorrowedFd<'_>, to_name: &str) -> SysResult {
    fs::linkat(from, from_name, to, to_name, AtFlags::empty())?;
    match fs::unlinkat(from, from_name, AtFlags::empty()) {
        Err(Errno::NOENT) => Ok(()),
        other => other,
    }
}

#[cfg(target_vendor = "apple")]
fn is_missing(error: Errno) -> bool {
    error == Errno::NOATTR
}

#[cfg(not(target_vendor = "apple"))]
fn is_missing(error: Errno) -> bool {
    error == Errno::NODATA
}

#[allow(
    clippy::unnecessary_cast,
    clippy::useless_conversion,
    clippy::cast_sign_loss,
    reason = "the width and sign of these fields differ between systems"
)]
fn read_stat(it: &fs::Stat) -> Stat {
    Stat {
        kind: read_kind(FileType::from_raw_mode(it.st_mode)),
        dev: it.st_dev as u64,
        ino: it.st_ino as u64,
        links: it.st_nlink as u64,
        size: u64::try_from(it.st_size).unwrap_or(0),
        mtime: nanos(it.st_mtime as i64, it.st_mtime_nsec as i64),
    }
}

fn read_kind(kind: FileType) -> FileKind {
    match kind {
        FileType::RegularFile => FileKind::File,
        FileType::Directory => FileKind::Directory,
        FileType::Symlink => FileKind::Link,
        FileType::Unknown => FileKind::Unknown,
        _ => FileKind::Special,
    }
}

fn nanos(seconds: i64, nanos: i64) -> i64 {
    seconds.saturating_mul(NANOS).saturating_add(nanos)
}
