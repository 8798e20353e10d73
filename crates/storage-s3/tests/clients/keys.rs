//! Keys that need care on their way: in a path, in a query, in XML.

use serde_json::{Value, json};
use storage_core::ListEntry;

use crate::boto::{V4, bytes, content};
use crate::place::Place;

/// Every kind of character that something between a client and a server treats specially.
pub(crate) const KEYS: &[&str] = &[
    "plain.txt",
    " blanks around ",
    "a b",
    "a+b",
    "a%2Fb",
    "a%20b",
    "100%",
    "%",
    "what?x=1",
    "frag#ment",
    "a&b=c&amp;d",
    "it's",
    "\"quoted\"",
    "<tag/>]]>",
    "back\\slash",
    "nfc-\u{e9}",
    "nfd-e\u{301}",
    "emoji-\u{1f980}",
    "\u{4e2d}\u{6587}/\u{6587}\u{4ef6}",
    "~tilde",
    "a*b",
    "semi;colon,comma",
    "at@colon:",
    "$dollar!",
    "(round)[square]{curly}^`|",
    "dir/with.dots/file..",
    "...",
    "nbsp-\u{a0}-bom-\u{feff}",
    "\u{10ffff}",
    "uploads",
    "?acl",
];

/// Keys that look like paths to be put in order.
const PATHS: &[&str] = &["/lead", "//two", "a//b", "a/", "a/b/", "./x", "../x", "x/./y", "x/../y", "..", "."];

/// Keys with control characters; XML has no way to write the last three.
const CONTROL: &[&str] = &[
    "line\nbreak",
    "carriage\rreturn",
    "tab\there",
    "delete\u{7f}",
    "bell\u{7}",
    "escape\u{1b}",
    "one\u{1}",
];

/// Returns the keys that a server keeps.
fn keys(place: &Place) -> Vec<&'static str> {
    let mut keys = KEYS.to_vec();
    if !place.is(&["rclone"]) {
        keys.extend_from_slice(PATHS);
        keys.extend_from_slice(CONTROL);
    }
    keys.retain(|it| keeps(place, it));
    keys.sort_unstable();
    keys
}

fn keeps(place: &Place, key: &str) -> bool {
    match place.server {
        // It answers 404 to boto3 as well.
        "moto" => !key.contains('\n'),
        _ => true,
    }
}

pub(crate) async fn keys_of_boto3_are_found(place: &Place) {
    let bucket = place.bucket().await;
    let keys = keys(place);
    for key in &keys {
        bucket.boto("put_object", json!({"Key": key, "Body": bytes(key.as_bytes())})).await;
    }
    assert_eq!(bucket.keys().await, keys);
    let mut paged: Vec<ListEntry> = bucket.ours.list().page_size(3).try_collect().await.unwrap();
    paged.sort_by(|a, b| a.name().cmp(b.name()));
    assert!(paged.iter().map(|it| it.name().as_str()).eq(keys.iter().copied()));
    for key in &keys {
        // Swift can't tell where the keys behind the last character of all start; it answers 503 to boto3 as well.
        let found = !place.is(&["swift"]) || *key != "\u{10ffff}";
        let object = bucket.object(key);
        assert_eq!(object.head().await.unwrap().size, key.len() as u64, "{key:?}");
        assert_eq!(object.get().bytes().await.unwrap(), key.as_bytes(), "{key:?}");
        if found {
            let listed: Vec<ListEntry> = bucket.ours.list().prefix(*key).try_collect().await.unwrap();
            assert!(listed.iter().any(|it| it.name() == key), "{key:?}");
        } else {
            let query = bucket.with(json!({"Prefix": key}));
            let of_boto = place.boto.try_call(V4, "list_objects_v2", query).await;
            assert_eq!(of_boto.unwrap_err().1, 503);
        }
    }
    bucket.remove().await;
}

pub(crate) async fn keys_are_found_by_boto3(place: &Place) {
    let bucket = place.bucket().await;
    let keys = keys(place);
    for key in &keys {
        bucket.object(key).put(key.as_bytes()).await.unwrap();
    }
    assert_eq!(bucket.keys_of_boto().await, keys);
    for key in &keys {
        let got = bucket.boto("get_object", json!({"Key": key})).await;
        assert_eq!(content(&got["Body"]), key.as_bytes(), "{key:?}");
    }
    // Copies name their source in a header.
    for key in &keys {
        let copy = bucket.object(&format!("copies/{key}"));
        bucket.object(key).copy_to(&copy).await.unwrap_or_else(|error| panic!("{key:?}: {error}"));
        assert_eq!(copy.get().bytes().await.unwrap(), key.as_bytes(), "{key:?}");
        copy.delete().await.unwrap();
    }
    for key in keys.iter().step_by(2) {
        bucket.object(key).delete().await.unwrap();
    }
    let left: Vec<_> = keys.iter().copied().skip(1).step_by(2).collect();
    assert_eq!(bucket.keys_of_boto().await, left);
    bucket.remove().await;
}

pub(crate) async fn folders_are_those_of_boto3(place: &Place) {
    let bucket = place.bucket().await;
    for key in ["a", "a/1", "a/2/x", "a+b/1", "a%/1", "b c/1", "b c/2", "\u{e9}/1", "a/"] {
        bucket.boto("put_object", json!({"Key": key, "Body": bytes(b"x")})).await;
    }
    for prefix in ["", "a", "a/", "a/2/", "b c/", "\u{e9}", "none"] {
        let answer = bucket.boto("list_objects_v2", json!({"Delimiter": "/", "Prefix": prefix})).await;
        let names = |list: &str, field: &str| -> Vec<String> {
            let text = |it: &Value| it[field].as_str().unwrap().to_owned();
            answer[list].as_array().map(|all| all.iter().map(text).collect()).unwrap_or_default()
        };
        let mut of_boto = names("Contents", "Key");
        of_boto.extend(names("CommonPrefixes", "Prefix"));
        of_boto.sort();
        for size in [1000, 2] {
            let listing = bucket.ours.list().prefix(prefix).delimiter("/").page_size(size);
            let all: Vec<ListEntry> = listing.try_collect().await.unwrap();
            let mut ours: Vec<_> = all.iter().map(|it| it.name().as_str().to_owned()).collect();
            ours.sort();
            assert_eq!(ours, of_boto, "{prefix:?}, {size} a page");
        }
    }
    bucket.remove().await;
}
