//! Who may read a container without credentials; the service has nothing finer.

use async_trait::async_trait;
use storage_core::groups::{Acl, AclDriver, Grant, Grantee, Permission};
use storage_core::{CannedAcl, ContainerName, Key, Result};

use crate::driver::AzureDriver;

#[async_trait]
impl AclDriver for AzureDriver {
    async fn acl(&self, container: &ContainerName, key: Option<&Key>) -> Result<Acl> {
        self.of_container(key)?;
        let (access, _) = self.client.get_container_acl(container).await?;
        let mut acl = Acl::default();
        if access.is_some() {
            acl.grants.push(Grant { grantee: Grantee::Everyone, permission: Permission::Read });
        }
        Ok(acl)
    }

    async fn set_acl(&self, container: &ContainerName, key: Option<&Key>, acl: &Acl) -> Result<()> {
        self.of_container(key)?;
        let everyone = Grant { grantee: Grantee::Everyone, permission: Permission::Read };
        match acl.grants.as_slice() {
            [] => self.set_access(container, None).await,
            [only] if *only == everyone => self.set_access(container, Some("container")).await,
            _ => Err(self.lacks("grants other than that of everyone to read")),
        }
    }

    async fn set_canned_acl(
        &self,
        container: &ContainerName,
        key: Option<&Key>,
        acl: CannedAcl,
    ) -> Result<()> {
        self.of_container(key)?;
        match acl {
            CannedAcl::Private => self.set_access(container, None).await,
            CannedAcl::PublicRead => self.set_access(container, Some("container")).await,
            _ => Err(self.lacks("such a list of who may do what; `private` and `public-read` it has")),
        }
    }
}

impl AzureDriver {
    fn of_container(&self, key: Option<&Key>) -> Result<()> {
        match key {
            Some(_) => Err(self.lacks("access lists of single objects")),
            None => Ok(()),
        }
    }

    async fn set_access(&self, container: &ContainerName, access: Option<&'static str>) -> Result<()> {
        // The call replaces the stored policies, too, which are none of its business.
        let (_, policies) = self.client.get_container_acl(container).await?;
        self.client.set_container_acl(container, access, &policies).await
    }
}
