//! The settings of an account, and how they become a storage.

use std::sync::Arc;

use http::Uri;
use serde::Deserialize;
use storage_core::{Error, ErrorKind, Result, Secret, Storage};

use crate::client::Client;
use crate::credentials::Credentials;
use crate::driver::SkeletonDriver;
use crate::vendors;

/// Settings of one account. The field names are the configuration keys.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SkeletonConfig {
    /// Who runs the service; one of [`VENDORS`](crate::VENDORS).
    pub vendor: Option<String>,
    /// Where the service is; the vendor's own place unless it is set.
    pub endpoint: Option<String>,
    /// The name of the access key.
    pub key: Option<String>,
    /// The secret of the access key.
    pub secret: Option<Secret>,
}

impl SkeletonConfig {
    /// Sets nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets where the service is.
    #[must_use]
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Opens the storage; sends nothing over the network.
    ///
    /// # Errors
    /// `Configuration` naming the setting that is missing or can't be used.
    pub fn open(self) -> Result<Storage> {
        let vendor = vendors::find(self.vendor.as_deref().unwrap_or(vendors::DEFAULT))?;
        let endpoint = self.endpoint.as_deref().or(vendor.endpoint);
        let endpoint = endpoint.ok_or_else(|| configuration("set `endpoint`: the vendor has no place of its own"))?;
        let endpoint: Uri = endpoint.parse().map_err(|_| configuration("`endpoint` is no address"))?;
        let credentials = Credentials::new(self.key, self.secret)?;
        let driver = SkeletonDriver::new(vendor, Client::new(endpoint, credentials));
        Ok(Storage::new(Arc::new(driver)))
    }
}

/// Options of a put that only this protocol has.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SkeletonPutOptions {}

fn configuration(message: &'static str) -> Error {
    Error::new(ErrorKind::Configuration, message)
}
