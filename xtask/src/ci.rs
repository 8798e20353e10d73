//! `cargo xtask ci`: every check, with the seconds that each one took.

use std::time::{Duration, Instant};

use crate::shell::{Arguments, Result, Run};
use crate::workspace::Workspace;
use crate::{api, bench, conformance, deny, new_provider, outside, tidy};

/// What became of a check that did not fail.
pub(crate) enum Outcome {
    Passed,
    /// It could not be made here, and why.
    Skipped(String),
}

struct Phase {
    name: &'static str,
    about: &'static str,
    run: fn(&Workspace) -> Result<Outcome>,
}

/// The cheap ones first: what a person mends in a minute is known within one.
const PHASES: &[Phase] = &[
    Phase { name: "fmt", about: "the format of the code", run: |it| cargo(it, FORMAT) },
    Phase { name: "tidy", about: "sizes, crate graph, forbidden words", run: |it| done(tidy::check(it)) },
    Phase { name: "clippy", about: "lints, with denied warnings", run: |it| cargo(it, CLIPPY) },
    Phase { name: "features", about: "no feature, each one alone, all together", run: features },
    Phase { name: "test", about: "unit tests, integration tests, examples", run: |it| cargo(it, TEST) },
    Phase { name: "doctest", about: "examples of the documentation", run: |it| cargo(it, DOCTEST) },
    Phase {
        name: "conformance",
        about: "the cases of every provider against the matrix",
        run: |it| done(conformance::check(it)),
    },
    Phase {
        name: "servers",
        about: "the cases of the services, and other clients, on real servers",
        run: conformance::check_servers,
    },
    Phase {
        name: "doc",
        about: "documentation, private items too, with denied warnings",
        run: documentation,
    },
    Phase { name: "api", about: "the public API against its snapshots", run: api::check },
    Phase {
        name: "deny",
        about: "licences, bans and sources of dependencies",
        run: |it| done(deny::check(it)),
    },
    Phase {
        name: "skeleton",
        about: "a new provider's skeleton compiles",
        run: |it| done(new_provider::check(it)),
    },
    Phase {
        name: "outside",
        about: "a stranger's project built from the packages",
        run: |it| done(outside::check(it)),
    },
    Phase {
        name: "instructions",
        about: "what a small read and a listing cost, counted by valgrind",
        run: bench::instructions,
    },
    Phase { name: "msrv", about: "the oldest compiler that is promised", run: oldest_compiler },
];

const FORMAT: &[&str] = &["fmt", "--all", "--", "--check"];
const CLIPPY: &[&str] = &[
    "clippy",
    "--workspace",
    "--all-targets",
    "--all-features",
    "--locked",
    "--quiet",
    "--",
    "-D",
    "warnings",
];
const TEST: &[&str] = &[
    "test",
    "--workspace",
    "--all-features",
    "--locked",
    "--lib",
    "--bins",
    "--tests",
    "--examples",
    "--no-fail-fast",
];
const DOCTEST: &[&str] = &["test", "--workspace", "--all-features", "--locked", "--doc", "--no-fail-fast"];
const DOC: &[&str] =
    &["doc", "--workspace", "--all-features", "--locked", "--no-deps", "--document-private-items", "--quiet"];

pub(crate) fn run(arguments: &[String]) -> Result {
    let mut arguments = Arguments::new(arguments);
    let only = known(arguments.values("--only")?)?;
    let skip = known(arguments.values("--skip")?)?;
    let keep_going = arguments.flag("--keep-going");
    let list = arguments.flag("--list");
    arguments.end()?;
    if list {
        PHASES.iter().for_each(|it| println!("{:<12}{}", it.name, it.about));
        return Ok(());
    }
    let wanted = |it: &&Phase| (only.is_empty() || only.contains(&it.name)) && !skip.contains(&it.name);
    let workspace = Workspace::read()?;
    let mut rows = Vec::new();
    for phase in PHASES.iter().filter(wanted) {
        let row = one(phase, &workspace);
        let failed = row.failed;
        rows.push(row);
        if failed && !keep_going {
            break;
        }
    }
    summarize(&rows)
}

struct Row {
    name: &'static str,
    took: Duration,
    result: String,
    failed: bool,
}

fn one(phase: &Phase, workspace: &Workspace) -> Row {
    println!("\n== {}: {}", phase.name, phase.about);
    let start = Instant::now();
    let outcome = (phase.run)(workspace);
    let took = start.elapsed();
    let failed = outcome.is_err();
    let result = match outcome {
        Ok(Outcome::Passed) => "passed".to_owned(),
        Ok(Outcome::Skipped(reason)) => format!("skipped: {reason}"),
        Err(error) => format!("FAILED: {error}"),
    };
    println!("== {}: {:.1} s, {result}", phase.name, took.as_secs_f64());
    Row { name: phase.name, took, result, failed }
}

fn summarize(rows: &[Row]) -> Result {
    println!("\n{:<12}{:>8}  result", "phase", "seconds");
    for row in rows {
        let result = row.result.lines().next().unwrap_or_default();
        println!("{:<12}{:>8.1}  {result}", row.name, row.took.as_secs_f64());
    }
    let total: Duration = rows.iter().map(|it| it.took).sum();
    println!("{:<12}{:>8.1}", "all", total.as_secs_f64());
    let failed: Vec<_> = rows.iter().filter(|it| it.failed).map(|it| it.name).collect();
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", ")).into()) }
}

fn known(names: Vec<String>) -> Result<Vec<&'static str>> {
    let find = |name: String| {
        let found = PHASES.iter().find(|it| it.name == name).map(|it| it.name);
        found.ok_or_else(|| format!("unknown phase `{name}`; `cargo xtask ci --list` lists them").into())
    };
    names.into_iter().map(find).collect()
}

fn done(result: Result) -> Result<Outcome> {
    result.map(|()| Outcome::Passed)
}

fn cargo(workspace: &Workspace, arguments: &[&str]) -> Result<Outcome> {
    done(Run::cargo().directory(&workspace.root).args(arguments).status())
}

fn documentation(workspace: &Workspace) -> Result<Outcome> {
    done(Run::cargo().directory(&workspace.root).args(DOC).env("RUSTDOCFLAGS", "-D warnings").status())
}

fn features(workspace: &Workspace) -> Result<Outcome> {
    let facade = workspace.package("storage")?;
    let mut sets = vec![String::new()];
    sets.extend(facade.features.keys().filter(|it| *it != "default").cloned());
    sets.push(facade.features.keys().cloned().collect::<Vec<_>>().join(","));
    for set in sets {
        let arguments =
            ["clippy", "--package", "storage", "--locked", "--quiet", "--no-default-features", "--features"];
        let run = Run::cargo().directory(&workspace.root).args(arguments);
        run.args([set.as_str(), "--lib", "--tests", "--", "-D", "warnings"]).status()?;
    }
    Ok(Outcome::Passed)
}

fn oldest_compiler(workspace: &Workspace) -> Result<Outcome> {
    let manifest: toml::Table = toml::from_str(&std::fs::read_to_string(workspace.root.join("Cargo.toml"))?)?;
    let version = manifest.get("workspace").and_then(|it| it.get("package")?.get("rust-version")?.as_str());
    let version = version.ok_or("the root manifest has no `workspace.package.rust-version`")?;
    let toolchain = format!("+{version}");
    // An override by path would win over the toolchain that is asked for here.
    let rustup = || Run::program("cargo").directory(&workspace.root).args([&toolchain]);
    if !rustup().args(["--version"]).succeeds() {
        return Ok(Outcome::Skipped(format!(
            "Rust {version} is not installed (`rustup toolchain install {version}`)"
        )));
    }
    let target = workspace.target.join("msrv");
    done(
        rustup()
            .args(["check", "--workspace", "--all-features", "--locked"])
            .env("CARGO_TARGET_DIR", target)
            .status(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_have_names_of_their_own() {
        let mut names: Vec<_> = PHASES.iter().map(|it| it.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PHASES.len());
        assert!(known(vec!["fmt".into()]).is_ok() && known(vec!["fnt".into()]).is_err());
    }
}
