//! Sources that can be read once, are of another length than declared, fail, or are empty.

use bytes::Bytes;
use storage_core::{ErrorKind, Upload};
use storage_testkit::server::{Answer, Fault, Script};
use storage_testkit::source::Source;
use tokio::io::AsyncWriteExt as _;

use crate::loopback::{PART, Quick, Service, count, file_range, good, head, internal_error, slow_down};

const WHOLE: &str = "PUT /photos/cat.bin";

/// The bodies of the parts that arrived whole under good answers, in order.
fn parts(service: &Service, failed: &[usize]) -> Vec<u8> {
    let requests = service.requests();
    let mut parts: Vec<_> = requests
        .iter()
        .enumerate()
        .filter(|(at, _)| !failed.contains(at))
        .filter_map(|(_, it)| Some((it.query("partNumber")?.parse::<u32>().unwrap(), it)))
        .collect();
    parts.sort_by_key(|it| it.0);
    assert!(parts.iter().all(|it| it.1.complete));
    parts.iter().flat_map(|it| it.1.body.to_vec()).collect()
}

#[tokio::test]
async fn fault_050_what_is_in_memory_is_sent_again_and_the_source_asked_once() {
    // Every second request fails, each in another way.
    let mut seen = 0;
    let service = Service::function(move |request| {
        seen += 1;
        match seen {
            2 => Answer::new(200).fault(Fault::CloseWithoutAnswer),
            4 => internal_error(),
            6 => Answer::new(200).fault(Fault::ResetBeforeAnswer),
            8 => slow_down(),
            _ => good(request),
        }
    })
    .await;
    let size = 2 * PART + 17;
    let source = Source::new(size).pending_every(3);
    let taken = source.taken();
    let upload = service.object().upload_stream(source).part_size(PART).concurrency(1);
    let outcome = upload.length(size).await.unwrap();
    assert_eq!(outcome.size, Some(size));
    // `Source` fails when it is read behind its end.
    assert_eq!(taken.bytes(), size);
    assert_eq!(parts(&service, &[1, 3, 5]), Source::content(size));
    let lines = service.lines();
    assert_eq!(count(&lines, "PUT"), 3 + 3);
    // The first completion was told to slow down.
    assert_eq!(count(&lines, "POST /photos/cat.bin?uploadId=u1"), 2);
    assert_eq!(count(&lines, "DELETE"), 0);
}

#[tokio::test]
async fn fault_050_a_part_that_fails_for_good_commits_nothing() {
    let service = Service::function(|request| {
        if request.query("partNumber").as_deref() == Some("2") { internal_error() } else { good(request) }
    })
    .await;
    let source = Source::new(2 * PART);
    let error = service.object().upload_stream(source).part_size(PART).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unavailable, 6));
    assert_eq!(error.upload_id(), None);
    assert_aborted(&service);
}

/// Requires that the upload was begun, never completed, and dropped once.
fn assert_aborted(service: &Service) {
    let lines = service.lines();
    assert_eq!(count(&lines, "POST /photos/cat.bin?uploads"), 1, "{lines:?}");
    assert_eq!(count(&lines, "POST /photos/cat.bin?uploadId"), 0, "{lines:?}");
    assert_eq!(count(&lines, "DELETE /photos/cat.bin?uploadId=u1"), 1, "{lines:?}");
    assert!(lines.last().unwrap().starts_with("DELETE"), "{lines:?}");
}

/// Uploads as the test says, and returns the kind of the error and the service.
async fn refused(configure: impl FnOnce(&Service) -> Upload) -> (ErrorKind, Service) {
    let service = Service::function(good).await;
    let error = configure(&service).part_size(PART).await.unwrap_err();
    assert_eq!(error.key(), Some("cat.bin"));
    (error.kind(), service)
}

#[tokio::test]
async fn fault_061_062_a_source_of_another_length_commits_nothing() {
    for (has, declared) in [(999, 1_000), (1_001, 1_000), (0, 1), (1, 0)] {
        let (kind, service) =
            refused(|it| it.object().upload_stream(Source::new(has)).length(declared)).await;
        assert_eq!(kind, ErrorKind::SourceMismatch, "{has} of {declared}");
        assert_eq!(service.lines(), [""; 0]);
        let (kind, service) =
            refused(|it| it.object().upload_reader(Source::new(has)).length(declared)).await;
        assert_eq!(kind, ErrorKind::SourceMismatch, "{has} of {declared}");
        assert_eq!(service.lines(), [""; 0]);
    }
    for (has, declared) in [(2 * PART - 1, 2 * PART), (2 * PART + 1, 2 * PART), (PART, 2 * PART)] {
        let (kind, service) =
            refused(|it| it.object().upload_stream(Source::new(has)).length(declared)).await;
        assert_eq!(kind, ErrorKind::SourceMismatch, "{has} of {declared}");
        match has > PART {
            true => assert_aborted(&service),
            // It ended within the first part.
            false => assert_eq!(service.lines(), [""; 0]),
        }
    }
}

#[tokio::test]
async fn fault_061_a_file_that_became_shorter_is_no_object() {
    for (size, trailers) in [(1_000, false), (1_000, true), (3 * PART, false), (3 * PART, true)] {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(size).unwrap();
        let path = file.path().to_owned();
        // The service cuts the file when it sees the first request, and asks for it again.
        let script = Script::function(move |request| {
            std::fs::File::options().write(true).open(&path).unwrap().set_len(10).unwrap();
            if request.method == "PUT" { internal_error() } else { good(request) }
        });
        let service = Service::with(script, Quick::fixed(0), |it| it.unsigned_payload(trailers)).await;
        let done = match size > PART {
            true => service.object().upload_file(file.path()).part_size(PART).await,
            false => service.object().put(file_range(&file, size)).await,
        };
        assert_eq!(done.unwrap_err().kind(), ErrorKind::SourceMismatch, "{size}, {trailers}");
        let lines = service.lines();
        if size > PART {
            assert_eq!(count(&lines, "DELETE /photos/cat.bin?uploadId=u1"), 1, "{lines:?}");
        }
        assert_eq!(count(&lines, "POST /photos/cat.bin?uploadId"), 0);
        // No request with the short content came to its end.
        let whole = service.requests().iter().filter(|it| it.method == "PUT" && it.complete).count();
        assert!(whole <= 1, "{lines:?}");
    }
}

#[tokio::test]
async fn fault_063_a_failing_source_commits_nothing_and_keeps_its_error() {
    for kind in [ErrorKind::Io, ErrorKind::Changed] {
        let (got, service) =
            refused(|it| it.object().upload_stream(Source::new(1_000).fail_at(500, kind))).await;
        assert_eq!((got, service.requests().len()), (kind, 0));
        let failing = || Source::new(4 * PART).fail_at(PART + 500, kind);
        let (got, service) = refused(|it| it.object().upload_stream(failing())).await;
        assert_eq!(got, kind);
        assert_aborted(&service);
        let (got, service) = refused(|it| it.object().upload_reader(failing())).await;
        assert_eq!(got, kind);
        assert_aborted(&service);
    }
}

#[tokio::test]
async fn fault_066_an_empty_object_is_stored_by_every_way() {
    let service = Service::function(good).await;
    let object = service.object();
    object.put(Bytes::new()).await.unwrap();
    object.upload_stream(Source::new(0)).await.unwrap();
    object.upload_stream(Source::new(0)).length(0).await.unwrap();
    object.upload_reader(Source::new(0)).await.unwrap();
    object.writer().shutdown().await.unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    object.upload_file(file.path()).await.unwrap();
    let requests = service.requests();
    assert_eq!(service.lines(), [WHOLE; 6]);
    for request in &requests {
        let lengths: Vec<_> = request.header_values("content-length").collect();
        assert_eq!(lengths, ["0"]);
        assert_eq!((request.body_bytes, request.header("transfer-encoding")), (0, None));
        assert!(request.header("x-amz-checksum-crc64nvme").is_some());
    }
    let copy = service.container().object("copy").unwrap();
    object.copy_to(&copy).await.unwrap();
    let copied = service.requests().pop().unwrap();
    assert_eq!(copied.header("x-amz-copy-source"), Some("/photos/cat.bin"));
    assert_eq!(copied.header("content-length"), Some("0"));
    assert_eq!(object.head().await.unwrap().size, 0);
}

#[tokio::test]
async fn fault_066_an_empty_file_with_a_checksum_behind_it_is_framed() {
    let script = Script::function(good);
    let service = Service::with(script, Quick::fixed(0), |it| it.unsigned_payload(true)).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    service.object().put(file_range(&file, 0)).await.unwrap();
    let requests = service.requests();
    assert_eq!(service.lines(), [WHOLE]);
    let request = &requests[0];
    let length: u64 = request.header("content-length").unwrap().parse().unwrap();
    assert_eq!(length, request.body_bytes);
    assert_eq!(request.header("x-amz-decoded-content-length"), Some("0"));
    assert!(request.body.starts_with(b"0;chunk-signature="));
    assert!(String::from_utf8_lossy(&request.body).contains("x-amz-checksum-crc64nvme:AAAAAAAAAAA="));
}

#[tokio::test]
async fn fault_066_requests_without_content_declare_it() {
    let service = Service::function(|request| match request.method.as_str() {
        "HEAD" => head(6 << 30),
        _ => good(request),
    })
    .await;
    let copy = service.container().object("copy").unwrap();
    service.object().copy_to(&copy).await.unwrap();
    service.container().create().await.unwrap();
    let requests = service.requests();
    for request in requests.iter().filter(|it| matches!(it.method.as_str(), "PUT" | "POST")) {
        let length = request.body_bytes.to_string();
        assert_eq!(request.header("content-length"), Some(length.as_str()), "{}", request.target_text());
    }
    assert!(requests.iter().any(|it| it.query("uploads").is_some() && it.body_bytes == 0));
    assert!(requests.iter().any(|it| it.query("partNumber").is_some() && it.body_bytes == 0));
}
