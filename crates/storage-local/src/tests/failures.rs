//! Every step of an operation fails once: what was there stays, and nothing is left behind.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use storage_core::{Container, Error, ErrorKind, PutOptions, Result};

use super::{Restless, container, left_over, open, open_on};
use crate::sys::Errno;
use crate::sys::faulty::{Change, Fail, FaultySys, Traits};
use crate::{AttributeStore, Durability, LocalConfig};

async fn put(container: &Container, key: &str, text: &str) -> Result<(), Error> {
    container.object(key).unwrap().put(text.repeat(600)).metadata("of", text).await.map(drop)
}

async fn read(container: &Container, key: &str) -> Option<String> {
    let object = container.object(key).unwrap();
    let head = match object.head().await {
        Err(error) if error.kind() == ErrorKind::ObjectNotFound => return None,
        other => other.unwrap(),
    };
    let text = object.get().text().await.unwrap();
    let of = head.metadata.get("of").unwrap();
    assert_eq!(text, of.repeat(600));
    Some(of.to_owned())
}

/// Tells whether a change of the recorded ones gives the key its new content.
fn is_in_place(change: &Change) -> bool {
    matches!(change, Change::Rename { to_name, .. } if to_name == "k")
}

async fn every_step(attributes: AttributeStore, errno: Errno, kind: ErrorKind, old: Option<&str>) {
    for step in 0..200 {
        let sys = FaultySys::new();
        let root = tempfile::tempdir().unwrap();
        let c = container(&open(LocalConfig::new(root.path()).attributes(attributes), &sys)).await;
        if let Some(old) = old {
            put(&c, "a/b/k", old).await.unwrap();
        }
        sys.start(Some(Fail::Step(step, errno)));
        let done = put(&c, "a/b/k", "new").await;
        let in_place = sys.changes().iter().any(is_in_place);
        let ended = sys.steps() <= step;
        sys.start(None);
        let seen = read(&c, "a/b/k").await;
        match done {
            Ok(()) => assert_eq!(seen.as_deref(), Some("new")),
            Err(error) => {
                assert_eq!(error.kind(), kind, "step {step}: {error:?}");
                assert_eq!((error.container(), error.key()), (Some("c"), Some("a/b/k")));
                assert!(std::error::Error::source(&error).is_some(), "{error:?}");
                assert_eq!(seen.as_deref(), if in_place { Some("new") } else { old }, "step {step}");
            }
        }
        assert_eq!(left_over(root.path()), [""; 0], "step {step}");
        // The store still works.
        put(&c, "a/b/k", "newer").await.unwrap();
        assert_eq!(read(&c, "a/b/k").await.as_deref(), Some("newer"));
        if ended {
            assert!(step > 7);
            return;
        }
    }
    panic!("the operation has no end");
}

#[tokio::test]
async fn fault_144_a_full_or_broken_disk_leaves_the_old_object() {
    for attributes in [AttributeStore::Xattr, AttributeStore::Sidecar] {
        for old in [None, Some("old")] {
            every_step(attributes, Errno::NOSPC, ErrorKind::StorageFull, old).await;
            every_step(attributes, Errno::DQUOT, ErrorKind::StorageFull, old).await;
            every_step(attributes, Errno::IO, ErrorKind::Io, old).await;
        }
    }
}

#[tokio::test]
async fn fault_146_a_failed_sync_fails_the_write() {
    let sys = FaultySys::new();
    let root = tempfile::tempdir().unwrap();
    let c = container(&open(LocalConfig::new(root.path()), &sys)).await;
    put(&c, "k", "old").await.unwrap();
    sys.start(Some(Fail::Syncs(Errno::IO)));
    assert_eq!(put(&c, "k", "new").await.unwrap_err().kind(), ErrorKind::Io);
    // The first sync is that of the content, and it is not asked again.
    assert!(!sys.changes().iter().any(is_in_place));
    assert_eq!(left_over(root.path()), [""; 0]);
    sys.start(None);
    assert_eq!(read(&c, "k").await.as_deref(), Some("old"));
}

#[tokio::test]
async fn without_durability_nothing_is_synced() {
    let sys = FaultySys::new();
    let root = tempfile::tempdir().unwrap();
    let c = container(&open(LocalConfig::new(root.path()).durability(Durability::None), &sys)).await;
    sys.start(Some(Fail::Syncs(Errno::IO)));
    put(&c, "a/k", "new").await.unwrap();
    assert!(!sys.changes().iter().any(|it| matches!(it, Change::Sync { .. })));
}

#[tokio::test]
async fn fault_147_a_rename_that_is_refused_leaves_nothing() {
    for (errno, kind) in [
        (Errno::XDEV, ErrorKind::Io),
        (Errno::ROFS, ErrorKind::PermissionDenied),
        (Errno::ACCESS, ErrorKind::PermissionDenied),
    ] {
        let sys = FaultySys::new();
        let root = tempfile::tempdir().unwrap();
        let c = container(&open(LocalConfig::new(root.path()), &sys)).await;
        put(&c, "k", "old").await.unwrap();
        sys.start(None);
        put(&c, "probe", "x").await.unwrap();
        let rename = sys.changes().iter().position(|it| matches!(it, Change::Rename { .. })).unwrap();
        sys.start(Some(Fail::Step(rename, errno)));
        assert_eq!(put(&c, "fresh", "new").await.unwrap_err().kind(), kind);
        sys.start(None);
        assert_eq!(read(&c, "fresh").await, None);
        assert_eq!(read(&c, "k").await.as_deref(), Some("old"));
        assert_eq!(left_over(root.path()), [""; 0]);
    }
}

#[tokio::test]
async fn fault_170_too_many_open_files_are_waited_for() {
    let sys = FaultySys::new();
    let root = tempfile::tempdir().unwrap();
    let runtime = Arc::new(Restless::default());
    let c = container(&open_on(LocalConfig::new(root.path()), &sys, Arc::clone(&runtime))).await;
    for errno in [Errno::MFILE, Errno::NFILE] {
        let before = runtime.pauses.load(Ordering::Relaxed);
        sys.start(Some(Fail::Opens(4, errno)));
        put(&c, "k", "new").await.unwrap();
        sys.start(Some(Fail::Opens(3, errno)));
        assert_eq!(read(&c, "k").await.as_deref(), Some("new"));
        assert_eq!(runtime.pauses.load(Ordering::Relaxed) - before, 7);
    }
    sys.start(Some(Fail::Opens(usize::MAX, Errno::MFILE)));
    let error = put(&c, "k", "newer").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("too many files are open"), "{error}");
    sys.start(None);
    assert_eq!(read(&c, "k").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn parts_of_a_failed_upload_are_not_taken_for_whole() {
    use storage_core::groups::PartRef;
    use storage_core::{ObjectRef, PartNumber};

    let sys = FaultySys::with(Traits { attribute_bytes: Some(4000), ..Traits::default() });
    let root = tempfile::tempdir().unwrap();
    let storage = open(LocalConfig::new(root.path()), &sys);
    let c = container(&storage).await;
    let (name, key) =
        (storage_core::ContainerName::parse("c").unwrap(), storage_core::Key::parse("k").unwrap());
    let target = ObjectRef::new(&name, &key);
    let driver = storage.driver().multipart().unwrap();
    let options = PutOptions::new();
    let upload = driver.create_upload(target, &options).await.unwrap();
    let part = PartRef { number: PartNumber::FIRST, offset: 0, last: true };
    let first = driver.put_part(target, &upload, part, "old".repeat(900).into(), &options).await.unwrap();
    // The same part is sent again, and the disk breaks in the middle of it.
    sys.start(Some(Fail::Step(2, Errno::IO)));
    driver.put_part(target, &upload, part, "new".repeat(900).into(), &options).await.unwrap_err();
    sys.start(None);
    let error = driver.complete_upload(target, &upload, &[first], &options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let again = driver.put_part(target, &upload, part, "new".repeat(900).into(), &options).await.unwrap();
    driver.complete_upload(target, &upload, &[again], &options).await.unwrap();
    assert_eq!(c.object("k").unwrap().get().text().await.unwrap(), "new".repeat(900));
    assert_eq!(left_over(root.path()), [""; 0]);
}
