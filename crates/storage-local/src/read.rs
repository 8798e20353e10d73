//! Reading an object: one open file, so that what replaces the object meanwhile disturbs nobody.

use std::collections::VecDeque;
use std::ops::Range;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use futures_util::stream;
use storage_core::{Body, ContainerName, Error, ErrorKind, GetOptions, GetOutcome, Key, ObjectInfo, Result};
use time::OffsetDateTime;

use crate::attributes::Attributes;
use crate::error::{Explain as _, failed, no_container, refused, unsupported};
use crate::path::ObjectPath;
use crate::store::{Store, check_name};
use crate::sys::{Errno, FileKind, Open, Stat};
use crate::write::{check_headers, etag};

/// How many bytes one blocking call reads, and the largest object that is read together with its attributes.
const PIECE_BYTES: usize = 512 << 10;

/// How many pieces a blocking call reads at the most: the way to another thread costs as much as reading one.
const PIECES_AT_ONCE: usize = 4;

/// How many bytes are taken where the caller is, when they are in memory already: some 40 microseconds of copying, less
/// than the way to another thread and back, and the buffer stays in the cache of one core.
const CACHED_BYTES: usize = 512 << 10;

/// After how many such pieces in a row the caller's thread is given to others once.
const CACHED_IN_A_ROW: u32 = 8;

/// An object that is open for reading.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) file: OwnedFd,
    pub(crate) stat: Stat,
}

impl Store {
    /// Opens an object.
    pub(crate) fn open_object(&self, container: &ContainerName, key: &Key, how: Open) -> Result<Opened> {
        check_name(container)?;
        let Some(root) = self.root()? else { return Err(no_container(container)) };
        let path = ObjectPath::new(container, key);
        let file = match self.sys.open(root.file.as_fd(), path.path(), how) {
            Err(Errno::NOENT | Errno::NOTDIR | Errno::ISDIR) => return Err(self.missing(container)),
            other => other.explain()?,
        };
        let stat = self.sys.stat(file.as_fd()).explain()?;
        match stat.kind {
            FileKind::File => Ok(Opened { file, stat }),
            // A directory of another program's, which a listing leaves out too.
            FileKind::Directory => Err(self.missing(container)),
            kind => Err(refused(kind)),
        }
    }

    /// Says what is known of an open object.
    pub(crate) fn info(&self, container: &ContainerName, key: &Key, opened: &Opened) -> Result<ObjectInfo> {
        let attributes = self.attributes(container, opened.file.as_fd(), &opened.stat, key)?;
        Ok(describe(key, &opened.stat, attributes))
    }

    /// Opens an object for a read whose conditions hold.
    pub(crate) fn head(
        &self,
        container: &ContainerName,
        key: &Key,
        options: &GetOptions,
    ) -> Result<(Opened, ObjectInfo)> {
        let opened = self.open_object(container, key, Open::Read)?;
        let info = self.info(container, key, &opened)?;
        options.check(&info)?;
        Ok((opened, info))
    }

    /// Reads an object: a small one at once, of a large one the first piece.
    pub(crate) fn get(
        self: &Arc<Self>,
        container: &ContainerName,
        key: &Key,
        options: &GetOptions,
    ) -> Result<GetOutcome> {
        let (opened, info) = self.head(container, key, options)?;
        let range = options.range.map_or(Ok(0..info.size), |it| it.resolve(info.size))?;
        let len = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        if len <= PIECE_BYTES {
            let bytes = self.read_exactly(opened.file.as_fd(), range.start, len)?;
            return Ok(GetOutcome::new(info, range, Body::from(bytes)));
        }
        let source = Source {
            store: Arc::clone(self),
            file: Arc::new(opened.file),
            range: range.clone(),
            sent: Vec::new(),
            ready: VecDeque::new(),
            batch: 0,
            in_a_row: 0,
        };
        Ok(GetOutcome::new(info, range, source.body()))
    }

    fn read_exactly(&self, file: BorrowedFd<'_>, offset: u64, len: usize) -> Result<Bytes> {
        if len == 0 {
            return Ok(Bytes::new());
        }
        let mut bytes = Vec::with_capacity(len);
        while bytes.len() < len {
            let at = offset + bytes.len() as u64;
            if self.sys.read_more(file, &mut bytes, at).explain()? == 0 {
                return Err(changed());
            }
        }
        bytes.truncate(len);
        Ok(bytes.into())
    }
}

/// What is left to read of an object.
struct Source {
    store: Arc<Store>,
    file: Arc<OwnedFd>,
    range: Range<u64>,
    /// Buffers whose pieces the reader may have dropped by now, to be filled again.
    sent: Vec<Bytes>,
    /// Pieces that were read and not asked for yet.
    ready: VecDeque<Bytes>,
    batch: usize,
    in_a_row: u32,
}

impl Source {
    fn body(self) -> Body {
        Body::new(stream::try_unfold(self, |mut source| async move {
            if source.range.is_empty() && source.ready.is_empty() {
                return Ok(None);
            }
            if let Some(piece) = source.ready.pop_front() {
                return Ok(Some((piece, source)));
            }
            if let Some(piece) = source.next_cached()? {
                source.in_a_row += 1;
                if source.in_a_row.is_multiple_of(CACHED_IN_A_ROW) {
                    yield_once().await;
                }
                return Ok(Some((piece, source)));
            }
            let runtime = Arc::clone(&source.store.runtime);
            storage_core::blocking(&*runtime, move || source.next().map(Some)).await
        }))
    }

    /// Reads the next pieces, waiting for the device where it must: more at a time as the reader goes on.
    fn next(mut self) -> Result<(Bytes, Self)> {
        self.batch = (self.batch * 2).clamp(1, PIECES_AT_ONCE);
        let first = self.read_piece()?;
        for _ in 1..self.batch {
            if self.range.is_empty() {
                break;
            }
            let piece = self.read_piece()?;
            self.ready.push_back(piece);
        }
        Ok((first, self))
    }

    fn read_piece(&mut self) -> Result<Bytes> {
        let left = self.range.end - self.range.start;
        let want = usize::try_from(left).unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
        let mut buffer = self.reclaim();
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..want).filter(|rest| !rest.is_empty()) {
            let at = self.range.start + filled as u64;
            match self.store.sys.read(self.file.as_fd(), rest, at).map_err(failed)? {
                0 => return Err(changed()),
                read => filled += read,
            }
        }
        Ok(self.give(buffer, filled))
    }

    /// Reads the next piece if it is in memory; it may be shorter than asked for.
    fn next_cached(&mut self) -> Result<Option<Bytes>> {
        let left = self.range.end - self.range.start;
        let want = usize::try_from(left).unwrap_or(CACHED_BYTES).min(CACHED_BYTES);
        let mut buffer = self.reclaim();
        let start = buffer.get_mut(..want).unwrap_or_default();
        match self.store.sys.read_cached(self.file.as_fd(), start, self.range.start).map_err(failed)? {
            Some(read) if read > 0 => Ok(Some(self.give(buffer, read))),
            _ => {
                self.sent.push(buffer.freeze());
                Ok(None)
            }
        }
    }

    /// Gives the first bytes of a buffer away and remembers it.
    fn give(&mut self, buffer: bytes::BytesMut, filled: usize) -> Bytes {
        let whole = buffer.freeze();
        let piece = whole.slice(..filled);
        self.range.start += filled as u64;
        self.sent.push(whole);
        piece
    }

    /// Takes back the memory of a piece that the reader is done with, which spares the system its pages.
    fn reclaim(&mut self) -> bytes::BytesMut {
        for at in 0..self.sent.len() {
            match self.sent.swap_remove(at).try_into_mut() {
                Ok(buffer) => return buffer,
                Err(held) => {
                    self.sent.push(held);
                    let last = self.sent.len() - 1;
                    self.sent.swap(at, last);
                }
            }
        }
        // A reader that keeps the pieces gets its own; only the youngest are worth asking again.
        if self.sent.len() > PIECES_AT_ONCE {
            self.sent.remove(0);
        }
        fresh()
    }
}

/// Lets other tasks of the thread go first.
async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

fn fresh() -> bytes::BytesMut {
    Bytes::from(vec![0; PIECE_BYTES]).try_into_mut().unwrap_or_else(|held| held.as_ref().into())
}

fn changed() -> Error {
    Error::new(ErrorKind::Changed, "the file became shorter while it was read")
}

/// Says what is known of an object.
pub(crate) fn describe(key: &Key, stat: &Stat, attributes: Attributes) -> ObjectInfo {
    let mut info = ObjectInfo::new(key.clone(), stat.size);
    info.etag = Some(etag(stat));
    info.last_modified = modified(stat.mtime);
    attributes.fill(&mut info);
    info
}

/// Returns a time of the file system as a time of day.
pub(crate) fn modified(nanos: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(nanos)).ok()
}

/// Refuses options of a read that mean nothing to files.
pub(crate) fn check_get(options: &GetOptions) -> Result<()> {
    check_headers(&options.headers)?;
    if options.version.is_some() {
        return Err(unsupported("versions"));
    }
    if options.encryption.is_some() {
        return Err(unsupported("encryption"));
    }
    Ok(())
}
