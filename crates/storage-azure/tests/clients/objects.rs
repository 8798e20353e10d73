//! Objects of one request: content, content headers, metadata, tags, snapshots.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use storage_azure::{Azure, AzureDeleteOptions, DeleteSnapshots};
use storage_core::{
    ChecksumAlgorithm, ChecksumMode, Checksums, DeleteOptions, ErrorKind, ObjectInfo, PutOptions,
};

use crate::microsoft::{bytes, content_of};
use crate::place::Place;

const KEY: &str = "folder/report.html";
const CONTENT: &[u8] = b"<p>\0\xff\r\nhello</p>";

/// What is known of an object, whoever asks.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Facts {
    size: u64,
    etag: String,
    modified: i64,
    created: i64,
    content_type: Option<String>,
    content_encoding: Option<String>,
    content_disposition: Option<String>,
    content_language: Option<String>,
    cache_control: Option<String>,
    md5: Option<Vec<u8>>,
    metadata: BTreeMap<String, String>,
}

impl Facts {
    pub(crate) fn ours(info: &ObjectInfo) -> Self {
        Self {
            size: info.size,
            etag: info.etag.as_ref().unwrap().unquoted().to_owned(),
            modified: info.last_modified.unwrap().unix_timestamp(),
            created: info.created.unwrap().unix_timestamp(),
            content_type: info.content_type.clone(),
            content_encoding: info.content_encoding.clone(),
            content_disposition: info.content_disposition.clone(),
            content_language: info.content_language.clone(),
            cache_control: info.cache_control.clone(),
            md5: info.checksums.get(ChecksumAlgorithm::Md5).map(|it| it.value().to_vec()),
            metadata: info.metadata.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        }
    }

    pub(crate) fn theirs(properties: &Value) -> Self {
        let settings = &properties["content_settings"];
        let text = |name: &str| settings[name].as_str().map(str::to_owned);
        let metadata = properties["metadata"].as_object().unwrap().iter();
        Self {
            size: properties["size"].as_u64().unwrap(),
            etag: properties["etag"].as_str().unwrap().trim_matches('"').to_owned(),
            modified: properties["last_modified"].as_i64().unwrap(),
            created: properties["creation_time"].as_i64().unwrap(),
            content_type: text("content_type"),
            content_encoding: text("content_encoding"),
            content_disposition: text("content_disposition"),
            content_language: text("content_language"),
            cache_control: text("cache_control"),
            md5: settings["content_md5"].is_object().then(|| content_of(&settings["content_md5"])),
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
        self.md5 = None;
        (self.modified, self.created) = (0, 0);
        self
    }
}

fn metadata() -> BTreeMap<String, String> {
    // Microsoft orders these two in its own way, and both are signed in that order.
    [("author", "Jo"), ("with_line", "a=b; c, 'd' +\"e\""), ("a1", "1"), ("a_b", "2")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

pub(crate) async fn what_microsoft_writes_is_read(place: &Place) {
    let shared = place.shared().await;
    let written = json!({
        "data": bytes(CONTENT),
        "content_settings": {
            "content_type": "text/html; charset=utf-8",
            "content_encoding": "x-own",
            "content_disposition": "attachment; filename=\"a b.html\"",
            "content_language": "de, en",
            "cache_control": "max-age=60, no-transform",
        },
        "metadata": metadata(),
    });
    shared.call(KEY, "upload_blob", written).await;
    let info = shared.object(KEY).head().await.unwrap();
    let seen = Facts::theirs(&shared.properties(KEY).await);
    assert_eq!(Facts::ours(&info), seen);
    assert_eq!(Facts::ours(&info).without_marks(), Facts::expected());

    let mut got = shared.object(KEY).get().await.unwrap();
    assert_eq!(Facts::ours(got.info()), seen);
    let mut body = Vec::new();
    while let Some(piece) = got.next().await {
        body.extend_from_slice(&piece.unwrap());
    }
    assert_eq!(body, CONTENT);

    let listed = shared.entries().await;
    let theirs = shared.container("list_blobs", json!({})).await[0].clone();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].key, *KEY);
    assert_eq!(listed[0].size, theirs["size"].as_u64().unwrap());
    assert_eq!(listed[0].last_modified.unwrap().unix_timestamp(), theirs["last_modified"].as_i64().unwrap());
    assert_eq!(listed[0].etag.as_ref().map(|it| it.unquoted()), theirs["etag"].as_str());
    shared.remove().await;
}

pub(crate) async fn what_is_written_is_read_by_microsoft(place: &Place) {
    let shared = place.shared().await;
    let options = PutOptions::new()
        .content_type("text/html; charset=utf-8")
        .content_encoding("x-own")
        .content_disposition("attachment; filename=\"a b.html\"")
        .content_language("de, en")
        .cache_control("max-age=60, no-transform");
    let options = metadata().into_iter().fold(options, |it, (name, value)| it.metadata(name, value));
    let outcome = shared.object(KEY).put(CONTENT).options(options).await.unwrap();

    let seen = Facts::theirs(&shared.properties(KEY).await);
    assert_eq!(outcome.etag.unwrap().unquoted(), seen.etag);
    assert_eq!(Facts::ours(&shared.object(KEY).head().await.unwrap()), seen);
    assert_eq!(seen.without_marks(), Facts::expected());
    assert_eq!(shared.read(KEY).await, CONTENT);

    // A copy keeps all of it, and one that replaces it keeps nothing.
    shared.object(KEY).copy_to(&shared.object("copy")).await.unwrap();
    let seen = shared.properties("copy").await;
    assert_eq!(Facts::theirs(&seen).without_marks(), Facts::expected());
    let replaced = PutOptions::new().content_type("text/plain").metadata("only", "this");
    shared.object(KEY).copy_to(&shared.object("copy")).replace(replaced).await.unwrap();
    let expected = Facts {
        size: CONTENT.len() as u64,
        content_type: Some("text/plain".into()),
        metadata: [("only".to_owned(), "this".to_owned())].into(),
        ..Facts::default()
    };
    assert_eq!(Facts::theirs(&shared.properties("copy").await).without_marks(), expected);
    assert_eq!(shared.read("copy").await, CONTENT);
    shared.remove().await;
}

pub(crate) async fn ranges_and_conditions_are_those_of_microsoft(place: &Place) {
    let shared = place.shared().await;
    let all: Vec<u8> = (0..=255).collect();
    shared.write("k", &all).await;
    let object = shared.object("k");
    for (ours, offset, length) in [
        (object.get().range(0..1).bytes().await.unwrap(), 0, Some(1)),
        (object.get().range(10..200).bytes().await.unwrap(), 10, Some(190)),
        (object.get().range(250..).bytes().await.unwrap(), 250, None),
        (object.get().suffix(7).bytes().await.unwrap(), 249, None),
    ] {
        let theirs = shared.call("k", "download_blob", json!({"offset": offset, "length": length})).await;
        assert_eq!(ours, content_of(&theirs["content"]), "{offset}");
    }
    let error = object.get().range(256..300).bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRange, "{error}");

    let etag = shared.properties("k").await["etag"].as_str().unwrap().to_owned();
    assert_eq!(object.get().if_match(&*etag).bytes().await.unwrap(), all);
    let error = object.get().if_none_match(&*etag).bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotModified, "{error}");
    let error = object.get().if_match("\"other\"").bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed, "{error}");
    let other = json!({"etag": "\"other\"", "match_condition": "IfNotModified"});
    assert_eq!(shared.try_call("k", "download_blob", other).await.unwrap_err().1, 412);

    // Whoever overwrites what the other one has just written is told.
    object.put("ours").await.unwrap();
    let stale = json!({"data": bytes(b"theirs"), "overwrite": true, "etag": etag, "match_condition": "IfNotModified"});
    assert_eq!(
        shared.try_call("k", "upload_blob", stale).await.unwrap_err(),
        ("ConditionNotMet".into(), 412)
    );
    let error = object.put("again").if_match(&*etag).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PreconditionFailed, "{error}");
    let error = object.put("again").if_absent().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{error}");
    let theirs = shared.try_call("k", "upload_blob", json!({"data": bytes(b"again")})).await;
    assert_eq!(theirs.unwrap_err(), ("BlobAlreadyExists".into(), 409));
    shared.remove().await;
}

pub(crate) async fn tags_are_shared(place: &Place) {
    let shared = place.shared().await;
    let tags = [("plain", "1"), ("with space", "a+b=c:/ -_."), ("a+b", "x y")];
    let all: BTreeMap<_, _> = tags.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    shared.call("k", "upload_blob", json!({"data": bytes(b"x"), "tags": all})).await;
    assert_eq!(shared.object("k").tags().await.unwrap(), all);

    shared.object("k").set_tags(&BTreeMap::new()).await.unwrap();
    assert_eq!(shared.call("k", "get_blob_tags", json!({})).await, json!({}));
    shared.call("k", "set_blob_tags", json!({"tags": all})).await;
    assert_eq!(shared.object("k").tags().await.unwrap(), all);
    shared.object("k").set_tags(&BTreeMap::new()).await.unwrap();
    shared.object("k").set_tags(&all).await.unwrap();
    assert_eq!(shared.call("k", "get_blob_tags", json!({})).await, json!(all));

    // Azurite takes no empty value where all tags are set, from neither; the service itself does.
    let empty = json!({"tags": {"empty": ""}});
    assert_eq!(shared.try_call("k", "set_blob_tags", empty).await.unwrap_err().1, 400);
    let empty = [("empty".to_owned(), String::new())].into();
    assert_eq!(shared.object("k").set_tags(&empty).await.unwrap_err().status(), Some(400));

    let options = all.iter().fold(PutOptions::new(), |it, (name, value)| it.tag(name, value));
    shared.object("new").put("y").options(options).await.unwrap();
    assert_eq!(shared.call("new", "get_blob_tags", json!({})).await, json!(all));
    shared.remove().await;
}

pub(crate) async fn checksums_are_shared(place: &Place) {
    let shared = place.shared().await;
    let md5 = ChecksumAlgorithm::Md5.of(b"content");
    shared.call("theirs", "upload_blob", json!({"data": bytes(b"content"), "validate_content": true})).await;
    let info = shared.object("theirs").head().await.unwrap();
    assert_eq!(info.checksums.get(ChecksumAlgorithm::Md5), Some(md5));
    assert_eq!(shared.object("theirs").get().bytes().await.unwrap(), "content");

    // What is told nothing is protected by a CRC-64, and keeps the MD5 that the service made.
    let own = ChecksumMode::Algorithm(ChecksumAlgorithm::Md5);
    for (mode, algorithm) in
        [(ChecksumMode::Auto, ChecksumAlgorithm::Crc64Nvme), (own, ChecksumAlgorithm::Md5)]
    {
        let outcome = shared.object("ours").put("content").checksum(mode).await.unwrap();
        assert_eq!(outcome.checksums.get(algorithm), Some(algorithm.of(b"content")));
        // It compares what comes with the MD5 of the blob.
        let theirs = shared.call("ours", "download_blob", json!({"validate_content": true})).await;
        assert_eq!(content_of(&theirs["content"]), b"content");
        let kept = &theirs["properties"]["content_settings"]["content_md5"];
        assert_eq!(content_of(kept), md5.value());
    }
    let other = Checksums::from(ChecksumAlgorithm::Md5.of(b"other"));
    let error = shared.object("ours").put("content").expected(other).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ChecksumMismatch, "{error}");
    shared.remove().await;
}

pub(crate) async fn snapshots_are_shared(place: &Place) {
    let shared = place.shared().await;
    shared.write("k", b"old").await;
    let theirs =
        shared.call("k", "create_snapshot", json!({})).await["snapshot"].as_str().unwrap().to_owned();
    shared.write("k", b"new").await;
    let azure = Azure::of(&place.ours).unwrap();
    let ours = azure.snapshot(&shared.object("k")).await.unwrap();
    let at = |time: &str| json!({"container": shared.name, "blob": "k", "snapshot": time});
    let time = ours.as_str().strip_prefix("snapshot:").unwrap();
    let seen = place.microsoft.call(at(time), "download_blob", json!({})).await;
    assert_eq!(content_of(&seen["content"]), b"new");
    let all = azure.snapshots(&shared.object("k")).await.unwrap();
    assert_eq!(all, [format!("snapshot:{theirs}").into(), ours.clone()]);

    // Snapshots are read as versions are, by storages that were told of those.
    let object = place.with("versions", "true").container(&*shared.name).unwrap().object("k").unwrap();
    object.put("newest").await.unwrap();
    assert_eq!(object.get().version(all[0].clone()).bytes().await.unwrap(), "old");
    assert_eq!(object.get().version(ours.clone()).bytes().await.unwrap(), "new");
    assert_eq!(object.get().bytes().await.unwrap(), "newest");
    // What has snapshots is not deleted by accident, by neither.
    let refused = shared.try_call("k", "delete_blob", json!({})).await.unwrap_err();
    assert_eq!(refused, ("SnapshotsPresent".into(), 409));
    let error = shared.object("k").delete().await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::PreconditionFailed, Some("SnapshotsPresent")));
    object.delete().version(ours.clone()).await.unwrap();
    assert_eq!(place.microsoft.call(at(time), "exists", json!({})).await, false);
    let options =
        DeleteOptions::new().extension(AzureDeleteOptions::new().snapshots(DeleteSnapshots::Include));
    shared.object("k").delete().options(options).await.unwrap();
    assert_eq!(place.microsoft.call(at(&theirs), "exists", json!({})).await, false);
    shared.remove().await;
}
