//! `cargo xtask bench local`: the local store against plain files, work by work and turn by turn in one process.
//!
//! CPU time (user and system) decides; wall time moves with whatever else the machine does. Each row shows the median of
//! the rounds and the ratio to the plain files of the same durability, taken round by round.

mod contender;
mod measure;
mod memory;
mod work;

use std::path::PathBuf;

use contender::Contender;
use measure::{Cost, Table};
use work::Work;

const USAGE: &str = "\
usage: cargo xtask bench local [--dir DIR] [--rounds N] [--size BYTES] [--count N] [--durable] [--only WORK] [--memory]

  --dir DIR     where files are made (default: /dev/shm where it is, else the temporary directory)
  --rounds N    rounds after one that is not counted (default 5)
  --size BYTES  size of the large object (default 1 GiB)
  --count N     number of small objects (default 20000)
  --durable     sync everything on both sides (use a real disk with --dir)
  --only WORK   one of the rows
  --memory      peak memory of streaming 8 GiB up and down and of listing a million objects, instead";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::parse(std::env::args().skip(1))?;
    if let Some(part) = &options.memory_part {
        return memory::child(part, &options);
    }
    if options.memory {
        return memory::run(&options);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut table = Table::default();
    for work in
        Work::ALL.into_iter().filter(|it| options.only.as_deref().is_none_or(|only| only == it.name()))
    {
        for round in 0..=options.rounds {
            let mut costs = Vec::new();
            for contender in Contender::ALL {
                let dir = tempfile::tempdir_in(&options.dir)?;
                let bench = contender.open(dir.path(), options.durable)?;
                let cost = runtime.block_on(async {
                    work.prepare(&bench, &options).await?;
                    let before = Cost::now();
                    let operations = work.run(&bench, &options).await?;
                    Ok::<_, storage::Error>(before.until_now().per(operations))
                })?;
                costs.push(cost);
            }
            if round > 0 {
                table.add(work, costs);
            }
        }
        table.print(work);
    }
    Ok(())
}

/// The command line.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) dir: PathBuf,
    pub(crate) rounds: usize,
    pub(crate) size: u64,
    pub(crate) count: u64,
    pub(crate) durable: bool,
    pub(crate) only: Option<String>,
    pub(crate) memory: bool,
    pub(crate) memory_part: Option<String>,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let shm = PathBuf::from("/dev/shm");
        let dir = if shm.is_dir() { shm } else { std::env::temp_dir() };
        let mut options = Self {
            dir,
            rounds: 5,
            size: 1 << 30,
            count: 20_000,
            durable: false,
            only: None,
            memory: false,
            memory_part: None,
        };
        while let Some(flag) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{flag} needs a value\n\n{USAGE}"));
            let number =
                |text: String| text.parse::<u64>().map_err(|_| format!("{text} is no number\n\n{USAGE}"));
            match flag.as_str() {
                "--dir" => options.dir = value()?.into(),
                "--rounds" => options.rounds = usize::try_from(number(value()?)?).unwrap_or(usize::MAX),
                "--size" => options.size = number(value()?)?,
                "--count" => options.count = number(value()?)?,
                "--durable" => options.durable = true,
                "--only" => options.only = Some(value()?),
                "--memory" => options.memory = true,
                "--memory-part" => options.memory_part = Some(value()?),
                _ => return Err(format!("unknown option {flag}\n\n{USAGE}")),
            }
        }
        Ok(options)
    }
}
