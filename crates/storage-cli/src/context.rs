//! What every verb works with, and the run of one verb.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use storage::{CancelToken, Registry, Storage};
use tracing_subscriber::EnvFilter;

use crate::arguments::{Cli, Global};
use crate::config::Config;
use crate::exit::{Exit, Failure, Result};
use crate::output::{Output, say};
use crate::signals;
use crate::verbs;

/// What every verb works with.
pub(crate) struct Context {
    pub(crate) global: Global,
    pub(crate) output: Output,
    pub(crate) registry: Registry,
    pub(crate) config: Config,
    pub(crate) cancel: CancelToken,
    /// Tells that the token was cancelled since the time was up.
    time_up: Arc<AtomicBool>,
    /// Storages by how they were opened: two locations in one store share it, so that copies stay inside.
    pub(crate) opened: RefCell<HashMap<String, Storage>>,
}

/// How long tasks in the background have to drop what an interrupted command began.
const GRACE: Duration = Duration::from_secs(5);

/// Runs the command that was parsed.
pub(crate) fn run(cli: Cli) -> Exit {
    log_to_stderr(&cli.global);
    let output = Output::new(cli.global.json, cli.global.quiet);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            say(&format!("error: can't start: {error}"));
            return Exit::SomeFailed;
        }
    };
    let cancel = CancelToken::new();
    let result = runtime.block_on(Box::pin(in_context(cli, output, cancel.clone())));
    if cancel.is_cancelled() {
        runtime.shutdown_timeout(GRACE);
        return if result == Exit::LimitReached { result } else { Exit::Interrupted };
    }
    // A read of standard input that nobody waits for any more can't be stopped.
    runtime.shutdown_background();
    result
}

async fn in_context(cli: Cli, output: Output, cancel: CancelToken) -> Exit {
    signals::listen(&cancel);
    let config = match Config::load(cli.global.config.as_deref()) {
        Ok(config) => config,
        Err(failure) => {
            output.failure(&failure);
            return failure.exit;
        }
    };
    let registry = Registry::with_compiled_in();
    let context = Context { cancel, ..Context::new(cli.global, output, registry, config) };
    if let Some(time) = context.global.max_duration {
        drop(tokio::spawn(stop_after(time, context.cancel.clone(), Arc::clone(&context.time_up))));
    }
    let result = verbs::run(cli.verb, &context).await;
    match result.and_then(|()| context.output.flush()) {
        Ok(()) => Exit::Done,
        Err(failure) => context.ended(&failure),
    }
}

/// Stops the command when its time is up, and says so with the flag.
async fn stop_after(time: Duration, cancel: CancelToken, up: Arc<AtomicBool>) {
    tokio::time::sleep(time).await;
    if !cancel.is_cancelled() {
        up.store(true, Ordering::Relaxed);
        cancel.cancel();
    }
}

impl Context {
    /// Makes what a verb works with, over any registry and output.
    pub(crate) fn new(global: Global, output: Output, registry: Registry, config: Config) -> Self {
        Self {
            global,
            output,
            registry,
            config,
            cancel: CancelToken::new(),
            time_up: Arc::default(),
            opened: RefCell::default(),
        }
    }

    fn ended(&self, failure: &Failure) -> Exit {
        let time_up = Failure::new(Exit::LimitReached, "stopped: the time of --max-duration is up");
        let is_late = failure.exit == Exit::Interrupted && self.time_up.load(Ordering::Relaxed);
        let failure = if is_late { &time_up } else { failure };
        // What was printed before the failure belongs to the result.
        let flushed = self.output.flush();
        self.output.failure(failure);
        match flushed {
            Err(closed) if failure.is_silent() => closed.exit,
            _ => failure.exit,
        }
    }

    /// Runs what does not look at the token by itself.
    pub(crate) async fn guard<T>(&self, future: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Failure::new(Exit::Interrupted, "interrupted")),
            result = future => result,
        }
    }

    /// Tells people, unless they asked for silence.
    pub(crate) fn note(&self, line: &str) {
        if !self.output.quiet && !self.output.json {
            say(line);
        }
    }
}

fn log_to_stderr(global: &Global) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => "error",
        (false, 0) => "warn",
        (false, 1) => "info",
        (false, 2) => "debug",
        (false, _) => "trace",
    };
    let filter = match global.trace_http {
        // Whoever asks for the requests sees them, be it ever so quiet otherwise.
        true => format!("{level},storage_http=trace"),
        false => level.to_owned(),
    };
    let colors = std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty());
    let colors = colors && std::io::IsTerminal::is_terminal(&std::io::stderr());
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_ansi(colors)
        .with_target(global.verbose > 1 || global.trace_http)
        .without_time()
        .init();
}
