//! What only Azure has, beside what Microsoft's client makes of it.

use std::time::Duration;

use serde_json::json;
use storage_azure::{Azure, AzurePutOptions, BlobType, SasOptions};
use storage_core::groups::WebsiteConfig;
use storage_core::{ErrorKind, PutOptions};

use crate::microsoft::bytes;
use crate::place::Place;

pub(crate) async fn append_blobs_grow_for_both(place: &Place) {
    let shared = place.shared().await;
    let (azure, object) = (Azure::of(&place.ours).unwrap(), shared.object("log"));
    let none = PutOptions::new();
    azure.create_append(&object, &PutOptions::new().content_type("text/plain")).await.unwrap();
    assert_eq!(azure.append(&object, "one\n", Some(0), &none).await.unwrap(), 0);
    assert_eq!(azure.append(&object, "two\n", None, &none).await.unwrap(), 4);
    // What is there already is not written again, and not behind it either.
    let error = azure.append(&object, "late\n", Some(4), &none).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed);
    shared.call("log", "append_block", json!({"data": bytes(b"three\n")})).await;
    assert_eq!(object.get().text().await.unwrap(), "one\ntwo\nthree\n");
    let whole = AzurePutOptions::new().blob_type(BlobType::Append);
    object.put("new\n").options(PutOptions::new().extension(whole)).await.unwrap();
    let theirs = shared.call("log", "get_blob_properties", json!({})).await;
    assert_eq!((&theirs["blob_type"], &theirs["size"]), (&json!("AppendBlob"), &json!(4)));
    shared.remove().await;
}

pub(crate) async fn pages_are_those_of_both(place: &Place) {
    let shared = place.shared().await;
    let (azure, object) = (Azure::of(&place.ours).unwrap(), shared.object("disk"));
    let none = PutOptions::new();
    azure.create_pages(&object, 2048, &none).await.unwrap();
    azure.put_pages(&object, 512, vec![b'x'; 512], &none).await.unwrap();
    assert_eq!(azure.page_ranges(&object).await.unwrap().first(), Some(&(512..1024)));
    shared
        .call("disk", "upload_page", json!({"page": bytes(&[b'y'; 512]), "offset": 1536, "length": 512}))
        .await;
    assert_eq!(azure.page_ranges(&object).await.unwrap(), [512..1024, 1536..2048]);
    azure.clear_pages(&object, 512..1024, &none).await.unwrap();
    let got = object.get().bytes().await.unwrap();
    assert!(got[..1536].iter().all(|it| *it == 0) && got[1536..].iter().all(|it| *it == b'y'));
    let odd = azure.put_pages(&object, 1, "x", &none).await.unwrap_err();
    assert_eq!(odd.kind(), ErrorKind::InvalidInput);
    let whole = AzurePutOptions::new().blob_type(BlobType::Page);
    object.put(vec![b'z'; 1024]).options(PutOptions::new().extension(whole)).await.unwrap();
    assert_eq!(shared.read("disk").await, [b'z'; 1024]);
    shared.remove().await;
}

pub(crate) async fn leases_are_kept_by_microsoft(place: &Place) {
    let shared = place.shared().await;
    let (azure, object) = (Azure::of(&place.ours).unwrap(), shared.object("k"));
    object.put("first").await.unwrap();
    let id = azure.acquire_lease(&object, Some(Duration::from_secs(60)), None).await.unwrap();
    let theirs = shared.try_call("k", "upload_blob", json!({"data": bytes(b"x"), "overwrite": true})).await;
    assert_eq!(theirs.unwrap_err(), ("LeaseIdMissing".into(), 412));
    let second = azure.acquire_lease(&object, None, None).await.unwrap_err();
    assert_eq!((second.kind(), second.code()), (ErrorKind::PreconditionFailed, Some("LeaseAlreadyPresent")));
    azure.renew_lease(&object, &id).await.unwrap();
    let other = "22222222-2222-2222-2222-222222222222";
    assert_eq!(azure.change_lease(&object, &id, other).await.unwrap(), other);
    azure.release_lease(&object, other).await.unwrap();
    shared.write("k", b"theirs").await;
    azure.acquire_lease(&object, None, Some(other)).await.unwrap();
    assert_eq!(azure.break_lease(&object, Some(Duration::ZERO)).await.unwrap(), Duration::ZERO);
    shared.write("k", b"again").await;
    // A container that is leased can't be deleted.
    let id = azure.acquire_lease(&shared.ours, None, None).await.unwrap();
    object.delete().await.unwrap();
    assert_eq!(shared.ours.delete().await.unwrap_err().code(), Some("LeaseIdMissing"));
    azure.release_lease(&shared.ours, &id).await.unwrap();
    shared.remove().await;
}

pub(crate) async fn tiers_and_snapshots_are_seen_by_microsoft(place: &Place) {
    let shared = place.shared().await;
    let (azure, object) = (Azure::of(&place.ours).unwrap(), shared.object("k"));
    object.put("old").await.unwrap();
    let snapshot = azure.snapshot(&object).await.unwrap();
    object.put("new").await.unwrap();
    assert_eq!(azure.snapshots(&object).await.unwrap(), std::slice::from_ref(&snapshot));
    assert_eq!(object.get().version(snapshot).text().await.unwrap(), "old");
    assert_eq!(object.delete().await.unwrap_err().code(), Some("SnapshotsPresent"));
    let include = storage_azure::AzureDeleteOptions::new().snapshots(storage_azure::DeleteSnapshots::Include);
    object.delete().options(storage_core::DeleteOptions::new().extension(include)).await.unwrap();
    object.put("cold").await.unwrap();
    azure.set_tier(&object, "Cool", None).await.unwrap();
    let theirs = shared.call("k", "get_blob_properties", json!({})).await;
    assert_eq!(theirs["blob_tier"], json!("Cool"));
    azure.set_tier(&object, "Archive", None).await.unwrap();
    let error = object.get().await.unwrap_err();
    assert_eq!(error.code(), Some("BlobArchived"), "{error}");
    assert!(error.to_string().contains("archived"), "{error}");
    shared.remove().await;
}

pub(crate) async fn containers_and_accounts_are_signed_for_everybody(place: &Place) {
    let shared = place.shared().await;
    let azure = Azure::of(&place.ours).unwrap();
    shared.object("a b/%2F").put("x").await.unwrap();
    let options = SasOptions::new("rl", Duration::from_secs(600));
    let url = azure.sign_container(&shared.ours, &options).await.unwrap();
    let query = url.expose().split_once('?').unwrap().1.to_owned();
    let everybody = place.with_sas(&query).container(&*shared.name).unwrap();
    assert_eq!(everybody.object("a b/%2F").unwrap().get().text().await.unwrap(), "x");
    let refused = everybody.object("new").unwrap().put("x").await.unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::PermissionDenied | ErrorKind::Unauthenticated), "{refused}");
    let account =
        azure.sign_account("sco", &SasOptions::new("rwlc", Duration::from_secs(600))).await.unwrap();
    let all = place.with_sas(account.expose()).container(&*shared.name).unwrap();
    all.object("new").unwrap().put("y").await.unwrap();
    assert_eq!(shared.read("new").await, b"y");
    shared.remove().await;
}

pub(crate) async fn the_website_is_that_of_the_account(place: &Place) {
    let web = place.with("website_endpoint", "https://acme.z6.web.example.com").container("$web").unwrap();
    web.website(&WebsiteConfig::new("index.html").error("404.html")).await.unwrap();
    let theirs = place.microsoft.call(json!({}), "get_service_properties", json!({})).await;
    assert_eq!(theirs["static_website"]["index_document"], json!("index.html"), "{theirs}");
    assert_eq!(theirs["static_website"]["error_document404_path"], json!("404.html"));
    let config = web.website_config().await.unwrap().unwrap();
    assert_eq!((config.index.as_str(), config.error.as_deref()), ("index.html", Some("404.html")));
    assert_eq!(web.website_url().await.unwrap(), "https://acme.z6.web.example.com");
    web.remove_website().await.unwrap();
    assert_eq!(web.website_config().await.unwrap(), None);
}
