//! `storage du`: how much lies where.

use std::collections::BTreeMap;

use clap::Args;
use futures_util::StreamExt as _;
use serde_json::json;
use storage_transfer::{Found, WalkOptions, walk};

use crate::context::Context;
use crate::exit::{Exit, Failure, Result};
use crate::location::{Location, shown};
use crate::output::human_bytes;
use crate::transfer::FilterFlags;

/// Sums up sizes.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Where to look.
    #[arg(required = true, value_name = "LOCATION")]
    locations: Vec<String>,
    /// Shows the sums of directories down to this depth, too.
    #[arg(long, value_name = "N", default_value_t = 0)]
    depth: usize,
    /// Prints plain numbers of bytes.
    #[arg(long, short)]
    bytes: bool,
    #[command(flatten)]
    filter: FilterFlags,
}

#[derive(Clone, Copy, Default)]
struct Sum {
    items: u64,
    bytes: u64,
}

impl Sum {
    fn add(&mut self, bytes: u64) {
        self.items += 1;
        self.bytes += bytes;
    }
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    let mut failed = false;
    for word in &arguments.locations {
        let tree = Location::parse(word, context)?.tree()?;
        let mut found = walk(&tree, &WalkOptions::new().filter(arguments.filter.filter()?)).await?;
        let (mut total, mut parts) = (Sum::default(), BTreeMap::<String, Sum>::new());
        while let Some(found) = found.next().await {
            match found {
                Found::Entry(entry) => {
                    total.add(entry.size);
                    for (at, _) in entry.name.match_indices('/').take(arguments.depth) {
                        let above = entry.name.get(..at).unwrap_or_default();
                        parts.entry(above.to_owned()).or_default().add(entry.size);
                    }
                }
                Found::Failed { name, error } if name.is_empty() => return Err(error.into()),
                Found::Failed { name, error } => {
                    failed = true;
                    context.output.failed(&name, &error)?;
                }
                _ => {}
            }
        }
        for (name, sum) in &parts {
            show(name, *sum, &arguments, context)?;
        }
        show(shown(word), total, &arguments, context)?;
    }
    if failed { Err(Failure::said(Exit::SomeFailed)) } else { Ok(()) }
}

fn show(name: &str, sum: Sum, arguments: &Arguments, context: &Context) -> Result<()> {
    let size = if arguments.bytes { sum.bytes.to_string() } else { human_bytes(sum.bytes) };
    let value = json!({ "type": "usage", "name": name, "items": sum.items, "bytes": sum.bytes });
    context.output.result(value, || format!("{size:>12} {:>10}  {name}", sum.items))
}
