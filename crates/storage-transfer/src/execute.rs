//! Carries out a plan: many small items and a few large ones at once, in bounded memory.

use std::collections::VecDeque;

use futures_util::future::{Either, select};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use storage::{Error, Result};

use crate::action::{Action, CopyAction, Plan};
use crate::event::Event;
use crate::perform::{self, Outcome, Work};
use crate::report::Report;
use crate::walk::is_out_of_files;

/// How far the plan runs ahead of the work, so that totals are known early and small items need not wait for large ones.
const LOOKAHEAD: usize = 4096;
/// How many items that are cut into parts are on their way at once.
const LARGE_JOBS: usize = 4;

/// Carries out a plan and reports.
pub(crate) async fn run(mut plan: Plan, work: &Work) -> Report {
    let mut state = State::new(work);
    let mut running = FuturesUnordered::new();
    let cancelled = work.options.cancel.clone();
    loop {
        state.report.cancelled |= cancelled.is_cancelled();
        while let Some(action) = state.next(running.len()) {
            running.push(perform(work, action));
        }
        let reads = state.reads();
        if !reads && running.is_empty() {
            break;
        }
        // Waiting for the plan ends with the token; what is running ends by itself, since it has the token too.
        let next = async {
            match reads {
                true => cancelled.guard(async { Ok(plan.next().await) }).await,
                false => std::future::pending().await,
            }
        };
        match select(std::pin::pin!(next), running.next()).await {
            Either::Left((Ok(action), _)) => state.plan(action),
            Either::Left((Err(_), _)) => state.report.cancelled = true,
            Either::Right((Some(finished), _)) => state.finish(finished, running.len()),
            // Nothing runs: wait for the plan alone.
            Either::Right((None, next)) => match next.await {
                Ok(action) => state.plan(action),
                Err(_) => state.report.cancelled = true,
            },
        }
    }
    state.end()
}

struct Finished {
    action: CopyAction,
    large: bool,
    result: Result<Outcome>,
}

async fn perform(work: &Work, (action, large): (CopyAction, bool)) -> Finished {
    // The state of an item is large; on the heap it is moved once.
    let result = Box::pin(perform::one(work, &action)).await;
    Finished { action, large, result }
}

/// What waits, what is counted.
struct State<'a> {
    work: &'a Work,
    small: VecDeque<CopyAction>,
    large: VecDeque<CopyAction>,
    large_running: usize,
    /// How many items may run: what is asked for, until the system has no more files to give.
    jobs: usize,
    planned_all: bool,
    broken_off: bool,
    report: Report,
}

impl<'a> State<'a> {
    fn new(work: &'a Work) -> Self {
        Self {
            work,
            small: VecDeque::new(),
            large: VecDeque::new(),
            large_running: 0,
            jobs: work.options.jobs,
            planned_all: false,
            broken_off: false,
            report: Report::default(),
        }
    }

    /// Tells whether more of the plan is wanted now.
    fn reads(&self) -> bool {
        !self.planned_all && !self.report.cancelled && self.small.len() + self.large.len() < LOOKAHEAD
    }

    /// Takes the next item that may begin.
    fn next(&mut self, running: usize) -> Option<(CopyAction, bool)> {
        if self.report.cancelled || running >= self.jobs {
            return None;
        }
        if self.large_running < LARGE_JOBS
            && let Some(action) = self.large.pop_front()
        {
            self.large_running += 1;
            return Some((action, true));
        }
        self.small.pop_front().map(|action| (action, false))
    }

    fn plan(&mut self, action: Option<Action>) {
        match action {
            None => {
                self.planned_all = true;
                self.tell(&Event::Walked);
            }
            Some(Action::Skip { name, reason }) => {
                self.tell(&Event::Skipped { name: &name, reason: &reason });
                self.report.skipped += 1;
            }
            Some(Action::Fail { name, error }) => {
                self.broken_off |= name.is_empty();
                self.fail(name, error);
            }
            Some(Action::Copy(action)) => {
                match self.work.tell(&Event::Planned { name: &action.name, bytes: action.size }) {
                    Err(error) => self.fail(action.name, error),
                    Ok(()) if action.size > self.work.small_bytes() => self.large.push_back(action),
                    Ok(()) => self.small.push_back(action),
                }
            }
        }
    }

    fn finish(&mut self, finished: Finished, running: usize) {
        let Finished { action, large, result } = finished;
        self.large_running -= usize::from(large);
        self.report.cancelled |= self.work.options.cancel.is_cancelled();
        match result {
            Ok(Outcome::Done) => {
                self.report.done += 1;
                self.report.bytes += action.size;
            }
            Ok(Outcome::Skipped(reason)) => {
                self.tell(&Event::Skipped { name: &action.name, reason: &reason });
                self.report.skipped += 1;
            }
            Err(error) if self.report.is_interruption(&error) => self.report.unfinished += 1,
            Err(error) if is_out_of_files(&error) && (self.jobs > 1 || running > 0) => {
                // Fewer at once need fewer files. The item has written nothing and goes back to the front.
                // Those that were begun before the last cut may fail in the same way, which is no news.
                if running < self.jobs {
                    self.jobs = (self.jobs / 2).max(1);
                    tracing::info!(jobs = self.jobs, "too many files are open; going on with less at once");
                }
                match large {
                    true => self.large.push_front(action),
                    false => self.small.push_front(action),
                }
            }
            Err(error) => self.fail(action.name, error),
        }
    }

    fn fail(&mut self, name: String, error: Error) {
        self.tell(&Event::Failed { name: &name, error: &error });
        self.report.fail(name, error, self.work.options.keep_failures);
    }

    /// Tells of something that has been counted already: a panic of the observer changes nothing about it.
    fn tell(&self, event: &Event<'_>) {
        if let Err(error) = self.work.tell(event) {
            tracing::warn!(%error, "an event was lost");
        }
    }

    fn end(self) -> Report {
        let mut report = self.report;
        report.unfinished += (self.small.len() + self.large.len()) as u64;
        report.source_complete = self.planned_all && !self.broken_off;
        report
    }
}
