//! `cargo xtask deny`: licences, bans and sources of the dependencies.

use crate::shell::{Arguments, Result, Run};
use crate::tools;
use crate::workspace::Workspace;

pub(crate) fn run(arguments: &[String]) -> Result {
    Arguments::new(arguments).end()?;
    check(&Workspace::read()?)
}

/// Checks what `deny.toml` says. Advisories are not asked: their database is no package of a registry, and the floors
/// in `deny.toml` stand for those that matter here.
pub(crate) fn check(workspace: &Workspace) -> Result {
    let program = tools::DENY.ensure(workspace)?;
    let arguments =
        ["--all-features", "--locked", "check", "--hide-inclusion-graph", "licenses", "bans", "sources"];
    Run::program(program).directory(&workspace.root).args(arguments).status()
}
