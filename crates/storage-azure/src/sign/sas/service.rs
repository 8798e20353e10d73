//! Signatures for a container or a part of it, with the key of the account.
//!
//! <https://learn.microsoft.com/rest/api/storageservices/create-service-sas>

use storage_core::{Result, Secret};

use crate::credentials::SharedKey;
use crate::sign::sas::draft::Draft;
use crate::sign::sas::{Grant, PERMISSIONS, Resource, ResponseHeaders};

/// What the owner of an account allows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ServiceSas<'a> {
    pub(crate) grant: Grant<'a>,
    pub(crate) container: &'a str,
    pub(crate) resource: Resource<'a>,
    /// The stored policy of the container that says what the grant does not, and by which it can be revoked.
    pub(crate) identifier: Option<&'a str>,
    pub(crate) response: ResponseHeaders<'a>,
}

impl ServiceSas<'_> {
    /// Returns the query, encoded.
    ///
    /// # Errors
    /// `InvalidInput` when nothing is allowed, for no time, or a field holds a control character; `Unsupported` when the
    /// version can't say it.
    pub(crate) fn sign(&self, key: &SharedKey) -> Result<Secret> {
        self.grant.check(self.identifier.is_some_and(|it| !it.is_empty()))?;
        self.resource.check(self.grant.version)?;
        let mut draft = Draft::new();
        self.grant.push_permissions(&mut draft, PERMISSIONS)?;
        self.grant.push_times(&mut draft);
        draft.line("key", Some(&self.resource.canonical(&key.account, self.container)?));
        draft.field("si", self.identifier);
        self.grant.push_limits(&mut draft);
        self.resource.push(&mut draft);
        self.grant.push_scope(&mut draft);
        self.response.push(&mut draft);
        draft.sign(&key.key)
    }
}
