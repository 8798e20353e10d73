//! Uploads in blocks, which the service knows by the ids of the blocks alone.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use storage_core::{ErrorKind, PartPlan};
use storage_testkit::Gate;
use storage_testkit::server::{Answer, Fault, Request};
use storage_testkit::source::Source;

use crate::scripted::{ATTEMPTS, Service, block_id, blocks, failed, head, joined, number_of, until};

const MIB: u64 = 1 << 20;

fn lost() -> Answer {
    Answer::new(201).fault(Fault::CloseWithoutAnswer)
}

/// What a service holds that keeps blocks, and joins them.
#[derive(Clone, Default)]
struct Held(Arc<Mutex<(Vec<String>, Vec<String>)>>);

impl Held {
    /// Takes blocks and joins them; what a request would have done is done before its answer is replaced.
    fn take(&self, call: &str, request: &Request) -> Option<Answer> {
        let mut held = self.0.lock().unwrap();
        let (committed, uncommitted) = &mut *held;
        match call {
            "block" => uncommitted.push(block_id(request)),
            "commit" => {
                let ids = joined(request);
                if !ids.iter().all(|it| committed.contains(it) || uncommitted.contains(it)) {
                    return Some(failed(400, "InvalidBlockList"));
                }
                (*committed, *uncommitted) = (ids, Vec::new());
            }
            "blocks" if committed.is_empty() && uncommitted.is_empty() => {
                return Some(failed(404, "BlobNotFound"));
            }
            "blocks" => return Some(blocks(committed, uncommitted)),
            "head" if !committed.is_empty() => return Some(head(committed.len() as u64 * MIB)),
            "put" => (*committed, *uncommitted) = (vec!["b3RoZXI=".to_owned()], Vec::new()),
            "delete" => (*committed, *uncommitted) = Default::default(),
            _ => {}
        }
        None
    }
}

/// A service that keeps blocks, and answers otherwise where the function says so; `true` is for what was done before.
async fn keeping(
    mut other: impl FnMut(&str, usize) -> Option<(bool, Answer)> + Send + 'static,
) -> (Service, Held) {
    let held = Held::default();
    let kept = held.clone();
    let service = Service::calls(move |call, before, request| match other(call, before) {
        Some((false, answer)) => Some(answer),
        Some((true, answer)) => kept.take(call, request).or(Some(answer)),
        None => kept.take(call, request),
    })
    .await;
    (service, held)
}

#[tokio::test]
async fn fault_082_pitfall_10_ids_have_one_length_and_name_their_part() {
    let (service, _) = keeping(|_, _| None).await;
    service.upload(5).concurrency(2).await.unwrap();
    let sent = service.of("block");
    let ids: Vec<_> = sent.iter().map(block_id).collect();
    // The first one shows that there is an upload, and is never joined.
    let mut numbers: Vec<_> = ids.iter().map(|it| number_of(it)).collect();
    assert_eq!(numbers.remove(0), 0);
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    assert!(ids.iter().all(|it| it.len() == ids[0].len() && it.len() <= 88), "{ids:?}");
    // In the address they are encoded.
    for request in &sent {
        let raw = request.query("blockid").unwrap();
        assert!(!raw.contains(['+', '/', '=']), "{raw}");
    }
    let commit = &service.of("commit")[0];
    assert_eq!(joined(commit).iter().map(|it| number_of(it)).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!((service.count("commit"), service.count("put")), (1, 0));
}

#[tokio::test]
async fn fault_068_fault_082_the_part_size_grows_within_50_000_blocks() {
    let service = Service::queue([]).await;
    let capabilities = service.storage.driver().capabilities(None).await.unwrap();
    let most = 4_000 * MIB * 50_000;
    for length in [50_000 * 8 * MIB, 50_000 * 8 * MIB + 1, 100 << 40, most] {
        let plan = PartPlan::new(&capabilities, Some(length), None).unwrap();
        assert!(plan.capacity() >= u128::from(length), "{length}");
        assert!(plan.part_bytes(0).unwrap() <= 4_000 * MIB && plan.part_bytes(50_000).is_none());
    }
    let upload = || service.object().upload_stream(Source::new(10));
    for refused in [
        upload().length(most + 1),
        upload().length(u64::MAX),
        upload().part_size(0),
        upload().part_size(4_000 * MIB + 1),
    ] {
        let error = refused.await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidInput, 0));
    }
    service.assert_seen(&[]);
}

#[tokio::test]
async fn fault_071_a_part_that_fails_for_good_stops_its_siblings_and_nothing_is_joined() {
    let gate = Gate::new();
    let held = gate.clone();
    let service = Service::calls(move |call, _, request| match call {
        "block" if number_of(&block_id(request)) == 1 => {
            Some(Answer::new(201).fault(Fault::WaitBeforeHeaders(held.clone())))
        }
        "block" if number_of(&block_id(request)) == 2 => Some(failed(403, "AuthorizationFailure")),
        "blocks" => Some(failed(404, "BlobNotFound")),
        _ => None,
    })
    .await;
    let error = service.upload(60).concurrency(2).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::PermissionDenied, Some("AuthorizationFailure")));
    assert_eq!((error.key(), error.attempts()), (Some("k"), 1));
    // The first part was still on its way, and no third one was begun.
    assert_eq!(service.seen(), ["block", "block", "block", "blocks"]);
    gate.open();
}

#[tokio::test]
async fn fault_071_blocks_that_are_alone_are_dropped() {
    let (service, held) =
        keeping(|call, before| (call == "block" && before == 2).then(|| (false, failed(400, "Md5Mismatch"))))
            .await;
    let error = service.upload(3).concurrency(1).await.unwrap_err();
    assert_eq!((error.kind(), error.upload_id()), (ErrorKind::ChecksumMismatch, None));
    // An empty blob takes their place, and goes.
    assert_eq!(service.seen(), ["block", "block", "block", "blocks", "commit", "delete"]);
    let commit = &service.of("commit")[0];
    assert!(joined(commit).is_empty());
    assert_eq!(commit.header("if-none-match"), Some("*"));
    assert_eq!(service.of("delete")[0].header("if-match"), Some("\"whole\""));
    assert_eq!(*held.0.lock().unwrap(), Default::default());
}

#[tokio::test]
async fn fault_083_pitfall_10_dropping_blocks_harms_no_object_and_no_other_upload() {
    // An object is there, or came meanwhile, or somebody else uploads.
    for what in ["object", "came", "blocks"] {
        let mut ids = Vec::new();
        let service = Service::calls(move |call, before, request| match call {
            "block" => {
                ids.push(block_id(request));
                (before == 2).then(|| failed(400, "Md5Mismatch"))
            }
            "blocks" if what == "blocks" => {
                ids.push("b3RoZXItYmxvY2stb2Ytc29tZWJvZHktZWxzZQ==".to_owned());
                Some(blocks(&[], &ids))
            }
            "blocks" => Some(blocks(&[], &ids)),
            "commit" if what == "came" => Some(failed(412, "ConditionNotMet")),
            "commit" => Some(failed(409, "BlobAlreadyExists")),
            _ => None,
        })
        .await;
        let error = service.upload(3).concurrency(1).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ChecksumMismatch, "{what}");
        assert_eq!(service.count("delete"), 0, "{what}");
        assert_eq!(service.count("commit"), usize::from(what != "blocks"), "{what}");
        assert!(service.of("commit").iter().all(|it| it.header("if-none-match") == Some("*")));
    }
    // Somebody wrote the object between the two steps.
    let (service, _) = keeping(|call, before| match call {
        "block" if before == 2 => Some((false, failed(400, "Md5Mismatch"))),
        "delete" => Some((false, failed(412, "ConditionNotMet"))),
        _ => None,
    })
    .await;
    let error = service.upload(3).concurrency(1).await.unwrap_err();
    assert_eq!((error.kind(), error.upload_id()), (ErrorKind::ChecksumMismatch, None));
}

#[tokio::test]
async fn fault_083_pitfall_10_a_commit_that_went_through_without_an_answer_is_proven_by_its_blocks() {
    for first in [failed(500, "OperationTimedOut"), failed(503, "ServerBusy"), lost(), Answer::new(502)] {
        for condition in [false, true] {
            let first = first.clone();
            let (service, held) = keeping(move |call, before| match (call, before) {
                ("commit", 0) => Some((true, first.clone())),
                ("commit", _) if condition => Some((false, failed(409, "BlobAlreadyExists"))),
                // The blocks are no longer what can be joined.
                ("commit", _) => Some((false, failed(400, "InvalidBlockList"))),
                _ => None,
            })
            .await;
            let upload = service.upload(2).concurrency(1);
            let upload = if condition { upload.if_absent() } else { upload };
            let outcome = upload.await.unwrap();
            assert_eq!((outcome.etag.unwrap().unquoted(), outcome.size), ("e1", Some(2 * MIB)));
            assert_eq!(service.seen(), ["block", "block", "block", "commit", "commit", "blocks", "head"]);
            let commits = service.of("commit");
            assert_eq!(commits[0].body, commits[1].body);
            assert_eq!(joined(&commits[0]), held.0.lock().unwrap().0);
        }
    }
}

#[tokio::test]
async fn fault_083_a_commit_that_did_not_go_through_is_no_success() {
    for (first, kind) in [
        (failed(500, "OperationTimedOut"), ErrorKind::Ambiguous),
        (lost(), ErrorKind::Ambiguous),
        // The service did nothing.
        (failed(429, "TooManyRequests"), ErrorKind::Throttled),
    ] {
        let always = first.clone();
        let (service, held) =
            keeping(move |call, _| (call == "commit").then(|| (false, always.clone()))).await;
        let error = service.upload(2).concurrency(1).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{first:?}");
        if kind == ErrorKind::Ambiguous {
            // Nothing is dropped that may be the object by now, and the upload is named.
            assert_eq!(service.count("delete"), 0);
            assert!(error.upload_id().is_some(), "{error:?}");
            assert_eq!(held.0.lock().unwrap().1.len(), 3);
        }
        assert!(service.count("commit") >= ATTEMPTS);
    }
    // The second attempt does it.
    let (service, held) = keeping(|call, before| {
        (call == "commit" && before == 0).then(|| (false, failed(500, "OperationTimedOut")))
    })
    .await;
    service.upload(2).await.unwrap();
    assert_eq!(held.0.lock().unwrap().0.len(), 2);
    assert_eq!((service.count("commit"), service.count("blocks")), (2, 0));
}

#[tokio::test]
async fn fault_083_pitfall_10_two_writers_are_told_apart() {
    // The other one commits first, which drops our blocks.
    let held = Held::default();
    let kept = held.clone();
    let service = Service::calls(move |call, before, request| {
        if (call, before) == ("commit", 0) {
            kept.take("put", request);
        }
        kept.take(call, request)
    })
    .await;
    let error = service.upload(2).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ObjectNotFound);
    assert!(error.to_string().contains("somebody may have written the object"), "{error}");
    assert_eq!(service.count("commit"), 1);
    assert_eq!(service.count("delete"), 0);

    // The other one commits after our commit whose answer was lost: what is there is not ours.
    for condition in [false, true] {
        let held = Held::default();
        let kept = held.clone();
        let service = Service::calls(move |call, before, request| match (call, before) {
            ("commit", 0) => {
                kept.take("commit", request);
                kept.take("put", request);
                Some(failed(500, "OperationTimedOut"))
            }
            ("commit", _) if condition => Some(failed(409, "BlobAlreadyExists")),
            _ => kept.take(call, request),
        })
        .await;
        let upload = service.upload(2);
        let upload = if condition { upload.if_absent() } else { upload };
        let error = upload.await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Ambiguous, "{condition}");
        assert_eq!((service.count("commit"), service.count("delete")), (2, 0));
    }
    // Blocks of another form are in the way.
    let service = Service::calls(|call, _, _| match call {
        "block" => Some(failed(400, "InvalidBlobOrBlock")),
        "blocks" => Some(failed(404, "BlobNotFound")),
        _ => None,
    })
    .await;
    let error = service.upload(2).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidInput, 1));
    assert!(error.to_string().contains("another upload"), "{error}");
}

#[tokio::test]
async fn fault_039_a_commit_is_proven_by_its_nonce_where_blocks_are_hidden() {
    for (nonce, proven) in [("n1", true), ("n2", false)] {
        let service = Service::calls(move |call, before, _| match (call, before) {
            ("commit", 0) => Some(lost()),
            ("commit", _) => Some(failed(409, "BlobAlreadyExists")),
            ("blocks", _) => Some(failed(403, "AuthorizationPermissionMismatch")),
            ("head", _) => Some(head(2 * MIB).header("x-ms-meta-storagenonce", nonce)),
            _ => None,
        })
        .await;
        let upload = service.upload(2).if_absent().nonce("n1").await;
        assert_eq!(upload.map_err(|it| it.kind()).err(), (!proven).then_some(ErrorKind::Ambiguous));
        let commits = service.of("commit");
        assert_eq!(commits.len(), 2);
        for commit in commits {
            assert_eq!(commit.header("x-ms-meta-storagenonce"), Some("n1"));
            assert_eq!(commit.header("if-none-match"), Some("*"));
        }
        assert_eq!(service.count("delete"), 0);
    }
}

#[tokio::test]
async fn fault_081_parts_that_end_out_of_order_are_joined_in_order() {
    let gate = Gate::new();
    let held = gate.clone();
    let service = Service::calls(move |call, _, request| {
        (call == "block" && number_of(&block_id(request)) == 1)
            .then(|| Answer::new(201).fault(Fault::WaitBeforeHeaders(held.clone())))
    })
    .await;
    let sending = tokio::spawn(service.upload(5).concurrency(3).into_future());
    until(|| service.count("block") == 6).await;
    gate.open();
    sending.await.unwrap().unwrap();
    let ids = joined(&service.of("commit")[0]);
    assert_eq!(ids.iter().map(|it| number_of(it)).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn fault_081_a_part_that_was_sent_twice_is_joined_once() {
    for fault in [Fault::CloseWithoutAnswer, Fault::ResetBeforeAnswer, Fault::ResetMidUpload(100_000)] {
        let mut first = true;
        let service = Service::calls(move |call, _, request| {
            let second = call == "block" && number_of(&block_id(request)) == 2;
            (second && std::mem::take(&mut first)).then(|| Answer::new(201).fault(fault.clone()))
        })
        .await;
        service.upload(3).concurrency(1).await.unwrap();
        let sent: Vec<_> = service.of("block").iter().map(block_id).collect();
        let twice: Vec<_> = sent.iter().filter(|it| number_of(it) == 2).collect();
        // Both attempts have one id, so that the later replaces the earlier.
        assert_eq!((sent.len(), twice.len()), (5, 2));
        assert_eq!(twice[0], twice[1]);
        assert_eq!(joined(&service.of("commit")[0]).len(), 3);
    }
}

#[tokio::test]
async fn fault_080_a_commit_without_an_entity_tag_is_no_success() {
    for tag in [None, Some(""), Some("\"\"")] {
        let service = Service::calls(move |call, _, _| {
            matches!(call, "commit" | "put").then(|| match tag {
                Some(tag) => Answer::new(201).header("etag", tag),
                None => Answer::new(201),
            })
        })
        .await;
        let error = service.object().put("content").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedResponse, "{tag:?}");
        assert!(error.to_string().contains("entity tag"), "{error}");
        assert_eq!(service.upload(2).await.unwrap_err().kind(), ErrorKind::Ambiguous, "{tag:?}");
    }
}

#[tokio::test]
async fn fault_061_062_063_sources_that_are_not_as_long_as_they_say_leave_nothing() {
    type Failing = std::io::Error;
    let piece = |bytes: u64| Ok::<_, Failing>(Bytes::from(vec![1; bytes as usize]));
    for (pieces, length, kind) in [
        (vec![piece(MIB), piece(MIB)], 3 * MIB, ErrorKind::SourceMismatch),
        (vec![piece(2 * MIB), piece(2 * MIB)], 3 * MIB, ErrorKind::SourceMismatch),
        (vec![piece(2 * MIB), Err(Failing::other("broken"))], 3 * MIB, ErrorKind::Io),
    ] {
        let (service, held) = keeping(|_, _| None).await;
        let upload = service.object().upload_stream(futures_util::stream::iter(pieces)).part_size(MIB);
        let error = upload.length(length).await.unwrap_err();
        assert_eq!(error.kind(), kind);
        assert_eq!(*held.0.lock().unwrap(), Default::default(), "{kind:?}");
        // What joins nothing only drops the blocks.
        assert!(service.of("commit").iter().all(|it| joined(it).is_empty()));
    }
}

#[tokio::test]
async fn fault_072_fault_074_an_upload_that_was_left_is_found_and_dropped() {
    let (service, held) = keeping(|call, before| match (call, before) {
        ("block", 2) => Some((false, failed(400, "Md5Mismatch"))),
        // It can't be dropped at once.
        ("blocks", 0) => Some((false, failed(403, "AuthorizationFailure"))),
        ("list", _) => {
            let entry =
                "<Blob><Name>k</Name><Properties><Content-Length>0</Content-Length></Properties></Blob>";
            Some((false, Answer::xml(200, crate::scripted::page_of(entry, None))))
        }
        _ => None,
    })
    .await;
    let error = service.upload(3).concurrency(1).await.unwrap_err();
    let upload = error.upload_id().map(str::to_owned).unwrap();
    assert_eq!(error.kind(), ErrorKind::ChecksumMismatch);
    assert!(error.to_string().contains(&upload), "{error}");
    let left: Vec<_> = service.container().incomplete_uploads().try_collect().await.unwrap();
    assert_eq!((left.len(), left[0].key.as_str()), (1, "k"));
    assert!(upload.starts_with(left[0].upload.as_str()), "{upload} {:?}", left[0]);
    service.runtime.clock.advance(Duration::from_secs(7_200));
    assert_eq!(service.container().abort_incomplete(Duration::from_secs(3600)).await.unwrap(), 1);
    assert_eq!(*held.0.lock().unwrap(), Default::default());
    let listed = &service.of("list")[0];
    assert_eq!(listed.query("include").as_deref(), Some("uncommittedblobs"));
}

#[tokio::test]
async fn fault_050_a_stream_is_read_once_whatever_fails() {
    let (service, _) = keeping(|call, before| {
        (matches!(call, "block" | "commit") && before < 2).then(|| (false, failed(503, "ServerBusy")))
    })
    .await;
    service.upload(3).concurrency(1).await.unwrap();
    let bodies: Vec<_> =
        service.of("block").iter().map(|it| (it.body.len(), it.body.first().copied())).collect();
    // The mark twice refused, then the parts in their order.
    assert_eq!(bodies[0], bodies[2]);
    assert_eq!(bodies[3..], [0, 1, 2].map(|at| (MIB as usize, Some(at))));
}

#[tokio::test]
async fn fault_051_073_an_upload_whose_future_is_dropped_is_aborted_in_the_background() {
    let gate = Gate::new();
    let held = gate.clone();
    let service = Service::calls(move |call, before, _| match call {
        "block" if before > 0 => Some(Answer::new(201).fault(Fault::WaitBeforeHeaders(held.clone()))),
        "blocks" => Some(failed(404, "BlobNotFound")),
        _ => None,
    })
    .await;
    let task = tokio::spawn(service.upload(2).into_future());
    gate.arrived(1).await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    until(|| service.count("blocks") == 1).await;
    gate.open();
    assert_eq!(service.count("commit"), 0);
}
