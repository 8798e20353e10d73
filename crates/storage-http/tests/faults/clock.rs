//! A clock that differs from that of the service.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use storage_core::{ErrorKind, Runtime as _};
use storage_testkit::server::{Answer, Request, Script};

use crate::plain::{fetch, get, quick, serve};
const DAY: std::time::Duration = storage_testkit::QuickRuntime::DAY;

const MINUTE: Duration = Duration::from_secs(60);

fn start() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_767_225_600)
}

fn signed_at(request: &Request) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(request.header("x-date").unwrap().parse().unwrap())
}

/// A service that refuses signatures that are 15 minutes off its own clock, which stands still.
fn strict(now: SystemTime, refusal: impl Fn() -> Answer + Send + 'static) -> Script {
    Script::function(move |request| {
        let signed = signed_at(request);
        let off = signed.duration_since(now).unwrap_or_else(|it| it.duration());
        let answer = if off <= 15 * MINUTE { Answer::new(200).body("content") } else { refusal() };
        answer.header("date", httpdate::fmt_http_date(now))
    })
}

#[tokio::test]
async fn fault_046_a_clock_that_is_off_costs_one_request() {
    for (theirs, minutes) in
        [(start() + 20 * MINUTE, 20), (start() - 20 * MINUTE, -20), (start() + DAY, 24 * 60)]
    {
        // With a code that says so, and without one, as in answers to `HEAD`.
        for refusal in ["skewed", ""] {
            let (server, endpoint) = serve(strict(theirs, move || Answer::new(403).body(refusal))).await;
            let (client, runtime) = quick();
            for _ in 0..5 {
                assert_eq!(fetch(&client, get(&endpoint, "/a")).await.unwrap(), "content");
            }
            let requests = server.requests();
            assert_eq!(requests.len(), 6);
            assert_eq!(signed_at(&requests[0]), start());
            assert!(requests[1..].iter().all(|it| signed_at(it) == theirs));
            assert_eq!(client.clock().offset_ms(), minutes * 60_000);
            assert!(runtime.waits().is_empty());
        }
    }
}

#[tokio::test]
async fn fault_046_requests_that_were_on_their_way_are_signed_again_too() {
    let theirs = start() + 20 * MINUTE;
    // The service answers none before it has read all.
    let mut refused = 0;
    let gate = storage_testkit::Gate::new();
    let (server, endpoint) = serve(Script::function({
        let gate = gate.clone();
        move |request| {
            let date = httpdate::fmt_http_date(theirs);
            if signed_at(request) == theirs {
                return Answer::new(200).body("content").header("date", date);
            }
            refused += 1;
            if refused == 8 {
                gate.open();
            }
            let wait = storage_testkit::server::Fault::WaitBeforeHeaders(gate.clone());
            Answer::new(403).body("skewed").header("date", date).fault(wait)
        }
    }))
    .await;
    let (client, _) = quick();
    let calls = (0..8).map(|_| fetch(&client, get(&endpoint, "/a")));
    for result in futures_util::future::join_all(calls).await {
        assert_eq!(result.unwrap(), "content");
    }
    assert_eq!(server.requests().len(), 16);
}

#[tokio::test]
async fn fault_046_a_date_from_a_cache_proves_nothing() {
    let theirs = start() + 20 * MINUTE;
    let cached = || Answer::new(403).body("skewed").header("age", "1200");
    let (server, endpoint) = serve(strict(theirs, cached)).await;
    let (client, _) = quick();
    let error = fetch(&client, get(&endpoint, "/a")).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::PermissionDenied, 1));
    assert_eq!(server.requests().len(), 1);
    assert_eq!(client.clock().offset_ms(), 0);
}

#[tokio::test]
async fn fault_046_a_refusal_that_is_not_the_clocks_fault_is_reported_at_once() {
    for date in [httpdate::fmt_http_date(start()), "yesterday".to_owned(), String::new()] {
        for body in ["skewed", "not yours"] {
            let answer = Answer::new(403).body(body).header("date", date.as_str());
            let (server, endpoint) = serve(Script::function(move |_| answer.clone())).await;
            let (client, _) = quick();
            let error = fetch(&client, get(&endpoint, "/a")).await.unwrap_err();
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::PermissionDenied, 1));
            assert_eq!(server.requests().len(), 1);
        }
    }
}

#[tokio::test]
async fn fault_046_a_service_that_changes_its_mind_is_not_followed_for_ever() {
    let mut minutes = 0;
    let script = Script::function(move |_| {
        minutes += 60;
        let date = httpdate::fmt_http_date(start() + minutes * MINUTE);
        Answer::new(403).body("skewed").header("date", date)
    });
    let (server, endpoint) = serve(script).await;
    let (client, _) = quick();
    let error = fetch(&client, get(&endpoint, "/a")).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::PermissionDenied, 2));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn fault_047_a_clock_that_was_set_right_is_trusted_at_once() {
    let theirs = start() + 20 * MINUTE;
    let (server, endpoint) = serve(strict(theirs, || Answer::new(403).body("skewed"))).await;
    let (client, runtime) = quick();
    fetch(&client, get(&endpoint, "/a")).await.unwrap();
    assert_eq!(client.clock().offset_ms(), 20 * 60_000);
    runtime.clock.set_now(theirs);
    // One request is refused for the correction, or its good answer already shows that the clocks agree.
    fetch(&client, get(&endpoint, "/a")).await.unwrap();
    assert_eq!(client.clock().offset_ms(), 0);
    let before = server.requests().len();
    fetch(&client, get(&endpoint, "/a")).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), before + 1);
    assert_eq!(signed_at(requests.last().unwrap()), theirs);
    assert!(before <= 4);
}

#[tokio::test]
async fn fault_054_the_time_of_day_is_for_signatures_only() {
    let (server, endpoint) = serve(Script::function(|_| Answer::new(503))).await;
    let (client, runtime) = quick();
    let before = runtime.monotonic();
    runtime.clock.set_now(start() - DAY);
    let error = fetch(&client, get(&endpoint, "/a")).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unavailable, 6));
    assert_eq!(runtime.monotonic(), before + runtime.waits().iter().sum::<Duration>());
    assert_eq!(server.connections(), 1);
}
