//! Reads and heads under conditions.

use storage_core::{ETag, ErrorKind, GetOptions};
use time::Duration;

use crate::conformance::{Ctx, Failure, Outcome, cases, equal, fails};

cases! {
    "get/if_match" []: "Reads only if the object has this entity tag; else `PreconditionFailed`." => if_match;
    "get/if_none_match" []: "Reads only if the object has another entity tag; else `NotModified`." => if_none_match;
    "get/if_modified_since" []: "Reads only if the object was changed after this time; else `NotModified`."
        => if_modified_since;
    "get/if_unmodified_since" []:
        "Reads only if the object was not changed after this time; else `PreconditionFailed`." => if_unmodified_since;
    "get/conditions_do_not_hold" []: "Conditions that do not hold are `PreconditionFailed` or `NotModified`."
        => conditions_do_not_hold;
    "get/if_match_with_range" []: "Reads only if the object has this entity tag; else `PreconditionFailed`."
        => if_match_with_range;
    "get/condition_on_missing" []:
        "A missing object is `ObjectNotFound`, a missing container `ContainerNotFound` where the store tells them apart."
        => condition_on_missing;
}

fn another() -> ETag {
    ETag::from("\"0123456789abcdef0123456789abcdef\"")
}

/// Expects both a read and a head to pass.
async fn passes(ctx: &Ctx, options: &GetOptions) -> Outcome {
    equal(
        &ctx.get_with("object", options).await?.bytes[..],
        b"content",
        "the content under a condition that holds",
    )?;
    equal(ctx.head_with("object", options).await?.size, 7, "the size under a condition that holds")
}

/// Expects both a read and a head to be refused.
async fn refused(ctx: &Ctx, options: &GetOptions, kind: ErrorKind) -> Outcome {
    fails(ctx.get_with("object", options).await, kind, "a read under a condition that does not hold")?;
    fails(ctx.head_with("object", options).await, kind, "a head under a condition that does not hold")
}

async fn if_match(ctx: &Ctx) -> Outcome {
    ctx.put("object", "content").await?;
    passes(ctx, &GetOptions::new().if_match(ctx.etag("object").await?)).await?;
    refused(ctx, &GetOptions::new().if_match(another()), ErrorKind::PreconditionFailed).await
}

async fn if_none_match(ctx: &Ctx) -> Outcome {
    ctx.put("object", "content").await?;
    passes(ctx, &GetOptions::new().if_none_match(another())).await?;
    let own = GetOptions::new().if_none_match(ctx.etag("object").await?);
    refused(ctx, &own, ErrorKind::NotModified).await
}

async fn written(ctx: &Ctx) -> Result<time::OffsetDateTime, Failure> {
    ctx.put("object", "content").await?;
    ctx.head("object")
        .await?
        .last_modified
        .ok_or_else(|| Failure::new("the head has no time of the last change"))
}

async fn if_modified_since(ctx: &Ctx) -> Outcome {
    let at = written(ctx).await?;
    passes(ctx, &GetOptions::new().if_modified_since(at - Duration::hours(1))).await?;
    // Services count whole seconds, so the time asked for is rounded up.
    let later = at + Duration::seconds(1);
    refused(ctx, &GetOptions::new().if_modified_since(later), ErrorKind::NotModified).await
}

async fn if_unmodified_since(ctx: &Ctx) -> Outcome {
    let at = written(ctx).await?;
    passes(ctx, &GetOptions::new().if_unmodified_since(at + Duration::seconds(1))).await?;
    let earlier = GetOptions::new().if_unmodified_since(at - Duration::hours(1));
    refused(ctx, &earlier, ErrorKind::PreconditionFailed).await
}

async fn conditions_do_not_hold(ctx: &Ctx) -> Outcome {
    ctx.put("object", "old").await?;
    let old = ctx.etag("object").await?;
    ctx.put("object", "content").await?;
    refused(ctx, &GetOptions::new().if_match(old.clone()), ErrorKind::PreconditionFailed).await?;
    passes(ctx, &GetOptions::new().if_none_match(old)).await
}

async fn if_match_with_range(ctx: &Ctx) -> Outcome {
    ctx.put("object", "content").await?;
    let own = GetOptions::new().range(1..3).if_match(ctx.etag("object").await?);
    equal(&ctx.get_with("object", &own).await?.bytes[..], b"on", "a range under a condition that holds")?;
    let got = ctx.get_with("object", &GetOptions::new().range(1..3).if_match(another())).await;
    fails(got, ErrorKind::PreconditionFailed, "a range under a condition that does not hold")
}

async fn condition_on_missing(ctx: &Ctx) -> Outcome {
    let got = ctx.get_with("nothing", &GetOptions::new().if_none_match(another())).await;
    fails(got, ErrorKind::ObjectNotFound, "a conditional read of a missing object")
}
