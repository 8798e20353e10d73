//! Writes under conditions, alone and in races.

use std::sync::Arc;

use futures_util::future::join_all;
use storage_core::{ETag, ErrorKind, PutOptions};
use tokio::sync::Barrier;

use crate::conformance::{Ctx, Failure, Outcome, cases, equal, fails, that};

cases! {
    "put/if_absent_creates" [put_if_absent]:
        "Writes only if there is no object under the key; else `AlreadyExists`." => if_absent_creates;
    "put/if_absent_refuses_overwrite" [put_if_absent]:
        "With `if_absent` it is `AlreadyExists`; with `if_match` and another entity tag, or none, it is `PreconditionFailed`."
        => if_absent_refuses_overwrite;
    "put/if_absent_after_delete" [put_if_absent]:
        "Writes only if there is no object under the key; else `AlreadyExists`." => if_absent_after_delete;
    "put/if_match_replaces" [put_if_match]:
        "Writes only if the object still has this entity tag; else `PreconditionFailed`." => if_match_replaces;
    "put/if_match_refuses_another" [put_if_match]:
        "With `if_absent` it is `AlreadyExists`; with `if_match` and another entity tag, or none, it is `PreconditionFailed`."
        => if_match_refuses_another;
    "put/if_match_refuses_none" [put_if_match]:
        "With `if_absent` it is `AlreadyExists`; with `if_match` and another entity tag, or none, it is `PreconditionFailed`."
        => if_match_refuses_none;
    "put/if_absent_has_one_winner" [put_if_absent]:
        "A driver answers `Unsupported` only where the service itself refuses; it emulates no atomic promise with two requests."
        => if_absent_has_one_winner;
    "put/if_match_has_one_winner" [put_if_match]:
        "A driver answers `Unsupported` only where the service itself refuses; it emulates no atomic promise with two requests."
        => if_match_has_one_winner;
    "put/if_match_loses_no_update" [put_if_match]:
        "Writes only if the object still has this entity tag; else `PreconditionFailed`." => if_match_loses_no_update;
}

async fn if_absent_creates(ctx: &Ctx) -> Outcome {
    ctx.put_with("new", "first", &PutOptions::new().metadata("a", "1").if_absent()).await?;
    let got = ctx.get("new").await?;
    equal(&got.bytes[..], b"first", "the content")?;
    equal(got.metadata().get("a"), Some("1"), "the metadata")
}

async fn if_absent_refuses_overwrite(ctx: &Ctx) -> Outcome {
    ctx.put_with("taken", "first", &PutOptions::new().metadata("a", "1")).await?;
    for content in ["second", "first", ""] {
        let refused = ctx.put_with("taken", content, &PutOptions::new().if_absent()).await;
        fails(refused, ErrorKind::AlreadyExists, "a put with if_absent over an object")?;
    }
    let got = ctx.get("taken").await?;
    equal(&got.bytes[..], b"first", "the content of the object that was there")?;
    equal(got.metadata().get("a"), Some("1"), "its metadata")
}

async fn if_absent_after_delete(ctx: &Ctx) -> Outcome {
    ctx.put("again", "1").await?;
    ctx.delete("again").await?;
    ctx.put_with("again", "2", &PutOptions::new().if_absent()).await?;
    equal(&ctx.get("again").await?.bytes[..], b"2", "the content")
}

async fn if_match_replaces(ctx: &Ctx) -> Outcome {
    ctx.put("object", "1").await?;
    let etag = ctx.etag("object").await?;
    ctx.put_with("object", "2", &PutOptions::new().if_match(etag)).await?;
    equal(&ctx.get("object").await?.bytes[..], b"2", "the content")
}

async fn if_match_refuses_another(ctx: &Ctx) -> Outcome {
    ctx.put("object", "1").await?;
    let old = ctx.etag("object").await?;
    ctx.put("object", "22").await?;
    for etag in [old, ETag::from("\"nobody-has-this\"")] {
        let refused = ctx.put_with("object", "3", &PutOptions::new().if_match(etag)).await;
        fails(refused, ErrorKind::PreconditionFailed, "a put with another entity tag")?;
    }
    equal(&ctx.get("object").await?.bytes[..], b"22", "the content")
}

async fn if_match_refuses_none(ctx: &Ctx) -> Outcome {
    ctx.put("gone", "1").await?;
    let etag = ctx.etag("gone").await?;
    ctx.delete("gone").await?;
    let refused = ctx.put_with("gone", "2", &PutOptions::new().if_match(etag)).await;
    fails(refused, ErrorKind::PreconditionFailed, "a put with an entity tag where there is no object")?;
    fails(ctx.get("gone").await, ErrorKind::ObjectNotFound, "nothing was written")
}

/// Races 16 tasks that write their own numbers under one condition, and returns the number of the one that won.
async fn race(
    ctx: &Ctx,
    key: &'static str,
    options: &PutOptions,
    lost: ErrorKind,
) -> Result<String, Failure> {
    let start = Arc::new(Barrier::new(16));
    let tasks = (0..16).map(|number| {
        let (ctx, options, start) = (ctx.clone(), options.clone(), Arc::clone(&start));
        tokio::spawn(async move {
            start.wait().await;
            let content = format!("writer {number}");
            ctx.put_with(key, content.clone(), &options).await.map(|_| content)
        })
    });
    let mut winners = Vec::new();
    for ended in join_all(tasks).await {
        match ended.map_err(|error| Failure::new(format!("a writer panicked: {error}")))? {
            Ok(content) => winners.push(content),
            error => fails(error, lost, "a writer that lost")?,
        }
    }
    equal(winners.len(), 1, format!("winners of 16, {winners:?}"))?;
    Ok(winners.concat())
}

async fn if_absent_has_one_winner(ctx: &Ctx) -> Outcome {
    for key in ["lock/1", "lock/2", "lock/3"] {
        let winner = race(ctx, key, &PutOptions::new().if_absent(), ErrorKind::AlreadyExists).await?;
        equal(&ctx.get(key).await?.bytes[..], winner.as_bytes(), "the content of the winner")?;
    }
    Ok(())
}

async fn if_match_has_one_winner(ctx: &Ctx) -> Outcome {
    ctx.put("lock", "start").await?;
    for _ in 0..3 {
        let options = PutOptions::new().if_match(ctx.etag("lock").await?);
        let winner = race(ctx, "lock", &options, ErrorKind::PreconditionFailed).await?;
        equal(&ctx.get("lock").await?.bytes[..], winner.as_bytes(), "the content of the winner")?;
    }
    Ok(())
}

async fn if_match_loses_no_update(ctx: &Ctx) -> Outcome {
    const WRITERS: usize = 6;
    ctx.put("counter", "").await?;
    let all_have_read = Arc::new(Barrier::new(WRITERS));
    let tasks = (0..WRITERS).map(|_| {
        let (ctx, all_have_read) = (ctx.clone(), Arc::clone(&all_have_read));
        tokio::spawn(async move { append_one(&ctx, &all_have_read).await })
    });
    for ended in join_all(tasks).await {
        that(ended.is_ok(), "no writer panics")?;
        ended.unwrap_or(Ok(()))?;
    }
    equal(ctx.get("counter").await?.bytes.len(), WRITERS, "the number of updates that were kept")
}

/// Adds one byte under the condition that nobody else has, as often as it takes.
async fn append_one(ctx: &Ctx, all_have_read: &Barrier) -> Outcome {
    // Each round somebody wins, so nobody loses more often than there are writers; a store may say so late.
    for round in 0..1_000 {
        let got = ctx.get("counter").await?;
        if round == 0 {
            all_have_read.wait().await;
        }
        let etag = got.info.etag.clone().ok_or_else(|| Failure::new("the read has no entity tag"))?;
        let content = [&got.bytes[..], b"+"].concat();
        match ctx.put_with("counter", content, &PutOptions::new().if_match(etag)).await {
            Err(error) if error.kind() == ErrorKind::PreconditionFailed => {}
            other => return other.map(|_| ()).map_err(Failure::from),
        }
    }
    Err(Failure::new("a writer lost a thousand times"))
}
