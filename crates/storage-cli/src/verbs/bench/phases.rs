//! The phases of a measurement.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use storage::groups::DeleteTarget;
use storage::{CancelToken, Container, Object, Runtime as _, TokioRuntime};

use super::Arguments;
use super::measure::Measured;
use crate::exit::{Exit, Failure, Result};

/// How much random content there is; larger objects repeat it.
const BLOCK_BYTES: usize = 1 << 20;
/// How often all is listed.
const LISTINGS: u32 = 5;

/// One measurement.
pub(super) struct Bench {
    container: Container,
    prefix: String,
    size: u64,
    count: u64,
    small: Bytes,
    jobs: usize,
    block: Bytes,
    cancel: CancelToken,
}

impl Bench {
    pub(super) fn new(
        container: &Container,
        prefix: &str,
        arguments: &Arguments,
        cancel: &CancelToken,
    ) -> Self {
        // Random content is what no store and no line can make smaller.
        let mut block = vec![0; BLOCK_BYTES];
        TokioRuntime.random(&mut block);
        let block = Bytes::from(block);
        Self {
            container: container.clone(),
            prefix: prefix.to_owned(),
            size: arguments.size,
            count: arguments.count,
            small: pieces(&block, arguments.small_size).collect::<Vec<_>>().concat().into(),
            jobs: arguments.jobs.max(1),
            block,
            cancel: cancel.clone(),
        }
    }

    pub(super) fn has_large(&self) -> bool {
        self.size > 0
    }

    pub(super) fn has_small(&self) -> bool {
        self.count > 0
    }

    /// Writes the large object.
    pub(super) async fn upload(&self) -> Result<Measured> {
        let started = Instant::now();
        let pieces: Vec<_> = pieces(&self.block, self.size).map(Ok::<_, std::io::Error>).collect();
        self.large()?.upload_stream(stream::iter(pieces)).cancel(&self.cancel).await?;
        Ok(Measured::since(started, "upload", 1, self.size, vec![started.elapsed()]))
    }

    /// Reads the large object.
    pub(super) async fn download(&self) -> Result<Measured> {
        let started = Instant::now();
        let mut body = self.large()?.get().await?;
        let mut bytes = 0;
        while let Some(piece) = body.next().await.transpose()? {
            bytes += piece.len() as u64;
        }
        Ok(Measured::since(started, "download", 1, bytes, vec![started.elapsed()]))
    }

    /// Writes the small objects.
    pub(super) async fn put(&self) -> Result<Measured> {
        let started = Instant::now();
        let times =
            self.each(0..self.count, |object| async move { object.put(self.small.clone()).await.map(drop) });
        let times = times.await?;
        Ok(Measured::since(started, "put", self.count, self.count * self.small.len() as u64, times))
    }

    /// Reads the small objects.
    pub(super) async fn get(&self) -> Result<Measured> {
        let started = Instant::now();
        let times =
            self.each(0..self.count, |object| async move { object.get().bytes().await.map(drop) }).await?;
        Ok(Measured::since(started, "get", self.count, self.count * self.small.len() as u64, times))
    }

    /// Lists the small objects, time and again.
    pub(super) async fn list(&self) -> Result<Measured> {
        let started = Instant::now();
        let (mut times, mut items) = (Vec::new(), 0);
        for _ in 0..LISTINGS {
            let began = Instant::now();
            let mut listing = self.container.list().prefix(format!("{}small/", self.prefix));
            while listing.next().await.transpose()?.is_some() {
                items += 1;
            }
            times.push(began.elapsed());
        }
        Ok(Measured::since(started, "list", items, 0, times))
    }

    /// Deletes half of the small objects one by one.
    pub(super) async fn delete(&self) -> Result<Measured> {
        let started = Instant::now();
        let half = self.count / 2;
        let times = self.each(0..half, |object| async move { object.delete().await }).await?;
        Ok(Measured::since(started, "delete", half, 0, times))
    }

    /// Deletes the rest, many with one request where the store can.
    pub(super) async fn delete_many(&self) -> Result<Measured> {
        let started = Instant::now();
        let rest = (self.count / 2..self.count).map(|number| self.small(number));
        let targets = rest.map(|it| Ok(DeleteTarget::new(it?.key().clone()))).collect::<Result<Vec<_>>>()?;
        let done = self.container.delete_many(stream::iter(targets)).finish().await?;
        Ok(Measured::since(started, "delete many", done, 0, Vec::new()))
    }

    /// Does one thing with each small object, several at once, and tells how long each took.
    async fn each<'a, F>(
        &'a self,
        numbers: std::ops::Range<u64>,
        act: impl Fn(Object) -> F,
    ) -> Result<Vec<Duration>>
    where
        F: Future<Output = Result<(), storage::Error>> + 'a,
    {
        let (act, failed) = (&act, &AtomicBool::new(false));
        let goes_on = || !self.cancel.is_cancelled() && !failed.load(Ordering::Relaxed);
        let under_way = stream::iter(numbers)
            .take_while(|_| std::future::ready(goes_on()))
            .map(|number| async move {
                let object = self.small(number)?;
                let began = Instant::now();
                let done = act(object).await;
                failed.fetch_or(done.is_err(), Ordering::Relaxed);
                done?;
                Ok(began.elapsed())
            })
            .buffer_unordered(self.jobs);
        // All that was begun comes to its end, also behind a failure: what arrives later would be left behind.
        let times: Vec<Result<Duration>> = under_way.collect().await;
        let times = times.into_iter().collect::<Result<_>>()?;
        match self.cancel.is_cancelled() {
            true => Err(Failure::new(Exit::Interrupted, "interrupted")),
            false => Ok(times),
        }
    }

    fn large(&self) -> Result<Object> {
        Ok(self.container.object(format!("{}large", self.prefix))?)
    }

    fn small(&self, number: u64) -> Result<Object> {
        Ok(self.container.object(format!("{}small/{number:08}", self.prefix))?)
    }
}

/// Cuts so many bytes of content from a block that is repeated.
fn pieces(block: &Bytes, bytes: u64) -> impl Iterator<Item = Bytes> {
    let (block, mut left) = (block.clone(), bytes);
    std::iter::from_fn(move || {
        // No larger than the block, whose length is a `usize`.
        let step = left.min(block.len() as u64) as usize;
        left -= step as u64;
        (step > 0).then(|| block.slice(..step))
    })
}
