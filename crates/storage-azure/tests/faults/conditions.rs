//! Conditions of writes and deletes whose answers were lost.

use storage_azure::Azure;
use storage_core::{ErrorKind, PutOptions};
use storage_testkit::server::{Answer, Fault};

use crate::scripted::{Quick, Service, cause, failed, head, holding, object, written};

fn lost() -> Answer {
    Answer::new(201).fault(Fault::CloseWithoutAnswer)
}

fn exists() -> Answer {
    failed(409, "BlobAlreadyExists")
}

fn not_met() -> Answer {
    failed(412, "ConditionNotMet")
}

#[tokio::test]
async fn fault_039_the_own_nonce_proves_that_the_lost_attempt_was_carried_out() {
    for refusal in [exists(), not_met()] {
        for first in [lost(), failed(500, "OperationTimedOut"), failed(503, "ServerBusy")] {
            let found = head(7).header("x-ms-meta-storagenonce", "n1").header("x-ms-version-id", "v9");
            let service = Service::queue([first, refusal.clone(), found]).await;
            let outcome = service.object().put("content").if_absent().nonce("n1").await.unwrap();
            assert_eq!(outcome.etag.unwrap().unquoted(), "e1");
            assert_eq!((outcome.version.unwrap().as_str(), outcome.size), ("v9", Some(7)));
            service.assert_seen(&["put", "put", "head"]);
            for request in &service.requests()[..2] {
                assert_eq!(request.header("if-none-match"), Some("*"));
                assert_eq!(request.header("x-ms-meta-storagenonce"), Some("n1"));
            }
        }
    }
}

#[tokio::test]
async fn fault_039_without_proof_the_outcome_is_ambiguous() {
    for (found, nonce) in [
        // Somebody else's nonce, none at all, and the same size and tag: none of them proves anything.
        (head(7).header("x-ms-meta-storagenonce", "n2"), Some("n1")),
        (head(7), Some("n1")),
        (head(7).header("content-md5", crate::scripted::md5(b"content")), None),
        (failed(404, "BlobNotFound"), Some("n1")),
        (failed(403, "AuthorizationFailure"), Some("n1")),
    ] {
        let service = Service::queue([lost(), exists(), found]).await;
        let put = service.object().put("content").if_absent();
        let put = if let Some(nonce) = nonce { put.nonce(nonce) } else { put };
        let error = put.await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Ambiguous, 2));
        assert_eq!(error.status(), Some(409));
        assert_eq!(cause(&error).kind(), ErrorKind::AlreadyExists);
        service.assert_seen(&["put", "put", "head"]);
    }
}

#[tokio::test]
async fn fault_039_a_refusal_without_a_lost_answer_is_plain() {
    let service = Service::queue([exists()]).await;
    let error = service.object().put("content").if_absent().nonce("n1").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::AlreadyExists, 1));
    service.assert_seen(&["put"]);
    // The service did nothing when it had too many requests to look at this one.
    let service = Service::queue([failed(429, "TooManyRequests"), exists()]).await;
    let error = service.object().put("content").if_absent().nonce("n1").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::AlreadyExists, 2));
    service.assert_seen(&["put", "put"]);
    // A lost answer and then a success is a success.
    let service = Service::queue([lost(), written("e1")]).await;
    service.object().put("content").if_absent().await.unwrap();
    service.assert_seen(&["put", "put"]);
}

#[tokio::test]
async fn fault_039_a_copy_that_met_its_own_success_is_ambiguous() {
    // What is under the key now may be the copy, or somebody else's object.
    let service = Service::calls(|call, before, _| match (call, before) {
        ("copy", 0) => Some(lost()),
        ("copy", _) => Some(exists()),
        ("head", _) => Some(head(7)),
        _ => None,
    })
    .await;
    let to = service.container().object("copy").unwrap();
    let error = service.object().copy_to(&to).if_absent().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Ambiguous, 2));
    assert_eq!((service.count("copy"), service.count("delete")), (2, 0));
    // Without a condition the second attempt makes the same copy.
    let service = Service::calls(|call, before, _| match (call, before) {
        ("copy", 0) => Some(lost()),
        ("head", _) => Some(head(7)),
        _ => None,
    })
    .await;
    service.object().copy_to(&service.container().object("copy").unwrap()).await.unwrap();
    assert_eq!(service.count("copy"), 2);
}

#[tokio::test]
async fn fault_041_pitfall_14_a_condition_that_does_not_hold_has_one_meaning() {
    use ErrorKind as Kind;
    // Which of them comes depends on the call: what is meant is the same.
    for answer in [exists(), not_met(), Answer::new(412), failed(412, "TargetConditionNotMet")] {
        let service = Service::queue([answer]).await;
        let error = service.object().put("content").if_absent().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (Kind::AlreadyExists, 1));
        assert_eq!(service.requests()[0].header("if-none-match"), Some("*"));
        service.assert_seen(&["put"]);
    }
    // What was to be replaced has changed, or is gone.
    for answer in [not_met(), Answer::new(412), failed(404, "BlobNotFound"), Answer::new(404)] {
        let service = Service::queue([answer]).await;
        let error = service.object().put("content").if_match("\"e0\"").await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (Kind::PreconditionFailed, 1));
        assert_eq!(service.requests()[0].header("if-match"), Some("\"e0\""));
        service.assert_seen(&["put"]);
    }
    let not_modified = Answer::new(304).header("x-ms-error-code", "ConditionNotMet");
    for (answer, kind) in [(not_met(), Kind::PreconditionFailed), (not_modified, Kind::NotModified)] {
        let service = Service::queue([answer.clone(), answer]).await;
        let object = service.object();
        let (get, ask) = match kind {
            Kind::NotModified => {
                (object.get().if_none_match("\"e0\""), object.head().if_none_match("\"e0\""))
            }
            _ => (object.get().if_match("\"e0\""), object.head().if_match("\"e0\"")),
        };
        assert_eq!(get.await.unwrap_err().kind(), kind);
        assert_eq!(ask.await.unwrap_err().kind(), kind);
        service.server.assert_done();
    }
    // Copies and commits, too.
    for answer in [exists(), not_met()] {
        let service = Service::calls(move |call, _, _| match call {
            "copy" | "commit" => Some(answer.clone()),
            "head" => Some(head(7)),
            _ => None,
        })
        .await;
        let to = service.container().object("copy").unwrap();
        let error = service.object().copy_to(&to).if_absent().await.unwrap_err();
        assert_eq!(error.kind(), Kind::AlreadyExists);
        let error = service.upload(2).if_absent().await.unwrap_err();
        assert_eq!(error.kind(), Kind::AlreadyExists);
        assert_eq!((service.count("copy"), service.count("commit")), (1, 1));
    }
}

#[tokio::test]
async fn fault_041_a_service_that_ignores_the_condition_of_a_read_is_found_out() {
    let stored = |text: &'static str| Answer::new(200).header("etag", "\"e1\"").body(text);
    let service = Service::queue([stored("newer"), head(5), stored("same"), head(4)]).await;
    let object = service.object();
    assert_eq!(object.get().if_match("\"e0\"").await.unwrap_err().kind(), ErrorKind::PreconditionFailed);
    assert_eq!(object.head().if_match("\"e0\"").await.unwrap_err().kind(), ErrorKind::PreconditionFailed);
    assert_eq!(object.get().if_none_match("\"e1\"").await.unwrap_err().kind(), ErrorKind::NotModified);
    assert_eq!(object.head().if_none_match("\"e1\"").await.unwrap_err().kind(), ErrorKind::NotModified);
    service.server.assert_done();
}

#[tokio::test]
async fn fault_043_pitfall_17_a_repeated_delete_that_finds_nothing_is_a_success() {
    for first in [lost(), failed(500, "InternalError"), Answer::new(502)] {
        let service = Service::queue([first, failed(404, "BlobNotFound")]).await;
        service.object().delete().await.unwrap();
        service.assert_seen(&["delete", "delete"]);
    }
    let service = Service::queue([failed(404, "BlobNotFound")]).await;
    service.object().delete().await.unwrap();
    let service = Service::queue([lost(), failed(404, "ContainerNotFound")]).await;
    let error = service.object().delete().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::ContainerNotFound, 2));
    service.assert_seen(&["delete", "delete"]);
}

#[tokio::test]
async fn fault_044_a_repeated_delete_never_takes_the_object_that_came_after() {
    // The first attempt has deleted the object; somebody has written a new one before the second.
    let service = Service::queue([lost(), not_met()]).await;
    let error = service.object().delete().if_match("\"e0\"").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Ambiguous, 2));
    assert_eq!(cause(&error).kind(), ErrorKind::PreconditionFailed);
    service.assert_seen(&["delete", "delete"]);
    assert!(service.requests().iter().all(|it| it.header("if-match") == Some("\"e0\"")));

    for answer in [not_met(), failed(404, "BlobNotFound")] {
        let service = Service::queue([answer]).await;
        let error = service.object().delete().if_match("\"e0\"").await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::PreconditionFailed, 1));
        service.assert_seen(&["delete"]);
    }
    // A version names itself: what came after has another one.
    let script = crate::scripted::service(|call, before, _| (call == "delete" && before == 0).then(lost));
    let service = Service::with(script, Quick::fixed(0), |it| it.versions(true)).await;
    service.object().delete().version("v1").await.unwrap();
    service.assert_seen(&["delete", "delete"]);
    assert!(service.requests().iter().all(|it| it.query("versionid").as_deref() == Some("v1")));
}

#[tokio::test]
async fn fault_038_pitfall_19_an_append_without_a_place_is_not_repeated() {
    let options = PutOptions::new();
    for first in [lost(), failed(500, "InternalError"), failed(503, "ServerBusy"), Answer::new(502)] {
        let service = Service::calls(move |call, _, _| (call == "append").then(|| first.clone())).await;
        let azure = Azure::of(&service.storage).unwrap();
        let error = azure.append(&service.object(), "more", None, &options).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Ambiguous, 1));
        assert!(error.to_string().contains("may have been carried out"), "{error}");
        service.assert_seen(&["append"]);
    }
    // It was refused before anything was done.
    let service = Service::calls(|call, before, _| {
        (call == "append" && before == 0).then(|| failed(429, "TooManyRequests"))
    })
    .await;
    let azure = Azure::of(&service.storage).unwrap();
    assert_eq!(azure.append(&service.object(), "more", None, &options).await.unwrap(), 0);
    assert_eq!(service.seen(), ["append", "append"]);
}

#[tokio::test]
async fn fault_038_pitfall_19_an_append_at_a_place_finds_its_own_success() {
    let options = PutOptions::new();
    for (content, own) in [(&b"0123more"[..], true), (b"0123else", false), (b"0123", false)] {
        let service = Service::calls(move |call, before, request| match (call, before) {
            ("append", 0) => Some(lost()),
            ("append", _) => Some(failed(412, "AppendPositionConditionNotMet")),
            ("get" | "head", _) => Some(object(request, content, "\"e1\"")),
            _ => None,
        })
        .await;
        let azure = Azure::of(&service.storage).unwrap();
        let at = azure.append(&service.object(), "more", Some(4), &options).await;
        match own {
            true => assert_eq!(at.unwrap(), 4),
            false => assert!(
                [ErrorKind::Ambiguous, ErrorKind::InvalidRange].contains(&at.unwrap_err().kind()),
                "{content:?}"
            ),
        }
        let appends = service.of("append");
        assert_eq!(appends.len(), 2);
        assert!(appends.iter().all(|it| it.header("x-ms-blob-condition-appendpos") == Some("4")));
    }
    // Without a lost answer it is somebody else's.
    let service = Service::queue([failed(412, "AppendPositionConditionNotMet")]).await;
    let azure = Azure::of(&service.storage).unwrap();
    let error = azure.append(&service.object(), "more", Some(4), &options).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::PreconditionFailed, 1));
}

#[tokio::test]
async fn fault_038_a_lease_that_may_have_been_had_is_ambiguous() {
    let service = Service::queue([lost()]).await;
    let azure = Azure::of(&service.storage).unwrap();
    let error = azure.acquire_lease(&service.object(), None, None).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Ambiguous, 1));
    service.assert_seen(&["lease"]);
    // A lease whose id is given is the same twice.
    let service = Service::calls(|call, before, _| (call == "lease" && before == 0).then(lost)).await;
    let azure = Azure::of(&service.storage).unwrap();
    let id = "7b1f3c2a-0000-0000-0000-000000000001";
    azure.acquire_lease(&service.object(), None, Some(id)).await.unwrap();
    let sent = service.of("lease");
    assert_eq!(sent.len(), 2);
    assert!(sent.iter().all(|it| it.header("x-ms-proposed-lease-id") == Some(id)));
}

#[tokio::test]
async fn fault_045_a_lease_that_a_lost_attempt_released_is_released() {
    for code in ["LeaseIdMismatchWithLeaseOperation", "LeaseNotPresentWithLeaseOperation"] {
        let service = Service::queue([lost(), failed(409, code)]).await;
        let azure = Azure::of(&service.storage).unwrap();
        azure.release_lease(&service.object(), "a-lease").await.unwrap();
        service.assert_seen(&["lease", "lease"]);
        let service = Service::queue([failed(409, code)]).await;
        let azure = Azure::of(&service.storage).unwrap();
        let error = azure.release_lease(&service.object(), "a-lease").await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::PreconditionFailed, 1));
    }
}

#[tokio::test]
async fn pitfall_20_snapshots_and_leases_in_the_way_are_named() {
    for (status, code, says) in [
        (409, "SnapshotsPresent", "delete_snapshots"),
        (412, "LeaseIdMissing", "lease"),
        (412, "LeaseIdMismatchWithBlobOperation", "lease"),
        (409, "LeaseLost", "lease"),
        (409, "BlobImmutableDueToPolicy", "immutability"),
    ] {
        let service =
            Service::calls(move |call, _, _| matches!(call, "delete" | "put").then(|| failed(status, code)))
                .await;
        let object = service.object();
        for error in [object.delete().await.unwrap_err(), object.put("x").await.unwrap_err()] {
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::PreconditionFailed, 1), "{code}");
            assert_eq!((error.code(), error.status()), (Some(code), Some(status)));
            assert!(error.to_string().contains(says), "{error}");
            assert!(!error.is_retryable());
        }
        // A lock is no object that exists already.
        let error = object.put("x").if_absent().await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::PreconditionFailed, Some(code)), "{code}");
        assert_eq!(service.seen(), ["delete", "put", "put"]);
    }
}

#[tokio::test]
async fn pitfall_20_an_archived_object_is_not_read_and_may_be_replaced() {
    let service = Service::calls(|call, _, request| match call {
        "get" => Some(failed(409, "BlobArchived")),
        _ => holding(b"content")(call, 0, request),
    })
    .await;
    let error = service.object().get().bytes().await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::PreconditionFailed, Some("BlobArchived")));
    assert!(error.to_string().contains("archived") && error.to_string().contains("hours"), "{error}");
    service.object().put("new").await.unwrap();
    assert_eq!(service.seen(), ["get", "put"]);
}
