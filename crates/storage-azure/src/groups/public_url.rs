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

    async fn cdn(&self, container: &ContainerName) -> Result<CdnInfo> {
        let base = self.settings.cdn_endpoint.as_deref().ok_or_else(|| {
            self.lacks("known delivery network; give `cdn_endpoint`, as the portal shows it")
        })?;
        let mut url = base.trim_end_matches('/').to_owned();
        url.push('/');
        storage_http::encode_key(container, &mut url);
        let mut info = CdnInfo::default();
        // The protocol does not tell whether it is switched on; the storage was told that there is one.
        info.enabled = true;
        info.urls = vec![("https".to_owned(), url)];
        Ok(info)
    }

    async fn set_cdn(&self, _: &ContainerName, _: &CdnOptions) -> Result<()> {
        Err(self.lacks("way to steer a delivery network by this protocol"))
    }

    async fn purge_cdn(&self, _: &ContainerName, _: &Key) -> Result<()> {
        Err(self.lacks("way to steer a delivery network by this protocol"))
    }
}
