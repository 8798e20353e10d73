//! Objects of one request: content, content headers, metadata, tags.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use storage_core::{ErrorKind, ObjectInfo, PutOptions};

use crate::boto::{V4, bytes, content};
use crate::place::Place;

const KEY: &str = "folder/report.html";
const CONTENT: &[u8] = b"<p>\0\xff\r\nhello</p>";

/// What is known of an object, whoever asks.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Facts {
    size: u64,
    etag: String,
    modified: i64,
    content_type: Option<String>,
    content_encoding: Option<String>,
    content_disposition: Option<String>,
    content_language: Option<String>,
    cache_control: Option<String>,
    metadata: BTreeMap<String, String>,
}

impl Facts {
    pub(crate) fn ours(info: &ObjectInfo) -> Self {
        Self {
            size: info.size,
            etag: info.etag.as_ref().unwrap().unquoted().to_owned(),
            modified: info.last_modified.unwrap().unix_timestamp(),
            content_type: info.content_type.clone(),
            content_encoding: info.content_encoding.clone(),
            content_disposition: info.content_disposition.clone(),
            content_language: info.content_language.clone(),
            cache_control: info.cache_control.clone(),
            metadata: info.metadata.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        }
    }

    pub(crate) fn of_boto(head: &Value) -> Self {
        let text = |name: &str| head[name].as_str().map(str::to_owned);
        let metadata = head["Metadata"].as_object().unwrap().iter();
        Self {
            size: head["ContentLength"].as_u64().unwrap(),
            etag: head["ETag"].as_str().unwrap().trim_matches('"').to_owned(),
            modified: head["LastModified"].as_i64().unwrap(),
            content_type: text("ContentType"),
            content_encoding: text("ContentEncoding"),
            content_disposition: text("ContentDisposition"),
            content_language: text("ContentLanguage"),
            cache_control: text("CacheControl"),
            metadata: metadata
                .map(|(name, value)| (name.to_ascii_lowercase(), value.as_str().unwrap().to_owned()))
                .collect(),
        }
    }

    /// What is the same whenever and wherever this is written.
    fn expected() -> Self {
        let some = |text: &str| Some(text.to_owned());
        Self {
            size: CONTENT.len() as u64,
            content_type: some("text/html; charset=utf-8"),
            content_encoding: some("x-own"),
            content_disposition: some("attachment; filename=\"a b.html\""),
            content_language: some("de, en"),
            cache_control: some("max-age=60, no-transform"),
            metadata: metadata(),
            ..Self::default()
        }
    }

    /// Leaves out what the server chooses.
    fn without_marks(mut self) -> Self {
        self.etag.clear();
        self.modified = 0;
        // `rclone serve s3` shows the time of its file, too.
        self.metadata.remove("mtime");
        self
    }
}

fn metadata() -> BTreeMap<String, String> {
    [("author", "Jo"), ("with-dash", "a=b; c, 'd' %20+\"e\""), ("n", "1")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

pub(crate) async fn what_boto3_writes_is_read(place: &Place) {
    let bucket = place.bucket().await;
    let written = json!({
        "Key": KEY,
        "Body": bytes(CONTENT),
        "ContentType": "text/html; charset=utf-8",
        "ContentEncoding": "x-own",
        "ContentDisposition": "attachment; filename=\"a b.html\"",
        "ContentLanguage": "de, en",
        "CacheControl": "max-age=60, no-transform",
        "Metadata": metadata(),
    });
    bucket.boto("put_object", written).await;
    let info = bucket.object(KEY).head().await.unwrap();
    let seen = Facts::of_boto(&bucket.boto("head_object", json!({"Key": KEY})).await);
    assert_eq!(Facts::ours(&info), seen);
    assert_eq!(Facts::ours(&info).without_marks(), Facts::expected());

    let mut got = bucket.object(KEY).get().await.unwrap();
    assert_eq!(Facts::ours(got.info()), seen);
    let mut body = Vec::new();
    while let Some(piece) = got.next().await {
        body.extend_from_slice(&piece.unwrap());
    }
    assert_eq!(body, CONTENT);

    let listed = bucket.entries().await;
    let of_boto = bucket.boto("list_objects_v2", json!({})).await["Contents"][0].clone();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].key, *KEY);
    assert_eq!(listed[0].size, of_boto["Size"].as_u64().unwrap());
    assert_eq!(listed[0].last_modified.unwrap().unix_timestamp(), of_boto["LastModified"].as_i64().unwrap());
    assert_eq!(
        listed[0].etag.as_ref().map(|it| it.unquoted()),
        of_boto["ETag"].as_str().map(|it| it.trim_matches('"'))
    );
    bucket.remove().await;
}

pub(crate) async fn what_is_written_is_read_by_boto3(place: &Place) {
    let bucket = place.bucket().await;
    let options = PutOptions::new()
        .content_type("text/html; charset=utf-8")
        .content_encoding("x-own")
        .content_disposition("attachment; filename=\"a b.html\"")
        .content_language("de, en")
        .cache_control("max-age=60, no-transform");
    let options = metadata().into_iter().fold(options, |it, (name, value)| it.metadata(name, value));
    let outcome = bucket.object(KEY).put(CONTENT).options(options).await.unwrap();

    let head = Facts::of_boto(&bucket.boto("head_object", json!({"Key": KEY})).await);
    assert_eq!(outcome.etag.unwrap().unquoted(), head.etag);
    assert_eq!(Facts::ours(&bucket.object(KEY).head().await.unwrap()), head);
    assert_eq!(head.without_marks(), Facts::expected());
    let got = bucket.boto("get_object", json!({"Key": KEY})).await;
    assert_eq!(content(&got["Body"]), CONTENT);

    // A copy keeps all of it, and one that replaces it keeps nothing.
    bucket.object(KEY).copy_to(&bucket.object("copy")).await.unwrap();
    let head = Facts::of_boto(&bucket.boto("head_object", json!({"Key": "copy"})).await);
    assert_eq!(head.without_marks(), Facts::expected());
    let replaced = PutOptions::new().content_type("text/plain").metadata("only", "this");
    bucket.object(KEY).copy_to(&bucket.object("copy")).replace(replaced).await.unwrap();
    let head = Facts::of_boto(&bucket.boto("head_object", json!({"Key": "copy"})).await).without_marks();
    // `rclone serve s3` adds what is new to what is there; boto3 with `MetadataDirective="REPLACE"` sees the same.
    let mut expected = if place.is(&["rclone"]) { Facts::expected() } else { Facts::default() };
    expected.size = CONTENT.len() as u64;
    expected.content_type = Some("text/plain".into());
    expected.metadata.insert("only".into(), "this".into());
    assert_eq!(head, expected);
    bucket.remove().await;
}

pub(crate) async fn ranges_and_conditions_are_those_of_boto3(place: &Place) {
    let bucket = place.bucket().await;
    let content_of_both: Vec<u8> = (0..=255).collect();
    bucket.boto("put_object", json!({"Key": "k", "Body": bytes(&content_of_both)})).await;
    let object = bucket.object("k");
    for (ours, of_boto) in [
        (object.get().range(0..1).bytes().await.unwrap(), "bytes=0-0"),
        (object.get().range(10..200).bytes().await.unwrap(), "bytes=10-199"),
        (object.get().range(250..).bytes().await.unwrap(), "bytes=250-"),
        (object.get().suffix(7).bytes().await.unwrap(), "bytes=-7"),
    ] {
        let got = bucket.boto("get_object", json!({"Key": "k", "Range": of_boto})).await;
        assert_eq!(ours, content(&got["Body"]), "{of_boto}");
    }
    let error = object.get().range(256..300).bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRange, "{error}");

    let etag = bucket.boto("head_object", json!({"Key": "k"})).await["ETag"].as_str().unwrap().to_owned();
    assert_eq!(object.get().if_match(&*etag).bytes().await.unwrap(), content_of_both);
    let error = object.get().if_none_match(&*etag).bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotModified, "{error}");
    let error = object.get().if_match("\"other\"").bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed, "{error}");
    let of_boto =
        place.boto.try_call(V4, "get_object", bucket.with(json!({"Key": "k", "IfMatch": "\"other\""}))).await;
    assert_eq!(of_boto.unwrap_err().1, 412);
    bucket.remove().await;
}

pub(crate) async fn metadata_beyond_ascii_comes_back(place: &Place) {
    let bucket = place.bucket().await;
    let value = "Zoë, 猫 🦀";
    bucket.object("k").put("x").metadata("name", value).await.unwrap();
    // Swift takes the bytes of UTF-8 for characters of Latin-1, and answers with those.
    let latin: String = value.bytes().map(char::from).collect();
    let expected = if place.is(&["swift"]) { &latin } else { value };
    assert_eq!(bucket.object("k").head().await.unwrap().metadata.get("name"), Some(expected));
    if place.is(&["swift"]) {
        return bucket.remove().await;
    }
    // boto3 shows the bytes of the header one by one: it reads headers as Latin-1.
    let head = bucket.boto("head_object", json!({"Key": "k"})).await;
    let seen = head["Metadata"]["name"].as_str().unwrap();
    let raw: Vec<u8> = seen.chars().map(|it| u8::try_from(u32::from(it)).unwrap()).collect();
    assert_eq!(String::from_utf8(raw).unwrap(), value);
    bucket.remove().await;
}

pub(crate) async fn tags_are_shared(place: &Place) {
    let bucket = place.bucket().await;
    let tags = [("plain", "1"), ("with space", "a+b=c:/@"), ("Ünï", "猫"), ("empty", "")];
    let of_boto: Vec<_> = tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
    let ours: BTreeMap<_, _> = tags.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let sorted = |answer: Value| -> BTreeMap<String, String> {
        let text = |it: &Value| it.as_str().unwrap().to_owned();
        answer["TagSet"].as_array().unwrap().iter().map(|it| (text(&it["Key"]), text(&it["Value"]))).collect()
    };
    bucket.boto("put_object", json!({"Key": "k", "Body": bytes(b"x")})).await;
    bucket.boto("put_object_tagging", json!({"Key": "k", "Tagging": {"TagSet": of_boto}})).await;
    assert_eq!(bucket.object("k").tags().await.unwrap(), ours);

    bucket.object("k").set_tags(&BTreeMap::new()).await.unwrap();
    assert!(sorted(bucket.boto("get_object_tagging", json!({"Key": "k"})).await).is_empty());
    bucket.object("k").set_tags(&ours).await.unwrap();
    assert_eq!(sorted(bucket.boto("get_object_tagging", json!({"Key": "k"})).await), ours);

    let options = ours.iter().fold(PutOptions::new(), |it, (name, value)| it.tag(name, value));
    bucket.object("new").put("y").options(options).await.unwrap();
    assert_eq!(sorted(bucket.boto("get_object_tagging", json!({"Key": "new"})).await), ours);
    bucket.remove().await;
}
