//! An object becomes another object: on the server where both lie in one store, else through here.

use storage::{CopyOptions, ErrorKind, Object, ObjectInfo, PutOptions, Result, WriteCondition};

use super::{Outcome, Work, existing};
use crate::action::CopyAction;
use crate::event::SkipReason;
use crate::options::Overwrite;

pub(super) async fn run(work: &Work, action: &CopyAction, from: &Object, to: &Object) -> Result<Outcome> {
    let on_server = from.container().storage().same_store(to.container().storage());
    let small = action.size <= work.small_bytes();
    let refuses = if small { work.limits.if_absent } else { work.limits.if_absent_in_parts };
    if let Some(reason) = existing::object(work, action, to, refuses).await? {
        return Ok(Outcome::Skipped(reason));
    }
    let condition = match work.options.overwrite {
        Overwrite::Never if refuses => WriteCondition::IfAbsent,
        _ => work.options.put.as_ref().map_or(WriteCondition::None, |it| it.condition.clone()),
    };
    let copied = match on_server {
        true => in_store(work, action, from, to, condition).await,
        false => through_here(work, action, from, to, condition).await,
    };
    match copied {
        Ok(()) => Ok(Outcome::Done),
        Err(error)
            if work.options.overwrite == Overwrite::Never && error.kind() == ErrorKind::AlreadyExists =>
        {
            Ok(Outcome::Skipped(SkipReason::Exists))
        }
        Err(error) => Err(error),
    }
}

async fn in_store(
    work: &Work,
    action: &CopyAction,
    from: &Object,
    to: &Object,
    condition: WriteCondition,
) -> Result<()> {
    let mut options = CopyOptions::new();
    options.condition = condition;
    if let Some(put) = &work.options.put {
        let info = from.head().await?;
        options.source_if_match.clone_from(&info.etag);
        options.replace = Some(Box::new(merged(&info, put)));
    }
    let outcome = work.options.cancel.guard(async { from.copy_to(to).options(options).await }).await?;
    work.prove(to, &outcome, action.size, None).await?;
    work.moved(&action.name, action.size)
}

/// Reads and writes at once: what is read is verified, and the same checksum must hold for what is written.
async fn through_here(
    work: &Work,
    action: &CopyAction,
    from: &Object,
    to: &Object,
    condition: WriteCondition,
) -> Result<()> {
    let body = work.options.cancel.guard(async { from.get().await }).await?;
    let info = body.info().clone();
    let mut options = merged(&info, work.options.put.as_ref().unwrap_or(&PutOptions::new()));
    options.condition = condition;
    for checksum in info.checksums.iter().filter(|it| it.algorithm().combines()) {
        options.expected.insert(checksum);
    }
    let mut upload = to.upload_stream(body).options(options).length(info.size).cancel(&work.options.cancel);
    if let Some(bytes) = work.options.part_bytes {
        upload = upload.part_size(bytes);
    }
    if let Some(parts) = work.options.part_jobs {
        upload = upload.concurrency(parts);
    }
    if let Some(hook) = work.hook(&action.name) {
        upload = upload.progress(hook);
    }
    let outcome = upload.await?;
    work.prove(to, &outcome, info.size, info.checksums.cheapest()).await
}

/// What the source carries, under what the caller gives.
fn merged(info: &ObjectInfo, given: &PutOptions) -> PutOptions {
    let mut options = given.clone();
    let or = |mine: &mut Option<String>, theirs: &Option<String>| {
        if mine.is_none() {
            mine.clone_from(theirs);
        }
    };
    or(&mut options.content_type, &info.content_type);
    or(&mut options.content_encoding, &info.content_encoding);
    or(&mut options.content_disposition, &info.content_disposition);
    or(&mut options.content_language, &info.content_language);
    or(&mut options.cache_control, &info.cache_control);
    for (name, value) in info.metadata.iter() {
        if options.metadata.get(name).is_none() {
            options.metadata.insert(name, value);
        }
    }
    options
}
