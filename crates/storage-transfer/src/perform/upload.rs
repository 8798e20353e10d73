//! A file becomes an object.

use std::path::Path;
use std::sync::Arc;

use storage::{
    Checksum, ChecksumAlgorithm, Error, ErrorKind, Object, PutOptions, PutOutcome, Result, TokioRuntime,
    WriteCondition, blocking,
};

use super::{Outcome, Stamp, Work, existing, file_metadata, open_file};
use crate::action::CopyAction;
use crate::event::SkipReason;
use crate::options::Overwrite;

pub(super) async fn run(work: &Work, action: &CopyAction, path: &Path, object: &Object) -> Result<Outcome> {
    let small = action.size <= work.small_bytes();
    let refuses = if small { work.limits.if_absent } else { work.limits.if_absent_in_parts };
    if let Some(reason) = existing::object(work, action, object, refuses).await? {
        return Ok(Outcome::Skipped(reason));
    }
    let sent = match small {
        true => whole(work, action, path, object).await,
        false => in_parts(work, action, path, object).await,
    };
    match sent {
        Ok(()) => Ok(Outcome::Done),
        Err(error)
            if work.options.overwrite == Overwrite::Never && error.kind() == ErrorKind::AlreadyExists =>
        {
            Ok(Outcome::Skipped(SkipReason::Exists))
        }
        Err(error) => Err(error),
    }
}

/// Reads a small file at one go and sends it in one request.
async fn whole(work: &Work, action: &CopyAction, path: &Path, object: &Object) -> Result<()> {
    let permit = work.budget.acquire(action.size).await;
    let limit = work.small_bytes();
    let (file, algorithm) = (path.to_owned(), work.limits.checksum);
    let read = blocking(&TokioRuntime, move || read(&file, limit, algorithm)).await?;
    let Some(Read { bytes, checksum, stamp }) = read else {
        // It has grown since it was listed.
        drop(permit);
        return in_parts(work, action, path, object).await;
    };
    let size = bytes.len() as u64;
    let mut options = put_options(work, path, stamp, work.limits.if_absent);
    options.expected.insert(checksum);
    let outcome = work.options.cancel.guard(async { object.put(bytes).options(options).await }).await?;
    drop(permit);
    work.prove(object, &outcome, size, Some(checksum)).await?;
    work.moved(&action.name, size)
}

/// Has the engine upload a large file in parts; nothing of it is held here.
async fn in_parts(work: &Work, action: &CopyAction, path: &Path, object: &Object) -> Result<()> {
    let file = path.to_owned();
    let (opened, stamp) = blocking(&TokioRuntime, move || open_file(&file)).await?;
    let options = put_options(work, path, stamp, work.limits.if_absent_in_parts);
    // The open file is sent, not what its path may lead to by now.
    let mut upload = object.upload_open_file(opened.try_clone()?).options(options);
    upload = upload.length(stamp.size).cancel(&work.options.cancel);
    if let Some(bytes) = work.options.part_bytes {
        upload = upload.part_size(bytes);
    }
    if let Some(parts) = work.options.part_jobs {
        upload = upload.concurrency(parts);
    }
    if let Some(hook) = work.hook(&action.name) {
        upload = upload.progress(hook);
    }
    let outcome: PutOutcome = upload.await?;
    stamp.check(&opened)?;
    work.prove(object, &outcome, stamp.size, None).await
}

fn put_options(work: &Work, path: &Path, stamp: Stamp, if_absent: bool) -> PutOptions {
    let mut options = work.options.put.clone().unwrap_or_default();
    for (name, value) in file_metadata(work, path, stamp) {
        if options.metadata.get(name).is_none() {
            options.metadata.insert(name, value);
        }
    }
    if work.options.overwrite == Overwrite::Never && if_absent {
        options.condition = WriteCondition::IfAbsent;
    }
    options
}

struct Read {
    bytes: Vec<u8>,
    checksum: Checksum,
    stamp: Stamp,
}

/// Reads a whole file and looks at it again; `None` when it is larger than the limit.
fn read(path: &Path, limit: u64, algorithm: ChecksumAlgorithm) -> Result<Option<Read>> {
    use std::io::Read as _;

    let (file, stamp) = open_file(path)?;
    if stamp.size > limit {
        return Ok(None);
    }
    let size = usize::try_from(stamp.size).unwrap_or(usize::MAX);
    let mut bytes = Vec::with_capacity(size);
    // One byte more than there should be, to meet a file that grows.
    let mut rest = Arc::new(file);
    let read = rest.by_ref().take(stamp.size.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| crate::walk::file_error("can't read the file", path, error))?;
    stamp.check(&rest)?;
    if bytes.len() != size {
        return Err(Error::new(
            ErrorKind::SourceMismatch,
            "the file changed while it was read; run it again",
        ));
    }
    let checksum = algorithm.of(&bytes);
    Ok(Some(Read { bytes, checksum, stamp }))
}
