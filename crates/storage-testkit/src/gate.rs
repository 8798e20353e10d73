//! A place where something waits until a test lets it go on, so that no test has to sleep.

use std::sync::Arc;

use tokio::sync::{Semaphore, watch};

/// A place where something waits until a test lets it go on.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// use storage_testkit::Gate;
///
/// let gate = Gate::new();
/// let waiting = tokio::spawn({
///     let gate = gate.clone();
///     async move { gate.pass().await }
/// });
/// gate.arrived(1).await;
/// assert!(!waiting.is_finished());
/// gate.release(1);
/// waiting.await?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Gate(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    permits: Semaphore,
    arrivals: watch::Sender<usize>,
}

impl Gate {
    /// Makes a gate that is closed.
    pub fn new() -> Self {
        Self(Arc::new(Inner { permits: Semaphore::new(0), arrivals: watch::Sender::new(0) }))
    }

    /// Lets the next `n` pass.
    pub fn release(&self, n: usize) {
        self.0.permits.add_permits(n);
    }

    /// Lets everybody pass from now on.
    pub fn open(&self) {
        self.0.permits.close();
    }

    /// Waits to be let through.
    pub async fn pass(&self) {
        self.0.arrivals.send_modify(|it| *it += 1);
        // A gate that was opened for good has a closed semaphore.
        if let Ok(permit) = self.0.permits.acquire().await {
            permit.forget();
        }
    }

    /// Returns how many came so far, waiting or through.
    pub fn arrivals(&self) -> usize {
        *self.0.arrivals.borrow()
    }

    /// Waits until `n` came.
    pub async fn arrived(&self, n: usize) {
        // The sender lives as long as `self`, so the wait can't fail.
        drop(self.0.arrivals.subscribe().wait_for(|it| *it >= n).await);
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}
