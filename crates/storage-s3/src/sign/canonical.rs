//! The canonical form of a request, step one of a version 4 signature.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>

use std::ops::Range;

use http::{HeaderMap, HeaderName, HeaderValue};
use memchr::memchr2;

use crate::sign::v4::Rules;

/// A header that is signed: its name and one of its values.
pub(super) type Line<'a> = (&'a str, &'a HeaderValue);

/// Tells whether a header is left out of the signature because it may change on its way.
///
/// S3 demands `host` and every `x-amz-*`; all others are signed as well, so that nobody on the way can change what a
/// request says, except for these:
/// * `authorization` holds the signature itself.
/// * Those of one connection (`connection`, `te`, `transfer-encoding`, `upgrade`, `expect`, `trailer`, …): every proxy
///   writes its own, and `expect` is often answered and taken out on the way.
/// * `content-length`: a proxy that passes the body in pieces drops it. The payload's digest, or
///   `x-amz-decoded-content-length`, says the same and is signed.
/// * Those that proxies rewrite or add: `accept-encoding` (Google's front ends do), `user-agent`, `via`, `forwarded`,
///   `x-forwarded-*`, `x-real-ip`, `cookie`, and what tracing adds (`traceparent`, `x-amzn-trace-id`, …).
pub(super) fn travels_unsigned(name: &HeaderName) -> bool {
    let name = name.as_str();
    match name.as_bytes() {
        [b'x', b'-', b'a', b'm', b'z', b'-', ..] => false,
        [b'x', b'-', ..] => {
            name.starts_with("x-forwarded-")
                || name.starts_with("x-b3-")
                || matches!(name, "x-amzn-trace-id" | "x-cloud-trace-context" | "x-real-ip" | "x-request-id")
        }
        _ => matches!(
            name,
            "accept-encoding"
                | "authorization"
                | "b3"
                | "baggage"
                | "connection"
                | "content-length"
                | "cookie"
                | "expect"
                | "forwarded"
                | "keep-alive"
                | "max-forwards"
                | "proxy-authenticate"
                | "proxy-authorization"
                | "proxy-connection"
                | "te"
                | "traceparent"
                | "tracestate"
                | "trailer"
                | "transfer-encoding"
                | "upgrade"
                | "user-agent"
                | "via"
        ),
    }
}

/// Picks the headers to sign and sorts them by name; the values of one name stay in their order.
pub(super) fn signed_lines(headers: &HeaderMap, skip: impl Fn(&HeaderName) -> bool) -> Vec<Line<'_>> {
    let mut lines = Vec::with_capacity(headers.len());
    lines.extend(headers.iter().filter(|(name, _)| !skip(name)).map(|(name, value)| (name.as_str(), value)));
    lines.sort_by_key(|(name, _)| *name);
    lines
}

/// Splits a target into path and query.
pub(super) fn split_target(target: &str) -> (&str, &str) {
    target.split_once('?').unwrap_or((target, ""))
}

/// Appends the path: for S3 as it is sent, for all others normalised and encoded once more.
pub(super) fn push_path(out: &mut Vec<u8>, path: &str, rules: Rules) {
    match (rules, path) {
        (_, "") => out.push(b'/'),
        (Rules::S3, path) => out.extend_from_slice(path.as_bytes()),
        (Rules::General, path) => {
            for segment in normal_segments(path) {
                out.push(b'/');
                push_encoded(out, segment.as_bytes());
            }
        }
    }
}

/// Resolves `.` and `..` as RFC 3986 does, and drops empty segments but the last.
fn normal_segments(path: &str) -> Vec<&str> {
    let mut segments = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            other => segments.push(other),
        }
    }
    // What ends in a slash, or in dots that stand for a folder, keeps a slash at its end.
    let folder = matches!(path.rsplit('/').next(), Some("" | "." | ".."));
    if folder || segments.is_empty() {
        segments.push("");
    }
    segments
}

/// Appends the query, sorted by encoded name and value, each name with its `=`.
pub(super) fn push_query(out: &mut Vec<u8>, query: &str) {
    if query.is_empty() {
        return;
    }
    let pairs = query.split('&').filter(|it| !it.is_empty()).map(|it| it.split_once('=').unwrap_or((it, "")));
    // Protocols build most queries in order already.
    if pairs.clone().is_sorted() {
        push_pairs(out, pairs);
    } else {
        let mut pairs: Vec<_> = pairs.collect();
        pairs.sort_unstable();
        push_pairs(out, pairs);
    }
}

fn push_pairs<'a>(out: &mut Vec<u8>, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) {
    for (index, (name, value)) in pairs.into_iter().enumerate() {
        if index > 0 {
            out.push(b'&');
        }
        out.extend_from_slice(name.as_bytes());
        out.push(b'=');
        out.extend_from_slice(value.as_bytes());
    }
}

/// Appends the lines of the headers, an empty line and the list of their names; returns where that list is.
pub(super) fn push_headers(out: &mut Vec<u8>, lines: &[Line<'_>]) -> Range<usize> {
    let mut last = "";
    for &(name, value) in lines {
        if name == last {
            out.pop();
            out.push(b',');
        } else {
            out.extend_from_slice(name.as_bytes());
            out.push(b':');
        }
        push_folded(out, value.as_bytes());
        out.push(b'\n');
        last = name;
    }
    out.push(b'\n');
    let start = out.len();
    push_names(out, lines);
    start..out.len()
}

/// Appends the names of the headers, each once.
pub(super) fn push_names(out: &mut Vec<u8>, lines: &[Line<'_>]) {
    let start = out.len();
    let mut last = "";
    for &(name, _) in lines.iter() {
        if name != last {
            if out.len() > start {
                out.push(b';');
            }
            out.extend_from_slice(name.as_bytes());
            last = name;
        }
    }
}

/// Appends a value without blanks around it and with one blank for each run of them inside; other bytes as they are.
///
/// A tab counts as a blank, as it does in the servers and SDKs that fold at all by words.
fn push_folded(out: &mut Vec<u8>, value: &[u8]) {
    let mut rest = value.trim_ascii();
    while let Some(at) = memchr2(b' ', b'\t', rest) {
        let (word, blanks) = rest.split_at(at);
        out.extend_from_slice(word);
        out.push(b' ');
        rest = blanks.trim_ascii_start();
    }
    out.extend_from_slice(rest);
}

/// Appends bytes with all but the unreserved characters of RFC 3986 percent-encoded.
pub(super) fn push_encoded(out: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: [u8; 16] = *b"0123456789ABCDEF";
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or(b'0');
    for &byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte),
            _ => out.extend([b'%', digit(byte >> 4), digit(byte & 15)]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_changes_on_its_way_is_not_signed() {
        for name in
            ["host", "content-type", "content-md5", "range", "if-match", "x-amz-date", "x-amz-te", "date"]
        {
            assert!(!travels_unsigned(&name.parse().unwrap()), "{name}");
        }
        for name in [
            "authorization",
            "user-agent",
            "te",
            "content-length",
            "accept-encoding",
            "traceparent",
            "x-forwarded-for",
            "x-amzn-trace-id",
            "x-b3-spanid",
        ] {
            assert!(travels_unsigned(&name.parse().unwrap()), "{name}");
        }
    }

    #[test]
    fn a_query_is_sorted_by_name_before_value() {
        let cases = [
            ("", ""),
            ("acl", "acl="),
            ("a=1&a=0", "a=0&a=1"),
            // `-` sorts before `=`, so comparing whole pairs would turn these round.
            ("a=2&a-b=1", "a=2&a-b=1"),
            ("uploads&prefix=J&max-keys=2", "max-keys=2&prefix=J&uploads="),
            ("b=%20&&a", "a=&b=%20"),
            ("a=b=c", "a=b=c"),
        ];
        for (query, want) in cases {
            assert_eq!(written(|out| push_query(out, query)), want, "{query}");
        }
    }

    #[test]
    fn a_path_is_sent_as_it_is_to_s3_only() {
        let cases = [
            ("", "/", "/"),
            ("/", "/", "/"),
            ("/a//b/../c/./%20", "/a//b/../c/./%20", "/a/c/%2520"),
            ("/a/", "/a/", "/a/"),
            ("/a/..", "/a/..", "/"),
            ("/a/b/..", "/a/b/..", "/a/"),
        ];
        for (path, s3, general) in cases {
            assert_eq!(written(|out| push_path(out, path, Rules::S3)), s3);
            assert_eq!(written(|out| push_path(out, path, Rules::General)), general);
        }
    }

    #[test]
    fn fault_122_values_are_trimmed_folded_and_joined() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("x-amz-meta-b", &b"  two  blanks \t and a tab\t"[..]),
            ("X-Amz-Meta-A", b"1"),
            ("host", b"h"),
            ("x-amz-meta-a", b" 2  3 "),
            ("x-amz-meta-c", b""),
            ("x-amz-meta-d", "\u{fc}\u{a0} x".as_bytes()),
            ("user-agent", b"u"),
        ] {
            headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(value).unwrap());
        }
        let lines = signed_lines(&headers, travels_unsigned);
        let mut out = Vec::new();
        let names = push_headers(&mut out, &lines);
        assert_eq!(&out[names], b"host;x-amz-meta-a;x-amz-meta-b;x-amz-meta-c;x-amz-meta-d");
        let want = "host:h\nx-amz-meta-a:1,2 3\nx-amz-meta-b:two blanks and a tab\nx-amz-meta-c:\n\
                    x-amz-meta-d:\u{fc}\u{a0} x\n\n";
        assert!(String::from_utf8(out).unwrap().starts_with(want));
    }
}
