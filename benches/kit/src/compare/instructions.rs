//! User-space instructions of an operation: the figure that no busy machine moves.
//!
//! Each workload runs twice, with different counts; the difference leaves out what starting costs. valgrind's processor
//! has no instructions for SHA-256, so hashing weighs more here than in fact, and the kernel's share is not counted.

use std::process::Command;

use super::{Contender, Options, Pair, Server};
use crate::Result;

/// A workload, its two counts, and how many instructions one operation, or one entry, may take.
const LIMITS: [(&str, u64, u64, u64); 2] = [("get-small", 200, 1200, 75_000), ("list", 3_000, 13_000, 5_000)];

/// Prints the counts of this library, and fails when one is over its limit and that is asked for.
///
/// # Errors
/// When valgrind can't be run, or a limit does not hold.
pub fn instructions(pairs: &[Pair<'_>], options: &Options) -> Result<()> {
    let mut over = Vec::new();
    for (contender, server) in pairs.iter().filter(|(it, _)| it.is_own() && !it.is_variant()) {
        for (work, few, many, limit) in LIMITS {
            let (less, more) = (count(contender, work, few, server)?, count(contender, work, many, server)?);
            let each = more.saturating_sub(less) / (many - few);
            let name = contender.name();
            println!("{name:<14} {work:<12} {each:>8} instructions   (limit {limit})");
            if each > limit {
                over.push(format!("{work} of {name} takes {each} instructions, more than {limit}"));
            }
        }
    }
    if over.is_empty() || !options.check { Ok(()) } else { Err(over.join("; ").into()) }
}

fn count(contender: &Contender, work: &str, operations: u64, server: &Server) -> Result<u64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(&contender.program);
    command.args(contender.first);
    command.args([work, "--core", "0", "--at-once", "8", "--count", &operations.to_string()]);
    command.args(["--bucket", &format!("list-{operations}")]).args(server.arguments());
    let output = command.output().map_err(|error| format!("`valgrind` can't be run: {error}"))?;
    let told = String::from_utf8_lossy(&output.stderr);
    let found = told.split("Collected : ").nth(1).and_then(|it| it.lines().next()?.trim().parse().ok());
    match found {
        Some(count) if output.status.success() => Ok(count),
        _ => Err(format!("no count came of {work}: {told}").into()),
    }
}
