//! Versions of objects.

use storage_core::groups::{VersionEntry, VersionQuery, Versioning};
use storage_core::{DeleteOptions, ErrorKind, GetOptions, Key, ObjectRef, Result};

use crate::conformance::{Ctx, Outcome, cases, equal, fails, that};

cases! {
    "versions/on" [versions]: "Sets whether the container keeps versions." => on;
    "versions/asked" [versions]: "Returns whether the container keeps versions." => asked;
    "versions/list" [versions]: "Lists versions by key, the newest first." => list;
    "versions/pages" [versions]: "Where to go on, from the page before." => pages;
    "versions/read_old" [versions]: "The version to read; the newest when not given." => read_old;
    "versions/restore" [versions]: "Makes an old version the newest one again." => restore;
    "versions/delete_for_good" [versions]: "The version to delete for good." => delete_for_good;
}

async fn switch(ctx: &Ctx, versioning: Versioning) -> Result<()> {
    match ctx.driver().versions() {
        Some(group) => group.set_versioning(ctx.container(), versioning).await,
        None => Ok(()),
    }
}

async fn versions(ctx: &Ctx, prefix: &str, limit: Option<u32>) -> Result<Vec<VersionEntry>> {
    let Some(group) = ctx.driver().versions() else { return Ok(Vec::new()) };
    let mut query = VersionQuery::default();
    query.prefix = (!prefix.is_empty()).then(|| prefix.to_owned());
    query.limit = limit;
    let mut all = Vec::new();
    loop {
        let page = group.list_versions(ctx.container(), &query).await?;
        all.extend(page.items);
        let Some(next) = page.next else { return Ok(all) };
        query.page_token = Some(next);
    }
}

/// Writes three versions of one object, each with its own size, and lists them.
async fn three(ctx: &Ctx) -> Result<Vec<VersionEntry>> {
    switch(ctx, Versioning::On).await?;
    for content in ["1", "22", "333"] {
        ctx.put("object", content).await?;
    }
    versions(ctx, "object", None).await
}

async fn on(ctx: &Ctx) -> Outcome {
    switch(ctx, Versioning::On).await?;
    ctx.put("object", "old").await?;
    let outcome = ctx.put("object", "new").await?;
    equal(&ctx.get("object").await?.bytes[..], b"new", "a plain read")?;
    equal(versions(ctx, "", None).await?.len(), 2, "the number of versions")?;
    if let (Some(told), Some(known)) = (outcome.version, ctx.head("object").await?.version) {
        equal(told, known, "the version of the put and of the head")?;
    }
    Ok(())
}

async fn asked(ctx: &Ctx) -> Outcome {
    let Some(group) = ctx.driver().versions() else { return Ok(()) };
    that(group.versioning(ctx.container()).await? != Versioning::On, "a new container keeps no versions")?;
    switch(ctx, Versioning::On).await?;
    equal(group.versioning(ctx.container()).await?, Versioning::On, "what was set")
}

async fn list(ctx: &Ctx) -> Outcome {
    let all = three(ctx).await?;
    equal(all.iter().map(|it| it.object.size).collect::<Vec<_>>(), [3, 2, 1], "the sizes, the newest first")?;
    equal(
        all.iter().map(|it| it.latest).collect::<Vec<_>>(),
        [true, false, false],
        "which one is the latest",
    )?;
    ctx.put("another", "x").await?;
    equal(versions(ctx, "obj", None).await?.len(), 3, "versions with a prefix")?;
    let keys = versions(ctx, "", None).await?;
    equal(keys.first().map(|it| it.object.key.as_str()), Some("another"), "the first key")
}

async fn pages(ctx: &Ctx) -> Outcome {
    let all = three(ctx).await?;
    for limit in [1, 2, 1000] {
        equal(&versions(ctx, "", Some(limit)).await?, &all, format!("versions in pages of {limit}"))?;
    }
    Ok(())
}

async fn read_old(ctx: &Ctx) -> Outcome {
    for entry in three(ctx).await? {
        let options = GetOptions::new().version(entry.version.clone());
        let got = ctx.get_with("object", &options).await?;
        equal(got.bytes.len() as u64, entry.object.size, "the size of a version that was read")?;
        equal(
            ctx.head_with("object", &options).await?.size,
            entry.object.size,
            "the size of a version asked for",
        )?;
    }
    Ok(())
}

async fn restore(ctx: &Ctx) -> Outcome {
    let all = three(ctx).await?;
    let (Some(group), Some(oldest)) = (ctx.driver().versions(), all.last()) else {
        return that(false, "there are versions");
    };
    let key = Key::parse("object")?;
    group.restore_version(ObjectRef::new(ctx.container(), &key), &oldest.version).await?;
    equal(&ctx.get("object").await?.bytes[..], b"1", "a plain read after the restore")
}

async fn delete_for_good(ctx: &Ctx) -> Outcome {
    let all = three(ctx).await?;
    ctx.delete("object").await?;
    fails(ctx.get("object").await, ErrorKind::ObjectNotFound, "a plain read after a delete")?;
    for entry in &all {
        ctx.delete_with("object", &DeleteOptions::new().version(entry.version.clone())).await?;
        let read = ctx.get_with("object", &GetOptions::new().version(entry.version.clone())).await;
        fails(read, ErrorKind::ObjectNotFound, "a version that was deleted for good")?;
    }
    that(versions(ctx, "", None).await?.iter().all(|it| it.delete_marker), "only markers are left")
}
