//! Peak memory, each figure in a process of its own.

use std::fs;
use std::path::Path;
use std::process::Command;

use bytes::Bytes;
use futures_util::StreamExt as _;
use storage::{Container, Upload};

use crate::Options;
use crate::contender::Contender;
use crate::work::source;

const LARGE: u64 = 8 << 30;
const MANY: u64 = 1_000_000;

/// Runs each part in a child and prints what it needed beyond a process that did nothing.
pub(crate) fn run(options: &Options) -> Result<(), Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir_in(&options.dir)?;
    let part = |name: &str| -> Result<(), Box<dyn std::error::Error>> {
        let mut child = Command::new(std::env::current_exe()?);
        child.arg("--dir").arg(dir.path()).args(["--memory-part", name]);
        let status = child.status()?;
        if status.success() { Ok(()) } else { Err(format!("{name}: {status}").into()) }
    };
    for name in ["idle", "up", "down", "list-flat", "list-deep"] {
        part(name)?;
        if name == "down" {
            fs::remove_dir_all(dir.path().join("bench"))?;
        }
        if name == "list-flat" {
            fs::remove_dir_all(dir.path().join("bench"))?;
        }
    }
    Ok(())
}

/// Does one part and prints the peak of this process.
pub(crate) fn child(part: &str, options: &Options) -> Result<(), Box<dyn std::error::Error>> {
    if part.starts_with("list") {
        fill(&options.dir.join("bench"), part == "list-deep")?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let container = Contender::Full.open(&options.dir, false)?.container;
    let limit = match part {
        "up" => {
            format!("limit {} MiB: parts in flight + 20 MiB", (Upload::DEFAULT_CONCURRENCY as u64 * 8) + 20)
        }
        "down" => "limit 20 MiB".to_owned(),
        "idle" => "a process that did nothing".to_owned(),
        _ => "limit 32 MiB".to_owned(),
    };
    runtime.block_on(work(part, &container))?;
    println!("{part:<10} peak {:>6.1} MiB   ({limit})", peak_mib()?);
    Ok(())
}

async fn work(part: &str, container: &Container) -> storage::Result<()> {
    match part {
        "idle" => Ok(()),
        // Every chunk has memory of its own: slices of one buffer would hide the parts on their way.
        "up" => {
            let chunks = source(LARGE).map(|chunk| chunk.map(|it| Bytes::copy_from_slice(&it)));
            container.object("large")?.upload_stream(chunks).await.map(drop)
        }
        "down" => {
            let mut body = container.object("large")?.get().await?;
            let mut total = 0;
            while let Some(chunk) = body.next().await {
                total += chunk?.len() as u64;
            }
            assert_eq!(total, LARGE);
            Ok(())
        }
        _ => {
            let mut entries = container.list();
            let mut found = 0;
            while let Some(entry) = entries.next().await {
                drop(entry?);
                found += 1;
            }
            assert_eq!(found, MANY);
            Ok(())
        }
    }
}

/// Makes a million empty objects: in one directory, or a thousand below each of a thousand prefixes.
fn fill(dir: &Path, deep: bool) -> std::io::Result<()> {
    for index in 0..MANY {
        let (outer, inner) = (index / 1000, index % 1000);
        let parent = if deep { dir.join(format!("prefix-{outer:03}%")) } else { dir.to_path_buf() };
        if index == 0 || (deep && inner == 0) {
            fs::create_dir_all(&parent)?;
        }
        fs::File::create(parent.join(format!("object-{outer:03}-{inner:03}")))?;
    }
    Ok(())
}

fn peak_mib() -> std::io::Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    let kib: f64 = line.trim().trim_end_matches(" kB").trim().parse().unwrap_or(f64::NAN);
    Ok(kib / 1024.0)
}
