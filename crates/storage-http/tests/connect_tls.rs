//! TLS: certificates that must not be trusted, and those of clients.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

use std::sync::Arc;

use storage_core::{Error, ErrorKind, Secret, TokioRuntime};
use storage_http::{Connect as _, Connector, Endpoint, HttpConfig, Transport};
use storage_testkit::TestRuntime;
use storage_testkit::server::{Accept, Answer, Authority, Identity, Script, Server};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const REQUEST: &[u8] = b"GET /secret HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

fn trusting(authority: &Authority) -> HttpConfig {
    let mut config = HttpConfig::default();
    config.ca = Some(authority.pem().to_owned());
    config
}

fn connector(config: &HttpConfig) -> Connector {
    Connector::with_environment(config, Arc::new(TokioRuntime), |_| None).unwrap()
}

async fn start(identity: &Identity) -> (Server, Endpoint) {
    let server = Server::start_tls(Script::queue([Answer::new(200).body("hello")]), identity).await.unwrap();
    let endpoint = Endpoint::parse(&server.url(), "").unwrap();
    (server, endpoint)
}

async fn exchange(mut stream: Box<dyn Transport>) -> std::io::Result<String> {
    stream.write_all(REQUEST).await?;
    stream.flush().await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

/// Requires that a server is refused before it learns anything.
async fn refused(config: &HttpConfig, identity: &Identity, want: &str) {
    let (server, endpoint) = start(identity).await;
    let error: Error = connector(config).connect(&endpoint).await.err().expect("a connection was made");
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Tls, false), "{error:?}");
    assert!(error.to_string().contains(want), "{error}");
    assert!(error.to_string().contains(&format!("`{}`", server.address())), "{error}");
    assert_eq!(server.wait_for_failed_handshakes(1).await.len(), 1);
    assert_eq!((server.requests().len(), server.connections()), (0, 1));
}

#[tokio::test]
async fn a_certificate_of_a_trusted_authority_is_taken() {
    let authority = Authority::new().unwrap();
    let (server, endpoint) = start(&authority.identity(&["127.0.0.1"]).unwrap()).await;
    let stream = connector(&trusting(&authority)).connect(&endpoint).await.unwrap();
    assert!(!stream.is_http2());
    assert!(exchange(stream).await.unwrap().ends_with("\r\n\r\nhello"));
    assert_eq!(server.request_lines(), ["GET /secret"]);
}

#[tokio::test]
async fn http_2_is_spoken_where_both_want_it() {
    let authority = Authority::new().unwrap();
    let identity = authority.identity(&["127.0.0.1"]).unwrap().speaking(&["h2", "http/1.1"]);
    let (_server, endpoint) = start(&identity).await;
    let mut config = trusting(&authority);
    assert!(!connector(&config).connect(&endpoint).await.unwrap().is_http2());
    config.http2 = true;
    let agreed = connector(&config).connect(&endpoint).await.unwrap().is_http2();
    assert_eq!(agreed, cfg!(feature = "http2"));
}

#[tokio::test]
async fn fault_005_a_certificate_for_another_host_is_refused() {
    let authority = Authority::new().unwrap();
    let identity = authority.identity(&["other.example", "127.0.0.2"]).unwrap();
    refused(&trusting(&authority), &identity, "made out to another name").await;
}

#[tokio::test]
async fn fault_005_an_expired_certificate_is_refused() {
    let authority = Authority::new().unwrap();
    let identity = authority.expired_identity(&["127.0.0.1"]).unwrap();
    refused(&trusting(&authority), &identity, "has expired").await;
}

#[tokio::test]
async fn fault_005_an_unknown_authority_is_refused() {
    let identity = Authority::new().unwrap().identity(&["127.0.0.1"]).unwrap();
    refused(&trusting(&Authority::new().unwrap()), &identity, "signed by nobody that is trusted").await;
    refused(&HttpConfig::default(), &identity, "`http.ca`").await;
}

#[tokio::test]
async fn fault_005_a_self_signed_certificate_is_refused() {
    let identity = Identity::self_signed(&["127.0.0.1"]).unwrap();
    refused(&HttpConfig::default(), &identity, "the certificate of").await;
}

#[tokio::test]
async fn a_server_without_tls_is_named_as_such() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = Endpoint::parse(&format!("https://{}", listener.local_addr().unwrap()), "").unwrap();
    let answering = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_u8().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        stream
    };
    let connector = connector(&HttpConfig::default());
    let (_stream, connected) = tokio::join!(answering, connector.connect(&endpoint));
    let error = connected.err().unwrap();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Tls, false), "{error:?}");
    assert!(error.to_string().contains("`http://`"), "{error}");
}

#[tokio::test]
async fn a_handshake_that_breaks_or_hangs_is_worth_another_attempt() {
    let authority = Authority::new().unwrap();
    let identity = authority.identity(&["127.0.0.1"]).unwrap();
    let script = Script::queue([]).accepts([Accept::Close, Accept::Ignore]);
    let server = Server::start_tls(script, &identity).await.unwrap();
    let endpoint = Endpoint::parse(&server.url(), "").unwrap();
    let error = connector(&trusting(&authority)).connect(&endpoint).await.err().unwrap();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Connect, true), "{error:?}");

    let runtime = TestRuntime::new(0);
    let slow =
        Connector::with_environment(&trusting(&authority), Arc::new(runtime.clone()), |_| None).unwrap();
    let connecting = tokio::spawn(async move { slow.connect(&endpoint).await.map(drop) });
    while !connecting.is_finished() {
        tokio::select! {
            () = runtime.sleeping(1) => runtime.advance(std::time::Duration::from_millis(9_300)),
            () = tokio::task::yield_now() => {}
        }
    }
    let error = connecting.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Connect, true), "{error:?}");
    assert!(error.to_string().contains("TLS handshake"), "{error}");
}

#[tokio::test]
async fn a_client_shows_its_certificate() {
    let (servers, clients) = (Authority::new().unwrap(), Authority::new().unwrap());
    let identity = servers.identity(&["127.0.0.1"]).unwrap().asking_for_clients_of(&clients).unwrap();
    let own = clients.identity(&["client.example"]).unwrap();
    let mut config = trusting(&servers);
    config.client_certificate = Some(own.pem().to_owned());
    config.client_key = Some(Secret::from(own.key_pem()));
    let (_server, endpoint) = start(&identity).await;
    let stream = connector(&config).connect(&endpoint).await.unwrap();
    assert!(exchange(stream).await.unwrap().ends_with("hello"));

    // Without it the server refuses, at the first read at the latest.
    let (server, endpoint) = start(&identity).await;
    let refused = match connector(&trusting(&servers)).connect(&endpoint).await {
        Ok(stream) => exchange(stream).await.is_err(),
        Err(error) => error.kind() == ErrorKind::Tls,
    };
    assert!(refused && server.wait_for_failed_handshakes(1).await.len() == 1 && server.requests().is_empty());

    // A key of somebody else is noticed before anything is sent.
    config.client_key = Some(Secret::from(clients.identity(&["x"]).unwrap().key_pem()));
    let error = Connector::new(&config, Arc::new(TokioRuntime)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("does not belong to"), "{error}");
}

#[tokio::test]
async fn fault_126_the_key_of_the_client_is_not_shown() {
    let own = Identity::self_signed(&["client.example"]).unwrap();
    let mut config = HttpConfig::default();
    config.client_certificate = Some(own.pem().to_owned());
    config.client_key = Some(Secret::from(own.key_pem()));
    let connector = connector(&config);
    let canary = own.key_pem().lines().nth(1).unwrap();
    for shown in [format!("{config:?}"), format!("{connector:?}")] {
        assert!(!shown.contains(canary) && !shown.contains("PRIVATE KEY"), "{shown}");
    }
}
