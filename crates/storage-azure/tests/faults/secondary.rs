//! Reads from the second place of an account, which may lag behind the first.

use storage_core::{ErrorKind, Object};
use storage_testkit::server::{Answer, Fault, Request, Server};

use crate::scripted::{ATTEMPTS, call, config, failed, object, open, service};

type Other = fn(&str, usize, &Request) -> Option<Answer>;

/// The two places of an account, and an object there.
async fn places(first: Other, second: Other) -> (Server, Server, Object) {
    let first = Server::start(service(first)).await.unwrap();
    let second = Server::start(service(second)).await.unwrap();
    let storage = open(config(&first.url()).secondary_endpoint(second.url()).read_secondary(true));
    (first, second, storage.container("bucket").unwrap().object("k").unwrap())
}

fn seen(server: &Server) -> Vec<&'static str> {
    server.requests().iter().map(call).collect()
}

fn away(_: &str, _: usize, _: &Request) -> Option<Answer> {
    Some(failed(500, "InternalError"))
}

/// Can't answer for one round of attempts.
fn away_for_now(call: &str, before: usize, request: &Request) -> Option<Answer> {
    match before < ATTEMPTS {
        true => Some(failed(500, "InternalError")),
        false => here(call, before, request),
    }
}

fn here(call: &str, _: usize, request: &Request) -> Option<Answer> {
    matches!(call, "get" | "head").then(|| object(request, "content", "\"e1\""))
}

fn nothing(_: &str, _: usize, _: &Request) -> Option<Answer> {
    Some(failed(404, "BlobNotFound"))
}

#[tokio::test]
async fn fault_053_reads_go_to_the_second_place_while_the_first_can_not_answer() {
    let (first, second, object) = places(away, here).await;
    assert_eq!(object.get().bytes().await.unwrap(), "content");
    assert_eq!(object.head().await.unwrap().size, 7);
    assert_eq!(object.get().range(1..3).bytes().await.unwrap(), "on");
    assert_eq!(seen(&second), ["get", "head", "get"]);
    assert_eq!(first.requests().len(), 3 * ATTEMPTS);
    for request in second.requests() {
        // The account has another name there, by which the path is signed, too.
        assert_eq!(request.path(), "/acct-secondary/bucket/k");
        assert!(request.header("authorization").unwrap().starts_with("SharedKey acct:"));
    }
}

#[tokio::test]
async fn fault_053_a_first_place_that_is_busy_or_gone_is_one_that_can_not_answer() {
    let busy: Other = |_, _, _| Some(failed(503, "ServerBusy"));
    let late: Other = |_, _, _| Some(failed(500, "OperationTimedOut"));
    let lost: Other = |_, _, _| Some(Answer::new(200).fault(Fault::CloseWithoutAnswer));
    for first in [busy, late, lost] {
        let (_first, second, object) = places(first, here).await;
        assert_eq!(object.get().bytes().await.unwrap(), "content");
        assert_eq!(object.head().await.unwrap().size, 7);
        assert_eq!(seen(&second), ["get", "head"]);
    }
}

#[tokio::test]
async fn fault_053_what_the_second_place_lacks_is_no_news() {
    for answer in [nothing as Other, |_, _, _| Some(failed(404, "ContainerNotFound"))] {
        let (first, second, object) = places(away_for_now, answer).await;
        assert_eq!(object.get().bytes().await.unwrap(), "content");
        assert_eq!(object.head().await.unwrap().size, 7);
        assert_eq!(seen(&second), ["get", "head"]);
        assert_eq!(first.requests().len(), 2 * (ATTEMPTS + 1));
    }
    // What the first one says then counts.
    let (first, _second, object) = places(away, nothing).await;
    for error in [object.get().bytes().await.unwrap_err(), object.head().await.unwrap_err()] {
        assert_eq!((error.kind(), error.code()), (ErrorKind::Unavailable, Some("InternalError")));
    }
    assert!(first.requests().len() >= 2 * ATTEMPTS);
}

#[tokio::test]
async fn fault_053_two_places_that_can_not_answer_are_an_error_of_the_first() {
    let (first, second, object) = places(away, |_, _, _| Some(Answer::new(502))).await;
    let error = object.get().bytes().await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Unavailable, Some("InternalError")));
    assert_eq!((first.requests().len(), second.requests().len()), (ATTEMPTS, ATTEMPTS));
}

#[tokio::test]
async fn fault_053_an_older_object_is_no_answer_to_a_condition() {
    let old: Other = |_, _, request| Some(object(request, "older", "\"e0\""));
    let (_first, second, object) = places(away, old).await;
    let error = object.get().if_match("\"e1\"").bytes().await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Unavailable, Some("InternalError")));
    assert_eq!(second.requests()[0].header("if-match"), Some("\"e1\""));
    // Nor is it the rest of a read that was cut.
    let cut: Other = |call, before, request| match before {
        0 => Some(crate::scripted::object(request, "content", "\"e1\"").fault(Fault::CutAfter(3))),
        _ => away(call, before, request),
    };
    let (_first, _second, object) = places(cut, old).await;
    let error = object.get().bytes().await.unwrap_err();
    assert_ne!(error.kind(), ErrorKind::ObjectNotFound, "{error:?}");
}

#[tokio::test]
async fn fault_053_writes_and_refusals_stay_at_the_first_place() {
    let (first, second, object) = places(away, here).await;
    assert_eq!(object.put("x").await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(object.delete().await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(first.requests().len(), 2 * ATTEMPTS);
    assert_eq!(second.connections(), 0);
    for answer in [nothing as Other, |_, _, _| Some(failed(403, "AuthorizationFailure"))] {
        let (first, second, object) = places(answer, here).await;
        object.get().bytes().await.unwrap_err();
        object.head().await.unwrap_err();
        assert_eq!((first.requests().len(), second.connections()), (2, 0));
    }
}
