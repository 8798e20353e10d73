//! Walks directories: names sorted as keys would be, nothing followed that leads elsewhere.

use std::cmp::Ordering;
use std::ffi::OsString;
use std::fs::{self, FileType, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use storage::{Error, ErrorKind, Escaped, Result};

use super::{Found, WalkOptions, file_error, is_out_of_files};
use crate::event::SkipReason;
use crate::tree::{Entry, Source};

/// A walk of a directory, as an iterator that blocks.
pub(super) struct DirectoryWalk {
    root: PathBuf,
    options: WalkOptions,
    levels: Vec<Level>,
}

/// A directory that is being read, and what of it is still to come, the last first.
struct Level {
    path: PathBuf,
    name: String,
    left: Vec<Child>,
}

struct Child {
    name: OsString,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Directory,
    Symlink,
    Special,
}

impl DirectoryWalk {
    pub(super) fn start(root: &Path, options: WalkOptions) -> Result<Self> {
        let meta = fs::metadata(root).map_err(|error| file_error("can't read the directory", root, error))?;
        if !meta.is_dir() {
            let message = format!("`{}` is no directory", Escaped(&root.to_string_lossy()));
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        // Links are compared with the root's true path.
        let root =
            fs::canonicalize(root).map_err(|error| file_error("can't read the directory", root, error))?;
        let left = read(&root).map_err(|error| file_error("can't read the directory", &root, error))?;
        let top = Level { path: root.clone(), name: String::new(), left };
        Ok(Self { root, options, levels: vec![top] })
    }

    fn visit(&mut self, path: PathBuf, name: String, kind: Kind) -> Option<Found> {
        match kind {
            Kind::Directory => self.enter(path, name),
            Kind::File if self.options.filter.passes(&name) => look_at(path, name),
            Kind::Symlink if self.options.filter.passes(&name) => self.link(&path, name),
            Kind::Special if self.options.filter.passes(&name) => skip(name, SkipReason::SpecialFile),
            _ => None,
        }
    }

    fn enter(&mut self, path: PathBuf, name: String) -> Option<Found> {
        if !self.options.filter.enters(&name) {
            return None;
        }
        match read(&path) {
            Ok(left) => {
                self.levels.push(Level { path, name: format!("{name}/"), left });
                None
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => skip(name, SkipReason::Vanished),
            Err(error) => {
                let error = file_error("can't read the directory", &path, error);
                Some(Found::Failed { name, error })
            }
        }
    }

    fn link(&mut self, path: &Path, name: String) -> Option<Found> {
        if !self.options.follow_links {
            return skip(name, SkipReason::Symlink);
        }
        let target = match fs::canonicalize(path) {
            Ok(target) => target,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return skip(name, SkipReason::DanglingLink);
            }
            Err(error) => {
                let error = file_error("can't follow the link", path, error);
                return Some(Found::Failed { name, error });
            }
        };
        if !target.starts_with(&self.root) {
            return skip(name, SkipReason::LinkLeavesTree);
        }
        // The true path of every directory that the walk is inside: a link to one of them would never end.
        let inside =
            self.levels.iter().any(|level| fs::canonicalize(&level.path).is_ok_and(|it| it == target));
        if inside || self.root == target {
            return skip(name, SkipReason::LinkLoop);
        }
        match fs::metadata(&target).map(|it| kind_of(it.file_type())) {
            Ok(Kind::Directory) => self.enter(target, name),
            Ok(Kind::File) => look_at(target, name),
            Ok(_) => skip(name, SkipReason::SpecialFile),
            Err(error) => {
                let error = file_error("can't follow the link", path, error);
                Some(Found::Failed { name, error })
            }
        }
    }
}

impl Iterator for DirectoryWalk {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        loop {
            let level = self.levels.last_mut()?;
            let Some(child) = level.left.pop() else {
                self.levels.pop();
                continue;
            };
            let path = level.path.join(&child.name);
            let found = match child.name.into_string() {
                Ok(name) => {
                    let name = format!("{}{name}", level.name);
                    self.visit(path, name, child.kind)
                }
                Err(name) => {
                    let name = format!("{}{}", level.name, name.to_string_lossy());
                    self.options.filter.passes(&name).then(|| Found::Failed { name, error: not_utf8(&path) })
                }
            };
            if found.is_some() {
                return found;
            }
        }
    }
}

/// Makes the entry of a file by its path.
pub(crate) fn look_at(path: PathBuf, name: String) -> Option<Found> {
    let meta = match fs::symlink_metadata(&path) {
        Ok(meta) => meta,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return skip(name, SkipReason::Vanished),
        Err(error) => {
            let error = file_error("can't read the file", &path, error);
            return Some(Found::Failed { name, error });
        }
    };
    match kind_of(meta.file_type()) {
        Kind::File => Some(Found::Entry(Entry {
            name,
            size: meta.len(),
            modified: meta.modified().ok(),
            source: Source::File { path, mode: mode(&meta) },
        })),
        // It was a file when its directory was read.
        Kind::Symlink => skip(name, SkipReason::Symlink),
        Kind::Directory => skip(name, SkipReason::Vanished),
        Kind::Special => skip(name, SkipReason::SpecialFile),
    }
}

fn skip(name: String, reason: SkipReason) -> Option<Found> {
    Some(Found::Skipped { name, reason })
}

/// Reads all names of a directory and sorts them so that the walk meets them in the byte order of the keys.
fn read(path: &Path) -> io::Result<Vec<Child>> {
    let mut tries = 0;
    loop {
        match read_once(path) {
            // Items on their way give their files back; a directory that is not read would be missing below.
            Err(error) if is_out_of_files(&error) && tries < PATIENCE => {
                tries += 1;
                std::thread::sleep(PAUSE);
            }
            done => return done,
        }
    }
}

/// How often, and after which pause, a directory is tried again when no more files can be opened.
const PATIENCE: u32 = 500;
const PAUSE: Duration = Duration::from_millis(10);

fn read_once(path: &Path) -> io::Result<Vec<Child>> {
    let mut children = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        children.push(Child { name: entry.file_name(), kind: kind_of(entry.file_type()?) });
    }
    children.sort_unstable_by(|one, two| as_key(two, one));
    Ok(children)
}

/// Compares as the keys do that begin so: those below a directory go on with a slash.
fn as_key(one: &Child, two: &Child) -> Ordering {
    fn bytes(child: &Child) -> impl Iterator<Item = &u8> {
        let slash: &[u8] = if child.kind == Kind::Directory { b"/" } else { b"" };
        child.name.as_encoded_bytes().iter().chain(slash)
    }
    bytes(one).cmp(bytes(two))
}

fn kind_of(it: FileType) -> Kind {
    match it {
        _ if it.is_file() => Kind::File,
        _ if it.is_dir() => Kind::Directory,
        _ if it.is_symlink() => Kind::Symlink,
        _ => Kind::Special,
    }
}

#[cfg(unix)]
fn mode(meta: &Metadata) -> Option<u32> {
    Some(std::os::unix::fs::MetadataExt::mode(meta))
}

#[cfg(not(unix))]
fn mode(_: &Metadata) -> Option<u32> {
    None
}

fn not_utf8(path: &Path) -> Error {
    let message =
        format!("the name of `{}` is no UTF-8, which keys are; rename it", Escaped(&path.to_string_lossy()));
    Error::new(ErrorKind::InvalidInput, message)
}
