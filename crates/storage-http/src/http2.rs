//! One HTTP/2 connection that all requests to a host share.
//!
//! Its frames belong to many requests, so nobody's task can drive it: it has a task of its own. A stream of it goes
//! where a connection of HTTP/1.1 goes, and is measured by what passes through it alone.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, PoisonError};
use std::task::Poll;

use http::uri::{Authority, Scheme as UriScheme};
use http::{Uri, header};
use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper::rt::Executor;
use hyper_util::rt::TokioIo;
use storage_core::{Error, ErrorKind, Result, Runtime};
use tokio::runtime::Id;

use crate::body::WireBody;
use crate::connect::Transport;
use crate::connection::{Broken, Limits, Watch, current_runtime};
use crate::endpoint::{Endpoint, Scheme};
use crate::io::Traffic;

/// How much of a body may be on its way to us before we take it, for a stream and for the connection.
const STREAM_WINDOW: u32 = 2 << 20;
const CONNECTION_WINDOW: u32 = 16 << 20;
/// The longest list of headers.
const MAX_HEADERS_BYTES: u32 = 60 << 10;

/// The connection of an endpoint.
#[derive(Clone)]
pub(crate) struct Shared {
    sender: http2::SendRequest<WireBody>,
    /// The runtime that its task is on.
    home: Option<Id>,
    client: u64,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("closed", &self.sender.is_closed()).finish_non_exhaustive()
    }
}

/// Runs the tasks of connections where the library's tasks run.
#[derive(Clone)]
struct Tasks(Arc<dyn Runtime>);

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Tasks {
    fn execute(&self, task: F) {
        // Without a runtime the connection does nothing, and whoever waits for it times out.
        let _is_running = self.0.spawn(Box::pin(task));
    }
}

/// One request and its answer.
pub(crate) struct Stream {
    sender: http2::SendRequest<WireBody>,
    pub(crate) traffic: Arc<Traffic>,
    pub(crate) watch: Watch,
    reused: bool,
}

impl Stream {
    /// Takes a stream of the connection that is open, if one is.
    pub(crate) fn reuse(endpoint: &Endpoint, limits: &Limits, runtime: &Arc<dyn Runtime>) -> Option<Self> {
        let mut shared = endpoint.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let open = shared.take_if(|it| it.sender.is_closed()).is_none();
        let ours = |it: &&Shared| open && it.home == current_runtime() && it.client == limits.client;
        let sender = shared.as_ref().filter(ours)?.sender.clone();
        Some(Self::new(sender, true, runtime))
    }

    /// Opens the connection over a transport that agreed to HTTP/2, and takes its first stream.
    pub(crate) async fn open(
        transport: Box<dyn Transport>,
        endpoint: &Endpoint,
        limits: &Limits,
        runtime: &Arc<dyn Runtime>,
    ) -> Result<Self> {
        let mut builder = http2::Builder::new(Tasks(Arc::clone(runtime)));
        builder
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_header_list_size(MAX_HEADERS_BYTES);
        let (sender, driver) = builder.handshake(TokioIo::new(transport)).await.map_err(|cause| {
            let message = format!("{endpoint} closed the connection at once");
            Error::new(ErrorKind::Connect, message).with_source(cause)
        })?;
        // Its end reaches every stream as an error.
        let driven = runtime.spawn(Box::pin(async move { drop(driver.await) }));
        if !driven {
            let message = "there is no tokio runtime to work on; call this inside one";
            return Err(Error::new(ErrorKind::Cancelled, message));
        }
        let shared = Shared { sender: sender.clone(), home: current_runtime(), client: limits.client };
        *endpoint.shared.lock().unwrap_or_else(PoisonError::into_inner) = Some(shared);
        Ok(Self::new(sender, false, runtime))
    }

    fn new(sender: http2::SendRequest<WireBody>, reused: bool, runtime: &Arc<dyn Runtime>) -> Self {
        let traffic = Arc::<Traffic>::default();
        let watch = Watch::new(Arc::clone(runtime), Arc::clone(&traffic));
        Self { sender, traffic, watch, reused }
    }

    /// Sends a request and waits for the head of the answer.
    pub(crate) async fn send(
        &mut self,
        mut request: http::Request<WireBody>,
        endpoint: &Endpoint,
        limits: &Limits,
    ) -> Result<http::Response<Incoming>, Broken> {
        self.traffic.begin();
        self.watch.begin();
        request.body_mut().measure(&self.traffic);
        name_the_host(&mut request, endpoint);
        let Self { sender, traffic, watch, .. } = self;
        // The service says how many streams it takes at once; the others wait here.
        let answer = async {
            sender.ready().await?;
            sender.send_request(request).await
        };
        let mut answer = pin!(answer);
        let result = poll_fn(|cx| {
            if let Poll::Ready(result) = answer.as_mut().poll(cx) {
                return Poll::Ready(Ok(result));
            }
            let answering = traffic.is_request_done();
            let window = if answering { limits.answer } else { limits.stall };
            let Poll::Ready(waited) = watch.poll(cx, window, limits.min_rate) else { return Poll::Pending };
            Poll::Ready(Err(Broken::Stalled { waited, answering }))
        })
        .await?;
        self.watch.moved();
        result.map_err(|cause| Broken::Connection {
            unsent: cause.is_canceled(),
            stale: self.reused && (cause.is_canceled() || cause.is_closed()),
            cause,
        })
    }
}

/// HTTP/2 names scheme and host in fields of its own, with the header left out.
fn name_the_host(request: &mut http::Request<WireBody>, endpoint: &Endpoint) {
    request.headers_mut().remove(header::HOST);
    let mut parts = std::mem::take(request.uri_mut()).into_parts();
    parts.scheme = Some(match endpoint.scheme() {
        Scheme::Http => UriScheme::HTTP,
        Scheme::Https => UriScheme::HTTPS,
    });
    parts.authority = Authority::try_from(endpoint.authority()).ok();
    // Both were taken from an endpoint, which is made of them.
    *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
}
