//! `cargo xtask conformance`: the conformance tests of every provider, and the matrix that they make.
//!
//! By themselves the tests run on what they have in their own process. With `--servers`, real servers are started
//! for them, and with `--full` all that there are.

mod matrix;
mod report;

use std::path::PathBuf;

use self::matrix::Matrix;
use crate::ci::Outcome;
use crate::servers::{self, Session};
use crate::shell::{Arguments, Result, Run};
use crate::workspace::{Package, Workspace};

/// The directory that the test kit writes a report for each server into.
const REPORT_VARIABLE: &str = "STORAGE_CONFORMANCE_REPORT";
/// The text that the names of cases have to contain.
const FILTER_VARIABLE: &str = "STORAGE_CONFORMANCE_FILTER";
/// The vendor whose row the tests of a provider with vendors run against.
const VENDOR_VARIABLE: &str = "STORAGE_CONFORMANCE_VENDOR";
/// Set when the tests go to a real account, which the environment gives.
const LIVE_VARIABLE: &str = "STORAGE_CONFORMANCE_LIVE";
const MATRIX: &str = "docs/conformance.md";
const TEST: &str = "conformance";
/// The other tests on real servers: what is compared with other clients, and the command.
const SERVER_TESTS: [&str; 2] = ["clients", "servers"];
/// What was skipped, and why, is printed by tests that pass, too.
const OUTPUT: &[&str] = &["--", "--nocapture"];

pub(crate) fn run(arguments: &[String]) -> Result {
    let mut arguments = Arguments::new(arguments);
    let (checks, live, full) =
        (arguments.flag("--check"), arguments.flag("--live"), arguments.flag("--full"));
    let (vendor, filter) = (arguments.value("--vendor")?, arguments.value("--filter")?);
    let names = arguments.value("--servers")?;
    let provider = if live { arguments.word() } else { None };
    arguments.end()?;
    let workspace = Workspace::read()?;
    let remote_only = live || vendor.is_some();
    if remote_only && (full || names.is_some()) {
        return Err(
            "`--live` and `--vendor` are about services, `--servers` and `--full` about servers of here"
                .into(),
        );
    }
    let names: Vec<&str> = match &names {
        _ if full => servers::FULL.to_vec(),
        Some(names) => names.split(',').collect(),
        None => Vec::new(),
    };
    let session = Session::start(&workspace, &names)?;
    let mut cargo = prepare(&workspace, &session)?;
    for (name, value) in [(FILTER_VARIABLE, &filter), (VENDOR_VARIABLE, &vendor)] {
        if let Some(value) = value {
            cargo = cargo.env(name, value);
        }
    }
    let scope = if remote_only || (!full && !names.is_empty()) { Scope::Services } else { Scope::Workspace };
    cargo = scope.choose(&workspace, cargo, provider.as_deref())?;
    if live {
        cargo = cargo.env(LIVE_VARIABLE, "1");
    }
    cargo.args(OUTPUT).status()?;
    if remote_only || filter.is_some() {
        println!("the matrix in {MATRIX} shows whole runs on servers of here only, and stays as it is");
        return Ok(());
    }
    if checks { compare(&workspace, scope, full) } else { write(&workspace, scope, full) }
}

/// Runs the cases in their own process and compares what they say with the matrix.
pub(crate) fn check(workspace: &Workspace) -> Result {
    let none: [&str; 0] = [];
    let session = Session::start(workspace, &none)?;
    Scope::Workspace.choose(workspace, prepare(workspace, &session)?, None)?.args(OUTPUT).status()?;
    compare(workspace, Scope::Workspace, false)
}

/// Does the same on real servers, and runs what is compared with other clients.
pub(crate) fn check_servers(workspace: &Workspace) -> Result<Outcome> {
    if let Some(reason) = Session::install(workspace, servers::FULL)? {
        return Ok(Outcome::Skipped(reason));
    }
    let session = Session::start(workspace, servers::FULL)?;
    session.check()?;
    Scope::Services.choose(workspace, prepare(workspace, &session)?, None)?.args(OUTPUT).status()?;
    // Signatures are private, so that what compares them with other clients' stands among the unit tests.
    let units = with_servers(Run::cargo().directory(&workspace.root), &session);
    let units = units.args(["test", "--locked", "--all-features", "--lib"]);
    Scope::Services.choose(workspace, units, None)?.args(["oracle"]).args(OUTPUT).status()?;
    for test in SERVER_TESTS {
        for package in workspace.packages.iter().filter(|it| it.has_target("test", test)) {
            let cargo = with_servers(Run::cargo().directory(&workspace.root), &session);
            let words = ["test", "--locked", "--all-features", "--test", test, "--package", &package.name];
            cargo.args(words).args(OUTPUT).status()?;
        }
    }
    compare(workspace, Scope::Services, true).map(|()| Outcome::Passed)
}

fn prepare(workspace: &Workspace, session: &Session) -> Result<Run> {
    report::clear(&reports(workspace))?;
    let cargo = Run::cargo().directory(&workspace.root).env(REPORT_VARIABLE, reports(workspace));
    Ok(with_servers(cargo, session).args(["test", "--locked", "--all-features", "--test", TEST]))
}

fn with_servers(cargo: Run, session: &Session) -> Run {
    session.environment().iter().fold(cargo, |cargo, (name, value)| cargo.env(name, value))
}

fn reports(workspace: &Workspace) -> PathBuf {
    workspace.target.join("conformance")
}

/// Whose cases are run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Workspace,
    /// The providers that speak to a service: they can be run live, have vendors, and need servers.
    Services,
}

impl Scope {
    /// Chooses the packages, or of those that speak to services just one.
    fn choose(self, workspace: &Workspace, cargo: Run, provider: Option<&str>) -> Result<Run> {
        if self == Self::Workspace {
            return Ok(cargo.args(["--workspace"]));
        }
        let is_remote =
            |it: &&Package| it.has_target("test", TEST) && it.ours().any(|name| name == "storage-http");
        let is_wanted = |it: &&Package| provider.is_none_or(|name| it.name == format!("storage-{name}"));
        let all = workspace.packages.iter().filter(is_remote);
        let packages: Vec<&Package> = all.filter(is_wanted).collect();
        match (packages.is_empty(), provider) {
            (true, Some(name)) => {
                Err(format!("no provider `{name}` of this workspace speaks to a service").into())
            }
            (true, None) => Err("no provider of this workspace speaks to a service yet".into()),
            _ => Ok(packages.iter().fold(cargo, |cargo, it| cargo.args(["--package", &it.name]))),
        }
    }

    /// Tells whether a column stays although this run has not made it.
    fn keeps(self, column: &str, full: bool) -> bool {
        match self {
            // All that there is was run, but servers only when they were started.
            Self::Workspace => !full && servers::is_started_here(column),
            // Of a full run on servers, everything but those is still to be believed.
            Self::Services => !full || !servers::is_started_here(column),
        }
    }
}

/// Compares the matrix with the reports of the last run of the tests.
fn compare(workspace: &Workspace, scope: Scope, full: bool) -> Result {
    let older = kept(workspace)?;
    let now = merged(workspace, &older, scope, full)?;
    match now.differences(&older) {
        None => Ok(()),
        Some(differences) => {
            let command = if full { "cargo xtask conformance --full" } else { "cargo xtask conformance" };
            Err(format!("{MATRIX} is not what the tests say; `{command}` writes it\n{differences}").into())
        }
    }
}

fn write(workspace: &Workspace, scope: Scope, full: bool) -> Result {
    let now = merged(workspace, &kept(workspace)?, scope, full)?;
    std::fs::write(workspace.root.join(MATRIX), now.to_string())?;
    println!("wrote {MATRIX}");
    Ok(())
}

fn kept(workspace: &Workspace) -> Result<Matrix> {
    let path = workspace.root.join(MATRIX);
    if path.exists() { Matrix::parse(&std::fs::read_to_string(path)?) } else { Ok(Matrix::default()) }
}

fn merged(workspace: &Workspace, older: &Matrix, scope: Scope, full: bool) -> Result<Matrix> {
    let mut now = Matrix::of(&report::read(&reports(workspace))?);
    now.keep(older, |column| scope.keeps(column, full));
    Ok(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_keeps_the_columns_that_it_could_not_make() {
        for (scope, full, column, keeps) in [
            (Scope::Workspace, false, "radosgw-tls", true),
            (Scope::Workspace, false, "memory", false),
            (Scope::Workspace, true, "radosgw", false),
            (Scope::Services, false, "radosgw", true),
            (Scope::Services, true, "radosgw", false),
            (Scope::Services, true, "memory", true),
        ] {
            assert_eq!(scope.keeps(column, full), keeps, "{column}, full: {full}");
        }
    }
}
