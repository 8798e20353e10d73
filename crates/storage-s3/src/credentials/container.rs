//! Keys of a container: the agents of ECS and EKS.
//!
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION};
use http::{HeaderValue, Method, Uri};
use storage_core::{Error, ErrorKind, Result, Secret};
use storage_http::{Endpoint, Patience, Request, Scheme};

use super::answer::{self, End, RawKeys};
use super::ask::{Ask, plain, secret_header};
use super::chain::Lookup;
use super::files;
use super::settings::CredentialSettings;

/// Where the agent of ECS is.
const ECS: &str = "169.254.170.2";
/// Hosts that may be asked in the clear, besides those of the loopback: the agents of ECS and of EKS.
const AGENTS: [&str; 3] = [ECS, "169.254.170.23", "fd00:ec2::23"];
/// How long the agent may take with all attempts; the first answer of a container may need a call of its own.
const LIMIT: Duration = Duration::from_secs(5);
const SERVICE: &str = "the credentials service of the container";

/// Asks the agent for keys, if the container names one.
///
/// # Errors
/// `Configuration` for an address that is no agent's, those of the request, and `UnexpectedResponse`.
pub(super) async fn look(ask: Ask<'_>) -> Result<Lookup> {
    let Some((endpoint, target)) = place(ask.settings)? else {
        return Ok(Lookup::Not("no address is given".into()));
    };
    let mut request = Request::new("GetContainerCredentials", Method::GET, Arc::new(endpoint), target)
        .patience(Patience::Short(LIMIT));
    request.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(token) = token(ask).await? {
        request.headers.insert(AUTHORIZATION, secret_header(&token)?);
    }
    let client = ask.client.without_proxy()?;
    let keys: RawKeys = ask
        .within(LIMIT, SERVICE, client.send(&plain(SERVICE), request, |it| Ok(answer::read_json(&it.body)?)))
        .await?;
    keys.check("container", End::Required, ask.now).map(Lookup::Found)
}

/// Returns what the agent wants to be shown. The file is read every time, since it changes.
async fn token(ask: Ask<'_>) -> Result<Option<Secret>> {
    if let Some(path) = &ask.settings.container_token_file {
        return files::read_token(ask.runtime(), path).await.map(Some);
    }
    Ok(ask.settings.container_token.clone().filter(|it| !it.expose().is_empty()))
}

/// Returns where the agent is; `None` when no address is given.
fn place(settings: &CredentialSettings) -> Result<Option<(Endpoint, String)>> {
    let given = |value: &'_ Option<String>| value.clone().filter(|it| !it.is_empty());
    if let Some(target) = given(&settings.container_relative_uri) {
        if !target.starts_with('/') {
            return Err(refused("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "does not start with `/`"));
        }
        return Ok(Some((Endpoint::new(Scheme::Http, ECS, None, "")?, target)));
    }
    let Some(address) = given(&settings.container_full_uri) else { return Ok(None) };
    let bad = |what| refused("AWS_CONTAINER_CREDENTIALS_FULL_URI", what);
    let uri: Uri = address.parse().map_err(|_| bad("is no address"))?;
    let scheme = match uri.scheme_str() {
        Some("http") => Scheme::Http,
        Some("https") => Scheme::Https,
        _ => return Err(bad("lacks `http://` or `https://`")),
    };
    let authority = uri.authority().ok_or_else(|| bad("has no host"))?;
    if authority.as_str().contains('@') {
        return Err(bad("holds a user name"));
    }
    if scheme == Scheme::Http && !is_near(authority.host()) {
        return Err(bad(
            "points at another host in the clear; only https, this machine and the agents of ECS and EKS may hand out keys",
        ));
    }
    let endpoint = Endpoint::new(scheme, authority.host(), authority.port_u16(), "")?;
    let target = uri.path_and_query().map_or("/", |it| it.as_str());
    Ok(Some((endpoint, target.to_owned())))
}

/// Tells whether nobody else can listen on the way to a host. Names other than `localhost` depend on who is asked.
fn is_near(host: &str) -> bool {
    let inner = host.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(host);
    if inner.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let Ok(address) = inner.parse::<IpAddr>() else { return false };
    address.is_loopback() || AGENTS.iter().any(|agent| agent.parse() == Ok(address))
}

fn refused(variable: &str, what: &str) -> Error {
    Error::new(ErrorKind::Configuration, format!("`{variable}` {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(address: &str) -> Result<Option<(Endpoint, String)>> {
        place(&CredentialSettings { container_full_uri: Some(address.to_owned()), ..Default::default() })
    }

    #[test]
    fn fault_131_only_what_is_near_is_asked_in_the_clear() {
        for (address, host, target) in [
            ("http://localhost:80/a", "localhost", "/a"),
            ("http://LOCALHOST/a", "localhost", "/a"),
            ("http://127.0.0.1/a/../b?c=d", "127.0.0.1", "/a/../b?c=d"),
            ("http://127.8.9.10:1234", "127.8.9.10", "/"),
            ("http://[::1]:8080/a", "[::1]", "/a"),
            ("http://169.254.170.2/a", "169.254.170.2", "/a"),
            ("http://169.254.170.23/v1/credentials", "169.254.170.23", "/v1/credentials"),
            ("http://[fd00:ec2::23]/v1/credentials", "[fd00:ec2::23]", "/v1/credentials"),
            ("http://[fd00:0ec2:0:0:0:0:0:23]/v1", "[fd00:0ec2:0:0:0:0:0:23]", "/v1"),
            ("https://keys.example.com/a", "keys.example.com", "/a"),
        ] {
            let (endpoint, found) = full(address).unwrap().unwrap();
            assert_eq!((endpoint.host(), found.as_str()), (host, target), "{address}");
        }
        for address in [
            "http://canary.example.com/a",
            "http://169.254.170.24/canary",
            "http://169.254.169.254/canary",
            "http://127.0.0.1.canary.com/",
            "http://localhost.canary.com/",
            "http://canary.localhost/",
            "http://localhost@canary.com/",
            "http://127.0.0.1@canary.com/",
            "http://2130706433/canary",
            "http://0x7f.1/canary",
            "http://0.0.0.0/canary",
            "http://[::ffff:127.0.0.1]/canary",
            "http://[fd00:ec2::254]/canary",
            "ftp://localhost/canary",
            "//localhost/canary",
            "/canary",
            "canary",
            "http://",
            "http:///canary",
        ] {
            let error = full(address).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Configuration, "{address}");
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
    }

    #[test]
    fn a_relative_address_is_the_agents_and_goes_first() {
        let settings = |relative: &str| CredentialSettings {
            container_relative_uri: Some(relative.to_owned()),
            container_full_uri: Some("http://canary.example.com/".to_owned()),
            ..Default::default()
        };
        let (endpoint, target) = place(&settings("/v2/credentials/1?a=b")).unwrap().unwrap();
        assert_eq!(
            (endpoint.to_string().as_str(), target.as_str()),
            ("http://169.254.170.2", "/v2/credentials/1?a=b")
        );
        assert!(place(&settings("@canary.example.com/")).is_err());
        assert!(place(&CredentialSettings::default()).unwrap().is_none());
    }
}
