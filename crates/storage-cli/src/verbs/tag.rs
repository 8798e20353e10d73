//! `storage tag`: the tags of an object.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use serde_json::json;
use storage::Object;

use crate::arguments::parse_pair;
use crate::context::Context;
use crate::exit::Result;
use crate::location::{Location, shown};

/// Shows and changes the tags of an object.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Prints the tags.
    Get {
        /// The object.
        location: String,
    },
    /// Replaces all tags by these.
    Set {
        /// The object.
        location: String,
        /// The tags.
        #[arg(required = true, value_name = "NAME=VALUE", value_parser = parse_pair)]
        tags: Vec<(String, String)>,
        /// Leaves alone the tags that are not named.
        #[arg(long)]
        merge: bool,
    },
    /// Removes these tags, or all.
    Rm {
        /// The object.
        location: String,
        /// The names of the tags.
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    match arguments.what {
        What::Get { location } => {
            let object = object(&location, context)?;
            show(&location, &object.tags().await?, context)
        }
        What::Set { location, tags, merge } => {
            let object = object(&location, context)?;
            let mut all = if merge { object.tags().await? } else { BTreeMap::new() };
            all.extend(tags);
            object.set_tags(&all).await?;
            done(&location, &all, context)
        }
        What::Rm { location, names } => {
            let object = object(&location, context)?;
            let mut all = if names.is_empty() { BTreeMap::new() } else { object.tags().await? };
            all.retain(|name, _| !names.contains(name));
            object.set_tags(&all).await?;
            done(&location, &all, context)
        }
    }
}

fn object(word: &str, context: &Context) -> Result<Object> {
    Location::parse(word, context)?.store("what has tags")?.object()
}

fn show(word: &str, tags: &BTreeMap<String, String>, context: &Context) -> Result<()> {
    if context.output.json {
        return context
            .output
            .result(json!({ "type": "tags", "location": shown(word), "tags": tags }), String::new);
    }
    tags.iter().try_for_each(|(name, value)| context.output.result((), || format!("{name}={value}")))
}

/// What has become of the tags is a result for machines; people read that it is done.
fn done(word: &str, tags: &BTreeMap<String, String>, context: &Context) -> Result<()> {
    if context.output.json {
        return show(word, tags, context);
    }
    let count = crate::output::count(tags.len() as u64, "tag", "tags");
    context.note(&format!("{} has {count} now", storage::Escaped(shown(word))));
    Ok(())
}
