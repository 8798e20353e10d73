//! A process that writes is killed at any moment, again and again: nothing is torn, nothing acknowledged is lost.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod common;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::time::Duration;

use common::{child, left_over};
use storage_core::{ChecksumAlgorithm, Container, ErrorKind};
use storage_local::{Durability, LocalConfig};

const TEST: &str = "fault_145_a_killed_writer_tears_and_loses_nothing";
const KILLS: u64 = 220;
const KEYS: u64 = 6;

/// The content of one write, which tells which one it was.
fn content(key: u64, number: u64) -> Vec<u8> {
    let len = (number * 7919 % 40_000) as usize + 20;
    format!("{key} {number}\n").into_bytes().into_iter().cycle().take(len).collect()
}

/// Writes, copies, renames and deletes until it is killed, and says each time before and after.
async fn write_until_killed(container: &Container, first: u64) {
    let mut out = std::io::stdout();
    for number in first.. {
        let key = number % KEYS;
        let object = container.object(format!("d{}/k{key}", key % 3)).unwrap();
        if number % 11 == 10 {
            writeln!(out, "\nbegin {key} gone").unwrap();
            object.delete().await.unwrap();
            writeln!(out, "\ndone {key} gone").unwrap();
            continue;
        }
        writeln!(out, "\nbegin {key} {number}").unwrap();
        let bytes = content(key, number);
        if number % 5 == 4 {
            let pieces =
                bytes.chunks(7000).map(|it| Ok::<_, std::io::Error>(bytes::Bytes::copy_from_slice(it)));
            let stream = futures_util::stream::iter(pieces.collect::<Vec<_>>());
            object.upload_stream(stream).metadata("number", number.to_string()).await.unwrap();
        } else {
            object.put(bytes).metadata("number", number.to_string()).await.unwrap();
        }
        writeln!(out, "\ndone {key} {number}").unwrap();
    }
}

/// Returns the number of the write that is there; torn content is a failure.
async fn read(container: &Container, key: u64) -> Option<u64> {
    let object = container.object(format!("d{}/k{key}", key % 3)).unwrap();
    let head = match object.head().await {
        Err(error) if error.kind() == ErrorKind::ObjectNotFound => return None,
        other => other.unwrap(),
    };
    let number: u64 = head.metadata.get("number").unwrap().parse().unwrap();
    let bytes = object.get().bytes().await.unwrap();
    assert!(bytes == content(key, number), "key {key} is torn at write {number}");
    assert_eq!(
        head.checksums.get(ChecksumAlgorithm::Crc64Nvme),
        Some(ChecksumAlgorithm::Crc64Nvme.of(&bytes))
    );
    Some(number)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_145_a_killed_writer_tears_and_loses_nothing() {
    let open = |root: &str| LocalConfig::new(root).open().unwrap().container("c").unwrap();
    // Most writers do not wait for the device, so that kills hit every step and not only the waiting.
    let hasty = |root: &str| {
        LocalConfig::new(root).durability(Durability::None).open().unwrap().container("c").unwrap()
    };
    if let (Ok(root), Ok(first)) = (std::env::var("LOCAL_TEST_ROOT"), std::env::var("LOCAL_TEST_FIRST")) {
        let first: u64 = first.parse().unwrap();
        let container = if first.is_multiple_of(4) { open(&root) } else { hasty(&root) };
        return write_until_killed(&container, first).await;
    }
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().to_str().unwrap();
    open(root).create().await.unwrap();
    let mut state: BTreeMap<u64, Option<u64>> = BTreeMap::new();
    let mut writes = 0;
    for kill in 0..KILLS {
        let first = kill * 100_001;
        let mut child = child(TEST, &[("LOCAL_TEST_ROOT", root), ("LOCAL_TEST_FIRST", &first.to_string())]);
        let stdout = child.stdout.take().unwrap();
        let (working, is_working) = std::sync::mpsc::channel();
        let log = std::thread::spawn(move || {
            let lines = BufReader::new(stdout).lines().map_while(Result::ok);
            // Nobody listens after the first line.
            lines
                .filter(|it| it.starts_with("begin") || it.starts_with("done"))
                .inspect(|_| working.send(()).unwrap_or(()))
                .collect()
        });
        is_working.recv().unwrap();
        // The moment is anything, which is the point; nothing depends on how long it is.
        std::thread::sleep(Duration::from_micros(kill * 6367 % 25_000));
        child.kill().unwrap();
        child.wait().unwrap();
        let log: Vec<String> = log.join().unwrap();
        let mut begun: BTreeMap<u64, Option<u64>> = BTreeMap::new();
        for line in log {
            let words: Vec<&str> = line.split(' ').collect();
            let [event, key, number] = words[..] else { continue };
            let (Ok(key), number) = (key.parse(), number.parse().ok()) else { continue };
            match event {
                "begin" => drop(begun.insert(key, number)),
                "done" => {
                    begun.remove(&key);
                    state.insert(key, number);
                    writes += 1;
                }
                _ => {}
            }
        }
        let c = open(root);
        for key in 0..KEYS {
            let seen = read(&c, key).await;
            let acknowledged = state.get(&key).copied().flatten();
            let begun = begun.get(&key).copied();
            assert!(
                seen == acknowledged || begun == Some(seen),
                "key {key} has {seen:?} after {acknowledged:?}, with {begun:?} under way"
            );
            state.insert(key, seen);
        }
    }
    assert!(writes > KILLS, "{writes} writes were acknowledged, too few to tell anything");
    // What the killed ones have left is hidden, and a container with nothing else can go.
    let c = open(root);
    for key in 0..KEYS {
        c.object(format!("d{}/k{key}", key % 3)).unwrap().delete().await.unwrap();
    }
    assert!(left_over(&directory.path().join("c")).len() <= KILLS as usize);
    c.delete().await.unwrap();
    // One that was killed while it looked at the file system may have left the file it did that with.
    let rest: Vec<_> =
        std::fs::read_dir(directory.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert!(rest.iter().all(|it| it == "%staging"), "{rest:?}");
}
