//! Backups: a directory under a prefix with its date, every object proved, and a summary of it all.

use std::future::IntoFuture;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use storage::{BoxFuture, Container, Error, ErrorKind, Metadata, PutOptions, Result, WriteCondition};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use crate::copy::copy;
use crate::event::{Event, Observer};
use crate::options::TransferOptions;
use crate::report::Report;
use crate::summary::{self, Mention, Summary};
use crate::tree::Tree;

/// Backs up a directory under `PREFIX/DATE/`.
///
/// Every object carries the path, time and mode of its file in its metadata. The summary beside the prefix says
/// `running` from the start, and at the end whether the backup is complete.
pub fn backup(directory: impl Into<PathBuf>, container: &Container, prefix: impl Into<String>) -> Backup {
    Backup {
        directory: directory.into(),
        container: container.clone(),
        prefix: prefix.into(),
        name: None,
        now: OffsetDateTime::now_utc,
        options: TransferOptions::default(),
    }
}

/// A backup; nothing happens until it is awaited.
///
/// # Errors
/// Only what stops all of it; `AlreadyExists` when there is a backup of that name. What befalls one file is in the
/// report.
#[derive(Debug)]
#[must_use = "nothing is backed up until it is awaited"]
pub struct Backup {
    directory: PathBuf,
    container: Container,
    prefix: String,
    name: Option<String>,
    now: fn() -> OffsetDateTime,
    options: TransferOptions,
}

/// What a backup came to.
#[derive(Debug)]
#[non_exhaustive]
pub struct BackedUp {
    /// The counts, and the first failures.
    pub report: Report,
    /// What the keys of the backup start with; restore takes it.
    pub prefix: String,
    /// The key of the summary.
    pub summary_key: String,
    /// The summary as it was written.
    pub summary: Summary,
}

impl Backup {
    /// Takes all options of the transfer at once; every object is proved in any case.
    pub fn options(mut self, options: TransferOptions) -> Self {
        self.options = options;
        self
    }

    /// Names the backup, in the place of the date.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the clock.
    pub fn clock(mut self, now: fn() -> OffsetDateTime) -> Self {
        self.now = now;
        self
    }

    async fn run(self) -> Result<BackedUp> {
        let Self { directory, container, prefix, name, now, options } = self;
        let started = now().to_offset(time::UtcOffset::UTC);
        let prefix = dated(&prefix, &name.map_or_else(|| date(started), Ok)?);
        let directory = absolute(&directory)?;
        let from = Tree::directory(&directory);
        let to = Tree::prefix(&container, &prefix);
        crate::overlap::refuse_overlap(&from, &to, &options.filter).await?;

        let source = directory.to_string_lossy().into_owned();
        let mut summary = Summary::start(source, prefix.clone(), rfc3339(started)?);
        let summary_key = summary::key(&prefix);
        let object = container.object(&summary_key)?;
        let mut put = options.put.clone().unwrap_or_default();
        // What the caller says of the files does not hold for the summary.
        put.metadata = Metadata::new();
        summary.write(&object, first(&container, put.clone()).await?).await.map_err(taken)?;

        let skips = Skips::default();
        let mut options = options.verify(true).source_path(true);
        options.observer = Some(skips.observer(options.observer, options.keep_failures));
        let report = copy(from, to).options(options).await;
        let report = match report {
            Ok(report) => report,
            Err(error) => {
                // Nothing was backed up: a summary that says `running` would be a lie.
                if let Err(left) = object.delete().await {
                    tracing::warn!(key = %object.key(), error = %left, "the summary of a backup that failed is left behind");
                }
                return Err(error);
            }
        };
        summary.end(&report, skips.take(), rfc3339(now())?);
        summary.write(&object, put).await?;
        Ok(BackedUp { report, prefix, summary_key, summary })
    }
}

impl IntoFuture for Backup {
    type Output = Result<BackedUp>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

/// Two backups of one name would mix; the store refuses the second where it can.
async fn first(container: &Container, mut put: PutOptions) -> Result<PutOptions> {
    let it = container.storage().driver().capabilities(Some(container.name())).await?;
    if it.put_if_absent {
        put.condition = WriteCondition::IfAbsent;
    }
    Ok(put)
}

fn taken(error: Error) -> Error {
    if error.kind() != ErrorKind::AlreadyExists {
        return error;
    }
    let key = error.key().unwrap_or_default().to_owned();
    let message = "there is a backup of this name already; wait a second, or choose another name";
    Error::new(ErrorKind::AlreadyExists, message)
        .with_operation("begin backup")
        .with_key(key)
        .with_source(error)
}

fn dated(prefix: &str, name: &str) -> String {
    match prefix.trim_end_matches('/') {
        "" => format!("{name}/"),
        prefix => format!("{prefix}/{name}/"),
    }
}

fn date(time: OffsetDateTime) -> Result<String> {
    let form = format_description!("[year]-[month]-[day]T[hour][minute][second]Z");
    time.format(&form)
        .map_err(|error| Error::new(ErrorKind::InvalidInput, "the date can't be written").with_source(error))
}

fn rfc3339(time: OffsetDateTime) -> Result<String> {
    let time = time.replace_nanosecond(0).unwrap_or(time);
    time.format(&Rfc3339)
        .map_err(|error| Error::new(ErrorKind::InvalidInput, "the date can't be written").with_source(error))
}

fn absolute(path: &Path) -> Result<PathBuf> {
    // A source that is missing is reported by the walk, in better words.
    path.canonicalize().or_else(|_| std::path::absolute(path)).map_err(Error::from_io)
}

/// Remembers the first things that were left out.
#[derive(Clone, Default)]
struct Skips(Arc<Mutex<Vec<Mention>>>);

impl Skips {
    fn observer(&self, next: Option<Observer>, keep: usize) -> Observer {
        let skips = Arc::clone(&self.0);
        Observer::new(move |event| {
            if let Event::Skipped { name, reason } = event {
                let mut skips = skips.lock().unwrap_or_else(PoisonError::into_inner);
                if skips.len() < keep {
                    skips.push(Mention::new(*name, reason));
                }
            }
            if let Some(next) = &next {
                next.call(event);
            }
        })
    }

    fn take(&self) -> Vec<Mention> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
