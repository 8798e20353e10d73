//! What goes wrong with uploads in parts, with copies and with many deletes in one.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

#[path = "support/scripted.rs"]
mod scripted;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use storage_core::groups::DeleteTarget;
use storage_core::{ChecksumAlgorithm, Container, Error, ErrorKind, Key, PutOutcome, Result, Upload};
use storage_testkit::server::{Answer, Fault, Request, Server};
use storage_testkit::{Gate, TestRuntime};
use tokio::io::AsyncWriteExt as _;

use scripted::{ATTEMPTS, calls, completed, count, error, part_tag, requests, service};

const MIB: usize = 1 << 20;
const PART: u64 = 5 << 20;

/// Uploads so many MiB in parts of five.
fn upload(container: &Container, mib: usize) -> Upload {
    let piece = Bytes::from(vec![b'x'; MIB]);
    let pieces = stream::iter((0..mib).map(move |_| Ok::<_, Error>(piece.clone())));
    container.object("k").unwrap().upload_stream(pieces).part_size(PART)
}

/// The entity tag that S3 gives an object of so many parts.
fn whole_tag(parts: u32) -> String {
    let tags: Vec<u8> = (1..=parts).flat_map(|it| u128::from(it).to_be_bytes()).collect();
    let md5 = ChecksumAlgorithm::Md5.of(&tags);
    let hex: String = md5.value().iter().map(|it| format!("{it:02x}")).collect();
    format!("\"{hex}-{parts}\"")
}

/// The answer to a question for an object of so many MiB.
fn object(mib: usize, etag: &str) -> Answer {
    Answer::new(200).header("etag", etag).fault(Fault::SetHeader("content-length", (mib * MIB).to_string()))
}

/// Runs an upload of eleven MiB whose calls have these answers.
async fn run(
    other: impl FnMut(&str, usize, &Request) -> Option<Answer> + Send + 'static,
) -> (Server, Result<PutOutcome>) {
    let (server, container) = scripted::bucket(service(other)).await;
    let outcome = upload(&container, 11).await;
    (server, outcome)
}

#[tokio::test]
async fn fault_071_a_part_that_fails_for_good_stops_its_siblings_and_aborts_once() {
    let gate = Gate::new();
    let held = gate.clone();
    let (server, container) =
        scripted::bucket(service(move |call, _, request| match (call, scripted::number_of(request)) {
            ("part", 1) => Some(Answer::new(200).fault(Fault::WaitBeforeHeaders(held.clone()))),
            ("part", 2) => Some(Answer::xml(403, error("AccessDenied"))),
            _ => None,
        }))
        .await;
    let failed = upload(&container, 60).concurrency(2).await.unwrap_err();
    assert_eq!((failed.kind(), failed.code()), (ErrorKind::PermissionDenied, Some("AccessDenied")));
    assert_eq!((failed.upload_id(), failed.attempts()), (None, 1));
    assert_eq!(failed.key(), Some("k"));
    // The first part was still on its way, and no third one was begun.
    assert_eq!(calls(&server), ["create", "part", "part", "abort"]);
    gate.open();
    drop(container);
    server.wait_for_close().await;
}

#[tokio::test]
async fn fault_072_an_upload_that_can_not_be_aborted_is_named_and_found() {
    let uploads = "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated><Upload><Key>k</Key>\
                   <UploadId>up/1</UploadId><Initiated>2025-12-01T00:00:00.000Z</Initiated></Upload>\
                   </ListMultipartUploadsResult>";
    let (server, container) = scripted::bucket(service(move |call, before, _| match call {
        "part" => Some(Answer::xml(400, error("InvalidDigest"))),
        // The first is lost, with a connection that was used before; that one does not count.
        "abort" if before < ATTEMPTS + 1 => Some(Answer::new(200).fault(Fault::CloseWithoutAnswer)),
        "uploads" => Some(Answer::xml(200, uploads)),
        _ => None,
    }))
    .await;
    let failed = upload(&container, 11).concurrency(1).await.unwrap_err();
    // It is the part that is told of, and what is left.
    assert_eq!((failed.kind(), failed.upload_id()), (ErrorKind::ChecksumMismatch, Some("up/1")));
    assert!(failed.to_string().contains("up/1"), "{failed}");
    assert_eq!(count(&server, "abort"), ATTEMPTS + 1);
    assert_eq!(count(&server, "complete"), 0);

    let left: Vec<_> = container.incomplete_uploads().try_collect().await.unwrap();
    assert_eq!((left.len(), left[0].key.as_str(), left[0].upload.as_str()), (1, "k", "up/1"));
    assert_eq!(container.abort_incomplete(Duration::from_secs(3600)).await.unwrap(), 1);
    let aborts = requests(&server, "abort");
    assert_eq!(aborts.len(), ATTEMPTS + 2);
    assert!(aborts.iter().all(|it| it.target_text() == "/bucket/k?uploadId=up%2F1"));
}

#[tokio::test]
async fn fault_073_a_writer_that_is_dropped_aborts_in_the_background() {
    let (server, container) = scripted::bucket(service(|_, _, _| None)).await;
    let mut writer = container.object("k").unwrap().writer_with(|it| it.part_size(PART));
    writer.write_all(&vec![b'x'; 11 * MIB]).await.unwrap();
    drop(writer);
    scripted::until(|| count(&server, "abort") == 1).await;
    drop(container);
    server.wait_for_close().await;
    assert_eq!((count(&server, "create"), count(&server, "complete")), (1, 0));
}

#[tokio::test]
async fn fault_073_an_upload_whose_future_is_dropped_aborts_in_the_background() {
    let gate = Gate::new();
    let held = gate.clone();
    let (server, container) = scripted::bucket(service(move |call, _, _| {
        (call == "part").then(|| Answer::new(200).fault(Fault::WaitBeforeHeaders(held.clone())))
    }))
    .await;
    let task = tokio::spawn(upload(&container, 11).into_future());
    gate.arrived(1).await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    scripted::until(|| count(&server, "abort") == 1).await;
    gate.open();
    drop(container);
    server.wait_for_close().await;
    assert_eq!(count(&server, "complete"), 0);
}

#[tokio::test]
async fn fault_075_an_error_that_passes_under_200_is_tried_again() {
    for code in ["InternalError", "SlowDown", "ServiceUnavailable", "OperationAborted", "RequestTimeout"] {
        let (server, outcome) = run(move |call, before, _| {
            (call == "complete" && before == 0).then(|| Answer::xml(200, format!("  \n{}", error(code))))
        })
        .await;
        assert_eq!(outcome.unwrap().etag, Some("\"whole\"".into()), "{code}");
        assert_eq!(calls(&server), ["create", "part", "part", "part", "complete", "complete"], "{code}");
        let sent = requests(&server, "complete");
        assert_eq!(sent[0].body, sent[1].body);
        assert_eq!(sent[0].target, sent[1].target);
    }
}

#[tokio::test]
async fn fault_075_what_does_not_pass_ends() {
    // The service asked to slow down and did nothing: the upload is dropped.
    let (server, outcome) =
        run(|call, _, _| (call == "complete").then(|| Answer::xml(200, error("SlowDown")))).await;
    let failed = outcome.unwrap_err();
    assert_eq!((failed.kind(), failed.code()), (ErrorKind::Throttled, Some("SlowDown")));
    assert_eq!((count(&server, "complete"), count(&server, "abort")), (ATTEMPTS, 1));

    // Nobody knows what it did: the upload stays, and is named.
    let (server, outcome) =
        run(|call, _, _| (call == "complete").then(|| Answer::xml(200, error("InternalError")))).await;
    let failed = outcome.unwrap_err();
    assert_eq!((failed.kind(), failed.upload_id()), (ErrorKind::Ambiguous, Some("up/1")));
    assert_eq!((count(&server, "complete"), count(&server, "abort")), (ATTEMPTS, 0));
    assert!(count(&server, "head") >= 1);
}

#[tokio::test]
async fn fault_076_another_error_under_200_is_that_error() {
    for (code, kind) in [
        ("AccessDenied", ErrorKind::PermissionDenied),
        ("NoSuchUpload", ErrorKind::ObjectNotFound),
        ("BadDigest", ErrorKind::ChecksumMismatch),
        ("InvalidPart", ErrorKind::UnexpectedResponse),
        ("EntityTooSmall", ErrorKind::UnexpectedResponse),
        ("MadeUp", ErrorKind::UnexpectedResponse),
    ] {
        let (server, outcome) =
            run(move |call, _, _| (call == "complete").then(|| Answer::xml(200, error(code)))).await;
        let failed = outcome.unwrap_err();
        assert_eq!((failed.kind(), failed.code(), failed.status()), (kind, Some(code), Some(200)));
        assert_eq!((failed.request_id(), failed.upload_id()), (Some("R1"), None));
        assert_eq!(calls(&server), ["create", "part", "part", "part", "complete", "abort"], "{code}");
    }
}

/// Answers to a completion that tell nothing.
fn silent() -> Vec<(&'static str, Answer)> {
    let good = || Answer::xml(200, completed("\"whole\""));
    vec![
        ("empty", good().fault(Fault::EmptyBody)),
        ("blanks", Answer::new(200).body(" \n ")),
        ("html", good().fault(Fault::HtmlBody)),
        ("json", good().fault(Fault::JsonBody)),
        ("cut document", good().fault(Fault::CutDocument(60))),
        ("cut body", good().fault(Fault::CutAfter(60))),
        ("binary", good().fault(Fault::BinaryBody)),
        ("lost", good().fault(Fault::CloseWithoutAnswer)),
        ("reset", good().fault(Fault::ResetBeforeAnswer)),
    ]
}

#[tokio::test]
async fn fault_077_078_the_object_decides_where_the_answer_tells_nothing() {
    for (what, answer) in silent() {
        // The upload was completed by the first request, so the second one does not find it.
        let (server, outcome) = run(move |call, before, _| match (call, before) {
            ("complete", 0) => Some(answer.clone()),
            ("complete", _) => Some(Answer::xml(404, error("NoSuchUpload"))),
            ("head", _) => Some(object(11, &whole_tag(3)).header("x-amz-version-id", "v7")),
            _ => None,
        })
        .await;
        let outcome = outcome.unwrap_or_else(|error| panic!("{what}: {error:?}"));
        assert_eq!(outcome.etag, Some(whole_tag(3).as_str().into()), "{what}");
        assert_eq!(outcome.size, Some(11 << 20), "{what}");
        assert_eq!(outcome.version, Some("v7".into()), "{what}");
        let want = ["create", "part", "part", "part", "complete", "complete", "head"];
        assert_eq!(calls(&server), want, "{what}");
    }
}

#[tokio::test]
async fn fault_077_078_another_object_or_none_proves_nothing() {
    for (what, answer) in silent() {
        for head in [
            Answer::new(404),
            // Somebody else's.
            object(11, "\"0123456789abcdef0123456789abcdef-3\""),
            // As many parts with the same tags can't make another size.
            object(12, &whole_tag(3)),
            Answer::new(403),
        ] {
            let answer = answer.clone();
            let (server, outcome) = run(move |call, before, _| match (call, before) {
                ("complete", 0) => Some(answer.clone()),
                ("complete", _) => Some(Answer::xml(404, error("NoSuchUpload"))),
                ("head", _) => Some(head.clone()),
                _ => None,
            })
            .await;
            let failed = outcome.unwrap_err();
            assert_eq!((failed.kind(), failed.upload_id()), (ErrorKind::Ambiguous, Some("up/1")), "{what}");
            assert!(scripted::chain(&failed).contains("NoSuchUpload"), "{failed:?}");
            // Aborting could only hide what happened.
            assert_eq!((count(&server, "complete"), count(&server, "abort")), (2, 0), "{what}");
        }
    }
}

#[tokio::test]
async fn fault_077_answers_that_never_tell_anything_end() {
    for there in [true, false] {
        let (server, outcome) = run(move |call, _, _| match call {
            "complete" => Some(Answer::new(200)),
            "head" if there => Some(object(11, &whole_tag(3))),
            _ => None,
        })
        .await;
        assert_eq!(outcome.map_err(|it| it.kind()).err(), (!there).then_some(ErrorKind::Ambiguous));
        assert_eq!((count(&server, "complete"), count(&server, "abort")), (ATTEMPTS, 0));
    }
}

#[tokio::test]
async fn fault_078_a_checksum_of_the_whole_proves_it_where_the_tag_is_none_of_parts() {
    let bytes = vec![b'x'; 11 * MIB];
    let same = ChecksumAlgorithm::Crc64Nvme.of(&bytes);
    let other = ChecksumAlgorithm::Crc64Nvme.of(&bytes[1..]);
    for (sum, proven) in [(same, true), (other, false)] {
        use base64::Engine as _;
        let sum = base64::engine::general_purpose::STANDARD.encode(sum.value());
        let (server, outcome) = run(move |call, before, _| match (call, before) {
            ("complete", 0) => Some(Answer::new(200).fault(Fault::CloseWithoutAnswer)),
            ("complete", _) => Some(Answer::xml(404, error("NoSuchUpload"))),
            ("part", _) => Some(Answer::new(200).header("etag", "\"of a key service\"")),
            ("head", _) => Some(
                object(11, "\"of a key service, too\"")
                    .header("x-amz-checksum-crc64nvme", sum.as_str())
                    .header("x-amz-checksum-type", "FULL_OBJECT"),
            ),
            _ => None,
        })
        .await;
        match proven {
            true => assert_eq!(outcome.unwrap().etag, Some("\"of a key service, too\"".into())),
            false => assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Ambiguous),
        }
        assert_eq!((count(&server, "complete"), count(&server, "abort")), (2, 0));
        assert!(requests(&server, "head")[0].header("x-amz-checksum-mode").is_some());
    }
}

#[tokio::test]
async fn fault_078_with_a_condition_only_a_nonce_proves_it() {
    for (nonce, proven) in [("mine", true), ("theirs", false)] {
        let (server, container) = scripted::bucket(service(move |call, before, _| match (call, before) {
            ("complete", 0) => Some(Answer::new(200).fault(Fault::CloseWithoutAnswer)),
            ("complete", _) => Some(Answer::xml(412, error("PreconditionFailed"))),
            ("head", _) => Some(object(11, &whole_tag(3)).header("x-amz-meta-storagenonce", nonce)),
            _ => None,
        }))
        .await;
        let outcome = upload(&container, 11).if_absent().nonce("mine").await;
        assert_eq!(outcome.map_err(|it| it.kind()).err(), (!proven).then_some(ErrorKind::Ambiguous));
        for request in requests(&server, "complete") {
            assert_eq!(request.header("if-none-match"), Some("*"));
        }
        assert_eq!((count(&server, "complete"), count(&server, "abort")), (2, 0));
    }
}

/// A bucket on a clock that stands still, with the limits that everybody has.
async fn usual(
    runtime: &TestRuntime,
    other: impl FnMut(&str, usize, &Request) -> Option<Answer> + Send + 'static,
) -> (Server, Container) {
    let server = Server::start(service(other)).await.unwrap();
    let mut config = scripted::config(&server);
    config.http = storage_http::HttpConfig::new();
    config.http.proxy_from_env = false;
    config.http.max_attempts = 1;
    let storage = config.open_on(Arc::new(runtime.clone())).unwrap();
    (server, storage.container(scripted::BUCKET).unwrap())
}

/// Lets seconds pass while something runs.
async fn pass<T: Send + 'static>(
    runtime: &TestRuntime,
    work: impl Future<Output = T> + Send + 'static,
    mut each: impl FnMut(u64),
) -> (T, u64) {
    let task = tokio::spawn(work);
    for seconds in 0..5_000 {
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
        if task.is_finished() {
            return (task.await.unwrap(), seconds);
        }
        each(seconds);
        runtime.advance(Duration::from_secs(1));
    }
    panic!("no end in sight");
}

#[tokio::test]
async fn fault_079_blanks_for_minutes_keep_a_completion_alive() {
    const SECONDS: usize = 1_500;
    let (runtime, gate) = (TestRuntime::new(1), Gate::new());
    let blanks = gate.clone();
    let (server, container) = usual(&runtime, move |call, _, _| {
        (call == "complete").then(|| {
            Answer::xml(200, completed("\"whole\"")).fault(Fault::LeadingBlanks(SECONDS, blanks.clone()))
        })
    })
    .await;
    let sending = upload(&container, 11).into_future();
    let watched = gate.clone();
    let (outcome, seconds) = pass(&runtime, sending, move |_| {
        if watched.arrivals() > 0 {
            watched.release(1);
        }
    })
    .await;
    assert_eq!(outcome.unwrap().etag, Some("\"whole\"".into()));
    assert!(seconds >= SECONDS as u64, "{seconds}");
    assert_eq!((count(&server, "complete"), count(&server, "abort")), (1, 0));
}

#[tokio::test]
async fn fault_079_blanks_that_stop_end_it() {
    let (runtime, gate) = (TestRuntime::new(1), Gate::new());
    let blanks = gate.clone();
    let (server, container) = usual(&runtime, move |call, _, _| {
        (call == "complete").then(|| {
            Answer::xml(200, completed("\"whole\"")).fault(Fault::LeadingBlanks(100, blanks.clone()))
        })
    })
    .await;
    let sending = upload(&container, 11).into_future();
    gate.release(10);
    let (outcome, _) = pass(&runtime, sending, |_| ()).await;
    let failed = outcome.unwrap_err();
    assert_eq!((failed.kind(), failed.upload_id()), (ErrorKind::Ambiguous, Some("up/1")));
    assert_eq!((count(&server, "complete"), count(&server, "abort")), (1, 0));
    assert!(count(&server, "head") >= 1);
    gate.open();
}

#[tokio::test]
async fn fault_080_a_part_without_an_entity_tag_is_an_error_at_once() {
    for tag in [None, Some(""), Some("\"\"")] {
        let (server, outcome) = run(move |call, _, _| {
            (call == "part").then(|| match tag {
                Some(tag) => Answer::new(200).header("etag", tag),
                None => Answer::new(200),
            })
        })
        .await;
        let failed = outcome.unwrap_err();
        assert_eq!(failed.kind(), ErrorKind::UnexpectedResponse, "{tag:?}");
        assert!(failed.to_string().contains("entity tag"), "{failed}");
        assert_eq!((failed.attempts(), failed.upload_id()), (1, None));
        assert_eq!((count(&server, "complete"), count(&server, "abort")), (0, 1));
        let mut parts: Vec<_> = requests(&server, "part").iter().map(scripted::number_of).collect();
        let sent = parts.len();
        parts.dedup();
        assert_eq!(parts.len(), sent, "no part was sent twice");
    }
}

#[tokio::test]
async fn fault_081_parts_that_end_out_of_order_are_joined_in_order() {
    let gate = Gate::new();
    let held = gate.clone();
    let (server, container) = scripted::bucket(service(move |call, _, request| {
        (call == "part" && scripted::number_of(request) == 1).then(|| {
            Answer::new(200).header("etag", part_tag(1)).fault(Fault::WaitBeforeHeaders(held.clone()))
        })
    }))
    .await;
    let sending = tokio::spawn(upload(&container, 23).concurrency(3).into_future());
    scripted::until(|| count(&server, "part") == 5).await;
    gate.open();
    sending.await.unwrap().unwrap();
    let joined = requests(&server, "complete").remove(0);
    let joined = String::from_utf8(joined.body.to_vec()).unwrap();
    let mut at = 0;
    for number in 1..=5 {
        let part = format!("<Part><PartNumber>{number}</PartNumber><ETag>&quot;{number:032x}&quot;</ETag>");
        at += joined[at..].find(&part).unwrap_or_else(|| panic!("{number}: {joined}"));
    }
    assert_eq!(joined.matches("<Part>").count(), 5);
}

#[tokio::test]
async fn fault_081_of_a_part_that_was_sent_twice_the_last_one_counts() {
    for fault in [Fault::CloseWithoutAnswer, Fault::ResetBeforeAnswer, Fault::ResetMidUpload(100_000)] {
        let mut first = true;
        let (server, outcome) = run(move |call, _, request| {
            let second_part = call == "part" && scripted::number_of(request) == 2;
            second_part.then(|| match std::mem::take(&mut first) {
                true => Answer::new(200).header("etag", "\"first\"").fault(fault.clone()),
                false => Answer::new(200).header("etag", "\"second\""),
            })
        })
        .await;
        outcome.unwrap();
        let parts = requests(&server, "part");
        let twice: Vec<_> = parts.iter().filter(|it| scripted::number_of(it) == 2).collect();
        assert_eq!((parts.len(), twice.len()), (4, 2));
        assert_eq!(twice[0].header("x-amz-content-sha256"), twice[1].header("x-amz-content-sha256"));
        let joined = String::from_utf8(requests(&server, "complete")[0].body.to_vec()).unwrap();
        assert!(joined.contains("<PartNumber>2</PartNumber><ETag>&quot;second&quot;</ETag>"), "{joined}");
        assert!(!joined.contains("first") && joined.matches("<Part>").count() == 3, "{joined}");
    }
}

/// Copies an object of so many bytes whose calls have these answers.
async fn copy(
    bytes: u64,
    mut other: impl FnMut(&str, usize, &Request) -> Option<Answer> + Send + 'static,
) -> (Server, Result<PutOutcome>) {
    let (server, container) =
        scripted::bucket(service(move |call, before, request| match (call, other(call, before, request)) {
            ("head", None) => Some(
                Answer::new(200)
                    .header("etag", "\"source\"")
                    .fault(Fault::SetHeader("content-length", bytes.to_string())),
            ),
            (_, answer) => answer,
        }))
        .await;
    let (from, to) = (container.object("from").unwrap(), container.object("to").unwrap());
    let outcome = from.copy_to(&to).await;
    (server, outcome)
}

#[tokio::test]
async fn fault_089_a_copy_that_fails_under_200_has_failed() {
    for (code, kind) in [
        ("AccessDenied", ErrorKind::PermissionDenied),
        ("NoSuchKey", ErrorKind::ObjectNotFound),
        ("InvalidObjectState", ErrorKind::PermissionDenied),
        ("MadeUp", ErrorKind::UnexpectedResponse),
    ] {
        let answer = move |name: &'static str| {
            move |call: &str, _: usize, _: &Request| (call == name).then(|| Answer::xml(200, error(code)))
        };
        let (server, outcome) = copy(1, answer("copy")).await;
        let failed = outcome.unwrap_err();
        assert_eq!((failed.kind(), failed.code(), failed.attempts()), (kind, Some(code), 1));
        assert_eq!(calls(&server), ["head", "copy"], "{code}");

        let (server, outcome) = copy(6 << 30, answer("copy-part")).await;
        let failed = outcome.unwrap_err();
        assert_eq!((failed.kind(), failed.code(), failed.upload_id()), (kind, Some(code), None));
        assert_eq!((count(&server, "complete"), count(&server, "abort")), (0, 1), "{code}");
    }
}

#[tokio::test]
async fn fault_089_a_copy_that_fails_for_now_under_200_is_tried_again() {
    for code in ["InternalError", "SlowDown", "ServiceUnavailable"] {
        let answer = move |name: &'static str| {
            move |call: &str, before: usize, _: &Request| {
                (call == name && before == 0).then(|| Answer::xml(200, error(code)))
            }
        };
        let (server, outcome) = copy(1, answer("copy")).await;
        assert_eq!(outcome.unwrap().etag, Some("\"copy\"".into()));
        assert_eq!(calls(&server), ["head", "copy", "copy"], "{code}");

        let (server, outcome) = copy(6 << 30, answer("copy-part")).await;
        assert_eq!(outcome.unwrap().etag, Some("\"whole\"".into()));
        let parts = requests(&server, "copy-part");
        // Twelve parts of 512 MiB, one of them twice, each pinned to what was seen.
        assert_eq!((parts.len(), count(&server, "complete"), count(&server, "abort")), (13, 1, 0));
        for part in parts {
            let first = u64::from(scripted::number_of(&part) - 1) * (512 << 20);
            let range = format!("bytes={first}-{}", first + (512 << 20) - 1);
            assert_eq!(part.header("x-amz-copy-source-range"), Some(range.as_str()));
            assert_eq!(part.header("x-amz-copy-source-if-match"), Some("\"source\""));
        }
    }
}

#[tokio::test]
async fn fault_089_a_copy_whose_answer_tells_nothing_is_no_success() {
    for (what, answer) in silent() {
        for (bytes, name) in [(1, "copy"), (6 << 30, "copy-part")] {
            let answer = answer.clone();
            let (server, outcome) =
                copy(bytes, move |call, _, _| (call == name).then(|| answer.clone())).await;
            let failed = outcome.unwrap_err();
            let kind = failed.kind();
            let kinds = [ErrorKind::UnexpectedResponse, ErrorKind::Truncated, ErrorKind::Unavailable];
            assert!(kinds.contains(&kind), "{what}: {failed:?}");
            assert_eq!(count(&server, "complete"), 0);
            assert_eq!(count(&server, "abort"), usize::from(name == "copy-part"), "{what}");
            // A used connection that breaks gives one attempt more.
            if name == "copy" {
                assert!((ATTEMPTS..=ATTEMPTS + 1).contains(&count(&server, "copy")), "{what}");
            }
        }
    }
}

/// Deletes keys, and returns what became of each.
async fn delete(answers: Vec<Answer>, keys: &[&str]) -> (Server, Vec<(String, Result<()>)>) {
    let (server, container) = scripted::queue(answers).await;
    let targets: Vec<_> = keys.iter().map(|it| DeleteTarget::new(Key::parse(*it).unwrap())).collect();
    let mut deletes = container.delete_many(stream::iter(targets));
    let mut results = Vec::new();
    while let Some(it) = deletes.next().await {
        results.push((it.key.as_str().to_owned(), it.result));
    }
    (server, results)
}

#[tokio::test]
async fn fault_091_each_key_has_its_own_result() {
    let answer = "<DeleteResult><Error><Key>e</Key><Code>InternalError</Code><Message>later</Message></Error>\
                  <Deleted><Key>a</Key></Deleted><Error><Key>b</Key><Code>AccessDenied</Code></Error>\
                  <Error><Key>d</Key><Code>NoSuchKey</Code></Error><Deleted><Key>z</Key></Deleted>\
                  <Error><Key>f</Key></Error></DeleteResult>";
    let keys = ["a", "b", "c", "d", "e", "f"];
    let (server, results) = delete(vec![Answer::xml(200, answer)], &keys).await;
    assert_eq!(results.iter().map(|it| it.0.as_str()).collect::<Vec<_>>(), keys);
    let told = |at: usize| {
        let result: &Result<()> = &results[at].1;
        result.as_ref().err().map(|it: &Error| (it.kind(), it.key(), it.is_retryable()))
    };
    assert_eq!(told(0), None);
    assert_eq!(told(1), Some((ErrorKind::PermissionDenied, Some("b"), false)));
    // Nobody knows what became of this one.
    assert_eq!(told(2), Some((ErrorKind::UnexpectedResponse, Some("c"), false)));
    assert_eq!(told(3), None);
    assert_eq!(told(4), Some((ErrorKind::Unavailable, Some("e"), true)));
    assert_eq!(told(5), Some((ErrorKind::UnexpectedResponse, Some("f"), false)));

    let sent = &server.requests()[0];
    assert_eq!((server.requests().len(), sent.target_text()), (1, "/bucket?delete=".to_owned()));
    let body = String::from_utf8(sent.body.to_vec()).unwrap();
    assert!(body.contains("<Quiet>false</Quiet>"), "{body}");
    assert_eq!(body.matches("<Object>").count(), 6);
    let protected = ["content-md5", "x-amz-checksum-crc64nvme", "x-amz-checksum-crc32c"];
    assert!(protected.iter().any(|it| sent.header(it).is_some()), "{:?}", sent.headers);
}

#[tokio::test]
async fn fault_091_an_answer_that_names_no_key_is_a_success_of_none() {
    for body in ["<DeleteResult/>", "<DeleteResult><Deleted><Key>other</Key></Deleted></DeleteResult>"] {
        let (server, results) = delete(vec![Answer::xml(200, body)], &["a", "b"]).await;
        for (key, result) in results {
            let error = result.unwrap_err();
            assert_eq!((error.kind(), error.key()), (ErrorKind::UnexpectedResponse, Some(key.as_str())));
        }
        server.assert_done();
    }
}

#[tokio::test]
async fn fault_091_a_key_that_was_named_twice_needs_two_answers() {
    let once = "<DeleteResult><Deleted><Key>a</Key></Deleted></DeleteResult>";
    let (_server, results) = delete(vec![Answer::xml(200, once)], &["a", "a"]).await;
    assert_eq!(results.iter().filter(|it| it.1.is_ok()).count(), 1);
}

#[tokio::test]
async fn fault_091_an_error_in_the_place_of_results_is_every_keys() {
    for (answers, kind) in [
        (vec![Answer::xml(200, error("AccessDenied"))], ErrorKind::PermissionDenied),
        (vec![Answer::xml(200, error("SlowDown")); ATTEMPTS], ErrorKind::Throttled),
        (vec![Answer::new(200).fault(Fault::HtmlBody); ATTEMPTS], ErrorKind::UnexpectedResponse),
        (vec![Answer::new(200); ATTEMPTS], ErrorKind::UnexpectedResponse),
    ] {
        let (server, results) = delete(answers, &["a", "b"]).await;
        assert_eq!(results.len(), 2);
        for (_, result) in results {
            assert_eq!(result.unwrap_err().kind(), kind);
        }
        server.assert_done();
    }
}
