//! A view of a prefix asks, shows and changes nothing outside.

use storage_core::wrap;
use storage_core::{ContainerQuery, ErrorKind, ListQuery, ObjectRef, PutOptions, Storage, UploadId, memory};

use crate::calls::{container_reads, container_writes, key, name, names, object_calls};
use crate::container;
use crate::probe::Probe;

#[tokio::test]
async fn a_view_asks_only_below_its_prefix() {
    let probe = Probe::new();
    let view = wrap::prefix(&probe.storage(), "p/").unwrap();
    let c = container(&view).await.name().clone();
    probe.take_log();
    object_calls(view.driver(), &c).await.unwrap();
    let log = probe.take_log();
    assert_eq!(log.len(), 27);
    for line in &log {
        let keys: Vec<_> = line.split([' ', ',']).filter(|word| word.contains('/')).collect();
        assert!(!keys.is_empty(), "{line}");
        assert!(keys.iter().all(|it| it.starts_with("c/p/") || it.starts_with("p/")), "{line}");
    }

    container_reads(view.driver(), &c).await.unwrap();
    probe.take_log();
    for refused in container_writes(view.driver(), &c).await {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Unsupported);
    }
    let url = view.container("c").unwrap().public_url().await;
    assert_eq!(url.unwrap_err().kind(), ErrorKind::Unsupported);
    assert_eq!(probe.take_log(), [""; 0], "nothing of it was sent");
    assert!(view.driver().website().is_none());
    assert_eq!(view.container("c").unwrap().cdn().await.unwrap().urls, []);
    let url = view.container("c").unwrap().object("a").unwrap().public_url().await.unwrap();
    assert_eq!(url, "c/p/a");
}

#[tokio::test]
async fn a_view_never_shows_what_lies_outside() {
    let probe = Probe::new();
    let all = container(&probe.storage()).await;
    for outside in ["p", "p.", "p0", "o/z", "q/a", "P/a", "a", "p/"] {
        all.object(outside).unwrap().put("secret").await.unwrap();
    }
    for inside in ["p/a", "p/b/c", "p/b/d", "p/p/a"] {
        all.object(inside).unwrap().put("mine").await.unwrap();
    }
    let view = wrap::prefix(&probe.storage(), "p/").unwrap();
    let seen = view.container("c").unwrap();
    let list = async |query: ListQuery| names(&seen, query).await.unwrap();
    assert_eq!(list(ListQuery::new()).await, ["a", "b/c", "b/d", "p/a"]);
    assert_eq!(list(ListQuery::new().limit(1_u32)).await, ["a", "b/c", "b/d", "p/a"]);
    assert_eq!(list(ListQuery::new().delimiter("/")).await, ["a", "b/", "p/"]);
    assert_eq!(list(ListQuery::new().start_after("b/c")).await, ["b/d", "p/a"]);
    assert_eq!(list(ListQuery::new().prefix("p/")).await, ["p/a"]);
    assert_eq!(list(ListQuery::new().prefix("../")).await, [""; 0]);

    let driver = view.driver();
    let versions = driver.versions().unwrap().list_versions(seen.name(), &Default::default()).await.unwrap();
    let keys: Vec<_> = versions.items.iter().map(|it| it.object.key.as_str()).collect();
    assert_eq!(keys, ["a", "b/c", "b/d", "p/a"], "what the store should not have sent is left out");
    for key in ["p", "p.", "q/a", "../q/a", "P/a"] {
        assert!(!seen.object(key).unwrap().exists().await.unwrap(), "{key}");
    }
    for info in driver.list_containers(&ContainerQuery::new()).await.unwrap().items {
        assert_eq!((info.object_count, info.total_bytes), (None, None));
    }
    assert_eq!(seen.info().await.unwrap().object_count, None);
}

#[tokio::test]
async fn uploads_of_a_view_are_not_seen_by_another() {
    let bare = memory::open();
    let [one, two] = ["1/", "2/"].map(|prefix| wrap::prefix(&bare, prefix).unwrap());
    let c = container(&bare).await.name().clone();
    let key = key("k");
    let target = ObjectRef::new(&c, &key);
    let parts = one.driver().multipart().unwrap();
    let upload: UploadId = parts.create_upload(target, &PutOptions::new()).await.unwrap();
    let pending = async |storage: &Storage| {
        let container = storage.container("c").unwrap();
        let found = container.incomplete_uploads().try_collect::<Vec<_>>().await.unwrap();
        found.into_iter().map(|it| it.key.to_string()).collect::<Vec<_>>()
    };
    assert_eq!((pending(&one).await, pending(&two).await), (vec!["k".into()], vec![]));
    two.driver().multipart().unwrap().abort_upload(target, &upload).await.unwrap();
    assert_eq!(two.container("c").unwrap().abort_incomplete(std::time::Duration::ZERO).await.unwrap(), 0);
    assert_eq!(pending(&bare).await, ["1/k"]);
}

#[tokio::test]
async fn keys_of_a_view_are_shorter_by_its_prefix() {
    let view = wrap::prefix(&memory::open(), "1234567890").unwrap();
    let container = container(&view).await;
    assert_eq!(view.driver().capabilities(None).await.unwrap().max_key_bytes, 1014);
    container.object("k".repeat(1014)).unwrap().put("x").await.unwrap();
    let error = container.object("k".repeat(1015)).unwrap().put("x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(wrap::prefix(&view, "a\0").unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn errors_of_a_view_name_the_key_that_the_caller_knows() {
    let view = wrap::prefix(&Probe::new().storage(), "p/").unwrap();
    let (c, key) = (name("c"), key("k"));
    let versions = view.driver().versions().unwrap();
    let error = versions.restore_version(ObjectRef::new(&c, &key), &"v2".into()).await.unwrap_err();
    assert_eq!((error.key(), error.kind()), (Some("k"), ErrorKind::ObjectNotFound));
    assert_eq!((error.status(), error.request_id(), error.is_retryable()), (Some(404), Some("r-1"), true));
    assert!(std::error::Error::source(&error).is_some());
}
