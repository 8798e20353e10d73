//! What must not be left over, must not grow, and must not show.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use storage_core::{Checksum, ErrorKind, Result, Secret, TokioRuntime};
use storage_http::{Answer as Read, Attempt, Encoder, Failure, Protocol, Request};
use storage_testkit::server::{Answer, Fault, Script, Server, Step};
use storage_testkit::{Gate, Tape, TestRuntime, chain};

use crate::plain::{CANARY, Plain, at, client, config, fetch, get, put, quick, serve, serve_queue, stream};
use storage_testkit::QuickRuntime as Quick;

const DAY: std::time::Duration = Quick::DAY;

/// Polls a future so many times and drops it; `true` when it ended before.
async fn ends_within<T>(future: impl Future<Output = T>, most: usize) -> bool {
    let mut future = std::pin::pin!(future);
    let mut polls = 0;
    std::future::poll_fn(|cx| {
        if polls == most {
            return Poll::Ready(false);
        }
        polls += 1;
        future.as_mut().poll(cx).map(|_| true)
    })
    .await
}

#[tokio::test]
async fn fault_051_calls_that_are_dropped_leave_nothing_behind() {
    let open = Gate::new();
    open.open();
    let content: Bytes = (0..40_000u32).map(|it| it as u8).collect();
    let mut n = 0;
    let script = Script::function({
        let content = content.clone();
        move |request| {
            n += 1;
            let answer = Answer::new(200).body(content.clone()).fault(Fault::Dribble(4_000, open.clone()));
            // Every path of a call has its turn.
            match (request.target_text().as_str(), n % 3) {
                ("/probe", _) => Answer::new(200).body(content.clone()),
                (_, 0) => Answer::new(503),
                (_, 1) => answer.fault(Fault::WaitBeforeHeaders(open.clone())),
                _ => answer.chunked(),
            }
        }
    });
    let (server, endpoint) = serve(script).await;
    let runtime = Quick::fixed(0);
    let client = client(config(), &runtime);
    let upload = Bytes::from(vec![1; 3_000_000]);
    let mut dropped = 0;
    for upload in [Bytes::new(), upload] {
        let mut most = 0;
        loop {
            let request = put(&endpoint, "/a", upload.clone());
            if ends_within(fetch(&client, request), most).await {
                break;
            }
            dropped += 1;
            most += 1;
            assert_eq!(fetch(&client, get(&endpoint, "/probe")).await.unwrap(), content);
        }
        // What was not sent is not kept.
        assert!(upload.is_empty() || upload.is_unique());
    }
    assert!(dropped > 4, "{dropped}");
    assert_eq!(runtime.spawned(), 0);
    drop(endpoint);
    server.wait_for_close().await;
}

/// Waits until the server can send no more, and returns how much it has sent.
async fn sent_while_nobody_reads(server: &Server) -> u64 {
    let mut before = 0;
    let mut quiet = 0;
    while quiet < 2_000 {
        tokio::task::yield_now().await;
        let now = server.sent_bytes();
        quiet = if now == before { quiet + 1 } else { 0 };
        before = now;
    }
    before
}

#[tokio::test]
async fn fault_168_nothing_is_read_while_nobody_wants_it() {
    const TOTAL: u64 = 1 << 30;
    let (server, endpoint) = serve_queue([Answer::new(200).body_of(vec![1; 1 << 20], TOTAL)]).await;
    let (client, _) = quick();
    let mut answer = stream(&client, get(&endpoint, "/a")).await.unwrap();
    let mut read = 0;
    for _ in 0..5 {
        let before = sent_while_nobody_reads(&server).await;
        let piece = answer.body.next().await.unwrap().unwrap();
        // One read of the client, and what the operating system keeps on both sides.
        assert!(piece.len() <= 1 << 20);
        read += piece.len() as u64;
        assert!(before - read.min(before) < 32 << 20, "{before}");
    }
    drop(answer);
    server.wait_for_close().await;
}

/// A protocol whose payloads go through something that counts, fails or panics.
struct Framed(Plain, Box<dyn Fn() -> Box<dyn Encoder> + Send + Sync>);

impl Framed {
    fn new<E: Encoder + 'static>(frame: impl Fn() -> E + Send + Sync + 'static) -> Self {
        Self(Plain::default(), Box::new(move || Box::new(frame())))
    }
}

impl Protocol for Framed {
    fn provider(&self) -> &str {
        self.0.provider()
    }

    async fn authorize(&self, attempt: &mut Attempt<'_>) -> Result<()> {
        attempt.encoder = Some((self.1)());
        self.0.authorize(attempt).await
    }

    fn failure(&self, request: &Request, answer: &Read) -> Failure {
        self.0.failure(request, answer)
    }

    fn forget_credentials(&self) -> bool {
        self.0.forget_credentials()
    }

    fn reroute(&self, request: &mut Request, place: &str) -> bool {
        self.0.reroute(request, place)
    }
}

/// Puts a byte behind the payload, and counts what it was given.
struct Counting(Arc<AtomicU64>);

impl Encoder for Counting {
    fn encoded_len(&self, len: u64) -> u64 {
        len + 1
    }

    fn encode(&mut self, piece: Bytes, out: &mut VecDeque<Bytes>) {
        self.0.fetch_add(piece.len() as u64, Ordering::SeqCst);
        out.push_back(piece);
    }

    fn finish(&mut self, out: &mut VecDeque<Bytes>) {
        out.push_back(Bytes::from_static(b"."));
    }

    fn checksum(&self) -> Option<Checksum> {
        None
    }
}

#[tokio::test]
async fn fault_169_nothing_is_taken_of_an_upload_while_the_service_takes_nothing() {
    let (server, endpoint) = serve_queue([Answer::steps([Step::ReadSome(1), Step::Stall])]).await;
    let runtime = Quick::fixed(0);
    let mut config = config();
    config.max_attempts = 1;
    let client = client(config, &runtime);
    let taken = Arc::new(AtomicU64::new(0));
    let plain = Framed::new({
        let taken = Arc::clone(&taken);
        move || Counting(Arc::clone(&taken))
    });
    let piece = Bytes::from(vec![1; 64 << 10]);
    let request = put(&endpoint, "/a", vec![piece; 16_384]);
    let call = tokio::spawn(async move { client.send(&plain, request, |_| Ok(())).await });
    let (mut before, mut quiet) = (0, 0);
    while quiet < 2_000 {
        tokio::task::yield_now().await;
        let now = taken.load(Ordering::SeqCst);
        quiet = if now == before && now > 0 { quiet + 1 } else { 0 };
        before = now;
    }
    // Of 1 GiB: what the operating system keeps on both sides, and some pieces.
    assert!(before < 32 << 20, "{before}");
    for _ in 0..2 {
        runtime.clock.advance(DAY * 30);
        tokio::task::yield_now().await;
    }
    assert_eq!(call.await.unwrap().unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_empty_payload_in_a_frame_has_the_length_of_the_frame() {
    let (server, endpoint) = serve_queue([Answer::new(200)]).await;
    let (client, _) = quick();
    let plain = Framed::new(|| Counting(Arc::default()));
    client.send(&plain, put(&endpoint, "/a", Bytes::new()), |_| Ok(())).await.unwrap();
    let request = &server.requests()[0];
    assert_eq!(request.header("content-length"), Some("1"));
    assert_eq!(request.body, ".");
}

#[tokio::test]
async fn fault_066_an_empty_payload_declares_its_length() {
    let (server, endpoint) = serve_queue([Answer::new(200)]).await;
    let (client, _) = quick();
    fetch(&client, put(&endpoint, "/a", Bytes::new())).await.unwrap();
    assert_eq!(server.requests()[0].header("content-length"), Some("0"));
}

struct Panics;

impl Encoder for Panics {
    fn encoded_len(&self, len: u64) -> u64 {
        len
    }

    fn encode(&mut self, _: Bytes, _: &mut VecDeque<Bytes>) {
        panic!("a hook that panics");
    }

    fn finish(&mut self, _: &mut VecDeque<Bytes>) {}

    fn checksum(&self) -> Option<Checksum> {
        None
    }
}

#[tokio::test]
async fn fault_176_a_panic_fails_its_own_call_only() {
    let (server, endpoint) = serve(Script::function(|_| Answer::new(200).body("content"))).await;
    let (client, _) = quick();
    let calls = (0..8).map(|_| fetch(&client, get(&endpoint, "/a")));
    futures_util::future::join_all(calls).await.into_iter().for_each(|it| drop(it.unwrap()));
    let in_parser = tokio::spawn({
        let (client, endpoint) = (client.clone(), Arc::clone(&endpoint));
        async move {
            let parse = |_: &Read| -> Result<(), Failure> { panic!("a parser that panics") };
            client.send(&Plain::default(), get(&endpoint, "/a"), parse).await
        }
    });
    assert!(in_parser.await.unwrap_err().is_panic());
    let in_upload = tokio::spawn({
        let (client, endpoint) = (client.clone(), Arc::clone(&endpoint));
        async move {
            let plain = Framed::new(|| Panics);
            client.send(&plain, put(&endpoint, "/a", "content"), |_| Ok(())).await
        }
    });
    assert!(in_upload.await.unwrap_err().is_panic());
    assert_eq!(fetch(&client, get(&endpoint, "/a")).await.unwrap(), "content");
    drop((client, endpoint));
    server.wait_for_close().await;
}

#[test]
fn fault_173_a_client_survives_the_runtimes_that_it_is_used_on() {
    let services =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let gate = Gate::new();
    let script = Script::function({
        let gate = gate.clone();
        move |request| match request.target_text().as_str() {
            "/stalled" => Answer::new(200).fault(Fault::WaitBeforeHeaders(gate.clone())),
            "/large" => Answer::new(200).body_of(vec![1; 65_536], 50_000_000),
            _ => Answer::new(200).body("content"),
        }
    });
    let (server, endpoint) = services.block_on(serve(script));
    let mut usual = config();
    usual.stall_timeout = Duration::from_secs(600);
    usual.answer_timeout = Duration::from_secs(600);
    let client = client(usual, &TokioRuntime);
    let fetch_one = || async { fetch(&client, get(&endpoint, "/a")).await.unwrap() };

    let first = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // Several connections with timers of their own, one call that is on its way, and one answer that is half read.
    first.block_on(async {
        let calls = (0..4).map(|_| fetch_one());
        futures_util::future::join_all(calls).await;
    });
    let stalled = first.spawn({
        let (client, endpoint) = (client.clone(), Arc::clone(&endpoint));
        async move { fetch(&client, get(&endpoint, "/stalled")).await }
    });
    let mut half = first.block_on(async {
        gate.arrived(1).await;
        let mut answer = stream(&client, get(&endpoint, "/large")).await.unwrap();
        answer.body.next().await.unwrap().unwrap();
        answer
    });
    // A runtime that is there and does not run.
    let second = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert_eq!(second.block_on(fetch_one()), "content");
    drop(first);
    let third = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    for _ in 0..5 {
        assert_eq!(third.block_on(fetch_one()), "content");
    }
    assert!(third.block_on(stalled).unwrap_err().is_cancelled());
    let broken = third.block_on(async {
        loop {
            match half.body.next().await {
                Some(Ok(_)) => {}
                other => return other,
            }
        }
    });
    assert_eq!(broken.unwrap().unwrap_err().kind(), ErrorKind::Truncated);
    drop((half, second, third));
    let fourth = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert_eq!(fourth.block_on(fetch_one()), "content");
    // Without a runtime it is an error of that call.
    gate.open();
    drop((client, endpoint));
    services.block_on(server.wait_for_close());
}

#[tokio::test]
async fn fault_126_secrets_are_neither_traced_nor_shown() {
    let tape = Tape::default();
    // For all threads, since what another test traces first would else be off for this one too.
    tracing::subscriber::set_global_default(tape.clone()).unwrap();
    let mut shown = String::new();
    let faults = [
        Fault::CloseWithoutAnswer,
        Fault::ResetBeforeAnswer,
        Fault::TwoLengths,
        Fault::LengthAndChunks,
        Fault::CutAfter(1),
        Fault::BinaryBody,
    ];
    for status in [200, 301, 401, 403, 404, 429, 500, 503] {
        for fault in &faults {
            let answer = Answer::new(status)
                .header("set-cookie", CANARY)
                .header("location", format!("http://other.example/?sig={CANARY}"))
                .body("0123456789")
                .fault(fault.clone());
            let (server, endpoint) = serve(Script::function(move |_| answer.clone())).await;
            let runtime = Quick::fixed(0);
            let mut config = config();
            config.max_attempts = 2;
            config.proxy = Some(Secret::from(format!("http://user:{CANARY}@{}", server.address())));
            let client = client(config, &runtime);
            let target = format!("/a%20b?X-Amz-Signature={CANARY}&sig={CANARY}&acl");
            let mut request = put(&endpoint, &target, "content");
            request.endpoint = at("192.0.2.1:80".parse().unwrap());
            request.header(http::HeaderName::from_static("x-secret"), CANARY).unwrap();
            write!(shown, "{request:?} {client:?}").unwrap();
            let parse =
                |answer: &Read| -> Result<(), Failure> { Err(Failure::unexpected(format!("{answer:?}"))) };
            let error = client.send(&Plain::default(), request.clone(), parse).await.unwrap_err();
            shown.push_str(&chain(&error));
            match client.send_stream(&Plain::default(), request).await {
                Ok(answer) => write!(shown, "{answer:?}").unwrap(),
                Err(error) => shown.push_str(&chain(&error)),
            }
            // It did arrive where it belongs.
            let sent = server.requests().remove(0);
            assert!(sent.target_text().starts_with("http://192.0.2.1/a%20b?X-Amz-Signature=canary"));
            assert!(sent.header("proxy-authorization").is_some());
            assert!(sent.header("authorization").unwrap().contains(CANARY));
        }
    }
    let traced = tape.text();
    assert!(traced.contains("/a%20b?X-Amz-Signature=***&sig=***&acl"), "{traced}");
    assert!(traced.contains("trying again"));
    // The user and password of the proxy, as they are sent.
    let encoded = base64(&format!("user:{CANARY}"));
    for secret in [CANARY, &encoded] {
        assert!(!traced.contains(secret), "traced");
        assert!(!shown.contains(secret), "shown");
    }
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[tokio::test]
async fn a_future_of_a_call_is_small() {
    let (server, endpoint) = serve_queue([]).await;
    let runtime = TestRuntime::new(0);
    let client = client(config(), &runtime);
    let call = fetch(&client, get(&endpoint, "/a"));
    let bytes = std::mem::size_of_val(&call);
    assert!(bytes < 8_192, "{bytes}");
    drop(call);
    assert_eq!(server.connections(), 0);
}
