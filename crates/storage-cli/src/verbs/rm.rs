//! `storage rm`: deletes objects and files.

use clap::Args;
use futures_util::StreamExt as _;
use serde_json::json;
use storage::{Escaped, ListEntry, groups::DeleteTarget};
use storage_transfer::Filter;

use super::unreadable;
use crate::confirm::confirm;
use crate::context::Context;
use crate::exit::{Exit, Failure, Result};
use crate::location::{Location, Place};
use crate::output::count;
use crate::transfer::FilterFlags;

/// Deletes objects and files.
#[derive(Args)]
pub(crate) struct Arguments {
    /// What to delete.
    #[arg(required = true, value_name = "LOCATION")]
    locations: Vec<String>,
    /// Deletes all that is below.
    #[arg(long, short)]
    recursive: bool,
    /// Does not ask before a whole container or directory is emptied.
    #[arg(long, short)]
    yes: bool,
    /// Prints what would be deleted as JSON lines and does nothing.
    #[arg(long, short = 'n')]
    dry_run: bool,
    #[command(flatten)]
    filter: FilterFlags,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    let filter = arguments.filter.filter()?;
    let mut failed = false;
    for word in &arguments.locations {
        match Location::parse(word, context)? {
            Location::Stdio => return Err(Failure::usage("`-` can't be deleted")),
            Location::Files(path) => files(&path, &arguments, context)?,
            Location::Store(place) if arguments.recursive => {
                failed |= below(&place, &filter, &arguments, context).await?;
            }
            Location::Store(place) => one(&place, &arguments, context).await?,
        }
    }
    if failed { Err(Failure::said(Exit::SomeFailed)) } else { Ok(()) }
}

async fn one(place: &Place, arguments: &Arguments, context: &Context) -> Result<()> {
    if place.key.is_empty() || place.key.ends_with('/') {
        let hint = "to delete all that is below, add --recursive";
        return Err(Failure::usage(format!("`{}` names no object", Escaped(&place.shown()))).with_hint(hint));
    }
    if arguments.dry_run {
        return context.output.text(&json!({ "type": "delete", "key": place.key }).to_string());
    }
    place.object()?.delete().await?;
    deleted(&place.key, context)
}

/// Deletes all below a prefix; tells whether some could not be deleted.
async fn below(place: &Place, filter: &Filter, arguments: &Arguments, context: &Context) -> Result<bool> {
    let container = place.container()?;
    if place.key.is_empty() && !arguments.dry_run {
        confirm(&format!("delete everything in {}?", Escaped(&place.shown())), arguments.yes)?;
    }
    let prefix = place.prefix();
    let mut listing = container.list().prefix(&prefix);
    if arguments.dry_run {
        while let Some(entry) = listing.next().await.transpose()? {
            if let Some(name) = meant(&entry, &prefix, filter) {
                context.output.text(&json!({ "type": "delete", "key": name }).to_string())?;
            }
        }
        return Ok(false);
    }
    // A listing that breaks off ends the deletes; what it did not show is still there, and the error says so.
    let (report_end, end) = tokio::sync::oneshot::channel();
    let mut report_end = Some(report_end);
    let (prefix, filter) = (prefix, filter.clone());
    let targets = listing
        .scan((), move |(), entry| {
            let entry = entry.map_err(|error| report_end.take().map(|it| it.send(error)));
            async move { entry.ok() }
        })
        .filter_map(move |entry| {
            let key = meant(&entry, &prefix, &filter).is_some().then(|| entry.name().clone());
            async move { key.map(DeleteTarget::new) }
        });
    let mut results = container.delete_many(targets);
    let (mut done, mut failures) = (0, 0);
    while let Some(it) = results.next().await {
        match it.result {
            Ok(()) => {
                done += 1;
                deleted(&it.key, context)?;
            }
            Err(error) => {
                failures += 1;
                context.output.failed(&it.key, &error)?;
            }
        }
    }
    drop(results);
    if let Ok(error) = end.await {
        return Err(error.into());
    }
    context.note(&format!("deleted {}", count(done, "object", "objects")));
    Ok(failures > 0)
}

/// The key of an entry if it is to be deleted.
fn meant<'a>(entry: &'a ListEntry, prefix: &str, filter: &Filter) -> Option<&'a str> {
    let ListEntry::Object(entry) = entry else { return None };
    let name = entry.key.strip_prefix(prefix).unwrap_or(&entry.key);
    filter.passes(name).then_some(entry.key.as_str())
}

fn files(path: &std::path::Path, arguments: &Arguments, context: &Context) -> Result<()> {
    let meta = path.symlink_metadata().map_err(|error| unreadable(path, error))?;
    let shown = path.to_string_lossy().into_owned();
    if meta.is_dir() && !arguments.recursive {
        return Err(Failure::usage(format!("`{}` is a directory; add --recursive", Escaped(&shown))));
    }
    if !arguments.filter.filter()?.is_empty() {
        return Err(Failure::usage("filters choose among objects; for files use `find`"));
    }
    if arguments.dry_run {
        return context.output.text(&json!({ "type": "delete", "path": shown }).to_string());
    }
    let removed = if meta.is_dir() {
        confirm(&format!("delete the directory {} and all that is in it?", Escaped(&shown)), arguments.yes)?;
        std::fs::remove_dir_all(path)
    } else {
        std::fs::remove_file(path)
    };
    removed.map_err(|error| {
        Failure::new(Exit::SomeFailed, format!("can't delete `{}`", Escaped(&shown))).with_source(error)
    })?;
    deleted(&shown, context)
}

fn deleted(name: &str, context: &Context) -> Result<()> {
    if context.output.json {
        return context.output.result(json!({ "type": "deleted", "name": name }), String::new);
    }
    if context.global.verbose > 0 {
        context.note(&format!("deleted `{}`", Escaped(name)));
    }
    Ok(())
}
