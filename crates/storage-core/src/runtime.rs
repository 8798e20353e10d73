//! The seam to time, sleep, randomness and tasks, so that tests own them.

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime};

use crate::error::{Error, ErrorKind, Result};

/// A future without a name.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What the library needs of its surroundings.
pub trait Runtime: Debug + Send + Sync + 'static {
    /// Returns the time of day; used for signatures and ages, never for durations.
    fn now(&self) -> SystemTime;

    /// Returns the time of the monotonic clock; used for durations.
    fn monotonic(&self) -> Instant;

    /// Waits.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;

    /// Fills a buffer with random bytes.
    fn random(&self, buffer: &mut [u8]);

    /// Runs a task in the background; `false` when there is nothing to run it on.
    fn spawn(&self, task: BoxFuture<'static, ()>) -> bool;

    /// Runs work that may block on a thread of its own; `false` when there is nothing to run it on.
    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) -> bool;
}

/// The tokio runtime that the caller is on, the system's clocks and its random numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioRuntime;

impl Runtime for TokioRuntime {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn monotonic(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(async move { tokio::time::sleep(duration).await })
    }

    fn random(&self, buffer: &mut [u8]) {
        // Without a source of randomness the hash seeds of the standard library still differ from call to call.
        if getrandom::fill(buffer).is_err() {
            use std::hash::{BuildHasher as _, RandomState};
            for chunk in buffer.chunks_mut(8) {
                let word = RandomState::new().hash_one(Instant::now()).to_ne_bytes();
                chunk.iter_mut().zip(word).for_each(|(to, from)| *to = from);
            }
        }
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> bool {
        let Ok(handle) = tokio::runtime::Handle::try_current() else { return false };
        drop(handle.spawn(task));
        true
    }

    fn spawn_blocking(&self, work: Box<dyn FnOnce() + Send>) -> bool {
        let Ok(handle) = tokio::runtime::Handle::try_current() else { return false };
        drop(handle.spawn_blocking(work));
        true
    }
}

/// Runs work that may block and waits for its result.
///
/// # Errors
/// `Cancelled` when the runtime shuts down before the work has run, or the work panics.
///
/// # Cancel safety
/// Work that has begun runs to its end even if the future is dropped.
pub async fn blocking<T, F>(runtime: &dyn Runtime, work: F) -> Result<T>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T> + Send + 'static,
{
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let started = runtime.spawn_blocking(Box::new(move || {
        // The receiver is gone when the caller no longer waits.
        drop(sender.send(work()));
    }));
    if !started {
        return Err(Error::new(
            ErrorKind::Cancelled,
            "there is no tokio runtime to work on; call this inside one",
        ));
    }
    receiver.await.unwrap_or_else(|_| {
        Err(Error::new(ErrorKind::Cancelled, "the work was stopped: the runtime shut down or it panicked"))
    })
}
