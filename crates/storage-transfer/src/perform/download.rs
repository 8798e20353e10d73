//! An object becomes a file.

use std::sync::Arc;

use storage::{Error, ErrorKind, Object, Result, TokioRuntime, blocking};

use super::temp::{Placed, Temp};
use super::{Outcome, Work, existing};
use crate::action::CopyAction;
use crate::attributes;
use crate::event::SkipReason;

pub(super) async fn run(work: &Work, action: &CopyAction, object: &Object, name: &str) -> Result<Outcome> {
    let Some(place) = work.place.clone() else {
        return Err(Error::new(ErrorKind::InvalidInput, "the destination is no directory"));
    };
    let path = place.claim(name)?;
    if let Some(reason) = existing::file(work, action, &path).await? {
        return Ok(Outcome::Skipped(reason));
    }
    let parents = (Arc::clone(&place), name.to_owned());
    blocking(&TokioRuntime, move || parents.0.prepare(&parents.1)).await?;
    // The engine writes under a name that nobody else uses, so that times and permissions are set before the file
    // appears, and a directory that appears under its name meanwhile is an error and no new home for it.
    let temp = Temp::beside(&path);
    let mut download = object.download_file(temp.path()).cancel(&work.options.cancel);
    if let Some(bytes) = work.options.part_bytes {
        download = download.part_size(bytes);
    }
    if let Some(parts) = work.options.part_jobs {
        download = download.concurrency(parts);
    }
    if let Some(hook) = work.hook(&action.name) {
        download = download.progress(hook);
    }
    let metadata = download.await?.info.metadata;
    let (permissions, overwrite) = (work.options.permissions, work.options.overwrite);
    let placed = blocking(&TokioRuntime, move || {
        attributes::restore(temp.path(), &metadata, permissions)?;
        temp.commit(&path, overwrite)
    });
    Ok(match placed.await? {
        Placed::Yes => Outcome::Done,
        Placed::Exists => Outcome::Skipped(SkipReason::Exists),
    })
}
