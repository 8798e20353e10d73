//! What is measured.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures_util::stream;
use storage::{Error, Result};
use tokio::task::spawn_blocking;

use crate::Options;
use crate::contender::Bench;

const CHUNK: usize = 256 << 10;
const SMALL: usize = 4 << 10;
const AT_ONCE: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    Write,
    Read,
    WriteSmall,
    ReadSmall,
    List,
    Copy,
}

impl Work {
    pub(crate) const ALL: [Self; 6] =
        [Self::Write, Self::Read, Self::WriteSmall, Self::ReadSmall, Self::List, Self::Copy];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Read => "read",
            Self::WriteSmall => "write-small",
            Self::ReadSmall => "read-small",
            Self::List => "list",
            Self::Copy => "copy",
        }
    }

    fn is_large(self) -> bool {
        matches!(self, Self::Write | Self::Read | Self::Copy)
    }

    pub(crate) fn unit(self) -> &'static str {
        if self.is_large() { "ms" } else { "us" }
    }

    pub(crate) fn scale(self) -> f64 {
        if self.is_large() { 1e3 } else { 1.0 }
    }

    /// Makes what the work needs, with plain files: the store finds them as objects without attributes. What is read
    /// with checksums is written by the store itself.
    pub(crate) async fn prepare(self, bench: &Bench, options: &Options) -> Result<()> {
        match self {
            Self::Write | Self::WriteSmall => Ok(()),
            Self::Read | Self::Copy => write(bench, options).await,
            Self::ReadSmall | Self::List => write_small(bench, options.count).await,
        }
    }

    /// Does the work and returns the number of operations.
    pub(crate) async fn run(self, bench: &Bench, options: &Options) -> Result<u64> {
        match self {
            Self::Write => write(bench, options).await.map(|()| 1),
            Self::Read => read(bench, options).await.map(|()| 1),
            Self::WriteSmall => write_small(bench, options.count).await.map(|()| options.count),
            Self::ReadSmall => read_small(bench, options.count).await.map(|()| options.count),
            Self::List => list(bench, options.count).await.map(|()| options.count),
            Self::Copy => copy(bench).await.map(|()| 1),
        }
    }
}

/// The content of every object: cheap to give, and not all zeros.
pub(crate) fn pattern() -> Bytes {
    let mut word = 0x9E37_79B9_7F4A_7C15_u64;
    let mut bytes = Vec::with_capacity(CHUNK);
    while bytes.len() < CHUNK {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    bytes.into()
}

/// A stream of so many bytes in chunks of 256 KiB.
pub(crate) fn source(size: u64) -> impl futures_util::Stream<Item = Result<Bytes>> + Send + 'static {
    let chunk = pattern();
    stream::iter((0..size).step_by(CHUNK).map(move |at| {
        let left = usize::try_from(size - at).unwrap_or(usize::MAX);
        Ok(chunk.slice(..CHUNK.min(left)))
    }))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T> {
    Ok(spawn_blocking(work).await.map_err(std::io::Error::other)??)
}

/// Writes beside the place and renames, as careful programs do.
fn write_plain(
    dir: &Path,
    name: &str,
    chunks: impl Iterator<Item = Bytes>,
    durable: bool,
) -> std::io::Result<()> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let temporary = dir.join(format!(".tmp-{}", NEXT.fetch_add(1, Ordering::Relaxed)));
    let mut file = File::create_new(&temporary)?;
    for chunk in chunks {
        file.write_all(&chunk)?;
    }
    if durable {
        file.sync_all()?;
    }
    fs::rename(temporary, dir.join(name))?;
    if durable {
        File::open(dir)?.sync_all()?;
    }
    Ok(())
}

async fn write(bench: &Bench, options: &Options) -> Result<()> {
    let Some(dir) = bench.plain.clone() else {
        bench.container.object("large")?.upload_stream(source(options.size)).await?;
        return Ok(());
    };
    let (size, durable, chunk) = (options.size, bench.durable, pattern());
    blocking(move || {
        let chunks = (0..size).step_by(CHUNK).map(|at| chunk.slice(..CHUNK.min((size - at) as usize)));
        write_plain(&dir, "large", chunks, durable)
    })
    .await
}

async fn read(bench: &Bench, options: &Options) -> Result<()> {
    let total = match bench.plain.clone() {
        None => {
            let mut body = bench.container.object("large")?.get().await?;
            let mut total = 0;
            while let Some(chunk) = body.next().await {
                total += chunk?.len() as u64;
            }
            total
        }
        Some(dir) => {
            blocking(move || {
                let mut file = File::open(dir.join("large"))?;
                let mut buffer = vec![0; 1 << 20];
                let mut total = 0;
                loop {
                    match file.read(&mut buffer)? {
                        0 => return Ok(total),
                        read => total += read as u64,
                    }
                }
            })
            .await?
        }
    };
    expect(total, options.size)
}

/// Runs one operation for each number, 64 at once.
async fn each<F>(count: u64, operation: impl Fn(u64) -> F + Clone + Send + 'static) -> Result<()>
where
    F: Future<Output = Result<()>> + Send,
{
    let next = Arc::new(AtomicU64::new(0));
    let tasks: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (next, operation) = (Arc::clone(&next), operation.clone());
            tokio::spawn(async move {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        return Ok::<_, Error>(());
                    }
                    operation(index).await?;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.map_err(std::io::Error::other)??;
    }
    Ok(())
}

async fn write_small(bench: &Bench, count: u64) -> Result<()> {
    let content = pattern().slice(..SMALL);
    let (plain, container, durable) = (bench.plain.clone(), bench.container.clone(), bench.durable);
    each(count, move |index| {
        let (plain, container, content) = (plain.clone(), container.clone(), content.clone());
        async move {
            let name = format!("small-{index}");
            match plain {
                None => container.object(name)?.put(content).await.map(drop),
                Some(dir) => blocking(move || write_plain(&dir, &name, [content].into_iter(), durable)).await,
            }
        }
    })
    .await
}

async fn read_small(bench: &Bench, count: u64) -> Result<()> {
    let (plain, container) = (bench.plain.clone(), bench.container.clone());
    each(count, move |index| {
        let (plain, container): (Option<PathBuf>, _) = (plain.clone(), container.clone());
        async move {
            let name = format!("small-{index}");
            let content: Bytes = match plain {
                None => container.object(name)?.get().bytes().await?,
                Some(dir) => blocking(move || fs::read(dir.join(name))).await?.into(),
            };
            expect(content.len() as u64, SMALL as u64)
        }
    })
    .await
}

async fn list(bench: &Bench, count: u64) -> Result<()> {
    let (found, bytes) = match bench.plain.clone() {
        None => {
            let mut entries = bench.container.list();
            let (mut found, mut bytes) = (0, 0);
            while let Some(entry) = entries.next().await {
                if let Some(object) = entry?.object() {
                    found += 1;
                    bytes += object.size;
                }
            }
            (found, bytes)
        }
        Some(dir) => {
            blocking(move || {
                let (mut found, mut bytes) = (0, 0);
                for entry in fs::read_dir(dir)? {
                    found += 1;
                    bytes += entry?.metadata()?.len();
                }
                Ok((found, bytes))
            })
            .await?
        }
    };
    expect(found, count)?;
    expect(bytes, count * SMALL as u64)
}

async fn copy(bench: &Bench) -> Result<()> {
    match bench.plain.clone() {
        None => {
            let from = bench.container.object("large")?;
            from.copy_to(&bench.container.object("copy")?).await.map(drop)
        }
        Some(dir) => blocking(move || fs::copy(dir.join("large"), dir.join("copy"))).await.map(drop),
    }
}

fn expect(got: u64, want: u64) -> Result<()> {
    if got == want {
        return Ok(());
    }
    Err(Error::new(storage::ErrorKind::UnexpectedResponse, format!("got {got}, expected {want}")))
}
