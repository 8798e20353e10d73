//! Calls about tags and about the settings of the account.

use http::Method;
use storage_core::groups::Tags;
use storage_core::{ChecksumMode, Checksums, ObjectRef, Result};
use storage_http::{Failure, Follow};

use crate::client::Client;
use crate::client::proven;
use crate::protect::protect;
use crate::wire;
use crate::wire::delegation_key::UserDelegationKey;
use crate::wire::service_properties::ServiceProperties;

impl Client {
    /// Asks for tags: [Get Blob Tags](https://learn.microsoft.com/rest/api/storageservices/get-blob-tags).
    pub(crate) async fn get_tags(&self, target: ObjectRef<'_>) -> Result<Tags> {
        let request = self.blob("GetBlobTags", Method::GET, target.container, target.key, "comp=tags");
        self.read(request, |body| wire::tags::parse(body)).await
    }

    /// Replaces tags: [Set Blob Tags](https://learn.microsoft.com/rest/api/storageservices/set-blob-tags).
    pub(crate) async fn set_tags(&self, target: ObjectRef<'_>, tags: &Tags) -> Result<()> {
        let mut request = self
            .blob("SetBlobTags", Method::PUT, target.container, target.key, "comp=tags")
            .payload(wire::tags::write(tags));
        protect(&mut request, ChecksumMode::Auto, &Checksums::new(), false, self.http.runtime()).await?;
        self.send(request, proven).await
    }

    /// Asks for settings of the account:
    /// [Get Blob Service Properties](https://learn.microsoft.com/rest/api/storageservices/get-blob-service-properties).
    pub(crate) async fn get_service_properties(&self) -> Result<ServiceProperties> {
        let query = "comp=properties&restype=service";
        let request = self.service("GetBlobServiceProperties", Method::GET, query);
        self.read(request, |body| wire::service_properties::parse(body)).await
    }

    /// Sets those settings of the account that a document names:
    /// [Set Blob Service Properties](https://learn.microsoft.com/rest/api/storageservices/set-blob-service-properties).
    pub(crate) async fn set_service_properties(&self, document: bytes::Bytes) -> Result<()> {
        let query = "comp=properties&restype=service";
        let request = self.service("SetBlobServiceProperties", Method::PUT, query).payload(document);
        self.send(request, proven).await
    }

    /// Gets a key that signs addresses in the place of the account's:
    /// [Get User Delegation Key](https://learn.microsoft.com/rest/api/storageservices/get-user-delegation-key).
    pub(crate) async fn get_delegation_key(&self, start: &str, expiry: &str) -> Result<UserDelegationKey> {
        let query = "comp=userdelegationkey&restype=service";
        let request = self
            .service("GetUserDelegationKey", Method::POST, query)
            .payload(wire::delegation_key::write(start, expiry));
        // Azurite gives this answer no id; that there is a key in it proves as much.
        self.send(request, |answer| {
            wire::delegation_key::parse(&answer.body)
                .map_err(|error| Failure { error, follow: Follow::IfIdempotent })
        })
        .await
    }
}
