//! Bodies that end early, late, slowly or never.

use std::time::Duration;

use bytes::Bytes;
use storage_core::{ErrorKind, Object, Result};
use storage_testkit::server::{Answer, Fault, Request, Script, Server};
use storage_testkit::{Gate, TestRuntime};

use crate::loopback::{
    Service, content, object_of, on_clock, page, stored, usual_http_config, while_time_passes,
};

/// Reads to the end, and returns what came before an error too.
async fn drain(object: Object) -> (Vec<u8>, Result<()>) {
    let mut all = Vec::new();
    let mut body = match object.get().await {
        Ok(body) => body,
        Err(error) => return (all, Err(error)),
    };
    while let Some(piece) = body.next().await {
        match piece {
            Ok(piece) => all.extend_from_slice(&piece),
            Err(error) => return (all, Err(error)),
        }
    }
    (all, Ok(()))
}

/// Requires a request for the rest of the same object.
fn assert_resumes(request: &Request, start: u64) {
    let last = content().len() as u64 - 1;
    assert_eq!(request.header("range"), Some(format!("bytes={start}-{last}").as_str()));
    assert_eq!(request.header("if-match"), Some("\"e1\""));
}

#[tokio::test]
async fn fault_011_a_stall_in_mid_body_is_resumed_behind_what_came() {
    let mut stalled = false;
    let server = Server::start(Script::function(move |request| {
        let answer = Answer::object(request, content(), "\"e1\"");
        if std::mem::replace(&mut stalled, true) { answer } else { answer.fault(Fault::StallAfter(1_000)) }
    }))
    .await
    .unwrap();
    let runtime = TestRuntime::new(1);
    let object = object_of(&on_clock(&server, &runtime, usual_http_config()));
    let ((bytes, end), seconds) = while_time_passes(&runtime, 100, || (), drain(object)).await;
    end.unwrap();
    assert_eq!(bytes, content());
    assert!((15..=20).contains(&seconds), "{seconds}");
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_resumes(&requests[1], 1_000);
}

#[tokio::test]
async fn fault_012_a_byte_a_second_is_a_stall_too() {
    let gate = Gate::new();
    let mut dribbled = false;
    let server = Server::start(Script::function({
        let gate = gate.clone();
        move |request| {
            let answer = Answer::object(request, content(), "\"e1\"");
            match std::mem::replace(&mut dribbled, true) {
                true => answer,
                false => answer.fault(Fault::Dribble(1, gate.clone())),
            }
        }
    }))
    .await
    .unwrap();
    let runtime = TestRuntime::new(1);
    let object = object_of(&on_clock(&server, &runtime, usual_http_config()));
    let ((bytes, end), seconds) = while_time_passes(&runtime, 100, || gate.release(1), drain(object)).await;
    end.unwrap();
    assert_eq!(bytes, content());
    assert!((15..=33).contains(&seconds), "{seconds}");
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    let (start, _) = requests[1].range().unwrap();
    assert!((1..40).contains(&start), "{start}");
    assert_resumes(&requests[1], start);
    gate.open();
}

#[tokio::test]
async fn fault_015_a_body_cut_once_is_resumed_with_range_and_if_match() {
    for fault in [Fault::CutAfter(1_000), Fault::ResetAfter(1_000)] {
        let mut cut = false;
        let service = Service::function(move |request| {
            let answer = Answer::object(request, content(), "\"e1\"");
            if std::mem::replace(&mut cut, true) { answer } else { answer.fault(fault.clone()) }
        })
        .await;
        let (bytes, end) = drain(service.object()).await;
        end.unwrap();
        assert_eq!(bytes, content());
        let requests = service.requests();
        assert_eq!(requests.len(), 2);
        assert_eq!((requests[0].header("range"), requests[0].header("if-match")), (None, None));
        // A reset may take bytes with it that had arrived.
        let (start, _) = requests[1].range().unwrap();
        assert!(start <= 1_000);
        assert_resumes(&requests[1], start);
    }
}

#[tokio::test]
async fn fault_015_a_range_is_resumed_within_itself() {
    let mut cut = false;
    let service = Service::function(move |request| {
        let answer = Answer::object(request, content(), "\"e1\"");
        if std::mem::replace(&mut cut, true) { answer } else { answer.fault(Fault::CutAfter(10)) }
    })
    .await;
    let bytes = service.object().get().range(500..2_000).bytes().await.unwrap();
    assert_eq!(bytes, content().slice(500..2_000));
    let ranges: Vec<_> = service.requests().iter().map(|it| it.header("range").unwrap().to_owned()).collect();
    assert_eq!(ranges, ["bytes=500-1999", "bytes=510-1999"]);
}

#[tokio::test]
async fn fault_015_without_a_tag_the_version_says_which_object_to_resume() {
    let mut cut = false;
    let service = Service::function(move |request| {
        let answer = Answer::object(request, content(), "\"e1\"").fault(Fault::DropHeader("etag"));
        let answer = answer.header("x-amz-version-id", "v 1");
        if std::mem::replace(&mut cut, true) { answer } else { answer.fault(Fault::CutAfter(1_000)) }
    })
    .await;
    assert_eq!(service.object().get().bytes().await.unwrap(), content());
    service.assert_lines(&["GET /photos/cat.bin", "GET /photos/cat.bin?versionId=v%201"]);
    assert_eq!(service.requests()[1].range(), Some((1_000, Some(99_999))));
}

#[tokio::test]
async fn fault_016_a_body_cut_for_ever_is_truncated() {
    let service = Service::function(|request| {
        let bytes = if request.header("range").is_some() { 0 } else { 1_000 };
        Answer::object(request, content(), "\"e1\"").fault(Fault::CutAfter(bytes))
    })
    .await;
    let (bytes, end) = drain(service.object()).await;
    let error = end.unwrap_err();
    assert_eq!(bytes, content()[..1_000]);
    assert_eq!((error.kind(), error.key()), (ErrorKind::Truncated, Some("cat.bin")));
    assert!(error.message().contains("0 of 99000 bytes"), "{error}");
    let requests = service.requests();
    // One read, and five more without a byte of progress.
    assert_eq!(requests.len(), 6);
    requests[1..].iter().for_each(|it| assert_resumes(it, 1_000));
    let waits: Vec<_> = service.runtime.waits().iter().map(Duration::as_millis).collect();
    assert_eq!(waits, [100, 200, 400, 800, 1_600]);
}

#[tokio::test]
async fn fault_016_a_file_that_can_not_be_had_whole_is_none() {
    let service =
        Service::function(|request| Answer::object(request, content(), "\"e1\"").fault(Fault::CutAfter(0)))
            .await;
    let folder = tempfile::tempdir().unwrap();
    let error = service.object().download_file(folder.path().join("cat")).verify(false).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Truncated);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn fault_017_chunks_without_an_end_are_no_content() {
    let service = Service::queue([stored(content()).fault(Fault::NoTerminator)]).await;
    let (bytes, end) = drain(service.object()).await;
    assert_eq!((bytes.len(), end.unwrap_err().kind()), (0, ErrorKind::UnexpectedResponse));
    service.assert_lines(&["GET /photos/cat.bin"]);

    // A page is asked for again.
    let service = Service::queue([page(&["a"]).fault(Fault::NoTerminator), page(&["a", "b"])]).await;
    assert_eq!(service.container().list().try_collect::<Vec<_>>().await.unwrap().len(), 2);
    service.server.assert_done();
    let service = Service::function(|_| page(&["a"]).fault(Fault::NoTerminator)).await;
    let error = service.container().list().try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Truncated, 6));
    assert_eq!(service.requests().len(), 6);
}

#[tokio::test]
async fn fault_018_a_body_that_ends_with_the_connection_is_refused() {
    for answer in [stored(content()), stored(content()).fault(Fault::CutAfter(5_000))] {
        let service = Service::queue([answer.fault(Fault::NoLength)]).await;
        let (bytes, end) = drain(service.object()).await;
        assert_eq!((bytes.len(), end.unwrap_err().kind()), (0, ErrorKind::UnexpectedResponse));
        service.assert_lines(&["GET /photos/cat.bin"]);
    }
    // The end of a document tells that it is whole.
    let cut = page(&["a", "b"]).fault(Fault::NoLength).fault(Fault::CutAfter(100));
    let service = Service::queue([cut, page(&["a", "b"]).fault(Fault::NoLength)]).await;
    assert_eq!(service.container().list().try_collect::<Vec<_>>().await.unwrap().len(), 2);
    service.server.assert_done();
}

#[tokio::test]
async fn fault_019_answers_with_two_ends_are_refused_and_their_connections_closed() {
    for fault in [Fault::TwoLengths, Fault::LengthAndChunks] {
        let service = Service::function({
            let fault = fault.clone();
            move |request| Answer::object(request, content(), "\"e1\"").fault(fault.clone())
        })
        .await;
        let (bytes, end) = drain(service.object()).await;
        assert_eq!((bytes.len(), end.unwrap_err().kind()), (0, ErrorKind::UnexpectedResponse), "{fault:?}");
        assert_eq!(service.requests().len(), service.server.connections(), "{fault:?}");
    }
}

#[tokio::test]
async fn fault_019_what_comes_behind_the_end_belongs_to_nothing() {
    let smuggled = Bytes::from_static(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\netag: \"x\"\r\n\r\nbad");
    let service =
        Service::queue([stored(content()).fault(Fault::ExtraBytes(smuggled)), stored("second")]).await;
    assert_eq!(service.object().get().bytes().await.unwrap(), content());
    assert_eq!(service.object().get().bytes().await.unwrap(), "second");
    assert_eq!(service.server.connections(), 2);
    service.server.assert_done();
}
