//! A small protocol: a token that is a signature, and statuses that mean what they say.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use http::{HeaderValue, Method};
use storage_core::{Body, Error, ErrorKind, Idempotency, Payload, Result, Runtime};
use storage_http::{
    Answer, Attempt, Client, Endpoint, Failure, Follow, HttpConfig, Protocol, Request, Streamed,
};
use storage_testkit::server;

use storage_testkit::QuickRuntime as Quick;

const DAY: std::time::Duration = Quick::DAY;

/// What must show up nowhere but in the requests to the service.
pub(crate) const CANARY: &str = "canary-5f1d";

/// A protocol whose signature is a token and the time.
#[derive(Debug, Default)]
pub(crate) struct Plain {
    /// Which token is used; a refresh takes the next.
    pub(crate) token: AtomicUsize,
    /// Whether another token can be had.
    pub(crate) refreshes: bool,
    /// Where requests may be turned to.
    pub(crate) other_place: Mutex<Option<Arc<Endpoint>>>,
}

impl Plain {
    pub(crate) fn refreshing() -> Self {
        Self { refreshes: true, ..Self::default() }
    }
}

impl Protocol for Plain {
    fn provider(&self) -> &str {
        "plain"
    }

    async fn authorize(&self, attempt: &mut Attempt<'_>) -> Result<()> {
        let token = format!("Bearer {CANARY}-{}", self.token.load(Ordering::SeqCst));
        attempt.headers.insert("authorization", token.parse().unwrap());
        let date = attempt.now.duration_since(UNIX_EPOCH).unwrap().as_secs();
        attempt.headers.insert("x-date", HeaderValue::from(date));
        Ok(())
    }

    fn failure(&self, _: &Request, answer: &Answer) -> Failure {
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let (kind, follow) = match (answer.status.as_u16(), text.as_str()) {
            (401, "expired") => (ErrorKind::Unauthenticated, Follow::Reauthenticate),
            (401, _) => (ErrorKind::Unauthenticated, Follow::Never),
            (403, "skewed") => (ErrorKind::PermissionDenied, Follow::ClockSkew),
            (403, _) => (ErrorKind::PermissionDenied, Follow::Never),
            (404, _) => (ErrorKind::ObjectNotFound, Follow::Never),
            (409 | 412, _) => (ErrorKind::PreconditionFailed, Follow::Never),
            (429, _) | (503, "slow down") => (ErrorKind::Throttled, Follow::Throttled),
            (503, _) => (ErrorKind::Unavailable, Follow::Always),
            (408 | 500 | 502 | 504, _) => (ErrorKind::Unavailable, Follow::IfIdempotent),
            (301 | 307, place) if !place.is_empty() => {
                (ErrorKind::UnexpectedResponse, Follow::Reroute(text.clone()))
            }
            (501, _) => (ErrorKind::Unsupported, Follow::Never),
            (300..=399, _) => (ErrorKind::UnexpectedResponse, Follow::Never),
            _ => (ErrorKind::InvalidInput, Follow::Never),
        };
        let error = Error::new(kind, format!("the service says: {text}"));
        Failure { error: error.with_status(answer.status.as_u16()), follow }
    }

    fn forget_credentials(&self) -> bool {
        if self.refreshes {
            self.token.fetch_add(1, Ordering::SeqCst);
        }
        self.refreshes
    }

    fn reroute(&self, request: &mut Request, place: &str) -> bool {
        match &*self.other_place.lock().unwrap() {
            Some(other) if other.host() == place => {
                request.endpoint = Arc::clone(other);
                true
            }
            _ => false,
        }
    }
}

/// Settings whose times only a test lets pass.
pub(crate) fn config() -> HttpConfig {
    let mut config = HttpConfig::new();
    config.proxy_from_env = false;
    config.connect_timeout = DAY * 10;
    config.answer_timeout = DAY * 20;
    config.stall_timeout = DAY * 30;
    config.idle_timeout = DAY * 1000;
    config
}

pub(crate) fn client(config: HttpConfig, runtime: &(impl Runtime + Clone)) -> Client {
    Client::new(config, Arc::new(runtime.clone())).unwrap()
}

/// A client whose waits take no time and have no random part.
pub(crate) fn quick() -> (Client, Quick) {
    let runtime = Quick::fixed(0);
    (client(config(), &runtime), runtime)
}

pub(crate) fn at(address: SocketAddr) -> Arc<Endpoint> {
    Arc::new(Endpoint::parse(&format!("http://{address}"), "").unwrap())
}

pub(crate) async fn serve(script: server::Script) -> (server::Server, Arc<Endpoint>) {
    let server = server::Server::start(script).await.unwrap();
    let endpoint = at(server.address());
    (server, endpoint)
}

pub(crate) async fn serve_queue(
    answers: impl IntoIterator<Item = server::Answer>,
) -> (server::Server, Arc<Endpoint>) {
    serve(server::Script::queue(answers)).await
}

pub(crate) fn get(endpoint: &Arc<Endpoint>, target: &str) -> Request {
    Request::new("Get", Method::GET, Arc::clone(endpoint), target.to_owned())
}

pub(crate) fn put(endpoint: &Arc<Endpoint>, target: &str, payload: impl Into<Payload>) -> Request {
    Request::new("Put", Method::PUT, Arc::clone(endpoint), target.to_owned()).payload(payload)
}

pub(crate) fn once(mut request: Request, idempotency: Idempotency) -> Request {
    request.idempotency = idempotency;
    request
}

pub(crate) async fn fetch(client: &Client, request: Request) -> Result<Bytes> {
    fetch_as(client, &Plain::default(), request).await
}

pub(crate) async fn fetch_as(client: &Client, protocol: &Plain, request: Request) -> Result<Bytes> {
    client.send(protocol, request, |answer| Ok(answer.body.clone())).await
}

pub(crate) async fn stream(client: &Client, request: Request) -> Result<Streamed> {
    client.send_stream(&Plain::default(), request).await
}

/// Reads a body to its end, and returns what came before an error too.
pub(crate) async fn drain(mut body: Body) -> (Vec<u8>, Option<Error>) {
    let mut all = Vec::new();
    while let Some(piece) = body.next().await {
        match piece {
            Ok(piece) => all.extend_from_slice(&piece),
            Err(error) => return (all, Some(error)),
        }
    }
    (all, None)
}

/// Returns the head of a request without what differs between attempts by design.
pub(crate) fn unsigned(request: &server::Request) -> String {
    let head = String::from_utf8(request.head.to_vec()).unwrap();
    let signed = |line: &&str| line.starts_with("authorization:") || line.starts_with("x-date:");
    head.split("\r\n").filter(|line| !signed(line)).collect::<Vec<_>>().join("\n")
}
