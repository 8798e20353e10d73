//! Objects of several requests, and writers that meet.

use bytes::Bytes;
use futures_util::{future, stream};
use serde_json::{Value, json};
use storage_core::{ErrorKind, Result};

use crate::microsoft::bytes;
use crate::objects::Facts;
use crate::place::{Place, Shared};

const PART: usize = 1 << 20;

/// Content of three whole parts and a little more, of which no two parts are the same.
fn large() -> Vec<u8> {
    (0..3 * PART as u32 + 12_345).map(|it| (it.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

/// Returns the sizes of the blocks of a blob as the other client sees them: those that count, and those that wait.
async fn blocks(shared: &Shared<'_>, key: &str) -> (Vec<u64>, Vec<u64>) {
    let answer = shared.call(key, "get_block_list", json!({"block_list_type": "all"})).await;
    let sizes = |at: usize| -> Vec<u64> {
        answer[at].as_array().unwrap().iter().map(|it: &Value| it["size"].as_u64().unwrap()).collect()
    };
    (sizes(0), sizes(1))
}

pub(crate) async fn blocks_of_microsoft_are_read(place: &Place) {
    let shared = place.shared().await;
    let all = large();
    let settings = json!({"content_type": "video/own"});
    let written = json!({"data": bytes(&all), "content_settings": settings, "metadata": {"a": "b"}, "max_concurrency": 2});
    shared.call("large", "upload_blob", written).await;
    assert_eq!(blocks(&shared, "large").await.0.len(), 4);
    let info = shared.object("large").head().await.unwrap();
    assert_eq!(Facts::ours(&info), Facts::theirs(&shared.properties("large").await));
    assert_eq!(info.size, all.len() as u64);
    assert_eq!(info.content_type.as_deref(), Some("video/own"));
    assert_eq!(info.metadata.get("a"), Some("b"));
    assert!(shared.object("large").get().bytes().await.unwrap() == all);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large");
    shared.object("large").download_file(&path).await.unwrap();
    assert!(std::fs::read(&path).unwrap() == all);
    shared.remove().await;
}

pub(crate) async fn blocks_are_read_by_microsoft(place: &Place) {
    let shared = place.shared().await;
    let all = large();
    let pieces: Vec<Result<Bytes>> = all.chunks(1 << 18).map(|it| Ok(Bytes::copy_from_slice(it))).collect();
    let upload = shared.object("large").upload_stream(stream::iter(pieces)).part_size(PART as u64);
    let outcome = upload.content_type("video/own").metadata("a", "b").await.unwrap();
    let seen = shared.properties("large").await;
    assert_eq!(seen["content_settings"]["content_type"], "video/own");
    assert_eq!(seen["metadata"], json!({"a": "b"}));
    assert_eq!(outcome.etag.unwrap().unquoted(), seen["etag"].as_str().unwrap().trim_matches('"'));
    assert_eq!(Facts::theirs(&seen), Facts::ours(&shared.object("large").head().await.unwrap()));
    assert!(shared.read("large").await == all);
    let (committed, waiting) = blocks(&shared, "large").await;
    assert_eq!(committed, [PART as u64, PART as u64, PART as u64, 12_345]);
    assert!(waiting.is_empty());
    assert_eq!(shared.keys_of_microsoft().await, ["large"]);
    shared.remove().await;
}

/// The service refuses blocks whose ids have another length than those that wait.
pub(crate) async fn blocks_that_somebody_left_are_told(place: &Place) {
    let shared = place.shared().await;
    let left =
        json!({"block_id": "an-id-of-some-length-that-nobody-else-would-choose", "data": bytes(b"left")});
    shared.call("k", "stage_block", left.clone()).await;
    assert!(shared.keys_of_microsoft().await.is_empty() && shared.keys().await.is_empty());
    assert_eq!(blocks(&shared, "k").await, (vec![], vec![4]));
    let all = large();
    let upload = || {
        let pieces: Vec<Result<Bytes>> = all.chunks(PART).map(|it| Ok(Bytes::copy_from_slice(it))).collect();
        shared.object("k").upload_stream(stream::iter(pieces)).part_size(PART as u64)
    };
    let error = upload().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::InvalidInput, Some("InvalidBlobOrBlock")),
        "{error}"
    );
    let other = json!({"block_id": "short", "data": bytes(b"x")});
    assert_eq!(shared.try_call("k", "stage_block", other).await.unwrap_err().0, "InvalidBlobOrBlock");
    // A write in one request is not held up.
    shared.object("k").put("whole").await.unwrap();
    assert_eq!(shared.read("k").await, b"whole");
    // Whoever left them ends them.
    let ids = json!({"block_list": ["an-id-of-some-length-that-nobody-else-would-choose"]});
    shared.call("k", "stage_block", left).await;
    shared.call("k", "commit_block_list", ids).await;
    upload().await.unwrap();
    assert!(shared.read("k").await == all);
    shared.remove().await;
}

pub(crate) async fn one_of_many_creators_wins(place: &Place) {
    let shared = place.shared().await;
    for round in 0..4 {
        let key = format!("race-{round}");
        let writers = (0..16)
            .map(|writer| shared.object(&key).put(format!("writer {writer}")).if_absent().into_future());
        let all = future::join_all(writers).await;
        let winners: Vec<usize> = (0..16).filter(|it| all[*it].is_ok()).collect();
        assert_eq!(winners.len(), 1, "{all:?}");
        for error in all.into_iter().filter_map(Result::err) {
            assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{error}");
        }
        assert_eq!(shared.read(&key).await, format!("writer {}", winners[0]).as_bytes());
    }
    shared.remove().await;
}
