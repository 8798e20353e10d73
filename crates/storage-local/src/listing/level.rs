//! One directory of a walk: its names in the order of keys, as many as fit in a budget.

use std::ops::ControlFlow;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use storage_core::Result;

use crate::error::Explain as _;
use crate::escape::{Kind, Parsed, parse_name, push_name};
use crate::store::{Container, Store};
use crate::sys::{Errno, FileKind, Open};

/// One directory of a walk.
#[derive(Debug)]
pub(crate) struct Level {
    /// Its path from the container, empty for the container itself.
    path: String,
    /// Open while names are looked at; a deep walk closes it meanwhile.
    file: Option<OwnedFd>,
    /// How much of a key the directory stands for.
    pub(crate) prefix_len: usize,
    names: Names,
}

/// What a walk wants of the names in a directory.
pub(crate) trait Want {
    /// Tells whether a piece can lead to a key that is wanted.
    fn wants(&mut self, raw: &[u8], kind: Kind) -> bool;
    /// Says that a name was left out.
    fn skipped(&mut self, name: &[u8], reason: &'static str);
}

impl Level {
    /// Opens a directory; `None` when it is gone or is none.
    pub(crate) fn open(
        store: &Store,
        container: &Container,
        path: String,
        prefix_len: usize,
    ) -> Result<Option<Self>> {
        let mut level = Self {
            path,
            file: None,
            prefix_len,
            names: Names { budget: store.listing_budget(), ..Names::default() },
        };
        Ok(level.file(store, container)?.is_some().then_some(level))
    }

    /// Returns the open directory; `None` when it is gone.
    fn file(&mut self, store: &Store, container: &Container) -> Result<Option<BorrowedFd<'_>>> {
        if self.file.is_none() {
            let path = if self.path.is_empty() { "." } else { &self.path };
            self.file = match store.sys.open(container.file(), path, Open::Directory) {
                Err(Errno::NOENT | Errno::NOTDIR) => None,
                Err(Errno::LOOP) => {
                    store.warn_once(&container.name, path, "a symbolic link");
                    None
                }
                other => Some(other.explain()?),
            };
        }
        Ok(self.file.as_ref().map(|it| it.as_fd()))
    }

    /// Closes the directory until it is needed again.
    pub(crate) fn close(&mut self) {
        self.file = None;
    }

    /// Reads the names that are wanted.
    pub(crate) fn load(&mut self, store: &Store, container: &Container, want: &mut dyn Want) -> Result<()> {
        let top = self.path.is_empty();
        // Behind a continuation something must follow.
        let rest = self.path.ends_with("%+");
        let mut names = std::mem::take(&mut self.names).restarted();
        let Some(directory) = self.file(store, container)? else {
            self.names = names;
            return Ok(());
        };
        let mut raw = Vec::with_capacity(96);
        let mut failure = None;
        let each = &mut |name: &[u8], found: FileKind| {
            raw.clear();
            let kind = match parse_name(name, &mut raw) {
                Parsed::Piece(kind) if !(rest && raw.is_empty()) => kind,
                Parsed::Reserved if top => return ControlFlow::Continue(()),
                _ => {
                    want.skipped(name, "a name that stands for no key");
                    return ControlFlow::Continue(());
                }
            };
            if !want.wants(&raw, kind) || !names.has_room_for(&raw, kind) {
                return ControlFlow::Continue(());
            }
            let found = match found {
                FileKind::Unknown => {
                    match std::str::from_utf8(name).map(|it| store.sys.stat_at(directory, it)) {
                        Ok(Ok(stat)) => stat.kind,
                        Ok(Err(Errno::NOENT)) | Err(_) => return ControlFlow::Continue(()),
                        Ok(Err(error)) => {
                            failure = Some(error);
                            return ControlFlow::Break(());
                        }
                    }
                }
                known => known,
            };
            match (found, kind) {
                (FileKind::File, Kind::File)
                | (FileKind::Directory, Kind::Directory | Kind::Continuation) => {
                    names.push(&raw, kind);
                }
                (FileKind::Link, _) => want.skipped(name, "a symbolic link"),
                (FileKind::Special, _) => want.skipped(name, "a pipe, socket or device"),
                _ => want.skipped(name, "a name that stands for no key"),
            }
            ControlFlow::Continue(())
        };
        let read = store.sys.entries(directory, each);
        names.sort();
        self.names = names;
        read.and(failure.map_or(Ok(()), Err)).explain()
    }

    /// Takes the next name; `None` when there is no other, or when [`load`](Self::load) must bring more.
    pub(crate) fn next(&mut self) -> Option<(&[u8], Kind)> {
        self.names.next()
    }

    /// Tells whether there are more names than fit in the budget.
    pub(crate) fn has_more(&self) -> bool {
        self.names.cut.is_some()
    }

    /// Looks at a file; `None` when it is gone or is no file any more.
    pub(crate) fn stat(
        &mut self,
        store: &Store,
        container: &Container,
        raw: &[u8],
    ) -> Result<Option<crate::sys::Stat>> {
        let mut name = String::with_capacity(raw.len() + 8);
        push_name(&mut name, raw, Kind::File);
        let Some(directory) = self.file(store, container)? else { return Ok(None) };
        match store.sys.stat_at(directory, &name) {
            Ok(stat) => Ok(Some(stat).filter(|it| it.kind == FileKind::File)),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error).explain(),
        }
    }

    /// Returns the path of a directory in this one.
    pub(crate) fn child(&self, raw: &[u8], kind: Kind) -> String {
        let mut path = String::with_capacity(self.path.len() + raw.len() + 8);
        path.push_str(&self.path);
        if !path.is_empty() {
            path.push('/');
        }
        push_name(&mut path, raw.strip_suffix(b"/").unwrap_or(raw), kind);
        path
    }

    /// Returns how much memory the names hold.
    pub(crate) fn held_bytes(&self) -> usize {
        self.names.bytes.capacity() + self.names.starts.capacity() * size_of::<u32>()
    }
}

/// Pieces of keys in one piece of memory. When they are too many, those that come last are left for another scan.
#[derive(Debug, Default)]
struct Names {
    /// Each piece with its kind and length in front.
    bytes: Vec<u8>,
    /// Where each piece starts, in the order of keys.
    starts: Vec<u32>,
    next: usize,
    budget: usize,
    /// Names before this one have been delivered by scans before.
    delivered: Option<(Vec<u8>, Kind)>,
    /// This name and those behind it were left out.
    cut: Option<(Vec<u8>, Kind)>,
}

impl Names {
    /// Starts the scan for what the last one has left out.
    fn restarted(mut self) -> Self {
        let delivered = self.cut.take();
        self.bytes.clear();
        self.starts.clear();
        Self { delivered, next: 0, ..self }
    }

    fn has_room_for(&self, raw: &[u8], kind: Kind) -> bool {
        let at = |bound: &Option<(Vec<u8>, Kind)>| bound.as_ref().map(|it| (raw, kind).cmp(&(&it.0, it.1)));
        at(&self.delivered).is_none_or(|it| it.is_ge()) && at(&self.cut).is_none_or(|it| it.is_lt())
    }

    fn push(&mut self, raw: &[u8], kind: Kind) {
        if self.bytes.len() + raw.len() + 2 + (self.starts.len() + 1) * size_of::<u32>() > self.budget
            && self.starts.len() > 1
        {
            self.drop_larger_half();
            if !self.has_room_for(raw, kind) {
                return;
            }
        }
        let (Ok(start), Ok(len)) = (u32::try_from(self.bytes.len()), u8::try_from(raw.len())) else { return };
        self.starts.push(start);
        self.bytes.push(kind as u8);
        self.bytes.push(len);
        self.bytes.extend_from_slice(raw);
    }

    fn drop_larger_half(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        let half = self.starts.len() / 2;
        self.starts.select_nth_unstable_by(half, |a, b| piece(&bytes, *a).cmp(&piece(&bytes, *b)));
        if let Some((raw, kind)) = self.starts.get(half).map(|it| piece(&bytes, *it)) {
            self.cut = Some((raw.to_vec(), kind));
        }
        self.starts.truncate(half);
        self.starts.sort_unstable();
        let mut kept = Vec::with_capacity(bytes.len());
        for start in &mut self.starts {
            let (raw, kind) = piece(&bytes, *start);
            // What is kept is shorter than what there was.
            *start = u32::try_from(kept.len()).unwrap_or(u32::MAX);
            kept.push(kind as u8);
            kept.push(u8::try_from(raw.len()).unwrap_or(u8::MAX));
            kept.extend_from_slice(raw);
        }
        self.bytes = kept;
    }

    fn sort(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        self.starts.sort_unstable_by(|a, b| piece(&bytes, *a).cmp(&piece(&bytes, *b)));
        self.bytes = bytes;
    }

    fn next(&mut self) -> Option<(&[u8], Kind)> {
        let start = *self.starts.get(self.next)?;
        self.next += 1;
        Some(piece(&self.bytes, start))
    }
}

fn piece(bytes: &[u8], start: u32) -> (&[u8], Kind) {
    let at = start as usize;
    let kind = match bytes.get(at) {
        Some(0) => Kind::File,
        Some(1) => Kind::Directory,
        _ => Kind::Continuation,
    };
    let len = bytes.get(at + 1).map_or(0, |len| usize::from(*len));
    (bytes.get(at + 2..at + 2 + len).unwrap_or_default(), kind)
}
