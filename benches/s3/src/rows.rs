//! The rows of the table.

use bench_kit::Work;

/// A workload with its sizes, and the server that it runs against.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) work: Work,
    pub(crate) size: u64,
    pub(crate) count: u64,
    pub(crate) at_once: u64,
    pub(crate) tls: bool,
    /// How the server behaves.
    pub(crate) server: &'static [&'static str],
}

const GIB: u64 = 1 << 30;
const SMALL: u64 = 4 << 10;

const fn large(name: &'static str, work: Work, size: u64, at_once: u64) -> Row {
    Row { name, work, size, count: 1, at_once, tls: false, server: &[] }
}

const fn small(name: &'static str, work: Work, count: u64, at_once: u64) -> Row {
    Row { name, work, size: SMALL, count, at_once, tls: false, server: &[] }
}

impl Row {
    pub(crate) const ALL: &[Self] = &[
        large("get", Work::Get, GIB, 1),
        large("get-parallel", Work::GetParallel, GIB / 2, 8),
        Self {
            server: &["--latency-ms", "20", "--rate", "100000000"],
            ..large("get-ranged", Work::GetRanged, GIB, 16)
        },
        large("put", Work::Put, GIB, 8),
        small("get-small", Work::GetSmall, 20_000, 64),
        small("get-one", Work::GetSmall, 3_000, 1),
        small("put-small", Work::PutSmall, 20_000, 64),
        small("list", Work::List, 1_000_000, 1),
        Self { tls: true, ..large("get-tls", Work::Get, GIB, 1) },
        Self { tls: true, ..large("put-tls", Work::Put, GIB, 8) },
        Self { tls: true, ..small("get-small-tls", Work::GetSmall, 20_000, 64) },
        Self { tls: true, ..small("put-small-tls", Work::PutSmall, 20_000, 64) },
    ];

    /// Returns what figures are for: a GiB in milliseconds, or an operation in microseconds.
    pub(crate) fn unit(&self) -> (&'static str, f64) {
        match self.work {
            Work::List => ("us an entry", 1.0),
            Work::GetSmall | Work::PutSmall => ("us", 1.0),
            _ => ("ms a GiB", 1e3),
        }
    }

    /// Tells whether it writes over http, where it matters if content is signed.
    pub(crate) fn writes_in_clear(&self) -> bool {
        matches!(self.work, Work::Put | Work::PutSmall) && !self.tls
    }
}
