//! How connections are made: names, addresses, proxies, TLS.

mod dial;
mod proxy;
mod resolve;
mod stream;
mod tunnel;

use std::error::Error as StdError;
use std::fmt;
use std::future::{Future, Ready, ready};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::{Either, select};
use http::{HeaderValue, Uri};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::Connection;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use storage_core::{BoxFuture, Error, ErrorKind, Result, Runtime};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tower_service::Service;

use crate::config::HttpConfig;
use crate::endpoint::{Endpoint, Scheme};
use crate::tls::{self, Tls};
use proxy::{Proxies, Proxy};
use resolve::Addresses;
pub use resolve::{Resolve, SystemResolver};
use stream::Stream;

/// A byte stream to a service.
pub trait Transport: AsyncRead + AsyncWrite + Send + Unpin + 'static {
    /// Tells whether HTTP/2 was agreed on in the TLS handshake.
    fn is_http2(&self) -> bool {
        false
    }
}

impl Transport for TcpStream {}

impl Transport for tokio::io::DuplexStream {}

impl<T: Transport + ?Sized> Transport for Box<T> {
    fn is_http2(&self) -> bool {
        (**self).is_http2()
    }
}

/// How connections are made; tests put their own in.
pub trait Connect: fmt::Debug + Send + Sync + 'static {
    /// Opens one connection, TLS handshake included.
    fn connect<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<Box<dyn Transport>>>;

    /// Tells whether requests name the endpoint in their target, because a proxy reads them.
    fn absolute_form(&self, _endpoint: &Endpoint) -> bool {
        false
    }

    /// Returns the header `proxy-authorization` of requests whose target is in absolute form.
    fn proxy_authorization(&self, _endpoint: &Endpoint) -> Option<HeaderValue> {
        None
    }
}

/// The connector that the library uses: names looked up by the system, every address tried, TLS by rustls.
///
/// Clones share what they know about names and TLS.
#[derive(Clone)]
pub struct Connector {
    runtime: Arc<dyn Runtime>,
    addresses: Arc<Addresses>,
    tls: Arc<Tls>,
    proxies: Proxies,
    connect_timeout: Duration,
}

impl Connector {
    /// Makes a connector that finds names and proxies as the process is set up.
    ///
    /// # Errors
    /// `Configuration` naming the setting that can't be used; its value is not shown.
    pub fn new(config: &HttpConfig, runtime: Arc<dyn Runtime>) -> Result<Self> {
        // Text that is no UTF-8 becomes an address that is none, which is better than no proxy.
        let environment = |name: &str| std::env::var_os(name).map(|it| it.to_string_lossy().into_owned());
        Self::with_environment(config, runtime, environment)
    }

    /// Makes a connector that finds proxies in the variables that a function gives.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_environment(
        config: &HttpConfig,
        runtime: Arc<dyn Runtime>,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        Ok(Self {
            addresses: Arc::new(Addresses::new(Arc::clone(&runtime), Arc::new(SystemResolver))),
            tls: Arc::new(Tls::new(config)?),
            proxies: Proxies::new(config, &environment)?,
            connect_timeout: config.connect_timeout,
            runtime,
        })
    }

    /// Looks up names in another way.
    #[must_use]
    pub fn with_resolver(mut self, resolver: Arc<dyn Resolve>) -> Self {
        self.addresses = Arc::new(Addresses::new(Arc::clone(&self.runtime), resolver));
        self
    }

    /// Returns a connector without any proxy, for what is near, such as a metadata service.
    #[must_use]
    pub fn without_proxy(&self) -> Self {
        Self { proxies: Proxies::default(), ..self.clone() }
    }

    async fn open(&self, endpoint: &Endpoint) -> Result<Box<dyn Transport>> {
        let (host, port) = (endpoint.host(), endpoint.port());
        let https = endpoint.scheme() == Scheme::Https;
        let Some(proxy) = self.proxies.find(endpoint)? else {
            let stream = self.dial(host, port).await?;
            if !https {
                return Ok(Box::new(stream));
            }
            let config = self.tls.for_service(&*self.runtime).await?;
            return self.shake_hands(stream, config, host, port).await;
        };
        let mut stream = self.reach(proxy).await?;
        if !https {
            return Ok(stream);
        }
        let place = format!("{host}:{port}");
        let tunnel = tunnel::open(&mut stream, proxy, &place);
        within(&*self.runtime, self.patience(), tunnel).await.unwrap_or_else(|| {
            let message = format!("the proxy `{}` does not answer", proxy.place());
            Err(Error::new(ErrorKind::Connect, message))
        })?;
        let config = self.tls.for_service(&*self.runtime).await?;
        self.shake_hands(Stream::new(stream, false), config, host, port).await
    }

    /// Connects to a proxy.
    async fn reach(&self, proxy: &Proxy) -> Result<Box<dyn Transport>> {
        let stream = self.dial(&proxy.host, proxy.port).await?;
        match proxy.scheme {
            Scheme::Http => Ok(Box::new(stream)),
            Scheme::Https => {
                let config = self.tls.for_proxy(&*self.runtime).await?;
                self.shake_hands(stream, config, &proxy.host, proxy.port).await
            }
        }
    }

    async fn dial(&self, host: &str, port: u16) -> Result<TcpStream> {
        dial::dial(&*self.runtime, &self.addresses, self.connect_timeout, (host, port)).await
    }

    /// How long a handshake may take: some round trips and some computing where a connection is one round trip.
    fn patience(&self) -> Duration {
        self.connect_timeout.saturating_mul(3)
    }

    async fn shake_hands<S>(
        &self,
        stream: S,
        config: Arc<ClientConfig>,
        host: &str,
        port: u16,
    ) -> Result<Box<dyn Transport>>
    where
        S: AsyncRead + AsyncWrite + Connection + Send + Unpin + 'static,
    {
        let place = format!("{host}:{port}");
        let failed = |what: &str| Error::new(ErrorKind::Connect, format!("`{place}` {what}"));
        let address = format!("https://{place}/");
        let uri: Uri = address.parse().map_err(|error| failed("is no address").with_source(error))?;
        let mut connector = HttpsConnector::from((Made(Some(TokioIo::new(stream))), config));
        match within(&*self.runtime, self.patience(), connector.call(uri)).await {
            Some(Ok(MaybeHttpsStream::Https(stream))) => {
                let stream = stream.into_inner();
                let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                Ok(Box::new(Stream::new(stream, http2)))
            }
            Some(Ok(MaybeHttpsStream::Http(_))) => Err(failed("was not asked for TLS").with_retryable(false)),
            Some(Err(error)) => Err(tls::failure(&place, &*error)
                .unwrap_or_else(|| failed("broke the connection in the TLS handshake").with_source(error))),
            None => Err(failed("does not finish the TLS handshake")),
        }
    }
}

impl Connect for Connector {
    fn connect<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<Box<dyn Transport>>> {
        Box::pin(self.open(endpoint))
    }

    fn absolute_form(&self, endpoint: &Endpoint) -> bool {
        endpoint.scheme() == Scheme::Http && self.proxies.find(endpoint).is_ok_and(|it| it.is_some())
    }

    fn proxy_authorization(&self, endpoint: &Endpoint) -> Option<HeaderValue> {
        let proxy = self.proxies.find(endpoint).ok().flatten()?;
        if endpoint.scheme() == Scheme::Http { proxy.authorization() } else { None }
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("tls", &self.tls)
            .field("proxies", &self.proxies)
            .field("connect_timeout", &self.connect_timeout)
            .finish_non_exhaustive()
    }
}

/// The connector below that of TLS: it hands over a stream that is there already, once.
struct Made<S>(Option<S>);

impl<S: Send + 'static> Service<Uri> for Made<S> {
    type Response = S;
    type Error = Box<dyn StdError + Send + Sync>;
    type Future = Ready<Result<S, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        ready(self.0.take().ok_or_else(|| "the stream was handed over before".into()))
    }
}

/// Waits for a future, but only so long.
async fn within<T>(runtime: &dyn Runtime, limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    match select(pin!(future), runtime.sleep(limit)).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(((), _)) => None,
    }
}
