//! Bodies that end early, late, slowly or never, and heads without measure.

use std::time::Duration;

use bytes::Bytes;
use storage_core::ErrorKind;
use storage_http::{Failure, HttpConfig, Request};
use storage_testkit::server::{Answer, Fault, Script, Step};
use storage_testkit::{Gate, TestRuntime};

use crate::plain::{Plain, client, config, drain, fetch, get, quick, serve, serve_queue, stream};
use storage_testkit::QuickRuntime as Quick;

const DAY: std::time::Duration = Quick::DAY;

fn content() -> Bytes {
    (0..100_000u32).map(|it| (it / 7) as u8).collect()
}

/// A client with the limits that everybody has, on a clock that stands still.
fn usual(runtime: &TestRuntime) -> storage_http::Client {
    let mut config = HttpConfig::new();
    config.proxy_from_env = false;
    config.connect_timeout = DAY;
    client(config, runtime)
}

/// Reads on while seconds pass, and returns what came, the error, and how many seconds went by.
async fn read_for(
    runtime: &TestRuntime,
    body: storage_core::Body,
    gate: Option<&Gate>,
    most: u64,
) -> (Vec<u8>, Option<storage_core::Error>, u64) {
    let reading = tokio::spawn(drain(body));
    for seconds in 0..most {
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
        if reading.is_finished() {
            let (bytes, error) = reading.await.unwrap();
            return (bytes, error, seconds);
        }
        runtime.advance(Duration::from_secs(1));
        gate.inspect(|it| it.release(1));
    }
    panic!("no end after {most} seconds");
}

#[tokio::test]
async fn fault_011_a_stall_in_mid_body_ends_after_15_seconds() {
    let stalled = Answer::new(200).body(content()).fault(Fault::StallAfter(1_000));
    let (server, endpoint) = serve_queue([stalled]).await;
    let runtime = TestRuntime::new(1);
    let client = usual(&runtime);
    let answer = stream(&client, get(&endpoint, "/a")).await.unwrap();
    let (bytes, error, seconds) = read_for(&runtime, answer.body, None, 100).await;
    assert_eq!(bytes, content()[..1_000]);
    assert_eq!(error.unwrap().kind(), ErrorKind::Timeout);
    // The first second holds the 1,000 bytes.
    assert!((15..=20).contains(&seconds), "{seconds}");
    server.wait_for_close().await;
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn fault_012_a_byte_a_second_is_a_stall() {
    let gate = Gate::new();
    let dribble = Answer::new(200).body(content()).fault(Fault::Dribble(1, gate.clone()));
    let (server, endpoint) = serve_queue([dribble]).await;
    let runtime = TestRuntime::new(1);
    let client = usual(&runtime);
    let answer = stream(&client, get(&endpoint, "/a")).await.unwrap();
    let (bytes, error, seconds) = read_for(&runtime, answer.body, Some(&gate), 100).await;
    assert_eq!(bytes, content()[..bytes.len()]);
    assert!(bytes.len() < 40, "{}", bytes.len());
    assert_eq!(error.unwrap().kind(), ErrorKind::Timeout);
    assert!((15..=31).contains(&seconds), "{seconds}");
    gate.open();
    server.wait_for_close().await;
}

#[tokio::test]
async fn fault_012_slow_is_no_stall() {
    let gate = Gate::new();
    let slow = Answer::new(200).body(content()).fault(Fault::Dribble(200, gate.clone()));
    let (_server, endpoint) = serve_queue([slow]).await;
    let runtime = TestRuntime::new(1);
    let client = usual(&runtime);
    let answer = stream(&client, get(&endpoint, "/a")).await.unwrap();
    let (bytes, error, seconds) = read_for(&runtime, answer.body, Some(&gate), 1_000).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(bytes, content());
    assert_eq!(seconds, 500);
}

#[tokio::test]
async fn fault_054_a_stall_is_measured_by_a_clock_that_does_not_jump() {
    let stalled = Answer::new(200).body(content()).fault(Fault::StallAfter(1_000));
    let (_server, endpoint) = serve_queue([stalled]).await;
    let runtime = TestRuntime::new(1);
    let client = usual(&runtime);
    let mut answer = stream(&client, get(&endpoint, "/a")).await.unwrap();
    answer.body.next().await.unwrap().unwrap();
    runtime.set_now(std::time::UNIX_EPOCH + DAY * 1_000);
    let (_, error, seconds) = read_for(&runtime, answer.body, None, 100).await;
    assert_eq!(error.unwrap().kind(), ErrorKind::Timeout);
    assert!((15..=20).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn a_slow_reader_is_no_stall() {
    let answer = Answer::new(200).body_of(content(), 20_000_000);
    let (_server, endpoint) = serve_queue([answer]).await;
    let runtime = TestRuntime::new(1);
    let client = usual(&runtime);
    let mut body = stream(&client, get(&endpoint, "/a")).await.unwrap().body;
    let mut total = 0;
    while let Some(piece) = body.next().await {
        total += piece.unwrap().len();
        runtime.advance(DAY);
    }
    assert_eq!(total, 20_000_000);
}

#[tokio::test]
async fn a_reader_that_comes_back_late_is_no_stall() {
    let gate = Gate::new();
    let answer = Answer::new(200).body(content()).fault(Fault::Dribble(2_500, gate.clone()));
    let (_server, endpoint) = serve_queue([answer]).await;
    let runtime = TestRuntime::new(1);
    let client = usual(&runtime);
    let mut body = stream(&client, get(&endpoint, "/a")).await.unwrap().body;
    for _ in 0..30 {
        // It asks, turns to something else for an hour, and finds that the next bytes came long ago.
        let asked = futures_util::future::poll_fn(|cx| {
            std::task::Poll::Ready(futures_core::Stream::poll_next(std::pin::Pin::new(&mut body), cx))
        });
        assert!(asked.await.is_pending());
        gate.release(1);
        runtime.advance(Duration::from_secs(14));
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
        runtime.advance(Duration::from_secs(3600));
        assert_eq!(body.next().await.unwrap().unwrap().len(), 2_500);
    }
}

#[tokio::test]
async fn fault_015_a_short_body_gives_what_came_and_an_error() {
    let (server, endpoint) =
        serve_queue([Answer::new(200).body(content()).fault(Fault::CutAfter(1_000))]).await;
    let (client, _) = quick();
    let answer = stream(&client, get(&endpoint, "/a")).await.unwrap();
    assert_eq!(answer.len, Some(100_000));
    let (bytes, error) = drain(answer.body).await;
    assert_eq!(bytes, content()[..1_000]);
    let error = error.unwrap();
    assert_eq!(error.kind(), ErrorKind::Truncated);
    assert!(error.to_string().contains("1000 of 100000 bytes"), "{error}");
    server.wait_for_close().await;
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn fault_015_a_short_answer_that_is_read_whole_is_asked_for_again() {
    let good = || Answer::new(200).body(content());
    for fault in [Fault::CutAfter(1_000), Fault::ResetAfter(1_000), Fault::LengthIs(200_000)] {
        let (server, endpoint) = serve_queue([good().fault(fault), good()]).await;
        let (client, runtime) = quick();
        assert_eq!(fetch(&client, get(&endpoint, "/a")).await.unwrap(), content());
        assert_eq!(runtime.waits().len(), 1);
        assert_eq!(server.connections(), 2);
        server.assert_done();
    }
}

#[tokio::test]
async fn fault_016_answers_that_are_short_for_ever_are_no_success() {
    let script = Script::function(|_| Answer::new(200).body(content()).fault(Fault::CutAfter(99_999)));
    let (server, endpoint) = serve(script).await;
    let (client, _) = quick();
    let error = fetch(&client, get(&endpoint, "/a")).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Truncated, 6));
    assert_eq!(server.requests().len(), 6);
    server.wait_for_close().await;
}

#[tokio::test]
async fn fault_017_chunks_without_an_end_are_an_error() {
    let answer = Answer::new(200).body(content()).chunked().fault(Fault::NoTerminator);
    let (server, endpoint) = serve_queue([answer]).await;
    let (client, _) = quick();
    let answer = stream(&client, get(&endpoint, "/a")).await.unwrap();
    assert_eq!(answer.len, None);
    let (bytes, error) = drain(answer.body).await;
    assert_eq!(bytes, content());
    assert_eq!(error.unwrap().kind(), ErrorKind::Truncated);
    server.wait_for_close().await;
}

#[tokio::test]
async fn fault_018_a_body_that_ends_with_the_connection_has_no_length() {
    let answer = Answer::new(200).body(content()).fault(Fault::NoLength);
    let (server, endpoint) = serve_queue([answer]).await;
    let (client, _) = quick();
    // Nobody can tell whether it is whole, and whoever reads an object can see that.
    let answer = stream(&client, get(&endpoint, "/a")).await.unwrap();
    assert_eq!(answer.len, None);
    let (bytes, error) = drain(answer.body).await;
    assert_eq!(bytes, content());
    assert!(error.is_none());
    server.wait_for_close().await;
}

#[tokio::test]
async fn fault_019_answers_with_two_ends_are_refused() {
    let body = "5\r\nwrong\r\n0\r\n\r\n";
    let answer = |headers: &str| Answer::raw(format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\n{body}"));
    for headers in [
        "content-length: 15\r\ntransfer-encoding: chunked",
        "transfer-encoding: chunked\r\ncontent-length: 5",
        "content-length: 5\r\ncontent-length: 15",
        "content-length: 5, 15",
        "content-length: -5",
        "content-length: +5",
        "content-length: 5x",
        // Bytes in an encoding that nobody asked for.
        "transfer-encoding: gzip, chunked",
        "transfer-encoding: gzip",
        "transfer-encoding: chunked, identity",
    ] {
        let (server, endpoint) = serve_queue([answer(headers)]).await;
        let runtime = Quick::fixed(0);
        let mut config = config();
        config.max_attempts = 1;
        let client = client(config, &runtime);
        let error = fetch(&client, get(&endpoint, "/a")).await.expect_err(headers);
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{headers}");
        server.assert_done();
        server.wait_for_close().await;
    }
}

#[tokio::test]
async fn fault_020_heads_are_bounded() {
    for fault in [
        Fault::HugeHeader(64 << 10),
        Fault::HugeHeader(10 << 20),
        Fault::ManyHeaders(1_000),
        Fault::ManyHeaders(100_000),
    ] {
        let answer = Answer::new(200).fault(fault.clone());
        let (server, endpoint) = serve(Script::function(move |_| answer.clone())).await;
        let runtime = Quick::fixed(0);
        let mut config = config();
        config.max_attempts = 1;
        let client = client(config, &runtime);
        let error = fetch(&client, get(&endpoint, "/a")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{fault:?}");
        // Once more with room for more headers, and no more than that.
        assert_eq!((server.requests().len(), error.attempts()), (2, 2), "{fault:?}");
        assert!(runtime.waits().is_empty());
        server.wait_for_close().await;
    }
}

#[tokio::test]
async fn objects_may_have_many_headers() {
    // 2 KiB of names and values, which is what services allow, make so many entries within their limit of a request.
    let script = Script::function(|_| Answer::new(200).fault(Fault::ManyHeaders(480)));
    let (server, endpoint) = serve(script).await;
    let runtime = Quick::fixed(0);
    let mut config = config();
    config.max_attempts = 1;
    let client = client(config, &runtime);
    for _ in 0..3 {
        let answer = stream(&client, get(&endpoint, "/a")).await.unwrap();
        assert_eq!(answer.headers.get("x-many-479").unwrap(), "479");
    }
    // Only the first one met a connection that was not made for it.
    assert_eq!((server.requests().len(), server.connections()), (4, 2));
    assert!(runtime.waits().is_empty());
}

#[tokio::test]
async fn objects_may_have_large_headers() {
    let (_server, endpoint) = serve_queue([Answer::new(200).fault(Fault::HugeHeader(36_000))]).await;
    let (client, _) = quick();
    let answer = stream(&client, get(&endpoint, "/a")).await.unwrap();
    assert_eq!(answer.headers.get("x-huge").unwrap().len(), 36_000);
}

#[tokio::test]
async fn fault_021_provisional_answers_are_bounded() {
    let flood = Answer::new(200).body("content").fault(Fault::Informational(10_000));
    let (server, endpoint) = serve_queue([flood]).await;
    let runtime = Quick::fixed(0);
    let mut config = config();
    config.max_attempts = 1;
    let client = client(config, &runtime);
    let error = fetch(&client, get(&endpoint, "/a")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    server.wait_for_close().await;
}

#[tokio::test]
async fn fault_096_an_answer_that_is_no_http_is_an_error() {
    for raw in [&b"SSH-2.0-OpenSSH_9.6\r\n"[..], b"\x15\x03\x01\x00\x02\x02\x46", b"HTTP/1.1 20x OK\r\n\r\n"]
    {
        let (_server, endpoint) = serve(Script::function(move |_| Answer::raw(raw))).await;
        let (client, _) = quick();
        let error = fetch(&client, get(&endpoint, "/a")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    }
}

#[tokio::test]
async fn fault_102_a_page_without_measure_is_refused() {
    const TOTAL: u64 = 400_000_000;
    let blanks = || Answer::new(200).body_of(vec![b' '; 65_536], TOTAL);
    let step = Step::Repeat { piece: vec![b' '; 65_536].into(), total: TOTAL };
    let head = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";
    let unmeasured = Answer::steps([Step::ReadBody, Step::Send(head.into()), step]);
    for answer in [blanks(), unmeasured] {
        let (server, endpoint) = serve_queue([answer]).await;
        let (client, runtime) = quick();
        let error = fetch(&client, get(&endpoint, "/a")).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::UnexpectedResponse, 1));
        server.wait_for_close().await;
        assert!(server.sent_bytes() < 64 << 20, "{}", server.sent_bytes());
        assert!(runtime.waits().is_empty());
    }
}

#[tokio::test]
async fn fault_108_of_an_error_64_kib_are_read() {
    let endless = Answer::new(404).body_of(vec![b'e'; 65_536], 400_000_000);
    let (server, endpoint) = serve_queue([endless]).await;
    let (client, _) = quick();
    let error = fetch(&client, get(&endpoint, "/a")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ObjectNotFound);
    assert_eq!(error.message().matches('e').count() - "the service says: ".matches('e').count(), 64 << 10);
    server.wait_for_close().await;
    assert!(server.sent_bytes() < 32 << 20, "{}", server.sent_bytes());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn an_error_whose_body_breaks_off_is_still_that_error() {
    let cut = Answer::new(404).body("no such thing").fault(Fault::CutAfter(3));
    let (server, endpoint) = serve_queue([cut]).await;
    let (client, _) = quick();
    let error = fetch(&client, get(&endpoint, "/a")).await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::ObjectNotFound, Some(404)));
    server.assert_done();
    server.wait_for_close().await;
}

#[tokio::test]
async fn fault_097_an_answer_that_can_not_be_parsed_is_asked_for_again() {
    let (server, endpoint) =
        serve_queue([Answer::new(200).body("<cut"), Answer::new(200).body("<whole/>")]).await;
    let (client, runtime) = quick();
    let request: Request = get(&endpoint, "/a");
    let plain = Plain::default();
    let parsed = client.send(&plain, request, |answer| match answer.body.ends_with(b"/>") {
        true => Ok(answer.body.len()),
        false => Err(Failure::unexpected("the page is cut")),
    });
    assert_eq!(parsed.await.unwrap(), 8);
    assert_eq!(runtime.waits().len(), 1);
    server.assert_done();
}
