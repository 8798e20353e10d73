//! Downloads through the handles, on the store in memory.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use bytes::Bytes;
use storage_core::{ByteRange, Container, ErrorKind, Progress, memory};
use tokio::io::AsyncReadExt as _;

const MIB: usize = 1 << 20;

async fn container() -> Container {
    let container = memory::open().container("c").unwrap();
    container.create().await.unwrap();
    container
}

fn pattern(len: usize) -> Bytes {
    (0..len).map(|at| (at % 251) as u8).collect::<Vec<_>>().into()
}

#[tokio::test]
async fn a_body_is_a_stream_and_a_reader_with_chunks_of_the_size_asked_for() {
    let container = container().await;
    let bytes = pattern(10_000);
    let object = container.object("x").unwrap();
    object.put(bytes.clone()).await.unwrap();
    for size in [1, 999, 1000, 10_000, 20_000] {
        let mut body = object.get().chunk_size(size).await.unwrap();
        let mut all = Vec::new();
        while let Some(chunk) = body.next().await {
            let chunk = chunk.unwrap();
            all.extend_from_slice(&chunk);
            assert!(chunk.len() == size || all.len() == bytes.len());
        }
        assert_eq!(all, bytes);
    }
    let mut all = Vec::new();
    object.get().range(5..).await.unwrap().read_to_end(&mut all).await.unwrap();
    assert_eq!(all, bytes[5..]);
}

#[tokio::test]
async fn a_file_is_gathered_from_parallel_ranges() {
    let container = container().await;
    let dir = tempfile::tempdir().unwrap();
    for len in [0, 1, MIB, MIB + 1, 5 * MIB + 3] {
        let bytes = pattern(len);
        let object = container.object(format!("deep/{len}.bin")).unwrap();
        object.put(bytes.clone()).await.unwrap();
        let into = format!("{}/", dir.path().display());
        let done = object.download_file(into).part_size(MIB as u64).concurrency(3).await.unwrap();
        assert_eq!(done.path, dir.path().join(format!("{len}.bin")));
        assert!(done.verified.is_some());
        assert_eq!(std::fs::read(&done.path).unwrap(), bytes);
        let part = object.download_file(dir.path().join("part")).overwrite(true);
        if len > 10 {
            part.range(3..len as u64 - 2).part_size(MIB as u64).await.unwrap();
            assert_eq!(std::fs::read(dir.path().join("part")).unwrap(), bytes[3..len - 2]);
            let tail = object.download_file(dir.path().join("tail")).overwrite(true);
            tail.range(ByteRange::Suffix(7)).await.unwrap();
            assert_eq!(std::fs::read(dir.path().join("tail")).unwrap(), bytes[len - 7..]);
        }
    }
}

#[tokio::test]
async fn an_existing_file_is_left_alone_unless_asked() {
    let container = container().await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x");
    std::fs::write(&path, b"old").unwrap();
    let object = container.object("x").unwrap();
    object.put("new").await.unwrap();
    assert_eq!(object.download_file(&path).await.unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    object.download_file(&path).overwrite(true).await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"new");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no partial file is left");
}

#[tokio::test]
async fn fault_157_a_key_that_names_no_file_stays_out_of_the_directory() {
    let container = container().await;
    let dir = tempfile::tempdir().unwrap();
    for key in ["..", "a/..", "a/", ".", "a/."] {
        let object = container.object(key).unwrap();
        object.put("x").await.unwrap();
        let error = object.download_file(dir.path()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{key}");
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn fault_176_a_hook_that_panics_ends_its_download_alone() {
    let container = container().await;
    let dir = tempfile::tempdir().unwrap();
    let object = container.object("x").unwrap();
    object.put(pattern(100)).await.unwrap();
    let download = object.download_file(dir.path().join("x")).progress(|_: Progress| panic!("hook"));
    assert_eq!(download.await.unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    assert_eq!(object.get().bytes().await.unwrap().len(), 100);
}

#[tokio::test]
async fn several_ranges_come_in_the_order_asked_for() {
    let container = container().await;
    let object = container.object("x").unwrap();
    object.put("0123456789").await.unwrap();
    assert_eq!(object.get_ranges(&[5..7, 0..1, 8..100]).await.unwrap(), ["56", "0", "89"]);
    assert_eq!(object.get_ranges(&[]).await.unwrap(), Vec::<Bytes>::new());
    assert_eq!(object.get_ranges(&[0..1, 3..3]).await.unwrap_err().kind(), ErrorKind::InvalidRange);
}

#[tokio::test]
async fn a_body_of_several_ranges_is_the_content_in_its_order() {
    let container = container().await;
    for (len, concurrency) in [(0, 2), (1, 3), (64 << 10, 2), (MIB, 1), (MIB + 1, 4), (3 * MIB + 7, 100)] {
        let bytes = pattern(len);
        let object = container.object(format!("{len}")).unwrap();
        object.put(bytes.clone()).await.unwrap();
        let get = || object.get().part_size(200_000).concurrency(concurrency);
        let body = get().await.unwrap();
        assert_eq!((body.range(), body.info().size), (0..len as u64, len as u64));
        assert_eq!(body.bytes().await.unwrap(), bytes);
        if len > 10 {
            let range = 3..len as u64 - 2;
            let mut body = get().range(range.clone()).chunk_size(1000).await.unwrap();
            assert_eq!(body.range(), range);
            assert_eq!(body.next().await.unwrap().unwrap().len(), 1000);
            assert_eq!(body.bytes().await.unwrap(), bytes[1003..len - 2]);
            assert_eq!(get().suffix(7).bytes().await.unwrap(), bytes[len - 7..]);
            assert_eq!(get().range(5..).bytes().await.unwrap(), bytes[5..]);
        }
    }
}

#[tokio::test]
async fn conditions_of_a_read_say_what_failed() {
    let container = container().await;
    let object = container.object("x").unwrap();
    object.put("x").await.unwrap();
    let etag = object.head().await.unwrap().etag.unwrap();
    assert_eq!(object.get().if_none_match(etag.clone()).await.unwrap_err().kind(), ErrorKind::NotModified);
    assert_eq!(object.get().if_match("\"other\"").await.unwrap_err().kind(), ErrorKind::PreconditionFailed);
    assert!(object.get().if_match(etag).await.is_ok());
    let missing = container.object("missing").unwrap().get().await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::ObjectNotFound);
    assert_eq!(missing.to_string(), "get object `c/missing`: there is no such object");
}
