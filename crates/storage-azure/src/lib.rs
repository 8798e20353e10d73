//! Azure Blob Storage.
//!
//! ```no_run
//! # async fn example() -> storage_core::Result<()> {
//! use storage_azure::AzureConfig;
//!
//! let storage = AzureConfig::new().account("acme").account_key("a2V5").open()?;
//! let photos = storage.container("photos")?;
//! photos.object("cat.jpg")?.upload_file("cat.jpg").await?;
//! # Ok(())
//! # }
//! ```
//!
//! What only this service has is on [`Azure`]: leases, snapshots, append and page blobs, tiers.
//!
//! Calls go down: `driver` and `groups` (core types in and out), `client` (one method a call of the protocol), `sign`,
//! `wire` and `error` (pure functions).

mod client;
mod config;
mod copy;
mod credentials;
mod driver;
mod error;
mod extension;
mod groups;
mod headers;
mod kinds;
mod limits;
mod names;
mod open;
mod options;
mod place;
mod presign;
mod protect;
mod sas;
mod sign;
mod upload;
mod wire;

pub use config::{AuthType, AzureConfig, AzurePutOptions, BlobType, Cloud, ImmutabilityMode};
pub use extension::{Azure, Leasable, RehydratePriority};
pub use open::PROVIDER;
pub use options::{AzureDeleteOptions, DeleteSnapshots};
pub use sas::SasOptions;
