//! Writing objects whole.

use std::io::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use storage_core::{ErrorKind, FileRange, Key, ObjectRef, Payload, PutOptions};

use crate::conformance::{Ctx, Outcome, cases, equal, fails, pattern, that};

cases! {
    "put/whole" []: "Writes an object whole, or not at all." => whole;
    "put/empty" []: "Writes an object whole, or not at all." => empty;
    "put/many_pieces" []: "Pieces in memory, sent one after the other." => many_pieces;
    "put/file_range" []: "A range of an open file." => file_range;
    "put/large" []: "Writes an object whole, or not at all." => large;
    "put/no_torn_reads" []: "Writes an object whole, or not at all." => no_torn_reads;
    "put/outcome_tells_the_truth" []: "The entity tag of the new content." => outcome_tells_the_truth;
    "put/content_headers" []: "The media type; handles guess it from the key when it is not given." => content_headers;
    "put/metadata" []: "One entry of the caller's own metadata; names are kept in lower case." => metadata;
    "put/replaces_metadata" []: "An object that is there is replaced, its metadata too." => replaces_metadata;
    "put/replaces_content" []: "An object that is there is replaced, its metadata too." => replaces_content;
    "put/tags" [put_tags tags]: "Tags can be set by a put." => tags;
    "put/missing_container" []: "A container that is missing is `ContainerNotFound`." => missing_container;
    "put/short_payload" []: "A payload that delivers fewer bytes than its length is `SourceMismatch`." => short_payload;
}

async fn whole(ctx: &Ctx) -> Outcome {
    let content = pattern(1, 70_001);
    ctx.put("object", content.clone()).await?;
    let got = ctx.get("object").await?;
    that(got.bytes == content, "the bytes come back as they were")?;
    equal(got.range, 0..70_001, "the range")?;
    equal(got.info.size, 70_001, "the size")
}

async fn empty(ctx: &Ctx) -> Outcome {
    ctx.put("empty", Bytes::new()).await?;
    let got = ctx.get("empty").await?;
    equal(
        (got.bytes.len(), got.range, got.info.size),
        (0, 0..0, 0),
        "bytes, range and size of an empty object",
    )?;
    equal(ctx.head("empty").await?.size, 0, "the size in a head")?;
    ctx.put("empty", "full").await?;
    ctx.put("empty", Bytes::new()).await?;
    equal(ctx.get("empty").await?.bytes, Bytes::new(), "an object emptied by a put")?;
    equal(ctx.keys().await?, ["empty"], "the listing")
}

async fn many_pieces(ctx: &Ctx) -> Outcome {
    let content = pattern(2, 10_000);
    let pieces: Vec<Bytes> =
        (0..10_000).step_by(37).map(|at| content.slice(at..(at + 37).min(10_000))).collect();
    ctx.put("pieces", Payload::from(pieces)).await?;
    that(ctx.get("pieces").await?.bytes == content, "pieces are joined in their order")
}

fn file_with(content: &[u8]) -> storage_core::Result<Arc<std::fs::File>> {
    let mut file = tempfile::tempfile()?;
    file.write_all(content)?;
    Ok(Arc::new(file))
}

async fn file_range(ctx: &Ctx) -> Outcome {
    let content = pattern(3, 5_000);
    let file = file_with(&content)?;
    for range in [0..5_000u64, 100..4_321, 4_999..5_000, 7..7] {
        let want = content.slice(range.start as usize..range.end as usize);
        ctx.put("range", Payload::FileRange(FileRange { file: Arc::clone(&file), range: range.clone() }))
            .await?;
        that(ctx.get("range").await?.bytes == want, format!("the bytes {range:?} of the file come back"))?;
    }
    Ok(())
}

async fn large(ctx: &Ctx) -> Outcome {
    let content = pattern(4, 9 << 20);
    ctx.put("large", content.clone()).await?;
    that(ctx.get("large").await?.bytes == content, "9 MiB come back as they were")
}

async fn no_torn_reads(ctx: &Ctx) -> Outcome {
    let versions: Vec<Bytes> = (10..14).map(|seed| pattern(seed, 200_000 + seed as usize)).collect();
    ctx.put("torn", versions[0].clone()).await?;
    let writer = {
        let (ctx, versions) = (ctx.clone(), versions.clone());
        tokio::spawn(async move {
            for version in versions.iter().cycle().take(24) {
                ctx.put("torn", version.clone()).await?;
            }
            Outcome::Ok(())
        })
    };
    while !writer.is_finished() {
        let got = ctx.get("torn").await?;
        that(versions.contains(&got.bytes), "every read gives one of the versions, whole")?;
        equal(got.info.size, got.bytes.len() as u64, "the size that came with the bytes")?;
        // A store in memory may never have to wait, and the writer needs its turn.
        tokio::task::yield_now().await;
    }
    let ended = writer.await;
    that(ended.is_ok(), "the writer does not panic")?;
    ended.unwrap_or(Ok(()))
}

async fn outcome_tells_the_truth(ctx: &Ctx) -> Outcome {
    let outcome = ctx.put("object", "truth").await?;
    let info = ctx.head("object").await?;
    if let (Some(told), Some(known)) = (&outcome.etag, &info.etag) {
        equal(told, known, "the entity tag of the put and of the head")?;
    }
    equal(outcome.size.unwrap_or(5), 5, "the size, if it is told")?;
    for sum in outcome.checksums.iter() {
        equal(sum, sum.algorithm().of(b"truth"), "a checksum of the outcome")?;
    }
    Ok(())
}

async fn content_headers(ctx: &Ctx) -> Outcome {
    let options = PutOptions::new()
        .content_type("text/html; charset=utf-8")
        .content_encoding("gzip")
        .content_disposition("attachment; filename=\"a b.txt\"")
        .content_language("de, en")
        .cache_control("max-age=60, no-transform");
    ctx.put_with("page", "<p>", &options).await?;
    for info in [ctx.head("page").await?, ctx.get("page").await?.info] {
        equal(&info.content_type, &options.content_type, "the media type")?;
        equal(&info.content_encoding, &options.content_encoding, "the encoding")?;
        equal(&info.content_disposition, &options.content_disposition, "the disposition")?;
        equal(&info.content_language, &options.content_language, "the language")?;
        equal(&info.cache_control, &options.cache_control, "the cache control")?;
    }
    equal(&ctx.get("page").await?.bytes[..], b"<p>", "the bytes, as stored and not decoded")
}

async fn metadata(ctx: &Ctx) -> Outcome {
    let long = if ctx.takes_metadata("long-name-2", "x") { "long-name-2" } else { "long_name_2" };
    let options =
        PutOptions::new().metadata("Author", "jo").metadata(long, "a  b, c; d=\"e\"").metadata("x", "1");
    ctx.put_with("object", "", &options).await?;
    equal(&ctx.head("object").await?.metadata, &options.metadata, "the metadata in a head")?;
    let got = ctx.get("object").await?;
    equal(got.metadata(), &options.metadata, "the metadata with the content")?;
    equal(got.metadata().iter().next().map(|(name, _)| name), Some("author"), "the first name, in lower case")
}

async fn replaces_metadata(ctx: &Ctx) -> Outcome {
    let options = PutOptions::new()
        .metadata("old", "1")
        .metadata("both", "1")
        .content_type("text/css")
        .cache_control("no-store");
    ctx.put_with("object", "1", &options).await?;
    ctx.put_with("object", "2", &PutOptions::new().metadata("both", "2").content_type("text/plain")).await?;
    let info = ctx.head("object").await?;
    equal(info.metadata.iter().collect::<Vec<_>>(), vec![("both", "2")], "the metadata")?;
    equal(info.content_type.as_deref(), Some("text/plain"), "the media type")?;
    that(info.cache_control.as_deref() != Some("no-store"), "the old cache control is gone")?;
    ctx.put("object", "3").await?;
    that(ctx.head("object").await?.metadata.is_empty(), "a put without metadata leaves none")
}

async fn replaces_content(ctx: &Ctx) -> Outcome {
    for len in [100, 50, 200, 0, 1] {
        let content = pattern(len, len as usize);
        ctx.put("object", content.clone()).await?;
        that(ctx.get("object").await?.bytes == content, format!("the newest content, {len} bytes, is read"))?;
        equal(ctx.head("object").await?.size, len, "the newest size")?;
    }
    equal(ctx.keys().await?, ["object"], "the listing")
}

async fn tags(ctx: &Ctx) -> Outcome {
    ctx.put_with("object", "", &PutOptions::new().tag("project", "blue").tag("stage", "test")).await?;
    let key = Key::parse("object")?;
    let Some(group) = ctx.driver().tags() else { return Ok(()) };
    let tags = group.tags(ObjectRef::new(ctx.container(), &key)).await?;
    equal(tags.get("project").map(String::as_str), Some("blue"), "one tag")?;
    equal(tags.len(), 2, "the number of tags")
}

async fn missing_container(ctx: &Ctx) -> Outcome {
    let (missing, key) = (ctx.spare_name()?, Key::parse("object")?);
    let target = ObjectRef::new(&missing, &key);
    let put = ctx.driver().put_object(target, "x".into(), &PutOptions::new()).await;
    fails(put, ErrorKind::ContainerNotFound, "a put into a missing container")?;
    fails(
        ctx.driver().head_container(&missing).await,
        ErrorKind::ContainerNotFound,
        "the put made no container",
    )
}

async fn short_payload(ctx: &Ctx) -> Outcome {
    let file = file_with(&pattern(5, 1_000))?;
    let short = || Payload::FileRange(FileRange { file: Arc::clone(&file), range: 0..1_500 });
    fails(ctx.put("new", short()).await, ErrorKind::SourceMismatch, "a put of a file that is too short")?;
    fails(ctx.get("new").await, ErrorKind::ObjectNotFound, "nothing was written")?;
    ctx.put("old", "old").await?;
    fails(ctx.put("old", short()).await, ErrorKind::SourceMismatch, "a put of a file that is too short")?;
    equal(&ctx.get("old").await?.bytes[..], b"old", "the old object stays")
}
