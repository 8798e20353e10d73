//! The examples of the documentation, and what a request looks like after it.

use http::Method;

use super::{ACCOUNT, headers, hmac_of, key, signed};
use crate::sign::shared_key::sign;

const DATE: (&str, &str) = ("x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT");
const VERSION: (&str, &str) = ("x-ms-version", "2015-02-21");

#[test]
fn get_container_metadata() {
    let target = "/mycontainer?comp=metadata&restype=container&timeout=20";
    assert_eq!(
        signed(&Method::GET, target, &[DATE, VERSION], 0),
        "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n\
         /myaccount/mycontainer\ncomp:metadata\nrestype:container\ntimeout:20"
    );
}

#[test]
fn resources() {
    for (target, want) in [
        ("/mycontainer?restype=container&comp=metadata", "/mycontainer\ncomp:metadata\nrestype:container"),
        (
            "/container?restype=container&comp=list&include=snapshots&include=metadata&include=uncommittedblobs",
            "/container\ncomp:list\ninclude:metadata,snapshots,uncommittedblobs\nrestype:container",
        ),
        ("/mycontainer/myblob", "/mycontainer/myblob"),
        ("/?comp=list", "/\ncomp:list"),
        ("?comp=list", "/\ncomp:list"),
        ("/", "/"),
        ("/c?a=1&&b", "/c\na:1\nb:"),
        ("/c?a=b=c&x=%zz", "/c\na:b=c\nx:%zz"),
    ] {
        let text = signed(&Method::GET, target, &[], 0);
        assert_eq!(text, format!("GET{}/myaccount{want}", "\n".repeat(12)));
    }
}

#[test]
fn every_line_has_its_place() {
    let pairs = [
        ("range", "bytes=0-1"),
        ("if-unmodified-since", "u"),
        ("if-none-match", "n"),
        ("if-match", "m"),
        ("if-modified-since", "i"),
        ("date", "d"),
        ("content-type", "t"),
        ("content-md5", "5"),
        ("content-language", "l"),
        ("content-encoding", "e"),
        // The length is that of the body, whatever a header says, and what proxies may change is not signed.
        ("content-length", "1"),
        ("user-agent", "me"),
        ("accept", "*/*"),
        ("authorization", "old"),
    ];
    let want = "PUT\ne\nl\n1234567\n5\nt\nd\ni\nm\nn\nu\nbytes=0-1\n/myaccount/c/b";
    assert_eq!(signed(&Method::PUT, "/c/b", &pairs, 1_234_567), want);
}

#[test]
fn a_range_by_the_own_header_has_no_line() {
    let text = signed(&Method::GET, "/c/b", &[("x-ms-range", "bytes=0-1")], 0);
    assert_eq!(text, format!("GET{}x-ms-range:bytes=0-1\n/myaccount/c/b", "\n".repeat(12)));
}

#[test]
fn the_header_is_set_once_and_hidden() {
    let mut all = headers(&[DATE, VERSION, ("authorization", "Bearer of-somebody-else")]);
    sign(&Method::GET, "/devstoreaccount1?comp=list", &mut all, 0, &key()).unwrap();
    let empty = [""; 11];
    let mut lines = vec!["GET"];
    lines.extend(empty);
    lines.extend(["x-ms-date:Fri, 26 Jun 2015 23:39:12 GMT", "x-ms-version:2015-02-21"]);
    lines.extend(["/devstoreaccount1/devstoreaccount1", "comp:list"]);
    let value = &all["authorization"];
    assert_eq!(value.to_str().unwrap(), format!("SharedKey {ACCOUNT}:{}", hmac_of(&lines)));
    assert!(value.is_sensitive());
    assert_eq!(all.get_all("authorization").iter().count(), 1);
    assert!(!format!("{all:?}").contains("SharedKey"));
}

#[test]
fn an_account_that_no_header_carries_is_refused() {
    let mut key = key();
    key.account = "a\nb".to_owned();
    let mut all = headers(&[]);
    let error = sign(&Method::GET, "/", &mut all, 0, &key).unwrap_err();
    assert_eq!(error.kind(), storage_core::ErrorKind::Configuration);
    assert!(all.is_empty());
}
