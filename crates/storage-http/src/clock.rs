//! The time by the clock of the service.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use http::HeaderMap;
use storage_core::Runtime;

use crate::request::header_text;

/// Differences below this are no reason to refuse a signature, and dates are in whole seconds.
const AGREEMENT: Duration = Duration::from_secs(4 * 60);

/// The time of day, corrected by what the service says when it refuses ours.
#[derive(Debug)]
pub struct Clock {
    runtime: Arc<dyn Runtime>,
    /// What to add to our clock, in milliseconds.
    offset: AtomicI64,
}

impl Clock {
    /// Trusts the clock of the system until a service says otherwise.
    pub fn new(runtime: Arc<dyn Runtime>) -> Self {
        Self { runtime, offset: AtomicI64::new(0) }
    }

    /// Returns the time by the clock of the service, as far as it is known.
    pub fn now(&self) -> SystemTime {
        shift(self.runtime.now(), self.offset.load(Ordering::Relaxed))
    }

    /// Returns how far the system's clock is behind that of the service, in milliseconds; 0 while they agree.
    pub fn offset_ms(&self) -> i64 {
        self.offset.load(Ordering::Relaxed)
    }

    /// Takes the date of an answer that refused an attempt signed with the time `signed`, sent at `sent`; `true` when
    /// another attempt is worth it. Others may have corrected the clock since.
    ///
    /// The service read its clock at about the middle between sending and receiving.
    pub(crate) fn correct(
        &self,
        headers: &HeaderMap,
        signed: SystemTime,
        sent: SystemTime,
        received: SystemTime,
    ) -> bool {
        let Some(theirs) = date(headers) else { return false };
        let took = received.duration_since(sent).unwrap_or_default();
        let offset = difference_ms(theirs, sent + took / 2);
        if difference_ms(theirs, signed + took / 2).unsigned_abs() < millis(AGREEMENT) {
            return false;
        }
        let agree = offset.unsigned_abs() < millis(AGREEMENT);
        self.offset.store(if agree { 0 } else { offset }, Ordering::Relaxed);
        true
    }

    /// Takes the date of a good answer: a correction is dropped at once when the clocks agree again.
    pub(crate) fn observe(&self, headers: &HeaderMap) {
        if self.offset.load(Ordering::Relaxed) == 0 {
            return;
        }
        let Some(theirs) = date(headers) else { return };
        if difference_ms(theirs, self.runtime.now()).unsigned_abs() < millis(AGREEMENT) {
            self.offset.store(0, Ordering::Relaxed);
        }
    }
}

/// The date of an answer that was made just now; one with an age comes from a cache and proves nothing.
fn date(headers: &HeaderMap) -> Option<SystemTime> {
    if headers.contains_key(http::header::AGE) {
        return None;
    }
    httpdate::parse_http_date(header_text(headers, "date")?).ok()
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn difference_ms(a: SystemTime, b: SystemTime) -> i64 {
    let signed = |it: Duration| i64::try_from(it.as_millis()).unwrap_or(i64::MAX);
    match a.duration_since(b) {
        Ok(ahead) => signed(ahead),
        Err(behind) => -signed(behind.duration()),
    }
}

fn shift(time: SystemTime, by_ms: i64) -> SystemTime {
    let by = Duration::from_millis(by_ms.unsigned_abs());
    let shifted = if by_ms < 0 { time.checked_sub(by) } else { time.checked_add(by) };
    shifted.unwrap_or(time)
}
