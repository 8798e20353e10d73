//! Peak memory, each figure in a process of its own.

use bench_kit::{Result, Work};

use crate::Options;
use crate::contenders::Contender;
use crate::rows::Row;
use crate::server::Server;

const LARGE: u64 = 8 << 30;
const AT_ONCE: u64 = 8;
/// Parts of an upload of unknown length grow: behind the first thousand, which are 8 GiB, they are twice as large.
const PART_MIB: f64 = 16.0;

/// Prints the peaks, and fails when one is over its limit and that is asked for.
pub(crate) fn run(options: &Options) -> Result<()> {
    let row =
        |name, work, size, count| Row { name, work, size, count, at_once: AT_ONCE, tls: false, server: &[] };
    let up = AT_ONCE as f64 * PART_MIB + 20.0;
    let rows = [
        (row("idle", Work::Idle, 4096, 1), None),
        (row("8 GiB down", Work::Get, LARGE, 1), Some(20.0)),
        (row("8 GiB up", Work::PutCopied, LARGE, 1), Some(up)),
        (row("a million keys listed", Work::List, 4096, 1_000_000), Some(32.0)),
    ];
    let mut over = Vec::new();
    let server = Server::start(&[], false)?;
    for contender in Contender::all(options.peers.as_deref())?.iter().filter(|it| !it.is_variant()) {
        for (row, limit) in &rows {
            let peak = contender.measure(row, options.share, &server)?.peak_mib;
            let shown =
                limit.map_or("a process that does nothing".to_owned(), |it| format!("limit {it} MiB"));
            println!("{:<14} {:<22} peak {peak:>7.1} MiB   ({shown})", contender.name, row.name);
            if contender.is_own() && limit.is_some_and(|it| peak > it) {
                over.push(row.name);
            }
        }
    }
    match over[..] {
        [_, ..] if options.check => Err(format!("over the limit: {}", over.join(", ")).into()),
        _ => Ok(()),
    }
}
