//! What a driver of the storage library is tested with.
//!
//! - [`conformance`]: every promise of the driver contract as a case, a runner that skips what a store lacks and says
//!   why, and a file of what servers are known to do wrong.
//! - [`model`]: random sequences of operations on two stores, which have to give the same outcomes.
//! - [`server`]: an HTTP server on a raw socket that answers by script, with every way to answer badly, and a log of
//!   the exact bytes that it was sent.
//! - [`faulty`]: a driver around another one that fails, cuts and corrupts by rule, and counts calls.
//! - [`TestRuntime`]: a clock that stands still until it is told to move, and seeded randomness.
//! - [`Tape`]: a subscriber that keeps all traces, to look for secrets in.
//! - [`source`]: sources of uploads that are short, long, slow or broken, and hooks that panic.
//!
//! A driver's own `tests/conformance.rs` is some twenty lines:
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
//! # let run = |harness| conformance::run_matching(harness, "delete/");
//! # /*
//! let run = conformance::run;
//! # */
//! run(Memory).await.assert_green();
//! # });
//! # Ok::<(), std::io::Error>(())
//! ```

mod cases;
pub mod conformance;
pub mod faulty;
mod gate;
pub mod model;
mod quick;
mod runtime;
pub mod server;
pub mod source;
mod tape;

pub use gate::Gate;
pub use quick::QuickRuntime;
pub use runtime::TestRuntime;
pub use tape::{Tape, chain, names, until};
