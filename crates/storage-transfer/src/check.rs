//! Compares two trees by content, without changing either.

use std::fs;
use std::path::Path;

use futures_util::stream::{BoxStream, StreamExt as _};
use storage::{
    ChecksumAlgorithm, Checksums, Error, ErrorKind, Hasher, Object, Result, TokioRuntime, blocking,
};

use crate::event::SkipReason;
use crate::perform::open_file;
use crate::place;
use crate::tree::{Entry, Source, Tree};
use crate::walk::{Found, WalkOptions, walk};

/// How two trees are compared.
#[derive(Clone, Debug)]
#[must_use = "options do nothing by themselves"]
#[non_exhaustive]
pub struct CheckOptions {
    /// Which names are meant.
    pub walk: WalkOptions,
    /// Reads all content, instead of believing checksums that a store keeps.
    pub read_all: bool,
    /// Compares nothing but sizes.
    pub size_only: bool,
    /// How many items are compared at once.
    pub jobs: usize,
}

impl Default for CheckOptions {
    fn default() -> Self {
        Self { walk: WalkOptions::default(), read_all: false, size_only: false, jobs: 16 }
    }
}

impl CheckOptions {
    /// Starts with the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says which names are meant.
    pub fn walk(mut self, walk: WalkOptions) -> Self {
        self.walk = walk;
        self
    }

    /// Sets whether all content is read, instead of believing checksums that a store keeps.
    pub fn read_all(mut self, read_all: bool) -> Self {
        self.read_all = read_all;
        self
    }

    /// Sets whether nothing but sizes is compared.
    pub fn size_only(mut self, size_only: bool) -> Self {
        self.size_only = size_only;
        self
    }

    /// Sets how many items are compared at once, at least 1.
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.jobs = jobs.max(1);
        self
    }
}

/// What a comparison says of one name.
#[derive(Debug)]
#[non_exhaustive]
pub struct Compared {
    /// The name inside the trees.
    pub name: String,
    /// How the two are.
    pub verdict: Verdict,
}

/// How two items of one name are.
#[derive(Debug)]
#[non_exhaustive]
pub enum Verdict {
    /// They have the same content.
    Same {
        /// Their size.
        bytes: u64,
    },
    /// Their sizes differ.
    Size {
        /// The size in the first tree.
        first: u64,
        /// The size in the second tree.
        second: u64,
    },
    /// Their content differs, though not their size.
    Content,
    /// The second tree does not have it.
    OnlyInFirst,
    /// The first tree does not have it.
    OnlyInSecond,
    /// It was left out.
    Skipped(SkipReason),
    /// It could not be compared.
    Failed(Error),
}

/// Compares everything in two trees; the second is only looked through for what the first does not have.
///
/// Sizes are compared first, then checksums that the stores keep, and else the content is read.
///
/// # Errors
/// Those of the walks.
pub async fn check(
    first: &Tree,
    second: &Tree,
    options: &CheckOptions,
) -> Result<BoxStream<'static, Compared>> {
    let both = [walk(first, &options.walk).await?, walk(second, &options.walk).await?];
    let [here, there] = both;
    let (one, two, how) = (first.clone(), second.clone(), options.clone());
    let compared = here.map(move |found| compare(found, two.clone(), how.clone())).buffered(options.jobs);
    let missing = there.map(move |found| missing(found, one.clone())).buffered(options.jobs);
    Ok(compared.chain(missing.filter_map(|it| async { it })).boxed())
}

async fn compare(found: Found, second: Tree, options: CheckOptions) -> Compared {
    let entry = match found {
        Found::Entry(entry) => entry,
        Found::Skipped { name, reason } => return Compared { name, verdict: Verdict::Skipped(reason) },
        Found::Failed { name, error } => return Compared { name, verdict: Verdict::Failed(error) },
    };
    let verdict = verdict(&entry, &second, &options).await.unwrap_or_else(Verdict::Failed);
    Compared { name: entry.name, verdict }
}

async fn verdict(entry: &Entry, second: &Tree, options: &CheckOptions) -> Result<Verdict> {
    let Some(other) = find(second, &entry.name).await? else { return Ok(Verdict::OnlyInFirst) };
    let mine = known(&entry.source, entry.size, options).await?;
    if mine.size != other.size {
        return Ok(Verdict::Size { first: mine.size, second: other.size });
    }
    if options.size_only {
        return Ok(Verdict::Same { bytes: mine.size });
    }
    let theirs = if options.read_all { Checksums::new() } else { other.checksums };
    let shared = |one: &Checksums, two: &Checksums| {
        one.iter().find_map(|it| two.get(it.algorithm()).map(|two| it == two))
    };
    if let Some(same) = shared(&mine.checksums, &theirs) {
        return Ok(if same { Verdict::Same { bytes: mine.size } } else { Verdict::Content });
    }
    let algorithm = theirs.cheapest().or(mine.checksums.cheapest()).map(|it| it.algorithm());
    let algorithm = algorithm.unwrap_or(ChecksumAlgorithm::Crc64Nvme);
    let one = sum(&entry.source, mine.checksums, algorithm).await?;
    let two = sum(&other.source, theirs, algorithm).await?;
    Ok(if shared(&one, &two) == Some(true) { Verdict::Same { bytes: mine.size } } else { Verdict::Content })
}

async fn sum(source: &Source, known: Checksums, algorithm: ChecksumAlgorithm) -> Result<Checksums> {
    match known.get(algorithm) {
        Some(_) => Ok(known),
        None => checksums_of(source, &[algorithm]).await,
    }
}

/// What is known of one side without reading it.
struct Side {
    size: u64,
    checksums: Checksums,
    source: Source,
}

async fn known(source: &Source, size: u64, options: &CheckOptions) -> Result<Side> {
    let source = source.clone();
    match &source {
        Source::Object { object, .. } if !options.read_all && !options.size_only => {
            let info = object.head().await?;
            Ok(Side { size: info.size, checksums: info.checksums, source })
        }
        _ => Ok(Side { size, checksums: Checksums::new(), source }),
    }
}

/// Finds a name in a tree; `None` when it is not there.
async fn find(tree: &Tree, name: &str) -> Result<Option<Side>> {
    match tree {
        Tree::Directory(root) => {
            if place::problem(name).is_some() {
                return Ok(None);
            }
            let path = root.join(name);
            let size = blocking(&TokioRuntime, {
                let path = path.clone();
                move || file_size(&path)
            });
            let source = Source::File { path, mode: None };
            Ok(size.await?.map(|size| Side { size, checksums: Checksums::new(), source }))
        }
        Tree::Prefix { container, prefix } => {
            let object = container.object(format!("{prefix}{name}"))?;
            match object.head().await {
                Ok(info) => {
                    let source = Source::Object { object, etag: info.etag };
                    Ok(Some(Side { size: info.size, checksums: info.checksums, source }))
                }
                Err(error) if error.kind() == ErrorKind::ObjectNotFound => Ok(None),
                Err(error) => Err(error),
            }
        }
    }
}

fn file_size(path: &Path) -> Result<Option<u64>> {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    match fs::metadata(path) {
        Ok(meta) => Ok(meta.is_file().then_some(meta.len())),
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => Ok(None),
        Err(error) => Err(crate::walk::file_error("can't read the file", path, error)),
    }
}

async fn missing(found: Found, first: Tree) -> Option<Compared> {
    match found {
        Found::Entry(entry) => {
            let verdict = match find(&first, &entry.name).await {
                Ok(None) => Verdict::OnlyInSecond,
                Ok(Some(_)) => return None,
                Err(error) => Verdict::Failed(error),
            };
            Some(Compared { name: entry.name, verdict })
        }
        Found::Skipped { name, reason } => Some(Compared { name, verdict: Verdict::Skipped(reason) }),
        Found::Failed { name, error } => Some(Compared { name, verdict: Verdict::Failed(error) }),
    }
}

/// Reads a file or object to its end and computes its checksums.
///
/// # Errors
/// Those of the read; `ChecksumMismatch` when an object does not hold what its store says.
pub async fn checksums_of(source: &Source, algorithms: &[ChecksumAlgorithm]) -> Result<Checksums> {
    let hashers: Vec<Hasher> = algorithms.iter().copied().map(Hasher::new).collect();
    match source {
        Source::File { path, .. } => {
            let path = path.clone();
            blocking(&TokioRuntime, move || hash_file(&path, hashers)).await
        }
        Source::Object { object, .. } => hash_object(object, hashers).await,
    }
}

fn hash_file(path: &Path, mut hashers: Vec<Hasher>) -> Result<Checksums> {
    use std::io::Read as _;

    let (mut file, _) = open_file(path)?;
    let mut buffer = vec![0; 256 << 10];
    loop {
        let read = file
            .read(&mut buffer)
            .map_err(|error| crate::walk::file_error("can't read the file", path, error))?;
        let bytes = buffer.get(..read).unwrap_or_default();
        if bytes.is_empty() {
            return Ok(finish(hashers));
        }
        hashers.iter_mut().for_each(|it| it.update(bytes));
    }
}

async fn hash_object(object: &Object, mut hashers: Vec<Hasher>) -> Result<Checksums> {
    let mut body = object.get().await?;
    while let Some(bytes) = body.next().await.transpose()? {
        hashers.iter_mut().for_each(|it| it.update(&bytes));
    }
    Ok(finish(hashers))
}

fn finish(hashers: Vec<Hasher>) -> Checksums {
    hashers.into_iter().map(Hasher::finish).fold(Checksums::new(), Checksums::with)
}
