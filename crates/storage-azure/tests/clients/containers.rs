//! Containers and their settings.

use serde_json::json;
use storage_core::{ContainerInfo, ErrorKind, PublicAccess};

use crate::microsoft::bytes;
use crate::place::Place;

pub(crate) async fn containers_are_shared(place: &Place) {
    let name = place.unused();
    let ours = place.ours.container(&*name).unwrap();
    ours.create().metadata("owner", "us").await.unwrap();
    let on = || json!({"container": name});
    let theirs = place.microsoft.call(on(), "get_container_properties", json!({})).await;
    let info = ours.info().await.unwrap();
    assert_eq!(theirs["metadata"], json!({"owner": "us"}));
    assert_eq!(theirs["etag"].as_str().unwrap().trim_matches('"'), info.etag.as_ref().unwrap().unquoted());
    assert_eq!(theirs["last_modified"].as_i64().unwrap(), info.modified.unwrap().unix_timestamp());
    let again = place.microsoft.try_call(on(), "create_container", json!({})).await;
    assert_eq!(again.unwrap_err(), ("ContainerAlreadyExists".into(), 409));
    let error = ours.create().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ContainerAlreadyExists, "{error}");

    place.microsoft.call(on(), "set_container_metadata", json!({"metadata": {"owner": "them"}})).await;
    assert_eq!(ours.info().await.unwrap().metadata.get("owner"), Some("them"));
    let listing = place.ours.containers().prefix(&*name);
    let found: Vec<ContainerInfo> = listing.try_collect().await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].name.as_str(), name);
    let theirs = place.microsoft.call(json!({}), "list_containers", json!({"name_starts_with": name})).await;
    assert_eq!(theirs.as_array().unwrap().len(), 1);

    place.microsoft.call(on(), "upload_blob", json!({"name": "k", "data": bytes(b"x")})).await;
    let error = ours.delete().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ContainerNotEmpty, "{error}");
    ours.object("k").unwrap().delete().await.unwrap();
    ours.delete().await.unwrap();
    assert_eq!(place.microsoft.call(on(), "exists", json!({})).await, false);
    access_is_shared(place).await;
}

async fn access_is_shared(place: &Place) {
    for (access, expected) in [(PublicAccess::Objects, "blob"), (PublicAccess::Container, "container")] {
        let name = place.unused();
        let ours = place.ours.container(&*name).unwrap();
        ours.create().public_access(access).await.unwrap();
        let theirs =
            place.microsoft.call(json!({"container": name}), "get_container_properties", json!({})).await;
        assert_eq!(theirs["public_access"], expected);
        assert_eq!(ours.info().await.unwrap().public_access, Some(access));
        let object = ours.object("a b").unwrap();
        object.put("x").await.unwrap();
        let address = object.public_url().await.unwrap();
        let answer = place.microsoft.fetch("GET", &address, &[], None).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, "x"), "{answer:?}");
        object.delete().await.unwrap();
        ours.delete().await.unwrap();
    }
}
