//! Asking for objects.

use storage_core::{ErrorKind, GetOptions, Key, ObjectRef, PutOptions};
use time::{Duration, OffsetDateTime};

use crate::conformance::{Ctx, Outcome, cases, equal, fails, that};

cases! {
    "head/tells_all" []:
        "Returns what is known of an object, under the conditions of a read; the range is not looked at." => tells_all;
    "head/ignores_range" []:
        "Returns what is known of an object, under the conditions of a read; the range is not looked at."
        => ignores_range;
    "head/missing" []:
        "A missing object is `ObjectNotFound`, a missing container `ContainerNotFound` where the store tells them apart."
        => missing;
    "head/etag_follows_content" []: "The entity tag of the content." => etag_follows_content;
    "head/last_modified" []: "When it was written last." => last_modified;
}

async fn tells_all(ctx: &Ctx) -> Outcome {
    let options = PutOptions::new().content_type("image/png").metadata("width", "640");
    ctx.put_with("photos/cat.png", "not really", &options).await?;
    let info = ctx.head("photos/cat.png").await?;
    equal(info.key.as_str(), "photos/cat.png", "the key")?;
    equal(info.size, 10, "the size")?;
    equal(info.content_type.as_deref(), Some("image/png"), "the media type")?;
    equal(&info.metadata, &options.metadata, "the metadata")?;
    that(info.etag.is_some_and(|it| !it.is_empty()), "there is an entity tag")
}

async fn ignores_range(ctx: &Ctx) -> Outcome {
    ctx.put("object", "0123456789").await?;
    for range in [0..1u64, 3..5, 100..200] {
        equal(
            ctx.head_with("object", &GetOptions::new().range(range)).await?.size,
            10,
            "the size, with a range",
        )?;
    }
    Ok(())
}

async fn missing(ctx: &Ctx) -> Outcome {
    fails(ctx.head("nothing").await, ErrorKind::ObjectNotFound, "the head of a missing object")?;
    let (container, key) = (ctx.spare_name()?, Key::parse("object")?);
    let got = ctx.driver().head_object(ObjectRef::new(&container, &key), &GetOptions::new()).await;
    // An answer to HEAD has no body, so over HTTP nothing may tell the two apart.
    crate::conformance::fails_with(
        got,
        &[ErrorKind::ContainerNotFound, ErrorKind::ObjectNotFound],
        "the head of an object in a missing container",
    )
}

async fn etag_follows_content(ctx: &Ctx) -> Outcome {
    ctx.put("object", "same size 1").await?;
    let first = ctx.etag("object").await?;
    equal(&ctx.etag("object").await?, &first, "the entity tag, asked for twice")?;
    ctx.put("object", "same size 2").await?;
    that(ctx.etag("object").await? != first, "other content has another entity tag, even of the same size")
}

async fn last_modified(ctx: &Ctx) -> Outcome {
    ctx.put("object", "x").await?;
    let Some(at) = ctx.head("object").await?.last_modified else { return that(false, "the time is told") };
    // Clocks of services differ from ours; a day is no matter of clocks.
    let age = OffsetDateTime::now_utc() - at;
    that(age.abs() < Duration::days(1), format!("the time is about now, not {age} ago"))?;
    ctx.put("object", "y").await?;
    let again = ctx.head("object").await?.last_modified;
    that(again.is_some_and(|it| it >= at), "a later write is not older")
}
