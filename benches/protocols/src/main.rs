//! `cargo xtask bench protocols`: the providers of this library side by side, each on a server that speaks its protocol.
//!
//! The same work should cost the same whatever the protocol: S3 is what the others are compared with. Every measurement
//! is a process of its own on one core, with the server on another. CPU time (user and system) decides; ratios are taken
//! within a round, then the one in the middle is shown.

mod protocols;
mod rows;

use bench_kit::compare::{Contender, Options, Pair, Row, Server, What, instructions, memory, rounds};
use bench_kit::{Result, server as null};

use protocols::Protocol;

const USAGE: &str = "\
usage: cargo xtask bench protocols [--only ROW]... [--rounds N] [--share N] [--markdown] [--memory | --instructions] [--check]

  --only ROW      one of the rows
  --rounds N      how often each protocol runs (default 5)
  --share N       only an Nth of the work (default 1)
  --markdown      the table as it is in docs/performance.md
  --memory        peak memory of streaming 8 GiB down and up and of listing a million objects, instead
  --instructions  user-space instructions of an operation, counted by valgrind, instead
  --check         fails when a ratio, the memory or the instructions are over the limit";

/// How much CPU the same work may take, for each that it takes over S3.
const MOST: f64 = 1.15;

fn main() -> Result<()> {
    let mut words = std::env::args().skip(1).peekable();
    let first = words.peek().cloned().unwrap_or_default();
    if first == "serve" {
        return null::serve(null::Options::parse(words.skip(1))?);
    }
    if let Some(protocol) = Protocol::ALL.iter().find(|it| it.name == first) {
        return protocol.run(words.skip(1));
    }
    let options = Options::parse(words, USAGE, rows::ALL)?;
    match options.what {
        What::Speed => compare(&options),
        What::Memory => alone(&options, memory),
        What::Instructions => alone(&options, instructions),
    }
}

/// Measures what has a limit of its own.
fn alone(options: &Options, measure: fn(&[Pair<'_>], &Options) -> Result<()>) -> Result<()> {
    let contenders = Contenders::start(None)?;
    measure(&contenders.pairs(), options)
}

/// Compares, and fails when a ratio is over the limit and that is asked for.
fn compare(options: &Options) -> Result<()> {
    let mut over = Vec::new();
    for row in rows::ALL.iter().filter(|row| options.wants(row)) {
        let contenders = Contenders::start(Some(row))?;
        let table = rounds(row, &contenders.pairs(), options)?;
        let to = contenders.reference();
        let head = format!("/ {}", table.names()[to]);
        print!("{}", table.show(&[(&head, Some(to))], options.markdown));
        for (number, name) in table.names().iter().enumerate() {
            let ratio = table.ratio(number, to);
            // S3 itself may sign content, which nobody else does.
            if ratio > MOST && contenders.is_compared(number) {
                over.push(format!("{} over {name} takes {ratio:.2}", row.name));
            }
        }
    }
    if over.is_empty() || !options.check {
        return Ok(());
    }
    Err(format!("more than {MOST} times what S3 takes: {}", over.join(", ")).into())
}

/// Who takes part, each with the server that speaks its protocol.
struct Contenders {
    servers: Vec<Server>,
    /// The number of the server, and who talks to it.
    all: Vec<(usize, Contender)>,
}

impl Contenders {
    /// Starts the servers of a row, or those that do nothing special.
    fn start(row: Option<&Row>) -> Result<Self> {
        let (mut servers, mut all) = (Vec::new(), Vec::new());
        for protocol in Protocol::ALL {
            let mut words = vec!["--dialect", protocol.name];
            words.extend(row.map_or(&[][..], |it| it.server));
            servers.push(Server::start(&words, row.is_some_and(|it| it.tls))?);
            let own = Contender::own(protocol.name, protocol.name)?.with_parts(protocol.part_mib);
            all.push((servers.len() - 1, own));
            if protocol.signs_content && row.is_some_and(Row::writes_in_clear) {
                let unsigned = Contender::own(protocol.name, protocol.name)?.unsigned();
                all.push((servers.len() - 1, unsigned));
            }
        }
        Ok(Self { servers, all })
    }

    fn pairs(&self) -> Vec<Pair<'_>> {
        self.all.iter().map(|(server, contender)| (contender, &self.servers[*server])).collect()
    }

    /// Finds the one that does the same work as the others: S3, without signing content where that would be more.
    fn reference(&self) -> usize {
        self.all.iter().position(|(_, it)| it.is_variant()).unwrap_or(0)
    }

    /// Tells whether one is held against the reference.
    fn is_compared(&self, number: usize) -> bool {
        self.all[number].0 != self.all[self.reference()].0
    }
}
