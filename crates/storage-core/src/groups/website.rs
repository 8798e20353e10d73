//! Static websites.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use crate::error::Result;
use crate::name::ContainerName;

/// Serves a container to browsers.
#[async_trait]
pub trait WebsiteDriver: Debug + Send + Sync {
    /// Returns the settings; `None` when the container is no website.
    async fn website(&self, container: &ContainerName) -> Result<Option<WebsiteConfig>>;

    /// Makes the container a website, or with `None` stops it.
    async fn set_website(&self, container: &ContainerName, config: Option<&WebsiteConfig>) -> Result<()>;

    /// Returns the address of the website.
    async fn website_url(&self, container: &ContainerName) -> Result<String>;

    /// Returns which pages of other sites may read the container.
    async fn cors(&self, container: &ContainerName) -> Result<Vec<CorsRule>>;

    /// Sets which pages of other sites may read the container; no rule forbids all.
    async fn set_cors(&self, container: &ContainerName, rules: &[CorsRule]) -> Result<()>;
}

/// The documents of a website.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WebsiteConfig {
    /// The document of a directory, such as `index.html`.
    pub index: String,
    /// The document shown for what is not there.
    pub error: Option<String>,
}

impl WebsiteConfig {
    /// Names the document of a directory.
    pub fn new(index: impl Into<String>) -> Self {
        Self { index: index.into(), error: None }
    }

    /// Names the document shown for what is not there.
    #[must_use]
    pub fn error(mut self, key: impl Into<String>) -> Self {
        self.error = Some(key.into());
        self
    }
}

/// Which pages of other sites may do what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CorsRule {
    /// Origins, such as `https://example.com` or `*`.
    pub origins: Vec<String>,
    /// Methods, such as `GET`.
    pub methods: Vec<String>,
    /// Headers that a page may send.
    pub headers: Vec<String>,
    /// Headers that a page may see.
    pub expose: Vec<String>,
    /// How long a browser may keep the answer.
    pub max_age: Option<Duration>,
}
