//! The command line that comparisons share.

use super::row::Row;
use crate::Result;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// Speed, or one of the others.
    pub what: What,
    /// Only these rows; all when there is none.
    pub only: Vec<String>,
    /// How often each contender runs.
    pub rounds: usize,
    /// Only an nth of the work.
    pub share: u64,
    /// Tables are shown as documents have them.
    pub markdown: bool,
    /// A limit that does not hold is an error.
    pub check: bool,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// CPU and wall time.
    Speed,
    /// Peaks of memory.
    Memory,
    /// Instructions, counted by valgrind.
    Instructions,
}

impl Options {
    /// Reads the words of a command line.
    ///
    /// # Errors
    /// Naming the word that can't be read, and how the program is used.
    pub fn parse(mut words: impl Iterator<Item = String>, usage: &str, rows: &[Row]) -> Result<Self> {
        let mut options =
            Self { what: What::Speed, only: Vec::new(), rounds: 5, share: 1, markdown: false, check: false };
        while let Some(flag) = words.next() {
            let mut value = || words.next().ok_or(format!("{flag} needs a value\n\n{usage}"));
            match flag.as_str() {
                "--only" => options.only.push(value()?),
                "--rounds" => options.rounds = value()?.parse::<usize>()?.max(1),
                "--share" => options.share = value()?.parse::<u64>()?.max(1),
                "--markdown" => options.markdown = true,
                "--check" => options.check = true,
                "--memory" => options.what = What::Memory,
                "--instructions" => options.what = What::Instructions,
                _ => return Err(format!("unknown option {flag}\n\n{usage}").into()),
            }
        }
        if let Some(unknown) = options.only.iter().find(|it| rows.iter().all(|row| row.name != **it)) {
            let names: Vec<_> = rows.iter().map(|it| it.name).collect();
            return Err(format!("no row `{unknown}`; there are {}", names.join(", ")).into());
        }
        Ok(options)
    }

    /// Tells whether a row is asked for.
    pub fn wants(&self, row: &Row) -> bool {
        self.only.is_empty() || self.only.iter().any(|it| it == row.name)
    }
}
