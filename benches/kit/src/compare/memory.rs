//! Peak memory, each figure in a process of its own.

use super::{Options, Pair, Row};
use crate::{Result, Work};

const LARGE: u64 = 8 << 30;
const AT_ONCE: u64 = 8;
/// Parts of an upload of unknown length grow: behind the first thousand, which are 8 GiB, they are twice as large.
const PART_MIB: f64 = 16.0;

/// Prints the peaks, and fails when one of this library is over its limit and that is asked for.
///
/// # Errors
/// What a contender does wrong, or a limit that does not hold.
pub fn memory(pairs: &[Pair<'_>], options: &Options) -> Result<()> {
    let large = |name, work, size| Row::large(name, work, size, AT_ONCE);
    let up = AT_ONCE as f64 * PART_MIB + 20.0;
    let rows = [
        (large("idle", Work::Idle, 4096), None),
        (large("8 GiB down", Work::Get, LARGE), Some(20.0)),
        (large("8 GiB up", Work::PutCopied, LARGE), Some(up)),
        (Row::small("a million keys listed", Work::List, 1_000_000, 1), Some(32.0)),
    ];
    let mut over = Vec::new();
    for (contender, server) in pairs.iter().filter(|(it, _)| !it.is_variant()) {
        for (row, limit) in &rows {
            let peak = contender.measure(row, options.share, server)?.peak_mib;
            let shown =
                limit.map_or("a process that does nothing".to_owned(), |it| format!("limit {it} MiB"));
            println!("{:<14} {:<22} peak {peak:>7.1} MiB   ({shown})", contender.name(), row.name);
            if contender.is_own() && limit.is_some_and(|it| peak > it) {
                over.push(format!("{} of {}", row.name, contender.name()));
            }
        }
    }
    match over[..] {
        [_, ..] if options.check => Err(format!("over the limit: {}", over.join(", ")).into()),
        _ => Ok(()),
    }
}
