//! Deletes of many objects: in bulk where the store can, else several at once.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::stream::{self, BoxStream, StreamExt as _};

use crate::container::Container;
use crate::error::{Error, ErrorKind, Result};
use crate::groups::{DeleteResult, DeleteTarget};
use crate::object::Object;
use crate::options::DeleteOptions;

/// How many requests are on their way at once.
const CONCURRENCY: usize = 32;
const BULK_CONCURRENCY: usize = 4;

type Targets = Pin<Box<dyn Stream<Item = DeleteTarget> + Send>>;

/// Deletes of many objects, as a stream of one result for each target.
#[must_use = "nothing is deleted until it is read"]
pub struct DeleteMany(BoxStream<'static, DeleteResult>);

impl DeleteMany {
    pub(crate) fn new(container: Container, targets: Targets) -> Self {
        let bulk = container.storage().driver().bulk_delete().map(|driver| driver.max_keys().max(1));
        Self(match bulk {
            Some(keys) => in_bulk(container, targets, keys),
            None => one_by_one(container, targets),
        })
    }

    /// Waits for the next result; `None` at the end.
    pub async fn next(&mut self) -> Option<DeleteResult> {
        self.0.next().await
    }

    /// Deletes all and returns how many there were.
    ///
    /// # Errors
    /// The first failure, after all others were tried.
    pub async fn finish(mut self) -> Result<u64> {
        let (mut count, mut failure) = (0, None);
        while let Some(it) = self.next().await {
            match it.result {
                Ok(()) => count += 1,
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        failure.map_or(Ok(count), Err)
    }
}

impl Stream for DeleteMany {
    type Item = DeleteResult;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(cx)
    }
}

impl std::fmt::Debug for DeleteMany {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DeleteMany(..)")
    }
}

fn one_by_one(container: Container, targets: Targets) -> BoxStream<'static, DeleteResult> {
    targets
        .map(move |target| {
            let object = container.object_at(target.key.clone());
            async move {
                let mut options = DeleteOptions::new();
                options.version = target.version;
                options.if_match = target.if_match;
                DeleteResult::new(target.key, object.delete().options(options).await)
            }
        })
        .buffer_unordered(CONCURRENCY)
        .boxed()
}

fn in_bulk(container: Container, targets: Targets, keys: usize) -> BoxStream<'static, DeleteResult> {
    targets
        .chunks(keys)
        .map(move |targets| {
            let container = container.clone();
            async move { stream::iter(one_request(&container, &targets).await) }
        })
        .buffered(BULK_CONCURRENCY)
        .flatten()
        .boxed()
}

/// Sends one request; whatever it leaves out is an error of its own.
async fn one_request(container: &Container, targets: &[DeleteTarget]) -> Vec<DeleteResult> {
    let explain = |object: &Object, error| object.explain(error, crate::idempotency::Operation::DeleteObject);
    let storage = container.storage();
    let answer = match storage.driver().bulk_delete() {
        Some(driver) => driver.delete_objects(container.name(), targets).await,
        None => Ok(Vec::new()),
    };
    let (mut results, failure) = match answer {
        Ok(results) => (results, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    // Results come in the order of the targets; a gap shows where the answer said nothing.
    let mut all = Vec::with_capacity(targets.len());
    results.reverse();
    let mut whole = failure;
    for target in targets {
        let object = container.object_at(target.key.clone());
        let result = match results.pop_if(|it| it.key == target.key) {
            Some(it) => it.result,
            None => Err(unreported(&mut whole)),
        };
        all.push(DeleteResult::new(target.key.clone(), result.map_err(|error| explain(&object, error))));
    }
    all
}

/// The error of a key on which nothing was reported: the first takes the failure itself, the others repeat its words.
fn unreported(failure: &mut Option<Error>) -> Error {
    let Some(error) = failure.take() else {
        return Error::new(ErrorKind::UnexpectedResponse, "the answer says nothing of this key");
    };
    *failure =
        Some(Error::new(error.kind(), error.message().to_owned()).with_retryable(error.is_retryable()));
    error
}
