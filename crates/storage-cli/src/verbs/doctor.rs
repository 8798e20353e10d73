//! `storage doctor`: what a store is, how it was opened, and whether it answers.

use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};
use storage::Error;

use crate::context::Context;
use crate::exit::{Failure, Result};
use crate::facts::facts;
use crate::location::{self, Location, Place, shown};
use crate::settings::Origin;

/// Looks a store over: who it is, where each setting came from, what it can do, and how fast it answers.
///
/// Secrets are masked. The exit code says what failed.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The store or container.
    location: String,
}

/// What is found out, in the order in which it is shown.
#[derive(Default)]
struct Findings {
    settings: Vec<Origin>,
    facts: Vec<(String, String)>,
    trips: Vec<Trip>,
}

/// One request and how it went.
struct Trip {
    what: String,
    time: Duration,
    failed: Option<String>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    let word = arguments.location;
    let mut findings = Findings::default();
    let looked = look(&word, &mut findings, context).await;
    findings.show(&word, looked.as_ref().err(), context)?;
    looked
}

/// Looks until something fails; what was found before that is kept.
async fn look(word: &str, findings: &mut Findings, context: &Context) -> Result<()> {
    findings.settings = location::settings(word, context)?.origins();
    let place = Location::parse(word, context)?.store("what is looked at")?;
    super::make_in_memory_if_named(&place).await?;
    let tripped = trips(&place, &mut findings.trips).await;
    // A driver may know more of the service once it has spoken with it.
    findings.facts = facts(&place.storage).await;
    Ok(tripped?)
}

/// Asks for the least, twice: the first answer is slower by the connection that it needs.
async fn trips(place: &Place, trips: &mut Vec<Trip>) -> Result<(), Error> {
    let started = Instant::now();
    match &place.container {
        Some(container) => {
            let name = container.name();
            note(trips, format!("head container `{name}`"), started, container.info().await)?;
            let started = Instant::now();
            let listed = container.list().prefix(&place.key).page_size(1).next().await.transpose();
            note(trips, "list one object".to_owned(), started, listed)
        }
        None => {
            let listed = place.storage.containers().page_size(1).next().await.transpose();
            note(trips, "list one container".to_owned(), started, listed)
        }
    }
}

fn note<T>(
    trips: &mut Vec<Trip>,
    what: String,
    started: Instant,
    done: Result<T, Error>,
) -> Result<(), Error> {
    let failed = done.as_ref().err().map(|error| format!("{:?}", error.kind()));
    trips.push(Trip { what, time: started.elapsed(), failed });
    done.map(drop)
}

impl Findings {
    fn show(&self, word: &str, failure: Option<&Failure>, context: &Context) -> Result<()> {
        let Self { settings, facts, trips } = self;
        if context.output.json {
            return context.output.result(self.value(word, failure), String::new);
        }
        let line = |name: &str, text: &str| context.output.result((), || format!("{name:<12} {text}"));
        line("location", shown(word))?;
        for (name, value) in facts {
            line(name, value)?;
        }
        for it in settings {
            let over =
                if it.over.is_empty() { String::new() } else { format!(", over {}", it.over.join(", ")) };
            line("setting", &format!("{} = {}, from {}{over}", it.name, it.value, it.source))?;
        }
        for it in trips {
            let outcome = it.failed.as_deref().unwrap_or("ok");
            line("round trip", &format!("{}: {outcome}, {}", it.what, milliseconds(it.time)))?;
        }
        Ok(())
    }

    fn value(&self, word: &str, failure: Option<&Failure>) -> Value {
        let settings = self
            .settings
            .iter()
            .map(|it| json!({ "name": it.name, "value": it.value, "source": it.source, "over": it.over }));
        let facts = self.facts.iter().map(|(name, value)| (name.clone(), value.as_str().into()));
        let trips = self.trips.iter().map(|it| {
            json!({ "request": it.what, "error": it.failed, "milliseconds": it.time.as_secs_f64() * 1e3 })
        });
        json!({
            "type": "doctor", "location": shown(word), "ok": failure.is_none(),
            "facts": facts.collect::<serde_json::Map<String, Value>>(),
            "settings": settings.collect::<Vec<_>>(), "round_trips": trips.collect::<Vec<_>>(),
        })
    }
}

/// Writes a latency as people read it.
pub(super) fn milliseconds(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1e3;
    match milliseconds {
        it if it < 10.0 => format!("{it:.2} ms"),
        it if it < 100.0 => format!("{it:.1} ms"),
        it => format!("{it:.0} ms"),
    }
}
