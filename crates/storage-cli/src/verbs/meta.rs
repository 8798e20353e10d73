//! `storage meta`: the metadata of an object or a container, changed in place.

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use storage::groups::MetadataUpdate;
use storage::{ErrorKind, Metadata};

use crate::arguments::parse_pair;
use crate::context::Context;
use crate::exit::{Failure, Result};
use crate::location::{Location, Place};
use crate::output::count;

/// Shows and changes metadata without sending the content again.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Prints the metadata.
    Get {
        /// The object or container.
        location: String,
    },
    /// Replaces all metadata by these entries.
    Set(Box<Set>),
    /// Removes these entries, or all.
    Rm {
        /// The object or container.
        location: String,
        /// The names of the entries.
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
}

#[derive(Args)]
struct Set {
    /// The object or container.
    location: String,
    /// The entries; without any, only the flags change something.
    #[arg(value_name = "NAME=VALUE", value_parser = parse_pair)]
    entries: Vec<(String, String)>,
    /// Leaves alone the entries that are not named.
    #[arg(long)]
    merge: bool,
    /// Changes only if the object still has this entity tag.
    #[arg(long, value_name = "ETAG")]
    if_match: Option<String>,
    #[command(flatten)]
    headers: Headers,
}

/// Content headers, which stay as they are unless given.
#[derive(Args, Default)]
struct Headers {
    /// The media type.
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// How the content is encoded, such as gzip.
    #[arg(long, value_name = "CODING")]
    content_encoding: Option<String>,
    /// What a browser shall do with it, such as attachment.
    #[arg(long, value_name = "WORDS")]
    content_disposition: Option<String>,
    /// The language of the content.
    #[arg(long, value_name = "LANGUAGE")]
    content_language: Option<String>,
    /// How caches may keep it.
    #[arg(long, value_name = "WORDS")]
    cache_control: Option<String>,
}

/// How the metadata changes.
enum Change {
    Replace(Vec<(String, String)>),
    Merge(Vec<(String, String)>),
    Remove(Vec<String>),
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    match arguments.what {
        What::Get { location } => {
            let place = place(&location, context)?;
            let metadata = match place.key.is_empty() {
                true => place.container()?.info().await?.metadata,
                false => place.object()?.head().await?.metadata,
            };
            show(&place, &metadata, context)
        }
        What::Set(set) => self::set(*set, context).await,
        What::Rm { location, names } => {
            let change = match names.is_empty() {
                true => Change::Replace(Vec::new()),
                false => Change::Remove(names),
            };
            apply(&place(&location, context)?, change, MetadataUpdate::default(), context).await
        }
    }
}

fn place(word: &str, context: &Context) -> Result<Place> {
    Location::parse(word, context)?.store("what has metadata")
}

async fn set(set: Set, context: &Context) -> Result<()> {
    let Set { location, entries, merge, if_match, headers } = set;
    let place = place(&location, context)?;
    let Headers { content_type, content_encoding, content_disposition, content_language, cache_control } =
        headers;
    let mut update = MetadataUpdate::default();
    update.content_type = content_type;
    update.content_encoding = content_encoding;
    update.content_disposition = content_disposition;
    update.content_language = content_language;
    update.cache_control = cache_control;
    update.if_match = if_match.map(|it| it.as_str().into());
    if entries.is_empty() && !has_headers(&update) {
        let hint = "to remove all metadata use `storage meta rm`";
        return Err(Failure::usage("there is nothing to set; write `name=value`").with_hint(hint));
    }
    // Whoever sets a header and no entry does not mean to lose the entries.
    let change = if merge || entries.is_empty() { Change::Merge(entries) } else { Change::Replace(entries) };
    apply(&place, change, update, context).await
}

fn has_headers(update: &MetadataUpdate) -> bool {
    let headers = [
        &update.content_type,
        &update.content_encoding,
        &update.content_disposition,
        &update.content_language,
        &update.cache_control,
    ];
    headers.iter().any(|it| it.is_some())
}

async fn apply(place: &Place, change: Change, mut update: MetadataUpdate, context: &Context) -> Result<()> {
    if !place.key.is_empty() {
        let object = place.object()?;
        let (metadata, read) = match change {
            Change::Replace(entries) => (entries.into_iter().collect(), None),
            change => {
                let info = object.head().await?;
                (changed(info.metadata, change), info.etag)
            }
        };
        update.metadata = metadata;
        let guarded = update.if_match.is_none() && read.is_some();
        if guarded {
            // What was read and what is changed should be one and the same object.
            update.if_match = read;
        }
        match object.update_metadata(update.clone()).await {
            Err(error) if guarded && error.kind() == ErrorKind::Unsupported => {
                update.if_match = None;
                object.update_metadata(update.clone()).await?;
            }
            done => done?,
        }
        return done(place, &update.metadata, context);
    }
    if has_headers(&update) || update.if_match.is_some() {
        return Err(Failure::usage(format!(
            "`{}` is a container, which has entries of metadata and nothing else",
            storage::Escaped(&place.shown())
        )));
    }
    let container = place.container()?;
    let metadata = match change {
        Change::Replace(entries) => entries.into_iter().collect(),
        change => changed(container.info().await?.metadata, change),
    };
    container.update_metadata(&metadata).await?;
    done(place, &metadata, context)
}

fn changed(mut metadata: Metadata, change: Change) -> Metadata {
    match change {
        Change::Replace(entries) => return entries.into_iter().collect(),
        Change::Merge(entries) => entries.into_iter().for_each(|(name, value)| metadata.insert(name, value)),
        Change::Remove(names) => names.iter().for_each(|name| drop(metadata.remove(name))),
    }
    metadata
}

fn show(place: &Place, metadata: &Metadata, context: &Context) -> Result<()> {
    if context.output.json {
        let entries: Map<String, Value> =
            metadata.iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        let value = json!({ "type": "metadata", "location": place.shown(), "metadata": entries });
        return context.output.result(value, String::new);
    }
    metadata.iter().try_for_each(|(name, value)| context.output.result((), || format!("{name}={value}")))
}

/// What has become of the metadata is a result for machines; people read that it is done.
fn done(place: &Place, metadata: &Metadata, context: &Context) -> Result<()> {
    if context.output.json {
        return show(place, metadata, context);
    }
    let entries = count(metadata.len() as u64, "entry", "entries");
    context.note(&format!("{} has {entries} of metadata now", storage::Escaped(&place.shown())));
    Ok(())
}
