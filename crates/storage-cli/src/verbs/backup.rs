//! `storage backup`: a directory under a dated prefix.

use clap::Args;
use serde_json::json;
use storage::Escaped;
use storage_transfer::{Tree, backup, copy};

use super::make_in_memory;
use crate::context::Context;
use crate::exit::{Failure, Result};
use crate::location::Location;
use crate::progress::Progress;
use crate::transfer::{self, PutFlags, TransferFlags};

/// Backs up a directory: every file below `TARGET/DATE/`, verified, with its path, time and mode in its metadata.
///
/// What can't be backed up (symbolic links, pipes, files that can't be read) is named, the rest is done. The object
/// `TARGET/DATE.json` says whether the backup is complete.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The directory.
    directory: String,
    /// The container and prefix, such as local://backups/documents.
    target: String,
    /// Names the backup, in the place of the date.
    #[arg(long, value_name = "NAME")]
    snapshot: Option<String>,
    #[command(flatten)]
    transfer: TransferFlags,
    #[command(flatten)]
    put: PutFlags,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    let Location::Files(directory) = Location::parse(&arguments.directory, context)? else {
        return Err(Failure::usage(
            "a backup is made of a directory of ordinary files; between stores use `storage cp -r`",
        ));
    };
    let place = Location::parse(&arguments.target, context)?.store("the target of a backup")?;
    if arguments.transfer.names()?.is_some() {
        return Err(Failure::usage("a backup takes a whole directory; choose with --include and --exclude"));
    }
    make_in_memory(&place).await?;
    let container = place.container()?;
    let mut options = arguments.transfer.options(context)?;
    options.put = arguments.put.options(&place, context)?;
    if arguments.transfer.dry_run {
        let name = arguments.snapshot.as_deref().unwrap_or("DATE");
        let to = Tree::prefix(container, format!("{}{name}/", place.prefix()));
        return transfer::dry_run(
            copy(Tree::directory(directory), to).options(options).plan().await?,
            context,
        )
        .await;
    }
    let mut backup = backup(directory, container, place.prefix());
    if let Some(name) = arguments.snapshot {
        backup = backup.name(name);
    }
    let progress = Progress::start(&context.global);
    let done = backup.options(options.observer(progress.observer())).await;
    progress.end();
    let done = done?;
    transfer::say_report(&done.report, &progress, "backed up", context)?;
    let shown = format!("{}{}/{}", place.start, container.name().as_str(), done.prefix);
    context.output.result(
        json!({
            "type": "backup", "location": shown, "prefix": done.prefix, "summary": done.summary_key,
            "state": done.summary.state,
        }),
        || shown.clone(),
    )?;
    if !context.output.json {
        context.note(&format!(
            "this backup is {}; restore it with `storage restore {} DIRECTORY`",
            done.summary.state,
            Escaped(&shown)
        ));
    }
    transfer::judge(&done.report, false)
}
