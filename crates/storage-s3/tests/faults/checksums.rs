//! Bytes that are damaged on the way, and checksums that say so, or nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use storage_core::{ChecksumAlgorithm, ChecksumMode, ErrorKind};
use storage_s3::ChecksumSetting;
use storage_testkit::server::{Answer, Fault, Request, Script};
use storage_testkit::source::Source;

use crate::loopback::{
    PART, Quick, Service, content, count, failed, file_range, good, head, stored, written,
};

fn sum(algorithm: ChecksumAlgorithm, bytes: &[u8]) -> String {
    BASE64.encode(algorithm.of(bytes).value())
}

fn header(algorithm: ChecksumAlgorithm) -> String {
    format!("x-amz-checksum-{}", algorithm.name())
}

const KEPT: [ChecksumAlgorithm; 5] = [
    ChecksumAlgorithm::Crc64Nvme,
    ChecksumAlgorithm::Crc32c,
    ChecksumAlgorithm::Crc32,
    ChecksumAlgorithm::Sha1,
    ChecksumAlgorithm::Sha256,
];

#[tokio::test]
async fn fault_055_a_flipped_bit_is_found_before_the_last_byte_is_given_away() {
    for algorithm in KEPT {
        for at in [0, 500, 99_999] {
            let answer = stored(content()).header(header(algorithm), sum(algorithm, &content()));
            let service = Service::queue([answer.fault(Fault::FlipBit(at))]).await;
            let mut body = service.object().get().await.unwrap();
            let mut came = 0;
            let error = loop {
                match body.next().await.unwrap() {
                    Ok(piece) => came += piece.len(),
                    Err(error) => break error,
                }
            };
            assert_eq!((error.kind(), error.key()), (ErrorKind::ChecksumMismatch, Some("cat.bin")));
            assert!(came < 100_000, "{came}");
            assert!(body.next().await.is_none());
            service.assert_lines(&["GET /photos/cat.bin"]);
        }
        let answer = stored(content()).header(header(algorithm), sum(algorithm, &content()));
        let service = Service::queue([answer]).await;
        assert_eq!(service.object().get().bytes().await.unwrap(), content());
    }
}

#[tokio::test]
async fn fault_055_a_flipped_bit_in_a_resumed_body_is_found_too() {
    let mut reads = 0;
    let service = Service::function(move |request| {
        reads += 1;
        let answer = Answer::object(request, content(), "\"e1\"");
        match reads {
            1 => answer
                .header("x-amz-checksum-crc32c", sum(ChecksumAlgorithm::Crc32c, &content()))
                .fault(Fault::CutAfter(1_000)),
            _ => answer.fault(Fault::FlipBit(7)),
        }
    })
    .await;
    let error = service.object().get().bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ChecksumMismatch);
    assert_eq!(service.requests().len(), 2);
}

#[tokio::test]
async fn fault_057_checksums_of_checksums_and_unknown_ones_are_not_compared() {
    for (name, value, kind) in [
        ("x-amz-checksum-crc32c", "AAAAAA==-7", None),
        ("x-amz-checksum-crc32c", "AAAAAA==", Some("COMPOSITE")),
        ("x-amz-checksum-sha256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=-2", Some("COMPOSITE")),
        ("x-amz-checksum-blake9", "AAAAAA==", Some("FULL_OBJECT")),
        ("x-amz-checksum-crc32c", "not base64!", None),
        ("x-amz-checksum-crc32c", "", None),
    ] {
        let answer = stored(content()).header(name, value);
        let answer = if let Some(kind) = kind { answer.header("x-amz-checksum-type", kind) } else { answer };
        let service = Service::queue([answer]).await;
        assert_eq!(service.object().get().bytes().await.unwrap(), content(), "{name}: {value}");
        service.assert_lines(&["GET /photos/cat.bin"]);
    }
    // Of a write as well.
    let service = Service::queue([written().header("x-amz-checksum-crc64nvme", "AAAAAAAAAAA=-2")]).await;
    service.object().put("content").await.unwrap();
}

#[tokio::test]
async fn fault_058_an_entity_tag_is_a_tag_and_no_digest() {
    for tag in ["\"9b2cf535f27731c974343645a3985328-7\"", "\"kms\"", "W/\"1\"", "bare", "\"\u{e9}\""] {
        let service = Service::queue([
            Answer::new(200).header("etag", tag),
            Answer::new(200).header("etag", tag).body(content()),
            Answer::new(200).header("etag", tag).header("content-length", "7"),
        ])
        .await;
        let object = service.object();
        let put = object.put("content").await.unwrap().etag.unwrap();
        let body = object.get().await.unwrap();
        assert_eq!(body.info().etag, Some(put.clone()), "{tag}");
        assert_eq!(body.bytes().await.unwrap(), content());
        assert_eq!(object.head().await.unwrap().etag, Some(put));
        service.server.assert_done();
    }
}

#[tokio::test]
async fn fault_059_a_service_without_checksums_gets_a_hint_and_no_second_request() {
    for (status, code, message) in [
        (501, "NotImplemented", "A header you provided implies functionality that is not implemented"),
        (400, "InvalidArgument", "Unsupported header 'x-amz-checksum-crc64nvme' received for this API call."),
        (400, "InvalidRequest", "The algorithm of x-amz-sdk-checksum-algorithm is not supported"),
        (501, "NotImplemented", "x-amz-trailer is not implemented"),
        (501, "NotImplemented", ""),
    ] {
        let service = Service::queue([failed(status, code, message)]).await;
        let error = service.object().put("content").await.unwrap_err();
        assert_eq!((error.status(), error.attempts()), (Some(status), 1), "{message}");
        let text = error.to_string();
        assert!(text.contains("`checksum`") && text.contains("`vendor`"), "{text}");
        service.assert_lines(&["PUT /photos/cat.bin"]);
    }
    // An upload in parts is refused before it is begun.
    let service =
        Service::queue([failed(501, "NotImplemented", "x-amz-checksum-algorithm is not supported")]).await;
    let error = service.object().upload_stream(Source::new(2 * PART)).part_size(PART).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unsupported, 1));
    assert!(error.to_string().contains("`checksum`"), "{error}");
    service.assert_lines(&["POST /photos/cat.bin?uploads="]);
    // Other refusals get no such advice.
    let service = Service::queue([failed(400, "InvalidArgument", "bad storage class")]).await;
    let text = service.object().put("content").await.unwrap_err().to_string();
    assert!(!text.contains("`checksum`"), "{text}");
}

#[tokio::test]
async fn fault_059_vendors_without_checksums_are_sent_none() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), content()).unwrap();
    for (vendor, off) in [("other", false), ("aws", true)] {
        let service = Service::with(Script::function(good), Quick::fixed(0), |it| {
            let it = it.vendor(vendor);
            if off { it.checksum(ChecksumSetting::Off) } else { it }
        })
        .await;
        let object = service.object();
        object.put(content()).await.unwrap();
        object.upload_file(file.path()).await.unwrap();
        object.upload_stream(Source::new(2 * PART)).part_size(PART).await.unwrap();
        for request in service.requests() {
            let named = |it: &&(String, Bytes)| {
                ["x-amz-checksum", "x-amz-sdk-checksum", "x-amz-trailer"]
                    .iter()
                    .any(|name| it.0.starts_with(name))
            };
            assert_eq!(request.headers.iter().find(named), None, "{vendor} {}", request.target_text());
            // A signed digest protects what is sent all the same.
            let digest = request.header("x-amz-content-sha256").unwrap();
            assert_eq!(digest, hex(&ChecksumAlgorithm::Sha256.of(&request.body)), "{vendor}");
        }
    }
}

fn hex(sum: &storage_core::Checksum) -> String {
    sum.value().iter().map(|it| format!("{it:02x}")).collect()
}

#[tokio::test]
async fn fault_060_a_service_that_stored_something_else_is_no_success() {
    for algorithm in KEPT {
        let echo = written().header(header(algorithm), sum(algorithm, b"other"));
        let service = Service::queue([echo]).await;
        let put = service.object().put("content").checksum(ChecksumMode::Algorithm(algorithm));
        let error = put.await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::ChecksumMismatch, 1));
        assert_eq!((error.container(), error.key()), (Some("photos"), Some("cat.bin")));
        service.assert_lines(&["PUT /photos/cat.bin"]);
        let echo = written().header(header(algorithm), sum(algorithm, b"content"));
        let service = Service::queue([echo]).await;
        service.object().put("content").checksum(ChecksumMode::Algorithm(algorithm)).await.unwrap();
    }
    let service = Service::queue([written().header("x-amz-object-size", "6")]).await;
    let error = service.object().put("content").await.unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::ChecksumMismatch, Some("cat.bin")));
    let service = Service::queue([written().header("x-amz-object-size", "7")]).await;
    service.object().put("content").await.unwrap();
}

#[tokio::test]
async fn fault_060_a_part_or_a_whole_that_is_another_is_no_success() {
    let other = sum(ChecksumAlgorithm::Crc64Nvme, b"other");
    for (part, aborted) in [(true, true), (false, true)] {
        let service = Service::function({
            let other = other.clone();
            move |request| {
                let of_part = request.query("partNumber").as_deref() == Some("2");
                let of_whole = request.method == "POST" && request.query("uploadId").is_some();
                match (of_part && part, of_whole && !part) {
                    (true, _) => good(request).header("x-amz-checksum-crc64nvme", other.as_str()),
                    (_, true) => Answer::xml(
                        200,
                        format!(
                            "<CompleteMultipartUploadResult><ETag>\"w-2\"</ETag><ChecksumCRC64NVME>{other}\
                             </ChecksumCRC64NVME><ChecksumType>FULL_OBJECT</ChecksumType>\
                             </CompleteMultipartUploadResult>"
                        ),
                    ),
                    _ => good(request),
                }
            }
        })
        .await;
        let upload = service.object().upload_stream(Source::new(2 * PART)).part_size(PART);
        let error = upload.await.unwrap_err();
        assert_eq!((error.kind(), error.key()), (ErrorKind::ChecksumMismatch, Some("cat.bin")), "{part}");
        let lines = service.lines();
        assert_eq!(count(&lines, "DELETE /photos/cat.bin?uploadId=u1"), usize::from(aborted));
        assert_eq!(count(&lines, "POST /photos/cat.bin?uploadId=u1"), usize::from(!part));
    }
}

#[tokio::test]
async fn fault_065_what_is_packed_is_stored_and_read_as_it_is() {
    // A bomb would be one if anybody unpacked it.
    let packed: Bytes = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03not really packed".to_vec().into();
    let service = Service::queue([
        written(),
        stored(packed.clone()).header("content-encoding", "gzip"),
        stored(packed.clone()).header("content-encoding", "aws-chunked,gzip"),
        head(packed.len() as u64).header("content-encoding", "gzip"),
    ])
    .await;
    let object = service.object();
    object.put(packed.clone()).content_encoding("gzip").await.unwrap();
    for _ in 0..2 {
        let body = object.get().await.unwrap();
        assert_eq!(body.info().content_encoding.as_deref(), Some("gzip"));
        assert_eq!(body.info().size, packed.len() as u64);
        assert_eq!(body.bytes().await.unwrap(), packed);
    }
    assert_eq!(object.head().await.unwrap().content_encoding.as_deref(), Some("gzip"));
    let put = &service.requests()[0];
    assert_eq!((put.header("content-encoding"), &put.body), (Some("gzip"), &packed));
    service.server.assert_done();
}

#[tokio::test]
async fn fault_065_the_frame_of_a_trailer_goes_around_what_is_packed() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), b"\x1f\x8b packed").unwrap();
    let script = Script::queue([written()]);
    let service = Service::with(script, Quick::fixed(0), |it| it.unsigned_payload(true)).await;
    service.object().put(file_range(&file, 9)).content_encoding("gzip").await.unwrap();
    let request = &service.requests()[0];
    assert_eq!(request.header("content-encoding"), Some("aws-chunked,gzip"));
    assert!(request.body.windows(9).any(|it| it == b"\x1f\x8b packed"));
}

#[tokio::test]
async fn fault_067_a_refused_trailer_is_told_once() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), content()).unwrap();
    for (code, kind) in [
        ("BadDigest", ErrorKind::ChecksumMismatch),
        ("XAmzContentChecksumMismatch", ErrorKind::ChecksumMismatch),
        ("XAmzContentSHA256Mismatch", ErrorKind::ChecksumMismatch),
        ("MalformedTrailerError", ErrorKind::InvalidInput),
        ("InvalidRequest", ErrorKind::InvalidInput),
        ("SignatureDoesNotMatch", ErrorKind::Unauthenticated),
    ] {
        let status = if code.starts_with("Signature") { 403 } else { 400 };
        let script = Script::queue([failed(status, code, "the trailer is wrong")]);
        let service = Service::with(script, Quick::fixed(0), |it| it.unsigned_payload(true)).await;
        let error = service.object().put(file_range(&file, 100_000)).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts(), error.code()), (kind, 1, Some(code)));
        service.assert_lines(&["PUT /photos/cat.bin"]);
        let request = &service.requests()[0];
        assert_eq!(request.header("x-amz-trailer"), Some("x-amz-checksum-crc64nvme"));
        assert_eq!(request.header("content-encoding"), Some("aws-chunked"));
        assert_eq!(request.header("x-amz-decoded-content-length"), Some("100000"));
    }
}

#[tokio::test]
async fn fault_067_a_trailer_holds_and_is_compared_with_what_is_stored() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), content()).unwrap();
    let want = sum(ChecksumAlgorithm::Crc64Nvme, &content());
    for (echo, good) in [(want.clone(), true), (sum(ChecksumAlgorithm::Crc64Nvme, b"other"), false)] {
        let script = Script::queue([written().header("x-amz-checksum-crc64nvme", echo)]);
        let service = Service::with(script, Quick::fixed(0), |it| it.unsigned_payload(true)).await;
        match service.object().put(file_range(&file, 100_000)).await {
            Ok(_) => assert!(good),
            Err(error) => assert_eq!((error.kind(), good), (ErrorKind::ChecksumMismatch, false)),
        }
        let body = service.requests()[0].body.clone();
        assert!(String::from_utf8_lossy(&body).contains(&format!("x-amz-checksum-crc64nvme:{want}")));
        service.server.assert_done();
    }
}

/// An object whose checksum a question tells, and whose bytes are damaged on the way.
fn damaged(request: &Request) -> Answer {
    let told = sum(ChecksumAlgorithm::Crc32c, &content());
    match request.method.as_str() {
        "HEAD" => head(100_000).header("x-amz-checksum-crc32c", told),
        _ => {
            let answer = Answer::object(request, content(), "\"e1\"");
            if request.range().is_some_and(|it| it.0 > 0) {
                answer.fault(Fault::FlipBit(500))
            } else {
                answer
            }
        }
    }
}

#[tokio::test]
async fn fault_070_a_damaged_download_leaves_the_old_file_and_nothing_else() {
    for old in [true, false] {
        let service = Service::function(damaged).await;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cat");
        if old {
            std::fs::write(&path, "old").unwrap();
        }
        let download = service.object().download_file(&path).overwrite(true).part_size(65_536);
        let error = download.await.unwrap_err();
        assert_eq!((error.kind(), error.key()), (ErrorKind::ChecksumMismatch, Some("cat.bin")));
        assert_eq!(std::fs::read(&path).ok().as_deref(), old.then_some(&b"old"[..]));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), usize::from(old));
        let lines = service.lines();
        assert_eq!((count(&lines, "GET"), count(&lines, "HEAD")), (2, 1));
        for request in service.requests().iter().skip(1) {
            assert_eq!(request.header("if-match"), Some("\"e1\""));
        }
    }
}
