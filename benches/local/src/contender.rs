//! Who is measured: plain files written as carefully as ours, and the local store with and without what it adds.

use std::path::{Path, PathBuf};

use storage::local::{AttributeStore, ChecksumSetting, Durability, LocalConfig};
use storage::{Container, Result};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contender {
    /// `std::fs` inside `spawn_blocking`: a temporary file, then a rename.
    Plain,
    /// The local store without checksums and attributes.
    Bare,
    /// The local store as it is by default.
    Full,
}

impl Contender {
    pub(crate) const ALL: [Self; 3] = [Self::Plain, Self::Bare, Self::Full];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain files",
            Self::Bare => "storage, bare",
            Self::Full => "storage",
        }
    }

    pub(crate) fn open(self, root: &Path, durable: bool) -> Result<Bench> {
        let durability = if durable { Durability::Durable } else { Durability::None };
        let config = LocalConfig::new(root).durability(durability);
        let config = match self {
            Self::Bare => config.attributes(AttributeStore::Off).checksum(ChecksumSetting::Off),
            Self::Plain | Self::Full => config,
        };
        let container = config.open()?.container("bench")?;
        std::fs::create_dir_all(root.join("bench"))?;
        let plain = (self == Self::Plain).then(|| root.join("bench"));
        Ok(Bench { plain, container, durable })
    }
}

/// A contender with its directory.
pub(crate) struct Bench {
    pub(crate) plain: Option<PathBuf>,
    pub(crate) container: Container,
    pub(crate) durable: bool,
}
