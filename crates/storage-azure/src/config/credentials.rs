//! From settings to what the sources of credentials need to know.

use std::net::IpAddr;
use std::sync::Arc;

use http::Uri;
use storage_core::{Result, Secret};
use storage_http::sources::is_word;
use storage_http::{Endpoint, Scheme};

use super::connection_string::ConnectionString;
use super::endpoint::clear;
use super::{AuthType, AzureConfig, configuration, filled, filled_secret};
use crate::credentials::{Bearer, Credential, CredentialSettings, Identity, SasToken, SharedKey};

/// Chooses the one way to credentials, and checks what leads there. Nothing is looked up.
pub(super) fn settings(
    config: &AzureConfig,
    connection: &ConnectionString,
    account: &str,
) -> Result<CredentialSettings> {
    if config.anonymous {
        return Ok(fixed(Credential::Anonymous));
    }
    let given = Given::new(config)?;
    if let Some(credential) = given.credential(account)? {
        return Ok(fixed(credential));
    }
    if !config.use_azure_cli {
        let of = "`connection_string` holds";
        if let Some(key) = &connection.key {
            let what = format!("{of} an `AccountKey`");
            return Ok(fixed(Credential::SharedKey(Arc::new(SharedKey::parse(account, key, &what)?))));
        }
        if let Some(sas) = &connection.sas {
            let what = format!("{of} a `SharedAccessSignature`");
            return Ok(fixed(Credential::Sas(Arc::new(SasToken::parse(sas, &what)?))));
        }
    }
    searched(config, given.client_secret)
}

fn fixed(credential: Credential) -> CredentialSettings {
    CredentialSettings { fixed: Some(credential), ..CredentialSettings::default() }
}

/// The ways that are given by name; one of them at most.
struct Given {
    key: Option<Secret>,
    sas: Option<Secret>,
    bearer: Option<Secret>,
    /// `client_secret`, or `account_key` where that is one.
    client_secret: Option<Secret>,
    /// The setting that the signed query came by.
    sas_key: &'static str,
}

impl Given {
    fn new(config: &AzureConfig) -> Result<Self> {
        let mut given = Self {
            key: filled_secret(&config.account_key),
            sas: filled_secret(&config.sas_token),
            bearer: filled_secret(&config.bearer_token),
            client_secret: filled_secret(&config.client_secret),
            sas_key: "sas_token",
        };
        let ways = [
            ("account_key", given.key.is_some() && config.auth_type != Some(AuthType::AzureAd)),
            ("sas_token", given.sas.is_some()),
            ("bearer_token", given.bearer.is_some()),
            ("use_azure_cli", config.use_azure_cli),
        ];
        let ways: Vec<_> = ways.into_iter().filter(|(_, given)| *given).map(|(key, _)| key).collect();
        if let [one, other, ..] = ways.as_slice() {
            return Err(configuration(format!("`{one}` and `{other}` are given; give one of them")));
        }
        if config.auth_type == Some(AuthType::AzureAd)
            && let Some(secret) = given.key.take()
            && given.client_secret.replace(secret).is_some()
        {
            let message =
                "`account_key` is the secret with `auth_type` = `azure_ad`; leave out it or `client_secret`";
            return Err(configuration(message));
        }
        // A key in base64 has no `&`, so nothing else is taken for a signed query.
        if config.auth_type.is_none() && given.key.as_ref().is_some_and(looks_signed) {
            given.sas = given.key.take();
            given.sas_key = "account_key";
        }
        Ok(given)
    }

    fn credential(&self, account: &str) -> Result<Option<Credential>> {
        if let Some(key) = &self.key {
            let key = SharedKey::parse(account, key, "`account_key` is given")?;
            return Ok(Some(Credential::SharedKey(Arc::new(key))));
        }
        if let Some(sas) = &self.sas {
            let sas = SasToken::parse(sas, &format!("`{}` is given", self.sas_key))?;
            return Ok(Some(Credential::Sas(Arc::new(sas))));
        }
        let Some(token) = &self.bearer else { return Ok(None) };
        if !is_word(token.expose()) {
            return Err(configuration(
                "`bearer_token` holds a blank, a line break or another sign that no token has",
            ));
        }
        let bearer = Bearer { token: token.clone(), expires: None, source: "bearer token" };
        Ok(Some(Credential::Bearer(Arc::new(bearer))))
    }
}

fn looks_signed(secret: &Secret) -> bool {
    let text = secret.expose();
    text.starts_with('?') || (text.contains("sig=") && text.contains('&'))
}

/// What leads to a token of Microsoft Entra ID.
fn searched(config: &AzureConfig, client_secret: Option<Secret>) -> Result<CredentialSettings> {
    let settings = CredentialSettings {
        fixed: None,
        tenant_id: filled(&config.tenant_id).map(str::to_owned),
        client_id: filled(&config.client_id).map(str::to_owned),
        client_secret,
        client_certificate: config.client_certificate.clone().filter(|it| !it.as_os_str().is_empty()),
        federated_token_file: config.federated_token_file.clone().filter(|it| !it.as_os_str().is_empty()),
        authority: authority(config)?,
        audience: audience(config)?,
        identity: identity(config)?,
        identity_endpoint: filled(&config.identity_endpoint).map(str::to_owned),
        identity_header: filled_secret(&config.identity_header),
        imds_endpoint: filled(&config.imds_endpoint).map(|it| it.trim_end_matches('/').to_owned()),
        imds_disabled: config.imds_disabled,
        only_cli: config.use_azure_cli,
        cli: None,
    };
    if !settings.only_cli {
        check_application(&settings)?;
    }
    check_words(&settings)?;
    check_near("identity_endpoint", settings.identity_endpoint.as_deref(), config.allow_http)?;
    check_near("imds_endpoint", settings.imds_endpoint.as_deref(), config.allow_http)?;
    Ok(settings)
}

fn check_application(settings: &CredentialSettings) -> Result<()> {
    let ways = [
        ("client_secret", settings.client_secret.is_some()),
        ("client_certificate", settings.client_certificate.is_some()),
        ("federated_token_file", settings.federated_token_file.is_some()),
    ];
    let [(_, secret), (_, certificate), _] = ways;
    if secret && certificate {
        return Err(configuration("`client_secret` and `client_certificate` are given; give one of them"));
    }
    let needs = [("tenant_id", settings.tenant_id.is_some()), ("client_id", settings.client_id.is_some())];
    let missing = needs.into_iter().find(|(_, given)| !given);
    match (ways.into_iter().find(|(_, given)| *given), missing) {
        (Some((way, _)), Some((missing, _))) => {
            Err(configuration(format!("`{missing}` is missing beside `{way}`")))
        }
        _ => Ok(()),
    }
}

fn check_words(settings: &CredentialSettings) -> Result<()> {
    // It becomes part of an address and an argument of a program.
    let plain = |it: u8| it.is_ascii_alphanumeric() || b".-".contains(&it);
    if settings.tenant_id.as_deref().is_some_and(|it| !it.bytes().all(plain) || it.starts_with(['-', '.'])) {
        return Err(configuration("`tenant_id` is neither the id of a tenant nor a domain of it"));
    }
    let identity = match &settings.identity {
        Identity::System => None,
        Identity::Client(id) => Some(("msi_client_id", id)),
        Identity::Object(id) => Some(("msi_object_id", id)),
        Identity::Resource(id) => Some(("msi_resource_id", id)),
    };
    let words = settings.client_id.as_ref().map(|it| ("client_id", it)).into_iter().chain(identity);
    for (key, text) in words {
        // The names of groups in resource ids may hold more than ASCII, but no line breaks.
        if text.chars().any(char::is_control) {
            return Err(configuration(format!("`{key}` holds a line break or another control character")));
        }
    }
    Ok(())
}

fn identity(config: &AzureConfig) -> Result<Identity> {
    let given: Vec<_> = [
        ("msi_client_id", filled(&config.msi_client_id).map(|it| Identity::Client(it.to_owned()))),
        ("msi_object_id", filled(&config.msi_object_id).map(|it| Identity::Object(it.to_owned()))),
        ("msi_resource_id", filled(&config.msi_resource_id).map(|it| Identity::Resource(it.to_owned()))),
    ]
    .into_iter()
    .filter_map(|(key, it)| Some((key, it?)))
    .collect();
    match given.as_slice() {
        [] => Ok(filled(&config.client_id).map_or(Identity::System, |it| Identity::Client(it.to_owned()))),
        [(_, one)] => Ok(one.clone()),
        [(one, _), (other, _), ..] => {
            Err(configuration(format!("`{one}` and `{other}` are given; give one of them")))
        }
    }
}

fn authority(config: &AzureConfig) -> Result<String> {
    let Some(given) = filled(&config.authority_host) else { return Ok(config.cloud.authority().to_owned()) };
    let given = given.trim_end_matches('/');
    let address = if given.contains("://") { given.to_owned() } else { format!("https://{given}") };
    let endpoint = Endpoint::parse(&address, "")
        .map_err(|_| configuration("`authority_host` is no address; write `https://host` without a path"))?;
    if endpoint.scheme() == Scheme::Http && !endpoint.is_loopback() && !config.allow_http {
        return Err(clear("authority_host"));
    }
    Ok(address)
}

fn audience(config: &AzureConfig) -> Result<String> {
    let Some(given) = filled(&config.audience) else { return Ok(config.cloud.audience().to_owned()) };
    let given = given.strip_suffix(".default").unwrap_or(given).trim_end_matches('/');
    if !is_word(given) {
        return Err(configuration("`audience` is no address such as `https://storage.azure.com`"));
    }
    Ok(given.to_owned())
}

/// Checks where a machine asks for tokens: in the clear only near it, so that a variable can't send what the machine
/// shows there to anybody.
fn check_near(key: &str, address: Option<&str>, allow_http: bool) -> Result<()> {
    let Some(address) = address else { return Ok(()) };
    let uri: Uri = address.parse().map_err(|_| configuration(format!("`{key}` is no address")))?;
    let host = uri.host().unwrap_or_default();
    let userless = !uri.authority().is_some_and(|it| it.as_str().contains('@'));
    match uri.scheme_str() {
        Some("https") if !host.is_empty() && userless => Ok(()),
        Some("http") if userless && (is_near(host) || allow_http) => Ok(()),
        Some("http") => Err(configuration(format!(
            "`{key}` must lead to this machine or its own network, or go over https"
        ))),
        _ => Err(configuration(format!("`{key}` must be an address with `https://` or `http://`"))),
    }
}

/// Tells whether packets to the host stay with the machine and its platform.
fn is_near(host: &str) -> bool {
    let inner = host.trim_start_matches('[').trim_end_matches(']');
    match inner.parse::<IpAddr>() {
        // The agents of App Service are at private addresses.
        Ok(IpAddr::V4(it)) => it.is_loopback() || it.is_link_local() || it.is_private(),
        Ok(IpAddr::V6(it)) => it.is_loopback() || it.is_unicast_link_local() || it.is_unique_local(),
        Err(_) => inner.eq_ignore_ascii_case("localhost"),
    }
}
