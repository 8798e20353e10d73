//! What goes wrong is said in the same words by every provider.

#![cfg(test)]

use std::future::IntoFuture;

use futures_util::stream;
use storage::groups::DeleteTarget;
use storage::{ByteRange, Error, ErrorKind, ListEntry, Result};
use storage_tests::{Store, stores};

fn failed<T: std::fmt::Debug>(result: Result<T>) -> Error {
    match result {
        Ok(it) => panic!("an error was due, not {it:?}"),
        Err(error) => error,
    }
}

async fn kind<T: std::fmt::Debug>(call: impl IntoFuture<Output = Result<T>>) -> ErrorKind {
    failed(call.await).kind()
}

#[tokio::test]
async fn every_kind_is_told_apart() {
    for store in stores().unwrap() {
        let container = store.container("there").await.unwrap();
        let gone = store.storage.container("gone").unwrap();
        let object = container.object("there").unwrap();
        let missing = container.object("missing").unwrap();
        let nowhere = gone.object("a").unwrap();
        let old = object.put("1").await.unwrap().etag.unwrap();
        object.put("22").await.unwrap();
        let id = store.id;

        assert_eq!(kind(container.create()).await, ErrorKind::ContainerAlreadyExists, "{id}");
        container.create_if_missing().await.unwrap();
        assert_eq!(kind(container.delete()).await, ErrorKind::ContainerNotEmpty, "{id}");
        assert_eq!(kind(gone.delete()).await, ErrorKind::ContainerNotFound, "{id}");
        assert_eq!(kind(gone.info()).await, ErrorKind::ContainerNotFound, "{id}");
        assert_eq!(kind(gone.list().try_collect::<Vec<_>>()).await, ErrorKind::ContainerNotFound, "{id}");
        assert_eq!(kind(nowhere.put("x")).await, ErrorKind::ContainerNotFound, "{id}");
        assert_eq!(kind(nowhere.head()).await, ErrorKind::ContainerNotFound, "{id}");
        assert_eq!(kind(nowhere.delete()).await, ErrorKind::ContainerNotFound, "{id}");
        assert_eq!(kind(missing.head()).await, ErrorKind::ObjectNotFound, "{id}");
        assert_eq!(kind(missing.get().text()).await, ErrorKind::ObjectNotFound, "{id}");
        missing.delete().await.unwrap();
        assert_eq!(kind(object.put("x").if_absent()).await, ErrorKind::AlreadyExists, "{id}");
        assert_eq!(kind(object.put("x").if_match(old.clone())).await, ErrorKind::PreconditionFailed, "{id}");
        assert_eq!(kind(missing.put("x").if_match(old.clone())).await, ErrorKind::PreconditionFailed, "{id}");
        assert_eq!(kind(object.get().if_match(old).text()).await, ErrorKind::PreconditionFailed, "{id}");
        let now = object.head().await.unwrap().etag.unwrap();
        assert_eq!(kind(object.get().if_none_match(now).text()).await, ErrorKind::NotModified, "{id}");
        assert_eq!(failed(container.object("")).kind(), ErrorKind::InvalidInput, "{id}");
        assert_eq!(object.get().text().await.unwrap(), "22", "{id}: what failed has changed nothing");
        assert!(gone.exists().await.is_ok_and(|it| !it) && !missing.exists().await.unwrap(), "{id}");
    }
}

#[tokio::test]
async fn fault_140_names_that_leave_the_store_are_refused() {
    for store in stores().unwrap() {
        for name in ["", ".", "..", "../up", "a/b", "/abs", "a\\b", "C:", "a\0b"] {
            let error = failed(store.storage.container(name));
            assert_eq!(error.kind(), ErrorKind::InvalidContainerName, "{} {name:?}", store.id);
            assert!(error.is_container(), "{} {name:?}", store.id);
        }
    }
}

#[tokio::test]
async fn fault_027_ranges_outside_an_object_are_refused_alike() {
    for store in stores().unwrap() {
        let container = store.container("ranges").await.unwrap();
        let object = container.object("digits").unwrap();
        object.put("0123456789").await.unwrap();
        for range in [ByteRange::from(10..), (10..11).into(), (3..3).into(), ByteRange::Suffix(0)] {
            assert_eq!(
                kind(object.get().range(range).text()).await,
                ErrorKind::InvalidRange,
                "{} {range:?}",
                store.id
            );
        }
        let empty = container.object("empty").unwrap();
        empty.put("").await.unwrap();
        for range in [ByteRange::from(0..10), (5..).into(), ByteRange::Suffix(3)] {
            assert_eq!(empty.get().range(range).text().await.unwrap(), "", "{} {range:?}", store.id);
        }
    }
}

#[tokio::test]
async fn fault_066_an_empty_object_can_be_made_in_every_way() {
    for store in stores().unwrap() {
        let container = store.container("empty").await.unwrap();
        let object = |key: &str| container.object(key).unwrap();
        object("put").put("").await.unwrap();
        object("stream").upload_stream(stream::empty::<std::io::Result<_>>()).await.unwrap();
        object("reader").upload_reader(tokio::io::empty()).await.unwrap();
        object("put").copy_to(&object("copy")).await.unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        object("file").upload_file(file.path()).await.unwrap();
        for key in ["put", "stream", "reader", "copy", "file"] {
            assert_eq!(object(key).head().await.unwrap().size, 0, "{} {key}", store.id);
            assert_eq!(object(key).get().bytes().await.unwrap().len(), 0, "{} {key}", store.id);
        }
    }
}

const ODD_KEYS: &[&str] = &[
    "a",
    "a/b",
    "a//b",
    "/a",
    "a/",
    "//",
    ".",
    "..",
    "../a",
    "./a",
    "a/../b",
    "a%2Fb",
    "a+b",
    "a b",
    " a ",
    "a?b#c&d=e",
    "\"'`",
    "a\\b",
    "😀",
    "é",
    "e\u{301}",
    "a\tb",
    "a\nb",
    "a\r\nb",
    "\u{1}",
    "CON",
    "nul.txt",
    "A",
    "~a",
    "-rf",
    "a.",
];

#[tokio::test]
async fn fault_101_odd_keys_are_addressed_exactly_and_hide_nothing() {
    for store in stores().unwrap() {
        let container = store.container("odd").await.unwrap();
        for key in ODD_KEYS {
            container.object(*key).unwrap().put(key.as_bytes().to_vec()).if_absent().await.unwrap();
        }
        let listed: Vec<ListEntry> = container.list().page_size(3).try_collect().await.unwrap();
        let listed: Vec<&str> = listed.iter().map(|it| it.name().as_str()).collect();
        let mut sorted = ODD_KEYS.to_vec();
        sorted.sort_unstable();
        assert_eq!(listed, sorted, "{}", store.id);
        for key in ODD_KEYS {
            assert_eq!(container.object(*key).unwrap().get().text().await.unwrap(), *key, "{}", store.id);
            container.object(*key).unwrap().delete().await.unwrap();
            assert!(!container.object(*key).unwrap().exists().await.unwrap(), "{} {key:?}", store.id);
        }
        container.delete().await.unwrap();
    }
}

#[tokio::test]
async fn fault_120_a_key_may_have_1024_bytes_and_not_one_more() {
    for store in stores().unwrap() {
        let container = store.container("long").await.unwrap();
        let longest = container.object("é".repeat(512)).unwrap();
        longest.put("x").await.unwrap();
        assert_eq!(longest.get().text().await.unwrap(), "x", "{}", store.id);
        let longer = container.object(format!("{}x", "é".repeat(512))).unwrap();
        assert_eq!(kind(longer.put("x")).await, ErrorKind::InvalidInput, "{}", store.id);
    }
}

#[tokio::test]
async fn fault_119_line_breaks_in_metadata_are_refused() {
    for store in stores().unwrap() {
        let object = store.container("meta").await.unwrap().object("a").unwrap();
        for (name, value) in [("a", "b\r\nX-Evil: 1"), ("a", "b\0"), ("a\nb", "c"), ("", "c"), ("é", "c")] {
            let error = failed(object.put("x").metadata(name, value).await);
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{} {name:?}", store.id);
        }
        assert!(!object.exists().await.unwrap(), "{}", store.id);
    }
}

#[tokio::test]
async fn an_error_says_what_was_tried_on_what() {
    for Store { id, storage, .. } in &stores().unwrap() {
        let container = storage.container("box").unwrap();
        container.create().await.unwrap();
        let error = failed(container.object("a\u{1b}[2J").unwrap().head().await);
        assert_eq!(error.provider(), Some(*id));
        assert_eq!((error.container(), error.key()), (Some("box"), Some("a\u{1b}[2J")), "{id}");
        assert_eq!(error.operation(), Some("head object"), "{id}");
        assert!(error.is_object() && !error.is_container() && !error.is_retryable(), "{id}");
        let shown = error.to_string();
        assert!(shown.starts_with("head object `box/a\\u{1b}[2J`: "), "{id}: {shown}");
        assert!(!shown.ends_with('.'), "{id}: {shown}");
    }
}

#[tokio::test]
async fn what_a_store_lacks_is_unsupported_by_name() {
    for Store { id, storage, .. } in &stores().unwrap() {
        let container = storage.container("box").unwrap();
        container.create().await.unwrap();
        let object = container.object("a").unwrap();
        object.put("x").await.unwrap();
        let driver = storage.driver();
        let mut missing = Vec::new();
        if driver.acl().is_none() {
            missing.push(failed(container.acl().await));
        }
        if driver.website().is_none() {
            missing.push(failed(container.cors().await));
        }
        if driver.versions().is_none() {
            missing.push(failed(object.head().version("1").await));
        }
        if !driver.capabilities(None).await.unwrap().storage_classes {
            missing.push(failed(object.put("x").storage_class("COLD").await));
        }
        assert!(!missing.is_empty(), "{id} has everything, so this test needs another feature");
        for error in missing {
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{id}: {error}");
            assert!(error.to_string().contains(id) && error.provider() == Some(id), "{id}: {error}");
        }
        assert_eq!(object.get().text().await.unwrap(), "x", "{id}");
    }
}

#[tokio::test]
async fn many_are_deleted_and_each_one_is_answered() {
    for store in stores().unwrap() {
        let container = store.container("many").await.unwrap();
        for key in 0..50 {
            container.object(format!("k/{key}")).unwrap().put("x").await.unwrap();
        }
        let targets: Vec<DeleteTarget> =
            (0..60).map(|it| DeleteTarget::new(storage::Key::parse(format!("k/{it}")).unwrap())).collect();
        let mut results = container.delete_many(stream::iter(targets));
        let mut answered = 0;
        while let Some(result) = results.next().await {
            result.result.unwrap();
            answered += 1;
        }
        assert_eq!(answered, 60, "{}", store.id);
        container.delete().await.unwrap();
    }
}
