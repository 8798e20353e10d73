//! Events of a transfer on its way.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};

/// How far a transfer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes that the other side has taken.
    pub bytes: u64,
    /// Bytes in all, where that is known.
    pub total: Option<u64>,
}

/// A function that is told how far a transfer is; cheap, since it is called from the transfer itself.
#[derive(Clone)]
pub struct ProgressHook(Arc<dyn Fn(Progress) + Send + Sync>);

impl ProgressHook {
    /// Wraps a function.
    pub fn new(hook: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hook))
    }

    /// Tells the function; one that panics ends this operation and nothing else.
    pub(crate) fn call(&self, bytes: u64, total: Option<u64>) -> Result<()> {
        catch_unwind(AssertUnwindSafe(|| (self.0)(Progress { bytes, total })))
            .map_err(|_| Error::new(ErrorKind::Cancelled, "the progress hook panicked"))
    }
}

impl<F: Fn(Progress) + Send + Sync + 'static> From<F> for ProgressHook {
    fn from(hook: F) -> Self {
        Self::new(hook)
    }
}

impl fmt::Debug for ProgressHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProgressHook(..)")
    }
}

/// Counts the bytes of one transfer and tells the hook, if there is one.
#[derive(Debug)]
pub(crate) struct Meter {
    hook: Option<ProgressHook>,
    bytes: u64,
    total: Option<u64>,
}

impl Meter {
    pub(crate) fn new(hook: Option<ProgressHook>, total: Option<u64>) -> Self {
        Self { hook, bytes: 0, total }
    }

    pub(crate) fn add(&mut self, bytes: u64) -> Result<()> {
        self.bytes += bytes;
        self.hook.as_ref().map_or(Ok(()), |hook| hook.call(self.bytes, self.total))
    }
}
