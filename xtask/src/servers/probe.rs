//! Questions to a server that tell whether it is there.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use crate::shell::Result;

const PATIENCE: Duration = Duration::from_secs(2);
/// How many blocks of ports are tried.
const BLOCKS: u16 = 100;

pub(super) fn is_open(port: u16) -> bool {
    connect(port).is_some()
}

/// Asks for a path and returns the status; whatever goes wrong means that the server is not there yet.
pub(super) fn status(port: u16, path: &str) -> Option<u16> {
    let mut socket = connect(port)?;
    socket.set_read_timeout(Some(PATIENCE)).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).ok()?;
    let mut head = [0; 12];
    socket.read_exact(&mut head).ok()?;
    std::str::from_utf8(&head).ok()?.strip_prefix("HTTP/1.")?.get(2..)?.parse().ok()
}

fn connect(port: u16) -> Option<TcpStream> {
    TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), PATIENCE).ok()
}

/// Returns the first port of a block of free ones: the wanted block, or one behind it unless it has to be that one.
pub(super) fn free_block(wanted: u16, count: u16, only: bool) -> Result<u16> {
    let blocks = if only { 1 } else { BLOCKS };
    (0..blocks)
        .map_while(|at| wanted.checked_add(at * 32))
        .find(|first| (0..count).all(|at| first.checked_add(at).is_some_and(is_free)))
        .ok_or_else(|| {
            format!("the ports {wanted} to {} are taken; give `--port`", wanted + count - 1).into()
        })
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_seen_and_another_one_found() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert!(is_open(port) && !is_free(port));
        assert!(free_block(port, 1, true).is_err());
        // Near the end of all ports there is no block behind this one.
        assert!(port > 65_000 || free_block(port, 1, false).unwrap() > port);
    }

    #[test]
    fn the_status_of_an_answer_is_read() {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = server.local_addr().unwrap().port();
        let answers = std::thread::spawn(move || {
            let (mut socket, _) = server.accept().unwrap();
            let mut buffer = [0; 1024];
            let count = socket.read(&mut buffer).unwrap();
            socket.write_all(b"HTTP/1.1 403 \r\ncontent-length: 0\r\n\r\n").unwrap();
            String::from_utf8_lossy(&buffer[..count]).into_owned()
        });
        assert_eq!(status(port, "/x"), Some(403));
        assert!(answers.join().unwrap().starts_with("GET /x HTTP/1.1\r\n"));
    }
}
