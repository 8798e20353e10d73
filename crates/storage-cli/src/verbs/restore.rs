//! `storage restore`: a backup becomes a directory again.

use clap::Args;
use serde_json::json;
use storage::Escaped;
use storage_transfer::{Restored, State, Tree, copy, restore};

use crate::context::Context;
use crate::exit::{Exit, Failure, Result};
use crate::location::Location;
use crate::output::{count, say};
use crate::progress::Progress;
use crate::transfer::{self, TransferFlags};

/// Restores a backup into a directory, with times and permissions, every file verified.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The backup, as `storage backup` printed it.
    source: String,
    /// The directory.
    directory: String,
    #[command(flatten)]
    transfer: TransferFlags,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    let place = Location::parse(&arguments.source, context)?.store("what is restored")?;
    let Location::Files(directory) = Location::parse(&arguments.directory, context)? else {
        return Err(Failure::usage(
            "a backup is restored into a directory; between stores use `storage cp -r`",
        ));
    };
    if arguments.transfer.names()?.is_some() {
        return Err(Failure::usage("a restore takes a whole backup; choose with --include and --exclude"));
    }
    let options = arguments.transfer.options(context)?;
    let container = place.container()?;
    if arguments.transfer.dry_run {
        let plan =
            copy(Tree::prefix(container, place.prefix()), Tree::directory(directory)).options(options).plan();
        return transfer::dry_run(plan.await?, context).await;
    }
    let progress = Progress::start(&context.global);
    let done =
        restore(container, place.prefix(), directory).options(options.observer(progress.observer())).await;
    progress.end();
    let done = done?;
    transfer::say_report(&done.report, &progress, "restored", context)?;
    tell(&done, &place.shown(), context)?;
    transfer::judge(&done.report, false)?;
    if done.missing > 0 {
        return Err(Failure::said(Exit::Integrity));
    }
    Ok(())
}

/// Tells what the backup said of itself.
fn tell(done: &Restored, shown: &str, context: &Context) -> Result<()> {
    if context.output.json {
        let state = done.summary.as_ref().map(|it| it.state);
        let value = json!({ "type": "restore", "location": shown, "state": state, "missing": done.missing });
        return context.output.result(value, String::new);
    }
    match &done.summary {
        None => context
            .note("there is no summary beside this prefix, so nobody knows whether it is a complete backup"),
        Some(it) if it.state != State::Complete => {
            context.note(&format!(
                "the backup is {}: see `storage cat {}.json`",
                it.state,
                Escaped(shown.trim_end_matches('/'))
            ));
        }
        Some(_) => {}
    }
    if done.missing > 0 {
        say(&format!(
            "{} of the backup not in the store any more",
            count(done.missing, "file is", "files are")
        ));
    }
    Ok(())
}
