//! Signatures for a whole account.
//!
//! <https://learn.microsoft.com/rest/api/storageservices/create-account-sas>

use storage_core::{Result, Secret};

use crate::credentials::SharedKey;
use crate::sign::sas::Grant;
use crate::sign::sas::draft::Draft;

/// The permissions in accounts, in the order of Microsoft's clients.
const PERMISSIONS: &str = "rwdxylacuptfi";

/// What the owner of an account allows in all of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AccountSas<'a> {
    pub(crate) grant: Grant<'a>,
    /// The letters of the services; `b` is blobs.
    pub(crate) services: &'a str,
    /// The letters of the levels: `s` the service, `c` containers, `o` objects.
    pub(crate) resource_types: &'a str,
}

impl AccountSas<'_> {
    /// Returns the query, encoded.
    ///
    /// # Errors
    /// As for [`ServiceSas`](crate::sign::sas::ServiceSas).
    pub(crate) fn sign(&self, key: &SharedKey) -> Result<Secret> {
        self.grant.check(false)?;
        let mut draft = Draft::new();
        draft.line("account", Some(&key.account));
        self.grant.push_permissions(&mut draft, PERMISSIONS)?;
        draft.field("ss", Some(self.services));
        draft.field("srt", Some(self.resource_types));
        self.grant.push_times(&mut draft);
        self.grant.push_limits(&mut draft);
        self.grant.push_scope(&mut draft);
        // Unlike the others this one ends with an empty line.
        draft.line("sig", None);
        draft.sign(&key.key)
    }
}
