//! Uploads through the handles, on the store in memory.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use storage_core::{
    CancelToken, ChecksumAlgorithm, Checksums, Container, Error, ErrorKind, Progress, Result, memory,
};
use tokio::io::AsyncWriteExt as _;

const MIB: usize = 1 << 20;

async fn container() -> Container {
    let container = memory::open().container("c").unwrap();
    container.create().await.unwrap();
    container
}

fn pattern(len: usize) -> Bytes {
    (0..len).map(|at| (at % 251) as u8).collect::<Vec<_>>().into()
}

fn chunks(bytes: &Bytes, size: usize) -> impl futures_util::Stream<Item = Result<Bytes>> + Send + 'static {
    let pieces: Vec<_> =
        (0..bytes.len()).step_by(size).map(|at| bytes.slice(at..(at + size).min(bytes.len()))).collect();
    stream::iter(pieces.into_iter().map(Ok))
}

async fn assert_nothing(container: &Container) {
    assert_eq!(container.list().try_collect::<Vec<_>>().await.unwrap(), []);
    assert_eq!(container.incomplete_uploads().try_collect::<Vec<_>>().await.unwrap(), []);
}

#[tokio::test]
async fn chunks_of_any_size_make_the_same_object() {
    let container = container().await;
    for len in [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB, 3 * MIB + 7] {
        let bytes = pattern(len);
        for size in [1000, 16 << 10, 300_000, 5 * MIB] {
            let object = container.object(format!("{len}/{size}")).unwrap();
            let outcome = object.upload_stream(chunks(&bytes, size)).part_size(MIB as u64).await.unwrap();
            assert_eq!(outcome.size, Some(len as u64));
            let algorithm = ChecksumAlgorithm::Crc64Nvme;
            assert_eq!(outcome.checksums.get(algorithm), Some(algorithm.of(&bytes)), "joined from the parts");
            assert_eq!(object.get().bytes().await.unwrap(), bytes);
        }
    }
}

#[tokio::test]
async fn fault_066_an_empty_object_is_stored_by_every_way() {
    let container = container().await;
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("empty"), b"").unwrap();
    container.object("put").unwrap().put("").await.unwrap();
    container.object("stream").unwrap().upload_stream(stream::empty::<Result<Bytes>>()).await.unwrap();
    container.object("reader").unwrap().upload_reader(tokio::io::empty()).await.unwrap();
    container.object("file").unwrap().upload_file(dir.path().join("empty")).await.unwrap();
    container.object("writer").unwrap().writer().shutdown().await.unwrap();
    container.object("put").unwrap().copy_to(&container.object("copy").unwrap()).await.unwrap();
    for key in ["put", "stream", "reader", "file", "writer", "copy"] {
        let object = container.object(key).unwrap();
        assert_eq!(object.head().await.unwrap().size, 0, "{key}");
        assert_eq!(object.get().range(0..5).bytes().await.unwrap(), "", "{key}");
        let file = dir.path().join(key);
        object.download_file(&file).await.unwrap();
        assert_eq!(std::fs::read(file).unwrap(), b"");
    }
}

#[tokio::test]
async fn fault_061_062_a_source_of_another_length_commits_nothing() {
    let container = container().await;
    for len in [100, 2 * MIB + 5] {
        let bytes = pattern(len);
        for declared in [0, len - 1, len + 1, 10 * MIB] {
            let object = container.object("x").unwrap();
            let upload =
                object.upload_stream(chunks(&bytes, 70_000)).part_size(MIB as u64).length(declared as u64);
            let error = upload.await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::SourceMismatch, "{len} {declared}: {error}");
            assert_nothing(&container).await;
        }
    }
}

#[tokio::test]
async fn fault_063_a_failing_source_commits_nothing_and_keeps_its_error() {
    let container = container().await;
    for good in [0, 1, 30] {
        let bytes = pattern(good * 100_000);
        let broken = stream::once(async { Err::<Bytes, _>(std::io::Error::other("the disk is on fire")) });
        let source = chunks(&bytes, 100_000).map(|it| it.map_err(std::io::Error::from)).chain(broken);
        let error =
            container.object("x").unwrap().upload_stream(source).part_size(MIB as u64).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io);
        let source = std::error::Error::source(&error).unwrap();
        assert_eq!(source.to_string(), "the disk is on fire");
        assert_nothing(&container).await;
    }
}

#[tokio::test]
async fn expected_checksums_of_the_whole_hold_across_parts() {
    let container = container().await;
    let bytes = pattern(3 * MIB + 11);
    for algorithm in ChecksumAlgorithm::ALL {
        let object = container.object(algorithm.name()).unwrap();
        let right = Checksums::from(algorithm.of(&bytes));
        object.upload_stream(chunks(&bytes, 9999)).part_size(MIB as u64).expected(right).await.unwrap();
        let wrong = Checksums::from(algorithm.of(b"other"));
        let lost = container.object("lost").unwrap();
        for upload in [
            lost.upload_stream(chunks(&bytes, 9999)).part_size(MIB as u64),
            lost.upload_stream(chunks(&bytes, 9999)),
        ] {
            let error = upload.expected(wrong.clone()).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ChecksumMismatch);
        }
        assert!(!lost.exists().await.unwrap());
        assert_eq!(container.incomplete_uploads().try_collect::<Vec<_>>().await.unwrap(), []);
    }
}

#[tokio::test]
async fn files_are_uploaded_small_and_in_parts() {
    let container = container().await;
    let dir = tempfile::tempdir().unwrap();
    for len in [1, MIB, MIB + 1, 5 * MIB + 3] {
        let bytes = pattern(len);
        let path = dir.path().join("page.html");
        std::fs::write(&path, &bytes).unwrap();
        let object = container.object(format!("{len}")).unwrap();
        let whole = Checksums::from(ChecksumAlgorithm::Sha256.of(&bytes));
        object.upload_file(&path).part_size(MIB as u64).expected(whole).await.unwrap();
        let info = object.head().await.unwrap();
        assert_eq!(info.content_type.as_deref(), Some("text/html"), "guessed from the file's name");
        assert_eq!(object.get().bytes().await.unwrap(), bytes);
    }
}

#[tokio::test]
async fn what_is_no_regular_file_is_refused_at_once() {
    let container = container().await;
    let dir = tempfile::tempdir().unwrap();
    let object = container.object("x").unwrap();
    assert_eq!(object.upload_file(dir.path()).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    let error = object.upload_file(dir.path().join("missing")).await.unwrap_err();
    assert!(error.to_string().contains("missing"), "{error}");
}

#[tokio::test]
async fn the_writer_commits_on_shutdown_only() {
    let container = container().await;
    let object = container.object("x").unwrap();
    let bytes = pattern(4 * MIB + 9);
    let mut writer = object.writer_with(|upload| upload.part_size(MIB as u64).content_type("text/x"));
    writer.write_all(&bytes).await.unwrap();
    writer.flush().await.unwrap();
    assert!(!object.exists().await.unwrap());
    writer.shutdown().await.unwrap();
    assert_eq!(writer.outcome().unwrap().size, Some(bytes.len() as u64));
    assert!(writer.write_all(b"more").await.is_err());
    assert_eq!(object.head().await.unwrap().content_type.as_deref(), Some("text/x"));
    assert_eq!(object.get().bytes().await.unwrap(), bytes);
}

#[tokio::test]
async fn fault_073_a_dropped_writer_leaves_nothing() {
    let container = container().await;
    let mut writer = container.object("x").unwrap().writer_with(|upload| upload.part_size(MIB as u64));
    writer.write_all(&pattern(3 * MIB)).await.unwrap();
    writer.flush().await.unwrap();
    assert_eq!(container.incomplete_uploads().try_collect::<Vec<_>>().await.unwrap().len(), 1);
    drop(writer);
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_nothing(&container).await;
}

#[tokio::test]
async fn a_cancelled_upload_has_cleaned_up_before_it_returns() {
    let container = container().await;
    let token = CancelToken::new();
    let stop = token.clone();
    let bytes = pattern(MIB);
    let endless = stream::unfold(0, move |n| {
        if n == 5 {
            stop.cancel();
        }
        let bytes = bytes.clone();
        async move { Some((Ok::<_, Error>(bytes), n + 1)) }
    });
    let upload = container.object("x").unwrap().upload_stream(endless).part_size(MIB as u64).cancel(&token);
    assert_eq!(upload.await.unwrap_err().kind(), ErrorKind::Cancelled);
    assert_nothing(&container).await;
}

#[tokio::test]
async fn fault_176_a_hook_that_panics_ends_its_upload_alone() {
    let container = container().await;
    let bytes = pattern(3 * MIB);
    let object = container.object("x").unwrap();
    let upload = object.upload_stream(chunks(&bytes, 100_000)).part_size(MIB as u64);
    let error = upload.progress(|_: Progress| panic!("hook")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_nothing(&container).await;
    object.put("still usable").await.unwrap();
}

#[tokio::test]
async fn progress_counts_every_byte() {
    let container = container().await;
    let seen = Arc::new(AtomicU64::new(0));
    let hook = {
        let seen = Arc::clone(&seen);
        move |progress: Progress| {
            assert!(progress.bytes > seen.swap(progress.bytes, Ordering::Relaxed));
        }
    };
    let bytes = pattern(3 * MIB + 1);
    let upload = container.object("x").unwrap().upload_stream(chunks(&bytes, 100_000)).part_size(MIB as u64);
    upload.progress(hook).await.unwrap();
    assert_eq!(seen.load(Ordering::Relaxed), bytes.len() as u64);
}

#[test]
fn fault_173_without_a_runtime_an_operation_fails_and_nothing_aborts() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let container = runtime.block_on(container());
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("x"), b"x").unwrap();
    let upload = container.object("x").unwrap().upload_file(dir.path().join("x"));
    drop(runtime);
    let error = futures_executor(upload.into_future()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
}

/// Polls a future outside any runtime.
fn futures_executor<T>(mut future: std::pin::Pin<Box<dyn Future<Output = T> + Send>>) -> T {
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    for _ in 0..1000 {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut cx) {
            return value;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("the future never ended");
}

#[tokio::test]
async fn fault_119_line_breaks_in_metadata_and_headers_are_refused_before_sending() {
    let container = container().await;
    let object = container.object("x").unwrap();
    for put in [
        object.put("x").metadata("a", "b\r\nc"),
        object.put("x").metadata("a b", "c"),
        object.put("x").metadata("a", "nul\0"),
        object.put("x").header("x-y", "b\nc"),
        object.put("x").header("x\ny", "b"),
        object.put("x").content_type("text/html\r\nx: y"),
        object.put("x").cache_control("a\0"),
    ] {
        assert_eq!(put.await.unwrap_err().kind(), ErrorKind::InvalidInput);
    }
    assert_nothing(&container).await;
}

#[tokio::test]
async fn fault_120_keys_beyond_the_limit_are_refused() {
    let container = container().await;
    container.object("é".repeat(512)).unwrap().put("fits").await.unwrap();
    let error = container.object("x".repeat(1025)).unwrap().put("x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("1025 bytes"), "{error}");
    container.object("e\u{301}").unwrap().put("nfd").await.unwrap();
    container.object("\u{e9}").unwrap().put("nfc").await.unwrap();
    assert_eq!(container.object("\u{e9}").unwrap().get().text().await.unwrap(), "nfc");
    assert_eq!(container.object("e\u{301}").unwrap().get().text().await.unwrap(), "nfd");
}
