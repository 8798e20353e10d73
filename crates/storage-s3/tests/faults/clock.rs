//! A clock that differs from that of the service.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use storage_core::{ErrorKind, Runtime as _};
use storage_testkit::server::{Answer, Request};

use crate::loopback::{DAY, Service, content, failed, good};

const MINUTE: Duration = Duration::from_secs(60);

fn start() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_767_225_600)
}

/// Returns when a request says that it was signed.
fn signed_at(request: &Request) -> SystemTime {
    let text = request.header("x-amz-date").unwrap();
    let number = |range: std::ops::Range<usize>| text[range].parse::<u8>().unwrap();
    let date = time::Date::from_calendar_date(
        text[..4].parse().unwrap(),
        number(4..6).try_into().unwrap(),
        number(6..8),
    );
    let time = date.unwrap().with_hms(number(9..11), number(11..13), number(13..15)).unwrap();
    time.assume_utc().into()
}

/// The clock of a service, which stands still until it is set.
type Theirs = Arc<Mutex<SystemTime>>;

/// A service that refuses signatures that are 15 minutes off its own clock.
fn strict(theirs: &Theirs) -> impl FnMut(&Request) -> Answer + Send + use<> {
    let theirs = Arc::clone(theirs);
    move |request| {
        let (now, signed) = (*theirs.lock().unwrap(), signed_at(request));
        let off = signed.duration_since(now).unwrap_or_else(|it| it.duration());
        let answer = match (off <= 15 * MINUTE, request.method.as_str()) {
            (true, _) => good(request),
            // There is no room for a code in the answer to a question.
            (false, "HEAD") => Answer::new(403),
            (false, _) => failed(403, "RequestTimeTooSkewed", "The difference is too large."),
        };
        answer.header("date", httpdate::fmt_http_date(now))
    }
}

#[tokio::test]
async fn fault_046_a_clock_that_is_off_costs_one_request() {
    for theirs in [start() + 20 * MINUTE, start() - 20 * MINUTE, start() + DAY, start() - DAY] {
        for first_asks in [true, false] {
            let clock = Theirs::new(Mutex::new(theirs));
            let service = Service::function(strict(&clock)).await;
            let object = service.object();
            if first_asks {
                object.head().await.unwrap();
            }
            assert_eq!(object.get().bytes().await.unwrap(), content());
            object.put("content").await.unwrap();
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
async fn fault_046_an_upload_is_sent_again_with_the_right_date() {
    let clock = Theirs::new(Mutex::new(start() + 20 * MINUTE));
    let service = Service::function(strict(&clock)).await;
    // A conditional one: a refused signature leaves no doubt.
    service.object().put(content()).if_absent().await.unwrap();
    let requests = service.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].body, requests[1].body);
}

#[tokio::test]
async fn fault_046_a_date_from_a_cache_proves_nothing() {
    let date = httpdate::fmt_http_date(start() + 20 * MINUTE);
    let refusal = failed(403, "RequestTimeTooSkewed", "x").header("date", date).header("age", "1200");
    let service = Service::function(move |_| refusal.clone()).await;
    for _ in 0..2 {
        let error = service.object().get().bytes().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unauthenticated, 1));
        assert_eq!(error.code(), Some("RequestTimeTooSkewed"));
    }
    let requests = service.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests.iter().all(|it| signed_at(it) == start()));
}

#[tokio::test]
async fn fault_046_a_service_whose_clock_wanders_is_asked_twice() {
    let mut minutes = 0;
    let service = Service::function(move |_| {
        minutes += 60;
        let date = httpdate::fmt_http_date(start() + minutes * MINUTE);
        failed(403, "RequestTimeTooSkewed", "x").header("date", date)
    })
    .await;
    let error = service.object().get().bytes().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unauthenticated, 2));
    assert_eq!(service.requests().len(), 2);
}

#[tokio::test]
async fn fault_046_a_refusal_that_is_not_the_clocks_fault_is_reported_at_once() {
    let date = httpdate::fmt_http_date(start());
    let refusal = failed(403, "AccessDenied", "x").header("date", date);
    let service = Service::function(move |_| refusal.clone()).await;
    let error = service.object().get().bytes().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::PermissionDenied, 1));
    assert_eq!(service.requests().len(), 1);
}

#[tokio::test]
async fn fault_047_a_clock_that_was_set_right_is_trusted_at_once() {
    let theirs = start() + 20 * MINUTE;
    let clock = Theirs::new(Mutex::new(theirs));
    let service = Service::function(strict(&clock)).await;
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
    // Theirs is set back: the correction follows.
    let earlier = start() - 40 * MINUTE;
    *clock.lock().unwrap() = earlier;
    object.put("content").await.unwrap();
    object.put("content").await.unwrap();
    let requests = service.requests();
    assert_eq!(requests.len(), before + 4);
    assert!(requests[before + 2..].iter().all(|it| signed_at(it) == earlier));
    assert_eq!(service.runtime.now(), theirs);
}
