//! Conditions of writes and deletes whose answers were lost.

use storage_core::{ErrorKind, PutOptions};
use storage_testkit::server::{Answer, Fault};

use crate::loopback::{PART, Service, cause, failed, good, head, internal_error, written};

const PUT: &str = "PUT /photos/cat.bin";
const HEAD: &str = "HEAD /photos/cat.bin";
const DELETE: &str = "DELETE /photos/cat.bin";

fn lost() -> Answer {
    Answer::new(200).fault(Fault::CloseWithoutAnswer)
}

fn exists() -> Answer {
    failed(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
}

#[tokio::test]
async fn fault_039_the_own_nonce_proves_that_the_lost_attempt_was_carried_out() {
    let found = head(7).header("x-amz-meta-storagenonce", "n1").header("x-amz-version-id", "v9");
    let service = Service::queue([lost(), exists(), found]).await;
    let outcome = service.object().put("content").if_absent().nonce("n1").await.unwrap();
    assert_eq!(outcome.etag.unwrap().unquoted(), "e1");
    assert_eq!((outcome.version.unwrap().as_str(), outcome.size), ("v9", Some(7)));
    service.assert_lines(&[PUT, PUT, HEAD]);
    for request in &service.requests()[..2] {
        assert_eq!(request.header("if-none-match"), Some("*"));
        assert_eq!(request.header("x-amz-meta-storagenonce"), Some("n1"));
    }
}

#[tokio::test]
async fn fault_039_without_proof_the_outcome_is_ambiguous() {
    for (found, nonce) in [
        // Somebody else's nonce, none at all, and the same size and tag: none of them proves anything.
        (head(7).header("x-amz-meta-storagenonce", "n2"), Some("n1")),
        (head(7), Some("n1")),
        (head(7), None),
        (failed(404, "NoSuchKey", ""), Some("n1")),
        (failed(403, "AccessDenied", ""), Some("n1")),
    ] {
        let service = Service::queue([lost(), exists(), found]).await;
        let put = service.object().put("content").if_absent();
        let put = if let Some(nonce) = nonce { put.nonce(nonce) } else { put };
        let error = put.await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Ambiguous, 2));
        assert_eq!(error.status(), Some(412));
        assert_eq!(cause(&error).kind(), ErrorKind::PreconditionFailed);
        service.assert_lines(&[PUT, PUT, HEAD]);
    }
}

#[tokio::test]
async fn fault_039_a_refusal_without_a_lost_answer_is_plain() {
    let service = Service::queue([exists()]).await;
    let error = service.object().put("content").if_absent().nonce("n1").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::AlreadyExists, 1));
    service.assert_lines(&[PUT]);
    // A lost answer and then a success is a success.
    let service = Service::queue([lost(), written()]).await;
    service.object().put("content").if_absent().await.unwrap();
    service.assert_lines(&[PUT, PUT]);
}

#[tokio::test]
async fn fault_039_the_completion_of_parts_is_proven_in_the_same_way() {
    for (nonce, proven) in [("n1", true), ("n2", false)] {
        let mut completions = 0;
        let service = Service::function(move |request| {
            if request.method == "HEAD" {
                return head(2 * PART).header("x-amz-meta-storagenonce", nonce);
            }
            if request.method == "POST" && request.query("uploadId").is_some() {
                completions += 1;
                return if completions == 1 { lost() } else { exists() };
            }
            good(request)
        })
        .await;
        let stream = futures_util::stream::iter([Ok::<_, std::io::Error>(vec![1; 2 * PART as usize].into())]);
        let upload = service.object().upload_stream(stream).part_size(PART).if_absent().nonce("n1").await;
        assert_eq!(upload.is_ok(), proven);
        if let Err(error) = upload {
            assert_eq!((error.kind(), error.upload_id()), (ErrorKind::Ambiguous, Some("u1")));
        }
        let lines = service.lines();
        assert_eq!(crate::loopback::count(&lines, "POST /photos/cat.bin?uploadId=u1"), 2);
        assert_eq!(crate::loopback::count(&lines, "HEAD"), 1);
        // Parts that may be the object by now are not dropped.
        assert_eq!(crate::loopback::count(&lines, "DELETE"), 0);
        let creation = &service.requests()[0];
        assert_eq!(creation.header("x-amz-meta-storagenonce"), Some("n1"));
    }
}

#[tokio::test]
async fn fault_039_a_copy_that_met_its_own_success_is_ambiguous() {
    // What is under the key now may be the copy, or somebody else's object.
    let mut copies = 0;
    let service = Service::function(move |request| match request.method.as_str() {
        "PUT" => {
            copies += 1;
            if copies == 1 { lost() } else { exists() }
        }
        _ => head(7),
    })
    .await;
    let to = service.container().object("copy").unwrap();
    let error = service.object().copy_to(&to).if_absent().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Ambiguous, 2));
    assert_eq!(crate::loopback::count(&service.lines(), "PUT /photos/copy"), 2);
    // Without a condition the second attempt makes the same copy.
    let mut copies = 0;
    let service = Service::function(move |request| match request.method.as_str() {
        "PUT" => {
            copies += 1;
            if copies == 1 { lost() } else { good(request) }
        }
        _ => head(7),
    })
    .await;
    service.object().copy_to(&service.container().object("copy").unwrap()).await.unwrap();
    assert_eq!(crate::loopback::count(&service.lines(), "PUT /photos/copy"), 2);
}

#[tokio::test]
async fn fault_041_an_upload_that_is_gone_is_no_condition_that_failed() {
    let service = Service::function(|request| {
        let completes = request.method == "POST" && request.query("uploadId").is_some();
        if completes { failed(404, "NoSuchUpload", "") } else { good(request) }
    })
    .await;
    let stream = || futures_util::stream::iter([Ok::<_, std::io::Error>(vec![1; 2 * PART as usize].into())]);
    let upload = || service.object().upload_stream(stream()).part_size(PART);
    for upload in [upload(), upload().if_match("\"e0\""), upload().if_absent()] {
        let error = upload.await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::ObjectNotFound, Some("NoSuchUpload")));
    }
}

#[tokio::test]
async fn fault_041_a_condition_that_does_not_hold_has_one_meaning() {
    use ErrorKind as Kind;
    let answers = [(412, "PreconditionFailed"), (412, ""), (304, "")];
    for (status, code) in answers {
        let answer = || if code.is_empty() { Answer::new(status) } else { failed(status, code, "x") };
        let service = Service::queue([answer()]).await;
        let error = service.object().put("content").if_absent().await.unwrap_err();
        let want = if status == 412 { Kind::AlreadyExists } else { Kind::NotModified };
        assert_eq!((error.kind(), error.status()), (want, Some(status)));
        service.assert_lines(&[PUT]);
    }
    // What was to be replaced has changed, or is gone.
    for answer in [exists(), Answer::new(412), failed(404, "NoSuchKey", ""), Answer::new(404)] {
        let service = Service::queue([answer]).await;
        let error = service.object().put("content").if_match("\"e0\"").await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (Kind::PreconditionFailed, 1));
        assert_eq!(service.requests()[0].header("if-match"), Some("\"e0\""));
        service.assert_lines(&[PUT]);
    }
    for (answer, kind) in [(exists(), Kind::PreconditionFailed), (Answer::new(304), Kind::NotModified)] {
        let service = Service::queue([answer.clone(), answer]).await;
        let get = service.object().get();
        let get =
            if kind == Kind::NotModified { get.if_none_match("\"e0\"") } else { get.if_match("\"e0\"") };
        assert_eq!(get.await.unwrap_err().kind(), kind);
        let ask = service.object().head();
        let ask =
            if kind == Kind::NotModified { ask.if_none_match("\"e0\"") } else { ask.if_match("\"e0\"") };
        assert_eq!(ask.await.unwrap_err().kind(), kind);
        service.server.assert_done();
    }
    // Copies too.
    let service = Service::function(|request| match request.method.as_str() {
        "PUT" => exists(),
        _ => head(7),
    })
    .await;
    let to = service.container().object("copy").unwrap();
    let error = service.object().copy_to(&to).if_absent().await.unwrap_err();
    assert_eq!(error.kind(), Kind::AlreadyExists);
}

#[tokio::test]
async fn fault_041_a_service_that_ignores_the_condition_of_a_read_is_found_out() {
    let service = Service::queue([written().body("newer"), head(5), written().body("same"), head(4)]).await;
    let object = service.object();
    assert_eq!(object.get().if_match("\"e0\"").await.unwrap_err().kind(), ErrorKind::PreconditionFailed);
    assert_eq!(object.head().if_match("\"e0\"").await.unwrap_err().kind(), ErrorKind::PreconditionFailed);
    assert_eq!(object.get().if_none_match("\"e1\"").await.unwrap_err().kind(), ErrorKind::NotModified);
    assert_eq!(object.head().if_none_match("\"e1\"").await.unwrap_err().kind(), ErrorKind::NotModified);
    service.server.assert_done();
}

#[tokio::test]
async fn fault_043_a_repeated_delete_that_finds_nothing_is_a_success() {
    for first in [lost(), internal_error(), Answer::new(502)] {
        let service = Service::queue([first, failed(404, "NoSuchKey", "")]).await;
        service.object().delete().await.unwrap();
        service.assert_lines(&[DELETE, DELETE]);
    }
    let service = Service::queue([failed(404, "NoSuchKey", "")]).await;
    service.object().delete().await.unwrap();
    let service = Service::queue([lost(), failed(404, "NoSuchBucket", "")]).await;
    let error = service.object().delete().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::ContainerNotFound, 2));
    service.assert_lines(&[DELETE, DELETE]);
}

#[tokio::test]
async fn fault_044_a_repeated_delete_never_takes_the_object_that_came_after() {
    // The first attempt has deleted the object; somebody has written a new one before the second.
    let service = Service::queue([lost(), exists()]).await;
    let error = service.object().delete().if_match("\"e0\"").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Ambiguous, 2));
    assert_eq!(cause(&error).kind(), ErrorKind::PreconditionFailed);
    service.assert_lines(&[DELETE, DELETE]);
    assert!(service.requests().iter().all(|it| it.header("if-match") == Some("\"e0\"")));

    for (answer, kind) in [
        (exists(), ErrorKind::PreconditionFailed),
        (failed(404, "NoSuchKey", ""), ErrorKind::PreconditionFailed),
    ] {
        let service = Service::queue([answer]).await;
        let error = service.object().delete().if_match("\"e0\"").await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (kind, 1));
        service.assert_lines(&[DELETE]);
    }
    // A version names itself: what came after has another one.
    let service = Service::queue([lost(), Answer::new(204)]).await;
    service.object().delete().version("v1").await.unwrap();
    service.assert_lines(&["DELETE /photos/cat.bin?versionId=v1"; 2]);
}

#[tokio::test]
async fn fault_045_a_container_that_a_lost_attempt_created_is_ours() {
    let owned = || failed(409, "BucketAlreadyOwnedByYou", "");
    let service = Service::queue([lost(), owned()]).await;
    service.container().create().await.unwrap();
    service.assert_lines(&["PUT /photos"; 2]);

    let service = Service::queue([owned()]).await;
    let error = service.container().create().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::ContainerAlreadyExists, 1));
    service.assert_lines(&["PUT /photos"]);

    // Refusals before anything was done leave no doubt: it was there before.
    let service = Service::queue([crate::loopback::slow_down(), owned()]).await;
    let error = service.container().create().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::ContainerAlreadyExists, 2));
}

#[tokio::test]
async fn fault_045_a_container_of_somebody_else_is_never_taken_for_ours() {
    let taken = || failed(409, "BucketAlreadyExists", "The requested bucket name is not available.");
    let service = Service::queue([lost(), taken()]).await;
    let error = service.container().create().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Ambiguous, 2));
    assert_eq!(cause(&error).kind(), ErrorKind::ContainerAlreadyExists);
    service.assert_lines(&["PUT /photos"; 2]);

    let service = Service::queue([lost(), failed(404, "NoSuchBucket", "")]).await;
    service.container().delete().await.unwrap();
    service.assert_lines(&["DELETE /photos"; 2]);
    let service = Service::queue([failed(404, "NoSuchBucket", "")]).await;
    let error = service.container().delete().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ContainerNotFound);
}

#[tokio::test]
async fn fault_041_options_are_refused_before_sending_where_a_service_ignores_them() {
    let service =
        Service::with(storage_testkit::server::Script::queue([]), crate::loopback::Quick::fixed(0), |it| {
            it.vendor("other")
        })
        .await;
    let object = service.object();
    let error = object.put("content").options(PutOptions::new().if_absent()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(object.delete().if_match("\"e0\"").await.unwrap_err().kind(), ErrorKind::Unsupported);
    assert!(service.requests().is_empty());
}
