//! Directories as object storage: containers are directories below a root, objects are files in them.
//!
//! ```
//! use storage_local::LocalConfig;
//!
//! # tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
//! # let directory = tempfile::tempdir()?;
//! # let root = directory.path();
//! let storage = LocalConfig::new(root).open()?;
//! let photos = storage.container("photos")?;
//! photos.create().await?;
//!
//! let cat = photos.object("2026/cat.txt")?;
//! cat.put("meow").metadata("author", "jo").if_absent().await?;
//! assert_eq!(cat.get().text().await?, "meow");
//! assert!(root.join("photos/2026%/cat.txt").is_file());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is promised
//!
//! - A write is seen whole or not at all, and survives a crash of the system once it is acknowledged
//!   ([`Durability::Durable`], the default). Readers keep what they have begun to read.
//! - Of several writers that need the key to be free exactly one wins, across processes; a write or delete that needs
//!   a known entity tag compares and replaces under a lock that processes share.
//! - The entity tag is made of a file's number, size and time, and changes with every write. Content types, metadata,
//!   tags and a checksum are kept with the file (the extended attribute `user.storage`), or in a sidecar where the
//!   file system can't.
//! - No symbolic link is followed below the root, and nothing but regular files is read or replaced.
//!
//! # How keys become paths
//!
//! The same on every system, so that a root can be moved from one to another:
//!
//! - A key is cut at its slashes. The last segment is a file, each one before it a directory whose name ends in `%`:
//!   `a/b` is `a%/b`, which leaves room for the key `a` beside it. The file of a key that ends in a slash is `%empty`.
//! - `%`, control characters, `\ : * ? " < > |`, a dot or space at the end, and the first letter of a name that Windows
//!   takes for a device are written as `%` and two upper-case hexadecimal digits. All else stands for itself.
//! - Of a segment longer than 80 bytes (with its slash) every 80 bytes are a directory of their own, whose name ends
//!   in `%+`. A character that is cut in two is written as hexadecimal digits.
//! - `%staging` holds files that are being written and uploads that are not complete, `%lock` the files that
//!   conditional writes lock, `%meta` the sidecars.
//!
//! A file with a plain name that another program has put into a container is an object without attributes. What no key
//! is written like, such as a directory without `%`, is left alone: not listed, not read, not replaced.

#[cfg(not(unix))]
compile_error!(
    "storage-local needs file descriptors that paths are relative to; on this system there are none yet"
);

mod attributes;
mod complete;
mod config;
mod containers;
mod copy;
mod delete;
mod directories;
mod driver;
mod error;
mod escape;
mod groups;
mod journal;
mod keep;
mod listing;
mod lock;
mod path;
mod probe;
mod read;
mod staging;
mod store;
mod sys;
#[cfg(test)]
mod tests;
mod upload;
mod write;

use storage_core::{Error, ErrorKind, Provider, ProviderId, PutOptions};

pub use self::config::{AttributeStore, ChecksumSetting, Durability, LocalConfig};
pub use self::driver::LocalDriver;

/// The provider of the registry.
pub static PROVIDER: Provider = Provider {
    scheme: "local",
    protocol: "directories of a file system",
    ids: &[ProviderId {
        id: "local",
        aliases: &[],
        title: "Local directories",
        preset: &[],
        environment: &[],
    }],
    environment: &[("STORAGE_LOCAL_ROOT", "root")],
    keys: &["root", "create_root", "durability", "attributes", "checksum"],
    aliases: &[("key", "root"), ("path", "root")],
    open: |pairs| pairs.parse::<LocalConfig>()?.open(),
    put_options: |pairs| match pairs.iter().next() {
        None => Ok(PutOptions::default()),
        Some((name, _)) => Err(Error::new(
            ErrorKind::Configuration,
            format!("unknown option `{name}`; a local store has no options of its own for a write"),
        )),
    },
};
