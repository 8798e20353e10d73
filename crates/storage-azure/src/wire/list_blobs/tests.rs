use proptest::prelude::*;
use storage_core::groups::Tags;
use storage_core::{ErrorKind, Key, ObjectEntry};
use time::macros::datetime;

use super::scan::scan;
use super::tree::read_page;
use super::*;

/// What the service sends: a byte-order mark, properties that are empty, an encoded name, a marker.
const AZURE: &str = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ServiceEndpoint=\"https://account.blob.core.windows.net/\" ContainerName=\"photos\"><MaxResults>3</MaxResults><Delimiter>/</Delimiter><Blobs><Blob><Name>a &amp; b.txt</Name><Properties><Creation-Time>Thu, 19 Nov 2026 08:30:00 GMT</Creation-Time><Last-Modified>Fri, 20 Nov 2026 08:30:00 GMT</Last-Modified><Etag>0x8DCAFB82EFF70C4</Etag><Content-Length>11</Content-Length><Content-Type>text/plain</Content-Type><Content-Encoding /><Content-Language /><Content-CRC64 /><Content-MD5>sQqNsWTgdUEFt6mb5y4/5Q==</Content-MD5><Cache-Control /><Content-Disposition /><BlobType>BlockBlob</BlobType><AccessTier>Hot</AccessTier><AccessTierInferred>true</AccessTierInferred><LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState><ServerEncrypted>true</ServerEncrypted></Properties><OrMetadata /></Blob><BlobPrefix><Name>photos/</Name></BlobPrefix><Blob><Name Encoded=\"true\">z%EF%BF%BF%2520</Name><Properties><Last-Modified>Fri, 20 Nov 2026 08:30:01 GMT</Last-Modified><Etag>0x8DCAFB82EFF70C5</Etag><Content-Length>1099511627776</Content-Length><Content-Type>application/octet-stream</Content-Type><Content-Encoding>gzip</Content-Encoding><Cache-Control>no-cache</Cache-Control><x-ms-blob-sequence-number>4</x-ms-blob-sequence-number><BlobType>PageBlob</BlobType><AccessTier>P10</AccessTier><LeaseStatus>locked</LeaseStatus><LeaseState>leased</LeaseState><LeaseDuration>infinite</LeaseDuration></Properties></Blob></Blobs><NextMarker>2!92!MDAwMDA2!&amp;-</NextMarker></EnumerationResults>";

/// What Azurite sends: prefixes behind the blobs, empty elements without a blank.
const AZURITE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><EnumerationResults ServiceEndpoint=\"http://127.0.0.1:10000/devstoreaccount1\" ContainerName=\"c\"><Prefix/><Marker/><MaxResults>5000</MaxResults><Delimiter>/</Delimiter><Blobs><Blob><Name>b.txt</Name><Properties><Creation-Time>Fri, 20 Nov 2026 08:30:00 GMT</Creation-Time><Last-Modified>Fri, 20 Nov 2026 08:30:00 GMT</Last-Modified><Etag>0x1CB8D1C0F5C1E40</Etag><Content-Length>3</Content-Length><Content-Type>application/octet-stream</Content-Type><Content-MD5>kAFQmDzST7DWlj99KOF/cg==</Content-MD5><BlobType>BlockBlob</BlobType><LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState><ServerEncrypted>true</ServerEncrypted><AccessTier>Hot</AccessTier><AccessTierInferred>true</AccessTierInferred><AccessTierChangeTime>Fri, 20 Nov 2026 08:30:00 GMT</AccessTierChangeTime></Properties></Blob><BlobPrefix><Name>a/</Name></BlobPrefix><BlobPrefix><Name>c/</Name></BlobPrefix></Blobs><NextMarker/></EnumerationResults>";

/// Versions, a snapshot, what was deleted, and what was never committed.
const FACTS: &str = "<EnumerationResults><Blobs>\
    <Blob><Name>a</Name><VersionId>2026-11-20T08:30:00.1234567Z</VersionId><IsCurrentVersion>true</IsCurrentVersion><Properties><Creation-Time>Fri, 20 Nov 2026 08:30:00 GMT</Creation-Time><Last-Modified>Fri, 20 Nov 2026 08:30:00 GMT</Last-Modified><Etag>0x1</Etag><Content-Length>1</Content-Length><Content-Type>text/plain</Content-Type><Content-MD5>x==</Content-MD5><BlobType>BlockBlob</BlobType><AccessTier>Archive</AccessTier><ArchiveStatus>rehydrate-pending-to-hot</ArchiveStatus><TagCount>1</TagCount></Properties><Metadata><Color>blue</Color></Metadata><Tags><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tags><OrMetadata /></Blob>\
    <Blob><Name>a</Name><VersionId>2026-11-19T08:30:00.1234567Z</VersionId><Properties><Last-Modified>Fri, 20 Nov 2026 08:30:00 GMT</Last-Modified><Etag>0x2</Etag><Content-Length>2</Content-Length></Properties></Blob>\
    <Blob><Name>b</Name><Snapshot>2026-11-18T08:30:00.1234567Z</Snapshot><Properties><Etag>0x3</Etag><Content-Length>3</Content-Length></Properties></Blob>\
    <Blob><Name>b</Name><Deleted>true</Deleted><Properties><Etag>0x4</Etag><Content-Length>4</Content-Length></Properties></Blob>\
    <Blob><Name>c</Name><HasVersionsOnly>true</HasVersionsOnly><Properties><Last-Modified>Fri, 20 Nov 2026 08:30:00 GMT</Last-Modified></Properties></Blob>\
    <Blob><Name>d</Name><Properties><Content-Length>0</Content-Length><BlobType>BlockBlob</BlobType></Properties></Blob>\
    <Blob><Name>e</Name><Properties><Etag>0x5</Etag><Content-Length>5</Content-Length></Properties></Blob>\
    </Blobs><NextMarker>m</NextMarker></EnumerationResults>";

fn page(inside: &str) -> Bytes {
    Bytes::from(format!("<EnumerationResults><Blobs>{inside}</Blobs></EnumerationResults>"))
}

fn blob(key: &str) -> String {
    format!("<Blob><Name>{key}</Name><Properties><Content-Length>1</Content-Length></Properties></Blob>")
}

fn names(page: &Page<ListEntry>) -> Vec<&str> {
    page.items.iter().map(|it| it.name().as_str()).collect()
}

fn problem(page: &Bytes) -> storage_core::Error {
    let error = parse(page).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    error
}

/// Reads a page both ways, and insists that they agree; tells what the scanner made of it.
fn both(page: &Bytes) -> Option<Listing> {
    let fast = scan(page);
    if let Some(fast) = &fast {
        let slow = read_page(page).unwrap();
        assert_eq!(slow, *fast, "{page:?}");
        // Tags that differ in their quotes alone are equal.
        let tags = |it: &Listing| format!("{:?}", it.blobs);
        assert_eq!(tags(&slow), tags(fast), "{page:?}");
    }
    fast
}

#[test]
fn a_page_of_the_service_is_read_whole() {
    let body = Bytes::from_static(AZURE.as_bytes());
    assert!(both(&body).is_some());
    let page = parse(&body).unwrap();
    assert_eq!(page.next.as_deref(), Some("2!92!MDAwMDA2!&-"));
    assert_eq!(names(&page), ["a & b.txt", "photos/", "z\u{ffff}%20"]);
    let first = page.items[0].clone().object().unwrap();
    assert_eq!(first.etag.as_ref().unwrap().as_str(), "\"0x8DCAFB82EFF70C4\"");
    assert_eq!(first.last_modified, Some(datetime!(2026-11-20 08:30:00 UTC)));
    assert_eq!((first.size, first.storage_class.unwrap().as_str()), (11, "Hot"));
    let last = page.items[2].clone().object().unwrap();
    assert_eq!((last.size, last.storage_class.unwrap().as_str()), (1 << 40, "P10"));
    assert!(matches!(&page.items[1], ListEntry::Prefix(it) if it == "photos/"));
}

#[test]
fn a_page_of_the_emulator_is_put_in_order() {
    let body = Bytes::from_static(AZURITE.as_bytes());
    assert!(both(&body).is_some());
    let page = parse(&body).unwrap();
    assert_eq!((names(&page), page.next.as_ref()), (vec!["a/", "b.txt", "c/"], None));
}

#[test]
fn all_facts_are_read() {
    let page = items(&Bytes::from_static(FACTS.as_bytes())).unwrap();
    assert_eq!(page.next.as_deref(), Some("m"));
    let sizes: Vec<_> = page.items.iter().map(|it| (it.entry.key.as_str(), it.entry.size)).collect();
    assert_eq!(sizes, [("a", 1), ("a", 2), ("b", 3), ("b", 4), ("c", 0), ("d", 0), ("e", 5)]);
    let current: Vec<_> = page.items.iter().map(|it| it.current).collect();
    assert_eq!(current, [true, false, false, false, false, true, true]);
    let first = &page.items[0];
    assert_eq!(first.version.as_deref(), Some("2026-11-20T08:30:00.1234567Z"));
    assert_eq!(first.created, Some(datetime!(2026-11-20 08:30:00 UTC)));
    assert_eq!(first.archive_status.as_deref(), Some("rehydrate-pending-to-hot"));
    assert_eq!(first.entry.storage_class.as_ref().unwrap().as_str(), "Archive");
    assert_eq!(first.blob_type.as_deref(), Some("BlockBlob"));
    assert_eq!(
        (first.content_type.as_deref(), first.content_md5.as_deref()),
        (Some("text/plain"), Some("x=="))
    );
    assert_eq!(first.metadata.get("color"), Some("blue"));
    assert_eq!(first.tags, Tags::from([("k".into(), "v".into())]));
    assert_eq!(first.properties["TagCount"], "1");
    assert_eq!(page.items[2].snapshot.as_deref(), Some("2026-11-18T08:30:00.1234567Z"));
    let marks = |mark: fn(&BlobItem) -> bool| page.items.iter().position(mark);
    assert_eq!(marks(|it| it.deleted), Some(3));
    assert_eq!(marks(|it| it.versions_only), Some(4));
    assert_eq!(marks(|it| it.uncommitted), Some(5));
    assert_eq!(page.items.iter().filter(|it| it.uncommitted).count(), 1);
    for wrong in [
        FACTS.replace(">1</Content-Length>", ">-1</Content-Length>"),
        FACTS.replace("<Content-Length>2</Content-Length>", ""),
        FACTS.replace(">true</IsCurrentVersion>", ">perhaps</IsCurrentVersion>"),
        FACTS.replace("<Name>e</Name>", "<Name/>"),
    ] {
        assert_eq!(items(&Bytes::from(wrong)).unwrap_err().kind(), ErrorKind::UnexpectedResponse);
    }
}

#[test]
fn fault_095_an_empty_page_may_go_on() {
    for (text, next) in [
        ("<EnumerationResults><Blobs /><NextMarker>m</NextMarker></EnumerationResults>", Some("m")),
        ("<EnumerationResults><Blobs/><NextMarker>m</NextMarker></EnumerationResults>", Some("m")),
        ("<EnumerationResults><NextMarker>m</NextMarker><Blobs></Blobs></EnumerationResults>", Some("m")),
        ("<EnumerationResults><Blobs /><NextMarker /></EnumerationResults>", None),
        ("<EnumerationResults><Blobs /><NextMarker></NextMarker></EnumerationResults>", None),
        ("<EnumerationResults><Blobs /></EnumerationResults>", None),
    ] {
        let body = Bytes::from(text);
        assert!(both(&body).is_some(), "{text}");
        let page = parse(&body).unwrap();
        assert!(page.items.is_empty());
        assert_eq!(page.next.as_deref(), next, "{text}");
        assert_eq!(items(&body).unwrap().next.as_deref(), next, "{text}");
    }
}

#[test]
fn entries_are_slices_of_the_page() {
    let body = page(&blob("photos/cat.jpg"));
    let range = body.as_ptr_range();
    let listing = scan(&body).unwrap();
    assert!(range.contains(&listing.blobs[0].name().as_bytes().as_ptr()));
}

#[test]
fn unusual_dress_is_left_to_the_reader() {
    let one = blob("a");
    for (text, want) in [
        (format!("<EnumerationResults ><Blobs>{one}</Blobs></EnumerationResults>"), 1),
        (format!("<EnumerationResults><!-- --><Blobs>{one}</Blobs></EnumerationResults>"), 1),
        (format!("<EnumerationResults><Blobs >{one}</Blobs></EnumerationResults>"), 1),
        (format!("<EnumerationResults a='b'><Blobs>{one}</Blobs></EnumerationResults>"), 1),
        (format!("<EnumerationResults><Blobs>{}</Blobs></EnumerationResults>", blob("<![CDATA[a]]>")), 1),
        (
            format!(
                "<EnumerationResults><Blobs>{}</Blobs></EnumerationResults>",
                one.replace("<Name>", "<Name Encoded=\"false\">")
            ),
            1,
        ),
        ("<x:EnumerationResults xmlns:x='u'><x:Blobs/></x:EnumerationResults>".to_string(), 0),
    ] {
        let body = Bytes::from(text);
        assert_eq!(scan(&body), None, "{body:?}");
        assert_eq!(parse(&body).unwrap().items.len(), want, "{body:?}");
    }
}

#[test]
fn fault_096_other_answers_are_no_empty_page() {
    for (body, want) in [
        ("<html><body>Sign in</body></html>", "the answer is HTML, not XML"),
        ("{\"items\":[]}", "the answer is JSON, not XML"),
        ("<Error><Code>ServerBusy</Code></Error>", "the answer is `Error`, not `EnumerationResults`"),
        (
            "<EnumerationResults><Containers/></EnumerationResults>",
            "the answer has a `EnumerationResults` without `Blobs`",
        ),
        ("", "the answer is empty"),
    ] {
        assert_eq!(problem(&Bytes::from(body)).message(), want);
        assert_eq!(items(&Bytes::from(body)).unwrap_err().message(), want);
    }
}

#[test]
fn fault_097_every_cut_page_is_refused() {
    let whole = Bytes::from_static(AZURE.as_bytes());
    for end in 0..whole.len() {
        let _ = problem(&whole.slice(..end));
    }
    let _ = problem(&Bytes::from(format!("{AZURE}<x/>")));
    let _ = problem(&Bytes::from(AZURE.replace("</Etag>", "</Tag>")));
}

#[test]
fn fault_100_names_that_xml_can_not_hold_are_decoded_once() {
    for byte in 1..=0x7fu8 {
        let key = format!("k{}k%20", char::from(byte));
        let body = page(&blob(&format!("k%{byte:02x}k%2520")).replace("<Name>", "<Name Encoded=\"true\">"));
        assert!(both(&body).is_some());
        assert_eq!(names(&parse(&body).unwrap()), [key.as_str()]);
        let prefix = format!("<BlobPrefix><Name Encoded=\"true\">k%{byte:02X}k%2520</Name></BlobPrefix>");
        assert!(both(&page(&prefix)).is_some());
        assert_eq!(names(&parse(&page(&prefix)).unwrap()), [key.as_str()]);
    }
    // Not encoded, whatever it looks like.
    assert_eq!(names(&parse(&page(&blob("a%20b+c"))).unwrap()), ["a%20b+c"]);
    for (name, key) in [("a%2", "a%2"), ("%zz", "%zz"), ("%FF", "%FF"), ("a%00b", "a\0b")] {
        let body = page(&blob(name).replace("<Name>", "<Name Encoded=\"true\">"));
        assert_eq!(problem(&body).key(), Some(key));
    }
}

#[test]
fn fault_101_odd_keys_are_listed_as_they_are() {
    let keys =
        ["../x", "/abs", "a//b", ".", "..", "a/", " ", " x ", "\\", "%2F", "C:\\x", "\u{feff}", "e\u{301}"];
    let body = page(&keys.map(blob).concat());
    assert!(both(&body).is_some());
    assert_eq!(names(&parse(&body).unwrap()), keys);
    for (inside, key) in [
        (blob("a&#0;b"), Some("a\0b")),
        (blob(""), None),
        ("<Blob/>".to_string(), None),
        ("<Blob />".to_string(), None),
        ("<BlobPrefix/>".to_string(), None),
        ("<BlobPrefix><Name/></BlobPrefix>".to_string(), None),
    ] {
        let error = problem(&page(&inside));
        assert_eq!(error.key(), key, "{error}");
    }
}

#[test]
fn fault_103_wrong_sizes_name_the_key_and_wrong_dates_are_none() {
    for size in ["-1", "+1", "18446744073709551616", "abc", "1.5", "1e3", "0x10", "", " "] {
        let body = page(&blob("k").replace(">1<", &format!(">{size}<")));
        assert_eq!(problem(&body).key(), Some("k"), "{size}");
    }
    for inside in ["<Blob><Name>k</Name></Blob>", "<Blob><Name>k</Name><Properties/></Blob>"] {
        assert_eq!(problem(&page(inside)).message(), "the answer gives no size for the key `k`");
    }
    let most = page(&blob("k").replace(">1<", &format!(">{}<", u64::MAX)));
    assert_eq!(parse(&most).unwrap().items[0].clone().object().unwrap().size, u64::MAX);
    for date in
        ["garbage", "Fri, 20 Nov 9999999 08:30:00 GMT", "", "&#50;026", "Sat, 20 Nov 2026 08:30:00 GMT"]
    {
        let fields = format!("<Properties><Last-Modified>{date}</Last-Modified>");
        let body = page(&blob("k").replace("<Properties>", &fields));
        let _ = both(&body);
        let entry = parse(&body).unwrap().items[0].clone().object().unwrap();
        assert_eq!(entry, ObjectEntry::new(Key::parse("k").unwrap(), 1));
    }
}

#[test]
fn fault_105_fault_106_bounds_hold_in_the_scanner_too() {
    for inside in ["<!DOCTYPE a>", "<a>&bomb;</a>", &blob("&bomb;")] {
        assert_eq!(scan(&page(inside)), None);
        let _ = problem(&page(inside));
    }
    for depth in 25..40 {
        let deep = format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        for inside in [
            deep.clone(),
            deep.replace("<a></a>", "<a/>"),
            blob("k").replace("<Properties>", &format!("{deep}<Properties>")),
            blob("k").replace("<Properties>", &format!("<Properties>{deep}")),
            blob("k").replace("<Properties>", &format!("<Properties>{}", deep.replace("<a></a>", "<a />"))),
        ] {
            let _ = both(&page(&inside));
        }
    }
    assert!(problem(&page(&"<a>".repeat(300_000))).message().contains("deeper than 32"));
}

#[test]
fn fault_109_a_page_is_utf_8() {
    let body =
        [b"<EnumerationResults><Blobs>".as_slice(), b"\xff", b"</Blobs></EnumerationResults>"].concat();
    assert_eq!(problem(&Bytes::from(body)).message(), "the answer is not UTF-8");
}

/// Texts as they may stand in a page.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z/]{1,12}",
        "[a-z %+.0-9A-F]{0,12}",
        "(&amp;|&lt;|&quot;|&#x1;|&#13;|&#65;|a|%41|\u{e9}){0,6}",
        "\"?(W/\")?0x[0-9A-F]{15}\"?",
        "[0-9]{0,22}",
        "(Fri|Sat), [0-3][0-9] Nov 2026 08:30:00 GMT",
        Just(" \n".to_string()),
        "(true|false|Hot|Archive|BlockBlob|unlocked)",
        "(&bad;|&|\u{0}|\\PC){0,3}",
    ]
}

fn leaf(names: &'static [&'static str]) -> impl Strategy<Value = String> {
    (proptest::sample::select(names), text(), 0..24u8).prop_map(|(name, text, dress)| match dress {
        0 => format!("<{name}/>"),
        1 => format!("<{name} x=\"1\">{text}</{name}>"),
        2 => format!("<{name}>{text}</{name} >"),
        3 => format!("<{name}><![CDATA[{text}]]></{name}>"),
        4 => format!("<{name} />"),
        5 => format!("<{name} Encoded=\"true\">{text}</{name}>"),
        _ => format!("<{name}>{text}</{name}>"),
    })
}

fn entry() -> impl Strategy<Value = String> {
    const PROPERTIES: &[&str] = &[
        "Creation-Time",
        "Last-Modified",
        "Etag",
        "Content-Type",
        "Content-Encoding",
        "Content-MD5",
        "BlobType",
        "AccessTier",
        "AccessTierInferred",
        "LeaseState",
        "LeaseStatus",
        "ServerEncrypted",
        "Cache-Control",
        "x-ms-blob-sequence-number",
    ];
    const FIELDS: &[&str] = &[
        "VersionId",
        "Snapshot",
        "Deleted",
        "OrMetadata",
        "Metadata",
        "Tags",
        "Names",
        "Properties",
        "Name",
    ];
    let properties = proptest::collection::vec(leaf(PROPERTIES), 0..6);
    let more = proptest::collection::vec(leaf(FIELDS), 0..2);
    (text(), proptest::option::of(0..2000u32), properties, more, any::<bool>(), "[ \n]{0,2}").prop_map(
        |(key, size, mut properties, mut more, encoded, blanks)| {
            properties.extend(size.map(|it| format!("<Content-Length>{it}</Content-Length>")));
            let dress = if encoded { " Encoded=\"true\"" } else { "" };
            more.insert(0, format!("<Name{dress}>{key}</Name>"));
            more.push(format!("<Properties>{blanks}{}</Properties>", properties.join(&blanks)));
            format!("<Blob>{blanks}{}</Blob>", more.join(&blanks))
        },
    )
}

fn pages() -> impl Strategy<Value = String> {
    const FIELDS: &[&str] = &["NextMarker", "Prefix", "Delimiter", "Blobs", "MaxResults"];
    let prefix = leaf(&["Name", "Other"]).prop_map(|it| format!("<BlobPrefix>{it}</BlobPrefix>"));
    let part = prop_oneof![4 => entry(), 2 => prefix, 1 => leaf(&["Blob", "Other"])];
    let blobs = proptest::collection::vec(part, 0..5);
    let root =
        proptest::sample::select(&["", " ServiceEndpoint=\"https://x/\" ContainerName=\"c\"", " a='b'"][..]);
    let prolog = proptest::sample::select(
        &["", "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n", "\n", "\n\u{feff}", "\u{feff}\u{feff}"]
            [..],
    );
    (prolog, root, blobs, proptest::collection::vec(leaf(FIELDS), 0..3), "[ \n]{0,2}").prop_map(
        |(prolog, root, blobs, more, blanks)| {
            format!(
                "{prolog}<EnumerationResults{root}>{blanks}<Blobs>{}</Blobs>{}</EnumerationResults>{blanks}",
                blobs.join(&blanks),
                more.join(&blanks)
            )
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn the_scanner_takes_nothing_that_the_reader_reads_otherwise(text in pages()) {
        let _ = both(&Bytes::from(text));
    }

    #[test]
    fn fault_174_no_mutation_of_a_page_panics_or_divides_them(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..4),
        which in 0..3usize,
    ) {
        let mut body = [AZURE, AZURITE, FACTS][which].as_bytes().to_vec();
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
        let _ = both(&body);
        let _ = parse(&body);
        let _ = items(&body);
    }

    #[test]
    fn fault_174_no_bytes_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let body = Bytes::from(body);
        let _ = parse(&body);
        let _ = items(&body);
    }

    #[test]
    fn usual_pages_are_scanned(keys in proptest::collection::vec("[a-z/%+]{1,9}(&amp;|&#x1;)?", 0..5), blanks in "[ \n]{0,3}") {
        let blobs = keys.iter().map(|it| blob(it)).collect::<Vec<_>>().join(&blanks);
        let body = Bytes::from(format!(
            "\u{feff}<?xml version=\"1.0\"?>{blanks}<EnumerationResults>{blanks}<Blobs>{blobs}</Blobs></EnumerationResults>{blanks}",
        ));
        prop_assert_eq!(both(&body).map(|it| it.blobs.len()), Some(keys.len()));
    }
}
