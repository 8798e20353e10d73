//! Addresses for readers without credentials.

use async_trait::async_trait;
use storage_core::groups::{CdnInfo, CdnOptions, PublicUrlDriver};
use storage_core::{ContainerName, Key, Result};

use crate::driver::S3Driver;

#[async_trait]
impl PublicUrlDriver for S3Driver {
    async fn public_url(&self, container: &ContainerName, key: Option<&Key>) -> Result<String> {
        Ok(self.client.public_url(container, key))
    }

    async fn cdn(&self, container: &ContainerName) -> Result<CdnInfo> {
        let url = self.settings.cdn_url(container).ok_or_else(|| self.lacks("content delivery network"))?;
        let mut info = CdnInfo::default();
        // The host is there for every bucket; whether it is switched on, the protocol does not tell.
        info.enabled = true;
        info.urls = vec![("https".to_owned(), url)];
        Ok(info)
    }

    async fn set_cdn(&self, _: &ContainerName, _: &CdnOptions) -> Result<()> {
        Err(self.lacks("way to switch a content delivery network by this protocol"))
    }

    async fn purge_cdn(&self, _: &ContainerName, _: &Key) -> Result<()> {
        Err(self.lacks("way to purge a content delivery network by this protocol"))
    }
}
