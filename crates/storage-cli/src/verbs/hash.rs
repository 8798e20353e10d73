//! `storage hash`: checksums of content.

use clap::Args;
use futures_util::StreamExt as _;
use serde_json::json;
use storage::{Checksum, ChecksumAlgorithm};
use storage_transfer::{Entry, Found, Source, WalkOptions, checksums_of, walk};

use super::stat::hex;
use crate::context::Context;
use crate::exit::{Exit, Failure, Result};
use crate::location::{Location, shown};
use crate::transfer::FilterFlags;

/// Reads objects and files and prints their checksums, in the form of `sha256sum`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// What to read.
    #[arg(required = true, value_name = "LOCATION")]
    locations: Vec<String>,
    /// The algorithm: sha256, md5, sha1, crc32c, crc64nvme or crc32.
    #[arg(long, short, value_name = "NAME", default_value = "sha256", value_parser = parse_algorithm)]
    algorithm: ChecksumAlgorithm,
    /// Reads all that is below.
    #[arg(long, short)]
    recursive: bool,
    /// How many are read at once.
    #[arg(long, value_name = "N", default_value_t = 4)]
    jobs: usize,
    #[command(flatten)]
    filter: FilterFlags,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    let mut failed = false;
    for word in &arguments.locations {
        match Location::parse(word, context)? {
            Location::Stdio => return Err(Failure::usage("`-` can't be hashed; use `sha256sum`")),
            it if arguments.recursive => failed |= tree(&it, &arguments, context).await?,
            Location::Files(path) => {
                let entry = Entry::of_file(&path, word).await?;
                print(word, one(&entry.source, arguments.algorithm).await?, context)?;
            }
            Location::Store(place) => {
                let source = Entry::of_object(&place.object()?, word).await?.source;
                print(shown(word), one(&source, arguments.algorithm).await?, context)?;
            }
        }
    }
    if failed { Err(Failure::said(Exit::SomeFailed)) } else { Ok(()) }
}

/// Hashes a tree in the order of its walk; tells whether something could not be read.
async fn tree(location: &Location, arguments: &Arguments, context: &Context) -> Result<bool> {
    let found = walk(&location.tree()?, &WalkOptions::new().filter(arguments.filter.filter()?)).await?;
    let algorithm = arguments.algorithm;
    let mut hashed = found
        .filter_map(|found| async move {
            match found {
                Found::Entry(Entry { name, source, .. }) => Some((name, Ok(source))),
                Found::Failed { name, error } => Some((name, Err(error))),
                _ => None,
            }
        })
        .map(|(name, source)| async move {
            match source {
                Ok(source) => (name, one(&source, algorithm).await),
                Err(error) => (name, Err(error)),
            }
        })
        .buffered(arguments.jobs.max(1))
        .boxed_local();
    let mut failed = false;
    while let Some((name, hashed)) = hashed.next().await {
        match hashed {
            Ok(sum) => print(&name, sum, context)?,
            Err(error) if name.is_empty() => return Err(error.into()),
            Err(error) => {
                failed = true;
                context.output.failed(&name, &error)?;
            }
        }
    }
    Ok(failed)
}

async fn one(source: &Source, algorithm: ChecksumAlgorithm) -> storage::Result<Option<Checksum>> {
    Ok(checksums_of(source, &[algorithm]).await?.get(algorithm))
}

fn print(name: &str, sum: Option<Checksum>, context: &Context) -> Result<()> {
    let Some(sum) = sum else { return Ok(()) };
    let value = hex(sum.value());
    let line = json!({ "type": "hash", "name": name, "algorithm": sum.algorithm().name(), "value": value });
    context.output.result(line, || format!("{value}  {name}"))
}

fn parse_algorithm(text: &str) -> Result<ChecksumAlgorithm, String> {
    ChecksumAlgorithm::parse(text).map_err(|error| error.to_string())
}
