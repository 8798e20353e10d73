//! Drivers over drivers: what every store can have, whatever its provider is.
//!
//! [`prefix()`] shows a part of the keys as if it were all, [`limit()`] bounds what goes on at once, [`metrics()`] counts, and
//! [`chaos()`] makes an application meet the failures that real services have. Each takes a [`Storage`](crate::Storage)
//! and gives one back, so they stack in any order. Whoever needs another one writes an [`Interceptor`] and gives it to
//! [`around()`]; every call of the contract then goes through it.
//!
//! ```
//! use storage_core::{Operation, memory, wrap};
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let (storage, metrics) = wrap::metrics(&wrap::limit(&memory::open(), 8));
//! let tenant = wrap::prefix(&storage, "tenants/42/")?;
//!
//! let container = tenant.container("data")?;
//! container.create().await?;
//! container.object("a")?.put("x").await?;
//!
//! assert_eq!(storage.container("data")?.object("tenants/42/a")?.get().text().await?, "x");
//! assert_eq!(metrics.snapshot().of(Operation::PutObject).calls, 1);
//! # Ok::<(), storage_core::Error>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A wrapper is a store of its own: copies between a storage and a wrapper of it pass through the application, and
//! uploads have a [buffer](crate::Storage::with_buffer_bytes) of their own.

mod around;
mod chaos;
mod class;
mod limit;
mod metrics;
mod prefix;

pub use around::{Around, Call, Interceptor, around, hold};
pub use chaos::{Chaos, ChaosOptions, chaos};
pub use class::Class;
pub use limit::{Limit, Limits, limit};
pub use metrics::{Metrics, MetricsSnapshot, OperationCounts, metrics};
pub use prefix::{PrefixView, prefix};
