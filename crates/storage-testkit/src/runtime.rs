//! A runtime whose clock stands still until it is told to move, with seeded randomness.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use storage_core::{BoxFuture, Runtime, TokioRuntime};
use tokio::sync::watch;

/// A runtime whose clock stands still until it is told to move, with seeded randomness.
///
/// Tasks run on tokio. Clones share the clock.
///
/// ```
/// use std::time::Duration;
/// use storage_core::Runtime as _;
/// use storage_testkit::TestRuntime;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let runtime = TestRuntime::new(7);
/// let sleep = tokio::spawn(runtime.sleep(Duration::from_secs(60)));
/// runtime.sleeping(1).await;
/// runtime.advance(Duration::from_secs(59));
/// assert!(!sleep.is_finished());
/// runtime.advance(Duration::from_secs(1));
/// sleep.await?;
/// assert_eq!(runtime.slept(), [Duration::from_secs(60)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TestRuntime(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    sleepers: watch::Sender<usize>,
    start: Instant,
}

#[derive(Debug)]
struct State {
    elapsed: Duration,
    time_of_day: SystemTime,
    random: u64,
    skips: bool,
    next: u64,
    /// Who sleeps, until when.
    sleepers: BTreeMap<u64, (Duration, Option<Waker>)>,
    slept: Vec<Duration>,
}

impl TestRuntime {
    /// Starts a clock at the beginning of 2026; randomness follows from the seed.
    pub fn new(seed: u64) -> Self {
        let state = State {
            elapsed: Duration::ZERO,
            time_of_day: UNIX_EPOCH + Duration::from_secs(1_767_225_600),
            random: seed,
            skips: false,
            next: 0,
            sleepers: BTreeMap::new(),
            slept: Vec::new(),
        };
        Self(Arc::new(Inner {
            state: Mutex::new(state),
            sleepers: watch::Sender::new(0),
            start: Instant::now(),
        }))
    }

    /// Starts a clock that jumps over every sleep at once, and notes it.
    pub fn skipping(seed: u64) -> Self {
        let runtime = Self::new(seed);
        runtime.state().skips = true;
        runtime
    }

    /// Moves both clocks on and wakes whoever has slept long enough.
    pub fn advance(&self, duration: Duration) {
        let mut state = self.state();
        state.elapsed += duration;
        state.time_of_day += duration;
        let now = state.elapsed;
        let woken: Vec<Waker> =
            state.sleepers.values_mut().filter(|it| it.0 <= now).filter_map(|it| it.1.take()).collect();
        drop(state);
        woken.into_iter().for_each(Waker::wake);
    }

    /// Sets the time of day, backwards too; the monotonic clock does not move.
    pub fn set_now(&self, now: SystemTime) {
        self.state().time_of_day = now;
    }

    /// Waits until `n` sleeps are under way.
    pub async fn sleeping(&self, n: usize) {
        // The sender lives as long as `self`, so the wait can't fail.
        drop(self.0.sleepers.subscribe().wait_for(|it| *it >= n).await);
    }

    /// Returns every sleep asked for so far, in order.
    pub fn slept(&self) -> Vec<Duration> {
        self.state().slept.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count_sleepers(&self) {
        let count = self.state().sleepers.len();
        self.0.sleepers.send_replace(count);
    }
}

impl Runtime for TestRuntime {
    fn now(&self) -> SystemTime {
        self.state().time_of_day
    }

    fn monotonic(&self) -> Instant {
        self.0.start + self.state().elapsed
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let mut state = self.state();
        state.slept.push(duration);
        let skips = state.skips;
        let until = state.elapsed + duration;
        let id = state.next;
        state.next += 1;
        drop(state);
        if skips {
            self.advance(duration);
        }
        Box::pin(Sleep { runtime: self.clone(), id, until })
    }

    fn random(&self, buffer: &mut [u8]) {
        let mut state = self.state();
        for chunk in buffer.chunks_mut(8) {
            // SplitMix64: every seed gives a good sequence, zero too.
            state.random = state.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = state.random;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^= word >> 31;
            chunk.iter_mut().zip(word.to_le_bytes()).for_each(|(to, from)| *to = from);
        }
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> bool {
        TokioRuntime.spawn(task)
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) -> bool {
        TokioRuntime.spawn_blocking(work)
    }
}

/// A sleep on the clock of a test; it counts while it is waited for.
struct Sleep {
    runtime: TestRuntime,
    id: u64,
    until: Duration,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.runtime.state();
        if state.elapsed >= self.until {
            return Poll::Ready(());
        }
        state.sleepers.insert(self.id, (self.until, Some(cx.waker().clone())));
        drop(state);
        self.runtime.count_sleepers();
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.runtime.state().sleepers.remove(&self.id);
        self.runtime.count_sleepers();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_sequence() {
        let bytes = |seed| {
            let mut buffer = [0; 20];
            TestRuntime::new(seed).random(&mut buffer);
            buffer
        };
        assert_eq!(bytes(1), bytes(1));
        assert_ne!(bytes(1), bytes(2));
    }

    #[test]
    fn fault_054_time_of_day_may_jump_and_durations_do_not() {
        let runtime = TestRuntime::new(0);
        let (day, mono) = (runtime.now(), runtime.monotonic());
        runtime.set_now(day - Duration::from_secs(3_600));
        assert_eq!(runtime.monotonic(), mono);
        runtime.advance(Duration::from_secs(5));
        assert_eq!(runtime.monotonic() - mono, Duration::from_secs(5));
        assert_eq!(runtime.now(), day - Duration::from_secs(3_595));
    }

    #[tokio::test]
    async fn a_skipping_clock_jumps() {
        let runtime = TestRuntime::skipping(0);
        let before = runtime.monotonic();
        runtime.sleep(Duration::from_secs(1_000_000)).await;
        assert_eq!(runtime.monotonic() - before, Duration::from_secs(1_000_000));
    }

    #[tokio::test]
    async fn a_dropped_sleep_no_longer_counts() {
        let runtime = TestRuntime::new(0);
        let sleep = tokio::spawn(runtime.sleep(Duration::from_secs(1)));
        runtime.sleeping(1).await;
        sleep.abort();
        assert!(sleep.await.unwrap_err().is_cancelled());
        assert_eq!(*runtime.0.sleepers.borrow(), 0);
    }
}
