//! Access lists.

use async_trait::async_trait;
use storage_core::groups::{Acl, AclDriver};
use storage_core::{CannedAcl, ContainerName, Key, Result};

use crate::driver::S3Driver;

#[async_trait]
impl AclDriver for S3Driver {
    async fn acl(&self, container: &ContainerName, key: Option<&Key>) -> Result<Acl> {
        self.client.get_acl(container, key).await
    }

    async fn set_acl(&self, container: &ContainerName, key: Option<&Key>, acl: &Acl) -> Result<()> {
        self.client.put_acl(container, key, acl).await
    }

    async fn set_canned_acl(
        &self,
        container: &ContainerName,
        key: Option<&Key>,
        acl: CannedAcl,
    ) -> Result<()> {
        self.client.put_canned_acl(container, key, acl).await
    }
}
