//! Failures on purpose come from the seed alone, and leave nothing torn.

use std::collections::BTreeMap;
use std::future::IntoFuture as _;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use storage_core::wrap::{self, ChaosOptions};
use storage_core::{CreateOptions, ErrorKind, ListQuery, ObjectRef, Operation, PutOptions, memory};

use crate::calls::{key, name, names};
use crate::container;

#[tokio::test]
async fn chaos_is_the_same_for_a_seed_in_any_order() {
    let first = fates(7, 0..100).await;
    assert_eq!(fates(7, (0..100).rev()).await, first);
    assert_ne!(fates(8, 0..100).await, first);
    let failed = first.values().flatten().filter(|it| it.is_some()).count();
    // 0.3 and 0.7 times 0.3 of 400 is 204.
    assert!((150..260).contains(&failed), "{failed}");
}

#[tokio::test]
async fn chaos_leaves_other_operations_alone() {
    let chaos = ChaosOptions::new(7).fail(1.0).only([Operation::DeleteObject]);
    let container = container(&wrap::chaos(&memory::open(), chaos)).await;
    container.object("a").unwrap().put("x").await.unwrap();
    assert!(container.object("a").unwrap().delete().await.unwrap_err().is_retryable());
    assert!(container.object("a").unwrap().exists().await.unwrap());
}

#[tokio::test]
async fn an_ambiguous_write_is_carried_out_and_says_what_is_known() {
    let bare = memory::open();
    let chaos = wrap::chaos(&bare, ChaosOptions::new(7).ambiguous(1.0));
    // Handles may find out what became of a write; the driver says what its caller is told.
    let (driver, c) = (chaos.driver(), name("c"));
    let error = driver.create_container(&c, &CreateOptions::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Ambiguous);
    for (text, options, kind) in [
        ("a", PutOptions::new(), ErrorKind::Timeout),
        ("b", PutOptions::new().if_absent(), ErrorKind::Ambiguous),
    ] {
        let key = key(text);
        let error = driver.put_object(ObjectRef::new(&c, &key), "x".into(), &options).await.unwrap_err();
        assert_eq!(error.kind(), kind);
        let object = chaos.container("c").unwrap().object(text).unwrap();
        assert_eq!(
            object.get().text().await.unwrap(),
            "x",
            "it was carried out, and reads are never ambiguous"
        );
    }
    assert_eq!(names(&bare.container("c").unwrap(), ListQuery::new()).await.unwrap(), ["a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn an_upload_through_chaos_fails_or_is_whole() {
    let bytes: Bytes = (0..100_000_u32).flat_map(u32::to_le_bytes).collect::<Vec<_>>().into();
    let (mut whole, mut failed, mut ambiguous) = (0, 0, 0);
    for seed in 0..200 {
        let bare = memory::open();
        let quiet = container(&bare).await;
        let chaos = wrap::chaos(&bare, ChaosOptions::new(seed).fail(0.02).ambiguous(0.04));
        let (storage, metrics) = wrap::metrics(&chaos);
        let object = storage.container("c").unwrap().object("a").unwrap();
        let pieces = (0..8).map(|at| Ok::<_, std::io::Error>(bytes.slice(at * 50_000..(at + 1) * 50_000)));
        let sent = object.upload_stream(stream::iter(pieces.collect::<Vec<_>>())).part_size(30_000).await;
        let found = quiet.object("a").unwrap();
        let stored = match found.exists().await.unwrap() {
            true => Some(found.get().bytes().await.unwrap()),
            false => None,
        };
        assert!(stored.as_ref().is_none_or(|it| *it == bytes), "seed {seed}: torn");
        match sent {
            Ok(_) => {
                assert!(stored.is_some(), "seed {seed}: acknowledged and lost");
                whole += 1;
            }
            Err(_) => failed += 1,
        }
        let completed = metrics.snapshot().of(Operation::CompleteUpload);
        ambiguous += completed.errors.iter().filter(|(kind, _)| *kind == ErrorKind::Ambiguous).count();
    }
    assert!(whole > 20 && failed > 20 && ambiguous > 0, "{whole} {failed} {ambiguous}");
}

#[tokio::test(start_paused = true)]
async fn a_download_through_cut_bodies_is_whole() {
    let bytes: Bytes = (0..10_000_u32).flat_map(u32::to_le_bytes).collect::<Vec<_>>().into();
    for seed in 0..50 {
        let (counted, metrics) = wrap::metrics(&memory::open());
        let chaos = wrap::chaos(&counted, ChaosOptions::new(seed).cut(0.6));
        let container = container(&chaos).await;
        let object = container.object("a").unwrap();
        object.put(bytes.clone()).await.unwrap();
        match object.get().bytes().await {
            Ok(found) => assert_eq!(found, bytes),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Truncated),
        }
        assert!(metrics.snapshot().of(Operation::GetObject).calls >= 1);
    }
}

/// What becomes of each of many puts and gets, made in the order of these numbers.
async fn fates(seed: u64, order: impl Iterator<Item = u32>) -> BTreeMap<u32, Vec<Option<ErrorKind>>> {
    let chaos = ChaosOptions::new(seed).fail(0.3).ambiguous(0.3).only([Operation::PutObject]);
    let container = container(&wrap::chaos(&memory::open(), chaos)).await;
    let mut fates = BTreeMap::new();
    for at in order {
        let object = container.object(format!("{at}")).unwrap();
        let results = stream::iter(0..4).then(|_| object.put("x").into_future());
        fates.insert(at, results.map(|it| it.err().map(|error| error.kind())).collect().await);
    }
    fates
}
