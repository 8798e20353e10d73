//! Containers: list, create, head, delete.

use storage_core::{
    ContainerName, ContainerQuery, CreateOptions, DeleteContainerOptions, ErrorKind, ListQuery, Result,
};

use crate::conformance::{Ctx, Outcome, cases, equal, fails, that};

cases! {
    "containers/list_by_name" []: "Lists containers by name." => list_by_name;
    "containers/pages" []: "A page token of one page gives the page behind it." => pages;
    "containers/prefix" []: "A prefix limits the names." => prefix;
    "containers/create" []: "Creates a container." => create;
    "containers/create_again" [reports_existing_container]:
        "One that exists is `ContainerAlreadyExists` where the store reports it." => create_again;
    "containers/create_again_loses_nothing" []:
        "One that exists is `ContainerAlreadyExists` where the store reports it." => create_again_loses_nothing;
    "containers/head" []: "Returns what is known of a container." => head;
    "containers/head_missing" []: "One that is missing is `ContainerNotFound`." => head_missing;
    "containers/delete_empty" []: "Deletes a container that is empty." => delete_empty;
    "containers/delete_full" []: "One with objects is `ContainerNotEmpty`, and nothing is lost." => delete_full;
    "containers/delete_missing" []: "One that is missing is `ContainerNotFound`." => delete_missing;
}

async fn names(ctx: &Ctx, query: &ContainerQuery) -> Result<Vec<String>> {
    let mut query = query.clone();
    let mut names = Vec::new();
    loop {
        let page = ctx.driver().list_containers(&query).await?;
        names.extend(page.items.iter().map(|it| it.name.as_str().to_owned()));
        match page.next {
            Some(next) if query.page_token.as_ref() != Some(&next) => query.page_token = Some(next),
            Some(_) => {
                return Err(storage_core::Error::new(ErrorKind::ListingLoop, "a page token came twice"));
            }
            None => return Ok(names),
        }
    }
}

async fn exists(ctx: &Ctx, name: &ContainerName) -> Result<bool> {
    match ctx.driver().head_container(name).await {
        Err(error) if error.kind() == ErrorKind::ContainerNotFound => Ok(false),
        other => other.map(|_| true),
    }
}

async fn list_by_name(ctx: &Ctx) -> Outcome {
    let mut made = vec![ctx.container().clone()];
    for _ in 0..3 {
        made.push(ctx.spare_container().await?);
    }
    let all = names(ctx, &ContainerQuery::new()).await?;
    for name in &made {
        equal(all.iter().filter(|it| it.as_str() == &**name).count(), 1, format!("entries for `{name}`"))?;
    }
    let mut sorted = all.clone();
    sorted.sort();
    equal(all, sorted, "the names in their order")
}

async fn pages(ctx: &Ctx) -> Outcome {
    let mut made = vec![ctx.container().as_str().to_owned()];
    for _ in 0..4 {
        made.push(ctx.spare_container().await?.as_str().to_owned());
    }
    for limit in [1u32, 2, 3, 1000] {
        // Other cases make and delete containers meanwhile, so only ours are looked at.
        let paged = names(ctx, &ContainerQuery::new().limit(limit)).await?;
        for name in &made {
            equal(paged.iter().filter(|it| *it == name).count(), 1, format!("`{name}` in pages of {limit}"))?;
        }
        let page = ctx.driver().list_containers(&ContainerQuery::new().limit(limit)).await?;
        that(page.items.len() <= limit as usize, format!("a page holds no more than {limit}"))?;
    }
    Ok(())
}

async fn prefix(ctx: &Ctx) -> Outcome {
    let other = ctx.spare_container().await?;
    let name = ctx.container().as_str();
    equal(
        names(ctx, &ContainerQuery::new().prefix(name)).await?,
        [name],
        "the names with our whole name as prefix",
    )?;
    let shared: String =
        name.chars().zip(other.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect();
    if !shared.is_empty() {
        let found = names(ctx, &ContainerQuery::new().prefix(shared.as_str())).await?;
        that(
            found.iter().any(|it| it == name) && found.iter().any(|it| *it == *other),
            "both names share the prefix",
        )?;
        that(found.iter().all(|it| it.starts_with(&shared)), "every name starts with the prefix")?;
    }
    let none = names(ctx, &ContainerQuery::new().prefix(format!("{name}-none"))).await?;
    equal(none, Vec::<String>::new(), "the names with a prefix that nobody has")
}

async fn create(ctx: &Ctx) -> Outcome {
    let name = ctx.spare_name()?;
    that(!exists(ctx, &name).await?, "it is not there before")?;
    ctx.driver().create_container(&name, &CreateOptions::new()).await?;
    that(exists(ctx, &name).await?, "it is there")?;
    let page = ctx.driver().list_objects(&name, &ListQuery::new()).await?;
    that(page.items.is_empty() && page.next.is_none(), "it is empty")
}

async fn create_again(ctx: &Ctx) -> Outcome {
    let again = ctx.driver().create_container(ctx.container(), &CreateOptions::new()).await;
    fails(again, ErrorKind::ContainerAlreadyExists, "creating a container that exists")
}

async fn create_again_loses_nothing(ctx: &Ctx) -> Outcome {
    ctx.put("keep", "me").await?;
    let again = ctx.driver().create_container(ctx.container(), &CreateOptions::new()).await;
    if again.is_err() {
        fails(again, ErrorKind::ContainerAlreadyExists, "creating a container that exists")?;
    }
    equal(&ctx.get("keep").await?.bytes[..], b"me", "the object in it")
}

async fn head(ctx: &Ctx) -> Outcome {
    let info = ctx.driver().head_container(ctx.container()).await?;
    equal(&info.name, ctx.container(), "the name")
}

async fn head_missing(ctx: &Ctx) -> Outcome {
    let missing = ctx.spare_name()?;
    fails(
        ctx.driver().head_container(&missing).await,
        ErrorKind::ContainerNotFound,
        "head of a missing container",
    )
}

async fn delete_empty(ctx: &Ctx) -> Outcome {
    let name = ctx.spare_container().await?;
    ctx.driver().delete_container(&name, &DeleteContainerOptions::new()).await?;
    that(!exists(ctx, &name).await?, "it is gone")?;
    let query = ContainerQuery::new().prefix(name.as_str());
    equal(names(ctx, &query).await?, Vec::<String>::new(), "the listing no longer shows it")?;
    that(exists(ctx, ctx.container()).await?, "its neighbour is still there")
}

async fn delete_full(ctx: &Ctx) -> Outcome {
    ctx.fill(["a", "b/c"]).await?;
    let refused = ctx.driver().delete_container(ctx.container(), &DeleteContainerOptions::new()).await;
    fails(refused, ErrorKind::ContainerNotEmpty, "deleting a container with objects")?;
    equal(ctx.keys().await?, ["a", "b/c"], "the objects in it")?;
    equal(&ctx.get("b/c").await?.bytes[..], b"b/c", "the content")
}

async fn delete_missing(ctx: &Ctx) -> Outcome {
    let missing = ctx.spare_name()?;
    let refused = ctx.driver().delete_container(&missing, &DeleteContainerOptions::new()).await;
    fails(refused, ErrorKind::ContainerNotFound, "deleting a missing container")
}
