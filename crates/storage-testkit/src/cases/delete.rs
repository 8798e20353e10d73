//! Deleting objects.

use storage_core::{DeleteOptions, ETag, ErrorKind, Key, ObjectRef};

use crate::conformance::{Ctx, Outcome, cases, equal, fails, that};

cases! {
    "delete/one" []: "Deletes one object." => one;
    "delete/missing_succeeds" []: "Deleting an object that is not there succeeds." => missing_succeeds;
    "delete/missing_container" []: "A missing container is an error." => missing_container;
    "delete/only_the_key_itself" []: "Deletes one object." => only_the_key_itself;
    "delete/if_match" [delete_if_match]:
        "Deletes only if the object still has this entity tag; else `PreconditionFailed`." => if_match;
    "delete/if_match_spares_the_new_one" [delete_if_match]:
        "Deletes only if the object still has this entity tag; else `PreconditionFailed`." => if_match_spares_the_new_one;
}

async fn one(ctx: &Ctx) -> Outcome {
    ctx.fill(["a", "b", "c"]).await?;
    ctx.delete("b").await?;
    fails(ctx.get("b").await, ErrorKind::ObjectNotFound, "a read of what was deleted")?;
    fails(ctx.head("b").await, ErrorKind::ObjectNotFound, "a head of what was deleted")?;
    equal(ctx.keys().await?, ["a", "c"], "what is left")
}

async fn missing_succeeds(ctx: &Ctx) -> Outcome {
    ctx.delete("never/was/there").await?;
    ctx.put("object", "x").await?;
    ctx.delete("object").await?;
    ctx.delete("object").await?;
    that(ctx.keys().await?.is_empty(), "nothing is left and nothing was made")
}

async fn missing_container(ctx: &Ctx) -> Outcome {
    let (missing, key) = (ctx.spare_name()?, Key::parse("object")?);
    let deleted = ctx.driver().delete_object(ObjectRef::new(&missing, &key), &DeleteOptions::new()).await;
    fails(deleted, ErrorKind::ContainerNotFound, "a delete in a missing container")
}

async fn only_the_key_itself(ctx: &Ctx) -> Outcome {
    let keys = ["a", "a/", "a/b", "a/b/c", "ab"];
    ctx.fill(keys).await?;
    for (at, key) in keys.iter().enumerate() {
        ctx.delete(key).await?;
        let mut rest = keys[at + 1..].to_vec();
        rest.sort_unstable();
        equal(ctx.keys().await?, rest, format!("what is left after the delete of `{key}`"))?;
    }
    Ok(())
}

async fn if_match(ctx: &Ctx) -> Outcome {
    ctx.put("object", "x").await?;
    let another = DeleteOptions::new().if_match(ETag::from("\"nobody-has-this\""));
    fails(
        ctx.delete_with("object", &another).await,
        ErrorKind::PreconditionFailed,
        "a delete of another entity tag",
    )?;
    equal(&ctx.get("object").await?.bytes[..], b"x", "the object stays")?;
    ctx.delete_with("object", &DeleteOptions::new().if_match(ctx.etag("object").await?)).await?;
    fails(ctx.get("object").await, ErrorKind::ObjectNotFound, "a read of what was deleted")
}

async fn if_match_spares_the_new_one(ctx: &Ctx) -> Outcome {
    ctx.put("object", "old").await?;
    let old = DeleteOptions::new().if_match(ctx.etag("object").await?);
    ctx.put("object", "brand new").await?;
    fails(
        ctx.delete_with("object", &old).await,
        ErrorKind::PreconditionFailed,
        "a delete of what was replaced",
    )?;
    equal(&ctx.get("object").await?.bytes[..], b"brand new", "the new object stays")
}
