//! What goes wrong in a transfer stays with the item it befalls.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod support;

use std::fs;
use std::io::Cursor;
use std::path::Path;

use futures_util::StreamExt as _;
use storage::{CancelToken, ErrorKind, Operation, memory, wrap};
use storage_transfer::{Event, Filter, Found, Observer, TransferOptions, Tree, WalkOptions, copy, walk};
use support::{Diary, container, container_of, files, map, objects, put, write};

async fn up(from: &Path, options: TransferOptions) -> (storage_transfer::Report, storage::Container) {
    let container = container().await;
    let report = copy(Tree::directory(from), Tree::prefix(&container, "")).options(options).await.unwrap();
    (report, container)
}

#[tokio::test]
async fn the_walk_meets_names_in_the_order_of_their_keys() {
    let from = tempfile::tempdir().unwrap();
    write(
        from.path(),
        &[("a/x", ""), ("a.b", ""), ("a-", ""), ("a0", ""), ("B", ""), ("a/y/z", ""), ("\u{e9}", "")],
    );
    let found: Vec<Found> =
        walk(&Tree::directory(from.path()), &WalkOptions::new()).await.unwrap().collect().await;
    let names: Vec<String> = found
        .into_iter()
        .map(|it| match it {
            Found::Entry(entry) => entry.name,
            other => panic!("{other:?}"),
        })
        .collect();
    let mut sorted = names.clone();
    sorted.sort();
    assert_eq!(names, sorted);
    assert_eq!(names.len(), 7);
}

#[cfg(unix)]
#[tokio::test]
async fn fault_143_links_and_special_files_are_skipped_by_name() {
    let from = tempfile::tempdir().unwrap();
    write(from.path(), &[("file", "x")]);
    std::os::unix::fs::symlink("file", from.path().join("link")).unwrap();
    std::os::unix::fs::symlink("/", from.path().join("way-out")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(from.path().join("socket")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        from.path().join("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    let diary = Diary::default();
    let (report, container) = up(from.path(), TransferOptions::new().observer(diary.observer())).await;
    assert_eq!((report.done, report.skipped, report.failed), (1, 4, 0));
    let want = ["link symlink", "pipe special_file", "socket special_file", "way-out symlink"];
    assert_eq!(diary.lines("skipped"), want.map(|it| format!("skipped {it}")));
    assert_eq!(objects(&container).await, map(&[("file", "x")]));
}

#[cfg(unix)]
#[tokio::test]
async fn links_are_followed_inside_the_tree_only() {
    use std::os::unix::fs::symlink;

    let (from, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(from.path(), &[("dir/file", "x")]);
    write(outside.path(), &[("secret", "s")]);
    let link = |target: &Path, name: &str| symlink(target, from.path().join(name)).unwrap();
    link(Path::new("dir/file"), "to-file");
    link(Path::new("dir"), "to-dir");
    link(outside.path(), "out");
    link(&outside.path().join("secret"), "out-file");
    link(Path::new(".."), "dir/up");
    link(Path::new("nowhere"), "dangling");
    let diary = Diary::default();
    let options = TransferOptions::new().follow_links(true).observer(diary.observer());
    let (report, container) = up(from.path(), options).await;
    assert_eq!(report.failed, 0);
    let want = map(&[("dir/file", "x"), ("to-file", "x"), ("to-dir/file", "x")]);
    assert_eq!(objects(&container).await, want);
    let want = [
        "dangling dangling_link",
        "dir/up link_loop",
        "out link_leaves_tree",
        "out-file link_leaves_tree",
        "to-dir/up link_loop",
    ];
    assert_eq!(diary.lines("skipped"), want.map(|it| format!("skipped {it}")));
}

#[tokio::test]
async fn fault_151_what_vanishes_during_the_walk_is_told() {
    let from = tempfile::tempdir().unwrap();
    write(from.path(), &[("a", "1"), ("b", "2")]);
    let mut found = walk(&Tree::directory(from.path()), &WalkOptions::new()).await.unwrap();
    fs::remove_file(from.path().join("a")).unwrap();
    let first = found.next().await.unwrap();
    assert!(matches!(&first, Found::Skipped { name, .. } if name == "a"), "{first:?}");
    assert!(matches!(found.next().await.unwrap(), Found::Entry(entry) if entry.name == "b"));
    assert!(found.next().await.is_none());
}

#[tokio::test]
async fn fault_151_what_vanishes_before_it_is_read_fails_by_name() {
    let from = tempfile::tempdir().unwrap();
    write(from.path(), &[("a", "1"), ("b", "2")]);
    let gone = from.path().join("a");
    let observer = Observer::new(move |event| {
        if let Event::Planned { name: "a", .. } = event {
            fs::remove_file(&gone).unwrap();
        }
    });
    let (report, container) = up(from.path(), TransferOptions::new().observer(observer)).await;
    assert_eq!((report.done, report.failed), (1, 1));
    assert_eq!(report.failures[0].name, "a");
    assert_eq!(report.failures[0].error.kind(), ErrorKind::ObjectNotFound);
    assert_eq!(objects(&container).await, map(&[("b", "2")]));
}

#[cfg(unix)]
#[tokio::test]
async fn fault_143_a_file_that_becomes_a_link_or_pipe_is_not_read() {
    let from = tempfile::tempdir().unwrap();
    write(from.path(), &[("a", "1"), ("b", "2")]);
    let (one, two) = (from.path().join("a"), from.path().join("b"));
    let observer = Observer::new(move |event| match event {
        Event::Planned { name: "a", .. } => {
            fs::remove_file(&one).unwrap();
            std::os::unix::fs::symlink("/etc/passwd", &one).unwrap();
        }
        Event::Planned { name: "b", .. } => {
            fs::remove_file(&two).unwrap();
            let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
            rustix::fs::mknodat(rustix::fs::CWD, &two, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        }
        _ => {}
    });
    let (report, container) = up(from.path(), TransferOptions::new().observer(observer)).await;
    assert_eq!((report.done, report.failed), (0, 2), "{report:?}");
    assert!(objects(&container).await.is_empty());
}

#[tokio::test]
async fn fault_064_a_file_that_changes_while_it_is_sent_is_not_stored() {
    let from = tempfile::tempdir().unwrap();
    let path = from.path().join("log");
    fs::write(&path, vec![7; 20 << 20]).unwrap();
    let grows = path.clone();
    let observer = Observer::new(move |event| {
        if let Event::Progress { .. } = event {
            use std::io::Write as _;
            fs::File::options().append(true).open(&grows).unwrap().write_all(b"more").unwrap();
        }
    });
    let options = TransferOptions::new().part_bytes(5 << 20).observer(observer);
    let (report, container) = up(from.path(), options).await;
    assert_eq!(report.failed, 1);
    assert_eq!(report.failures[0].error.kind(), ErrorKind::SourceMismatch);
    assert!(objects(&container).await.is_empty());
    let left: Vec<_> = container.incomplete_uploads().try_collect().await.unwrap();
    assert!(left.is_empty());
}

#[tokio::test]
async fn fault_157_keys_that_would_leave_the_destination_fail_alone() {
    let outer = tempfile::tempdir().unwrap();
    let to = outer.path().join("in/side");
    let container = container().await;
    let bad = ["../evil", "/evil", "a//b", "a/../../evil", ".", "x/"];
    put(&container, &bad.map(|key| (key, "evil"))).await;
    put(&container, &[("good", "fine"), ("dir/", "")]).await;
    let diary = Diary::default();
    let options = TransferOptions::new().observer(diary.observer());
    let report = copy(Tree::prefix(&container, ""), Tree::directory(&to)).options(options).await.unwrap();
    assert_eq!((report.done, report.failed, report.skipped), (1, 6, 1));
    let mut want = bad.map(|key| format!("failed {key} InvalidInput"));
    want.sort();
    assert_eq!(diary.lines("failed"), want);
    assert_eq!(diary.lines("skipped"), ["skipped dir/ directory_marker"]);
    assert_eq!(files(outer.path()), map(&[("in/side/good", "fine")]));
}

#[cfg(unix)]
#[tokio::test]
async fn fault_157_nothing_is_written_through_a_link_in_the_destination() {
    let (to, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(outside.path(), &[("victim", "untouched")]);
    std::os::unix::fs::symlink(outside.path(), to.path().join("link")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("victim"), to.path().join("file")).unwrap();
    let container = container().await;
    put(&container, &[("link/x", "evil"), ("link/deep/y", "evil"), ("file", "replaces the link")]).await;
    let report = copy(Tree::prefix(&container, ""), Tree::directory(to.path())).await.unwrap();
    assert_eq!((report.done, report.failed), (1, 2));
    assert_eq!(files(outside.path()), map(&[("victim", "untouched")]));
    assert_eq!(fs::read_to_string(to.path().join("file")).unwrap(), "replaces the link");
    assert!(to.path().join("file").symlink_metadata().unwrap().is_file());
}

#[tokio::test]
async fn an_object_and_a_prefix_of_one_name_do_not_mix() {
    let to = tempfile::tempdir().unwrap();
    let container = container().await;
    put(&container, &[("a", "object"), ("a/a", "below"), ("a/b", "below")]).await;
    let report = copy(Tree::prefix(&container, ""), Tree::directory(to.path())).await.unwrap();
    // Whichever comes first has the name; the other fails, and nothing lands under a name that is not its own.
    assert_eq!(report.done + report.failed, 3);
    assert!(report.failed > 0);
    let files = files(to.path());
    assert_eq!(files.len() as u64, report.done);
    assert!(files.iter().all(|(name, text)| (name == "a") == (text == "object")), "{files:?}");
}

#[tokio::test]
async fn fault_160_a_download_that_fails_leaves_the_old_file() {
    let to = tempfile::tempdir().unwrap();
    write(to.path(), &[("a", "old")]);
    let whole = container().await;
    put(&whole, &[("a", &"new".repeat(10_000)), ("b", "fine")]).await;
    let chaos = wrap::ChaosOptions::new(3).cut(1.0).only([Operation::GetObject]);
    let broken = wrap::chaos(whole.storage(), chaos).container("box").unwrap();
    let report = copy(Tree::prefix(&broken, ""), Tree::directory(to.path())).await.unwrap();
    assert!(report.failures.iter().any(|it| it.name == "a"), "{report:?}");
    let left = files(to.path());
    assert_eq!(left.get("a").map(String::as_str), Some("old"));
    assert!(left.keys().all(|name| !name.contains("tmp") && !name.contains("part")), "{left:?}");
}

#[tokio::test]
async fn fault_161_a_cancelled_transfer_stops_and_leaves_nothing_half_done() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for number in 0..500 {
        write(from.path(), &[(&format!("{number:03}"), "content")]);
    }
    fs::write(from.path().join("large"), vec![1; 30 << 20]).unwrap();
    let token = CancelToken::new();
    let stop = token.clone();
    let observer = Observer::new(move |event| {
        if let Event::Done { .. } = event {
            stop.cancel();
        }
    });
    let options = TransferOptions::new().part_bytes(5 << 20).jobs(4).observer(observer).cancel(token);
    let (report, container) = up(from.path(), options.clone()).await;
    assert!(report.cancelled && !report.is_complete());
    assert_eq!(report.failed, 0, "{report:?}");
    assert!(report.done >= 1 && report.done < 500, "{report:?}");
    assert_eq!(objects(&container).await.len() as u64, report.done);
    let left: Vec<_> = container.incomplete_uploads().try_collect().await.unwrap();
    assert!(left.is_empty());

    let report =
        copy(Tree::directory(from.path()), Tree::directory(to.path())).options(options).await.unwrap();
    assert!(report.cancelled && report.done == 0);
    assert!(files(to.path()).is_empty());
}

#[tokio::test]
async fn fault_164_names_from_a_list_hold_any_character() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(from.path(), &[("new\nline", "1"), ("a b", "2"), ("other", "3"), ("d/e", "4")]);
    let container = container().await;
    let diary = Diary::default();
    let options = TransferOptions::new().observer(diary.observer());
    let names = Cursor::new(b"new\nline\0a b\0d/e\0missing\0../evil\0/abs\0\0\xff\0".to_vec());
    let report = copy(Tree::directory(from.path()), Tree::prefix(&container, ""))
        .names(names)
        .options(options)
        .await
        .unwrap();
    assert_eq!((report.done, report.failed), (3, 4));
    assert_eq!(
        diary.lines("failed"),
        [
            "failed  InvalidInput",
            "failed ../evil InvalidInput",
            "failed /abs InvalidInput",
            "failed missing ObjectNotFound"
        ]
    );
    assert_eq!(objects(&container).await, map(&[("new\nline", "1"), ("a b", "2"), ("d/e", "4")]));

    let names = Cursor::new(b"new\nline\0nope".to_vec());
    let report = copy(Tree::prefix(&container, ""), Tree::directory(to.path())).names(names).await.unwrap();
    assert_eq!((report.done, report.failed), (1, 1));
    assert_eq!(files(to.path()), map(&[("new\nline", "1")]));
}

#[tokio::test]
async fn fault_165_trees_that_overlap_are_refused() {
    let outer = tempfile::tempdir().unwrap();
    write(outer.path(), &[("a/b/c", "x")]);
    let at = |name: &str| Tree::directory(outer.path().join(name));
    for (from, to) in [("a", "a"), ("a", "a/b"), ("a/b", "a"), ("a", "a/new/deep"), ("a", "a/../a/b")] {
        let error = copy(at(from), at(to)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{from} {to}");
        assert!(error.to_string().contains("overlap"));
    }
    assert_eq!(files(outer.path()), map(&[("a/b/c", "x")]));
    // Names that only start alike are no overlap, nor is what the filter leaves out.
    copy(at("a"), at("ab")).await.unwrap();
    let filter = Filter::new().exclude("/out/").unwrap();
    copy(at("a"), at("a/out")).options(TransferOptions::new().filter(filter)).await.unwrap();
    assert_eq!(fs::read_to_string(outer.path().join("a/out/b/c")).unwrap(), "x");

    let container = container().await;
    put(&container, &[("x/y", "1")]).await;
    for (from, to) in [("", "copy/"), ("x/", ""), ("x/", "x/y/"), ("x/", "x/")] {
        let error = copy(Tree::prefix(&container, from), Tree::prefix(&container, to)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{from} {to}");
    }
    assert_eq!(objects(&container).await, map(&[("x/y", "1")]));
}

#[tokio::test]
async fn fault_176_an_observer_that_panics_ends_one_item_alone() {
    let from = tempfile::tempdir().unwrap();
    write(from.path(), &[("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")]);
    std::panic::set_hook(Box::new(|_| {}));
    for (moment, want) in [("planned", 3), ("started", 3), ("progress", 3)] {
        let observer = Observer::new(move |event| {
            let hit = match event {
                Event::Planned { name: "b", .. } => moment == "planned",
                Event::Started { name: "b", .. } => moment == "started",
                Event::Progress { name: "b", .. } => moment == "progress",
                // These tell of what is over; a panic changes nothing about it.
                Event::Failed { .. } | Event::Walked | Event::Skipped { .. } => true,
                _ => false,
            };
            assert!(!hit, "on purpose");
        });
        let (report, container) = up(from.path(), TransferOptions::new().observer(observer)).await;
        assert_eq!((report.done, report.failed), (want, 1), "{moment}");
        assert_eq!(report.failures[0].name, "b");
        // The store goes on to work.
        put(&container, &[("later", "x")]).await;
    }
}

#[tokio::test]
async fn fault_098_a_listing_that_breaks_off_is_not_complete() {
    let to = tempfile::tempdir().unwrap();
    let whole = container().await;
    put(&whole, &[("a", "1")]).await;
    let chaos = wrap::ChaosOptions::new(1).fail(1.0).only([Operation::ListObjects]);
    let broken = wrap::chaos(whole.storage(), chaos).container("box").unwrap();
    let report = copy(Tree::prefix(&broken, ""), Tree::directory(to.path())).await.unwrap();
    assert!(!report.source_complete && !report.is_complete());
    assert_eq!(report.failures[0].name, "");
}

#[tokio::test]
async fn failures_are_counted_beyond_what_is_kept() {
    let from = tempfile::tempdir().unwrap();
    for number in 0..50 {
        write(from.path(), &[(&format!("{number}"), "x")]);
    }
    let chaos = wrap::ChaosOptions::new(1).fail(1.0).only([Operation::PutObject]);
    let container = container_of(&wrap::chaos(&memory::open(), chaos)).await;
    let diary = Diary::default();
    let options = TransferOptions::new().keep_failures(5).observer(diary.observer());
    let report =
        copy(Tree::directory(from.path()), Tree::prefix(&container, "")).options(options).await.unwrap();
    assert_eq!((report.failed, report.failures.len()), (50, 5));
    assert_eq!(diary.lines("failed").len(), 50);
}

#[tokio::test]
async fn a_source_that_is_missing_is_an_error_and_no_empty_tree() {
    let container = container().await;
    let error = copy(Tree::directory("/no/such/directory"), Tree::prefix(&container, "")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ObjectNotFound);
    let nowhere = container.storage().container("nowhere").unwrap();
    let to = tempfile::tempdir().unwrap();
    let report = copy(Tree::prefix(&nowhere, ""), Tree::directory(to.path())).await.unwrap();
    assert_eq!(report.failures[0].error.kind(), ErrorKind::ContainerNotFound);
}
