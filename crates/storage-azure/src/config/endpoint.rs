//! From a few settings to addresses.

use std::net::IpAddr;
use std::sync::Arc;

use http::Uri;
use storage_core::{Error, Result};
use storage_http::{Endpoint, Scheme};

use super::cloud::Cloud;
use super::connection_string::ConnectionString;
use super::{AzureConfig, configuration, filled};
use crate::place::Place;

/// Works out where the account is.
pub(super) fn place(config: &AzureConfig, connection: &ConnectionString) -> Result<Place> {
    let given = filled(&config.account);
    if let (Some(one), Some(other)) = (given, connection.account.as_deref())
        && one != other
    {
        return Err(disagree("account", "connection_string"));
    }
    let account = given.or(connection.account.as_deref());
    let address = custom_address(config, account)?.or_else(|| {
        let endpoint = connection.endpoint.clone()?;
        Some(Address { key: "connection_string", text: endpoint, style: Style::Open })
    });
    let spot = match &address {
        Some(address) => Spot::read(address, account)?,
        None => own(config, connection, account.ok_or_else(no_account)?)?,
    };
    let scheme_key = if config.secure.is_some() { "secure" } else { "connection_string" };
    in_the_clear(&spot.endpoint, address.as_ref().map_or(scheme_key, |it| it.key), config.allow_http)?;
    let second = second(config, connection, &spot)?;
    Ok(Place {
        account: spot.account,
        endpoint: spot.endpoint,
        base: spot.base,
        secondary_base: second.as_ref().map(|it| it.base.clone()).unwrap_or_default(),
        secondary: second.map(|it| it.endpoint),
    })
}

/// Where the name of the account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// In the path where there is one, or where the host is an IP address or a developer's machine; else in the host.
    Open,
    /// In the path.
    Path,
}

/// An address as settings give it.
#[derive(Debug)]
struct Address {
    key: &'static str,
    text: String,
    style: Style,
}

/// One place of an account.
#[derive(Debug)]
struct Spot {
    account: String,
    endpoint: Arc<Endpoint>,
    base: String,
}

impl Spot {
    /// Reads an address; the account comes from the path or the host where nothing else says it.
    fn read(address: &Address, account: Option<&str>) -> Result<Self> {
        let (key, text) = (address.key, address.text.trim().trim_end_matches('/'));
        let bad = |what: &str| {
            configuration(format!("`{key}` {what}; write `https://host` or `https://host:port/account`"))
        };
        // What is wrong is not told in detail: a password or a signature may stand in it.
        let uri: Uri = text.parse().map_err(|_| bad("is no address"))?;
        if uri.query().is_some() || text.contains('?') {
            return Err(configuration(format!("`{key}` holds a query; give a signed one as `sas_token`")));
        }
        let path = uri.path().trim_matches('/');
        let root = if path.is_empty() { text } else { text.strip_suffix(uri.path()).unwrap_or(text) };
        let endpoint = Endpoint::parse(root, "").map_err(|_| bad("is no address"))?;
        if path.contains('/') {
            return Err(bad("has more in its path than the account"));
        }
        let in_path = !path.is_empty() || address.style == Style::Path || is_nameless(&endpoint);
        let named = if in_path { Some(path).filter(|it| !it.is_empty()) } else { label(&endpoint) };
        let account = match (account, named) {
            (Some(account), Some(named)) if account != named => return Err(disagree("account", key)),
            (Some(account), _) | (None, Some(account)) => account.to_owned(),
            (None, None) => return Err(no_account()),
        };
        check_account(&account, in_path)?;
        let base = if in_path { format!("/{account}") } else { String::new() };
        Ok(Self { account, endpoint: Arc::new(endpoint), base })
    }
}

/// The account's own address in its cloud.
fn own(config: &AzureConfig, connection: &ConnectionString, account: &str) -> Result<Spot> {
    check_account(account, false)?;
    let suffix = filled(&config.endpoint_suffix).or(connection.suffix.as_deref());
    let suffix = suffix.unwrap_or(config.cloud.suffix()).trim_start_matches('.');
    let secure = config.secure.map(|secure| if secure { Scheme::Https } else { Scheme::Http });
    let scheme = secure.or(connection.scheme).unwrap_or(Scheme::Https);
    let host = format!("{account}.blob.{suffix}");
    let endpoint = Endpoint::new(scheme, &host, config.port, "")
        .map_err(|_| configuration("`endpoint_suffix` is no domain such as `core.windows.net`"))?;
    Ok(Spot { account: account.to_owned(), endpoint: Arc::new(endpoint), base: String::new() })
}

/// The second place of the account, where reads ask for it.
fn second(config: &AzureConfig, connection: &ConnectionString, first: &Spot) -> Result<Option<Spot>> {
    let own = filled(&config.secondary_endpoint);
    if !config.read_secondary {
        return match own {
            Some(_) => Err(configuration("`secondary_endpoint` is of no use without `read_secondary`")),
            None => Ok(None),
        };
    }
    let (key, text) = match (own, &connection.secondary) {
        (Some(own), _) => ("secondary_endpoint", own.to_owned()),
        (None, Some(other)) => ("connection_string", other.clone()),
        (None, None) => return beside(first).map(Some),
    };
    let endpoint = Spot::read_second(key, &text, first)?;
    in_the_clear(&endpoint.endpoint, key, config.allow_http)?;
    Ok(Some(endpoint))
}

impl Spot {
    /// Reads the address of a second place, which is called `{account}-secondary` as a rule.
    fn read_second(key: &'static str, text: &str, first: &Self) -> Result<Self> {
        let secondary = format!("{}-secondary", first.account);
        let address = |style| Address { key, text: text.to_owned(), style };
        Self::read(&address(Style::Open), Some(&secondary))
            .or_else(|_| Self::read(&address(Style::Open), Some(&first.account)))
    }
}

/// The second place as Azure and its emulators name it.
fn beside(first: &Spot) -> Result<Spot> {
    let secondary = format!("{}-secondary", first.account);
    if !first.base.is_empty() {
        let base = format!("/{secondary}");
        return Ok(Spot { account: secondary, endpoint: Arc::clone(&first.endpoint), base });
    }
    let rest = first.endpoint.host().strip_prefix(&first.account.to_ascii_lowercase());
    let rest = rest.filter(|it| it.starts_with('.')).ok_or_else(|| {
        configuration("`secondary_endpoint` is missing; it can't be told from an `endpoint` of your own")
    })?;
    let endpoint = first.endpoint.with_host(&format!("{secondary}{rest}"), "")?;
    Ok(Spot { account: secondary, endpoint: Arc::new(endpoint), base: String::new() })
}

/// Puts the address together that `endpoint`, or `host`, `port` and `secure` give.
fn custom_address(config: &AzureConfig, account: Option<&str>) -> Result<Option<Address>> {
    let address = |key, text, style| Ok(Some(Address { key, text, style }));
    match (filled(&config.endpoint), filled(&config.host)) {
        (Some(_), Some(_)) => Err(configuration("`endpoint` and `host` are given; give one of them")),
        (Some(_), None) if config.port.is_some() => {
            Err(configuration("`port` and `endpoint` are given; write the port into `endpoint`"))
        }
        (Some(endpoint), None) => match config.secure {
            Some(secure) if endpoint.starts_with("https:") != secure => {
                Err(configuration("`secure` and the scheme of `endpoint` disagree; leave `secure` out"))
            }
            _ => address("endpoint", endpoint.to_owned(), Style::Open),
        },
        (None, Some(host)) => {
            let scheme = if config.secure.unwrap_or(true) { Scheme::Https } else { Scheme::Http };
            let port = config.port.map(|it| format!(":{it}")).unwrap_or_default();
            let azure = Cloud::ALL.iter().any(|it| host.ends_with(&format!("blob.{}", it.suffix())));
            let front = account.filter(|_| azure).filter(|it| !host.starts_with(&format!("{it}.")));
            let front = front.map(|it| format!("{it}.")).unwrap_or_default();
            let style = if azure { Style::Open } else { Style::Path };
            address("host", format!("{}://{front}{host}{port}", scheme.name()), style)
        }
        (None, None) => Ok(None),
    }
}

/// Checks that an address keeps what is sent from others.
fn in_the_clear(endpoint: &Endpoint, key: &str, allow_http: bool) -> Result<()> {
    match endpoint.scheme() == Scheme::Https || endpoint.is_loopback() || allow_http {
        true => Ok(()),
        false => Err(clear(key)),
    }
}

/// The error of an address in the clear.
pub(super) fn clear(key: &str) -> Error {
    configuration(format!(
        "`{key}` leads to another machine in the clear, where tokens and signed queries can be read; use https, or set \
         `allow_http` if nobody can listen"
    ))
}

/// Returns the account that stands in front of a host of Azure.
fn label(endpoint: &Endpoint) -> Option<&str> {
    let (label, rest) = endpoint.host().split_once('.')?;
    let azure = rest.starts_with("blob.") || rest.contains(".blob.");
    azure.then_some(label)
}

/// Tells whether nothing can stand in front of a host.
fn is_nameless(endpoint: &Endpoint) -> bool {
    let host = endpoint.host();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    address.is_ok() || host == "localhost"
}

/// Checks the name of an account, so that it can't turn requests to another host or path.
fn check_account(account: &str, in_path: bool) -> Result<()> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let fits = |c: char| plain(c) || (in_path && (c.is_ascii_uppercase() || c == '_'));
    let good = (1..=63).contains(&account.len()) && account.chars().all(fits) && !account.starts_with('-');
    match good {
        true => Ok(()),
        false => Err(configuration("`account` may hold lower-case letters and digits only")),
    }
}

fn no_account() -> Error {
    configuration("`account` is missing; it is part of the address")
}

fn disagree(one: &str, other: &str) -> Error {
    configuration(format!("`{one}` and `{other}` name different accounts; leave `{one}` out"))
}
