//! How a listing goes from page to page.

use std::collections::BTreeSet;

use storage_core::ListQuery;

use crate::conformance::{Ctx, Outcome, cases, equal, that};

cases! {
    "list/pages" []: "Where to go on, from the page before." => pages;
    "list/pages_of_prefixes" []: "Keys that share a delimiter behind the prefix come once, as a prefix."
        => pages_of_prefixes;
    "list/prefix_across_a_border" []: "Keys that share a delimiter behind the prefix come once, as a prefix."
        => prefix_across_a_border;
    "list/limit" []: "At most this many entries; the store may give fewer." => limit;
    "list/odd_keys_across_borders" []: "Every key that was there throughout comes exactly once."
        => odd_keys_across_borders;
    "list/deletes_between_pages" []: "Every key that was there throughout comes exactly once."
        => deletes_between_pages;
    "list/writes_between_pages" []: "Every key that was there throughout comes exactly once." => writes_between_pages;
    "list/token_again" []: "Where to go on, from the page before." => token_again;
    "list/more_than_a_page" [bulk]: "Every key that was there throughout comes exactly once." => more_than_a_page;
}

const LIMITS: [u32; 4] = [1, 2, 3, 1000];

async fn pages(ctx: &Ctx) -> Outcome {
    let keys: Vec<String> = (0..10).map(|it| format!("key-{it}")).collect();
    ctx.fill(&keys).await?;
    for limit in LIMITS {
        equal(
            ctx.names_of(&ListQuery::new().limit(limit)).await?,
            &keys[..],
            format!("keys in pages of {limit}"),
        )?;
        let some = ctx.names_of(&ListQuery::new().prefix("key-").limit(limit)).await?;
        equal(some, &keys[..], format!("keys with a prefix in pages of {limit}"))?;
    }
    Ok(())
}

async fn pages_of_prefixes(ctx: &Ctx) -> Outcome {
    ctx.fill(["a/1", "a/2", "a/3", "b", "c/1", "c/2", "d/e/1", "d/f/2", "e"]).await?;
    for limit in LIMITS {
        let top = ctx.names_of(&ListQuery::new().delimiter("/").limit(limit)).await?;
        equal(top, ["a/", "b", "c/", "d/", "e"], format!("the top in pages of {limit}"))?;
        let below = ctx.names_of(&ListQuery::new().prefix("d/").delimiter("/").limit(limit)).await?;
        equal(below, ["d/e/", "d/f/"], format!("the level below `d/` in pages of {limit}"))?;
    }
    Ok(())
}

async fn prefix_across_a_border(ctx: &Ctx) -> Outcome {
    // More keys share one prefix than any page here holds, and a key follows that sorts right behind it.
    let mut keys: Vec<String> = (0..25).map(|it| format!("p/{it:02}")).collect();
    keys.extend(["o".to_owned(), "p0".to_owned(), "q/1".to_owned()]);
    ctx.fill(&keys).await?;
    for limit in [1u32, 2, 3, 4, 1000] {
        let got = ctx.names_of(&ListQuery::new().delimiter("/").limit(limit)).await?;
        equal(got, ["o", "p/", "p0", "q/"], format!("entries in pages of {limit}"))?;
    }
    Ok(())
}

async fn limit(ctx: &Ctx) -> Outcome {
    ctx.fill(["a", "b", "c/1", "c/2", "d"]).await?;
    for limit in LIMITS {
        for query in [ListQuery::new(), ListQuery::new().delimiter("/")] {
            let page = ctx.page(&query.limit(limit)).await?;
            that(
                page.items.len() <= limit as usize,
                format!("{} entries in a page of {limit}", page.items.len()),
            )?;
        }
    }
    Ok(())
}

async fn odd_keys_across_borders(ctx: &Ctx) -> Outcome {
    // The last key of a page often becomes the token of the next one, and is encoded there.
    let mut keys = vec![
        "a b",
        "a%20b",
        "a&b=c",
        "a+b",
        "a//b",
        "a/b",
        "a<b>",
        "a?b#c",
        "a\"b'",
        "a\\b",
        "\u{e9}",
        "\u{1f600}",
        ":",
        "@",
        "~",
        "a%",
        "a%2",
        "a%2F",
    ];
    keys.retain(|it| ctx.takes(it));
    ctx.fill(&keys).await?;
    keys.sort_unstable();
    for limit in LIMITS {
        equal(
            ctx.names_of(&ListQuery::new().limit(limit)).await?,
            &keys[..],
            format!("keys in pages of {limit}"),
        )?;
    }
    Ok(())
}

/// A listing whose pages are read one by one, with changes between them.
struct Walk<'a> {
    ctx: &'a Ctx,
    query: ListQuery,
    names: Vec<String>,
}

impl<'a> Walk<'a> {
    fn new(ctx: &'a Ctx, limit: u32) -> Self {
        Self { ctx, query: ListQuery::new().limit(limit), names: Vec::new() }
    }

    /// Reads a page; `false` behind the last one.
    async fn step(&mut self) -> storage_core::Result<bool> {
        let page = self.ctx.page(&self.query).await?;
        self.names.extend(page.items.iter().map(|it| it.name().as_str().to_owned()));
        self.query.page_token = page.next;
        Ok(self.query.page_token.is_some())
    }
}

fn once(names: &[String], want: impl IntoIterator<Item = String>) -> Outcome {
    let unique: BTreeSet<_> = names.iter().collect();
    equal(unique.len(), names.len(), "keys that came more than once make a difference")?;
    for key in want {
        that(unique.contains(&key), format!("`{key}` was there throughout and is listed"))?;
    }
    Ok(())
}

async fn deletes_between_pages(ctx: &Ctx) -> Outcome {
    let keys: Vec<String> = (0..20).map(|it| format!("key-{it:02}")).collect();
    ctx.fill(&keys).await?;
    let mut walk = Walk::new(ctx, 2);
    let mut page = 0;
    while walk.step().await? && page < 1_000 {
        // Both the last key of the page just read and one far ahead go away.
        ctx.delete(&format!("key-{:02}", (page * 2 + 1).min(19))).await?;
        ctx.delete("key-15").await?;
        page += 1;
    }
    once(&walk.names, (0..20).step_by(2).map(|it| format!("key-{it:02}")))
}

async fn writes_between_pages(ctx: &Ctx) -> Outcome {
    let keys: Vec<String> = (0..20).map(|it| format!("key-{it:02}")).collect();
    ctx.fill(&keys).await?;
    let mut walk = Walk::new(ctx, 3);
    let mut page = 0;
    while walk.step().await? && page < 1_000 {
        if page < 5 {
            ctx.fill([format!("a-{page}"), format!("key-{:02}x", page * 3), format!("z-{page}")]).await?;
        }
        page += 1;
    }
    once(&walk.names, keys)
}

async fn token_again(ctx: &Ctx) -> Outcome {
    ctx.fill(["a", "b", "c", "d"]).await?;
    let first = ctx.page(&ListQuery::new().limit(2u32)).await?;
    let Some(token) = first.next else { return that(!first.items.is_empty(), "the first page has entries") };
    let query = ListQuery::new().limit(2u32).page_token(token);
    let (one, two) = (ctx.page(&query).await?, ctx.page(&query).await?);
    equal(one.items, two.items, "the page of one token, asked for twice")
}

async fn more_than_a_page(ctx: &Ctx) -> Outcome {
    let keys: Vec<String> = (0..1_101).map(|it| format!("{}/key-{it:04}", it / 400)).collect();
    ctx.fill(&keys).await?;
    equal(ctx.keys().await?, keys, "more keys than a page of most services")?;
    let top = ctx.names_of(&ListQuery::new().delimiter("/")).await?;
    equal(top, ["0/", "1/", "2/"], "their prefixes")
}
