//! Which proxy a host is reached through.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use http::uri::Authority;
use storage_core::{Error, ErrorKind, Result, Secret};

use crate::config::HttpConfig;
use crate::encode::decode_percent;
use crate::endpoint::{Endpoint, Scheme};

/// A proxy that speaks HTTP.
#[derive(Debug)]
pub(super) struct Proxy {
    pub(super) scheme: Scheme,
    pub(super) host: String,
    pub(super) port: u16,
    /// The value of `proxy-authorization`.
    authorization: Option<Secret>,
}

impl Proxy {
    /// Reads `http://user:password@host:port`; scheme, user, password and port may be left out.
    ///
    /// The error says what is wrong with the address, without showing it.
    fn parse(address: &str) -> Result<Self, &'static str> {
        let address = address.trim();
        let (scheme, rest) = match address.split_once("://") {
            None => (Scheme::Http, address),
            Some((word, rest)) if word.eq_ignore_ascii_case("http") => (Scheme::Http, rest),
            Some((word, rest)) if word.eq_ignore_ascii_case("https") => (Scheme::Https, rest),
            Some(_) => return Err("is of a kind that is not supported; use `http://` or `https://`"),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (user, place) = rest.rsplit_once('@').map_or((None, rest), |(user, place)| (Some(user), place));
        let no_address = "is no address such as `http://user:password@host:port`";
        let place: Authority = place.parse().map_err(|_| no_address)?;
        let port = match place.as_str().strip_prefix(place.host()).and_then(|it| it.strip_prefix(':')) {
            None => scheme.default_port(),
            Some(port) => port.parse().map_err(|_| no_address)?,
        };
        if place.host().is_empty() {
            return Err(no_address);
        }
        let authorization = user.map(basic).transpose()?;
        Ok(Self { scheme, host: place.host().to_ascii_lowercase(), port, authorization })
    }

    /// Returns the value of `proxy-authorization`, marked as a secret.
    pub(super) fn authorization(&self) -> Option<HeaderValue> {
        // Base64 is fit for a header.
        let mut value = HeaderValue::from_str(self.authorization.as_ref()?.expose()).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Returns `host:port`.
    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

/// Turns `user:password`, percent-encoded, into the value of a header.
fn basic(user: &str) -> Result<Secret, &'static str> {
    let (user, password) = user.split_once(':').unwrap_or((user, ""));
    let wrong = "has a user name or a password that is not percent-encoded";
    let decode = |text| decode_percent(text).ok_or(wrong);
    let both = wiped_pair(&decode(user)?, &decode(password)?);
    Ok(Secret::new(format!("Basic {}", STANDARD.encode(both.expose()))))
}

fn wiped_pair(user: &[u8], password: &[u8]) -> Secret<Vec<u8>> {
    Secret::new([user, b":", password].concat())
}

/// The proxies of a process: the one of the settings, or those of the environment.
#[derive(Clone, Debug, Default)]
pub(super) struct Proxies {
    /// The one of the settings, for every host that is not excepted.
    given: Option<Arc<Proxy>>,
    for_https: Found,
    for_http: Found,
    except: Arc<NoProxy>,
}

/// What the environment says. What can't be used is an error only for the hosts that it is meant for.
#[derive(Clone, Debug, Default)]
enum Found {
    #[default]
    Nothing,
    Proxy(Arc<Proxy>),
    Wrong(&'static str, &'static str),
}

impl Proxies {
    /// Reads the settings and, where they have no proxy, the environment.
    ///
    /// # Errors
    /// `Configuration` when the proxy of the settings is none; it is not shown.
    pub(super) fn new(config: &HttpConfig, environment: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        let mut except = NoProxy::default();
        config.no_proxy.iter().for_each(|it| except.add(it));
        let mut all = Self::default();
        if let Some(address) = &config.proxy {
            let wrong = |what| Error::new(ErrorKind::Configuration, format!("`http.proxy` {what}"));
            all.given = Some(Arc::new(Proxy::parse(address.expose()).map_err(wrong)?));
        } else if config.proxy_from_env {
            let value = |name: &str| environment(name).filter(|it| !it.trim().is_empty());
            all.for_https = found(&value, &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]);
            // A server that runs us for a request puts its header `Proxy` into `HTTP_PROXY`.
            let by_request = value("REQUEST_METHOD").is_some();
            let names = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
            let names: Vec<_> = names.into_iter().filter(|it| !(by_request && *it == "HTTP_PROXY")).collect();
            all.for_http = found(&value, &names);
            if let Some(list) = value("no_proxy").or_else(|| value("NO_PROXY")) {
                except.add(&list);
            }
        }
        all.except = Arc::new(except);
        Ok(all)
    }

    /// Returns the proxy for a host; one on this machine has none unless the settings say so.
    ///
    /// # Errors
    /// `Configuration` when the environment names one that can't be used.
    pub(super) fn find(&self, endpoint: &Endpoint) -> Result<Option<&Proxy>> {
        // The usual case, asked before every request.
        if self.given.is_none()
            && matches!((&self.for_http, &self.for_https), (Found::Nothing, Found::Nothing))
        {
            return Ok(None);
        }
        if self.except.covers(endpoint.host()) {
            return Ok(None);
        }
        if let Some(proxy) = &self.given {
            return Ok(Some(proxy));
        }
        let found = match endpoint.scheme() {
            Scheme::Https => &self.for_https,
            Scheme::Http => &self.for_http,
        };
        match found {
            Found::Proxy(proxy) if !endpoint.is_loopback() => Ok(Some(proxy)),
            Found::Wrong(name, what) if !endpoint.is_loopback() => Err(Error::new(
                ErrorKind::Configuration,
                format!("the variable `{name}` {what}, or set `http.proxy_from_env` to `false`"),
            )),
            _ => Ok(None),
        }
    }
}

/// Takes the first of some variables that is set.
fn found(value: &dyn Fn(&str) -> Option<String>, names: &[&'static str]) -> Found {
    let first = names.iter().find_map(|name| value(name).map(|it| (*name, it)));
    let Some((name, address)) = first else { return Found::Nothing };
    Proxy::parse(&address).map_or_else(|what| Found::Wrong(name, what), |it| Found::Proxy(Arc::new(it)))
}

/// Hosts that are reached without a proxy.
#[derive(Default)]
struct NoProxy {
    all: bool,
    names: Vec<String>,
    /// Addresses with the number of bits that count.
    networks: Vec<(IpAddr, u32)>,
}

impl NoProxy {
    /// Reads a list with commas or blanks between names, addresses, networks such as `10.0.0.0/8`, or `*`.
    fn add(&mut self, list: &str) {
        for word in list.split([',', ' ', '\t']).filter(|it| !it.is_empty()) {
            let (address, bits) = word.split_once('/').map_or((word, None), |(it, bits)| (it, Some(bits)));
            match address.trim_matches(['[', ']']).parse::<IpAddr>() {
                Ok(address) => {
                    let most = if address.is_ipv4() { 32 } else { 128 };
                    // A network that is none excepts nothing, as everywhere.
                    if let Some(bits) = bits.map_or(Some(most), |it| it.parse().ok()).filter(|it| *it <= most)
                    {
                        self.networks.push((address, bits));
                    }
                }
                Err(_) if word == "*" => self.all = true,
                Err(_) => {
                    let name = word.strip_prefix("*.").unwrap_or(word).trim_matches('.');
                    self.names.push(name.to_ascii_lowercase());
                }
            }
        }
    }

    /// Tells whether a host, in lower case, is in the list, itself or below one of its names.
    fn covers(&self, host: &str) -> bool {
        if self.all {
            return true;
        }
        if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
            return self.networks.iter().any(|(network, bits)| holds(*network, *bits, address));
        }
        let host = host.trim_end_matches('.');
        self.names.iter().any(|name| {
            host.strip_suffix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    }
}

impl fmt::Debug for NoProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = usize::from(self.all) + self.names.len() + self.networks.len();
        write!(f, "NoProxy({entries} entries)")
    }
}

fn holds(network: IpAddr, bits: u32, address: IpAddr) -> bool {
    let (network, address, most) = match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            (u128::from(network.to_bits()), u128::from(address.to_bits()), 32)
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => (network.to_bits(), address.to_bits(), 128),
        _ => return false,
    };
    // No bits that count means a shift by all of them, which is every address.
    (network ^ address).checked_shr(most - bits).unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<String> {
        move |name| pairs.iter().find(|it| it.0 == name).map(|it| it.1.to_owned())
    }

    fn from_environment(pairs: &'static [(&str, &str)]) -> Proxies {
        Proxies::new(&HttpConfig::default(), &environment(pairs)).unwrap()
    }

    fn place(proxies: &Proxies, address: &str) -> Option<String> {
        let endpoint = Endpoint::parse(address, "").unwrap();
        proxies.find(&endpoint).unwrap().map(Proxy::place)
    }

    #[test]
    fn addresses_are_read_in_all_their_forms() {
        let read = |text: &str| {
            let it = Proxy::parse(text).unwrap();
            let user = it.authorization().map(|it| it.to_str().unwrap().to_owned());
            (it.scheme.name(), it.place(), user)
        };
        assert_eq!(read("http://Proxy:3128/"), ("http", "proxy:3128".to_owned(), None));
        assert_eq!(read("proxy:3128"), ("http", "proxy:3128".to_owned(), None));
        assert_eq!(read("HTTPS://[::1]").1, "[::1]:443");
        assert_eq!(read("http://u:p%40ss@proxy").2.as_deref(), Some("Basic dTpwQHNz"));
        assert_eq!(read("http://u:p@ss@proxy").2.as_deref(), Some("Basic dTpwQHNz"));
        assert_eq!(read("http://user@proxy").2.as_deref(), Some("Basic dXNlcjo="));
        for wrong in ["", "http://", "http://:3128", "socks5://proxy:1080", "http://a b", "proxy:", "h:70000"]
        {
            assert!(Proxy::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_environment_is_read_as_curl_reads_it() {
        let all = from_environment(&[
            ("HTTPS_PROXY", "http://upper:1"),
            ("https_proxy", "http://lower:2"),
            ("ALL_PROXY", "http://all:3"),
            ("NO_PROXY", "internal.example, .corp,10.0.0.0/8 [2001:db8::]/32,*.wild.example"),
        ]);
        assert_eq!(place(&all, "https://s3.example.com").as_deref(), Some("lower:2"));
        assert_eq!(place(&all, "http://s3.example.com").as_deref(), Some("all:3"));
        for direct in [
            "https://internal.example",
            "https://a.internal.example",
            "https://x.corp",
            "http://10.255.0.1",
            "https://[2001:db8:1::1]",
            "https://wild.example",
            "https://a.wild.example",
            "https://localhost:9000",
            "http://127.0.0.1:9000",
        ] {
            assert_eq!(place(&all, direct), None, "{direct}");
        }
        for proxied in ["https://notinternal.example", "http://11.0.0.1", "https://[2001:db9::1]"] {
            assert!(place(&all, proxied).is_some(), "{proxied}");
        }
    }

    #[test]
    fn a_request_header_can_not_choose_the_proxy() {
        let pairs = &[("HTTP_PROXY", "http://evil:1"), ("REQUEST_METHOD", "GET")];
        assert_eq!(place(&from_environment(pairs), "http://s3.example.com"), None);
    }

    #[test]
    fn a_variable_that_can_not_be_used_fails_only_where_it_counts() {
        let all = from_environment(&[("ALL_PROXY", "socks5://canary:secret@proxy:1")]);
        assert_eq!(place(&all, "http://127.0.0.1:9000"), None);
        let error = all.find(&Endpoint::parse("https://s3.example.com", "").unwrap()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains("`ALL_PROXY`") && !error.to_string().contains("canary"));
    }

    #[test]
    fn the_settings_win_and_reach_this_machine_too() {
        let mut config = HttpConfig {
            proxy: Some("http://set:1".into()),
            no_proxy: vec!["metadata.internal".to_owned()],
            ..HttpConfig::default()
        };
        let all = Proxies::new(&config, &environment(&[("HTTPS_PROXY", "x:2"), ("NO_PROXY", "*")])).unwrap();
        assert_eq!(place(&all, "https://localhost").as_deref(), Some("set:1"));
        assert_eq!(place(&all, "http://metadata.internal"), None);
        config.proxy = None;
        config.proxy_from_env = false;
        let none = Proxies::new(&config, &environment(&[("HTTPS_PROXY", "x:2")])).unwrap();
        assert_eq!(place(&none, "https://s3.example.com"), None);
    }

    #[test]
    fn all_hosts_and_all_addresses_can_be_excepted() {
        for list in ["*", "a.example,*"] {
            let mut except = NoProxy::default();
            except.add(list);
            assert!(except.covers("b.example") && except.covers("[::1]"));
        }
        let mut except = NoProxy::default();
        except.add("0.0.0.0/0,10.0.0.0/99");
        assert!(except.covers("8.8.8.8") && !except.covers("[::1]") && !except.covers("b.example"));
    }
}
