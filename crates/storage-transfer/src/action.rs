//! What a transfer means to do, as data: a plan is a stream of actions.

use std::time::SystemTime;

use futures_util::stream::{BoxStream, StreamExt as _};
use storage::Error;

use crate::event::SkipReason;
use crate::tree::{Entry, Source, Target, Tree};
use crate::walk::{Found, Walk};

/// One step of a plan.
#[derive(Debug)]
#[non_exhaustive]
pub enum Action {
    /// Transfers one item.
    Copy(CopyAction),
    /// Leaves an item out.
    Skip {
        /// Its name.
        name: String,
        /// Why.
        reason: SkipReason,
    },
    /// Reports an item that can't be transferred.
    Fail {
        /// Its name; empty when the walk itself broke off.
        name: String,
        /// Why.
        error: Error,
    },
}

/// The transfer of one item.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CopyAction {
    /// Its name inside the tree.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// When it was changed last, as far as the walk could tell.
    pub modified: Option<SystemTime>,
    /// Where it is.
    pub source: Source,
    /// Where it goes.
    pub target: Target,
}

/// A plan: its steps in the order of the walk, made as they are asked for.
pub type Plan = BoxStream<'static, Action>;

/// Plans the transfer of everything that a walk finds.
pub(crate) fn copy_all(walk: Walk, to: Tree) -> Plan {
    walk.map(move |found| match found {
        Found::Entry(entry) => copy_one(entry, &to),
        Found::Skipped { name, reason } => Action::Skip { name, reason },
        Found::Failed { name, error } => Action::Fail { name, error },
    })
    .boxed()
}

/// Plans the transfer of one entry under its own name.
pub(crate) fn copy_one(entry: Entry, to: &Tree) -> Action {
    let Entry { name, size, modified, source } = entry;
    let target = match to {
        Tree::Directory(_) if size == 0 && name.ends_with('/') => {
            return Action::Skip { name, reason: SkipReason::DirectoryMarker };
        }
        Tree::Directory(_) => Target::File(name.clone()),
        Tree::Prefix { container, prefix } => match container.object(format!("{prefix}{name}")) {
            Ok(object) => Target::Object(object),
            Err(error) => return Action::Fail { name, error },
        },
    };
    Action::Copy(CopyAction { name, size, modified, source, target })
}
