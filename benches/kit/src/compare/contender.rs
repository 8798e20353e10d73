//! Who is compared.

use std::path::PathBuf;
use std::process::Command;

use super::row::Row;
use super::server::Server;
use crate::{Report, Result, Work};

/// The size that parts have where nothing makes them grow.
const PART_MIB: u32 = 8;

/// A program that does a workload and prints what it cost.
#[derive(Debug)]
pub struct Contender {
    name: String,
    pub(super) program: PathBuf,
    /// The word in front of the workload; a program of somebody else needs none.
    pub(super) first: Option<&'static str>,
    /// Content goes unsigned over http too.
    unsigned: bool,
    /// How large the parts of an upload of 8 GiB and of unknown length become.
    pub(super) part_mib: u32,
}

impl Contender {
    /// Makes one of this program itself, which knows it by a word.
    ///
    /// # Errors
    /// When this program can't be found.
    pub fn own(name: &str, first: &'static str) -> Result<Self> {
        let program = std::env::current_exe()?;
        Ok(Self { name: name.to_owned(), program, first: Some(first), unsigned: false, part_mib: PART_MIB })
    }

    /// Makes one of another program.
    pub fn peer(name: &str, program: PathBuf) -> Self {
        Self { name: name.to_owned(), program, first: None, unsigned: false, part_mib: PART_MIB }
    }

    /// Makes it the variant that does not sign content, also where nothing encrypts it.
    pub fn unsigned(mut self) -> Self {
        self.name.push_str(", unsigned");
        self.unsigned = true;
        self
    }

    /// Says how large, in MiB, the last parts of an upload of 8 GiB and of unknown length are.
    pub fn with_parts(mut self, mib: u32) -> Self {
        self.part_mib = mib;
        self
    }

    /// Returns its name in tables.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Tells whether it has a line in a row.
    pub fn does(&self, row: &Row) -> bool {
        !self.unsigned || row.writes_in_clear()
    }

    /// Tells whether it is this library.
    pub fn is_own(&self) -> bool {
        self.first.is_some()
    }

    /// Tells whether it differs from another one only in what it signs.
    pub fn is_variant(&self) -> bool {
        self.unsigned
    }

    /// Runs once, with an nth of the work.
    ///
    /// # Errors
    /// What it does wrong, in its own words.
    pub fn measure(&self, row: &Row, share: u64, server: &Server) -> Result<Report> {
        let mut command = Command::new(&self.program);
        command.args(self.first).arg(row.work.name());
        if self.unsigned {
            command.arg("--unsigned");
        }
        let large = row.unit().1 > 1.0;
        let size = if large { row.size / share } else { row.size };
        let count = if large { 1 } else { (row.count / share).max(1) };
        command.args(["--core", "0"]);
        command.args(server.arguments());
        for (name, value) in [("--size", size), ("--count", count), ("--at-once", row.at_once)] {
            command.args([name, &value.to_string()]);
        }
        if row.work == Work::List {
            command.args(["--bucket", &format!("list-{count}")]);
        }
        let output = command.output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        if !output.status.success() {
            let problem = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(format!("{} in {}: {problem}", self.name, row.name).into());
        }
        Report::find(&text)
    }
}
