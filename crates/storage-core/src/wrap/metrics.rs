//! Counts of what goes through a storage.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;

use super::around::{Call, Interceptor, around, hold};
use crate::body::Body;
use crate::error::{Error, ErrorKind, Result};
use crate::idempotency::Operation;
use crate::storage::Storage;

/// Counts the calls of a storage, their ends, and the bytes that they move.
///
/// ```
/// use storage_core::{ErrorKind, Operation, memory, wrap};
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (storage, metrics) = wrap::metrics(&memory::open());
/// let container = storage.container("a")?;
/// container.create().await?;
/// container.object("k")?.put("twelve bytes").await?;
/// assert!(!container.object("other")?.exists().await?);
///
/// let counts = metrics.snapshot();
/// assert_eq!(counts.of(Operation::PutObject).sent_bytes, 12);
/// assert_eq!(counts.of(Operation::HeadObject).errors, [(ErrorKind::ObjectNotFound, 1)]);
/// # Ok::<(), storage_core::Error>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn metrics(storage: &Storage) -> (Storage, Metrics) {
    let metrics = Metrics::default();
    (around(storage, metrics.clone()), metrics)
}

/// The counters, and the interceptor of [`metrics()`](metrics); clones count together.
#[derive(Clone, Debug, Default)]
pub struct Metrics(Arc<Table>);

impl Metrics {
    /// Reads the counters. While calls run, counts that belong together may be one call apart.
    pub fn snapshot(&self) -> MetricsSnapshot {
        let rows = Operation::ALL.iter().zip(&self.0.rows);
        MetricsSnapshot(rows.map(|(operation, row)| row.read(*operation)).collect())
    }
}

/// The counts at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricsSnapshot(Vec<OperationCounts>);

impl MetricsSnapshot {
    /// Returns the counts of one operation.
    pub fn of(&self, operation: Operation) -> OperationCounts {
        let found = self.0.iter().find(|it| it.operation == operation);
        found.cloned().unwrap_or_else(|| OperationCounts::new(operation))
    }

    /// Goes through the operations that were called at all.
    pub fn iter(&self) -> impl Iterator<Item = &OperationCounts> {
        self.0.iter().filter(|it| it.calls > 0)
    }

    /// Returns the number of all calls.
    pub fn calls(&self) -> u64 {
        self.0.iter().map(|it| it.calls).sum()
    }
}

/// The counts of one operation: every call succeeds, fails, is abandoned, or still runs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationCounts {
    /// The operation.
    pub operation: Operation,
    /// How many calls were made.
    pub calls: u64,
    /// How many succeeded; a read when its body has come to the end.
    pub succeeded: u64,
    /// How many failed, in the middle of a body too.
    pub failed: u64,
    /// How many were given up: their future or body was dropped.
    pub abandoned: u64,
    /// How many still run, with bodies that are still read.
    pub running: u64,
    /// The bytes of content that the store has taken.
    pub sent_bytes: u64,
    /// The bytes of content that have come.
    pub received_bytes: u64,
    /// How many failed in which way, where any did.
    pub errors: Vec<(ErrorKind, u64)>,
}

impl OperationCounts {
    fn new(operation: Operation) -> Self {
        Self {
            operation,
            calls: 0,
            succeeded: 0,
            failed: 0,
            abandoned: 0,
            running: 0,
            sent_bytes: 0,
            received_bytes: 0,
            errors: Vec::new(),
        }
    }
}

// A kind that is missing here does not compile.
macro_rules! kinds {
    ($($kind:ident)*) => {
        const KINDS: &[ErrorKind] = &[$(ErrorKind::$kind,)*];
        const _: fn(ErrorKind) = |kind| match kind { $(ErrorKind::$kind => {})* };
    };
}
kinds! {
    ContainerNotFound ContainerAlreadyExists ContainerNotEmpty InvalidContainerName ObjectNotFound AlreadyExists
    PreconditionFailed NotModified InvalidRange InvalidInput Unsupported ChecksumMismatch Truncated Changed Ambiguous
    ListingLoop SourceMismatch UnexpectedResponse Unauthenticated PermissionDenied Unavailable Throttled Timeout
    Cancelled Connect Tls StorageFull Io Configuration
}

#[derive(Debug)]
struct Table {
    rows: Box<[Row]>,
}

impl Default for Table {
    fn default() -> Self {
        Self { rows: Operation::ALL.iter().map(|_| Row::default()).collect() }
    }
}

#[derive(Debug)]
struct Row {
    calls: AtomicU64,
    succeeded: AtomicU64,
    abandoned: AtomicU64,
    sent: AtomicU64,
    received: AtomicU64,
    errors: [AtomicU64; KINDS.len()],
}

impl Default for Row {
    fn default() -> Self {
        Self {
            calls: AtomicU64::default(),
            succeeded: AtomicU64::default(),
            abandoned: AtomicU64::default(),
            sent: AtomicU64::default(),
            received: AtomicU64::default(),
            errors: std::array::from_fn(|_| AtomicU64::default()),
        }
    }
}

impl Row {
    fn read(&self, operation: Operation) -> OperationCounts {
        // Ends are read before beginnings, so that a call that ends meanwhile is not below zero. The release of an end
        // makes its beginning visible to whoever acquires the end.
        let get = |counter: &AtomicU64| counter.load(Ordering::Acquire);
        let errors = KINDS.iter().zip(&self.errors).map(|(kind, counter)| (*kind, get(counter)));
        let errors: Vec<_> = errors.filter(|(_, count)| *count > 0).collect();
        let failed = errors.iter().map(|(_, count)| count).sum();
        let (succeeded, abandoned) = (get(&self.succeeded), get(&self.abandoned));
        let calls = get(&self.calls);
        OperationCounts {
            operation,
            calls,
            succeeded,
            failed,
            abandoned,
            running: calls.saturating_sub(succeeded + failed + abandoned),
            sent_bytes: get(&self.sent),
            received_bytes: get(&self.received),
            errors,
        }
    }

    fn ended(&self, end: End) {
        let counter = match end {
            End::Succeeded => Some(&self.succeeded),
            End::Abandoned => Some(&self.abandoned),
            End::Failed(kind) => KINDS.iter().position(|it| *it == kind).and_then(|at| self.errors.get(at)),
        };
        if let Some(counter) = counter {
            counter.fetch_add(1, Ordering::Release);
        }
    }
}

/// How a call has ended, as far as it has.
#[derive(Clone, Copy, Debug)]
enum End {
    Succeeded,
    Failed(ErrorKind),
    Abandoned,
}

/// A call that is counted as ended when this is dropped.
#[derive(Debug)]
pub struct Running {
    table: Arc<Table>,
    operation: Operation,
    end: End,
}

impl Running {
    fn row(&self) -> Option<&Row> {
        self.table.rows.get(self.operation as usize)
    }

    fn add(&self, counter: impl Fn(&Row) -> &AtomicU64, count: u64) {
        if let Some(row) = self.row() {
            counter(row).fetch_add(count, Ordering::Relaxed);
        }
    }

    /// Counts a piece of a body, of which so many bytes are still to come.
    fn read(&mut self, piece: Option<&Result<Bytes>>, missing: &mut u64) {
        match piece {
            Some(Ok(piece)) => {
                let bytes = piece.len() as u64;
                self.add(|row| &row.received, bytes);
                *missing = missing.saturating_sub(bytes);
                // Readers that know the length do not ask for the end behind it.
                if *missing == 0 {
                    self.end = End::Succeeded;
                }
            }
            Some(Err(error)) => self.end = End::Failed(error.kind()),
            None => self.end = End::Succeeded,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(row) = self.row() {
            row.ended(self.end);
        }
    }
}

#[async_trait]
impl Interceptor for Metrics {
    type Permit = Running;

    async fn enter(&self, call: &Call<'_>) -> Result<Running> {
        let running = Running { table: Arc::clone(&self.0), operation: call.operation, end: End::Abandoned };
        running.add(|row| &row.calls, 1);
        Ok(running)
    }

    fn leave(&self, call: &Call<'_>, running: &mut Running, outcome: Result<(), &Error>) -> Result<()> {
        match outcome {
            Ok(()) => {
                running.add(|row| &row.sent, call.payload_bytes);
                running.end = End::Succeeded;
            }
            Err(error) => running.end = End::Failed(error.kind()),
        }
        Ok(())
    }

    fn body(&self, _: &Call<'_>, mut running: Running, body: Body, body_bytes: u64) -> Body {
        let mut missing = body_bytes;
        if missing > 0 {
            running.end = End::Abandoned;
        }
        hold(body, running, move |running, piece| running.read(piece, &mut missing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_at_the_place_of_its_number() {
        for (at, operation) in Operation::ALL.iter().enumerate() {
            assert_eq!(*operation as usize, at, "{operation}");
        }
    }
}
