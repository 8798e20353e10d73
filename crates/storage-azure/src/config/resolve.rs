//! From settings to the typed values that a client works with. Nothing is read or sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use storage_core::{Result, Secret};
use storage_http::sources::is_word;
use storage_http::{Endpoint, HttpConfig};

use super::connection_string::ConnectionString;
use super::{AzureConfig, BlobType, configuration, credentials, endpoint, filled, filled_secret};
use crate::credentials::CredentialSettings;
use crate::place::Place;

/// Settings that were checked, as typed values.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    /// Where the account is.
    pub(crate) place: Place,
    /// What leads to credentials.
    pub(crate) credentials: CredentialSettings,
    /// What holds for requests that do not say it.
    pub(crate) defaults: Defaults,
    /// How the HTTP client works.
    pub(crate) http: HttpConfig,
    /// Whether the account keeps versions.
    pub(crate) versions: bool,
    /// Where the account's website is seen, without a `/` behind.
    pub(crate) website_endpoint: Option<String>,
    /// Where its content is delivered, without a `/` behind.
    pub(crate) cdn_endpoint: Option<String>,
}

/// What holds for requests that do not say it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Defaults {
    /// The encryption scope of new blobs.
    pub(crate) encryption_scope: Option<String>,
    /// The caller's own key for blobs.
    pub(crate) customer_key: Option<Secret<[u8; 32]>>,
    /// The access tier of new blobs.
    pub(crate) tier: Option<String>,
    /// What new blobs are.
    pub(crate) blob_type: BlobType,
}

impl AzureConfig {
    /// Checks the settings and works out what they mean. Nothing is read or sent.
    ///
    /// # Errors
    /// `Configuration` naming the setting, never with a value.
    pub(crate) fn resolve(&self) -> Result<Resolved> {
        let connection = self.connection()?;
        let place = endpoint::place(self, &connection)?;
        Ok(Resolved {
            credentials: credentials::settings(self, &connection, &place.account)?,
            defaults: self.defaults()?,
            http: self.http.with_short(self.timeout.as_deref(), self.proxy_url.as_ref())?,
            versions: self.versions,
            website_endpoint: shown_at("website_endpoint", filled(&self.website_endpoint))?,
            cdn_endpoint: shown_at("cdn_endpoint", filled(&self.cdn_endpoint))?,
            place,
        })
    }

    fn connection(&self) -> Result<ConnectionString> {
        match (filled_secret(&self.connection_string), self.use_emulator) {
            (Some(_), true) => {
                Err(configuration("`connection_string` and `use_emulator` are given; give one of them"))
            }
            (Some(text), false) => ConnectionString::parse(&text),
            (None, true) => Ok(ConnectionString::emulator()),
            (None, false) => Ok(ConnectionString::default()),
        }
    }

    fn defaults(&self) -> Result<Defaults> {
        let scope = filled(&self.encryption_scope);
        let customer_key = self.own_key()?;
        if scope.is_some() && customer_key.is_some() {
            let message = "`encryption_scope` and `customer_key` do not go together; give one of them";
            return Err(configuration(message));
        }
        let tier = filled(&self.tier);
        for (key, text) in [("encryption_scope", scope), ("tier", tier)] {
            if text.is_some_and(|it| !is_word(it)) {
                return Err(configuration(format!("`{key}` holds what no header can carry")));
            }
        }
        Ok(Defaults {
            encryption_scope: scope.map(str::to_owned),
            customer_key,
            tier: tier.map(str::to_owned),
            blob_type: self.blob_type,
        })
    }

    fn own_key(&self) -> Result<Option<Secret<[u8; 32]>>> {
        let Some(text) = filled_secret(&self.customer_key) else { return Ok(None) };
        let bad = || configuration("`customer_key` must be 32 bytes in base64");
        let bytes = Secret::new(STANDARD.decode(text.expose()).map_err(|_| bad())?);
        let key: [u8; 32] = bytes.expose().as_slice().try_into().map_err(|_| bad())?;
        Ok(Some(Secret::new(key)))
    }
}

/// Checks an address that is shown and never asked.
fn shown_at(key: &str, address: Option<&str>) -> Result<Option<String>> {
    let Some(address) = address.map(|it| it.trim_end_matches('/')) else { return Ok(None) };
    match Endpoint::parse(address, "") {
        Ok(endpoint) => Ok(Some(endpoint.to_string())),
        // What is wrong is not told in detail: a password may stand in it.
        Err(_) => {
            Err(configuration(format!("`{key}` is no address; write `https://host` or `https://host:port`")))
        }
    }
}
