//! When another attempt is made, and after how long.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use storage_core::Runtime;

/// What one client may spend on repeated attempts while nothing succeeds.
const QUOTA: i64 = 500;
/// What an attempt costs after an error that passes by itself.
pub(crate) const COST: i64 = 14;
/// What an attempt costs after the service asked to slow down.
pub(crate) const COST_THROTTLED: i64 = 5;

/// The first wait after an error that passes by itself.
const BASE: Duration = Duration::from_millis(50);
/// The first wait after the service asked to slow down.
const BASE_THROTTLED: Duration = Duration::from_secs(1);

/// Stops a client from beating a service that is down: repeated attempts cost, successes pay back.
#[derive(Debug)]
pub(crate) struct Quota(AtomicI64);

impl Default for Quota {
    fn default() -> Self {
        Self(AtomicI64::new(QUOTA))
    }
}

impl Quota {
    /// Pays for another attempt, if there is enough left.
    pub(crate) fn pay(&self, cost: i64) -> bool {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| (left >= cost).then(|| left - cost))
            .is_ok()
    }

    /// Pays back after a success: what the last attempt cost, or 1.
    pub(crate) fn refund(&self, cost: i64) {
        // Read first: a full quota is the normal case and needs no shared write.
        if self.0.load(Ordering::Relaxed) < QUOTA {
            // The closure always gives a value.
            let _always_ok = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                Some((left + cost.max(1)).min(QUOTA))
            });
        }
    }
}

/// Returns how long to wait before the attempt that follows `failed` failed ones.
///
/// A random share of a span that doubles, at most `max`; a service that names a time gets it, up to `max`.
pub(crate) fn backoff(
    runtime: &dyn Runtime,
    failed: u32,
    throttled: bool,
    hint: Option<Duration>,
    max: Duration,
) -> Duration {
    let base = if throttled { BASE_THROTTLED } else { BASE };
    let span = base.saturating_mul(1 << failed.saturating_sub(1).min(20)).min(max);
    let wait = span.mul_f64(random_share(runtime));
    hint.map_or(wait, |hint| wait.max(hint.min(max)))
}

/// A random number from 0 up to 1.
fn random_share(runtime: &dyn Runtime) -> f64 {
    let mut bytes = [0; 4];
    runtime.random(&mut bytes);
    f64::from(u32::from_ne_bytes(bytes)) / (f64::from(u32::MAX) + 1.0)
}
