//! Figures, and how they are shown.

use std::fmt::Write as _;

use bench_kit::{Report, median};

use crate::rows::Row;

/// The name of this library.
pub(crate) const OURS: &str = "storage";
/// The name of the peer that nobody can be faster than.
pub(crate) const LIMIT: &str = "hyper (limit)";

/// What one row found in all rounds.
#[derive(Debug)]
pub(crate) struct Table<'a> {
    row: &'a Row,
    names: Vec<String>,
    rounds: Vec<Vec<Report>>,
}

impl<'a> Table<'a> {
    pub(crate) fn new(row: &'a Row, names: Vec<String>) -> Self {
        Self { row, names, rounds: Vec::new() }
    }

    pub(crate) fn add(&mut self, reports: Vec<Report>) {
        self.rounds.push(reports);
    }

    fn of(&self, index: usize, figure: impl Fn(&Report) -> f64) -> f64 {
        median(self.rounds.iter().map(|round| figure(&round[index])).collect())
    }

    fn ratio(&self, index: usize, to: Option<usize>) -> Option<f64> {
        let to = to?;
        Some(median(self.rounds.iter().map(|round| round[index].cpu / round[to].cpu).collect()))
    }

    /// Finds the other library that costs least.
    fn best(&self) -> Option<usize> {
        let others =
            (0..self.names.len()).filter(|it| !self.names[*it].starts_with(OURS) && self.names[*it] != LIMIT);
        others.min_by(|a, b| self.of(*a, |it| it.cpu).total_cmp(&self.of(*b, |it| it.cpu)))
    }

    /// One line of text for each contender: cpu, its ratios, wall, half of the latencies, memory.
    fn cells(&self) -> Vec<[String; 7]> {
        let limit = self.names.iter().position(|it| it == LIMIT);
        let best = self.best();
        let (_, scale) = self.row.unit();
        let shown = |value: Option<f64>| value.map_or("-".to_owned(), |it| format!("{it:.2}"));
        let line = |index: usize| {
            let p50 = self.of(index, |it| it.p50);
            [
                self.names[index].clone(),
                format!("{:.2}", self.of(index, |it| it.cpu) / scale),
                shown(self.ratio(index, limit)),
                shown(self.ratio(index, best)),
                format!("{:.2}", self.of(index, |it| it.wall) / scale),
                shown((!p50.is_nan()).then_some(p50)),
                format!("{:.1}", self.of(index, |it| it.peak_mib)),
            ]
        };
        (0..self.names.len()).map(line).collect()
    }

    fn heads(&self) -> [String; 7] {
        let (unit, _) = self.row.unit();
        [
            self.row.name.to_owned(),
            format!("cpu {unit}"),
            "/ limit".to_owned(),
            "/ best peer".to_owned(),
            format!("wall {unit}"),
            "p50 us".to_owned(),
            "peak MiB".to_owned(),
        ]
    }

    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        for line in std::iter::once(self.heads()).chain(self.cells()) {
            let [name, rest @ ..] = line;
            let rest: String = rest.iter().map(|it| format!("{it:>18}")).collect();
            writeln!(out, "{name:<20}{rest}").expect("text takes text");
        }
        out.push('\n');
        out
    }

    pub(crate) fn markdown(&self) -> String {
        let heads = self.heads();
        let mut out = format!("| {} |\n|{}\n", heads.join(" | "), "---|".repeat(heads.len()));
        for line in self.cells() {
            writeln!(out, "| {} |", line.join(" | ")).expect("text takes text");
        }
        out.push('\n');
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_taken_within_a_round() {
        let names = [OURS, LIMIT, "slow", "slower"].map(str::to_owned).to_vec();
        let mut table = Table::new(&Row::ALL[4], names);
        for speed in [1.0, 10.0, 2.0] {
            let report = |cpu: f64| Report { cpu: cpu * speed, wall: 1.0, p50: f64::NAN, peak_mib: 1.0 };
            table.add([2.0, 1.0, 4.0, 8.0].map(report).to_vec());
        }
        assert_eq!(table.best(), Some(2));
        let line = &table.cells()[0];
        assert_eq!(line[..4], ["storage", "4.00", "2.00", "0.50"].map(str::to_owned));
        assert!(table.markdown().contains("| storage | 4.00 | 2.00 | 0.50 |"));
    }
}
