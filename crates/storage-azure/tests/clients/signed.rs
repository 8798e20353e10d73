//! Signed addresses: whoever has them needs neither keys nor this library.

use std::time::Duration;

use http::Method;
use serde_json::json;
use storage_core::groups::PresignOptions;
use storage_core::{ErrorKind, ListEntry, Object};

use crate::keys::KEYS;
use crate::microsoft::{bytes, content_of};
use crate::place::{Place, Shared};

const MINUTE: Duration = Duration::from_secs(60);

/// Returns the address of a blob without any signature.
fn address(shared: &Shared<'_>, key: &str) -> String {
    let mut encoded = String::new();
    for byte in key.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' | b'.' | b'/' => {
                encoded.push(char::from(byte))
            }
            _ => encoded += &format!("%{byte:02X}"),
        }
    }
    format!("{}/{}/{encoded}", shared.place.endpoint, shared.name)
}

pub(crate) async fn addresses_are_good_for_microsoft(place: &Place) {
    let shared = place.shared().await;
    let key = "folder/a b+c.txt";
    let object = shared.object(key);
    let put = object.presign(Method::PUT, MINUTE).await.unwrap();
    let answer = place.microsoft.send(&put, Some(b"by address")).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(object.get().bytes().await.unwrap(), "by address");

    let get = object.presign(Method::GET, MINUTE).await.unwrap();
    let on = json!({"url": get.url.expose()});
    let theirs = place.microsoft.call(on.clone(), "download_blob", json!({})).await;
    assert_eq!(content_of(&theirs["content"]), b"by address");
    assert_eq!(theirs["properties"]["name"], key);
    let theirs = place.microsoft.call(on.clone(), "download_blob", json!({"offset": 3})).await;
    assert_eq!(content_of(&theirs["content"]), b"address");
    // An address is good for its method only, and for its object.
    let refused =
        place.microsoft.try_call(on, "upload_blob", json!({"data": bytes(b"no"), "overwrite": true})).await;
    assert_eq!(refused.unwrap_err().1, 403);
    let changed = get.url.expose().replace("folder/", "other/");
    assert_eq!(place.microsoft.fetch("GET", &changed, &[], None).await.status, 403);

    let head = object.presign(Method::HEAD, MINUTE).await.unwrap();
    let answer = place.microsoft.send(&head, None).await;
    assert_eq!((answer.status, answer.headers["content-length"].as_str()), (200, Some("10")));
    let delete = object.presign(Method::DELETE, MINUTE).await.unwrap();
    assert_eq!(place.microsoft.send(&delete, None).await.status, 202);
    assert!(!object.exists().await.unwrap());
    headers_and_parameters_count(&object, place).await;
    shared.remove().await;
}

async fn headers_and_parameters_count(object: &Object, place: &Place) {
    let mut put = PresignOptions::new(Method::PUT, MINUTE);
    put.headers =
        vec![("x-ms-blob-content-type".into(), "text/x-own".into()), ("x-ms-meta-a".into(), "b c".into())];
    let put = object.presign_with(&put).await.unwrap();
    assert_eq!(place.microsoft.send(&put, Some(b"typed")).await.status, 201);
    let info = object.head().await.unwrap();
    assert_eq!(info.content_type.as_deref(), Some("text/x-own"));
    assert_eq!(info.metadata.get("a"), Some("b c"));

    let mut get = PresignOptions::new(Method::GET, MINUTE);
    get.query = vec![
        ("response-content-type".into(), "application/x-other".into()),
        ("response-content-disposition".into(), "attachment; filename=\"a+b.txt\"".into()),
    ];
    let answer = place.microsoft.send(&object.presign_with(&get).await.unwrap(), None).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.headers["content-type"], "application/x-other");
    assert_eq!(answer.headers["content-disposition"], "attachment; filename=\"a+b.txt\"");
}

pub(crate) async fn addresses_of_odd_keys_are_good(place: &Place) {
    let shared = place.shared().await;
    // What a signature is about is written line by line: keys with characters of control are not signed.
    for key in KEYS.iter().filter(|it| !it.contains(char::is_control)) {
        let object = shared.object(key);
        let put = object.presign(Method::PUT, MINUTE).await.unwrap();
        let answer = place.microsoft.send(&put, Some(key.as_bytes())).await;
        assert_eq!(answer.status, 201, "{key:?} {answer:?}");
        assert_eq!(shared.read(key).await, key.as_bytes(), "{key:?}");
        let get = object.presign(Method::GET, MINUTE).await.unwrap();
        let answer = place.microsoft.send(&get, None).await;
        assert_eq!((answer.status, answer.body.as_slice()), (200, key.as_bytes()), "{key:?}");
        let query = get.url.expose().split_once('?').unwrap().1;
        let on = json!({"container": shared.name, "blob": key, "query": query});
        let theirs = place.microsoft.call(on, "download_blob", json!({})).await;
        assert_eq!(content_of(&theirs["content"]), key.as_bytes(), "{key:?}");
        let delete = object.presign(Method::DELETE, MINUTE).await.unwrap();
        assert_eq!(place.microsoft.send(&delete, None).await.status, 202, "{key:?}");
    }
    assert!(shared.keys_of_microsoft().await.is_empty());
    shared.remove().await;
}

/// Writes, reads and deletes with queries that the other client has signed.
async fn all_of(shared: &Shared<'_>, key: &str, query: &str) {
    let place = shared.place;
    let url = format!("{}?{query}", address(shared, key));
    let kind = [("x-ms-blob-type".to_owned(), "BlockBlob".to_owned())];
    let answer = place.microsoft.fetch("PUT", &url, &kind, Some(b"through them")).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(shared.object(key).get().bytes().await.unwrap(), "through them");
    // Whoever fetches ours and theirs gets the same.
    let theirs = place.microsoft.fetch("GET", &url, &[], None).await;
    let ours = shared.object(key).presign(Method::GET, MINUTE).await.unwrap();
    let ours = place.microsoft.send(&ours, None).await;
    assert_eq!((theirs.status, &theirs.body), (200, &ours.body));
    for header in ["etag", "content-type", "content-length", "last-modified"] {
        assert_eq!(ours.headers[header], theirs.headers[header], "{header}");
    }
    assert_eq!(place.microsoft.fetch("DELETE", &url, &[], None).await.status, 202);
    assert!(!shared.object(key).exists().await.unwrap());
}

pub(crate) async fn addresses_of_microsoft_are_good(place: &Place) {
    let shared = place.shared().await;
    let key = "a b+c%/\u{e9}";
    let allowed = json!({"permission": "rcwd"});
    all_of(&shared, key, &place.microsoft.sign("service", shared.blob(key), allowed.clone()).await).await;
    let container = json!({"container": shared.name});
    all_of(&shared, key, &place.microsoft.sign("service", container, allowed).await).await;
    let account = json!({"permission": "rcwd", "resource_types": "o"});
    all_of(&shared, key, &place.microsoft.sign("account", json!({}), account).await).await;
    shared.remove().await;
}

pub(crate) async fn addresses_of_delegates_are_good(place: &Place) {
    let shared = place.shared().await;
    let key = "a b+c%/\u{e9}";
    let allowed = json!({"permission": "rcwd"});
    all_of(&shared, key, &place.microsoft.sign("delegation", shared.blob(key), allowed.clone()).await).await;
    all_of(
        &shared,
        key,
        &place.microsoft.sign("delegation", json!({"container": shared.name}), allowed).await,
    )
    .await;
    let ours = shared.object(key).presign(Method::GET, MINUTE).await.unwrap();
    assert!(
        ours.url.expose().contains("&skoid=") || ours.url.expose().contains("?skoid="),
        "it is a delegate's"
    );
    shared.remove().await;
}

/// A storage that was given a query has no key: it does what the query allows, and nothing else.
pub(crate) async fn storages_with_a_query_of_microsoft_work(place: &Place) {
    let shared = place.shared().await;
    let container = json!({"container": shared.name});
    let query = place.microsoft.sign("service", container.clone(), json!({"permission": "rcwdl"})).await;
    let reading = place.microsoft.sign("service", container, json!({"permission": "rl"})).await;
    let account = place
        .microsoft
        .sign("account", json!({}), json!({"permission": "rcwdl", "resource_types": "sco"}))
        .await;
    for query in [query.as_str(), &format!("?{query}"), &account] {
        let ours = place.with_sas(query).container(&*shared.name).unwrap();
        for key in KEYS.iter().step_by(3) {
            let object = ours.object(*key).unwrap();
            object.put(key.as_bytes()).await.unwrap();
            assert_eq!(shared.read(key).await, key.as_bytes(), "{key:?}");
            assert_eq!(object.get().bytes().await.unwrap(), key.as_bytes(), "{key:?}");
            let listed: Vec<ListEntry> = ours.list().prefix(*key).try_collect().await.unwrap();
            assert_eq!(listed.len(), 1, "{key:?}");
            object.copy_to(&ours.object("copy").unwrap()).await.unwrap();
            assert_eq!(shared.read("copy").await, key.as_bytes(), "{key:?}");
            object.delete().await.unwrap();
        }
    }
    let ours = place.with_sas(&reading).container(&*shared.name).unwrap();
    assert_eq!(ours.object("copy").unwrap().get().bytes().await.unwrap(), shared.read("copy").await);
    let error = ours.object("copy").unwrap().put("no").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    shared.remove().await;
}
