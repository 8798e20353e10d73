//! A bound on how many bytes go up, and come down, in a second.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::stream;
use storage::wrap::{Call, Interceptor, around};
use storage::{Body, Result, Storage};

/// Lets so many bytes a second go up to a store, and as many come down.
pub(crate) fn limit(storage: &Storage, bytes_per_second: u64) -> Storage {
    let lane = || Arc::new(Lane { bytes_per_second: bytes_per_second.max(1), free: Mutex::new(None) });
    around(storage, Bandwidth { up: lane(), down: lane() })
}

#[derive(Debug)]
struct Bandwidth {
    up: Arc<Lane>,
    down: Arc<Lane>,
}

#[async_trait]
impl Interceptor for Bandwidth {
    type Permit = ();

    async fn enter(&self, call: &Call<'_>) -> Result<()> {
        if call.payload_bytes > 0 {
            tokio::time::sleep(self.up.book(Instant::now(), call.payload_bytes)).await;
        }
        Ok(())
    }

    fn body(&self, _: &Call<'_>, (): (), body: Body, _: u64) -> Body {
        let lane = Arc::clone(&self.down);
        Body::new(stream::unfold((body, lane), |(mut body, lane)| async move {
            let piece = body.next().await?;
            if let Ok(bytes) = &piece {
                tokio::time::sleep(lane.book(Instant::now(), bytes.len() as u64)).await;
            }
            Some((piece, (body, lane)))
        }))
    }
}

/// A line that carries one thing after the other, as fast as it may.
#[derive(Debug)]
struct Lane {
    bytes_per_second: u64,
    /// When all that is booked will have gone.
    free: Mutex<Option<Instant>>,
}

impl Lane {
    /// Books bytes and tells how long they have to wait for those before them.
    fn book(&self, now: Instant, bytes: u64) -> Duration {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let start = free.map_or(now, |it| it.max(now));
        // Whole numbers: a float would lose time on long transfers.
        let nanos = u128::from(bytes) * 1_000_000_000 / u128::from(self.bytes_per_second);
        let takes = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        // A time that no clock reaches is as good as the last one.
        *free = start.checked_add(takes).or(Some(start));
        start - now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_wait_for_those_before_them() {
        let lane = Lane { bytes_per_second: 1000, free: Mutex::new(None) };
        let start = Instant::now();
        let after = |milliseconds| start + Duration::from_millis(milliseconds);
        let waits = [(0, 500), (0, 250), (100, 1000), (5000, 10), (5000, 10)];
        let waits = waits.map(|(at, bytes)| lane.book(after(at), bytes).as_millis());
        assert_eq!(waits, [0, 500, 650, 0, 10]);
        assert_eq!(lane.book(after(6000), u64::MAX).as_millis(), 0);
    }
}
