//! A proxy that makes tunnels, or fails to.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::line::Line;
use super::listener::Acceptor;
use super::request::Request;

/// What a proxy does when it is asked for a tunnel.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Tunnel {
    /// Connects to an address, whatever host was asked for.
    To(SocketAddr),
    /// Sends these bytes and closes.
    Answer(Bytes),
    /// Sends a status line and then headers for as long as somebody reads them.
    EndlessHeaders,
    /// Never answers.
    Ignore,
}

/// A proxy on the loopback that does the same for every connection, and logs what it is asked for.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    /// Aborts all connections when it is dropped.
    _task: JoinSet<()>,
}

#[derive(Debug)]
struct Shared {
    tunnel: Tunnel,
    log: Mutex<Vec<Request>>,
    accepted: AtomicUsize,
    sent_bytes: AtomicU64,
}

/// More connections than any test makes.
const MOST_CONNECTIONS: usize = 1_000;
/// The longest head that is read.
const MOST_HEAD_BYTES: usize = 64 << 10;

impl Proxy {
    /// Starts on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// Those of the operating system.
    pub async fn start(tunnel: Tunnel) -> io::Result<Self> {
        Self::listen(tunnel, Acceptor::default()).await
    }

    /// Starts with TLS on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// Those of the operating system, and of an identity that can't be shown.
    #[cfg(feature = "tls")]
    pub async fn start_tls(tunnel: Tunnel, identity: &super::tls::Identity) -> io::Result<Self> {
        Self::listen(tunnel, Some(identity.acceptor()?)).await
    }

    async fn listen(tunnel: Tunnel, acceptor: Acceptor) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            tunnel,
            log: Mutex::default(),
            accepted: AtomicUsize::new(0),
            sent_bytes: AtomicU64::new(0),
        });
        let mut task = JoinSet::new();
        task.spawn(accept(listener, acceptor, Arc::clone(&shared)));
        Ok(Self { address, shared, _task: task })
    }

    /// Returns where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the heads of the requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.log().clone()
    }

    /// Returns how many connections were made so far.
    pub fn connections(&self) -> usize {
        self.shared.accepted.load(Ordering::SeqCst)
    }

    /// Returns how many bytes of answers the operating system took so far, without those of tunnels.
    pub fn sent_bytes(&self) -> u64 {
        self.shared.sent_bytes.load(Ordering::SeqCst)
    }
}

impl Shared {
    fn log(&self) -> MutexGuard<'_, Vec<Request>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn send(&self, line: &mut Line, bytes: &[u8]) -> io::Result<()> {
        line.write_all(bytes).await?;
        line.flush().await?;
        self.sent_bytes.fetch_add(bytes.len() as u64, Ordering::SeqCst);
        Ok(())
    }
}

async fn accept(listener: TcpListener, acceptor: Acceptor, shared: Arc<Shared>) {
    // Connections end with this task, since dropping the set aborts them.
    let mut connections = JoinSet::new();
    for number in 0..MOST_CONNECTIONS {
        let Ok((stream, _)) = listener.accept().await else { return };
        shared.accepted.fetch_add(1, Ordering::SeqCst);
        let (acceptor, shared) = (acceptor.clone(), Arc::clone(&shared));
        connections.spawn(async move {
            // Errors of the socket are what clients do to proxies; the log has what came.
            let _ended = serve(stream, number, &acceptor, &shared).await;
        });
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn serve(stream: TcpStream, number: usize, acceptor: &Acceptor, shared: &Shared) -> io::Result<()> {
    let mut line = Line::accept(stream, acceptor).await?;
    let mut head = BytesMut::new();
    let end = loop {
        if let Some(at) = head.windows(4).position(|it| it == b"\r\n\r\n") {
            break at + 4;
        }
        if head.len() > MOST_HEAD_BYTES || line.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    };
    // What a hasty client sends behind its question is for the other end.
    let rest = head.split_off(end);
    shared.log().extend(Request::parse(number, &head.freeze()));
    match &shared.tunnel {
        Tunnel::To(address) => {
            let mut behind = TcpStream::connect(address).await?;
            shared.send(&mut line, b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
            behind.write_all(&rest).await?;
            copy_bidirectional(&mut line, &mut behind).await.map(drop)
        }
        Tunnel::Answer(bytes) => {
            shared.send(&mut line, bytes).await?;
            line.shutdown().await
        }
        Tunnel::EndlessHeaders => {
            shared.send(&mut line, b"HTTP/1.1 200 Connection established\r\n").await?;
            let header = b"x-more: of this\r\n".repeat(64);
            loop {
                shared.send(&mut line, &header).await?;
            }
        }
        Tunnel::Ignore => std::future::pending().await,
    }
}
