//! `s3s-fs`, a server that others wrote, in this process.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use http::header::{IF_MATCH, IF_NONE_MATCH};
use http::{Method, Request};
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::host::MultiDomain;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

/// A server that ends with its value.
pub(crate) struct Embedded {
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
    _root: TempDir,
}

impl Embedded {
    pub(crate) async fn start() -> Self {
        let root = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        // Buckets may stand in front of the second of these hosts.
        let hosts = [address.to_string(), format!("s3.localhost:{}", address.port())];
        let mut builder = S3ServiceBuilder::new(FileSystem::new(root.path()).unwrap());
        builder.set_host(MultiDomain::new(hosts).unwrap());
        builder.set_auth(SimpleAuth::from_single("testkey", "testsecret"));
        let task = tokio::spawn(serve(listener, builder.build()));
        Self { address, task, _root: root }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn serve(listener: TcpListener, service: S3Service) {
    let mut connections = tokio::task::JoinSet::new();
    let service = OneByOne { service, turn: Arc::default() };
    while let Ok((stream, _)) = listener.accept().await {
        let service = service.clone();
        connections.spawn(async move {
            stream.set_nodelay(true).unwrap();
            let builder = Builder::new(TokioExecutor::new());
            // A client that goes away in the middle is no error of the server.
            drop(builder.serve_connection(TokioIo::new(stream), service).await);
        });
    }
}

/// Takes writes with conditions one by one: the server itself looks first and writes later, and lets several win.
#[derive(Clone)]
struct OneByOne {
    service: S3Service,
    turn: Arc<Mutex<()>>,
}

impl Service<Request<Incoming>> for OneByOne {
    type Response = <S3Service as Service<Request<Incoming>>>::Response;
    type Error = <S3Service as Service<Request<Incoming>>>::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let writes = [Method::PUT, Method::POST].contains(request.method());
        let conditional = [IF_MATCH, IF_NONE_MATCH].iter().any(|it| request.headers().contains_key(it));
        let Self { service, turn } = self.clone();
        Box::pin(async move {
            let _turn = if writes && conditional { Some(turn.lock().await) } else { None };
            Service::call(&service, request).await
        })
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.task.abort();
    }
}
