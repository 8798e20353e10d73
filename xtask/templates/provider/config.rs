//! The settings of an account, and how they become a storage.

use std::sync::Arc;

use serde::Deserialize;
use storage_core::{Error, ErrorKind, Pairs, Result, Runtime, Secret, Storage, TokioRuntime};
use storage_http::{Client as HttpClient, Endpoint, HttpConfig};

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
    /// Settings of the HTTP client, the keys that start with `http.`.
    pub http: HttpConfig,
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

    /// Reads settings from pairs.
    pub(crate) fn from_pairs(pairs: &Pairs) -> Result<Self> {
        let (own, http) = HttpConfig::split(pairs)?;
        Ok(Self { http, ..own.parse()? })
    }

    /// Opens the storage; sends nothing over the network.
    ///
    /// # Errors
    /// `Configuration` naming the setting that is missing or can't be used.
    pub fn open(self) -> Result<Storage> {
        let vendor = vendors::find(self.vendor.as_deref().unwrap_or(vendors::DEFAULT))?;
        let endpoint = self.endpoint.as_deref().or(vendor.endpoint);
        let endpoint = endpoint.ok_or_else(|| configuration("set `endpoint`: the vendor has no place of its own"))?;
        let endpoint = Endpoint::parse(endpoint, "")?;
        let credentials = Credentials::new(self.key, self.secret)?;
        let runtime: Arc<dyn Runtime> = Arc::new(TokioRuntime);
        let http = HttpClient::new(self.http, Arc::clone(&runtime))?;
        let driver = SkeletonDriver::new(vendor, Client::new(http, endpoint, credentials));
        Ok(Storage::with_runtime(Arc::new(driver), runtime))
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
