//! The one place where an object is cut into parts and put together again.

use std::sync::Arc;

use futures_util::future::{Either, select};
use futures_util::stream::{FuturesUnordered, StreamExt as _};

use super::abort::AbortOnDrop;
use super::budget::BytePermit;
use super::plan::PartPlan;
use super::source::{ByteStream, Source};
use super::{Tuning, Upload};
use crate::cancel;
use crate::capabilities::{Capabilities, PartOrder};
use crate::checksum::{Checksum, Checksums, verify};
use crate::error::{Error, ErrorKind, Result};
use crate::groups::{CompletedPart, MultipartDriver, PartRef};
use crate::idempotency::Operation;
use crate::info::PutOutcome;
use crate::name::{PartNumber, UploadId};
use crate::object::Object;
use crate::options::PutOptions;
use crate::payload::Payload;
use crate::progress::Meter;
use crate::runtime::BoxFuture;
use crate::settle::settle;

/// All that one upload needs.
pub(super) struct Job {
    pub(super) object: Object,
    pub(super) capabilities: Arc<Capabilities>,
    pub(super) options: PutOptions,
    pub(super) tuning: Tuning,
}

/// One part ready to be sent: its place, its content, and the room it takes in memory.
pub(super) struct Ready {
    pub(super) part: PartRef,
    pub(super) payload: Payload,
    pub(super) permit: Option<BytePermit>,
}

/// What gives the parts of an upload one after the other; `None` at the end.
pub(super) trait Parts: Send {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Ready>>>;

    /// Looks at the source once more before the object becomes visible, and returns what it knows of the whole.
    fn finish(&mut self) -> BoxFuture<'_, Result<Checksums>>;
}

/// Sends a payload in one request and checks what the store says of it.
///
/// `content` holds the checksums of the payload that are known already.
pub(super) async fn put_whole(
    object: &Object,
    payload: Payload,
    options: &PutOptions,
    content: &Checksums,
) -> Result<PutOutcome> {
    let size = payload.len();
    let outcome = match object.driver().put_object(object.target(), payload.clone(), options).await {
        Err(error) if error.kind() == ErrorKind::Ambiguous => {
            let mut content = content.clone();
            if content.is_empty() {
                let kept = object.capabilities().await?.checksums.first().copied();
                content = payload.checksums(object.storage().runtime(), kept).await?;
            }
            settle(object, error, options, size, &content).await
        }
        done => done,
    };
    outcome
        .and_then(|outcome| check_outcome(outcome, size, &options.expected))
        .map_err(|error| object.explain(error, Operation::PutObject))
}

/// Holds a payload against the checksums that the caller expects, before anything is sent.
pub(super) async fn verify_payload(object: &Object, payload: &Payload, expected: &Checksums) -> Result<()> {
    let algorithms = expected.iter().map(|it| it.algorithm());
    expected.verify(&payload.checksums(object.storage().runtime(), algorithms).await?)
}

/// Uploads a stream: in one request when it ends within the first part.
pub(super) async fn upload_stream(job: Job, stream: ByteStream) -> Result<PutOutcome> {
    let explain = |error| job.object.explain(error, Operation::PutObject);
    let plan = PartPlan::new(&job.capabilities, job.tuning.length, job.tuning.part_bytes).map_err(explain)?;
    let source = Source::new(stream, job.tuning.length, &job.options.expected);
    let mut parts = StreamParts { source, plan, job: &job, index: 0, offset: 0, ended: false };
    let first = guard(&job, parts.next()).await.map_err(explain)?;
    let Some(first) = first else {
        return Err(explain(Error::new(ErrorKind::Io, "the source gave no part")));
    };
    if first.part.last && first.payload.len() <= job.capabilities.max_put_bytes {
        let content = parts.source.checksums();
        job.options.expected.verify(&content).map_err(explain)?;
        let (size, payload) = (first.payload.len(), first.payload);
        let outcome =
            guard(&job, put_whole(&job.object, payload, &job.options, &content)).await.map_err(explain)?;
        Meter::new(job.tuning.progress.clone(), Some(size)).add(size).map_err(explain)?;
        return Ok(outcome);
    }
    upload_parts(&job, Some(first), &mut parts).await
}

/// Uploads parts as they come, and drops them all when one fails.
pub(super) async fn upload_parts(
    job: &Job,
    first: Option<Ready>,
    parts: &mut dyn Parts,
) -> Result<PutOutcome> {
    let object = &job.object;
    let explain = |operation| move |error| object.explain(error, operation);
    let Some(driver) = object.driver().multipart() else {
        let error = Error::unsupported(object.provider().id.clone(), "uploads in parts");
        return Err(object.explain(error, Operation::CreateUpload));
    };
    check_conditional(job).map_err(explain(Operation::CreateUpload))?;
    let upload = guard(job, driver.create_upload(object.target(), &job.options))
        .await
        .map_err(explain(Operation::CreateUpload))?;
    let guarded = AbortOnDrop::new(object.clone(), upload);
    let id = guarded.id();
    let result = guard(job, async {
        let (done, expected) = send_all(job, driver, &id, first, parts).await?;
        let size = done.iter().map(|part| part.size).sum();
        let options = PutOptions { expected, ..job.options.clone() };
        let outcome = match driver.complete_upload(object.target(), &id, &done, &options).await {
            Err(error) => settle(object, error, &options, size, &options.expected).await,
            done => done,
        };
        let outcome = outcome.map_err(explain(Operation::CompleteUpload))?;
        check_outcome(outcome, size, &options.expected).map_err(explain(Operation::CompleteUpload))
    })
    .await;
    match result {
        Ok(outcome) => {
            guarded.disarm();
            Ok(outcome)
        }
        Err(error) => Err(guarded.abort(explain(Operation::PutObject)(error)).await),
    }
}

/// Sends every part, several at once where the store allows, and returns them in order.
async fn send_all(
    job: &Job,
    driver: &dyn MultipartDriver,
    upload: &UploadId,
    first: Option<Ready>,
    parts: &mut dyn Parts,
) -> Result<(Vec<CompletedPart>, Checksums)> {
    let object = &job.object;
    let rules = &job.capabilities.parts;
    let limit = match rules.order {
        PartOrder::Any => {
            job.tuning.concurrency.unwrap_or(Upload::DEFAULT_CONCURRENCY).min(rules.concurrency.max(1))
        }
        PartOrder::Sequential => 1,
    };
    let send = |ready: Ready| async move {
        let size = ready.payload.len();
        let part = driver.put_part(object.target(), upload, ready.part, ready.payload, &job.options).await;
        drop(ready.permit);
        let part = part.map_err(|error| object.explain(error, Operation::PutPart))?;
        if part.size != size || part.number != ready.part.number {
            let message = format!("the store took {} bytes of a part of {size}", part.size);
            return Err(object.explain(Error::new(ErrorKind::ChecksumMismatch, message), Operation::PutPart));
        }
        Ok(part)
    };
    let mut meter = Meter::new(job.tuning.progress.clone(), job.tuning.length);
    let mut flying = FuturesUnordered::new();
    let mut done: Vec<CompletedPart> = Vec::new();
    let mut ended = first.as_ref().is_some_and(|ready| ready.part.last);
    flying.extend(first.map(&send));
    // The source travels into the future that reads it and back out, so that it is asked for one part at a time.
    let mut idle = Some(parts);
    let mut reading: Option<BoxFuture<'_, Read<'_>>> = None;
    loop {
        if let Some(parts) = idle.take_if(|_| !ended && flying.len() < limit) {
            reading = Some(read_next(parts));
        }
        // Parts on their way go on while the next one is read, so a slow source and a slow store overlap.
        let event = match reading.take() {
            None if flying.is_empty() => break,
            None => Either::Left(flying.next().await),
            Some(next) if flying.is_empty() => Either::Right(next.await),
            Some(next) => match select(flying.next(), next).await {
                Either::Left((sent, next)) => {
                    reading = Some(next);
                    Either::Left(sent)
                }
                Either::Right((read, _)) => Either::Right(read),
            },
        };
        match event {
            Either::Left(Some(part)) => {
                let part = part?;
                meter.add(part.size)?;
                done.push(part);
            }
            Either::Left(None) => {}
            Either::Right((ready, parts)) => {
                let ready = ready?;
                ended = ready.as_ref().is_none_or(|it| it.part.last);
                flying.extend(ready.map(&send));
                idle = Some(parts);
            }
        }
    }
    let Some(parts) = idle else { return Err(Error::new(ErrorKind::Io, "the source was lost")) };
    done.sort_unstable_by_key(|part| part.number);
    job.options.expected.verify(&parts.finish().await?)?;
    let expected = expected_of_whole(&done, &job.options.expected)?;
    Ok((done, expected))
}

/// The next part, and the source it came from.
type Read<'a> = (Result<Option<Ready>>, &'a mut (dyn Parts + 'a));

fn read_next<'a>(parts: &'a mut (dyn Parts + 'a)) -> BoxFuture<'a, Read<'a>> {
    Box::pin(async move {
        let ready = parts.next().await;
        (ready, parts)
    })
}

/// Adds the checksum of the whole that follows from those of the parts, and compares it with the caller's.
fn expected_of_whole(parts: &[CompletedPart], expected: &Checksums) -> Result<Checksums> {
    let mut all = expected.clone();
    for algorithm in parts.first().into_iter().flat_map(|part| part.checksums.iter()).map(|it| it.algorithm())
    {
        let joined: Option<Checksum> = parts
            .iter()
            .skip(1)
            .try_fold(parts.first().and_then(|part| part.checksums.get(algorithm)), |whole, part| {
                Some(whole?.join(&part.checksums.get(algorithm)?, part.size))
            })
            .flatten();
        if let Some(joined) = joined.filter(|_| algorithm.combines()) {
            if let Some(want) = expected.get(algorithm) {
                verify(want, joined)?;
            }
            all.insert(joined);
        }
    }
    Ok(all)
}

/// Compares what the store says of the object with what was sent.
fn check_outcome(outcome: PutOutcome, size: u64, expected: &Checksums) -> Result<PutOutcome> {
    if let Some(stored) = outcome.size.filter(|stored| *stored != size) {
        let message = format!("the store has {stored} bytes of the {size} that were sent; delete the object");
        return Err(Error::new(ErrorKind::ChecksumMismatch, message));
    }
    expected.verify(&outcome.checksums)?;
    Ok(outcome)
}

fn check_conditional(job: &Job) -> Result<()> {
    if job.options.condition == crate::options::WriteCondition::None || job.capabilities.parts.conditional {
        return Ok(());
    }
    Err(Error::unsupported(job.object.provider().id.clone(), "condition on uploads in parts"))
}

pub(super) async fn guard<T>(job: &Job, future: impl Future<Output = Result<T>>) -> Result<T> {
    cancel::guard(job.tuning.cancel.as_ref(), future).await
}

/// Cuts a stream into parts.
struct StreamParts<'a> {
    source: Source,
    plan: PartPlan,
    job: &'a Job,
    index: u32,
    offset: u64,
    ended: bool,
}

impl Parts for StreamParts<'_> {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Ready>>> {
        Box::pin(async move {
            if self.ended {
                return Ok(None);
            }
            let size = self.plan.part_bytes(self.index).ok_or_else(|| {
                let message = "the stream is longer than the parts of an upload hold; declare its length or set a larger part size";
                Error::new(ErrorKind::InvalidInput, message)
            })?;
            let room =
                self.job.tuning.length.map_or(size, |length| size.min(length.saturating_sub(self.offset)));
            let permit = self.job.object.storage().budget().acquire(room).await;
            let (pieces, last) = self.source.next_part(size).await?;
            let number = PartNumber::new(self.index + 1).unwrap_or(PartNumber::FIRST);
            let part = PartRef { number, offset: self.offset, last };
            self.index += 1;
            self.offset += pieces.len();
            self.ended = last;
            Ok(Some(Ready { part, payload: Payload::Bytes(pieces), permit: Some(permit) }))
        })
    }

    fn finish(&mut self) -> BoxFuture<'_, Result<Checksums>> {
        let found = self.source.checksums();
        Box::pin(async { Ok(found) })
    }
}
