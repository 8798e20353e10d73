//! Credentials that are fetched once for everybody.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use storage_core::{Error, ErrorKind, Result, Runtime as _};
use storage_http::{Answer, Attempt, Cached, Expiring, Failure, Follow, Protocol, Request};
use storage_testkit::server::{self, Script};
use storage_testkit::{Gate, TestRuntime};

use crate::plain::{get, quick, serve};
use storage_testkit::QuickRuntime as Quick;

#[derive(Debug, PartialEq)]
struct Token {
    number: usize,
    expires: Option<SystemTime>,
}

impl Expiring for Token {
    fn expires(&self) -> Option<SystemTime> {
        self.expires
    }
}

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);

/// A place that gives tokens that last an hour, and counts them.
struct Place {
    fetches: AtomicUsize,
    lasts: Duration,
    down: Cell<bool>,
}

impl Place {
    fn new(lasts: Duration) -> Self {
        Self { fetches: AtomicUsize::new(0), lasts, down: Cell::new(false) }
    }

    async fn fetch(&self, now: SystemTime) -> Result<Token> {
        let number = self.fetches.fetch_add(1, Ordering::SeqCst);
        match self.down.get() {
            true => Err(Error::new(ErrorKind::Unavailable, "no tokens today")),
            false => Ok(Token { number, expires: Some(now + self.lasts) }),
        }
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn fault_133_a_thousand_tasks_make_one_request() {
    let runtime = TestRuntime::new(3);
    let now = runtime.now();
    let cached = Arc::new(Cached::new(Arc::new(runtime)));
    let (gate, fetches) = (Gate::new(), Arc::new(AtomicUsize::new(0)));
    let tasks: Vec<_> = (0..1_000)
        .map(|_| {
            let (cached, gate, fetches) = (Arc::clone(&cached), gate.clone(), Arc::clone(&fetches));
            tokio::spawn(async move {
                let fetch = || async move {
                    let number = fetches.fetch_add(1, Ordering::SeqCst);
                    gate.pass().await;
                    Ok(Token { number, expires: Some(now + HOUR) })
                };
                cached.get(now, fetch).await.unwrap().number
            })
        })
        .collect();
    gate.arrived(1).await;
    for _ in 0..2_000 {
        tokio::task::yield_now().await;
    }
    gate.open();
    for task in tasks {
        assert_eq!(task.await.unwrap(), 0);
    }
    assert_eq!(fetches.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn fault_133_a_thousand_tasks_make_one_request_that_fails() {
    let runtime = TestRuntime::new(3);
    let now = runtime.now();
    let cached = Arc::new(Cached::<Token>::new(Arc::new(runtime)));
    let (gate, fetches) = (Gate::new(), Arc::new(AtomicUsize::new(0)));
    let tasks: Vec<_> = (0..1_000)
        .map(|_| {
            let (cached, gate, fetches) = (Arc::clone(&cached), gate.clone(), Arc::clone(&fetches));
            tokio::spawn(async move {
                let fetch = || async move {
                    fetches.fetch_add(1, Ordering::SeqCst);
                    gate.pass().await;
                    Err(Error::new(ErrorKind::Unavailable, "no tokens today"))
                };
                cached.get(now, fetch).await.unwrap_err()
            })
        })
        .collect();
    gate.arrived(1).await;
    for _ in 0..2_000 {
        tokio::task::yield_now().await;
    }
    gate.open();
    for task in tasks {
        let error = task.await.unwrap();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert_eq!(error.message(), "no tokens today");
    }
    assert_eq!(fetches.load(Ordering::SeqCst), 1);
    // Whoever comes later asks again.
    let place = Place::new(HOUR);
    assert_eq!(cached.get(now, || place.fetch(now)).await.unwrap().number, 0);
}

#[tokio::test]
async fn fault_133_a_new_one_is_fetched_some_minutes_early() {
    let mut early = Vec::new();
    for random in [0, 128, 255] {
        let runtime = Quick::fixed(random);
        let place = Place::new(HOUR);
        let start = runtime.now();
        let cached = Cached::new(Arc::new(runtime));
        cached.get(start, || place.fetch(start)).await.unwrap();
        let mut seconds = 0;
        while place.fetches() == 1 {
            seconds += 1;
            let now = start + Duration::from_secs(seconds);
            cached.get(now, || place.fetch(now)).await.unwrap();
        }
        early.push(3600 - seconds);
    }
    // 5 minutes, and up to one more, so that not all processes ask at once.
    assert_eq!(early, [300, 330, 359]);
}

#[tokio::test]
async fn fault_133_the_old_one_is_used_while_the_new_one_is_fetched() {
    let runtime = TestRuntime::new(3);
    let start = runtime.now();
    let place = Place::new(HOUR);
    let cached = Cached::new(Arc::new(runtime));
    cached.get(start, || place.fetch(start)).await.unwrap();
    let now = start + 56 * MINUTE;
    let gate = Gate::new();
    let slow = cached.get(now, || async {
        gate.pass().await;
        place.fetch(now).await
    });
    let others = async {
        gate.arrived(1).await;
        for _ in 0..100 {
            assert_eq!(cached.get(now, || place.fetch(now)).await.unwrap().number, 0);
        }
        gate.open();
    };
    let (new, ()) = futures_util::future::join(slow, others).await;
    assert_eq!(new.unwrap().number, 1);
    assert_eq!(cached.get(now, || place.fetch(now)).await.unwrap().number, 1);
    assert_eq!(place.fetches(), 2);
}

#[tokio::test]
async fn fault_133_a_failed_early_fetch_keeps_the_old_one_until_it_ends() {
    let runtime = Quick::fixed(0);
    let start = runtime.now();
    let place = Place::new(HOUR);
    let cached = Cached::new(Arc::new(runtime));
    cached.get(start, || place.fetch(start)).await.unwrap();
    place.down.set(true);
    // 55 minutes after the start the first early fetch fails; those that follow come every 15 seconds.
    for second in 55 * 60..60 * 60 - 10 {
        let now = start + Duration::from_secs(second);
        assert_eq!(cached.get(now, || place.fetch(now)).await.unwrap().number, 0);
    }
    assert_eq!(place.fetches(), 1 + 290 / 15 + 1);
    // What is about to end is not given out.
    let now = start + Duration::from_secs(60 * 60 - 10);
    let error = cached.get(now, || place.fetch(now)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    place.down.set(false);
    assert!(cached.get(now, || place.fetch(now)).await.unwrap().number > 1);
}

#[tokio::test]
async fn fault_133_what_lasts_a_minute_is_not_fetched_for_every_request() {
    let runtime = Quick::fixed(0);
    let start = runtime.now();
    let place = Place::new(MINUTE);
    let cached = Cached::new(Arc::new(runtime));
    for ms in (0..60_000).step_by(10) {
        let now = start + Duration::from_millis(ms);
        cached.get(now, || place.fetch(now)).await.unwrap();
    }
    // Early ones come every 15 seconds.
    assert_eq!(place.fetches(), 4);
}

#[tokio::test]
async fn a_fetch_that_is_dropped_is_made_by_the_next() {
    let runtime = TestRuntime::new(3);
    let now = runtime.now();
    let place = Place::new(HOUR);
    let cached = Cached::new(Arc::new(runtime));
    let never = cached.get(now, std::future::pending::<Result<Token>>);
    let mut never = Box::pin(never);
    let polled = std::future::poll_fn(|cx| std::task::Poll::Ready(never.as_mut().poll(cx)));
    assert!(polled.await.is_pending());
    drop(never);
    assert_eq!(cached.get(now, || place.fetch(now)).await.unwrap().number, 0);
}

/// A protocol whose token is kept for all requests.
struct Kept {
    cached: Cached<Token>,
    fetches: AtomicUsize,
}

impl Protocol for Kept {
    fn provider(&self) -> &str {
        "kept"
    }

    async fn authorize(&self, attempt: &mut Attempt<'_>) -> Result<()> {
        let now = attempt.now;
        let fetch = || async {
            let number = self.fetches.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            Ok(Token { number, expires: Some(now + HOUR) })
        };
        let token = self.cached.get(now, fetch).await?;
        attempt.headers.insert("authorization", token.number.into());
        Ok(())
    }

    fn failure(&self, _: &Request, _: &Answer) -> Failure {
        Failure::new(ErrorKind::Unauthenticated, "the token is no good").follow(Follow::Reauthenticate)
    }

    fn forget_credentials(&self) -> bool {
        self.cached.forget();
        true
    }

    fn reroute(&self, _: &mut Request, _: &str) -> bool {
        false
    }
}

#[tokio::test]
async fn fault_048_a_hundred_requests_that_are_refused_make_one_refresh() {
    let script = Script::function(|request| match request.header("authorization") {
        Some("0") => server::Answer::new(401),
        _ => server::Answer::new(200).body("content"),
    });
    let (server, endpoint) = serve(script).await;
    let (client, runtime) = quick();
    let kept = Kept { cached: Cached::new(Arc::new(runtime.clone())), fetches: AtomicUsize::new(0) };
    let token = kept.cached.get(runtime.now(), || async {
        kept.fetches.fetch_add(1, Ordering::SeqCst);
        Ok(Token { number: 0, expires: None })
    });
    assert_eq!(token.await.unwrap().number, 0);
    runtime.clock.advance(MINUTE);
    let calls = (0..100).map(|_| client.send(&kept, get(&endpoint, "/a"), |it| Ok(it.body.clone())));
    for result in futures_util::future::join_all(calls).await {
        assert_eq!(result.unwrap(), "content");
    }
    assert_eq!(kept.fetches.load(Ordering::SeqCst), 2);
    assert!((101..=200).contains(&server.requests().len()));
}

#[tokio::test]
async fn fault_048_what_is_forgotten_by_many_is_fetched_once() {
    let runtime = TestRuntime::new(3);
    let now = runtime.now();
    let place = Place::new(HOUR);
    let cached = Cached::new(Arc::new(runtime.clone()));
    assert_eq!(cached.get(now, || place.fetch(now)).await.unwrap().number, 0);
    runtime.advance(MINUTE);
    // The service refuses what a hundred requests were signed with; the answers come one after the other.
    for _ in 0..100 {
        cached.forget();
        assert_eq!(cached.get(now, || place.fetch(now)).await.unwrap().number, 1);
    }
    runtime.advance(MINUTE);
    cached.forget();
    assert_eq!(cached.get(now, || place.fetch(now)).await.unwrap().number, 2);
}
