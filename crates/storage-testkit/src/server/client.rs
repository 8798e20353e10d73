//! A client that sends exactly what it is told.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Sends bytes on a connection of their own, closes the sending half, and reads to the end.
///
/// # Errors
/// Those of the operating system, a reset connection among them.
pub async fn exchange(address: SocketAddr, request: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request).await?;
    stream.shutdown().await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer)
}

/// Reads a plain `http` address as a client without credentials does, and returns the raw answer.
///
/// `None` when the address is no plain `http` one.
pub async fn exchange_url(url: &str, headers: &[(String, String)]) -> Option<io::Result<Vec<u8>>> {
    let rest = url.strip_prefix("http://")?;
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at(at);
    let slash = if target.starts_with('/') { "" } else { "/" };
    let mut request = format!("GET {slash}{target} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n");
    for (name, value) in headers.iter().filter(|it| !it.0.eq_ignore_ascii_case("host")) {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    Some(read(authority, request.as_bytes()).await)
}

async fn read(authority: &str, request: &[u8]) -> io::Result<Vec<u8>> {
    let with_port = if authority.contains(':') { authority.to_owned() } else { format!("{authority}:80") };
    // Names below `localhost` are this machine, whether the system knows it or not.
    let mut stream = match with_port.rsplit_once(':') {
        Some((host, port)) if host.ends_with(".localhost") => {
            TcpStream::connect(format!("127.0.0.1:{port}")).await?
        }
        _ => TcpStream::connect(with_port).await?,
    };
    stream.write_all(request).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer)
}
