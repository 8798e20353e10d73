//! Random sequences of operations on two stores, which have to give the same outcomes.
//!
//! The memory driver is the contract in running form; whatever sequence of [`Step`]s is run, another driver has to
//! answer as it does: the same kinds of errors, the same content and metadata, the same listings.
//!
//! ```
//! use storage_testkit::model::{Condition, Step, compare};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let steps = [
//!     Step::Put { key: "a".into(), content: 1, len: 10, metadata: Some(7), condition: Condition::None },
//!     Step::Put { key: "a".into(), content: 2, len: 10, metadata: None, condition: Condition::Absent },
//!     Step::Get { key: "a".into(), range: Some((2, 5)) },
//!     Step::List { prefix: String::new(), delimiter: true, start_after: None, limit: Some(1) },
//! ];
//! let (one, two) = (storage_core::memory::open(), storage_core::memory::open());
//! compare(&one, "candidate", &two, "model", &steps).await?;
//! # Ok::<(), storage_testkit::conformance::Failure>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod side;
#[cfg(feature = "proptest")]
mod strategy;

#[cfg(feature = "proptest")]
pub use strategy::{keys, steps};

use storage_core::Storage;

use crate::conformance::{Failure, Outcome};
use side::Side;

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are those of the call")]
pub enum Step {
    /// Writes an object; `content` is the seed of its bytes, `metadata` that of its entries and media type.
    Put { key: String, content: u64, len: usize, metadata: Option<u64>, condition: Condition },
    /// Reads an object or a range of it.
    Get { key: String, range: Option<(u64, u64)> },
    /// Reads the last bytes of an object.
    Tail { key: String, bytes: u64 },
    /// Asks for an object.
    Head { key: String },
    /// Deletes an object.
    Delete { key: String, condition: Condition },
    /// Copies an object.
    Copy { from: String, to: String },
    /// Renames an object.
    Rename { from: String, to: String },
    /// Lists objects, all pages.
    List { prefix: String, delimiter: bool, start_after: Option<String>, limit: Option<u32> },
    /// Replaces an object's metadata.
    Metadata { key: String, metadata: u64 },
    /// Uploads parts of these seeds, and completes or aborts the upload.
    Upload { key: String, parts: Vec<u64>, complete: bool, condition: Condition },
}

/// What has to hold for a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// Nothing.
    #[default]
    None,
    /// There is no object.
    Absent,
    /// The object has the entity tag that it has now.
    Current,
    /// The object has the entity tag that it had before it was written last.
    Stale,
}

/// Runs the steps on both stores, each in a new container, and compares every outcome.
///
/// Steps that one of them can't take are left out on both.
///
/// # Errors
/// The first step whose outcomes differ, with both, or a difference of what is left in the end.
pub async fn compare(
    one: &Storage,
    one_name: &str,
    two: &Storage,
    two_name: &str,
    steps: &[Step],
) -> Outcome {
    let (mut first, mut second) = (Side::open(one).await?, Side::open(two).await?);
    let outcome = run(&mut first, one_name, &mut second, two_name, steps).await;
    first.close().await?;
    second.close().await?;
    outcome
}

async fn run(one: &mut Side, one_name: &str, two: &mut Side, two_name: &str, steps: &[Step]) -> Outcome {
    let everything = Step::List { prefix: String::new(), delimiter: false, start_after: None, limit: None };
    let ordered = one.is_ordered() && two.is_ordered();
    for (number, step) in steps.iter().chain([&everything]).enumerate() {
        if !one.can(step) || !two.can(step) {
            continue;
        }
        let (mut first, mut second) = (one.take(step).await, two.take(step).await);
        if !ordered {
            first.sort();
            second.sort();
        }
        if first != second {
            let text =
                format!("step {number} {step:?}: {one_name} gives {first:?}, {two_name} gives {second:?}");
            return Err(Failure::new(text));
        }
    }
    for key in one.keys() {
        let step = Step::Get { key, range: None };
        let (first, second) = (one.take(&step).await, two.take(&step).await);
        if first != second {
            let text =
                format!("in the end {step:?}: {one_name} gives {first:?}, {two_name} gives {second:?}");
            return Err(Failure::new(text));
        }
    }
    Ok(())
}
