//! When attempts are made, how many, and with which credentials.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use storage_core::{BoxFuture, ErrorKind, Idempotency, Payload, Result};
use storage_http::{Client, Connect, Endpoint, Transport};
use storage_testkit::TestRuntime;
use storage_testkit::server::{Answer, Fault, Script};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

use crate::plain::{
    CANARY, Plain, client, config, fetch, fetch_as, get, once, put, quick, serve, serve_queue, unsigned,
};
use storage_testkit::QuickRuntime as Quick;

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[tokio::test]
async fn fault_013_a_call_ends_at_its_deadline() {
    let (server, endpoint) = serve_queue([Answer::new(200).fault(Fault::StallBeforeHeaders)]).await;
    let runtime = TestRuntime::new(1);
    let mut config = config();
    config.deadline = Some(Duration::from_secs(30));
    let client = client(config, &runtime);
    let call = tokio::spawn({
        let endpoint = Arc::clone(&endpoint);
        async move { fetch(&client, get(&endpoint, "/a")).await }
    });
    server.wait_for_requests(1).await;
    runtime.sleeping(2).await;
    runtime.advance(Duration::from_secs(29));
    tokio::task::yield_now().await;
    assert!(!call.is_finished());
    runtime.advance(Duration::from_secs(1));
    let error = call.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    server.wait_for_close().await;
    server.assert_done();
    assert!(endpoint_is_unused(endpoint));
}

#[tokio::test]
async fn fault_013_a_deadline_in_the_middle_of_what_may_not_happen_twice_leaves_a_doubt() {
    for (idempotency, kind) in [
        (Idempotency::Always, ErrorKind::Timeout),
        (Idempotency::VerifyOwner, ErrorKind::Ambiguous),
        (Idempotency::Never, ErrorKind::Ambiguous),
    ] {
        let stalled = Answer::new(200).fault(Fault::StallBeforeHeaders);
        let (server, endpoint) = serve_queue([stalled]).await;
        let runtime = TestRuntime::new(1);
        let mut config = config();
        config.deadline = Some(Duration::from_secs(30));
        let client = client(config, &runtime);
        let request = once(put(&endpoint, "/a", "content"), idempotency);
        let call = tokio::spawn(async move { fetch(&client, request).await });
        server.wait_for_requests(1).await;
        runtime.sleeping(2).await;
        runtime.advance(Duration::from_secs(30));
        let error = call.await.unwrap().unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (kind, 1));
        server.wait_for_close().await;
    }
}

fn endpoint_is_unused(endpoint: Arc<Endpoint>) -> bool {
    Arc::into_inner(endpoint).is_some()
}

#[tokio::test]
async fn fault_032_refusals_for_ever_end_with_the_deadline() {
    let (server, endpoint) = serve(Script::function(|_| Answer::new(503).body("slow down"))).await;
    let runtime = TestRuntime::new(1);
    let mut config = config();
    config.deadline = Some(Duration::from_secs(30));
    config.max_attempts = 100;
    let client = client(config, &runtime);
    let mut call = tokio::spawn(async move { fetch(&client, get(&endpoint, "/a")).await });
    let mut seconds = 0;
    while !call.is_finished() {
        // That of the deadline and either that of a wait or that of a connection.
        tokio::select! {
            () = runtime.sleeping(2) => {}
            _ = futures_util::future::poll_fn(|cx| std::pin::Pin::new(&mut call).poll(cx).map(drop)) => break,
        }
        runtime.advance(Duration::from_secs(1));
        seconds += 1;
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(seconds, 30);
    assert!((2..30).contains(&server.requests().len()));
    server.wait_for_close().await;
}

#[tokio::test]
async fn fault_033_a_service_that_names_a_time_gets_it_within_bounds() {
    let date = |seconds: u64| httpdate(UNIX_EPOCH + Duration::from_secs(1_767_225_600 + seconds));
    let max = ms(20_000);
    for (name, value, want) in [
        ("retry-after", "7".to_owned(), ms(7_000)),
        ("retry-after", " 7 ".to_owned(), ms(7_000)),
        ("retry-after", "0".to_owned(), ms(0)),
        ("retry-after", date(9), ms(9_000)),
        ("retry-after", date(90), max),
        ("retry-after", "Thu, 01 Jan 1970 00:00:00 GMT".to_owned(), ms(0)),
        ("retry-after", "1000000000".to_owned(), max),
        ("retry-after", "99999999999999999999999".to_owned(), ms(0)),
        ("retry-after", "-5".to_owned(), ms(0)),
        ("retry-after", "soon".to_owned(), ms(0)),
        ("retry-after", String::new(), ms(0)),
        ("x-amz-retry-after", "1500".to_owned(), ms(1_500)),
        ("x-amz-retry-after", "18446744073709551615".to_owned(), max),
        ("x-ms-retry-after-ms", "250".to_owned(), ms(250)),
        ("x-ms-retry-after-ms", "NaN".to_owned(), ms(0)),
    ] {
        let refused = Answer::new(503).header(name, value.as_str());
        let (server, endpoint) = serve_queue([refused, Answer::new(200)]).await;
        let (client, runtime) = quick();
        fetch(&client, get(&endpoint, "/a")).await.unwrap();
        assert_eq!(runtime.waits(), [want], "{name}: {value}");
        server.assert_done();
    }
}

/// Writes a date as HTTP does.
fn httpdate(time: std::time::SystemTime) -> String {
    httpdate::fmt_http_date(time)
}

#[tokio::test]
async fn fault_034_waits_are_those_of_aws() {
    let transient = [50, 100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 20_000, 20_000];
    let throttled = [1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000, 20_000];
    for (body, spans) in [("", &transient[..]), ("slow down", &throttled[..])] {
        for random in [0, 64, 128, 255] {
            let (_server, endpoint) = serve(Script::function(move |_| Answer::new(503).body(body))).await;
            let runtime = Quick::fixed(random);
            let mut config = config();
            config.max_attempts = u32::try_from(spans.len()).unwrap() + 1;
            let client = client(config, &runtime);
            fetch(&client, get(&endpoint, "/a")).await.unwrap_err();
            // The same share of every span, from none to nearly all of it.
            let share = f64::from(u32::from_ne_bytes([random; 4])) / f64::from(u32::MAX);
            let waits = runtime.waits();
            assert_eq!(waits.len(), spans.len());
            for (wait, span) in waits.iter().zip(spans) {
                let want = ms(*span).mul_f64(share);
                assert!(wait.abs_diff(want) < Duration::from_micros(1), "{wait:?} of {span} by {random}");
            }
        }
    }
}

/// A service that is down: it answers every request with 503.
#[derive(Clone, Debug, Default)]
struct Down(Arc<AtomicUsize>);

impl Connect for Down {
    fn connect<'a>(&'a self, _: &'a Endpoint) -> BoxFuture<'a, Result<Box<dyn Transport>>> {
        let (near, far) = tokio::io::duplex(4096);
        tokio::spawn(refuse(far, Arc::clone(&self.0)));
        Box::pin(async { Ok(Box::new(near) as Box<dyn Transport>) })
    }
}

async fn refuse(mut stream: DuplexStream, requests: Arc<AtomicUsize>) {
    let mut head = Vec::new();
    while let Ok(1..) = stream.read_buf(&mut head).await {
        if head.ends_with(b"\r\n\r\n") {
            requests.fetch_add(1, Ordering::SeqCst);
            head.clear();
            if stream.write_all(b"HTTP/1.1 503 Down\r\ncontent-length: 0\r\n\r\n").await.is_err() {
                return;
            }
        }
    }
}

#[tokio::test]
async fn fault_035_an_outage_is_not_made_worse() {
    let down = Down::default();
    let runtime = Quick::fixed(0);
    let client = Client::with_connector(config(), Arc::new(runtime.clone()), Arc::new(down.clone())).unwrap();
    let endpoint = Arc::new(Endpoint::parse("http://down.example", "").unwrap());
    let calls = (0..1_000).map(|_| fetch(&client, get(&endpoint, "/a")));
    let results = futures_util::future::join_all(calls).await;
    assert!(results.iter().all(|it| it.as_ref().is_err_and(|it| it.kind() == ErrorKind::Unavailable)));
    let extra = down.0.load(Ordering::SeqCst) - 1_000;
    assert_eq!(extra, 500 / 14);
    let attempts: u32 = results.iter().map(|it| it.as_ref().unwrap_err().attempts()).sum();
    assert_eq!(attempts as usize, 1_000 + extra);
    assert_eq!(runtime.spawned(), 0);
}

#[tokio::test]
async fn fault_035_successes_pay_back() {
    // Every other call needs a second attempt, and each success pays back what that one cost.
    let mut n = 0;
    let script = Script::function(move |_| {
        n += 1;
        Answer::new(if n % 3 == 1 { 503 } else { 200 })
    });
    let (server, endpoint) = serve(script).await;
    let (client, _) = quick();
    for _ in 0..200 {
        fetch(&client, get(&endpoint, "/a")).await.unwrap();
    }
    assert_eq!(server.requests().len(), 300);
}

#[tokio::test]
async fn fault_048_credentials_are_renewed_once() {
    let script = Script::function(|request| match request.header("authorization") {
        Some(token) if token.ends_with("-1") => Answer::new(200).body("content"),
        _ => Answer::new(401).body("expired"),
    });
    let (server, endpoint) = serve(script).await;
    let (client, runtime) = quick();
    let plain = Plain::refreshing();
    assert_eq!(fetch_as(&client, &plain, get(&endpoint, "/a")).await.unwrap(), "content");
    assert_eq!(fetch_as(&client, &plain, get(&endpoint, "/b")).await.unwrap(), "content");
    assert_eq!(server.request_lines(), ["GET /a", "GET /a", "GET /b"]);
    assert!(runtime.waits().is_empty());
}

#[tokio::test]
async fn fault_048_credentials_that_are_refused_again_are_reported() {
    let (server, endpoint) = serve(Script::function(|_| Answer::new(401).body("expired"))).await;
    for (plain, requests) in [(Plain::refreshing(), 2), (Plain::default(), 3)] {
        let (client, _) = quick();
        let error = fetch_as(&client, &plain, get(&endpoint, "/a")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthenticated);
        assert_eq!(server.requests().len(), requests);
    }
}

#[tokio::test]
async fn fault_049_every_attempt_is_signed_anew() {
    let refused = || Answer::new(503).header("retry-after", "1200");
    let (server, endpoint) = serve_queue([refused(), refused(), Answer::new(200)]).await;
    let runtime = Quick::fixed(0);
    let mut config = config();
    config.max_backoff = Duration::from_secs(3600);
    let client = client(config, &runtime);
    fetch(&client, get(&endpoint, "/a")).await.unwrap();
    let requests = server.requests();
    let dates: Vec<u64> = requests.iter().map(|it| it.header("x-date").unwrap().parse().unwrap()).collect();
    assert_eq!(dates, [1_767_225_600, 1_767_226_800, 1_767_228_000]);
    assert!(requests.iter().all(|it| unsigned(it) == unsigned(&requests[0])));
}

#[tokio::test]
async fn fault_050_a_payload_is_sent_again_from_where_it_is() {
    let pieces: Vec<Bytes> = (0..50u8).map(|it| vec![it; 10_000].into()).collect();
    let whole = pieces.concat();
    let mut file = tempfile();
    std::io::Write::write_all(&mut file, &whole).unwrap();
    let range = storage_core::FileRange { file: Arc::new(file), range: 5_000..495_000 };
    for (payload, want) in
        [(Payload::from(pieces), &whole[..]), (Payload::FileRange(range), &whole[5_000..495_000])]
    {
        let answers = [
            Answer::new(503),
            Answer::new(200).fault(Fault::ResetMidUpload(200_000)),
            Answer::new(200).fault(Fault::CloseWithoutAnswer),
            Answer::new(200),
        ];
        let (server, endpoint) = serve_queue(answers).await;
        let (client, _) = quick();
        fetch(&client, put(&endpoint, "/a", payload)).await.unwrap();
        let requests = server.requests();
        assert_eq!(requests.len(), 4);
        let length = want.len().to_string();
        assert!(requests.iter().all(|it| it.header("content-length") == Some(&length)));
        for at in [0, 2, 3] {
            assert!(requests[at].complete && requests[at].body == want);
        }
        server.assert_done();
    }
}

fn tempfile() -> std::fs::File {
    tempfile::tempfile().unwrap()
}

#[tokio::test]
async fn fault_061_a_file_that_became_shorter_is_the_error_and_no_object() {
    let mut file = tempfile();
    std::io::Write::write_all(&mut file, &[1; 1_000]).unwrap();
    let range = storage_core::FileRange { file: Arc::new(file), range: 0..2_000 };
    let (server, endpoint) = serve_queue([]).await;
    let (client, runtime) = quick();
    let request = put(&endpoint, "/a", Payload::FileRange(range));
    let error = fetch(&client, request).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::SourceMismatch, 1));
    server.wait_for_close().await;
    assert!(server.requests().iter().all(|it| !it.complete));
    assert!(runtime.waits().is_empty());
}

#[tokio::test]
async fn fault_123_redirects_are_never_followed() {
    let (other, elsewhere) = serve_queue([]).await;
    for status in [301, 302, 303, 307, 308] {
        let redirect = Answer::new(status).header("location", format!("{}/a", other.url()));
        let (server, endpoint) = serve_queue([redirect]).await;
        let (client, _) = quick();
        let error = fetch(&client, get(&endpoint, "/a?sig=x")).await.unwrap_err();
        assert_eq!((error.kind(), error.status()), (ErrorKind::UnexpectedResponse, Some(status)));
        server.assert_done();
    }
    assert_eq!(other.connections(), 0);
    drop(elsewhere);
}

#[tokio::test]
async fn fault_124_a_place_that_is_not_configured_gets_nothing() {
    let (other, _) = serve_queue([]).await;
    let (server, endpoint) = serve_queue([Answer::new(307).body(other.address().to_string())]).await;
    let (client, _) = quick();
    let error = fetch(&client, get(&endpoint, "/a")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedResponse);
    server.assert_done();
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn a_request_is_turned_to_another_place_twice_at_most() {
    let (server, endpoint) = serve(Script::function(|_| Answer::new(307).body("127.0.0.1"))).await;
    let (client, runtime) = quick();
    let plain = Plain::default();
    *plain.other_place.lock().unwrap() = Some(Arc::clone(&endpoint));
    let error = fetch_as(&client, &plain, get(&endpoint, "/a")).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::UnexpectedResponse, 3));
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|it| it.header("authorization").unwrap().contains(CANARY)));
    assert!(runtime.waits().is_empty());
}
