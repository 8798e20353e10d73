//! Who asks, and where the answer to that comes from. One file for each source.

mod application;
mod ask;
mod certificate;
mod chain;
mod cli;
mod entra;
mod fixed;
mod identity;
mod imds;
mod settings;
mod token;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use ring::hmac;
use storage_core::Secret;
use storage_http::Expiring;

pub(crate) use chain::CredentialChain;
pub(crate) use settings::{CredentialSettings, Identity};

/// What a request proves its right with.
#[derive(Clone, Debug)]
pub(crate) enum Credential {
    /// Nothing: only what is public can be read.
    Anonymous,
    /// The key of the account signs every request.
    SharedKey(Arc<SharedKey>),
    /// A signed query goes with every request.
    Sas(Arc<SasToken>),
    /// A token of Microsoft Entra ID goes with every request.
    Bearer(Arc<Bearer>),
}

/// A key of an account.
pub(crate) struct SharedKey {
    pub(crate) account: String,
    pub(crate) key: hmac::Key,
}

impl fmt::Debug for SharedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedKey").field("account", &self.account).finish_non_exhaustive()
    }
}

/// A signed query that somebody else made.
#[derive(Debug)]
pub(crate) struct SasToken {
    /// The parameters as they were given, percent-encoded, without `?`.
    pub(crate) query: Secret,
    /// When it ends, as far as it says so.
    pub(crate) expires: Option<SystemTime>,
}

/// A token of Microsoft Entra ID.
#[derive(Debug)]
pub(crate) struct Bearer {
    pub(crate) token: Secret,
    pub(crate) expires: Option<SystemTime>,
    /// Which source gave it, for people.
    pub(crate) source: &'static str,
}

impl Expiring for Bearer {
    fn expires(&self) -> Option<SystemTime> {
        self.expires
    }
}

#[cfg(test)]
mod tests;
