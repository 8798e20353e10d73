//! Where requests go.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use http::{HeaderValue, Uri, uri::Authority};
use storage_core::{Error, ErrorKind, Result};

use crate::connection::Idle;
#[cfg(feature = "http2")]
use crate::http2::Shared;

/// How a service is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// In the clear.
    Http,
    /// Over TLS.
    Https,
}

impl Scheme {
    /// Returns the word in addresses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// Returns the port that addresses leave out.
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// A host that requests go to, with the region that it stands for and its idle connections.
///
/// Make one for each host and keep it: connections wait for the next request here.
pub struct Endpoint {
    scheme: Scheme,
    host: String,
    port: u16,
    /// The region that signatures name; empty where there are none.
    region: String,
    host_header: HeaderValue,
    pub(crate) idle: Mutex<Vec<Idle>>,
    /// An answer had more headers than connections usually take.
    pub(crate) wide: AtomicBool,
    /// The connection that all requests share, where HTTP/2 was agreed on.
    #[cfg(feature = "http2")]
    pub(crate) shared: Mutex<Option<Shared>>,
}

impl Endpoint {
    /// Reads an address such as `https://s3.example.com:8443`; a path, a query or a user name in it is an error.
    ///
    /// # Errors
    /// `Configuration` saying what is wrong.
    pub fn parse(address: &str, region: impl Into<String>) -> Result<Self> {
        let bad = |what: &str| {
            Error::new(
                ErrorKind::Configuration,
                format!("the endpoint {what}; write `https://host` or `https://host:port`"),
            )
        };
        let uri: Uri = address.trim_end_matches('/').parse().map_err(|_| bad("is no address"))?;
        let scheme = match uri.scheme_str() {
            Some("http") => Scheme::Http,
            Some("https") => Scheme::Https,
            _ => return Err(bad("lacks `http://` or `https://`")),
        };
        let authority = uri.authority().ok_or_else(|| bad("has no host"))?;
        if authority.as_str().contains('@') {
            return Err(bad("holds a user name"));
        }
        if uri.path() != "/" && !uri.path().is_empty() || uri.query().is_some() {
            return Err(bad("has a path or a query"));
        }
        // A port that is none counts as missing there.
        let port = authority.port_u16();
        if port.is_none() && authority.as_str().len() > authority.host().len() {
            return Err(bad("has a port that is none"));
        }
        Self::new(scheme, authority.host(), port, region)
    }

    /// Puts an endpoint together; no port is the one of the scheme.
    ///
    /// # Errors
    /// `Configuration` when the host is none.
    pub fn new(scheme: Scheme, host: &str, port: Option<u16>, region: impl Into<String>) -> Result<Self> {
        let port = port.unwrap_or(scheme.default_port());
        let bad =
            |_| Error::new(ErrorKind::Configuration, format!("the endpoint's host `{host}` is no host name"));
        let shown = if port == scheme.default_port() { host.to_owned() } else { format!("{host}:{port}") };
        let authority: Authority = shown.parse().map_err(|_| bad(()))?;
        let host_header = HeaderValue::from_str(authority.as_str()).map_err(|_| bad(()))?;
        if authority.host() != host || host.is_empty() {
            return Err(bad(()));
        }
        let host = authority.host().to_ascii_lowercase();
        Ok(Self {
            scheme,
            host,
            port,
            region: region.into(),
            host_header,
            idle: Mutex::default(),
            wide: AtomicBool::new(false),
            #[cfg(feature = "http2")]
            shared: Mutex::default(),
        })
    }

    /// Returns the same place under another host name and region, such as that of a bucket.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_host(&self, host: &str, region: impl Into<String>) -> Result<Self> {
        let port = (self.port != self.scheme.default_port()).then_some(self.port);
        Self::new(self.scheme, host, port, region)
    }

    /// Returns how it is spoken to.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Returns the host, in lower case; an IPv6 address has its brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Returns the port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the region that signatures name.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Returns the value of the header `host`.
    pub fn host_header(&self) -> &HeaderValue {
        &self.host_header
    }

    /// Returns host and, where it is not the one of the scheme, port.
    pub fn authority(&self) -> &str {
        // Made from text, so it is text.
        self.host_header.to_str().unwrap_or_default()
    }

    /// Tells whether it is on this machine.
    pub fn is_loopback(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || host.ends_with(".localhost")
            || host.parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback())
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.name(), self.authority())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({self}, {:?})", self.region)
    }
}
