//! Credentials that end in the middle of the work.

use std::sync::Arc;
use std::time::Duration;

use storage_core::{ErrorKind, Storage};
use storage_http::Client;
use storage_s3::S3Config;
use storage_testkit::server::{Answer, Fault, Request, Script, Server};
use storage_testkit::{Gate, TestRuntime};

use crate::loopback::{PART, content, failed, good, http_config, object_of};

/// An agent that gives the keys `KEY1`, `KEY2` and so on.
async fn agent() -> Server {
    let mut number = 0;
    Server::start(Script::function(move |_| {
        number += 1;
        Answer::json(
            200,
            format!(
                "{{\"AccessKeyId\":\"KEY{number}\",\"SecretAccessKey\":\"s\",\"Token\":\"token{number}\",\
                 \"Expiration\":\"2026-01-01T12:00:00Z\"}}"
            ),
        )
    }))
    .await
    .unwrap()
}

/// A storage whose keys come from the agent.
fn open(service: &Server, agent: &Server, clock: &TestRuntime) -> Storage {
    let client = Client::new(http_config(), Arc::new(clock.clone())).unwrap();
    S3Config::new()
        .endpoint(service.url())
        .region("us-east-1")
        .path_style(true)
        .config_file("/nonexistent/config")
        .credentials_file("/nonexistent/credentials")
        .container_credentials_full_uri(format!("{}/keys", agent.url()))
        .open_with(client)
        .unwrap()
}

fn is_signed_with(request: &Request, number: usize) -> bool {
    request.header("authorization").unwrap().contains(&format!("Credential=KEY{number}/"))
        && request.header("x-amz-security-token") == Some(&format!("token{number}"))
}

fn expired(request: &Request) -> Answer {
    if request.method == "HEAD" {
        return Answer::new(400).header("x-amz-error-code", "ExpiredToken");
    }
    failed(400, "ExpiredToken", "The provided token has expired.")
}

/// Takes the first keys for so many requests, a minute each, and the second ones for ever.
async fn service(good_for: usize, clock: &TestRuntime) -> Server {
    let (clock, mut seen) = (clock.clone(), 0);
    Server::start(Script::function(move |request| {
        seen += 1;
        clock.advance(Duration::from_secs(60));
        let old = is_signed_with(request, 1);
        if old && seen > good_for { expired(request) } else { good(request) }
    }))
    .await
    .unwrap()
}

#[tokio::test]
async fn fault_048_a_token_that_ends_in_mid_job_is_renewed_once() {
    let clock = TestRuntime::new(1);
    let (service, agent) = (service(2, &clock).await, agent().await);
    let storage = open(&service, &agent, &clock);
    let object = object_of(&storage);
    let stream = futures_util::stream::iter([Ok::<_, std::io::Error>(vec![1; 3 * PART as usize].into())]);
    object.upload_stream(stream).part_size(PART).concurrency(1).await.unwrap();
    assert_eq!(object.get().bytes().await.unwrap(), content());
    let requests = service.requests();
    let keys: Vec<_> = requests.iter().map(|it| if is_signed_with(it, 1) { 1 } else { 2 }).collect();
    // Creation, part 1, part 2 refused and sent again, part 3, completion, the read.
    assert_eq!(keys, [1, 1, 1, 2, 2, 2, 2]);
    assert_eq!(requests[2].target, requests[3].target);
    assert_eq!(requests[2].body, requests[3].body);
    assert_eq!(agent.requests().len(), 2);
    // Nothing was dropped.
    assert!(requests.iter().all(|it| it.method != "DELETE"));
}

#[tokio::test]
async fn fault_048_the_answer_to_a_question_says_it_in_a_header() {
    let clock = TestRuntime::new(1);
    let (service, agent) = (service(1, &clock).await, agent().await);
    let object = object_of(&open(&service, &agent, &clock));
    object.head().await.unwrap();
    object.head().await.unwrap();
    assert_eq!(service.request_lines(), ["HEAD /photos/cat.bin"; 3]);
    assert!(is_signed_with(&service.requests()[2], 2));
    assert_eq!(agent.requests().len(), 2);
}

#[tokio::test]
async fn fault_048_a_second_refusal_surfaces() {
    for code in ["ExpiredToken", "InvalidToken", "TokenRefreshRequired"] {
        let answer = move |_: &Request| failed(400, code, "no");
        let (service, agent) = (Server::start(Script::function(answer)).await.unwrap(), agent().await);
        let object = object_of(&open(&service, &agent, &TestRuntime::new(1)));
        let error = object.put("content").if_absent().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unauthenticated, 2));
        assert_eq!(error.code(), Some(code));
        assert_eq!(service.requests().len(), 2);
        // Keys that were fetched just now are not thrown away again.
        assert!(agent.requests().len() <= 2, "{code}");
    }
}

#[tokio::test]
async fn fault_048_keys_that_can_not_be_renewed_are_refused_once() {
    let answer = |_: &Request| failed(400, "ExpiredToken", "no");
    let service = crate::loopback::Service::function(answer).await;
    let error = service.object().get().bytes().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unauthenticated, 1));
    service.assert_lines(&["GET /photos/cat.bin"]);
}

#[tokio::test]
async fn fault_048_many_that_are_refused_fetch_once() {
    const TASKS: usize = 50;
    // The refusals come in two waves: those of the second arrive when the others have new keys.
    let (first, second) = (Gate::new(), Gate::new());
    let agent = agent().await;
    let mut refused = 0;
    let service = Server::start(Script::function({
        let (first, second) = (first.clone(), second.clone());
        move |request| {
            if !is_signed_with(request, 1) || request.method == "HEAD" {
                return good(request);
            }
            refused += 1;
            let gate = if refused % 2 == 0 { &second } else { &first };
            expired(request).fault(Fault::WaitBeforeHeaders(gate.clone()))
        }
    }))
    .await
    .unwrap();
    let clock = TestRuntime::new(1);
    let storage = open(&service, &agent, &clock);
    object_of(&storage).head().await.unwrap();
    clock.advance(Duration::from_secs(60));
    let reads: Vec<_> = (0..TASKS)
        .map(|_| {
            let object = object_of(&storage);
            tokio::spawn(async move { object.get().bytes().await })
        })
        .collect();
    service.wait_for_requests(1 + TASKS).await;
    first.open();
    service.wait_for_requests(1 + TASKS + TASKS / 2).await;
    second.open();
    for read in reads {
        assert_eq!(read.await.unwrap().unwrap(), content());
    }
    assert_eq!(agent.requests().len(), 2);
    assert_eq!(service.requests().len(), 1 + 2 * TASKS);
}
