//! The only place of the core that touches files: reading ranges, and writing downloads beside their destination.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::stream;

use crate::body::Body;
use crate::checksum::{Checksum, Hasher};
use crate::download::ObjectBody;
use crate::error::{Error, ErrorKind, Result};
use crate::name::Key;
use crate::payload::{FileRange, Pieces};
use crate::runtime::{Runtime, blocking};

/// How much of a file one blocking call reads.
pub const READ_BYTES: usize = 512 << 10;

/// Streams a range of a file. A file that ends before the range does is `SourceMismatch`.
pub(crate) fn read_range(runtime: Arc<dyn Runtime>, source: FileRange) -> Body {
    let state = (source, BytesMut::new());
    Body::new(stream::try_unfold(state, move |(mut source, mut buffer)| {
        let runtime = Arc::clone(&runtime);
        async move {
            if source.range.is_empty() {
                return Ok(None);
            }
            let (piece, source, buffer) = blocking(&*runtime, move || {
                let piece = read_piece(&source, &mut buffer)?;
                source.range.start += piece.len() as u64;
                Ok((piece, source, buffer))
            })
            .await?;
            Ok(Some((piece, (source, buffer))))
        }
    }))
}

/// Reads the next piece into a buffer that is taken back when earlier pieces are gone.
fn read_piece(source: &FileRange, buffer: &mut BytesMut) -> Result<Bytes> {
    let left = source.range.end.saturating_sub(source.range.start);
    let want = usize::try_from(left).unwrap_or(READ_BYTES).min(READ_BYTES);
    // The buffer is taken back with its old content, so only a fresh one has to be filled with zeros.
    buffer.reserve(want);
    if buffer.len() < want {
        buffer.resize(want, 0);
    }
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match read_at(&source.file, rest, source.range.start + filled as u64) {
            Ok(0) => {
                return Err(Error::new(
                    ErrorKind::SourceMismatch,
                    format!(
                        "the file ended {} bytes early; it was changed while it was read",
                        left - filled as u64
                    ),
                ));
            }
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::from_io(error)),
        }
    }
    Ok(buffer.split().freeze())
}

/// Reads at a position, without moving the file's own.
#[cfg(unix)]
pub fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

/// Reads at a position.
#[cfg(windows)]
pub fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

/// Writes all bytes at a position, without moving the file's own.
#[cfg(unix)]
pub fn write_all_at(file: &File, buffer: &[u8], offset: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, buffer, offset)
}

/// Writes all bytes at a position.
#[cfg(windows)]
pub fn write_all_at(file: &File, mut buffer: &[u8], mut offset: u64) -> std::io::Result<()> {
    while !buffer.is_empty() {
        let written = std::os::windows::fs::FileExt::seek_write(file, buffer, offset)?;
        if written == 0 {
            return Err(std::io::ErrorKind::WriteZero.into());
        }
        buffer = buffer.get(written..).unwrap_or_default();
        offset += written as u64;
    }
    Ok(())
}

/// Reads a range of a file and gives every byte to the hashers.
pub(crate) fn hash_range(file: &File, range: Range<u64>, hashers: &mut [Hasher]) -> Result<()> {
    let mut buffer = vec![0; READ_BYTES];
    let mut at = range.start;
    while at < range.end {
        let want = usize::try_from(range.end - at).unwrap_or(READ_BYTES).min(READ_BYTES);
        let read = read_at(file, buffer.get_mut(..want).unwrap_or_default(), at)?;
        if read == 0 {
            return Err(Error::new(ErrorKind::SourceMismatch, "the file ended early while it was read"));
        }
        let bytes = buffer.get(..read).unwrap_or_default();
        hashers.iter_mut().for_each(|hasher| hasher.update(bytes));
        at += read as u64;
    }
    Ok(())
}

/// Where a download goes.
#[derive(Clone, Debug)]
pub(crate) struct Destination {
    pub(crate) path: PathBuf,
    pub(crate) overwrite: bool,
    pub(crate) keep_partial: bool,
}

impl Destination {
    /// Says which file is meant: inside a directory it has the last segment of the key as its name.
    pub(crate) fn file_path(&self, key: &Key) -> Result<PathBuf> {
        let names_directory = self.path.as_os_str().as_encoded_bytes().ends_with(b"/") || self.path.is_dir();
        let path = match names_directory {
            false => self.path.clone(),
            true => self.path.join(file_name(key)?),
        };
        if !self.overwrite && path.symlink_metadata().is_ok() {
            return Err(exists(&path));
        }
        Ok(path)
    }
}

/// The last segment of a key, if it can be the name of a file and of nothing else.
fn file_name(key: &Key) -> Result<&str> {
    let name = key.rsplit('/').next().unwrap_or_default();
    let plain =
        Path::new(name).components().count() == 1 && Path::new(name).file_name() == Some(name.as_ref());
    if !plain || name.contains('\\') {
        let message = format!("the key's last segment `{name}` names no file; give the download a file name");
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    Ok(name)
}

fn exists(path: &Path) -> Error {
    let message =
        format!("the file `{}` exists; allow it to be overwritten or choose another", path.display());
    Error::new(ErrorKind::AlreadyExists, message)
}

/// A download on its way: a hidden file beside its destination, removed on drop unless it was committed.
#[derive(Debug)]
pub(crate) struct PartialFile {
    file: Arc<File>,
    path: PathBuf,
    target: PathBuf,
    keep: bool,
    done: bool,
    runtime: Arc<dyn Runtime>,
}

/// Chunks are gathered to pieces of this size before they are written.
const WRITE_BYTES: u64 = 1 << 20;

impl PartialFile {
    /// Creates the file; `random` tells it from those of other downloads.
    pub(crate) fn create(
        target: PathBuf,
        random: u64,
        keep: bool,
        runtime: Arc<dyn Runtime>,
    ) -> Result<Self> {
        let name = target.file_name().ok_or_else(|| {
            Error::new(ErrorKind::InvalidInput, format!("`{}` names no file", target.display()))
        })?;
        // A name near the limit of the file system leaves no room for the suffix.
        let name = name.to_string_lossy();
        let short: String = name.chars().take(40).collect();
        let path = target.with_file_name(format!(".{short}.{random:016x}.part"));
        let file = File::options().read(true).write(true).create_new(true).open(&path).map_err(|error| {
            let message = format!("can't write beside `{}`", target.display());
            Error::new(Error::from_io(error.kind().into()).kind(), message).with_source(error)
        })?;
        Ok(Self { file: Arc::new(file), path, target, keep, done: false, runtime })
    }

    pub(crate) fn file(&self) -> Arc<File> {
        Arc::clone(&self.file)
    }

    /// Writes a body where it belongs, when byte `base` of the object is the first of the file.
    pub(crate) async fn fill(
        &self,
        mut body: ObjectBody,
        base: u64,
        mut hasher: Option<Hasher>,
        progress: impl Fn(u64) -> Result<()>,
    ) -> Result<Option<Checksum>> {
        let mut at = body.range().start - base;
        loop {
            let mut pieces = Pieces::default();
            while pieces.len() < WRITE_BYTES {
                let Some(piece) = body.next().await.transpose()? else { break };
                pieces.push(piece);
            }
            if pieces.is_empty() {
                return Ok(hasher.map(Hasher::finish));
            }
            let (size, file) = (pieces.len(), Arc::clone(&self.file));
            hasher = blocking(&*self.runtime, move || {
                let mut position = at;
                for piece in pieces.as_slice() {
                    if let Some(hasher) = &mut hasher {
                        hasher.update(piece);
                    }
                    write_all_at(&file, piece, position)?;
                    position += piece.len() as u64;
                }
                Ok(hasher)
            })
            .await?;
            at += size;
            progress(size)?;
        }
    }

    /// Puts the file in its place in one step.
    pub(crate) fn commit(mut self, overwrite: bool) -> Result<()> {
        if overwrite {
            std::fs::rename(&self.path, &self.target)?;
            self.done = true;
            return Ok(());
        }
        // A link fails when the name is taken, which a rename does not; some file systems know no links.
        match std::fs::hard_link(&self.path, &self.target) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(exists(&self.target)),
            Err(_) if self.target.symlink_metadata().is_ok() => Err(exists(&self.target)),
            Err(_) => {
                std::fs::rename(&self.path, &self.target)?;
                self.done = true;
                Ok(())
            }
        }
    }

    /// Says in an error where the partial file is, when it is kept.
    pub(crate) fn explain(&self, error: Error) -> Error {
        if !self.keep {
            return error;
        }
        let message = format!("{}; what came is kept in `{}`", error.message(), self.path.display());
        Error::new(error.kind(), message).with_source(error)
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        if self.done || self.keep {
            return;
        }
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "a partial download could not be removed");
        }
    }
}
