//! Requests that share a connection of HTTP/2.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::join_all;
use http::Response;
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use storage_core::{BoxFuture, ErrorKind, Payload, Result};
use storage_http::{Client, Connect, Endpoint, Transport};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use crate::plain::{Plain, at, config, fetch, get, once, put, stream};
use storage_testkit::QuickRuntime as Quick;

/// A socket on which both sides have agreed to HTTP/2.
struct Agreed(TcpStream);

impl Transport for Agreed {
    fn is_http2(&self) -> bool {
        true
    }
}

impl AsyncRead for Agreed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Agreed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[derive(Debug)]
struct Direct;

impl Connect for Direct {
    fn connect<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<Box<dyn Transport>>> {
        Box::pin(async move {
            let socket = TcpStream::connect((endpoint.host(), endpoint.port())).await?;
            Ok(Box::new(Agreed(socket)) as Box<dyn Transport>)
        })
    }
}

/// A server that tells what it was asked, and does what the path says.
struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Server {
    /// `last` is the number of requests after which a connection says goodbye.
    async fn start(last: usize) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (address, connections) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let counter = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(connection(socket, last));
            }
        });
        Self { address, connections }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn connection(socket: TcpStream, last: usize) {
    let (ended, mut end) = tokio::sync::mpsc::unbounded_channel();
    let count = Arc::new(AtomicUsize::new(0));
    let service = service_fn(move |request: http::Request<Incoming>| {
        let (count, ended) = (Arc::clone(&count), ended.clone());
        async move {
            let answer = answer(request).await;
            if count.fetch_add(1, Ordering::SeqCst) + 1 == last {
                ended.send(()).unwrap();
            }
            answer
        }
    });
    let mut connection = std::pin::pin!(
        http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(socket), service)
    );
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = end.recv() => connection.as_mut().graceful_shutdown(),
    }
    drop(connection.await);
}

/// An answer of so many bytes, or the error that resets the stream.
async fn answer(request: http::Request<Incoming>) -> std::result::Result<Response<Blob>, &'static str> {
    let (parts, mut body) = request.into_parts();
    let mut got = 0;
    while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        got += frame.map_err(|_| "broken")?.into_data().map_or(0, |it| it.len());
    }
    let blob = match parts.uri.path() {
        "/reset" => return Err("asked for"),
        "/large" => Blob(vec![7; 5 << 20].into()),
        "/never" => std::future::pending().await,
        path => Blob(
            format!("{} {path} {got} {:?}", parts.uri.authority().unwrap(), parts.headers.get("host")).into(),
        ),
    };
    Ok(Response::new(blob))
}

struct Blob(Bytes);

impl hyper::body::Body for Blob {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<hyper::body::Frame<Bytes>, Infallible>>> {
        let piece = std::mem::take(&mut self.0);
        Poll::Ready((!piece.is_empty()).then_some(Ok(hyper::body::Frame::data(piece))))
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        hyper::body::SizeHint::with_exact(self.0.len() as u64)
    }
}

fn client(runtime: &Quick) -> Client {
    Client::with_connector(config(), Arc::new(runtime.clone()), Arc::new(Direct)).unwrap()
}

#[tokio::test]
async fn requests_share_one_connection() {
    let server = Server::start(usize::MAX).await;
    let (client, endpoint) = (client(&Quick::fixed(0)), at(server.address));
    let first = fetch(&client, get(&endpoint, "/a//b?x=1")).await.unwrap();
    let want = format!("127.0.0.1:{} /a//b 0 None", server.address.port());
    assert_eq!(first, want);
    let all =
        join_all((0..50).map(|at| fetch(&client, get(&endpoint, if at % 2 == 0 { "/x" } else { "/y" }))))
            .await;
    assert!(all.iter().all(|it| it.is_ok()));
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn large_bodies_pass_both_ways() {
    let server = Server::start(usize::MAX).await;
    let (client, endpoint) = (client(&Quick::fixed(0)), at(server.address));
    let pieces: Payload = vec![Bytes::from(vec![1; 3 << 20]), Bytes::from(vec![2; 2 << 20])].into();
    let said = fetch(&client, put(&endpoint, "/up", pieces)).await.unwrap();
    assert!(String::from_utf8_lossy(&said).contains(&format!(" {} ", 5 << 20)), "{said:?}");
    let mut answer = stream(&client, get(&endpoint, "/large")).await.unwrap();
    let mut got = 0;
    while let Some(piece) = answer.body.next().await {
        let piece = piece.unwrap();
        assert!(piece.iter().all(|it| *it == 7));
        got += piece.len();
    }
    assert_eq!(got, 5 << 20);
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn fault_022_a_connection_that_says_goodbye_is_replaced_and_nobody_sees_it() {
    let server = Server::start(3).await;
    let (client, endpoint) = (client(&Quick::fixed(0)), at(server.address));
    for at in 0..12 {
        fetch(&client, get(&endpoint, "/x")).await.unwrap_or_else(|error| panic!("{at}: {error:?}"));
    }
    assert!((4..=12).contains(&server.connections()), "{}", server.connections());
}

#[tokio::test]
async fn fault_022_a_stream_that_is_reset_is_tried_again_and_the_others_go_on() {
    let server = Server::start(usize::MAX).await;
    let (client, endpoint) = (client(&Quick::fixed(0)), at(server.address));
    let protocol = Plain::default();
    let (reset, fine) = tokio::join!(
        client.send(&protocol, get(&endpoint, "/reset"), |answer| Ok(answer.body.clone())),
        fetch(&client, get(&endpoint, "/x")),
    );
    fine.unwrap();
    let error = reset.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unavailable, 6));
    let request = once(get(&endpoint, "/reset"), storage_core::Idempotency::Never);
    let error = fetch(&client, request).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Ambiguous, 1));
    fetch(&client, get(&endpoint, "/x")).await.unwrap();
}

#[tokio::test]
async fn fault_051_a_request_that_is_dropped_leaves_the_connection_to_the_others() {
    let server = Server::start(usize::MAX).await;
    let (client, endpoint) = (client(&Quick::fixed(0)), at(server.address));
    fetch(&client, get(&endpoint, "/x")).await.unwrap();
    let mut never = Box::pin(fetch(&client, get(&endpoint, "/never")));
    assert!((&mut never).now_or_never().is_none());
    fetch(&client, get(&endpoint, "/x")).await.unwrap();
    assert!((&mut never).now_or_never().is_none());
    drop(never);
    fetch(&client, get(&endpoint, "/x")).await.unwrap();
    assert_eq!(server.connections(), 1);
}
