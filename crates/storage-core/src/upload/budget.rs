//! The bytes that uploads may hold in memory at once.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A number of bytes shared by all uploads of a storage.
///
/// Room for a whole part is taken before its first byte is read, so uploads never wait for each other in a circle.
#[derive(Clone, Debug)]
pub struct ByteBudget {
    semaphore: Arc<Semaphore>,
    units: u32,
}

/// Room is handed out in pieces of this size.
const UNIT: u64 = 4 << 10;

impl ByteBudget {
    /// Makes a budget of so many bytes, at least 4 KiB.
    pub fn new(bytes: u64) -> Self {
        let units = u32::try_from(bytes / UNIT).unwrap_or(u32::MAX >> 3).clamp(1, u32::MAX >> 3);
        Self { semaphore: Arc::new(Semaphore::new(units as usize)), units }
    }

    /// Waits for room; whoever asks for more than there is gets all of it.
    pub async fn acquire(&self, bytes: u64) -> BytePermit {
        let units = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX).min(self.units);
        // The semaphore is never closed.
        BytePermit(Arc::clone(&self.semaphore).acquire_many_owned(units).await.ok())
    }
}

/// Room in a budget, given back on drop.
#[derive(Debug)]
pub struct BytePermit(#[allow(dead_code, reason = "held for its drop")] Option<OwnedSemaphorePermit>);
