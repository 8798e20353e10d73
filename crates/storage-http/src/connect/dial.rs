//! Connections of TCP.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use storage_core::{Error, ErrorKind, Result, Runtime};
use tokio::net::TcpStream;

use super::resolve::Addresses;
use super::within;

/// How many addresses are tried for one connection; the next one starts with others.
const MOST_ADDRESSES: usize = 4;
/// How long a connection is silent before the system asks whether the other end still lives.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Connects to the first address of a host that answers, each time trying them in another order.
///
/// # Errors
/// `Connect` naming host and port.
pub(super) async fn dial(
    runtime: &dyn Runtime,
    addresses: &Addresses,
    limit: Duration,
    (host, port): (&str, u16),
) -> Result<TcpStream> {
    let choice = addresses.of(host, port).await?;
    let mut last = Error::new(ErrorKind::Connect, format!("`{host}:{port}` has no address"));
    for address in choice.addresses.iter().take(MOST_ADDRESSES) {
        let problem = match within(runtime, limit, connect(*address)).await {
            Some(Ok(stream)) => return Ok(stream),
            Some(Err(error)) => {
                let message =
                    format!("no connection to `{host}:{port}`; is it the right address, and does it run?");
                Error::new(ErrorKind::Connect, message).with_source(error)
            }
            None => {
                let message =
                    format!("no connection to `{host}:{port}` within {limit:?}; can it be reached?");
                Error::new(ErrorKind::Connect, message)
            }
        };
        tracing::debug!(%address, %problem, "could not connect");
        // The host may have moved.
        addresses.forget(&choice);
        last = problem;
    }
    Err(last)
}

async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    // A request is written at once; what is left of it must not wait for an acknowledgement.
    stream.set_nodelay(true)?;
    SockRef::from(&stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE))?;
    Ok(stream)
}
