//! The providers of this build.

use storage_core::Provider;

/// The providers that the features of this build compile in.
pub static PROVIDERS: &[&Provider] = &[
    &storage_core::memory::PROVIDER,
    #[cfg(feature = "local")]
    &storage_local::PROVIDER,
    #[cfg(feature = "s3")]
    &storage_s3::PROVIDER,
    #[cfg(feature = "azure")]
    &storage_azure::PROVIDER,
];
