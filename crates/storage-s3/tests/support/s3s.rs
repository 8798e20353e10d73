//! `s3s-fs`, a server that others wrote, in this process.

use std::net::SocketAddr;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// A server that ends with its value.
pub(crate) struct Embedded {
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
    _root: TempDir,
}

impl Embedded {
    pub(crate) async fn start() -> Self {
        let root = tempfile::tempdir().unwrap();
        let mut builder = S3ServiceBuilder::new(FileSystem::new(root.path()).unwrap());
        builder.set_auth(SimpleAuth::from_single("testkey", "testsecret"));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(serve(listener, builder.build()));
        Self { address, task, _root: root }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn serve(listener: TcpListener, service: S3Service) {
    let mut connections = tokio::task::JoinSet::new();
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

impl Drop for Embedded {
    fn drop(&mut self) {
        self.task.abort();
    }
}
