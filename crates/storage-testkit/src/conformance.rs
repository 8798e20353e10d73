//! The contract of a driver as a table of cases, and what runs them.
//!
//! A provider's `tests/conformance.rs` implements [`Harness`] and asks for a green report:
//!
//! ```
//! use storage_core::{Result, Storage};
//! use storage_testkit::conformance::{self, Harness};
//!
//! struct Memory;
//!
//! #[async_trait::async_trait]
//! impl Harness for Memory {
//!     fn name(&self) -> &str {
//!         "memory"
//!     }
//!
//!     async fn open(&self) -> Result<Storage> {
//!         Ok(storage_core::memory::open())
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let report = conformance::run_matching(Memory, "ranges/").await;
//! report.assert_green();
//! # });
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Cases that a store can't pass for want of a feature are skipped, and the report says why. What a *server* is known
//! to do wrong stands in a file of [`KnownFailures`], each entry with the client that fails there in the same way.

mod case;
mod check;
mod ctx;
mod harness;
mod known;
mod needs;
mod report;
mod runner;
mod uploading;

pub use case::{Case, Outcome};
pub use check::{Failure, equal, fails, fails_with, that};
pub use ctx::{Ctx, Got, pattern};
pub use harness::{Harness, empty_container, unique_name};
pub use known::{Control, KnownFailure, KnownFailures};
pub use needs::Needs;
pub use report::{CaseResult, Report, Status};
pub use runner::{FILTER_VARIABLE, REPORT_VARIABLE, cases, run, run_matching};
pub use uploading::Uploading;

pub(crate) use case::cases;
