//! Static websites: the account has one, in the container `$web`.

use async_trait::async_trait;
use storage_core::groups::{CorsRule, WebsiteConfig, WebsiteDriver};
use storage_core::{ContainerName, Result};

use crate::driver::AzureDriver;
use crate::wire::service_properties as wire;

/// The container that is the website of its account.
const WEB: &str = "$web";

#[async_trait]
impl WebsiteDriver for AzureDriver {
    async fn website(&self, container: &ContainerName) -> Result<Option<WebsiteConfig>> {
        if container.as_str() != WEB {
            return Ok(None);
        }
        let site = self.client.get_service_properties().await?.website;
        Ok(site.enabled.then(|| {
            let mut config = WebsiteConfig::new(site.index.unwrap_or_default());
            config.error = site.error_404;
            config
        }))
    }

    async fn set_website(&self, container: &ContainerName, config: Option<&WebsiteConfig>) -> Result<()> {
        if container.as_str() != WEB {
            return match config {
                None => Ok(()),
                Some(_) => Err(self.lacks("website in containers other than `$web`")),
            };
        }
        let site = wire::StaticWebsite {
            enabled: config.is_some(),
            index: config.map(|it| it.index.clone()),
            error_404: config.and_then(|it| it.error.clone()),
            default_index: None,
        };
        self.client.set_service_properties(wire::write_website(&site)).await
    }

    async fn website_url(&self, container: &ContainerName) -> Result<String> {
        let known = self.settings.website_endpoint.clone().filter(|_| container.as_str() == WEB);
        known.ok_or_else(|| {
            self.lacks("known address for websites; give `website_endpoint`, which the portal shows as primary endpoint")
        })
    }

    async fn cors(&self, container: &ContainerName) -> Result<Vec<CorsRule>> {
        self.of_account(container)?;
        Ok(self.client.get_service_properties().await?.cors)
    }

    async fn set_cors(&self, container: &ContainerName, rules: &[CorsRule]) -> Result<()> {
        self.of_account(container)?;
        self.client.set_service_properties(wire::write_cors(rules)?).await
    }
}

impl AzureDriver {
    /// The rules are those of the whole account, which nobody would expect of a container but its website.
    fn of_account(&self, container: &ContainerName) -> Result<()> {
        match container.as_str() {
            WEB => Ok(()),
            _ => Err(self
                .lacks("rules for pages of other sites in single containers; `$web` stands for the account")),
        }
    }
}
