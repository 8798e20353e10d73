//! How a transfer runs.

use storage::{CancelToken, PutOptions};

use crate::event::Observer;
use crate::filter::Filter;

/// Options of a transfer of a tree.
#[derive(Clone, Debug)]
#[must_use = "options do nothing by themselves"]
#[non_exhaustive]
pub struct TransferOptions {
    /// How many items are on their way at once.
    pub jobs: usize,
    /// The size of the parts of large items, in bytes; the engines choose when not given.
    pub part_bytes: Option<u64>,
    /// How many parts of one large item are on their way at once; the engines choose when not given.
    pub part_jobs: Option<usize>,
    /// How many bytes of items are held in memory at once.
    pub buffer_bytes: u64,
    /// What happens to what the destination has already.
    pub overwrite: Overwrite,
    /// Options of every write into a container.
    pub put: Option<PutOptions>,
    /// Asks for what was written unless the store has reported size and checksum already.
    pub verify: bool,
    /// Which names are meant.
    pub filter: Filter,
    /// Follows symbolic links that stay inside the tree.
    pub follow_links: bool,
    /// Writes the path of every file into the metadata of its object.
    pub source_path: bool,
    /// Restores the permissions that objects carry.
    pub permissions: bool,
    /// Deletes every item of the source that has arrived.
    pub remove_source: bool,
    /// How many failures the report keeps.
    pub keep_failures: usize,
    /// Is told what happens.
    pub observer: Option<Observer>,
    /// Stops the transfer.
    pub cancel: CancelToken,
}

impl Default for TransferOptions {
    fn default() -> Self {
        Self {
            jobs: Self::DEFAULT_JOBS,
            part_bytes: None,
            part_jobs: None,
            buffer_bytes: Self::DEFAULT_BUFFER_BYTES,
            overwrite: Overwrite::default(),
            put: None,
            verify: false,
            filter: Filter::new(),
            follow_links: false,
            source_path: false,
            permissions: false,
            remove_source: false,
            keep_failures: Self::DEFAULT_KEEP_FAILURES,
            observer: None,
            cancel: CancelToken::new(),
        }
    }
}

macro_rules! setters {
    ($($(#[$doc:meta])* $field:ident: $argument:ty => $value:expr;)*) => {
        impl TransferOptions {
            $($(#[$doc])*
            pub fn $field(mut self, $field: $argument) -> Self {
                self.$field = $value;
                self
            })*
        }
    };
}

setters! {
    /// Sets how many items are on their way at once, at least 1.
    jobs: usize => jobs.max(1);
    /// Sets the size of the parts of large items, in bytes.
    part_bytes: u64 => Some(part_bytes);
    /// Sets how many parts of one large item are on their way at once, at least 1.
    part_jobs: usize => Some(part_jobs.max(1));
    /// Sets how many bytes of items are held in memory at once.
    buffer_bytes: u64 => buffer_bytes;
    /// Sets what happens to what the destination has already.
    overwrite: Overwrite => overwrite;
    /// Sets options of every write into a container.
    put: PutOptions => Some(put);
    /// Sets whether what was written is asked for, unless the store has reported size and checksum already.
    verify: bool => verify;
    /// Sets which names are meant.
    filter: Filter => filter;
    /// Sets whether symbolic links are followed that stay inside the tree.
    follow_links: bool => follow_links;
    /// Sets whether the path of every file goes into the metadata of its object.
    source_path: bool => source_path;
    /// Sets whether permissions that objects carry are restored.
    permissions: bool => permissions;
    /// Sets whether every item of the source that has arrived is deleted.
    remove_source: bool => remove_source;
    /// Sets how many failures the report keeps.
    keep_failures: usize => keep_failures;
    /// Sets who is told what happens.
    observer: Observer => Some(observer);
    /// Sets the token that stops the transfer.
    cancel: CancelToken => cancel;
}

impl TransferOptions {
    /// How many items are on their way at once, unless set otherwise.
    pub const DEFAULT_JOBS: usize = 64;
    /// How many bytes of items are held in memory at once, unless set otherwise.
    pub const DEFAULT_BUFFER_BYTES: u64 = 128 << 20;
    /// How many failures the report keeps, unless set otherwise.
    pub const DEFAULT_KEEP_FAILURES: usize = 100;

    /// Starts with the defaults.
    pub fn new() -> Self {
        Self::default()
    }
}

/// What happens to what the destination has already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overwrite {
    /// It is replaced.
    #[default]
    Always,
    /// It stays, and the item is skipped.
    Never,
    /// It is replaced by what is newer; else the item is skipped.
    IfNewer,
}
