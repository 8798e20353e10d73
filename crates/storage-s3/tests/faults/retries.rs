//! When a request is sent again, how often, and after how long.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use futures_util::StreamExt as _;
use storage_core::{ErrorKind, Runtime as _};
use storage_testkit::server::{Answer, Fault, Request, Script, Server};
use storage_testkit::{Gate, TestRuntime};

use crate::loopback::{
    DAY, PART, Quick, Service, content, count, failed, good, head, internal_error, object_of, on_clock, page,
    slow_down, stored, unsigned, usual_http_config, while_time_passes, written,
};

fn millis(waits: &[Duration]) -> Vec<u128> {
    waits.iter().map(Duration::as_millis).collect()
}

/// Fails the first requests, and does well from then on.
fn after(failures: usize, failure: Answer) -> impl FnMut(&Request) -> Answer + Send + 'static {
    let mut seen = 0;
    move |request| {
        seen += 1;
        if seen <= failures { failure.clone() } else { good(request) }
    }
}

#[tokio::test]
async fn fault_031_two_refusals_then_success_with_the_same_bytes() {
    for failure in [slow_down(), internal_error(), failed(503, "ServiceUnavailable", "Reduce your rate.")] {
        let service = Service::function(after(2, failure.clone())).await;
        let payload = content();
        service.object().put(payload.clone()).content_type("image/x").await.unwrap();
        let requests = service.requests();
        assert_eq!(requests.len(), 3);
        for request in &requests {
            assert_eq!(request.body, payload);
            assert_eq!(unsigned(request), unsigned(&requests[0]));
        }
        let service = Service::function(after(2, failure.clone())).await;
        assert_eq!(service.object().get().bytes().await.unwrap(), content());
        assert_eq!(service.lines(), ["GET /photos/cat.bin"; 3]);
        let service = Service::function(after(2, failure.clone())).await;
        service.object().delete().await.unwrap();
        assert_eq!(service.lines(), ["DELETE /photos/cat.bin"; 3]);
        let service = Service::function(after(2, failure)).await;
        assert_eq!(service.container().list().try_collect::<Vec<_>>().await.unwrap().len(), 1);
        assert_eq!(service.requests().len(), 3);
    }
}

#[tokio::test]
async fn fault_032_refusals_for_ever_end_with_the_attempts_and_the_last_answer() {
    let mut number = 0;
    let service = Service::function(move |_| {
        number += 1;
        failed(503, "ServiceUnavailable", &format!("overloaded, answer {number}"))
    })
    .await;
    let error = service.object().put("content").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unavailable, 6));
    assert_eq!((error.status(), error.code()), (Some(503), Some("ServiceUnavailable")));
    assert_eq!(error.request_id(), Some("4442587FB7D0A2F9"));
    assert!(error.to_string().contains("overloaded, answer 6"), "{error}");
    assert!(error.is_retryable());
    assert_eq!(service.lines(), ["PUT /photos/cat.bin"; 6]);

    let service = Service::function(|_| slow_down()).await;
    let error = service.object().head().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unavailable, 6));
    assert_eq!(service.requests().len(), 6);
}

#[tokio::test]
async fn fault_032_refusals_for_ever_end_with_the_deadline() {
    let server = Server::start(Script::function(|_| slow_down())).await.unwrap();
    let runtime = TestRuntime::new(1);
    let mut http = usual_http_config();
    http.max_attempts = 100;
    http.deadline = Some(Duration::from_secs(30));
    let object = object_of(&on_clock(&server, &runtime, http));
    let read = async move { object.get().bytes().await };
    let (read, seconds) = while_time_passes(&runtime, 100, || (), read).await;
    assert_eq!((read.unwrap_err().kind(), seconds), (ErrorKind::Timeout, 30));
    assert!((2..30).contains(&server.requests().len()));
    server.wait_for_close().await;
}

#[tokio::test]
async fn fault_033_a_service_that_names_a_time_gets_it_within_bounds() {
    for (name, value, want) in [
        ("retry-after", "7", 7_000),
        ("retry-after", "Thu, 01 Jan 2026 00:00:09 GMT", 9_000),
        ("retry-after", "1000000000", 20_000),
        ("retry-after", "99999999999999999999999", 0),
        ("retry-after", "-5", 0),
        ("retry-after", "soon", 0),
        ("x-amz-retry-after", "1500", 1_500),
        ("x-amz-retry-after", "18446744073709551615", 20_000),
        ("x-amz-retry-after", "-1", 0),
    ] {
        let service = Service::queue([slow_down().header(name, value), stored("content")]).await;
        assert_eq!(service.object().get().bytes().await.unwrap(), "content");
        assert_eq!(millis(&service.runtime.waits()), [want], "{name}: {value}");
        service.server.assert_done();
    }
}

#[tokio::test]
async fn fault_034_a_service_that_asks_to_slow_down_waits_longer() {
    // All of the random share.
    for (failure, want) in [
        (internal_error(), [50, 100, 200, 400, 800]),
        (slow_down(), [1_000, 2_000, 4_000, 8_000, 16_000]),
        (failed(503, "ServiceUnavailable", "x"), [50, 100, 200, 400, 800]),
        (Answer::new(429), [1_000, 2_000, 4_000, 8_000, 16_000]),
    ] {
        let service =
            Service::with(Script::function(move |_| failure.clone()), Quick::fixed(255), |it| it).await;
        service.object().get().bytes().await.unwrap_err();
        let waits: Vec<_> = service.runtime.waits().iter().map(|it| it.as_secs_f64() * 1000.0).collect();
        let waits: Vec<_> = waits.into_iter().map(|it| it.round() as u64).collect();
        assert_eq!(waits, want);
    }
}

#[tokio::test]
async fn fault_035_an_outage_is_not_made_worse() {
    let service = Service::function(|_| internal_error()).await;
    let object = service.object();
    let calls = futures_util::stream::iter(0..1_000).map(|_| object.get().bytes());
    let kinds: Vec<_> = calls.buffer_unordered(200).map(|it| it.unwrap_err().kind()).collect().await;
    assert!(kinds.iter().all(|it| *it == ErrorKind::Unavailable));
    // 500 tokens, 14 for each attempt more.
    assert_eq!(service.requests().len(), 1_000 + 500 / 14);
}

#[tokio::test]
async fn fault_036_what_passes_by_itself_is_repeated() {
    for failure in [
        failed(400, "RequestTimeout", "Your socket connection was not read from in time."),
        Answer::new(408),
        Answer::new(429),
        internal_error(),
        Answer::new(500).body("<html>oops</html>"),
        Answer::new(502),
        slow_down(),
        failed(503, "ServiceUnavailable", "x"),
        failed(503, "Busy", "x"),
        Answer::new(503),
        Answer::new(504),
        failed(200, "InternalError", "x"),
    ] {
        for write in [true, false] {
            let service = Service::function(after(1, failure.clone())).await;
            match write {
                true => drop(service.object().put("content").await.unwrap()),
                // What a read with status 200 brings is the object, whatever it looks like.
                false if failure_is_200(&failure) => continue,
                false => assert_eq!(service.object().get().bytes().await.unwrap(), content()),
            }
            assert_eq!(service.requests().len(), 2, "{failure:?}");
        }
    }
}

fn failure_is_200(answer: &Answer) -> bool {
    format!("{answer:?}").contains("status: 200")
}

#[tokio::test]
async fn fault_037_what_would_fail_again_is_not_repeated() {
    use ErrorKind as Kind;
    for (status, code, kind) in [
        (400, "InvalidArgument", Kind::InvalidInput),
        (400, "MalformedXML", Kind::InvalidInput),
        (400, "EntityTooLarge", Kind::InvalidInput),
        (401, "", Kind::Unauthenticated),
        (403, "AccessDenied", Kind::PermissionDenied),
        (403, "SignatureDoesNotMatch", Kind::Unauthenticated),
        (403, "InvalidAccessKeyId", Kind::Unauthenticated),
        (404, "NoSuchKey", Kind::ObjectNotFound),
        (404, "NoSuchBucket", Kind::ContainerNotFound),
        (404, "", Kind::ObjectNotFound),
        (405, "MethodNotAllowed", Kind::Unsupported),
        (409, "BucketNotEmpty", Kind::ContainerNotEmpty),
        (409, "InvalidBucketState", Kind::UnexpectedResponse),
        (411, "MissingContentLength", Kind::InvalidInput),
        (412, "PreconditionFailed", Kind::PreconditionFailed),
        (416, "InvalidRange", Kind::InvalidRange),
        (501, "NotImplemented", Kind::Unsupported),
        (507, "InsufficientStorage", Kind::StorageFull),
    ] {
        let service = Service::queue([failed(status, code, "no")]).await;
        let error = service.object().get().bytes().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts(), error.status()), (kind, 1, Some(status)), "{code}");
        service.assert_lines(&["GET /photos/cat.bin"]);
        let service = Service::queue([failed(status, code, "no")]).await;
        let error = service.object().put("content").await.unwrap_err();
        assert_eq!((error.kind(), error.attempts(), error.status()), (kind, 1, Some(status)), "{code}");
        assert!(!error.is_retryable());
        service.assert_lines(&["PUT /photos/cat.bin"]);
    }
}

#[tokio::test]
async fn fault_038_what_may_not_happen_twice_is_not_repeated() {
    let large = Bytes::from(vec![1; 2 * PART as usize]);
    for (failure, requests, kind) in [
        // Nobody knows whether there is an upload now.
        (internal_error(), 1, ErrorKind::Ambiguous),
        (Answer::new(502), 1, ErrorKind::Ambiguous),
        (Answer::new(200).fault(Fault::CloseWithoutAnswer), 1, ErrorKind::Ambiguous),
        // It was refused before anything was done.
        (slow_down(), 6, ErrorKind::Throttled),
    ] {
        let service = Service::function(move |_| failure.clone()).await;
        let stream = futures_util::stream::iter([Ok::<_, std::io::Error>(large.clone())]);
        let error = service.object().upload_stream(stream).part_size(PART).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (kind, requests));
        if kind == ErrorKind::Ambiguous {
            assert!(error.to_string().contains("may have been carried out"), "{error}");
        }
        assert_eq!(service.lines(), vec!["POST /photos/cat.bin?uploads="; requests as usize]);
    }
}

#[tokio::test]
async fn fault_040_two_writers_that_meet_are_told_to_try_again() {
    for (status, code) in [(409, "ConditionalRequestConflict"), (409, "OperationAborted")] {
        let service =
            Service::function(after(2, failed(status, code, "Another request is in flight."))).await;
        service.object().put("content").if_absent().await.unwrap();
        service.object().put("content").if_match("\"e1\"").await.unwrap();
        let requests = service.requests();
        assert_eq!(requests.len(), 4, "{code}");
        for (at, request) in requests.iter().enumerate() {
            assert_eq!(request.header("if-none-match"), (at < 3).then_some("*"));
            assert_eq!(request.header("if-match"), (at == 3).then_some("\"e1\""));
        }
        // Refused, then somebody else's object: no doubt about whose it is.
        let conflict = failed(status, code, "x");
        let service = Service::queue([conflict, failed(412, "PreconditionFailed", "x")]).await;
        let error = service.object().put("content").if_absent().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::AlreadyExists, 2));
        service.assert_lines(&["PUT /photos/cat.bin"; 2]);
    }
}

#[tokio::test]
async fn fault_042_attempts_differ_in_their_signature_only_and_keep_their_condition() {
    let gate = Gate::new();
    let late = failed(412, "PreconditionFailed", "x").fault(Fault::WaitBeforeHeaders(gate.clone()));
    let server = Server::start(Script::queue([late, written()])).await.unwrap();
    let runtime = TestRuntime::new(1);
    let object = object_of(&on_clock(&server, &runtime, usual_http_config()));
    let put = async move { object.put(content()).if_absent().nonce("n1").metadata("a", "b").await };
    let (done, _) = while_time_passes(&runtime, 100, || (), put).await;
    done.unwrap();
    gate.open();
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].body, requests[1].body);
    assert_eq!(unsigned(&requests[0]), unsigned(&requests[1]));
    // The one that comes late meets the condition and loses.
    assert!(requests.iter().all(|it| it.header("if-none-match") == Some("*")));
    assert!(requests.iter().all(|it| it.header("x-amz-meta-storagenonce") == Some("n1")));
}

#[tokio::test]
async fn fault_049_every_attempt_is_signed_anew() {
    for (apart, dates) in [
        (Duration::from_secs(20 * 60), ["20260101T000000Z", "20260101T002000Z", "20260101T004000Z"]),
        // The key of a signature is that of its day.
        (DAY, ["20260101T000000Z", "20260102T000000Z", "20260103T000000Z"]),
    ] {
        let runtime = Quick::fixed(0);
        let clock = runtime.clock.clone();
        let mut tried = 0;
        let script = Script::function(move |_| {
            clock.advance(apart);
            tried += 1;
            if tried < 3 { internal_error() } else { stored("content") }
        });
        let service = Service::with(script, runtime, |it| it).await;
        assert_eq!(service.object().get().bytes().await.unwrap(), "content");
        let requests = service.requests();
        assert_eq!(requests.len(), 3);
        let mut signatures = std::collections::BTreeSet::new();
        for (request, date) in requests.iter().zip(dates) {
            assert_eq!(request.header("x-amz-date"), Some(date));
            let authorization = request.header("authorization").unwrap();
            let scope = format!("Credential=AKIDEXAMPLE/{}/us-east-1/s3/aws4_request", &date[..8]);
            assert!(authorization.contains(&scope), "{authorization}");
            signatures.insert(authorization);
        }
        assert_eq!(signatures.len(), 3);
    }
}

#[tokio::test]
async fn fault_054_a_clock_that_jumps_back_changes_signatures_and_nothing_else() {
    let runtime = TestRuntime::new(1);
    let before: SystemTime = runtime.now();
    let mut reads = 0;
    let clock = runtime.clone();
    let server = Server::start(Script::function(move |request| {
        reads += 1;
        let answer = Answer::object(request, content(), "\"e1\"");
        if reads > 1 {
            return answer;
        }
        clock.set_now(UNIX_EPOCH + DAY * 365 * 50);
        answer.fault(Fault::StallAfter(1_000))
    }))
    .await
    .unwrap();
    let object = object_of(&on_clock(&server, &runtime, usual_http_config()));
    let read = async move { object.get().bytes().await };
    let (read, seconds) = while_time_passes(&runtime, 100, || (), read).await;
    assert_eq!(read.unwrap(), content());
    assert!((15..=20).contains(&seconds), "{seconds}");
    assert!(runtime.now() < before);
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests[0].header("x-amz-date").unwrap().starts_with("20260101T"));
    assert!(requests[1].header("x-amz-date").unwrap().starts_with("2019"));
}

#[tokio::test]
async fn fault_036_a_page_and_a_question_are_repeated_too() {
    let service = Service::queue([internal_error(), head(7), Answer::new(502), page(&["a"])]).await;
    assert_eq!(service.object().head().await.unwrap().size, 7);
    assert_eq!(service.container().list().try_collect::<Vec<_>>().await.unwrap().len(), 1);
    service.server.assert_done();
    assert_eq!(count(&service.lines(), "HEAD"), 2);
}
