//! Uploads in parts, up to their completion.

use bytes::Bytes;
use storage_core::{ErrorKind, PutOptions};

use crate::conformance::{Ctx, Outcome, Uploading, cases, equal, fails, fails_with, pattern, that};

cases! {
    "multipart/in_order" [multipart]: "Joins the parts, in the order given, into the object, whole or not at all."
        => in_order;
    "multipart/one_part" [multipart]: "Joins the parts, in the order given, into the object, whole or not at all."
        => one_part;
    "multipart/out_of_order" [multipart parts_in_any_order]: "In any order, several at once." => out_of_order;
    "multipart/at_once" [multipart parts_in_any_order]: "In any order, several at once." => at_once;
    "multipart/gaps_in_numbers" [multipart parts_in_any_order]:
        "Its number; parts are joined in the order of their numbers." => gaps_in_numbers;
    "multipart/replaced_part" [multipart parts_in_any_order]: "Sends one part. The same number sent again replaces the part."
        => replaced_part;
    "multipart/part_tells_the_truth" [multipart]: "Sends one part." => part_tells_the_truth;
    "multipart/content_headers" [multipart]: "Begins an upload; content headers and metadata are fixed here."
        => content_headers;
    "multipart/nothing_visible_before" [multipart]:
        "Uploads in parts: nothing is visible under the key before the upload is completed." => nothing_visible_before;
    "multipart/old_object_stays" [multipart]:
        "Uploads in parts: nothing is visible under the key before the upload is completed." => old_object_stays;
    "multipart/abort" [multipart]: "Drops the upload and its parts." => abort;
    "multipart/abort_twice" [multipart]: "Aborting an upload that is not there succeeds." => abort_twice;
    "multipart/part_after_abort" [multipart known_uploads]: "Drops the upload and its parts." => part_after_abort;
    "multipart/two_uploads_of_a_key" [multipart known_uploads]:
        "Uploads in parts: nothing is visible under the key before the upload is completed." => two_uploads_of_a_key;
    "multipart/odd_keys" [multipart]: "The key of an object: opaque UTF-8 text, used exactly as given." => odd_keys;
    "multipart/list_parts" [multipart]: "Lists the parts that the store has, by number." => list_parts;
    "multipart/missing_container" [multipart]: "A container that is missing is `ContainerNotFound`."
        => missing_container;
    "multipart/copied_parts" [multipart copied_parts]: "Makes a part of bytes that another object has, on the server."
        => copied_parts;
    "multipart/copied_part_if_match" [multipart copied_parts]:
        "Makes a part of bytes that another object has, on the server." => copied_part_if_match;
    "multipart/copied_parts_unsupported" [multipart no_copied_parts]: "`Unsupported` unless [`PartRules::copy`](crate::PartRules) is set."
        => copied_parts_unsupported;
}

async fn in_order(ctx: &Ctx) -> Outcome {
    let upload = Uploading::begin(ctx, "dir/object", PutOptions::new()).await?;
    let mut parts = vec![upload.put(1, upload.content(1), false).await?];
    parts.push(upload.put(2, upload.content(2), false).await?);
    let tail = pattern(3, 17);
    parts.push(upload.put(3, tail.clone(), true).await?);
    upload.complete(&parts).await?;
    let got = ctx.get("dir/object").await?;
    that(
        got.bytes == [upload.content(1), upload.content(2), tail].concat(),
        "the parts are joined in their order",
    )?;
    equal(ctx.head("dir/object").await?.size, got.bytes.len() as u64, "the size")?;
    equal(ctx.keys().await?, ["dir/object"], "the listing")
}

async fn one_part(ctx: &Ctx) -> Outcome {
    for content in [Bytes::from_static(b"small"), Bytes::new()] {
        let upload = Uploading::begin(ctx, "object", PutOptions::new()).await?;
        let part = upload.put(1, content.clone(), true).await?;
        upload.complete(&[part]).await?;
        equal(ctx.get("object").await?.bytes, content, "the content of an upload of one part")?;
    }
    Ok(())
}

async fn out_of_order(ctx: &Ctx) -> Outcome {
    let upload = Uploading::begin(ctx, "object", PutOptions::new()).await?;
    let tail = pattern(4, 5);
    let third = upload.put(3, tail.clone(), true).await?;
    let first = upload.put(1, upload.content(1), false).await?;
    let second = upload.put(2, upload.content(2), false).await?;
    upload.complete(&[first, second, third]).await?;
    let want = [upload.content(1), upload.content(2), tail].concat();
    that(ctx.get("object").await?.bytes == want, "the parts are joined in the order of their numbers")
}

async fn at_once(ctx: &Ctx) -> Outcome {
    let upload = Uploading::begin(ctx, "object", PutOptions::new()).await?;
    let jobs = (1..=6).map(|number| upload.put(number, upload.content(number), number == 6));
    let parts = futures_util::future::try_join_all(jobs).await?;
    upload.complete(&parts).await?;
    let want = (1..=6).map(|number| upload.content(number)).collect::<Vec<_>>().concat();
    that(
        ctx.get("object").await?.bytes == want,
        "parts sent at once are joined in the order of their numbers",
    )
}

async fn gaps_in_numbers(ctx: &Ctx) -> Outcome {
    let upload = Uploading::begin(ctx, "object", PutOptions::new()).await?;
    let first = upload.put(3, upload.content(3), false).await?;
    let last = upload.put(11, upload.content(11), true).await?;
    upload.complete(&[first, last]).await?;
    let want = [upload.content(3), upload.content(11)].concat();
    that(ctx.get("object").await?.bytes == want, "numbers may leave gaps, and 3 comes before 11")
}

async fn replaced_part(ctx: &Ctx) -> Outcome {
    let upload = Uploading::begin(ctx, "object", PutOptions::new()).await?;
    upload.put(1, upload.content(9), false).await?;
    let last = upload.put(2, pattern(1, 10), true).await?;
    let first = upload.put(1, upload.content(1), false).await?;
    upload.complete(&[first, last]).await?;
    let want = [upload.content(1), pattern(1, 10)].concat();
    that(ctx.get("object").await?.bytes == want, "the part that was sent last counts")
}

async fn part_tells_the_truth(ctx: &Ctx) -> Outcome {
    let upload = Uploading::begin(ctx, "object", PutOptions::new()).await?;
    let content = upload.content(1);
    let part = upload.put(1, content.clone(), true).await?;
    equal((part.number.get(), part.size), (1, content.len() as u64), "number and size of the part")?;
    for sum in part.checksums.iter() {
        equal(sum, sum.algorithm().of(&content), "a checksum of the part")?;
    }
    Ok(upload.abort().await?)
}

async fn content_headers(ctx: &Ctx) -> Outcome {
    let options =
        PutOptions::new().content_type("video/mp4").cache_control("max-age=1").metadata("Author", "jo");
    let upload = Uploading::begin(ctx, "object", options.clone()).await?;
    let part = upload.put(1, Bytes::from_static(b"x"), true).await?;
    upload.complete(&[part]).await?;
    for info in [ctx.head("object").await?, ctx.get("object").await?.info] {
        equal(info.content_type.as_deref(), Some("video/mp4"), "the media type")?;
        equal(info.cache_control.as_deref(), Some("max-age=1"), "the cache control")?;
        equal(&info.metadata, &options.metadata, "the metadata")?;
    }
    Ok(())
}

async fn nothing_visible_before(ctx: &Ctx) -> Outcome {
    let upload = Uploading::begin(ctx, "dir/object", PutOptions::new()).await?;
    unseen(ctx).await?;
    let part = upload.put(1, upload.content(1), false).await?;
    let last = upload.put(2, pattern(2, 3), true).await?;
    unseen(ctx).await?;
    upload.complete(&[part, last]).await?;
    equal(ctx.keys().await?, ["dir/object"], "the listing after completion")
}

async fn unseen(ctx: &Ctx) -> Outcome {
    fails(ctx.get("dir/object").await, ErrorKind::ObjectNotFound, "a read before completion")?;
    fails(ctx.head("dir/object").await, ErrorKind::ObjectNotFound, "a head before completion")?;
    equal(ctx.keys().await?, Vec::<String>::new(), "the listing before completion")
}

async fn old_object_stays(ctx: &Ctx) -> Outcome {
    ctx.put_with("object", "old", &PutOptions::new().metadata("a", "1")).await?;
    let upload = Uploading::begin(ctx, "object", PutOptions::new().metadata("b", "2")).await?;
    let part = upload.put(1, Bytes::from_static(b"new"), true).await?;
    let got = ctx.get("object").await?;
    equal(
        (&got.bytes[..], got.metadata().get("a")),
        (&b"old"[..], Some("1")),
        "the object before completion",
    )?;
    upload.complete(&[part]).await?;
    let got = ctx.get("object").await?;
    equal(&got.bytes[..], b"new", "the content after completion")?;
    equal(got.metadata().iter().collect::<Vec<_>>(), vec![("b", "2")], "the metadata after completion")
}

async fn abort(ctx: &Ctx) -> Outcome {
    ctx.put("object", "old").await?;
    let upload = Uploading::begin(ctx, "object", PutOptions::new()).await?;
    let part = upload.put(1, upload.content(1), true).await?;
    upload.abort().await?;
    equal(&ctx.get("object").await?.bytes[..], b"old", "the object after the abort")?;
    if ctx.capabilities().parts.stateless {
        return Ok(());
    }
    fails(upload.complete(&[part]).await, ErrorKind::ObjectNotFound, "the completion of an aborted upload")?;
    equal(&ctx.get("object").await?.bytes[..], b"old", "the object after a completion that came too late")
}

async fn abort_twice(ctx: &Ctx) -> Outcome {
    let upload = Uploading::begin(ctx, "object", PutOptions::new()).await?;
    upload.abort().await?;
    upload.abort().await?;
    let other = Uploading::begin(ctx, "object", PutOptions::new()).await?;
    let part = other.put(1, Bytes::from_static(b"x"), true).await?;
    other.complete(&[part]).await?;
    other.abort().await?;
    equal(&ctx.get("object").await?.bytes[..], b"x", "the object after the abort of a completed upload")
}

async fn part_after_abort(ctx: &Ctx) -> Outcome {
    let upload = Uploading::begin(ctx, "object", PutOptions::new()).await?;
    upload.abort().await?;
    let put = upload.put(1, upload.content(1), false).await;
    fails(put, ErrorKind::ObjectNotFound, "a part of an aborted upload")?;
    fails(upload.parts().await, ErrorKind::ObjectNotFound, "the parts of an aborted upload")
}

async fn two_uploads_of_a_key(ctx: &Ctx) -> Outcome {
    let one = Uploading::begin(ctx, "object", PutOptions::new()).await?;
    let two = Uploading::begin(ctx, "object", PutOptions::new()).await?;
    that(one.id != two.id, "two uploads have two ids")?;
    let first = one.put(1, Bytes::from_static(b"one"), true).await?;
    let second = two.put(1, Bytes::from_static(b"two"), true).await?;
    one.complete(&[first]).await?;
    equal(&ctx.get("object").await?.bytes[..], b"one", "the object after the first completion")?;
    two.complete(&[second]).await?;
    equal(&ctx.get("object").await?.bytes[..], b"two", "the object after the second completion")
}

async fn odd_keys(ctx: &Ctx) -> Outcome {
    let odd = ["a//b", "/x", "x/", "..", "a b+c%2F?d#e&f=g", "\u{e9}", "e\u{301}", "\u{1f600}", "'\"\\"];
    let keys: Vec<_> = odd.into_iter().filter(|it| ctx.takes(it)).collect();
    for key in &keys {
        let upload = Uploading::begin(ctx, key, PutOptions::new()).await?;
        let part = upload.put(1, Bytes::copy_from_slice(key.as_bytes()), true).await?;
        equal(upload.parts().await?.len(), 1, format!("the parts of {key:?}"))?;
        upload.complete(&[part]).await?;
        equal(&ctx.get(key).await?.bytes[..], key.as_bytes(), format!("the content of {key:?}"))?;
        let other = Uploading::begin(ctx, key, PutOptions::new()).await?;
        other.abort().await?;
    }
    equal(ctx.keys().await?.len(), keys.len(), "the number of keys")
}

async fn list_parts(ctx: &Ctx) -> Outcome {
    let upload = Uploading::begin(ctx, "object", PutOptions::new()).await?;
    equal(upload.parts().await?.len(), 0, "the parts before any was sent")?;
    let mut sent = Vec::new();
    for number in 1..=3 {
        sent.push(upload.put(number, upload.content(number), number == 3).await?);
    }
    let listed = upload.parts().await?;
    let brief = |parts: &[storage_core::groups::PartInfo]| -> Vec<_> {
        parts.iter().map(|it| (it.number, it.size, it.etag.clone())).collect()
    };
    equal(brief(&listed), brief(&sent), "number, size and entity tag of the parts")?;
    upload.complete(&listed).await?;
    let want = (1..=3).map(|number| upload.content(number)).collect::<Vec<_>>().concat();
    that(ctx.get("object").await?.bytes == want, "an upload is completed with the parts as listed")
}

async fn missing_container(ctx: &Ctx) -> Outcome {
    let Some(driver) = ctx.driver().multipart() else { return Ok(()) };
    let (missing, key) = (ctx.spare_name()?, storage_core::Key::parse("object")?);
    let target = storage_core::ObjectRef::new(&missing, &key);
    let begun = driver.create_upload(target, &PutOptions::new()).await;
    fails(begun, ErrorKind::ContainerNotFound, "an upload into a missing container")
}

async fn copied_parts(ctx: &Ctx) -> Outcome {
    let size = ctx.part_bytes();
    let source = pattern(1, size * 2 + 100);
    ctx.put("source", source.clone()).await?;
    let from = storage_core::Key::parse("source")?;
    let upload = Uploading::begin(ctx, "object", PutOptions::new()).await?;
    let ranges = [size as u64..2 * size as u64, 50..60];
    let mut parts = Vec::new();
    for (number, range) in (1..).zip(ranges.clone()) {
        let part = upload.part(number, number == 2);
        let from = storage_core::ObjectRef::new(ctx.container(), &from);
        parts.push(upload.driver().copy_part(from, range, None, upload.target(), &upload.id, part).await?);
    }
    upload.complete(&parts).await?;
    let want = ranges.map(|it| source.slice(it.start as usize..it.end as usize)).concat();
    that(ctx.get("object").await?.bytes == want, "the parts hold the bytes of the source")
}

async fn copied_part_if_match(ctx: &Ctx) -> Outcome {
    ctx.put("source", "0123456789").await?;
    let from = storage_core::Key::parse("source")?;
    let from = storage_core::ObjectRef::new(ctx.container(), &from);
    let old = ctx.etag("source").await?;
    ctx.put("source", "abcdefghij").await?;
    let upload = Uploading::begin(ctx, "object", PutOptions::new()).await?;
    let part = upload.part(1, true);
    let copied = upload.driver().copy_part(from, 0..5, Some(&old), upload.target(), &upload.id, part).await;
    fails_with(copied, &[ErrorKind::PreconditionFailed], "a part of a source that changed")?;
    Ok(upload.abort().await?)
}

async fn copied_parts_unsupported(ctx: &Ctx) -> Outcome {
    ctx.put("source", "0123456789").await?;
    let from = storage_core::Key::parse("source")?;
    let from = storage_core::ObjectRef::new(ctx.container(), &from);
    let upload = Uploading::begin(ctx, "object", PutOptions::new()).await?;
    let part = upload.part(1, true);
    let copied = upload.driver().copy_part(from, 0..5, None, upload.target(), &upload.id, part).await;
    fails(copied, ErrorKind::Unsupported, "a part copied where the capabilities say no")?;
    Ok(upload.abort().await?)
}
