//! Who the store is and what it can do.

use std::sync::Arc;

use storage_core::ContainerName;

use crate::conformance::{Ctx, Outcome, cases, equal, that};

cases! {
    "provider/names_itself" []: "Says who the store is." => names_itself;
    "provider/allows_the_names_it_takes" []: "The rule for names of containers: the sentence it gives says what is wrong."
        => allows_the_names_it_takes;
    "provider/capabilities_are_sound" []:
        "Returns parameters and limits, asked of the service where it tells, and cached."
        => capabilities_are_sound;
    "provider/describes_itself" []:
        "Returns what is worth knowing of how the store is reached, such as the endpoint and where credentials come from, by names for people; it may look credentials up, and never tells a secret."
        => describes_itself;
    "provider/shares_between_tasks" []: "Methods are safe to call from many tasks at once." => shares_between_tasks;
}

async fn names_itself(ctx: &Ctx) -> Outcome {
    let info = ctx.driver().provider();
    that(
        !info.id.is_empty() && !info.title.is_empty() && !info.scheme.is_empty(),
        "id, title and scheme are given",
    )?;
    let lower = |text: &str| {
        text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || b"_+-.".contains(&c))
    };
    that(lower(info.scheme), format!("the scheme `{}` can start an address", info.scheme))
}

async fn allows_the_names_it_takes(ctx: &Ctx) -> Outcome {
    let rule = ctx.driver().provider().container_rule;
    equal(rule(ctx.container()), Ok(()), "the rule about a name that the store took")?;
    for name in ["", "a/b", "a\0b"] {
        that(
            rule(name).is_err_and(|it| !it.is_empty()),
            format!("the rule refuses {name:?} with a sentence"),
        )?;
    }
    Ok(())
}

async fn capabilities_are_sound(ctx: &Ctx) -> Outcome {
    for container in [None, Some(ctx.container())] {
        let first = ctx.driver().capabilities(container).await?;
        let again = ctx.driver().capabilities(container).await?;
        equal(format!("{first:?}"), format!("{again:?}"), "capabilities asked for twice")?;
        let rules = first.parts;
        that(first.max_key_bytes > 0 && first.max_put_bytes > 0, "keys and objects have room")?;
        that(first.max_put_bytes <= first.max_object_bytes, "a put is no larger than an object")?;
        that(rules.min_bytes <= rules.max_bytes && rules.max_parts > 0, "parts have room")?;
        that(rules.multiple_bytes > 0 && rules.multiple_bytes <= rules.max_bytes, "parts have a multiple")?;
    }
    Ok(())
}

async fn describes_itself(ctx: &Ctx) -> Outcome {
    let facts = ctx.driver().describe().await;
    let mut names: Vec<_> = facts.iter().map(|(name, _)| name.as_str()).collect();
    for (name, value) in &facts {
        let fits = |text: &str| !text.is_empty() && !text.chars().any(char::is_control);
        that(fits(name) && fits(value), format!("the fact `{name}` fits on a line"))?;
        let lower = name.to_ascii_lowercase();
        let secret = ["secret", "password", "token"].iter().any(|it| lower.contains(it));
        that(!secret, format!("the fact `{name}` is no secret"))?;
    }
    names.sort_unstable();
    names.dedup();
    equal(names.len(), facts.len(), "each fact has a name of its own")
}

async fn shares_between_tasks(ctx: &Ctx) -> Outcome {
    let storage = ctx.storage().shared_driver();
    let container = Arc::new(ctx.container().clone());
    let tasks: Vec<_> = (0..16)
        .map(|number| {
            let (ctx, driver, container) = (ctx.clone(), Arc::clone(&storage), Arc::clone(&container));
            tokio::spawn(async move {
                let key = format!("task-{number}");
                ctx.put(&key, key.clone()).await?;
                let name: &ContainerName = &container;
                driver.head_container(name).await?;
                let got = ctx.get(&key).await?;
                equal(&got.bytes[..], key.as_bytes(), "what the task wrote")
            })
        })
        .collect();
    for task in tasks {
        let ended = task.await;
        that(ended.is_ok(), "no task panics")?;
        ended.unwrap_or(Ok(()))?;
    }
    equal(ctx.keys().await?.len(), 16, "objects of 16 tasks")
}
