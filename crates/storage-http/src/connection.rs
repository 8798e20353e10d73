//! One connection, driven by the task that uses it.
//!
//! hyper gives two halves: a sender, and a connection that has to be polled for anything to move. The usual thing is to
//! spawn the connection as a task of its own; here whoever waits for the answer or reads its body polls it. So nothing
//! is woken across threads, nothing is read while nobody wants it, and a future that is dropped closes its connection.

use std::error::Error as _;
use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use storage_core::{BoxFuture, Error, ErrorKind, Result, Runtime};
use tokio::runtime::{Handle, Id};

use crate::body::WireBody;
use crate::connect::Transport;
use crate::endpoint::Endpoint;
use crate::failure::{Failure, Follow};
use crate::io::{Counted, Traffic};

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How long a body that moves may fall short of the rate.
    pub(crate) stall: Duration,
    /// The bytes a second that a body has to reach.
    pub(crate) min_rate: u64,
    /// How long the answer may take once the request is sent.
    pub(crate) answer: Duration,
    /// How long an idle connection is kept.
    pub(crate) idle: Duration,
    /// How many idle connections are kept.
    pub(crate) max_idle: usize,
    /// The number of the client.
    pub(crate) client: u64,
}

/// How long the head of an answer may be. Services allow up to 36 KiB of metadata.
const MAX_HEAD: usize = 60 << 10;
/// How many headers an answer may have where more than the usual 100 have been met. 2 KiB of metadata, as services
/// allow, make some hundred entries. Not from the start, since room for so many costs every answer two allocations.
const MAX_HEADERS: usize = 512;
/// The longest time a timer is set for; one that ends early is set again.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

type Driver = http1::Connection<TokioIo<Counted>, WireBody>;

/// An open connection that carries one request at a time.
pub(crate) struct Connection {
    sender: http1::SendRequest<WireBody>,
    /// `None` once the connection has ended.
    driver: Option<Pin<Box<Driver>>>,
    pub(crate) traffic: Arc<Traffic>,
    pub(crate) watch: Watch,
    /// The runtime that tells when the socket has moved; no other can use it once that one is gone or stands still.
    pub(crate) home: Option<Id>,
    /// It takes answers with many headers.
    wide: bool,
    /// It has carried a request before.
    pub(crate) reused: bool,
    /// The service closes it behind its answer.
    closes: bool,
}

pub(crate) fn current_runtime() -> Option<Id> {
    Handle::try_current().ok().map(|it| it.id())
}

/// A connection that waits for its next request.
pub(crate) struct Idle {
    /// In a box for as long as it lives, since it changes hands several times in every request.
    pub(crate) connection: Box<Connection>,
    /// The client that opened it; others have other proxies and certificates.
    pub(crate) client: u64,
    pub(crate) since: Instant,
}

impl fmt::Debug for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Idle").field("since", &self.since).finish_non_exhaustive()
    }
}

/// Why a request got no whole answer.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The connection broke.
    Connection {
        cause: hyper::Error,
        /// No byte of the request can have arrived.
        unsent: bool,
        /// A new connection does better at once: this one had carried a request before and brought no byte of an answer,
        /// so that the service may have closed it just before, or it was not made for so many headers.
        stale: bool,
    },
    /// Nothing moved, or too little.
    Stalled { waited: Duration, answering: bool },
}

impl From<Broken> for Failure {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Connection { cause, unsent, .. } => {
                let follow = if unsent { Follow::Always } else { Follow::IfIdempotent };
                if is_no_http(&cause) {
                    let message = "the answer is no HTTP that can be read";
                    let error = Error::new(ErrorKind::UnexpectedResponse, message).with_source(cause);
                    return Self { error, follow };
                }
                let message = "the connection broke before the answer was complete";
                Self { error: Error::new(ErrorKind::Unavailable, message).with_source(cause), follow }
            }
            Broken::Stalled { waited, answering } => {
                let what = if answering { "no answer came" } else { "too little data moved" };
                let message = format!("{what} for {} seconds", waited.as_secs());
                Self { error: Error::new(ErrorKind::Timeout, message), follow: Follow::IfIdempotent }
            }
        }
    }
}

fn is_no_http(cause: &hyper::Error) -> bool {
    let io = cause.source().and_then(|it| it.downcast_ref::<io::Error>());
    cause.is_parse() || io.is_some_and(|it| it.kind() == io::ErrorKind::InvalidData)
}

impl Connection {
    /// Opens a connection.
    pub(crate) async fn open(
        transport: Box<dyn Transport>,
        endpoint: &Endpoint,
        runtime: &Arc<dyn Runtime>,
    ) -> Result<Self> {
        let traffic = Arc::<Traffic>::default();
        let io = TokioIo::new(Counted::new(transport, Arc::clone(&traffic)));
        let mut builder = http1::Builder::new();
        builder.max_header_size(MAX_HEAD);
        let wide = endpoint.wide.load(Ordering::Relaxed);
        if wide {
            builder.max_headers(MAX_HEADERS);
        }
        let (sender, driver) = builder.handshake(io).await.map_err(|cause| {
            Error::new(ErrorKind::Connect, format!("{endpoint} closed the connection at once"))
                .with_source(cause)
        })?;
        let watch = Watch::new(Arc::clone(runtime), Arc::clone(&traffic));
        let (driver, home) = (Some(Box::pin(driver)), current_runtime());
        Ok(Self { sender, driver, traffic, watch, home, wide, reused: false, closes: false })
    }

    /// Sends a request and waits for the head of the answer.
    pub(crate) async fn send(
        &mut self,
        mut request: http::Request<WireBody>,
        limits: &Limits,
    ) -> Result<http::Response<Incoming>, Broken> {
        self.traffic.begin();
        self.watch.begin();
        request.body_mut().count(&self.traffic);
        let len = request.body().len();
        let mut answer = pin!(self.sender.send_request(request));
        let (driver, watch, traffic) = (&mut self.driver, &mut self.watch, &self.traffic);
        let mut written = traffic.written();
        // hyper takes a large piece at once and writes it bit by bit.
        let all = written.wrapping_add(len);
        let result = poll_fn(|cx| {
            if let Poll::Ready(result) = answer.as_mut().poll(cx) {
                return Poll::Ready(Ok(result));
            }
            drive(driver, cx);
            if let Poll::Ready(result) = answer.as_mut().poll(cx) {
                return Poll::Ready(Ok(result));
            }
            let answering = traffic.is_request_done() && traffic.written() >= all;
            // The time for the answer begins when the last byte of the request has gone.
            if answering && std::mem::replace(&mut written, traffic.written()) != traffic.written() {
                watch.begin();
            }
            let window = if answering { limits.answer } else { limits.stall };
            let Poll::Ready(waited) = watch.poll(cx, window, limits.min_rate) else { return Poll::Pending };
            Poll::Ready(Err(Broken::Stalled { waited, answering }))
        })
        .await?;
        self.traffic.head_done();
        self.watch.moved();
        let response = result.map_err(|cause| Broken::Connection {
            unsent: cause.is_canceled(),
            stale: self.reused && !self.traffic.answered() || !self.wide && cause.is_parse_too_large(),
            cause,
        })?;
        self.closes = closes(&response);
        Ok(response)
    }

    /// Tells whether it can take another request at once; the service may have closed it meanwhile.
    pub(crate) fn is_ready(&mut self) -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        drive(&mut self.driver, &mut cx);
        self.driver.is_some() && matches!(self.sender.poll_ready(&mut cx), Poll::Ready(Ok(())))
    }

    /// Moves what can be moved.
    pub(crate) fn drive(&mut self, cx: &mut Context<'_>) {
        drive(&mut self.driver, cx);
    }

    /// Tells whether it may carry another request. An answer before the end of the request leaves the rest of it on the
    /// wire.
    pub(crate) fn is_reusable(&self) -> bool {
        self.driver.is_some() && self.traffic.is_request_done() && !self.closes
    }
}

/// Tells whether the service closes the connection behind an answer.
fn closes<T>(response: &http::Response<T>) -> bool {
    let words = response.headers().get_all(http::header::CONNECTION).into_iter();
    let says_close = |it: &http::HeaderValue| {
        it.as_bytes().split(|byte| *byte == b',').any(|it| it.trim_ascii().eq_ignore_ascii_case(b"close"))
    };
    response.version() != http::Version::HTTP_11 || words.into_iter().any(says_close)
}

fn drive(driver: &mut Option<Pin<Box<Driver>>>, cx: &mut Context<'_>) {
    // An error of the connection reaches whoever waits for the answer or the body.
    if driver.as_mut().is_some_and(|it| it.as_mut().poll(cx).is_ready()) {
        *driver = None;
    }
}

/// Notices that too little moves. Only time that is spent waiting counts, so a slow reader is no stall; one timer
/// serves many requests, since it is looked at only when it has run out.
pub(crate) struct Watch {
    runtime: Arc<dyn Runtime>,
    traffic: Arc<Traffic>,
    /// A timer, and when it runs out.
    timer: Option<(Instant, BoxFuture<'static, ()>)>,
    /// Since when the task waits; `None` while it has something to do.
    waiting: Option<Instant>,
    /// How long it has waited in this window before.
    waited: Duration,
    /// How much waiting is a stall, as of the last time the task began to wait.
    window: Duration,
    /// Where the counters stood when the window began.
    before: u64,
}

impl Watch {
    pub(crate) fn new(runtime: Arc<dyn Runtime>, traffic: Arc<Traffic>) -> Self {
        Self {
            runtime,
            traffic,
            timer: None,
            waiting: None,
            waited: Duration::ZERO,
            window: Duration::ZERO,
            before: 0,
        }
    }

    /// Returns the time of the clock that it measures by.
    pub(crate) fn now(&self) -> Instant {
        self.runtime.monotonic()
    }

    pub(crate) fn begin(&mut self) {
        self.waiting = None;
        self.waited = Duration::ZERO;
        self.before = self.traffic.total();
    }

    pub(crate) fn moved(&mut self) {
        if let Some(since) = self.waiting.take() {
            // A task that looked away for longer did not wait for the service all the time.
            self.waited += self.runtime.monotonic().saturating_duration_since(since).min(self.window);
        }
    }

    /// Ready with the time waited when that filled a window and less than the rate moved in it.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, window: Duration, rate: u64) -> Poll<Duration> {
        self.window = window;
        loop {
            let now = self.runtime.monotonic();
            let since = *self.waiting.get_or_insert(now);
            let waited = self.waited + now.saturating_duration_since(since);
            if waited >= window {
                let total = self.traffic.total();
                let moved = total.wrapping_sub(self.before);
                if moved < rate.saturating_mul(waited.as_secs()).max(1) {
                    return Poll::Ready(waited);
                }
                (self.waiting, self.waited, self.before) = (Some(now), Duration::ZERO, total);
                continue;
            }
            let left = (window - waited).min(LONGEST);
            // One that runs out earlier will do: the time is looked at again then.
            self.timer.take_if(|it| it.0 > now + left);
            let (_, timer) = self.timer.get_or_insert_with(|| (now + left, self.runtime.sleep(left)));
            std::task::ready!(timer.as_mut().poll(cx));
            self.timer = None;
        }
    }
}
