//! Lists of who may do what.

use storage_core::groups::{Acl, Grant, Grantee};
use storage_core::{ErrorKind, Key};

use crate::conformance::{Ctx, Outcome, cases, equal, fails, that};

cases! {
    "acl/of_container" [acl]: "Returns the list." => of_container;
    "acl/of_container_and_object" [acl object_acls]: "Returns the list." => of_container_and_object;
    "acl/replace" [acl object_acls]: "Replaces the list." => replace;
    "acl/canned" [acl acls object_acls]: "Replaces the list by one of the store's own." => canned;
    "acl/missing" [acl object_acls]: "Returns the list." => missing;
}

async fn of_container(ctx: &Ctx) -> Outcome {
    let Some(group) = ctx.driver().acl() else { return Ok(()) };
    let acl = group.acl(ctx.container(), None).await?;
    that(acl.grants.iter().all(|it| it.grantee != Grantee::Everyone), "nothing new is granted to everyone")?;
    group.set_acl(ctx.container(), None, &acl).await?;
    equal(group.acl(ctx.container(), None).await?, acl, "the list that was set")?;
    let container = ctx.spare_name()?;
    fails(group.acl(&container, None).await, ErrorKind::ContainerNotFound, "the list of a missing container")
}

async fn of_container_and_object(ctx: &Ctx) -> Outcome {
    let Some(group) = ctx.driver().acl() else { return Ok(()) };
    ctx.put("object", "x").await?;
    let key = Key::parse("object")?;
    for key in [None, Some(&key)] {
        let acl = group.acl(ctx.container(), key).await?;
        let public = |it: &Grant| it.grantee == Grantee::Everyone;
        that(!acl.grants.iter().any(public), "nothing new is granted to everyone")?;
    }
    Ok(())
}

async fn replace(ctx: &Ctx) -> Outcome {
    let Some(group) = ctx.driver().acl() else { return Ok(()) };
    ctx.put("object", "x").await?;
    let key = Key::parse("object")?;
    // What a list may hold differs; its own list every store takes back.
    let own: Acl = group.acl(ctx.container(), Some(&key)).await?;
    group.set_acl(ctx.container(), Some(&key), &own).await?;
    equal(group.acl(ctx.container(), Some(&key)).await?, own, "the list that was set")
}

async fn canned(ctx: &Ctx) -> Outcome {
    let Some(group) = ctx.driver().acl() else { return Ok(()) };
    ctx.put("object", "x").await?;
    let key = Key::parse("object")?;
    for canned in ctx.capabilities().acls {
        group.set_canned_acl(ctx.container(), Some(&key), *canned).await?;
    }
    equal(&ctx.get("object").await?.bytes[..], b"x", "the content")
}

async fn missing(ctx: &Ctx) -> Outcome {
    let Some(group) = ctx.driver().acl() else { return Ok(()) };
    let key = Key::parse("nothing")?;
    fails(
        group.acl(ctx.container(), Some(&key)).await,
        ErrorKind::ObjectNotFound,
        "the list of a missing object",
    )?;
    let container = ctx.spare_name()?;
    fails(group.acl(&container, None).await, ErrorKind::ContainerNotFound, "the list of a missing container")
}
