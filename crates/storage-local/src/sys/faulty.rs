//! A system for tests: it records what changes files, fails where it is told to, and forgets what was not synced.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use super::{EachEntry, Errno, FileKind, LockMode, Open, Replace, Stat, Sys, SysResult, UnixSys};

/// A change to the file system. Files and directories are known by their numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Create { at: u64, name: String, file: u64 },
    MakeDir { at: u64, name: String, made: u64 },
    RemoveDir { at: u64, name: String },
    RemoveFile { at: u64, name: String },
    Rename { from: u64, from_name: String, to: u64, to_name: String },
    Write { file: u64, offset: u64, bytes: Vec<u8> },
    Truncate { file: u64, len: u64 },
    SetMtime { file: u64, nanos: i64 },
    SetAttribute { file: u64, value: Option<Vec<u8>> },
    Sync { file: u64 },
}

/// Which calls fail.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fail {
    /// The change of this number, counted from 0.
    Step(usize, Errno),
    /// This many opens from now on.
    Opens(usize, Errno),
    /// Every sync.
    Syncs(Errno),
    /// Reading every directory but the container.
    Directories(Errno),
}

/// What the file system is like.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Traits {
    /// Names that differ in case, or in the form of `é`, are one.
    pub(crate) folds: bool,
    /// The longest attribute; `None` when there are none at all.
    pub(crate) attribute_bytes: Option<usize>,
    /// Directories do not tell what their entries are.
    pub(crate) hides_kinds: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct FaultySys(Arc<State>);

#[derive(Debug)]
struct State {
    real: UnixSys,
    traits: Traits,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    changes: Vec<Change>,
    opened: Vec<(String, Open)>,
    fail: Option<Fail>,
    step: usize,
    /// Numbers that files are known by, in the place of their own.
    aliases: HashMap<u64, u64>,
    given: u64,
}

impl FaultySys {
    pub(crate) fn new() -> Self {
        Self::with(Traits { attribute_bytes: Some(4000), ..Traits::default() })
    }

    pub(crate) fn with(traits: Traits) -> Self {
        Self(Arc::new(State { real: UnixSys::default(), traits, held: Mutex::default() }))
    }

    /// Forgets what was recorded and sets which calls fail from now on.
    pub(crate) fn start(&self, fail: Option<Fail>) {
        let mut held = self.held();
        held.changes.clear();
        held.opened.clear();
        held.step = 0;
        held.fail = fail;
    }

    pub(crate) fn changes(&self) -> Vec<Change> {
        self.held().changes.clone()
    }

    /// Counts the changes that were tried.
    pub(crate) fn steps(&self) -> usize {
        self.held().step
    }

    pub(crate) fn opened(&self) -> Vec<(String, Open)> {
        self.held().opened.clone()
    }

    /// Has files known by other numbers than their own.
    pub(crate) fn alias(&self, aliases: HashMap<u64, u64>) {
        self.held().aliases = aliases;
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.held.lock().unwrap()
    }

    /// Returns by which numbers files are known.
    pub(crate) fn aliases(&self) -> HashMap<u64, u64> {
        self.held().aliases.clone()
    }

    fn number(&self, file: BorrowedFd<'_>) -> u64 {
        self.stat(file).unwrap().ino
    }

    /// Gives a new file a number that no file had before; the real system uses those of removed files again.
    fn new_number(&self, stat: Stat) -> u64 {
        let mut held = self.held();
        held.given += 1;
        let number = (1 << 60) + held.given;
        held.aliases.insert(stat.ino, number);
        number
    }

    fn renumber(&self, stat: Stat) -> Stat {
        let ino = self.held().aliases.get(&stat.ino).copied().unwrap_or(stat.ino);
        Stat { ino, ..stat }
    }

    /// Carries out a change unless it is to fail, and records it.
    fn change<T>(
        &self,
        run: impl FnOnce() -> SysResult<T>,
        record: impl FnOnce(&T) -> Change,
    ) -> SysResult<T> {
        {
            let mut held = self.held();
            let step = held.step;
            held.step += 1;
            match held.fail {
                Some(Fail::Step(at, errno)) if at == step => return Err(errno),
                _ => {}
            }
        }
        let done = run()?;
        let change = record(&done);
        self.held().changes.push(change);
        Ok(done)
    }

    fn folded(&self, name: &str) -> Option<String> {
        let folded = name.to_lowercase().replace("e\u{301}", "\u{e9}");
        (self.0.traits.folds && folded != name).then_some(folded)
    }

    fn sync_as_told(&self, file: BorrowedFd<'_>) -> SysResult {
        if let Some(Fail::Syncs(errno)) = self.held().fail {
            return Err(errno);
        }
        self.change(|| self.0.real.sync(file), |()| Change::Sync { file: self.number(file) })
    }
}

impl Sys for FaultySys {
    fn open_root(&self, path: &Path) -> SysResult<OwnedFd> {
        self.0.real.open_root(path)
    }

    fn make_root(&self, path: &Path) -> SysResult {
        self.0.real.make_root(path)
    }

    fn open(&self, at: BorrowedFd<'_>, path: &str, how: Open) -> SysResult<OwnedFd> {
        {
            let mut held = self.held();
            held.opened.push((path.to_owned(), how));
            if let Some(Fail::Opens(left @ 1.., errno)) = held.fail {
                held.fail = Some(Fail::Opens(left - 1, errno));
                return Err(errno);
            }
        }
        if how != Open::Create {
            return self.0.real.open(at, path, how);
        }
        let made = |file: &OwnedFd| Change::Create {
            at: self.number(at),
            name: path.to_owned(),
            file: self.new_number(self.0.real.stat(file.as_fd()).unwrap()),
        };
        self.change(|| self.0.real.open(at, path, how), made)
    }

    fn stat(&self, file: BorrowedFd<'_>) -> SysResult<Stat> {
        self.0.real.stat(file).map(|it| self.renumber(it))
    }

    fn stat_at(&self, at: BorrowedFd<'_>, name: &str) -> SysResult<Stat> {
        let found = match (self.0.real.stat_at(at, name), self.folded(name)) {
            (Err(Errno::NOENT), Some(folded)) => self.0.real.stat_at(at, &folded),
            (other, _) => other,
        };
        found.map(|it| self.renumber(it))
    }

    fn birth(&self, file: BorrowedFd<'_>) -> SysResult<Option<i64>> {
        self.0.real.birth(file)
    }

    fn make_dir(&self, at: BorrowedFd<'_>, name: &str) -> SysResult {
        let made = |(): &()| {
            let made = self.new_number(self.0.real.stat_at(at, name).unwrap());
            Change::MakeDir { at: self.number(at), name: name.to_owned(), made }
        };
        self.change(|| self.0.real.make_dir(at, name), made)
    }

    fn remove_dir(&self, at: BorrowedFd<'_>, name: &str) -> SysResult {
        let change = |(): &()| Change::RemoveDir { at: self.number(at), name: name.to_owned() };
        self.change(|| self.0.real.remove_dir(at, name), change)
    }

    fn remove_file(&self, at: BorrowedFd<'_>, name: &str) -> SysResult {
        let change = |(): &()| Change::RemoveFile { at: self.number(at), name: name.to_owned() };
        self.change(|| self.0.real.remove_file(at, name), change)
    }

    fn rename(
        &self,
        from: BorrowedFd<'_>,
        from_name: &str,
        to: BorrowedFd<'_>,
        to_name: &str,
        replace: Replace,
    ) -> SysResult {
        let change = |(): &()| Change::Rename {
            from: self.number(from),
            from_name: from_name.to_owned(),
            to: self.number(to),
            to_name: to_name.to_owned(),
        };
        self.change(|| self.0.real.rename(from, from_name, to, to_name, replace), change)
    }

    fn write(&self, file: BorrowedFd<'_>, bytes: &[u8], offset: u64) -> SysResult<usize> {
        // Short writes, so that every loop around them has to work.
        let bytes = &bytes[..bytes.len().min(1000)];
        let change = |_: &usize| Change::Write { file: self.number(file), offset, bytes: bytes.to_vec() };
        self.change(|| self.0.real.write(file, bytes, offset), change)
    }

    fn append(&self, file: BorrowedFd<'_>, bytes: &[u8]) -> SysResult<usize> {
        let offset = self.0.real.stat(file)?.size;
        let change = |_: &usize| Change::Write { file: self.number(file), offset, bytes: bytes.to_vec() };
        self.change(|| self.0.real.append(file, bytes), change)
    }

    fn read(&self, file: BorrowedFd<'_>, buffer: &mut [u8], offset: u64) -> SysResult<usize> {
        let len = buffer.len().min(70_000);
        self.0.real.read(file, &mut buffer[..len], offset)
    }

    fn read_cached(&self, file: BorrowedFd<'_>, buffer: &mut [u8], offset: u64) -> SysResult<Option<usize>> {
        let len = buffer.len().min(70_000);
        self.0.real.read_cached(file, &mut buffer[..len], offset)
    }

    fn read_more(&self, file: BorrowedFd<'_>, buffer: &mut Vec<u8>, offset: u64) -> SysResult<usize> {
        self.0.real.read_more(file, buffer, offset)
    }

    fn truncate(&self, file: BorrowedFd<'_>, len: u64) -> SysResult {
        self.change(
            || self.0.real.truncate(file, len),
            |()| Change::Truncate { file: self.number(file), len },
        )
    }

    fn set_mtime(&self, file: BorrowedFd<'_>, nanos: i64) -> SysResult {
        self.change(
            || self.0.real.set_mtime(file, nanos),
            |()| Change::SetMtime { file: self.number(file), nanos },
        )
    }

    fn sync(&self, file: BorrowedFd<'_>) -> SysResult {
        self.sync_as_told(file)
    }

    fn sync_data(&self, file: BorrowedFd<'_>) -> SysResult {
        self.sync_as_told(file)
    }

    fn set_attribute(&self, file: BorrowedFd<'_>, value: &[u8]) -> SysResult {
        match self.0.traits.attribute_bytes {
            None => return Err(Errno::OPNOTSUPP),
            Some(max) if value.len() > max => return Err(Errno::NOSPC),
            Some(_) => {}
        }
        let change = |(): &()| Change::SetAttribute { file: self.number(file), value: Some(value.to_vec()) };
        self.change(|| self.0.real.set_attribute(file, value), change)
    }

    fn attribute(&self, file: BorrowedFd<'_>) -> SysResult<Option<Vec<u8>>> {
        match self.0.traits.attribute_bytes {
            None => Err(Errno::OPNOTSUPP),
            Some(_) => self.0.real.attribute(file),
        }
    }

    fn remove_attribute(&self, file: BorrowedFd<'_>) -> SysResult {
        let change = |(): &()| Change::SetAttribute { file: self.number(file), value: None };
        self.change(|| self.0.real.remove_attribute(file), change)
    }

    fn lock(&self, file: BorrowedFd<'_>, mode: LockMode) -> SysResult {
        self.0.real.lock(file, mode)
    }

    fn clone_file(&self, _: BorrowedFd<'_>, _: BorrowedFd<'_>) -> SysResult {
        Err(Errno::OPNOTSUPP)
    }

    fn copy_range(&self, _: BorrowedFd<'_>, _: u64, _: BorrowedFd<'_>, _: u64, _: u64) -> SysResult<usize> {
        // Copies go through memory here, so that they are recorded as writes.
        Err(Errno::OPNOTSUPP)
    }

    fn entries(&self, directory: BorrowedFd<'_>, each: &mut EachEntry<'_>) -> SysResult {
        let fail = self.held().fail;
        if let Some(Fail::Directories(errno)) = fail {
            let mut names = Vec::new();
            self.0.real.entries(directory, &mut |name, _| {
                names.push(name.to_vec());
                ControlFlow::Continue(())
            })?;
            if !names.iter().any(|it| it == b"%staging") {
                return Err(errno);
            }
        }
        self.0.real.entries(directory, &mut |name, kind| {
            each(name, if self.0.traits.hides_kinds { FileKind::Unknown } else { kind })
        })
    }
}
