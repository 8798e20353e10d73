//! Runs the table against a harness.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::{FutureExt as _, StreamExt as _, stream};
use storage_core::{Error, Result, Storage};

use super::case::{Case, Outcome};
use super::check::{Failure, describe};
use super::ctx::Ctx;
use super::harness::Harness;
use super::known::{KnownFailure, KnownFailures};
use super::needs::Needs;
use super::report::{CaseResult, Report, Status};
use crate::cases;

/// The variable of the environment with the text that the names of cases have to contain.
pub const FILTER_VARIABLE: &str = "STORAGE_CONFORMANCE_FILTER";

/// The variable of the environment with the directory that gets a report for machines.
pub const REPORT_VARIABLE: &str = "STORAGE_CONFORMANCE_REPORT";

/// Returns every case, topic by topic.
pub fn cases() -> impl Iterator<Item = &'static Case> {
    cases::TOPICS.iter().copied().flatten()
}

/// Runs the cases whose names contain the text of [`FILTER_VARIABLE`], or all.
///
/// With [`REPORT_VARIABLE`] set, the report is written there too.
pub async fn run(harness: impl Harness) -> Report {
    run_filtered(harness, std::env::var(FILTER_VARIABLE).ok()).await
}

/// Runs the cases whose names contain a text.
pub async fn run_matching(harness: impl Harness, filter: &str) -> Report {
    run_filtered(harness, Some(filter.to_owned())).await
}

async fn run_filtered(harness: impl Harness, filter: Option<String>) -> Report {
    let harness: Arc<dyn Harness> = Arc::new(harness);
    let known = harness.known_failures();
    let wanted: Vec<_> =
        cases().filter(|it| filter.as_deref().is_none_or(|text| it.name.contains(text))).collect();
    let jobs = wanted.into_iter().map(|case| one(Arc::clone(&harness), &known, case));
    let results = stream::iter(jobs).buffered(harness.concurrency().max(1)).collect().await;
    let mut report = Report::new(harness.name().to_owned(), filter, results);
    if let Some(directory) = std::env::var_os(REPORT_VARIABLE).map(PathBuf::from)
        && let Err(error) = report.write_json(&directory)
    {
        let message = format!("the report can't be written to {}: {error}", directory.display());
        report.results.push(CaseResult::new(
            "runner/report",
            "A report is written.",
            Status::Failed { message },
        ));
    }
    report
}

async fn one(harness: Arc<dyn Harness>, known: &KnownFailures, case: &'static Case) -> CaseResult {
    let ended = match AssertUnwindSafe(prepare_and_run(&harness, case)).catch_unwind().await {
        Ok(Ok(ended)) => ended,
        Ok(Err(failure)) => match failure.skip_reason() {
            Some(reason) => Ended::Skipped(reason),
            None => Ended::Failed(failure.to_string()),
        },
        Err(panic) => Ended::Failed(format!("panicked: {}", panic_text(&*panic))),
    };
    CaseResult::new(case.name, case.sentence, ended.judge(known.get(case.name)))
}

enum Ended {
    Passed,
    Failed(String),
    Skipped(&'static str),
}

impl Ended {
    fn judge(self, known: Option<&KnownFailure>) -> Status {
        match (self, known) {
            (Self::Skipped(reason), _) => Status::Skipped { reason: reason.to_owned() },
            (Self::Passed, None) => Status::Passed,
            (Self::Passed, Some(it)) if it.sometimes => {
                Self::Failed("it passed this time".to_owned()).judge(known)
            }
            (Self::Passed, Some(it)) => Status::UnexpectedPass { reason: it.reason.clone() },
            (Self::Failed(message), None) => Status::Failed { message },
            (Self::Failed(message), Some(it)) => {
                let control = format!("{}: {}", it.control.client, it.control.evidence);
                Status::KnownFailure { reason: it.reason.clone(), control, message }
            }
        }
    }
}

async fn prepare_and_run(harness: &Arc<dyn Harness>, case: &Case) -> Result<Ended, Failure> {
    let storage = patiently(&**harness, "opening", harness.open()).await??;
    let asked = patiently(&**harness, "asking for capabilities", storage.driver().capabilities(None));
    let capabilities = asked.await??;
    let needs = Needs::new(storage.driver(), Arc::clone(&capabilities), harness.bulk());
    if let Err(reason) = (case.needs)(&needs) {
        return Ok(Ended::Skipped(reason));
    }
    let opened = Ctx::open(Arc::clone(harness), storage.clone(), capabilities);
    let ctx = patiently(&**harness, "making a container", opened).await??;
    // The container is cleaned up even when the case hangs or panics.
    let run = AssertUnwindSafe((case.run)(&ctx)).catch_unwind();
    let outcome = match patiently(&**harness, "the case", run).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => Err(Failure::new(format!("panicked: {}", panic_text(&*panic)))),
        Err(hung) => Err(hung),
    };
    let cleaned = patiently(&**harness, "the clean-up", clean_up(&**harness, &storage, &ctx)).await;
    outcome.and(cleaned.and_then(|it| it)).map(|()| Ended::Passed)
}

/// Waits as long as the harness has patience.
async fn patiently<T>(
    harness: &dyn Harness,
    what: &str,
    future: impl Future<Output = T>,
) -> Result<T, Failure> {
    let patience = harness.patience();
    let hung = |_| Failure::new(format!("hung: no end of {what} within {patience:?}"));
    tokio::time::timeout(patience, future).await.map_err(hung)
}

async fn clean_up(harness: &dyn Harness, storage: &Storage, ctx: &Ctx) -> Outcome {
    for name in ctx.names() {
        harness.clean_up(storage, &name).await.map_err(|error| left_behind(&name, &error))?;
    }
    Ok(())
}

fn left_behind(name: &str, error: &Error) -> Failure {
    Failure::new(format!("the container `{name}` can't be cleaned up: {}", describe(error)))
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("?")
}
