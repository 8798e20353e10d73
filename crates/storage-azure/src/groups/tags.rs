//! Tags of objects.

use async_trait::async_trait;
use storage_core::groups::{Tags, TagsDriver};
use storage_core::{ObjectRef, Result};

use crate::driver::AzureDriver;

#[async_trait]
impl TagsDriver for AzureDriver {
    async fn tags(&self, target: ObjectRef<'_>) -> Result<Tags> {
        self.client.get_tags(target).await
    }

    async fn set_tags(&self, target: ObjectRef<'_>, tags: &Tags) -> Result<()> {
        self.client.set_tags(target, tags).await
    }
}
