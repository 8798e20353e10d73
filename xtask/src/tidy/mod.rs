//! `cargo xtask tidy`: the rules about the shape of the code that no compiler knows.

mod graph;
mod links;
mod sizes;
mod source;
mod words;

use std::fs;
use std::path::{Path, PathBuf};

use crate::shell::{Arguments, Result};
use crate::workspace::Workspace;

pub(crate) fn run(arguments: &[String]) -> Result {
    Arguments::new(arguments).end()?;
    check(&Workspace::read()?)
}

/// Checks every file of the workspace.
pub(crate) fn check(workspace: &Workspace) -> Result {
    let mut findings = Findings::default();
    graph::check(workspace, &mut findings);
    let mut texts = Vec::new();
    for path in files(&workspace.root)? {
        // What is no text, such as a captured body, has no rules.
        let Ok(text) = fs::read_to_string(&path) else { continue };
        texts.push((path.strip_prefix(&workspace.root).unwrap_or(&path).to_owned(), text));
    }
    let tests: Vec<PathBuf> =
        texts.iter().flat_map(|(path, text)| source::test_modules(path, text)).collect();
    for (path, text) in &texts {
        let declared = tests.iter().any(|it| path.starts_with(it) || *path == it.with_extension("rs"));
        let is_test = declared || is_test(path);
        check_file(&File { path, text, root: &workspace.root, is_test }, &mut findings);
    }
    findings.end()
}

fn check_file(file: &File<'_>, findings: &mut Findings) {
    words::check(file, findings);
    match file.path.extension().and_then(|it| it.to_str()) {
        Some("rs") => {
            sizes::check(file, findings);
            source::check(file, findings);
        }
        Some("md") => links::check(file, findings),
        _ => {}
    }
}

/// A file, by its path in the workspace.
pub(crate) struct File<'a> {
    path: &'a Path,
    text: &'a str,
    root: &'a Path,
    /// All of it is test code.
    is_test: bool,
}

impl File<'_> {
    fn shown(&self) -> String {
        self.path.display().to_string().replace('\\', "/")
    }
}

/// Tells by its place whether a file is test code.
fn is_test(path: &Path) -> bool {
    let mut parts = path.iter().filter_map(|it| it.to_str());
    parts.any(|it| matches!(it, "tests" | "examples" | "benches" | "tests.rs"))
}

/// What was found: errors fail the run, warnings are printed.
#[derive(Default)]
pub(crate) struct Findings {
    errors: Vec<String>,
    warnings: Vec<String>,
}

impl Findings {
    fn error(&mut self, message: String) {
        self.errors.push(message);
    }

    fn warn(&mut self, message: String) {
        self.warnings.push(message);
    }

    fn end(mut self) -> Result {
        self.errors.sort();
        self.warnings.sort();
        self.warnings.iter().for_each(|it| println!("warning: {it}"));
        self.errors.iter().for_each(|it| println!("error: {it}"));
        match self.errors.len() {
            0 => Ok(()),
            count => Err(format!("{count} findings").into()),
        }
    }
}

/// Lists the files below a directory, without what was built.
fn files(root: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut left = vec![root.to_owned()];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(&directory)? {
            let entry = entry?;
            let name = entry.file_name();
            let kind = entry.file_type()?;
            if kind.is_dir()
                && !matches!(name.to_str(), Some("target" | ".git" | "node_modules" | "proptest-regressions"))
            {
                left.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Runs one rule over a piece of text, for the tests of the rules.
#[cfg(test)]
fn findings(path: &str, text: &str) -> Vec<String> {
    let mut findings = Findings::default();
    let (path, root) = (Path::new(path), Path::new(env!("CARGO_MANIFEST_DIR")));
    check_file(&File { path, text, root, is_test: is_test(path) }, &mut findings);
    findings.errors
}
