//! One vocabulary for many object stores.
//!
//! A store is opened by its name and settings, from an address, or from the environment, and is used through the
//! handles [`Storage`], [`Container`] and [`Object`], which are the same for every provider:
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let storage = storage::open("memory", storage::NO_SETTINGS)?;
//! let photos = storage.container("photos")?;
//! photos.create().await?;
//! photos.object("cat.txt")?.put("meow").await?;
//! assert_eq!(photos.object("cat.txt")?.get().text().await?, "meow");
//! # Ok::<(), storage::Error>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//! Each feature compiles one provider in; none changes another one. [`memory`] is always there.
//!
//! | feature | providers |
//! |---|---|
//! | `local` (default) | directories of a file system as containers |
//! | `s3` (default) | Amazon S3 and the services that speak its protocol |
//! | `azure` | `storage::azure`, Azure Blob Storage: `az://container`, ids `azure` and `azure_blobs` |
//! | `http2` | none; HTTP/2 for services that offer it, where the setting `http.http2` asks for it |
//!
//! A program with providers of its own makes a [`Registry`] and registers them there.

mod address;
mod known;
mod providers;
mod registry;

pub use storage_core::*;

#[cfg(feature = "azure")]
pub use storage_azure as azure;
#[cfg(feature = "local")]
pub use storage_local as local;
#[cfg(feature = "s3")]
pub use storage_s3 as s3;

pub use address::{Address, Location};
pub use known::{KNOWN, Known, Protocol};
pub use providers::PROVIDERS;
pub use registry::Registry;

/// No settings, for [`open`].
pub const NO_SETTINGS: [(&str, &str); 0] = [];

/// Opens a storage by the id of its provider and settings; sends nothing over the network.
///
/// Ids and names of settings are taken in any case, with `-` and `_` alike.
///
/// ```
/// # #[cfg(feature = "local")] {
/// # let folder = tempfile::tempdir()?;
/// let storage = storage::open("local", [("root", folder.path().display().to_string())])?;
/// assert_eq!(storage.provider().id, "local");
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// `Configuration` when the id or a setting is unknown or can't be used; the error names it, the valid ones and the
/// nearest of them, and never shows a value. `Unsupported` when the provider is known and not part of this build.
pub fn open<N: AsRef<str>, V: Into<String>>(
    id: &str,
    settings: impl IntoIterator<Item = (N, V)>,
) -> Result<Storage> {
    Registry::with_compiled_in().open(id, settings)
}

/// Opens the storage that an address names: `ID://container/key?setting=value`.
///
/// How an address is read: [`Address::parse`].
///
/// ```
/// let location = storage::from_url("memory://photos/2026/cat.jpg")?;
/// assert_eq!(location.container.unwrap().name(), "photos");
/// assert_eq!(location.key.unwrap(), "2026/cat.jpg");
/// # Ok::<(), storage::Error>(())
/// ```
///
/// # Errors
/// Those of [`open`], `Configuration` when the address can't be read, and `InvalidContainerName` when the provider does
/// not allow the container's name.
pub fn from_url(url: &str) -> Result<Location> {
    Registry::with_compiled_in().from_url(url)
}

/// Opens a storage with settings from the environment: `STORAGE_<KEY>` first, then the vendor's own variables.
///
/// # Errors
/// Those of [`open`], and `Configuration` when a variable is not UTF-8.
pub fn from_env(id: &str) -> Result<Storage> {
    Registry::with_compiled_in().from_env(id)
}
