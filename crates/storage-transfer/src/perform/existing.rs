//! What is done about an item that the destination has already.

use std::path::Path;
use std::time::SystemTime;

use storage::{ErrorKind, Object, Result, TokioRuntime, blocking};

use super::Work;
use crate::action::CopyAction;
use crate::attributes;
use crate::event::SkipReason;
use crate::options::Overwrite;
use crate::tree::Source;

/// Says why an item is not to be written over the object that is there, if it is not.
///
/// Where the store can refuse by itself, nothing is asked: then the write says so, with no gap between look and act.
pub(super) async fn object(
    work: &Work,
    action: &CopyAction,
    object: &Object,
    store_refuses: bool,
) -> Result<Option<SkipReason>> {
    match work.options.overwrite {
        Overwrite::Always => Ok(None),
        Overwrite::Never if store_refuses => Ok(None),
        Overwrite::Never => Ok(object.exists().await?.then_some(SkipReason::Exists)),
        Overwrite::IfNewer => {
            let there = match object.head().await {
                Ok(info) => info,
                Err(error) if error.kind() == ErrorKind::ObjectNotFound => return Ok(None),
                Err(error) => return Err(error),
            };
            let kept = there.metadata.get(attributes::MTIME).and_then(attributes::decode_time);
            compare(action, kept.or(there.last_modified.map(Into::into))).await
        }
    }
}

/// Says why an item is not to be written over the file that is there, if it is not.
pub(super) async fn file(work: &Work, action: &CopyAction, path: &Path) -> Result<Option<SkipReason>> {
    if work.options.overwrite == Overwrite::Always {
        return Ok(None);
    }
    let path = path.to_owned();
    let Some(meta) = blocking(&TokioRuntime, move || Ok(path.symlink_metadata().ok())).await? else {
        return Ok(None);
    };
    match work.options.overwrite {
        Overwrite::IfNewer => compare(action, meta.modified().ok()).await,
        _ => Ok(Some(SkipReason::Exists)),
    }
}

async fn compare(action: &CopyAction, there: Option<SystemTime>) -> Result<Option<SkipReason>> {
    let (Some(mine), Some(theirs)) = (action.modified, there) else { return Ok(None) };
    if mine <= theirs {
        return Ok(Some(SkipReason::NotNewer));
    }
    // A listing tells when an object was written; the file in it may be older than that.
    if let Source::Object { object, .. } = &action.source {
        let info = object.head().await?;
        let kept = info.metadata.get(attributes::MTIME).and_then(attributes::decode_time);
        return Ok(kept.filter(|mine| *mine <= theirs).map(|_| SkipReason::NotNewer));
    }
    Ok(None)
}
