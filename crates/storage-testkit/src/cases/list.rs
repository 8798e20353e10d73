//! What a listing shows.

use storage_core::{ErrorKind, ListEntry, ListQuery};

use crate::conformance::{Ctx, Outcome, cases, equal, fails, that};

cases! {
    "list/every_key_once" []: "Every key that was there throughout comes exactly once." => every_key_once;
    "list/empty_container" []: "Lists objects." => empty_container;
    "list/missing_container" []: "A missing container is `ContainerNotFound`." => missing_container;
    "list/entries_tell_the_truth" []: "What a listing tells of an object: cheap slices of the page."
        => entries_tell_the_truth;
    "list/prefix_is_raw" []: "A prefix is a raw string." => prefix_is_raw;
    "list/prefix_is_not_folded" []: "Only keys that start with this text; no folding, no added slash."
        => prefix_is_not_folded;
    "list/delimiter" []: "Keys that share a delimiter behind the prefix come once, as a prefix." => delimiter;
    "list/delimiter_and_prefix" []: "Keys that share a delimiter behind the prefix come once, as a prefix."
        => delimiter_and_prefix;
    "list/delimiter_with_odd_slashes" []: "Keys that share a delimiter behind the prefix come once, as a prefix."
        => delimiter_with_odd_slashes;
    "list/other_delimiters" [any_delimiter]:
        "Keys that share a delimiter behind the prefix come once, as a prefix." => other_delimiters;
    "list/byte_order" [ordered_listing]: "Listings come in the byte order of the UTF-8 keys." => byte_order;
    "list/prefixes_in_order" [ordered_listing]: "Listings come in the byte order of the UTF-8 keys."
        => prefixes_in_order;
    "list/start_after" [start_after]: "Only keys behind this one in byte order." => start_after;
    "list/start_after_and_prefix" [start_after]: "Only keys behind this one in byte order." => start_after_and_prefix;
    "list/start_after_and_delimiter" [start_after]: "Only keys behind this one in byte order."
        => start_after_and_delimiter;
    "list/follows_writes" []: "Every key that was there throughout comes exactly once." => follows_writes;
}

/// Lists with a query and writes prefixes with a mark.
async fn shown(ctx: &Ctx, query: &ListQuery) -> storage_core::Result<Vec<String>> {
    let entries = ctx.list(query).await?;
    let mut lines: Vec<_> = entries
        .iter()
        .map(|it| match it {
            ListEntry::Object(it) => it.key.as_str().to_owned(),
            ListEntry::Prefix(it) => format!("{} (prefix)", it.as_str()),
        })
        .collect();
    if !ctx.capabilities().ordered_listing {
        lines.sort();
    }
    Ok(lines)
}

async fn every_key_once(ctx: &Ctx) -> Outcome {
    let mut keys: Vec<String> = (0..40).map(|it| format!("{}/{}/{it}", it % 3, it % 7)).collect();
    ctx.fill(&keys).await?;
    keys.sort();
    equal(ctx.keys().await?, keys, "the keys")
}

async fn empty_container(ctx: &Ctx) -> Outcome {
    for query in [ListQuery::new(), ListQuery::new().prefix("x"), ListQuery::new().delimiter("/").limit(1u32)]
    {
        let page = ctx.page(&query).await?;
        that(page.items.is_empty() && page.next.is_none(), "an empty container gives one empty page")?;
    }
    Ok(())
}

async fn missing_container(ctx: &Ctx) -> Outcome {
    let missing = ctx.spare_name()?;
    for query in [ListQuery::new(), ListQuery::new().prefix("a/b").delimiter("/")] {
        let listed = ctx.driver().list_objects(&missing, &query).await;
        fails(listed, ErrorKind::ContainerNotFound, "a listing of a missing container")?;
    }
    Ok(())
}

async fn entries_tell_the_truth(ctx: &Ctx) -> Outcome {
    for (key, size) in [("empty", 0), ("one", 1), ("dir/more", 12_345)] {
        ctx.put(key, vec![7; size]).await?;
    }
    let entries = ctx.list(&ListQuery::new()).await?;
    equal(entries.len(), 3, "the number of entries")?;
    for entry in entries.into_iter().filter_map(ListEntry::object) {
        let head = ctx.head(&entry.key).await?;
        equal(entry.size, head.size, format!("the size of `{}`", entry.key))?;
        if let (Some(listed), Some(known)) = (&entry.etag, &head.etag) {
            equal(listed, known, format!("the entity tag of `{}`", entry.key))?;
        }
        if let (Some(listed), Some(known)) = (entry.last_modified, head.last_modified) {
            that(
                (listed - known).abs() < time::Duration::seconds(1),
                "the time of the last change is the same",
            )?;
        }
    }
    Ok(())
}

async fn prefix_is_raw(ctx: &Ctx) -> Outcome {
    ctx.fill(["a", "a/", "a/1", "a/2/x", "ab", "abc/d", "b"]).await?;
    let table: [(&str, &[&str]); 9] = [
        ("a", &["a", "a/", "a/1", "a/2/x", "ab", "abc/d"]),
        ("a/", &["a/", "a/1", "a/2/x"]),
        ("ab", &["ab", "abc/d"]),
        ("abc", &["abc/d"]),
        ("a/2", &["a/2/x"]),
        ("a/2/x", &["a/2/x"]),
        ("a/2/x/", &[]),
        ("", &["a", "a/", "a/1", "a/2/x", "ab", "abc/d", "b"]),
        ("c", &[]),
    ];
    for (prefix, want) in table {
        let want: Vec<_> = want.iter().copied().filter(|it| ctx.takes(it)).collect();
        equal(
            ctx.names_of(&ListQuery::new().prefix(prefix)).await?,
            &want[..],
            format!("keys with the prefix `{prefix}`"),
        )?;
    }
    Ok(())
}

async fn prefix_is_not_folded(ctx: &Ctx) -> Outcome {
    let keys = ["/a", "//a", "./a", "A", "a%2Fb", "a+b", "a\\b", "\u{e9}1", "e\u{301}2"];
    ctx.fill(keys.into_iter().filter(|it| ctx.takes(it))).await?;
    let table: [(&str, &[&str]); 9] = [
        ("/", &["//a", "/a"]),
        ("//", &["//a"]),
        ("./", &["./a"]),
        ("a", &["a%2Fb", "a+b", "a\\b"]),
        ("A", &["A"]),
        ("a%2F", &["a%2Fb"]),
        ("a\\", &["a\\b"]),
        ("\u{e9}", &["\u{e9}1"]),
        ("e\u{301}", &["e\u{301}2"]),
    ];
    for (prefix, want) in table {
        let want: Vec<_> = want.iter().copied().filter(|it| ctx.takes(it)).collect();
        equal(
            ctx.names_of(&ListQuery::new().prefix(prefix)).await?,
            &want[..],
            format!("keys with the prefix `{prefix}`"),
        )?;
    }
    Ok(())
}

async fn delimiter(ctx: &Ctx) -> Outcome {
    ctx.fill(["a/1", "a/2", "b", "c/d/1", "c/d/2", "c/e"]).await?;
    let top = shown(ctx, &ListQuery::new().delimiter("/")).await?;
    equal(top, ["a/ (prefix)", "b", "c/ (prefix)"], "the top")
}

async fn delimiter_and_prefix(ctx: &Ctx) -> Outcome {
    ctx.fill(["a", "a/", "a/1", "a/2/x", "a/2/y", "a/3/", "ab/c", "b"]).await?;
    let table: [(&str, &[&str]); 6] = [
        ("", &["a", "a/ (prefix)", "ab/ (prefix)", "b"]),
        ("a", &["a", "a/ (prefix)", "ab/ (prefix)"]),
        ("a/", &["a/", "a/1", "a/2/ (prefix)", "a/3/ (prefix)"]),
        ("a/2", &["a/2/ (prefix)"]),
        ("a/2/", &["a/2/x", "a/2/y"]),
        ("a/3/", &["a/3/"]),
    ];
    for (prefix, want) in table {
        let got = shown(ctx, &ListQuery::new().prefix(prefix).delimiter("/")).await?;
        equal(got, want, format!("the level below `{prefix}`"))?;
    }
    Ok(())
}

async fn delimiter_with_odd_slashes(ctx: &Ctx) -> Outcome {
    ctx.fill(["/x", "//y", "a//b", "a//c/d", "a/b"]).await?;
    let table: [(&str, &[&str]); 5] = [
        ("", &["/ (prefix)", "a/ (prefix)"]),
        ("/", &["// (prefix)", "/x"]),
        ("//", &["//y"]),
        ("a/", &["a// (prefix)", "a/b"]),
        ("a//", &["a//b", "a//c/ (prefix)"]),
    ];
    for (prefix, want) in table {
        let got = shown(ctx, &ListQuery::new().prefix(prefix).delimiter("/")).await?;
        equal(got, want, format!("the level below `{prefix}`"))?;
    }
    Ok(())
}

async fn other_delimiters(ctx: &Ctx) -> Outcome {
    ctx.fill(["2026-01-05", "2026-01-06", "2026-02-01", "2027", "a/b-c", "x--y", "x--z"]).await?;
    let years = shown(ctx, &ListQuery::new().delimiter("-")).await?;
    equal(years, ["2026- (prefix)", "2027", "a/b- (prefix)", "x- (prefix)"], "shared up to `-`")?;
    let months = shown(ctx, &ListQuery::new().prefix("2026-").delimiter("-")).await?;
    equal(months, ["2026-01- (prefix)", "2026-02- (prefix)"], "shared up to `-` below `2026-`")?;
    let double = shown(ctx, &ListQuery::new().prefix("x").delimiter("--")).await?;
    equal(double, ["x-- (prefix)"], "shared up to `--`")
}

async fn byte_order(ctx: &Ctx) -> Outcome {
    // UTF-16 would put U+FF5E behind U+1F600, and a walk of directories `a/b` before `a.b`.
    let keys = [
        "0",
        "A",
        "Z",
        "a",
        "a b",
        "a!",
        "a-",
        "a.b",
        "a/b",
        "a/b/c",
        "a/c",
        "a0",
        "ab",
        "z",
        "\u{e9}",
        "\u{ff5e}",
        "\u{1f600}",
    ];
    ctx.fill(keys.iter().rev()).await?;
    let listed = ctx.list(&ListQuery::new()).await?;
    let got: Vec<_> = listed.iter().map(|it| it.name().as_str()).collect();
    equal(got, keys, "the order")
}

async fn prefixes_in_order(ctx: &Ctx) -> Outcome {
    ctx.fill(["a", "a-", "a.txt", "a/1", "a/2", "a0", "b/1", "b-"]).await?;
    let got = shown(ctx, &ListQuery::new().delimiter("/")).await?;
    equal(
        got,
        ["a", "a-", "a.txt", "a/ (prefix)", "a0", "b-", "b/ (prefix)"],
        "objects and prefixes in one order",
    )
}

async fn start_after(ctx: &Ctx) -> Outcome {
    let keys = ["a", "a/", "a/b", "a0", "b", "\u{e9}"];
    ctx.fill(keys).await?;
    for (at, key) in keys.iter().enumerate() {
        let got = ctx.names_of(&ListQuery::new().start_after(*key)).await?;
        equal(got, &keys[at + 1..], format!("keys behind `{key}`"))?;
    }
    equal(
        ctx.names_of(&ListQuery::new().start_after("a/a")).await?,
        &keys[2..],
        "keys behind one that is not there",
    )?;
    equal(ctx.names_of(&ListQuery::new().start_after("\u{10ffff}")).await?.len(), 0, "keys behind all")
}

async fn start_after_and_prefix(ctx: &Ctx) -> Outcome {
    ctx.fill(["a/1", "a/2", "a/3", "b/1"]).await?;
    let table: [(&str, &[&str]); 4] =
        [("a/1", &["a/2", "a/3"]), ("a", &["a/1", "a/2", "a/3"]), ("a/3", &[]), ("b", &[])];
    for (after, want) in table {
        let got = ctx.names_of(&ListQuery::new().prefix("a/").start_after(after)).await?;
        equal(got, want, format!("keys below `a/` behind `{after}`"))?;
    }
    Ok(())
}

async fn start_after_and_delimiter(ctx: &Ctx) -> Outcome {
    ctx.fill(["a/1", "a/2", "b", "c/1", "d"]).await?;
    // `a/2` is behind `a/1`, so stores may show its prefix again; nothing before it may come.
    let got = shown(ctx, &ListQuery::new().delimiter("/").start_after("b")).await?;
    equal(got, ["c/ (prefix)", "d"], "what comes behind `b`")?;
    let got = shown(ctx, &ListQuery::new().delimiter("/").start_after("a/9")).await?;
    equal(got, ["b", "c/ (prefix)", "d"], "what comes behind `a/9`")
}

async fn follows_writes(ctx: &Ctx) -> Outcome {
    for round in 0..3 {
        let key = format!("key-{round}");
        ctx.put(&key, "x").await?;
        that(ctx.keys().await?.contains(&key), "a key is listed as soon as it is written")?;
        ctx.delete(&key).await?;
        that(!ctx.keys().await?.contains(&key), "a key is not listed once it is deleted")?;
    }
    Ok(())
}
