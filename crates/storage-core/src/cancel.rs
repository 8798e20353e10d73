//! Stopping an operation from outside.

use std::future::Future;
use std::pin::pin;

use futures_util::future::{Either, select};
use tokio::sync::watch;

use crate::error::{Error, ErrorKind, Result};

/// Stops operations that were given a clone of it: they abort what they began and end with `Cancelled`.
///
/// Dropping a future stops it too, but then the clean-up runs in the background and nobody hears of its outcome.
///
/// ```
/// use storage_core::CancelToken;
/// let token = CancelToken::new();
/// token.clone().cancel();
/// assert!(token.is_cancelled());
/// ```
#[derive(Clone, Debug)]
pub struct CancelToken(watch::Sender<bool>);

impl CancelToken {
    /// Makes a token that nobody has cancelled.
    pub fn new() -> Self {
        Self(watch::Sender::new(false))
    }

    /// Stops every operation that has a clone of the token; a second call changes nothing.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }

    /// Tells whether the token was cancelled.
    pub fn is_cancelled(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until the token is cancelled.
    pub async fn cancelled(&self) {
        // The sender lives as long as `self`, so the wait can't fail.
        drop(self.0.subscribe().wait_for(|cancelled| *cancelled).await);
    }

    /// Runs a future until it is done or the token is cancelled, whichever comes first.
    ///
    /// # Errors
    /// `Cancelled`, or the future's own error.
    pub async fn guard<T>(&self, future: impl Future<Output = Result<T>>) -> Result<T> {
        if self.is_cancelled() {
            return Err(cancelled());
        }
        match select(pin!(self.cancelled()), pin!(future)).await {
            Either::Left(_) => Err(cancelled()),
            Either::Right((result, _)) => result,
        }
    }
}

impl Default for CancelToken {
    fn default() -> Self {
        Self::new()
    }
}

/// Runs a future under a token, if there is one.
pub(crate) async fn guard<T>(
    token: Option<&CancelToken>,
    future: impl Future<Output = Result<T>>,
) -> Result<T> {
    match token {
        Some(token) => token.guard(future).await,
        None => future.await,
    }
}

fn cancelled() -> Error {
    Error::new(ErrorKind::Cancelled, "the operation was cancelled")
}
