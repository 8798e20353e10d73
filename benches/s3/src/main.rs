//! `cargo xtask bench s3`: the S3 provider against other libraries and bare hyper, row by row and turn by turn.
//!
//! Every measurement is a process of its own on one core, with the server on another. CPU time (user and system)
//! decides; wall time moves with whatever else the machine does. Ratios are taken within a round, then the one in the
//! middle is shown.

mod contenders;
mod instructions;
mod memory;
mod rows;
mod server;
mod storage_contender;
mod table;

use std::path::PathBuf;

use bench_kit::{Result, server as null};

use contenders::Contender;
use rows::Row;
use server::Server;
use table::Table;

const USAGE: &str = "\
usage: cargo xtask bench s3 [--alone] [--only ROW]... [--rounds N] [--share N] [--markdown] [--memory | --instructions [--check]]

  --alone         without building and running the peers
  --only ROW      one of the rows
  --rounds N      how often each contender runs (default 5)
  --share N       only an Nth of the work (default 1)
  --markdown      the table as it is in docs/performance.md
  --memory        peak memory of streaming 8 GiB down and up and of listing a million objects, instead
  --instructions  user-space instructions of an operation, counted by valgrind, instead
  --check         fails when they, or the memory, are over the limit";

fn main() -> Result<()> {
    let mut words = std::env::args().skip(1).peekable();
    match words.peek().map(String::as_str) {
        Some("serve") => null::serve(null::Options::parse(words.skip(1))?),
        Some("storage") => storage_contender::run(words.skip(1)),
        _ => {
            let options = Options::parse(words)?;
            match options.what {
                What::Speed => compare(&options),
                What::Memory => memory::run(&options),
                What::Instructions => instructions::run(&options),
            }
        }
    }
}

/// The command line.
#[derive(Debug)]
pub(crate) struct Options {
    what: What,
    /// Where the programs of the peers are.
    peers: Option<PathBuf>,
    only: Vec<String>,
    rounds: usize,
    share: u64,
    markdown: bool,
    /// A limit that does not hold is an error.
    check: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Speed,
    Memory,
    Instructions,
}

impl Options {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self {
            what: What::Speed,
            peers: None,
            only: Vec::new(),
            rounds: 5,
            share: 1,
            markdown: false,
            check: false,
        };
        while let Some(flag) = words.next() {
            let mut value = || words.next().ok_or(format!("{flag} needs a value\n\n{USAGE}"));
            match flag.as_str() {
                "--peers" => options.peers = Some(value()?.into()),
                "--only" => options.only.push(value()?),
                "--rounds" => options.rounds = value()?.parse::<usize>()?.max(1),
                "--share" => options.share = value()?.parse::<u64>()?.max(1),
                "--markdown" => options.markdown = true,
                "--check" => options.check = true,
                "--memory" => options.what = What::Memory,
                "--instructions" => options.what = What::Instructions,
                _ => return Err(format!("unknown option {flag}\n\n{USAGE}").into()),
            }
        }
        if let Some(unknown) = options.only.iter().find(|it| Row::ALL.iter().all(|row| row.name != **it)) {
            let names: Vec<_> = Row::ALL.iter().map(|it| it.name).collect();
            return Err(format!("no row `{unknown}`; there are {}", names.join(", ")).into());
        }
        Ok(options)
    }
}

fn compare(options: &Options) -> Result<()> {
    let all = Contender::all(options.peers.as_deref())?;
    let wanted = |row: &&Row| options.only.is_empty() || options.only.iter().any(|it| it == row.name);
    for row in Row::ALL.iter().filter(wanted) {
        let server = Server::start(row.server, row.tls)?;
        let here: Vec<&Contender> = all.iter().filter(|it| it.does(row)).collect();
        let mut table = Table::new(row, here.iter().map(|it| it.name.clone()).collect());
        for round in 0..options.rounds {
            let mut reports = vec![None; here.len()];
            // Nobody is always the first one after the others.
            for turn in 0..here.len() {
                let number = (turn + round) % here.len();
                reports[number] = Some(here[number].measure(row, options.share, &server)?);
            }
            table.add(reports.into_iter().flatten().collect());
        }
        print!("{}", if options.markdown { table.markdown() } else { table.text() });
    }
    Ok(())
}
