//! The reports that the test kit writes for machines, one for each server.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::shell::Result;

#[derive(Deserialize)]
pub(super) struct Report {
    pub(super) server: String,
    pub(super) results: Vec<CaseResult>,
}

#[derive(Deserialize)]
pub(super) struct CaseResult {
    pub(super) case: String,
    pub(super) status: String,
    pub(super) reason: Option<String>,
    pub(super) control: Option<String>,
}

/// Empties the directory of the reports.
pub(super) fn clear(directory: &Path) -> Result {
    if directory.exists() {
        std::fs::remove_dir_all(directory)?;
    }
    Ok(std::fs::create_dir_all(directory)?)
}

/// Reads the reports of the last run.
pub(super) fn read(directory: &Path) -> Result<Vec<Report>> {
    let mut paths: Vec<PathBuf> =
        entries(directory)?.into_iter().filter(|it| it.extension() == Some("json".as_ref())).collect();
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
