//! What a backup writes about itself, so that anybody can see whether it is complete.

use std::fmt;

use serde::{Deserialize, Serialize};
use storage::{Container, Error, ErrorKind, Object, PutOptions, Result};

use crate::report::Report;

/// The summary of a backup: an object beside its prefix, written when it starts and again when it ends.
///
/// The backup under `documents/2026-11-21T140912Z/` has its summary under `documents/2026-11-21T140912Z.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Summary {
    /// The form of this text.
    pub format: String,
    /// How far the backup came.
    pub state: State,
    /// The directory that was backed up.
    pub source: String,
    /// What the keys of its objects start with.
    pub prefix: String,
    /// When it was started, as in RFC 3339.
    pub started: String,
    /// When it ended, as in RFC 3339.
    pub ended: Option<String>,
    /// How many files it holds.
    pub items: u64,
    /// Their bytes.
    pub bytes: u64,
    /// How many things were left out, such as symbolic links.
    pub skipped: u64,
    /// How many files could not be backed up.
    pub failed: u64,
    /// The first things that were left out, and why.
    pub skips: Vec<Mention>,
    /// The first files that could not be backed up, and why.
    pub failures: Vec<Mention>,
}

/// The state of a backup.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum State {
    /// It runs, or it broke off without a word.
    #[default]
    Running,
    /// It holds all that was found and not left out.
    Complete,
    /// Some files are missing; they are named.
    Partial,
    /// It was cancelled.
    Cancelled,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Running => "running or broken off",
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Cancelled => "cancelled",
        })
    }
}

/// A name and what is to be said of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Mention {
    /// The name inside the tree.
    pub name: String,
    /// Why it is mentioned.
    pub reason: String,
}

impl Mention {
    pub(crate) fn new(name: impl Into<String>, reason: impl fmt::Display) -> Self {
        Self { name: name.into(), reason: reason.to_string() }
    }
}

/// The form that this version writes.
const FORMAT: &str = "storage-backup/1";

/// The longest summary that is read.
const LONGEST: u64 = 16 << 20;

impl Summary {
    pub(crate) fn start(source: String, prefix: String, started: String) -> Self {
        Self { format: FORMAT.to_owned(), source, prefix, started, ..Self::default() }
    }

    pub(crate) fn end(&mut self, report: &Report, skips: Vec<Mention>, ended: String) {
        self.state = match report {
            it if it.cancelled => State::Cancelled,
            it if it.is_complete() => State::Complete,
            _ => State::Partial,
        };
        self.ended = Some(ended);
        (self.items, self.bytes) = (report.done, report.bytes);
        (self.skipped, self.failed) = (report.skipped, report.failed);
        self.skips = skips;
        self.failures = report.failures.iter().map(|it| Mention::new(&it.name, &it.error)).collect();
    }

    /// Reads the summary of the backup under a prefix; `None` when there is none.
    ///
    /// # Errors
    /// `UnexpectedResponse` for a text that is no summary, and those of a read.
    pub async fn read(container: &Container, prefix: &str) -> Result<Option<Self>> {
        let object = container.object(key(prefix))?;
        let body = match object.get().await {
            Ok(body) => body,
            Err(error) if error.kind() == ErrorKind::ObjectNotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let strange = |message: &'static str| {
            Error::new(ErrorKind::UnexpectedResponse, message)
                .with_container(&**container.name())
                .with_key(key(prefix))
        };
        if body.info().size > LONGEST {
            return Err(strange("the summary of the backup is too long to be one"));
        }
        let text = body.bytes().await?;
        serde_json::from_slice(&text)
            .map(Some)
            .map_err(|error| strange("the summary of the backup can't be read").with_source(error))
    }

    pub(crate) async fn write(&self, object: &Object, options: PutOptions) -> Result<()> {
        let mut text = serde_json::to_vec_pretty(self).map_err(|error| {
            Error::new(ErrorKind::InvalidInput, "the summary can't be written").with_source(error)
        })?;
        text.push(b'\n');
        object.put(text).options(options.content_type("application/json")).await.map(drop)
    }
}

/// The key of the summary of a prefix.
pub(crate) fn key(prefix: &str) -> String {
    format!("{}.json", prefix.trim_end_matches('/'))
}
