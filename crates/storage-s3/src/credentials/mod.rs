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

use storage_core::{Error, ErrorKind, Result, Secret};
use storage_http::{Endpoint, Expiring, Scheme};

pub(crate) use chain::{CredentialChain, Source, Trail};
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

/// Passes on an endpoint that tokens can be shown to: nobody listens on the way.
///
/// # Errors
/// `Configuration` naming the variable.
fn safe(endpoint: Endpoint, variable: &str) -> Result<Endpoint> {
    if endpoint.scheme() == Scheme::Https || endpoint.is_loopback() {
        return Ok(endpoint);
    }
    let message = format!(
        "`{variable}` is an address in the clear, and keys are shown to nobody but this machine that way; write `https://`"
    );
    Err(Error::new(ErrorKind::Configuration, message))
}

#[cfg(test)]
mod tests;
