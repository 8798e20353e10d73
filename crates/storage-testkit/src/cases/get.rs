//! Reading whole objects.

use storage_core::{ErrorKind, GetOptions, Key, ObjectRef, PutOptions};

use crate::conformance::{Ctx, Outcome, cases, equal, fails, pattern, that};

cases! {
    "get/whole" []: "Reads an object or a range of it." => whole;
    "get/body_is_exact" []:
        "The body holds exactly the bytes of the outcome's range, all of one version of the object." => body_is_exact;
    "get/one_version" []:
        "The body holds exactly the bytes of the outcome's range, all of one version of the object." => one_version;
    "get/info_comes_along" []: "What the store knows of the object; `size` is that of the whole object."
        => info_comes_along;
    "get/missing_object" []:
        "A missing object is `ObjectNotFound`, a missing container `ContainerNotFound` where the store tells them apart."
        => missing_object;
    "get/missing_container" []:
        "A missing object is `ObjectNotFound`, a missing container `ContainerNotFound` where the store tells them apart."
        => missing_container;
    "get/after_delete" []:
        "A missing object is `ObjectNotFound`, a missing container `ContainerNotFound` where the store tells them apart."
        => after_delete;
    "get/prefix_is_no_object" []:
        "A missing object is `ObjectNotFound`, a missing container `ContainerNotFound` where the store tells them apart."
        => prefix_is_no_object;
    "get/dropped_body" []: "Methods are safe to call from many tasks at once." => dropped_body;
}

async fn whole(ctx: &Ctx) -> Outcome {
    for len in [0usize, 1, 2, 4_095, 4_096, 65_537, 1 << 20] {
        let content = pattern(len as u64, len);
        ctx.put("object", content.clone()).await?;
        that(ctx.get("object").await?.bytes == content, format!("{len} bytes come back as they were"))?;
    }
    Ok(())
}

async fn body_is_exact(ctx: &Ctx) -> Outcome {
    let content = pattern(1, 300_000);
    ctx.put("object", content.clone()).await?;
    for range in [0..300_000u64, 0..1, 299_999..300_000, 12_345..234_567] {
        let got = ctx.get_with("object", &GetOptions::new().range(range.clone())).await?;
        equal(&got.range, &range, "the range that the driver promises")?;
        equal(got.bytes.len() as u64, range.end - range.start, "the number of bytes that came")?;
        that(
            got.bytes == content[range.start as usize..range.end as usize],
            format!("the bytes {range:?} are right"),
        )?;
    }
    Ok(())
}

async fn one_version(ctx: &Ctx) -> Outcome {
    let (old, new) = (pattern(1, 2 << 20), pattern(2, 2 << 20));
    ctx.put("object", old.clone()).await?;
    let key = Key::parse("object")?;
    let target = ObjectRef::new(ctx.container(), &key);
    let mut outcome = ctx.driver().get_object(target, &GetOptions::new()).await?;
    let mut read = Vec::new();
    if let Some(piece) = outcome.body.next().await {
        read.extend_from_slice(&piece?);
    }
    ctx.put("object", new.clone()).await?;
    while let Some(piece) = outcome.body.next().await {
        match piece {
            Ok(bytes) => read.extend_from_slice(&bytes),
            // Giving up is right as well; a mix of both versions never is.
            Err(error) => return fails(Err::<(), _>(error), ErrorKind::Changed, "a read that can't go on"),
        }
    }
    that(read == old, "the body that was begun holds the old bytes to the end")?;
    that(ctx.get("object").await?.bytes == new, "a new read gives the new bytes")
}

async fn info_comes_along(ctx: &Ctx) -> Outcome {
    let options = PutOptions::new().content_type("text/plain").metadata("a", "b");
    ctx.put_with("dir/object", "0123456789", &options).await?;
    let head = ctx.head("dir/object").await?;
    let got = ctx.get_with("dir/object", &GetOptions::new().range(2..5)).await?;
    equal(got.info.key.as_str(), "dir/object", "the key")?;
    equal(got.info.size, 10, "the size of the whole object, with a range too")?;
    equal(&got.info.etag, &head.etag, "the entity tag")?;
    equal(got.info.content_type.as_deref(), Some("text/plain"), "the media type")?;
    equal(&got.info.metadata, &options.metadata, "the metadata")
}

async fn missing_object(ctx: &Ctx) -> Outcome {
    fails(ctx.get("nothing").await, ErrorKind::ObjectNotFound, "a read of a missing object")?;
    ctx.put("something", "x").await?;
    for key in ["some", "something2", "Something", "something/"] {
        fails(
            ctx.get(key).await,
            ErrorKind::ObjectNotFound,
            format!("a read of `{key}` beside `something`"),
        )?;
    }
    Ok(())
}

async fn missing_container(ctx: &Ctx) -> Outcome {
    let (missing, key) = (ctx.spare_name()?, Key::parse("object")?);
    let got = ctx.driver().get_object(ObjectRef::new(&missing, &key), &GetOptions::new()).await;
    fails(got, ErrorKind::ContainerNotFound, "a read in a missing container")
}

async fn after_delete(ctx: &Ctx) -> Outcome {
    ctx.put("object", "x").await?;
    ctx.delete("object").await?;
    fails(ctx.get("object").await, ErrorKind::ObjectNotFound, "a read of a deleted object")
}

async fn prefix_is_no_object(ctx: &Ctx) -> Outcome {
    ctx.put("dir/sub/object", "x").await?;
    for key in ["dir", "dir/", "dir/sub", "dir/sub/", "/"] {
        fails(ctx.get(key).await, ErrorKind::ObjectNotFound, format!("a read of `{key}`"))?;
        fails(ctx.head(key).await, ErrorKind::ObjectNotFound, format!("a head of `{key}`"))?;
    }
    Ok(())
}

async fn dropped_body(ctx: &Ctx) -> Outcome {
    ctx.put("object", pattern(1, 3 << 20)).await?;
    let key = Key::parse("object")?;
    for pieces in 0..4 {
        let target = ObjectRef::new(ctx.container(), &key);
        let mut outcome = ctx.driver().get_object(target, &GetOptions::new()).await?;
        for _ in 0..pieces {
            drop(outcome.body.next().await);
        }
        drop(outcome);
    }
    ctx.put("object", "still works").await?;
    equal(&ctx.get("object").await?.bytes[..], b"still works", "the store after bodies that were dropped")
}
