//! Writes that meet failures: whole or not at all, and nothing left behind unnamed.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::stream;
use storage_core::{ChecksumAlgorithm, Checksums, Container, ErrorKind, Result, Storage, memory};
use storage_testkit::Gate;
use storage_testkit::faulty::{Call, Effect, Faulty, Rule};
use storage_testkit::source::Source;

const MIB: u64 = 1 << 20;

async fn container() -> (Faulty, Container) {
    let faulty = Faulty::new(memory::open().shared_driver());
    let container = faulty.storage().container("c").unwrap();
    container.create().await.unwrap();
    (faulty, container)
}

async fn left(container: &Container) -> (usize, usize) {
    let objects = container.list().try_collect::<Vec<_>>().await.unwrap();
    let uploads = container.incomplete_uploads().try_collect::<Vec<_>>().await.unwrap();
    (objects.len(), uploads.len())
}

#[tokio::test]
async fn fault_050_a_one_shot_source_is_never_asked_twice() {
    let (faulty, container) = container().await;
    faulty.rule(Rule::on(Call::PutPart).nth(3).effect(Effect::Fail(ErrorKind::Unavailable)));
    let source = Source::new(5 * MIB).chunk(100_000);
    let taken = source.taken();
    let upload = container.object("x").unwrap().upload_stream(source).part_size(MIB);
    assert_eq!(upload.await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert!(taken.bytes() <= 5 * MIB);
    assert_eq!(left(&container).await, (0, 0));
}

#[tokio::test]
async fn fault_071_the_first_failing_part_is_reported_and_the_upload_aborted_once() {
    let (faulty, container) = container().await;
    faulty.rule(Rule::on(Call::PutPart).nth(2).effect(Effect::Fail(ErrorKind::PermissionDenied)));
    let upload = container.object("x").unwrap().upload_stream(Source::new(20 * MIB)).part_size(MIB);
    let error = upload.await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::PermissionDenied, Some("put part")));
    assert_eq!((faulty.count(Call::AbortUpload), faulty.count(Call::CompleteUpload)), (1, 0));
    assert_eq!(error.upload_id(), None);
    assert_eq!(left(&container).await, (0, 0));
}

#[tokio::test]
async fn fault_072_an_upload_that_can_t_be_aborted_is_named_and_can_be_cleaned_up() {
    let (faulty, container) = container().await;
    faulty.rule(Rule::on(Call::PutPart).nth(2).effect(Effect::Fail(ErrorKind::Unavailable)));
    faulty.rule(Rule::on(Call::AbortUpload).nth(1).effect(Effect::Fail(ErrorKind::Connect)));
    let upload = container.object("x").unwrap().upload_stream(Source::new(5 * MIB)).part_size(MIB);
    let error = upload.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "the first error counts");
    let uploads = container.incomplete_uploads().try_collect::<Vec<_>>().await.unwrap();
    assert_eq!(error.upload_id(), Some(uploads[0].upload.as_str()));
    assert!(error.to_string().contains("is left behind"), "{error}");
    assert_eq!(container.abort_incomplete(std::time::Duration::ZERO).await.unwrap(), 1);
    assert_eq!(left(&container).await, (0, 0));
}

#[tokio::test]
async fn fault_051_a_future_dropped_at_any_step_leaves_nothing() {
    for call in [Call::CreateUpload, Call::PutPart, Call::CompleteUpload] {
        for behind in [false, true] {
            let (faulty, container) = container().await;
            let gate = Gate::new();
            let effect = if behind { Effect::WaitBehind(gate.clone()) } else { Effect::Wait(gate.clone()) };
            faulty.rule(Rule::on(call).nth(1).effect(effect));
            let object = container.object("x").unwrap();
            let upload = object.upload_stream(Source::new(4 * MIB)).part_size(MIB);
            let task = tokio::spawn(upload.into_future());
            gate.arrived(1).await;
            task.abort();
            assert!(task.await.unwrap_err().is_cancelled());
            gate.open();
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
            let (objects, uploads) = left(&container).await;
            // An answer that was on its way when the future was dropped: the upload may exist without anybody knowing
            // its id, and the object may be whole. Both are found by a listing.
            let applied = behind && call == Call::CompleteUpload;
            let unknown = behind && call == Call::CreateUpload;
            assert_eq!((objects, uploads), (usize::from(applied), usize::from(unknown)), "{call:?} {behind}");
            object.put("the store is usable").await.unwrap();
        }
    }
}

#[tokio::test]
async fn fault_081_parts_that_finish_out_of_order_make_the_same_object() {
    let (faulty, container) = container().await;
    let gate = Gate::new();
    faulty.rule(Rule::on(Call::PutPart).nth(1).effect(Effect::WaitBehind(gate.clone())));
    let object = container.object("x").unwrap();
    let upload = object.upload_stream(Source::new(5 * MIB + 3)).part_size(MIB);
    let task = tokio::spawn(upload.into_future());
    gate.arrived(1).await;
    while faulty.count(Call::PutPart) < 6 {
        tokio::task::yield_now().await;
    }
    gate.open();
    task.await.unwrap().unwrap();
    assert_eq!(object.get().bytes().await.unwrap(), Source::content(5 * MIB + 3));
}

#[tokio::test]
async fn a_lost_answer_to_an_unconditional_write_is_settled_by_a_look() {
    let (faulty, container) = container().await;
    faulty.rule(Rule::on(Call::PutObject).effect(Effect::LoseAnswer(ErrorKind::Ambiguous)));
    faulty.rule(Rule::on(Call::CompleteUpload).effect(Effect::LoseAnswer(ErrorKind::Ambiguous)));
    let object = container.object("x").unwrap();
    object.put("hello").await.unwrap();
    object.upload_stream(Source::new(3 * MIB)).part_size(MIB).await.unwrap();
    assert_eq!(left(&container).await, (1, 0));
    // What was not applied is not made a success of.
    faulty.clear_rules();
    faulty.rule(Rule::on(Call::PutObject).effect(Effect::Fail(ErrorKind::Ambiguous)));
    assert_eq!(object.put("other").await.unwrap_err().kind(), ErrorKind::Ambiguous);
}

#[tokio::test]
async fn fault_039_only_a_nonce_proves_a_conditional_write() {
    let (faulty, container) = container().await;
    let object = container.object("lock").unwrap();
    faulty.rule(Rule::on(Call::PutObject).effect(Effect::LoseAnswer(ErrorKind::Ambiguous)));
    let error = object.put("taken").if_absent().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Ambiguous, "equal bytes prove nothing");
    object.delete().await.unwrap();
    object.put("taken").if_absent().nonce("worker-1").await.unwrap();
    // Somebody else's nonce is no proof either.
    faulty.clear_rules();
    faulty.rule(Rule::on(Call::PutObject).effect(Effect::Fail(ErrorKind::Ambiguous)));
    let error = object.put("taken").if_absent().nonce("worker-2").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Ambiguous);
}

#[tokio::test]
async fn fault_060_checksums_that_do_not_hold_are_found_before_anything_is_sent() {
    let (faulty, container) = container().await;
    let wrong = Checksums::from(ChecksumAlgorithm::Md5.of(b"other"));
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("f"), b"hello").unwrap();
    let object = container.object("x").unwrap();
    let put = object.put("hello").expected(wrong.clone()).await;
    let file = object.upload_file(dir.path().join("f")).expected(wrong.clone()).await;
    let streamed = object.upload_stream(stream::iter([Ok::<_, std::io::Error>(Bytes::from("hello"))]));
    for result in [put, file, streamed.expected(wrong).await] {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::ChecksumMismatch);
    }
    assert_eq!((faulty.count(Call::PutObject), faulty.count(Call::CreateUpload)), (0, 0));
}

#[tokio::test]
async fn fault_064_a_file_that_changes_while_it_is_sent_commits_nothing() {
    let (faulty, container) = container().await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    std::fs::write(&path, vec![1; 3 * MIB as usize]).unwrap();
    let gate = Gate::new();
    faulty.rule(Rule::on(Call::PutPart).nth(2).effect(Effect::Wait(gate.clone())));
    let upload = tokio::spawn(container.object("x").unwrap().upload_file(&path).part_size(MIB).into_future());
    gate.arrived(1).await;
    std::io::Write::write_all(&mut std::fs::File::options().append(true).open(&path).unwrap(), b"more")
        .unwrap();
    gate.open();
    assert_eq!(upload.await.unwrap().unwrap_err().kind(), ErrorKind::SourceMismatch);
    assert_eq!(left(&container).await, (0, 0));
}

#[tokio::test]
async fn fault_169_a_slow_store_holds_a_fast_source_back() {
    let (faulty, container) = container().await;
    let gate = Gate::new();
    faulty.rule(Rule::on(Call::PutPart).effect(Effect::Wait(gate.clone())));
    let source = Source::new(64 * MIB).chunk(64 << 10);
    let taken = source.taken();
    let upload = container.object("x").unwrap().upload_stream(source).part_size(MIB).concurrency(3);
    let task = tokio::spawn(upload.into_future());
    gate.arrived(3).await;
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    // Three parts on their way, the first chunk behind the last of them, and no more.
    assert!(taken.bytes() <= 4 * MIB + (64 << 10), "{}", taken.bytes());
    gate.open();
    task.await.unwrap().unwrap();
}

#[tokio::test]
async fn fault_171_a_thousand_uploads_share_one_budget() {
    const PART: u64 = 32 << 10;
    let (faulty, container) = container().await;
    let flying = Arc::new(AtomicUsize::new(0));
    let gate = Gate::new();
    faulty.rule(Rule::on(Call::PutPart).effect(Effect::Wait(gate.clone())));
    let storage: Storage = container.storage().with_buffer_bytes(8 * PART);
    let container = storage.container("c").unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    let mut taken = Vec::new();
    for n in 0..1000 {
        let source = Source::new(2 * PART + 1).chunk(PART as usize);
        taken.push(source.taken());
        let upload = container.object(format!("{n}")).unwrap().upload_stream(source).part_size(PART);
        let flying = Arc::clone(&flying);
        tasks.spawn(async move {
            let result: Result<_> = upload.await;
            flying.fetch_add(1, Ordering::Relaxed);
            result
        });
    }
    gate.arrived(8).await;
    for _ in 0..500 {
        tokio::task::yield_now().await;
    }
    // A chunk beyond the part tells each upload that it goes on; the rest is the budget.
    let held: u64 = taken.iter().map(|it| it.bytes()).sum();
    assert!(held <= 8 * PART + 8 * PART, "{held}");
    gate.open();
    while let Some(done) = tasks.join_next().await {
        done.unwrap().unwrap();
    }
    assert_eq!(flying.load(Ordering::Relaxed), 1000);
}
