//! A runtime whose short sleeps take no time, while those that notice silence last until a test ends them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use storage_core::{BoxFuture, Runtime};
use storage_testkit::TestRuntime;

pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);

/// Jumps over sleeps of less than a day, and notes them.
#[derive(Clone, Debug)]
pub(crate) struct Quick {
    pub(crate) clock: TestRuntime,
    waits: Arc<Mutex<Vec<Duration>>>,
    /// Every byte of randomness.
    random: u8,
    spawned: Arc<AtomicUsize>,
}

impl Quick {
    /// Starts with randomness that is always this byte.
    pub(crate) fn new(random: u8) -> Self {
        Self { clock: TestRuntime::new(7), waits: Arc::default(), random, spawned: Arc::default() }
    }

    /// Returns the sleeps that were jumped over.
    pub(crate) fn waits(&self) -> Vec<Duration> {
        self.waits.lock().unwrap().clone()
    }

    /// Requires that the library started no task.
    pub(crate) fn assert_no_tasks(&self) {
        assert_eq!(self.spawned.load(Ordering::SeqCst), 0);
    }
}

impl Runtime for Quick {
    fn now(&self) -> SystemTime {
        self.clock.now()
    }

    fn monotonic(&self) -> Instant {
        self.clock.monotonic()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        if duration >= DAY {
            return self.clock.sleep(duration);
        }
        self.waits.lock().unwrap().push(duration);
        self.clock.advance(duration);
        Box::pin(std::future::ready(()))
    }

    fn random(&self, buffer: &mut [u8]) {
        buffer.fill(self.random);
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> bool {
        self.spawned.fetch_add(1, Ordering::SeqCst);
        self.clock.spawn(task)
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) -> bool {
        self.clock.spawn_blocking(work)
    }
}
