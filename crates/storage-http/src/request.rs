//! A request as a protocol builds it, an attempt to send it, and the answer.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use storage_core::{Checksum, ChecksumAlgorithm, ContainerName, Idempotency, Operation, Payload, Result};

use crate::body::Encoder;
use crate::endpoint::Endpoint;
use crate::headers;
use crate::trace::redacted;

/// A request that can be sent any number of times; nothing in it is secret but header values.
#[derive(Clone)]
pub struct Request {
    /// The name of the call in the service's documentation, such as `PutObject`.
    pub name: &'static str,
    /// The method.
    pub method: Method,
    /// Where it goes.
    pub endpoint: Arc<Endpoint>,
    /// The container that it is about, by which a protocol finds another place for it.
    pub container: Option<ContainerName>,
    /// Path and query exactly as they are sent, percent-encoded already.
    pub target: String,
    /// Headers, without `host`, `content-length` and what signing adds.
    pub headers: HeaderMap,
    /// What is sent.
    pub payload: Payload,
    /// What a signature says of the payload, computed once for all attempts.
    pub digest: Option<HeaderValue>,
    /// The checksum that travels behind the payload, where the protocol frames it so.
    pub trailer: Option<ChecksumAlgorithm>,
    /// Whether it may be sent twice.
    pub idempotency: Idempotency,
    /// How long the answer may take.
    pub patience: Patience,
}

/// How long an answer may take after the whole request was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Patience {
    /// As configured for every request.
    #[default]
    Normal,
    /// Long: the service works on data before it answers, and may send blanks meanwhile.
    Long,
    /// This long, for what must be near, such as a metadata service.
    Short(Duration),
}

impl Request {
    /// Starts a request without headers and content.
    pub fn new(name: &'static str, method: Method, endpoint: Arc<Endpoint>, target: String) -> Self {
        Self {
            name,
            method,
            endpoint,
            container: None,
            target,
            headers: HeaderMap::new(),
            payload: Payload::Bytes(Default::default()),
            digest: None,
            trailer: None,
            idempotency: Idempotency::Always,
            patience: Patience::Normal,
        }
    }

    /// Sets whether it may be sent twice, by the table of operations.
    #[must_use]
    pub fn operation(mut self, operation: Operation, conditional: bool) -> Self {
        self.idempotency = operation.idempotency(conditional);
        self
    }

    /// Sets the container that it is about.
    #[must_use]
    pub fn container(mut self, container: &ContainerName) -> Self {
        self.container = Some(container.clone());
        self
    }

    /// Sets the content.
    #[must_use]
    pub fn payload(mut self, payload: impl Into<Payload>) -> Self {
        self.payload = payload.into();
        self
    }

    /// Sets how long the answer may take.
    #[must_use]
    pub fn patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// Sets a header.
    ///
    /// # Errors
    /// `InvalidInput` naming the header when the value can't be sent; the value is not shown.
    pub fn header(&mut self, name: HeaderName, value: &str) -> Result<()> {
        headers::set(&mut self.headers, name, value)
    }

    /// Sets a header if there is a value.
    ///
    /// # Errors
    /// As [`header`](Self::header).
    pub fn header_opt(&mut self, name: HeaderName, value: Option<&str>) -> Result<()> {
        value.map_or(Ok(()), |value| self.header(name, value))
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("name", &self.name)
            .field("method", &self.method)
            .field("endpoint", &self.endpoint)
            .field("target", &format_args!("{}", redacted(&self.target)))
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("payload_bytes", &self.payload.len())
            .finish_non_exhaustive()
    }
}

/// One attempt to send a request: what signing may look at, and what it may change.
pub struct Attempt<'a> {
    /// The request, the same for every attempt.
    pub request: &'a Request,
    /// Path and query of this attempt; signing may add to the query.
    pub target: String,
    /// Headers of this attempt; `host` and the length are set already.
    pub headers: HeaderMap,
    /// The time by the clock of the service, as far as it is known.
    pub now: SystemTime,
    /// What frames the payload in this attempt.
    pub encoder: Option<Box<dyn Encoder>>,
}

impl fmt::Debug for Attempt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").field("request", &self.request).finish_non_exhaustive()
    }
}

/// An answer that was read to its end.
#[derive(Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// The checksum that went behind the payload, if one did.
    pub sent: Option<Checksum>,
}

impl Answer {
    /// Returns a header as text; `None` when it is missing or not UTF-8.
    pub fn header(&self, name: &str) -> Option<&str> {
        header_text(&self.headers, name)
    }
}

/// Returns a header as text; `None` when it is missing or not UTF-8.
pub(crate) fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    std::str::from_utf8(headers.get(name)?.as_bytes()).ok()
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
