//! Both signatures on a server that checks them: every kind of call, and what boto3 makes of the same.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::Method;
use serde_json::json;
use storage_core::groups::{CorsRule, DeleteTarget, VersionQuery, Versioning, WebsiteConfig};
use storage_core::{CannedAcl, Container, ErrorKind, ListEntry, Result, Storage};

use crate::boto::{V2, V4, bytes};
use crate::curl::send;
use crate::place::Place;

pub(crate) async fn both_signatures_are_taken_for_every_call(place: &Place) {
    for version in ["4", "2"] {
        let storage = place.with("signature_version", version);
        let name = place.unused();
        let container = storage.container(&*name).unwrap();
        container.create().await.unwrap();
        objects(&container).await;
        uploads(&container).await;
        settings(&container).await;
        let names: Vec<_> = storage.containers().prefix(&*name).try_collect::<Vec<_>>().await.unwrap();
        assert_eq!(names.len(), 1);
        container.delete().await.unwrap();
        assert!(!container.exists().await.unwrap());
    }
    wrong_keys_are_refused(place).await;
    boto3_signs_the_path_of_a_bucket_otherwise_with_version_2(place).await;
}

async fn objects(container: &Container) {
    let object = container.object("a b/\u{e9}+%").unwrap();
    object.put("x").metadata("b", "2").metadata("a", "1  2").content_type("text/own").await.unwrap();
    assert_eq!(object.head().await.unwrap().metadata.get("b"), Some("2"));
    assert_eq!(object.get().range(0..1).bytes().await.unwrap(), "x");
    let copy = container.object("copy?acl&x").unwrap();
    object.copy_to(&copy).await.unwrap();
    let tags = BTreeMap::from([("k".to_owned(), "v".to_owned())]);
    copy.set_tags(&tags).await.unwrap();
    assert_eq!(copy.tags().await.unwrap(), tags);
    copy.set_canned_acl(CannedAcl::Private).await.unwrap();
    copy.acl().await.unwrap();
    let address = copy.presign(Method::GET, Duration::from_secs(60)).await.unwrap();
    assert_eq!(send(&address, None).await.body, b"x");
    let listing = container.list().prefix("a b").delimiter("/").page_size(1);
    assert_eq!(listing.try_collect::<Vec<ListEntry>>().await.unwrap().len(), 1);
    let targets = [object.key().clone(), copy.key().clone()].map(DeleteTarget::new);
    assert_eq!(container.delete_many(stream::iter(targets)).finish().await.unwrap(), 2);
}

async fn uploads(container: &Container) {
    let object = container.object("parts").unwrap();
    let piece = Bytes::from(vec![7; 6 << 20]);
    let pieces = [Ok::<_, storage_core::Error>(piece.clone()), Ok(piece)];
    object.upload_stream(stream::iter(pieces)).part_size(5 << 20).await.unwrap();
    assert_eq!(object.head().await.unwrap().size, 12 << 20);
    assert_eq!(container.abort_incomplete(Duration::ZERO).await.unwrap(), 0);
    object.delete().await.unwrap();
}

async fn settings(container: &Container) {
    let mut rule = CorsRule::default();
    rule.origins = vec!["*".into()];
    rule.methods = vec!["GET".into()];
    container.set_cors(&[rule]).await.unwrap();
    assert_eq!(container.cors().await.unwrap().len(), 1);
    container.set_cors(&[]).await.unwrap();
    container.website(&WebsiteConfig::new("index.html")).await.unwrap();
    assert!(container.website_config().await.unwrap().is_some());
    container.remove_website().await.unwrap();
    container.set_canned_acl(CannedAcl::Private).await.unwrap();
    container.acl().await.unwrap();
    let driver = container.storage().driver().versions().unwrap();
    driver.set_versioning(container.name(), Versioning::On).await.unwrap();
    assert_eq!(driver.versioning(container.name()).await.unwrap(), Versioning::On);
    let object = container.object("versioned").unwrap();
    let version = object.put("x").await.unwrap().version.unwrap();
    let page = driver.list_versions(container.name(), &VersionQuery::default()).await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert_eq!(object.get().version(version.clone()).bytes().await.unwrap(), "x");
    object.delete().version(version).await.unwrap();
}

async fn wrong_keys_are_refused(place: &Place) {
    for version in ["4", "2"] {
        let storage: Storage = place.with_secret("signature_version", version, "wrong");
        let outcome: Result<Vec<_>> = storage.containers().try_collect().await;
        let error = outcome.unwrap_err();
        // Here radosgw says `AccessDenied` of a signature that does not match, to boto3 as well.
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    }
}

/// It signs `/bucket/` and sends `/bucket`; calls on objects, of which the path is the same, are taken.
async fn boto3_signs_the_path_of_a_bucket_otherwise_with_version_2(place: &Place) {
    let bucket = place.bucket().await;
    let call = |signature, name, more| place.boto.try_call(signature, name, bucket.with(more));
    for signature in [V4, V2] {
        call(signature, "put_object", json!({"Key": "k +%", "Body": bytes(b"x")})).await.unwrap();
        call(signature, "get_object", json!({"Key": "k +%"})).await.unwrap();
        call(signature, "get_object_acl", json!({"Key": "k +%"})).await.unwrap();
        call(signature, "put_object_tagging", json!({"Key": "k +%", "Tagging": {"TagSet": []}}))
            .await
            .unwrap();
        let upload = call(signature, "create_multipart_upload", json!({"Key": "m"})).await.unwrap();
        let id = &upload["UploadId"];
        let part = json!({"Key": "m", "UploadId": id, "PartNumber": 1, "Body": bytes(b"x")});
        call(signature, "upload_part", part).await.unwrap();
        call(signature, "list_parts", json!({"Key": "m", "UploadId": id})).await.unwrap();
        call(signature, "abort_multipart_upload", json!({"Key": "m", "UploadId": id})).await.unwrap();
    }
    for name in ["head_bucket", "list_objects_v2", "get_bucket_acl", "list_multipart_uploads"] {
        call(V4, name, json!({})).await.unwrap();
        assert_eq!(call(V2, name, json!({})).await.unwrap_err().1, 403, "{name}");
    }
    bucket.remove().await;
}
