//! Objects of several requests, and the checksums of both kinds.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use serde_json::json;
use storage_core::{ChecksumAlgorithm, ChecksumMode, Checksums, ErrorKind, IncompleteUploads, Result};

use crate::boto::{V4, bytes, content};
use crate::objects::Facts;
use crate::place::Place;

const PART: usize = 5 << 20;

/// Content of two whole parts and a little more, of which no two parts are the same.
fn large() -> Vec<u8> {
    (0..2 * PART as u32 + 12_345).map(|it| (it.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

/// The entity tag that S3 gives to content in parts; `rclone serve s3` has the one of content in one piece.
fn tag_of_parts(place: &Place, all: &[u8]) -> String {
    if place.is(&["rclone"]) {
        return hex(ChecksumAlgorithm::Md5.of(all).value());
    }
    let tags: Vec<u8> =
        all.chunks(PART).flat_map(|it| ChecksumAlgorithm::Md5.of(it).value().to_vec()).collect();
    let whole = ChecksumAlgorithm::Md5.of(&tags);
    format!("{}-{}", hex(whole.value()), all.len().div_ceil(PART))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

pub(crate) async fn parts_of_boto3_are_read(place: &Place) {
    let bucket = place.bucket().await;
    let all = large();
    let more =
        json!({"Key": "large", "Body": bytes(&all), "ContentType": "video/own", "Metadata": {"a": "b"}});
    place.boto.upload(bucket.with(more)).await;
    let info = bucket.object("large").head().await.unwrap();
    assert_eq!(
        Facts::ours(&info),
        Facts::of_boto(&bucket.boto("head_object", json!({"Key": "large"})).await)
    );
    assert_eq!(info.size, all.len() as u64);
    assert_eq!(info.content_type.as_deref(), Some("video/own"));
    assert_eq!(info.metadata.get("a"), Some("b"));
    assert_eq!(info.etag.unwrap().unquoted(), tag_of_parts(place, &all));
    assert!(bucket.object("large").get().bytes().await.unwrap() == all);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large");
    bucket.object("large").download_file(&path).await.unwrap();
    assert!(std::fs::read(&path).unwrap() == all);
    bucket.remove().await;
}

pub(crate) async fn parts_are_read_by_boto3(place: &Place) {
    let bucket = place.bucket().await;
    let all = large();
    let pieces: Vec<Result<Bytes>> = all.chunks(1 << 20).map(|it| Ok(Bytes::copy_from_slice(it))).collect();
    let upload = bucket.object("large").upload_stream(stream::iter(pieces)).part_size(PART as u64);
    upload.content_type("video/own").metadata("a", "b").await.unwrap();
    let head = bucket.boto("head_object", json!({"Key": "large"})).await;
    assert_eq!(head["ContentType"], "video/own");
    assert_eq!(head["ETag"], format!("\"{}\"", tag_of_parts(place, &all)));
    assert_eq!(Facts::of_boto(&head), Facts::ours(&bucket.object("large").head().await.unwrap()));
    assert!(place.boto.download(&bucket.name, "large").await == all);
    let parts = bucket.boto("list_objects_v2", json!({})).await;
    assert_eq!(parts["Contents"].as_array().unwrap().len(), 1);
    bucket.remove().await;
}

async fn unfinished(all: IncompleteUploads) -> Vec<(String, String)> {
    let all: Vec<_> = all.try_collect().await.unwrap();
    all.into_iter().map(|it| (it.key.as_str().to_owned(), it.upload.as_str().to_owned())).collect()
}

pub(crate) async fn unfinished_uploads_are_shared(place: &Place) {
    let bucket = place.bucket().await;
    let mut begun = Vec::new();
    for key in ["a b+c%", "a b+c%", "x/\u{e9}", "y"] {
        let answer = bucket.boto("create_multipart_upload", json!({"Key": key})).await;
        let id = answer["UploadId"].as_str().unwrap().to_owned();
        bucket
            .boto("upload_part", json!({"Key": key, "UploadId": id, "PartNumber": 1, "Body": bytes(b"x")}))
            .await;
        begun.push((key.to_owned(), id));
    }
    begun.sort();
    let mut found = unfinished(bucket.ours.incomplete_uploads()).await;
    found.sort();
    assert_eq!(found, begun);
    let found = unfinished(bucket.ours.incomplete_uploads().prefix("x/")).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, "x/\u{e9}");

    if place.is(&["moto"]) {
        // Everything was begun in November 2010 there.
        let all: Vec<_> = bucket.ours.incomplete_uploads().try_collect().await.unwrap();
        assert!(all.iter().all(|it| it.started.unwrap().year() == 2010));
    } else {
        assert_eq!(bucket.ours.abort_incomplete(Duration::from_secs(3600)).await.unwrap(), 0);
    }
    assert_eq!(bucket.ours.abort_incomplete(Duration::ZERO).prefix("a").await.unwrap(), 2);
    let left = bucket.boto("list_multipart_uploads", json!({})).await;
    let left: Vec<_> = left["Uploads"].as_array().unwrap().iter().map(|it| it["Key"].clone()).collect();
    assert_eq!(left, ["x/\u{e9}", "y"]);
    assert_eq!(bucket.ours.abort_incomplete(Duration::ZERO).await.unwrap(), 2);
    let left = bucket.boto("list_multipart_uploads", json!({})).await;
    assert!(left["Uploads"].as_array().is_none_or(Vec::is_empty), "{left}");
    bucket.remove().await;
}

/// boto3 has these without code of its own in C.
const CHECKSUMS: [(&str, ChecksumAlgorithm); 3] = [
    ("CRC32", ChecksumAlgorithm::Crc32),
    ("SHA1", ChecksumAlgorithm::Sha1),
    ("SHA256", ChecksumAlgorithm::Sha256),
];

pub(crate) async fn checksums_are_shared(place: &Place) {
    let bucket = place.bucket().await;
    // radosgw takes the headers and forgets them, moto keeps those unchecked that boto3 announces in one more header.
    let (kept, checked) = (!place.is(&["radosgw"]), place.is(&["s3s-fs"]));
    for (name, algorithm) in CHECKSUMS {
        let expected = algorithm.of(b"content");
        let field = format!("Checksum{name}");
        bucket
            .boto(
                "put_object",
                json!({"Key": "theirs", "Body": bytes(b"content"), "ChecksumAlgorithm": name}),
            )
            .await;
        let info = bucket.object("theirs").head().await.unwrap();
        assert_eq!(info.checksums.get(algorithm), kept.then_some(expected), "{name}");
        assert_eq!(bucket.object("theirs").get().bytes().await.unwrap(), "content");

        let put = bucket.object("ours").put("content").checksum(ChecksumMode::Algorithm(algorithm)).await;
        if !kept {
            assert_eq!(put.unwrap_err().kind(), ErrorKind::Unsupported);
            continue;
        }
        put.unwrap();
        let head = bucket.boto("head_object", json!({"Key": "ours", "ChecksumMode": "ENABLED"})).await;
        assert_eq!(
            head[&field].as_str().map(str::to_owned),
            checked.then(|| base64(expected.value())),
            "{name}"
        );
        assert_eq!(content(&bucket.boto("get_object", json!({"Key": "ours"})).await["Body"]), b"content");

        let wrong = json!({"Key": "wrong", "Body": bytes(b"content"), &field: base64(algorithm.of(b"other").value())});
        let of_boto = place.boto.try_call(V4, "put_object", bucket.with(wrong)).await;
        let ours =
            bucket.object("wrong").put("content").expected(Checksums::new().with(algorithm.of(b"other")));
        // Ours is refused on every server: the handle has the content before the server.
        assert_eq!(ours.await.unwrap_err().kind(), ErrorKind::ChecksumMismatch, "{name}");
        assert_eq!(of_boto.is_err(), checked, "{name}: {of_boto:?}");
    }
    bucket.remove().await;
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
