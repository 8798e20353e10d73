//! A credential that is fetched once for everybody, and again before it ends.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use storage_core::{Result, Runtime};

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
/// How long a failed early fetch is not repeated while the old one is good.
const PAUSE: Duration = Duration::from_secs(15);

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
    /// A fetch failed; the next early one comes not before this.
    pause_until: Option<SystemTime>,
}

impl<T: Expiring> Cached<T> {
    /// Holds nothing yet.
    pub fn new(runtime: Arc<dyn Runtime>) -> Self {
        let mut byte = [0];
        runtime.random(&mut byte);
        let early = EARLY + JITTER * u32::from(byte.first().copied().unwrap_or(0)) / 256;
        Self {
            runtime,
            early,
            slot: Mutex::new(Slot { value: None, pause_until: None }),
            fetching: tokio::sync::Mutex::default(),
        }
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
                Ok(new) => Ok(self.store(new)),
                Err(error) => {
                    tracing::warn!(target: "storage_http", %error, "new credentials could not be fetched; the old ones are still good");
                    self.lock().pause_until = now.checked_add(PAUSE);
                    Ok(Arc::clone(value))
                }
            };
        }
        let _turn = self.fetching.lock().await;
        if let (Some(value), _) = self.look(now) {
            return Ok(value);
        }
        Ok(self.store(fetch().await?))
    }

    /// Forgets the value, for instance because the service refuses it.
    pub fn forget(&self) {
        self.lock().value = None;
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

    fn store(&self, value: T) -> Arc<T> {
        let value = Arc::new(value);
        *self.lock() = Slot { value: Some(Arc::clone(&value)), pause_until: None };
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
