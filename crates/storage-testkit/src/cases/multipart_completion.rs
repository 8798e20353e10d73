//! The completion of uploads in parts.

use bytes::Bytes;
use futures_util::future::join_all;
use storage_core::groups::CompletedPart;
use storage_core::{ChecksumAlgorithm, Checksums, ETag, ErrorKind, PartNumber, PutOptions, UploadId};

use crate::conformance::{Ctx, Failure, Outcome, Uploading, cases, equal, fails, fails_with, that};

cases! {
    "multipart/complete_reports" [multipart]: "The entity tag of the new content." => complete_reports;
    "multipart/complete_wrong_etag" [multipart]:
        "A part that is missing or has another entity tag is `InvalidInput`; an upload that is not there is `ObjectNotFound`."
        => complete_wrong_etag;
    "multipart/complete_missing_part" [multipart]:
        "A part that is missing or has another entity tag is `InvalidInput`; an upload that is not there is `ObjectNotFound`."
        => complete_missing_part;
    "multipart/complete_unknown_upload" [multipart]:
        "A part that is missing or has another entity tag is `InvalidInput`; an upload that is not there is `ObjectNotFound`."
        => complete_unknown_upload;
    "multipart/complete_of_replaced_part" [multipart parts_in_any_order known_uploads]:
        "A part that is missing or has another entity tag is `InvalidInput`; an upload that is not there is `ObjectNotFound`."
        => complete_of_replaced_part;
    "multipart/leaves_out_parts" [multipart parts_in_any_order]:
        "Joins the parts, in the order given, into the object, whole or not at all." => leaves_out_parts;
    "multipart/complete_if_absent" [multipart conditional_completion put_if_absent]:
        "The condition and the expected checksums of the options hold here, as in a put." => complete_if_absent;
    "multipart/complete_if_match" [multipart conditional_completion put_if_match]:
        "The condition and the expected checksums of the options hold here, as in a put." => complete_if_match;
    "multipart/complete_has_one_winner" [multipart conditional_completion put_if_absent]:
        "The condition and the expected checksums of the options hold here, as in a put." => complete_has_one_winner;
    "multipart/complete_expected_checksum" [multipart checksums]:
        "The condition and the expected checksums of the options hold here, as in a put." => complete_expected_checksum;
    "multipart/expected_is_of_the_whole" [multipart checksums]:
        "The expected checksums of the options are those of the whole object, for the completion, not of this part."
        => expected_is_of_the_whole;
    "multipart/checksums_are_of_the_whole" [multipart]: "Checksums over the whole content."
        => checksums_are_of_the_whole;
}

/// Begins an upload of one small part.
async fn small<'a>(
    ctx: &'a Ctx,
    key: &str,
    content: &'static str,
    options: PutOptions,
) -> storage_core::Result<(Uploading<'a>, CompletedPart)> {
    let upload = Uploading::begin(ctx, key, options).await?;
    let part = upload.put(1, Bytes::from_static(content.as_bytes()), true).await?;
    Ok((upload, part))
}

async fn complete_reports(ctx: &Ctx) -> Outcome {
    let (upload, part) = small(ctx, "object", "content", PutOptions::new()).await?;
    let outcome = upload.complete(&[part]).await?;
    let info = ctx.head("object").await?;
    if let (Some(told), Some(known)) = (&outcome.etag, &info.etag) {
        equal(told, known, "the entity tag of the completion and of the head")?;
    }
    equal(outcome.size.unwrap_or(7), 7, "the size, if it is told")
}

async fn complete_wrong_etag(ctx: &Ctx) -> Outcome {
    ctx.put("object", "old").await?;
    let (upload, mut part) = small(ctx, "object", "new", PutOptions::new()).await?;
    part.etag = ETag::from("\"00000000000000000000000000000000\"");
    fails(upload.complete(&[part]).await, ErrorKind::InvalidInput, "a completion with a wrong entity tag")?;
    equal(&ctx.get("object").await?.bytes[..], b"old", "the object that was there")?;
    Ok(upload.abort().await?)
}

async fn complete_missing_part(ctx: &Ctx) -> Outcome {
    let (upload, part) = small(ctx, "object", "new", PutOptions::new()).await?;
    let number = PartNumber::FIRST.next();
    let missing = CompletedPart::new(number, 3, part.etag.clone(), Checksums::new());
    let completed = upload.complete(&[part, missing]).await;
    fails(completed, ErrorKind::InvalidInput, "a completion with a part that was never sent")?;
    fails(ctx.head("object").await, ErrorKind::ObjectNotFound, "nothing was written")?;
    Ok(upload.abort().await?)
}

async fn complete_unknown_upload(ctx: &Ctx) -> Outcome {
    let (upload, part) = small(ctx, "object", "new", PutOptions::new()).await?;
    upload.abort().await?;
    fails(
        upload.complete(std::slice::from_ref(&part)).await,
        ErrorKind::ObjectNotFound,
        "the completion of an aborted upload",
    )?;
    let unknown = UploadId::from(format!("{}x", upload.id.as_str()));
    let completed =
        upload.driver().complete_upload(upload.target(), &unknown, &[part], &PutOptions::new()).await;
    // A store that checks the form of ids may also say so.
    fails_with(completed, &[ErrorKind::ObjectNotFound, ErrorKind::InvalidInput], "an upload that never was")?;
    fails(ctx.head("object").await, ErrorKind::ObjectNotFound, "nothing was written")
}

async fn complete_of_replaced_part(ctx: &Ctx) -> Outcome {
    let (upload, old) = small(ctx, "object", "first", PutOptions::new()).await?;
    let new = upload.put(1, Bytes::from_static(b"other"), true).await?;
    that(old.etag != new.etag, "other content has another entity tag")?;
    fails(
        upload.complete(&[old]).await,
        ErrorKind::InvalidInput,
        "a completion with the part that was replaced",
    )?;
    upload.complete(&[new]).await?;
    equal(&ctx.get("object").await?.bytes[..], b"other", "the content")
}

async fn leaves_out_parts(ctx: &Ctx) -> Outcome {
    let upload = Uploading::begin(ctx, "object", PutOptions::new()).await?;
    let first = upload.put(1, upload.content(1), false).await?;
    upload.put(2, upload.content(2), false).await?;
    let last = upload.put(3, upload.content(3), true).await?;
    upload.complete(&[first, last]).await?;
    let want = [upload.content(1), upload.content(3)].concat();
    that(ctx.get("object").await?.bytes == want, "a part that completion does not name is left out")
}

async fn complete_if_absent(ctx: &Ctx) -> Outcome {
    let (upload, part) = small(ctx, "new", "1", PutOptions::new().if_absent()).await?;
    upload.complete(&[part]).await?;
    equal(&ctx.get("new").await?.bytes[..], b"1", "the content of a new object")?;
    let (upload, part) = small(ctx, "taken", "late", PutOptions::new().if_absent()).await?;
    ctx.put("taken", "early").await?;
    fails(
        upload.complete(&[part]).await,
        ErrorKind::AlreadyExists,
        "a completion with if_absent over an object",
    )?;
    equal(&ctx.get("taken").await?.bytes[..], b"early", "the object that was there")?;
    Ok(upload.abort().await?)
}

async fn complete_if_match(ctx: &Ctx) -> Outcome {
    ctx.put("object", "1").await?;
    let options = PutOptions::new().if_match(ctx.etag("object").await?);
    let (upload, part) = small(ctx, "object", "2", options.clone()).await?;
    upload.complete(&[part]).await?;
    equal(&ctx.get("object").await?.bytes[..], b"2", "the content")?;
    let (upload, part) = small(ctx, "object", "3", options).await?;
    let completed = upload.complete(&[part]).await;
    fails(completed, ErrorKind::PreconditionFailed, "a completion with an entity tag that is gone")?;
    equal(&ctx.get("object").await?.bytes[..], b"2", "the object that was there")?;
    Ok(upload.abort().await?)
}

async fn complete_has_one_winner(ctx: &Ctx) -> Outcome {
    let contents = ["0", "1", "2", "3", "4", "5", "6", "7"];
    let mut uploads = Vec::new();
    for content in contents {
        uploads.push((small(ctx, "lock", content, PutOptions::new().if_absent()).await?, content));
    }
    let jobs = uploads.iter().map(|((upload, part), content)| async move {
        (upload.complete(std::slice::from_ref(part)).await, *content)
    });
    let mut winners = Vec::new();
    for (completed, content) in join_all(jobs).await {
        if completed.is_ok() {
            winners.push(content);
        } else {
            fails(completed, ErrorKind::AlreadyExists, "a completion that lost")?;
        }
    }
    equal(winners.len(), 1, "winners of 8")?;
    equal(&ctx.get("lock").await?.bytes[..], winners.concat().as_bytes(), "the content of the winner")?;
    for ((upload, _), _) in &uploads {
        upload.abort().await?;
    }
    Ok(())
}

async fn complete_expected_checksum(ctx: &Ctx) -> Outcome {
    // Only checksums that can be joined from those of parts are known for the whole everywhere.
    let joined = |it: &ChecksumAlgorithm| it.combines();
    let Some(algorithm) = ctx.capabilities().checksums.iter().copied().find(joined) else {
        return Err(Failure::skip("the store joins no checksum of the parts"));
    };
    let options = PutOptions::new().checksum(algorithm.into());
    let (upload, part) = small(ctx, "object", "content", options.clone()).await?;
    let wrong = options.clone().expected(Checksums::from(algorithm.of(b"another")));
    let completed = upload
        .driver()
        .complete_upload(upload.target(), &upload.id, std::slice::from_ref(&part), &wrong)
        .await;
    fails(completed, ErrorKind::ChecksumMismatch, "a completion with a wrong checksum")?;
    fails(ctx.head("object").await, ErrorKind::ObjectNotFound, "nothing was written")?;
    upload.abort().await?;
    let (upload, part) = small(ctx, "object", "content", options.clone()).await?;
    let right = options.expected(Checksums::from(algorithm.of(b"content")));
    upload.driver().complete_upload(upload.target(), &upload.id, &[part], &right).await?;
    equal(&ctx.get("object").await?.bytes[..], b"content", "the content")
}

async fn checksums_are_of_the_whole(ctx: &Ctx) -> Outcome {
    let upload = Uploading::begin(ctx, "object", PutOptions::new()).await?;
    let first = upload.put(1, upload.content(1), false).await?;
    let last = upload.put(2, upload.content(2), true).await?;
    let outcome = upload.complete(&[first, last]).await?;
    let whole = [upload.content(1), upload.content(2)].concat();
    for sums in [outcome.checksums, ctx.head("object").await?.checksums] {
        for sum in sums.iter() {
            equal(sum, sum.algorithm().of(&whole), "a checksum is over the whole content, or not told")?;
        }
    }
    Ok(())
}

async fn expected_is_of_the_whole(ctx: &Ctx) -> Outcome {
    let joined = |it: &ChecksumAlgorithm| it.combines();
    let Some(algorithm) = ctx.capabilities().checksums.iter().copied().find(joined) else {
        return Err(Failure::skip("the store joins no checksum of the parts"));
    };
    let mut upload = Uploading::begin(ctx, "object", PutOptions::new().checksum(algorithm.into())).await?;
    let whole = [upload.content(1), upload.content(2)].concat();
    upload.options = upload.options.clone().expected(Checksums::from(algorithm.of(&whole)));
    let first = upload.put(1, upload.content(1), false).await?;
    let last = upload.put(2, upload.content(2), true).await?;
    upload.complete(&[first, last]).await?;
    that(ctx.get("object").await?.bytes == whole, "the content of an upload with the checksum of the whole")
}
