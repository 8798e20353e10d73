//! A row of a table.

use crate::Work;

/// The bytes of a GiB.
pub const GIB: u64 = 1 << 30;
const SMALL: u64 = 4 << 10;

/// A workload with its sizes, and the server that it runs against.
#[derive(Debug)]
pub struct Row {
    /// Its name on command lines and in tables.
    pub name: &'static str,
    /// What is done.
    pub work: Work,
    /// The bytes of an object.
    pub size: u64,
    /// How many operations, or entries.
    pub count: u64,
    /// How many operations at once.
    pub at_once: u64,
    /// The server speaks TLS.
    pub tls: bool,
    /// How the server behaves.
    pub server: &'static [&'static str],
}

impl Row {
    /// Makes one that moves large objects.
    pub const fn large(name: &'static str, work: Work, size: u64, at_once: u64) -> Self {
        Self { name, work, size, count: 1, at_once, tls: false, server: &[] }
    }

    /// Makes one of many small operations, or entries.
    pub const fn small(name: &'static str, work: Work, count: u64, at_once: u64) -> Self {
        Self { name, work, size: SMALL, count, at_once, tls: false, server: &[] }
    }

    /// Returns what figures are for: a GiB in milliseconds, or an operation in microseconds.
    pub fn unit(&self) -> (&'static str, f64) {
        match self.work {
            Work::List => ("us an entry", 1.0),
            Work::GetSmall | Work::PutSmall => ("us", 1.0),
            _ => ("ms a GiB", 1e3),
        }
    }

    /// Tells whether it writes over http, where it matters if content is signed.
    pub fn writes_in_clear(&self) -> bool {
        matches!(self.work, Work::Put | Work::PutSmall) && !self.tls
    }
}
