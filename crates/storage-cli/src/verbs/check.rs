//! `storage check`: whether two trees hold the same.

use clap::Args;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use storage_transfer::{CheckOptions, Compared, Verdict, WalkOptions, check};

use crate::context::Context;
use crate::exit::{Exit, Failure, Result, in_one_line};
use crate::location::Location;
use crate::output::count;
use crate::transfer::FilterFlags;

/// Compares two trees by content; exit code 7 when they differ.
///
/// Checksums that a store keeps are believed; --content reads everything.
#[derive(Args)]
pub(crate) struct Arguments {
    /// One tree.
    first: String,
    /// The other.
    second: String,
    /// Reads all content, instead of believing checksums that a store keeps.
    #[arg(long, conflicts_with = "size_only")]
    content: bool,
    /// Compares nothing but sizes.
    #[arg(long)]
    size_only: bool,
    /// Follows symbolic links that stay inside the tree.
    #[arg(long)]
    links: bool,
    /// How many are compared at once.
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    #[command(flatten)]
    filter: FilterFlags,
}

#[derive(Default)]
struct Counts {
    same: u64,
    different: u64,
    skipped: u64,
    failed: u64,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    let first = Location::parse(&arguments.first, context)?.tree()?;
    let second = Location::parse(&arguments.second, context)?.tree()?;
    let walk = WalkOptions::new().filter(arguments.filter.filter()?).follow_links(arguments.links);
    let mut options =
        CheckOptions::new().walk(walk).read_all(arguments.content).size_only(arguments.size_only);
    if let Some(jobs) = arguments.jobs {
        options = options.jobs(jobs);
    }
    let mut compared = check(&first, &second, &options).await?;
    let mut counts = Counts::default();
    while let Some(it) = compared.next().await {
        let it = match it {
            // A walk that broke off leaves nothing to compare.
            Compared { name, verdict: Verdict::Failed(error), .. } if name.is_empty() => {
                return Err(error.into());
            }
            it => it,
        };
        counts.add(&it);
        show(&it, context)?;
    }
    counts.show(context)?;
    match counts {
        Counts { failed: 1.., .. } => Err(Failure::said(Exit::SomeFailed)),
        Counts { different: 1.., .. } => Err(Failure::said(Exit::Integrity)),
        _ => Ok(()),
    }
}

impl Counts {
    fn add(&mut self, it: &Compared) {
        match it.verdict {
            Verdict::Same { .. } => self.same += 1,
            Verdict::Skipped(_) => self.skipped += 1,
            Verdict::Failed(_) => self.failed += 1,
            _ => self.different += 1,
        }
    }

    fn show(&self, context: &Context) -> Result<()> {
        let Self { same, different, skipped, failed } = self;
        if context.output.json {
            let value = json!({
                "type": "summary", "same": same, "different": different, "skipped": skipped, "failed": failed,
            });
            return context.output.result(value, String::new);
        }
        let same = count(*same, "item is", "items are");
        context.note(&format!("{same} the same, {different} differ, {skipped} skipped, {failed} failed"));
        Ok(())
    }
}

fn show(it: &Compared, context: &Context) -> Result<()> {
    let (word, more) = match &it.verdict {
        Verdict::Same { .. } if !context.output.json && context.global.verbose == 0 => return Ok(()),
        Verdict::Same { bytes } => ("same", json!({ "bytes": bytes })),
        Verdict::Size { first, second } => ("size", json!({ "first": first, "second": second })),
        Verdict::Content => ("content", json!({})),
        Verdict::OnlyInFirst => ("only_in_first", json!({})),
        Verdict::OnlyInSecond => ("only_in_second", json!({})),
        Verdict::Skipped(_) if context.output.quiet => return Ok(()),
        Verdict::Skipped(reason) => ("skipped", json!({ "reason": reason.to_string() })),
        Verdict::Failed(error) => ("failed", json!({ "message": in_one_line(error) })),
        _ => return Ok(()),
    };
    let mut value = json!({ "type": word, "name": it.name });
    if let (Some(all), Value::Object(more)) = (value.as_object_mut(), &more) {
        all.extend(more.clone());
    }
    let detail = match &it.verdict {
        Verdict::Size { first, second } => format!(" ({first} and {second} bytes)"),
        Verdict::Skipped(reason) => format!(" ({reason})"),
        Verdict::Failed(error) => format!(" ({})", in_one_line(error)),
        _ => String::new(),
    };
    context.output.result(value, || format!("{:<14} {}{detail}", word.replace('_', " "), it.name))
}
