//! Backups say what they hold, and come back the same.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod support;

use std::fs;

use futures_util::StreamExt as _;
use storage::{ErrorKind, Operation, memory, wrap};
use storage_transfer::{CheckOptions, State, Summary, Tree, Verdict, backup, check, restore};
use support::{container, container_of, files, map, objects, put, write};
use time::macros::datetime;

#[tokio::test]
async fn a_backup_has_a_dated_prefix_a_summary_and_comes_back() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(from.path(), &[("a.txt", "1"), ("deep/b", "22")]);
    let container = container().await;
    let done =
        backup(from.path(), &container, "docs/").clock(|| datetime!(2026-11-21 14:09:12.5 +1)).await.unwrap();
    assert!(done.report.is_complete());
    assert_eq!(done.prefix, "docs/2026-11-21T130912Z/");
    assert_eq!(done.summary_key, "docs/2026-11-21T130912Z.json");
    assert_eq!(done.summary.started, "2026-11-21T13:09:12Z");

    let read = Summary::read(&container, &done.prefix).await.unwrap().unwrap();
    assert_eq!(read, done.summary);
    assert_eq!((read.state, read.items, read.bytes), (State::Complete, 2, 3));
    let info = container.object("docs/2026-11-21T130912Z/deep/b").unwrap().head().await.unwrap();
    assert!(info.metadata.get("source-path").unwrap().ends_with("/deep/b"));

    let back = restore(&container, "docs/2026-11-21T130912Z", to.path()).await.unwrap();
    assert!(back.report.is_complete() && back.missing == 0);
    assert_eq!(back.summary.unwrap(), done.summary);
    assert_eq!(files(to.path()), files(from.path()));
}

#[cfg(unix)]
#[tokio::test]
async fn permissions_come_back() {
    use std::os::unix::fs::PermissionsExt as _;

    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(from.path(), &[("run.sh", "#!")]);
    fs::set_permissions(from.path().join("run.sh"), fs::Permissions::from_mode(0o4750)).unwrap();
    let container = container().await;
    let done = backup(from.path(), &container, "").name("one").await.unwrap();
    restore(&container, done.prefix, to.path()).await.unwrap();
    // The bit that lends the owner's rights is not restored.
    assert_eq!(to.path().join("run.sh").metadata().unwrap().permissions().mode() & 0o7777, 0o750);
}

#[tokio::test]
async fn a_backup_is_never_mixed_with_another_of_its_name() {
    let from = tempfile::tempdir().unwrap();
    write(from.path(), &[("a", "1")]);
    let container = container().await;
    backup(from.path(), &container, "p").name("n").await.unwrap();
    let before = objects(&container).await;
    write(from.path(), &[("a", "2")]);
    let error = backup(from.path(), &container, "p").name("n").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    assert_eq!(objects(&container).await, before);
}

#[tokio::test]
async fn a_partial_backup_names_what_is_missing() {
    let from = tempfile::tempdir().unwrap();
    for number in 0..40 {
        write(from.path(), &[(&format!("{number:02}"), "x")]);
    }
    // The summary is written by the same calls as the files: the seed leaves it alone.
    let (done, container) = {
        let mut seed = 0;
        loop {
            let chaos = wrap::ChaosOptions::new(seed).fail(0.3).only([Operation::PutObject]);
            let container = container_of(&wrap::chaos(&memory::open(), chaos)).await;
            match backup(from.path(), &container, "").name("n").await {
                Ok(done) => break (done, container),
                Err(_) => seed += 1,
            }
        }
    };
    assert_eq!(done.summary.state, State::Partial);
    assert!(done.report.failed > 0);
    assert_eq!(done.summary.items + done.summary.failed, 40);
    assert_eq!(done.summary.failures.len() as u64, done.summary.failed);
    assert_eq!(objects(&container).await.len() as u64, done.summary.items + 1);
}

#[tokio::test]
async fn a_source_that_is_missing_leaves_no_summary() {
    let container = container().await;
    let error = backup("/no/such/directory", &container, "p").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ObjectNotFound);
    assert!(objects(&container).await.is_empty());
}

#[tokio::test]
async fn objects_that_a_backup_counted_and_that_are_gone_are_told() {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(from.path(), &[("a", "1"), ("b", "2")]);
    let container = container().await;
    let done = backup(from.path(), &container, "").name("n").await.unwrap();
    container.object("n/b").unwrap().delete().await.unwrap();
    let back = restore(&container, done.prefix, to.path()).await.unwrap();
    assert_eq!(back.missing, 1);
    assert_eq!(files(to.path()), map(&[("a", "1")]));
}

#[tokio::test]
async fn a_restore_of_nothing_is_an_error() {
    let to = tempfile::tempdir().unwrap();
    let container = container().await;
    let error = restore(&container, "typo", to.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ObjectNotFound);
    put(&container, &[("bad/x", "1"), ("bad.json", "no summary")]).await;
    let error = restore(&container, "bad", to.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
}

#[tokio::test]
async fn a_check_finds_every_difference() {
    let from = tempfile::tempdir().unwrap();
    write(from.path(), &[("same", "1"), ("size", "22"), ("content", "abc"), ("mine", "x"), ("d/same", "2")]);
    let container = container().await;
    put(
        &container,
        &[("same", "1"), ("size", "2"), ("content", "abd"), ("theirs", "y"), ("../odd", ""), ("d/same", "2")],
    )
    .await;
    let (one, two) = (Tree::directory(from.path()), Tree::prefix(&container, ""));
    for read_all in [false, true] {
        let options = CheckOptions::new().read_all(read_all);
        let mut found: Vec<String> = check(&one, &two, &options)
            .await
            .unwrap()
            .map(|it| format!("{} {}", it.name, word(&it.verdict)))
            .collect()
            .await;
        found.sort();
        let want = [
            "../odd only second",
            "content content",
            "d/same same",
            "mine only first",
            "same same",
            "size size",
            "theirs only second",
        ];
        assert_eq!(found, want);
        let turned: Vec<_> = check(&two, &one, &options).await.unwrap().collect().await;
        assert_eq!(turned.len(), want.len());
    }
    let sizes = CheckOptions::new().size_only(true);
    let found: Vec<_> = check(&one, &two, &sizes).await.unwrap().collect().await;
    assert!(found.iter().any(|it| it.name == "content" && matches!(it.verdict, Verdict::Same { .. })));
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Same { .. } => "same",
        Verdict::Size { .. } => "size",
        Verdict::Content => "content",
        Verdict::OnlyInFirst => "only first",
        Verdict::OnlyInSecond => "only second",
        _ => "other",
    }
}
