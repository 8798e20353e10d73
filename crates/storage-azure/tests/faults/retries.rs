//! When a request is sent again, how often, and after how long; and what the codes of the service mean.

use std::collections::BTreeSet;
use std::time::Duration;

use storage_core::ErrorKind;
use storage_testkit::server::{Answer, Request, Script};

use crate::scripted::{
    ATTEMPTS, Quick, REQUEST_ID, Service, chain, content, failed, holding, object, page, service, unsigned,
};

fn millis(waits: &[Duration]) -> Vec<u128> {
    waits.iter().map(Duration::as_millis).collect()
}

/// Fails the first requests, and holds an object from then on.
fn after(
    failures: usize,
    failure: Answer,
) -> impl FnMut(&str, usize, &Request) -> Option<Answer> + Send + 'static {
    let mut seen = 0;
    move |call, _, request| {
        seen += 1;
        if seen <= failures {
            return Some(failure.clone());
        }
        matches!(call, "get" | "head").then(|| object(request, content(), "\"e1\""))
    }
}

#[tokio::test]
async fn fault_031_two_refusals_then_success_with_the_same_bytes() {
    for failure in [failed(503, "ServerBusy"), failed(500, "InternalError"), failed(500, "OperationTimedOut")]
    {
        let service = Service::calls(after(2, failure.clone())).await;
        let payload = content();
        service.object().put(payload.clone()).content_type("image/x").await.unwrap();
        let requests = service.requests();
        assert_eq!(requests.len(), 3);
        for request in &requests {
            assert_eq!(request.body, payload);
            assert_eq!(unsigned(request), unsigned(&requests[0]));
        }
        let service = Service::calls(after(2, failure.clone())).await;
        assert_eq!(service.object().get().bytes().await.unwrap(), content());
        assert_eq!(service.seen(), ["get"; 3]);
        let service = Service::calls(after(2, failure.clone())).await;
        service.object().delete().await.unwrap();
        assert_eq!(service.seen(), ["delete"; 3]);
        let service = Service::calls(after(2, failure)).await;
        assert_eq!(service.container().list().try_collect::<Vec<_>>().await.unwrap().len(), 0);
        assert_eq!(service.seen(), ["list"; 3]);
    }
}

#[tokio::test]
async fn fault_032_refusals_for_ever_end_with_the_attempts_and_the_last_answer() {
    let mut number = 0;
    let service = Service::function(move |_| {
        number += 1;
        let body = crate::scripted::error("InternalError").replace("It failed", &format!("Answer {number}"));
        Answer::xml(500, body).header("x-ms-error-code", "InternalError")
    })
    .await;
    let error = service.object().put("content").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unavailable, 3));
    assert_eq!((error.status(), error.code()), (Some(500), Some("InternalError")));
    assert_eq!(error.request_id(), Some(REQUEST_ID));
    assert!(error.to_string().contains("Answer 3"), "{error}");
    assert!(error.is_retryable());
    assert_eq!(service.seen(), ["put"; ATTEMPTS]);

    let service = Service::function(|_| failed(503, "ServerBusy")).await;
    let error = service.object().head().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Throttled, 3));
    assert_eq!(error.code(), Some("ServerBusy"));
    assert_eq!(service.seen(), ["head"; ATTEMPTS]);
}

#[tokio::test]
async fn fault_033_pitfall_19_a_service_that_names_a_time_gets_it_within_bounds() {
    for (name, value, want) in [
        ("retry-after", "7", 7_000),
        ("retry-after", "Thu, 01 Jan 2026 00:00:09 GMT", 9_000),
        ("retry-after", "1000000000", 20_000),
        ("retry-after", "99999999999999999999999", 0),
        ("retry-after", "-5", 0),
        ("retry-after", "soon", 0),
        ("x-ms-retry-after-ms", "1500", 1_500),
        ("x-ms-retry-after-ms", "18446744073709551615", 20_000),
        ("x-ms-retry-after-ms", "-1", 0),
    ] {
        let busy = failed(503, "ServerBusy").header(name, value);
        let service = Service::calls(after(1, busy)).await;
        assert_eq!(service.object().get().bytes().await.unwrap(), content());
        assert_eq!(millis(&service.runtime.waits()), [want], "{name}: {value}");
        assert_eq!(service.seen(), ["get", "get"]);
    }
}

#[tokio::test]
async fn fault_034_a_service_that_asks_to_slow_down_waits_longer() {
    // All of the random share.
    for (failure, want) in [
        (failed(500, "InternalError"), [50, 100]),
        (failed(500, "OperationTimedOut"), [50, 100]),
        (Answer::new(502), [50, 100]),
        (failed(503, "ServerBusy"), [1_000, 2_000]),
        (Answer::new(503), [1_000, 2_000]),
        (Answer::new(429), [1_000, 2_000]),
    ] {
        let script = service(move |_, _, _| Some(failure.clone()));
        let service = Service::with(script, Quick::fixed(255), |it| it).await;
        service.object().get().bytes().await.unwrap_err();
        let waits: Vec<_> = service.runtime.waits().iter().map(|it| it.as_secs_f64() * 1000.0).collect();
        let waits: Vec<_> = waits.into_iter().map(|it| it.round() as u64).collect();
        assert_eq!(waits, want);
    }
}

#[tokio::test]
async fn fault_036_what_passes_by_itself_is_repeated() {
    for failure in [
        Answer::new(408),
        Answer::new(429),
        failed(500, "InternalError"),
        failed(500, "OperationTimedOut"),
        failed(500, "Odd"),
        Answer::new(500).body("<html>oops</html>"),
        Answer::new(502),
        failed(503, "ServerBusy"),
        failed(503, "Odd"),
        Answer::new(503),
        Answer::new(504),
    ] {
        let service = Service::calls(after(1, failure.clone())).await;
        service.object().put("content").await.unwrap();
        assert_eq!(service.seen(), ["put"; 2], "{failure:?}");
        let service = Service::calls(after(1, failure.clone())).await;
        assert_eq!(service.object().get().bytes().await.unwrap(), content());
        assert_eq!(service.seen(), ["get"; 2], "{failure:?}");
        let service = Service::calls(after(1, failure.clone())).await;
        assert_eq!(service.object().head().await.unwrap().size, content().len() as u64);
        assert_eq!(service.seen(), ["head"; 2], "{failure:?}");
    }
}

#[tokio::test]
async fn fault_037_pitfall_19_what_would_fail_again_is_not_repeated() {
    use ErrorKind as Kind;
    for (status, code, kind) in [
        (400, "InvalidHeaderValue", Kind::InvalidInput),
        (400, "InvalidMetadata", Kind::InvalidInput),
        (400, "Md5Mismatch", Kind::ChecksumMismatch),
        (400, "Crc64Mismatch", Kind::ChecksumMismatch),
        (400, "InvalidMd5", Kind::ChecksumMismatch),
        (400, "InvalidBlobOrBlock", Kind::InvalidInput),
        (400, "FeatureVersionMismatch", Kind::Unsupported),
        (403, "AuthorizationFailure", Kind::PermissionDenied),
        (403, "AuthorizationPermissionMismatch", Kind::PermissionDenied),
        (403, "AccountIsDisabled", Kind::PermissionDenied),
        (403, "InsufficientAccountPermissions", Kind::PermissionDenied),
        (403, "KeyBasedAuthenticationNotPermitted", Kind::PermissionDenied),
        (403, "", Kind::PermissionDenied),
        (404, "BlobNotFound", Kind::ObjectNotFound),
        (404, "ResourceNotFound", Kind::ObjectNotFound),
        (404, "ContainerNotFound", Kind::ContainerNotFound),
        (404, "", Kind::ObjectNotFound),
        (405, "UnsupportedHttpVerb", Kind::Unsupported),
        (409, "InvalidBlobType", Kind::InvalidInput),
        (409, "BlobBeingRehydrated", Kind::PreconditionFailed),
        (409, "PublicAccessNotPermitted", Kind::PermissionDenied),
        (411, "MissingContentLengthHeader", Kind::InvalidInput),
        (412, "ConditionNotMet", Kind::PreconditionFailed),
        (413, "RequestBodyTooLarge", Kind::InvalidInput),
        (416, "InvalidRange", Kind::InvalidRange),
        (501, "NotImplemented", Kind::Unsupported),
        (507, "InsufficientStorage", Kind::StorageFull),
    ] {
        let service = Service::queue([failed(status, code)]).await;
        let error = service.object().get().bytes().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts(), error.status()), (kind, 1, Some(status)), "{code}");
        service.assert_seen(&["get"]);
        let service = Service::queue([failed(status, code)]).await;
        let error = service.object().put("content").await.unwrap_err();
        assert_eq!((error.kind(), error.attempts(), error.status()), (kind, 1, Some(status)), "{code}");
        assert_eq!((error.key(), error.container()), (Some("k"), Some("bucket")));
        assert!(!error.is_retryable(), "{code}");
        service.assert_seen(&["put"]);
        // An answer to a question has no body, and tells the code in a header.
        let bare = Answer::new(status).header("x-ms-error-code", code);
        let service = Service::queue([if code.is_empty() { Answer::new(status) } else { bare }]).await;
        let error = service.object().head().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts(), error.status()), (kind, 1, Some(status)), "{code}");
        service.assert_seen(&["head"]);
    }
}

#[tokio::test]
async fn fault_049_every_attempt_is_signed_anew() {
    let runtime = Quick::fixed(0);
    let (clock, mut tried) = (runtime.clock.clone(), 0);
    let script = service(move |_, _, request| {
        clock.advance(Duration::from_secs(20 * 60));
        tried += 1;
        Some(if tried < 3 { failed(500, "InternalError") } else { object(request, "content", "\"e1\"") })
    });
    let service = Service::with(script, runtime, |it| it).await;
    assert_eq!(service.object().get().bytes().await.unwrap(), "content");
    let requests = service.requests();
    let dates: Vec<_> = requests.iter().map(|it| it.header("x-ms-date").unwrap()).collect();
    assert_eq!(
        dates,
        ["Thu, 01 Jan 2026 00:00:00 GMT", "Thu, 01 Jan 2026 00:20:00 GMT", "Thu, 01 Jan 2026 00:40:00 GMT"]
    );
    let signatures: BTreeSet<_> = requests.iter().map(|it| it.header("authorization").unwrap()).collect();
    assert_eq!(signatures.len(), 3);
    assert!(signatures.iter().all(|it| it.starts_with("SharedKey acct:")));
}

#[tokio::test]
async fn pitfall_07_every_request_names_its_version_and_its_bytes_as_stored() {
    let service = Service::calls(holding(b"content")).await;
    let object = service.object();
    object.put("content").await.unwrap();
    object.get().bytes().await.unwrap();
    object.head().await.unwrap();
    object.delete().await.unwrap();
    service.upload(2).await.unwrap();
    service.container().list().try_collect::<Vec<_>>().await.unwrap();
    for request in service.requests() {
        assert_eq!(request.header("x-ms-version"), Some("2025-11-05"), "{}", request.target_text());
        // With it the line of the other date is empty.
        assert!(request.header("x-ms-date").is_some() && request.header("date").is_none());
    }
    assert_eq!(service.of("get")[0].header("accept-encoding"), Some("identity"));
}

#[tokio::test]
async fn fault_114_errors_of_any_shape_are_told_by_status_and_header() {
    use ErrorKind::{
        InvalidInput, ObjectNotFound, PermissionDenied, Throttled, Unavailable, UnexpectedResponse,
    };
    let xml = |status, text: &str| Answer::xml(status, text.to_owned());
    let coded = |status, code: &str| Answer::new(status).header("x-ms-error-code", code);
    for (answer, kind, code, asked) in [
        (xml(404, "<Error><Message>no code</Message></Error>"), ObjectNotFound, None, 1),
        (xml(404, "<Error><Code/></Error>"), ObjectNotFound, None, 1),
        (xml(404, "<Failure><Code>BlobNotFound</Code></Failure>"), ObjectNotFound, Some("BlobNotFound"), 1),
        (Answer::new(403).body("<html><body>no</body></html>"), PermissionDenied, None, 1),
        (Answer::json(400, "{\"error\":{\"code\":\"InvalidUri\"}}"), InvalidInput, Some("InvalidUri"), 1),
        (Answer::new(404).body(vec![0xff, 0, 0xfe]), ObjectNotFound, None, 1),
        (Answer::new(403), PermissionDenied, None, 1),
        (Answer::new(418), UnexpectedResponse, None, 1),
        (Answer::new(429).body("slower"), Throttled, None, ATTEMPTS),
        (coded(400, "BlobNotFound"), ObjectNotFound, Some("BlobNotFound"), 1),
        (coded(503, "ServerBusy"), Throttled, Some("ServerBusy"), ATTEMPTS),
        // The header wins over the body, and the code over the status.
        (
            failed(500, "InternalError").header("x-ms-error-code", "Ignored"),
            Unavailable,
            Some("InternalError"),
            ATTEMPTS,
        ),
        (
            xml(500, "<Error><Code>AuthorizationFailure</Code></Error>"),
            PermissionDenied,
            Some("AuthorizationFailure"),
            1,
        ),
        (xml(404, "<Error><Code>ServerBusy</Code></Error>"), Throttled, Some("ServerBusy"), ATTEMPTS),
    ] {
        let shown = format!("{answer:?}");
        let service = Service::function(move |_| answer.clone()).await;
        let error = service.object().get().bytes().await.unwrap_err();
        assert_eq!((error.kind(), error.code(), service.requests().len()), (kind, code, asked), "{shown}");
        assert_eq!((error.key(), error.attempts() as usize), (Some("k"), asked), "{shown}");
    }
}

#[tokio::test]
async fn fault_113_what_services_say_can_not_steer_a_terminal() {
    let steering = "gone\u{1b}[2J\u{1b}]0;x\u{7}\u{9b}31m\u{202e}";
    let written: String = steering.chars().map(|it| format!("&#x{:x};", u32::from(it))).collect();
    let body = |code: &str| format!("<Error><Code>{code}</Code><Message>{written}</Message></Error>");
    for answer in [
        Answer::xml(403, body("AuthorizationFailure")),
        Answer::xml(400, body(&written)),
        Answer::xml(400, format!("<Error><Code>InvalidUri</Code><Message>{steering}</Message></Error>")),
        Answer::new(403).header("x-ms-error-code", "odd\u{1b}[2J"),
    ] {
        let service = Service::function(move |_| answer.clone()).await;
        let object = service.container().object("k\u{1b}[31m\r\n").unwrap();
        for error in [
            object.get().bytes().await.unwrap_err(),
            object.put("x").await.unwrap_err(),
            crate::scripted::names(service.container().list()).await.1.unwrap(),
        ] {
            let shown = chain(&error);
            assert!(!shown.contains(|c: char| c.is_control() || c == '\u{202e}'), "{shown:?}");
        }
    }
}

#[tokio::test]
async fn fault_042_attempts_differ_in_their_signature_only_and_keep_their_condition() {
    let service = Service::calls(after(2, failed(500, "InternalError"))).await;
    service.object().put(content()).if_absent().nonce("n1").metadata("a", "b").await.unwrap();
    let requests = service.requests();
    assert_eq!(requests.len(), 3);
    for request in &requests {
        assert_eq!(request.body, content());
        assert_eq!(unsigned(request), unsigned(&requests[0]));
        // The one that comes late meets the condition and loses.
        assert_eq!(request.header("if-none-match"), Some("*"));
        assert_eq!(request.header("x-ms-meta-storagenonce"), Some("n1"));
    }
}

#[tokio::test]
async fn fault_036_a_page_of_a_busy_service_is_asked_for_again() {
    let service = Service::start(Script::queue(
        [
            failed(503, "ServerBusy"),
            Answer::xml(200, page(&["a"], Some("m"))),
            Answer::new(502),
            Answer::xml(200, page(&["b"], None)),
        ]
        .map(crate::scripted::told),
    ))
    .await;
    let (seen, error) = crate::scripted::names(service.container().list()).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(seen, ["a", "b"]);
    let markers: Vec<_> = service.requests().iter().map(|it| it.query("marker")).collect();
    let m = || Some("m".to_owned());
    assert_eq!(markers, [None, None, m(), m()]);
}
