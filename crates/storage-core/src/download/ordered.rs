//! Ranges that are fetched at once and given in their order.

use std::collections::VecDeque;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::StreamExt as _;
use futures_util::stream::{self, SelectAll, TryStreamExt as _};

use super::ObjectBody;
use super::parts::Parts;
use crate::error::Result;

/// The content of a range, fetched in parts.
///
/// The foremost part is passed on as it comes and only the parts behind it are kept. The first parts are smaller, each
/// by a step, so that later ones do not all end at once: about half of what is on its way is then kept, instead of
/// nearly all. Nothing is spawned: while nobody reads, nothing is fetched.
pub(super) struct Ordered {
    parts: Arc<Parts>,
    /// The bytes that no part has been asked for yet.
    rest: Range<u64>,
    concurrency: usize,
    /// The parts on their way, the foremost first.
    queues: VecDeque<Queue>,
    /// The number of the foremost part.
    foremost: usize,
    lanes: SelectAll<Lane>,
}

/// What has come of a part and was not given away yet.
#[derive(Default)]
struct Queue {
    pieces: VecDeque<Bytes>,
    ended: bool,
}

/// The pieces of a part with its number; `None` is its end.
type Lane = Pin<Box<dyn Stream<Item = (usize, Option<Result<Bytes>>)> + Send>>;

impl Ordered {
    /// Goes on behind the first part, up to `end`.
    pub(super) fn new(parts: Parts, head: ObjectBody, end: u64, concurrency: usize) -> Self {
        let rest = head.range().end..end;
        let mut all = Self {
            parts: Arc::new(parts),
            rest,
            concurrency,
            queues: VecDeque::with_capacity(concurrency),
            foremost: 0,
            lanes: SelectAll::new(),
        };
        all.add(head);
        all
    }

    fn add(&mut self, pieces: impl Stream<Item = Result<Bytes>> + Send + 'static) {
        let number = self.foremost + self.queues.len();
        let end = stream::once(std::future::ready((number, None)));
        self.lanes.push(Box::pin(pieces.map(move |piece| (number, Some(piece))).chain(end)));
        self.queues.push_back(Queue::default());
    }

    /// Asks for more parts, as many as may be on their way.
    fn ask(&mut self) {
        while self.queues.len() < self.concurrency && !self.rest.is_empty() {
            let bytes = bytes_of(self.foremost + self.queues.len(), self.parts.part_bytes, self.concurrency);
            let end = self.rest.end.min(self.rest.start.saturating_add(bytes));
            let (parts, range) = (Arc::clone(&self.parts), self.rest.start..end);
            self.rest.start = end;
            self.add(stream::once(async move { parts.range(range).await }).try_flatten());
        }
    }

    fn fail(&mut self) {
        self.lanes.clear();
        self.queues.clear();
        self.rest.start = self.rest.end;
    }
}

/// Returns how many bytes the part with this number has.
pub(super) fn bytes_of(number: usize, part_bytes: u64, concurrency: usize) -> u64 {
    let (step, steps) = (number.saturating_add(1).min(concurrency) as u64, concurrency.max(1) as u64);
    part_bytes.div_ceil(steps).saturating_mul(step).clamp(Parts::MIN_BYTES, part_bytes.max(Parts::MIN_BYTES))
}

impl Stream for Ordered {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            this.ask();
            if this.queues.is_empty() {
                return Poll::Ready(None);
            }
            // One piece comes for each that goes, so the parts behind go on while the foremost ones are read.
            let event = match this.lanes.poll_next_unpin(cx) {
                Poll::Ready(event) => event,
                Poll::Pending => None,
            };
            let moved = event.is_some();
            if let Some((number, event)) = event
                && let Some(queue) = this.queues.get_mut(number - this.foremost)
            {
                match event {
                    Some(Ok(piece)) => queue.pieces.push_back(piece),
                    // Whoever reads has no use for what comes before the gap.
                    Some(Err(error)) => {
                        this.fail();
                        return Poll::Ready(Some(Err(error)));
                    }
                    None => queue.ended = true,
                }
            }
            while let Some(front) = this.queues.front_mut() {
                if let Some(piece) = front.pieces.pop_front() {
                    return Poll::Ready(Some(Ok(piece)));
                }
                if !front.ended {
                    break;
                }
                this.queues.pop_front();
                this.foremost += 1;
            }
            // With a part ended there is room for another; else somebody has to bring something first.
            let room = this.queues.len() < this.concurrency && !this.rest.is_empty();
            if !moved && !room && !this.queues.is_empty() {
                return Poll::Pending;
            }
        }
    }
}
