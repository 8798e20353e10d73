//! Every call is counted, by how it ended.

use std::collections::HashMap;
use std::future::IntoFuture as _;
use std::sync::Arc;

use futures_util::{FutureExt as _, StreamExt as _, future};
use storage_core::wrap::{self, ChaosOptions};
use storage_core::{ErrorKind, GetOptions, ObjectRef, Operation, memory};

use crate::calls::key;
use crate::container;
use crate::probe::Probe;

#[tokio::test]
async fn metrics_count_every_end() {
    let (storage, metrics) = wrap::metrics(&Probe::new().storage());
    let container = container(&storage).await;
    let object = container.object("a").unwrap();
    object.put("12345").await.unwrap();
    object.put("").await.unwrap();
    object.put("1234567").await.unwrap();
    drop(object.put("x").into_future().now_or_never());
    assert_eq!(object.put("x").if_absent().await.unwrap_err().kind(), ErrorKind::AlreadyExists);
    let put = metrics.snapshot().of(Operation::PutObject);
    assert_eq!((put.calls, put.succeeded, put.failed, put.abandoned, put.running), (5, 3, 1, 1, 0));
    assert_eq!((put.sent_bytes, put.errors), (12, vec![(ErrorKind::AlreadyExists, 1)]));

    let body = object.get().await.unwrap();
    assert_eq!(metrics.snapshot().of(Operation::GetObject).running, 1);
    drop(body);
    object.get().bytes().await.unwrap();
    object.get().range(1..3).bytes().await.unwrap();
    object.get().range(70..).bytes().await.unwrap_err();
    container.object("none").unwrap().get().await.unwrap_err();
    let get = metrics.snapshot().of(Operation::GetObject);
    assert_eq!((get.calls, get.succeeded, get.failed, get.abandoned, get.running), (5, 2, 2, 1, 0));
    assert_eq!(get.received_bytes, 9);
    let errors: HashMap<_, _> = get.errors.into_iter().collect();
    assert_eq!(errors, [(ErrorKind::InvalidRange, 1), (ErrorKind::ObjectNotFound, 1)].into());
    let called: Vec<_> = metrics.snapshot().iter().map(|it| it.operation).collect();
    assert_eq!(called, [Operation::CreateContainer, Operation::PutObject, Operation::GetObject]);
}

#[tokio::test]
async fn metrics_count_a_body_that_breaks_as_failed() {
    let chaos = wrap::chaos(&memory::open(), ChaosOptions::new(3).cut(1.0));
    let (storage, metrics) = wrap::metrics(&chaos);
    let c = container(&storage).await;
    c.object("a").unwrap().put("12345").await.unwrap();
    let target = key("a");
    let outcome = storage.driver().get_object(ObjectRef::new(c.name(), &target), &GetOptions::new()).await;
    let pieces: Vec<_> = outcome.unwrap().body.collect().await;
    assert_eq!(pieces.last().unwrap().as_ref().unwrap_err().kind(), ErrorKind::Truncated);
    let get = metrics.snapshot().of(Operation::GetObject);
    assert_eq!((get.calls, get.failed, get.errors), (1, 1, vec![(ErrorKind::Truncated, 1)]));
    assert!(get.received_bytes < 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn metrics_lose_nothing_between_threads() {
    let (storage, metrics) = wrap::metrics(&memory::open());
    let container = container(&storage).await;
    let tasks = (0..200).map(|task| {
        let object = container.object(format!("{task}")).unwrap();
        tokio::spawn(async move {
            for _ in 0..20 {
                object.put("123").await.unwrap();
                object.get().bytes().await.unwrap();
            }
        })
    });
    future::try_join_all(tasks).await.unwrap();
    let counts = metrics.snapshot();
    let (put, get) = (counts.of(Operation::PutObject), counts.of(Operation::GetObject));
    assert_eq!((put.calls, put.succeeded, put.sent_bytes), (4000, 4000, 12_000));
    assert_eq!((get.calls, get.succeeded, get.received_bytes), (4000, 4000, 12_000));
}

#[tokio::test]
async fn a_storage_keeps_its_wrapper_when_it_is_shared() {
    let (storage, metrics) = wrap::metrics(&memory::open());
    let clone = Arc::new(storage.with_buffer_bytes(1 << 20));
    container(&clone).await;
    assert_eq!(metrics.snapshot().of(Operation::CreateContainer).calls, 1);
}
