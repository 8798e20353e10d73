//! Content that arrives as something else, here or there.

use storage_core::{ChecksumAlgorithm, ChecksumMode, Error, ErrorKind};
use storage_testkit::server::{Answer, Fault, Request};

use crate::scripted::{Service, crc64, failed, md5, object, written};

const CONTENT: &[u8] = b"content of the object";

/// An object that has this checksum, and whose bytes meet a fault.
fn damaged(fault: Option<Fault>) -> impl FnMut(&str, usize, &Request) -> Option<Answer> + Send + 'static {
    move |call, _, request| {
        let answer = || object(request, CONTENT, "\"e1\"").header("content-md5", md5(CONTENT));
        match (call, &fault) {
            ("get", Some(fault)) => Some(answer().fault(fault.clone())),
            ("get" | "head", _) => Some(answer()),
            _ => None,
        }
    }
}

#[tokio::test]
async fn fault_056_a_bit_that_flipped_is_an_error_before_the_end() {
    let service = Service::calls(damaged(Some(Fault::FlipBit(10)))).await;
    let error = service.object().get().bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ChecksumMismatch);
    let mut body = service.object().get().await.unwrap();
    let mut given = 0;
    let error = loop {
        match body.next().await.unwrap() {
            Ok(piece) => given += piece.len(),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::ChecksumMismatch);
    assert!(given < CONTENT.len(), "the last byte was given away");
    let service = Service::calls(damaged(None)).await;
    assert_eq!(service.object().get().bytes().await.unwrap(), CONTENT);
    assert_eq!(service.seen(), ["get"]);
}

#[tokio::test]
async fn fault_070_a_download_that_is_damaged_leaves_the_old_file() {
    let service = Service::calls(damaged(Some(Fault::FlipBit(10)))).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, "old").unwrap();
    let error = service.object().download_file(&path).overwrite(true).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ChecksumMismatch);
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn fault_058_pitfall_11_blobs_made_of_blocks_have_nothing_to_compare() {
    // A tag that looks like an MD5 is none, and no checksum of a range is that of the blob.
    let service = Service::calls(|_, _, request| {
        Some(object(request, CONTENT, "\"00000000000000000000000000000000\""))
    })
    .await;
    assert_eq!(service.object().get().bytes().await.unwrap(), CONTENT);
    let part = md5(&CONTENT[2..5]);
    let service = Service::calls(move |_, _, request| {
        Some(object(request, CONTENT, "\"e1\"").header("content-md5", part.as_str()))
    })
    .await;
    let body = service.object().get().range(2..5).await.unwrap();
    assert!(body.info().checksums.is_empty(), "{:?}", body.info());
    assert_eq!(body.bytes().await.unwrap(), CONTENT[2..5]);
}

#[tokio::test]
async fn pitfall_12_a_checksum_goes_along_with_its_lowest_byte_first() {
    let service = Service::calls(|_, _, _| None).await;
    service.object().put(CONTENT).await.unwrap();
    service.upload(2).await.unwrap();
    let put = &service.of("put")[0];
    assert_eq!(put.header("x-ms-content-crc64"), Some(crc64(CONTENT).as_str()));
    assert!(put.header("content-md5").is_none() && put.header("x-ms-blob-content-md5").is_none());
    for block in service.of("block").iter().chain(&service.of("commit")) {
        // That of a commit is the one of its document.
        assert_eq!(block.header("x-ms-content-crc64"), Some(crc64(&block.body).as_str()));
    }
    // Those who want it kept with the blob ask for the other one.
    let mode = ChecksumMode::Algorithm(ChecksumAlgorithm::Md5);
    service.object().put(CONTENT).checksum(mode).await.unwrap();
    let put = &service.of("put")[1];
    assert_eq!(put.header("content-md5"), Some(md5(CONTENT).as_str()));
    assert_eq!(put.header("x-ms-blob-content-md5"), Some(md5(CONTENT).as_str()));
    assert!(put.header("x-ms-content-crc64").is_none());
}

#[tokio::test]
async fn pitfall_11_a_commit_tells_the_sum_of_the_blob_in_its_own_header() {
    let service = Service::calls(|_, _, _| None).await;
    let whole: Vec<u8> = (0..2).flat_map(|at| vec![at; 1 << 20]).collect();
    let sum = ChecksumAlgorithm::Md5.of(&whole);
    service.upload(2).expected(sum.into()).await.unwrap();
    let commit = &service.of("commit")[0];
    assert_eq!(commit.header("x-ms-blob-content-md5"), Some(md5(&whole).as_str()));
    // The other one would be about the document.
    assert!(commit.header("content-md5").is_none_or(|it| it == md5(&commit.body)));
}

#[tokio::test]
async fn fault_060_a_service_that_has_something_else_is_an_error() {
    for wrong in [("x-ms-content-crc64", crc64(b"other")), ("content-md5", md5(b"other"))] {
        let (name, value) = wrong.clone();
        let service = Service::calls(move |call, _, _| {
            matches!(call, "put" | "block" | "commit").then(|| written("e").header(name, value.as_str()))
        })
        .await;
        let mode = match name {
            "content-md5" => ChecksumMode::Algorithm(ChecksumAlgorithm::Md5),
            _ => ChecksumMode::Auto,
        };
        let error = service.object().put(CONTENT).checksum(mode).await.unwrap_err();
        assert_eq!((error.kind(), error.key()), (ErrorKind::ChecksumMismatch, Some("k")), "{name}");
        let error = service.upload(2).checksum(mode).await.unwrap_err();
        assert_eq!((error.kind(), error.key()), (ErrorKind::ChecksumMismatch, Some("k")), "{name}");
        assert_eq!((service.count("put"), service.count("commit")), (1, 0));
    }
    // The right one, and one that nobody can read, are no errors.
    for value in [crc64(CONTENT), "garbage".to_owned(), String::new()] {
        let service =
            Service::calls(move |_, _, _| Some(written("e").header("x-ms-content-crc64", value.as_str())))
                .await;
        service.object().put(CONTENT).await.unwrap();
    }
}

#[tokio::test]
async fn fault_060_pitfall_11_content_that_arrived_damaged_is_told_and_not_kept() {
    for code in ["Md5Mismatch", "Crc64Mismatch", "InvalidMd5"] {
        let service =
            Service::calls(move |call, _, _| matches!(call, "put" | "block").then(|| failed(400, code)))
                .await;
        let error = service.object().put(CONTENT).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.code(), error.attempts()),
            (ErrorKind::ChecksumMismatch, Some(code), 1)
        );
        let error = service.upload(2).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::ChecksumMismatch, Some(code)));
        assert_eq!(service.count("commit"), 0);
    }
}

#[tokio::test]
async fn fault_060_content_that_is_not_what_the_caller_expects_is_not_sent() {
    let service = Service::calls(|_, _, _| None).await;
    for algorithm in [ChecksumAlgorithm::Md5, ChecksumAlgorithm::Crc64Nvme, ChecksumAlgorithm::Sha256] {
        let wrong = algorithm.of(b"other");
        let error = service.object().put(CONTENT).expected(wrong.into()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ChecksumMismatch, "{algorithm}");
        assert!(service.requests().is_empty());
    }
}

#[tokio::test]
async fn fault_066_nothing_is_something_in_every_way() {
    let service = Service::calls(|_, _, _| None).await;
    service.object().put("").await.unwrap();
    let none = || futures_util::stream::iter(Vec::<Result<bytes::Bytes, Error>>::new());
    service.object().upload_stream(none()).await.unwrap();
    service.object().upload_stream(none()).length(0).await.unwrap();
    assert_eq!(service.seen(), ["put"; 3]);
    for put in service.requests() {
        assert_eq!(put.header("content-length"), Some("0"));
        assert_eq!(put.header("x-ms-blob-type"), Some("BlockBlob"));
        assert_eq!(put.header("x-ms-content-crc64"), Some(crc64(b"").as_str()));
    }
}
