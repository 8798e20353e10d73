//! What goes wrong with listings, and with what the service says of objects.

use storage_core::{Error, ErrorKind, ListEntry};
use storage_testkit::server::{Answer, Fault, Request, hostile};

use crate::scripted::{ATTEMPTS, Service, Tape, entry, error, failed, names, object, page, page_of};

fn list_page(keys: &[&str], next: Option<&str>) -> Answer {
    Answer::xml(200, page(keys, next))
}

/// Gives page after page by the marker that is asked for.
async fn pages(mut of: impl FnMut(Option<&str>) -> Answer + Send + 'static) -> Service {
    Service::function(move |request| of(request.query("marker").as_deref())).await
}

/// Returns the markers that were asked for.
fn markers(service: &Service) -> Vec<Option<String>> {
    service.requests().iter().map(|it| it.query("marker")).collect()
}

#[tokio::test]
async fn fault_093_pitfall_09_a_marker_that_comes_again_is_a_loop() {
    let service = pages(|_| list_page(&["a"], Some("same"))).await;
    let (seen, error) = names(service.container().list()).await;
    assert_eq!(error.unwrap().kind(), ErrorKind::ListingLoop);
    assert!(seen.len() <= 2 && service.requests().len() <= 3, "{seen:?}");

    // Two markers that lead to each other.
    let service = pages(|marker| list_page(&["a"], Some(if marker == Some("x") { "y" } else { "x" }))).await;
    let (_, error) = names(service.container().list()).await;
    assert_eq!(error.unwrap().kind(), ErrorKind::ListingLoop);
    assert!(service.requests().len() <= 4, "{:?}", markers(&service));
}

#[tokio::test]
async fn fault_095_pitfall_09_empty_and_short_pages_go_on() {
    let service = pages(|marker| match marker {
        None => list_page(&[], Some("2!72!MDAw")),
        Some("2%2172%21MDAw") => list_page(&["a"], Some("three")),
        Some("three") => list_page(&[], Some("four")),
        _ => list_page(&["b"], None),
    })
    .await;
    let (seen, error) = names(service.container().list()).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(seen, ["a", "b"]);
    assert_eq!(service.requests().len(), 4);
}

#[tokio::test]
async fn fault_095_empty_pages_go_on_with_one_warning() {
    const EMPTY: usize = 1_200;
    let service = pages(|marker| match marker.map_or(0, |it| it.parse().unwrap()) {
        EMPTY => list_page(&["a"], None),
        // Many small answers on one connection would wait for each other's acknowledgements.
        at => list_page(&[], Some(&(at + 1).to_string())).header("connection", "close"),
    })
    .await;
    let tape = Tape::default();
    let guard = tracing::subscriber::set_default(tape.clone());
    let (seen, error) = names(service.container().list()).await;
    drop(guard);
    assert!(error.is_none() && seen == ["a"], "{error:?}");
    assert_eq!(service.requests().len(), EMPTY + 1);
    assert_eq!(tape.text().matches("page after page without an entry").count(), 1);
}

#[tokio::test]
async fn fault_096_a_page_of_another_kind_is_never_an_empty_listing() {
    for (what, answer) in [
        ("html", list_page(&[], None).fault(Fault::HtmlBody)),
        ("json", list_page(&[], None).fault(Fault::JsonBody)),
        ("binary", list_page(&[], None).fault(Fault::BinaryBody)),
        ("another list", Answer::xml(200, "<BlockList/>")),
        ("containers", Answer::xml(200, "<EnumerationResults><Containers/></EnumerationResults>")),
        ("no blobs", Answer::xml(200, "<EnumerationResults/>")),
        ("text", Answer::new(200).body("OK")),
        ("no content", Answer::new(204)),
        ("nobody's", list_page(&[], None).fault(Fault::DropHeader("x-ms-request-id"))),
        ("entities", Answer::new(200).body(hostile::entity_bomb())),
        ("depth", Answer::new(200).body(hostile::deep_xml(300_000))),
        ("utf-16", Answer::new(200).body(hostile::in_utf_16(&page(&["a"], None)))),
    ] {
        let service = Service::function(move |_| answer.clone()).await;
        let (seen, error) = names(service.container().list()).await;
        let error = error.unwrap_or_else(|| panic!("{what}: {seen:?}"));
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{what}");
        assert_eq!((seen.len(), service.requests().len(), error.attempts()), (0, ATTEMPTS, 3), "{what}");
    }
}

/// Three pages, of which the second meets these faults before it is good.
async fn three_pages(bad: Vec<Answer>) -> Service {
    let mut bad = bad.into_iter();
    pages(move |marker| match marker {
        None => list_page(&["a", "b"], Some("two")),
        Some("two") => bad.next().unwrap_or_else(|| list_page(&["c"], Some("three"))),
        Some(_) => list_page(&["d"], None),
    })
    .await
}

#[tokio::test]
async fn fault_097_a_page_that_is_cut_is_asked_for_again_alone() {
    let whole = page(&["c"], Some("three"));
    // A byte-order mark is nothing by itself, and no page.
    let faults = (0..whole.len()).step_by(37).map(|at| (at, Fault::CutDocument(at)));
    let more = [
        (0, Fault::EmptyBody),
        (1, Fault::CutAfter(100)),
        (2, Fault::ResetAfter(100)),
        (3, Fault::CloseWithoutAnswer),
        (4, Fault::HtmlBody),
    ];
    for (at, fault) in faults.chain(more) {
        let service = three_pages(vec![Answer::xml(200, whole.clone()).fault(fault.clone())]).await;
        let (seen, error) = names(service.container().list()).await;
        assert!(error.is_none(), "{at} {fault:?}: {error:?}");
        assert_eq!(seen, ["a", "b", "c", "d"], "{at} {fault:?}");
        let two = || Some("two".to_owned());
        assert_eq!(markers(&service), [None, two(), two(), Some("three".to_owned())], "{at} {fault:?}");
    }
}

#[tokio::test]
async fn fault_098_a_page_that_fails_for_good_is_an_error_behind_what_came() {
    for (answer, kind, asked) in [
        (failed(403, "AuthorizationFailure"), ErrorKind::PermissionDenied, 2),
        (failed(404, "ContainerNotFound"), ErrorKind::ContainerNotFound, 2),
        (failed(400, "OutOfRangeInput"), ErrorKind::InvalidInput, 2),
        (Answer::new(503), ErrorKind::Throttled, 1 + ATTEMPTS),
        (Answer::xml(200, error("AuthorizationFailure")), ErrorKind::UnexpectedResponse, 1 + ATTEMPTS),
        (list_page(&["x"], None).fault(Fault::CutDocument(150)), ErrorKind::UnexpectedResponse, 1 + ATTEMPTS),
    ] {
        let service = three_pages(vec![answer; 10]).await;
        let container = service.container();
        let mut listing = container.list();
        assert_eq!(listing.next().await.unwrap().unwrap().name().as_str(), "a");
        assert_eq!(listing.next().await.unwrap().unwrap().name().as_str(), "b");
        let error = listing.next().await.unwrap().unwrap_err();
        assert_eq!((error.kind(), error.container()), (kind, Some("bucket")));
        assert!(listing.next().await.is_none(), "it has ended");
        assert_eq!(service.requests().len(), asked);
        // Whoever collects gets the error and nothing else.
        let all: Result<Vec<ListEntry>, Error> = container.list().try_collect().await;
        assert_eq!(all.unwrap_err().kind(), kind);
    }
}

#[tokio::test]
async fn fault_099_keys_out_of_order_and_twice_are_passed_on() {
    let service = pages(|marker| match marker {
        None => list_page(&["c", "a"], Some("two")),
        _ => list_page(&["a", "b", "a"], None),
    })
    .await;
    let (seen, error) = names(service.container().list()).await;
    assert!(error.is_none());
    assert_eq!(seen, ["c", "a", "a", "b", "a"]);
    assert_eq!(service.requests().len(), 2);
}

#[tokio::test]
async fn fault_100_pitfall_08_encoded_names_are_decoded_once_and_others_never() {
    let blobs = [
        "<Name Encoded=\"true\">a%01b%EF%BF%BE</Name>",
        "<Name Encoded=\"true\">a%252Fb</Name>",
        "<Name Encoded=\"false\">a%2Fb</Name>",
        "<Name>a%20b+c</Name>",
        "<Name>a&amp;b &lt;c&gt; \"d\" 'e'</Name>",
        "<Name>\u{e9}\u{1f600}</Name>",
    ];
    let prefix = "<BlobPrefix><Name Encoded=\"true\">z%02%2F</Name></BlobPrefix>";
    let entries: String = blobs.iter().map(|it| entry(it)).collect::<String>() + prefix;
    let body = page_of(&entries, Some("2!8!YSUyRmI-&amp;+="));
    let service = pages(move |marker| match marker {
        None => Answer::xml(200, body.clone()),
        Some(_) => list_page(&["zz"], None),
    })
    .await;
    let (seen, error) = names(service.container().list().prefix("a%2F b").delimiter("/")).await;
    assert!(error.is_none(), "{error:?}");
    let mut seen = seen;
    seen.sort();
    let mut want = [
        "a\u{1}b\u{fffe}",
        "a%2Fb",
        "a%2Fb",
        "a%20b+c",
        "a&b <c> \"d\" 'e'",
        "\u{e9}\u{1f600}",
        "z\u{2}/",
        "zz",
    ];
    want.sort_unstable();
    assert_eq!(seen, want);
    // The marker is opaque: it goes back as it came, encoded once.
    assert_eq!(
        service.server.request_lines(),
        [
            "GET /acct/bucket?comp=list&delimiter=%2F&prefix=a%252F%20b&restype=container",
            "GET /acct/bucket?comp=list&delimiter=%2F&marker=2%218%21YSUyRmI-%26%2B%3D&prefix=a%252F%20b&restype=container",
        ]
    );
}

#[tokio::test]
async fn pitfall_08_a_tag_in_a_page_is_that_of_a_header() {
    let service = Service::calls(|call, _, request| match call {
        "list" => Some(list_page(&["a"], None)),
        _ => Some(object(request, "content", "\"0x8DE\"")),
    })
    .await;
    let all: Vec<ListEntry> = service.container().list().try_collect().await.unwrap();
    let ListEntry::Object(listed) = &all[0] else { panic!("{all:?}") };
    let told = service.object().head().await.unwrap();
    assert_eq!(listed.etag, told.etag);
    let etag = listed.etag.clone().unwrap();
    service.object().get().if_match(etag).await.unwrap();
    assert_eq!(service.of("get")[0].header("if-match"), Some("\"0x8DE\""));
}

#[tokio::test]
async fn fault_101_odd_keys_are_listed_as_they_are() {
    let odd = [
        "../x",
        "/abs",
        "a//b",
        "a/",
        ".",
        "..",
        "C:\\x",
        "~",
        "-rf",
        " ",
        "a/./b",
        "CON",
        "x.",
        "x\u{202e}y",
    ];
    let service = pages(move |_| list_page(&odd, None)).await;
    let (seen, error) = names(service.container().list()).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(seen, odd);
    assert_eq!(service.requests().len(), 1);
}

/// A page with one entry, with this size and this date.
fn odd(size: &str, modified: &str) -> Answer {
    let blob =
        format!("<Blob><Name>odd</Name><Properties>{modified}<Etag>0x8</Etag>{size}</Properties></Blob>");
    Answer::xml(200, page_of(&blob, None))
}

#[tokio::test]
async fn fault_103_a_size_that_is_none_is_an_error_with_the_key() {
    for size in
        ["-1", "18446744073709551616", "99999999999999999999999", "abc", "1e3", "0x10", "+1", "1.0", ""]
    {
        let answer = odd(&format!("<Content-Length>{size}</Content-Length>"), "");
        let service = Service::function(move |_| answer.clone()).await;
        let (seen, error) = names(service.container().list()).await;
        let error = error.unwrap_or_else(|| panic!("{size}: {seen:?}"));
        assert_eq!((error.kind(), error.key()), (ErrorKind::UnexpectedResponse, Some("odd")), "{size}");
        assert_eq!((seen.len(), service.requests().len()), (0, ATTEMPTS));
    }
    let service = Service::queue([odd("<Content-Length>18446744073709551615</Content-Length>", "")]).await;
    let all: Vec<ListEntry> = service.container().list().try_collect().await.unwrap();
    let ListEntry::Object(object) = &all[0] else { panic!("{all:?}") };
    assert_eq!(object.size, u64::MAX);
}

#[tokio::test]
async fn fault_103_a_date_that_is_none_is_missing() {
    for date in ["", "garbage", "Fri, 31 Feb 2026 00:00:00 GMT", "2026-01-01T00:00:00Z and more", "0", "-1"] {
        let modified = format!("<Last-Modified>{date}</Last-Modified>");
        let service = Service::queue([odd("<Content-Length>1</Content-Length>", &modified)]).await;
        let all: Vec<ListEntry> = service.container().list().try_collect().await.unwrap();
        let ListEntry::Object(object) = &all[0] else { panic!("{all:?}") };
        assert_eq!((object.last_modified, object.size), (None, 1), "{date}");
    }
}

#[tokio::test]
async fn fault_103_an_entry_without_a_name_hides_nothing() {
    for blob in [
        "<Blob><Properties><Content-Length>1</Content-Length></Properties></Blob>",
        "<Blob><Name></Name><Properties><Content-Length>1</Content-Length></Properties></Blob>",
    ] {
        let body = page_of(&(entry("<Name>a</Name>") + blob), None);
        let service = Service::function(move |_| Answer::xml(200, body.clone())).await;
        let (seen, error) = names(service.container().list()).await;
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
        let service = Service::function(move |_| answer.clone()).await;
        let error = service.object().head().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{length}");
    }
}

#[tokio::test]
async fn fault_112_metadata_that_is_no_text_leaves_the_object_readable() {
    let answer = |request: &Request| {
        object(request, "content", "\"e\"")
            .header("x-ms-meta-bytes", b"a\xff\xfeb".to_vec())
            .header("x-ms-meta-utf8", "é😀")
            .header("x-ms-meta-twice", "one")
            .header("x-ms-meta-twice", "two")
            .header("x-ms-meta-empty", "")
    };
    let service = Service::function(answer).await;
    let info = service.object().head().await.unwrap();
    assert_eq!(info.size, 7);
    assert_eq!(info.metadata.get("utf8"), Some("é😀"));
    assert_eq!(info.metadata.get("empty"), Some(""));
    // What is no text is shown as what it is, beside the metadata and not in it.
    assert_eq!(info.metadata.get("bytes"), None);
    assert_eq!(info.service_fields.get("x-ms-meta-bytes").map(String::as_str), Some("a\\xff\\xfeb"));
    // HTTP joins what is sent twice with a comma; no value is lost.
    assert_eq!(info.metadata.get("twice"), Some("one,two"));
    assert_eq!(service.object().get().bytes().await.unwrap(), "content");
}

#[tokio::test]
async fn fault_113_names_in_a_page_can_not_steer_a_terminal() {
    let entries = entry("<Name Encoded=\"true\">a%1B%5B2J%0D%0Ab</Name>");
    let service = Service::queue([Answer::xml(200, page_of(&entries, None))]).await;
    let all: Vec<ListEntry> = service.container().list().try_collect().await.unwrap();
    assert_eq!(all[0].name().as_str(), "a\u{1b}[2J\r\nb");
    assert!(!format!("{} {:?}", all[0].name(), all[0]).contains(char::is_control));
}
