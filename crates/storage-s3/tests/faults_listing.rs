//! What goes wrong with listings, and with what services say of objects.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

#[path = "support/scripted.rs"]
mod scripted;

use storage_core::{Container, Error, ErrorKind, ListEntry};
use storage_s3::ListVersion;
use storage_testkit::server::{Answer, Fault, Request, Script, Server};

use scripted::{ATTEMPTS, chain, names, page};

fn list_page(keys: &[&str], next: Option<&str>) -> Answer {
    Answer::xml(200, page(keys, next))
}

/// Gives page after page by the token that is asked for.
async fn pages(mut of: impl FnMut(Option<&str>) -> Answer + Send + 'static) -> (Server, Container) {
    scripted::bucket(Script::function(move |request| of(request.query("continuation-token").as_deref())))
        .await
}

/// Returns the tokens that were asked for.
fn tokens(server: &Server) -> Vec<Option<String>> {
    server.requests().iter().map(|it| it.query("continuation-token")).collect()
}

#[tokio::test]
async fn fault_093_a_token_that_comes_again_is_a_loop() {
    let (server, container) = pages(|_| list_page(&["a"], Some("same"))).await;
    let (seen, error) = names(container.list()).await;
    assert_eq!(error.unwrap().kind(), ErrorKind::ListingLoop);
    assert!(seen.len() <= 2 && server.requests().len() <= 3, "{seen:?}");

    // Two tokens that lead to each other.
    let (server, container) =
        pages(|token| list_page(&["a"], Some(if token == Some("x") { "y" } else { "x" }))).await;
    let (_, error) = names(container.list()).await;
    assert_eq!(error.unwrap().kind(), ErrorKind::ListingLoop);
    assert!(server.requests().len() <= 4, "{:?}", tokens(&server));
}

#[tokio::test]
async fn fault_094_a_page_that_goes_on_without_saying_where_is_an_error() {
    for version in [ListVersion::V1, ListVersion::V2] {
        for body in [
            "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>".to_owned(),
            "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken/><NextMarker/></ListBucketResult>"
                .to_owned(),
            page(&["a", "b"], Some("")),
        ] {
            // Without a delimiter the last key is where the first version goes on.
            if version == ListVersion::V1 && body.contains("<Key>") {
                continue;
            }
            let answer = Answer::xml(200, body.clone());
            let server = Server::start(Script::function(move |_| answer.clone())).await.unwrap();
            let storage = scripted::open(scripted::config(&server).list_version(version));
            let (seen, error) = names(storage.container("bucket").unwrap().list()).await;
            assert_eq!(error.unwrap().kind(), ErrorKind::UnexpectedResponse, "{body}");
            assert_eq!((seen.len(), server.requests().len()), (0, ATTEMPTS), "{body}");
        }
    }
}

#[tokio::test]
async fn fault_095_empty_pages_go_on_with_one_warning() {
    const EMPTY: usize = 1_200;
    let (server, container) = pages(|token| match token.map_or(0, |it| it.parse().unwrap()) {
        EMPTY => list_page(&["a"], None),
        // Many small answers on one connection would wait for each other's acknowledgements.
        at => list_page(&[], Some(&(at + 1).to_string())).header("connection", "close"),
    })
    .await;
    let tape = scripted::Tape::default();
    let guard = tracing::subscriber::set_default(tape.clone());
    let (seen, error) = names(container.list()).await;
    drop(guard);
    assert!(error.is_none() && seen == ["a"], "{error:?}");
    assert_eq!(server.requests().len(), EMPTY + 1);
    assert_eq!(tape.text().matches("page after page without an entry").count(), 1);
}

#[tokio::test]
async fn fault_096_a_page_of_another_kind_is_never_an_empty_listing() {
    let xml = |text: &'static str| Answer::xml(200, text);
    for (what, answer) in [
        ("html", list_page(&[], None).fault(Fault::HtmlBody)),
        ("json", list_page(&[], None).fault(Fault::JsonBody)),
        ("binary", list_page(&[], None).fault(Fault::BinaryBody)),
        ("another list", xml("<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>")),
        ("xhtml", xml("<html xmlns='http://www.w3.org/1999/xhtml'><body/></html>")),
        ("a list inside", xml("<Wrapper><ListBucketResult/></Wrapper>")),
        ("text", Answer::new(200).body("OK")),
        ("no content", Answer::new(204)),
        ("entities", Answer::new(200).body(storage_testkit::server::hostile::entity_bomb())),
        ("depth", Answer::new(200).body(storage_testkit::server::hostile::deep_xml(300_000))),
        ("utf-16", Answer::new(200).body(storage_testkit::server::hostile::in_utf_16(&page(&["a"], None)))),
    ] {
        let (server, container) = scripted::bucket(Script::function(move |_| answer.clone())).await;
        let (seen, error) = names(container.list()).await;
        let error = error.unwrap_or_else(|| panic!("{what}: {seen:?}"));
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{what}");
        assert_eq!((seen.len(), server.requests().len(), error.attempts()), (0, ATTEMPTS, 3), "{what}");
    }
}

/// Three pages, of which the second meets these faults before it is good.
async fn three_pages(bad: Vec<Answer>) -> (Server, Container) {
    let mut bad = bad.into_iter();
    pages(move |token| match token {
        None => list_page(&["a", "b"], Some("two")),
        Some("two") => bad.next().unwrap_or_else(|| list_page(&["c"], Some("three"))),
        Some(_) => list_page(&["d"], None),
    })
    .await
}

#[tokio::test]
async fn fault_097_a_page_that_is_cut_is_asked_for_again_alone() {
    let whole = page(&["c"], Some("three"));
    let faults = (0..whole.len()).step_by(37).map(|at| (at, Fault::CutDocument(at)));
    let more = [
        (0, Fault::EmptyBody),
        (1, Fault::CutAfter(100)),
        (2, Fault::ResetAfter(100)),
        (3, Fault::CloseWithoutAnswer),
        (4, Fault::HtmlBody),
    ];
    for (at, fault) in faults.chain(more) {
        let (server, container) =
            three_pages(vec![Answer::xml(200, whole.clone()).fault(fault.clone())]).await;
        let (seen, error) = names(container.list()).await;
        assert!(error.is_none(), "{at} {fault:?}: {error:?}");
        assert_eq!(seen, ["a", "b", "c", "d"], "{at} {fault:?}");
        let two = || Some("two".to_owned());
        assert_eq!(tokens(&server), [None, two(), two(), Some("three".to_owned())], "{at} {fault:?}");
    }
}

#[tokio::test]
async fn fault_098_a_page_that_fails_for_good_is_an_error_behind_what_came() {
    for (answer, kind, asked) in [
        (Answer::xml(403, scripted::error("AccessDenied")), ErrorKind::PermissionDenied, 2),
        (Answer::xml(200, scripted::error("AccessDenied")), ErrorKind::PermissionDenied, 2),
        (Answer::xml(404, scripted::error("NoSuchBucket")), ErrorKind::ContainerNotFound, 2),
        (Answer::new(503), ErrorKind::Unavailable, 1 + ATTEMPTS),
        (list_page(&["x"], None).fault(Fault::CutDocument(150)), ErrorKind::UnexpectedResponse, 1 + ATTEMPTS),
    ] {
        let (server, container) = three_pages(vec![answer; 10]).await;
        let mut listing = container.list();
        assert_eq!(listing.next().await.unwrap().unwrap().name().as_str(), "a");
        assert_eq!(listing.next().await.unwrap().unwrap().name().as_str(), "b");
        let error = listing.next().await.unwrap().unwrap_err();
        assert_eq!((error.kind(), error.container()), (kind, Some("bucket")));
        assert!(listing.next().await.is_none(), "it has ended");
        assert_eq!(server.requests().len(), asked);
        // Whoever collects gets the error and nothing else.
        let all: Result<Vec<ListEntry>, Error> = container.list().try_collect().await;
        assert_eq!(all.unwrap_err().kind(), kind);
    }
}

#[tokio::test]
async fn fault_099_keys_out_of_order_and_twice_are_passed_on() {
    let (server, container) = pages(|token| match token {
        None => list_page(&["c", "a"], Some("two")),
        _ => list_page(&["a", "b", "a"], None),
    })
    .await;
    let (seen, error) = names(container.list()).await;
    assert!(error.is_none());
    assert_eq!(seen, ["c", "a", "a", "b", "a"]);
    assert_eq!(server.requests().len(), 2);
}

/// Encodes every byte of a text.
fn encoded(text: &str) -> String {
    text.bytes().map(|it| format!("%{it:02X}")).collect()
}

#[tokio::test]
async fn fault_100_control_characters_come_back_and_keys_are_decoded_once() {
    let mut wanted: Vec<String> = (1..=0x1f_u8).map(|it| format!("a{}b", char::from(it))).collect();
    wanted.extend(
        ["a%2Fb", "a%252Fb", "a+b c", "%00", "é😀", "a&amp;b<>\"'", "\u{7f}", "\u{fffe}"].map(String::from),
    );
    let written: Vec<String> = wanted.iter().map(|it| encoded(it)).collect();
    let (server, container) = pages(move |token| {
        let written: Vec<&str> = written.iter().map(String::as_str).collect();
        match token {
            None => list_page(&written, Some("a%2Fb%252F&amp;+=")),
            Some(_) => list_page(&["z"], None),
        }
    })
    .await;
    let (seen, error) = names(container.list().prefix("a%2F b").start_after("a+é")).await;
    assert!(error.is_none(), "{error:?}");
    wanted.push("z".to_owned());
    assert_eq!(seen, wanted);
    // The token is opaque: it goes back as it came, encoded once.
    assert_eq!(
        server.request_lines(),
        [
            "GET /bucket?encoding-type=url&list-type=2&prefix=a%252F%20b&start-after=a%2B%C3%A9",
            "GET /bucket?continuation-token=a%252Fb%25252F%26%2B%3D&encoding-type=url&list-type=2&prefix=a%252F%20b",
        ]
    );
}

#[tokio::test]
async fn fault_100_markers_and_prefixes_are_decoded_once_too() {
    let first = format!(
        "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\
         <NextMarker>{}</NextMarker><Delimiter>%2F</Delimiter>\
         <CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes></ListBucketResult>",
        encoded("p\n%2F/"),
        encoded("p\n%2F/")
    );
    let last = page(&["z"], None);
    let server =
        Server::start(Script::queue([Answer::xml(200, first), Answer::xml(200, last)])).await.unwrap();
    let storage = scripted::open(scripted::config(&server).list_version(ListVersion::V1));
    let (seen, error) = names(storage.container("bucket").unwrap().list().delimiter("/")).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(seen, ["p\n%2F/", "z"]);
    assert_eq!(
        server.request_lines(),
        [
            "GET /bucket?delimiter=%2F&encoding-type=url",
            "GET /bucket?delimiter=%2F&encoding-type=url&marker=p%0A%252F%2F",
        ]
    );
}

#[tokio::test]
async fn fault_100_a_service_that_encodes_nothing_is_believed() {
    let body = page(&["a%2Fb", "c+d", "e&#x1;f"], None).replace("<EncodingType>url</EncodingType>", "");
    let (_server, container) = scripted::queue([Answer::xml(200, body)]).await;
    let (seen, error) = names(container.list()).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(seen, ["a%2Fb", "c+d", "e\u{1}f"]);
}

#[tokio::test]
async fn fault_101_odd_keys_are_listed_as_they_are() {
    let odd =
        ["../x", "/abs", "a//b", "a/", ".", "..", "C:\\x", "~", "-rf", " ", "a/./b", "CON", "x\u{202e}y"];
    let (server, container) = pages(move |_| list_page(&odd, None)).await;
    let (seen, error) = names(container.list()).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(seen, odd);
    assert_eq!(server.requests().len(), 1);
}

fn entry(size: &str, modified: &str) -> Answer {
    let body = format!(
        "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>odd</Key>{modified}<ETag>\"e\"</ETag>\
         {size}</Contents></ListBucketResult>"
    );
    Answer::xml(200, body)
}

#[tokio::test]
async fn fault_103_a_size_that_is_none_is_an_error_with_the_key() {
    for size in [
        "<Size>-1</Size>",
        "<Size>18446744073709551616</Size>",
        "<Size>99999999999999999999999</Size>",
        "<Size>abc</Size>",
        "<Size>1e3</Size>",
        "<Size>0x10</Size>",
        "<Size>+1</Size>",
        "<Size>1.0</Size>",
        "<Size></Size>",
        "",
    ] {
        let answer = entry(size, "");
        let (server, container) = scripted::bucket(Script::function(move |_| answer.clone())).await;
        let (seen, error) = names(container.list()).await;
        let error = error.unwrap_or_else(|| panic!("{size}: {seen:?}"));
        assert_eq!((error.kind(), error.key()), (ErrorKind::UnexpectedResponse, Some("odd")), "{size}");
        assert_eq!((seen.len(), server.requests().len()), (0, ATTEMPTS));
    }
    let (_server, container) = scripted::queue([entry("<Size>18446744073709551615</Size>", "")]).await;
    let all: Vec<ListEntry> = container.list().try_collect().await.unwrap();
    let ListEntry::Object(object) = &all[0] else { panic!("{all:?}") };
    assert_eq!(object.size, u64::MAX);
}

#[tokio::test]
async fn fault_103_a_date_that_is_none_is_missing() {
    for date in ["", "garbage", "9999999-01-01T00:00:00Z", "2026-13-45T99:99:99Z", "2026-01-01", "0", "-1"] {
        let (_server, container) =
            scripted::queue([entry("<Size>1</Size>", &format!("<LastModified>{date}</LastModified>"))]).await;
        let all: Vec<ListEntry> = container.list().try_collect().await.unwrap();
        let ListEntry::Object(object) = &all[0] else { panic!("{all:?}") };
        assert_eq!((object.last_modified, object.size), (None, 1), "{date}");
    }
}

#[tokio::test]
async fn fault_103_an_entry_without_a_key_hides_nothing() {
    for contents in ["<Contents><Size>1</Size></Contents>", "<Contents><Key/><Size>1</Size></Contents>"] {
        let body = format!("<ListBucketResult>{contents}</ListBucketResult>");
        let (_server, container) =
            scripted::bucket(Script::function(move |_| Answer::xml(200, body.clone()))).await;
        let (seen, error) = names(container.list()).await;
        assert_eq!(error.unwrap().kind(), ErrorKind::UnexpectedResponse);
        assert!(seen.is_empty());
    }
}

#[tokio::test]
async fn fault_103_a_head_with_a_size_that_is_none_is_an_error() {
    for length in ["-1", "18446744073709551616", "abc", "+1", "1, 2"] {
        let answer = Answer::new(200)
            .header("etag", "\"e\"")
            .fault(Fault::SetHeader("content-length", length.to_owned()));
        let (_server, container) = scripted::bucket(Script::function(move |_| answer.clone())).await;
        let error = container.object("k").unwrap().head().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{length}");
    }
}

#[tokio::test]
async fn fault_112_metadata_that_is_no_text_leaves_the_object_readable() {
    let answer = |request: &Request| {
        Answer::object(request, "content", "\"e\"")
            .header("x-amz-meta-bytes", b"a\xff\xfeb".to_vec())
            .header("x-amz-meta-utf8", "é😀")
            .header("x-amz-meta-word", "=?UTF-8?B?w6kg8J+YgA==?=")
            .header("x-amz-meta-no-word", "=?nonsense")
            .header("x-amz-meta-twice", "one")
            .header("x-amz-meta-twice", "two")
            .header("x-amz-meta-empty", "")
    };
    let (_server, container) = scripted::bucket(Script::function(answer)).await;
    let object = container.object("k").unwrap();
    let info = object.head().await.unwrap();
    assert_eq!(info.size, 7);
    assert_eq!(info.metadata.get("utf8"), Some("é😀"));
    assert_eq!(info.metadata.get("word"), Some("é 😀"));
    assert_eq!(info.metadata.get("no-word"), Some("=?nonsense"));
    assert_eq!(info.metadata.get("empty"), Some(""));
    // What is no text is shown as what it is, beside the metadata and not in it.
    assert_eq!(info.metadata.get("bytes"), None);
    assert_eq!(info.service_fields.get("x-amz-meta-bytes").map(String::as_str), Some("a\\xff\\xfeb"));
    // HTTP joins what is sent twice with a comma; no value is lost.
    assert_eq!(info.metadata.get("twice"), Some("one,two"));
    assert_eq!(object.get().bytes().await.unwrap(), "content");
}

#[tokio::test]
async fn fault_113_what_services_say_can_not_steer_a_terminal() {
    let steering = "gone\u{1b}[2J\u{1b}]0;x\u{7}\r\nlog: forged\u{9b}31m\u{202e}";
    let written: String = steering.chars().map(|it| format!("&#x{:x};", u32::from(it))).collect();
    let body = |code: &str| {
        format!(
            "<Error><Code>{code}</Code><Message>{written}</Message><RequestId>{written}</RequestId></Error>"
        )
    };
    for answer in [
        Answer::xml(403, body("AccessDenied")),
        Answer::xml(400, body(&written)),
        Answer::xml(403, format!("<Error><Code>AccessDenied</Code><Message>{steering}</Message></Error>")),
        Answer::new(403).header("x-amz-request-id", "r\u{1b}[2J"),
    ] {
        let (_server, container) = scripted::bucket(Script::function(move |_| answer.clone())).await;
        let key = "k\u{1b}[31m\r\n";
        for error in [
            container.object(key).unwrap().get().bytes().await.unwrap_err(),
            container.object(key).unwrap().put("x").await.unwrap_err(),
            names(container.list()).await.1.unwrap(),
        ] {
            let shown = chain(&error);
            let steers = |c: char| c.is_control() || c == '\u{202e}';
            assert!(!shown.contains(steers), "{shown:?}");
        }
    }
    let body = page(&["a%1B%5B2J%0D%0Ab"], None);
    let (_server, container) = scripted::queue([Answer::xml(200, body)]).await;
    let all: Vec<ListEntry> = container.list().try_collect().await.unwrap();
    assert_eq!(all[0].name().as_str(), "a\u{1b}[2J\r\nb");
    assert!(!format!("{} {:?}", all[0].name(), all[0]).contains(char::is_control));
}

#[tokio::test]
async fn fault_114_errors_of_any_shape_are_told_by_status_and_header() {
    use ErrorKind::{
        InvalidInput, ObjectNotFound, PermissionDenied, Throttled, Unauthenticated, UnexpectedResponse,
    };
    let xml = |status, text: &str| Answer::xml(status, text.to_owned());
    for (answer, kind, code, asked) in [
        (
            xml(403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"),
            PermissionDenied,
            Some("AccessDenied"),
            1,
        ),
        (
            xml(400, "<Response><Errors><Error><Code>InvalidAccessKeyId</Code></Error></Errors></Response>"),
            Unauthenticated,
            Some("InvalidAccessKeyId"),
            1,
        ),
        (xml(404, "<Error><Message>no code</Message></Error>"), ObjectNotFound, None, 1),
        (xml(404, "<Error><Code/></Error>"), ObjectNotFound, None, 1),
        (Answer::new(403).fault(Fault::HtmlBody), PermissionDenied, None, 1),
        (Answer::new(400).fault(Fault::JsonBody), InvalidInput, None, 1),
        (Answer::new(404).fault(Fault::BinaryBody), ObjectNotFound, None, 1),
        (Answer::new(403), PermissionDenied, None, 1),
        (Answer::new(418), UnexpectedResponse, None, 1),
        (Answer::new(429).body("slower"), Throttled, None, ATTEMPTS),
        // The code in a header only, as services do that can't write a body.
        (Answer::new(400).header("x-amz-error-code", "NoSuchKey"), ObjectNotFound, Some("NoSuchKey"), 1),
        (Answer::new(503).header("x-amz-error-code", "SlowDown"), Throttled, Some("SlowDown"), ATTEMPTS),
        // The code wins over the status.
        (xml(500, "<Error><Code>AccessDenied</Code></Error>"), PermissionDenied, Some("AccessDenied"), 1),
        (xml(404, "<Error><Code>SlowDown</Code></Error>"), Throttled, Some("SlowDown"), ATTEMPTS),
    ] {
        let shown = format!("{answer:?}");
        let scripted = answer.clone();
        let (server, container) = scripted::bucket(Script::function(move |_| scripted.clone())).await;
        let error = container.object("k").unwrap().get().bytes().await.unwrap_err();
        assert_eq!((error.kind(), error.code(), server.requests().len()), (kind, code, asked), "{shown}");
        assert_eq!((error.key(), error.attempts() as usize), (Some("k"), asked), "{shown}");
    }
}
