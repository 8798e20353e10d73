//! Which connection carries a request, and which one never carries another.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use storage_core::{BoxFuture, ErrorKind, Idempotency, Result};
use storage_http::{Client, Connect, Endpoint, Patience, Transport};
use storage_testkit::TestRuntime;
use storage_testkit::server::{Answer, Fault, Script, Step};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::plain::{CANARY, client, config, drain, fetch, get, once, put, quick, serve, serve_queue, stream};
use storage_testkit::QuickRuntime as Quick;

const DAY: std::time::Duration = Quick::DAY;

#[tokio::test]
async fn fault_007_connections_that_were_closed_while_idle_are_nobodys_business() {
    let answer = Answer::new(200).body("content").fault(Fault::CloseAfterAnswer);
    let (server, endpoint) = serve(Script::function(move |_| answer.clone())).await;
    let runtime = Quick::fixed(0);
    let mut config = config();
    // Not even where a call has only one attempt.
    config.max_attempts = 1;
    let client = client(config, &runtime);
    for round in 0..1_000 {
        assert_eq!(fetch(&client, get(&endpoint, "/a")).await.unwrap(), "content");
        // Sometimes the end has come before the next request, sometimes it comes just then.
        for _ in 0..round % 7 {
            tokio::task::yield_now().await;
        }
    }
    assert!(runtime.waits().is_empty());
    // A request that met the end of a connection was not read by the service.
    assert_eq!(server.requests().len(), 1_000);
    assert_eq!(runtime.spawned(), 0);
}

#[tokio::test]
async fn fault_007_a_service_that_closes_upon_the_second_request_costs_no_quota() {
    // The first request of a connection is answered, and the connection closed when the second one comes.
    let mut seen = std::collections::HashSet::new();
    let script = Script::function(move |request| match seen.insert(request.connection) {
        true => Answer::new(200).body("content"),
        false => Answer::new(200).fault(Fault::CloseWithoutAnswer),
    });
    let (server, endpoint) = serve(script).await;
    let runtime = Quick::fixed(0);
    let mut config = config();
    config.max_attempts = 1;
    let client = client(config, &runtime);
    for _ in 0..100 {
        assert_eq!(fetch(&client, get(&endpoint, "/a")).await.unwrap(), "content");
    }
    assert!(runtime.waits().is_empty());
    assert_eq!(server.connections(), 100);
    assert_eq!(server.requests().len(), 199);
}

#[tokio::test]
async fn good_answers_of_every_kind_leave_the_connection_for_the_next_request() {
    let big = Bytes::from(vec![7; 3_000_000]);
    let answers = [
        Answer::new(200).body("content"),
        Answer::new(200).body(big.clone()),
        Answer::new(200).body(big.clone()),
        Answer::new(200).body(big.clone()).chunked(),
        Answer::new(200),
        Answer::new(204),
        Answer::new(200).header("content-length", "12345"),
        Answer::new(304).header("etag", "\"1\""),
        Answer::new(404).body("no such thing"),
        Answer::new(200).body("content").fault(Fault::Informational(3)),
    ];
    let (server, endpoint) = serve_queue(answers).await;
    let (client, _) = quick();
    let head = || {
        let mut request = get(&endpoint, "/a");
        request.method = Method::HEAD;
        request
    };
    assert_eq!(fetch(&client, get(&endpoint, "/a")).await.unwrap(), "content");
    for _ in 0..3 {
        assert_eq!(fetch(&client, get(&endpoint, "/a")).await.unwrap(), big);
    }
    assert_eq!(fetch(&client, get(&endpoint, "/a")).await.unwrap(), "");
    assert_eq!(fetch(&client, get(&endpoint, "/a")).await.unwrap(), "");
    assert_eq!(fetch(&client, head()).await.unwrap(), "");
    let not_modified = fetch(&client, get(&endpoint, "/a")).await.unwrap_err();
    assert_eq!(not_modified.status(), Some(304));
    let missing = fetch(&client, get(&endpoint, "/a")).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::ObjectNotFound);
    assert_eq!(fetch(&client, get(&endpoint, "/a")).await.unwrap(), "content");
    assert_eq!(server.connections(), 1);
    server.assert_done();
}

#[tokio::test]
async fn an_empty_body_that_nobody_reads_leaves_the_connection_too() {
    let (server, endpoint) = serve(Script::function(|_| Answer::new(200))).await;
    let (client, _) = quick();
    for _ in 0..3 {
        let answer = stream(&client, get(&endpoint, "/a")).await.unwrap();
        assert_eq!(answer.len, Some(0));
        drop(answer);
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_body_that_is_dropped_closes_its_connection() {
    let big = Bytes::from(vec![7; 3_000_000]);
    let (server, endpoint) = serve(Script::function(move |_| Answer::new(200).body(big.clone()))).await;
    let (client, _) = quick();
    let mut answer = stream(&client, get(&endpoint, "/a")).await.unwrap();
    answer.body.next().await.unwrap().unwrap();
    drop(answer);
    server.wait_for_close().await;
    let answer = stream(&client, get(&endpoint, "/a")).await.unwrap();
    assert_eq!(drain(answer.body).await.0.len(), 3_000_000);
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_service_that_says_it_closes_is_believed() {
    for raw in [
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nConnection: Keep-Alive, Close\r\n\r\nok",
        "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
    ] {
        // It leaves the closing to the client.
        let steps = [Step::ReadBody, Step::Send(raw.into()), Step::Stall];
        let (server, endpoint) = serve_queue([Answer::steps(steps.clone()), Answer::steps(steps)]).await;
        let (client, runtime) = quick();
        assert_eq!(fetch(&client, get(&endpoint, "/a")).await.unwrap(), "ok");
        server.wait_for_close().await;
        assert_eq!(fetch(&client, get(&endpoint, "/a")).await.unwrap(), "ok");
        assert_eq!(server.connections(), 2, "{raw}");
        assert!(runtime.waits().is_empty());
    }
}

/// Asks twice and requires that the second request has a connection of its own and a right answer.
async fn not_used_again(answer: Answer, what: &str) {
    let (server, endpoint) = serve_queue([answer, Answer::new(200).body("right")]).await;
    let runtime = Quick::fixed(0);
    let mut config = config();
    config.max_attempts = 1;
    let client = client(config, &runtime);
    // What the first one makes of it is the business of other tests.
    let first = fetch(&client, get(&endpoint, "/a")).await;
    assert!(first.as_ref().map_or(true, |it| it == "0123456789"), "{what}: {first:?}");
    assert_eq!(fetch(&client, get(&endpoint, "/b")).await.unwrap(), "right", "{what}");
    assert_eq!(server.connections(), 2, "{what}");
    server.assert_done();
}

#[tokio::test]
async fn fault_019_a_connection_with_a_bad_answer_is_not_used_again() {
    let answer = || Answer::new(200).body("0123456789");
    let smuggled = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwrong";
    for (what, fault) in [
        ("bytes behind", Fault::ExtraBytes("x".into())),
        ("an answer behind", Fault::ExtraBytes(smuggled.into())),
        ("longer than declared", Fault::LengthIs(4)),
        ("shorter than declared", Fault::LengthIs(40)),
        ("two lengths", Fault::TwoLengths),
        ("length and chunks", Fault::LengthAndChunks),
        ("no terminator", Fault::NoTerminator),
        ("no length", Fault::NoLength),
        ("cut", Fault::CutAfter(5)),
    ] {
        let truncates = matches!(fault, Fault::LengthIs(4));
        let answer = answer().fault(fault);
        if truncates {
            assert_first_bytes(answer).await;
        } else {
            not_used_again(answer, what).await;
        }
    }
}

/// An answer that is longer than declared is as long as declared; what follows poisons the connection.
async fn assert_first_bytes(answer: Answer) {
    let (server, endpoint) = serve_queue([answer, Answer::new(200).body("right")]).await;
    let (client, _) = quick();
    assert_eq!(fetch(&client, get(&endpoint, "/a")).await.unwrap(), "0123");
    assert_eq!(fetch(&client, get(&endpoint, "/b")).await.unwrap(), "right");
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn fault_014_an_early_refusal_is_reported() {
    let refusal = || Answer::new(403).body("not yours").fault(Fault::Early);
    let closing = Answer::steps([
        Step::ReadSome(1_000),
        Step::Send("HTTP/1.1 403 No\r\ncontent-length: 9\r\n\r\nnot yours".into()),
        Step::Close,
    ]);
    for answer in [refusal(), refusal().header("connection", "close"), closing] {
        let (server, endpoint) = serve_queue([answer]).await;
        let (client, runtime) = quick();
        let piece = Bytes::from(vec![1; 1 << 20]);
        let request = put(&endpoint, "/a", vec![piece.clone(); 100]);
        let error = fetch(&client, request).await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::PermissionDenied, Some(403)));
        assert!(error.to_string().contains("not yours"));
        assert_eq!(error.attempts(), 1);
        assert_eq!(server.requests().len(), 1);
        assert!(runtime.waits().is_empty());
        // A connection that is kept would hold what it has not sent.
        assert!(piece.is_unique(), "the rest of the upload is still on its way");
    }
}

#[tokio::test]
async fn fault_014_an_early_success_is_none() {
    for (idempotency, kind, attempts) in [
        (Idempotency::Always, ErrorKind::UnexpectedResponse, 6),
        (Idempotency::Never, ErrorKind::Ambiguous, 1),
    ] {
        let script = Script::on_head(|_| Answer::new(200).body("stored").fault(Fault::Early));
        let (server, endpoint) = serve(script).await;
        let (client, _) = quick();
        let piece = Bytes::from(vec![1; 1 << 20]);
        let request = once(put(&endpoint, "/a", vec![piece.clone(); 100]), idempotency);
        let error = fetch(&client, request).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (kind, attempts));
        assert_eq!(server.requests().len(), attempts as usize);
        assert!(server.requests().iter().all(|it| !it.complete));
        assert!(piece.is_unique());
    }
}

/// Lets seconds pass until a call has ended, and returns how many.
async fn seconds_until_end<T>(runtime: &TestRuntime, call: &tokio::task::JoinHandle<T>, most: u64) -> u64 {
    for seconds in 0..most {
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
        if call.is_finished() {
            return seconds;
        }
        runtime.advance(Duration::from_secs(1));
    }
    panic!("no end after {most} seconds");
}

fn one_attempt(runtime: &TestRuntime) -> Client {
    let mut config = storage_http::HttpConfig::new();
    config.proxy_from_env = false;
    config.max_attempts = 1;
    // A loopback connects at once, but the clock of the test may run ahead of it.
    config.connect_timeout = DAY;
    client(config, runtime)
}

#[tokio::test]
async fn fault_010_a_service_that_does_not_answer_is_given_up_and_asked_again() {
    let stalled = Answer::new(200).fault(Fault::StallBeforeHeaders);
    let (server, endpoint) = serve_queue([stalled, Answer::new(200).body("content")]).await;
    let runtime = Quick::fixed(0);
    let client = client(config(), &runtime);
    let call = tokio::spawn(async move { fetch(&client, get(&endpoint, "/a")).await });
    server.wait_for_requests(1).await;
    runtime.clock.sleeping(1).await;
    runtime.clock.advance(DAY * 20);
    assert_eq!(call.await.unwrap().unwrap(), "content");
    assert_eq!(server.connections(), 2);
    assert_eq!(runtime.waits().len(), 1);
    server.assert_done();
    server.wait_for_close().await;
}

#[tokio::test]
async fn fault_010_a_stall_on_one_kept_connection_is_not_met_again_on_another() {
    // Three connections are kept, and then whatever was in between forgets them.
    let mut seen = std::collections::HashSet::new();
    let script = Script::function(move |request| match seen.insert(request.connection) {
        true => Answer::new(200).body("content"),
        false => Answer::new(200).fault(Fault::StallBeforeHeaders),
    });
    let (server, endpoint) = serve(script).await;
    let runtime = Quick::fixed(0);
    let mut config = config();
    config.max_attempts = 2;
    let client = client(config, &runtime);
    let calls = (0..3).map(|_| fetch(&client, get(&endpoint, "/a")));
    futures_util::future::join_all(calls).await.into_iter().for_each(|it| drop(it.unwrap()));
    let call = tokio::spawn(async move { fetch(&client, get(&endpoint, "/a")).await });
    server.wait_for_requests(4).await;
    runtime.clock.sleeping(1).await;
    runtime.clock.advance(DAY * 20);
    assert_eq!(call.await.unwrap().unwrap(), "content");
    assert_eq!(server.connections(), 4);
    assert_eq!(runtime.waits().len(), 1);
}

#[tokio::test]
async fn fault_010_the_first_byte_may_take_a_minute_by_default() {
    for (patience, want) in
        [(Patience::Normal, 60), (Patience::Long, 15 * 60), (Patience::Short(Duration::from_secs(2)), 2)]
    {
        let (server, endpoint) =
            serve(Script::function(|_| Answer::new(200).fault(Fault::StallBeforeHeaders))).await;
        let runtime = TestRuntime::new(1);
        let client = one_attempt(&runtime);
        // Uploads too, however long the upload itself took.
        let request = put(&endpoint, "/a", vec![1; 1_000_000]).patience(patience);
        let call = tokio::spawn(async move { fetch(&client, request).await });
        server.wait_for_requests(1).await;
        assert_eq!(seconds_until_end(&runtime, &call, 10_000).await, want);
        assert_eq!(call.await.unwrap().unwrap_err().kind(), ErrorKind::Timeout);
        server.wait_for_close().await;
    }
}

#[tokio::test]
async fn fault_169_an_upload_that_is_not_taken_is_a_stall() {
    let (server, endpoint) = serve_queue([Answer::steps([Step::ReadSome(1_000), Step::Stall])]).await;
    let runtime = TestRuntime::new(1);
    let client = one_attempt(&runtime);
    let piece = Bytes::from(vec![1; 1 << 20]);
    let request = put(&endpoint, "/a", vec![piece; 100]);
    let call = tokio::spawn(async move { fetch(&client, request).await });
    let took = seconds_until_end(&runtime, &call, 100).await;
    // What the operating system took counts as movement, once.
    assert!((15..=30).contains(&took), "{took}");
    assert_eq!(call.await.unwrap().unwrap_err().kind(), ErrorKind::Timeout);
    assert!(!server.requests()[0].complete);
}

/// A service in memory that knows how many connections are open.
#[derive(Clone, Debug, Default)]
struct Counted {
    open: Arc<AtomicUsize>,
    made: Arc<AtomicUsize>,
}

impl Connect for Counted {
    fn connect<'a>(&'a self, _: &'a Endpoint) -> BoxFuture<'a, Result<Box<dyn Transport>>> {
        let (near, mut far) = tokio::io::duplex(4096);
        self.open.fetch_add(1, Ordering::SeqCst);
        self.made.fetch_add(1, Ordering::SeqCst);
        let open = Arc::clone(&self.open);
        tokio::spawn(async move {
            let mut head = Vec::new();
            while let Ok(1..) = far.read_buf(&mut head).await {
                if head.ends_with(b"\r\n\r\n") {
                    head.clear();
                    far.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
                }
            }
            open.fetch_sub(1, Ordering::SeqCst);
        });
        Box::pin(async { Ok(Box::new(near) as Box<dyn Transport>) })
    }
}

#[tokio::test]
async fn idle_connections_end_with_their_time() {
    let runtime = Quick::fixed(0);
    let service = Counted::default();
    let connector = Arc::new(service.clone());
    let client = Client::with_connector(config(), Arc::new(runtime.clone()), connector).unwrap();
    let endpoint = Arc::new(Endpoint::parse("http://idle.example", "").unwrap());
    let calls = (0..8).map(|_| fetch(&client, get(&endpoint, "/a")));
    for result in futures_util::future::join_all(calls).await {
        assert_eq!(result.unwrap(), "ok");
    }
    let counts = async || {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        (service.open.load(Ordering::SeqCst), service.made.load(Ordering::SeqCst))
    };
    assert_eq!(counts().await, (8, 8));
    // One of them stays in use, and the others are let go as they get old.
    runtime.clock.advance(DAY * 600);
    fetch(&client, get(&endpoint, "/a")).await.unwrap();
    runtime.clock.advance(DAY * 600);
    fetch(&client, get(&endpoint, "/a")).await.unwrap();
    assert_eq!(counts().await, (1, 8));
    runtime.clock.advance(DAY * 1000);
    fetch(&client, get(&endpoint, "/a")).await.unwrap();
    assert_eq!(counts().await, (1, 9));
}

#[tokio::test]
async fn only_so_many_connections_are_kept() {
    let (server, endpoint) = serve(Script::function(|_| Answer::new(200).body("content"))).await;
    let runtime = Quick::fixed(0);
    let mut config = config();
    config.max_idle = 3;
    let client = client(config, &runtime);
    let calls = (0..20).map(|_| fetch(&client, get(&endpoint, "/a")));
    futures_util::future::join_all(calls).await.into_iter().for_each(|it| drop(it.unwrap()));
    let made = server.connections();
    let calls = (0..3).map(|_| fetch(&client, get(&endpoint, "/a")));
    futures_util::future::join_all(calls).await.into_iter().for_each(|it| drop(it.unwrap()));
    assert_eq!(server.connections(), made);
    drop(endpoint);
    server.wait_for_close().await;
}

#[tokio::test]
async fn fault_134_connections_of_one_client_are_not_for_another() {
    let (server, endpoint) = serve(Script::function(|_| Answer::new(200).body("direct"))).await;
    let (proxy, _) = serve(Script::function(|_| Answer::new(200).body("by proxy"))).await;
    let runtime = Quick::fixed(0);
    let mut proxied = config();
    proxied.proxy = Some(format!("http://user:{CANARY}@{}", proxy.address()).into());
    let (direct, proxied) = (client(config(), &runtime), client(proxied, &runtime));
    // A clone is the same client, and one without the proxy is another.
    let unproxied = proxied.without_proxy().unwrap();
    for _ in 0..3 {
        assert_eq!(fetch(&direct, get(&endpoint, "/a")).await.unwrap(), "direct");
        assert_eq!(fetch(&proxied, get(&endpoint, "/a")).await.unwrap(), "by proxy");
        assert_eq!(fetch(&proxied.clone(), get(&endpoint, "/a")).await.unwrap(), "by proxy");
        assert_eq!(fetch(&unproxied, get(&endpoint, "/a")).await.unwrap(), "direct");
    }
    assert_eq!((server.connections(), proxy.connections()), (2, 1));
    assert!(server.requests().iter().all(|it| it.header("proxy-authorization").is_none()));
}
