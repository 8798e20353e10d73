//! Memory, connections and files stay within bounds, whatever a service or a caller does.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

#[path = "support/scripted.rs"]
mod scripted;

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures_util::StreamExt as _;
use peak_alloc::PeakAlloc;
use storage_core::{Container, Error, ErrorKind, Runtime as _, Upload};
use storage_testkit::server::{Answer, Fault, Script, Server, Step};
use storage_testkit::source::panic_on;
use storage_testkit::{Gate, TestRuntime};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, MutexGuard};

use scripted::{ATTEMPTS, calls, count, names, service};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// One test at a time, since all of them share one memory.
static ALONE: Mutex<()> = Mutex::const_new(());

const MIB: usize = 1 << 20;

/// How much more memory was in use at most than at the beginning.
struct Growth(usize, #[expect(dead_code, reason = "others wait for it")] MutexGuard<'static, ()>);

impl Growth {
    async fn watch() -> Self {
        let alone = ALONE.lock().await;
        MEMORY.reset_peak_usage();
        Self(MEMORY.current_usage(), alone)
    }

    fn bytes(&self) -> usize {
        MEMORY.peak_usage().saturating_sub(self.0)
    }
}

#[tokio::test]
async fn fault_102_a_page_of_400_megabytes_is_cut_off() {
    const TOTAL: u64 = 400_000_000;
    let whole = || Answer::xml(200, scripted::page(&["a"], None)).fault(Fault::EndlessBody(TOTAL));
    for (what, answer) in [("with its length", whole()), ("in chunks", whole().chunked())] {
        let growth = Growth::watch().await;
        let (server, container) = scripted::bucket(Script::function(move |_| answer.clone())).await;
        let (seen, error) = names(container.list()).await;
        let error = error.unwrap();
        assert_eq!((seen.len(), error.kind()), (0, ErrorKind::UnexpectedResponse), "{what}");
        assert_eq!(server.requests().len(), 1, "{what}");
        drop(container);
        server.wait_for_close().await;
        assert!(server.sent_bytes() < 64 << 20, "{what}: {}", server.sent_bytes());
        assert!(growth.bytes() < 64 * MIB, "{what}: {}", growth.bytes());
    }
}

/// Writes the page behind a number: a thousand keys.
fn thousand(page: usize, pages: usize) -> Bytes {
    let mut text = String::with_capacity(256 << 10);
    let more = page + 1 < pages;
    write!(text, "<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>{more}</IsTruncated>").unwrap();
    if more {
        write!(text, "<NextContinuationToken>{}</NextContinuationToken>", page + 1).unwrap();
    }
    for entry in 0..1_000 {
        write!(
            text,
            "<Contents><Key>2026/01/data/part-{:09}.parquet</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>\
             <ETag>&quot;d41d8cd98f00b204e9800998ecf8427e&quot;</ETag><Size>123456</Size>\
             <StorageClass>STANDARD</StorageClass></Contents>",
            page * 1_000 + entry
        )
        .unwrap();
    }
    text.push_str("</ListBucketResult>");
    text.into()
}

/// A server that writes a listing and keeps nothing of what it was asked.
async fn generate(listener: TcpListener, pages: usize, asked: Arc<AtomicU64>) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut head = Vec::with_capacity(4_096);
        while stream.read_buf(&mut head).await.unwrap() > 0 {
            if !head.ends_with(b"\r\n\r\n") {
                continue;
            }
            let text = std::str::from_utf8(&head).unwrap();
            let token =
                text.split_once("continuation-token=").map(|it| it.1.split(['&', ' ']).next().unwrap());
            let body = thousand(token.map_or(0, |it| it.parse().unwrap()), pages);
            asked.fetch_add(1, Ordering::SeqCst);
            let start = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            stream.write_all(&[start.as_bytes(), &body].concat()).await.unwrap();
            head.clear();
        }
    }
}

#[tokio::test]
async fn fault_104_a_million_keys_take_no_more_memory_than_a_few_pages() {
    const PAGES: usize = 1_000;
    let growth = Growth::watch().await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::<AtomicU64>::default();
    let server = tokio::spawn(generate(listener, PAGES, Arc::clone(&asked)));
    let config = scripted::keys(storage_s3::S3Config::new().endpoint(url).region("us-east-1"));
    let mut listing = scripted::open(config).container("bucket").unwrap().list();
    let (mut keys, mut last) = (0_usize, String::new());
    while let Some(entry) = listing.next().await {
        let entry = entry.unwrap();
        assert!(entry.name().as_str() > last.as_str());
        last.clear();
        last.push_str(entry.name().as_str());
        keys += 1;
    }
    assert_eq!((keys, asked.load(Ordering::SeqCst)), (PAGES * 1_000, PAGES as u64));
    // The pages of the server are in it, too.
    assert!(growth.bytes() <= 32 * MIB, "{}", growth.bytes());
    server.abort();
}

#[tokio::test]
async fn fault_108_an_error_of_400_megabytes_is_read_to_64_kib() {
    for (status, asked) in [(403, 1), (404, 1), (503, ATTEMPTS)] {
        for chunked in [false, true] {
            let answer = Answer::new(status).fault(Fault::EndlessBody(400_000_000));
            let answer = if chunked { answer.chunked() } else { answer };
            let growth = Growth::watch().await;
            let (server, container) = scripted::bucket(Script::function(move |_| answer.clone())).await;
            let error = container.object("k").unwrap().get().bytes().await.unwrap_err();
            assert_eq!((error.status(), server.requests().len()), (Some(status), asked));
            // Each connection was dropped with what was still to come.
            assert_eq!(server.connections(), asked);
            drop(container);
            server.wait_for_close().await;
            assert!(server.sent_bytes() < (16 << 20) * asked as u64, "{}", server.sent_bytes());
            assert!(growth.bytes() < 8 * MIB, "{}", growth.bytes());
        }
    }
}

/// Waits until a number no longer moves.
async fn settled(number: impl Fn() -> u64) -> u64 {
    let (mut before, mut quiet) = (0, 0);
    while quiet < 20_000 {
        tokio::task::yield_now().await;
        let now = number();
        quiet = if now == before && now > 0 { quiet + 1 } else { 0 };
        before = now;
    }
    before
}

#[tokio::test]
async fn fault_168_a_slow_reader_holds_the_service_back() {
    const TOTAL: u64 = 1 << 30;
    let growth = Growth::watch().await;
    let answer = Answer::new(200).header("etag", "\"e\"").body_of(vec![1; MIB], TOTAL);
    let (server, container) = scripted::queue([answer]).await;
    let mut body = container.object("k").unwrap().get().await.unwrap();
    let mut read = 0;
    for _ in 0..5 {
        let sent = settled(|| server.sent_bytes()).await;
        // What the operating system keeps on both sides, and one read.
        assert!(sent - u64::min(read, sent) < 32 << 20, "{sent}");
        read += body.next().await.unwrap().unwrap().len() as u64;
    }
    assert!(growth.bytes() < 16 * MIB, "{}", growth.bytes());
    drop((body, container));
    server.wait_for_close().await;
}

/// An upload of so many MiB in parts of 8, which counts what was taken of its source.
fn counted(container: &Container, key: &str, mib: usize, taken: &Arc<AtomicU64>) -> Upload {
    let piece = Bytes::from(vec![b'x'; MIB]);
    let taken = Arc::clone(taken);
    let pieces = futures_util::stream::iter(0..mib).map(move |_| {
        taken.fetch_add(1, Ordering::SeqCst);
        // Every piece is memory of its own, as from a network.
        Ok::<_, Error>(Bytes::copy_from_slice(&piece))
    });
    container.object(key).unwrap().upload_stream(pieces).part_size(8 << 20)
}

#[tokio::test]
async fn fault_169_a_slow_service_holds_the_source_back() {
    let growth = Growth::watch().await;
    let script = Script::on_head(|request| match scripted::call(request) {
        "create" => Answer::xml(
            200,
            "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>",
        ),
        "part" => Answer::steps([Step::ReadSome(1), Step::Stall]),
        _ => Answer::new(204),
    });
    let (server, container) = scripted::bucket(script).await;
    let taken = Arc::default();
    let sending = tokio::spawn(counted(&container, "k", 1_024, &taken).concurrency(3).into_future());
    let mib = settled(|| taken.load(Ordering::SeqCst)).await;
    // Three parts on their way, and one that waits for its turn.
    assert!(mib <= 8 * 4 + 1, "{mib}");
    assert_eq!(count(&server, "part"), 3);
    assert!(growth.bytes() < 64 * MIB, "{}", growth.bytes());
    sending.abort();
    assert!(sending.await.unwrap_err().is_cancelled());
    scripted::until(|| count(&server, "abort") == 1).await;
}

#[tokio::test]
async fn fault_170_too_few_files_are_errors_and_no_crash() {
    const SERVER: &str = "STORAGE_TEST_FEW_FILES";
    let _alone = ALONE.lock().await;
    if let Ok(url) = std::env::var(SERVER) {
        return with_few_files(&url).await;
    }
    // A process of its own has the limit, and this one the server.
    let server = Server::start(Script::function(|it| Answer::object(it, "content", "\"e\""))).await.unwrap();
    let exe = std::env::current_exe().unwrap();
    let test = "fault_170_too_few_files_are_errors_and_no_crash";
    let child = tokio::task::spawn_blocking({
        let url = server.url();
        move || {
            std::process::Command::new("sh")
                .args(["-c", "ulimit -n 64 && exec \"$0\" --exact \"$1\" --nocapture"])
                .arg(exe)
                .arg(test)
                .env(SERVER, url)
                .output()
                .unwrap()
        }
    });
    let output = child.await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said} {output:?}");
    assert!(!server.requests().is_empty());
}

async fn with_few_files(url: &str) {
    let config = scripted::keys(storage_s3::S3Config::new().endpoint(url).region("us-east-1"));
    let container = scripted::open(config).container("bucket").unwrap();
    let reads = (0..300).map(|_| async { container.object("k").unwrap().get().bytes().await });
    let (mut good, mut bad) = (0, 0);
    for outcome in futures_util::future::join_all(reads).await {
        match outcome {
            Ok(bytes) => {
                assert_eq!(bytes, "content");
                good += 1;
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
                bad += 1;
            }
        }
    }
    assert!(good > 0 && bad > 0, "{good} {bad}");
    // It goes on as if nothing had been.
    assert_eq!(container.object("k").unwrap().get().bytes().await.unwrap(), "content");
}

#[tokio::test]
async fn fault_171_many_uploads_at_once_share_one_budget() {
    const BUDGET: u64 = 64;
    const UPLOADS: usize = 20;
    let _alone = ALONE.lock().await;
    let gate = Gate::new();
    let held = gate.clone();
    let server = Server::start(service(move |call, _, request| {
        (call == "part").then(|| {
            let tag = scripted::part_tag(scripted::number_of(request));
            Answer::new(200).header("etag", tag).fault(Fault::WaitBeforeHeaders(held.clone()))
        })
    }))
    .await
    .unwrap();
    let storage = scripted::open(scripted::config(&server)).with_buffer_bytes(BUDGET << 20);
    let container = storage.container("bucket").unwrap();
    let taken = Arc::default();
    let uploads: Vec<_> = (0..UPLOADS)
        .map(|at| tokio::spawn(counted(&container, &format!("k{at}"), 16, &taken).into_future()))
        .collect();
    gate.arrived(1).await;
    let mib = settled(|| taken.load(Ordering::SeqCst)).await;
    assert!(mib <= BUDGET + 8, "{mib}");
    gate.open();
    for upload in uploads {
        upload.await.unwrap().unwrap();
    }
    assert_eq!(taken.load(Ordering::SeqCst), 16 * UPLOADS as u64);
    assert_eq!(count(&server, "complete"), UPLOADS);
}

#[test]
fn fault_173_a_runtime_that_ends_takes_its_own_calls_only() {
    let services =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let _alone = services.block_on(ALONE.lock());
    let gate = Gate::new();
    let held = gate.clone();
    let (server, container) = services.block_on(scripted::bucket(service(move |call, _, _| match call {
        "part" => Some(Answer::new(200).fault(Fault::WaitBeforeHeaders(held.clone()))),
        "head" => Some(Answer::new(200).header("etag", "\"e\"").header("content-length", "0")),
        _ => None,
    })));
    let current = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let first = current();
    let taken = Arc::default();
    let sending = first.spawn(counted(&container, "k", 24, &taken).into_future());
    first.block_on(gate.arrived(1));
    drop(first);
    let second = current();
    assert!(second.block_on(sending).unwrap_err().is_cancelled());
    // The same storage goes on elsewhere.
    for _ in 0..3 {
        second.block_on(container.object("k").unwrap().head().into_future()).unwrap();
    }
    assert_eq!(count(&server, "complete"), 0);
    gate.open();
}

#[tokio::test]
async fn fault_174_any_bytes_in_the_place_of_any_answer_are_an_answer_or_an_error() {
    let _alone = ALONE.lock().await;
    let random = TestRuntime::new(174);
    let documents = [
        scripted::page(&["a", "b"], Some("t")),
        scripted::completed("\"e\""),
        scripted::error("InternalError"),
        "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>".to_owned(),
        "<DeleteResult><Deleted><Key>a</Key></Deleted></DeleteResult>".to_owned(),
        "<CopyObjectResult><ETag>\"copy\"</ETag></CopyObjectResult>".to_owned(),
    ];
    for round in 0..120_usize {
        let mut noise = [0_u8; 48];
        random.random(&mut noise);
        let mut body = documents[round % documents.len()].clone().into_bytes();
        // Some bytes of a good document are others, or it ends early.
        for pair in noise[..usize::from(noise[47] % 16)].chunks_exact(2) {
            let at = usize::from(pair[0]) * body.len() / 256;
            body[at] = pair[1];
        }
        body.truncate(body.len() * usize::from(noise[46]) / 200);
        let body = if noise[45] < 32 { noise.to_vec() } else { body };
        let status = [200, 200, 204, 301, 403, 500][usize::from(noise[44] % 6)];
        let (server, container) = scripted::bucket(Script::function(move |request| {
            let answer = Answer::new(status).header("connection", "close");
            if request.method == "HEAD" || status == 204 { answer } else { answer.body(body.clone()) }
        }))
        .await;
        let object = container.object("k").unwrap();
        let mut listing = container.list();
        for _ in 0..10 {
            if listing.next().await.is_none_or(|it| it.is_err()) {
                break;
            }
        }
        let _any_outcome = object.put("x").await;
        let _any_outcome = object.copy_to(&container.object("to").unwrap()).await;
        let _any_outcome = object.tags().await;
        let _any_outcome = object.acl().await;
        let _any_outcome = container.cors().await;
        let _any_outcome = container.website_config().await;
        let keys = [storage_core::Key::parse("a").unwrap().into()];
        let _any_outcome = container.delete_many(futures_util::stream::iter(keys)).finish().await;
        let _any_outcome = container.incomplete_uploads().next().await;
        // No answer makes a call go on for ever.
        assert!(server.requests().len() <= 10 * (ATTEMPTS + 2) + 10, "{:?}", calls(&server));
    }
}

#[tokio::test]
async fn fault_176_a_hook_that_panics_fails_its_own_upload_alone() {
    let _alone = ALONE.lock().await;
    let (server, container) = scripted::bucket(service(|_, _, _| None)).await;
    let taken = Arc::default();
    let upload = counted(&container, "k", 24, &taken).progress(panic_on(1)).into_future();
    // Whether it is an error or a panic of that task, it stays there.
    match tokio::spawn(upload).await {
        Ok(outcome) => assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Cancelled),
        Err(error) => assert!(error.is_panic()),
    }
    scripted::until(|| count(&server, "abort") == 1).await;
    assert_eq!(count(&server, "complete"), 0);
    counted(&container, "k", 24, &taken).await.unwrap();
    assert_eq!((count(&server, "complete"), count(&server, "abort")), (1, 1));
}
