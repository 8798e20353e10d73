//! Refuses transfers of a tree into itself.

use std::path::{Path, PathBuf};

use storage::{Container, Error, ErrorKind, Escaped, Result, TokioRuntime, blocking};

use crate::filter::Filter;
use crate::tree::Tree;

/// Fails when one tree lies in the other, so that a transfer would meet what it writes itself.
///
/// A store that keeps its objects in files is looked at as the directory that it is, where it tells which one. A
/// directory that the filter never enters does no harm.
///
/// # Errors
/// `InvalidInput` naming both trees.
pub async fn refuse_overlap(from: &Tree, to: &Tree, filter: &Filter) -> Result<()> {
    if let (Tree::Prefix { container: one, prefix: a }, Tree::Prefix { container: two, prefix: b }) =
        (from, to)
    {
        let same = one.storage().same_store(two.storage()) && one.name() == two.name();
        return match same && (a.starts_with(b.as_str()) || b.starts_with(a.as_str())) {
            true => Err(refused(&format!("{}/{a}", one.name()), &format!("{}/{b}", two.name()))),
            false => Ok(()),
        };
    }
    let (Some(one), Some(two)) = (directory(from).await, directory(to).await) else { return Ok(()) };
    let filter = filter.clone();
    blocking(&TokioRuntime, move || compare(&one, &two, &filter)).await
}

/// The directory whose files a tree is made of, as far as that can be known.
async fn directory(tree: &Tree) -> Option<PathBuf> {
    match tree {
        Tree::Directory(path) => Some(path.clone()),
        Tree::Prefix { container, .. } => container_directory(container).await,
    }
}

async fn container_directory(container: &Container) -> Option<PathBuf> {
    let group = container.storage().driver().public_url()?;
    let url = group.public_url(container.name(), None).await.ok()?;
    let path = url.strip_prefix("file://")?;
    Some(PathBuf::from(crate::attributes::decode_path(path)))
}

fn compare(one: &Path, two: &Path, filter: &Filter) -> Result<()> {
    let (from, to) = (true_path(one)?, true_path(two)?);
    if let Ok(inside) = to.strip_prefix(&from) {
        let entered = inside.ancestors().filter(|it| !it.as_os_str().is_empty()).all(|it| {
            let name = it.to_string_lossy();
            filter.enters(&name)
        });
        return match entered {
            true => Err(refused(&one.to_string_lossy(), &two.to_string_lossy())),
            false => Ok(()),
        };
    }
    match from.starts_with(&to) {
        true => Err(refused(&one.to_string_lossy(), &two.to_string_lossy())),
        false => Ok(()),
    }
}

/// Resolves a path of which the end may not exist yet.
fn true_path(path: &Path) -> Result<PathBuf> {
    let absolute = std::path::absolute(path)?;
    for above in absolute.ancestors() {
        if let Ok(found) = above.canonicalize() {
            let rest = absolute.strip_prefix(above).unwrap_or(Path::new(""));
            return Ok(if rest.as_os_str().is_empty() { found } else { found.join(rest) });
        }
    }
    Ok(absolute)
}

fn refused(from: &str, to: &str) -> Error {
    let message = format!(
        "source `{}` and destination `{}` overlap, so the transfer would meet what it writes; choose a destination \
         outside, or exclude it",
        Escaped(from),
        Escaped(to)
    );
    Error::new(ErrorKind::InvalidInput, message)
}
