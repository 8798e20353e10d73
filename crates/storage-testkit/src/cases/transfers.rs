//! What the upload and download engines promise.

use std::time::Duration;

use bytes::Bytes;
use storage_core::{ErrorKind, Object, PutOptions};
use tokio::io::AsyncWriteExt as _;

use crate::conformance::{Ctx, Failure, Outcome, Uploading, cases, equal, fails, that};
use crate::source::Source;

cases! {
    "transfers/stream_of_unknown_length" []: "Uploads a stream of unknown length, in chunks of any size."
        => stream_of_unknown_length;
    "transfers/failing_stream" []: "An error of the stream commits nothing." => failing_stream;
    "transfers/reader" []: "Uploads what a reader gives." => reader;
    "transfers/writer" []: "Opens a writer; `shutdown` commits the object." => writer;
    "transfers/writer_dropped" []: "Opens a writer; `shutdown` commits the object." => writer_dropped;
    "transfers/short_and_long_sources" []:
        "Declares the length in bytes; a source that is shorter or longer commits nothing." => short_and_long_sources;
    "transfers/empty_by_all_ways" []: "Writes an object whole, or not at all." => empty_by_all_ways;
    "transfers/file_up_and_down" []: "Uploads a file: small ones in one request, large ones in parallel parts."
        => file_up_and_down;
    "transfers/existing_file_stays" []:
        "Downloads into a file beside which it is gathered first; a path that ends in `/` or is a directory takes the key's last segment inside it."
        => existing_file_stays;
    "transfers/download_into_directory" []:
        "Downloads into a file beside which it is gathered first; a path that ends in `/` or is a directory takes the key's last segment inside it."
        => download_into_directory;
    "transfers/abort_incomplete" [multipart incomplete_uploads]:
        "Drops every upload that was begun longer ago than this and never ended." => abort_incomplete;
}

/// More than two parts of the smallest size, and no multiple of anything.
fn long(ctx: &Ctx) -> u64 {
    ctx.part_bytes() as u64 * 2 + 12_345
}

async fn content(object: &Object) -> Result<Bytes, Failure> {
    Ok(object.get().bytes().await?)
}

/// Looks for what an upload that failed has left behind.
async fn no_left_overs(ctx: &Ctx) -> Outcome {
    if ctx.driver().incomplete_uploads().is_none() {
        return Ok(());
    }
    let uploads: Vec<_> = ctx.handle()?.incomplete_uploads().try_collect().await?;
    equal(uploads.len(), 0, "uploads that were left behind")
}

async fn stream_of_unknown_length(ctx: &Ctx) -> Outcome {
    let object = ctx.object("stream")?;
    for (len, chunk) in [(0, 1), (1, 1), (10_000, 7), (long(ctx), 65_537), (long(ctx), 10 << 20)] {
        let part = ctx.part_bytes() as u64;
        object.upload_stream(Source::new(len).chunk(chunk).pending_every(5)).part_size(part).await?;
        that(
            content(&object).await? == Source::content(len),
            format!("{len} bytes in chunks of {chunk} are there"),
        )?;
    }
    no_left_overs(ctx).await
}

async fn failing_stream(ctx: &Ctx) -> Outcome {
    let object = ctx.object("old")?;
    object.put("old").await?;
    for at in [0, 5_000, long(ctx) - 1] {
        let source = Source::new(long(ctx)).fail_at(at, ErrorKind::Io);
        let uploaded = object.upload_stream(source).part_size(ctx.part_bytes() as u64).await;
        fails(uploaded, ErrorKind::Io, format!("an upload whose source fails at {at}"))?;
        equal(&content(&object).await?[..], b"old", "the object that was there")?;
        no_left_overs(ctx).await?;
    }
    equal(ctx.keys().await?, ["old"], "the listing")
}

async fn reader(ctx: &Ctx) -> Outcome {
    let object = ctx.object("reader")?;
    let source = Source::new(long(ctx)).chunk(4_321);
    object.upload_reader(source).part_size(ctx.part_bytes() as u64).await?;
    that(content(&object).await? == Source::content(long(ctx)), "what the reader gave is there")
}

async fn writer(ctx: &Ctx) -> Outcome {
    let object = ctx.object("writer")?;
    let part = ctx.part_bytes() as u64;
    let mut writer = object.writer_with(|upload| upload.part_size(part).content_type("text/x-kit"));
    let all = Source::content(long(ctx));
    for piece in all.chunks(100_003) {
        writer.write_all(piece).await.map_err(storage_core::Error::from_io)?;
    }
    that(!object.exists().await?, "nothing is there before the shutdown")?;
    writer.shutdown().await.map_err(storage_core::Error::from_io)?;
    that(content(&object).await? == all, "what was written is there")?;
    equal(object.head().await?.content_type.as_deref(), Some("text/x-kit"), "the media type")
}

async fn writer_dropped(ctx: &Ctx) -> Outcome {
    let object = ctx.object("writer")?;
    let mut writer = object.writer();
    writer.write_all(b"half").await.map_err(storage_core::Error::from_io)?;
    drop(writer);
    that(!object.exists().await?, "nothing is there when the writer was dropped")
}

async fn short_and_long_sources(ctx: &Ctx) -> Outcome {
    let object = ctx.object("declared")?;
    for (declared, given) in
        [(100, 99), (100, 101), (100, 0), (0, 1), (long(ctx), long(ctx) - 1), (long(ctx), long(ctx) + 1)]
    {
        let upload =
            object.upload_stream(Source::new(given)).length(declared).part_size(ctx.part_bytes() as u64);
        fails(
            upload.await,
            ErrorKind::SourceMismatch,
            format!("{given} bytes where {declared} were declared"),
        )?;
        that(!object.exists().await?, "nothing was written")?;
    }
    object.upload_stream(Source::new(100)).length(100).await?;
    equal(content(&object).await?.len(), 100, "the size of what was declared rightly")?;
    no_left_overs(ctx).await
}

async fn empty_by_all_ways(ctx: &Ctx) -> Outcome {
    ctx.object("put")?.put("").await?;
    ctx.object("stream")?.upload_stream(Source::new(0)).await?;
    ctx.object("reader")?.upload_reader(tokio::io::empty()).await?;
    ctx.object("writer")?.writer().shutdown().await.map_err(storage_core::Error::from_io)?;
    let file = tempfile::NamedTempFile::new().map_err(storage_core::Error::from_io)?;
    ctx.object("file")?.upload_file(file.path()).await?;
    ctx.object("put")?.copy_to(&ctx.object("copy")?).await?;
    for key in ["copy", "file", "put", "reader", "stream", "writer"] {
        let object = ctx.object(key)?;
        equal(
            (object.head().await?.size, content(&object).await?.len()),
            (0, 0),
            format!("the size by `{key}`"),
        )?;
    }
    equal(ctx.keys().await?.len(), 6, "the number of objects")
}

async fn file_up_and_down(ctx: &Ctx) -> Outcome {
    let directory = tempfile::tempdir().map_err(storage_core::Error::from_io)?;
    let part = ctx.part_bytes() as u64;
    for len in [1, 1_000, long(ctx)] {
        let (from, to) = (directory.path().join("from.txt"), directory.path().join(format!("to-{len}")));
        std::fs::write(&from, Source::content(len)).map_err(storage_core::Error::from_io)?;
        let object = ctx.object("file.txt")?;
        object.upload_file(&from).part_size(part).metadata("a", "1").await?;
        equal(object.head().await?.metadata.get("a"), Some("1"), "the metadata")?;
        object.download_file(&to).part_size(part).await?;
        let got = std::fs::read(&to).map_err(storage_core::Error::from_io)?;
        that(got == Source::content(len), format!("a file of {len} bytes comes back as it was"))?;
    }
    no_left_overs(ctx).await
}

async fn existing_file_stays(ctx: &Ctx) -> Outcome {
    let directory = tempfile::tempdir().map_err(storage_core::Error::from_io)?;
    let path = directory.path().join("mine");
    std::fs::write(&path, "mine").map_err(storage_core::Error::from_io)?;
    let object = ctx.object("theirs")?;
    object.put("theirs").await?;
    fails(object.download_file(&path).await, ErrorKind::AlreadyExists, "a download over a file")?;
    let missing = ctx.object("nothing")?.download_file(&path).overwrite(true).await;
    fails(missing, ErrorKind::ObjectNotFound, "a download of nothing over a file")?;
    let read = || std::fs::read(&path).map_err(storage_core::Error::from_io);
    equal(&read()?[..], b"mine", "the file after downloads that failed")?;
    object.download_file(&path).overwrite(true).await?;
    equal(&read()?[..], b"theirs", "the file after a download that may overwrite")?;
    let files = std::fs::read_dir(directory.path()).map_err(storage_core::Error::from_io)?;
    equal(files.count(), 1, "files in the directory")
}

async fn download_into_directory(ctx: &Ctx) -> Outcome {
    let directory = tempfile::tempdir().map_err(storage_core::Error::from_io)?;
    let object = ctx.object("a/b/name.txt")?;
    object.put("x").await?;
    object.download_file(directory.path()).await?;
    let got = std::fs::read(directory.path().join("name.txt")).map_err(storage_core::Error::from_io)?;
    equal(&got[..], b"x", "the file of the key's last segment")?;
    let above = ctx.object("..")?;
    if ctx.takes("..") {
        above.put("x").await?;
    }
    that(above.download_file(directory.path()).await.is_err(), "a last segment `..` is refused")
}

async fn abort_incomplete(ctx: &Ctx) -> Outcome {
    for key in ["a/1", "a/2", "b"] {
        Uploading::begin(ctx, key, PutOptions::new()).await?;
    }
    let container = ctx.handle()?;
    let day = Duration::from_secs(86_400);
    equal(container.abort_incomplete(day).await?, 0, "uploads older than a day")?;
    equal(container.abort_incomplete(Duration::ZERO).prefix("a/").await?, 2, "uploads below `a/`")?;
    equal(container.abort_incomplete(Duration::ZERO).await?, 1, "the other uploads")?;
    no_left_overs(ctx).await
}
