//! Addresses: what they name, and what they never show.

#![cfg(test)]

use proptest::prelude::*;
use storage::{Address, ErrorKind};

fn parse(url: &str) -> (Option<String>, Option<String>) {
    let address = Address::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"));
    (address.container, address.key)
}

fn parts(container: &str, key: &str) -> (Option<String>, Option<String>) {
    (Some(container.to_owned()), Some(key.to_owned()))
}

#[test]
fn keys_are_decoded_once_and_nothing_is_folded() {
    for (url, key) in [
        ("a/b.txt", "a/b.txt"),
        ("a%2Fb", "a/b"),
        ("a%252Fb", "a%2Fb"),
        ("100%25", "100%"),
        ("what%3F", "what?"),
        ("c%23", "c#"),
        ("a+b%20c d", "a+b c d"),
        ("/x", "/x"),
        ("x/", "x/"),
        ("a//b", "a//b"),
        ("../a/./b/..", "../a/./b/.."),
        ("..%2Fa", "../a"),
        ("\\", "\\"),
        ("a=b&c;d@e:f", "a=b&c;d@e:f"),
        ("%F0%9F%98%80é", "😀é"),
        ("e%CC%81", "e\u{301}"),
        ("a%0Ab", "a\nb"),
    ] {
        assert_eq!(parse(&format!("memory://c/{url}?x=1")), parts("c", key), "{url}");
    }
}

#[test]
fn an_address_may_end_anywhere() {
    for url in ["memory://", "memory:///", "MEMORY://?root=x"] {
        assert_eq!(parse(url), (None, None), "{url}");
    }
    for url in ["memory://c", "memory://c/", "Memory://c?x=1", "memory://c/?x=1"] {
        assert_eq!(parse(url), (Some("c".into()), None), "{url}");
    }
    assert_eq!(parse("memory://a%40b%3Ac/k"), parts("a@b:c", "k"));
    assert_eq!(Address::parse("S3-EU-West://c").unwrap().id, "s3_eu_west");
}

#[test]
fn settings_are_decoded_once_and_each_comes_once() {
    let address = Address::parse("local://c/k?Root=/a%26b?c&&Secret-Key=x+y%2Bz=&empty=").unwrap();
    let settings: Vec<_> = address.settings.iter().collect();
    assert_eq!(settings, [("empty", ""), ("root", "/a&b?c"), ("secret_key", "x+y+z=")]);
    assert!(!format!("{address:?}").contains("x+y"));
}

#[test]
fn fault_175_a_bad_address_says_what_is_wrong_and_shows_nothing() {
    for (url, word) in [
        ("canary", "ID://container/key"),
        ("memory:/canary", "ID://container/key"),
        ("s3://canary:canary@bucket/key", "give credentials as settings"),
        ("s3://host:9000/canary", "port"),
        ("memory:///canary", "needs a container"),
        ("memory://c/canary#x", "%23"),
        ("memory://c/canary%", "the key has a `%`"),
        ("memory://c/canary%zz", "the key has a `%`"),
        ("memory://c/canary%é", "the key has a `%`"),
        ("memory://c/canary%FF", "not UTF-8"),
        ("memory://canary%f/x", "the container has a `%`"),
        ("memory://c/k?canary", "name=value"),
        ("memory://c/k?a=canary&A=canary", "twice"),
        ("memory://c/k?secret=canary%", "the value of a setting"),
        ("memory://c/k?sekret=canary", "unknown setting `sekret`"),
        ("canarycanarycanarycanarycanarycanary://c", "unknown provider;"),
        ("can ary://canary", "unknown provider;"),
    ] {
        let error = storage::from_url(url).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{url}: {error}");
        assert!(error.to_string().contains(word), "{url}: {error}");
        assert!(!format!("{error:?} {error}").contains("canary"), "{error}");
    }
}

#[test]
fn a_location_holds_handles() {
    let location = storage::from_url("memory://photos/2026%2Fcat.jpg").unwrap();
    assert_eq!(location.container.unwrap().name(), "photos");
    assert_eq!(location.key.unwrap(), "2026/cat.jpg");
    assert_eq!(location.storage.provider().id, "memory");
    let error = storage::from_url("memory://c/a%00b").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
}

/// Text in which the characters that mean something in an address are frequent.
fn odd() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[a-z%?#&=:/@.+2Ff é😀-]{0,24}", "(s3|memory|local)://[a-z%?#&=:/@.]{0,24}"]
}

const CANARY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

proptest! {
    #[test]
    fn fault_175_any_address_ends_in_a_location_or_an_error(url in odd()) {
        let _either = storage::from_url(&url);
    }

    #[test]
    fn fault_175_no_address_shows_the_value_of_a_setting(
        before in odd(), id in "(s3|memory|local|[a-z0-9_-]{0,30})", after in odd(), name in "[a-z_%.]{0,12}",
    ) {
        let before = before.replace('?', "");
        for url in [
            format!("{id}://c/k?{name}={CANARY}"),
            format!("{id}://{before}?{name}={CANARY}&{after}"),
            format!("{id}://user:{CANARY}@{after}"),
            format!("{id}://{CANARY}:{CANARY}@{after}"),
            format!("{CANARY}://{after}"),
            CANARY.to_owned(),
        ] {
            if let Err(error) = storage::from_url(&url) {
                let mut shown = format!("{error} {error:?}");
                let mut source = std::error::Error::source(&error);
                while let Some(below) = source {
                    shown += &format!("{below} {below:?}");
                    source = below.source();
                }
                prop_assert!(!shown.contains(CANARY) && !shown.contains("EXAMPLEKEY"), "{}", shown);
            }
        }
    }

    #[test]
    fn a_key_that_is_encoded_comes_back(container in "[a-zé]{1,8}", key in "\\PC{1,20}") {
        let encode = |text: &str| text.bytes().map(|it| format!("%{it:02x}")).collect::<String>();
        let url = format!("memory://{}/{}", encode(&container), encode(&key));
        prop_assert_eq!(parse(&url), parts(&container, &key));
    }
}
