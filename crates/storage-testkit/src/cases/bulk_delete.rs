//! Many deletes in one request.

use storage_core::ErrorKind;
use storage_core::groups::{DeleteResult, DeleteTarget};
use storage_core::{Key, Result};

use crate::conformance::{Ctx, Outcome, cases, equal, fails, that};

cases! {
    "bulk_delete/max_keys" [bulk_delete]: "Returns the most keys that one request takes." => max_keys;
    "bulk_delete/reports_each" [bulk_delete]:
        "Deletes the objects and reports on each one, in the order given; a key that the answer leaves out is an error."
        => reports_each;
    "bulk_delete/missing_ones_succeed" [bulk_delete]: "Success, also when nothing was there, or why not."
        => missing_ones_succeed;
    "bulk_delete/odd_keys" [bulk_delete]:
        "Deletes the objects and reports on each one, in the order given; a key that the answer leaves out is an error."
        => odd_keys;
    "bulk_delete/missing_container" [bulk_delete]: "A missing container is an error." => missing_container;
}

async fn delete(ctx: &Ctx, keys: &[&str]) -> Result<Vec<DeleteResult>> {
    let Some(group) = ctx.driver().bulk_delete() else { return Ok(Vec::new()) };
    let targets = keys.iter().map(|it| Key::parse(*it).map(DeleteTarget::new)).collect::<Result<Vec<_>>>()?;
    group.delete_objects(ctx.container(), &targets).await
}

fn all_well(results: &[DeleteResult], keys: &[&str]) -> Outcome {
    equal(
        results.iter().map(|it| it.key.as_str()).collect::<Vec<_>>(),
        keys,
        "the keys reported, in the order given",
    )?;
    that(results.iter().all(|it| it.result.is_ok()), "every delete is reported as done")
}

async fn max_keys(ctx: &Ctx) -> Outcome {
    let most = ctx.driver().bulk_delete().map_or(0, |it| it.max_keys());
    that(most > 0, "a request takes at least one key")?;
    let keys: Vec<String> = (0..most.min(1_000)).map(|it| format!("key-{it:04}")).collect();
    ctx.put("keep", "x").await?;
    ctx.put(&keys[0], "x").await?;
    let keys: Vec<_> = keys.iter().map(String::as_str).collect();
    all_well(&delete(ctx, &keys).await?, &keys)?;
    equal(ctx.keys().await?, ["keep"], "what is left")
}

async fn reports_each(ctx: &Ctx) -> Outcome {
    ctx.fill(["a", "b", "c", "d/e"]).await?;
    let keys = ["d/e", "a", "c"];
    all_well(&delete(ctx, &keys).await?, &keys)?;
    equal(ctx.keys().await?, ["b"], "what is left")?;
    that(delete(ctx, &[]).await?.is_empty(), "no keys, no reports")
}

async fn missing_ones_succeed(ctx: &Ctx) -> Outcome {
    ctx.fill(["a", "b"]).await?;
    let keys = ["nothing", "a", "nothing/else"];
    all_well(&delete(ctx, &keys).await?, &keys)?;
    equal(ctx.keys().await?, ["b"], "what is left")
}

async fn odd_keys(ctx: &Ctx) -> Outcome {
    let keys =
        ["a//b", "/x", "x/", "..", "<&>\"'", "%2F", "a b+c", "\u{e9}", "e\u{301}", "\u{1f600}", " a ", "\t"];
    ctx.fill(keys).await?;
    ctx.put("keep", "x").await?;
    all_well(&delete(ctx, &keys).await?, &keys)?;
    equal(ctx.keys().await?, ["keep"], "what is left")
}

async fn missing_container(ctx: &Ctx) -> Outcome {
    let Some(group) = ctx.driver().bulk_delete() else { return Ok(()) };
    let missing = ctx.spare_name()?;
    let deleted = group.delete_objects(&missing, &[DeleteTarget::new(Key::parse("a")?)]).await;
    match deleted {
        Ok(results) => {
            equal(results.len(), 1, "the number of reports")?;
            results.into_iter().try_for_each(|it| {
                fails(it.result, ErrorKind::ContainerNotFound, "a delete in a missing container")
            })
        }
        error => fails(error, ErrorKind::ContainerNotFound, "deletes in a missing container"),
    }
}
