//! Renames that are atomic.

use futures_util::future::join_all;
use storage_core::groups::RenameOptions;
use storage_core::{ETag, ErrorKind, Key, ObjectRef, PutOptions, Result, WriteCondition};

use crate::conformance::{Ctx, Outcome, cases, equal, fails, that};

cases! {
    "rename/moves" [rename]: "Moves an object to another key of the same container." => moves;
    "rename/overwrites" [rename]: "Moves an object to another key of the same container." => overwrites;
    "rename/odd_keys" [rename]: "Moves an object to another key of the same container." => odd_keys;
    "rename/onto_itself" [rename]: "Moves an object to another key of the same container." => onto_itself;
    "rename/missing_source" [rename]: "A missing source is `ObjectNotFound`." => missing_source;
    "rename/if_absent" [rename put_if_absent]: "What must hold of the destination." => if_absent;
    "rename/source_if_match" [rename]: "Renames only if the source has this entity tag." => source_if_match;
    "rename/has_one_winner" [rename]: "Renames objects in one step that is seen whole or not at all." => has_one_winner;
}

async fn rename(ctx: &Ctx, from: &str, to: &str, options: &RenameOptions) -> Result<()> {
    let (from, to) = (Key::parse(from)?, Key::parse(to)?);
    let (from, to) = (ObjectRef::new(ctx.container(), &from), ObjectRef::new(ctx.container(), &to));
    match ctx.driver().rename() {
        Some(group) => group.rename_object(from, to, options).await,
        None => Ok(()),
    }
}

async fn moves(ctx: &Ctx) -> Outcome {
    let options = PutOptions::new().content_type("text/css").metadata("a", "1");
    ctx.put_with("from", "content", &options).await?;
    rename(ctx, "from", "dir/to", &RenameOptions::default()).await?;
    let got = ctx.get("dir/to").await?;
    equal(&got.bytes[..], b"content", "the content")?;
    equal(got.info.content_type.as_deref(), Some("text/css"), "the media type")?;
    equal(got.metadata(), &options.metadata, "the metadata")?;
    fails(ctx.head("from").await, ErrorKind::ObjectNotFound, "the head of the old key")?;
    equal(ctx.keys().await?, ["dir/to"], "the listing")
}

async fn overwrites(ctx: &Ctx) -> Outcome {
    ctx.fill(["from", "to"]).await?;
    rename(ctx, "from", "to", &RenameOptions::default()).await?;
    equal(&ctx.get("to").await?.bytes[..], b"from", "the content")?;
    equal(ctx.keys().await?, ["to"], "the listing")
}

async fn odd_keys(ctx: &Ctx) -> Outcome {
    let keys = ["a", "a/b", "a//b", "..", "/x", "x/", "%2F", "\u{e9}", "e\u{301}"];
    ctx.put("start", "x").await?;
    let mut from = "start";
    for to in keys {
        rename(ctx, from, to, &RenameOptions::default()).await?;
        equal(ctx.keys().await?, [to], "the listing")?;
        from = to;
    }
    equal(&ctx.get(from).await?.bytes[..], b"x", "the content")
}

async fn onto_itself(ctx: &Ctx) -> Outcome {
    ctx.put("object", "x").await?;
    rename(ctx, "object", "object", &RenameOptions::default()).await?;
    equal(&ctx.get("object").await?.bytes[..], b"x", "the content")
}

async fn missing_source(ctx: &Ctx) -> Outcome {
    ctx.put("to", "old").await?;
    let renamed = rename(ctx, "nothing", "to", &RenameOptions::default()).await;
    fails(renamed, ErrorKind::ObjectNotFound, "a rename of a missing object")?;
    equal(&ctx.get("to").await?.bytes[..], b"old", "the destination stays")
}

async fn if_absent(ctx: &Ctx) -> Outcome {
    ctx.fill(["from", "to"]).await?;
    let mut options = RenameOptions::default();
    options.condition = WriteCondition::IfAbsent;
    fails(rename(ctx, "from", "to", &options).await, ErrorKind::AlreadyExists, "a rename over an object")?;
    equal(ctx.keys().await?, ["from", "to"], "the listing")?;
    equal(&ctx.get("to").await?.bytes[..], b"to", "the destination stays")?;
    rename(ctx, "from", "new", &options).await?;
    equal(ctx.keys().await?, ["new", "to"], "the listing")
}

async fn source_if_match(ctx: &Ctx) -> Outcome {
    ctx.put("from", "x").await?;
    let mut options = RenameOptions::default();
    options.source_if_match = Some(ETag::from("\"nobody-has-this\""));
    fails(
        rename(ctx, "from", "to", &options).await,
        ErrorKind::PreconditionFailed,
        "a rename of another entity tag",
    )?;
    equal(ctx.keys().await?, ["from"], "the listing")?;
    options.source_if_match = Some(ctx.etag("from").await?);
    rename(ctx, "from", "to", &options).await?;
    equal(ctx.keys().await?, ["to"], "the listing")
}

async fn has_one_winner(ctx: &Ctx) -> Outcome {
    ctx.put("from", "x").await?;
    let targets: Vec<String> = (0..8).map(|it| format!("to-{it}")).collect();
    let tasks = targets.iter().cloned().map(|to| {
        let ctx = ctx.clone();
        tokio::spawn(async move { rename(&ctx, "from", &to, &RenameOptions::default()).await })
    });
    let mut winners = 0;
    for ended in join_all(tasks).await {
        match ended {
            Ok(Ok(())) => winners += 1,
            Ok(lost) => fails(lost, ErrorKind::ObjectNotFound, "a rename that lost")?,
            Err(_) => that(false, "no rename panics")?,
        }
    }
    equal((winners, ctx.keys().await?.len()), (1, 1), "winners and objects after 8 renames of one object")
}
