//! Where in a directory a name may be written: inside it, through no link, and over no other name.

use std::collections::HashSet;
use std::fs;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use storage::{Error, ErrorKind, Escaped, Result};
use unicode_normalization::UnicodeNormalization as _;

use crate::walk::file_error;

/// The directory that a transfer writes into.
#[derive(Debug)]
pub(crate) struct Place {
    root: PathBuf,
    /// The parent that was checked last: names come in order, so the next one mostly lies there too.
    checked: Mutex<Option<String>>,
    twins: Option<Twins>,
}

impl Place {
    /// Opens the directory, making it if need be, and finds out whether it tells `a` from `A`.
    pub(crate) fn open(root: PathBuf) -> Result<Self> {
        fs::create_dir_all(&root).map_err(|error| file_error("can't make the directory", &root, error))?;
        let twins = folds(&root).then(Twins::default);
        Ok(Self { root, checked: Mutex::default(), twins })
    }

    /// Returns the path that a name stands for, if nobody else has taken it.
    pub(crate) fn claim(&self, name: &str) -> Result<PathBuf> {
        if let Some(problem) = problem(name) {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!("the name can't be that of a file here: {problem}"),
            ));
        }
        if self.twins.as_ref().is_some_and(|it| !it.claim(name)) {
            let message = "another name that differs only in case or in the form of its letters was written \
                           before, and this file system takes them for the same";
            return Err(Error::new(ErrorKind::AlreadyExists, message));
        }
        Ok(self.root.join(name))
    }

    /// Makes the directories above a name that was claimed; one that is a link is refused.
    pub(crate) fn prepare(&self, name: &str) -> Result<()> {
        let parents = name.rsplit_once('/').map_or("", |(parents, _)| parents);
        if self.checked.lock().unwrap_or_else(PoisonError::into_inner).as_deref() == Some(parents) {
            return Ok(());
        }
        let mut path = self.root.clone();
        for segment in parents.split('/').filter(|it| !it.is_empty()) {
            path.push(segment);
            enter(&path)?;
        }
        *self.checked.lock().unwrap_or_else(PoisonError::into_inner) = Some(parents.to_owned());
        Ok(())
    }
}

/// Makes sure that a path is a directory and no link to one.
fn enter(path: &Path) -> Result<()> {
    // Another task may make the same directory between the look and the making.
    for _ in 0..2 {
        match fs::symlink_metadata(path) {
            Ok(meta) if meta.is_dir() => return Ok(()),
            Ok(meta) => {
                let what = if meta.is_symlink() { "a symbolic link" } else { "no directory" };
                let shown = path.to_string_lossy();
                let message = format!("`{}` is {what}, so nothing is written below it", Escaped(&shown));
                return Err(Error::new(ErrorKind::InvalidInput, message));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => match fs::create_dir(path) {
                Ok(()) => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(file_error("can't make the directory", path, error)),
            },
            Err(error) => return Err(file_error("can't look at", path, error)),
        }
    }
    Err(Error::new(ErrorKind::Io, "a directory of the destination comes and goes"))
}

/// Says why a name can't be a file below a directory, if it can't.
pub(crate) fn problem(name: &str) -> Option<&'static str> {
    for segment in name.split('/') {
        match segment {
            "" if name.starts_with('/') => return Some("it is absolute"),
            "" => return Some("it has an empty segment"),
            "." | ".." => return Some("it has a segment `.` or `..`"),
            it if it.contains('\0') => return Some("it holds a NUL character"),
            it if cfg!(windows) => {
                if let Some(problem) = problem_on_windows(it) {
                    return Some(problem);
                }
            }
            _ => {}
        }
    }
    None
}

/// What Windows reads in another way than it is written.
fn problem_on_windows(segment: &str) -> Option<&'static str> {
    const DEVICES: [&str; 4] = ["CON", "PRN", "AUX", "NUL"];
    let stem = segment.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let port = ["COM", "LPT"].iter().filter_map(|it| stem.strip_prefix(it)).any(|it| it.len() == 1);
    if segment.contains(['\\', ':', '*', '?', '"', '<', '>', '|']) || segment.chars().any(char::is_control) {
        return Some("it holds a character that means something else here");
    }
    if segment.ends_with(['.', ' ']) {
        return Some("it ends in a dot or a space, which would be dropped");
    }
    (DEVICES.contains(&stem.as_str()) || port).then_some("it is the name of a device")
}

/// Remembers which names were written, in the form in which a folding file system sees them.
#[derive(Debug, Default)]
struct Twins {
    seen: Mutex<HashSet<u64>>,
    hasher: RandomState,
}

impl Twins {
    fn claim(&self, name: &str) -> bool {
        let folded: String = name.nfd().flat_map(char::to_lowercase).nfc().collect();
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(self.hasher.hash_one(folded))
    }
}

/// Finds out by trial whether a directory takes two names for one that differ in case or in the form of a letter.
fn folds(root: &Path) -> bool {
    let number = RandomState::new().hash_one(root);
    let name = |start: &str| root.join(format!(".{start}-{number:016x}"));
    let probe = name("storage-probe-\u{e9}");
    if fs::File::create_new(&probe).is_err() {
        // Nothing can be written here; that will be said for every file.
        return false;
    }
    let folds = ["STORAGE-PROBE-\u{e9}", "storage-probe-e\u{301}"].iter().any(|it| name(it).exists());
    if let Err(error) = fs::remove_file(&probe) {
        tracing::warn!(path = %probe.display(), %error, "a probe could not be removed");
    }
    folds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_157_names_that_leave_the_destination_are_refused() {
        let root = tempfile::tempdir().unwrap();
        let place = Place::open(root.path().join("new")).unwrap();
        for name in ["../x", "a/../../x", "/etc/x", "a//b", "x/", "", ".", "..", "a/./b", "a\0b"] {
            assert_eq!(place.claim(name).unwrap_err().kind(), ErrorKind::InvalidInput, "{name:?}");
        }
        assert_eq!(place.claim("a/b..c").unwrap(), root.path().join("new/a/b..c"));
    }

    #[cfg(unix)]
    #[test]
    fn fault_157_nothing_is_written_below_a_link() {
        let root = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(outside.path(), root.path().join("link")).unwrap();
        let place = Place::open(root.path().to_owned()).unwrap();
        assert_eq!(place.prepare("link/x").unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(place.prepare("link/deep/x").unwrap_err().kind(), ErrorKind::InvalidInput);
        place.prepare("fine/deep/x").unwrap();
        assert!(root.path().join("fine/deep").is_dir());
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    }

    #[test]
    fn fault_159_twins_on_a_folding_file_system_are_refused() {
        let root = tempfile::tempdir().unwrap();
        let mut place = Place::open(root.path().to_owned()).unwrap();
        place.twins = Some(Twins::default());
        for name in ["a/Read.me", "caf\u{e9}", "\u{df}"] {
            place.claim(name).unwrap();
        }
        for name in ["A/read.ME", "cafe\u{301}", "CAFE\u{301}", "a/Read.me"] {
            assert_eq!(place.claim(name).unwrap_err().kind(), ErrorKind::AlreadyExists, "{name}");
        }
    }

    #[test]
    fn fault_148_names_that_windows_reads_otherwise_are_known() {
        for name in ["C:", "a\\b", "nul", "COM1.txt", "x.", "x ", "a?b", "aux"] {
            assert!(problem_on_windows(name).is_some(), "{name}");
        }
        for name in ["console", "com", "comet", "null", "a.b"] {
            assert!(problem_on_windows(name).is_none(), "{name}");
        }
    }

    #[test]
    fn the_probe_leaves_nothing_behind() {
        let root = tempfile::tempdir().unwrap();
        Place::open(root.path().to_owned()).unwrap();
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    }
}
