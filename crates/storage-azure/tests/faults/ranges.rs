//! Ranges that are ignored, moved, refused, or of another object.

use bytes::Bytes;
use storage_core::{ByteRange, ErrorKind};
use storage_testkit::server::{Answer, Fault, Request};

use crate::scripted::{Service, content, failed, head, holding, object};

/// The answer to a read of the whole object.
fn stored(content: impl Into<Bytes>) -> Answer {
    Answer::new(200).header("etag", "\"e1\"").body(content)
}

/// An object that is as large as most tests want it.
fn large(call: &str, _: usize, request: &Request) -> Option<Answer> {
    matches!(call, "get" | "head").then(|| object(request, content(), "\"e1\""))
}

#[tokio::test]
async fn fault_024_a_whole_body_for_a_range_is_an_error() {
    for range in [ByteRange::from(10..20), ByteRange::from(0..20), ByteRange::From(5)] {
        let service = Service::queue([stored(content()), head(100_000)]).await;
        let error = service.object().get().range(range).bytes().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{range:?}");
        service.assert_seen(&["get", "head"]);
        assert!(service.requests()[0].header("x-ms-range").is_some());
    }
    let service = Service::queue([head(100_000), stored(content()), head(100_000)]).await;
    let error = service.object().get().suffix(20).bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    service.assert_seen(&["head", "get", "head"]);
}

#[tokio::test]
async fn fault_024_pitfall_13_the_whole_object_may_come_for_a_range_that_is_all_of_it() {
    for range in [ByteRange::from(0..100_000), ByteRange::From(0)] {
        let service = Service::queue([stored(content())]).await;
        assert_eq!(service.object().get().range(range).bytes().await.unwrap(), content());
        service.assert_seen(&["get"]);
    }
}

#[tokio::test]
async fn pitfall_13_no_range_from_the_end_is_on_the_wire() {
    for (suffix, want, range) in [
        (20, content().slice(99_980..), "bytes=99980-99999"),
        (200_000, content(), "bytes=0-99999"),
        (u64::MAX, content(), "bytes=0-99999"),
    ] {
        let service = Service::calls(large).await;
        let body = service.object().get().suffix(suffix).await.unwrap();
        assert_eq!(body.range(), 100_000 - want.len() as u64..100_000);
        assert_eq!(body.bytes().await.unwrap(), want);
        assert_eq!(service.seen(), ["head", "get"]);
        let read = &service.requests()[1];
        assert_eq!(read.header("x-ms-range"), Some(range));
        assert_eq!((read.header("if-match"), read.header("range")), (Some("\"e1\""), None));
    }
    // The object is another one by then.
    let service = Service::calls(|call, _, request| match call {
        "head" => Some(head(100_000)),
        _ => Some(object(request, content(), "\"e2\"")),
    })
    .await;
    let error = service.object().get().suffix(20).bytes().await.unwrap_err();
    assert!([ErrorKind::PreconditionFailed, ErrorKind::Changed].contains(&error.kind()), "{error:?}");
    assert_eq!(service.seen(), ["head", "get"]);
}

#[tokio::test]
async fn pitfall_13_ranges_go_in_the_header_that_wins() {
    let service = Service::calls(large).await;
    let get = || service.object().get();
    assert_eq!(get().range(10..20).bytes().await.unwrap(), content().slice(10..20));
    assert_eq!(get().range(ByteRange::From(99_990)).bytes().await.unwrap(), content().slice(99_990..));
    let sent = service.requests();
    assert_eq!(sent[0].header("x-ms-range"), Some("bytes=10-19"));
    assert_eq!(sent[1].header("x-ms-range"), Some("bytes=99990-"));
    // A checksum of a range over 4 MiB would be refused.
    for request in &sent {
        assert!(request.header("range").is_none() && request.header("x-ms-range-get-content-md5").is_none());
    }
}

#[tokio::test]
async fn fault_025_another_range_than_the_one_asked_for_is_an_error() {
    for told in [
        "bytes 11-20/100000",
        "bytes 10-20/100000",
        "bytes 10-18/100000",
        "bytes 0-9/100000",
        "bytes 10-19/15",
        "bytes 19-10/100000",
        "bytes 10-19/*",
        "bytes */100000",
        "bytes NaN-19/100000",
        "10-19/100000",
        "",
    ] {
        let answer = Answer::new(206).header("etag", "\"e1\"").header("content-range", told);
        let answer = answer.body(content().slice(10..20));
        // The size is asked for, since emulators answer so beyond the end; it may fail, too.
        for size in [head(100_000), failed(403, "AuthorizationFailure")] {
            let service = Service::queue([answer.clone(), size]).await;
            let error = service.object().get().range(10..20).bytes().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{told}");
            service.assert_seen(&["get", "head"]);
        }
    }
    // Of an object that ends before it, there is no such range, and of an empty one it is empty.
    let strange =
        || Answer::new(206).header("etag", "\"e1\"").header("content-range", "bytes NaN-3/11").body("x");
    let service = Service::queue([strange(), head(5)]).await;
    let error = service.object().get().range(10..20).bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRange);
    let service = Service::queue([strange(), head(0)]).await;
    assert_eq!(service.object().get().range(0..20).bytes().await.unwrap(), Bytes::new());
}

#[tokio::test]
async fn fault_026_a_part_that_does_not_say_which_is_an_error() {
    let bare = || Answer::new(206).header("etag", "\"e1\"");
    let service = Service::queue([bare().body(content().slice(10..20)), head(100_000)]).await;
    let error = service.object().get().range(10..20).bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    // Nor is a part an answer to a question for the whole.
    let told = bare().header("content-range", "bytes 0-9/100000").body(content().slice(0..10));
    let service = Service::queue([told]).await;
    let error = service.object().get().bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    service.assert_seen(&["get"]);
}

#[tokio::test]
async fn fault_027_pitfall_13_every_range_of_an_empty_object_is_empty() {
    for (range, calls) in [
        (ByteRange::from(0..10), &["get", "head"][..]),
        (ByteRange::From(0), &["get", "head"]),
        (ByteRange::Suffix(5), &["head"]),
    ] {
        let service = Service::calls(|call, _, request| match call {
            "head" => Some(head(0)),
            // As the service does, which says `bytes */0`.
            _ if request.header("x-ms-range").is_some() => {
                Some(failed(416, "InvalidRange").header("content-range", "bytes */0"))
            }
            _ => Some(stored("")),
        })
        .await;
        let body = service.object().get().range(range).await.unwrap();
        assert_eq!((body.info().size, body.range()), (0, 0..0), "{range:?}");
        assert_eq!(body.bytes().await.unwrap(), Bytes::new());
        assert_eq!(service.seen(), calls, "{range:?}");
    }
    let service = Service::queue([stored("")]).await;
    assert_eq!(service.object().get().bytes().await.unwrap(), Bytes::new());
    service.assert_seen(&["get"]);
}

#[tokio::test]
async fn fault_027_ends_are_cut_and_starts_are_not() {
    let service = Service::calls(large).await;
    let get = || service.object().get();
    assert_eq!(get().range(99_990..200_000).bytes().await.unwrap(), content().slice(99_990..));
    assert_eq!(get().range(0..100_001).bytes().await.unwrap(), content());
    for range in [ByteRange::From(100_000), ByteRange::from(100_000..100_001), ByteRange::From(u64::MAX)] {
        let before = service.requests().len();
        let error = get().range(range).bytes().await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::InvalidRange, Some(416)), "{range:?}");
        // The question for the size tells an empty object from a range beyond the end.
        assert_eq!(service.seen()[before..], ["get", "head"], "{range:?}");
    }
}

/// A service whose object is overwritten after the first answer; `checks` tells whether it keeps `if-match`.
fn overwritten(
    checks: bool,
    fault: Option<Fault>,
) -> impl FnMut(&str, usize, &Request) -> Option<Answer> + Send + 'static {
    move |call, before, request| {
        if call == "head" {
            return Some(head(100_000));
        }
        if before == 0 {
            let answer = object(request, content(), "\"e1\"");
            return Some(fault.clone().map_or(answer.clone(), |fault| answer.fault(fault)));
        }
        let newer: Bytes = content().iter().map(|it| !it).collect();
        let mut asked = request.clone();
        if !checks {
            asked.headers.retain(|(name, _)| name != "if-match");
        }
        Some(object(&asked, newer, "\"e2\""))
    }
}

#[tokio::test]
async fn fault_028_an_object_overwritten_in_mid_read_is_changed() {
    for checks in [true, false] {
        let service = Service::calls(overwritten(checks, Some(Fault::CutAfter(1_000)))).await;
        let mut body = service.object().get().await.unwrap();
        let mut all = Vec::new();
        let error = loop {
            match body.next().await.unwrap() {
                Ok(piece) => all.extend_from_slice(&piece),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::Changed, "{checks}");
        assert_eq!(all, content()[..1_000]);
        assert!(body.next().await.is_none());
        assert_eq!(service.seen(), ["get", "get"]);
        let again = &service.requests()[1];
        assert_eq!(again.header("if-match"), Some("\"e1\""));
        assert_eq!(again.header("x-ms-range"), Some("bytes=1000-99999"));
    }
}

#[tokio::test]
async fn fault_015_a_body_that_was_cut_goes_on_where_it_was() {
    let service = Service::calls(|_, before, request| {
        let answer = object(request, content(), "\"e1\"");
        Some(if before == 0 { answer.fault(Fault::CutAfter(1_000)) } else { answer })
    })
    .await;
    assert_eq!(service.object().get().bytes().await.unwrap(), content());
    assert_eq!(service.seen(), ["get", "get"]);
    assert_eq!(service.requests()[1].header("x-ms-range"), Some("bytes=1000-99999"));
}

#[tokio::test]
async fn fault_028_ranges_and_files_are_of_one_object() {
    for checks in [true, false] {
        let service = Service::calls(overwritten(checks, None)).await;
        let error = service.object().get_ranges(&[0..10, 50..60]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Changed, "ranges, {checks}");
        assert_eq!(service.requests()[1].header("if-match"), Some("\"e1\""));

        let service = Service::calls(overwritten(checks, None)).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cat");
        let error = service.object().download_file(path).verify(false).part_size(65_536).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Changed, "file, {checks}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[tokio::test]
async fn fault_029_a_resumed_answer_without_a_tag_is_not_appended() {
    let service = Service::calls(|_, before, request| {
        let answer = object(request, content(), "\"e1\"");
        Some(answer.fault(if before == 0 { Fault::CutAfter(1_000) } else { Fault::DropHeader("etag") }))
    })
    .await;
    let error = service.object().get().bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Changed);
    assert_eq!(service.requests().len(), 2);
}

#[tokio::test]
async fn fault_030_bytes_that_somebody_unpacked_are_no_object() {
    // What unpacks on the fly does not know the length.
    let service = Service::queue([stored(content()).chunked()]).await;
    let error = service.object().get().bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    service.assert_seen(&["get"]);
    // A file is held against what the service says of the object.
    let service = Service::calls(|call, _, request| match call {
        "head" => Some(head(5_000)),
        _ => Some(object(request, content(), "\"e1\"")),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let error = service.object().download_file(folder.path().join("cat")).await.unwrap_err();
    assert!([ErrorKind::Changed, ErrorKind::UnexpectedResponse].contains(&error.kind()), "{error:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn fault_065_an_object_that_is_packed_is_given_as_it_is_stored() {
    let service = Service::calls(|call, before, request| {
        holding(b"\x1f\x8bpacked")(call, before, request).map(|it| it.header("content-encoding", "gzip"))
    })
    .await;
    let body = service.object().get().await.unwrap();
    assert_eq!(body.info().content_encoding.as_deref(), Some("gzip"));
    assert_eq!(body.bytes().await.unwrap(), &b"\x1f\x8bpacked"[..]);
}
