//! The matrix of the cases: a row for each case, a column for each server, and reasons below.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use super::report::{CaseResult, Report};
use crate::shell::Result;

const TITLE: &str = "# What every provider was seen to keep\n\nWritten by `cargo xtask conformance` from the reports of \
                     the tests; not by hand. Each case is one sentence of the driver contract.\n";
/// How many differences are shown.
const SHOWN: usize = 20;

/// What became of every case on every server.
#[derive(Default)]
pub(super) struct Matrix {
    columns: BTreeSet<String>,
    cells: BTreeMap<String, BTreeMap<String, Cell>>,
}

#[derive(Clone, PartialEq, Eq)]
struct Cell {
    word: String,
    /// Why it is no plain pass.
    reason: Option<String>,
}

impl Matrix {
    pub(super) fn of(reports: &[Report]) -> Self {
        let mut matrix = Self::default();
        for report in reports {
            matrix.columns.insert(report.server.clone());
            for result in &report.results {
                matrix.set(&result.case, &report.server, Cell::of(result));
            }
        }
        matrix
    }

    /// Reads a matrix that was written before.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let mut notes = BTreeMap::new();
        for (number, note) in text.lines().filter_map(|it| it.split_once(". ")) {
            let Ok(number) = number.parse::<usize>() else { continue };
            notes.insert(number, note);
        }
        let mut rows = text.lines().filter_map(|it| it.strip_prefix("| ")?.strip_suffix('|'));
        let mut matrix = Self::default();
        let Some(header) = rows.next() else { return Ok(matrix) };
        matrix.columns = header.split('|').skip(1).map(|it| it.trim().to_owned()).collect();
        for row in rows {
            let mut cells = row.split('|').map(str::trim);
            let case = cells.next().unwrap_or_default().trim_matches('`');
            for (server, cell) in
                header.split('|').skip(1).map(str::trim).zip(cells).filter(|(_, it)| !it.is_empty())
            {
                let cell = Cell::parse(cell, &notes)
                    .ok_or_else(|| format!("the cell `{cell}` of `{case}` can't be read"))?;
                matrix.set(case, server, cell);
            }
        }
        Ok(matrix)
    }

    fn set(&mut self, case: &str, server: &str, cell: Cell) {
        self.cells.entry(case.to_owned()).or_default().insert(server.to_owned(), cell);
    }

    /// Adds the columns of an older matrix that are wanted still and were not made anew.
    pub(super) fn keep(&mut self, older: &Self, wanted: impl Fn(&str) -> bool) {
        let kept: Vec<_> =
            older.columns.iter().filter(|it| wanted(it) && !self.columns.contains(*it)).collect();
        for (case, cells) in &older.cells {
            for (server, cell) in cells.iter().filter(|(it, _)| kept.contains(it)) {
                self.set(case, server, cell.clone());
            }
        }
        self.columns.extend(kept.into_iter().cloned());
    }

    /// Says where two matrices differ; nothing when they do not.
    pub(super) fn differences(&self, older: &Self) -> Option<String> {
        let mut lines = Vec::new();
        for server in self.columns.symmetric_difference(&older.columns) {
            let verb = if self.columns.contains(server) { "is new" } else { "was not run" };
            lines.push(format!("the server `{server}` {verb}"));
        }
        let cases: BTreeSet<_> = self.cells.keys().chain(older.cells.keys()).collect();
        for case in cases {
            for server in self.columns.intersection(&older.columns) {
                let (now, before) = (self.cell(case, server), older.cell(case, server));
                if now != before {
                    lines.push(format!("`{case}` on `{server}`: {}, not {}", shown(now), shown(before)));
                }
            }
        }
        let more = lines.len().saturating_sub(SHOWN);
        lines.truncate(SHOWN);
        if more > 0 {
            lines.push(format!("and {more} more"));
        }
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    fn cell(&self, case: &str, server: &str) -> Option<&Cell> {
        self.cells.get(case)?.get(server)
    }
}

fn shown(cell: Option<&Cell>) -> String {
    match cell {
        None => "absent".to_owned(),
        Some(Cell { word, reason: None }) => word.clone(),
        Some(Cell { word, reason: Some(reason) }) => format!("{word} ({reason})"),
    }
}

impl Cell {
    fn of(result: &CaseResult) -> Self {
        let word = match result.status.as_str() {
            "passed" => "yes",
            "skipped" => "–",
            "known_failure" => "no",
            other => other,
        };
        // A known failure is worth what its witness is worth.
        let witness = result.control.as_ref().map(|it| format!(" (so does {it})")).unwrap_or_default();
        let reason = result.reason.as_ref().map(|it| format!("{it}{witness}"));
        let reason = reason.map(|it| it.split_whitespace().collect::<Vec<_>>().join(" "));
        Self { word: word.to_owned(), reason }
    }

    fn parse(text: &str, notes: &BTreeMap<usize, &str>) -> Option<Self> {
        let Some((word, number)) = text.split_once(" (") else {
            return Some(Self { word: text.to_owned(), reason: None });
        };
        let note = notes.get(&number.strip_suffix(')')?.parse().ok()?)?;
        Some(Self { word: word.to_owned(), reason: Some((*note).to_owned()) })
    }
}

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header: String = self.columns.iter().map(|it| format!(" {it} |")).collect();
        let rule = "---|".repeat(self.columns.len());
        writeln!(f, "{TITLE}\n| case |{header}\n|---|{rule}")?;
        let mut notes: Vec<&str> = Vec::new();
        for (case, cells) in &self.cells {
            write!(f, "| `{case}` |")?;
            for server in &self.columns {
                let mut text = String::new();
                if let Some(cell) = cells.get(server) {
                    text += &cell.word;
                    if let Some(reason) = &cell.reason {
                        write!(text, " ({})", number(&mut notes, reason))?;
                    }
                }
                write!(f, " {text} |")?;
            }
            writeln!(f)?;
        }
        if !notes.is_empty() {
            writeln!(f)?;
        }
        notes.iter().zip(1..).try_for_each(|(note, number)| writeln!(f, "{number}. {note}"))
    }
}

/// Returns the number of a note, which it gets when it is new.
fn number<'a>(notes: &mut Vec<&'a str>, note: &'a str) -> usize {
    let found = notes.iter().position(|it| *it == note);
    found.map_or_else(
        || {
            notes.push(note);
            notes.len()
        },
        |at| at + 1,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(texts: &[&str]) -> Matrix {
        Matrix::of(&texts.iter().map(|it| serde_json::from_str::<Report>(it).unwrap()).collect::<Vec<_>>())
    }

    const LOCAL: &str = r#"{"server": "local", "filter": null, "results": [
        {"case": "put/a", "sentence": "x", "status": "passed"},
        {"case": "tags/b", "sentence": "x", "status": "skipped", "reason": "has no tags"},
        {"case": "tags/c", "sentence": "x", "status": "skipped", "reason": "has no tags"}]}"#;
    const MEMORY: &str = r#"{"server": "memory", "filter": null, "results": [
        {"case": "put/a", "sentence": "x", "status": "known_failure", "reason": "loses it", "control": "boto3 1.44"}]}"#;

    #[test]
    fn the_matrix_shows_every_case_and_each_reason_once() {
        let text = matrix(&[LOCAL, MEMORY]).to_string();
        assert!(text.contains("| case | local | memory |\n|---|---|---|\n"), "{text}");
        assert!(
            text.contains("| `put/a` | yes | no (1) |\n| `tags/b` | – (2) |  |\n| `tags/c` | – (2) |  |\n"),
            "{text}"
        );
        assert!(text.ends_with("\n1. loses it (so does boto3 1.44)\n2. has no tags\n"), "{text}");
    }

    #[test]
    fn what_was_written_is_read_again() {
        let both = matrix(&[LOCAL, MEMORY]);
        let read = Matrix::parse(&both.to_string()).unwrap();
        assert_eq!(read.to_string(), both.to_string());
        assert_eq!(both.differences(&read), None);
        assert!(Matrix::parse("| case | a |\n|---|---|\n| `x` | no (7) |\n").is_err());
    }

    #[test]
    fn columns_that_were_not_run_are_kept_or_missed() {
        let older = matrix(&[LOCAL, MEMORY]);
        let mut now = matrix(&[LOCAL]);
        assert_eq!(now.differences(&older).unwrap(), "the server `memory` was not run");
        now.keep(&older, |it| it == "memory");
        assert_eq!(now.differences(&older), None);
        let now = matrix(&[&LOCAL.replace("passed", "failed"), MEMORY]);
        assert_eq!(now.differences(&older).unwrap(), "`put/a` on `local`: failed, not yes");
    }
}
