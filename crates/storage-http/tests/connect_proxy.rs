//! Proxies: tunnels that are made, refused or broken.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

use std::net::SocketAddr;
use std::sync::Arc;

use storage_core::{Error, ErrorKind, TokioRuntime};
use storage_http::{Connect as _, Connector, Endpoint, HttpConfig};
use storage_testkit::TestRuntime;
use storage_testkit::server::{Answer, Authority, Proxy, Script, Server, Tunnel, refused_address};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const PASSWORD: &str = "canary-4711";

fn through(proxy: SocketAddr, scheme: &str) -> HttpConfig {
    let mut config = HttpConfig::default();
    config.proxy = Some(format!("{scheme}://aladdin:{PASSWORD}@{proxy}").into());
    config
}

fn connector(config: &HttpConfig) -> Connector {
    Connector::with_environment(config, Arc::new(TokioRuntime), |_| None).unwrap()
}

fn endpoint(address: &str) -> Endpoint {
    Endpoint::parse(address, "").unwrap()
}

/// Asks a proxy for a tunnel that it does not make, and requires an error that shows no password.
async fn failing(tunnel: Tunnel) -> (Proxy, Error) {
    let proxy = Proxy::start(tunnel).await.unwrap();
    let connector = connector(&through(proxy.address(), "http"));
    let error = connector.connect(&endpoint("https://s3.example.com")).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert!(error.to_string().contains(&format!("proxy `{}`", proxy.address())), "{error}");
    assert!(!format!("{error} {error:?} {connector:?}").contains(PASSWORD));
    (proxy, error)
}

async fn answering(answer: &'static str) -> Error {
    failing(Tunnel::Answer(answer.as_bytes().into())).await.1
}

#[tokio::test]
async fn a_tunnel_carries_tls_end_to_end() {
    let authority = Authority::new().unwrap();
    let identity = authority.identity(&["s3.example.com", "127.0.0.1"]).unwrap();
    let script = Script::function(|_| Answer::new(200).body("hello"));
    let server = Server::start_tls(script, &identity).await.unwrap();
    let plain = Proxy::start(Tunnel::To(server.address())).await.unwrap();
    let secure = Proxy::start_tls(Tunnel::To(server.address()), &identity).await.unwrap();
    for (proxy, scheme) in [(&plain, "http"), (&secure, "https")] {
        let mut config = through(proxy.address(), scheme);
        config.ca = Some(authority.pem().to_owned());
        let mut stream = connector(&config).connect(&endpoint("https://s3.example.com")).await.unwrap();
        stream.write_all(b"GET /key HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
        stream.flush().await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("hello"));
        let asked = proxy.requests();
        assert_eq!((asked[0].method.as_str(), &asked[0].target[..]), ("CONNECT", &b"s3.example.com:443"[..]));
        assert_eq!(asked[0].header("host"), Some("s3.example.com:443"));
        assert_eq!(asked[0].header("proxy-authorization"), Some("Basic YWxhZGRpbjpjYW5hcnktNDcxMQ=="));
    }
    // The password is for the proxy alone.
    assert!(server.requests().iter().all(|it| it.header("proxy-authorization").is_none()));
}

#[tokio::test]
async fn fault_023_headers_without_an_end_are_cut_off() {
    let (proxy, error) = failing(Tunnel::EndlessHeaders).await;
    assert!(error.to_string().contains("without an end"), "{error}");
    assert_eq!((proxy.connections(), proxy.requests().len()), (1, 1));
}

#[tokio::test]
async fn fault_023_an_answer_that_is_no_good_one_is_an_error() {
    let error =
        answering("HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\n\r\n").await;
    assert!(error.to_string().contains("user name and a password") && !error.is_retryable(), "{error}");
    let error = answering("HTTP/1.1 403 Forbidden\r\n\r\n").await;
    assert!(error.to_string().contains("status 403") && !error.is_retryable(), "{error}");
    let error = answering("HTTP/1.1 502 Bad Gateway\r\n\r\n").await;
    assert!(error.to_string().contains("status 502") && error.is_retryable(), "{error}");
    let error = answering("SSH-2.0-OpenSSH_9.9\r\n\r\n").await;
    assert!(error.to_string().contains("something else than HTTP") && !error.is_retryable(), "{error}");
    let error = answering("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\nstolen").await;
    assert!(error.to_string().contains("more than an answer"), "{error}");
    for cut in ["", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\nx: y\r\n"] {
        let error = answering(cut).await;
        assert!(error.to_string().contains("closed the connection") && error.is_retryable(), "{error}");
    }
}

#[tokio::test]
async fn a_proxy_that_never_answers_is_left() {
    let proxy = Proxy::start(Tunnel::Ignore).await.unwrap();
    let runtime = TestRuntime::new(0);
    let config = through(proxy.address(), "http");
    let connector = Connector::with_environment(&config, Arc::new(runtime.clone()), |_| None).unwrap();
    let connecting =
        tokio::spawn(async move { connector.connect(&endpoint("https://s3.example.com")).await.map(drop) });
    while proxy.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    runtime.sleeping(1).await;
    runtime.advance(std::time::Duration::from_millis(9_300));
    let error = connecting.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Connect, true));
    assert!(error.to_string().contains("does not answer"), "{error}");
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_named() {
    let address = refused_address().await.unwrap();
    let error = connector(&through(address, "http"))
        .connect(&endpoint("https://s3.example.com"))
        .await
        .err()
        .unwrap();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Connect, true));
    assert!(error.to_string().contains(&format!("`{address}`")), "{error}");
    assert!(!format!("{error:?}").contains(PASSWORD));
}

#[tokio::test]
async fn plain_requests_name_their_host_to_the_proxy() {
    let server = Server::start(Script::queue([Answer::new(200)])).await.unwrap();
    let connector = connector(&through(server.address(), "http"));
    let (plain, secure) = (endpoint("http://s3.example.com"), endpoint("https://s3.example.com"));
    assert!(connector.absolute_form(&plain) && !connector.absolute_form(&secure));
    let value = connector.proxy_authorization(&plain).unwrap();
    assert!(value.is_sensitive());
    assert_eq!(value, "Basic YWxhZGRpbjpjYW5hcnktNDcxMQ==");
    assert!(connector.proxy_authorization(&secure).is_none());
    connector
        .connect(&plain)
        .await
        .unwrap()
        .write_all(b"GET http://s3.example.com/ HTTP/1.1\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(server.wait_for_requests(1).await[0].target_text(), "http://s3.example.com/");

    let direct = connector.without_proxy();
    assert!(!direct.absolute_form(&plain) && direct.proxy_authorization(&plain).is_none());
}

#[test]
fn fault_126_the_password_of_a_proxy_is_not_shown() {
    let mut config = HttpConfig::default();
    for wrong in ["ftp", "http"] {
        // A port that is none, or a scheme that is none.
        config.proxy = Some(format!("{wrong}://aladdin:{PASSWORD}@proxy:99999").into());
        let error = Connector::new(&config, Arc::new(TokioRuntime)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains("`http.proxy`"), "{error}");
        assert!(!format!("{error} {error:?} {config:?}").contains(PASSWORD));
    }
    let variable = format!("http://aladdin:{PASSWORD}@proxy:99999");
    let connector = Connector::with_environment(&HttpConfig::default(), Arc::new(TokioRuntime), |name| {
        (name == "HTTPS_PROXY").then(|| variable.clone())
    });
    assert!(!format!("{:?}", connector.unwrap()).contains(PASSWORD));
    config.proxy = Some(format!("http://aladdin:{PASSWORD}@proxy:3128").into());
    let shown = format!("{config:?} {:?}", Connector::new(&config, Arc::new(TokioRuntime)).unwrap());
    assert!(!shown.contains(PASSWORD) && !shown.contains("YWxhZGRpbj"), "{shown}");
}
