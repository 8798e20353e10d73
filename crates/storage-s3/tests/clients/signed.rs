//! Signed addresses and forms: whoever has them needs neither keys nor this library.

use std::time::Duration;

use http::Method;
use serde_json::json;
use storage_core::groups::PresignOptions;
use storage_core::{Object, Storage};
use storage_s3::{PostPolicy, S3};

use crate::boto::{V2, V4, bytes, content};
use crate::curl::{fetch, post, send};
use crate::keys::KEYS;
use crate::place::{Bucket, Place};

const MINUTE: Duration = Duration::from_secs(60);

/// The storage with each signature that the server takes.
fn both(place: &Place) -> Vec<Storage> {
    let mut all = vec![place.ours.clone()];
    if place.is(&["radosgw", "swift"]) {
        all.push(place.with("signature_version", "2"));
    }
    all
}

fn object(storage: &Storage, bucket: &Bucket<'_>, key: &str) -> Object {
    storage.container(&*bucket.name).unwrap().object(key).unwrap()
}

pub(crate) async fn addresses_are_good_for_curl(place: &Place) {
    let bucket = place.bucket().await;
    for storage in both(place) {
        let object = object(&storage, &bucket, "folder/a b+c.txt");
        let put = object.presign(Method::PUT, MINUTE).await.unwrap();
        let answer = send(&put, Some(b"from curl")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(object.get().bytes().await.unwrap(), "from curl");

        let get = object.presign(Method::GET, MINUTE).await.unwrap();
        let answer = send(&get, None).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, "from curl"));
        let ranged = fetch("GET", get.url.expose(), &[("range".into(), "bytes=5-".into())], None).await;
        assert_eq!(ranged.text(), "curl");
        // `rclone serve s3` answers 200 to a range.
        assert_eq!(ranged.status, if place.is(&["rclone"]) { 200 } else { 206 });

        let head = object.presign(Method::HEAD, MINUTE).await.unwrap();
        let answer = send(&head, None).await;
        assert_eq!((answer.status, answer.header("content-length")), (200, Some("9")));
        assert!(answer.body.is_empty());
        // An address is good for its method only; moto looks at no signature.
        let answer = fetch("PUT", get.url.expose(), &[], Some(b"no")).await;
        assert_eq!(answer.status, if place.is(&["moto"]) { 200 } else { 403 }, "{answer:?}");
        let changed = get.url.expose().replace("folder/", "other/");
        let answer = fetch("GET", &changed, &[], None).await;
        assert_eq!(answer.status, if place.is(&["moto"]) { 404 } else { 403 }, "{answer:?}");

        let delete = object.presign(Method::DELETE, MINUTE).await.unwrap();
        assert_eq!(send(&delete, None).await.status, 204);
        assert!(!object.exists().await.unwrap());
    }
    headers_and_parameters_are_signed(place, &bucket).await;
    bucket.remove().await;
}

async fn headers_and_parameters_are_signed(place: &Place, bucket: &Bucket<'_>) {
    for storage in both(place) {
        let object = object(&storage, bucket, "typed");
        let mut put = PresignOptions::new(Method::PUT, MINUTE);
        put.headers =
            vec![("content-type".into(), "text/x-own".into()), ("x-amz-meta-a".into(), "b c".into())];
        let put = object.presign_with(&put).await.unwrap();
        assert_eq!(send(&put, Some(b"typed")).await.status, 200);
        let info = object.head().await.unwrap();
        assert_eq!(info.content_type.as_deref(), Some("text/x-own"));
        assert_eq!(info.metadata.get("a"), Some("b c"));
        let other = [("content-type".into(), "text/html".into())];
        let answer = fetch("PUT", put.url.expose(), &other, Some(b"typed")).await;
        // moto looks at no signature.
        assert_eq!(answer.status, if place.is(&["moto"]) { 200 } else { 403 }, "{answer:?}");

        let mut get = PresignOptions::new(Method::GET, MINUTE);
        get.query = vec![
            ("response-content-type".into(), "application/x-other".into()),
            ("response-content-disposition".into(), "attachment; filename=\"a+b \u{e9}.txt\"".into()),
        ];
        let answer = send(&object.presign_with(&get).await.unwrap(), None).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        if !place.is(&["rclone"]) {
            assert_eq!(answer.header("content-type"), Some("application/x-other"));
            assert!(answer.header("content-disposition").unwrap().starts_with("attachment; filename=\"a+b "));
        }
    }
}

pub(crate) async fn addresses_of_odd_keys_are_good_for_curl(place: &Place) {
    let bucket = place.bucket().await;
    let paths = ["/lead", "a//b", "a/", "./x", "x/../y", "..", "line\nbreak", "tab\there", "bell\u{7}"];
    for (step, storage) in [1, 4].into_iter().zip(both(place)) {
        for key in KEYS.iter().copied().chain(paths).step_by(step) {
            let object = object(&storage, &bucket, key);
            let put = object.presign(Method::PUT, MINUTE).await.unwrap();
            let answer = send(&put, Some(key.as_bytes())).await;
            assert_eq!(answer.status, 200, "{key:?} {answer:?}");
            let got = bucket.boto("get_object", json!({"Key": key})).await;
            assert_eq!(content(&got["Body"]), key.as_bytes(), "{key:?}");
            let answer = send(&object.presign(Method::GET, MINUTE).await.unwrap(), None).await;
            assert_eq!((answer.status, answer.body.as_slice()), (200, key.as_bytes()), "{key:?}");
            let answer = send(&object.presign(Method::DELETE, MINUTE).await.unwrap(), None).await;
            assert_eq!(answer.status, 204, "{key:?} {answer:?}");
        }
        assert!(bucket.keys_of_boto().await.is_empty());
    }
    bucket.remove().await;
}

pub(crate) async fn addresses_of_boto3_are_good(place: &Place) {
    let bucket = place.bucket().await;
    let key = "a b+c%/\u{e9}";
    let signatures = if place.is(&["radosgw", "swift"]) { vec![V4, V2] } else { vec![V4] };
    for signature in signatures {
        let parameters = bucket.with(json!({"Key": key}));
        let put = place.boto.presign(signature, "put_object", parameters.clone()).await;
        assert_eq!(fetch("PUT", &put, &[], Some(b"through boto3")).await.status, 200);
        assert_eq!(bucket.object(key).get().bytes().await.unwrap(), "through boto3");
        let theirs =
            fetch("GET", &place.boto.presign(signature, "get_object", parameters.clone()).await, &[], None)
                .await;
        assert_eq!((theirs.status, theirs.text().as_str()), (200, "through boto3"));
        // Whoever fetches ours and theirs gets the same.
        let ours = send(&bucket.object(key).presign(Method::GET, MINUTE).await.unwrap(), None).await;
        assert_eq!(ours.body, theirs.body);
        for header in ["etag", "content-type", "content-length", "last-modified"] {
            assert_eq!(ours.header(header), theirs.header(header), "{header}");
        }
        let delete = place.boto.presign(signature, "delete_object", parameters).await;
        assert_eq!(fetch("DELETE", &delete, &[], None).await.status, 204);
        assert!(!bucket.object(key).exists().await.unwrap());
    }
    bucket.remove().await;
}

pub(crate) async fn forms_are_good_for_curl(place: &Place) {
    let bucket = place.bucket().await;
    let s3 = S3::of(&place.ours).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("picture one.png");
    std::fs::write(&file, b"0123456789").unwrap();
    let policy = PostPolicy::for_prefix("incoming/", MINUTE)
        .length_bytes(1..=10)
        .content_type_prefix("image/")
        .metadata("Author", "Jo & \"Co\"")
        .field("success_action_status", storage_s3::PostValue::Exact("201".into()));
    let form = s3.post_form(&bucket.ours, &policy).await.unwrap();
    let mut fields: Vec<_> =
        form.fields.iter().map(|(name, value)| (name.clone(), value.expose().to_owned())).collect();
    let kind = fields.iter_mut().find(|(name, _)| name == "Content-Type").unwrap();
    kind.1 = "image/png".into();
    let answer = post(&form.url, &fields, &file, "image/png").await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let key = "incoming/picture one.png";
    let head = bucket.boto("head_object", json!({"Key": key})).await;
    assert_eq!(head["ContentLength"], 10);
    assert_eq!(head["ContentType"], "image/png");
    assert_eq!(head["Metadata"], json!({"author": "Jo & \"Co\""}));

    // What the policy does not allow is refused; moto looks at no policy.
    let refused = |status: u16, good: u16| assert_eq!(status, if place.is(&["moto"]) { good } else { 403 });
    let with = |name: &str, value: &str| {
        let mut changed = fields.clone();
        changed.iter_mut().find(|(it, _)| it == name).unwrap().1 = value.to_owned();
        changed
    };
    refused(post(&form.url, &with("key", "elsewhere/x"), &file, "image/png").await.status, 201);
    refused(post(&form.url, &with("Content-Type", "text/html"), &file, "text/html").await.status, 201);
    refused(post(&form.url, &with("x-amz-meta-author", "Eve"), &file, "image/png").await.status, 201);
    std::fs::write(&file, b"0123456789A").unwrap();
    let answer = post(&form.url, &fields, &file, "image/png").await;
    assert_eq!(answer.status, if place.is(&["moto"]) { 201 } else { 400 }, "{}", answer.text());
    bucket.boto("put_object", json!({"Key": "last", "Body": bytes(b"")})).await;
    bucket.remove().await;
}
