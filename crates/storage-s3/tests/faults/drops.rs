//! Futures that are dropped, by their owner or by a time-out around them.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use storage_core::{CancelToken, ErrorKind, Runtime as _};
use storage_testkit::server::{Answer, Fault, Script, Server};
use storage_testkit::source::Source;
use storage_testkit::{Gate, TestRuntime};

use crate::loopback::{
    PART, Service, content, count, good, http_config, internal_error, object_of, on_clock, slow_down,
};

/// Waits at the gate from the request with this number on, until the upload is dropped.
fn blocked(at: usize, gate: &Gate) -> Script {
    let (gate, mut seen) = (gate.clone(), 0);
    Script::function(move |request| {
        seen += 1;
        let answer = good(request);
        if seen == at { answer.fault(Fault::WaitBeforeHeaders(gate.clone())) } else { answer }
    })
}

#[tokio::test]
async fn fault_051_an_upload_dropped_at_any_step_is_aborted() {
    // Creation, two parts, completion.
    for step in 1..=4 {
        let gate = Gate::new();
        let service = Service::start(blocked(step, &gate)).await;
        let object = service.object();
        let upload = tokio::spawn({
            let object = object.clone();
            async move { object.upload_stream(Source::new(2 * PART)).part_size(PART).concurrency(1).await }
        });
        gate.arrived(1).await;
        upload.abort();
        assert!(upload.await.unwrap_err().is_cancelled());
        // Before the answer to the creation there is no id by which anybody could drop the upload.
        let sent = if step == 1 { 1 } else { step + 1 };
        service.server.wait_for_requests(sent).await;
        assert_eq!(count(&service.lines(), "DELETE /photos/cat.bin?uploadId=u1"), usize::from(step > 1));
        gate.open();
        assert_eq!(object.get().bytes().await.unwrap(), content());
        assert_eq!(service.requests().len(), sent + 1, "{:?}", service.lines());
    }
}

#[tokio::test]
async fn fault_051_a_token_that_is_cancelled_aborts_before_it_returns() {
    for step in 2..=3 {
        let gate = Gate::new();
        let service = Service::start(blocked(step, &gate)).await;
        let token = CancelToken::new();
        let upload = tokio::spawn({
            let upload = service.object().upload_stream(Source::new(2 * PART)).part_size(PART);
            let upload = upload.concurrency(1).cancel(&token);
            async move { upload.await }
        });
        gate.arrived(1).await;
        token.cancel();
        let error = upload.await.unwrap().unwrap_err();
        assert_eq!((error.kind(), error.upload_id()), (ErrorKind::Cancelled, None));
        assert_eq!(service.lines().last().unwrap(), "DELETE /photos/cat.bin?uploadId=u1");
        assert_eq!(count(&service.lines(), "POST /photos/cat.bin?uploadId"), 0);
        gate.open();
    }
}

#[tokio::test]
async fn fault_051_calls_dropped_at_any_attempt_leave_a_storage_that_works() {
    for step in 1..=3 {
        let gate = Gate::new();
        let mut seen = 0;
        let service = Service::function({
            let gate = gate.clone();
            move |request| {
                seen += 1;
                match seen {
                    it if it == step => good(request).fault(Fault::WaitBeforeHeaders(gate.clone())),
                    it if it < step => internal_error(),
                    _ => good(request),
                }
            }
        })
        .await;
        let object = service.object();
        let call = tokio::spawn({
            let object = object.clone();
            async move { object.put("content").await }
        });
        gate.arrived(1).await;
        call.abort();
        assert!(call.await.unwrap_err().is_cancelled());
        gate.open();
        object.put("content").await.unwrap();
        assert_eq!(service.requests().len(), step + 1);
        drop(object);
        let Service { server, storage, .. } = service;
        drop(storage);
        server.wait_for_close().await;
    }
}

#[tokio::test]
async fn fault_051_a_body_dropped_half_way_closes_its_connection() {
    for taken in [0, 1, 2] {
        let service = Service::function(|request| {
            Answer::object(request, content(), "\"e1\"").fault(Fault::StallAfter(50_000))
        })
        .await;
        let mut body = service.object().get().chunk_size(10_000).await.unwrap();
        for _ in 0..taken {
            body.next().await.unwrap().unwrap();
        }
        drop(body);
        service.server.wait_for_close().await;
        assert_eq!(service.requests().len(), 1);
    }
}

#[tokio::test]
async fn fault_051_a_download_dropped_half_way_removes_its_file() {
    let gate = Gate::new();
    let mut seen = 0;
    let service = Service::function({
        let gate = gate.clone();
        move |request| {
            seen += 1;
            let answer = Answer::object(request, content(), "\"e1\"");
            if seen == 2 { answer.fault(Fault::WaitAfter(1_000, gate.clone())) } else { answer }
        }
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let download = service.object().download_file(folder.path().join("cat")).verify(false).part_size(65_536);
    let download = tokio::spawn(async move { download.await });
    gate.arrived(1).await;
    download.abort();
    assert!(download.await.unwrap_err().is_cancelled());
    // What was being written runs to its end on a thread of its own, and then the file goes.
    while std::fs::read_dir(folder.path()).unwrap().next().is_some() {
        tokio::task::yield_now().await;
    }
    gate.open();
    assert_eq!(service.requests().len(), 2);
}

#[tokio::test]
async fn fault_052_a_time_out_around_the_retries_leaves_everything_as_it_was() {
    let gate = Gate::new();
    let mut seen = 0;
    let server = Server::start(Script::function({
        let gate = gate.clone();
        move |request| {
            seen += 1;
            match seen {
                // The time-out strikes while the answer is on its way, and again in the wait between two attempts.
                1 => good(request).fault(Fault::WaitBeforeHeaders(gate.clone())),
                2 => slow_down().header("retry-after", "20"),
                _ => good(request),
            }
        }
    }))
    .await
    .unwrap();
    let runtime = TestRuntime::new(1);
    let storage = on_clock(&server, &runtime, http_config());
    for round in 1..=2 {
        let object = object_of(&storage);
        let limit = runtime.sleep(Duration::from_secs(10));
        let call = tokio::spawn(async move {
            let put = object.put("content").if_absent();
            match select(std::pin::pin!(async { put.await }), limit).await {
                Either::Left((done, _)) => Some(done),
                Either::Right(_) => None,
            }
        });
        server.wait_for_requests(round).await;
        // In the first round the answer and the limit are waited for; in the second a wait and the limit.
        runtime.sleeping(2).await;
        for _ in 0..300 {
            tokio::task::yield_now().await;
        }
        runtime.advance(Duration::from_secs(10));
        assert!(call.await.unwrap().is_none(), "{round}");
    }
    gate.open();
    let object = object_of(&storage);
    object.put("content").if_absent().await.unwrap();
    assert_eq!(object.get().bytes().await.unwrap(), content());
    assert_eq!(server.requests().len(), 4);
    drop((object, storage));
    server.wait_for_close().await;
}

#[tokio::test]
async fn fault_052_a_time_out_around_an_upload_aborts_it() {
    let gate = Gate::new();
    let server = Server::start(blocked(3, &gate)).await.unwrap();
    let runtime = TestRuntime::new(1);
    let storage = on_clock(&server, &runtime, http_config());
    let object = object_of(&storage);
    let limit = Arc::new(runtime.clone()).sleep(Duration::from_secs(10));
    let call = tokio::spawn(async move {
        let upload = object.upload_stream(Source::new(2 * PART)).part_size(PART).concurrency(1);
        matches!(select(std::pin::pin!(async { upload.await }), limit).await, Either::Right(_))
    });
    gate.arrived(1).await;
    runtime.advance(Duration::from_secs(10));
    assert!(call.await.unwrap());
    server.wait_for_requests(4).await;
    assert_eq!(server.request_lines().last().unwrap(), "DELETE /photos/cat.bin?uploadId=u1");
    gate.open();
}
