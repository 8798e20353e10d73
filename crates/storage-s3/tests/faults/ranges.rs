//! Ranges that are ignored, moved, refused, or of another object.

use bytes::Bytes;
use storage_core::{ByteRange, ErrorKind};
use storage_testkit::server::{Answer, Fault, Request};

use crate::loopback::{Service, content, good, head, stored};

const GET: &str = "GET /photos/cat.bin";
const HEAD: &str = "HEAD /photos/cat.bin";

#[tokio::test]
async fn fault_024_a_whole_body_for_a_range_is_an_error() {
    for range in [ByteRange::from(10..20), ByteRange::from(0..20), ByteRange::From(5), ByteRange::Suffix(20)]
    {
        let service = Service::queue([stored(content())]).await;
        let error = service.object().get().range(range).bytes().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{range:?}");
        service.assert_lines(&[GET]);
        assert!(service.requests()[0].header("range").is_some());
    }
    // The whole object is what these ask for.
    for range in [ByteRange::from(0..100_000), ByteRange::From(0), ByteRange::Suffix(200_000)] {
        let service = Service::queue([stored(content())]).await;
        assert_eq!(service.object().get().range(range).bytes().await.unwrap(), content());
        service.assert_lines(&[GET]);
    }
}

#[tokio::test]
async fn fault_024_a_download_in_ranges_is_not_gathered_from_whole_bodies() {
    let service = Service::function(|_| stored(content())).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cat");
    let error = service.object().download_file(path).part_size(65_536).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    service.assert_lines(&[GET]);
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
        "bytes -1-19/100000",
        "bytes 10-19/99999999999999999999999",
        "10-19/100000",
        "",
    ] {
        let answer = Answer::new(206).header("etag", "\"e1\"").header("content-range", told);
        let service = Service::queue([answer.body(content().slice(10..20))]).await;
        let error = service.object().get().range(10..20).bytes().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{told}");
        service.assert_lines(&[GET]);
    }
    // The right range, with another number of bytes behind it.
    for len in [9, 11] {
        let answer = Answer::new(206).header("etag", "\"e1\"").header("content-range", "bytes 10-19/100000");
        let service = Service::queue([answer.body(content().slice(10..10 + len))]).await;
        let error = service.object().get().range(10..20).bytes().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{len}");
    }
}

#[tokio::test]
async fn fault_026_a_part_that_does_not_say_which_is_an_error() {
    let bare = || Answer::new(206).header("etag", "\"e1\"");
    let parts = "--x\r\ncontent-range: bytes 10-19/100000\r\n\r\n0123456789\r\n--x--\r\n";
    for answer in [
        bare().body(content().slice(10..20)),
        bare().header("content-type", "multipart/byteranges; boundary=x").body(parts),
    ] {
        let service = Service::queue([answer]).await;
        let error = service.object().get().range(10..20).bytes().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
        service.assert_lines(&[GET]);
    }
    // Nor is a part an answer to a question for the whole.
    let told = bare().header("content-range", "bytes 0-9/100000").body(content().slice(0..10));
    let service = Service::queue([told]).await;
    let error = service.object().get().bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
}

#[tokio::test]
async fn fault_027_every_range_of_an_empty_object_is_empty() {
    for range in [ByteRange::from(0..10), ByteRange::From(0), ByteRange::Suffix(5)] {
        let service = Service::function(|request| match request.method.as_str() {
            "HEAD" => head(0),
            _ => Answer::object(request, Bytes::new(), "\"e1\""),
        })
        .await;
        let body = service.object().get().range(range).await.unwrap();
        assert_eq!((body.info().size, body.range()), (0, 0..0), "{range:?}");
        assert_eq!(body.bytes().await.unwrap(), Bytes::new());
        assert_eq!(service.lines(), [GET, HEAD], "{range:?}");
    }
    let service = Service::queue([stored("")]).await;
    assert_eq!(service.object().get().bytes().await.unwrap(), Bytes::new());
    service.assert_lines(&[GET]);
}

#[tokio::test]
async fn fault_027_ends_are_cut_and_starts_are_not() {
    let answer = |request: &Request| match request.method.as_str() {
        "HEAD" => head(100_000),
        _ => Answer::object(request, content(), "\"e1\""),
    };
    let service = Service::function(answer).await;
    let get = || service.object().get();
    assert_eq!(get().range(99_990..200_000).bytes().await.unwrap(), content().slice(99_990..));
    assert_eq!(get().suffix(200_000).bytes().await.unwrap(), content());
    assert_eq!(get().range(0..100_001).bytes().await.unwrap(), content());
    for range in [ByteRange::From(100_000), ByteRange::from(100_000..100_001), ByteRange::From(u64::MAX)] {
        let before = service.requests().len();
        let error = get().range(range).bytes().await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::InvalidRange, Some(416)), "{range:?}");
        // The question for the size tells an empty object from a range beyond the end.
        assert_eq!(service.lines()[before..], [GET, HEAD], "{range:?}");
    }
}

/// A service whose object is overwritten after the first answer; `checks` tells whether it keeps `if-match`.
fn overwritten(checks: bool, fault: Option<Fault>) -> impl FnMut(&Request) -> Answer + Send + 'static {
    let mut reads = 0;
    move |request| {
        if request.method == "HEAD" {
            return head(100_000);
        }
        reads += 1;
        if reads == 1 {
            let answer = Answer::object(request, content(), "\"e1\"");
            return fault.clone().map_or(answer.clone(), |fault| answer.fault(fault));
        }
        let newer: Bytes = content().iter().map(|it| !it).collect();
        let mut asked = request.clone();
        if !checks {
            asked.headers.retain(|(name, _)| name != "if-match");
        }
        Answer::object(&asked, newer, "\"e2\"")
    }
}

#[tokio::test]
async fn fault_028_an_object_overwritten_in_mid_read_is_changed() {
    for checks in [true, false] {
        let service = Service::function(overwritten(checks, Some(Fault::CutAfter(1_000)))).await;
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
        assert_eq!(service.lines(), [GET, GET]);
        assert_eq!(service.requests()[1].header("if-match"), Some("\"e1\""));
    }
}

#[tokio::test]
async fn fault_028_ranges_and_files_are_of_one_object() {
    for checks in [true, false] {
        let service = Service::function(overwritten(checks, None)).await;
        let error = service.object().get_ranges(&[0..10, 50..60]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Changed, "ranges, {checks}");
        assert_eq!(service.requests()[1].header("if-match"), Some("\"e1\""));

        let service = Service::function(overwritten(checks, None)).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cat");
        let error = service.object().download_file(path).verify(false).part_size(65_536).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Changed, "file, {checks}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert_eq!(service.requests()[1].header("if-match"), Some("\"e1\""));
    }
}

#[tokio::test]
async fn fault_028_an_object_that_grew_under_the_same_tag_is_changed() {
    let mut cut = false;
    let service = Service::function(move |request| match std::mem::replace(&mut cut, true) {
        false => Answer::object(request, content(), "\"e1\"").fault(Fault::CutAfter(1_000)),
        true => Answer::object(request, [&content()[..], b"more"].concat(), "\"e1\""),
    })
    .await;
    let error = service.object().get().bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Changed);
    assert_eq!(service.requests().len(), 2);
}

#[tokio::test]
async fn fault_029_a_resumed_answer_without_a_tag_is_not_appended() {
    let mut cut = false;
    let service = Service::function(move |request| {
        let answer = Answer::object(request, content(), "\"e1\"");
        match std::mem::replace(&mut cut, true) {
            false => answer.fault(Fault::CutAfter(1_000)),
            true => answer.fault(Fault::DropHeader("etag")),
        }
    })
    .await;
    let error = service.object().get().bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Changed);
    assert_eq!(service.requests().len(), 2);
}

#[tokio::test]
async fn fault_029_without_a_tag_only_a_fresh_start_is_made() {
    for (bytes, requests) in [(1_000, 1), (0, 2)] {
        let mut cut = false;
        let service = Service::function(move |request| {
            let answer = Answer::object(request, content(), "\"e1\"").fault(Fault::DropHeader("etag"));
            if std::mem::replace(&mut cut, true) { answer } else { answer.fault(Fault::CutAfter(bytes)) }
        })
        .await;
        let read = service.object().get().bytes().await;
        match bytes {
            0 => assert_eq!(read.unwrap(), content()),
            _ => assert_eq!(read.unwrap_err().kind(), ErrorKind::Truncated),
        }
        assert_eq!(service.requests().len(), requests);
        assert!(service.requests().iter().all(|it| it.header("if-match").is_none()));
    }
}

#[tokio::test]
async fn fault_030_bytes_are_asked_for_as_they_are_stored() {
    let service = Service::function(good).await;
    service.object().get().bytes().await.unwrap();
    service.object().head().await.unwrap();
    service.object().get().range(5..10).bytes().await.unwrap();
    for request in service.requests() {
        assert_eq!(request.header("accept-encoding"), Some("identity"), "{}", request.method);
        assert_eq!(request.header("x-amz-checksum-mode"), Some("ENABLED"), "{}", request.method);
    }
}

#[tokio::test]
async fn fault_030_bytes_that_somebody_unpacked_are_no_object() {
    // What unpacks on the fly does not know the length.
    let service = Service::queue([stored(content()).chunked()]).await;
    let error = service.object().get().bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);

    // The checksum is that of what was stored.
    let sum = "AAAAAA==";
    let service = Service::queue([stored(content()).header("x-amz-checksum-crc32c", sum)]).await;
    let error = service.object().get().bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ChecksumMismatch);

    // Part of it came packed, the rest has another size.
    let mut cut = false;
    let service = Service::function(move |request| match std::mem::replace(&mut cut, true) {
        false => Answer::object(request, content().slice(..5_000), "\"e1\"").fault(Fault::CutAfter(1_000)),
        true => Answer::object(request, content(), "\"e1\""),
    })
    .await;
    let error = service.object().get().bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Changed);

    // A file is held against what the service says of the object.
    let service = Service::function(|request| match request.method.as_str() {
        "HEAD" => head(5_000),
        _ => Answer::object(request, content(), "\"e1\""),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let error = service.object().download_file(folder.path().join("cat")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Changed);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
