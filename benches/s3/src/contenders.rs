//! Who is compared: this library, and the programs of the peers.

use std::path::{Path, PathBuf};
use std::process::Command;

use bench_kit::{Report, Result, Work};

use crate::rows::Row;
use crate::server::Server;

/// A program that does a workload and prints what it cost.
#[derive(Debug)]
pub(crate) struct Contender {
    pub(crate) name: String,
    program: PathBuf,
    first: Option<&'static str>,
    /// Content goes unsigned over http too.
    unsigned: bool,
}

/// The programs of the peers, and whose they are. The first one is the limit: it signs nothing and repeats nothing.
const PEERS: [(&str, &str); 4] = [
    ("peer-hyper", crate::table::LIMIT),
    ("peer-object-store", "object_store"),
    ("peer-opendal", "opendal"),
    ("peer-aws-sdk-s3", "aws-sdk-s3"),
];

impl Contender {
    /// Makes this library, its unsigned variant, and the peers whose programs are in a folder.
    pub(crate) fn all(peers: Option<&Path>) -> Result<Vec<Self>> {
        let own = |name: &str, unsigned| -> Result<Self> {
            let program = std::env::current_exe()?;
            Ok(Self { name: name.to_owned(), program, first: Some("storage"), unsigned })
        };
        let mut all = vec![own(crate::table::OURS, false)?, own("storage, unsigned", true)?];
        for (program, name) in PEERS {
            let Some(program) = peers.map(|it| it.join(program)).filter(|it| it.is_file()) else { continue };
            all.push(Self { name: name.to_owned(), program, first: None, unsigned: false });
        }
        Ok(all)
    }

    /// Tells whether it has a line in a row.
    pub(crate) fn does(&self, row: &Row) -> bool {
        !self.unsigned || row.writes_in_clear()
    }

    /// Tells whether it is this library.
    pub(crate) fn is_own(&self) -> bool {
        self.first.is_some()
    }

    /// Tells whether it differs from another one only in what it signs.
    pub(crate) fn is_variant(&self) -> bool {
        self.unsigned
    }

    /// Runs once.
    pub(crate) fn measure(&self, row: &Row, share: u64, server: &Server) -> Result<Report> {
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
