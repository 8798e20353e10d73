//! Reads that meet failures: no wrong byte, no endless attempt, nothing left behind.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use bytes::Bytes;
use storage_core::{ETag, ErrorKind, Object, Result, Storage, memory};
use storage_testkit::TestRuntime;
use storage_testkit::faulty::{Call, Effect, Faulty, Rule};

const MIB: u64 = 1 << 20;

/// An object of some bytes behind a driver that can fail, on a clock that jumps.
async fn object(bytes: &Bytes) -> (Faulty, Object, TestRuntime) {
    let faulty = Faulty::new(memory::open().shared_driver());
    let runtime = TestRuntime::skipping(1);
    let storage = Storage::with_runtime(Arc::new(faulty.clone()), Arc::new(runtime.clone()));
    let container = storage.container("c").unwrap();
    container.create().await.unwrap();
    let object = container.object("x").unwrap();
    object.put(bytes.clone()).await.unwrap();
    faulty.clear_calls();
    (faulty, object, runtime)
}

fn pattern(len: u64) -> Bytes {
    (0..len).map(|at| (at % 251) as u8).collect::<Vec<_>>().into()
}

/// Reads a body to its end or error, and returns what was handed out.
async fn drain(object: &Object) -> (Vec<u8>, Result<()>) {
    let mut all = Vec::new();
    let mut body = match object.get().await {
        Ok(body) => body,
        Err(error) => return (all, Err(error)),
    };
    while let Some(chunk) = body.next().await {
        match chunk {
            Ok(chunk) => all.extend_from_slice(&chunk),
            Err(error) => return (all, Err(error)),
        }
    }
    (all, Ok(()))
}

#[tokio::test]
async fn fault_015_a_body_cut_once_is_resumed_where_it_broke() {
    let bytes = pattern(10_000);
    for effect in [Effect::CutBody(1000), Effect::EndBody(1000), Effect::FailBody(0, ErrorKind::Connect)] {
        let (faulty, object, runtime) = object(&bytes).await;
        faulty.rule(Rule::on(Call::GetObject).nth(1).effect(effect));
        let (got, result) = drain(&object).await;
        result.unwrap();
        assert_eq!(got, bytes);
        assert_eq!(faulty.count(Call::GetObject), 2);
        assert_eq!(runtime.slept().len(), 1);
    }
}

#[tokio::test]
async fn fault_016_a_body_cut_for_ever_is_truncated() {
    let bytes = pattern(10_000);
    let (faulty, object, _) = object(&bytes).await;
    faulty.rule(Rule::on(Call::GetObject).nth(1).effect(Effect::CutBody(1000)));
    faulty.rule(Rule::on(Call::GetObject).from(2).effect(Effect::EndBody(0)));
    let (got, result) = drain(&object).await;
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Truncated);
    assert!(error.message().contains("1000 of 10000"), "{error}");
    assert_eq!(got, bytes[..1000]);
    assert_eq!(faulty.count(Call::GetObject), 6, "the first and five more");
}

#[tokio::test]
async fn a_request_that_the_driver_gave_up_is_not_repeated() {
    let (faulty, object, _) = object(&pattern(10_000)).await;
    faulty.rule(Rule::on(Call::GetObject).nth(1).effect(Effect::CutBody(1000)));
    faulty.rule(Rule::on(Call::GetObject).from(2).effect(Effect::Fail(ErrorKind::Unavailable)));
    let (_, result) = drain(&object).await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(faulty.count(Call::GetObject), 2);
}

#[tokio::test]
async fn fault_024_a_whole_body_for_a_range_is_an_error() {
    let (faulty, object, _) = object(&pattern(10_000)).await;
    faulty.rule(Rule::on(Call::GetObject).effect(Effect::IgnoreRange));
    let error = object.get().range(10..20).bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
}

#[tokio::test]
async fn fault_028_an_object_overwritten_in_mid_read_is_never_mixed() {
    let bytes = pattern(10_000);
    // A store that honours the pin refuses; one that does not is found by the entity tag.
    for effect in [None, Some(Effect::ETag(ETag::from("other")))] {
        let (faulty, object, _) = object(&bytes).await;
        faulty.rule(Rule::on(Call::GetObject).nth(1).effect(Effect::CutBody(1000)));
        if let Some(effect) = effect.clone() {
            faulty.rule(Rule::on(Call::GetObject).from(2).effect(effect));
        }
        let mut body = object.get().await.unwrap();
        assert_eq!(body.next().await.unwrap().unwrap(), bytes[..1000]);
        if effect.is_none() {
            object.put(Bytes::from(vec![7; 10_000])).await.unwrap();
        }
        assert_eq!(body.next().await.unwrap().unwrap_err().kind(), ErrorKind::Changed);
        assert!(body.next().await.is_none());
    }
}

#[tokio::test]
async fn fault_028_a_file_is_never_gathered_from_two_objects() {
    let dir = tempfile::tempdir().unwrap();
    let (faulty, object, _) = object(&pattern(4 * MIB)).await;
    // The store ignores the pin and answers later ranges from another object.
    faulty.rule(Rule::on(Call::GetObject).from(2).effect(Effect::ETag(ETag::from("other"))));
    let path = dir.path().join("x");
    std::fs::write(&path, "old").unwrap();
    let error = object.download_file(&path).overwrite(true).part_size(MIB).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Changed);
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "the partial file is gone");
    assert_eq!(object.get_ranges(&[0..5, 9..12]).await.unwrap_err().kind(), ErrorKind::Changed);
}

#[tokio::test]
async fn fault_029_without_an_entity_tag_a_broken_body_is_not_appended_to() {
    let bytes = pattern(10_000);
    let (faulty, object, _) = object(&bytes).await;
    faulty.rule(Rule::on(Call::GetObject).effect(Effect::NoETag));
    faulty.rule(Rule::on(Call::GetObject).nth(1).effect(Effect::CutBody(1000)));
    let (got, result) = drain(&object).await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Truncated);
    assert_eq!(got, bytes[..1000]);
    assert_eq!(faulty.count(Call::GetObject), 1);
}

#[tokio::test]
async fn fault_029_without_an_entity_tag_a_file_comes_as_one_stream() {
    let dir = tempfile::tempdir().unwrap();
    let bytes = pattern(4 * MIB);
    let (faulty, object, _) = object(&bytes).await;
    faulty.rule(Rule::on(Call::GetObject).effect(Effect::NoETag));
    faulty.rule(Rule::on(Call::HeadObject).effect(Effect::NoETag));
    object.download_file(dir.path().join("x")).part_size(MIB).await.unwrap();
    assert_eq!(std::fs::read(dir.path().join("x")).unwrap(), bytes);
    assert_eq!(faulty.count(Call::GetObject), 2, "the first range, then all of it");
}

#[tokio::test]
async fn fault_028_a_body_of_several_ranges_is_never_made_of_two_objects() {
    let (faulty, object, _) = object(&pattern(4 * MIB)).await;
    faulty.rule(Rule::on(Call::GetObject).from(3).effect(Effect::ETag(ETag::from("other"))));
    let error = object.get().part_size(MIB).concurrency(3).bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Changed);
    faulty.clear_rules();
    let mut body = object.get().part_size(MIB).concurrency(3).await.unwrap();
    object.put(Bytes::from(vec![7; 4 * MIB as usize])).await.unwrap();
    let error = loop {
        match body.next().await.unwrap() {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Changed);
    assert!(body.next().await.is_none());
}

#[tokio::test]
async fn fault_029_without_an_entity_tag_a_body_comes_in_one_request() {
    let bytes = pattern(4 * MIB);
    let (faulty, object, _) = object(&bytes).await;
    faulty.rule(Rule::on(Call::GetObject).effect(Effect::NoETag));
    let got = object.get().part_size(MIB).concurrency(4).bytes().await.unwrap();
    assert_eq!(got, bytes);
    assert_eq!(faulty.count(Call::GetObject), 2, "the first range, then all of it");
}

#[tokio::test]
async fn fault_015_one_of_several_ranges_is_resumed_where_it_broke() {
    let bytes = pattern(4 * MIB);
    for broken in 1..5 {
        let (faulty, object, runtime) = object(&bytes).await;
        faulty.rule(Rule::on(Call::GetObject).nth(broken).effect(Effect::CutBody(1000)));
        let got = object.get().part_size(MIB).concurrency(4).bytes().await.unwrap();
        assert_eq!(got, bytes);
        assert_eq!(runtime.slept().len(), 1, "range {broken}");
    }
}

#[tokio::test]
async fn fault_055_a_body_of_several_ranges_is_verified_as_a_whole() {
    let bytes = pattern(4 * MIB);
    let (faulty, object, _) = object(&bytes).await;
    faulty.rule(Rule::on(Call::GetObject).effect(Effect::NoChecksums));
    faulty.rule(Rule::on(Call::GetObject).nth(3).effect(Effect::FlipBit(9)));
    let mut body = object.get().part_size(MIB).concurrency(4).await.unwrap();
    let mut got = 0;
    let error = loop {
        match body.next().await.unwrap() {
            Ok(chunk) => got += chunk.len() as u64,
            Err(error) => break error,
        }
    };
    assert_eq!((error.kind(), got < 4 * MIB), (ErrorKind::ChecksumMismatch, true));
    assert_eq!(faulty.count(Call::HeadObject), 1);
}

#[tokio::test]
async fn fault_168_a_slow_reader_holds_no_more_than_the_ranges_on_their_way() {
    let (faulty, object, _) = object(&pattern(8 * MIB)).await;
    let mut body = object.get().part_size(MIB).concurrency(4).await.unwrap();
    assert_eq!(faulty.count(Call::GetObject), 1, "nothing is fetched before it is read");
    body.next().await.unwrap().unwrap();
    assert!(faulty.count(Call::GetObject) <= 5);
}

#[tokio::test]
async fn fault_055_a_flipped_bit_is_found_before_the_last_byte_is_given_away() {
    let bytes = pattern(600);
    let (faulty, object, _) = object(&bytes).await;
    faulty.rule(Rule::on(Call::GetObject).effect(Effect::FlipBit(500)));
    let (got, result) = drain(&object).await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::ChecksumMismatch);
    assert!(got.len() < 600);
    assert_eq!(faulty.count(Call::GetObject), 1);
}

#[tokio::test]
async fn fault_070_a_damaged_download_leaves_the_old_file_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x");
    std::fs::write(&path, "old").unwrap();
    for (size, nth) in [(600, 1), (4 * MIB, 3)] {
        let (faulty, object, _) = object(&pattern(size)).await;
        faulty.rule(Rule::on(Call::GetObject).nth(nth).effect(Effect::FlipBit(500)));
        let download = object.download_file(&path).overwrite(true).part_size(MIB);
        assert_eq!(download.await.unwrap_err().kind(), ErrorKind::ChecksumMismatch);
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}

#[tokio::test]
async fn fault_070_a_range_without_checksums_is_verified_by_a_head() {
    let dir = tempfile::tempdir().unwrap();
    let bytes = pattern(4 * MIB);
    let (faulty, object, _) = object(&bytes).await;
    faulty.rule(Rule::on(Call::GetObject).effect(Effect::NoChecksums));
    let done = object.download_file(dir.path().join("x")).part_size(MIB).await.unwrap();
    assert!(done.verified.is_some());
    assert_eq!((faulty.count(Call::HeadObject), faulty.count(Call::GetObject)), (1, 4));
    faulty.rule(Rule::on(Call::GetObject).nth(3).effect(Effect::FlipBit(9)));
    let error = object.download_file(dir.path().join("y")).part_size(MIB).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ChecksumMismatch);
}

#[tokio::test]
async fn a_kept_partial_file_is_named_by_the_error() {
    let dir = tempfile::tempdir().unwrap();
    let (faulty, object, _) = object(&pattern(4 * MIB)).await;
    faulty.rule(Rule::on(Call::GetObject).nth(3).effect(Effect::Fail(ErrorKind::Unavailable)));
    let download = object.download_file(dir.path().join("x")).keep_partial(true).part_size(MIB);
    let error = download.await.unwrap_err();
    let left = std::fs::read_dir(dir.path()).unwrap().next().unwrap().unwrap().path();
    assert!(error.to_string().contains(&*left.to_string_lossy()), "{error}");
}

#[tokio::test]
async fn fault_051_a_dropped_download_removes_its_file() {
    let dir = tempfile::tempdir().unwrap();
    let (faulty, object, _) = object(&pattern(4 * MIB)).await;
    let gate = storage_testkit::Gate::new();
    faulty.rule(Rule::on(Call::GetObject).nth(2).effect(Effect::Wait(gate.clone())));
    let download = tokio::spawn(object.download_file(dir.path().join("x")).part_size(MIB).into_future());
    gate.arrived(1).await;
    download.abort();
    assert!(download.await.unwrap_err().is_cancelled());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    gate.open();
    object.get().bytes().await.unwrap();
}

#[tokio::test]
async fn fault_098_a_page_that_fails_is_no_end() {
    let (faulty, object, _) = object(&pattern(1)).await;
    let container = object.container();
    for n in 0..10 {
        container.object(format!("k{n}")).unwrap().put("x").await.unwrap();
    }
    faulty.rule(Rule::on(Call::ListObjects).nth(3).effect(Effect::Fail(ErrorKind::Unavailable)));
    let mut entries = container.list().page_size(3);
    let mut seen = 0;
    let error = loop {
        match entries.next().await {
            Some(Ok(_)) => seen += 1,
            Some(Err(error)) => break error,
            None => unreachable!("an error came before the end"),
        }
    };
    assert_eq!((seen, error.kind()), (6, ErrorKind::Unavailable));
    assert!(entries.next().await.is_none());
    faulty.clear_rules();
    faulty.rule(Rule::on(Call::ListObjects).nth(3).effect(Effect::Fail(ErrorKind::Unavailable)));
    assert!(container.list().page_size(3).try_collect::<Vec<_>>().await.is_err());
}

#[tokio::test]
async fn fault_093_a_store_that_names_the_same_page_again_is_found() {
    let (faulty, object, _) = object(&pattern(1)).await;
    for n in 0..10 {
        object.container().object(format!("k{n}")).unwrap().put("x").await.unwrap();
    }
    faulty.rule(Rule::on(Call::ListObjects).from(2).effect(Effect::LoopPage));
    let error = object.container().list().page_size(2).try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ListingLoop);
    assert!(faulty.count(Call::ListObjects) <= 3);
}

#[tokio::test]
async fn fault_168_a_slow_reader_holds_no_more_than_a_chunk() {
    let bytes = pattern(64 * 1024);
    let (faulty, object, _) = object(&bytes).await;
    let gate = storage_testkit::Gate::new();
    faulty.rule(Rule::on(Call::GetObject).effect(Effect::PauseBody(1000, gate.clone())));
    let mut body = object.get().await.unwrap();
    // Nothing is read ahead of the caller: the body has not reached the pause before it is asked.
    assert_eq!(gate.arrivals(), 0);
    assert_eq!(body.next().await.unwrap().unwrap(), bytes[..1000]);
    assert_eq!(gate.arrivals(), 0);
    gate.open();
    while let Some(chunk) = body.next().await {
        chunk.unwrap();
    }
}
