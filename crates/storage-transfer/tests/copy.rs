//! Copies of trees between directories and containers.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod support;

use std::fs;
use std::time::{Duration, SystemTime};

use storage::{Operation, PutOptions, memory, wrap};
use storage_transfer::{Action, Entry, Filter, Overwrite, TransferOptions, Tree, copy, copy_entries};
use support::{Diary, container, container_of, files, map, objects, put, write};

const ODD_NAMES: &[(&str, &str)] = &[
    ("100%.txt", "percent"),
    ("a b/c d", "spaces"),
    ("caf\u{e9}", "composed"),
    ("cafe\u{301}", "decomposed"),
    ("deep/er/est/x", "deep"),
    ("empty", ""),
    ("new\nline", "newline"),
    ("\u{1f600}/\u{65e5}", "emoji"),
];

#[tokio::test]
async fn a_directory_goes_up_and_comes_down_the_same() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(from.path(), ODD_NAMES);
    let container = container().await;
    let up = copy(Tree::directory(from.path()), Tree::prefix(&container, "p/")).await.unwrap();
    assert!(up.is_complete(), "{up:?}");
    assert_eq!((up.done, up.bytes), (8, 47));
    assert_eq!(container.object("p/new\nline").unwrap().get().text().await.unwrap(), "newline");

    let down = copy(Tree::prefix(&container, "p/"), Tree::directory(to.path())).await.unwrap();
    assert!(down.is_complete(), "{down:?}");
    assert_eq!(files(to.path()), map(ODD_NAMES));
}

#[tokio::test]
async fn times_are_restored_to_the_nanosecond() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(from.path(), &[("a", "x")]);
    let time = SystemTime::UNIX_EPOCH + Duration::new(1_000_000_000, 123_456_789);
    fs::File::options().write(true).open(from.path().join("a")).unwrap().set_modified(time).unwrap();
    let container = container().await;
    copy(Tree::directory(from.path()), Tree::prefix(&container, "")).await.unwrap();
    copy(Tree::prefix(&container, ""), Tree::directory(to.path())).await.unwrap();
    assert_eq!(to.path().join("a").metadata().unwrap().modified().unwrap(), time);
}

#[tokio::test]
async fn types_are_guessed_and_metadata_is_added() {
    let from = tempfile::tempdir().unwrap();
    write(from.path(), &[("index.html", "<p>")]);
    let container = container().await;
    let options = TransferOptions::new().put(PutOptions::new().metadata("author", "jo")).source_path(true);
    copy(Tree::directory(from.path()), Tree::prefix(&container, "")).options(options).await.unwrap();
    let info = container.object("index.html").unwrap().head().await.unwrap();
    assert_eq!(info.content_type.as_deref(), Some("text/html"));
    assert_eq!(info.metadata.get("author"), Some("jo"));
    let path = from.path().canonicalize().unwrap().join("index.html");
    assert_eq!(info.metadata.get("source-path"), path.to_str());
    assert!(info.metadata.get("mtime").is_some());
}

#[tokio::test]
async fn one_request_each_is_enough_even_to_prove_a_copy() {
    let from = tempfile::tempdir().unwrap();
    for number in 0..300 {
        write(from.path(), &[(&format!("d{}/f{number}", number % 7), "content")]);
    }
    let (storage, metrics) = wrap::metrics(&memory::open());
    let container = container_of(&storage).await;
    let before = metrics.snapshot();
    let options = TransferOptions::new().verify(true);
    let report =
        copy(Tree::directory(from.path()), Tree::prefix(&container, "")).options(options).await.unwrap();
    assert_eq!(report.done, 300);
    // And one to see that the container is there.
    assert_eq!(metrics.snapshot().calls() - before.calls(), 301, "{:?}", metrics.snapshot());
    assert_eq!(metrics.snapshot().of(Operation::PutObject).calls, 300);
}

#[tokio::test]
async fn objects_are_copied_inside_a_store_and_between_two() {
    let (storage, metrics) = wrap::metrics(&memory::open());
    let one = container_of(&storage).await;
    one.object("a/x").unwrap().put("text").metadata("author", "jo").content_type("text/css").await.unwrap();
    let report = copy(Tree::prefix(&one, "a/"), Tree::prefix(&one, "b/")).await.unwrap();
    assert!(report.is_complete());
    assert_eq!(metrics.snapshot().of(Operation::CopyObject).calls, 1);
    assert_eq!(metrics.snapshot().of(Operation::GetObject).calls, 0);

    let two = container().await;
    let report = copy(Tree::prefix(&one, ""), Tree::prefix(&two, "")).await.unwrap();
    assert_eq!(report.done, 2);
    for key in ["a/x", "b/x"] {
        let info = two.object(key).unwrap().head().await.unwrap();
        assert_eq!(
            (info.metadata.get("author"), info.content_type.as_deref()),
            (Some("jo"), Some("text/css"))
        );
    }
}

#[tokio::test]
async fn a_directory_is_copied_into_another() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(from.path(), ODD_NAMES);
    write(to.path(), &[("empty", "old")]);
    let report = copy(Tree::directory(from.path()), Tree::directory(to.path())).await.unwrap();
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(files(to.path()), map(ODD_NAMES));
    let time =
        |root: &tempfile::TempDir| root.path().join("caf\u{e9}").metadata().unwrap().modified().unwrap();
    assert_eq!(time(&from), time(&to));
}

#[tokio::test]
async fn what_is_large_goes_in_parts_and_tells_its_progress() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let size = (20 << 20) + 5;
    let bytes: Vec<u8> = (0..size).map(|it: u32| (it % 251) as u8).collect();
    fs::write(from.path().join("large"), &bytes).unwrap();
    let (storage, metrics) = wrap::metrics(&memory::open());
    let container = container_of(&storage).await;
    let diary = Diary::default();
    let options = TransferOptions::new().part_bytes(5 << 20).observer(diary.observer());
    copy(Tree::directory(from.path()), Tree::prefix(&container, "")).options(options.clone()).await.unwrap();
    assert_eq!(metrics.snapshot().of(Operation::PutPart).calls, 5);
    let told: u64 =
        diary.lines("progress").iter().map(|it| it.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum();
    assert_eq!(told, u64::from(size));
    copy(Tree::prefix(&container, ""), Tree::directory(to.path())).options(options).await.unwrap();
    assert!(fs::read(to.path().join("large")).unwrap() == bytes);
    assert!(metrics.snapshot().of(Operation::GetObject).calls >= 5);
}

#[tokio::test]
async fn events_come_in_order_and_filters_choose() {
    let from = tempfile::tempdir().unwrap();
    write(from.path(), &[("a.txt", "1"), ("b.log", "22"), ("tmp/c.txt", "333")]);
    let container = container().await;
    let diary = Diary::default();
    let filter = Filter::new().exclude("tmp/").unwrap().include("*.txt").unwrap();
    let options = TransferOptions::new().filter(filter).observer(diary.observer());
    let report =
        copy(Tree::directory(from.path()), Tree::prefix(&container, "")).options(options).await.unwrap();
    assert_eq!((report.done, report.skipped), (1, 0));
    let want = ["planned a.txt", "walked", "started a.txt", "progress a.txt 1", "done a.txt"];
    let mut lines = diary.lines("");
    lines.sort();
    let mut want = want.map(str::to_owned).to_vec();
    want.sort();
    assert_eq!(lines, want);
}

#[tokio::test]
async fn overwriting_follows_the_policy() {
    let from = tempfile::tempdir().unwrap();
    write(from.path(), &[("a", "new"), ("b", "new")]);
    let container = container().await;
    put(&container, &[("a", "old")]).await;
    let run = |overwrite| {
        let options = TransferOptions::new().overwrite(overwrite);
        let copy = copy(Tree::directory(from.path()), Tree::prefix(&container, ""));
        async move { copy.options(options).await.unwrap() }
    };
    let report = run(Overwrite::Never).await;
    assert_eq!((report.done, report.skipped), (1, 1));
    assert_eq!(objects(&container).await, map(&[("a", "old"), ("b", "new")]));

    // The object `b` carries the time of its file; `a` was written after its file.
    let report = run(Overwrite::IfNewer).await;
    assert_eq!((report.done, report.skipped), (0, 2));
    let later = SystemTime::now() + Duration::from_secs(60);
    fs::File::options().write(true).open(from.path().join("a")).unwrap().set_modified(later).unwrap();
    let report = run(Overwrite::IfNewer).await;
    assert_eq!((report.done, report.skipped), (1, 1));
    assert_eq!(objects(&container).await, map(&[("a", "new"), ("b", "new")]));
}

#[tokio::test]
async fn overwriting_of_files_follows_the_policy() {
    let to = tempfile::tempdir().unwrap();
    write(to.path(), &[("a", "old")]);
    let container = container().await;
    put(&container, &[("a", "new"), ("b", "new")]).await;
    let run = |overwrite| {
        let options = TransferOptions::new().overwrite(overwrite);
        let copy = copy(Tree::prefix(&container, ""), Tree::directory(to.path()));
        async move { copy.options(options).await.unwrap() }
    };
    let report = run(Overwrite::Never).await;
    assert_eq!((report.done, report.skipped), (1, 1));
    assert_eq!(files(to.path()), map(&[("a", "old"), ("b", "new")]));
    let report = run(Overwrite::Always).await;
    assert_eq!((report.done, report.skipped), (2, 0));
    assert_eq!(files(to.path()), map(&[("a", "new"), ("b", "new")]));
}

#[tokio::test]
async fn a_move_deletes_only_what_has_arrived() {
    let from = tempfile::tempdir().unwrap();
    write(from.path(), &[("a", "1"), ("b", "2")]);
    let chaos = wrap::ChaosOptions::new(1).fail(1.0).only([Operation::PutObject]);
    let whole = container().await;
    let broken = wrap::chaos(whole.storage(), chaos).container("box").unwrap();
    let options = TransferOptions::new().remove_source(true);
    let report =
        copy(Tree::directory(from.path()), Tree::prefix(&broken, "")).options(options.clone()).await.unwrap();
    assert_eq!(report.failed, 2);
    assert_eq!(files(from.path()), map(&[("a", "1"), ("b", "2")]));
    copy(Tree::directory(from.path()), Tree::prefix(&whole, "")).options(options).await.unwrap();
    assert_eq!(files(from.path()), map(&[]));
    assert_eq!(objects(&whole).await, map(&[("a", "1"), ("b", "2")]));
}

#[tokio::test]
async fn a_plan_says_what_would_be_done_and_does_nothing() {
    use futures_util::StreamExt as _;

    let from = tempfile::tempdir().unwrap();
    write(from.path(), &[("a", "1"), ("b/c", "22")]);
    let container = container().await;
    let plan = copy(Tree::directory(from.path()), Tree::prefix(&container, "p/")).plan().await.unwrap();
    let actions: Vec<Action> = plan.collect().await;
    let names: Vec<_> = actions
        .iter()
        .map(|it| match it {
            Action::Copy(it) => (it.name.as_str(), it.size),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(names, [("a", 1), ("b/c", 2)]);
    assert!(objects(&container).await.is_empty());
}

#[tokio::test]
async fn single_entries_get_the_names_they_are_given() {
    let from = tempfile::tempdir().unwrap();
    write(from.path(), &[("a", "1")]);
    let container = container().await;
    let entry = Entry::of_file(from.path().join("a"), "elsewhere/b").await.unwrap();
    copy_entries(vec![entry], Tree::prefix(&container, "")).await.unwrap();
    assert_eq!(objects(&container).await, map(&[("elsewhere/b", "1")]));
    let entry = Entry::of_object(&container.object("elsewhere/b").unwrap(), "c").await.unwrap();
    copy_entries(vec![entry], Tree::directory(from.path())).await.unwrap();
    assert_eq!(files(from.path()), map(&[("a", "1"), ("c", "1")]));
}
