//! Public addresses and content delivery networks.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use crate::error::Result;
use crate::name::{ContainerName, Key};

/// Gives public addresses and steers the content delivery network, where there is one.
#[async_trait]
pub trait PublicUrlDriver: Debug + Send + Sync {
    /// Returns the address of a container or, with a key, of an object for readers without credentials. It is no
    /// promise that they may read it.
    async fn public_url(&self, container: &ContainerName, key: Option<&Key>) -> Result<String>;

    /// Returns the state of the container's delivery network.
    ///
    /// # Errors
    /// `Unsupported` where there is none.
    async fn cdn(&self, container: &ContainerName) -> Result<CdnInfo>;

    /// Switches the container's delivery network on or off.
    async fn set_cdn(&self, container: &ContainerName, options: &CdnOptions) -> Result<()>;

    /// Has the delivery network forget an object.
    async fn purge_cdn(&self, container: &ContainerName, key: &Key) -> Result<()>;
}

/// The state of a delivery network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CdnInfo {
    /// Tells whether it is on.
    pub enabled: bool,
    /// How long it keeps objects.
    pub ttl: Option<Duration>,
    /// Addresses, by the service's own name for each kind.
    pub urls: Vec<(String, String)>,
}

/// Settings of a delivery network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CdnOptions {
    /// Switches it on or off.
    pub enabled: bool,
    /// How long it keeps objects.
    pub ttl: Option<Duration>,
}

impl CdnOptions {
    /// Switches it on or off.
    pub fn new(enabled: bool) -> Self {
        Self { enabled, ttl: None }
    }
}
