//! Keys, names and metadata that are easily sent as others.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

#[path = "support/scripted.rs"]
mod scripted;

use std::time::Duration;

use http::Method;
use storage_core::groups::PresignOptions;
use storage_core::{Container, CopyOptions, Error, ErrorKind, GetOptions, PutOptions};
use storage_s3::{S3Config, S3PutOptions};
use storage_testkit::server::{Answer, Server};

use scripted::{call, service};

/// Sends every call about an object, and returns the path that each one had.
async fn paths(key: &str) -> Vec<(&'static str, String)> {
    let (server, container) = good().await;
    let object = container.object(key).unwrap();
    object.put("content").await.unwrap();
    object.head().await.unwrap();
    object.get().bytes().await.unwrap();
    object.copy_to(&container.object("copy").unwrap()).await.unwrap();
    container.object("from").unwrap().copy_to(&object).await.unwrap();
    let piece = bytes::Bytes::from(vec![b'x'; 6 << 20]);
    let pieces = futures_util::stream::iter([Ok::<_, Error>(piece)]);
    object.upload_stream(pieces).part_size(5 << 20).await.unwrap();
    object.delete().await.unwrap();
    let mut paths: Vec<_> = server.requests().iter().map(|it| (call(it), it.path())).collect();
    let source = |it: &storage_testkit::server::Request| it.header("x-amz-copy-source").map(str::to_owned);
    paths.extend(server.requests().iter().filter_map(source).map(|it| ("source", it)));
    let signed = object.presign(Method::GET, Duration::from_secs(60)).await.unwrap();
    let (path, _) = signed.url.expose().strip_prefix(&server.url()).unwrap().split_once('?').unwrap();
    paths.push(("presign", path.to_owned()));
    paths
        .push(("public", object.public_url().await.unwrap().strip_prefix(&server.url()).unwrap().to_owned()));
    paths
}

/// A bucket on a service that is good at everything.
async fn good() -> (Server, Container) {
    scripted::bucket(service(|call, _, request| {
        let is_read = matches!(call, "get" | "head" | "list");
        is_read.then(|| Answer::object(request, "content", "\"e\""))
    }))
    .await
}

async fn assert_exact(key: &str, path: &str) {
    let want = format!("/bucket/{path}");
    let mut about_key = 0;
    for (what, sent) in paths(key).await {
        if sent == want {
            about_key += 1;
        } else {
            // The other ends of the copies.
            assert!(["/bucket/copy", "/bucket/from"].contains(&sent.as_str()), "{key:?} {what}: {sent}");
        }
    }
    // put, head, get, copy: head and source; copy; create, two parts, complete, delete; two addresses.
    assert_eq!(about_key, 13, "{key:?}");
}

#[tokio::test]
async fn fault_115_dots_stay_where_they_are() {
    for key in [".", "..", "../x", "../../x", "a/../b", "a/./b", "./a", "a/..", "...", "a/.../b", ".a"] {
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
async fn fault_117_118_everything_is_encoded_once() {
    for (key, path) in [
        ("a b", "a%20b"),
        ("a+b", "a%2Bb"),
        ("100%", "100%25"),
        ("a%2Fb", "a%252Fb"),
        ("a%252Fb", "a%25252Fb"),
        ("a?b=c", "a%3Fb%3Dc"),
        ("a#b", "a%23b"),
        ("a&b=c;d@e:f,g$h", "a%26b%3Dc%3Bd%40e%3Af%2Cg%24h"),
        ("é", "%C3%A9"),
        ("e\u{301}", "e%CC%81"),
        ("😀", "%F0%9F%98%80"),
        ("a\\b", "a%5Cb"),
        ("a-b._~c", "a-b._~c"),
        ("(a)'!*[]{}|^`\"<>", "%28a%29%27%21%2A%5B%5D%7B%7D%7C%5E%60%22%3C%3E"),
        ("http://x/y", "http%3A//x/y"),
    ] {
        assert_exact(key, path).await;
    }
}

#[tokio::test]
async fn fault_119_control_characters_of_a_key_travel_encoded() {
    for (key, path) in [("a\r\nb: c", "a%0D%0Ab%3A%20c"), ("\n", "%0A"), ("\u{1}\u{1f}\u{7f}", "%01%1F%7F")] {
        assert_exact(key, path).await;
    }
}

fn assert_refused<T: std::fmt::Debug>(what: &str, outcome: storage_core::Result<T>) {
    let error = outcome.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidInput, 0), "{what}: {error:?}");
    assert!(!format!("{error}").contains(['\r', '\n', '\0']), "{what}");
}

#[tokio::test]
async fn fault_119_what_would_forge_a_header_is_refused_before_anything_is_sent() {
    let (server, container) = good().await;
    assert_refused("key", container.object("a\0b"));
    assert_refused("prefix", container.list().prefix("a\0").next().await.unwrap());
    let object = container.object("k").unwrap();
    let other = container.object("other").unwrap();
    for bad in ["a\r\nx-amz-acl: public-read", "a\nb", "a\rb", "a\0b", "\u{7f}"] {
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
        let mut own = S3PutOptions::new();
        own.website_redirect = Some(bad.to_owned());
        assert_refused("redirect", object.put("x").extension(own).await);
        let pieces = || futures_util::stream::iter([Ok::<_, Error>(bytes::Bytes::from_static(b"x"))]);
        assert_refused("upload", object.upload_stream(pieces()).metadata("name", bad).await);
        let mut signed = PresignOptions::new(Method::PUT, Duration::from_secs(60));
        signed.headers.push(("x-own".to_owned(), bad.to_owned()));
        assert_refused("presign", object.presign_with(&signed).await);
    }
    assert_eq!((server.requests().len(), server.connections()), (0, 0), "{:?}", server.request_lines());
}

#[tokio::test]
async fn fault_120_keys_have_a_length() {
    let (server, container) = good().await;
    for key in ["a".repeat(1_024), "é".repeat(512)] {
        container.object(key).unwrap().put("x").await.unwrap();
    }
    assert_eq!(server.requests().len(), 2);
    assert_refused("empty", container.object(""));
    for key in ["a".repeat(1_025), format!("a{}", "é".repeat(512))] {
        let object = container.object(key.as_str());
        match object {
            Err(error) => assert_eq!(error.kind(), ErrorKind::InvalidInput),
            Ok(object) => {
                assert_refused("put", object.put("x").await);
                assert_refused("get", object.get().bytes().await);
                assert_refused("head", object.head().await);
                assert_refused("delete", object.delete().await);
                assert_refused("copy", container.object("from").unwrap().copy_to(&object).await);
            }
        }
    }
    assert_eq!(server.requests().len(), 2, "{:?}", server.request_lines());
}

#[tokio::test]
async fn fault_121_a_bucket_with_dots_is_in_the_path_over_tls() {
    let (server, storage) = scripted::amazon(service(|_, _, _| None)).await;
    for name in ["my.bucket", "plain-bucket"] {
        storage.container(name).unwrap().object("a/b").unwrap().put("x").await.unwrap();
    }
    let port = server.address().port();
    let sent = server.requests();
    let seen: Vec<_> = sent.iter().map(|it| (it.header("host").unwrap().to_owned(), it.path())).collect();
    assert_eq!(
        seen,
        [
            (format!("s3.us-east-1.amazonaws.com:{port}"), "/my.bucket/a/b".to_owned()),
            (format!("plain-bucket.s3.us-east-1.amazonaws.com:{port}"), "/a/b".to_owned()),
        ]
    );
    assert_eq!(server.wait_for_failed_handshakes(0).await, Vec::<String>::new());
}

#[tokio::test]
async fn fault_121_bad_names_of_buckets_are_refused_before_anything_is_sent() {
    let (server, container) = good().await;
    let long = "a".repeat(64);
    for name in [
        "",
        "ab",
        "My-Bucket",
        "my_bucket",
        "a..b",
        "-ab",
        "ab-",
        "192.168.0.1",
        "a/b",
        "../..",
        "a b",
        "a\r\nb",
        "é-bucket",
        "bucket?x",
        "evil.com#",
        "a@b",
        "xn--bucket",
        &long,
    ] {
        let error = container.storage().container(name).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidContainerName, "{name}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn fault_121_a_bucket_that_no_host_can_name_is_in_the_path() {
    let server = Server::start(service(|_, _, _| None)).await.unwrap();
    let port = server.address().port();
    let config = S3Config::new().vendor("minio").endpoint(format!("http://s3.localhost:{port}"));
    let storage = scripted::named(scripted::keys(config.region("us-east-1").path_style(false)));
    let mut seen = Vec::new();
    for name in ["my_bucket", "My-Bucket", "plain"] {
        if let Ok(container) = storage.container(name) {
            container.object("k").unwrap().put("x").await.unwrap();
            let sent = server.requests().pop().unwrap();
            seen.push((name, sent.header("host").unwrap().to_owned(), sent.path()));
        }
    }
    for (name, host, path) in &seen {
        match *name {
            "plain" => {
                assert_eq!((host.as_str(), path.as_str()), (&*format!("plain.s3.localhost:{port}"), "/k"))
            }
            _ => assert_eq!((host, path), (&format!("s3.localhost:{port}"), &format!("/{name}/k"))),
        }
    }
    assert!(seen.iter().any(|it| it.0 == "plain"));
}

#[tokio::test]
async fn fault_122_metadata_is_sent_in_one_way() {
    let (server, container) = good().await;
    let object = container.object("k").unwrap();
    object
        .put("x")
        .metadata("Name", "first")
        .metadata("NAME", "a  b   c")
        .metadata("utf8", "é😀")
        .metadata("empty", "")
        .await
        .unwrap();
    let sent = server.requests().remove(0);
    let own: Vec<_> =
        sent.headers.iter().filter(|it| it.0.to_ascii_lowercase().starts_with("x-amz-meta-")).collect();
    assert_eq!(own.len(), 3, "{own:?}");
    assert_eq!(sent.header("x-amz-meta-name"), Some("a  b   c"));
    assert_eq!(sent.header("x-amz-meta-utf8"), Some("é😀"));
    assert_eq!(sent.header("x-amz-meta-empty"), Some(""));
    let authorization = sent.header("authorization").unwrap();
    assert!(authorization.contains("x-amz-meta-empty;x-amz-meta-name;x-amz-meta-utf8"), "{authorization}");
}

#[tokio::test]
async fn fault_122_too_much_metadata_is_refused_before_anything_is_sent() {
    let (server, container) = good().await;
    let object = container.object("k").unwrap();
    object.put("x").metadata("name", "v".repeat(2_044)).await.unwrap();
    assert_refused("2 KiB", object.put("x").metadata("name", "v".repeat(2_045)).await);
    assert_refused("in bytes", object.put("x").metadata("name", "é".repeat(1_023)).await);
    let pieces = futures_util::stream::iter([Ok::<_, Error>(bytes::Bytes::from_static(b"x"))]);
    assert_refused("upload", object.upload_stream(pieces).metadata("name", "v".repeat(2_045)).await);
    assert_refused("no name", object.put("x").metadata("", "v").await);
    assert_refused("blank in the name", object.put("x").metadata("a b", "v").await);
    assert_refused("no ASCII in the name", object.put("x").metadata("é", "v").await);
    assert_eq!(server.requests().len(), 1, "{:?}", server.request_lines());
}

#[tokio::test]
async fn fault_122_blanks_around_a_value_that_would_be_lost_are_refused() {
    let (server, container) = good().await;
    for value in [" a", "a ", "\ta", "a\t", " "] {
        assert_refused(value, container.object("k").unwrap().put("x").metadata("name", value).await);
    }
    assert_eq!(server.requests().len(), 0);
}
