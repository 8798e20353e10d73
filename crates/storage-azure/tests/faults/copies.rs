//! Copies that the service carries out at its leisure.

use storage_azure::Azure;
use storage_core::{ErrorKind, PutOptions};
use storage_testkit::server::{Answer, Fault, Request};

use crate::scripted::{Service, copying, failed, head, object};

/// What a question for the destination of a copy tells.
fn progress(id: &str, status: &str) -> Answer {
    head(7).header("x-ms-copy-id", id).header("x-ms-copy-status", status)
}

/// What it tells of a copy that left so many bytes.
fn ended(size: u64, status: &str) -> Answer {
    head(size).header("x-ms-copy-id", "copy-1").header("x-ms-copy-status", status)
}

/// A service whose copy is under way, and whose destination tells this, one after the other.
async fn pending(mut told: Vec<Answer>) -> Service {
    told.reverse();
    Service::calls(move |call, _, request| match call {
        "copy" => Some(copying("pending")),
        "head" if request.path().ends_with("/to") => Some(told.pop().unwrap()),
        "head" => Some(head(7)),
        _ => None,
    })
    .await
}

async fn copy(service: &Service) -> storage_core::Result<storage_core::PutOutcome> {
    service.object().copy_to(&service.container().object("to").unwrap()).await
}

#[tokio::test]
async fn fault_090_pitfall_15_a_pending_copy_is_asked_for_until_it_is_done() {
    let steps = ["pending", "pending", "pending", "success"];
    let service = pending(steps.map(|it| progress("copy-1", it)).to_vec()).await;
    let outcome = copy(&service).await.unwrap();
    // The tag is that of the copy as it is at the end.
    assert_eq!((outcome.etag.unwrap().unquoted(), outcome.size), ("e1", Some(7)));
    assert_eq!(service.seen(), ["head", "copy", "head", "head", "head", "head"]);
    let waits: Vec<_> = service.runtime.waits().iter().map(std::time::Duration::as_millis).collect();
    assert_eq!(waits, [100, 200, 400, 800]);
    let sent = &service.of("copy")[0];
    let source = format!("{}/acct/bucket/k", service.server.url());
    assert_eq!(sent.header("x-ms-copy-source"), Some(source.as_str()));
    assert_eq!(sent.header("x-ms-source-if-match"), Some("\"e1\""));
}

#[tokio::test]
async fn fault_090_pitfall_15_a_copy_that_was_done_at_once_is_not_asked_for() {
    let service = Service::calls(|call, _, _| (call == "head").then(|| head(7))).await;
    let outcome = copy(&service).await.unwrap();
    assert_eq!((outcome.etag.unwrap().unquoted(), outcome.size), ("copy", Some(7)));
    assert_eq!(service.seen(), ["head", "copy"]);
    assert!(service.runtime.waits().is_empty());
}

#[tokio::test]
async fn fault_090_pitfall_15_a_copy_that_fails_is_an_error_with_its_reason() {
    for status in ["failed", "aborted"] {
        let end = ended(0, status).header("x-ms-copy-status-description", "500 Copy failed: source gone");
        let service = pending(vec![progress("copy-1", "pending"), end]).await;
        let error = copy(&service).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{status}");
        assert!(error.to_string().contains(status), "{error}");
        assert!(error.to_string().contains("source gone"), "{error}");
        // The service leaves an empty object there, which goes unless somebody has written it since.
        assert_eq!(service.seen(), ["head", "copy", "head", "head", "delete"]);
        assert_eq!(service.of("delete")[0].header("if-match"), Some("\"e1\""));
    }
    let service = pending(vec![progress("copy-1", "failed")]).await;
    assert_eq!(copy(&service).await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(service.seen(), ["head", "copy", "head"]);
}

#[tokio::test]
async fn fault_090_pitfall_15_a_destination_that_was_overwritten_is_no_success() {
    for told in [
        progress("copy-2", "success"),
        progress("copy-2", "pending"),
        // A later write takes both headers away.
        head(7),
    ] {
        let service = pending(vec![progress("copy-1", "pending"), told]).await;
        let error = copy(&service).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Changed);
        // What is there now is somebody else's.
        assert_eq!(service.seen(), ["head", "copy", "head", "head"]);
    }
}

#[tokio::test]
async fn fault_090_a_copy_that_can_not_be_watched_is_stopped() {
    for (answer, kind) in [
        (failed(403, "AuthorizationFailure"), ErrorKind::PermissionDenied),
        (failed(404, "BlobNotFound"), ErrorKind::ObjectNotFound),
    ] {
        let service = pending(vec![answer]).await;
        assert_eq!(copy(&service).await.unwrap_err().kind(), kind);
        assert_eq!(service.seen(), ["head", "copy", "head", "abort-copy"]);
        let stop = &service.of("abort-copy")[0];
        assert_eq!(stop.query("copyid").as_deref(), Some("copy-1"));
        assert_eq!(stop.header("x-ms-copy-action"), Some("abort"));
    }
    // A question that fails for now is asked again.
    let told = vec![failed(503, "ServerBusy"), Answer::new(502), progress("copy-1", "success")];
    let service = pending(told).await;
    copy(&service).await.unwrap();
    assert_eq!(service.count("abort-copy"), 0);
}

#[tokio::test]
async fn fault_089_a_copy_whose_answer_does_not_say_how_far_it_is_is_no_success() {
    for header in ["x-ms-copy-id", "x-ms-copy-status", "etag", "x-ms-request-id"] {
        let service = Service::calls(move |call, _, _| match call {
            "copy" => Some(copying("success").fault(Fault::DropHeader(header))),
            "head" => Some(head(7)),
            _ => None,
        })
        .await;
        let error = copy(&service).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{header}");
        assert_eq!(service.seen(), ["head", "copy", "copy", "copy"], "{header}");
    }
    // A status that nobody knows is no success, either.
    let service = Service::calls(|call, _, _| match call {
        "copy" => Some(copying("odd")),
        "head" => Some(head(7)),
        _ => None,
    })
    .await;
    assert!(copy(&service).await.unwrap_err().to_string().contains("odd"));
}

#[tokio::test]
async fn pitfall_15_a_copy_that_is_in_the_way_is_named() {
    let service =
        Service::calls(|call, _, _| (call == "put").then(|| failed(409, "PendingCopyOperation"))).await;
    let error = service.object().put("x").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::PreconditionFailed, 1));
    assert!(error.to_string().contains("copy to the object is under way"), "{error}");
}

#[tokio::test]
async fn fault_089_what_the_source_is_told_is_about_the_source() {
    for (status, code, kind) in [
        (404, "CannotVerifyCopySource", ErrorKind::ObjectNotFound),
        (403, "CannotVerifyCopySource", ErrorKind::PermissionDenied),
        (412, "SourceConditionNotMet", ErrorKind::PreconditionFailed),
        (409, "BlobArchived", ErrorKind::PreconditionFailed),
    ] {
        let service = Service::calls(move |call, _, _| match call {
            "copy" => Some(failed(status, code)),
            "head" => Some(head(7)),
            _ => None,
        })
        .await;
        let to = service.container().object("to").unwrap();
        let error = service.object().copy_to(&to).if_absent().await.unwrap_err();
        assert_eq!((error.kind(), error.code(), error.attempts()), (kind, Some(code), 1), "{code}");
    }
}

#[tokio::test]
async fn pitfall_15_metadata_of_the_copy_replaces_all_and_tags_come_along() {
    let source = |request: &Request| {
        head(7)
            .header("x-ms-meta-old", "1")
            .header("x-ms-tag-count", "1")
            .header("content-md5", crate::scripted::md5(b"content"))
            .fault(Fault::SetHeader("x-ms-blob-type", format!("{}Blob", request.method)))
    };
    let service = Service::calls(move |call, _, request| match call {
        "head" => Some(source(request)),
        "tags" => Some(Answer::xml(
            200,
            "<Tags><TagSet><Tag><Key>a b</Key><Value>c&amp;d</Value></Tag></TagSet></Tags>",
        )),
        _ => None,
    })
    .await;
    copy(&service).await.unwrap();
    let sent = &service.of("copy")[0];
    assert_eq!(sent.header("x-ms-tags"), Some("a%20b=c%26d"));
    assert!(sent.headers.iter().all(|it| !it.0.starts_with("x-ms-meta-")));

    // New content headers come with a call of their own, which would clear all that it does not name.
    let to = service.container().object("to").unwrap();
    let replace = PutOptions::new().content_type("text/plain").metadata("new", "2");
    service.object().copy_to(&to).replace(replace).await.unwrap();
    let sent = &service.of("copy")[1];
    assert_eq!(sent.header("x-ms-meta-new"), Some("2"));
    assert!(sent.header("x-ms-meta-old").is_none() && sent.header("x-ms-tags").is_none());
    let set = &service.of("set-properties")[0];
    assert_eq!(set.header("x-ms-blob-content-type"), Some("text/plain"));
    assert_eq!(set.header("x-ms-blob-content-md5"), Some(crate::scripted::md5(b"content").as_str()));
    assert_eq!(set.header("if-match"), Some("\"copy\""));
}

#[tokio::test]
async fn pitfall_18_what_is_not_changed_is_said_again() {
    let service = Service::calls(|call, _, request| {
        (call == "head").then(|| {
            object(request, "content", "\"e1\"")
                .header("content-type", "image/x")
                .header("cache-control", "no-store")
                .header("content-md5", crate::scripted::md5(b"content"))
        })
    })
    .await;
    let mut update = storage_core::groups::MetadataUpdate::default();
    update.content_language = Some("de".to_owned());
    update.metadata.insert("a", "b");
    service.object().update_metadata(update).await.unwrap();
    assert_eq!(service.seen(), ["head", "set-properties", "set-metadata"]);
    let sent = &service.requests()[1];
    for (name, value) in [
        ("x-ms-blob-content-type", "image/x"),
        ("x-ms-blob-cache-control", "no-store"),
        ("x-ms-blob-content-language", "de"),
        ("x-ms-blob-content-md5", &crate::scripted::md5(b"content")),
        // Another write meanwhile would be undone.
        ("if-match", "\"e1\""),
    ] {
        assert_eq!(sent.header(name), Some(value), "{name}");
    }
    assert_eq!(service.requests()[2].header("if-match"), Some("\"set\""));
    // A lost race leaves the other's headers alone.
    let service = Service::calls(|call, _, request| match call {
        "head" => Some(object(request, "content", "\"e1\"")),
        "set-properties" => Some(failed(412, "ConditionNotMet")),
        _ => None,
    })
    .await;
    let mut update = storage_core::groups::MetadataUpdate::default();
    update.content_type = Some("text/plain".to_owned());
    let error = service.object().update_metadata(update).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed);
    assert_eq!(service.seen(), ["head", "set-properties"]);
}

#[tokio::test]
async fn fault_093_pages_of_a_blob_that_repeat_are_a_loop() {
    let service = Service::calls(|call, before, _| {
        let next = if before % 2 == 0 { "x" } else { "y" };
        (call == "page-ranges").then(|| {
            Answer::xml(
                200,
                format!("<PageList><PageRange><Start>0</Start><End>511</End></PageRange><NextMarker>{next}</NextMarker></PageList>"),
            )
        })
    })
    .await;
    let azure = Azure::of(&service.storage).unwrap();
    let error = azure.page_ranges(&service.object()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ListingLoop);
    assert!(service.count("page-ranges") <= 6);
}

#[tokio::test]
async fn content_is_fetched_from_an_address_that_nobody_else_sees() {
    let service = Service::calls(|call, _, _| match call {
        "copy" => Some(Answer::new(201).header("etag", "\"fetched\"").header("x-ms-request-id", "r")),
        _ => None,
    })
    .await;
    let source = storage_core::Secret::from("https://elsewhere.example.com/x?sig=canary");
    let options = PutOptions::new().content_type("text/plain").metadata("a", "1").if_absent();
    let azure = Azure::of(&service.storage).unwrap();
    let outcome = azure.put_from_url(&service.object(), &source, &options).await.unwrap();
    assert_eq!(outcome.etag.unwrap().unquoted(), "fetched");
    let sent = &service.of("copy")[0];
    for (name, value) in [
        ("x-ms-copy-source", "https://elsewhere.example.com/x?sig=canary"),
        ("x-ms-blob-type", "BlockBlob"),
        ("x-ms-blob-content-type", "text/plain"),
        ("x-ms-meta-a", "1"),
        ("if-none-match", "*"),
        ("content-length", "0"),
    ] {
        assert_eq!(sent.header(name), Some(value), "{name}");
    }
    let bad = storage_core::Secret::from("https://elsewhere.example.com/x?sig=canary\n");
    let error = azure.put_from_url(&service.object(), &bad, &options).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
}
