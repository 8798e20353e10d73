//! Objects that are larger than one request, or one upload, takes.

use storage_core::{ErrorKind, PartPlan};
use storage_testkit::server::{Answer, Request};
use storage_testkit::source::Source;

use crate::loopback::{Service, count, failed, good, head, internal_error};

const GIB: u64 = 1 << 30;
const TIB: u64 = 1 << 40;

#[tokio::test]
async fn fault_068_the_part_size_grows_with_the_length_within_the_limits_of_s3() {
    let service = Service::queue([]).await;
    let capabilities = service.storage.driver().capabilities(None).await.unwrap();
    for (length, part) in [
        (TIB / 100, 8 << 20),
        (10_000 * (8 << 20), 8 << 20),
        (10_000 * (8 << 20) + 1, (8 << 20) + 1),
        (TIB, 109_951_163),
        (48 * TIB, 5_277_655_814),
    ] {
        let plan = PartPlan::new(&capabilities, Some(length), None).unwrap();
        assert_eq!(plan.part_bytes(0), Some(part), "{length}");
        assert!(plan.capacity() >= u128::from(length) && plan.part_bytes(10_000).is_none());
    }
    assert!(PartPlan::new(&capabilities, Some(50_000 * GIB), None).is_ok());
    assert!(PartPlan::new(&capabilities, None, None).unwrap().capacity() > u128::from(34 * TIB));
}

#[tokio::test]
async fn fault_068_what_does_not_fit_is_refused_before_sending() {
    let service = Service::queue([]).await;
    let upload = || service.object().upload_stream(Source::new(10));
    for refused in [
        upload().length(50_000 * GIB + 1),
        upload().length(u64::MAX),
        upload().part_size((5 << 20) - 1),
        upload().part_size(5 * GIB + 1),
    ] {
        let error = refused.await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidInput, 0));
    }
    service.assert_lines(&[]);
}

#[tokio::test]
async fn fault_068_parts_are_as_large_as_the_length_needs() {
    // So long that parts of 5 MiB would be one too many; the source is shorter, so that nothing is sent but the first.
    let length = 10_000 * (5 << 20) + 1;
    let service = Service::function(good).await;
    let upload = service.object().upload_stream(Source::new((5 << 20) + 2)).part_size(5 << 20);
    let error = upload.length(length).concurrency(1).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SourceMismatch);
    let requests = service.requests();
    let first = requests.iter().find(|it| it.query("partNumber").as_deref() == Some("1")).unwrap();
    assert_eq!(first.body_bytes, (5 << 20) + 1);
    assert_eq!(count(&service.lines(), "DELETE /photos/cat.bin?uploadId=u1"), 1);
}

/// A service with an object of 12 GiB.
fn large(request: &Request) -> Answer {
    match request.method.as_str() {
        "HEAD" => {
            head(12 * GIB).header("content-type", "image/x").header("x-amz-meta-a", "b").header("date", "x")
        }
        _ => good(request),
    }
}

#[tokio::test]
async fn fault_069_a_copy_beyond_5_gib_is_made_of_parts() {
    let service = Service::function(large).await;
    let copy = service.container().object("copy").unwrap();
    let outcome = service.object().copy_to(&copy).await.unwrap();
    assert_eq!(outcome.etag.unwrap().unquoted(), "whole-2");
    let requests = service.requests();
    assert_eq!(requests[0].method, "HEAD");
    // What is known of the source goes along.
    assert_eq!(requests[1].target_text(), "/photos/copy?uploads=");
    assert_eq!(requests[1].header("content-type"), Some("image/x"));
    assert_eq!(requests[1].header("x-amz-meta-a"), Some("b"));
    let mut parts: Vec<_> = requests.iter().filter(|it| it.query("partNumber").is_some()).collect();
    parts.sort_by_key(|it| it.query("partNumber").unwrap().parse::<u64>().unwrap());
    let mut at = 0;
    for part in &parts {
        assert_eq!(part.header("x-amz-copy-source"), Some("/photos/cat.bin"));
        // All of one version of the source.
        assert_eq!(part.header("x-amz-copy-source-if-match"), Some("\"e1\""));
        let range = part.header("x-amz-copy-source-range").unwrap().strip_prefix("bytes=").unwrap();
        let (first, last) = range.split_once('-').unwrap();
        assert_eq!(first.parse::<u64>().unwrap(), at);
        at = last.parse::<u64>().unwrap() + 1;
    }
    assert_eq!((at, parts.len()), (12 * GIB, 24));
    let done = requests.last().unwrap();
    assert_eq!(done.target_text(), "/photos/copy?uploadId=u1");
    assert_eq!(String::from_utf8_lossy(&done.body).matches("<PartNumber>").count(), 24);
    assert_eq!(requests.len(), 27);
}

#[tokio::test]
async fn fault_069_a_copy_of_5_gib_takes_one_request() {
    let service = Service::function(|request| match request.method.as_str() {
        "HEAD" => head(5 * GIB),
        _ => good(request),
    })
    .await;
    let copy = service.container().object("copy").unwrap();
    service.object().copy_to(&copy).await.unwrap();
    service.assert_lines(&["HEAD /photos/cat.bin", "PUT /photos/copy"]);
}

#[tokio::test]
async fn fault_069_a_copy_whose_parts_fail_leaves_nothing() {
    for (failure, kind, attempts) in [
        (failed(412, "PreconditionFailed", "x"), ErrorKind::PreconditionFailed, 1),
        (failed(200, "AccessDenied", "x"), ErrorKind::PermissionDenied, 1),
        (failed(200, "InternalError", "x"), ErrorKind::Unavailable, 6),
        (internal_error(), ErrorKind::Unavailable, 6),
    ] {
        let service = Service::function(move |request| {
            if request.query("partNumber").as_deref() == Some("3") { failure.clone() } else { large(request) }
        })
        .await;
        let copy = service.container().object("copy").unwrap();
        let error = service.object().copy_to(&copy).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (kind, attempts));
        let lines = service.lines();
        assert_eq!(count(&lines, "DELETE /photos/copy?uploadId=u1"), 1);
        assert_eq!(count(&lines, "POST /photos/copy?uploadId"), 0);
        assert!(count(&lines, "PUT") < 24 + 5);
    }
}
