//! The rows of the fault table that hold for directories and need no help of the system.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod common;

use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use common::{Store, child, keys, left_over, open};
use storage_core::{
    ByteRange, ChecksumAlgorithm, ContainerName, Error, ErrorKind, FileRange, Key, ListQuery, ObjectRef,
    Payload, PutOptions,
};

fn kind<T>(result: Result<T, Error>) -> ErrorKind {
    match result {
        Ok(_) => panic!("it worked"),
        Err(error) => error.kind(),
    }
}

/// Every shape of key that somebody has got wrong somewhere.
fn odd_keys() -> Vec<String> {
    let mut keys: Vec<String> = [
        "a",
        "a/b",
        "a/",
        "a//b",
        "/",
        "//",
        "/x",
        "x/",
        ".",
        "..",
        "./x",
        "../x",
        "../../etc/passwd",
        "%2F",
        "%",
        "%%",
        "a%",
        "a%+",
        "%empty",
        "%staging",
        "%staging/x",
        "%lock",
        "%meta",
        "+",
        " ",
        "  x ",
        "?#&=",
        "'\"",
        "\\",
        "C:\\x",
        "C:x",
        "con",
        "CON",
        "nul.txt",
        "x.",
        "x ",
        "\u{1}\u{1f}\u{7f}",
        "a\rb\nc\td",
        "😀",
        "\u{e9}",
        "e\u{301}",
        "A",
        "é/É",
    ]
    .map(String::from)
    .to_vec();
    keys.extend(["x".repeat(80), "x".repeat(81), "x".repeat(1024), "é".repeat(512), "\u{1}".repeat(1024)]);
    keys.extend(["a/".repeat(512), format!("{}/b", "y".repeat(80)), "/".repeat(1024), "😀".repeat(256)]);
    keys
}

#[tokio::test]
async fn fault_148_every_key_has_a_place_of_its_own() {
    let store = Store::open();
    let c = store.container().await;
    for key in odd_keys() {
        c.object(&*key).unwrap().put(key.clone()).if_absent().await.unwrap();
    }
    let mut want = odd_keys();
    want.sort_unstable();
    assert_eq!(keys(&c).await, want);
    for key in &want {
        assert_eq!(c.object(&**key).unwrap().get().text().await.unwrap(), *key);
    }
    for key in &want {
        c.object(&**key).unwrap().delete().await.unwrap();
    }
    c.delete().await.unwrap();
    assert_eq!(fs::read_dir(store.directory.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn fault_120_keys_beyond_the_limit_are_refused() {
    let store = Store::open();
    let c = store.container().await;
    assert_eq!(kind(c.object("x".repeat(1025)).unwrap().put("").await), ErrorKind::InvalidInput);
    assert_eq!(kind(c.object("")), ErrorKind::InvalidInput);
    assert_eq!(kind(c.object("a\0b")), ErrorKind::InvalidInput);
    assert_eq!(left_over(&store.path("")), [""; 0]);
}

#[tokio::test]
async fn fault_140_names_that_leave_the_root_are_refused() {
    let store = Store::open();
    for name in ["", ".", "..", "/", "/etc", "a/b", "C:\\", "C:", "\\\\host", "a\0b", ".hidden"] {
        assert_eq!(kind(store.storage.container(name)), ErrorKind::InvalidContainerName, "{name:?}");
    }
    // A driver does not rely on a handle for that.
    for name in [".", "..", "C:"] {
        let name = ContainerName::parse(name).unwrap();
        let driver = store.storage.driver();
        assert_eq!(kind(driver.head_container(&name).await), ErrorKind::InvalidContainerName);
        assert_eq!(
            kind(driver.list_objects(&name, &ListQuery::new()).await),
            ErrorKind::InvalidContainerName
        );
        let key = Key::parse("x").unwrap();
        let put = driver.put_object(ObjectRef::new(&name, &key), "x".into(), &PutOptions::new()).await;
        assert_eq!(kind(put), ErrorKind::InvalidContainerName);
    }
    assert_eq!(fs::read_dir(store.directory.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn fault_141_no_symbolic_link_is_followed() {
    let store = Store::open();
    let c = store.container().await;
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), b"secret").unwrap();
    c.object("real").unwrap().put("real").await.unwrap();
    symlink(outside.path(), store.path("out%")).unwrap();
    symlink(outside.path().join("secret"), store.path("link")).unwrap();
    symlink(store.path("real"), store.path("inside")).unwrap();
    symlink(outside.path(), store.directory.path().join("linked")).unwrap();
    for key in ["out/secret", "out/new", "link", "inside"] {
        let object = c.object(key).unwrap();
        let real = c.object("real").unwrap();
        assert_eq!(kind(object.get().await), ErrorKind::PermissionDenied, "{key}");
        assert_eq!(kind(object.head().await), ErrorKind::PermissionDenied, "{key}");
        assert_eq!(kind(object.put("new").await), ErrorKind::PermissionDenied, "{key}");
        assert_eq!(kind(object.delete().await), ErrorKind::PermissionDenied, "{key}");
        assert_eq!(kind(real.copy_to(&object).await), ErrorKind::PermissionDenied, "{key}");
        assert_eq!(
            kind(object.copy_to(&c.object("copy").unwrap()).await),
            ErrorKind::PermissionDenied,
            "{key}"
        );
        assert_eq!(kind(real.rename_to(&object).await), ErrorKind::PermissionDenied, "{key}");
    }
    let linked = store.storage.container("linked").unwrap();
    assert_eq!(kind(linked.info().await), ErrorKind::PermissionDenied);
    assert!(linked.object("secret").unwrap().get().await.is_err());
    assert_eq!(kind(linked.object("new").unwrap().put("x").await), ErrorKind::PermissionDenied);
    assert_eq!(kind(linked.delete().await), ErrorKind::PermissionDenied);
    assert_eq!(keys(&c).await, ["real"]);
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
    assert_eq!(fs::read(outside.path().join("secret")).unwrap(), b"secret");
    assert_eq!(left_over(&store.path("")), [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_142_a_link_that_is_swapped_in_is_not_followed() {
    let store = Store::open();
    let c = store.container().await;
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("k"), b"secret").unwrap();
    c.object("d/k").unwrap().put("real").await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let swapper = std::thread::spawn({
        let (stop, real, aside) = (Arc::clone(&stop), store.path("d%"), store.path("%staging/aside"));
        let target = outside.path().to_owned();
        move || {
            while !stop.load(Ordering::Relaxed) {
                // A writer makes and fills the directory anew meanwhile, so any of these may find it in the way.
                let moved = fs::rename(&real, &aside).is_ok();
                if symlink(&target, &real).is_ok() {
                    fs::remove_file(&real).unwrap();
                }
                if moved && fs::rename(&aside, &real).is_err() {
                    fs::remove_dir_all(&aside).unwrap();
                }
            }
        }
    });
    let object = c.object("d/k").unwrap();
    for round in 0..1000 {
        if let Ok(text) = object.get().text().await {
            assert!(text.starts_with("real"), "{text}");
        }
        // Whatever comes of these, nothing outside may change.
        let _ = object.put(format!("real {round}")).await;
        let _ = c.list().try_collect::<Vec<_>>().await;
    }
    stop.store(true, Ordering::Relaxed);
    swapper.join().unwrap();
    assert_eq!(fs::read(outside.path().join("k")).unwrap(), b"secret");
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn fault_143_pipes_sockets_and_devices_never_block() {
    let store = Store::open();
    let c = store.container().await;
    c.object("real").unwrap().put("real").await.unwrap();
    assert!(Command::new("mkfifo").arg(store.path("pipe")).status().unwrap().success());
    let _socket = UnixListener::bind(store.path("socket")).unwrap();
    for key in ["pipe", "socket"] {
        let object = c.object(key).unwrap();
        assert_eq!(kind(object.get().await), ErrorKind::PermissionDenied, "{key}");
        assert_eq!(kind(object.put("x").await), ErrorKind::PermissionDenied, "{key}");
        assert_eq!(kind(object.delete().await), ErrorKind::PermissionDenied, "{key}");
    }
    assert_eq!(keys(&c).await, ["real"]);
}

#[tokio::test]
async fn fault_027_ranges_end_where_the_object_does() {
    let store = Store::open();
    let c = store.container().await;
    let bytes: Vec<u8> = (0..2_000_000_u32).map(|n| n as u8).collect();
    for size in [0, 1, 4096, 524_288, 524_289, 2_000_000] {
        let object = c.object(format!("o{size}")).unwrap();
        object.put(bytes[..size].to_vec()).await.unwrap();
        for range in [
            ByteRange::from(0..1),
            (0..u64::MAX).into(),
            (1..700_000).into(),
            (600_000..600_001).into(),
            ByteRange::From(524_288),
            ByteRange::Suffix(3),
            ByteRange::Suffix(0),
            (5..5).into(),
            (2_000_000..).into(),
        ] {
            let got = object.get().range(range).bytes().await;
            match range.resolve(size as u64) {
                Ok(want) => assert_eq!(
                    got.unwrap(),
                    bytes[want.start as usize..want.end as usize],
                    "{size} {range:?}"
                ),
                Err(_) => assert_eq!(kind(got), ErrorKind::InvalidRange, "{size} {range:?}"),
            }
        }
    }
}

#[tokio::test]
async fn fault_061_a_source_that_is_too_short_leaves_nothing() {
    let store = Store::open();
    let c = store.container().await;
    let file = store.directory.path().join("source");
    fs::write(&file, b"four").unwrap();
    let source =
        |end| Payload::FileRange(FileRange { file: Arc::new(fs::File::open(&file).unwrap()), range: 1..end });
    let object = c.object("k").unwrap();
    object.put("old").await.unwrap();
    for checksum in [storage_core::ChecksumMode::Auto, storage_core::ChecksumMode::Off] {
        let put = object.put(source(9)).options(PutOptions::new().checksum(checksum)).await;
        assert_eq!(kind(put), ErrorKind::SourceMismatch);
        assert_eq!(object.get().text().await.unwrap(), "old");
        assert_eq!(left_over(&store.path("")), [""; 0]);
        c.object("new").unwrap().put(source(4)).options(PutOptions::new().checksum(checksum)).await.unwrap();
        assert_eq!(c.object("new").unwrap().get().text().await.unwrap(), "our");
    }
    let wrong = ChecksumAlgorithm::Sha256.of(b"other");
    let put = object.put("new").options(PutOptions::new().expected(wrong.into())).await;
    assert_eq!(kind(put), ErrorKind::ChecksumMismatch);
    assert_eq!(object.get().text().await.unwrap(), "old");
    assert_eq!(left_over(&store.path("")), [""; 0]);
}

#[tokio::test]
async fn fault_066_an_empty_object_is_an_object() {
    let store = Store::open();
    let c = store.container().await;
    let put = c.object("put").unwrap();
    put.put("").await.unwrap();
    put.copy_to(&c.object("copied").unwrap()).await.unwrap();
    c.object("streamed").unwrap().upload_reader(tokio::io::empty()).await.unwrap();
    for key in ["put", "copied", "streamed"] {
        assert_eq!(c.object(key).unwrap().head().await.unwrap().size, 0);
        assert_eq!(c.object(key).unwrap().get().bytes().await.unwrap(), "");
    }
}

#[tokio::test]
async fn fault_101_one_odd_name_hides_no_other() {
    let store = Store::open();
    let c = store.container().await;
    c.object("a").unwrap().put("x").await.unwrap();
    c.object("z").unwrap().put("x").await.unwrap();
    fs::create_dir(store.path("plain")).unwrap();
    fs::write(store.path("plain/inside"), b"").unwrap();
    for foreign in ["%41", "con", "m%2f", "x."] {
        fs::write(store.path(foreign), b"foreign").unwrap();
    }
    fs::write(store.path(std::str::from_utf8(b"ok").unwrap()), b"").unwrap();
    use std::os::unix::ffi::OsStrExt as _;
    fs::write(store.path("").join(std::ffi::OsStr::from_bytes(b"\xff\xfe")), b"").unwrap();
    assert_eq!(keys(&c).await, ["a", "ok", "z"]);
    // They are nobody's, so they are neither read nor replaced.
    c.object("A").unwrap().put("mine").await.unwrap();
    c.object("con").unwrap().put("mine").await.unwrap();
    c.object("plain/inside").unwrap().put("mine").await.unwrap();
    assert_eq!(kind(c.object("plain").unwrap().get().await), ErrorKind::ObjectNotFound);
    assert_eq!(kind(c.object("plain").unwrap().put("x").await), ErrorKind::PermissionDenied);
    assert_eq!(fs::read(store.path("%41")).unwrap(), b"foreign");
    assert_eq!(fs::read(store.path("con")).unwrap(), b"foreign");
    assert_eq!(kind(c.delete().await), ErrorKind::ContainerNotEmpty);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fault_149_one_of_many_creates_wins() {
    if let Ok(root) = std::env::var("LOCAL_TEST_RACE") {
        let c = open(root.as_ref()).container("c").unwrap();
        for key in 0..20 {
            let object = c.object(format!("d{key}/k")).unwrap();
            let put = object.put(std::process::id().to_string()).if_absent().await;
            match put {
                Ok(_) => println!("\nwon {key}"),
                Err(error) => assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{error:?}"),
            }
            // Everybody adds one to a counter; no addition may be lost.
            let counter = c.object("counter").unwrap();
            loop {
                let head = counter.get().await.unwrap();
                let etag = head.info().etag.clone().unwrap();
                let count: u32 = head.text().await.unwrap().parse().unwrap();
                match counter.put((count + 1).to_string()).if_match(etag).await {
                    Ok(_) => break,
                    Err(error) => assert_eq!(error.kind(), ErrorKind::PreconditionFailed, "{error:?}"),
                }
            }
        }
        return;
    }
    let store = Store::open();
    let c = store.container().await;
    c.object("counter").unwrap().put("0").await.unwrap();
    let root = store.directory.path().to_str().unwrap();
    let start = || child("fault_149_one_of_many_creates_wins", &[("LOCAL_TEST_RACE", root)]);
    let children: Vec<_> = (0..16).map(|_| start()).collect();
    let mut won = Vec::new();
    for child in children {
        let pid = child.id();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        won.extend(text.lines().filter_map(|it| it.strip_prefix("won ")).map(|key| (key.to_owned(), pid)));
    }
    assert_eq!(won.len(), 20);
    for (key, pid) in won {
        assert_eq!(c.object(format!("d{key}/k")).unwrap().get().text().await.unwrap(), pid.to_string());
    }
    assert_eq!(c.object("counter").unwrap().get().text().await.unwrap(), (16 * 20).to_string());
    assert_eq!(left_over(&store.path("")), [""; 0]);
}

#[tokio::test]
async fn fault_150_a_reader_keeps_what_it_has_begun() {
    let store = Store::open();
    let c = store.container().await;
    let object = c.object("k").unwrap();
    let old = vec![b'o'; 3_000_000];
    object.put(old.clone()).await.unwrap();
    let driver = store.storage.driver();
    let (name, key) = (ContainerName::parse("c").unwrap(), Key::parse("k").unwrap());
    let mut get = driver.get_object(ObjectRef::new(&name, &key), &Default::default()).await.unwrap();
    let mut seen = get.body.next().await.unwrap().unwrap().to_vec();
    for round in 0..5 {
        object.put(vec![b'0' + round; 3_000_000]).await.unwrap();
    }
    object.delete().await.unwrap();
    while let Some(piece) = get.body.next().await {
        seen.extend_from_slice(&piece.unwrap());
    }
    assert!(seen == old);
}

#[tokio::test]
async fn fault_152_left_over_files_are_hidden_and_removed_in_time() {
    let store = Store::open();
    let c = store.container().await;
    c.object("k").unwrap().put("x").await.unwrap();
    let plant = |name: &str, age: u64| {
        let file = fs::File::create(store.path("%staging").join(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(age)).unwrap();
    };
    plant("tmp-old", 25 * 3600);
    plant("tmp-young", 23 * 3600);
    assert_eq!(keys(&c).await, ["k"]);
    assert_eq!(kind(c.object("%staging/tmp-old").unwrap().get().await), ErrorKind::ObjectNotFound);
    // Another process opens the container.
    assert_eq!(keys(&open(store.directory.path()).container("c").unwrap()).await, ["k"]);
    assert_eq!(left_over(&store.path("")), ["tmp-young"]);
}

#[tokio::test]
async fn fault_153_the_etag_changes_with_the_content() {
    let store = Store::open();
    let c = store.container().await;
    let object = c.object("k").unwrap();
    let etag = || async { object.head().await.unwrap().etag.unwrap() };
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..200 {
        let put = object.put("same size").await.unwrap();
        assert_eq!(put.etag, Some(etag().await));
        assert!(seen.insert(etag().await), "an entity tag came twice");
    }
    // Another program edits the file, and sets the time back.
    let meta = fs::metadata(store.path("k")).unwrap();
    // A second name keeps the number in use.
    fs::hard_link(store.path("k"), store.path("kept")).unwrap();
    fs::remove_file(store.path("k")).unwrap();
    fs::write(store.path("k"), b"edited by").unwrap();
    let file = fs::File::options().write(true).open(store.path("k")).unwrap();
    file.set_modified(meta.modified().unwrap()).unwrap();
    assert_eq!(fs::metadata(store.path("k")).unwrap().mtime_nsec(), meta.mtime_nsec());
    assert!(seen.insert(etag().await));
    object.put("again").await.unwrap();
    let before = object.head().await.unwrap();
    assert!(!before.checksums.is_empty());
    fs::write(store.path("k"), b"edited").unwrap();
    let after = object.head().await.unwrap();
    assert_ne!(after.etag, before.etag);
    assert!(after.checksums.is_empty(), "a checksum of other content");
    assert_eq!(object.get().text().await.unwrap(), "edited");
}

#[test]
fn fault_173_a_runtime_that_ends_is_an_error() {
    let store = Store::open();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let c = runtime.block_on(store.container());
    runtime.shutdown_background();
    let object = c.object("k").unwrap();
    let alone = futures_util::future::FutureExt::now_or_never(async { object.put("x").await });
    assert_eq!(kind(alone.unwrap()), ErrorKind::Cancelled);
}

#[tokio::test]
async fn what_is_not_understood_is_refused() {
    let store = Store::open();
    let c = store.container().await;
    let options = PutOptions::new().header("x-amz-foo", "bar");
    let object = c.object("k").unwrap();
    assert_eq!(kind(object.put("x").options(options).await), ErrorKind::Unsupported);
    assert_eq!(kind(object.get().version("1").await), ErrorKind::Unsupported);
    assert_eq!(kind(c.create().region("eu").await), ErrorKind::Unsupported);
    assert_eq!(kind(object.head().await), ErrorKind::ObjectNotFound);
}

#[tokio::test]
async fn a_container_that_is_made_anew_is_seen() {
    let store = Store::open();
    let c = store.container().await;
    for round in 0..3 {
        c.object("a/b").unwrap().put(round.to_string()).await.unwrap();
        fs::remove_dir_all(store.path("")).unwrap();
        assert_eq!(kind(c.object("a/b").unwrap().get().await), ErrorKind::ContainerNotFound);
        assert_eq!(kind(c.object("a/b").unwrap().put("x").await), ErrorKind::ContainerNotFound);
        assert_eq!(kind(c.object("a/b").unwrap().delete().await), ErrorKind::ContainerNotFound);
        assert_eq!(kind(c.list().try_collect::<Vec<_>>().await), ErrorKind::ContainerNotFound);
        c.create().await.unwrap();
        assert_eq!(keys(&c).await, [""; 0]);
    }
    // The same for the root as a whole.
    let root = store.directory.path();
    fs::remove_dir_all(root).unwrap();
    assert_eq!(kind(c.info().await), ErrorKind::ContainerNotFound);
    c.create().await.unwrap();
    c.object("k").unwrap().put("x").await.unwrap();
    assert_eq!(keys(&c).await, ["k"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn directories_that_come_and_go_lose_no_write() {
    let store = Store::open();
    let c = store.container().await;
    let tasks: Vec<_> = (0..4)
        .map(|task| {
            let c = c.clone();
            tokio::spawn(async move {
                for round in 0..200 {
                    let object = c.object(format!("d/e/k{task}")).unwrap();
                    object.put(round.to_string()).await.unwrap();
                    assert_eq!(object.get().text().await.unwrap(), round.to_string());
                    let moved = c.object(format!("d/f/k{task}")).unwrap();
                    object.rename_to(&moved).await.unwrap();
                    moved.delete().await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(left_over(&store.path("")), [""; 0]);
    c.delete().await.unwrap();
}

#[tokio::test]
async fn fault_074_what_a_killed_upload_leaves_is_listed_or_removed() {
    let store = Store::open();
    let c = store.container().await;
    let driver = store.storage.driver().multipart().unwrap();
    let (name, key) = (ContainerName::parse("c").unwrap(), Key::parse("d/k").unwrap());
    let target = ObjectRef::new(&name, &key);
    let upload = driver.create_upload(target, &PutOptions::new()).await.unwrap();
    let listed: Vec<_> = c.incomplete_uploads().try_collect::<Vec<_>>().await.unwrap();
    assert_eq!((listed[0].key.as_str(), &listed[0].upload), ("d/k", &upload));
    assert_eq!(keys(&c).await, [""; 0]);
    // Killed between the rename of the content and the removal of the rest.
    let directory = store.path("%staging").join(format!("upload-{}", upload.as_str()));
    fs::rename(directory.join("data"), store.path("k")).unwrap();
    assert_eq!(c.incomplete_uploads().try_collect::<Vec<_>>().await.unwrap().len(), 0);
    assert_eq!(left_over(&store.path("")), [""; 0]);
    assert_eq!(kind(driver.list_parts(target, &upload, None).await), ErrorKind::ObjectNotFound);
}
