//! Tags of objects.

use async_trait::async_trait;
use storage_core::groups::{Tags, TagsDriver};
use storage_core::{ObjectRef, Result};

use crate::driver::S3Driver;

#[async_trait]
impl TagsDriver for S3Driver {
    async fn tags(&self, target: ObjectRef<'_>) -> Result<Tags> {
        self.client.get_tags(target.container, target.key).await
    }

    async fn set_tags(&self, target: ObjectRef<'_>, tags: &Tags) -> Result<()> {
        self.client.put_tags(target.container, target.key, tags).await
    }
}
