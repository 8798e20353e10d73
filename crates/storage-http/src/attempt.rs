//! One attempt: built, signed, sent, and its answer read as far as it has to be.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, PROXY_AUTHORIZATION, TRANSFER_ENCODING, USER_AGENT};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use storage_core::{Error, ErrorKind, Result};
use tracing::Instrument as _;

use crate::body::{Download, Over, SharedSent, WireBody, lock};
use crate::connection::Broken;
use crate::failure::{Failure, Follow};
use crate::lease::Lease;
use crate::protocol::Protocol;
use crate::request::{Answer, Attempt, Patience};
use crate::tls;
use crate::trace::redacted;
use crate::tries::Tries;

/// The longest answer that is read as a whole, such as a page of a listing.
const MAX_ANSWER: usize = 16 << 20;
/// How much of the body of an error is read.
const MAX_FAILURE: usize = 64 << 10;
/// How long a service that works on data may be silent.
const LONG: Duration = Duration::from_secs(15 * 60);

/// An answer whose head has come.
pub(crate) struct Exchange {
    pub(crate) parts: http::response::Parts,
    pub(crate) download: Download,
    sent: Option<SharedSent>,
}

impl Tries<'_> {
    /// Makes an attempt and reads a good answer to its end.
    pub(crate) async fn collect<P: Protocol>(&mut self, protocol: &P) -> Result<Answer, Failure> {
        let Exchange { parts, download, sent } = self.exchange(protocol).await?;
        let body = download.collect(MAX_ANSWER, Over::Fail).await?;
        let sent = sent.and_then(|it| lock(&it).checksum);
        Ok(Answer { status: parts.status, headers: parts.headers, body, sent })
    }

    /// Makes an attempt until the head of a good answer is there; a bad answer is read and classified.
    pub(crate) async fn exchange<P: Protocol>(&mut self, protocol: &P) -> Result<Exchange, Failure> {
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
        if !fresh && let Some(lease) = Lease::reuse(endpoint, &limits, &client.runtime) {
            return Ok(lease);
        }
        match Lease::open(&*client.connector, endpoint, &limits, &client.runtime).await {
            Ok(lease) => Ok(lease),
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
        // A server may refuse the certificate of a client after the handshake.
        if let Broken::Connection { cause, .. } = &broken
            && let Some(error) = tls::refusal(self.request.endpoint.authority(), cause)
        {
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
