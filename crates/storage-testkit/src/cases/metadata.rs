//! Metadata that is changed in place.

use storage_core::groups::MetadataUpdate;
use storage_core::{ETag, ErrorKind, Key, Metadata, ObjectRef, PutOptions, Result};

use crate::conformance::{Ctx, Outcome, cases, equal, fails, that};

cases! {
    "metadata/replaces_all" [metadata]: "Replaces an object's metadata, and those content headers that are given."
        => replaces_all;
    "metadata/headers_that_are_given" [metadata]:
        "Replaces an object's metadata, and those content headers that are given." => headers_that_are_given;
    "metadata/content_stays" [metadata]:
        "The content and its entity tag's meaning stay; a missing object is `ObjectNotFound`." => content_stays;
    "metadata/missing_object" [metadata]:
        "The content and its entity tag's meaning stay; a missing object is `ObjectNotFound`." => missing_object;
    "metadata/if_match" [metadata]: "Changes only if the object has this entity tag; else `PreconditionFailed`."
        => if_match;
    "metadata/container" [metadata]: "Replaces a container's metadata." => container;
}

async fn update(ctx: &Ctx, key: &str, update: &MetadataUpdate) -> Result<()> {
    let key = Key::parse(key)?;
    match ctx.driver().metadata() {
        Some(group) => group.update_metadata(ObjectRef::new(ctx.container(), &key), update).await,
        None => Ok(()),
    }
}

fn entries(entries: &[(&str, &str)]) -> MetadataUpdate {
    entries.iter().copied().collect::<Metadata>().into()
}

async fn replaces_all(ctx: &Ctx) -> Outcome {
    ctx.put_with("object", "x", &PutOptions::new().metadata("old", "1").metadata("both", "1")).await?;
    update(ctx, "object", &entries(&[("Both", "2"), ("new", "3")])).await?;
    let want = vec![("both", "2"), ("new", "3")];
    equal(ctx.head("object").await?.metadata.iter().collect::<Vec<_>>(), want, "the metadata")?;
    update(ctx, "object", &entries(&[])).await?;
    that(ctx.head("object").await?.metadata.is_empty(), "an empty map removes all")
}

async fn headers_that_are_given(ctx: &Ctx) -> Outcome {
    let options =
        PutOptions::new().content_type("text/css").cache_control("max-age=1").content_language("de");
    ctx.put_with("object", "x", &options).await?;
    let mut change = entries(&[]);
    change.content_type = Some("text/html".to_owned());
    change.content_disposition = Some("inline".to_owned());
    update(ctx, "object", &change).await?;
    let info = ctx.head("object").await?;
    equal(info.content_type.as_deref(), Some("text/html"), "the media type that was given")?;
    equal(info.content_disposition.as_deref(), Some("inline"), "the disposition that was given")?;
    equal(info.cache_control.as_deref(), Some("max-age=1"), "the cache control that was not given")?;
    equal(info.content_language.as_deref(), Some("de"), "the language that was not given")
}

async fn content_stays(ctx: &Ctx) -> Outcome {
    ctx.put_with("object", "content", &PutOptions::new().metadata("a", "1")).await?;
    update(ctx, "object", &entries(&[("a", "2")])).await?;
    let got = ctx.get("object").await?;
    equal(&got.bytes[..], b"content", "the content")?;
    equal(got.metadata().get("a"), Some("2"), "the metadata that comes with it")?;
    equal(ctx.keys().await?, ["object"], "the listing")?;
    let options = storage_core::GetOptions::new().if_match(ctx.etag("object").await?);
    equal(&ctx.get_with("object", &options).await?.bytes[..], b"content", "a read by the entity tag")
}

async fn missing_object(ctx: &Ctx) -> Outcome {
    fails(
        update(ctx, "nothing", &entries(&[("a", "1")])).await,
        ErrorKind::ObjectNotFound,
        "metadata of nothing",
    )?;
    fails(ctx.head("nothing").await, ErrorKind::ObjectNotFound, "no object was made")
}

async fn if_match(ctx: &Ctx) -> Outcome {
    ctx.put_with("object", "x", &PutOptions::new().metadata("a", "1")).await?;
    let mut change = entries(&[("a", "2")]);
    change.if_match = Some(ETag::from("\"nobody-has-this\""));
    fails(
        update(ctx, "object", &change).await,
        ErrorKind::PreconditionFailed,
        "a change of another entity tag",
    )?;
    equal(ctx.head("object").await?.metadata.get("a"), Some("1"), "the metadata after a refused change")?;
    change.if_match = Some(ctx.etag("object").await?);
    update(ctx, "object", &change).await?;
    equal(ctx.head("object").await?.metadata.get("a"), Some("2"), "the metadata after the change")
}

async fn container(ctx: &Ctx) -> Outcome {
    let Some(group) = ctx.driver().metadata() else { return Ok(()) };
    let first: Metadata = [("project", "blue"), ("stage", "test")].into_iter().collect();
    let set = group.update_container_metadata(ctx.container(), &first).await;
    if set.is_err() {
        // Some services have metadata on objects only.
        return fails(set, ErrorKind::Unsupported, "metadata of a container");
    }
    equal(&ctx.driver().head_container(ctx.container()).await?.metadata, &first, "the metadata")?;
    let second: Metadata = [("project", "green")].into_iter().collect();
    group.update_container_metadata(ctx.container(), &second).await?;
    equal(&ctx.driver().head_container(ctx.container()).await?.metadata, &second, "the metadata, replaced")?;
    let missing = ctx.spare_name()?;
    let set = group.update_container_metadata(&missing, &second).await;
    fails(set, ErrorKind::ContainerNotFound, "metadata of a missing container")
}
