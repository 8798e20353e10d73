//! The S3 protocol, and the services that speak it.
//!
//! ```no_run
//! # async fn example() -> storage_core::Result<()> {
//! use storage_s3::S3Config;
//!
//! let storage = S3Config::new().region("eu-west-1").open()?;
//! let photos = storage.container("photos")?;
//! photos.object("cat.jpg")?.upload_file("cat.jpg").await?;
//! # Ok(())
//! # }
//! ```
//!
//! A service other than Amazon's is a row of [`VENDORS`], and its differences are the fields of [`Quirks`]. What only S3
//! has is on [`S3`]: POST policies, rules for abandoned uploads, object lock.
//!
//! Calls go down: `driver` and `groups` (core types in and out), `client` (one method a call of the protocol), `sign`,
//! `wire` and `error` (pure functions).

mod client;
mod config;
mod credentials;
mod driver;
mod error;
mod extension;
mod groups;
mod headers;
mod ids;
mod names;
mod open;
mod protect;
mod sign;
mod vendors;
mod wire;

pub use config::{
    ChecksumSetting, EncryptionSetting, Feature, ObjectLockMode, S3Config, S3PutOptions, Timestamp,
};
pub use extension::S3;
pub use open::PROVIDER;
pub use sign::policy::{PostForm, PostPolicy, PostValue};
pub use vendors::{
    Addressing, BucketNames, EndpointVariant, ListEncoding, ListVersion, LocationConstraint, Quirks,
    SignatureVersion, VENDORS, Vendor,
};
