//! Connections that break or stay silent before an answer is there.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use storage_core::{ErrorKind, Runtime as _};
use storage_testkit::TestRuntime;
use storage_testkit::server::{Answer, Fault, Script, Server, Step};

use crate::loopback::{
    PART, Service, TARGET, content, count, failed, good, head, object_of, on_clock, page, stored, unsigned,
    usual_http_config, while_time_passes, written,
};

#[tokio::test]
async fn fault_007_connections_closed_while_idle_are_nobodys_business() {
    let service = Service::function(|request| good(request).fault(Fault::CloseAfterAnswer)).await;
    let object = service.object();
    for round in 0..100 {
        assert_eq!(object.get().bytes().await.unwrap(), content(), "{round}");
        object.put("content").if_absent().await.unwrap();
        object.head().await.unwrap();
        object.delete().await.unwrap();
    }
    assert_eq!(service.requests().len(), 400);
    assert_eq!(service.server.connections(), 400);
    assert!(service.runtime.waits().is_empty());
}

#[tokio::test]
async fn fault_008_a_reset_before_the_answer_is_repeated_where_twice_is_once() {
    let reset = || Answer::new(200).fault(Fault::ResetBeforeAnswer);
    let service = Service::queue([
        reset(),
        stored("content"),
        reset(),
        head(7),
        reset(),
        written(),
        reset(),
        Answer::new(204),
        reset(),
        page(&["a"]),
    ])
    .await;
    let object = service.object();
    assert_eq!(object.get().bytes().await.unwrap(), "content");
    assert_eq!(object.head().await.unwrap().size, 7);
    object.put("content").await.unwrap();
    object.delete().await.unwrap();
    assert_eq!(service.container().list().try_collect::<Vec<_>>().await.unwrap().len(), 1);
    service.server.assert_done();
    let requests = service.requests();
    assert_eq!(requests.len(), 10);
    for pair in requests.chunks(2) {
        assert_eq!((unsigned(&pair[0]), &pair[0].body), (unsigned(&pair[1]), &pair[1].body));
        assert_ne!(pair[0].connection, pair[1].connection);
    }
}

#[tokio::test]
async fn fault_008_a_reset_is_ambiguous_where_twice_is_twice() {
    let service = Service::queue([Answer::new(200).fault(Fault::ResetBeforeAnswer)]).await;
    let parts =
        futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from(vec![1; 2 * PART as usize]))]);
    let error = service.object().upload_stream(parts).part_size(PART).await.unwrap_err();
    // A second upload would stay behind, and nobody would know of the first.
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Ambiguous, 1));
    assert_eq!(error.key(), Some("cat.bin"));
    service.assert_lines(&["POST /photos/cat.bin?uploads="]);
}

#[tokio::test]
async fn fault_009_a_reset_in_mid_upload_starts_again_from_the_first_byte() {
    let whole: Bytes = content().iter().copied().cycle().take(3 << 20).collect();
    let service = Service::function({
        let mut broken = 0;
        move |_| {
            broken += 1;
            if broken > 2 { written() } else { Answer::new(200).fault(Fault::ResetBeforeAnswer) }
        }
    })
    .await;
    service.object().put(whole.clone()).await.unwrap();
    let requests = service.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|it| it.complete && it.body == whole));

    let service = Service::queue([
        Answer::new(200).fault(Fault::ResetMidUpload(1_000)),
        Answer::new(200).fault(Fault::ResetMidUpload(500_000)),
        written(),
        Answer::new(200).fault(Fault::ResetMidUpload(1_000)),
        written(),
    ])
    .await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &whole).unwrap();
    service.object().put(whole.clone()).await.unwrap();
    service.object().upload_file(file.path()).await.unwrap();
    service.server.assert_done();
    let requests = service.requests();
    assert_eq!(requests.len(), 5);
    for at in [2, 4] {
        assert!(requests[at].complete && requests[at].body == whole, "{at}");
        assert_eq!(unsigned(&requests[at]), unsigned(&requests[at - 1]));
        assert!(!requests[at - 1].complete);
    }
}

#[tokio::test]
async fn fault_010_a_service_that_does_not_answer_is_asked_again() {
    let server =
        Server::start(Script::queue([Answer::new(200).fault(Fault::StallBeforeHeaders), stored("content")]))
            .await
            .unwrap();
    let runtime = TestRuntime::new(1);
    let object = object_of(&on_clock(&server, &runtime, usual_http_config()));
    let read = async move { object.get().bytes().await };
    let (bytes, seconds) = while_time_passes(&runtime, 200, || (), read).await;
    assert_eq!(bytes.unwrap(), "content");
    assert!((60..=63).contains(&seconds), "{seconds}");
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(unsigned(&requests[0]), unsigned(&requests[1]));
    server.assert_done();
}

#[tokio::test]
async fn fault_011_a_service_that_stops_reading_is_sent_all_of_it_again() {
    let piece = |bytes: usize| Bytes::from(vec![7; bytes]);
    for pieces in [vec![piece(256 << 10); 128], vec![piece(32 << 20)]] {
        let runtime = TestRuntime::new(1);
        let heads: Arc<Mutex<Vec<Instant>>> = Arc::default();
        let server = Server::start(deaf_once(&runtime, &heads)).await.unwrap();
        let object = object_of(&on_clock(&server, &runtime, usual_http_config()));
        let put = async move { object.put(pieces).await };
        while_time_passes(&runtime, 10_000, || (), put).await.0.unwrap();
        let heads = heads.lock().unwrap();
        let [first, second] = heads[..] else { panic!("{heads:?}") };
        // What the buffers of the system take at first counts as progress.
        let waited = (second - first).as_secs();
        assert!((15..=35).contains(&waited), "{waited}");
        let requests = server.requests();
        assert_eq!(requests.len(), 2);
        assert!(!requests[0].complete && requests[1].complete);
        assert_eq!((requests[1].body_bytes, unsigned(&requests[0])), (32 << 20, unsigned(&requests[1])));
    }
}

/// Stops reading the first request, takes the second one, and notes when they came.
fn deaf_once(runtime: &TestRuntime, heads: &Arc<Mutex<Vec<Instant>>>) -> Script {
    let (runtime, heads) = (runtime.clone(), Arc::clone(heads));
    Script::on_head(move |_| {
        let mut heads = heads.lock().unwrap();
        heads.push(runtime.monotonic());
        if heads.len() == 1 {
            return Answer::steps([Step::ReadSome(1_000), Step::Stall]);
        }
        Answer::raw("HTTP/1.1 200 OK\r\netag: \"e1\"\r\ncontent-length: 0\r\n\r\n")
    })
}

#[tokio::test]
async fn fault_013_a_call_ends_at_its_deadline_and_leaves_no_connection() {
    for (conditional, kind) in [(false, ErrorKind::Timeout), (true, ErrorKind::Ambiguous)] {
        let stalled = || Answer::new(200).fault(Fault::StallBeforeHeaders);
        let server = Server::start(Script::queue([stalled(), head(7)])).await.unwrap();
        let runtime = TestRuntime::new(1);
        let mut http = usual_http_config();
        http.deadline = Some(Duration::from_secs(30));
        let object = object_of(&on_clock(&server, &runtime, http));
        let put = object.put("content");
        let put = if conditional { put.if_absent() } else { put };
        let (done, seconds) = while_time_passes(&runtime, 100, || (), async move { put.await }).await;
        let error = done.unwrap_err();
        assert_eq!((error.kind(), error.attempts(), seconds), (kind, 1, 30));
        assert_eq!(count(&server.request_lines(), "PUT"), 1);
        // What became of a write that nobody may repeat blindly is asked once.
        assert_eq!(count(&server.request_lines(), "HEAD"), usize::from(conditional));
        drop(object);
        server.wait_for_close().await;
    }
}

#[tokio::test]
async fn fault_014_an_early_refusal_is_reported() {
    let refused = failed(403, "AccessDenied", "Access Denied").fault(Fault::Early);
    let service = Service::queue([refused]).await;
    let error = service.object().put(vec![7; 32 << 20]).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::PermissionDenied, 1));
    assert_eq!((error.status(), error.code()), (Some(403), Some("AccessDenied")));
    let requests = service.requests();
    assert_eq!(requests.len(), 1);
    assert!(!requests[0].complete && requests[0].body_bytes < 32 << 20);
    assert_eq!(requests[0].path(), TARGET);
}
