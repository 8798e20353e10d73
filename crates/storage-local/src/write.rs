//! Writing an object: into a temporary file, with its attributes, then a rename that is seen whole or not at all.

use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};

use storage_core::{
    Checksum, ChecksumAlgorithm, ChecksumMode, Checksums, ContainerName, ETag, Error, ErrorKind, FileRange,
    Hasher, Key, Payload, PutOptions, PutOutcome, Result, WriteCondition,
};

use crate::attributes::Attributes;
use crate::config::{AttributeStore, ChecksumSetting};
use crate::error::{Explain as _, already_exists, failed, refused, unsupported};
use crate::keep::push_generation;
use crate::path::ObjectPath;
use crate::staging::Staged;
use crate::store::{Container, Store};
use crate::sys::{Errno, FileKind, LockMode, Replace, Stat};

/// How many bytes are hashed and then written while they are in the cache of the processor.
const PIECE_BYTES: usize = 256 << 10;
/// How often a write is begun again because somebody removed its directory or its temporary file.
const TRIES: usize = 64;

/// A write, checked and ready.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub(crate) container: ContainerName,
    pub(crate) key: Key,
    pub(crate) attributes: Attributes,
    pub(crate) condition: WriteCondition,
    /// What must come out.
    pub(crate) expected: Checksums,
    /// What is kept.
    pub(crate) algorithm: Option<ChecksumAlgorithm>,
}

/// What became of a rename to the place of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Published {
    /// The object is there.
    Done,
    /// The temporary file is gone: the container is being deleted.
    Vanished,
}

impl Write {
    /// Checks the options of a write.
    pub(crate) fn new(
        store: &Store,
        container: &ContainerName,
        key: &Key,
        options: &PutOptions,
    ) -> Result<Self> {
        check_options(options)?;
        Ok(Self {
            container: container.clone(),
            key: key.clone(),
            attributes: Attributes::of(options),
            condition: options.condition.clone(),
            expected: options.expected.clone(),
            algorithm: store.algorithm(options.checksum),
        })
    }

    /// Returns the hashers for what is kept and what is expected.
    pub(crate) fn hashers(&self) -> Vec<Hasher> {
        let mut all: Vec<ChecksumAlgorithm> = self.expected.iter().map(|it| it.algorithm()).collect();
        all.extend(self.algorithm.filter(|it| self.expected.get(*it).is_none()));
        all.into_iter().map(Hasher::new).collect()
    }
}

impl Store {
    /// Returns the checksum that is kept of a write; none where there is no place for it.
    pub(crate) fn algorithm(&self, mode: ChecksumMode) -> Option<ChecksumAlgorithm> {
        match (mode, self.settings.checksum) {
            (ChecksumMode::Off, _) | (ChecksumMode::Auto, ChecksumSetting::Off) => None,
            (ChecksumMode::Algorithm(it), _) | (ChecksumMode::Auto, ChecksumSetting::Algorithm(it)) => {
                Some(it)
            }
            // What is kept nowhere protects nothing.
            _ => (self.settings.attributes != AttributeStore::Off).then_some(ChecksumAlgorithm::Crc64Nvme),
        }
    }

    /// Writes an object whole, or not at all.
    pub(crate) fn put(&self, write: &Write, payload: &Payload) -> Result<PutOutcome> {
        let path = ObjectPath::new(&write.container, &write.key);
        for _ in 0..TRIES {
            let container = self.container(&write.container)?;
            self.check_condition_early(&container, &path, &write.condition)?;
            let staged = self.stage(&container)?;
            let mut hashers = write.hashers();
            self.write_payload(staged.file(), payload, 0, &mut hashers)?;
            let found = finish(hashers);
            write.expected.verify(&found)?;
            if let Some(outcome) = self.finish_write(&container, write, &path, staged, found)? {
                return Ok(outcome);
            }
        }
        Err(removed_again())
    }

    /// Gives a written file its attributes and its place; `None` when it has vanished meanwhile.
    pub(crate) fn finish_write(
        &self,
        container: &Container,
        write: &Write,
        path: &ObjectPath,
        mut staged: Staged<'_>,
        found: Checksums,
    ) -> Result<Option<PutOutcome>> {
        let mut attributes = write.attributes.clone();
        attributes.checksums = found;
        let stat = self.seal(container, staged.file(), &attributes, &write.key)?;
        let place = Place { container, path, key: &write.key, condition: &write.condition };
        let published = self.publish(&place, &mut |to, name, replace| staged.rename(to, name, replace));
        match published {
            Ok(Published::Done) => {}
            Ok(Published::Vanished) => return Ok(None),
            Err(error) => {
                // What failed after the rename leaves an object that needs its attributes.
                if !staged.is_renamed() {
                    self.drop_sidecar(container, &stat);
                }
                return Err(error);
            }
        }
        Ok(Some(outcome(&stat, attributes.checksums)))
    }

    /// Fixes the time and the attributes of a file that is written, and makes it durable.
    pub(crate) fn seal(
        &self,
        container: &Container,
        file: BorrowedFd<'_>,
        attributes: &Attributes,
        key: &Key,
    ) -> Result<Stat> {
        self.sys.set_mtime(file, self.next_time()).explain()?;
        // The file system may keep a coarser time than it is given.
        let stat = self.sys.stat(file).explain()?;
        if !attributes.is_empty() {
            self.keep_attributes(container, file, &stat, attributes, &[key])?;
        }
        if self.is_durable() {
            self.sys.sync(file).explain()?;
        }
        Ok(stat)
    }

    /// Refuses a conditional write before its content is moved; what counts is the second look, under the lock.
    pub(crate) fn check_condition_early(
        &self,
        container: &Container,
        path: &ObjectPath,
        condition: &WriteCondition,
    ) -> Result<()> {
        if *condition == WriteCondition::None {
            return Ok(());
        }
        let parent = match self.parent(container, path.parent()) {
            Err(Errno::NOENT) => None,
            other => Some(other.explain()?),
        };
        let current = match &parent {
            Some(parent) => {
                self.look(parent.as_ref().map_or(container.file(), |it| it.as_fd()), path.name())?
            }
            None => None,
        };
        condition.check(current.as_ref().map(etag).as_ref())
    }

    /// Looks at the object under a name; what is there and is no object is an error.
    pub(crate) fn look(&self, at: BorrowedFd<'_>, name: &str) -> Result<Option<Stat>> {
        match self.sys.stat_at(at, name) {
            Ok(stat) if stat.kind == FileKind::File => Ok(Some(stat)),
            Ok(stat) => Err(refused(stat.kind)),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// Moves a finished file to the place of the object, if the condition holds, and makes the entry durable.
    pub(crate) fn publish(&self, place: &Place<'_>, rename: &mut Rename<'_>) -> Result<Published> {
        let Place { container, path, .. } = *place;
        for _ in 0..TRIES {
            let parent = match self.make_parent(container, path.parent()) {
                // Somebody deleted the last object of the directory in between.
                Err(Errno::NOENT) => match self.container(&container.name) {
                    Ok(_) => continue,
                    Err(error) => return Err(error),
                },
                other => other.explain()?,
            };
            let at = parent.as_ref().map_or(container.file(), |it| it.as_fd());
            match self.move_in(place, at, rename)? {
                Moved::Done(old) => {
                    let parent = parent.as_ref().zip(path.parent()).map(|(file, path)| (path, file.as_fd()));
                    self.sync_entry(container, parent)?;
                    // Not earlier: after a crash the old content may be back.
                    if let Some(old) = old {
                        self.drop_sidecar(container, &old);
                    }
                    return Ok(Published::Done);
                }
                Moved::Gone if parent.is_none() || self.is_there(place, parent.as_ref()) => {
                    self.container(&container.name)?;
                    return Ok(Published::Vanished);
                }
                Moved::Gone | Moved::Again => {}
            }
        }
        Err(removed_again())
    }

    /// Tells whether an open directory still has its name.
    fn is_there(&self, place: &Place<'_>, parent: Option<&OwnedFd>) -> bool {
        let stat = |file: BorrowedFd<'_>| self.sys.stat(file).ok();
        match (parent, self.parent(place.container, place.path.parent())) {
            (Some(held), Ok(Some(now))) => {
                stat(held.as_fd()).zip(stat(now.as_fd())).is_some_and(|(a, b)| a.same_file(&b))
            }
            _ => false,
        }
    }

    fn move_in(&self, place: &Place<'_>, at: BorrowedFd<'_>, rename: &mut Rename<'_>) -> Result<Moved> {
        let name = place.path.name();
        let moved = match place.condition {
            condition @ WriteCondition::IfMatch(_) => {
                let _lock = self.lock(place.container, place.key, LockMode::Exclusive)?;
                let old = self.look(at, name)?;
                condition.check(old.as_ref().map(etag).as_ref())?;
                return replace(place, at, old, rename);
            }
            _ => rename(at, name, Replace::No),
        };
        match moved {
            Ok(()) => Ok(Moved::Done(None)),
            Err(Errno::NOENT) => Ok(Moved::Gone),
            Err(Errno::EXIST) if *place.condition == WriteCondition::IfAbsent => match self.look(at, name)? {
                Some(_) => Err(already_exists()),
                None => Ok(Moved::Again),
            },
            Err(Errno::EXIST) => {
                let _lock = self.lock(place.container, place.key, LockMode::Shared)?;
                match self.look(at, name)? {
                    // It has been deleted since; the next try makes it anew.
                    None => Ok(Moved::Again),
                    old => replace(place, at, old, rename),
                }
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Writes a payload at a position of a file, and hashes it on the way.
    pub(crate) fn write_payload(
        &self,
        file: BorrowedFd<'_>,
        payload: &Payload,
        mut offset: u64,
        hashers: &mut [Hasher],
    ) -> Result<()> {
        match payload {
            Payload::Bytes(pieces) => {
                for piece in pieces.as_slice().iter().flat_map(|it| it.chunks(PIECE_BYTES)) {
                    hashers.iter_mut().for_each(|it| it.update(piece));
                    self.write_all(file, piece, offset)?;
                    offset += piece.len() as u64;
                }
                Ok(())
            }
            Payload::FileRange(source) => self.write_file_range(file, source, offset, hashers),
        }
    }

    fn write_file_range(
        &self,
        file: BorrowedFd<'_>,
        source: &FileRange,
        offset: u64,
        hashers: &mut [Hasher],
    ) -> Result<()> {
        let mut done = 0;
        let len = source.range.end.saturating_sub(source.range.start);
        if hashers.is_empty() {
            done = self.copy_inside(source.file.as_fd(), source.range.start, file, offset, len)?;
        }
        let mut buffer = Vec::new();
        while done < len {
            buffer.resize(PIECE_BYTES.min(usize::try_from(len - done).unwrap_or(PIECE_BYTES)), 0);
            let read =
                self.sys.read(source.file.as_fd(), &mut buffer, source.range.start + done).explain()?;
            let piece = buffer.get(..read).unwrap_or_default();
            if piece.is_empty() {
                return Err(Error::new(
                    ErrorKind::SourceMismatch,
                    format!("the file ended {} bytes early; it was changed while it was read", len - done),
                ));
            }
            hashers.iter_mut().for_each(|it| it.update(piece));
            self.write_all(file, piece, offset + done)?;
            done += read as u64;
        }
        Ok(())
    }
}

/// Where an object goes, and on which condition.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) container: &'a Container,
    pub(crate) path: &'a ObjectPath,
    pub(crate) key: &'a Key,
    pub(crate) condition: &'a WriteCondition,
}

/// Moves a file to a name in a directory.
pub(crate) type Rename<'a> = dyn FnMut(BorrowedFd<'_>, &str, Replace) -> crate::sys::SysResult + 'a;

enum Moved {
    /// The object is there, in the place of this one.
    Done(Option<Stat>),
    /// The file or the directory is gone.
    Gone,
    /// What was in the way is gone.
    Again,
}

fn replace(
    place: &Place<'_>,
    at: BorrowedFd<'_>,
    old: Option<Stat>,
    rename: &mut Rename<'_>,
) -> Result<Moved> {
    match rename(at, place.path.name(), Replace::Yes) {
        Ok(()) => Ok(Moved::Done(old)),
        Err(Errno::NOENT) => Ok(Moved::Gone),
        Err(error) => Err(failed(error)),
    }
}

/// Returns the entity tag of a file's content.
pub(crate) fn etag(stat: &Stat) -> ETag {
    let mut out = String::with_capacity(48);
    out.push('"');
    push_generation(&mut out, stat);
    out.push('"');
    ETag::new(out)
}

/// Returns what the hashers have found.
pub(crate) fn finish(hashers: Vec<Hasher>) -> Checksums {
    let mut all = Checksums::new();
    hashers.into_iter().map(Hasher::finish).for_each(|it: Checksum| all.insert(it));
    all
}

/// Reports a write.
pub(crate) fn outcome(stat: &Stat, checksums: Checksums) -> PutOutcome {
    let mut outcome = PutOutcome::default();
    outcome.etag = Some(etag(stat));
    outcome.size = Some(stat.size);
    outcome.checksums = checksums;
    outcome
}

/// Refuses options that mean nothing to files, so that none is left out in silence.
pub(crate) fn check_options(options: &PutOptions) -> Result<()> {
    check_headers(&options.headers)?;
    if options.storage_class.is_some() {
        return Err(unsupported("storage classes"));
    }
    if options.acl.is_some() {
        return Err(unsupported("canned access lists"));
    }
    if options.encryption.is_some() {
        return Err(unsupported("encryption"));
    }
    Ok(())
}

/// Refuses headers, which nothing here would read.
pub(crate) fn check_headers(headers: &[(String, String)]) -> Result<()> {
    if headers.is_empty() { Ok(()) } else { Err(unsupported("headers")) }
}

fn removed_again() -> Error {
    Error::new(ErrorKind::Io, "the directory of the object is removed again and again; try once more")
}
