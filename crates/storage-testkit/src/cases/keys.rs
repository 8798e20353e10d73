//! Keys of any shape, addressed exactly.

use std::collections::BTreeSet;

use storage_core::{ErrorKind, Key, ListQuery};

use crate::conformance::{Ctx, Outcome, cases, equal, fails, that};

cases! {
    "keys/slashes" []: "The key of an object: opaque UTF-8 text, used exactly as given." => slashes;
    "keys/dots" []: "The key of an object: opaque UTF-8 text, used exactly as given." => dots;
    "keys/percent" []: "The key of an object: opaque UTF-8 text, used exactly as given." => percent;
    "keys/reserved_in_addresses" []: "The key of an object: opaque UTF-8 text, used exactly as given."
        => reserved_in_addresses;
    "keys/quotes_and_backslashes" []: "The key of an object: opaque UTF-8 text, used exactly as given."
        => quotes_and_backslashes;
    "keys/blanks" []: "The key of an object: opaque UTF-8 text, used exactly as given." => blanks;
    "keys/unicode" []: "Nothing is folded: `a//b`, `/x`, `x/`, `.`, `..` and the composed and decomposed forms of a letter are keys of their own."
        => unicode;
    "keys/noncharacters" []: "The key of an object: opaque UTF-8 text, used exactly as given." => noncharacters;
    "keys/case" []: "Nothing is folded: `a//b`, `/x`, `x/`, `.`, `..` and the composed and decomposed forms of a letter are keys of their own."
        => case;
    "keys/reserved_by_systems" []: "The key of an object: opaque UTF-8 text, used exactly as given."
        => reserved_by_systems;
    "keys/control_characters" []: "The key of an object: opaque UTF-8 text, used exactly as given."
        => control_characters;
    "keys/line_breaks" [key_line_breaks]: "Keys may hold carriage returns and line feeds." => line_breaks;
    "keys/object_and_prefix" []: "The key of an object: opaque UTF-8 text, used exactly as given." => object_and_prefix;
    "keys/long_segments" []: "The key of an object: opaque UTF-8 text, used exactly as given." => long_segments;
    "keys/longest" []: "The longest key in bytes." => longest;
    "keys/markup" []: "The key of an object: opaque UTF-8 text, used exactly as given." => markup;
    "keys/odd_ones_hide_nothing" []: "Every key that was there throughout comes exactly once." => odd_ones_hide_nothing;
}

const SLASHES: &[&str] = &["a//b", "a///b", "/x", "//x", "x/", "x//", "/", "//", "/x/", "a/b/", "a/b", "x"];
const DOTS: &[&str] = &[
    ".", "..", "./x", "../x", "../../x", "x/.", "x/..", "a/./b", "a/../b", "...", "/..", "/../x", ".x", "x.",
    "b", "a/b",
];
const PERCENT: &[&str] =
    &["%2F", "a%2Fb", "a/b", "%", "%%", "%2", "a%20b", "a b", "%00", "%zz", "%25", "100%", "%E9"];
const RESERVED: &[&str] = &[
    "a+b",
    "a b",
    "?",
    "a?b=c",
    "#",
    "a#b",
    "&",
    "a&b",
    "=",
    "a=b",
    ";",
    ",",
    ":",
    "@",
    "!",
    "$",
    "(a)",
    "[a]",
    "{a}",
    "*",
    "~",
    "^",
    "|",
    "`",
    "<",
    ">",
    "?versionId=1",
    "key?uploads",
];
const QUOTES: &[&str] =
    &["'", "\"", "a'b\"c", "\\", "a\\b", "a/b", "C:\\x", "\\\\server\\share", "''", "\"quoted\""];
const BLANKS: &[&str] = &[" ", "  ", " a", "a ", " a ", "a  b", "a/ /b", "\u{a0}", "\u{3000}", "a", "a b"];
const UNICODE: &[&str] = &[
    "\u{e9}",
    "e\u{301}",
    "\u{1f600}",
    "\u{1f468}\u{200d}\u{1f469}",
    "日本語",
    "\u{df}",
    "ss",
    "\u{fb01}",
    "fi",
    "\u{202e}abc",
    "\u{feff}x",
    "x",
    "e",
];
const LAST: &[&str] = &["\u{fffd}", "\u{ffff}", "\u{fdd0}", "\u{10ffff}", "a\u{10fffe}b", "\u{e000}"];
const SYSTEMS: &[&str] = &[
    "CON",
    "nul",
    "aux.txt",
    "COM1",
    "x:stream",
    "-rf",
    "--",
    "~",
    "~root",
    "$HOME",
    ".git",
    ".tmp",
    "Thumbs.db",
    "x.partial",
];
const MARKUP: &[&str] =
    &["<Key>", "&amp;", "&#x1;", "]]>", "<!--", "{\"a\":1}", "a&lt;b", "\u{2028}", "=?utf-8?q?x?="];

/// Takes every key through each call and checks that no other key is touched.
async fn exact(ctx: &Ctx, keys: &[&str]) -> Outcome {
    let (keys, refused): (Vec<&str>, Vec<&str>) = keys.iter().partition(|key| ctx.takes(key));
    for key in refused {
        fails(
            ctx.object(key)?.put("x").await,
            ErrorKind::InvalidInput,
            format!("a put of {key:?}, which the store would keep under another key"),
        )?;
    }
    let keys = &keys[..];
    for key in keys {
        ctx.put(key, (*key).to_owned()).await?;
    }
    let mut all = keys.to_vec();
    all.sort_unstable();
    equal(ctx.keys().await?, &all[..], "the keys in the listing")?;
    for key in keys {
        let got = ctx.get(key).await?;
        equal(std::str::from_utf8(&got.bytes), Ok(*key), format!("the content of {key:?}"))?;
        equal(got.info.key.as_str(), *key, "the key that the read reports")?;
        let info = ctx.head(key).await?;
        equal(
            (info.key.as_str(), info.size),
            (*key, key.len() as u64),
            "the key and size that the head reports",
        )?;
        let below = ctx.names_of(&ListQuery::new().prefix(*key)).await?;
        let want: Vec<_> = all.iter().filter(|it| it.starts_with(key)).copied().collect();
        equal(below, want, format!("the keys with the prefix {key:?}"))?;
    }
    copies(ctx, keys).await?;
    deletes(ctx, all).await
}

async fn copies(ctx: &Ctx, keys: &[&str]) -> Outcome {
    if !ctx.capabilities().server_copy {
        return Ok(());
    }
    for key in keys {
        ctx.copy(key, "copy-of-it").await?;
        equal(&ctx.get("copy-of-it").await?.bytes[..], key.as_bytes(), format!("the copy of {key:?}"))?;
        ctx.copy("copy-of-it", key).await?;
        equal(&ctx.get(key).await?.bytes[..], key.as_bytes(), format!("{key:?} copied back"))?;
    }
    Ok(ctx.delete("copy-of-it").await?)
}

async fn deletes(ctx: &Ctx, mut left: Vec<&str>) -> Outcome {
    while let Some(key) = left.pop() {
        ctx.delete(key).await?;
        fails(
            ctx.head(key).await,
            storage_core::ErrorKind::ObjectNotFound,
            format!("the head of {key:?}, deleted"),
        )?;
        equal(ctx.keys().await?, &left[..], format!("what is left after the delete of {key:?}"))?;
    }
    Ok(())
}

async fn slashes(ctx: &Ctx) -> Outcome {
    exact(ctx, SLASHES).await
}

async fn dots(ctx: &Ctx) -> Outcome {
    exact(ctx, DOTS).await
}

async fn percent(ctx: &Ctx) -> Outcome {
    exact(ctx, PERCENT).await
}

async fn reserved_in_addresses(ctx: &Ctx) -> Outcome {
    exact(ctx, RESERVED).await
}

async fn quotes_and_backslashes(ctx: &Ctx) -> Outcome {
    exact(ctx, QUOTES).await
}

async fn blanks(ctx: &Ctx) -> Outcome {
    exact(ctx, BLANKS).await
}

async fn unicode(ctx: &Ctx) -> Outcome {
    exact(ctx, UNICODE).await
}

async fn noncharacters(ctx: &Ctx) -> Outcome {
    exact(ctx, LAST).await
}

async fn case(ctx: &Ctx) -> Outcome {
    exact(ctx, &["key", "Key", "KEY", "dir/x", "Dir/x", "\u{130}", "\u{131}", "i", "I"]).await
}

async fn reserved_by_systems(ctx: &Ctx) -> Outcome {
    exact(ctx, SYSTEMS).await
}

async fn markup(ctx: &Ctx) -> Outcome {
    exact(ctx, MARKUP).await
}

async fn control_characters(ctx: &Ctx) -> Outcome {
    let keys: Vec<String> = ('\u{1}'..='\u{1f}')
        .chain(['\u{7f}', '\u{85}'])
        .filter(|c| !"\r\n".contains(*c))
        .map(|c| format!("a{c}b"))
        .collect();
    exact(ctx, &keys.iter().map(String::as_str).collect::<Vec<_>>()).await
}

async fn line_breaks(ctx: &Ctx) -> Outcome {
    exact(ctx, &["a\nb", "a\rb", "a\r\nb", "\n", "a/\n/b", "a\n", "\r", "a b"]).await
}

async fn object_and_prefix(ctx: &Ctx) -> Outcome {
    exact(ctx, &["a", "a/", "a/b", "a/b/", "a/b/c", "a/b/c/d"]).await?;
    // The other way round, so that the prefix is there before the object.
    ctx.fill(["p/q/r"]).await?;
    ctx.fill(["p/q"]).await?;
    ctx.fill(["p"]).await?;
    ctx.delete("p/q").await?;
    equal(ctx.keys().await?, ["p", "p/q/r"], "what is left after the delete of the middle")
}

async fn long_segments(ctx: &Ctx) -> Outcome {
    let most = ctx.capabilities().max_key_bytes;
    let long = [
        "s".repeat(255),
        "s".repeat(256),
        "s".repeat(600),
        format!("{}t", "s".repeat(599)),
        "%".repeat(255),
        "日".repeat(90),
        format!("{}/{}", "d".repeat(300), "f".repeat(300)),
        format!("{}/{}", "d".repeat(300), "g".repeat(300)),
        vec!["d"; 200].join("/"),
    ];
    let keys: Vec<_> = long.iter().map(String::as_str).filter(|it| it.len() <= most).collect();
    exact(ctx, &keys).await
}

async fn longest(ctx: &Ctx) -> Outcome {
    let most = ctx.capabilities().max_key_bytes.min(ctx.capabilities().max_key_units).min(65_536);
    let keys = [
        "k".repeat(most),
        format!("{}l", "k".repeat(most - 1)),
        "\u{e9}".repeat(most / 2),
        "/".repeat(most),
        "ab/".repeat(most / 3),
    ];
    exact(ctx, &keys.iter().map(String::as_str).collect::<Vec<_>>()).await
}

async fn odd_ones_hide_nothing(ctx: &Ctx) -> Outcome {
    let odd = [SLASHES, DOTS, PERCENT, RESERVED, QUOTES, BLANKS, UNICODE, LAST, SYSTEMS, MARKUP].concat();
    let mut keys = BTreeSet::from(["plain", "plain/key", "zzz"]);
    ctx.fill(&keys).await?;
    for key in odd {
        // A key that the store refuses fails its own case; here it must not hide the others either.
        if ctx.put(key, key.to_owned()).await.is_ok() {
            keys.insert(key);
        }
    }
    let want: Vec<_> = keys.iter().copied().collect();
    for query in [ListQuery::new(), ListQuery::new().limit(7u32)] {
        equal(ctx.names_of(&query).await?, &want[..], "all keys, odd and plain")?;
    }
    let mut below = BTreeSet::new();
    let mut queue = vec![String::new()];
    // Walking level by level finds the same keys, whatever the levels are called.
    while let Some(prefix) = queue.pop() {
        for entry in ctx.list(&ListQuery::new().prefix(prefix.as_str()).delimiter("/")).await? {
            match entry {
                storage_core::ListEntry::Prefix(next) => {
                    that(
                        next.len() > prefix.len(),
                        format!("the prefix {next:?} is longer than {prefix:?}"),
                    )?;
                    queue.push(next.as_str().to_owned());
                }
                storage_core::ListEntry::Object(it) => {
                    below.insert(it.key);
                }
            }
        }
    }
    equal(below.iter().map(Key::as_str).collect::<Vec<_>>(), want, "all keys, found level by level")
}
