//! What a piece of work costs.

use std::fmt;
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

use crate::Result;

/// CPU time (user and system) and wall time of this process.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    cpu_us: f64,
    started: Instant,
}

impl Cost {
    /// Starts to count.
    pub fn start() -> Self {
        Self { cpu_us: cpu_us(), started: Instant::now() }
    }

    /// Returns CPU and wall time since then, in microseconds.
    pub fn so_far(&self) -> (f64, f64) {
        (cpu_us() - self.cpu_us, self.started.elapsed().as_secs_f64() * 1e6)
    }
}

fn cpu_us() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("the kernel counts the usage of this process");
    (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64
}

/// Returns the most memory that this process has held, in MiB.
pub fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").trim().parse().map_or(f64::NAN, |kib: f64| kib / 1024.0)
}

/// Returns the value in the middle; not a number when there is none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// What one run of one contender found, as one line of text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// Microseconds of CPU for each unit of work: an operation, an entry, a GiB.
    pub cpu: f64,
    /// Microseconds of wall time for each unit.
    pub wall: f64,
    /// Half of the operations took no longer than this, in microseconds.
    pub p50: f64,
    /// The most memory that the process held.
    pub peak_mib: f64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "report {} {} {} {}", self.cpu, self.wall, self.p50, self.peak_mib)
    }
}

impl Report {
    /// Finds the report in what a contender printed.
    ///
    /// # Errors
    /// When there is none.
    pub fn find(output: &str) -> Result<Self> {
        let line = output.lines().find_map(|line| line.strip_prefix("report "));
        let numbers: Vec<f64> =
            line.unwrap_or_default().split(' ').filter_map(|it| it.parse().ok()).collect();
        match numbers[..] {
            [cpu, wall, p50, peak_mib] => Ok(Self { cpu, wall, p50, peak_mib }),
            _ => Err(format!("the contender printed no report, but: {output}").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_as_it_was_written() {
        let report = Report { cpu: 1.5, wall: 20.0, p50: 3.25, peak_mib: 17.0 };
        assert_eq!(Report::find(&format!("noise\n{report}\n")).unwrap(), report);
        assert!(Report::find("report 1 2 3").is_err());
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
    }
}
