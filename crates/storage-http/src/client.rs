//! Sends requests: the only loop of the workspace that sleeps and sends again.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, PROXY_AUTHORIZATION, TRANSFER_ENCODING, USER_AGENT};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use storage_core::{Body, Error, ErrorKind, Idempotency, Result, Runtime};
use tracing::Instrument as _;

use crate::body::{Download, Over, SharedSent, WireBody, lock};
use crate::clock::Clock;
use crate::config::HttpConfig;
use crate::connect::{Connect, Connector};
use crate::connection::{Broken, Connection, Lease, Limits};
use crate::failure::{Failure, Follow};
use crate::protocol::Protocol;
use crate::request::{Answer, Attempt, Patience, Request, header_value};
use crate::retry::{COST, COST_THROTTLED, Quota, backoff};
use crate::trace::redacted;

/// The longest answer that is read as a whole, such as a page of a listing.
const MAX_ANSWER: usize = 16 << 20;
/// How much of the body of an error is read.
const MAX_FAILURE: usize = 64 << 10;
/// How long a service that works on data may be silent.
const LONG: Duration = Duration::from_secs(15 * 60);

/// The number of the next client.
static NEXT_NUMBER: AtomicU64 = AtomicU64::new(0);

/// Sends requests of one storage; cheap to clone.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    connector: Arc<dyn Connect>,
    /// Reaches hosts without a proxy.
    direct: Arc<dyn Connect>,
    runtime: Arc<dyn Runtime>,
    clock: Clock,
    quota: Quota,
    config: HttpConfig,
    limits: Limits,
    user_agent: HeaderValue,
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
        let user_agent = header_value("user-agent", &name).map_err(|_| {
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

/// An answer whose head has come.
struct Exchange {
    parts: http::response::Parts,
    download: Download,
    sent: Option<SharedSent>,
}

/// The attempts of one request.
struct Tries<'a> {
    client: &'a Inner,
    request: Request,
    number: u32,
    /// An earlier attempt may have been carried out.
    lost: bool,
    /// The request is on its way, and nobody knows yet what becomes of it.
    on_wire: bool,
    /// What the last repeated attempt cost.
    cost: i64,
    /// The next attempt takes a new connection.
    fresh: bool,
    /// The last attempt met a connection that said nothing about the service, such as one closed while it was idle.
    stale: bool,
    /// How many attempts did so.
    stale_attempts: u32,
    reauthenticated: bool,
    resynchronised: bool,
    rerouted: u32,
}

/// How often a request is turned to another place.
const MAX_REROUTES: u32 = 2;

impl<'a> Tries<'a> {
    fn new(client: &'a Client, request: Request) -> Self {
        Self {
            client: &client.0,
            request,
            number: 0,
            lost: false,
            on_wire: false,
            cost: 0,
            fresh: false,
            stale: false,
            stale_attempts: 0,
            reauthenticated: false,
            resynchronised: false,
            rerouted: 0,
        }
    }

    /// Makes an attempt and reads a good answer to its end.
    async fn collect<P: Protocol>(&mut self, protocol: &P) -> Result<Answer, Failure> {
        let Exchange { parts, download, sent } = self.exchange(protocol).await?;
        let body = download.collect(MAX_ANSWER, Over::Fail).await?;
        let sent = sent.and_then(|it| lock(&it).checksum);
        Ok(Answer { status: parts.status, headers: parts.headers, body, sent })
    }

    /// Makes an attempt until the head of a good answer is there; a bad answer is read and classified.
    async fn exchange<P: Protocol>(&mut self, protocol: &P) -> Result<Exchange, Failure> {
        self.number += 1;
        let span = self.span(protocol);
        if span.is_disabled() {
            return self.attempt(protocol).await;
        }
        let result = self.attempt(protocol).instrument(span.clone()).await;
        match &result {
            Ok(it) => span.record("http.response.status_code", it.parts.status.as_u16()),
            Err(failure) => span.record("error.type", tracing::field::debug(failure.error.kind())),
        };
        result
    }

    fn span<P: Protocol>(&self, protocol: &P) -> tracing::Span {
        tracing::debug_span!(
            target: "storage_http",
            "request",
            otel.name = self.request.name,
            rpc.system = protocol.provider(),
            http.request.method = %self.request.method,
            http.request.resend_count = self.number - 1,
            server.address = self.request.endpoint.host(),
            server.port = self.request.endpoint.port(),
            url.target = %redacted(&self.request.target),
            http.response.status_code = tracing::field::Empty,
            "error.type" = tracing::field::Empty,
        )
    }

    async fn attempt<P: Protocol>(&mut self, protocol: &P) -> Result<Exchange, Failure> {
        let signed = self.client.clock.now();
        let (message, sent) = self.prepare(protocol, signed).await?;
        let mut lease = self.connect().await?;
        let started = self.client.runtime.now();
        self.on_wire = true;
        let response = match lease.send(message).await {
            Ok(response) => response,
            Err(broken) => return Err(self.broken(broken, sent.as_ref())),
        };
        let (parts, incoming) = response.into_parts();
        let patient = self.request.patience == Patience::Long;
        let whole = lease.is_request_done();
        let download = Download::new(incoming, lease, patient);
        if !is_framed(&parts.headers) {
            return Err(Failure::unexpected("the answer does not say where it ends, or how it is encoded"));
        }
        if parts.status.is_success() {
            // What the service does not have it can't have stored.
            return match whole {
                true => Ok(Exchange { parts, download, sent }),
                false => {
                    Err(Failure::unexpected("the service called it done before it had the whole request"))
                }
            };
        }
        let body = download.collect(MAX_FAILURE, Over::Cut).await.unwrap_or_default();
        let answer = Answer { status: parts.status, headers: parts.headers, body, sent: None };
        Err(self.refused(protocol, &answer, signed, started))
    }

    /// Builds and signs the message of an attempt.
    async fn prepare<P: Protocol>(
        &self,
        protocol: &P,
        now: SystemTime,
    ) -> Result<(http::Request<WireBody>, Option<SharedSent>), Failure> {
        let request = &self.request;
        let mut headers = request.headers.clone();
        headers.insert(HOST, request.endpoint.host_header().clone());
        headers.insert(USER_AGENT, self.client.user_agent.clone());
        let mut attempt = Attempt { request, target: request.target.clone(), headers, now, encoder: None };
        protocol.authorize(&mut attempt).await?;
        let Attempt { target, mut headers, encoder, .. } = attempt;
        let (body, sent) = WireBody::new(&request.payload, encoder, &self.client.runtime);
        // hyper leaves the length of an empty body out, and some services insist on it.
        if body.is_empty() && matches!(request.method, Method::PUT | Method::POST) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let uri = self.uri(target, &mut headers)?;
        let mut message = http::Request::new(body);
        *message.method_mut() = request.method.clone();
        *message.uri_mut() = uri;
        *message.headers_mut() = headers;
        Ok((message, sent))
    }

    fn uri(&self, target: String, headers: &mut HeaderMap) -> Result<Uri, Failure> {
        let bad =
            |_| Error::new(ErrorKind::InvalidInput, "the name does not fit into the address of a request");
        let path = PathAndQuery::from_maybe_shared(Bytes::from(target)).map_err(bad)?;
        let endpoint = &self.request.endpoint;
        if !self.client.connector.absolute_form(endpoint) {
            return Ok(path.into());
        }
        if let Some(value) = self.client.connector.proxy_authorization(endpoint) {
            headers.insert(PROXY_AUTHORIZATION, value);
        }
        let uri = Uri::builder()
            .scheme(endpoint.scheme().name())
            .authority(endpoint.authority())
            .path_and_query(path);
        uri.build().map_err(|error| bad_uri(error).into())
    }

    async fn connect(&mut self) -> Result<Lease, Failure> {
        let fresh = std::mem::take(&mut self.fresh);
        let (client, endpoint) = (self.client, &self.request.endpoint);
        let mut limits = client.limits;
        match self.request.patience {
            Patience::Normal => {}
            Patience::Long => limits.answer = limits.answer.max(LONG),
            Patience::Short(limit) => (limits.answer, limits.stall) = (limit, limit),
        }
        if !fresh && let Some(lease) = Lease::reuse(endpoint, &limits, client.runtime.monotonic()) {
            return Ok(lease);
        }
        match Connection::open(&*client.connector, endpoint, &client.runtime).await {
            Ok(connection) => Ok(Lease::new(Box::new(connection), endpoint, &limits)),
            Err(error) => {
                let follow = if error.is_retryable() { Follow::Always } else { Follow::Never };
                Err(Failure { error, follow })
            }
        }
    }

    /// Says what a connection that broke means.
    fn broken(&mut self, broken: Broken, sent: Option<&SharedSent>) -> Failure {
        // The payload's own error is the cause; sent again it would fail again.
        if let Some(error) = sent.and_then(|it| lock(it).problem.take()) {
            return error.into();
        }
        // Others that are idle may be as broken as this one.
        self.fresh = true;
        self.stale = matches!(broken, Broken::Connection { stale: true, .. });
        broken.into()
    }

    /// Says what an answer that is no success means.
    fn refused<P: Protocol>(
        &self,
        protocol: &P,
        answer: &Answer,
        signed: SystemTime,
        started: SystemTime,
    ) -> Failure {
        let mut failure = protocol.failure(&self.request, answer);
        let hint = retry_after(&answer.headers, self.client.clock.now());
        if let Some(wait) = hint.filter(|_| failure.error.is_retryable()) {
            failure.error = failure.error.with_retry_after(wait);
        }
        // Answers to `HEAD` say no code, so a clock that is far off is found by the date alone.
        let refused = matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        let suspect = failure.follow == Follow::ClockSkew || refused && failure.follow == Follow::Never;
        if suspect && !self.resynchronised {
            let received = self.client.runtime.now();
            let corrected = self.client.clock.correct(&answer.headers, signed, started, received);
            failure.follow = if corrected { Follow::ClockSkew } else { Follow::Never };
        }
        failure
    }

    fn succeeded(&self, headers: &HeaderMap) {
        self.client.quota.refund(self.cost);
        self.client.clock.observe(headers);
    }

    /// Decides what follows a failed attempt, and waits for it; the error when nothing does.
    async fn after<P: Protocol>(&mut self, protocol: &P, failure: Failure) -> Result<()> {
        let Failure { error, follow } = failure;
        self.on_wire = false;
        let repeatable = self.request.idempotency != Idempotency::Never;
        let again = match &follow {
            Follow::Never => false,
            Follow::Reauthenticate => {
                !std::mem::replace(&mut self.reauthenticated, true) && protocol.forget_credentials()
            }
            Follow::ClockSkew => !std::mem::replace(&mut self.resynchronised, true),
            Follow::Reroute(place) => {
                self.rerouted += 1;
                self.rerouted <= MAX_REROUTES && protocol.reroute(&mut self.request, place)
            }
            Follow::Always | Follow::Throttled | Follow::IfIdempotent => {
                let unknown = follow == Follow::IfIdempotent;
                self.lost |= unknown;
                (!unknown || repeatable) && self.wait(&follow, &error).await
            }
        };
        match again {
            true => {
                tracing::debug!(target: "storage_http", call = self.request.name, attempt = self.number, %error, ?follow, "trying again");
                Ok(())
            }
            false => Err(self.last(error)),
        }
    }

    /// Waits before the next attempt; `false` when there is none.
    async fn wait(&mut self, follow: &Follow, error: &Error) -> bool {
        // Such a connection says nothing about the service. The next one is new, so that it can't be the same again.
        if std::mem::take(&mut self.stale) {
            self.stale_attempts += 1;
            return true;
        }
        if self.number - self.stale_attempts >= self.client.config.max_attempts {
            return false;
        }
        let throttled = *follow == Follow::Throttled;
        let cost = if throttled { COST_THROTTLED } else { COST };
        if !self.client.quota.pay(cost) {
            return false;
        }
        self.cost = cost;
        let (runtime, max) = (&self.client.runtime, self.client.config.max_backoff);
        runtime.sleep(backoff(&**runtime, self.number, throttled, error.retry_after(), max)).await;
        true
    }

    /// Makes the error of a call that was stopped between or in the middle of its attempts.
    fn stopped(&mut self, error: Error) -> Error {
        self.lost |= self.on_wire;
        self.last(error)
    }

    /// Makes the error that the caller gets.
    fn last(&self, error: Error) -> Error {
        if !self.lost || self.request.idempotency == Idempotency::Always {
            return error.with_attempts(self.number);
        }
        let message = "the request may have been carried out, but no answer says so; look at what is there before repeating it";
        let mut ambiguous = Error::new(ErrorKind::Ambiguous, message).with_attempts(self.number);
        if let Some(status) = error.status() {
            ambiguous = ambiguous.with_status(status);
        }
        ambiguous.with_source(error)
    }
}

fn bad_uri(error: http::Error) -> Error {
    Error::new(ErrorKind::InvalidInput, "the name does not fit into the address of a request")
        .with_source(error)
}

/// Tells whether an answer says in one way only where it ends, and comes in no encoding that nobody asked for.
fn is_framed(headers: &HeaderMap) -> bool {
    let mut encodings = headers.get_all(TRANSFER_ENCODING).into_iter();
    let Some(encoding) = encodings.next() else { return true };
    let chunked = encoding.as_bytes().eq_ignore_ascii_case(b"chunked") && encodings.next().is_none();
    chunked && !headers.contains_key(CONTENT_LENGTH)
}

/// Reads how long the service asks to wait; what makes no sense is no hint.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let whole = |text: &str| text.parse::<u64>().ok();
    let millis =
        text("x-amz-retry-after").or_else(|| text("x-ms-retry-after-ms")).or_else(|| text("retry-after-ms"));
    if let Some(wait) = millis.and_then(whole) {
        return Some(Duration::from_millis(wait));
    }
    let value = text("retry-after")?;
    if let Some(wait) = whole(value) {
        return Some(Duration::from_secs(wait));
    }
    httpdate::parse_http_date(value).ok()?.duration_since(now).ok()
}
