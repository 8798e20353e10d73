//! What a piece of work costs, and how costs are compared.

use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

use crate::contender::Contender;
use crate::work::Work;

/// CPU and wall time of this process, in microseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    cpu: f64,
    wall: f64,
}

/// Where a measurement starts.
pub(crate) struct Start {
    cpu: f64,
    wall: Instant,
}

impl Cost {
    pub(crate) fn now() -> Start {
        Start { cpu: cpu(), wall: Instant::now() }
    }

    pub(crate) fn per(self, operations: u64) -> Self {
        let count = operations as f64;
        Self { cpu: self.cpu / count, wall: self.wall / count }
    }
}

impl Start {
    pub(crate) fn until_now(&self) -> Cost {
        Cost { cpu: cpu() - self.cpu, wall: self.wall.elapsed().as_secs_f64() * 1e6 }
    }
}

fn cpu() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("the kernel counts the usage of this process");
    (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64
}

/// The costs of every round.
#[derive(Default)]
pub(crate) struct Table(Vec<(Work, Vec<Cost>)>);

impl Table {
    pub(crate) fn add(&mut self, work: Work, costs: Vec<Cost>) {
        self.0.push((work, costs));
    }

    pub(crate) fn print(&self, work: Work) {
        let rounds: Vec<_> = self.0.iter().filter(|(it, _)| *it == work).map(|(_, costs)| costs).collect();
        for (index, contender) in Contender::ALL.into_iter().enumerate() {
            let column =
                |get: fn(&Cost) -> f64| median(rounds.iter().map(|costs| get(&costs[index])).collect());
            let ratio = median(rounds.iter().map(|costs| costs[index].cpu / costs[0].cpu).collect());
            println!(
                "{:<12} {:<22} cpu {:>10.1} {unit}   wall {:>10.1} {unit}   cpu / plain files {ratio:.2}",
                work.name(),
                contender.name(),
                column(|it| it.cpu) / work.scale(),
                column(|it| it.wall) / work.scale(),
                unit = work.unit(),
            );
        }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
