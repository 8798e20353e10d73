//! Figures, and how they are shown.

use std::fmt::Write as _;

use super::row::Row;
use crate::{Report, median};

/// What one row found in all rounds.
#[derive(Debug)]
pub struct Table<'a> {
    row: &'a Row,
    names: Vec<String>,
    rounds: Vec<Vec<Report>>,
}

impl<'a> Table<'a> {
    /// Makes an empty one for these contenders.
    pub fn new(row: &'a Row, names: Vec<String>) -> Self {
        Self { row, names, rounds: Vec::new() }
    }

    /// Adds a round: a report of every contender.
    pub fn add(&mut self, reports: Vec<Report>) {
        self.rounds.push(reports);
    }

    /// Returns the names of the contenders.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns the CPU time of a contender, in the round in the middle.
    pub fn cpu(&self, index: usize) -> f64 {
        self.of(index, |it| it.cpu)
    }

    /// Returns how much CPU a contender takes for each that another one does, taken within rounds.
    pub fn ratio(&self, index: usize, to: usize) -> f64 {
        median(self.rounds.iter().map(|round| round[index].cpu / round[to].cpu).collect())
    }

    /// Shows it, with a column for each contender that the others are compared with.
    pub fn show(&self, ratios: &[(&str, Option<usize>)], markdown: bool) -> String {
        let lines = (0..self.names.len()).map(|index| self.line(index, ratios));
        let lines: Vec<_> = std::iter::once(self.heads(ratios)).chain(lines).collect();
        let mut out = String::new();
        for (number, line) in lines.iter().enumerate() {
            if markdown {
                writeln!(out, "| {} |", line.join(" | ")).expect("text takes text");
                if number == 0 {
                    writeln!(out, "|{}", "---|".repeat(line.len())).expect("text takes text");
                }
            } else if let [name, rest @ ..] = &line[..] {
                let rest: String = rest.iter().map(|it| format!("{it:>18}")).collect();
                writeln!(out, "{name:<20}{rest}").expect("text takes text");
            }
        }
        out.push('\n');
        out
    }

    fn of(&self, index: usize, figure: impl Fn(&Report) -> f64) -> f64 {
        median(self.rounds.iter().map(|round| figure(&round[index])).collect())
    }

    /// Name, cpu, its ratios, wall, half of the latencies, memory.
    fn line(&self, index: usize, ratios: &[(&str, Option<usize>)]) -> Vec<String> {
        let (_, scale) = self.row.unit();
        let shown = |value: Option<f64>| value.map_or("-".to_owned(), |it| format!("{it:.2}"));
        let p50 = self.of(index, |it| it.p50);
        let mut line = vec![self.names[index].clone(), format!("{:.2}", self.cpu(index) / scale)];
        line.extend(ratios.iter().map(|(_, to)| shown(to.map(|to| self.ratio(index, to)))));
        line.push(format!("{:.2}", self.of(index, |it| it.wall) / scale));
        line.push(shown((!p50.is_nan()).then_some(p50)));
        line.push(format!("{:.1}", self.of(index, |it| it.peak_mib)));
        line
    }

    fn heads(&self, ratios: &[(&str, Option<usize>)]) -> Vec<String> {
        let (unit, _) = self.row.unit();
        let mut heads = vec![self.row.name.to_owned(), format!("cpu {unit}")];
        heads.extend(ratios.iter().map(|(head, _)| (*head).to_owned()));
        heads.extend([format!("wall {unit}"), "p50 us".to_owned(), "peak MiB".to_owned()]);
        heads
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Work;

    #[test]
    fn ratios_are_taken_within_a_round() {
        let row = Row::small("small", Work::GetSmall, 1, 1);
        let mut table = Table::new(&row, ["ours", "theirs"].map(str::to_owned).to_vec());
        for speed in [1.0, 10.0, 2.0] {
            let report = |cpu: f64| Report { cpu: cpu * speed, wall: 1.0, p50: f64::NAN, peak_mib: 1.0 };
            table.add([4.0, 2.0].map(report).to_vec());
        }
        assert_eq!(table.ratio(0, 1), 2.0);
        assert!(
            table.show(&[("/ it", Some(1)), ("/ none", None)], true).contains("| ours | 8.00 | 2.00 | - |")
        );
    }
}
