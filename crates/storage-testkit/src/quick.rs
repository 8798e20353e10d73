//! A runtime whose short sleeps take no time, while those that notice silence last until a test ends them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use storage_core::{BoxFuture, Runtime};

use crate::runtime::TestRuntime;

/// Jumps over sleeps of less than a [`DAY`](Self::DAY), such as those between attempts, and notes them; longer ones last
/// until a test moves the clock. So a client whose time-outs are set to days waits for nothing, and notices nothing.
#[derive(Clone, Debug)]
pub struct QuickRuntime {
    /// The clock, for tests that move it.
    pub clock: TestRuntime,
    waits: Arc<Mutex<Vec<Duration>>>,
    /// Every byte of randomness; that of the clock when there is none.
    random: Option<u8>,
    long: Duration,
    spawned: Arc<AtomicUsize>,
}

impl QuickRuntime {
    /// Sleeps from here on last.
    pub const DAY: Duration = Duration::from_secs(24 * 3600);

    /// Starts with randomness of a seed.
    pub fn new() -> Self {
        Self {
            clock: TestRuntime::new(7),
            waits: Arc::default(),
            random: None,
            long: Self::DAY,
            spawned: Arc::default(),
        }
    }

    /// Starts with randomness that is always this byte.
    pub fn fixed(random: u8) -> Self {
        Self { random: Some(random), ..Self::new() }
    }

    /// Sets from which length on a sleep lasts, for what gives up sooner than after a day.
    #[must_use]
    pub fn lasting(mut self, long: Duration) -> Self {
        self.long = long;
        self
    }

    /// Returns the sleeps that were jumped over.
    pub fn waits(&self) -> Vec<Duration> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns how many tasks were started.
    pub fn spawned(&self) -> usize {
        self.spawned.load(Ordering::SeqCst)
    }
}

impl Default for QuickRuntime {
    fn default() -> Self {
        Self::new()
    }
}

impl Runtime for QuickRuntime {
    fn now(&self) -> SystemTime {
        self.clock.now()
    }

    fn monotonic(&self) -> Instant {
        self.clock.monotonic()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        if duration >= self.long {
            return self.clock.sleep(duration);
        }
        self.waits.lock().unwrap_or_else(PoisonError::into_inner).push(duration);
        self.clock.advance(duration);
        Box::pin(std::future::ready(()))
    }

    fn random(&self, buffer: &mut [u8]) {
        match self.random {
            Some(byte) => buffer.fill(byte),
            None => self.clock.random(buffer),
        }
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> bool {
        self.spawned.fetch_add(1, Ordering::SeqCst);
        self.clock.spawn(task)
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) -> bool {
        self.clock.spawn_blocking(work)
    }
}
