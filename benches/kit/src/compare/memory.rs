//! Peak memory, each figure in a process of its own.

use super::{Options, Pair, Row};
use crate::{Result, Work};

const LARGE: u64 = 8 << 30;
const AT_ONCE: u64 = 8;
/// What an upload may take besides the parts that are on their way, in MiB.
const BESIDES: f64 = 20.0;

/// Prints the peaks, and fails when one of this library is over its limit and that is asked for.
///
/// # Errors
/// What a contender does wrong, or a limit that does not hold.
pub fn memory(pairs: &[Pair<'_>], options: &Options) -> Result<()> {
    let large = |name, work, size| Row::large(name, work, size, AT_ONCE);
    let rows = [
        (large("idle", Work::Idle, 4096), None),
        (large("8 GiB down", Work::Get, LARGE), Some(20.0)),
        (large("8 GiB up", Work::PutCopied, LARGE), Some(BESIDES)),
        (Row::small("a million keys listed", Work::List, 1_000_000, 1), Some(32.0)),
    ];
    let mut over = Vec::new();
    for (contender, server) in pairs.iter().filter(|(it, _)| !it.is_variant()) {
        for (row, limit) in &rows {
            let in_flight = (AT_ONCE * u64::from(contender.part_mib)) as f64;
            let limit = limit.map(|it| if row.work == Work::PutCopied { it + in_flight } else { it });
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
