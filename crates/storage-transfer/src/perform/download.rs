//! An object becomes a file.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use storage::{Error, ErrorKind, Metadata, Object, Result, TokioRuntime, blocking};

use super::temp::{Placed, Temp};
use super::{Outcome, Work, existing};
use crate::action::CopyAction;
use crate::attributes;
use crate::event::SkipReason;
use crate::options::Overwrite;
use crate::place::Place;
use crate::walk::file_error;

/// Up to this size an object is read whole before its file is made.
const WHOLE_BYTES: u64 = 1 << 20;

pub(super) async fn run(work: &Work, action: &CopyAction, object: &Object, name: &str) -> Result<Outcome> {
    let Some(place) = work.place.clone() else {
        return Err(Error::new(ErrorKind::InvalidInput, "the destination is no directory"));
    };
    let path = place.claim(name)?;
    if let Some(reason) = existing::file(work, action, &path).await? {
        return Ok(Outcome::Skipped(reason));
    }
    let target = FileTarget {
        place,
        name: name.to_owned(),
        path,
        permissions: work.options.permissions,
        overwrite: work.options.overwrite,
    };
    let placed = match action.size <= WHOLE_BYTES.min(work.small_bytes()) {
        true => whole(work, action, object, target).await?,
        false => in_ranges(work, action, object, target).await?,
    };
    Ok(match placed {
        Placed::Yes => Outcome::Done,
        Placed::Exists => Outcome::Skipped(SkipReason::Exists),
    })
}

/// The file that is to be made.
struct FileTarget {
    place: Arc<Place>,
    name: String,
    path: PathBuf,
    permissions: bool,
    overwrite: Overwrite,
}

impl FileTarget {
    /// Gives a complete file its times, permissions and name.
    fn finish(&self, temp: Temp, metadata: &Metadata) -> Result<Placed> {
        attributes::restore(temp.path(), metadata, self.permissions)?;
        temp.commit(&self.path, self.overwrite)
    }
}

/// Reads a small object to its end, where its checksum has been held against it, and only then touches the disk.
async fn whole(work: &Work, action: &CopyAction, object: &Object, target: FileTarget) -> Result<Placed> {
    let permit = work.budget.acquire(action.size).await;
    let read = async {
        let body = object.get().await?;
        let info = body.info().clone();
        // It has grown since it was listed, beyond what there is room for.
        let fits = info.size <= WHOLE_BYTES;
        Ok((if fits { Some(body.bytes().await?) } else { None }, info))
    };
    let (bytes, info) = work.options.cancel.guard(read).await?;
    let Some(bytes) = bytes else {
        drop(permit);
        return in_ranges(work, action, object, target).await;
    };
    let placed = blocking(&TokioRuntime, move || {
        target.place.prepare(&target.name)?;
        let temp = Temp::beside(&target.path);
        write(temp.path(), &target.path, &bytes)?;
        target.finish(temp, &info.metadata)
    })
    .await?;
    work.moved(&action.name, info.size)?;
    Ok(placed)
}

fn write(temp: &Path, target: &Path, bytes: &Bytes) -> Result<()> {
    let mut file = File::create_new(temp).map_err(|error| file_error("can't write beside", target, error))?;
    file.write_all(bytes).map_err(|error| file_error("can't write the file", target, error))
}

/// Has the engine gather a large object from parallel ranges.
///
/// The engine writes under a name that nobody else uses, so that times and permissions are set before the file appears,
/// and a directory that appears under its name meanwhile is an error and no new home for it.
async fn in_ranges(work: &Work, action: &CopyAction, object: &Object, target: FileTarget) -> Result<Placed> {
    let parents = (Arc::clone(&target.place), target.name.clone());
    blocking(&TokioRuntime, move || parents.0.prepare(&parents.1)).await?;
    let temp = Temp::beside(&target.path);
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
    blocking(&TokioRuntime, move || target.finish(temp, &metadata)).await
}
