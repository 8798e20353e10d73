//! Wrappers: the contract holds through each, and each keeps its own promise.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod calls;
mod chaos;
mod limit;
mod metrics;
mod prefix;
mod probe;

use storage_core::wrap::{self, ChaosOptions};
use storage_core::{Container, Operation, Storage, memory};

use self::calls::{every_call, story};
use self::probe::Probe;

#[tokio::test]
async fn the_contract_holds_through_every_wrapper() {
    let bare = story(&memory::open()).await;
    assert!(bare.len() > 50);
    let quiet = ChaosOptions::new(1);
    for (name, wrapped) in [
        ("limit", wrap::limit(&memory::open(), 1)),
        ("metrics", wrap::metrics(&memory::open()).0),
        ("chaos", wrap::chaos(&memory::open(), quiet)),
        ("prefix", wrap::prefix(&memory::open(), "a/very/deep/").unwrap()),
        ("no slash", wrap::prefix(&memory::open(), "p").unwrap()),
        ("empty", wrap::prefix(&memory::open(), "").unwrap()),
        ("two", wrap::prefix(&wrap::prefix(&memory::open(), "x/").unwrap(), "y/").unwrap()),
    ] {
        assert_eq!(story(&wrapped).await, bare, "{name}");
    }
}

#[tokio::test]
async fn every_call_goes_through_once_and_is_counted_once() {
    let bare = Probe::new();
    every_call(&*bare).await.unwrap();
    let expected = bare.take_log();

    let probe = Probe::new();
    let (counted, metrics) = wrap::metrics(&probe.storage());
    let wrapped = wrap::chaos(&wrap::limit(&counted, 1), ChaosOptions::new(1));
    every_call(wrapped.driver()).await.unwrap();
    assert_eq!(probe.take_log(), expected);
    assert_eq!((probe.gauge().now(), probe.gauge().most()), (0, 1));

    let counts = metrics.snapshot();
    for operation in Operation::ALL {
        let calls = expected.iter().filter(|line| line.starts_with(&format!("{operation}: "))).count() as u64;
        let found = counts.of(*operation);
        assert!(calls > 0, "{operation} is not asked");
        assert_eq!((found.calls, found.succeeded, found.running), (calls, calls, 0), "{operation}");
    }
    assert_eq!(counts.calls(), expected.len() as u64);
    let bytes = [Operation::PutObject, Operation::PutPart].map(|it| counts.of(it).sent_bytes);
    assert_eq!((bytes, counts.of(Operation::GetObject).received_bytes), ([5, 3], 5));
}

#[tokio::test]
async fn a_wrapper_has_the_groups_of_the_driver_inside() {
    for wrapped in [
        wrap::limit(&memory::open(), 1),
        wrap::metrics(&memory::open()).0,
        wrap::prefix(&memory::open(), "p/").unwrap(),
    ] {
        let it = wrapped.driver();
        assert!(it.multipart().is_some() && it.bulk_delete().is_some() && it.incomplete_uploads().is_some());
        assert!(it.tags().is_some() && it.metadata().is_some() && it.rename().is_some());
        assert!(it.presign().is_none() && it.versions().is_none() && it.acl().is_none());
        assert!(it.website().is_none() && it.public_url().is_none());
    }
}

pub(crate) async fn container(storage: &Storage) -> Container {
    let container = storage.container("c").unwrap();
    container.create().await.unwrap();
    container
}
