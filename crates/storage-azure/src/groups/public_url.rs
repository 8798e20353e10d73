//! Addresses for readers without credentials.

use async_trait::async_trait;
use storage_core::groups::{CdnInfo, CdnOptions, PublicUrlDriver};
use storage_core::{ContainerName, Key, Result};

use crate::driver::AzureDriver;

#[async_trait]
impl PublicUrlDriver for AzureDriver {
    async fn public_url(&self, container: &ContainerName, key: Option<&Key>) -> Result<String> {
        let place = &self.client.place;
        let path = match key {
            Some(key) => place.blob(container, key, ""),
            None => place.container(container, ""),
        };
        Ok(format!("{}{path}", place.endpoint))
    }

    async fn cdn(&self, _: &ContainerName) -> Result<CdnInfo> {
        Err(self.lacks("content delivery network by this protocol"))
    }

    async fn set_cdn(&self, _: &ContainerName, _: &CdnOptions) -> Result<()> {
        Err(self.lacks("content delivery network by this protocol"))
    }

    async fn purge_cdn(&self, _: &ContainerName, _: &Key) -> Result<()> {
        Err(self.lacks("content delivery network by this protocol"))
    }
}
