//! Copies on the server.

use storage_core::{CopyOptions, ETag, ErrorKind, GetOptions, Key, ObjectRef, PutOptions};

use crate::conformance::{Ctx, Outcome, cases, equal, fails, fails_with, pattern, that};

cases! {
    "copy/content_and_metadata" [server_copy]:
        "Copies one object on the server, content and metadata, whole or not at all." => content_and_metadata;
    "copy/between_containers" [server_copy]:
        "Copies one object on the server, content and metadata, whole or not at all." => between_containers;
    "copy/overwrites" [server_copy]:
        "Copies one object on the server, content and metadata, whole or not at all." => overwrites;
    "copy/empty" [server_copy]:
        "Copies one object on the server, content and metadata, whole or not at all." => empty;
    "copy/onto_itself" [server_copy]: "An object copied onto itself keeps its content." => onto_itself;
    "copy/independent" [server_copy]:
        "Copies one object on the server, content and metadata, whole or not at all." => independent;
    "copy/missing_source" [server_copy]:
        "A missing object is `ObjectNotFound`, a missing container `ContainerNotFound` where the store tells them apart."
        => missing_source;
    "copy/missing_container" [server_copy]: "A container that is missing is `ContainerNotFound`." => missing_container;
    "copy/replaces_metadata" [server_copy]:
        "Content headers, metadata and tags for the copy; those of the source when not given." => replaces_metadata;
    "copy/source_if_match" [server_copy]:
        "Copies only if the source has this entity tag; else `PreconditionFailed`." => source_if_match;
    "copy/if_absent" [server_copy put_if_absent]: "What must hold of the destination." => if_absent;
}

async fn content_and_metadata(ctx: &Ctx) -> Outcome {
    let content = pattern(1, 100_000);
    let options = PutOptions::new()
        .content_type("text/css")
        .cache_control("max-age=9")
        .metadata("a", "1")
        .metadata("b", "2");
    ctx.put_with("from", content.clone(), &options).await?;
    ctx.copy("from", "to/there").await?;
    let got = ctx.get("to/there").await?;
    that(got.bytes == content, "the content is the same")?;
    equal(got.info.content_type.as_deref(), Some("text/css"), "the media type")?;
    equal(got.info.cache_control.as_deref(), Some("max-age=9"), "the cache control")?;
    equal(got.metadata(), &options.metadata, "the metadata")?;
    that(ctx.get("from").await?.bytes == content, "the source stays")
}

async fn between_containers(ctx: &Ctx) -> Outcome {
    let other = ctx.spare_container().await?;
    ctx.put_with("key", "content", &PutOptions::new().metadata("a", "1")).await?;
    let key = Key::parse("key")?;
    let (from, to) = (ObjectRef::new(ctx.container(), &key), ObjectRef::new(&other, &key));
    ctx.driver().copy_object(from, to, &CopyOptions::new()).await?;
    let mut outcome = ctx.driver().get_object(to, &GetOptions::new()).await?;
    equal(outcome.info.metadata.get("a"), Some("1"), "the metadata")?;
    let mut bytes = Vec::new();
    while let Some(piece) = outcome.body.next().await {
        bytes.extend_from_slice(&piece?);
    }
    equal(&bytes[..], b"content", "the content")
}

async fn overwrites(ctx: &Ctx) -> Outcome {
    ctx.put_with("from", "new", &PutOptions::new().metadata("new", "1")).await?;
    ctx.put_with("to", "old and longer", &PutOptions::new().metadata("old", "1")).await?;
    ctx.copy("from", "to").await?;
    let got = ctx.get("to").await?;
    equal(&got.bytes[..], b"new", "the content")?;
    equal(got.metadata().iter().collect::<Vec<_>>(), vec![("new", "1")], "the metadata")
}

async fn empty(ctx: &Ctx) -> Outcome {
    ctx.put_with("from", "", &PutOptions::new().metadata("a", "1")).await?;
    ctx.copy("from", "to").await?;
    let info = ctx.head("to").await?;
    equal(
        (info.size, info.metadata.get("a")),
        (0, Some("1")),
        "size and metadata of the copy of an empty object",
    )
}

async fn onto_itself(ctx: &Ctx) -> Outcome {
    let content = pattern(2, 10_000);
    ctx.put_with("self", content.clone(), &PutOptions::new().metadata("a", "1")).await?;
    // Some services refuse a copy that changes nothing; none may lose the object over it.
    let copied = ctx.copy("self", "self").await;
    if copied.is_err() {
        fails_with(
            copied,
            &[ErrorKind::InvalidInput, ErrorKind::Unsupported],
            "a copy onto itself that is refused",
        )?;
    }
    that(ctx.get("self").await?.bytes == content, "the content is the same")?;
    let replace = PutOptions::new().metadata("b", "2").content_type("text/plain");
    ctx.copy_with("self", "self", &CopyOptions::new().replace(replace)).await?;
    let got = ctx.get("self").await?;
    that(got.bytes == content, "the content is the same when the metadata is replaced")?;
    equal(got.metadata().iter().collect::<Vec<_>>(), vec![("b", "2")], "the metadata")
}

async fn independent(ctx: &Ctx) -> Outcome {
    ctx.put("from", "1").await?;
    ctx.copy("from", "to").await?;
    ctx.put("from", "2").await?;
    equal(&ctx.get("to").await?.bytes[..], b"1", "the copy after a change of the source")?;
    ctx.delete("from").await?;
    equal(&ctx.get("to").await?.bytes[..], b"1", "the copy after the delete of the source")
}

async fn missing_source(ctx: &Ctx) -> Outcome {
    ctx.put("to", "old").await?;
    fails(ctx.copy("nothing", "to").await, ErrorKind::ObjectNotFound, "a copy of a missing object")?;
    equal(&ctx.get("to").await?.bytes[..], b"old", "the destination stays")?;
    fails(ctx.copy("nothing", "new").await, ErrorKind::ObjectNotFound, "a copy of a missing object")?;
    fails(ctx.head("new").await, ErrorKind::ObjectNotFound, "no destination was made")
}

async fn missing_container(ctx: &Ctx) -> Outcome {
    ctx.put("from", "x").await?;
    let (missing, key) = (ctx.spare_name()?, Key::parse("from")?);
    let (here, there) = (ObjectRef::new(ctx.container(), &key), ObjectRef::new(&missing, &key));
    let into = ctx.driver().copy_object(here, there, &CopyOptions::new()).await;
    fails(into, ErrorKind::ContainerNotFound, "a copy into a missing container")?;
    let out_of = ctx.driver().copy_object(there, here, &CopyOptions::new()).await;
    fails_with(
        out_of,
        &[ErrorKind::ContainerNotFound, ErrorKind::ObjectNotFound],
        "a copy out of a missing container",
    )
}

async fn replaces_metadata(ctx: &Ctx) -> Outcome {
    ctx.put_with("from", "x", &PutOptions::new().content_type("text/css").metadata("old", "1")).await?;
    let replace = PutOptions::new().content_type("text/html").metadata("new", "2");
    ctx.copy_with("from", "to", &CopyOptions::new().replace(replace)).await?;
    let info = ctx.head("to").await?;
    equal(info.content_type.as_deref(), Some("text/html"), "the media type")?;
    equal(info.metadata.iter().collect::<Vec<_>>(), vec![("new", "2")], "the metadata")?;
    equal(ctx.head("from").await?.metadata.get("old"), Some("1"), "the metadata of the source")
}

async fn source_if_match(ctx: &Ctx) -> Outcome {
    ctx.put("from", "x").await?;
    let another = CopyOptions::new().source_if_match(ETag::from("\"nobody-has-this\""));
    fails(
        ctx.copy_with("from", "to", &another).await,
        ErrorKind::PreconditionFailed,
        "a copy of another entity tag",
    )?;
    fails(ctx.head("to").await, ErrorKind::ObjectNotFound, "no destination was made")?;
    let own = CopyOptions::new().source_if_match(ctx.etag("from").await?);
    ctx.copy_with("from", "to", &own).await?;
    equal(&ctx.get("to").await?.bytes[..], b"x", "the content")
}

async fn if_absent(ctx: &Ctx) -> Outcome {
    ctx.fill(["from", "to"]).await?;
    let refused = ctx.copy_with("from", "to", &CopyOptions::new().if_absent()).await;
    fails_with(
        refused,
        &[ErrorKind::AlreadyExists, ErrorKind::Unsupported],
        "a copy with if_absent over an object",
    )?;
    equal(&ctx.get("to").await?.bytes[..], b"to", "the destination stays")
}
