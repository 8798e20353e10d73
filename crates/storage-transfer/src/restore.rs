//! Restores: a backup becomes a directory again, byte for byte.

use std::future::IntoFuture;
use std::path::PathBuf;

use storage::{BoxFuture, Container, Error, ErrorKind, Result};

use crate::copy::copy;
use crate::options::TransferOptions;
use crate::report::Report;
use crate::summary::Summary;
use crate::tree::Tree;

/// Restores the backup under a prefix into a directory, with times and permissions; every file is verified against the
/// checksum of its object.
pub fn restore(container: &Container, prefix: impl Into<String>, directory: impl Into<PathBuf>) -> Restore {
    Restore {
        container: container.clone(),
        prefix: prefix.into(),
        directory: directory.into(),
        options: TransferOptions::default(),
    }
}

/// A restore; nothing happens until it is awaited.
///
/// # Errors
/// Only what stops all of it; `ObjectNotFound` when there is nothing under the prefix. What befalls one file is in the
/// report.
#[derive(Debug)]
#[must_use = "nothing is restored until it is awaited"]
pub struct Restore {
    container: Container,
    prefix: String,
    directory: PathBuf,
    options: TransferOptions,
}

/// What a restore came to.
#[derive(Debug)]
#[non_exhaustive]
pub struct Restored {
    /// The counts, and the first failures.
    pub report: Report,
    /// What the backup said of itself; `None` when it has no summary.
    pub summary: Option<Summary>,
    /// How many files the backup counted and the store no longer has.
    pub missing: u64,
}

impl Restore {
    /// Takes all options of the transfer at once; permissions are restored in any case.
    pub fn options(mut self, options: TransferOptions) -> Self {
        self.options = options;
        self
    }

    async fn run(self) -> Result<Restored> {
        let Self { container, prefix, directory, options } = self;
        let prefix = match prefix.trim_end_matches('/') {
            "" => String::new(),
            it => format!("{it}/"),
        };
        let summary = if prefix.is_empty() { None } else { Summary::read(&container, &prefix).await? };
        if summary.is_none() {
            something_there(&container, &prefix).await?;
        }
        let whole = options.filter.is_empty();
        let from = Tree::prefix(&container, prefix);
        let report = copy(from, Tree::directory(directory)).options(options.permissions(true)).await?;
        let seen = report.done + report.skipped + report.failed + report.unfinished;
        let counted = summary.as_ref().filter(|_| whole && report.source_complete).map_or(0, |it| it.items);
        Ok(Restored { report, summary, missing: counted.saturating_sub(seen) })
    }
}

impl IntoFuture for Restore {
    type Output = Result<Restored>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

/// A prefix with nothing under it is a mistake and no empty backup.
async fn something_there(container: &Container, prefix: &str) -> Result<()> {
    match container.list().prefix(prefix).page_size(1).next().await.transpose()? {
        Some(_) => Ok(()),
        None => {
            let message =
                format!("there is no backup under `{prefix}`; list the container to see which there are");
            Err(Error::new(ErrorKind::ObjectNotFound, message)
                .with_operation("restore backup")
                .with_container(&**container.name()))
        }
    }
}
