//! One connection: requests one after the other.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{Instant, sleep, sleep_until};

use super::Options;
use super::dialect::Answer;
use super::pages::Pages;
use super::request::Request;
use crate::pattern;

const BUFFER: usize = 256 << 10;
/// Content up to this size goes out with its head.
const SMALL: u64 = 64 << 10;

pub(super) struct Connection<S> {
    stream: S,
    options: Arc<Options>,
    pages: Arc<Pages>,
    buffer: Vec<u8>,
    /// What of the buffer is filled and not yet read.
    filled: std::ops::Range<usize>,
    out: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    pub(super) fn new(stream: S, options: Arc<Options>, pages: Arc<Pages>) -> Self {
        Self { stream, options, pages, buffer: vec![0; BUFFER], filled: 0..0, out: Vec::new() }
    }

    /// Serves requests until the client ends the connection.
    pub(super) async fn run(mut self) -> io::Result<()> {
        while let Some(request) = self.head().await? {
            if request.expects {
                self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
                self.stream.flush().await?;
            }
            self.skip(request.length).await?;
            if !self.options.latency.is_zero() {
                sleep(self.options.latency).await;
            }
            self.answer(&request).await?;
            if request.closes {
                break;
            }
        }
        Ok(())
    }

    async fn head(&mut self) -> io::Result<Option<Request>> {
        loop {
            if let Some((len, request)) =
                Request::parse(&self.buffer[self.filled.clone()], self.options.dialect)?
            {
                self.filled.start += len;
                return Ok(Some(request));
            }
            self.buffer.copy_within(self.filled.clone(), 0);
            self.filled = 0..self.filled.len();
            match self.stream.read(&mut self.buffer[self.filled.end..]).await? {
                0 => return Ok(None),
                read => self.filled.end += read,
            }
        }
    }

    /// Reads content and drops it.
    async fn skip(&mut self, mut left: u64) -> io::Result<()> {
        let have = left.min(self.filled.len() as u64);
        self.filled.start += have as usize;
        left -= have;
        while left > 0 {
            let most = left.min(BUFFER as u64) as usize;
            match self.stream.read(&mut self.buffer[..most]).await? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => left -= read as u64,
            }
        }
        Ok(())
    }

    async fn answer(&mut self, request: &Request) -> io::Result<()> {
        match (self.options.dialect.answer)(request, &self.pages) {
            Answer::Object(size) => self.object(request, size).await,
            Answer::Head(status, headers) => {
                self.begin(status, 0, headers);
                self.flush().await
            }
            Answer::Document(text) => {
                self.begin(200, text.len() as u64, "Content-Type: application/xml\r\n");
                self.out.extend_from_slice(&text);
                self.flush().await
            }
            Answer::Error(status, code) => self.error(status, code).await,
        }
    }

    async fn object(&mut self, request: &Request, size: u64) -> io::Result<()> {
        let mut extra = self.options.dialect.object.to_owned();
        let (status, start, end) = match request.range(size) {
            Some((start, end)) if start >= end => return self.error(416, "InvalidRange").await,
            Some((start, end)) => {
                extra.push_str(&format!("Content-Range: bytes {start}-{}/{size}\r\n", end - 1));
                (206, start, end)
            }
            None => (200, 0, size),
        };
        self.begin(status, end - start, &extra);
        if request.method == "HEAD" {
            return self.flush().await;
        }
        if end - start <= SMALL {
            self.out.extend_from_slice(&pattern()[..(end - start) as usize]);
            return self.flush().await;
        }
        self.flush().await?;
        self.send(end - start).await
    }

    /// Sends content, no faster than the rate.
    async fn send(&mut self, len: u64) -> io::Result<()> {
        let began = Instant::now();
        let mut sent = 0;
        while sent < len {
            let most = if self.options.rate > 0 { BUFFER } else { pattern().len() };
            let piece = (len - sent).min(most as u64) as usize;
            self.stream.write_all(&pattern()[..piece]).await?;
            sent += piece as u64;
            if self.options.rate > 0 {
                let due = began + Duration::from_secs_f64(sent as f64 / self.options.rate as f64);
                sleep_until(due).await;
            }
        }
        self.stream.flush().await
    }

    async fn error(&mut self, status: u16, code: &str) -> io::Result<()> {
        let (headers, text) = (self.options.dialect.error)(code);
        self.begin(status, text.len() as u64, &format!("{headers}Content-Type: application/xml\r\n"));
        self.out.extend_from_slice(text.as_bytes());
        self.flush().await
    }

    /// Writes the head of an answer, with what a service of this kind always says.
    fn begin(&mut self, status: u16, len: u64, extra: &str) {
        let length = if status == 204 { String::new() } else { format!("Content-Length: {len}\r\n") };
        let always = self.options.dialect.always;
        let head = format!("HTTP/1.1 {status} Status\r\n{always}{length}{extra}\r\n");
        self.out.extend_from_slice(head.as_bytes());
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.stream.write_all(&self.out).await?;
        self.out.clear();
        self.stream.flush().await
    }
}
