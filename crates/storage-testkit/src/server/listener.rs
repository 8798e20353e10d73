//! The server itself, and addresses where nobody answers.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::connection;
use super::request::Request;
use super::script::Script;

/// What makes TLS of a stream, if anything does.
#[cfg(feature = "tls")]
pub(crate) type Acceptor = Option<tokio_rustls::TlsAcceptor>;
#[cfg(not(feature = "tls"))]
pub(crate) type Acceptor = Option<std::convert::Infallible>;

/// An HTTP server on a raw socket of the loopback that answers by script.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    /// Aborts all connections when it is dropped.
    _task: JoinSet<()>,
}

/// What the connections of a server share.
pub(crate) struct Shared {
    pub(crate) acceptor: Acceptor,
    /// Why handshakes failed.
    pub(crate) failed_handshakes: watch::Sender<Vec<String>>,
    pub(crate) script: Mutex<Script>,
    pub(crate) log: Mutex<Vec<Request>>,
    /// How many requests were read to their end.
    pub(crate) done: watch::Sender<usize>,
    pub(crate) open: watch::Sender<usize>,
    pub(crate) accepted: AtomicUsize,
    pub(crate) sent_bytes: AtomicU64,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("script", &self.script).finish_non_exhaustive()
    }
}

impl Shared {
    pub(crate) fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Vec<Request>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// More connections than any test makes; a client that goes wild is cut off here.
const MOST_CONNECTIONS: usize = 10_000;

impl Server {
    /// Starts on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// Those of the operating system.
    pub async fn start(script: Script) -> io::Result<Self> {
        Self::start_at((Ipv4Addr::LOCALHOST, 0).into(), script).await
    }

    /// Starts at an address, such as another one of the loopback.
    ///
    /// # Errors
    /// Those of the operating system.
    pub async fn start_at(address: SocketAddr, script: Script) -> io::Result<Self> {
        Self::listen(address, script, Acceptor::default()).await
    }

    pub(crate) async fn listen(address: SocketAddr, script: Script, acceptor: Acceptor) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            acceptor,
            failed_handshakes: watch::Sender::default(),
            script: Mutex::new(script),
            log: Mutex::new(Vec::new()),
            done: watch::Sender::new(0),
            open: watch::Sender::new(0),
            accepted: AtomicUsize::new(0),
            sent_bytes: AtomicU64::new(0),
        });
        let mut task = JoinSet::new();
        task.spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self { address, shared, _task: task })
    }

    /// Returns where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns `http://address:port`, or `https` where it speaks TLS.
    pub fn url(&self) -> String {
        let scheme = if self.shared.acceptor.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    #[cfg(feature = "tls")]
    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Returns the requests so far, in the order in which their heads were read.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.log().clone()
    }

    /// Returns method and target of the requests so far, such as `GET /a?b`.
    pub fn request_lines(&self) -> Vec<String> {
        self.shared.log().iter().map(|it| format!("{} {}", it.method, it.target_text())).collect()
    }

    /// Waits until `n` requests have been read to the end of their bodies, and returns all.
    pub async fn wait_for_requests(&self, n: usize) -> Vec<Request> {
        // The sender lives as long as `self`, so the wait can't fail.
        drop(self.shared.done.subscribe().wait_for(|it| *it >= n).await);
        self.requests()
    }

    /// Returns how many connections were made so far.
    pub fn connections(&self) -> usize {
        self.shared.accepted.load(Ordering::SeqCst)
    }

    /// Waits until no connection is open; one that was told to stall ends only with the server.
    pub async fn wait_for_close(&self) {
        drop(self.shared.open.subscribe().wait_for(|it| *it == 0).await);
    }

    /// Returns how many bytes the operating system took from the server so far.
    pub fn sent_bytes(&self) -> u64 {
        self.shared.sent_bytes.load(Ordering::SeqCst)
    }

    /// Requires that every answer of a queue was asked for, and no more.
    ///
    /// # Panics
    /// When a request found no answer or an answer no request.
    pub fn assert_done(&self) {
        let (unexpected, unasked) = self.shared.script().left_over();
        let log = self.request_lines();
        assert!(unexpected == 0, "{unexpected} requests more than there are answers: {log:?}");
        assert!(unasked == 0, "{unasked} answers were not asked for: {log:?}");
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // Connections end with this task, since dropping the set aborts them.
    let mut connections = JoinSet::new();
    for number in 0..MOST_CONNECTIONS {
        let Ok((stream, _)) = listener.accept().await else { return };
        shared.accepted.fetch_add(1, Ordering::SeqCst);
        connections.spawn(connection::serve(stream, number, Arc::clone(&shared)));
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Returns an address of the loopback where connections are refused.
///
/// # Errors
/// Those of the operating system.
pub async fn refused_address() -> io::Result<SocketAddr> {
    // The port was free a moment ago, and the system does not give it away again soon.
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?.local_addr()
}

/// An address of the loopback where connections are neither made nor refused: its queue is full.
#[derive(Debug)]
pub struct BlackHole {
    address: SocketAddr,
    _listener: TcpListener,
    _fill: Vec<TcpStream>,
}

impl BlackHole {
    /// Fills the queue of a listener that accepts nothing.
    ///
    /// # Errors
    /// Those of the operating system.
    pub async fn open() -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let listener = socket.listen(0)?;
        let address = listener.local_addr()?;
        // Linux takes one connection more than it is told.
        let fill = vec![TcpStream::connect(address).await?];
        Ok(Self { address, _listener: listener, _fill: fill })
    }

    /// Returns the address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}
