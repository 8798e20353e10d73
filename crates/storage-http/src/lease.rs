//! A connection in use, or a stream of one that is shared.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::body::Incoming;
use storage_core::{Result, Runtime};

use crate::body::WireBody;
use crate::connect::Connect;
use crate::connection::{Broken, Connection, Idle, Limits, Watch, current_runtime};
use crate::endpoint::Endpoint;
#[cfg(feature = "http2")]
use crate::http2::Stream;
use crate::io::Traffic;

/// A connection in use, which goes back to its endpoint when its answer was read to the end, and is closed otherwise.
pub(crate) struct Lease {
    /// `None` once it was given back or closed.
    carrier: Option<Carrier>,
    endpoint: Arc<Endpoint>,
    limits: Limits,
}

/// What carries a request and its answer.
enum Carrier {
    /// A connection that carries nothing else meanwhile.
    Own(Box<Connection>),
    /// A stream of a connection that others use as well.
    #[cfg(feature = "http2")]
    Shared(Box<Stream>),
}

impl Carrier {
    fn traffic(&self) -> &Traffic {
        match self {
            Self::Own(it) => &it.traffic,
            #[cfg(feature = "http2")]
            Self::Shared(it) => &it.traffic,
        }
    }

    fn watch(&mut self) -> &mut Watch {
        match self {
            Self::Own(it) => &mut it.watch,
            #[cfg(feature = "http2")]
            Self::Shared(it) => &mut it.watch,
        }
    }
}

impl Lease {
    /// Takes a connection that is open, if one is.
    pub(crate) fn reuse(
        endpoint: &Arc<Endpoint>,
        limits: &Limits,
        runtime: &Arc<dyn Runtime>,
    ) -> Option<Self> {
        #[cfg(feature = "http2")]
        if let Some(stream) = Stream::reuse(endpoint, limits, runtime) {
            return Some(Self::new(Carrier::Shared(Box::new(stream)), endpoint, limits));
        }
        let connection = idle(endpoint, limits, runtime.monotonic())?;
        Some(Self::new(Carrier::Own(connection), endpoint, limits))
    }

    /// Opens a connection.
    pub(crate) async fn open(
        connector: &dyn Connect,
        endpoint: &Arc<Endpoint>,
        limits: &Limits,
        runtime: &Arc<dyn Runtime>,
    ) -> Result<Self> {
        let transport = connector.connect(endpoint).await?;
        #[cfg(feature = "http2")]
        if transport.is_http2() {
            let stream = Stream::open(transport, endpoint, limits, runtime).await?;
            return Ok(Self::new(Carrier::Shared(Box::new(stream)), endpoint, limits));
        }
        let connection = Connection::open(transport, endpoint, runtime).await?;
        Ok(Self::new(Carrier::Own(Box::new(connection)), endpoint, limits))
    }

    fn new(carrier: Carrier, endpoint: &Arc<Endpoint>, limits: &Limits) -> Self {
        Self { carrier: Some(carrier), endpoint: Arc::clone(endpoint), limits: *limits }
    }

    /// Sends a request and waits for the head of the answer.
    pub(crate) async fn send(
        &mut self,
        request: http::Request<WireBody>,
    ) -> Result<http::Response<Incoming>, Broken> {
        let result = match &mut self.carrier {
            Some(Carrier::Own(connection)) => connection.send(request, &self.limits).await,
            #[cfg(feature = "http2")]
            Some(Carrier::Shared(stream)) => stream.send(request, &self.endpoint, &self.limits).await,
            None => Err(Broken::Stalled { waited: Duration::ZERO, answering: false }),
        };
        if let Err(Broken::Connection { cause, .. }) = &result
            && cause.is_parse_too_large()
            && !self.endpoint.wide.swap(true, Ordering::Relaxed)
        {
            let narrow =
                std::mem::take(&mut *self.endpoint.idle.lock().unwrap_or_else(PoisonError::into_inner));
            drop(narrow);
        }
        result
    }

    /// Moves what can be moved.
    pub(crate) fn drive(&mut self, cx: &mut Context<'_>) {
        // A shared connection has a task of its own.
        if let Some(Carrier::Own(connection)) = &mut self.carrier {
            connection.drive(cx);
        }
    }

    /// Tells whether the whole request was given to the connection.
    pub(crate) fn is_request_done(&self) -> bool {
        self.carrier.as_ref().is_some_and(|it| it.traffic().is_request_done())
    }

    /// Waits until too little has moved for too long.
    pub(crate) fn poll_stalled(&mut self, cx: &mut Context<'_>, patient: bool) -> Poll<Broken> {
        let (window, rate) =
            if patient { (self.limits.answer, 0) } else { (self.limits.stall, self.limits.min_rate) };
        let Some(carrier) = &mut self.carrier else { return Poll::Pending };
        let waited = std::task::ready!(carrier.watch().poll(cx, window, rate));
        self.carrier = None;
        Poll::Ready(Broken::Stalled { waited, answering: false })
    }

    /// Notes that data of the body came.
    pub(crate) fn moved(&mut self, bytes: usize) {
        let Some(carrier) = &mut self.carrier else { return };
        #[cfg(feature = "http2")]
        if let Carrier::Shared(stream) = carrier {
            stream.traffic.came(bytes as u64);
        }
        // A connection of one's own counts below the framing.
        let _counted_there = bytes;
        carrier.watch().moved();
    }

    /// Gives the connection back for the next request.
    pub(crate) fn give_back(&mut self) {
        let connection = match self.carrier.take() {
            Some(Carrier::Own(connection)) => connection,
            // A stream that has ended is of no use to anybody.
            _ => return,
        };
        // A body that was read on another runtime left a timer of that one.
        if !connection.is_reusable() || connection.home != current_runtime() {
            return;
        }
        let since = connection.watch.now();
        let mut idle = self.endpoint.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < self.limits.max_idle {
            idle.push(Idle { connection, client: self.limits.client, since });
        }
    }

    /// Closes the connection.
    pub(crate) fn close(&mut self) {
        self.carrier = None;
    }
}

/// Takes an idle connection that still works, the one that was used last; `None` when there is none.
fn idle(endpoint: &Endpoint, limits: &Limits, now: Instant) -> Option<Box<Connection>> {
    let home = current_runtime();
    let expired = |it: &Idle| now.saturating_duration_since(it.since) >= limits.idle;
    loop {
        let mut idle = endpoint.idle.lock().unwrap_or_else(PoisonError::into_inner);
        // The longer one has waited, the further below it lies.
        let old: Vec<Idle> = match idle.first() {
            Some(first) if expired(first) => {
                let count = idle.iter().take_while(|it| expired(it)).count();
                idle.drain(..count).collect()
            }
            _ => Vec::new(),
        };
        let ours = |it: &Idle| it.connection.home == home && it.client == limits.client;
        let next = idle.iter().rposition(ours).map(|at| idle.remove(at));
        drop(idle);
        drop(old);
        let mut connection = next?.connection;
        if connection.is_ready() {
            connection.reused = true;
            return Some(connection);
        }
    }
}
