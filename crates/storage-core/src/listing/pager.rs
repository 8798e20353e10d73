//! Turns pages into a stream of entries.

use std::collections::VecDeque;
use std::fmt;
use std::task::{Context, Poll, ready};

use crate::error::{Error, ErrorKind, Result};
use crate::info::Page;
use crate::name::PageToken;
use crate::runtime::BoxFuture;

/// How many pages without an entry are taken before a warning, and before the listing is given up.
const EMPTY_PAGES_WARN: u32 = 1_000;
const EMPTY_PAGES_MAX: u32 = 100_000;

type Fetch<T> = Box<dyn FnMut(Option<PageToken>) -> BoxFuture<'static, Result<Page<T>>> + Send + Sync>;

/// Asks for page after page; fused after the end and after an error.
pub(super) struct Pager<T> {
    fetch: Fetch<T>,
    state: State<T>,
    items: VecDeque<T>,
    seen: Loop,
    empty: u32,
}

enum State<T> {
    Idle(Option<PageToken>),
    Waiting(BoxFuture<'static, Result<Page<T>>>),
    Ended,
}

impl<T> Pager<T> {
    pub(super) fn new(
        start: Option<PageToken>,
        fetch: impl FnMut(Option<PageToken>) -> BoxFuture<'static, Result<Page<T>>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            fetch: Box::new(fetch),
            state: State::Idle(start),
            items: VecDeque::new(),
            seen: Loop::default(),
            empty: 0,
        }
    }

    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        loop {
            if let Some(item) = self.items.pop_front() {
                return Poll::Ready(Some(Ok(item)));
            }
            match &mut self.state {
                State::Ended => return Poll::Ready(None),
                State::Idle(token) => self.state = State::Waiting((self.fetch)(token.take())),
                State::Waiting(page) => {
                    let page = ready!(page.as_mut().poll(cx));
                    if let Err(error) = page.and_then(|page| self.take(page)) {
                        self.state = State::Ended;
                        return Poll::Ready(Some(Err(error)));
                    }
                }
            }
        }
    }

    fn take(&mut self, page: Page<T>) -> Result<()> {
        self.empty = if page.items.is_empty() { self.empty + 1 } else { 0 };
        if self.empty == EMPTY_PAGES_WARN {
            tracing::warn!(pages = self.empty, "a listing gives page after page without an entry");
        }
        if self.empty >= EMPTY_PAGES_MAX {
            let message = format!("{EMPTY_PAGES_MAX} pages in a row had no entry");
            return Err(Error::new(ErrorKind::ListingLoop, message));
        }
        // Before the entries are given away: behind the error there are none.
        if let Some(next) = &page.next {
            self.seen.check(next)?;
        }
        self.items = page.items.into();
        self.state = page.next.map_or(State::Ended, |next| State::Idle(Some(next)));
        Ok(())
    }
}

/// Finds a token that comes again, in constant memory: Brent's method.
#[derive(Default)]
struct Loop {
    anchor: Option<PageToken>,
    steps: u64,
    power: u64,
}

impl Loop {
    fn check(&mut self, token: &PageToken) -> Result<()> {
        if self.anchor.as_ref() == Some(token) {
            return Err(Error::new(
                ErrorKind::ListingLoop,
                "the service gave the same page token again, so the listing would never end",
            ));
        }
        self.steps += 1;
        if self.steps >= self.power {
            self.anchor = Some(token.clone());
            self.power = self.power.max(1).saturating_mul(2);
            self.steps = 0;
        }
        Ok(())
    }
}

impl<T> fmt::Debug for Pager<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pager").field("ready", &self.items.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Reads a listing whose token for each page is given by a function; returns the entries before the error.
    async fn read(
        next: impl Fn(u32) -> Option<u32> + Send + Sync + 'static,
        items: usize,
    ) -> (usize, Option<ErrorKind>, u32) {
        let asked = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&asked);
        let mut pager = Pager::new(None, move |token: Option<PageToken>| {
            let page: u32 = token.map_or(0, |it| it.parse().unwrap());
            counter.fetch_add(1, Ordering::Relaxed);
            let next = next(page).map(|it| PageToken::new(it.to_string()));
            Box::pin(async move { Ok(Page::new(vec![(); items], next)) })
        });
        let mut count = 0;
        loop {
            match std::future::poll_fn(|cx| pager.poll_next(cx)).await {
                Some(Ok(())) => count += 1,
                Some(Err(error)) => return (count, Some(error.kind()), asked.load(Ordering::Relaxed)),
                None => return (count, None, asked.load(Ordering::Relaxed)),
            }
        }
    }

    #[tokio::test]
    async fn fault_093_a_token_that_comes_again_ends_the_listing() {
        // The same token at once: found when it comes the second time.
        assert_eq!(read(|_| Some(7), 1).await, (1, Some(ErrorKind::ListingLoop), 2));
        for cycle in [2, 3, 10, 1000] {
            let (_, kind, asked) = read(move |page| Some(if page == cycle { 1 } else { page + 1 }), 1).await;
            assert_eq!(kind, Some(ErrorKind::ListingLoop));
            assert!(asked <= 3 * cycle + 2, "{cycle}: {asked}");
        }
    }

    #[tokio::test]
    async fn fault_095_empty_pages_with_a_token_go_on() {
        assert_eq!(read(|page| (page < 5000).then_some(page + 1), 0).await, (0, None, 5001));
        let (_, kind, asked) = read(|page| Some(page + 1), 0).await;
        assert_eq!((kind, asked), (Some(ErrorKind::ListingLoop), EMPTY_PAGES_MAX));
    }

    #[tokio::test]
    async fn a_long_listing_is_no_loop() {
        assert_eq!(read(|page| (page < 20_000).then_some(page + 1), 3).await, (60_003, None, 20_001));
    }
}
