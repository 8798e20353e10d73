//! Uploads of files: parts are ranges of the file, so that no byte of it is held in memory.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;

use super::engine::{Job, Parts, Ready, guard, put_whole, upload_parts, verify_payload};
use super::plan::PartPlan;
use crate::checksum::{Checksums, Hasher};
use crate::error::{Error, ErrorKind, Result};
use crate::file::{self, hash_range};
use crate::groups::PartRef;
use crate::idempotency::Operation;
use crate::info::PutOutcome;
use crate::name::PartNumber;
use crate::payload::{FileRange, Payload};
use crate::progress::Meter;
use crate::runtime::{BoxFuture, Runtime, blocking};

/// Uploads a file. One that changes meanwhile is `SourceMismatch`, and nothing of it becomes visible.
pub(super) async fn upload(
    mut job: Job,
    open: impl FnOnce() -> Result<(Arc<File>, Stamp)> + Send + 'static,
) -> Result<PutOutcome> {
    let runtime = Arc::clone(job.object.storage().runtime());
    let object = job.object.clone();
    let explain = |error| object.explain(error, Operation::PutObject);
    let (file, stamp) = blocking(&*runtime, open).await.map_err(explain)?;
    check_declared(&job, &stamp).map_err(explain)?;
    job.tuning.length = Some(stamp.size);
    let plan = PartPlan::new(&job.capabilities, Some(stamp.size), job.tuning.part_bytes).map_err(explain)?;
    let part_bytes = plan.part_bytes(0).unwrap_or(stamp.size);
    let source =
        FileParts { runtime, file, stamp, part_bytes, index: 0, expected: job.options.expected.clone() };
    if source.stamp.size <= part_bytes.min(job.capabilities.max_put_bytes) {
        return small(&job, source).await.map_err(explain);
    }
    if job.object.driver().multipart().is_none() && source.stamp.size <= job.capabilities.max_put_bytes {
        return whole(&job, source).await.map_err(explain);
    }
    let mut source = source;
    upload_parts(&job, None, &mut source).await
}

/// Reads a small file, looks at it again, and only then sends it.
async fn small(job: &Job, source: FileParts) -> Result<PutOutcome> {
    let size = source.stamp.size;
    let permit = job.object.storage().budget().acquire(size).await;
    let (file, stamp) = (Arc::clone(&source.file), source.stamp);
    let bytes = guard(job, blocking(&*source.runtime, move || read_whole(&file, &stamp))).await?;
    let payload = bytes.into();
    verify_payload(&job.object, &payload, &job.options.expected).await?;
    let outcome = guard(job, put_whole(&job.object, payload, &job.options, &job.options.expected)).await?;
    drop(permit);
    Meter::new(job.tuning.progress.clone(), Some(size)).add(size)?;
    Ok(outcome)
}

/// Sends a large file in one request, for stores that know no parts.
async fn whole(job: &Job, source: FileParts) -> Result<PutOutcome> {
    let size = source.stamp.size;
    let payload = Payload::FileRange(FileRange { file: Arc::clone(&source.file), range: 0..size });
    verify_payload(&job.object, &payload, &job.options.expected).await?;
    let outcome = guard(job, put_whole(&job.object, payload, &job.options, &job.options.expected)).await?;
    source.stamp.check(&source.file)?;
    Meter::new(job.tuning.progress.clone(), Some(size)).add(size)?;
    Ok(outcome)
}

fn check_declared(job: &Job, stamp: &Stamp) -> Result<()> {
    match job.tuning.length.filter(|declared| *declared != stamp.size) {
        Some(declared) => Err(Error::new(
            ErrorKind::SourceMismatch,
            format!("the file has {} bytes, not the {declared} declared", stamp.size),
        )),
        None => Ok(()),
    }
}

/// What tells one state of a file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(file: &File) -> Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self { size: metadata.len(), modified: metadata.modified().ok() })
    }

    fn check(&self, file: &File) -> Result<()> {
        if Self::of(file)? == *self {
            return Ok(());
        }
        Err(Error::new(ErrorKind::SourceMismatch, "the file changed while it was read; upload it again"))
    }
}

/// Opens a file by its path.
pub(super) fn open(path: &Path) -> Result<(Arc<File>, Stamp)> {
    let shown = path.display();
    let failed = |what: &str, error: std::io::Error| {
        // A file of the caller's that is not there is no missing object: the kind stays that of the system.
        let kind = Error::from_io(error.kind().into()).kind();
        Error::new(kind, format!("can't {what} the file `{shown}`")).with_source(error)
    };
    // A pipe would block the open for ever: look before opening.
    let metadata = std::fs::metadata(path).map_err(|error| failed("read", error))?;
    if !metadata.is_file() {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            format!("`{shown}` is no regular file; stream it instead"),
        ));
    }
    check(File::open(path).map_err(|error| failed("open", error))?)
}

/// Takes an open file.
pub(super) fn check(file: File) -> Result<(Arc<File>, Stamp)> {
    if !file.metadata()?.is_file() {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            "what is open is no regular file; stream it instead",
        ));
    }
    let stamp = Stamp::of(&file)?;
    Ok((Arc::new(file), stamp))
}

fn read_whole(file: &File, stamp: &Stamp) -> Result<Bytes> {
    let mut buffer = vec![0; usize::try_from(stamp.size).unwrap_or(usize::MAX)];
    let mut at = 0;
    while let Some(rest) = buffer.get_mut(at..).filter(|rest| !rest.is_empty()) {
        match file::read_at(file, rest, at as u64) {
            Ok(0) => break,
            Ok(read) => at += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    stamp.check(file)?;
    if at < buffer.len() {
        return Err(Error::new(ErrorKind::SourceMismatch, "the file ended early while it was read"));
    }
    Ok(buffer.into())
}

/// Cuts a file into ranges.
struct FileParts {
    runtime: Arc<dyn Runtime>,
    file: Arc<File>,
    stamp: Stamp,
    part_bytes: u64,
    index: u32,
    expected: Checksums,
}

impl Parts for FileParts {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Ready>>> {
        let start = u64::from(self.index) * self.part_bytes;
        if start >= self.stamp.size {
            return Box::pin(async { Ok(None) });
        }
        let end = (start + self.part_bytes).min(self.stamp.size);
        let number = PartNumber::new(self.index + 1).unwrap_or(PartNumber::FIRST);
        self.index += 1;
        let part = PartRef { number, offset: start, last: end == self.stamp.size };
        let payload = Payload::FileRange(FileRange { file: Arc::clone(&self.file), range: start..end });
        Box::pin(async move { Ok(Some(Ready { part, payload, permit: None })) })
    }

    /// Hashes the file only if the caller gave a checksum that parts can't be joined to.
    fn finish(&mut self) -> BoxFuture<'_, Result<Checksums>> {
        let (file, stamp) = (Arc::clone(&self.file), self.stamp);
        let wanted: Vec<_> =
            self.expected.iter().map(|it| it.algorithm()).filter(|it| !it.combines()).collect();
        Box::pin(async move {
            blocking(&*self.runtime, move || {
                let mut hashers: Vec<_> = wanted.into_iter().map(Hasher::new).collect();
                if !hashers.is_empty() {
                    hash_range(&file, 0..stamp.size, &mut hashers)?;
                }
                stamp.check(&file)?;
                Ok(hashers.into_iter().map(Hasher::finish).fold(Checksums::new(), Checksums::with))
            })
            .await
        })
    }
}
