//! Uploads that were begun and never ended.

use bytes::Bytes;
use storage_core::groups::{IncompleteUpload, UploadQuery};
use storage_core::{ErrorKind, ObjectRef, PutOptions, Result};

use crate::conformance::{Ctx, Outcome, Uploading, cases, equal, fails, that};

cases! {
    "incomplete/list" [incomplete_uploads multipart]: "Lists the uploads by key." => list;
    "incomplete/prefix" [incomplete_uploads multipart]: "Only keys that start with this text." => prefix;
    "incomplete/delimiter" [incomplete_uploads multipart]:
        "Keys that share the text up to this delimiter are left to another listing." => delimiter;
    "incomplete/pages" [incomplete_uploads multipart]: "Where to go on, from the page before." => pages;
    "incomplete/gone_when_ended" [incomplete_uploads multipart]:
        "Lists uploads in parts that are neither completed nor aborted; the multipart group aborts them."
        => gone_when_ended;
    "incomplete/abort_what_is_listed" [incomplete_uploads multipart]:
        "Lists uploads in parts that are neither completed nor aborted; the multipart group aborts them."
        => abort_what_is_listed;
    "incomplete/missing_container" [incomplete_uploads]: "A missing container is `ContainerNotFound`."
        => missing_container;
}

async fn uploads(ctx: &Ctx, query: UploadQuery) -> Result<Vec<IncompleteUpload>> {
    let Some(driver) = ctx.driver().incomplete_uploads() else { return Ok(Vec::new()) };
    let mut query = query;
    let mut uploads = Vec::new();
    loop {
        let page = driver.list_uploads(ctx.container(), &query).await?;
        uploads.extend(page.items);
        let Some(next) = page.next else { return Ok(uploads) };
        query.page_token = Some(next);
    }
}

fn keys(uploads: &[IncompleteUpload]) -> Vec<&str> {
    uploads.iter().map(|it| it.key.as_str()).collect()
}

fn query(set: impl FnOnce(&mut UploadQuery)) -> UploadQuery {
    let mut query = UploadQuery::default();
    set(&mut query);
    query
}

async fn begin(ctx: &Ctx, keys: &[&str]) -> Result<()> {
    for key in keys {
        Uploading::begin(ctx, key, PutOptions::new()).await?;
    }
    Ok(())
}

async fn list(ctx: &Ctx) -> Outcome {
    equal(uploads(ctx, UploadQuery::default()).await?.len(), 0, "uploads of a new container")?;
    let odd: Vec<&str> =
        ["..", "/x", "a b+%2F", "a//b", "b", "x/", "\u{e9}"].into_iter().filter(|it| ctx.takes(it)).collect();
    begin(ctx, &odd).await?;
    let second = Uploading::begin(ctx, "b", PutOptions::new()).await?;
    second.put(1, Bytes::from_static(b"part"), true).await?;
    let found = uploads(ctx, UploadQuery::default()).await?;
    let mut want = [&odd[..], &["b"]].concat();
    want.sort_unstable();
    equal(keys(&found), &want[..], "the keys")?;
    that(found.iter().any(|it| it.upload == second.id), "the id of the upload is listed")?;
    equal(ctx.keys().await?.len(), 0, "no upload is listed as an object")
}

async fn prefix(ctx: &Ctx) -> Outcome {
    begin(ctx, &["a", "a/1", "a/2", "ab", "b"]).await?;
    let table: [(&str, &[&str]); 4] =
        [("a/", &["a/1", "a/2"]), ("a", &["a", "a/1", "a/2", "ab"]), ("b", &["b"]), ("c", &[])];
    for (prefix, want) in table {
        let found = uploads(ctx, query(|it| it.prefix = Some(prefix.to_owned()))).await?;
        equal(keys(&found), want, format!("uploads with the prefix `{prefix}`"))?;
    }
    Ok(())
}

async fn delimiter(ctx: &Ctx) -> Outcome {
    begin(ctx, &["a/1", "a/b/2", "c"]).await?;
    let top = uploads(ctx, query(|it| it.delimiter = Some("/".to_owned()))).await?;
    equal(keys(&top), ["c"], "uploads of the top")?;
    let below = query(|it| {
        it.prefix = Some("a/".to_owned());
        it.delimiter = Some("/".to_owned());
    });
    equal(keys(&uploads(ctx, below).await?), ["a/1"], "uploads of the level below `a/`")
}

async fn pages(ctx: &Ctx) -> Outcome {
    let names = ["a", "b", "b", "c", "d/e"];
    begin(ctx, &names).await?;
    for limit in [1, 2, 3, 1000] {
        let found = uploads(ctx, query(|it| it.limit = Some(limit))).await?;
        equal(keys(&found), names, format!("uploads in pages of {limit}"))?;
    }
    Ok(())
}

async fn gone_when_ended(ctx: &Ctx) -> Outcome {
    let one = Uploading::begin(ctx, "one", PutOptions::new()).await?;
    let two = Uploading::begin(ctx, "two", PutOptions::new()).await?;
    let part = one.put(1, Bytes::from_static(b"x"), true).await?;
    one.complete(&[part]).await?;
    equal(keys(&uploads(ctx, UploadQuery::default()).await?), ["two"], "uploads after a completion")?;
    two.abort().await?;
    equal(uploads(ctx, UploadQuery::default()).await?.len(), 0, "uploads after an abort")
}

async fn abort_what_is_listed(ctx: &Ctx) -> Outcome {
    begin(ctx, &["a b", "c/d", "\u{1f600}"]).await?;
    let Some(driver) = ctx.driver().multipart() else { return Ok(()) };
    for found in uploads(ctx, UploadQuery::default()).await? {
        driver.abort_upload(ObjectRef::new(ctx.container(), &found.key), &found.upload).await?;
    }
    equal(uploads(ctx, UploadQuery::default()).await?.len(), 0, "uploads that are left")
}

async fn missing_container(ctx: &Ctx) -> Outcome {
    let Some(driver) = ctx.driver().incomplete_uploads() else { return Ok(()) };
    let missing = ctx.spare_name()?;
    let listed = driver.list_uploads(&missing, &UploadQuery::default()).await;
    fails(listed, ErrorKind::ContainerNotFound, "uploads of a missing container")
}
