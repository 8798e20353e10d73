//! `cargo xtask bench s3`: the S3 provider against other libraries and bare hyper, row by row and turn by turn.
//!
//! Every measurement is a process of its own on one core, with the server on another. CPU time (user and system)
//! decides; wall time moves with whatever else the machine does. Ratios are taken within a round, then the one in the
//! middle is shown.

mod contenders;
mod rows;
mod storage_contender;

use std::path::PathBuf;

use bench_kit::compare::{Contender, Options, Pair, Server, Table, What, instructions, memory, rounds};
use bench_kit::{Result, server as null};

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
        Some(contenders::WORD) => storage_contender::run(words.skip(1)),
        _ => {
            let (peers, words) = peers(words)?;
            let options = Options::parse(words.into_iter(), USAGE, rows::ALL)?;
            let all = contenders::all(peers.as_deref())?;
            if options.what == What::Speed {
                return compare(&all, &options);
            }
            let server = Server::start(&[], false)?;
            let pairs: Vec<Pair<'_>> = all.iter().map(|it| (it, &server)).collect();
            match options.what {
                What::Memory => memory(&pairs, &options),
                _ => instructions(&pairs, &options),
            }
        }
    }
}

/// Takes from the command line where the programs of the peers are.
fn peers(words: impl Iterator<Item = String>) -> Result<(Option<PathBuf>, Vec<String>)> {
    let mut words: Vec<String> = words.collect();
    let Some(place) = words.iter().position(|it| it == "--peers") else { return Ok((None, words)) };
    let folder = words.drain(place..words.len().min(place + 2)).nth(1);
    let folder = folder.ok_or_else(|| format!("--peers needs a value\n\n{USAGE}"))?;
    Ok((Some(folder.into()), words))
}

fn compare(all: &[Contender], options: &Options) -> Result<()> {
    for row in rows::ALL.iter().filter(|row| options.wants(row)) {
        let server = Server::start(row.server, row.tls)?;
        let pairs: Vec<Pair<'_>> = all.iter().filter(|it| it.does(row)).map(|it| (it, &server)).collect();
        let table = rounds(row, &pairs, options)?;
        let limit = table.names().iter().position(|it| it == contenders::LIMIT);
        let ratios = [("/ limit", limit), ("/ best peer", best(&table))];
        print!("{}", table.show(&ratios, options.markdown));
    }
    Ok(())
}

/// Finds the other library that costs least.
fn best(table: &Table<'_>) -> Option<usize> {
    let names = table.names();
    let other = |name: &str| !name.starts_with(contenders::OURS) && name != contenders::LIMIT;
    let others = (0..names.len()).filter(|it| other(&names[*it]));
    others.min_by(|a, b| table.cpu(*a).total_cmp(&table.cpu(*b)))
}

#[cfg(test)]
mod tests {
    use bench_kit::Report;

    use super::*;

    #[test]
    fn the_best_peer_is_another_library() {
        let names = ["storage", "storage, unsigned", contenders::LIMIT, "slow", "slower"].map(str::to_owned);
        let mut table = Table::new(&rows::ALL[4], names.to_vec());
        let report = |cpu| Report { cpu, wall: 1.0, p50: f64::NAN, peak_mib: 1.0 };
        table.add([2.0, 2.0, 1.0, 4.0, 8.0].map(report).to_vec());
        assert_eq!(best(&table), Some(3));
    }

    #[test]
    fn the_folder_of_the_peers_may_stand_anywhere() {
        let words = |text: &str| peers(text.split(' ').map(str::to_owned).collect::<Vec<_>>().into_iter());
        let (folder, rest) = words("--memory --peers here --check").unwrap();
        assert_eq!(folder, Some("here".into()));
        assert_eq!(rest, ["--memory", "--check"]);
        assert!(words("--memory --peers").is_err());
    }
}
