//! The skeleton protocol for the storage library.
//!
//! ```
//! use storage_skeleton::SkeletonConfig;
//!
//! let storage = SkeletonConfig::new().endpoint("https://skeleton.example.com").open()?;
//! assert_eq!(storage.provider().id, "skeleton");
//! # Ok::<(), storage_core::Error>(())
//! ```

mod client;
mod config;
mod credentials;
mod driver;
mod error;
mod groups;
mod sign;
mod vendors;
mod wire;

pub use config::{SkeletonConfig, SkeletonPutOptions};
pub use vendors::{Quirks, VENDORS, Vendor};

use storage_core::{Pairs, Provider, ProviderId, PutOptions};

/// The provider of the registry.
pub static PROVIDER: Provider = Provider {
    scheme: "skeleton",
    protocol: "Skeleton",
    ids: &[ProviderId { id: "skeleton", aliases: &[], title: "Skeleton", preset: &[], environment: &[] }],
    environment: &[("SKELETON_ENDPOINT", "endpoint"), ("SKELETON_SECRET", "secret")],
    keys: &["endpoint", "key", "secret", "vendor"],
    aliases: &[],
    open: |pairs: &Pairs| SkeletonConfig::from_pairs(pairs)?.open(),
    put_options: |pairs: &Pairs| Ok(PutOptions::new().extension(pairs.parse::<SkeletonPutOptions>()?)),
};
