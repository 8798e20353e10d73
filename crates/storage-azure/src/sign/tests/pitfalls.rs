//! What other implementers got wrong.

use http::Method;

use super::{ACCOUNT, at, headers, hmac_of, key, parameter, reading, signed};
use crate::sign::order::compare;
use crate::sign::sas::{AccountSas, Grant, Resource, ResponseHeaders, ServiceSas, Version};

const EMPTY: &str = "\n\n\n\n\n\n\n\n\n\n\n\n";

#[test]
fn pitfall_01_a_length_of_zero_and_the_date_are_empty_lines() {
    let pairs = [("content-length", "0"), ("date", "Sat, 27 Jun 2015 00:00:00 GMT"), ("x-ms-date", "d")];
    let text = signed(&Method::PUT, "/c/b", &pairs, 0);
    assert_eq!(text, format!("PUT{EMPTY}x-ms-date:d\n/myaccount/c/b"));
    assert!(signed(&Method::PUT, "/c/b", &pairs, 10).starts_with("PUT\n\n\n10\n\n\n\n"));
}

#[test]
fn pitfall_02_headers_are_sorted_as_words() {
    // Each of these was seen in what the service says that it signed.
    let sorted = [
        "x-ms-blob-type",
        "x-ms-client-request-id",
        "x-ms-date",
        "x-ms-meta-foo",
        "x-ms-meta-foo_bar",
        "x-ms-meta-foo2",
        "x-ms-meta-foo2_bar",
        "x-ms-meta-foo3",
        "x-ms-meta-i_",
        "x-ms-meta-i0",
        "x-ms-meta-ia",
        "x-ms-meta-test",
        "x-ms-meta-test-",
        "x-ms-meta-test--",
        "x-ms-meta-test_-",
        "x-ms-meta-test-_",
        "x-ms-meta-test__",
        "x-ms-meta-test_a",
        "x-ms-meta-test_a-",
        "x-ms-meta-test-_a",
        "x-ms-meta-test_a_",
        "x-ms-meta-test_a-_",
        "x-ms-meta-test_z",
        "x-ms-meta-test-a",
        "x-ms-version",
    ];
    for pair in sorted.windows(2) {
        assert!(compare(pair[0], pair[1]).is_lt(), "{pair:?}");
    }
    let pairs: Vec<_> = sorted.iter().rev().map(|name| (*name, "v")).collect();
    let lines: String = sorted.iter().map(|name| format!("{name}:v\n")).collect();
    assert_eq!(signed(&Method::GET, "/c/b", &pairs, 0), format!("GET{EMPTY}{lines}/myaccount/c/b"));
}

/// The emulator sorts with another collation, in which hyphens count; for what we send both have one order.
#[test]
fn pitfall_02_names_that_are_sent_sort_alike_where_hyphens_count() {
    let legal = ["x-ms-meta-a_b", "x-ms-meta-a1", "x-ms-meta-ab", "x-ms-meta-_", "x-ms-meta-z"];
    let names: Vec<&str> = include_str!("../../names.rs")
        .split('"')
        .filter(|text| text.starts_with("x-ms-") && !text.ends_with('-'))
        .chain(legal)
        .collect();
    assert!(names.len() > 20, "{names:?}");
    let rank = |byte: u8| match byte {
        b'_' => 0,
        b'-' => 1,
        other => other,
    };
    for left in &names {
        for right in &names {
            let other = left.bytes().map(rank).cmp(right.bytes().map(rank));
            assert_eq!(compare(left, right), other, "{left} and {right}");
        }
    }
}

#[test]
fn pitfall_03_the_path_is_signed_as_sent_and_the_query_decoded() {
    let target = "/devstoreaccount1/c/a%20b/%C3%BC%252F?Prefix=a%2Fb%20c&B=2&b=1&comp=x%2By+z";
    let text = signed(&Method::GET, target, &[], 0);
    let want = "/myaccount/devstoreaccount1/c/a%20b/%C3%BC%252F\nb:1,2\ncomp:x+y+z\nprefix:a/b c";
    assert_eq!(text, format!("GET{EMPTY}{want}"));
}

#[test]
fn pitfall_03_values_keep_their_case_and_names_do_not() {
    let mut all = headers(&[("X-Ms-Meta-Name", "Value"), ("x-ms-meta-name", "value")]);
    all.append("content-type", "Text/Plain".parse().unwrap());
    let text = crate::sign::shared_key::string_to_sign(&Method::PUT, "/c/B", &all, 0, "a");
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains("\nText/Plain\n"), "{text}");
    assert!(text.ends_with("\nx-ms-meta-name:Value,value\n/a/c/B"), "{text}");
}

#[test]
fn fault_122_values_are_trimmed_and_blanks_inside_stay() {
    let pairs =
        [("x-ms-meta-a", " \t two  blanks\tand a tab \t"), ("x-ms-meta-b", "  "), ("content-type", " t ")];
    let text = signed(&Method::PUT, "/c/b", &pairs, 0);
    let want = "PUT\n\n\n\n\nt\n\n\n\n\n\n\nx-ms-meta-a:two  blanks\tand a tab\nx-ms-meta-b:\n/myaccount/c/b";
    assert_eq!(text, want);
}

#[test]
fn pitfall_04_a_signed_query_is_for_the_decoded_name() {
    let sas = |name| ServiceSas {
        grant: reading(),
        container: "c",
        resource: Resource::Blob(name),
        identifier: None,
        response: ResponseHeaders::default(),
    };
    for name in ["a b/ü", "a%2Fb", "%2E", "a//b", "/a", "a+b", "dots..", "q?x=1&y#z", "a\\b"] {
        let query = sas(name).sign(&key()).unwrap();
        let path = format!("/blob/{ACCOUNT}/c/{name}");
        let mut lines = vec!["r", "", "2030-01-01T00:00:00Z", &path, "", "", "", "2025-11-05", "b"];
        lines.extend(["", "", "", "", "", "", ""]);
        assert_eq!(parameter(query.expose(), "sig").unwrap(), hmac_of(&lines), "{name}");
        assert!(!query.expose().contains("a%2Fb"), "the name is no part of the query");
    }
}

#[test]
fn pitfall_06_a_signature_has_no_start_unless_it_is_asked_for() {
    let sas =
        |start| AccountSas { grant: Grant { start, ..reading() }, services: "b", resource_types: "sco" };
    let query = sas(None).sign(&key()).unwrap();
    assert_eq!(parameter(query.expose(), "st"), None);
    assert_eq!(parameter(query.expose(), "se").unwrap(), "2030-01-01T00:00:00Z");
    let query = sas(Some(at(1_700_000_000))).sign(&key()).unwrap();
    assert_eq!(parameter(query.expose(), "st").unwrap(), "2023-11-14T22:13:20Z");
}

#[test]
fn pitfall_06_the_signature_is_encoded_once_and_last() {
    // Some of these signatures hold `+` and `/`, all of them `=`.
    for seconds in 0..64 {
        let grant = Grant { expiry: Some(at(1_893_456_000 + seconds)), ..reading() };
        let query = AccountSas { grant, services: "b", resource_types: "o" }.sign(&key()).unwrap();
        let (before, raw) = query.expose().split_once("&sig=").unwrap();
        assert!(!before.contains("sig=") && !raw.contains(['&', '+', '/', '=']), "{raw}");
        assert!(raw.ends_with("%3D") && !raw.contains("%25"), "{raw}");
        assert_eq!(parameter(query.expose(), "sig").unwrap().len(), 44);
    }
}

#[test]
fn pitfall_06_newer_versions_sign_more_lines() {
    let lines_of = |version: Version| {
        let grant = Grant { version, ..reading() };
        let response = ResponseHeaders::default();
        let sas =
            ServiceSas { grant, container: "c", resource: Resource::Container, identifier: None, response };
        let query = sas.sign(&key()).unwrap();
        let path = format!("/blob/{ACCOUNT}/c");
        let own = ["r", "", "2030-01-01T00:00:00Z", &path, "", "", "", version.as_str(), "c"];
        let sig = parameter(query.expose(), "sig").unwrap();
        // As many empty lines as it takes.
        (1..20).find(|more| {
            let mut lines = own.to_vec();
            lines.resize(own.len() + more, "");
            hmac_of(&lines) == sig
        })
    };
    assert_eq!(lines_of(Version::V2019_12_12), Some(6));
    assert_eq!(lines_of(Version::V2020_02_10), Some(6));
    for version in [Version::V2020_12_06, Version::V2021_12_02, Version::V2023_11_03, Version::V2025_11_05] {
        assert_eq!(lines_of(version), Some(7));
    }
}
