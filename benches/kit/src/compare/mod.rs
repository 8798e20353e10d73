//! What whoever compares contenders needs: processes, rows, rounds, tables, and the limits of memory and instructions.

mod contender;
mod instructions;
mod memory;
mod options;
mod own;
mod row;
mod server;
mod table;

pub use contender::Contender;
pub use instructions::instructions;
pub use memory::memory;
pub use options::{Options, What};
pub use own::Own;
pub use row::{GIB, Row};
pub use server::Server;
pub use table::Table;

use crate::Result;

/// A contender, and the server that it talks to.
pub type Pair<'a> = (&'a Contender, &'a Server);

/// Measures a row, round by round and turn by turn.
///
/// # Errors
/// What a contender does wrong.
pub fn rounds<'a>(row: &'a Row, pairs: &[Pair<'_>], options: &Options) -> Result<Table<'a>> {
    let mut table = Table::new(row, pairs.iter().map(|(it, _)| it.name().to_owned()).collect());
    for round in 0..options.rounds {
        let mut reports = vec![None; pairs.len()];
        // Nobody is always the first one after the others.
        for turn in 0..pairs.len() {
            let number = (turn + round) % pairs.len();
            let (contender, server) = pairs[number];
            reports[number] = Some(contender.measure(row, options.share, server)?);
        }
        table.add(reports.into_iter().flatten().collect());
    }
    Ok(table)
}
