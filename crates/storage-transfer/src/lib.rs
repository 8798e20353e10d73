//! Whole trees of files and objects: copied, backed up, restored and checked.
//!
//! A [`Tree`] is a directory of ordinary files or the objects under a prefix. [`copy()`] walks one and writes the other:
//! in constant memory, many small items and a few large ones at once. What befalls one item (a file that can't be read,
//! a key that would leave the destination) is reported by its name, and the others go on.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! use storage_transfer::{backup, restore};
//! # let folder = tempfile::tempdir()?;
//! # let (documents, elsewhere) = (folder.path().join("documents"), folder.path().join("elsewhere"));
//! # std::fs::create_dir(&documents)?;
//! # std::fs::write(documents.join("a.txt"), "hello")?;
//! let container = storage::memory::open().container("backups")?;
//! container.create().await?;
//! let done = backup(&documents, &container, "documents").await?;
//! assert!(done.report.is_complete());
//! restore(&container, done.prefix, &elsewhere).await?;
//! assert_eq!(std::fs::read_to_string(elsewhere.join("a.txt"))?, "hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod action;
pub mod attributes;
mod backup;
mod check;
mod copy;
mod event;
mod execute;
mod filter;
mod options;
mod overlap;
mod perform;
mod place;
mod report;
mod restore;
mod summary;
mod tree;
mod walk;

pub use action::{Action, CopyAction, Plan};
pub use backup::{BackedUp, Backup, backup};
pub use check::{CheckOptions, Compared, Verdict, check, checksums_of};
pub use copy::{Copy, copy, copy_entries};
pub use event::{Event, Observer, SkipReason};
pub use filter::Filter;
pub use options::{Overwrite, TransferOptions};
pub use overlap::refuse_overlap;
pub use report::{Failure, Report};
pub use restore::{Restore, Restored, restore};
pub use summary::{Mention, State, Summary};
pub use tree::{Entry, Source, Target, Tree};
pub use walk::{Found, Walk, WalkOptions, walk, walk_names};
