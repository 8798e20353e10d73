//! `storage uploads`: uploads that were begun and never ended.

use std::time::{Duration, SystemTime};

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use storage::groups::IncompleteUpload;
use storage::{Error, Escaped, ObjectRef};
use time::OffsetDateTime;

use super::stat::rfc3339;
use crate::arguments::parse_duration;
use crate::confirm::confirm;
use crate::context::Context;
use crate::exit::{Exit, Failure, Result};
use crate::location::{Location, Place};
use crate::output::{count, human_time};

/// Shows and drops uploads that were begun and never ended; they cost what objects cost.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Lists them by key.
    Ls {
        /// The container, prefix or key.
        location: String,
        /// Shows when they were begun, how long ago that is, and their ids.
        #[arg(long, short)]
        long: bool,
    },
    /// Drops those that are older than a day, or than you say.
    Abort(Abort),
}

#[derive(Args)]
struct Abort {
    /// The container, prefix or key.
    location: String,
    /// Leaves alone what was begun later; 0 drops all, uploads that are under way and those of unknown age too.
    #[arg(long, value_name = "TIME", default_value = "1d", value_parser = parse_duration)]
    older_than: Duration,
    /// Does not ask.
    #[arg(long, short)]
    yes: bool,
    /// Prints what would be dropped as JSON lines and does nothing.
    #[arg(long, short = 'n')]
    dry_run: bool,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    match arguments.what {
        What::Ls { location, long } => list(&place(&location, context)?, long, context).await,
        What::Abort(arguments) => abort(&arguments, context).await,
    }
}

fn place(word: &str, context: &Context) -> Result<Place> {
    Location::parse(word, context)?.store("what holds uploads")
}

async fn list(place: &Place, long: bool, context: &Context) -> Result<()> {
    let now = SystemTime::now();
    let mut uploads = place.container()?.incomplete_uploads().prefix(&place.key);
    while let Some(upload) = uploads.next().await.transpose()? {
        if place.holds(&upload.key) {
            context.output.result(value("upload", &upload, now), || line(&upload, long, now))?;
        }
    }
    Ok(())
}

fn line(upload: &IncompleteUpload, long: bool, now: SystemTime) -> String {
    if !long {
        return upload.key.as_str().to_owned();
    }
    let time = upload.started.map(rfc3339);
    let time = time.as_deref().and_then(|it| it.get(..19)).unwrap_or("unknown").replace('T', " ");
    let age = age(upload, now).map(human_time).unwrap_or_default();
    format!("{time:<19}  {age:>8}  {}  {}", upload.upload, upload.key.as_str())
}

fn value(kind: &str, upload: &IncompleteUpload, now: SystemTime) -> Value {
    // An id that would let anybody write shows itself as redacted.
    json!({
        "type": kind, "key": upload.key.as_str(), "upload": upload.upload.to_string(),
        "started": upload.started.map(rfc3339), "age_seconds": age(upload, now).map(|it| it.as_secs()),
    })
}

fn age(upload: &IncompleteUpload, now: SystemTime) -> Option<Duration> {
    // A clock that is behind makes what was just begun lie in the future.
    Some((OffsetDateTime::from(now) - upload.started?).try_into().unwrap_or(Duration::ZERO))
}

async fn abort(arguments: &Abort, context: &Context) -> Result<()> {
    let place = place(&arguments.location, context)?;
    let now = SystemTime::now();
    let found = meant(&place, arguments.older_than, now).await?;
    if arguments.dry_run {
        for upload in &found {
            context.output.text(&value("abort", upload, now).to_string())?;
        }
        return Ok(());
    }
    let shown = Escaped(&place.shown()).to_string();
    let many = count(found.len() as u64, "upload", "uploads");
    if !found.is_empty() {
        confirm(&format!("drop {many} in {shown} with all parts?"), arguments.yes)?;
    }
    let mut failed = 0;
    for upload in &found {
        match drop_one(&place, upload).await {
            Ok(()) => aborted(upload, now, context)?,
            Err(error) => {
                failed += 1;
                context.output.failed(&upload.key, &error)?;
            }
        }
    }
    let done = count(found.len() as u64 - failed, "upload", "uploads");
    context.note(&format!("dropped {done} in {shown}"));
    if failed > 0 { Err(Failure::said(Exit::SomeFailed)) } else { Ok(()) }
}

/// The uploads that are old enough. One whose age nobody knows may be in use: it is meant only when all are.
async fn meant(place: &Place, older_than: Duration, now: SystemTime) -> Result<Vec<IncompleteUpload>> {
    let mut found = Vec::new();
    let mut uploads = place.container()?.incomplete_uploads().prefix(&place.key);
    while let Some(upload) = uploads.next().await.transpose()? {
        let old = older_than.is_zero() || age(&upload, now).is_some_and(|age| age >= older_than);
        if old && place.holds(&upload.key) {
            found.push(upload);
        }
    }
    Ok(found)
}

async fn drop_one(place: &Place, upload: &IncompleteUpload) -> Result<(), Error> {
    let id = &place.storage.provider().id;
    let Some(driver) = place.storage.driver().multipart() else {
        return Err(Error::unsupported(id.clone(), "uploads in parts"));
    };
    let Some(container) = &place.container else { return Ok(()) };
    let done = driver.abort_upload(ObjectRef::new(container.name(), &upload.key), &upload.upload).await;
    let about = |error: Error| error.with_operation("abort upload").with_provider(id.clone());
    done.map_err(|error| about(error).with_container(container.name().as_str()).with_key(upload.key.as_str()))
}

fn aborted(upload: &IncompleteUpload, now: SystemTime, context: &Context) -> Result<()> {
    if context.output.json {
        return context.output.result(value("aborted", upload, now), String::new);
    }
    if context.global.verbose > 0 {
        context.note(&format!("dropped the upload {} of `{}`", upload.upload, Escaped(&upload.key)));
    }
    Ok(())
}
