//! `storage versions`: old versions of objects.

use clap::{Args, Subcommand};
use serde_json::json;
use storage::groups::{VersionEntry, VersionQuery, VersionsDriver};
use storage::{Error, ErrorKind, ObjectRef, VersionId};

use super::stat::rfc3339;
use crate::context::Context;
use crate::exit::Result;
use crate::location::{Location, Place};
use crate::output::human_bytes;

/// Shows and restores versions of objects.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Lists versions by key, the newest first.
    Ls {
        /// The container, prefix or object.
        location: String,
        /// Shows sizes and times.
        #[arg(long, short)]
        long: bool,
    },
    /// Makes an old version the newest one again.
    Restore {
        /// The object.
        location: String,
        /// The id of the version.
        version: String,
    },
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    match arguments.what {
        What::Ls { location, long } => list(&place(&location, context)?, long, context).await,
        What::Restore { location, version } => {
            let place = place(&location, context)?;
            let (object, version) = (place.object()?, VersionId::from(version));
            let target = ObjectRef::new(object.container().name(), object.key());
            let done = group(&place)?.restore_version(target, &version).await;
            let made = done.map_err(|error| about(error, "restore version", &place))?.version;
            let made = made.as_ref().map(|it| it.as_str());
            let value = json!({
                "type": "restored", "key": place.key, "version": version.as_str(), "new_version": made,
            });
            context.output.result(value, || format!("restored {}", place.shown()))
        }
    }
}

fn place(word: &str, context: &Context) -> Result<Place> {
    Location::parse(word, context)?.store("what has versions")
}

fn group(place: &Place) -> Result<&dyn VersionsDriver> {
    let found = place.storage.driver().versions();
    let error = || Error::unsupported(place.storage.provider().id.clone(), "versions of objects");
    Ok(found.ok_or_else(|| about(error(), "look at versions", place))?)
}

/// Says what an error of the driver is about.
fn about(error: Error, operation: &'static str, place: &Place) -> Error {
    let error = error.with_operation(operation).with_provider(place.storage.provider().id.clone());
    let name = place.container.as_ref().map(|it| it.name().as_str());
    let error = match name {
        Some(name) => error.with_container(name),
        None => error,
    };
    if place.key.is_empty() { error } else { error.with_key(&*place.key) }
}

async fn list(place: &Place, long: bool, context: &Context) -> Result<()> {
    let (driver, container) = (group(place)?, place.container()?);
    let mut query = VersionQuery::default();
    query.prefix = Some(place.key.clone()).filter(|it| !it.is_empty());
    loop {
        let page = driver.list_versions(container.name(), &query).await;
        let page = page.map_err(|error| about(error, "list versions", place))?;
        for entry in page.items.iter().filter(|it| place.holds(&it.object.key)) {
            show(entry, long, context)?;
        }
        let Some(next) = page.next else { return Ok(()) };
        if query.page_token.as_ref() == Some(&next) {
            let message = "the service gave the same page token again, so the listing would never end";
            return Err(about(Error::new(ErrorKind::ListingLoop, message), "list versions", place).into());
        }
        query.page_token = Some(next);
    }
}

fn show(entry: &VersionEntry, long: bool, context: &Context) -> Result<()> {
    let VersionEntry { object, version, latest, delete_marker, .. } = entry;
    let time = object.last_modified.map(rfc3339);
    let value = json!({
        "type": "version", "key": object.key.as_str(), "version": version.as_str(), "latest": latest,
        "delete_marker": delete_marker, "size": object.size, "last_modified": time,
        "etag": object.etag.as_ref().map(|it| it.as_str()),
    });
    context.output.result(value, || {
        let mark = match (delete_marker, latest) {
            (true, _) => "deleted",
            (false, true) => "latest",
            (false, false) => "",
        };
        let line = format!("{mark:<7}  {}  {}", version.as_str(), object.key.as_str());
        if !long {
            return line;
        }
        let time = time.as_deref().and_then(|it| it.get(..19)).unwrap_or_default().replace('T', " ");
        format!("{:>12}  {time:<19}  {line}", human_bytes(object.size))
    })
}
