//! Keys that need care on their way: in a path, in a query, in a signature, in XML.

use serde_json::json;
use storage_core::ListEntry;

use crate::place::Place;

/// Every kind of character that something between a client and a server treats specially.
pub(crate) const KEYS: &[&str] = &[
    "plain.txt",
    " blanks around ",
    "a b",
    "a+b",
    "a%2Fb",
    "a%20b",
    "%2E%2E/x",
    "100%",
    "%",
    "what?x=1",
    "frag#ment",
    "a&b=c&amp;d",
    "it's",
    "\"quoted\"",
    "<tag/>]]>",
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
    "nbsp-\u{a0}-bom-\u{feff}",
    "\u{10ffff}",
    "uploads",
    "?comp=acl",
    "?restype=container",
    "/lead",
    "//two",
    "a//b",
    "a/",
    "a/b/",
    ".hidden",
    "a/.b",
    "..two/three...x",
    "tab\there",
    "delete\u{7f}",
];

fn sorted() -> Vec<&'static str> {
    let mut keys = KEYS.to_vec();
    keys.sort_unstable();
    keys
}

pub(crate) async fn keys_of_microsoft_are_found(place: &Place) {
    let shared = place.shared().await;
    let keys = sorted();
    for key in &keys {
        shared.write(key, key.as_bytes()).await;
    }
    assert_eq!(shared.keys().await, keys);
    let mut paged: Vec<ListEntry> = shared.ours.list().page_size(3).try_collect().await.unwrap();
    paged.sort_by(|a, b| a.name().cmp(b.name()));
    assert!(paged.iter().map(|it| it.name().as_str()).eq(keys.iter().copied()));
    for key in &keys {
        let object = shared.object(key);
        assert_eq!(object.head().await.unwrap().size, key.len() as u64, "{key:?}");
        assert_eq!(object.get().bytes().await.unwrap(), key.as_bytes(), "{key:?}");
        let listed: Vec<ListEntry> = shared.ours.list().prefix(*key).try_collect().await.unwrap();
        assert!(listed.iter().any(|it| it.name() == key), "{key:?}");
    }
    shared.remove().await;
}

pub(crate) async fn keys_are_found_by_microsoft(place: &Place) {
    let shared = place.shared().await;
    let keys = sorted();
    for key in &keys {
        shared.object(key).put(key.as_bytes()).await.unwrap();
    }
    assert_eq!(shared.keys_of_microsoft().await, keys);
    for key in &keys {
        assert_eq!(shared.read(key).await, key.as_bytes(), "{key:?}");
    }
    // Copies name their source in a header.
    for key in &keys {
        let copy = shared.object(&format!("copies/{key}"));
        shared.object(key).copy_to(&copy).await.unwrap_or_else(|error| panic!("{key:?}: {error}"));
        assert_eq!(shared.read(&format!("copies/{key}")).await, key.as_bytes(), "{key:?}");
        copy.delete().await.unwrap();
    }
    for key in keys.iter().step_by(2) {
        shared.object(key).delete().await.unwrap();
    }
    let left: Vec<_> = keys.iter().copied().skip(1).step_by(2).collect();
    assert_eq!(shared.keys_of_microsoft().await, left);
    shared.remove().await;
}

pub(crate) async fn folders_are_those_of_microsoft(place: &Place) {
    let shared = place.shared().await;
    for key in ["a", "a/1", "a/2/x", "a+b/1", "a%/1", "b c/1", "b c/2", "\u{e9}/1", "a/"] {
        shared.write(key, b"x").await;
    }
    for prefix in ["", "a", "a/", "a/2/", "b c/", "\u{e9}", "none"] {
        let parameters = json!({"name_starts_with": prefix, "delimiter": "/"});
        let answer = shared.container("walk_blobs", parameters).await;
        let names = answer.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned());
        let mut theirs: Vec<String> = names.collect();
        theirs.sort();
        for size in [1000, 2] {
            let listing = shared.ours.list().prefix(prefix).delimiter("/").page_size(size);
            let all: Vec<ListEntry> = listing.try_collect().await.unwrap();
            let mut ours: Vec<_> = all.iter().map(|it| it.name().as_str().to_owned()).collect();
            ours.sort();
            assert_eq!(ours, theirs, "{prefix:?}, {size} a page");
        }
    }
    shared.remove().await;
}
