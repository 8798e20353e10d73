//! `cargo xtask bench`: benchmarks are the programs of the packages below `benches/`.

use std::path::PathBuf;

use crate::ci::Outcome;
use crate::shell::{Result, Run};
use crate::workspace::{Package, Workspace};

/// The benchmark that is compared with other libraries.
const COMPARED: &str = "s3";
/// The features of `benches/peers`, each with a program of its own.
const PEERS: [&str; 4] = ["hyper", "object-store", "opendal", "aws-sdk-s3"];
/// Leaves the peers out.
const ALONE: &str = "--alone";

pub(crate) fn run(arguments: &[String]) -> Result {
    let workspace = Workspace::read()?;
    let all: Vec<(&Package, &str)> = benches(&workspace).collect();
    let Some((name, rest)) = arguments.split_first() else {
        println!("{}", listed(&all));
        return Ok(());
    };
    let Some((package, _)) = all.iter().find(|(_, it)| it == name) else {
        return Err(format!("unknown benchmark `{name}`; {}", listed(&all)).into());
    };
    let mut words: Vec<String> = rest.iter().filter(|it| *it != ALONE).cloned().collect();
    if name == COMPARED && words.len() == rest.len() {
        words.extend(["--peers".to_owned(), peers(&workspace)?.display().to_string()]);
    }
    start(&workspace, &package.name, name, &words)
}

/// Counts the instructions of every protocol's most frequent calls, where there is a program that can.
pub(crate) fn instructions(workspace: &Workspace) -> Result<Outcome> {
    if !Run::program("valgrind").args(["--version"]).succeeds() {
        return Ok(Outcome::Skipped("valgrind is not installed (`apt-get install valgrind`)".to_owned()));
    }
    let words = ["--instructions", "--check"].map(str::to_owned);
    start(workspace, "bench-protocols", "protocols", &words).map(|()| Outcome::Passed)
}

fn start(workspace: &Workspace, package: &str, name: &str, words: &[String]) -> Result {
    let cargo = Run::cargo().directory(&workspace.root);
    cargo
        .args(["run", "--release", "--locked", "--package", package, "--bin", name, "--"])
        .args(words)
        .status()
}

/// Builds the programs of the peers and returns where they are. Each is built by itself, since one build for all would
/// give each the features of the others.
fn peers(workspace: &Workspace) -> Result<PathBuf> {
    let target = workspace.target.join("peers");
    for name in PEERS {
        let cargo = Run::cargo().directory(&workspace.root.join("benches/peers"));
        cargo
            .args(["build", "--release", "--locked", "--features", name, "--bin", &format!("peer-{name}")])
            .env("CARGO_TARGET_DIR", &target)
            .status()?;
    }
    Ok(target.join("release"))
}

fn benches(workspace: &Workspace) -> impl Iterator<Item = (&Package, &str)> {
    let below = workspace.root.join("benches");
    let packages = workspace.packages.iter().filter(move |it| it.manifest_path.starts_with(&below));
    packages.flat_map(|package| {
        let programs = package.targets.iter().filter(|it| it.kind.iter().any(|it| it == "bin"));
        programs.map(move |it| (package, it.name.as_str()))
    })
}

fn listed(all: &[(&Package, &str)]) -> String {
    if all.is_empty() {
        return "there are no benchmarks yet: they are programs of packages below `benches/`".to_owned();
    }
    format!("benchmarks: {}", all.iter().map(|(_, name)| *name).collect::<Vec<_>>().join(", "))
}
