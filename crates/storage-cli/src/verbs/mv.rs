//! `storage mv`: moves files and objects.

use std::fs;
use std::path::Path;

use clap::Args;

use super::cp;
use crate::context::Context;
use crate::exit::Result;

/// Moves files and objects: each one is copied, proved at its destination, and then deleted.
#[derive(Args)]
// The flags of a copy are a group of the same name.
#[group(skip)]
pub(crate) struct Arguments {
    #[command(flatten)]
    copy: cp::Arguments,
}

pub(crate) async fn run(arguments: Arguments, context: &Context) -> Result<()> {
    let copy = arguments.copy;
    let dry_run = copy.transfer.dry_run;
    let trees: Vec<String> = copy.sources.iter().filter(|_| copy.recursive && !dry_run).cloned().collect();
    let moved = cp::run_with(copy, true, context).await;
    for word in &trees {
        remove_empty(Path::new(word.strip_prefix("file:").unwrap_or(word)));
    }
    moved
}

/// Removes the directories that nothing is left in; those that hold something stay.
fn remove_empty(path: &Path) {
    if !path.symlink_metadata().is_ok_and(|it| it.is_dir()) {
        return;
    }
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|it| it.is_dir()) {
            remove_empty(&entry.path());
        }
    }
    // The system refuses when there is something in it, which is what is wanted.
    drop(fs::remove_dir(path));
}
