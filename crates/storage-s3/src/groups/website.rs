//! Static websites, and which pages of other sites may read a bucket.

use async_trait::async_trait;
use storage_core::groups::{CorsRule, WebsiteConfig, WebsiteDriver};
use storage_core::{ContainerName, Result};

use crate::driver::S3Driver;

#[async_trait]
impl WebsiteDriver for S3Driver {
    async fn website(&self, container: &ContainerName) -> Result<Option<WebsiteConfig>> {
        self.need_websites()?;
        self.client.get_website(container).await
    }

    async fn set_website(&self, container: &ContainerName, config: Option<&WebsiteConfig>) -> Result<()> {
        self.need_websites()?;
        self.client.put_website(container, config).await
    }

    async fn website_url(&self, container: &ContainerName) -> Result<String> {
        self.need_websites()?;
        self.settings.website_url(container).ok_or_else(|| self.lacks("known address for websites"))
    }

    async fn cors(&self, container: &ContainerName) -> Result<Vec<CorsRule>> {
        self.need_cors()?;
        self.client.get_cors(container).await
    }

    async fn set_cors(&self, container: &ContainerName, rules: &[CorsRule]) -> Result<()> {
        self.need_cors()?;
        self.client.put_cors(container, rules).await
    }
}

impl S3Driver {
    // A sub-resource that a service does not know may fall through to the bucket itself, so it is never tried.
    fn need_websites(&self) -> Result<()> {
        if self.client.quirks.website { Ok(()) } else { Err(self.lacks("static websites")) }
    }

    fn need_cors(&self) -> Result<()> {
        if self.client.quirks.cors { Ok(()) } else { Err(self.lacks("rules for pages of other sites")) }
    }
}
