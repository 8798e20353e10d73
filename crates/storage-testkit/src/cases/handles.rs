//! What the handles promise of containers and single objects.

use futures_util::stream;
use storage_core::groups::DeleteTarget;
use storage_core::{ErrorKind, Key, ListEntry, PutOptions};

use crate::conformance::{Ctx, Outcome, cases, equal, fails, that};

cases! {
    "handles/put_and_get" []: "Writes bytes in one request." => put_and_get;
    "handles/guessed_media_type" []: "Guesses the media type from the key, unless the caller gave one."
        => guessed_media_type;
    "handles/object_exists" []: "Tells whether the object is there." => object_exists;
    "handles/container_exists" []: "Tells whether the container is there." => container_exists;
    "handles/create_if_missing" []: "Creates the container unless it is there already." => create_if_missing;
    "handles/delete_missing" []: "Deletes the object; one that is not there is a success." => delete_missing;
    "handles/list_all_pages" []: "Lists objects, page by page as the stream is read." => list_all_pages;
    "handles/delete_many" []: "Deletes many objects and reports on each one; a stream of keys of any length is fine."
        => delete_many;
    "handles/copy_to" []:
        "Copies the object: on the server where source and destination share a store, else through here." => copy_to;
    "handles/rename_to" []: "Moves the object to another key: in one step where the store can, else by a copy and a delete."
        => rename_to;
    "handles/get_ranges" []: "Reads several ranges, all of one version of the object, a few at a time." => get_ranges;
    "handles/get_in_parts" []: "The bytes still come in their order." => get_in_parts;
    "handles/key_too_long" []: "Asks for the limits of the store and holds the key against them." => key_too_long;
    "handles/line_break_in_key" [no_key_line_breaks]:
        "Asks for the limits of the store and holds the key against them." => line_break_in_key;
    "handles/line_break_in_metadata" []:
        "`InvalidInput` naming the entry, when a name is no HTTP token or a value holds control characters."
        => line_break_in_metadata;
    "handles/errors_name_their_object" []:
        "The error of every call: what was tried, on what, what happened, and why." => errors_name_their_object;
    "handles/if_absent_unsupported" [no_put_if_absent]: "Handles check these before anything is sent."
        => if_absent_unsupported;
}

async fn put_and_get(ctx: &Ctx) -> Outcome {
    let object = ctx.object("dir/object")?;
    object.put("content").metadata("a", "1").await?;
    equal(object.get().text().await?.as_str(), "content", "the text")?;
    equal(object.get().range(1..3).text().await?.as_str(), "on", "a range of it")?;
    equal(object.get().suffix(3).text().await?.as_str(), "ent", "the end of it")?;
    equal(object.head().await?.metadata.get("a"), Some("1"), "the metadata")
}

async fn guessed_media_type(ctx: &Ctx) -> Outcome {
    let table = [
        ("index.html", "text/html"),
        ("a/b.png", "image/png"),
        ("plain", storage_core::DEFAULT_CONTENT_TYPE),
    ];
    for (key, want) in table {
        ctx.object(key)?.put("x").await?;
        equal(
            ctx.head(key).await?.content_type.as_deref(),
            Some(want),
            format!("the media type of `{key}`"),
        )?;
    }
    ctx.object("page.html")?.put("x").content_type("text/plain").await?;
    equal(
        ctx.head("page.html").await?.content_type.as_deref(),
        Some("text/plain"),
        "the media type that was given",
    )
}

async fn object_exists(ctx: &Ctx) -> Outcome {
    let object = ctx.object("object")?;
    that(!object.exists().await?, "it is not there before")?;
    object.put("").await?;
    that(object.exists().await?, "it is there")?;
    object.delete().await?;
    that(!object.exists().await?, "it is gone")
}

async fn container_exists(ctx: &Ctx) -> Outcome {
    that(ctx.handle()?.exists().await?, "our container is there")?;
    let other = ctx.storage().container(ctx.spare_name()?.as_str())?;
    that(!other.exists().await?, "another one is not")
}

async fn create_if_missing(ctx: &Ctx) -> Outcome {
    let container = ctx.storage().container(ctx.spare_name()?.as_str())?;
    container.create_if_missing().await?;
    container.object("keep")?.put("me").await?;
    container.create_if_missing().await?;
    equal(container.object("keep")?.get().text().await?.as_str(), "me", "the object in it")
}

async fn delete_missing(ctx: &Ctx) -> Outcome {
    ctx.object("nothing")?.delete().await?;
    ctx.object("nothing")?.delete().await?;
    that(ctx.keys().await?.is_empty(), "nothing was made")
}

async fn list_all_pages(ctx: &Ctx) -> Outcome {
    let keys: Vec<String> = (0..7).map(|it| format!("dir/{it}")).collect();
    ctx.fill(&keys).await?;
    ctx.fill(["other"]).await?;
    for size in [1, 2, 3, 1000] {
        let entries: Vec<ListEntry> =
            ctx.handle()?.list().prefix("dir/").page_size(size).try_collect().await?;
        let mut names: Vec<_> = entries.iter().map(|it| it.name().as_str()).collect();
        names.sort_unstable();
        equal(names, &keys[..], format!("keys in pages of {size}"))?;
    }
    let mut list = ctx.handle()?.list().delimiter("/");
    let mut top = Vec::new();
    while let Some(entry) = list.next().await {
        top.push(entry?.name().as_str().to_owned());
    }
    top.sort_unstable();
    equal(top, ["dir/", "other"], "the top")
}

async fn delete_many(ctx: &Ctx) -> Outcome {
    let mut keys: Vec<String> = (0..30).map(|it| format!("a//{it} +%")).collect();
    ctx.fill(&keys).await?;
    ctx.put("keep", "x").await?;
    keys.push("was/never/there".to_owned());
    let targets = keys
        .iter()
        .map(|it| Key::parse(it.as_str()).map(DeleteTarget::new))
        .collect::<Result<Vec<_>, _>>()?;
    let mut deletes = ctx.handle()?.delete_many(stream::iter(targets));
    let mut done = Vec::new();
    while let Some(it) = deletes.next().await {
        it.result?;
        done.push(it.key.as_str().to_owned());
    }
    done.sort_unstable();
    keys.sort_unstable();
    equal(done, keys, "the keys reported")?;
    equal(ctx.keys().await?, ["keep"], "what is left")
}

async fn copy_to(ctx: &Ctx) -> Outcome {
    let from = ctx.object("from")?;
    from.put("content").content_type("text/css").metadata("a", "1").await?;
    let other = ctx.storage().container(ctx.spare_container().await?.as_str())?;
    for to in [ctx.object("to")?, other.object("from")?] {
        from.copy_to(&to).await?;
        equal(to.get().text().await?.as_str(), "content", "the content")?;
        let info = to.head().await?;
        equal(info.content_type.as_deref(), Some("text/css"), "the media type")?;
        equal(info.metadata.get("a"), Some("1"), "the metadata")?;
    }
    fails(
        ctx.object("nothing")?.copy_to(&from).await,
        ErrorKind::ObjectNotFound,
        "a copy of a missing object",
    )
}

async fn rename_to(ctx: &Ctx) -> Outcome {
    let (from, to) = (ctx.object("from")?, ctx.object("to")?);
    from.put("content").metadata("a", "1").await?;
    from.rename_to(&to).await?;
    equal(ctx.keys().await?, ["to"], "the keys")?;
    equal(to.get().text().await?.as_str(), "content", "the content")?;
    equal(to.head().await?.metadata.get("a"), Some("1"), "the metadata")?;
    fails(from.rename_to(&to).await, ErrorKind::ObjectNotFound, "a rename of a missing object")?;
    equal(to.get().text().await?.as_str(), "content", "the content after a rename that failed")
}

async fn get_ranges(ctx: &Ctx) -> Outcome {
    let object = ctx.object("digits")?;
    object.put("0123456789").await?;
    let got = object.get_ranges(&[2..4, 9..10, 0..1, 5..99]).await?;
    equal(got.iter().map(|it| &it[..]).collect::<Vec<_>>(), [&b"23"[..], b"9", b"0", b"56789"], "the ranges")
}

async fn get_in_parts(ctx: &Ctx) -> Outcome {
    let object = ctx.object("large")?;
    let bytes: Vec<u8> = (0..700_001_u32).map(|at| (at % 251) as u8).collect();
    object.put(bytes.clone()).await?;
    let get = || object.get().part_size(100_000).concurrency(3);
    that(get().bytes().await? == bytes, "the content is what was put")?;
    that(get().range(5..600_000).bytes().await? == bytes[5..600_000], "so is a range of it")?;
    ctx.object("empty")?.put("").await?;
    equal(ctx.object("empty")?.get().concurrency(3).bytes().await?.len(), 0, "the length of nothing")
}

async fn key_too_long(ctx: &Ctx) -> Outcome {
    let most = ctx.capabilities().max_key_bytes.min(1 << 20);
    let object = ctx.object(&"k".repeat(most + 1))?;
    fails(object.put("x").await, ErrorKind::InvalidInput, "a put of a key that is a byte too long")?;
    fails(object.head().await, ErrorKind::InvalidInput, "a head of a key that is a byte too long")?;
    that(ctx.keys().await?.is_empty(), "nothing was made")
}

async fn line_break_in_key(ctx: &Ctx) -> Outcome {
    for key in ["a\nb", "a\rb", "\r\n"] {
        fails(ctx.object(key)?.put("x").await, ErrorKind::InvalidInput, format!("a put of {key:?}"))?;
    }
    that(ctx.keys().await?.is_empty(), "nothing was made")
}

async fn line_break_in_metadata(ctx: &Ctx) -> Outcome {
    let object = ctx.object("object")?;
    for (name, value) in
        [("a", "1\r\nx-evil: 1"), ("a", "1\n"), ("a", "\0"), ("a b", "1"), ("", "1"), ("a\r\n", "1")]
    {
        let put = object.put("x").options(PutOptions::new().metadata(name, value)).await;
        fails(put, ErrorKind::InvalidInput, format!("a put with the metadata {name:?}: {value:?}"))?;
    }
    that(ctx.keys().await?.is_empty(), "nothing was made")
}

async fn errors_name_their_object(ctx: &Ctx) -> Outcome {
    let Err(error) = ctx.object("dir/nothing")?.get().text().await else {
        return that(false, "a read of a missing object fails");
    };
    equal(error.key(), Some("dir/nothing"), "the key")?;
    equal(error.container(), Some(ctx.container().as_str()), "the container")?;
    equal(error.provider(), Some(&*ctx.driver().provider().id), "the provider")?;
    equal(error.operation(), Some("get object"), "what was tried")
}

async fn if_absent_unsupported(ctx: &Ctx) -> Outcome {
    let put = ctx.object("object")?.put("x").if_absent().await;
    fails(put, ErrorKind::Unsupported, "a put under a condition that the store lacks")?;
    that(ctx.keys().await?.is_empty(), "nothing was made")
}
