//! How far a transfer is: a bar, lines, JSON, or nothing.

use std::io::{IsTerminal as _, stderr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;
use storage::Escaped;
use storage_transfer::{Event, Observer};

use crate::arguments::{Global, ProgressMode};
use crate::output::{failed_json, failed_text, human_bytes, say};

/// Watches one transfer and shows how far it is.
#[derive(Clone)]
pub(crate) struct Progress(Arc<Inner>);

struct Inner {
    counts: Counts,
    started: Instant,
    bar: Option<ProgressBar>,
    how: How,
    say: Say,
    ended: AtomicBool,
}

/// What of single items is told, and in which form.
#[derive(Clone, Copy)]
struct Say {
    done: bool,
    skipped: bool,
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Bar,
    Plain,
    Json,
    None,
}

#[derive(Default)]
struct Counts {
    items: AtomicU64,
    bytes: AtomicU64,
    items_done: AtomicU64,
    bytes_done: AtomicU64,
    failed: AtomicU64,
    all_planned: AtomicBool,
}

const LINE_EVERY: Duration = Duration::from_secs(30);
const JSON_EVERY: Duration = Duration::from_secs(1);
const DRAW_EVERY: Duration = Duration::from_millis(100);

impl Progress {
    /// Starts to watch; `verb` says what is being done, as in `copied`.
    pub(crate) fn start(global: &Global) -> Self {
        let how = match global.progress {
            _ if global.quiet => How::None,
            ProgressMode::None => How::None,
            ProgressMode::Json => How::Json,
            ProgressMode::Plain => How::Plain,
            ProgressMode::Auto if stderr().is_terminal() => How::Bar,
            ProgressMode::Auto => How::Plain,
        };
        let say = Say { done: global.verbose > 0 || global.json, skipped: !global.quiet, json: global.json };
        let progress = Self(Arc::new(Inner {
            counts: Counts::default(),
            started: Instant::now(),
            bar: (how == How::Bar).then(bar),
            how,
            say,
            ended: AtomicBool::new(false),
        }));
        progress.tick();
        progress
    }

    /// The function that the transfer tells its events.
    pub(crate) fn observer(&self) -> Observer {
        let progress = self.clone();
        Observer::new(move |event| progress.see(event))
    }

    /// Removes the bar.
    pub(crate) fn end(&self) {
        self.0.ended.store(true, Ordering::Relaxed);
        if let Some(bar) = &self.0.bar {
            bar.finish_and_clear();
        }
    }

    /// Says a line above the bar.
    pub(crate) fn line(&self, line: &str) {
        match &self.0.bar {
            Some(bar) => bar.suspend(|| say(line)),
            None => say(line),
        }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.started.elapsed()
    }

    fn see(&self, event: &Event<'_>) {
        let counts = &self.0.counts;
        let add = |counter: &AtomicU64, number| {
            counter.fetch_add(number, Ordering::Relaxed);
        };
        match event {
            Event::Planned { bytes, .. } => {
                add(&counts.items, 1);
                add(&counts.bytes, *bytes);
            }
            Event::Walked => counts.all_planned.store(true, Ordering::Relaxed),
            Event::Progress { bytes, .. } => add(&counts.bytes_done, *bytes),
            Event::Done { name, bytes } => {
                add(&counts.items_done, 1);
                self.tell_done(name, *bytes);
            }
            Event::Skipped { name, reason } if self.0.say.skipped || self.0.say.json => match self.0.say.json
            {
                true => println_json(&json!({
                    "type": "skipped", "name": name, "reason": reason.code(), "message": reason.to_string(),
                })),
                false => self.line(&format!("skipped `{}`: {reason}", Escaped(name))),
            },
            Event::Failed { name, error } => {
                add(&counts.failed, 1);
                self.tell_failed(name, error);
            }
            _ => {}
        }
    }

    fn tell_done(&self, name: &str, bytes: u64) {
        let Say { done, json, .. } = self.0.say;
        match (done, json) {
            (false, _) => {}
            (true, true) => println_json(&json!({ "type": "done", "name": name, "bytes": bytes })),
            (true, false) => self.line(&format!("done `{}`, {}", Escaped(name), human_bytes(bytes))),
        }
    }

    fn tell_failed(&self, name: &str, error: &storage::Error) {
        match self.0.say.json {
            true => println_json(&failed_json(name, error)),
            false => self.line(&failed_text(name, error)),
        }
    }

    /// Shows the counts from time to time, as long as the transfer runs.
    fn tick(&self) {
        let every = match self.0.how {
            How::None => return,
            How::Bar => DRAW_EVERY,
            How::Plain => LINE_EVERY,
            How::Json => JSON_EVERY,
        };
        let weak = Arc::downgrade(&self.0);
        drop(tokio::spawn(async move {
            let mut timer = tokio::time::interval(every);
            timer.tick().await;
            loop {
                timer.tick().await;
                let Some(inner) = weak.upgrade().filter(|it| !it.ended.load(Ordering::Relaxed)) else {
                    return;
                };
                inner.show();
            }
        }));
    }
}

impl Inner {
    fn show(&self) {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let counts = &self.counts;
        let (items, bytes) = (read(&counts.items), read(&counts.bytes));
        let (items_done, bytes_done) = (read(&counts.items_done), read(&counts.bytes_done));
        let more = if counts.all_planned.load(Ordering::Relaxed) { "" } else { "+" };
        let seconds = self.started.elapsed().as_secs_f64().max(0.001);
        let failed = read(&counts.failed);
        match &self.bar {
            Some(bar) => {
                bar.set_length(bytes.max(1));
                bar.set_position(bytes_done.min(bytes));
                let failures = if failed > 0 { format!(", {failed} failed") } else { String::new() };
                bar.set_message(format!("{items_done}/{items}{more}{failures}"));
            }
            None if self.how == How::Json => say(&json!({
                "type": "progress", "items": items, "items_done": items_done, "bytes": bytes, "bytes_done": bytes_done,
                "failed": failed, "all_planned": more.is_empty(), "seconds": seconds,
            })
            .to_string()),
            None => say(&format!(
                "{items_done} of {items}{more} items, {} of {}{more}, {}/s, {failed} failed",
                human_bytes(bytes_done),
                human_bytes(bytes),
                human_bytes(rate(bytes_done, seconds)),
            )),
        }
    }
}

/// Bytes a second, for people: the loss of a float does not show.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "only shown"
)]
pub(crate) fn rate(bytes: u64, seconds: f64) -> u64 {
    (bytes as f64 / seconds.max(0.001)) as u64
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::stderr_with_hz(10));
    // Without a terminal's width this fits 60 columns: the wide bar takes what is left.
    let template = "{wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta} {msg}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}

/// Results of single items go to standard output, each line at once; a reader that left is met at the end.
fn println_json(value: &serde_json::Value) {
    use std::io::Write as _;
    drop(writeln!(std::io::stdout().lock(), "{value}"));
}
