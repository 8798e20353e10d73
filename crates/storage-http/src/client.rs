//! Sends requests: the only loop of the workspace that sleeps and sends again.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderMap, HeaderValue, StatusCode};
use storage_core::{Body, Error, ErrorKind, Result, Runtime};

use crate::attempt::Exchange;
use crate::clock::Clock;
use crate::config::HttpConfig;
use crate::connect::{Connect, Connector};
use crate::connection::Limits;
use crate::failure::Failure;
use crate::headers;
use crate::protocol::Protocol;
use crate::request::{Answer, Request};
use crate::retry::Quota;
use crate::tries::Tries;

/// The number of the next client.
static NEXT_NUMBER: AtomicU64 = AtomicU64::new(0);

/// Sends requests of one storage; cheap to clone.
#[derive(Clone)]
pub struct Client(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) connector: Arc<dyn Connect>,
    /// Reaches hosts without a proxy.
    direct: Arc<dyn Connect>,
    pub(crate) runtime: Arc<dyn Runtime>,
    pub(crate) clock: Clock,
    pub(crate) quota: Quota,
    pub(crate) config: HttpConfig,
    pub(crate) limits: Limits,
    pub(crate) user_agent: HeaderValue,
}

/// A good answer whose body is still to be read.
pub struct Streamed {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// How many bytes the body has, where the head says so.
    pub len: Option<u64>,
    /// The body; one that ends early is `Truncated`.
    pub body: Body,
}

impl fmt::Debug for Streamed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streamed")
            .field("status", &self.status)
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("connector", &self.0.connector).finish_non_exhaustive()
    }
}

impl Client {
    /// Makes a client with its own connections, clock and quota; connects nowhere yet.
    ///
    /// # Errors
    /// `Configuration` when a certificate, a key or the proxy can't be used.
    pub fn new(config: HttpConfig, runtime: Arc<dyn Runtime>) -> Result<Self> {
        let connector = Connector::new(&config, Arc::clone(&runtime))?;
        let direct = Arc::new(connector.without_proxy());
        Self::build(config, runtime, Arc::new(connector), direct)
    }

    /// Makes a client over connections of the caller's.
    ///
    /// # Errors
    /// `Configuration` when a setting can't be used.
    pub fn with_connector(
        config: HttpConfig,
        runtime: Arc<dyn Runtime>,
        connector: Arc<dyn Connect>,
    ) -> Result<Self> {
        Self::build(config, runtime, Arc::clone(&connector), connector)
    }

    fn build(
        config: HttpConfig,
        runtime: Arc<dyn Runtime>,
        connector: Arc<dyn Connect>,
        direct: Arc<dyn Connect>,
    ) -> Result<Self> {
        if !(1..=100).contains(&config.max_attempts) {
            return Err(Error::new(ErrorKind::Configuration, "`http.max_attempts` must be 1 to 100"));
        }
        let own = concat!("storage/", env!("CARGO_PKG_VERSION"));
        let name = config.user_agent.as_ref().map_or_else(|| own.to_owned(), |it| format!("{own} {it}"));
        let user_agent = headers::value("user-agent", &name).map_err(|_| {
            Error::new(ErrorKind::Configuration, "`http.user_agent` can't be sent in a header")
        })?;
        let limits = Limits {
            stall: config.stall_timeout,
            min_rate: config.min_rate_bytes,
            answer: config.answer_timeout,
            idle: config.idle_timeout,
            max_idle: config.max_idle,
            client: NEXT_NUMBER.fetch_add(1, Ordering::Relaxed),
        };
        let clock = Clock::new(Arc::clone(&runtime));
        let quota = Quota::default();
        Ok(Self(Arc::new(Inner { connector, direct, runtime, clock, quota, config, limits, user_agent })))
    }

    /// Returns a client that reaches hosts without a proxy, for what must not leave the machine's own network.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn without_proxy(&self) -> Result<Self> {
        let direct = Arc::clone(&self.0.direct);
        Self::with_connector(self.0.config.clone(), Arc::clone(&self.0.runtime), direct)
    }

    /// Returns the time by the clock of the service.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Returns the seam to time, randomness and tasks.
    pub fn runtime(&self) -> &Arc<dyn Runtime> {
        &self.0.runtime
    }

    /// Sends a request, reads the answer to its end, and parses it. Reading and parsing belong to an attempt, since some
    /// failures arrive under status 200.
    ///
    /// # Errors
    /// That of the last attempt, with their number. `Ambiguous` when an attempt may have been carried out and the
    /// request may not be carried out twice; the error of the last attempt is its source.
    ///
    /// # Cancel safety
    /// A dropped future closes its connection; whether the request was carried out is unknown then.
    pub async fn send<P: Protocol, T>(
        &self,
        protocol: &P,
        request: Request,
        parse: impl Fn(&Answer) -> Result<T, Failure>,
    ) -> Result<T> {
        let mut tries = Tries::new(self, request);
        let work = async {
            loop {
                let failure = match tries.collect(protocol).await {
                    Ok(answer) => match parse(&answer) {
                        Ok(value) => {
                            tries.succeeded(&answer.headers);
                            return Ok(value);
                        }
                        Err(failure) => failure,
                    },
                    Err(failure) => failure,
                };
                tries.after(protocol, failure).await?;
            }
        };
        let outcome = self.within_deadline(work).await;
        outcome.unwrap_or_else(|late| Err(tries.stopped(late)))
    }

    /// Sends a request and gives the body of the answer as it comes.
    ///
    /// # Errors
    /// As [`send`](Self::send). What breaks later comes from the body, and is not repeated here.
    ///
    /// # Cancel safety
    /// As [`send`](Self::send); a dropped body closes its connection.
    pub async fn send_stream<P: Protocol>(&self, protocol: &P, request: Request) -> Result<Streamed> {
        let mut tries = Tries::new(self, request);
        let work = async {
            loop {
                match tries.exchange(protocol).await {
                    Ok(Exchange { parts, download, .. }) => {
                        tries.succeeded(&parts.headers);
                        let (status, headers, len) = (parts.status, parts.headers, download.declared());
                        return Ok(Streamed { status, headers, len, body: Body::new(download) });
                    }
                    Err(failure) => tries.after(protocol, failure).await?,
                }
            }
        };
        let outcome = self.within_deadline(work).await;
        outcome.unwrap_or_else(|late| Err(tries.stopped(late)))
    }

    /// Does work until the deadline; the outer error is that of the deadline.
    async fn within_deadline<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        let Some(deadline) = self.0.config.deadline else { return Ok(work.await) };
        let sleep = self.0.runtime.sleep(deadline);
        match futures_util::future::select(std::pin::pin!(work), sleep).await {
            futures_util::future::Either::Left((result, _)) => Ok(result),
            futures_util::future::Either::Right(_) => {
                let message = format!("the call took longer than its {} seconds", deadline.as_secs_f64());
                Err(Error::new(ErrorKind::Timeout, message))
            }
        }
    }
}
