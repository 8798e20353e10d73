//! A credential that is fetched once for everybody, and again before it ends.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use storage_core::{Error, ErrorKind, Result, Runtime};

/// What ends at a time.
pub trait Expiring {
    /// Returns when it ends; `None` when it does not.
    fn expires(&self) -> Option<SystemTime>;
}

/// How long before the end a new one is fetched.
const EARLY: Duration = Duration::from_secs(5 * 60);
/// By how much that differs between processes, so that they do not all ask at once.
const JITTER: Duration = Duration::from_secs(60);
/// What ends within this is not given out any more.
const MARGIN: Duration = Duration::from_secs(10);
/// How long an early fetch is not repeated: it failed, or gave what ends soon as well.
const PAUSE: Duration = Duration::from_secs(15);
/// How long a value is not forgotten: requests that were signed with the one before are still on their way.
const FRESH: Duration = Duration::from_secs(10);

/// A value that is fetched by one task for all, early enough that nobody waits, and given out until it ends.
pub struct Cached<T> {
    runtime: Arc<dyn Runtime>,
    early: Duration,
    slot: Mutex<Slot<T>>,
    /// Held while fetching.
    fetching: tokio::sync::Mutex<()>,
}

struct Slot<T> {
    value: Option<Arc<T>>,
    /// The next early fetch comes not before this.
    pause_until: Option<SystemTime>,
    fetched: Option<Instant>,
    /// How many fetches for those who wait have failed, and how the last one did.
    failures: u64,
    failure: Option<(ErrorKind, String, bool)>,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self { value: None, pause_until: None, fetched: None, failures: 0, failure: None }
    }
}

impl<T: Expiring> Cached<T> {
    /// Holds nothing yet.
    pub fn new(runtime: Arc<dyn Runtime>) -> Self {
        let mut byte = [0];
        runtime.random(&mut byte);
        let early = EARLY + JITTER * u32::from(byte.first().copied().unwrap_or(0)) / 256;
        Self { runtime, early, slot: Mutex::default(), fetching: tokio::sync::Mutex::default() }
    }

    /// Returns the value, fetching it when there is none or it is about to end. While one task fetches early, the
    /// others go on with the old value; when it has ended they wait for that one fetch.
    ///
    /// # Errors
    /// What the fetch met, if there is no good value any more.
    ///
    /// # Cancel safety
    /// A dropped fetch changes nothing; the next caller fetches.
    pub async fn get<F>(&self, now: SystemTime, fetch: impl FnOnce() -> F) -> Result<Arc<T>>
    where
        F: Future<Output = Result<T>>,
    {
        let (good, due) = self.look(now);
        if let Some(value) = &good {
            if !due {
                return Ok(Arc::clone(value));
            }
            let Ok(_turn) = self.fetching.try_lock() else { return Ok(Arc::clone(value)) };
            // Somebody may have fetched between the look and the turn.
            if let (Some(value), false) = self.look(now) {
                return Ok(value);
            }
            return match fetch().await {
                Ok(new) => Ok(self.store(new, now)),
                Err(error) => {
                    tracing::warn!(target: "storage_http", %error, "new credentials could not be fetched; the old ones are still good");
                    self.lock().pause_until = now.checked_add(PAUSE);
                    Ok(Arc::clone(value))
                }
            };
        }
        let before = self.lock().failures;
        let _turn = self.fetching.lock().await;
        if let (Some(value), _) = self.look(now) {
            return Ok(value);
        }
        // The fetch that this call waited for has failed, and so would the next.
        if let Some(error) = self.failure_since(before) {
            return Err(error);
        }
        match fetch().await {
            Ok(new) => Ok(self.store(new, now)),
            Err(error) => {
                let mut slot = self.lock();
                slot.failures += 1;
                slot.failure = Some((error.kind(), error.message().to_owned(), error.is_retryable()));
                Err(error)
            }
        }
    }

    /// Forgets the value, because the service refuses it. One that was fetched just now is kept, since it was the one
    /// before that was refused.
    pub fn forget(&self) {
        let now = self.runtime.monotonic();
        let mut slot = self.lock();
        if slot.fetched.is_none_or(|it| now.saturating_duration_since(it) >= FRESH) {
            slot.value = None;
        }
    }

    fn failure_since(&self, before: u64) -> Option<Error> {
        let slot = self.lock();
        let (kind, message, retryable) = slot.failure.as_ref().filter(|_| slot.failures > before)?;
        Some(Error::new(*kind, message.clone()).with_retryable(*retryable))
    }

    /// Returns the value that is still good, and whether a new one is due.
    fn look(&self, now: SystemTime) -> (Option<Arc<T>>, bool) {
        let slot = self.lock();
        let Some(value) = &slot.value else { return (None, true) };
        let Some(expires) = value.expires() else { return (Some(Arc::clone(value)), false) };
        let left = expires.duration_since(now).unwrap_or_default();
        if left <= MARGIN {
            return (None, true);
        }
        let paused = slot.pause_until.is_some_and(|until| now < until);
        (Some(Arc::clone(value)), left <= self.early && !paused)
    }

    fn store(&self, value: T, now: SystemTime) -> Arc<T> {
        let ends_soon =
            value.expires().is_some_and(|it| it.duration_since(now).unwrap_or_default() <= self.early);
        let value = Arc::new(value);
        let mut slot = self.lock();
        slot.value = Some(Arc::clone(&value));
        slot.pause_until = now.checked_add(PAUSE).filter(|_| ends_soon);
        slot.fetched = Some(self.runtime.monotonic());
        value
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Slot<T>> {
        // Nothing panics while it is held, and the slot is always whole.
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> fmt::Debug for Cached<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cached")
            .field("early", &self.early)
            .field("runtime", &self.runtime)
            .finish_non_exhaustive()
    }
}
