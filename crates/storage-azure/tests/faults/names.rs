//! Keys, names and metadata that are easily sent as others.

use std::time::Duration;

use http::Method;
use storage_azure::{AzurePutOptions, DeleteSnapshots};
use storage_core::groups::PresignOptions;
use storage_core::{CopyOptions, DeleteOptions, Error, ErrorKind, GetOptions, PutOptions};

use crate::scripted::{Service, call, holding};

async fn good() -> Service {
    Service::calls(holding(b"content")).await
}

/// Sends every call about an object, and returns the path that each one had.
async fn paths(key: &str) -> Vec<(&'static str, String)> {
    let service = good().await;
    let container = service.container();
    let object = container.object(key).unwrap();
    object.put("content").await.unwrap();
    object.head().await.unwrap();
    object.get().bytes().await.unwrap();
    object.copy_to(&container.object("copy").unwrap()).await.unwrap();
    container.object("from").unwrap().copy_to(&object).await.unwrap();
    let pieces = (0..2).map(|_| Ok::<_, Error>(bytes::Bytes::from(vec![b'x'; 1 << 20])));
    object.upload_stream(futures_util::stream::iter(pieces)).part_size(1 << 20).await.unwrap();
    object.delete().await.unwrap();
    let url = service.server.url();
    let mut paths: Vec<_> = service.requests().iter().map(|it| (call(it), it.path())).collect();
    let sent = service.requests();
    let sources = sent.iter().filter_map(|it| it.header("x-ms-copy-source"));
    paths.extend(sources.map(|it| ("source", it.strip_prefix(&url).unwrap().to_owned())));
    let signed = object.presign(Method::GET, Duration::from_secs(60)).await.unwrap();
    let (path, _) = signed.url.expose().strip_prefix(&url).unwrap().split_once('?').unwrap();
    paths.push(("presign", path.to_owned()));
    paths.push(("public", object.public_url().await.unwrap().strip_prefix(&url).unwrap().to_owned()));
    paths
}

async fn assert_exact(key: &str, path: &str) {
    let want = format!("/acct/bucket/{path}");
    let mut about_key = 0;
    for (what, sent) in paths(key).await {
        if sent == want {
            about_key += 1;
        } else {
            // The other ends of the copies.
            assert!(
                ["/acct/bucket/copy", "/acct/bucket/from"].contains(&sent.as_str()),
                "{key:?} {what}: {sent}"
            );
        }
    }
    // put, head, get, copy: head and source; copy; the mark, two blocks, the commit, delete; two addresses.
    assert_eq!(about_key, 13, "{key:?}");
}

fn assert_refused<T: std::fmt::Debug>(what: &str, outcome: storage_core::Result<T>) {
    let error = outcome.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidInput, 0), "{what}: {error:?}");
    assert!(!format!("{error}").contains(['\r', '\n', '\0']), "{what}");
}

#[tokio::test]
async fn fault_115_fault_118_pitfall_05_keys_that_would_become_others_are_refused() {
    let service = good().await;
    let container = service.container();
    for key in
        [".", "..", "../x", "../../x", "a/../b", "a/./b", "./a", "a/..", "...", "x.", "a./b", "a\\b", "\\"]
    {
        let object = container.object(key).unwrap();
        assert_refused(key, object.put("x").await);
        assert_refused(key, object.get().bytes().await);
        assert_refused(key, object.head().await);
        assert_refused(key, object.delete().await);
        assert_refused(key, container.object("from").unwrap().copy_to(&object).await);
        let pieces = futures_util::stream::iter([Ok::<_, Error>(bytes::Bytes::from_static(b"x"))]);
        assert_refused(key, object.upload_stream(pieces).await);
    }
    assert!(service.of("put").is_empty() && service.of("delete").is_empty() && service.of("copy").is_empty());
    assert_eq!(service.server.connections(), 0, "{:?}", service.server.request_lines());
    for key in [".a", "a..b", "a/.b/c", "a.b"] {
        assert_exact(key, key).await;
    }
}

#[tokio::test]
async fn fault_116_slashes_stay_where_they_are() {
    for key in ["/", "//", "/abs", "//abs", "a//b", "a/", "a//", "/a/", "a///b/"] {
        assert_exact(key, key).await;
    }
}

#[tokio::test]
async fn fault_117_pitfall_04_everything_is_encoded_once_and_slashes_never() {
    for (key, path) in [
        ("a b", "a%20b"),
        ("a+b", "a%2Bb"),
        ("100%", "100%25"),
        ("a%2Fb", "a%252Fb"),
        ("a%2Eb", "a%252Eb"),
        ("a?b=c", "a%3Fb%3Dc"),
        ("a#b", "a%23b"),
        ("a&b=c;d@e:f,g$h", "a%26b%3Dc%3Bd%40e%3Af%2Cg%24h"),
        ("é", "%C3%A9"),
        ("e\u{301}", "e%CC%81"),
        ("😀", "%F0%9F%98%80"),
        ("a-b._~c", "a-b._~c"),
        ("(a)'!*[]{}|^`\"<>", "%28a%29%27%21%2A%5B%5D%7B%7D%7C%5E%60%22%3C%3E"),
        ("http://x/y", "http%3A//x/y"),
    ] {
        assert_exact(key, path).await;
    }
    let service = good().await;
    let object = service.container().object("\u{1}\u{1f}\u{7f}").unwrap();
    object.put("x").await.unwrap();
    assert_eq!(service.requests()[0].path(), "/acct/bucket/%01%1F%7F");
    // The lines of what is signed could not be told apart.
    assert_refused("presign", object.presign(Method::GET, Duration::from_secs(60)).await);
}

#[tokio::test]
async fn fault_119_what_would_forge_a_header_is_refused_before_anything_is_sent() {
    let service = good().await;
    let container = service.container();
    assert_refused("key", container.object("a\0b"));
    let object = container.object("k").unwrap();
    let other = container.object("other").unwrap();
    for bad in ["a\r\nx-ms-access-tier: Hot", "a\nb", "a\rb", "a\0b", "\u{7f}"] {
        assert_refused("metadata", object.put("x").metadata("name", bad).await);
        assert_refused("name", object.put("x").metadata(format!("name{bad}"), "value").await);
        assert_refused("content type", object.put("x").content_type(bad).await);
        assert_refused("disposition", object.put("x").content_disposition(bad).await);
        assert_refused("cache control", object.put("x").cache_control(bad).await);
        assert_refused("storage class", object.put("x").storage_class(bad).await);
        assert_refused("header", object.put("x").header("x-own", bad).await);
        assert_refused("header name", object.put("x").header(bad, "value").await);
        assert_refused("get", object.get().options(GetOptions::new().header("x-own", bad)).bytes().await);
        assert_refused("head", object.head().options(GetOptions::new().header("x-own", bad)).await);
        let copy = CopyOptions::new().header("x-own", bad);
        assert_refused("copy", object.copy_to(&other).options(copy).await);
        let replace = PutOptions::new().metadata("name", bad);
        assert_refused("copy", object.copy_to(&other).replace(replace).await);
        let mut own = AzurePutOptions::new();
        own.lease_id = Some(bad.to_owned());
        assert_refused("lease", object.put("x").extension(own).await);
        let delete = storage_azure::AzureDeleteOptions::new().lease_id(bad).snapshots(DeleteSnapshots::Only);
        assert_refused("delete", object.delete().options(DeleteOptions::new().extension(delete)).await);
        let pieces = || futures_util::stream::iter([Ok::<_, Error>(bytes::Bytes::from_static(b"x"))]);
        assert_refused("upload", object.upload_stream(pieces()).metadata("name", bad).await);
        let mut signed = PresignOptions::new(Method::PUT, Duration::from_secs(60));
        signed.headers.push(("x-own".to_owned(), bad.to_owned()));
        assert_refused("presign", object.presign_with(&signed).await);
    }
    let writes = ["put", "block", "commit", "copy", "delete"];
    assert!(service.seen().iter().all(|it| !writes.contains(it)), "{:?}", service.server.request_lines());
}

#[tokio::test]
async fn fault_120_keys_have_a_length() {
    let service = good().await;
    let container = service.container();
    for key in ["a".repeat(1_024), "é".repeat(1_024)] {
        container.object(key).unwrap().put("x").await.unwrap();
    }
    assert_eq!(service.requests().len(), 2);
    assert_refused("empty", container.object(""));
    for key in ["a".repeat(1_025), "é".repeat(1_025), "😀".repeat(513)] {
        let Ok(object) = container.object(key.as_str()) else { continue };
        assert_refused("put", object.put("x").await);
        assert_refused("get", object.get().bytes().await);
        assert_refused("head", object.head().await);
        assert_refused("delete", object.delete().await);
        assert_refused("copy", container.object("from").unwrap().copy_to(&object).await);
    }
    assert_eq!(service.requests().len(), 2, "{:?}", service.server.request_lines());
}

#[tokio::test]
async fn fault_121_bad_names_of_containers_are_refused_before_anything_is_sent() {
    let service = good().await;
    let long = "a".repeat(64);
    for name in [
        "",
        "ab",
        "My-Container",
        "my_container",
        "a.b.c",
        "-abc",
        "abc-",
        "a--b",
        "a/b",
        "../..",
        "a b c",
        "a\r\nb",
        "é-container",
        "container?x",
        "evil.com#",
        "a@b",
        "$other",
        &long,
    ] {
        let error = service.storage.container(name).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidContainerName, "{name}");
    }
    assert_eq!(service.server.connections(), 0);
}

#[tokio::test]
async fn fault_122_pitfall_18_metadata_that_the_service_changes_or_refuses_is_not_sent() {
    let service = good().await;
    let object = service.object();
    for name in ["a-b", "a.b", "1a", "a b", "é", "", "a:b", "a/b"] {
        assert_refused(name, object.put("x").metadata(name, "value").await);
        let pieces = futures_util::stream::iter([Ok::<_, Error>(bytes::Bytes::from_static(b"x"))]);
        assert_refused(name, object.upload_stream(pieces).metadata(name, "value").await);
        let mut update = storage_core::Metadata::new();
        update.insert(name, "value");
        assert_refused(name, object.update_metadata(update).await);
    }
    for value in [" a", "a ", "\ta", "a\t", " ", "é", "😀"] {
        assert_refused(value, object.put("x").metadata("name", value).await);
    }
    // 8 KiB are the most.
    assert_refused("8 KiB", object.put("x").metadata("name", "v".repeat(8_189)).await);
    assert_eq!(service.server.connections(), 0, "{:?}", service.server.request_lines());
    object.put("x").metadata("name", "v".repeat(8_188)).await.unwrap();

    // Names differ in their case by nothing, and what is inside a value stays.
    object
        .put("x")
        .metadata("Name", "first")
        .metadata("NAME", "a  b   c")
        .metadata("_x1", "%41")
        .await
        .unwrap();
    let sent = &service.requests()[1];
    let own: Vec<_> =
        sent.headers.iter().filter(|it| it.0.to_ascii_lowercase().starts_with("x-ms-meta-")).collect();
    assert_eq!(own.len(), 2, "{own:?}");
    assert_eq!(sent.header("x-ms-meta-name"), Some("a  b   c"));
    assert_eq!(sent.header("x-ms-meta-_x1"), Some("%41"));
}
