//! Several ranges of one object at once.

use std::future::IntoFuture;
use std::ops::Range;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use crate::error::Result;
use crate::idempotency::Operation;
use crate::object::Object;
use crate::range::ByteRange;
use crate::runtime::BoxFuture;

/// A read of several ranges, all of one version of the object; gives them in the order asked for.
#[derive(Debug)]
#[must_use = "nothing is read until it is awaited"]
pub struct GetRanges {
    object: Object,
    ranges: Vec<Range<u64>>,
    concurrency: usize,
}

impl GetRanges {
    /// How many ranges are on their way at once, unless set otherwise.
    pub const DEFAULT_CONCURRENCY: usize = 8;

    pub(crate) fn new(object: Object, ranges: Vec<Range<u64>>) -> Self {
        Self { object, ranges, concurrency: Self::DEFAULT_CONCURRENCY }
    }

    /// Sets how many ranges are on their way at once, at least 1.
    pub fn concurrency(mut self, ranges: usize) -> Self {
        self.concurrency = ranges.max(1);
        self
    }

    async fn run(self) -> Result<Vec<Bytes>> {
        let explain = |error| self.object.explain(error, Operation::GetObject);
        self.ranges.iter().try_for_each(|range| ByteRange::from(range.clone()).check()).map_err(explain)?;
        let mut ranges = self.ranges.clone().into_iter();
        let Some(first) = ranges.next() else { return Ok(Vec::new()) };
        // The first answer brings the entity tag that pins all others to the same content.
        let body = self.object.get().range(first).await?;
        let (etag, size, modified) = (body.info().etag.clone(), body.info().size, body.info().last_modified);
        // With the size known, a range outside the object is the caller's mistake and no sign of a change.
        ranges
            .as_slice()
            .iter()
            .try_for_each(|range| ByteRange::from(range.clone()).resolve(size).map(drop))
            .map_err(explain)?;
        let mut all = vec![body.bytes().await?];
        let rest: Vec<Bytes> = stream::iter(ranges)
            .map(|range| {
                let mut get = self.object.get().range(range);
                if let Some(etag) = &etag {
                    get = get.if_match(etag.clone());
                }
                async move {
                    let body = get.await.map_err(super::parts::changed)?;
                    if body.info().size != size || body.info().last_modified != modified {
                        return Err(super::parts::overwritten());
                    }
                    body.bytes().await
                }
            })
            .buffered(self.concurrency)
            .try_collect()
            .await?;
        all.extend(rest);
        Ok(all)
    }
}

impl IntoFuture for GetRanges {
    type Output = Result<Vec<Bytes>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
