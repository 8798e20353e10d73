//! A directory of a million objects is listed in memory that does not grow with it. A process of its own, since peak
//! memory is that of the whole process.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use storage_local::LocalConfig;

const MANY: u64 = 1_000_000;
const LIMIT_MIB: u64 = 32;

#[test]
fn fault_104_a_million_objects_are_listed_in_constant_memory() {
    // A file system in memory makes a million files in seconds.
    let memory = PathBuf::from("/dev/shm");
    let root = tempfile::tempdir_in(if memory.is_dir() { memory } else { std::env::temp_dir() }).unwrap();
    fs::create_dir(root.path().join("c")).unwrap();
    for index in 0..MANY {
        // An order of names that is not the order in which they were made.
        File::create(root.path().join("c").join(format!("object-{:07}", index * 7 % MANY))).unwrap();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let before = peak_mib_from_now();
    let found = runtime.block_on(count(root.path()));
    let grown = peak_mib() - before;
    assert_eq!(found, MANY);
    assert!(grown <= LIMIT_MIB, "listing {MANY} objects took {grown} MiB");
}

async fn count(root: &Path) -> u64 {
    let container = LocalConfig::new(root).open().unwrap().container("c").unwrap();
    let mut entries = container.list();
    let mut last: Option<storage_core::Key> = None;
    let mut found = 0;
    while let Some(entry) = entries.next().await {
        let key = entry.unwrap().name().clone();
        assert!(last.is_none_or(|last| last < key), "keys come in order, each once");
        last = Some(key);
        found += 1;
    }
    found
}

/// Forgets the peak so far and returns the memory of now.
fn peak_mib_from_now() -> u64 {
    fs::write("/proc/self/clear_refs", "5").unwrap();
    peak_mib()
}

fn peak_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}
