//! `cargo xtask api`: the public API of every published crate, kept in `docs/api`, so that no change of it is unseen.

use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;

use crate::ci::Outcome;
use crate::shell::{Arguments, Result, Run};
use crate::workspace::Workspace;

/// The format that `public-api` reads; it is bound to a release of Rust.
const FORMAT: u32 = 57;
const FORMAT_OF: &str = "Rust 1.93 to 1.95";

pub(crate) fn run(arguments: &[String]) -> Result {
    let mut arguments = Arguments::new(arguments);
    let bless = arguments.flag("--bless");
    arguments.end()?;
    let workspace = Workspace::read()?;
    match if bless { write(&workspace)? } else { check(&workspace)? } {
        Outcome::Passed => Ok(()),
        Outcome::Skipped(reason) => Err(reason.into()),
    }
}

/// Compares the API with the snapshots.
pub(crate) fn check(workspace: &Workspace) -> Result<Outcome> {
    each(workspace, |path, now| {
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        if kept == now {
            return Ok(());
        }
        Err(format!(
            "{} differs (`cargo xtask api --bless` writes it):\n{}",
            path.display(),
            difference(&kept, now)
        )
        .into())
    })
}

fn write(workspace: &Workspace) -> Result<Outcome> {
    std::fs::create_dir_all(workspace.root.join("docs/api"))?;
    each(workspace, |path, now| Ok(std::fs::write(path, now)?))
}

fn each(workspace: &Workspace, mut act: impl FnMut(&Path, &str) -> Result) -> Result<Outcome> {
    document(workspace)?;
    let mut problems = String::new();
    for package in workspace.published().filter(|it| it.has_lib()) {
        let json = workspace.target.join("doc").join(format!("{}.json", package.name.replace('-', "_")));
        let format = format_of(&json)?;
        if format != FORMAT {
            return Ok(Outcome::Skipped(format!(
                "rustdoc of this toolchain writes format {format}, and the snapshots need {FORMAT} ({FORMAT_OF})"
            )));
        }
        let api = public_api::Builder::from_rustdoc_json(&json)
            .omit_blanket_impls(true)
            .omit_auto_trait_impls(true)
            .build()?;
        let mut text = String::new();
        for item in api.items() {
            writeln!(text, "{item}")?;
        }
        let path = workspace.root.join("docs/api").join(format!("{}.txt", package.name));
        if let Err(error) = act(&path, &text) {
            writeln!(problems, "{error}")?;
        }
    }
    if problems.is_empty() { Ok(Outcome::Passed) } else { Err(problems.into()) }
}

/// Has rustdoc describe the crates for machines. That is unstable and works on stable compilers all the same; only
/// rustdoc is told so, because build scripts look at the variable and everything would be built again.
fn document(workspace: &Workspace) -> Result {
    Run::cargo()
        .directory(&workspace.root)
        .env("RUSTDOC", std::env::current_exe()?)
        .env(AS_RUSTDOC, "1")
        .env("RUSTDOCFLAGS", "-Z unstable-options --output-format json --cap-lints allow")
        .args(["doc", "--workspace", "--lib", "--all-features", "--locked", "--no-deps", "--quiet"])
        .status()
}

/// Set when cargo calls this program in the place of rustdoc.
pub(crate) const AS_RUSTDOC: &str = "XTASK_AS_RUSTDOC";

/// Is rustdoc that takes unstable options.
pub(crate) fn rustdoc(arguments: &[String]) -> Result {
    let status =
        std::process::Command::new("rustdoc").args(arguments).env("RUSTC_BOOTSTRAP", "1").status()?;
    if status.success() { Ok(()) } else { Err(format!("rustdoc failed: {status}").into()) }
}

fn format_of(json: &Path) -> Result<u32> {
    #[derive(Deserialize)]
    struct Head {
        format_version: u32,
    }
    let text = std::fs::read_to_string(json).map_err(|error| format!("{}: {error}", json.display()))?;
    Ok(serde_json::from_str::<Head>(&text)?.format_version)
}

/// Shows the lines that only one side has, as far as anybody reads them.
fn difference(kept: &str, now: &str) -> String {
    const SHOWN: usize = 40;
    let missing = |of: &str, from: &str, sign: char| {
        let lines: std::collections::HashSet<&str> = from.lines().collect();
        let only: Vec<&str> = of.lines().filter(|it| !lines.contains(it)).collect();
        let mut text: String = only.iter().take(SHOWN).map(|it| format!("  {sign} {it}\n")).collect();
        if only.len() > SHOWN {
            text += &format!("  {sign} and {} more\n", only.len() - SHOWN);
        }
        text
    };
    missing(kept, now, '-') + &missing(now, kept, '+')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_shows_both_sides() {
        assert_eq!(difference("a\nb\n", "b\nc\n"), "  - a\n  + c\n");
    }
}
