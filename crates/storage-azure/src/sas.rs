//! Signed queries for more than one object: what only Azure has.

use std::time::Duration;

use storage_core::{Container, Error, ErrorKind, Result, Secret};

use crate::credentials::{Credential, SharedKey};
use crate::driver::AzureDriver;
use crate::extension::Azure;
use crate::sign::sas::{AccountSas, Grant, Protocol, Resource, ResponseHeaders, ServiceSas};

/// What a signed query allows, and for how long.
///
/// ```
/// use std::time::Duration;
/// use storage_azure::SasOptions;
/// let options = SasOptions::new("rl", Duration::from_secs(3600)).ip("198.51.100.7");
/// assert_eq!(options.permissions, "rl");
/// ```
#[derive(Clone, Debug)]
#[must_use = "options do nothing by themselves"]
#[non_exhaustive]
pub struct SasOptions {
    /// The letters of what is allowed, such as `r` read, `w` write, `c` create, `d` delete, `l` list, `a` add, `t` tags.
    pub permissions: String,
    /// How long it is good.
    pub expires: Duration,
    /// The address, or the two ends of a range of them joined by `-`, that requests may come from.
    pub ip: Option<String>,
    /// The stored policy of the container that says more, and by which the query can be revoked.
    pub policy: Option<String>,
    /// The encryption scope of what is written.
    pub encryption_scope: Option<String>,
}

impl SasOptions {
    /// Allows something for a time.
    pub fn new(permissions: impl Into<String>, expires: Duration) -> Self {
        Self { permissions: permissions.into(), expires, ip: None, policy: None, encryption_scope: None }
    }

    /// Sets from where requests may come.
    pub fn ip(mut self, ip: impl Into<String>) -> Self {
        self.ip = Some(ip.into());
        self
    }

    /// Names a stored policy of the container.
    pub fn policy(mut self, id: impl Into<String>) -> Self {
        self.policy = Some(id.into());
        self
    }

    /// Sets the encryption scope of what is written.
    pub fn encryption_scope(mut self, scope: impl Into<String>) -> Self {
        self.encryption_scope = Some(scope.into());
        self
    }
}

impl Azure {
    /// Signs the address of a container and all that is in it, with the key of the account:
    /// [service SAS](https://learn.microsoft.com/rest/api/storageservices/create-service-sas).
    ///
    /// # Errors
    /// `Unauthenticated` without a key of the account, `InvalidInput` for permissions that there are not.
    pub async fn sign_container(&self, container: &Container, options: &SasOptions) -> Result<Secret> {
        self.sign_part(container, Resource::Container, options).await
    }

    /// Signs the address of what is below a directory, in accounts that have directories.
    ///
    /// # Errors
    /// As [`sign_container`](Self::sign_container).
    pub async fn sign_directory(
        &self,
        container: &Container,
        directory: &str,
        options: &SasOptions,
    ) -> Result<Secret> {
        self.sign_part(container, Resource::Directory(directory), options).await
    }

    /// Signs a query for the blobs of the whole account:
    /// [account SAS](https://learn.microsoft.com/rest/api/storageservices/create-account-sas). `levels` are the letters of
    /// what it is good for: `s` the service, `c` containers, `o` objects.
    ///
    /// # Errors
    /// As [`sign_container`](Self::sign_container).
    pub async fn sign_account(&self, levels: &str, options: &SasOptions) -> Result<Secret> {
        let driver = self.driver()?;
        let (key, grant) = prepare(driver, options).await?;
        let sas = AccountSas { grant, services: "b", resource_types: levels };
        sas.sign(&key)
    }

    async fn sign_part(
        &self,
        container: &Container,
        resource: Resource<'_>,
        options: &SasOptions,
    ) -> Result<Secret> {
        let driver = self.driver()?;
        let (key, grant) = prepare(driver, options).await?;
        let sas = ServiceSas {
            grant,
            container: container.name(),
            resource,
            identifier: options.policy.as_deref(),
            response: ResponseHeaders::default(),
        };
        let query = sas.sign(&key)?;
        let place = &driver.client.place;
        let path = place.container(container.name(), query.expose());
        Ok(Secret::new(format!("{}{path}", place.endpoint)))
    }
}

async fn prepare<'a>(
    driver: &AzureDriver,
    options: &'a SasOptions,
) -> Result<(std::sync::Arc<SharedKey>, Grant<'a>)> {
    let client = &driver.client;
    let now = client.http.clock().now();
    let Credential::SharedKey(key) = client.credentials.get(&client.http, now).await? else {
        let message = "only the key of the account signs for more than one object; give `account_key`";
        return Err(Error::new(ErrorKind::Unauthenticated, message));
    };
    let https = client.place.endpoint.scheme() == storage_http::Scheme::Https;
    let grant = Grant {
        permissions: &options.permissions,
        expiry: Some(now + options.expires),
        ip: options.ip.as_deref(),
        protocol: Some(if https { Protocol::Https } else { Protocol::HttpsAndHttp }),
        encryption_scope: options.encryption_scope.as_deref(),
        ..Grant::default()
    };
    Ok((key, grant))
}
