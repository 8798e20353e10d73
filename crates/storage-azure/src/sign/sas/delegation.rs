//! Signatures for a container or a part of it, with a key that Microsoft Entra ID stands behind.
//!
//! <https://learn.microsoft.com/rest/api/storageservices/create-user-delegation-sas>

use std::fmt;

use ring::hmac;
use storage_core::{Result, Secret};

use crate::sign::sas::draft::Draft;
use crate::sign::sas::{Grant, PERMISSIONS, Resource, ResponseHeaders, Version};

/// A key that the service gives to an identity for some days. The texts are as it gave them.
pub(crate) struct DelegationKey {
    /// Whose key it is.
    pub(crate) object_id: String,
    pub(crate) tenant_id: String,
    pub(crate) start: String,
    pub(crate) expiry: String,
    pub(crate) service: String,
    pub(crate) version: String,
    /// The tenant of users that signatures may be for.
    pub(crate) delegated_tenant_id: Option<String>,
    /// The key itself, by [`decode_key`](crate::sign::decode_key).
    pub(crate) key: hmac::Key,
}

impl fmt::Debug for DelegationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DelegationKey").field("expiry", &self.expiry).finish_non_exhaustive()
    }
}

/// What an identity allows, as far as it may do so itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DelegationSas<'a> {
    pub(crate) grant: Grant<'a>,
    pub(crate) container: &'a str,
    pub(crate) resource: Resource<'a>,
    pub(crate) response: ResponseHeaders<'a>,
    /// The user that the owner vouches for; the service does not check what that user may do.
    pub(crate) authorized_object_id: Option<&'a str>,
    /// The user that the service does check.
    pub(crate) unauthorized_object_id: Option<&'a str>,
    /// What finds the use of the signature in the logs.
    pub(crate) correlation_id: Option<&'a str>,
    /// The user that must send a token besides the signature.
    pub(crate) delegated_object_id: Option<&'a str>,
}

impl DelegationSas<'_> {
    /// Returns the query, encoded.
    ///
    /// # Errors
    /// As for [`ServiceSas`](crate::sign::sas::ServiceSas).
    pub(crate) fn sign(&self, account: &str, key: &DelegationKey) -> Result<Secret> {
        self.check(key)?;
        let mut draft = Draft::new();
        self.grant.push_permissions(&mut draft, PERMISSIONS)?;
        self.grant.push_times(&mut draft);
        draft.line("key", Some(&self.resource.canonical(account, self.container)?));
        draft.field("skoid", Some(&key.object_id));
        draft.field("sktid", Some(&key.tenant_id));
        draft.field("skt", Some(&key.start));
        draft.field("ske", Some(&key.expiry));
        draft.field("sks", Some(&key.service));
        draft.field("skv", Some(&key.version));
        if self.grant.version >= Version::V2020_02_10 {
            draft.field("saoid", self.authorized_object_id);
            draft.field("suoid", self.unauthorized_object_id);
            draft.field("scid", self.correlation_id);
        }
        if self.grant.version >= Version::V2025_11_05 {
            draft.field("skdutid", key.delegated_tenant_id.as_deref());
            draft.field("sduoid", self.delegated_object_id);
        }
        self.grant.push_limits(&mut draft);
        self.resource.push(&mut draft);
        self.grant.push_scope(&mut draft);
        self.response.push(&mut draft);
        draft.sign(&key.key)
    }

    fn check(&self, key: &DelegationKey) -> Result<()> {
        let version = self.grant.version;
        self.grant.check(false)?;
        self.resource.check(version)?;
        version.need(Version::V2020_02_10, self.authorized_object_id, "saoid")?;
        version.need(Version::V2020_02_10, self.unauthorized_object_id, "suoid")?;
        version.need(Version::V2020_02_10, self.correlation_id, "scid")?;
        version.need(Version::V2025_11_05, key.delegated_tenant_id.as_deref(), "skdutid")?;
        version.need(Version::V2025_11_05, self.delegated_object_id, "sduoid")
    }
}
