//! Who asks, and where the answer to that comes from. One file for each source.

mod answer;
mod ask;
mod chain;
mod container;
mod files;
mod ini;
mod metadata;
mod process;
mod profile;
mod settings;
mod shared;
mod sso;
mod sts;
mod words;

use std::time::SystemTime;

use storage_core::Secret;
use storage_http::Expiring;

pub(crate) use chain::CredentialChain;
pub(crate) use settings::CredentialSettings;

/// An access key, as it signs requests.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    /// The public half.
    pub(crate) access_key_id: String,
    /// The secret half.
    pub(crate) secret_access_key: Secret,
    /// The token of a session, for keys that end.
    pub(crate) session_token: Option<Secret>,
    /// When they end; `None` for keys that do not.
    pub(crate) expires: Option<SystemTime>,
    /// Which source gave them, for people.
    pub(crate) source: &'static str,
}

impl Expiring for Credentials {
    fn expires(&self) -> Option<SystemTime> {
        self.expires
    }
}

#[cfg(test)]
mod tests;
