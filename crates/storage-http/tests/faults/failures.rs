//! What an answer, or a missing one, means: repeated or not, and what the caller is told.

use storage_core::{ErrorKind, Idempotency};
use storage_testkit::server::{Accept, Answer, Fault, Script, refused_address};

use crate::plain::{at, client, config, fetch, get, once, put, quick, serve, serve_queue, unsigned};
use storage_testkit::QuickRuntime as Quick;

#[tokio::test]
async fn fault_001_a_refused_connection_is_tried_again_and_costs_quota() {
    let address = refused_address().await.unwrap();
    let endpoint = at(address);
    let (client, runtime) = quick();
    let mut attempts = Vec::new();
    for _ in 0..9 {
        let error = fetch(&client, get(&endpoint, "/a")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connect);
        assert!(error.to_string().contains(&address.to_string()), "{error}");
        attempts.push(error.attempts());
    }
    // 500 pay for 35 further attempts of 14 each: seven calls of six attempts, and nothing is left for others.
    assert_eq!(attempts, [6, 6, 6, 6, 6, 6, 6, 1, 1]);
    assert_eq!(runtime.waits().len(), 35);
    assert_eq!(runtime.spawned(), 0);
}

#[tokio::test]
async fn fault_008_a_reset_before_the_answer_is_repeated_where_twice_is_once() {
    for idempotency in [Idempotency::Always, Idempotency::VerifyState, Idempotency::VerifyOwner] {
        let (server, endpoint) =
            serve_queue([Answer::new(200).fault(Fault::ResetBeforeAnswer), Answer::new(200).body("right")])
                .await;
        let (client, runtime) = quick();
        let request = once(put(&endpoint, "/a", "content"), idempotency);
        assert_eq!(fetch(&client, request).await.unwrap(), "right");
        let requests = server.wait_for_requests(2).await;
        assert!(requests.iter().all(|it| it.body == "content"));
        assert_eq!(runtime.waits().len(), 1);
        server.assert_done();
    }
}

#[tokio::test]
async fn fault_008_a_reset_before_the_answer_is_ambiguous_where_twice_is_twice() {
    for fault in [Fault::ResetBeforeAnswer, Fault::CloseWithoutAnswer] {
        let (server, endpoint) = serve_queue([Answer::new(200).fault(fault)]).await;
        let (client, runtime) = quick();
        let request = once(put(&endpoint, "/a", "content"), Idempotency::Never);
        let error = fetch(&client, request).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Ambiguous, 1));
        assert!(!error.is_retryable());
        let cause = std::error::Error::source(&error).unwrap();
        let cause = cause.downcast_ref::<storage_core::Error>().unwrap();
        assert_eq!(cause.kind(), ErrorKind::Unavailable);
        assert!(runtime.waits().is_empty());
        server.assert_done();
        server.wait_for_close().await;
    }
}

#[tokio::test]
async fn fault_009_a_reset_in_mid_upload_starts_again_from_the_first_byte() {
    let content: Vec<u8> = (0..4_000_000u32).map(|it| it as u8).collect();
    let (server, endpoint) = serve_queue([
        Answer::new(200).fault(Fault::ResetMidUpload(100_000)),
        Answer::new(200).fault(Fault::ResetMidUpload(1)),
        Answer::new(200),
    ])
    .await;
    let (client, runtime) = quick();
    fetch(&client, put(&endpoint, "/a", content.clone())).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert!(!requests[0].complete && !requests[1].complete);
    assert!(requests[2].body == content);
    assert_eq!(runtime.waits().len(), 2);
    server.assert_done();
}

#[tokio::test]
async fn fault_031_two_refusals_then_success() {
    let (server, endpoint) =
        serve_queue([Answer::new(503), Answer::new(503), Answer::new(200).body("content")]).await;
    let (client, runtime) = quick();
    assert_eq!(fetch(&client, get(&endpoint, "/a?b=c")).await.unwrap(), "content");
    assert_eq!(server.request_lines(), ["GET /a?b=c"; 3]);
    // The connection was good all the time.
    assert_eq!(server.connections(), 1);
    server.assert_done();
    assert_eq!(runtime.spawned(), 0);
}

#[tokio::test]
async fn fault_032_refusals_for_ever_end_with_the_attempts() {
    let (server, endpoint) = serve(Script::function(|_| Answer::new(503).body("out of order"))).await;
    let runtime = Quick::fixed(0);
    let mut config = config();
    config.max_attempts = 4;
    let client = client(config, &runtime);
    let error = fetch(&client, get(&endpoint, "/a")).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unavailable, 4));
    assert_eq!(error.status(), Some(503));
    assert!(error.to_string().contains("out of order"));
    assert_eq!(server.requests().len(), 4);
    assert_eq!(runtime.waits().len(), 3);
}

#[tokio::test]
async fn fault_036_what_passes_by_itself_is_repeated() {
    for status in [408, 429, 500, 502, 503, 504] {
        let (server, endpoint) =
            serve_queue([Answer::new(status).body("x"), Answer::new(200).body("content")]).await;
        let (client, runtime) = quick();
        assert_eq!(fetch(&client, get(&endpoint, "/a")).await.unwrap(), "content");
        server.assert_done();
        assert_eq!(runtime.waits().len(), 1);
    }
}

#[tokio::test]
async fn fault_037_what_would_fail_again_is_not_repeated() {
    for (status, kind) in [
        (400, ErrorKind::InvalidInput),
        (401, ErrorKind::Unauthenticated),
        (403, ErrorKind::PermissionDenied),
        (404, ErrorKind::ObjectNotFound),
        (405, ErrorKind::InvalidInput),
        (409, ErrorKind::PreconditionFailed),
        (411, ErrorKind::InvalidInput),
        (412, ErrorKind::PreconditionFailed),
        (501, ErrorKind::Unsupported),
    ] {
        let (server, endpoint) = serve_queue([Answer::new(status).body("no")]).await;
        let (client, runtime) = quick();
        let error = fetch(&client, put(&endpoint, "/a", "content")).await.unwrap_err();
        assert_eq!((error.kind(), error.status(), error.attempts()), (kind, Some(status), 1));
        server.assert_done();
        assert!(runtime.waits().is_empty());
    }
}

#[tokio::test]
async fn fault_038_what_may_not_happen_twice_is_not_repeated() {
    for (status, requests, kind) in [
        // The service may have acted.
        (500, 1, ErrorKind::Ambiguous),
        (504, 1, ErrorKind::Ambiguous),
        // It has not.
        (429, 6, ErrorKind::Throttled),
        (404, 1, ErrorKind::ObjectNotFound),
    ] {
        let (server, endpoint) = serve(Script::function(move |_| Answer::new(status))).await;
        let (client, _) = quick();
        let error = fetch(&client, once(get(&endpoint, "/a"), Idempotency::Never)).await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (kind, Some(status)));
        assert_eq!(server.requests().len(), requests);
        assert_eq!(error.attempts() as usize, requests);
    }
}

#[tokio::test]
async fn fault_039_a_refusal_after_a_lost_answer_is_ambiguous_where_it_may_be_our_own_success() {
    for (idempotency, kind) in [
        (Idempotency::Always, ErrorKind::PreconditionFailed),
        (Idempotency::VerifyState, ErrorKind::Ambiguous),
        (Idempotency::VerifyOwner, ErrorKind::Ambiguous),
    ] {
        let answers = [Answer::new(200).fault(Fault::CloseWithoutAnswer), Answer::new(412)];
        let (server, endpoint) = serve_queue(answers).await;
        let (client, _) = quick();
        let error = fetch(&client, once(put(&endpoint, "/a", "x"), idempotency)).await.unwrap_err();
        assert_eq!((error.kind(), error.status(), error.attempts()), (kind, Some(412), 2));
        server.assert_done();
    }
    // A service that refused before it acted leaves no doubt.
    let (server, endpoint) = serve_queue([Answer::new(503), Answer::new(412)]).await;
    let (client, _) = quick();
    let request = once(put(&endpoint, "/a", "x"), Idempotency::VerifyOwner);
    let error = fetch(&client, request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed);
    server.assert_done();
}

#[tokio::test]
async fn a_lost_answer_stays_in_doubt_when_the_service_goes_away() {
    let (server, endpoint) = serve(
        Script::queue([Answer::new(200).fault(Fault::CloseWithoutAnswer)])
            .accepts([Accept::Serve].into_iter().chain([Accept::Reset; 5])),
    )
    .await;
    let (client, _) = quick();
    let request = once(put(&endpoint, "/a", "x"), Idempotency::VerifyOwner);
    let error = fetch(&client, request).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Ambiguous, 6));
    server.assert_done();
}

#[tokio::test]
async fn fault_042_attempts_are_the_same_but_for_the_signature() {
    let answers = [Answer::new(500), Answer::new(200).fault(Fault::CloseWithoutAnswer), Answer::new(200)];
    let (server, endpoint) = serve_queue(answers).await;
    let (client, _) = quick();
    let mut request = put(&endpoint, "/a%20b//..?x=%2F&y", "content");
    request.header(http::header::IF_MATCH, "\"1\"").unwrap();
    fetch(&client, request).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    for request in &requests {
        assert_eq!(unsigned(request), unsigned(&requests[0]));
        assert_eq!(request.target, &b"/a%20b//..?x=%2F&y"[..]);
        assert_eq!(request.header("if-match"), Some("\"1\""));
        assert_eq!(request.body, "content");
    }
}
