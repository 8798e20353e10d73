//! What a transfer tells while it runs.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use storage::{Error, ErrorKind, Result};

/// Something that happened in a transfer. Names are those inside the tree.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// An item was found and will be transferred.
    Planned {
        /// Its name.
        name: &'a str,
        /// Its size.
        bytes: u64,
    },
    /// The source was walked to its end: nothing more will be planned.
    Walked,
    /// The transfer of an item began.
    Started {
        /// Its name.
        name: &'a str,
        /// Its size.
        bytes: u64,
    },
    /// More bytes of an item have arrived.
    Progress {
        /// Its name.
        name: &'a str,
        /// How many more than before.
        bytes: u64,
    },
    /// An item is complete.
    Done {
        /// Its name.
        name: &'a str,
        /// Its size.
        bytes: u64,
    },
    /// An item was left out.
    Skipped {
        /// Its name.
        name: &'a str,
        /// Why.
        reason: &'a SkipReason,
    },
    /// An item failed; the others go on.
    Failed {
        /// Its name.
        name: &'a str,
        /// Why.
        error: &'a Error,
    },
}

/// Why an item was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SkipReason {
    /// It is a symbolic link, and links are not followed.
    Symlink,
    /// It is a symbolic link that points out of the tree.
    LinkLeavesTree,
    /// It is a symbolic link to one of the directories that it lies in.
    LinkLoop,
    /// It is a symbolic link to nothing.
    DanglingLink,
    /// It is a pipe, socket or device.
    SpecialFile,
    /// It was deleted while the tree was walked.
    Vanished,
    /// It is an empty object that only marks a directory.
    DirectoryMarker,
    /// The destination has it, and is not to be overwritten.
    Exists,
    /// What the destination has is as new.
    NotNewer,
}

impl SkipReason {
    /// Returns a word for machines.
    pub fn code(&self) -> &'static str {
        self.row().0
    }

    fn row(&self) -> (&'static str, &'static str) {
        match self {
            Self::Symlink => ("symlink", "a symbolic link, and links are not followed"),
            Self::LinkLeavesTree => ("link_leaves_tree", "a symbolic link that leads out of the tree"),
            Self::LinkLoop => ("link_loop", "a symbolic link to a directory that holds it"),
            Self::DanglingLink => ("dangling_link", "a symbolic link to nothing"),
            Self::SpecialFile => ("special_file", "a pipe, socket or device"),
            Self::Vanished => ("vanished", "deleted while the tree was read"),
            Self::DirectoryMarker => ("directory_marker", "an empty object that only marks a directory"),
            Self::Exists => ("exists", "the destination has it already"),
            Self::NotNewer => ("not_newer", "what the destination has is as new"),
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().1)
    }
}

/// A function that is told every event; cheap, since it is called from the transfer itself.
#[derive(Clone)]
pub struct Observer(Arc<dyn Fn(&Event<'_>) + Send + Sync>);

impl Observer {
    /// Wraps a function.
    pub fn new(observer: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(observer))
    }

    /// Tells the function, and lets a panic through.
    pub(crate) fn call(&self, event: &Event<'_>) {
        (self.0)(event);
    }

    /// Tells the function; a panic in it ends the item that the event is about, and nothing else.
    pub(crate) fn tell(&self, event: &Event<'_>) -> Result<()> {
        catch_unwind(AssertUnwindSafe(|| (self.0)(event)))
            .map_err(|_| Error::new(ErrorKind::Cancelled, "the observer of the transfer panicked"))
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer(..)")
    }
}
