//! A limit is never exceeded, and everything gives its room back.

use std::future::IntoFuture as _;

use futures_util::{FutureExt as _, future};
use storage_core::wrap::{self, Limits};
use storage_core::{GetOptions, ListQuery, ObjectRef, memory};

use crate::calls::{key, name, names};
use crate::container;
use crate::probe::Probe;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_limit_is_never_exceeded() {
    for most in [1, 7, 64] {
        let probe = Probe::new();
        let storage = wrap::limit(&probe.storage(), most);
        let container = container(&storage).await;
        let tasks = (0..200).map(|task| {
            let object = container.object(format!("{task}")).unwrap();
            tokio::spawn(async move {
                object.put(vec![b'x'; task]).await.unwrap();
                assert_eq!(object.get().bytes().await.unwrap().len(), task);
                object.container().list().prefix("1").page(None).await.unwrap();
                object.delete().await.unwrap();
            })
        });
        future::try_join_all(tasks).await.unwrap();
        assert!(probe.gauge().most() <= most, "{} of {most}", probe.gauge().most());
        assert_eq!((probe.gauge().now(), probe.take_log().len()), (0, 801));
    }
}

#[tokio::test]
async fn a_limit_is_used_up() {
    let probe = Probe::new();
    let container = container(&wrap::limit(&probe.storage(), 5)).await;
    let puts = (0..200).map(|at| container.object(format!("{at}")).unwrap().put("x").into_future());
    future::try_join_all(puts).await.unwrap();
    assert_eq!(probe.gauge().most(), 5);
}

#[tokio::test]
async fn dropped_futures_give_their_room_back() {
    let probe = Probe::new();
    let container = container(&wrap::limit(&probe.storage(), 1)).await;
    for _ in 0..50 {
        let mut inside = container.object("a").unwrap().put("x").into_future();
        let mut waiting = container.object("b").unwrap().put("x").into_future();
        assert!((&mut inside).now_or_never().is_none() && (&mut waiting).now_or_never().is_none());
        assert_eq!(probe.gauge().now(), 1);
        drop(waiting);
        drop(inside);
        assert_eq!(probe.gauge().now(), 0);
    }
    container.object("c").unwrap().put("x").await.unwrap();
    assert_eq!(probe.gauge().most(), 1);
    assert!(!probe.take_log().contains(&"put object: c/b".to_owned()), "who waits has sent nothing");
}

#[tokio::test]
async fn a_body_holds_its_room_until_it_is_read_or_dropped() {
    let container = container(&wrap::limit(&Probe::new().storage(), 1)).await;
    let object = container.object("a").unwrap();
    object.put("12345").await.unwrap();
    let driver = container.storage().shared_driver();
    let read = || async {
        let (c, key) = (name("c"), key("a"));
        driver.get_object(ObjectRef::new(&c, &key), &GetOptions::new()).await.unwrap().body
    };

    let body = read().await;
    let other = tokio::spawn(object.put("67890").into_future());
    settle().await;
    assert!(!other.is_finished(), "the body is still there");
    drop(body);
    other.await.unwrap().unwrap();

    let mut body = read().await;
    assert_eq!(body.next().await.unwrap().unwrap(), "67890");
    assert!(body.next().await.is_none());
    object.put("after the end").await.unwrap();
    assert!(body.next().await.is_none(), "an ended body stays ended");
}

#[tokio::test]
async fn limits_of_a_class_do_not_hold_up_another() {
    let container = container(&wrap::limit(&memory::open(), Limits::new().reads(1).writes(1).lists(1))).await;
    let object = container.object("a").unwrap();
    object.put("12345").await.unwrap();
    let body = object.get().await.unwrap();
    object.put("other").await.unwrap();
    assert_eq!(names(&container, ListQuery::new()).await.unwrap(), ["a"]);
    let second = tokio::spawn(object.clone().get().into_future());
    settle().await;
    assert!(!second.is_finished());
    drop(body);
    second.await.unwrap().unwrap();
}

/// Gives up control so often that every task which can go on has done so.
async fn settle() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}
