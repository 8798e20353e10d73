//! The limit of a client over hyper: kept connections, nothing signed, nothing repeated, nothing looked at.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::ops::Range;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bench_kit::{Arguments, Bytes, Source, Store};
use http_body_util::BodyExt as _;
use hyper::Request;
use hyper::body::{Body, Frame, SizeHint};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Pieces that are sent as they are.
#[derive(Default)]
struct Pieces(VecDeque<Bytes>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.iter().map(|it| it.len() as u64).sum())
    }
}

struct Bare(Arc<Inner>);

struct Inner {
    host: String,
    tls: Option<TlsConnector>,
    bucket: String,
    idle: Mutex<Vec<SendRequest<Pieces>>>,
}

type Result<T, E = bench_kit::Error> = std::result::Result<T, E>;

impl Inner {
    async fn connection(&self) -> Result<SendRequest<Pieces>> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(sender) = idle {
            return Ok(sender);
        }
        let stream = TcpStream::connect(&self.host).await?;
        stream.set_nodelay(true)?;
        match &self.tls {
            None => open(stream).await,
            Some(tls) => open(tls.connect(ServerName::try_from("127.0.0.1")?, stream).await?).await,
        }
    }

    /// Sends a request, and gives every piece of a good answer away.
    async fn exchange(
        &self,
        method: &str,
        target: &str,
        range: Option<Range<u64>>,
        body: VecDeque<Bytes>,
        mut take: impl FnMut(&Bytes),
    ) -> Result<()> {
        let mut connection = self.connection().await?;
        let mut request = Request::builder().method(method).uri(target).header("host", &self.host);
        if let Some(range) = range {
            request = request.header("range", format!("bytes={}-{}", range.start, range.end - 1));
        }
        connection.ready().await?;
        let mut answer = connection.send_request(request.body(Pieces(body))?).await?;
        if !answer.status().is_success() {
            return Err(format!("{method} {target}: {}", answer.status()).into());
        }
        while let Some(frame) = answer.body_mut().frame().await {
            if let Ok(piece) = frame?.into_data() {
                take(&piece);
            }
        }
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        Ok(())
    }
}

async fn open<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(stream: S) -> Result<SendRequest<Pieces>> {
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(async move {
        // Whoever waits for an answer is told what went wrong.
        drop(connection.await);
    });
    Ok(sender)
}

impl Store for Bare {
    async fn get(&self, key: &str, range: Option<Range<u64>>) -> Result<u64> {
        let mut total = 0;
        let target = format!("/{}/{key}", self.0.bucket);
        self.0.exchange("GET", &target, range, VecDeque::new(), |it| total += it.len() as u64).await?;
        Ok(total)
    }

    async fn get_small(&self, key: &str) -> Result<u64> {
        self.get(key, None).await
    }

    async fn put_small(&self, key: &str, data: Bytes) -> Result<()> {
        let target = format!("/{}/{key}", self.0.bucket);
        self.0.exchange("PUT", &target, None, [data].into(), |_| ()).await
    }

    async fn put(&self, key: &str, source: Source, part: usize, at_once: usize) -> Result<()> {
        let target = format!("/{}/{key}", self.0.bucket);
        self.0.exchange("POST", &format!("{target}?uploads"), None, VecDeque::new(), |_| ()).await?;
        let (source, number) = (Arc::new(Mutex::new(source)), Arc::new(AtomicU32::new(1)));
        let tasks: Vec<_> = (0..at_once)
            .map(|_| {
                let (inner, target) = (Arc::clone(&self.0), target.clone());
                let (source, number) = (Arc::clone(&source), Arc::clone(&number));
                tokio::spawn(async move {
                    loop {
                        let body = gather(&mut source.lock().unwrap_or_else(PoisonError::into_inner), part);
                        if body.is_empty() {
                            return Ok::<_, bench_kit::Error>(());
                        }
                        let number = number.fetch_add(1, Ordering::Relaxed);
                        let target = format!("{target}?partNumber={number}&uploadId=VXBsb2Fk");
                        inner.exchange("PUT", &target, None, body, |_| ()).await?;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await??;
        }
        let done = Bytes::from_static(b"<CompleteMultipartUpload/>");
        self.0.exchange("POST", &format!("{target}?uploadId=VXBsb2Fk"), None, [done].into(), |_| ()).await
    }

    /// Counts the entries without reading them.
    async fn list(&self) -> Result<u64> {
        let (mut found, mut token) = (0, String::new());
        loop {
            let target = format!("/{}?list-type=2{token}", self.0.bucket);
            let mut page = Vec::new();
            self.0.exchange("GET", &target, None, VecDeque::new(), |it| page.push(it.clone())).await?;
            let start = String::from_utf8_lossy(page.first().map_or(&[][..], |it| &it[..it.len().min(1024)]))
                .into_owned();
            let value =
                |name: &str| start.split(name).nth(1).and_then(|it| it.split('<').next()).map(str::to_owned);
            found += value("<KeyCount>").and_then(|it| it.parse::<u64>().ok()).unwrap_or(0);
            match value("<NextContinuationToken>") {
                Some(next) => token = format!("&continuation-token={next}"),
                None => return Ok(found),
            }
        }
    }
}

fn gather(source: &mut Source, part: usize) -> VecDeque<Bytes> {
    let (mut body, mut len) = (VecDeque::new(), 0);
    while len < part {
        let Some(chunk) = source.next() else { break };
        len += chunk.len();
        body.push_back(chunk);
    }
    body
}

fn tls(arguments: &Arguments) -> Result<Option<TlsConnector>> {
    let Some(path) = &arguments.ca else { return Ok(None) };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path)? {
        roots.add(certificate?)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Some(Arc::new(config).into()))
}

fn main() -> Result<()> {
    bench_kit::run(std::env::args().skip(1), async |arguments: &Arguments| {
        let host = arguments.endpoint.split("://").nth(1).unwrap_or_default().to_owned();
        let (tls, bucket) = (tls(arguments)?, arguments.bucket.clone());
        Ok(Bare(Arc::new(Inner { host, tls, bucket, idle: Mutex::default() })))
    })
}
