//! Containers that are there, or not yet gone.

use storage_azure::Azure;
use storage_core::ErrorKind;
use storage_testkit::server::{Answer, Fault};

use crate::scripted::{ATTEMPTS, Service, cause, failed, page, page_of};

fn lost() -> Answer {
    Answer::new(201).fault(Fault::CloseWithoutAnswer)
}

#[tokio::test]
async fn fault_045_a_container_that_a_lost_attempt_created_is_ours() {
    let there = || failed(409, "ContainerAlreadyExists");
    for first in [lost(), failed(500, "OperationTimedOut")] {
        let service = Service::queue([first, there()]).await;
        service.container().create().await.unwrap();
        service.assert_seen(&["create", "create"]);
    }
    // Refusals before anything was done leave no doubt: it was there before.
    for (first, attempts) in [(vec![], 1), (vec![failed(429, "TooManyRequests")], 2)] {
        let service = Service::queue(first.into_iter().chain([there()])).await;
        let error = service.container().create().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::ContainerAlreadyExists, attempts));
    }
}

#[tokio::test]
async fn fault_045_a_container_that_a_lost_attempt_removed_is_gone() {
    let empty = || Answer::xml(200, page(&[], None));
    let service = Service::queue([empty(), lost(), failed(404, "ContainerNotFound")]).await;
    service.container().delete().await.unwrap();
    service.assert_seen(&["list", "remove", "remove"]);
    let service = Service::queue([failed(404, "ContainerNotFound")]).await;
    let error = service.container().delete().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ContainerNotFound);
    let service = Service::queue([empty(), failed(404, "ContainerNotFound")]).await;
    let error = service.container().delete().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ContainerNotFound);
    service.assert_seen(&["list", "remove"]);
}

#[tokio::test]
async fn pitfall_17_a_name_that_is_still_taken_is_tried_again_and_told_then() {
    let being_deleted = || failed(409, "ContainerBeingDeleted");
    let service = Service::queue([being_deleted(), being_deleted(), Answer::new(201)]).await;
    service.container().create().await.unwrap();
    service.assert_seen(&["create"; 3]);

    let service = Service::calls(move |_, _, _| Some(being_deleted())).await;
    let error = service.container().create().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unavailable, ATTEMPTS as u32));
    assert_eq!((error.code(), error.status()), (Some("ContainerBeingDeleted"), Some(409)));
    assert!(error.to_string().contains("free again in a minute"), "{error}");
    assert!(error.is_retryable());
    assert_eq!(service.seen(), ["create"; ATTEMPTS]);

    // Once an answer was lost, a container that is being deleted is nobody's proof.
    let service =
        Service::queue([lost(), failed(409, "ContainerBeingDeleted"), failed(403, "AuthorizationFailure")])
            .await;
    let error = service.container().create().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Ambiguous);
    assert_eq!(cause(&error).kind(), ErrorKind::PermissionDenied);
}

#[tokio::test]
async fn pitfall_09_a_container_is_empty_when_its_last_page_is() {
    let empty = |next: Option<&str>| Answer::xml(200, page(&[], next));
    // An empty page does not end the listing: what is behind it must not be deleted.
    let service =
        Service::queue([empty(Some("m1")), empty(Some("m2")), Answer::xml(200, page(&["a"], None))]).await;
    let error = service.container().delete().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ContainerNotEmpty);
    service.assert_seen(&["list", "list", "list"]);
    let service = Service::queue([empty(Some("m1")), empty(None), Answer::new(202)]).await;
    service.container().delete().await.unwrap();
    service.assert_seen(&["list", "list", "remove"]);
    let markers: Vec<_> = service.of("list").iter().map(|it| it.query("marker")).collect();
    assert_eq!(markers, [None, Some("m1".to_owned())]);
}

#[tokio::test]
async fn fault_093_empty_pages_that_repeat_end_a_removal_and_nothing_is_removed() {
    let service = Service::calls(|call, before, _| {
        let next = if before % 2 == 0 { "x" } else { "y" };
        (call == "list").then(|| Answer::xml(200, page(&[], Some(next))))
    })
    .await;
    let error = service.container().delete().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ListingLoop);
    assert!(service.count("list") <= 6 && service.count("remove") == 0);
}

#[tokio::test]
async fn fault_093_snapshots_that_repeat_are_a_loop() {
    let service = Service::calls(|call, before, _| {
        let next = if before % 2 == 0 { "x" } else { "y" };
        let entry = crate::scripted::entry("<Name>k</Name><Snapshot>2026-01-01T00:00:00.0000000Z</Snapshot>");
        (call == "list").then(|| Answer::xml(200, page_of(&entry, Some(next))))
    })
    .await;
    let azure = Azure::of(&service.storage).unwrap();
    let error = azure.snapshots(&service.object()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ListingLoop);
    assert!(service.count("list") <= 6);
}

#[tokio::test]
async fn fault_037_a_container_that_is_not_there_is_told_apart_from_its_objects() {
    for answer in [
        failed(404, "ContainerNotFound"),
        Answer::new(404).header("x-ms-error-code", "ContainerNotFound"),
        Answer::new(404),
        failed(404, "ResourceNotFound"),
    ] {
        let service = Service::function(move |_| answer.clone()).await;
        let container = service.container();
        assert_eq!(container.info().await.unwrap_err().kind(), ErrorKind::ContainerNotFound);
        assert!(!container.exists().await.unwrap());
        assert_eq!(
            crate::scripted::names(container.list()).await.1.unwrap().kind(),
            ErrorKind::ContainerNotFound
        );
    }
}
