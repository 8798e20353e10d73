//! What belongs to a bucket: versions, website, CORS, who may read.

use std::time::Duration;

use serde_json::{Value, json};
use storage_core::groups::{
    CorsRule, Grantee, Permission, VersionEntry, VersionQuery, Versioning, WebsiteConfig,
};
use storage_core::{CannedAcl, ErrorKind, ObjectRef};

use crate::boto::{V4, bytes, content};
use crate::curl::fetch;
use crate::place::{Bucket, Place};

async fn versions(bucket: &Bucket<'_>) -> Vec<VersionEntry> {
    let driver = bucket.ours.storage().driver();
    let mut query = VersionQuery::default();
    query.limit = Some(2);
    let mut all = Vec::new();
    loop {
        let page = driver.versions().unwrap().list_versions(bucket.ours.name(), &query).await.unwrap();
        all.extend(page.items);
        query.page_token = page.next;
        if query.page_token.is_none() {
            return all;
        }
    }
}

pub(crate) async fn versions_are_shared(place: &Place) {
    let bucket = place.bucket().await;
    let driver = bucket.ours.storage().driver().versions().unwrap();
    assert_eq!(driver.versioning(bucket.ours.name()).await.unwrap(), Versioning::Off);
    bucket.boto("put_bucket_versioning", json!({"VersioningConfiguration": {"Status": "Enabled"}})).await;
    assert_eq!(driver.versioning(bucket.ours.name()).await.unwrap(), Versioning::On);

    let key = "a b+\u{e9}";
    let first = bucket.boto("put_object", json!({"Key": key, "Body": bytes(b"one")})).await;
    let first = first["VersionId"].as_str().unwrap().to_owned();
    let second = bucket.object(key).put("two").await.unwrap().version.unwrap();
    bucket.boto("delete_object", json!({"Key": key})).await;
    bucket.object("other").put("x").await.unwrap();
    assert_eq!(bucket.keys().await, ["other"]);

    let all = versions(&bucket).await;
    let of_boto = bucket.boto("list_object_versions", json!({})).await;
    let seen = |of: &Value, marker: bool| {
        let text = |name: &str| of[name].as_str().unwrap().to_owned();
        (text("Key"), text("VersionId"), of["IsLatest"].as_bool().unwrap(), marker)
    };
    let none = Vec::new();
    let mut theirs: Vec<_> =
        of_boto["Versions"].as_array().unwrap().iter().map(|it| seen(it, false)).collect();
    theirs.extend(of_boto["DeleteMarkers"].as_array().unwrap_or(&none).iter().map(|it| seen(it, true)));
    theirs.sort();
    let mut ours: Vec<_> = all
        .iter()
        .map(|it| {
            (it.object.key.as_str().to_owned(), it.version.as_str().to_owned(), it.latest, it.delete_marker)
        })
        .collect();
    ours.sort();
    assert_eq!(ours, theirs);
    assert_eq!(ours.len(), 4);

    // Each reads the version that the other wrote.
    assert_eq!(bucket.object(key).get().version(&*first).bytes().await.unwrap(), "one");
    let got = bucket.boto("get_object", json!({"Key": key, "VersionId": second.as_str()})).await;
    assert_eq!(content(&got["Body"]), b"two");
    let error = bucket.object(key).get().bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ObjectNotFound, "{error}");
    let object = bucket.object(key);
    let target = ObjectRef::new(bucket.ours.name(), object.key());
    driver.restore_version(target, &first.as_str().into()).await.unwrap();
    assert_eq!(content(&bucket.boto("get_object", json!({"Key": key})).await["Body"]), b"one");

    bucket.object(key).delete().version(&*first).await.unwrap();
    let gone =
        place.boto.try_call(V4, "head_object", bucket.with(json!({"Key": key, "VersionId": first}))).await;
    assert_eq!(gone.unwrap_err().1, 404);
    for it in versions(&bucket).await {
        bucket.ours.object_at(it.object.key).delete().version(it.version).await.unwrap();
    }
    driver.set_versioning(bucket.ours.name(), Versioning::Suspended).await.unwrap();
    assert_eq!(bucket.boto("get_bucket_versioning", json!({})).await["Status"], "Suspended");
    bucket.remove().await;
}

pub(crate) async fn settings_of_buckets_are_shared(place: &Place) {
    let bucket = place.bucket().await;
    assert_eq!(bucket.ours.website_config().await.unwrap(), None);
    assert_eq!(bucket.ours.cors().await.unwrap(), []);

    let website = WebsiteConfig::new("index.html").error("404.html");
    let of_boto = json!({"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "404.html"}});
    bucket.boto("put_bucket_website", json!({"WebsiteConfiguration": of_boto})).await;
    assert_eq!(bucket.ours.website_config().await.unwrap(), Some(website.clone()));
    bucket.ours.remove_website().await.unwrap();
    let gone = place.boto.try_call(V4, "get_bucket_website", bucket.with(json!({}))).await;
    assert_eq!(gone.unwrap_err().0, "NoSuchWebsiteConfiguration");
    bucket.ours.website(&website).await.unwrap();
    let seen = bucket.boto("get_bucket_website", json!({})).await;
    assert_eq!(
        (&seen["IndexDocument"], &seen["ErrorDocument"]),
        (&of_boto["IndexDocument"], &of_boto["ErrorDocument"])
    );
    bucket.ours.remove_website().await.unwrap();

    let mut rule = CorsRule::default();
    rule.origins = vec!["https://a.example".into(), "https://*.b.example".into()];
    rule.methods = vec!["GET".into(), "PUT".into()];
    rule.headers = vec!["*".into()];
    rule.expose = vec!["etag".into(), "x-amz-version-id".into()];
    rule.max_age = Some(Duration::from_secs(600));
    let of_boto = json!({
        "AllowedOrigins": rule.origins, "AllowedMethods": rule.methods, "AllowedHeaders": rule.headers,
        "ExposeHeaders": rule.expose, "MaxAgeSeconds": 600,
    });
    let sorted = |mut rule: CorsRule| {
        // radosgw keeps them as sets.
        for it in [&mut rule.origins, &mut rule.methods, &mut rule.headers, &mut rule.expose] {
            it.sort();
        }
        rule
    };
    bucket.boto("put_bucket_cors", json!({"CORSConfiguration": {"CORSRules": [of_boto]}})).await;
    let seen: Vec<_> = bucket.ours.cors().await.unwrap().into_iter().map(sorted).collect();
    assert_eq!(seen, [sorted(rule.clone())]);
    bucket.ours.set_cors(&[]).await.unwrap();
    let gone = place.boto.try_call(V4, "get_bucket_cors", bucket.with(json!({}))).await;
    assert_eq!(gone.unwrap_err().0, "NoSuchCORSConfiguration");
    bucket.ours.set_cors(&[rule.clone()]).await.unwrap();
    let seen = bucket.boto("get_bucket_cors", json!({})).await["CORSRules"][0].clone();
    assert_eq!(seen["MaxAgeSeconds"], 600);
    for (name, expected) in [
        ("AllowedOrigins", &rule.origins),
        ("AllowedMethods", &rule.methods),
        ("AllowedHeaders", &rule.headers),
        ("ExposeHeaders", &rule.expose),
    ] {
        let mut values: Vec<_> =
            seen[name].as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect();
        values.sort();
        let mut expected = expected.clone();
        expected.sort();
        assert_eq!(values, expected, "{name}");
    }
    bucket.remove().await;
}

pub(crate) async fn access_is_shared(place: &Place) {
    let bucket = place.bucket().await;
    let url = format!("{}/{}/k", place.endpoint, bucket.name);
    bucket.boto("put_object", json!({"Key": "k", "Body": bytes(b"x"), "ACL": "public-read"})).await;
    let everyone = |acl: &storage_core::groups::Acl| {
        acl.grants.iter().any(|it| it.grantee == Grantee::Everyone && it.permission == Permission::Read)
    };
    let acl = bucket.object("k").acl().await.unwrap();
    assert!(everyone(&acl), "{acl:?}");
    let of_boto = bucket.boto("get_object_acl", json!({"Key": "k"})).await;
    assert_eq!(acl.owner.as_deref(), of_boto["Owner"]["ID"].as_str());
    assert_eq!(fetch("GET", &url, &[], None).await.status, 200);
    bucket.object("k").set_canned_acl(CannedAcl::Private).await.unwrap();
    assert!(!everyone(&bucket.object("k").acl().await.unwrap()));
    let grants = |answer: &Value| -> Vec<(Value, Value)> {
        let all = answer["Grants"].as_array().unwrap();
        all.iter().map(|it| (it["Grantee"]["URI"].clone(), it["Permission"].clone())).collect()
    };
    let of_boto = grants(&bucket.boto("get_object_acl", json!({"Key": "k"})).await);
    assert_eq!(of_boto, [(Value::Null, json!("FULL_CONTROL"))]);
    assert_eq!(fetch("GET", &url, &[], None).await.status, 403);

    bucket.object("open").put("y").acl(CannedAcl::PublicRead).await.unwrap();
    let of_boto = grants(&bucket.boto("get_object_acl", json!({"Key": "open"})).await);
    assert!(
        of_boto.contains(&(json!("http://acs.amazonaws.com/groups/global/AllUsers"), json!("READ"))),
        "{of_boto:?}"
    );

    bucket.ours.set_canned_acl(CannedAcl::PublicRead).await.unwrap();
    let of_boto = grants(&bucket.boto("get_bucket_acl", json!({})).await);
    assert!(
        of_boto.contains(&(json!("http://acs.amazonaws.com/groups/global/AllUsers"), json!("READ"))),
        "{of_boto:?}"
    );
    bucket.boto("put_bucket_acl", json!({"ACL": "private"})).await;
    assert!(!everyone(&bucket.ours.acl().await.unwrap()));
    bucket.remove().await;
}
