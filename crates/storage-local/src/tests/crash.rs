//! What a crash of the system leaves: every prefix of the calls of an operation, with and without what was not synced.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::os::fd::AsFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use storage_core::{ChecksumAlgorithm, Container, ErrorKind, Storage};

use super::{container, open};
use crate::sys::faulty::{Change, FaultySys, Traits};
use crate::sys::{Sys as _, UnixSys};
use crate::{AttributeStore, LocalConfig};

/// A file system in memory that knows what is on the device and what is not.
#[derive(Clone, Debug, Default)]
struct Disk {
    files: HashMap<u64, File>,
    directories: HashMap<u64, BTreeMap<String, u64>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct File {
    bytes: Vec<u8>,
    mtime: i64,
    attribute: Option<Vec<u8>>,
}

/// What of the changes that were not synced reached the device.
#[derive(Clone, Copy, Debug)]
enum Unsynced {
    Lost,
    Kept,
    /// Entries of directories, but no content.
    EntriesOnly,
    ContentOnly,
    /// Some, by the bits of a number.
    Some(u64),
}

impl Disk {
    fn read(path: &Path, aliases: &HashMap<u64, u64>) -> (Self, u64) {
        let mut disk = Self::default();
        let root = disk.take(path, aliases);
        (disk, root)
    }

    fn take(&mut self, path: &Path, aliases: &HashMap<u64, u64>) -> u64 {
        let meta = fs::symlink_metadata(path).unwrap();
        let number = aliases.get(&meta.ino()).copied().unwrap_or(meta.ino());
        if meta.is_dir() {
            let names = fs::read_dir(path).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
            let entries = names.map(|name| (name.clone(), self.take(&path.join(name), aliases))).collect();
            self.directories.insert(number, entries);
        } else {
            let attribute = UnixSys::default().attribute(fs::File::open(path).unwrap().as_fd()).unwrap();
            let mtime = meta.mtime() * 1_000_000_000 + meta.mtime_nsec();
            self.files.insert(number, File { bytes: fs::read(path).unwrap(), mtime, attribute });
        }
        number
    }

    /// Carries out a change of content.
    fn change_file(&mut self, change: &Change) {
        match change {
            Change::Write { file, offset, bytes } => {
                let held = &mut self.files.entry(*file).or_default().bytes;
                let end = *offset as usize + bytes.len();
                held.resize(held.len().max(end), 0);
                held[*offset as usize..end].copy_from_slice(bytes);
            }
            Change::Truncate { file, len } => {
                self.files.entry(*file).or_default().bytes.resize(*len as usize, 0);
            }
            Change::SetMtime { file, nanos } => self.files.entry(*file).or_default().mtime = *nanos,
            Change::SetAttribute { file, value } => {
                self.files.entry(*file).or_default().attribute.clone_from(value);
            }
            _ => {}
        }
    }

    /// Carries out a change of entries.
    fn change_entries(&mut self, change: &Change, inode_of: &HashMap<usize, u64>, at: usize) {
        let mut set = |directory: u64, name: &str, inode: Option<u64>| {
            let entries = self.directories.entry(directory).or_default();
            match inode {
                Some(inode) => drop(entries.insert(name.to_owned(), inode)),
                None => drop(entries.remove(name)),
            }
        };
        match change {
            Change::Create { at, name, file } => set(*at, name, Some(*file)),
            Change::MakeDir { at, name, made } => set(*at, name, Some(*made)),
            Change::RemoveDir { at, name } | Change::RemoveFile { at, name } => set(*at, name, None),
            Change::Rename { from, from_name, to, to_name } => {
                set(*from, from_name, None);
                set(*to, to_name, inode_of.get(&at).copied());
            }
            _ => {}
        }
    }

    /// Writes the tree to a directory and returns by which numbers its files were known.
    fn write(&self, directory: u64, path: &Path, aliases: &mut HashMap<u64, u64>) {
        fs::create_dir_all(path).unwrap();
        aliases.insert(fs::metadata(path).unwrap().ino(), directory);
        for (name, inode) in self.directories.get(&directory).into_iter().flatten() {
            let path = path.join(name);
            if self.directories.contains_key(inode) {
                self.write(*inode, &path, aliases);
                continue;
            }
            let file = self.files.get(inode).cloned().unwrap_or_default();
            fs::write(&path, &file.bytes).unwrap();
            let open = fs::File::options().write(true).open(&path).unwrap();
            if let Some(attribute) = &file.attribute {
                UnixSys::default().set_attribute(open.as_fd(), attribute).unwrap();
            }
            UnixSys::default().set_mtime(open.as_fd(), file.mtime).unwrap();
            aliases.insert(open.metadata().unwrap().ino(), *inode);
        }
    }
}

/// Computes what is on the device after the first changes and a crash.
fn crash(before: &Disk, changes: &[Change], unsynced: Unsynced) -> Disk {
    // The file that each rename moves is only known while all changes are carried out.
    let mut live = before.clone();
    let mut inode_of = HashMap::new();
    for (at, change) in changes.iter().enumerate() {
        if let Change::Rename { from, from_name, .. } = change {
            inode_of.insert(at, live.directories[from][from_name]);
        }
        if let Change::MakeDir { made, .. } = change {
            live.directories.insert(*made, BTreeMap::new());
        }
        live.change_entries(change, &inode_of, at);
    }
    let mut disk = before.clone();
    let synced_later = |at: usize, number: u64| {
        changes[at..].iter().any(|it| matches!(it, Change::Sync { file } if *file == number))
    };
    for (at, change) in changes.iter().enumerate() {
        let luck = |entries: bool, salt: u64| match unsynced {
            Unsynced::Lost => false,
            Unsynced::Kept => true,
            Unsynced::EntriesOnly => entries,
            Unsynced::ContentOnly => !entries,
            Unsynced::Some(seed) => (seed ^ salt).wrapping_mul(0x9e37_79b9_7f4a_7c15 ^ at as u64) >> 63 == 1,
        };
        match change {
            Change::MakeDir { made, .. } => {
                disk.directories.entry(*made).or_default();
            }
            Change::Write { file, .. }
            | Change::Truncate { file, .. }
            | Change::SetMtime { file, .. }
            | Change::SetAttribute { file, .. }
                if synced_later(at, *file) || luck(false, 0) =>
            {
                disk.change_file(change);
            }
            _ => {}
        }
        let directories = match change {
            Change::Create { at, .. }
            | Change::MakeDir { at, .. }
            | Change::RemoveDir { at, .. }
            | Change::RemoveFile { at, .. } => vec![*at],
            Change::Rename { from, to, .. } => vec![*to, *from],
            _ => Vec::new(),
        };
        // File systems carry out a rename whole, in both directories at once.
        if directories.iter().any(|it| synced_later(at, *it)) || (!directories.is_empty() && luck(true, 1)) {
            disk.change_entries(change, &inode_of, at);
        }
    }
    disk
}

/// What a reader finds under the key.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen(String, Option<String>);

async fn see(container: &Container, key: &str, told: &str) -> Option<Seen> {
    let object = container.object(key).unwrap();
    match object.head().await {
        Err(error) => {
            let missing = [ErrorKind::ObjectNotFound, ErrorKind::ContainerNotFound];
            assert!(missing.contains(&error.kind()), "{error:?}");
            None
        }
        Ok(info) => {
            let text = object.get().text().await.unwrap();
            // The attributes belong to this content, and to no other.
            let sum = ChecksumAlgorithm::Crc64Nvme.of(text.as_bytes());
            assert_eq!(info.checksums.get(ChecksumAlgorithm::Crc64Nvme), Some(sum), "{text} {told}");
            Some(Seen(text, info.metadata.get("of").map(str::to_owned)))
        }
    }
}

async fn put(container: &Container, key: &str, text: &str) {
    container.object(key).unwrap().put(text.to_owned()).metadata("of", text).await.unwrap();
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Create,
    Replace,
    Delete,
    Rename,
    Describe,
}

async fn act(container: &Container, act: Act) {
    match act {
        Act::Create | Act::Replace => put(container, "a/b/k", "new").await,
        Act::Delete => container.object("a/b/k").unwrap().delete().await.unwrap(),
        Act::Rename => {
            let to = container.object("z/y").unwrap();
            container.object("a/b/k").unwrap().rename_to(&to).await.unwrap();
        }
        Act::Describe => {
            let update: storage_core::Metadata = [("of", "new")].into_iter().collect();
            container.object("a/b/k").unwrap().update_metadata(update).await.unwrap();
        }
    }
}

async fn every_crash(attributes: AttributeStore, what: Act) {
    let traits = Traits { attribute_bytes: Some(4000), ..Traits::default() };
    let sys = FaultySys::with(traits);
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("root");
    fs::create_dir(&root).unwrap();
    let config = |root: &Path| LocalConfig::new(root).attributes(attributes);
    let storage: Storage = open(config(&root), &sys);
    let c = container(&storage).await;
    put(&c, "other", "other").await;
    if !matches!(what, Act::Create) {
        put(&c, "a/b/k", "old").await;
    }
    let (before, number) = Disk::read(&root, &sys.aliases());
    let old = see(&c, "a/b/k", "").await;
    sys.start(None);
    act(&c, what).await;
    let changes = sys.changes();
    let (new, moved) = (see(&c, "a/b/k", "").await, see(&c, "z/y", "").await);
    assert!(changes.len() > 2, "{changes:?}");

    let luck = [Unsynced::Lost, Unsynced::Kept, Unsynced::EntriesOnly, Unsynced::ContentOnly];
    let luck = luck.into_iter().chain((1..5).map(|seed| Unsynced::Some(seed * 0x1234_5678_9abc_def1)));
    for (unsynced, cut) in luck.flat_map(|it| (0..=changes.len()).map(move |cut| (it, cut))) {
        let disk = crash(&before, &changes[..cut], unsynced);
        let after = directory.path().join("after");
        let mut aliases = HashMap::new();
        disk.write(number, &after, &mut aliases);
        let again = FaultySys::with(traits);
        again.alias(aliases);
        let c = open(config(&after), &again).container("c").unwrap();
        let told = format!("{what:?} {attributes:?} {unsynced:?} cut at {cut} of {changes:?}");
        let (seen, there) = (see(&c, "a/b/k", &told).await, see(&c, "z/y", &told).await);
        if cut == changes.len() {
            assert_eq!((&seen, &there), (&new, &moved), "acknowledged and lost: {told}");
        } else if matches!(what, Act::Rename) {
            assert!(seen == old || seen.is_none(), "{told}");
            assert!(there == moved || there.is_none(), "{told}");
            assert!(seen.is_some() || there.is_some(), "lost in a rename: {told}");
        } else {
            assert!(seen == old || seen == new, "torn: {seen:?} {told}");
        }
        assert_eq!(see(&c, "other", &told).await, Some(Seen("other".into(), Some("other".into()))));
        fs::remove_dir_all(&after).unwrap();
    }
}

#[tokio::test]
async fn fault_145_a_crash_leaves_the_old_or_the_new() {
    for what in [Act::Create, Act::Replace, Act::Delete, Act::Describe] {
        every_crash(AttributeStore::Auto, what).await;
        every_crash(AttributeStore::Sidecar, what).await;
    }
}

#[tokio::test]
async fn fault_145_a_crash_in_a_rename_loses_nothing() {
    every_crash(AttributeStore::Auto, Act::Rename).await;
    every_crash(AttributeStore::Sidecar, Act::Rename).await;
}
