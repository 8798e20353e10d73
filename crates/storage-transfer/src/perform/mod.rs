//! Transfers one item.

mod download;
mod existing;
mod files;
mod relay;
mod temp;
mod upload;

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use storage::{
    ByteBudget, Checksum, ChecksumAlgorithm, Checksums, Container, Error, ErrorKind, Object, ProgressHook,
    PutOutcome, Result, TokioRuntime, blocking,
};

use crate::action::CopyAction;
use crate::attributes;
use crate::event::{Event, SkipReason};
use crate::options::TransferOptions;
use crate::place::Place;
use crate::tree::{Source, Target, Tree};
use crate::walk::file_error;

/// How an item ended that did not fail.
#[derive(Debug)]
pub(crate) enum Outcome {
    Done,
    Skipped(SkipReason),
}

/// What all items of one transfer share.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) options: TransferOptions,
    pub(crate) budget: ByteBudget,
    place: Option<Arc<Place>>,
    limits: Limits,
}

/// What the destination's store says of its limits, asked once.
#[derive(Debug)]
struct Limits {
    /// Up to this size a file is read whole and sent in one request.
    small_bytes: u64,
    metadata_bytes: usize,
    if_absent: bool,
    if_absent_in_parts: bool,
    checksum: ChecksumAlgorithm,
}

/// Up to this size a file goes in one request, unless the parts are set to be smaller.
pub(crate) const SMALL_BYTES: u64 = 8 << 20;

impl Work {
    pub(crate) async fn new(to: &Tree, options: TransferOptions) -> Result<Self> {
        let (place, limits) = match to {
            Tree::Directory(root) => {
                let root = root.clone();
                let place = blocking(&TokioRuntime, move || Place::open(root)).await?;
                (Some(Arc::new(place)), Limits::unbounded())
            }
            Tree::Prefix { container, .. } => (None, Limits::of(container).await?),
        };
        Ok(Self { budget: ByteBudget::new(options.buffer_bytes), options, place, limits })
    }

    /// The size from which on an item is cut into parts.
    pub(crate) fn small_bytes(&self) -> u64 {
        self.options.part_bytes.map_or(self.limits.small_bytes, |part| part.min(self.limits.small_bytes))
    }

    pub(crate) fn tell(&self, event: &Event<'_>) -> Result<()> {
        self.options.observer.as_ref().map_or(Ok(()), |it| it.tell(event))
    }

    /// Tells the observer by how much the bytes of an engine have grown.
    fn hook(&self, name: &str) -> Option<ProgressHook> {
        let observer = self.options.observer.clone()?;
        let (name, before) = (name.to_owned(), AtomicU64::new(0));
        Some(ProgressHook::new(move |progress| {
            let before = before.swap(progress.bytes, Ordering::Relaxed);
            let event = Event::Progress { name: &name, bytes: progress.bytes.saturating_sub(before) };
            if observer.tell(&event).is_err() {
                // The engine turns this into an error of the one item.
                std::panic::resume_unwind(Box::new("the observer panicked"));
            }
        }))
    }

    /// Tells of all bytes of an item that moved in one piece.
    fn moved(&self, name: &str, bytes: u64) -> Result<()> {
        self.tell(&Event::Progress { name, bytes })
    }

    /// Holds what a store reports against what was sent, and asks it if need be and wanted.
    async fn prove(
        &self,
        object: &Object,
        outcome: &PutOutcome,
        size: u64,
        sent: Option<Checksum>,
    ) -> Result<()> {
        let sent = sent.map_or(Checksums::new(), |it| Checksums::new().with(it));
        sent.verify(&outcome.checksums)?;
        if !self.options.verify || (outcome.size.is_some() && !outcome.checksums.is_empty()) {
            return Ok(());
        }
        let info = object.head().await?;
        if info.size != size {
            let message = format!("the store has {} bytes of the {size} that were sent", info.size);
            return Err(Error::new(ErrorKind::ChecksumMismatch, message));
        }
        sent.verify(&info.checksums)?;
        outcome.checksums.verify(&info.checksums)
    }
}

impl Limits {
    fn unbounded() -> Self {
        Self {
            small_bytes: SMALL_BYTES,
            metadata_bytes: usize::MAX,
            if_absent: true,
            if_absent_in_parts: true,
            checksum: ChecksumAlgorithm::Crc64Nvme,
        }
    }

    async fn of(container: &Container) -> Result<Self> {
        let it = container.storage().driver().capabilities(Some(container.name())).await?;
        // A checksum that the store keeps anyway costs no second pass there.
        let kept = it.checksums.iter().copied().find(|it| it.combines());
        Ok(Self {
            small_bytes: SMALL_BYTES.min(it.max_put_bytes),
            metadata_bytes: it.max_metadata_bytes,
            if_absent: it.put_if_absent,
            if_absent_in_parts: it.put_if_absent && it.parts.conditional,
            checksum: kept.unwrap_or(ChecksumAlgorithm::Crc64Nvme),
        })
    }
}

/// Transfers one item and, if wanted, deletes it at its source.
pub(crate) async fn one(work: &Work, action: &CopyAction) -> Result<Outcome> {
    work.tell(&Event::Started { name: &action.name, bytes: action.size })?;
    let outcome = match (&action.source, &action.target) {
        (Source::File { path, .. }, Target::Object(object)) => {
            upload::run(work, action, path, object).await?
        }
        (Source::Object { object, .. }, Target::File(name)) => {
            download::run(work, action, object, name).await?
        }
        (Source::Object { object: from, .. }, Target::Object(to)) => {
            relay::run(work, action, from, to).await?
        }
        (Source::File { path, .. }, Target::File(name)) => files::run(work, action, path, name).await?,
    };
    if matches!(outcome, Outcome::Done) {
        if work.options.remove_source {
            remove(&action.source).await?;
        }
        work.tell(&Event::Done { name: &action.name, bytes: action.size })?;
    }
    Ok(outcome)
}

async fn remove(source: &Source) -> Result<()> {
    match source {
        Source::Object { object, .. } => object.delete().await,
        Source::File { path, .. } => {
            let path = path.clone();
            let removed = move || {
                fs::remove_file(&path)
                    .map_err(|error| file_error("the copy is complete, but can't delete", &path, error))
            };
            blocking(&TokioRuntime, removed).await
        }
    }
}

/// What tells one state of a file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
    mode: Option<u32>,
}

impl Stamp {
    fn of(file: &File) -> std::io::Result<Self> {
        let meta = file.metadata()?;
        #[cfg(unix)]
        let mode = Some(std::os::unix::fs::MetadataExt::mode(&meta));
        #[cfg(not(unix))]
        let mode = None;
        Ok(Self { size: meta.len(), modified: meta.modified().ok(), mode })
    }

    /// Fails when the file is no longer what it was.
    fn check(self, file: &File) -> Result<()> {
        if Self::of(file)? == self {
            return Ok(());
        }
        Err(Error::new(ErrorKind::SourceMismatch, "the file changed while it was read; run it again"))
    }
}

/// Opens an ordinary file to read it: never a link, and without waiting for what turns out to be a pipe.
pub(crate) fn open_file(path: &Path) -> Result<(File, Stamp)> {
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;

        use rustix::fs::OFlags;
        options.custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed());
    }
    let opened = options.open(path).and_then(|file| {
        let meta = file.metadata()?;
        Ok((meta.is_file(), Stamp::of(&file)?, file))
    });
    let (is_file, stamp, file) = opened.map_err(|error| file_error("can't read the file", path, error))?;
    if !is_file {
        return Err(Error::new(ErrorKind::SourceMismatch, "it is no ordinary file any more; run it again"));
    }
    Ok((file, stamp))
}

/// The metadata that a file's object carries beside what the caller gives.
fn file_metadata(work: &Work, path: &Path, stamp: Stamp) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    all.extend(stamp.modified.map(|it| (attributes::MTIME, attributes::encode_time(it))));
    all.extend(stamp.mode.map(|it| (attributes::MODE, format!("{it:o}"))));
    if work.options.source_path {
        let path = attributes::encode_path(path);
        let given = work.options.put.as_ref().map_or(0, |it| it.metadata.byte_len());
        let used: usize = all.iter().map(|(name, value)| name.len() + value.len()).sum();
        // A path that is too long for the store is left out: it follows from the summary and the key.
        if given + used + attributes::SOURCE_PATH.len() + path.len() <= work.limits.metadata_bytes {
            all.push((attributes::SOURCE_PATH, path));
        }
    }
    all
}
