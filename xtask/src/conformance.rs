//! `cargo xtask conformance`: the conformance tests of every provider, and the matrix that they make.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

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

pub(crate) fn run(arguments: &[String]) -> Result {
    let mut arguments = Arguments::new(arguments);
    let (checks, live) = (arguments.flag("--check"), arguments.flag("--live"));
    let (vendor, filter) = (arguments.value("--vendor")?, arguments.value("--filter")?);
    arguments.end()?;
    let workspace = Workspace::read()?;
    if checks {
        return check(&workspace);
    }
    let mut cargo = prepare(&workspace)?;
    for (name, value) in [(FILTER_VARIABLE, &filter), (VENDOR_VARIABLE, &vendor)] {
        if let Some(value) = value {
            cargo = cargo.env(name, value);
        }
    }
    if live || vendor.is_some() {
        cargo = remote(&workspace, cargo)?;
    } else {
        cargo = cargo.args(["--workspace"]);
    }
    if live {
        cargo = cargo.env(LIVE_VARIABLE, "1");
    }
    cargo.args(OUTPUT).status()?;
    if live || vendor.is_some() || filter.is_some() {
        println!("the matrix in {MATRIX} shows whole runs on emulators only, and stays as it is");
        return Ok(());
    }
    write(&workspace)
}

/// Runs the cases and compares what they say with the matrix.
pub(crate) fn check(workspace: &Workspace) -> Result {
    prepare(workspace)?.args(["--workspace"]).args(OUTPUT).status()?;
    compare(workspace)
}

/// What was skipped, and why, is printed by tests that pass, too.
const OUTPUT: &[&str] = &["--", "--nocapture"];

fn prepare(workspace: &Workspace) -> Result<Run> {
    let cargo = Run::cargo().directory(&workspace.root).env(REPORT_VARIABLE, fresh_reports(workspace)?);
    Ok(cargo.args(["test", "--locked", "--all-features", "--test", TEST]))
}

/// Chooses the providers that speak to a service: they can be run live and have vendors.
fn remote(workspace: &Workspace, mut cargo: Run) -> Result<Run> {
    let is_remote =
        |it: &&Package| it.has_target("test", TEST) && it.ours().any(|name| name == "storage-http");
    let packages: Vec<&Package> = workspace.packages.iter().filter(is_remote).collect();
    if packages.is_empty() {
        return Err(
            "no provider of this workspace speaks to a service yet, so nothing can be run there".into()
        );
    }
    for it in packages {
        cargo = cargo.args(["--package", &it.name]);
    }
    Ok(cargo)
}

/// Empties the directory of the reports and returns it.
fn fresh_reports(workspace: &Workspace) -> Result<PathBuf> {
    let path = workspace.target.join("conformance");
    if path.exists() {
        std::fs::remove_dir_all(&path)?;
    }
    std::fs::create_dir_all(&path)?;
    Ok(path)
}

/// Compares the matrix with the reports of the last run of the tests.
fn compare(workspace: &Workspace) -> Result {
    let now = matrix(&read(workspace)?);
    let kept = std::fs::read_to_string(workspace.root.join(MATRIX)).unwrap_or_default();
    if kept == now {
        Ok(())
    } else {
        Err(format!("{MATRIX} is not what the tests say; `cargo xtask conformance` writes it").into())
    }
}

fn write(workspace: &Workspace) -> Result {
    std::fs::write(workspace.root.join(MATRIX), matrix(&read(workspace)?))?;
    println!("wrote {MATRIX}");
    Ok(())
}

#[derive(Deserialize)]
struct Report {
    server: String,
    results: Vec<CaseResult>,
}

#[derive(Deserialize)]
struct CaseResult {
    case: String,
    status: String,
    reason: Option<String>,
}

fn read(workspace: &Workspace) -> Result<Vec<Report>> {
    let directory = workspace.target.join("conformance");
    let mut paths: Vec<PathBuf> =
        entries(&directory)?.into_iter().filter(|it| it.extension() == Some("json".as_ref())).collect();
    paths.sort();
    if paths.is_empty() {
        return Err(format!("{} holds no reports; run the tests first", directory.display()).into());
    }
    paths.iter().map(|it| Ok(serde_json::from_str(&std::fs::read_to_string(it)?)?)).collect()
}

fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        std::fs::read_dir(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    entries.map(|it| Ok(it?.path())).collect()
}

/// Draws the matrix: a row for each case, a column for each server, and the reasons of what is no plain pass below.
fn matrix(reports: &[Report]) -> String {
    let mut notes: Vec<&str> = Vec::new();
    let mut cells: BTreeMap<(&str, &str), String> = BTreeMap::new();
    let mut cases: BTreeSet<&str> = BTreeSet::new();
    for (server, result) in
        reports.iter().flat_map(|it| it.results.iter().map(move |result| (&it.server, result)))
    {
        cases.insert(&result.case);
        cells.insert((&result.case, server), cell(result, &mut notes));
    }
    let mut text =
        "# What every provider was seen to keep\n\nWritten by `cargo xtask conformance` from the reports of \
                    the tests; not by hand. Each case is one sentence of the driver contract.\n\n"
            .to_owned();
    let header: String = reports.iter().map(|it| format!(" {} |", it.server)).collect();
    let rule: String = reports.iter().map(|_| "---|").collect();
    text += &format!("| case |{header}\n|---|{rule}\n");
    for case in cases {
        let row: String = reports
            .iter()
            .map(|it| format!(" {} |", cells.get(&(case, it.server.as_str())).map_or("", |it| it)))
            .collect();
        let _infallible = writeln!(text, "| `{case}` |{row}");
    }
    if !notes.is_empty() {
        text += "\n";
    }
    for (number, note) in notes.iter().enumerate() {
        let _infallible = writeln!(text, "{}. {note}", number + 1);
    }
    text
}

fn cell<'a>(result: &'a CaseResult, notes: &mut Vec<&'a str>) -> String {
    let word = match result.status.as_str() {
        "passed" => "yes",
        "skipped" => "–",
        "known_failure" => "no",
        other => other,
    };
    let Some(reason) = result.reason.as_deref() else { return word.to_owned() };
    let number = notes.iter().position(|it| *it == reason).unwrap_or_else(|| {
        notes.push(reason);
        notes.len() - 1
    });
    format!("{word} ({})", number + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_matrix_shows_every_case_and_each_reason_once() {
        let parse = |text: &str| serde_json::from_str::<Report>(text).unwrap();
        let reports = [
            parse(
                r#"{"server": "local", "filter": null, "results": [
                {"case": "put/a", "sentence": "x", "status": "passed"},
                {"case": "tags/b", "sentence": "x", "status": "skipped", "reason": "has no tags"},
                {"case": "tags/c", "sentence": "x", "status": "skipped", "reason": "has no tags"}]}"#,
            ),
            parse(
                r#"{"server": "memory", "filter": null, "results": [
                {"case": "put/a", "sentence": "x", "status": "known_failure", "reason": "loses it"}]}"#,
            ),
        ];
        let text = matrix(&reports);
        assert!(text.contains("| case | local | memory |\n|---|---|---|\n"), "{text}");
        assert!(
            text.contains("| `put/a` | yes | no (2) |\n| `tags/b` | – (1) |  |\n| `tags/c` | – (1) |  |\n"),
            "{text}"
        );
        assert!(text.ends_with("\n1. has no tags\n2. loses it\n"), "{text}");
    }
}
