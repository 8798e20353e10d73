//! Leases: what one client has locked, the other one can't change without the id.

use serde_json::json;
use storage_azure::AzurePutOptions;
use storage_core::{ErrorKind, PutOptions};

use crate::microsoft::bytes;
use crate::place::Place;

/// The options of a writer who holds a lease.
fn holding(id: &str) -> PutOptions {
    PutOptions::new().extension(AzurePutOptions::new().lease_id(id))
}

pub(crate) async fn leases_of_microsoft_are_kept(place: &Place) {
    let shared = place.shared().await;
    shared.write("k", b"first").await;
    let id =
        shared.call("k", "acquire_lease", json!({"lease_duration": 60})).await.as_str().unwrap().to_owned();
    let object = shared.object("k");

    let error = object.put("second").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code(), error.status()),
        (ErrorKind::PreconditionFailed, Some("LeaseIdMissing"), Some(412))
    );
    let error = object.delete().await.unwrap_err();
    assert_eq!(error.code(), Some("LeaseIdMissing"), "{error}");
    let error =
        object.put("second").options(holding("11111111-1111-1111-1111-111111111111")).await.unwrap_err();
    assert_eq!(error.code(), Some("LeaseIdMismatchWithBlobOperation"), "{error}");
    // Reads need no lease.
    assert_eq!(object.get().bytes().await.unwrap(), "first");

    object.put("second").options(holding(&id)).await.unwrap();
    assert_eq!(shared.read("k").await, b"second");
    let theirs = shared.try_call("k", "upload_blob", json!({"data": bytes(b"x"), "overwrite": true})).await;
    assert_eq!(theirs.unwrap_err(), ("LeaseIdMissing".into(), 412));
    place.microsoft.lease(shared.blob("k"), "renew", &id).await.unwrap();
    place.microsoft.lease(shared.blob("k"), "release", &id).await.unwrap();
    object.put("third").await.unwrap();
    assert_eq!(shared.read("k").await, b"third");
    shared.remove().await;
}
