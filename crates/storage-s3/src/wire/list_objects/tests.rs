use proptest::prelude::*;
use storage_core::{ErrorKind, Key, ObjectEntry};
use time::macros::datetime;

use super::scan::scan;
use super::tree::read_page;
use super::*;

const AWS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>photos</Name><Prefix></Prefix><NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken><KeyCount>3</KeyCount><MaxKeys>3</MaxKeys><Delimiter>/</Delimiter><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><Contents><Key>a%2Bb+c.txt</Key><LastModified>2026-11-20T08:30:00.000Z</LastModified><ETag>&quot;70ee1738b6b21e2c8a43f3a5ab0eee71&quot;</ETag><ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumAlgorithm>SHA256</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>11</Size><Owner><ID>7cd4</ID><DisplayName>jo &amp; co</DisplayName></Owner><StorageClass>STANDARD</StorageClass></Contents><Contents><Key>z.txt</Key><LastModified>2026-11-20T08:30:01Z</LastModified><ETag>"9c8af9a76df052144598c115ef33e511-2"</ETag><Size>1073741824</Size><StorageClass>GLACIER</StorageClass><RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress></RestoreStatus></Contents><CommonPrefixes><Prefix>photos/</Prefix></CommonPrefixes></ListBucketResult>"#;

/// What radosgw sends: another order, an element of its own, slashes encoded.
const RADOSGW: &str = r#"<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix></Prefix><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated><EncodingType>url</EncodingType><Contents><Key>a%2Fb%20c</Key><LastModified>2026-11-20T08:30:00.123Z</LastModified><ETag>&quot;x&quot;</ETag><Size>0</Size><StorageClass>STANDARD</StorageClass><Owner><ID>u</ID><DisplayName>U</DisplayName></Owner><Type>Normal</Type></Contents><Marker></Marker></ListBucketResult>"#;

/// What servers written in Go send: the encoding comes last, quotes as numbers.
const LATE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>b</Name><Prefix></Prefix><KeyCount>2</KeyCount><MaxKeys>2</MaxKeys><Delimiter></Delimiter><IsTruncated>false</IsTruncated><Contents><Key>a+b/c%25</Key><LastModified>2026-11-20T08:30:00.123Z</LastModified><ETag>&#34;x&#34;</ETag><Size>1</Size><Owner><ID></ID><DisplayName></DisplayName></Owner><StorageClass>STANDARD</StorageClass></Contents><CommonPrefixes><Prefix>b%2F/</Prefix></CommonPrefixes><EncodingType>url</EncodingType></ListBucketResult>";

fn page(inside: &str) -> Bytes {
    Bytes::from(format!("<ListBucketResult>{inside}</ListBucketResult>"))
}

fn entry(key: &str) -> String {
    format!("<Contents><Key>{key}</Key><Size>1</Size></Contents>")
}

fn read(page: &Bytes, decoding: KeyDecoding, api: ListApi) -> Page<ListEntry> {
    match parse(page, decoding, api).unwrap() {
        Body::Ok(page) => page,
        Body::Failed(error) => panic!("{error:?}"),
    }
}

fn names(page: &Page<ListEntry>) -> Vec<&str> {
    page.items.iter().map(|it| it.name().as_str()).collect()
}

fn problem(page: &Bytes) -> storage_core::Error {
    let error = parse(page, KeyDecoding::Url, ListApi::V2).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    error
}

/// Reads a page both ways, and insists that they agree; tells what the scanner made of it.
fn both(page: &Bytes, decoding: KeyDecoding) -> Option<Listing> {
    let fast = scan(page, decoding);
    if let Some(fast) = &fast {
        assert_eq!(read_page(page, decoding).unwrap(), Body::Ok(fast.clone()), "{page:?}");
    }
    fast
}

#[test]
fn a_page_of_aws_is_read_whole() {
    let body = Bytes::from_static(AWS.as_bytes());
    assert!(both(&body, KeyDecoding::Url).is_some());
    let page = read(&body, KeyDecoding::Url, ListApi::V2);
    assert_eq!(page.next.as_deref(), Some("1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM="));
    assert_eq!(names(&page), ["a+b c.txt", "photos/", "z.txt"]);
    let first = page.items[0].clone().object().unwrap();
    assert_eq!(first.etag.as_ref().unwrap().as_str(), "\"70ee1738b6b21e2c8a43f3a5ab0eee71\"");
    assert_eq!(first.last_modified, Some(datetime!(2026-11-20 08:30:00 UTC)));
    assert_eq!((first.size, first.storage_class.unwrap().as_str()), (11, "STANDARD"));
    let last = page.items[2].clone().object().unwrap();
    assert_eq!(last.etag.as_ref().unwrap().as_str(), "\"9c8af9a76df052144598c115ef33e511-2\"");
    assert_eq!((last.size, last.storage_class.unwrap().as_str()), (1 << 30, "GLACIER"));
    assert!(matches!(&page.items[1], ListEntry::Prefix(it) if it == "photos/"));
}

#[test]
fn pages_of_other_servers_are_read_without_falling_back() {
    for (text, want) in [(RADOSGW, &["a/b c"][..]), (LATE, &["a b/c%", "b//"])] {
        let body = Bytes::from_static(text.as_bytes());
        assert!(both(&body, KeyDecoding::Url).is_some());
        assert_eq!(names(&read(&body, KeyDecoding::Url, ListApi::V1)), want);
    }
    // s3s-fs says that it encodes, and does not.
    let body = Bytes::from_static(LATE.as_bytes());
    assert!(both(&body, KeyDecoding::Plain).is_some());
    assert_eq!(names(&read(&body, KeyDecoding::Plain, ListApi::V1)), ["a+b/c%25", "b%2F/"]);
}

#[test]
fn entries_are_slices_of_the_page() {
    let body = page(&entry("photos/cat.jpg"));
    let range = body.as_ptr_range();
    let listing = scan(&body, KeyDecoding::Url).unwrap();
    assert!(range.contains(&listing.objects[0].name().as_bytes().as_ptr()));
}

#[test]
fn unusual_dress_is_left_to_the_reader() {
    for (text, want) in [
        ("<ListBucketResult ><Contents><Key>a</Key><Size>1</Size></Contents></ListBucketResult>", 1),
        (
            "<s:ListBucketResult xmlns:s='u'><s:Contents><s:Key>a</s:Key><s:Size>1</s:Size></s:Contents></s:ListBucketResult>",
            1,
        ),
        ("<ListBucketResult><!-- none --></ListBucketResult>", 0),
        (
            "<ListBucketResult><Contents><Key><![CDATA[a]]></Key><Size>1</Size></Contents></ListBucketResult>",
            1,
        ),
        ("<ListBucketResult><Contents><Key x='1'>a</Key><Size>1</Size></Contents></ListBucketResult>", 1),
        ("\u{feff}<ListBucketResult/>", 0),
    ] {
        let body = Bytes::from(text);
        assert_eq!(scan(&body, KeyDecoding::Url), None, "{text}");
        assert_eq!(read(&body, KeyDecoding::Url, ListApi::V2).items.len(), want, "{text}");
    }
}

#[test]
fn objects_and_prefixes_come_in_one_order() {
    let prefixes: String = ["a/", "b/", "\u{e9}/"]
        .map(|it| format!("<CommonPrefixes><Prefix>{it}</Prefix></CommonPrefixes>"))
        .concat();
    let body = page(&format!("{prefixes}{}{}{}", entry("a"), entry("a0"), entry("z")));
    assert_eq!(names(&read(&body, KeyDecoding::Url, ListApi::V2)), ["a", "a/", "a0", "b/", "z", "\u{e9}/"]);
}

#[test]
fn fault_094_a_page_that_goes_on_says_where() {
    let flag = "<IsTruncated>true</IsTruncated>";
    for inside in [
        format!("{flag}{}", entry("a")),
        format!("{flag}<NextContinuationToken/>{}", entry("a")),
        format!("{flag}<NextMarker>a</NextMarker>{}", entry("a")),
        flag.to_string(),
    ] {
        let error = problem(&page(&inside));
        assert_eq!(error.message(), "the answer says that the listing goes on, and not where", "{inside}");
    }
    let empty = parse(&page(flag), KeyDecoding::Url, ListApi::V1).unwrap_err();
    assert_eq!(empty.kind(), ErrorKind::UnexpectedResponse);
    assert!(problem(&page("<IsTruncated>perhaps</IsTruncated>")).message().contains("`IsTruncated`"));
    // An end is an end whatever else is there.
    let end = page("<IsTruncated>false</IsTruncated><NextContinuationToken>t</NextContinuationToken>");
    assert_eq!(read(&end, KeyDecoding::Url, ListApi::V2).next, None);
}

#[test]
fn v1_goes_on_from_the_marker_or_the_last_entry() {
    let next = |inside: &str, decoding| {
        let body = page(&format!("<IsTruncated>true</IsTruncated>{inside}"));
        assert!(both(&body, decoding).is_some());
        read(&body, decoding, ListApi::V1).next.unwrap().as_str().to_owned()
    };
    let entries = format!("{}{}<CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes>", entry("a"), entry("b"));
    assert_eq!(next(&entries, KeyDecoding::Plain), "b/");
    assert_eq!(next(&format!("{entries}{}", entry("c+d")), KeyDecoding::Plain), "c+d");
    assert_eq!(next(&format!("<NextMarker>x%2Fy</NextMarker>{entries}"), KeyDecoding::Plain), "x%2Fy");
    let encoded = format!("<NextMarker>x%2Fy</NextMarker>{entries}<EncodingType>url</EncodingType>");
    assert_eq!(next(&encoded, KeyDecoding::Url), "x/y");
}

#[test]
fn fault_096_other_answers_are_no_empty_page() {
    for (body, want) in [
        ("<html><body>Sign in</body></html>", "the answer is HTML, not XML"),
        ("{\"items\":[]}", "the answer is JSON, not XML"),
        ("<ListAllMyBucketsResult/>", "the answer is `ListAllMyBucketsResult`, not `ListBucketResult`"),
        ("", "the answer is empty"),
    ] {
        assert_eq!(problem(&Bytes::from(body)).message(), want);
    }
    let body = Bytes::from("<Error><Code>SlowDown</Code></Error>");
    let failed = parse(&body, KeyDecoding::Url, ListApi::V2).unwrap();
    assert!(matches!(failed, Body::Failed(error) if error.code.as_deref() == Some("SlowDown")));
}

#[test]
fn fault_097_every_cut_page_is_refused() {
    let whole = Bytes::from_static(AWS.as_bytes());
    for end in 0..whole.len() {
        let _ = problem(&whole.slice(..end));
    }
    let _ = problem(&Bytes::from(format!("{AWS}<x/>")));
    let _ = problem(&Bytes::from(AWS.replace("</Size>", "</Seize>")));
}

#[test]
fn fault_100_control_characters_survive_either_way() {
    for byte in 1..=0x7fu8 {
        let key = format!("k{}k", char::from(byte));
        for (text, decoding, encoding) in [
            (format!("k&#x{byte:x};k"), KeyDecoding::Plain, ""),
            (format!("k&#{byte};k"), KeyDecoding::Plain, ""),
            (format!("k%{byte:02x}k"), KeyDecoding::Url, "<EncodingType>url</EncodingType>"),
            // Encoded once is decoded once, however it looks.
            (format!("k%{byte:02X}k"), KeyDecoding::Plain, "<EncodingType>url</EncodingType>"),
        ] {
            let want =
                if decoding == KeyDecoding::Plain && text.contains('%') { text.clone() } else { key.clone() };
            let body = page(&format!("{encoding}{}", entry(&text)));
            assert!(both(&body, decoding).is_some(), "{text}");
            assert_eq!(names(&read(&body, decoding, ListApi::V2)), [want]);
        }
    }
}

#[test]
fn fault_101_odd_keys_are_listed_as_they_are() {
    let keys =
        ["../x", "/abs", "a//b", ".", "..", "a/", " ", " x ", "\\", "%2F", "C:\\x", "\u{feff}", "e\u{301}"];
    let body = page(&keys.map(entry).concat());
    assert!(both(&body, KeyDecoding::Url).is_some());
    assert_eq!(names(&read(&body, KeyDecoding::Url, ListApi::V2)), keys);
    for (inside, key) in
        [(entry("a&#0;b"), Some("a\0b")), (entry(""), None), (entry("").replace("<Key></Key>", ""), None)]
    {
        let error = problem(&page(&inside));
        assert_eq!(error.key(), key, "{error}");
    }
}

#[test]
fn fault_103_wrong_sizes_name_the_key_and_wrong_dates_are_none() {
    for size in ["-1", "+1", "18446744073709551616", "abc", "1.5", "1e3", "0x10", "", " "] {
        let body = page(&format!("<Contents><Key>k</Key><Size>{size}</Size></Contents>"));
        assert_eq!(problem(&body).key(), Some("k"), "{size}");
    }
    assert_eq!(
        problem(&page("<Contents><Key>k</Key></Contents>")).message(),
        "the answer gives no size for the key `k`"
    );
    let most = page(&format!("<Contents><Key>k</Key><Size>{}</Size></Contents>", u64::MAX));
    assert_eq!(read(&most, KeyDecoding::Url, ListApi::V2).items[0].clone().object().unwrap().size, u64::MAX);
    for date in ["garbage", "9999999-01-01T00:00:00Z", "", "&#50;026"] {
        let body = page(&format!(
            "<Contents><Key>k</Key><Size>1</Size><LastModified>{date}</LastModified></Contents>"
        ));
        let _ = both(&body, KeyDecoding::Url);
        let read = read(&body, KeyDecoding::Url, ListApi::V2);
        assert_eq!(read.items[0].clone().object().unwrap(), ObjectEntry::new(Key::parse("k").unwrap(), 1));
    }
}

#[test]
fn fault_105_fault_106_bounds_hold_in_the_scanner_too() {
    for inside in
        ["<!DOCTYPE a>", "<Name>&bomb;</Name>", "<Contents><Key>&bomb;</Key><Size>1</Size></Contents>"]
    {
        assert_eq!(scan(&page(inside), KeyDecoding::Url), None);
        let _ = problem(&page(inside));
    }
    for depth in 25..40 {
        let deep = format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        for inside in [
            deep.clone(),
            deep.replace("<a></a>", "<a/>"),
            entry("k").replace("<Size>", &format!("{deep}<Size>")),
        ] {
            let _ = both(&page(&inside), KeyDecoding::Url);
        }
    }
    assert!(problem(&page(&"<a>".repeat(300_000))).message().contains("deeper than 32"));
}

#[test]
fn fault_109_a_page_is_utf_8() {
    let body = Bytes::from(
        [b"<ListBucketResult><Name>".as_slice(), b"\xff", b"</Name></ListBucketResult>"].concat(),
    );
    assert_eq!(problem(&body).message(), "the answer is not UTF-8");
}

/// Texts as they may stand in a page.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z/]{1,12}",
        "[a-z %+.0-9A-F]{0,12}",
        "(&amp;|&lt;|&quot;|&#x1;|&#13;|&#65;|a|%41|\u{e9}){0,6}",
        "(&quot;)?[0-9a-f]{0,8}(&quot;)?",
        "[0-9]{0,22}",
        "2026-1[0-9]-[0-3][0-9]T08:30:00(.[0-9]{3})?Z",
        Just(" \n".to_string()),
        "(true|false|url)",
        "(&bad;|&|\u{0}|\\PC){0,3}",
    ]
}

fn leaf(names: &'static [&'static str]) -> impl Strategy<Value = String> {
    (proptest::sample::select(names), text(), 0..20u8).prop_map(|(name, text, dress)| match dress {
        0 => format!("<{name}/>"),
        1 => format!("<{name} x=\"1\">{text}</{name}>"),
        2 => format!("<{name}>{text}</{name} >"),
        3 => format!("<{name}><![CDATA[{text}]]></{name}>"),
        _ => format!("<{name}>{text}</{name}>"),
    })
}

fn contents() -> impl Strategy<Value = String> {
    const FIELDS: &[&str] =
        &["ETag", "LastModified", "StorageClass", "Type", "Owner", "ChecksumAlgorithm", "Prefix"];
    let more = proptest::collection::vec(leaf(FIELDS), 0..4);
    let nested = proptest::option::of(leaf(&["ID", "Key", "Size"]));
    (text(), 0..2000u32, more, nested, any::<prop::sample::Index>(), "[ \n]{0,2}").prop_map(
        |(key, size, mut more, nested, at, blanks)| {
            more.push(format!("<Size>{size}</Size>"));
            more.extend(nested.map(|it| format!("<Owner>{it}<X><Y></Y></X></Owner>")));
            let at = at.index(more.len() + 1);
            more.insert(at, format!("<Key>{key}</Key>"));
            format!("<Contents>{blanks}{}</Contents>", more.join(&blanks))
        },
    )
}

fn pages() -> impl Strategy<Value = String> {
    const FIELDS: &[&str] =
        &["IsTruncated", "NextMarker", "NextContinuationToken", "EncodingType", "Name", "Prefix", "Contents"];
    let prefixes = proptest::collection::vec(leaf(&["Prefix", "Other"]), 0..3)
        .prop_map(|it| format!("<CommonPrefixes>{}</CommonPrefixes>", it.concat()));
    let part = prop_oneof![
        4 => contents(),
        2 => leaf(FIELDS),
        2 => prefixes,
        1 => Just("<EncodingType>url</EncodingType>".to_string()),
        1 => Just("<IsTruncated>true</IsTruncated>".to_string()),
    ];
    let root =
        proptest::sample::select(&["", " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"", " a='b'"][..]);
    let prolog =
        proptest::sample::select(&["", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", "\n", "\u{feff}"][..]);
    (prolog, root, proptest::collection::vec(part, 0..6), "[ \n]{0,2}").prop_map(
        |(prolog, root, parts, blanks)| {
            format!(
                "{prolog}<ListBucketResult{root}>{blanks}{}</ListBucketResult>{blanks}",
                parts.join(&blanks)
            )
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn the_scanner_takes_nothing_that_the_reader_reads_otherwise(text in pages(), url: bool) {
        let decoding = if url { KeyDecoding::Url } else { KeyDecoding::Plain };
        let _ = both(&Bytes::from(text), decoding);
    }

    #[test]
    fn fault_174_no_mutation_of_a_page_panics_or_divides_them(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..4),
        which in 0..3usize,
    ) {
        let mut body = [AWS, RADOSGW, LATE][which].as_bytes().to_vec();
        for (at, byte, how) in edits {
            let at = at.index(body.len());
            match how {
                0 => body[at] = byte,
                1 => body.insert(at, b"<>/&;'\" \n%+"[usize::from(byte) % 11]),
                2 if body.len() > 1 => drop(body.remove(at)),
                _ => body.truncate(at.max(1)),
            }
        }
        let body = Bytes::from(body);
        let _ = both(&body, KeyDecoding::Url);
        let _ = both(&body, KeyDecoding::Plain);
        let _ = parse(&body, KeyDecoding::Url, ListApi::V2);
    }

    #[test]
    fn fault_174_no_bytes_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&Bytes::from(body), KeyDecoding::Url, ListApi::V1);
    }

    #[test]
    fn usual_pages_are_scanned(keys in proptest::collection::vec("[a-z/%+]{1,9}(&amp;|&#x1;)?", 0..5), blanks in "[ \n]{0,3}") {
        let body = Bytes::from(format!(
            "<?xml version=\"1.0\"?>{blanks}<ListBucketResult>{blanks}{}</ListBucketResult>{blanks}",
            keys.iter().map(|it| entry(it)).collect::<Vec<_>>().join(&blanks),
        ));
        let listing = both(&body, KeyDecoding::Plain);
        prop_assert_eq!(listing.map(|it| it.objects.len()), Some(keys.len()));
    }
}
