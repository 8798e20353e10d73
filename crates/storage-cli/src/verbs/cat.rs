//! `storage cat`: content to standard output.

use clap::Args;
use futures_util::StreamExt as _;
use storage::ByteRange;
use tokio::io::AsyncReadExt as _;

use crate::context::Context;
use crate::exit::{Failure, Result};
use crate::location::Location;

/// Writes objects or files to standard output.
#[derive(Args)]
pub(crate) struct Arguments {
    /// What to write, one after the other.
    #[arg(required = true, value_name = "LOCATION")]
    locations: Vec<String>,
    /// Only these bytes: `a..b` (without b), `a..`, or `..n` for the last n.
    #[arg(long, value_name = "A..B", value_parser = parse_range)]
    range: Option<ByteRange>,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    for word in &arguments.locations {
        match Location::parse(word, context)? {
            Location::Store(place) => object(&place.object()?, arguments.range, context).await?,
            Location::Files(path) => {
                let cannot =
                    || Failure::usage("--range needs an object; for files there is `tail` and `head`");
                if arguments.range.is_some() {
                    return Err(cannot());
                }
                let open = tokio::fs::File::open(&path).await;
                copy(open.map_err(|error| super::unreadable(&path, error))?, context).await?;
            }
            Location::Stdio => stdin(context).await?,
        }
    }
    Ok(())
}

/// Writes an object to standard output.
pub(super) async fn object(
    object: &storage::Object,
    range: Option<ByteRange>,
    context: &Context,
) -> Result<()> {
    let mut get = object.get();
    if let Some(range) = range {
        get = get.range(range);
    }
    let mut body = get.await?;
    while let Some(bytes) = body.next().await.transpose()? {
        context.output.bytes(&bytes)?;
    }
    context.output.flush()
}

/// Writes standard input to standard output.
pub(super) async fn stdin(context: &Context) -> Result<()> {
    let mut pieces = crate::stdin::pieces();
    while let Some(piece) = pieces.next().await {
        context.output.bytes(&piece.map_err(|error| Failure::from(storage::Error::from_io(error)))?)?;
    }
    context.output.flush()
}

/// Writes a file to standard output.
pub(super) async fn copy(mut reader: tokio::fs::File, context: &Context) -> Result<()> {
    let mut buffer = vec![0; 256 << 10];
    loop {
        let read = reader.read(&mut buffer).await;
        let read = read.map_err(|error| Failure::from(storage::Error::from_io(error)))?;
        let bytes = buffer.get(..read).unwrap_or_default();
        if bytes.is_empty() {
            return context.output.flush();
        }
        context.output.bytes(bytes)?;
    }
}

fn parse_range(text: &str) -> Result<ByteRange, String> {
    const FORM: &str = "write `a..b`, `a..` or `..n`";
    let (start, end) = text.split_once("..").ok_or(FORM)?;
    let number = |it: &str| it.parse::<u64>().map_err(|_| FORM.to_owned());
    match (start, end) {
        ("", end) => Ok(ByteRange::Suffix(number(end)?)),
        (start, "") => Ok(ByteRange::From(number(start)?)),
        (start, end) => Ok(ByteRange::Bounded { start: number(start)?, end: number(end)? }),
    }
}
