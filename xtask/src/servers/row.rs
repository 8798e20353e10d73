//! What a server is, as data.

use std::path::Path;

use super::text::Texts;
use crate::shell::Result;

/// A server: what it needs, how it starts, and what tests have to know of it.
///
/// Texts may hold `@name@`, which is filled in at the start: `@port@` and `@port+1@` on, `@home@` (the folder of the
/// row), `@data@` (empty at each start), `@log@`, `@user@`, each knob, and the folder of each row in `needs`.
pub(crate) struct Server {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// The first of its ports unless `--port` says otherwise.
    pub(crate) port: u16,
    /// How many ports it takes, one behind the other.
    pub(crate) ports: u16,
    /// Rows that have to be installed, too.
    pub(crate) needs: &'static [&'static str],
    pub(crate) sources: &'static [Source],
    /// What `--set NAME=VALUE` changes.
    pub(crate) knobs: &'static [Knob],
    /// Makes what no template can say: more texts to fill in, and more lines of the environment.
    pub(crate) prepare: Option<Prepare>,
    /// Files below `@home@`, and their templates.
    pub(crate) files: &'static [(&'static str, &'static str)],
    /// Without one there is nothing to run: the row is a set of programs.
    pub(crate) steps: &'static [Step],
    /// What stands behind `STORAGE_TEST_<NAME>` in names, and the values.
    pub(crate) environment: &'static [(&'static str, &'static str)],
}

/// Makes what no template can say, from the folder of all rows, the first port and the other texts.
pub(crate) type Prepare = fn(&Path, u16, &Texts) -> Result<Prepared>;

/// What a launcher adds to the texts of its row.
#[derive(Default)]
pub(crate) struct Prepared {
    pub(crate) texts: Vec<(String, String)>,
    pub(crate) environment: Vec<(String, String)>,
}

/// A value of a row that whoever starts it may change.
pub(crate) struct Knob {
    pub(crate) name: &'static str,
    pub(crate) value: &'static str,
    pub(crate) about: &'static str,
}

/// The registry that a server comes from.
pub(crate) enum Source {
    /// The packages of the system, and the programs that show that they are there.
    Apt { packages: &'static [Debian], programs: &'static [&'static str] },
    /// Into a virtual environment of its own; every version is held by the constraints.
    Pip { packages: &'static [&'static str], constraints: &'static str },
    /// Without the scripts of the packages.
    Npm(&'static [&'static str]),
}

/// A package of the system. It takes the version that the system has; the one that was tested is told when they differ.
pub(crate) struct Debian {
    pub(crate) name: &'static str,
    /// How the tested versions begin.
    pub(crate) tested: &'static str,
}

/// One step of a start.
pub(crate) enum Step {
    /// Runs a program to its end.
    Run(&'static [&'static str]),
    /// Starts a program that stays, under a name for its log.
    Spawn {
        name: &'static str,
        environment: &'static [(&'static str, &'static str)],
        line: &'static [&'static str],
    },
    /// Waits for a status of `GET path`.
    Http { port: &'static str, path: &'static str, status: u16 },
    /// Waits until a port is open.
    Open { port: &'static str },
}

impl Server {
    /// The row of a server with nothing but what every one has.
    pub(crate) const fn new(name: &'static str, about: &'static str, port: u16, ports: u16) -> Self {
        Self {
            name,
            about,
            port,
            ports,
            needs: &[],
            sources: &[],
            knobs: &[],
            prepare: None,
            files: &[],
            steps: &[],
            environment: &[],
        }
    }

    /// Returns how the names of its lines in the environment begin.
    pub(crate) fn variable(&self) -> String {
        format!("STORAGE_TEST_{}", self.name.to_ascii_uppercase().replace('-', "_"))
    }
}
