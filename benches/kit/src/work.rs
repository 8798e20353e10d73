//! The workloads, and the program that runs one of them for a contender.

use std::future::Future;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use bytes::Bytes;

use crate::{Cost, Report, Result, Source, median, pattern, peak_mib, stay_on};

/// A library under test. Each method uses it as its own documentation would, with its defaults.
pub trait Store: Send + Sync + 'static {
    /// Streams an object, or a range of it, drops what comes, and returns how many bytes that were.
    fn get(&self, key: &str, range: Option<Range<u64>>) -> impl Future<Output = Result<u64>> + Send;
    /// Reads a small object as a whole and returns how many bytes it has.
    fn get_small(&self, key: &str) -> impl Future<Output = Result<u64>> + Send;
    /// Writes a small object.
    fn put_small(&self, key: &str, data: Bytes) -> impl Future<Output = Result<()>> + Send;
    /// Uploads a stream of unknown length in parts of `part` bytes, `at_once` at a time.
    fn put(
        &self,
        key: &str,
        source: Source,
        part: usize,
        at_once: usize,
    ) -> impl Future<Output = Result<()>> + Send;
    /// Lists the whole bucket and returns how many entries there were.
    fn list(&self) -> impl Future<Output = Result<u64>> + Send;
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// One large object in one stream.
    Get,
    /// Many large objects at once.
    GetParallel,
    /// One large object in ranges, in any order.
    GetRanged,
    /// Small objects, many at once.
    GetSmall,
    /// One upload of unknown length.
    Put,
    /// One such upload, each chunk of it in memory of its own.
    PutCopied,
    /// Small uploads, many at once.
    PutSmall,
    /// A listing to its end.
    List,
    /// Nothing but being there.
    Idle,
}

impl Work {
    const ALL: [(&'static str, Self); 9] = [
        ("get", Self::Get),
        ("get-parallel", Self::GetParallel),
        ("get-ranged", Self::GetRanged),
        ("get-small", Self::GetSmall),
        ("put", Self::Put),
        ("put-copied", Self::PutCopied),
        ("put-small", Self::PutSmall),
        ("list", Self::List),
        ("idle", Self::Idle),
    ];

    /// Returns its name on command lines.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, it)| *it == self).map_or("", |(name, _)| name)
    }

    /// Finds the one with a name.
    ///
    /// # Errors
    /// Naming all of them.
    pub fn parse(name: &str) -> Result<Self> {
        let names: Vec<_> = Self::ALL.iter().map(|(name, _)| *name).collect();
        let found = Self::ALL.iter().find(|(it, _)| *it == name).map(|(_, work)| *work);
        found.ok_or_else(|| format!("no workload `{name}`; there are {}", names.join(", ")).into())
    }
}

/// The command line of a contender.
#[derive(Clone, Debug)]
pub struct Arguments {
    /// What to do.
    pub work: Work,
    /// The address of the server.
    pub endpoint: String,
    /// The bucket.
    pub bucket: String,
    /// The certificate that vouches for the server, in PEM.
    pub ca: Option<PathBuf>,
    /// The bytes of an object.
    pub size: u64,
    /// How many operations, or entries.
    pub count: u64,
    /// How many operations at once.
    pub at_once: usize,
    /// Sends content without signing it, over http too.
    pub unsigned: bool,
}

/// The part of an upload, and the range of a download.
const PART: usize = 8 << 20;

impl Arguments {
    /// Reads them.
    ///
    /// # Errors
    /// Naming the one that can't be read.
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let work = Work::parse(&words.next().unwrap_or_default())?;
        let (endpoint, bucket) = (String::new(), "bench".to_owned());
        let mut all =
            Self { work, endpoint, bucket, ca: None, size: 4096, count: 1, at_once: 8, unsigned: false };
        while let Some(name) = words.next() {
            if name == "--unsigned" {
                all.unsigned = true;
                continue;
            }
            let value = words.next().ok_or(format!("`{name}` needs a value"))?;
            match name.as_str() {
                "--endpoint" => all.endpoint = value,
                "--bucket" => all.bucket = value,
                "--ca" => all.ca = Some(value.into()),
                "--size" => all.size = value.parse()?,
                "--count" => all.count = value.parse()?,
                "--at-once" => all.at_once = value.parse()?,
                "--core" => stay_on(value.parse()?),
                _ => return Err(format!("unknown option `{name}`").into()),
            }
        }
        Ok(all)
    }
}

/// The whole program of a contender: does the work, once warm, and prints the report.
///
/// # Errors
/// What the arguments, the library or its answers do wrong.
pub fn run<S: Store>(
    words: impl Iterator<Item = String>,
    open: impl AsyncFnOnce(&Arguments) -> Result<S>,
) -> Result<()> {
    let arguments = Arguments::parse(words)?;
    pattern();
    // After the process was tied to its core, so that there is a thread for each core it has.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let store = Arc::new(runtime.block_on(open(&arguments))?);
    // As in a server: no work on the thread that waits for it.
    let report = runtime.block_on(runtime.spawn(async move { measured(&store, &arguments).await }))??;
    println!("{report}");
    // What a library leaves running is not waited for.
    runtime.shutdown_background();
    Ok(())
}

async fn measured<S: Store>(store: &Arc<S>, it: &Arguments) -> Result<Report> {
    // Opens connections and fills caches.
    match it.work {
        Work::Idle => {}
        Work::GetSmall | Work::PutSmall => {
            small(store, it, (it.at_once as u64 * 4).max(100)).await?;
        }
        _ => drop(store.get_small("obj-4096-warm").await?),
    }
    let start = Cost::start();
    let mut took = Vec::new();
    let units = match it.work {
        Work::GetSmall | Work::PutSmall => {
            took = small(store, it, it.count).await?;
            it.count as f64
        }
        Work::List => {
            same(store.list().await?, it.count)?;
            it.count as f64
        }
        Work::Idle => 1.0,
        _ => large(store, it).await? as f64 / f64::from(1 << 30),
    };
    let (cpu, wall) = start.so_far();
    Ok(Report { cpu: cpu / units, wall: wall / units, p50: median(took), peak_mib: peak_mib() })
}

/// Moves large objects and returns how many bytes that were.
async fn large<S: Store>(store: &Arc<S>, it: &Arguments) -> Result<u64> {
    let key = format!("obj-{}-0", it.size);
    match it.work {
        Work::Get => same(store.get(&key, None).await?, it.size),
        Work::Put => store.put(&key, Source::new(it.size), PART, it.at_once).await.map(|()| it.size),
        Work::PutCopied => {
            store.put(&key, Source::new(it.size).copied(), PART, it.at_once).await.map(|()| it.size)
        }
        _ => {
            let next = Arc::new(AtomicU64::new(0));
            let ranged = it.work == Work::GetRanged;
            let tasks: Vec<_> = (0..it.at_once)
                .map(|number| {
                    let (store, next, size) = (Arc::clone(store), Arc::clone(&next), it.size);
                    tokio::spawn(async move {
                        if ranged {
                            return ranges(&*store, &format!("obj-{size}-0"), size, &next).await;
                        }
                        same(store.get(&format!("obj-{size}-{number}"), None).await?, size)
                    })
                })
                .collect();
            let mut total = 0;
            for task in tasks {
                total += task.await??;
            }
            same(total, if ranged { it.size } else { it.size * it.at_once as u64 })
        }
    }
}

/// Reads ranges that nobody else has taken, until none is left.
async fn ranges<S: Store>(store: &S, key: &str, size: u64, next: &AtomicU64) -> Result<u64> {
    let mut total = 0;
    loop {
        let start = next.fetch_add(PART as u64, Ordering::Relaxed);
        if start >= size {
            return Ok(total);
        }
        let end = (start + PART as u64).min(size);
        total += same(store.get(key, Some(start..end)).await?, end - start)?;
    }
}

/// Does small operations, some at once, and returns how long each took.
async fn small<S: Store>(store: &Arc<S>, it: &Arguments, count: u64) -> Result<Vec<f64>> {
    let next = Arc::new(AtomicU64::new(0));
    let tasks: Vec<_> = (0..it.at_once)
        .map(|_| {
            let (store, next) = (Arc::clone(store), Arc::clone(&next));
            let (size, put) = (it.size, it.work == Work::PutSmall);
            tokio::spawn(async move {
                let mut took = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return Ok::<_, crate::Error>(took);
                    }
                    let key = format!("obj-{size}-{number}");
                    let start = Instant::now();
                    if put {
                        store.put_small(&key, pattern().slice(..size as usize)).await?;
                    } else {
                        same(store.get_small(&key).await?, size)?;
                    }
                    took.push(start.elapsed().as_secs_f64() * 1e6);
                }
            })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        all.extend(task.await??);
    }
    Ok(all)
}

fn same(got: u64, want: u64) -> Result<u64> {
    if got == want { Ok(got) } else { Err(format!("got {got} where {want} were wanted").into()) }
}
