//! `storage put`: standard input to an object.

use clap::Args;
use serde_json::json;
use storage::{Upload, WriteCondition};

use crate::arguments::parse_bytes;
use crate::context::Context;
use crate::exit::Result;
use crate::location::{Location, Place};
use crate::output::human_bytes;
use crate::stdin;
use crate::transfer::PutFlags;

/// Writes standard input into an object, whole or not at all.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The object.
    #[arg(value_name = "OBJECT")]
    object: String,
    #[command(flatten)]
    put: PutFlags,
    #[command(flatten)]
    tuning: Tuning,
}

/// How one object is written.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Tuning {
    /// Fails if the object exists.
    #[arg(long, visible_alias = "if-absent", conflicts_with = "if_match")]
    no_clobber: bool,
    /// Replaces the object only if it still has this entity tag.
    #[arg(long, value_name = "ETAG")]
    if_match: Option<String>,
    /// The size of the parts of a large object, such as 16m.
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes)]
    part_size: Option<u64>,
    /// How many parts are on their way at once.
    #[arg(long, value_name = "N")]
    part_jobs: Option<usize>,
}

impl Tuning {
    pub(crate) fn new(
        no_clobber: bool,
        if_match: Option<String>,
        part_size: Option<u64>,
        part_jobs: Option<usize>,
    ) -> Self {
        Self { no_clobber, if_match, part_size, part_jobs }
    }
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    let place = Location::parse(&arguments.object, context)?.store("what is written")?;
    from_stdin(&place, &arguments.put, &arguments.tuning, context).await
}

/// Uploads standard input.
pub(super) async fn from_stdin(
    place: &Place,
    put: &PutFlags,
    tuning: &Tuning,
    context: &Context,
) -> Result<()> {
    let object = place.object()?;
    super::make_in_memory(place).await?;
    let mut options = put.options(place, context)?.unwrap_or_default();
    if tuning.no_clobber {
        options.condition = WriteCondition::IfAbsent;
    }
    if let Some(etag) = &tuning.if_match {
        options = options.if_match(etag.as_str());
    }
    let mut upload: Upload = object.upload_stream(stdin::pieces()).options(options).cancel(&context.cancel);
    if let Some(bytes) = tuning.part_size {
        upload = upload.part_size(bytes);
    }
    if let Some(parts) = tuning.part_jobs {
        upload = upload.concurrency(parts);
    }
    let outcome = upload.await?;
    let etag = outcome.etag.as_ref().map(|it| it.as_str().to_owned());
    let value =
        json!({ "type": "written", "key": object.key().as_str(), "etag": etag, "bytes": outcome.size });
    if context.output.json {
        return context.output.result(value, String::new);
    }
    let size = outcome.size.map(|it| format!(", {}", human_bytes(it))).unwrap_or_default();
    context.note(&format!("wrote {}{size}", storage::Escaped(&place.shown())));
    Ok(())
}
