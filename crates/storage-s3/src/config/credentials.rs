//! From settings to what the sources of credentials need to know.

use std::net::IpAddr;

use http::Uri;
use storage_core::{Result, Secret};
use storage_http::{Endpoint, Scheme};

use super::endpoint::in_the_clear;
use super::{S3Config, configuration};
use crate::credentials::CredentialSettings;
use crate::vendors::Vendor;

/// Checks the settings that lead to credentials, and takes them over. Nothing is looked up.
pub(super) fn settings(config: &S3Config, vendor: &Vendor) -> Result<CredentialSettings> {
    if config.anonymous {
        return Ok(CredentialSettings { anonymous: true, ..CredentialSettings::default() });
    }
    // The role of a container or a machine is Amazon's business; another vendor hears of it only where it has a
    // service of its own for that.
    let ambient = vendor.ambient_credentials;
    let roles = ambient || config.sts_endpoint.is_some();
    let settings = CredentialSettings {
        anonymous: false,
        access_key_id: filled(&config.access_key_id),
        secret_access_key: filled_secret(&config.secret_access_key),
        session_token: filled_secret(&config.session_token),
        profile: filled(&config.profile),
        config_file: config.config_file.clone(),
        credentials_file: config.credentials_file.clone(),
        home: None,
        role_arn: filled(&config.role_arn),
        external_id: filled(&config.external_id),
        role_session_name: filled(&config.role_session_name),
        web_identity_token_file: config.web_identity_token_file.clone().filter(|_| roles),
        container_relative_uri: filled(&config.container_credentials_relative_uri).filter(|_| ambient),
        container_full_uri: filled(&config.container_credentials_full_uri).filter(|_| ambient),
        container_token: filled_secret(&config.container_authorization_token),
        container_token_file: config.container_authorization_token_file.clone(),
        imds_disabled: config.imds_disabled || !ambient,
        imds_endpoint: filled(&config.imds_endpoint),
        sts_endpoint: filled(&config.sts_endpoint),
        sts_region: filled(&config.region).filter(|_| vendor.ambient_credentials),
        sso_endpoint: filled(&config.sso_endpoint),
    };
    check_keys(&settings, vendor)?;
    check_container(&settings)?;
    check_services(&settings, config.allow_http)?;
    Ok(settings)
}

fn filled(text: &Option<String>) -> Option<String> {
    text.clone().filter(|it| !it.is_empty())
}

fn filled_secret(text: &Option<Secret>) -> Option<Secret> {
    text.clone().filter(|it| !it.expose().is_empty())
}

fn check_keys(settings: &CredentialSettings, vendor: &Vendor) -> Result<()> {
    match (&settings.access_key_id, &settings.secret_access_key) {
        (Some(_), None) => {
            return Err(configuration("`secret_access_key` is missing beside `access_key_id`"));
        }
        (None, Some(_)) => {
            return Err(configuration("`access_key_id` is missing beside `secret_access_key`"));
        }
        (None, None) if settings.session_token.is_some() => {
            return Err(configuration("`session_token` is of no use without `access_key_id`"));
        }
        _ => {}
    }
    if settings.web_identity_token_file.is_some() && settings.role_arn.is_none() {
        return Err(configuration("`role_arn` is missing beside `web_identity_token_file`"));
    }
    let id = settings.access_key_id.as_deref();
    let secrets =
        [("secret_access_key", &settings.secret_access_key), ("session_token", &settings.session_token)];
    let texts = secrets.into_iter().filter_map(|(key, it)| Some((key, it.as_ref()?.expose().as_str())));
    // A line break from a file is the usual one; sent, it would be a signature that nobody understands.
    for (key, text) in id.map(|it| ("access_key_id", it)).into_iter().chain(texts) {
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(configuration(format!(
                "`{key}` holds a blank, a line break or another character that no key has"
            )));
        }
    }
    let given = settings.access_key_id.is_some()
        || settings.profile.is_some()
        || settings.web_identity_token_file.is_some()
        || settings.container_relative_uri.is_some()
        || settings.container_full_uri.is_some();
    match given || vendor.ambient_credentials {
        true => Ok(()),
        false => Err(configuration(format!(
            "`access_key_id` and `secret_access_key` are missing; {} takes no others, unless `profile` names them or \
             `anonymous` does without",
            vendor.title
        ))),
    }
}

/// Checks where a container asks for keys: in the clear only on this machine and at the agents of ECS and EKS, so that
/// a variable can't send the token of the container to anybody.
fn check_container(settings: &CredentialSettings) -> Result<()> {
    if settings.container_relative_uri.as_deref().is_some_and(|it| !it.starts_with('/')) {
        return Err(configuration("`container_credentials_relative_uri` must start with `/`"));
    }
    let Some(address) = &settings.container_full_uri else { return Ok(()) };
    let key = "container_credentials_full_uri";
    let uri: Uri = address.parse().map_err(|_| configuration(format!("`{key}` is no address")))?;
    let host = uri.host().unwrap_or_default();
    let agents = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"];
    let userless = !uri.authority().is_some_and(|it| it.as_str().contains('@'));
    match uri.scheme_str() {
        Some("https") if !host.is_empty() && userless => Ok(()),
        Some("http") if userless && (agents.contains(&host) || is_loopback(host)) => Ok(()),
        Some("http") => Err(configuration(format!(
            "`{key}` must lead to this machine, to the agent of the container (169.254.170.2 or .23), or over https"
        ))),
        _ => Err(configuration(format!("`{key}` must be an address with `https://` or `http://`"))),
    }
}

fn is_loopback(host: &str) -> bool {
    Endpoint::new(Scheme::Http, host, None, "").is_ok_and(|it| it.is_loopback())
}

/// Checks the addresses of services that give out keys.
fn check_services(settings: &CredentialSettings, allow_http: bool) -> Result<()> {
    for (key, address, nearby) in [
        ("imds_endpoint", &settings.imds_endpoint, true),
        ("sts_endpoint", &settings.sts_endpoint, false),
        ("sso_endpoint", &settings.sso_endpoint, false),
    ] {
        let Some(address) = address else { continue };
        let endpoint = Endpoint::parse(address, "").map_err(|_| {
            configuration(format!("`{key}` is no address; write `https://host` or `https://host:port`"))
        })?;
        let safe =
            endpoint.scheme() == Scheme::Https || endpoint.is_loopback() || (nearby && is_nearby(&endpoint));
        if !safe && !allow_http {
            return Err(in_the_clear(key));
        }
    }
    Ok(())
}

/// Tells whether packets to the host never leave the machine and its hypervisor.
fn is_nearby(endpoint: &Endpoint) -> bool {
    let host = endpoint.host().trim_start_matches('[').trim_end_matches(']');
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_link_local(),
        Ok(IpAddr::V6(address)) => {
            address.segments().starts_with(&[0xfd00, 0x0ec2]) || address.is_unicast_link_local()
        }
        Err(_) => false,
    }
}
