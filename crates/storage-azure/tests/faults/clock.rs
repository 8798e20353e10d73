//! A clock that differs from that of the service.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::Method;
use storage_core::{ErrorKind, Runtime as _};
use storage_testkit::server::{Answer, Request};

use crate::scripted::{DAY, Service, content, failed, object};

const MINUTE: Duration = Duration::from_secs(60);

fn start() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_767_225_600)
}

/// Returns when a request says that it was signed.
fn signed_at(request: &Request) -> SystemTime {
    httpdate::parse_http_date(request.header("x-ms-date").unwrap()).unwrap()
}

/// The clock of a service, which stands still until it is set.
type Theirs = Arc<Mutex<SystemTime>>;

/// A service that refuses signatures that are 15 minutes off its own clock, as Azure does: with the code for any other
/// wrong signature.
fn strict(theirs: &Theirs) -> impl FnMut(&str, usize, &Request) -> Option<Answer> + Send + use<> {
    let theirs = Arc::clone(theirs);
    move |call, _, request| {
        let (now, signed) = (*theirs.lock().unwrap(), signed_at(request));
        let off = signed.duration_since(now).unwrap_or_else(|it| it.duration());
        let answer = match (off <= 15 * MINUTE, call) {
            (true, "get" | "head") => object(request, content(), "\"e1\""),
            (true, "put") => crate::scripted::written("put"),
            (true, _) => Answer::new(202),
            // There is no room for a document in the answer to a question.
            (false, "head") => Answer::new(403).header("x-ms-error-code", "AuthenticationFailed"),
            (false, _) => failed(403, "AuthenticationFailed"),
        };
        Some(answer.header("date", httpdate::fmt_http_date(now)))
    }
}

#[tokio::test]
async fn fault_046_a_clock_that_is_off_costs_one_request() {
    for theirs in [start() + 20 * MINUTE, start() - 20 * MINUTE, start() + DAY, start() - DAY] {
        for first_asks in [true, false] {
            let clock = Theirs::new(Mutex::new(theirs));
            let service = Service::calls(strict(&clock)).await;
            let object = service.object();
            if first_asks {
                object.head().await.unwrap();
            }
            assert_eq!(object.get().bytes().await.unwrap(), content());
            // A conditional one: a refused signature leaves no doubt.
            object.put("content").if_absent().await.unwrap();
            object.head().await.unwrap();
            object.delete().await.unwrap();
            let requests = service.requests();
            assert_eq!(requests.len(), 5 + usize::from(first_asks));
            assert_eq!(signed_at(&requests[0]), start());
            assert!(requests[1..].iter().all(|it| signed_at(it) == theirs));
            assert!(service.runtime.waits().is_empty());
        }
    }
}

#[tokio::test]
async fn fault_046_a_date_from_a_cache_proves_nothing() {
    let date = httpdate::fmt_http_date(start() + 20 * MINUTE);
    let refusal = failed(403, "AuthenticationFailed").header("date", date).header("age", "1200");
    let service = Service::function(move |_| refusal.clone()).await;
    for _ in 0..2 {
        let error = service.object().get().bytes().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unauthenticated, 1));
        assert_eq!(error.code(), Some("AuthenticationFailed"));
    }
    assert!(service.requests().iter().all(|it| signed_at(it) == start()));
    assert_eq!(service.requests().len(), 2);
}

#[tokio::test]
async fn fault_046_a_wrong_key_is_reported_at_once() {
    for code in ["AuthenticationFailed", "InvalidAuthenticationInfo", "AuthorizationFailure"] {
        let date = httpdate::fmt_http_date(start());
        let refusal = failed(403, code).header("date", date);
        let service = Service::function(move |_| refusal.clone()).await;
        let error = service.object().put("content").if_absent().await.unwrap_err();
        let kind = match code {
            "AuthorizationFailure" => ErrorKind::PermissionDenied,
            _ => ErrorKind::Unauthenticated,
        };
        assert_eq!((error.kind(), error.attempts()), (kind, 1), "{code}");
        assert_eq!(service.seen(), ["put"]);
    }
}

#[tokio::test]
async fn fault_046_a_service_whose_clock_wanders_is_asked_twice() {
    let mut minutes = 0;
    let service = Service::function(move |_| {
        minutes += 60;
        let date = httpdate::fmt_http_date(start() + minutes * MINUTE);
        failed(403, "AuthenticationFailed").header("date", date)
    })
    .await;
    let error = service.object().get().bytes().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unauthenticated, 2));
    assert_eq!(service.requests().len(), 2);
}

#[tokio::test]
async fn fault_047_a_clock_that_was_set_right_is_trusted_at_once() {
    let theirs = start() + 20 * MINUTE;
    let clock = Theirs::new(Mutex::new(theirs));
    let service = Service::calls(strict(&clock)).await;
    let object = service.object();
    object.put("content").await.unwrap();
    assert_eq!(service.requests().len(), 2);
    // Ours is set right: at most one more request is refused, and none after it.
    service.runtime.clock.set_now(theirs);
    object.put("content").await.unwrap();
    let before = service.requests().len();
    assert!(before <= 4, "{before}");
    object.put("content").await.unwrap();
    let requests = service.requests();
    assert_eq!(requests.len(), before + 1);
    assert_eq!(signed_at(requests.last().unwrap()), theirs);
    assert_eq!(service.runtime.now(), theirs);
}

#[tokio::test]
async fn fault_135_an_address_is_dated_by_the_clock_of_the_service() {
    let clock = Theirs::new(Mutex::new(start() + 2 * DAY));
    let service = Service::calls(strict(&clock)).await;
    service.object().put("content").await.unwrap();
    let signed = service.object().presign(Method::GET, 10 * MINUTE).await.unwrap();
    let url = signed.url.expose();
    assert!(url.contains("se=2026-01-03T00%3A10%3A00Z"), "{url}");
    // What starts now has not begun for a service whose clock is behind.
    assert!(!url.contains("st="), "{url}");
    assert_eq!(service.requests().len(), 2);
}
