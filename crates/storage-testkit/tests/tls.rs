//! The scripted server over TLS, and the proxy, seen by clients that are not those of the library.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use storage_testkit::server::{
    Accept, Answer, Authority, Fault, Identity, Proxy, Script, Server, Tunnel, exchange,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

const GET: &[u8] = b"GET /key HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

async fn connect(address: SocketAddr, name: &str, trusted: &str) -> io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(trusted.as_bytes()).unwrap()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let name = ServerName::try_from(name.to_owned()).unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, TcpStream::connect(address).await?).await
}

async fn get(stream: &mut TlsStream<TcpStream>) -> (String, io::Result<usize>) {
    stream.write_all(GET).await.unwrap();
    stream.flush().await.unwrap();
    let mut answer = Vec::new();
    let ended = stream.read_to_end(&mut answer).await;
    (String::from_utf8_lossy(&answer).into_owned(), ended)
}

#[tokio::test]
async fn answers_and_faults_are_the_same_over_tls() {
    let authority = Authority::new().unwrap();
    let identity = authority.identity(&["storage.example"]).unwrap();
    let script = Script::queue([
        Answer::new(200).body("content"),
        Answer::new(200).body("content").fault(Fault::CutAfter(3)),
        Answer::new(200).body("content").fault(Fault::ResetAfter(3)),
    ]);
    let server = Server::start_tls(script, &identity).await.unwrap();
    assert_eq!(server.url(), format!("https://{}", server.address()));
    let mut answers = Vec::new();
    for _ in 0..3 {
        let mut stream = connect(server.address(), "storage.example", authority.pem()).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), None);
        answers.push(get(&mut stream).await);
    }
    assert!(answers[0].0.ends_with("\r\n\r\ncontent") && answers[0].1.is_ok());
    assert!(answers[1].0.ends_with("\r\n\r\ncon") && answers[1].1.is_ok());
    assert_eq!(answers[2].1.as_ref().unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(server.request_lines(), ["GET /key"; 3]);
    server.assert_done();
}

#[tokio::test]
async fn a_handshake_that_fails_is_noted() {
    let (authority, other) = (Authority::new().unwrap(), Authority::new().unwrap());
    for (identity, trusted) in [
        (authority.identity(&["storage.example"]).unwrap(), other.pem()),
        (authority.identity(&["other.example"]).unwrap(), authority.pem()),
        (authority.expired_identity(&["storage.example"]).unwrap(), authority.pem()),
        (Identity::self_signed(&["storage.example"]).unwrap(), authority.pem()),
    ] {
        let server = Server::start_tls(Script::queue([]), &identity).await.unwrap();
        assert!(connect(server.address(), "storage.example", trusted).await.is_err());
        assert_eq!(server.wait_for_failed_handshakes(1).await.len(), 1);
        assert!(server.requests().is_empty());
    }
}

#[tokio::test]
async fn a_connection_can_be_closed_before_the_handshake() {
    let authority = Authority::new().unwrap();
    let script = Script::queue([]).accepts([Accept::Close]);
    let identity = authority.identity(&["x.example"]).unwrap();
    let server = Server::start_tls(script, &identity).await.unwrap();
    let error = connect(server.address(), "x.example", authority.pem()).await.unwrap_err();
    assert!(matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset), "{error}");
}

#[tokio::test]
async fn an_identity_chooses_a_protocol_and_asks_for_clients() {
    let authority = Authority::new().unwrap();
    let identity = authority.identity(&["x.example"]).unwrap().speaking(&["h2"]);
    let server = Server::start_tls(Script::queue([]), &identity).await.unwrap();
    let stream = connect(server.address(), "x.example", authority.pem()).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));

    let identity = authority.identity(&["x.example"]).unwrap().asking_for_clients_of(&authority).unwrap();
    let server = Server::start_tls(Script::queue([]), &identity).await.unwrap();
    if let Ok(mut stream) = connect(server.address(), "x.example", authority.pem()).await {
        assert!(stream.read_u8().await.is_err());
    }
    assert_eq!(server.wait_for_failed_handshakes(1).await.len(), 1);
}

#[tokio::test]
async fn a_proxy_makes_tunnels() {
    let server = Server::start(Script::queue([Answer::new(200).body("content")])).await.unwrap();
    let proxy = Proxy::start(Tunnel::To(server.address())).await.unwrap();
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    stream.write_all(b"CONNECT far.example:443 HTTP/1.1\r\nhost: far.example:443\r\n\r\n").await.unwrap();
    stream.write_all(GET).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, rest) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 ") && rest.ends_with("content"), "{answer}");
    assert_eq!(proxy.requests()[0].target_text(), "far.example:443");
    assert_eq!((proxy.connections(), proxy.sent_bytes()), (1, head.len() as u64 + 4));
}

#[tokio::test]
async fn a_proxy_answers_badly_or_without_an_end() {
    const CONNECT: &[u8] = b"CONNECT far.example:443 HTTP/1.1\r\nhost: x\r\n\r\n";
    let proxy = Proxy::start(Tunnel::Answer("HTTP/1.1 407 No\r\n\r\n".into())).await.unwrap();
    assert_eq!(exchange(proxy.address(), CONNECT).await.unwrap(), b"HTTP/1.1 407 No\r\n\r\n");

    let proxy = Proxy::start(Tunnel::EndlessHeaders).await.unwrap();
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    stream.write_all(CONNECT).await.unwrap();
    let mut answer = vec![0; 1 << 20];
    stream.read_exact(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200 ") && !answer.windows(4).any(|it| it == b"\r\n\r\n"));

    let proxy = Proxy::start(Tunnel::Ignore).await.unwrap();
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    stream.write_all(CONNECT).await.unwrap();
    while proxy.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(proxy.sent_bytes(), 0);
}
