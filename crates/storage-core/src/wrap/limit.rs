//! At most so many operations at once.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::around::{Call, Interceptor, around};
use super::class::Class;
use crate::error::{Error, ErrorKind, Result};
use crate::storage::Storage;

/// Lets at most so many operations run at once; the others wait in the order they came.
///
/// A read lasts until its body is read to the end or dropped. So an application that writes what it reads, back to the
/// same storage, can fill a common limit with bodies that all wait for their writes: give reads and writes
/// [limits of their own](Limits) there.
///
/// ```
/// use storage_core::{memory, wrap};
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let storage = wrap::limit(&memory::open(), 16);
/// let careful = wrap::limit(&storage, wrap::Limits::new().reads(8).writes(2));
/// careful.container("a")?.create().await?;
/// # Ok::<(), storage_core::Error>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn limit(storage: &Storage, limits: impl Into<Limits>) -> Storage {
    around(storage, Limit::new(limits.into()))
}

/// How many operations run at once; what is not given is not limited, and 0 counts as 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "limits do nothing by themselves"]
#[non_exhaustive]
pub struct Limits {
    /// All operations together.
    pub total: Option<usize>,
    /// Those that read content or what is known of one thing.
    pub reads: Option<usize>,
    /// Those that change something.
    pub writes: Option<usize>,
    /// Those that list.
    pub lists: Option<usize>,
}

impl Limits {
    /// Limits nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits all operations together.
    pub fn total(mut self, operations: usize) -> Self {
        self.total = Some(operations);
        self
    }

    /// Limits those that read content or what is known of one thing.
    pub fn reads(mut self, operations: usize) -> Self {
        self.reads = Some(operations);
        self
    }

    /// Limits those that change something.
    pub fn writes(mut self, operations: usize) -> Self {
        self.writes = Some(operations);
        self
    }

    /// Limits those that list.
    pub fn lists(mut self, operations: usize) -> Self {
        self.lists = Some(operations);
        self
    }
}

impl From<usize> for Limits {
    fn from(total: usize) -> Self {
        Self::new().total(total)
    }
}

/// The interceptor of [`limit`].
#[derive(Debug)]
pub struct Limit {
    total: Gate,
    reads: Gate,
    writes: Gate,
    lists: Gate,
}

impl Limit {
    /// Makes an interceptor with these limits.
    pub fn new(limits: Limits) -> Self {
        let Limits { total, reads, writes, lists } = limits;
        Self {
            total: Gate::new(total),
            reads: Gate::new(reads),
            writes: Gate::new(writes),
            lists: Gate::new(lists),
        }
    }

    fn class(&self, class: Class) -> &Gate {
        match class {
            Class::Read => &self.reads,
            Class::Write => &self.writes,
            Class::List => &self.lists,
        }
    }
}

#[async_trait]
impl Interceptor for Limit {
    type Permit = [Pass; 2];

    async fn enter(&self, call: &Call<'_>) -> Result<Self::Permit> {
        // The class first: whoever waits for it must not keep others from the room that all share.
        let class = self.class(Class::of(call.operation)).pass().await?;
        Ok([class, self.total.pass().await?])
    }
}

#[derive(Debug)]
struct Gate(Option<Arc<Semaphore>>);

/// The room that one operation takes, given back on drop.
#[derive(Debug)]
pub struct Pass(#[allow(dead_code, reason = "held for its drop")] Option<OwnedSemaphorePermit>);

impl Gate {
    fn new(limit: Option<usize>) -> Self {
        Self(limit.map(|it| Arc::new(Semaphore::new(it.clamp(1, Semaphore::MAX_PERMITS)))))
    }

    async fn pass(&self) -> Result<Pass> {
        let Some(semaphore) = &self.0 else { return Ok(Pass(None)) };
        let permit = Arc::clone(semaphore).acquire_owned().await;
        let closed = |error| Error::new(ErrorKind::Cancelled, "the limit was closed").with_source(error);
        permit.map(|it| Pass(Some(it))).map_err(closed)
    }
}
