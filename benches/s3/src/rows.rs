//! The rows of the table.

use bench_kit::Work;
use bench_kit::compare::{GIB, Row};

pub(crate) const ALL: &[Row] = &[
    Row::large("get", Work::Get, GIB, 1),
    Row::large("get-parallel", Work::GetParallel, GIB / 2, 8),
    Row {
        server: &["--latency-ms", "20", "--rate", "100000000"],
        ..Row::large("get-ranged", Work::GetRanged, GIB, 16)
    },
    Row::large("put", Work::Put, GIB, 8),
    Row::small("get-small", Work::GetSmall, 20_000, 64),
    Row::small("get-one", Work::GetSmall, 3_000, 1),
    Row::small("put-small", Work::PutSmall, 20_000, 64),
    Row::small("list", Work::List, 1_000_000, 1),
    Row { tls: true, ..Row::large("get-tls", Work::Get, GIB, 1) },
    Row { tls: true, ..Row::large("put-tls", Work::Put, GIB, 8) },
    Row { tls: true, ..Row::small("get-small-tls", Work::GetSmall, 20_000, 64) },
    Row { tls: true, ..Row::small("put-small-tls", Work::PutSmall, 20_000, 64) },
];
