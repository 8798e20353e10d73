//! What a program says: its traces, and its errors with all that is behind them.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use storage_core::{Error, List};
use tracing::field::{Field, Visit};
use tracing::span;

/// A subscriber that writes down everything that is traced, at every level.
///
/// ```
/// use storage_testkit::Tape;
///
/// let tape = Tape::default();
/// tracing::subscriber::with_default(tape.clone(), || tracing::trace!(word = "hello"));
/// assert!(tape.text().contains("hello"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Tape(Arc<Mutex<String>>);

impl Tape {
    /// Returns what was traced so far, a field on each line.
    pub fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, what: fmt::Arguments<'_>) {
        let mut text = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A `String` takes whatever is written.
        let _always_ok = text.write_fmt(what);
    }
}

impl Visit for Tape {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.note(format_args!("{}={value:?}\n", field.name()));
    }
}

impl tracing::Subscriber for Tape {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        attributes.record(&mut self.clone());
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// Writes an error and all that is behind it, for people and for developers.
pub fn chain(error: &Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(&format!(" {cause} {cause:?}"));
        source = cause.source();
    }
    text
}

/// Reads a listing to its end: the names, and the error if it ended with one.
pub async fn names(mut listing: List) -> (Vec<String>, Option<Error>) {
    let mut all = Vec::new();
    while let Some(entry) = listing.next().await {
        match entry {
            Ok(entry) => all.push(entry.name().as_str().to_owned()),
            Err(error) => return (all, Some(error)),
        }
    }
    (all, None)
}

/// Lets the other tasks run until something holds.
///
/// # Panics
/// When it does not hold after very many turns.
pub async fn until(mut holds: impl FnMut() -> bool) {
    for _ in 0..1_000_000 {
        if holds() {
            return;
        }
        tokio::task::yield_now().await;
    }
    assert!(holds(), "it never happened");
}
