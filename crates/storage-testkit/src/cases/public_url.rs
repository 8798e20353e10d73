//! Public addresses and delivery networks.

use storage_core::groups::CdnOptions;
use storage_core::{ErrorKind, Key};

use crate::conformance::{Ctx, Outcome, cases, equal, fails, that};

cases! {
    "public_url/addresses" [public_url]:
        "Returns the address of a container or, with a key, of an object for readers without credentials." => addresses;
    "public_url/is_no_promise" [public_url]: "It is no promise that they may read it." => is_no_promise;
    "public_url/cdn_state" [public_url]: "Returns the state of the container's delivery network." => cdn_state;
    "public_url/no_cdn" [public_url]: "`Unsupported` where there is none." => cdn_state;
    "public_url/cdn_switch" [public_url]: "Switches the container's delivery network on or off." => cdn_switch;
    "public_url/cdn_purge" [public_url]: "Has the delivery network forget an object." => cdn_purge;
}

async fn addresses(ctx: &Ctx) -> Outcome {
    let Some(group) = ctx.driver().public_url() else { return Ok(()) };
    let container = group.public_url(ctx.container(), None).await?;
    that(container.contains(':'), "the address of the container is absolute")?;
    let mut seen = std::collections::BTreeSet::from([container]);
    for key in ["a b", "a%20b", "a+b", "a?b", "a#b", "a//b", "a/b", "\u{e9}", "e\u{301}"] {
        let url = group.public_url(ctx.container(), Some(&Key::parse(key)?)).await?;
        that(url.bytes().all(|c| c.is_ascii_graphic()), format!("the address of {key:?} is encoded"))?;
        that(seen.insert(url), format!("the address of {key:?} is no other one's"))?;
    }
    Ok(())
}

async fn is_no_promise(ctx: &Ctx) -> Outcome {
    let Some(group) = ctx.driver().public_url() else { return Ok(()) };
    let nothing = Key::parse("nothing")?;
    let url = group.public_url(ctx.container(), Some(&nothing)).await?;
    that(!url.is_empty(), "there is an address even for an object that is not there")?;
    that(ctx.keys().await?.is_empty(), "asking for an address makes nothing")
}

async fn cdn_state(ctx: &Ctx) -> Outcome {
    let Some(group) = ctx.driver().public_url() else { return Ok(()) };
    match group.cdn(ctx.container()).await {
        Ok(state) => equal(state.enabled, false, "the network of a new container"),
        none => fails(none, ErrorKind::Unsupported, "the state of the network"),
    }
}

async fn cdn_switch(ctx: &Ctx) -> Outcome {
    let Some(group) = ctx.driver().public_url() else { return Ok(()) };
    if group.cdn(ctx.container()).await.is_err() {
        let switched = group.set_cdn(ctx.container(), &CdnOptions::new(true)).await;
        return fails(switched, ErrorKind::Unsupported, "switching a network that is not there");
    }
    group.set_cdn(ctx.container(), &CdnOptions::new(true)).await?;
    let state = group.cdn(ctx.container()).await?;
    that(state.enabled && !state.urls.is_empty(), "the network is on and has addresses")?;
    group.set_cdn(ctx.container(), &CdnOptions::new(false)).await?;
    equal(group.cdn(ctx.container()).await?.enabled, false, "the network after it was switched off")
}

async fn cdn_purge(ctx: &Ctx) -> Outcome {
    let Some(group) = ctx.driver().public_url() else { return Ok(()) };
    ctx.put("object", "x").await?;
    let purged = group.purge_cdn(ctx.container(), &Key::parse("object")?).await;
    if purged.is_err() {
        fails(purged, ErrorKind::Unsupported, "a purge where there is no network")?;
    }
    equal(&ctx.get("object").await?.bytes[..], b"x", "the object after the purge")
}
