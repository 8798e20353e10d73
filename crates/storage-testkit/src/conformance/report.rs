//! What became of every case, for people and for machines.

use std::fmt;
use std::path::Path;

use serde::Serialize;
use storage_core::{Error, ErrorKind, Result};

/// What became of every case.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The server, as the harness names it.
    pub server: String,
    /// The text that names had to contain, when only some cases were run.
    pub filter: Option<String>,
    /// One result for each case, in the order of the table.
    pub results: Vec<CaseResult>,
}

/// What became of one case.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct CaseResult {
    /// The name of the case.
    pub case: &'static str,
    /// The promise that it is about.
    pub sentence: &'static str,
    /// What became of it.
    #[serde(flatten)]
    pub status: Status,
}

/// What became of one case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Status {
    /// The promise held.
    Passed,
    /// The promise was broken.
    Failed {
        /// What was seen.
        message: String,
    },
    /// The store can't be asked.
    Skipped {
        /// Why not.
        reason: String,
    },
    /// The promise was broken, by a server that is known for it.
    KnownFailure {
        /// What the server does.
        reason: String,
        /// Who else fails there.
        control: String,
        /// What was seen.
        message: String,
    },
    /// The promise held where it was known not to; the entry has to go.
    UnexpectedPass {
        /// What the server was known to do.
        reason: String,
    },
}

impl Status {
    /// Returns the word that starts a line of the report.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed { .. } => "FAILED",
            Self::Skipped { .. } => "skipped",
            Self::KnownFailure { .. } => "known failure",
            Self::UnexpectedPass { .. } => "UNEXPECTED PASS",
        }
    }

    /// Tells whether a run with this result is good.
    pub fn is_green(&self) -> bool {
        !matches!(self, Self::Failed { .. } | Self::UnexpectedPass { .. })
    }
}

impl CaseResult {
    pub(crate) fn new(case: &'static str, sentence: &'static str, status: Status) -> Self {
        Self { case, sentence, status }
    }
}

impl Report {
    pub(crate) fn new(server: String, filter: Option<String>, results: Vec<CaseResult>) -> Self {
        Self { server, filter, results }
    }

    /// Returns the results of one word of [`Status::word`].
    pub fn with_word<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a CaseResult> {
        self.results.iter().filter(move |it| it.status.word() == word)
    }

    /// Returns the names of the cases that failed.
    pub fn failed(&self) -> Vec<&'static str> {
        self.with_word("FAILED").map(|it| it.case).collect()
    }

    /// Tells whether cases were run and none failed or passed unexpectedly.
    pub fn is_green(&self) -> bool {
        !self.results.is_empty() && self.results.iter().all(|it| it.status.is_green())
    }

    /// Prints the report and requires that it is green.
    ///
    /// # Panics
    /// When a case failed or passed unexpectedly, or no case was run at all.
    #[expect(
        clippy::print_stdout,
        reason = "the list of what was skipped belongs into the output of the test"
    )]
    pub fn assert_green(&self) {
        println!("{self}");
        let bad: Vec<String> =
            self.results.iter().filter(|it| !it.status.is_green()).map(ToString::to_string).collect();
        assert!(!self.results.is_empty(), "no case matches the filter {:?}", self.filter);
        assert!(bad.is_empty(), "{} does not keep the contract:\n{}", self.server, bad.join("\n"));
    }

    /// Writes the report for machines.
    ///
    /// # Errors
    /// `Io` when it can't be written.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string_pretty(self).map_err(|error| {
            Error::new(ErrorKind::Io, "the report can't be written as JSON").with_source(error)
        })
    }

    /// Writes the report for machines into `<directory>/<server>.json`.
    ///
    /// # Errors
    /// `Io` when it can't be written.
    pub fn write_json(&self, directory: &Path) -> Result<()> {
        std::fs::create_dir_all(directory)?;
        Ok(std::fs::write(directory.join(format!("{}.json", self.server)), self.to_json()?)?)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for result in &self.results {
            writeln!(f, "{result}")?;
        }
        write!(f, "{}: {} cases", self.server, self.results.len())?;
        for word in ["passed", "FAILED", "skipped", "known failure", "UNEXPECTED PASS"] {
            let count = self.with_word(word).count();
            if count > 0 {
                write!(f, ", {count} {word}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for CaseResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<15} {}", self.status.word(), self.case)?;
        match &self.status {
            Status::Passed => Ok(()),
            Status::Failed { message } => write!(f, ": {message}; promised: {}", self.sentence),
            Status::Skipped { reason } => write!(f, ": {reason}"),
            Status::KnownFailure { reason, control, .. } => write!(f, ": {reason} (also with {control})"),
            Status::UnexpectedPass { reason } => {
                write!(f, ": remove its entry from the known failures; it said: {reason}")
            }
        }
    }
}
