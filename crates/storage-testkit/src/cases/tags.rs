//! Tags of objects.

use storage_core::groups::Tags;
use storage_core::{ErrorKind, Key, ObjectRef, Result};

use crate::conformance::{Ctx, Outcome, cases, equal, fails, that};

cases! {
    "tags/round_trip" [tags]: "Returns the tags." => round_trip;
    "tags/replace" [tags]: "Replaces all tags; none removes them." => replace;
    "tags/leave_the_object" [tags]: "Replaces all tags; none removes them." => leave_the_object;
    "tags/missing_object" [tags]: "The object, version or upload is not there." => missing_object;
    "tags/gone_with_the_object" [tags]: "An object that is there is replaced, its metadata too." => gone_with_the_object;
}

async fn get(ctx: &Ctx, key: &str) -> Result<Tags> {
    let key = Key::parse(key)?;
    match ctx.driver().tags() {
        Some(group) => group.tags(ObjectRef::new(ctx.container(), &key)).await,
        None => Ok(Tags::new()),
    }
}

async fn set(ctx: &Ctx, key: &str, tags: &Tags) -> Result<()> {
    let key = Key::parse(key)?;
    match ctx.driver().tags() {
        Some(group) => group.set_tags(ObjectRef::new(ctx.container(), &key), tags).await,
        None => Ok(()),
    }
}

fn tags(pairs: &[(&str, &str)]) -> Tags {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

async fn round_trip(ctx: &Ctx) -> Outcome {
    ctx.put("object", "x").await?;
    equal(get(ctx, "object").await?, Tags::new(), "the tags of a new object")?;
    let want = tags(&[("project", "blue"), ("Case", "Kept"), ("a.b:c/d=e+f-g_h", "x y"), ("empty", "")]);
    set(ctx, "object", &want).await?;
    equal(get(ctx, "object").await?, want, "the tags")
}

async fn replace(ctx: &Ctx) -> Outcome {
    ctx.put("object", "x").await?;
    set(ctx, "object", &tags(&[("a", "1"), ("b", "1")])).await?;
    set(ctx, "object", &tags(&[("b", "2")])).await?;
    equal(get(ctx, "object").await?, tags(&[("b", "2")]), "the tags, replaced")?;
    set(ctx, "object", &Tags::new()).await?;
    equal(get(ctx, "object").await?, Tags::new(), "the tags, removed")
}

async fn leave_the_object(ctx: &Ctx) -> Outcome {
    ctx.put_with("object", "x", &storage_core::PutOptions::new().metadata("a", "1")).await?;
    set(ctx, "object", &tags(&[("a", "2")])).await?;
    let got = ctx.get("object").await?;
    equal(&got.bytes[..], b"x", "the content")?;
    that(got.metadata().len() == 1 && got.metadata().get("a") == Some("1"), "tags are no metadata")
}

async fn missing_object(ctx: &Ctx) -> Outcome {
    fails(get(ctx, "nothing").await, ErrorKind::ObjectNotFound, "the tags of a missing object")?;
    fails(
        set(ctx, "nothing", &tags(&[("a", "1")])).await,
        ErrorKind::ObjectNotFound,
        "tags for a missing object",
    )
}

async fn gone_with_the_object(ctx: &Ctx) -> Outcome {
    ctx.put("object", "x").await?;
    set(ctx, "object", &tags(&[("a", "1")])).await?;
    ctx.put("object", "y").await?;
    equal(get(ctx, "object").await?, Tags::new(), "the tags of an object that was replaced")
}
