//! What a transfer comes to.

use storage::{Error, ErrorKind};

/// The counts of a transfer, and its first failures by name.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// How many items were transferred.
    pub done: u64,
    /// Their bytes.
    pub bytes: u64,
    /// How many items were left out, each told by an event.
    pub skipped: u64,
    /// How many items failed, each told by an event.
    pub failed: u64,
    /// How many items were begun or waiting when the transfer was cancelled.
    pub unfinished: u64,
    /// The first failures; [`TransferOptions::keep_failures`](crate::TransferOptions::keep_failures) says how many.
    pub failures: Vec<Failure>,
    /// Tells whether the source was read to its end. Without it, what is missing from the report may still exist.
    pub source_complete: bool,
    /// Tells whether the transfer was cancelled.
    pub cancelled: bool,
}

impl Report {
    /// Tells whether everything that was found and not left out was transferred.
    pub fn is_complete(&self) -> bool {
        self.failed == 0 && self.unfinished == 0 && self.source_complete && !self.cancelled
    }

    pub(crate) fn fail(&mut self, name: String, error: Error, keep: usize) {
        self.failed += 1;
        if self.failures.len() < keep {
            self.failures.push(Failure { name, error });
        }
    }

    /// Counts an item that stopped because everything was told to.
    pub(crate) fn is_interruption(&self, error: &Error) -> bool {
        self.cancelled && error.kind() == ErrorKind::Cancelled
    }
}

/// An item that was not transferred.
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure {
    /// Its name inside the tree.
    pub name: String,
    /// Why.
    pub error: Error,
}
