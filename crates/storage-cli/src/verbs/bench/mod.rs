//! `storage bench`: how fast a store is, from here.

mod measure;
mod phases;

use clap::Args;
use serde_json::json;
use storage::groups::DeleteTarget;
use storage::{Container, Runtime as _, TokioRuntime};

use super::doctor::milliseconds;
use super::stat::hex;
use crate::arguments::parse_bytes;
use crate::context::Context;
use crate::exit::Result;
use crate::location::Location;
use crate::output::{count, human_bytes};
use crate::progress::rate;
use measure::Measured;
use phases::Bench;

/// Measures how fast a store takes, gives, lists and deletes objects.
///
/// One large object tells the throughput, many small ones the latency. They lie below a prefix of their own, which is
/// removed in the end, also when the command is interrupted.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The container or prefix.
    location: String,
    /// The size of the large object; 0 leaves it out.
    #[arg(long, value_name = "BYTES", default_value = "64MiB", value_parser = parse_bytes)]
    size: u64,
    /// How many small objects there are; 0 leaves them out.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    count: u64,
    /// The size of a small object.
    #[arg(long, value_name = "BYTES", default_value = "4KiB", value_parser = parse_bytes)]
    small_size: u64,
    /// How many requests for small objects are under way at once.
    #[arg(long, value_name = "N", default_value_t = 16)]
    jobs: usize,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    let place = Location::parse(&arguments.location, context)?.store("what is measured")?;
    super::make_in_memory(&place).await?;
    let container = place.container()?;
    // A container that is not there is told before anything is measured.
    context.guard(async { Ok(container.info().await?) }).await?;
    let mut word = [0; 8];
    TokioRuntime.random(&mut word);
    let prefix = format!("{}storage-bench-{}/", place.prefix(), hex(&word));
    let bench = Bench::new(container, &prefix, &arguments, &context.cancel);
    let measured = measure(&bench, context).await;
    let removed = clean_up(container, &prefix).await;
    match (measured, removed) {
        (Ok(()), Ok(_)) => Ok(()),
        (Err(failure), Ok(removed)) => {
            let many = count(removed, "object", "objects");
            context.note(&format!("removed what the measurement had written: {many}"));
            Err(failure)
        }
        (measured, Err(left)) => {
            let shown = format!("{}{}/{prefix}", place.start, container.name().as_str());
            let hint = format!("remove what is left: `storage rm -r {shown}`");
            Err(measured.err().unwrap_or(left).with_hint(hint))
        }
    }
}

/// Runs one phase after the other and shows each as it ends.
async fn measure(bench: &Bench, context: &Context) -> Result<()> {
    if !context.output.json {
        context.output.text(&format!(
            "{:<12} {:>7} {:>12} {:>10} {:>10} {:>10} {:>10} {:>10}",
            "PHASE", "COUNT", "BYTES/S", "PER S", "P50", "P90", "P99", "MAX"
        ))?;
    }
    if bench.has_large() {
        show(&bench.upload().await?, context)?;
        show(&context.guard(bench.download()).await?, context)?;
    }
    if !bench.has_small() {
        return Ok(());
    }
    show(&bench.put().await?, context)?;
    show(&context.guard(bench.get()).await?, context)?;
    show(&context.guard(bench.list()).await?, context)?;
    show(&bench.delete().await?, context)?;
    show(&context.guard(bench.delete_many()).await?, context)
}

fn show(it: &Measured, context: &Context) -> Result<()> {
    let seconds = it.elapsed.as_secs_f64();
    let (bytes, items) = (rate(it.bytes, seconds), rate(it.items, seconds));
    let [p50, p90, p99, max] = it.latencies();
    let in_ms = |it: Option<std::time::Duration>| it.map(|it| it.as_secs_f64() * 1e3);
    let value = json!({
        "type": "bench", "phase": it.phase, "count": it.items, "bytes": it.bytes, "seconds": seconds,
        "bytes_per_second": bytes, "per_second": items,
        "latency_ms": { "p50": in_ms(p50), "p90": in_ms(p90), "p99": in_ms(p99), "max": in_ms(max) },
    });
    context.output.result(value, || {
        let bytes = if it.bytes > 0 { human_bytes(bytes) } else { String::new() };
        let [p50, p90, p99, max] = [p50, p90, p99, max].map(|it| it.map(milliseconds).unwrap_or_default());
        let line = format!(
            "{:<12} {:>7} {bytes:>12} {items:>10} {p50:>10} {p90:>10} {p99:>10} {max:>10}",
            it.phase, it.items
        );
        line.trim_end().to_owned()
    })?;
    // Whoever reads along sees each phase as it ends.
    context.output.flush()
}

/// Removes all that lies below the prefix, and uploads that did not end; tells how many objects there were.
async fn clean_up(container: &Container, prefix: &str) -> Result<u64> {
    let mut listing = container.list().prefix(prefix);
    let mut targets = Vec::new();
    while let Some(entry) = listing.next().await.transpose()? {
        targets.extend(entry.object().map(|it| DeleteTarget::new(it.key)));
    }
    let removed = container.delete_many(futures_util::stream::iter(targets)).finish().await?;
    let driver = container.storage().driver();
    if driver.incomplete_uploads().is_some() && driver.multipart().is_some() {
        container.abort_incomplete(std::time::Duration::ZERO).prefix(prefix).await?;
    }
    Ok(removed)
}
