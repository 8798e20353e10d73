//! One connection: reads requests just as far as it must, and takes the steps of their answers.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use socket2::SockRef;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::answer::{Answer, Step};
use super::line::Line;
use super::listener::Shared;
use super::request::Request;
use super::script::Accept;
use super::wire;

/// The longest head that is read.
const MOST_HEAD_BYTES: usize = 1 << 20;
/// How much of a body the log keeps.
const MOST_LOGGED_BYTES: usize = 256 << 20;
const READ_BYTES: usize = 64 << 10;

/// Whether the connection goes on behind a step.
#[derive(PartialEq)]
enum Next {
    Goes,
    Ends,
}

/// How much of the request's body is still to come.
enum Rest {
    Bytes(u64),
    Chunks { left: u64 },
    Nothing,
}

struct Connection {
    stream: Line,
    number: usize,
    shared: Arc<Shared>,
    buffer: BytesMut,
    rest: Rest,
    /// Where the request that is being answered stands in the log.
    entry: usize,
    body: BytesMut,
    wants_continue: bool,
}

/// Counts a connection while it lives, also when its task is aborted.
struct Open(Arc<Shared>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.send_modify(|it| *it -= 1);
    }
}

pub(crate) async fn serve(stream: TcpStream, number: usize, shared: Arc<Shared>) {
    shared.open.send_modify(|it| *it += 1);
    let _open = Open(Arc::clone(&shared));
    // Answers go out in small writes, which would wait for each other. Without it they are slow and nothing else.
    drop(stream.set_nodelay(true));
    let accept = shared.script().next_accept();
    let stream = match accept {
        Accept::Serve => match Line::accept(stream, &shared.acceptor).await {
            Ok(line) => line,
            Err(error) => return shared.failed_handshakes.send_modify(|it| it.push(error.to_string())),
        },
        _ => Line::Plain(stream),
    };
    let mut connection = Connection {
        stream,
        number,
        shared,
        buffer: BytesMut::new(),
        rest: Rest::Nothing,
        entry: 0,
        body: BytesMut::new(),
        wants_continue: false,
    };
    // Errors of the socket are what clients do to servers; the log has what came.
    let _ended = match accept {
        Accept::Serve => connection.run().await,
        Accept::Close => Ok(()),
        Accept::Reset => connection.reset(),
        Accept::Ignore => std::future::pending().await,
    };
}

impl Connection {
    async fn run(&mut self) -> io::Result<()> {
        while let Some(request) = self.read_head().await? {
            let early = self.shared.script().early(&request);
            let is_early = early.is_some();
            let answer = match early {
                Some(answer) => answer,
                None => {
                    self.read_body(u64::MAX).await?;
                    let request = self.logged();
                    self.shared.script().answer(&request)
                }
            };
            if self.give(&answer, &request.method).await? == Next::Ends {
                return Ok(());
            }
            if is_early {
                self.read_body(u64::MAX).await?;
            }
            if request.header("connection").is_some_and(|it| it.eq_ignore_ascii_case("close")) {
                return self.stream.shutdown().await;
            }
        }
        Ok(())
    }

    fn logged(&self) -> Request {
        self.shared.log().get(self.entry).cloned().unwrap_or_default()
    }

    async fn give(&mut self, answer: &Answer, method: &str) -> io::Result<Next> {
        for step in wire::steps(answer, method) {
            match step {
                Step::ReadBody => self.read_body(u64::MAX).await?,
                Step::ReadSome(bytes) => self.read_body(bytes).await?,
                Step::Send(bytes) => self.send(&bytes).await?,
                Step::Repeat { piece, total } => self.send_many(&piece, total).await?,
                Step::Wait(gate) => gate.pass().await,
                Step::Stall => return self.stall().await,
                Step::Close => {
                    self.stream.shutdown().await?;
                    return Ok(Next::Ends);
                }
                Step::Reset => return self.reset().map(|()| Next::Ends),
            }
        }
        Ok(Next::Goes)
    }

    async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let sent = self.stream.write(rest).await?;
            self.shared.sent_bytes.fetch_add(sent as u64, Ordering::SeqCst);
            rest = rest.get(sent..).unwrap_or_default();
        }
        self.stream.flush().await
    }

    async fn send_many(&mut self, piece: &Bytes, total: u64) -> io::Result<()> {
        let mut left = if piece.is_empty() { 0 } else { total };
        while left > 0 {
            let size = piece.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            self.send(piece.get(..size).unwrap_or_default()).await?;
            left -= size as u64;
        }
        Ok(())
    }

    /// Does nothing more until the client closes; what was not read stays unread.
    async fn stall(&mut self) -> io::Result<Next> {
        if !matches!(self.rest, Rest::Nothing) {
            return std::future::pending().await;
        }
        let mut sink = [0; 1024];
        while self.stream.read(&mut sink).await? > 0 {}
        Ok(Next::Ends)
    }

    fn reset(&mut self) -> io::Result<()> {
        SockRef::from(self.stream.tcp()).set_linger(Some(Duration::ZERO))
    }

    /// Reads on; `false` at the end of the stream.
    async fn fill(&mut self) -> io::Result<bool> {
        self.buffer.reserve(READ_BYTES);
        Ok(self.stream.read_buf(&mut self.buffer).await? > 0)
    }

    /// Reads the next head and writes it in the log; `None` when the client has closed.
    async fn read_head(&mut self) -> io::Result<Option<Request>> {
        let end = loop {
            if let Some(at) = self.buffer.windows(4).position(|it| it == b"\r\n\r\n") {
                break at + 4;
            }
            if self.buffer.len() > MOST_HEAD_BYTES || !self.fill().await? {
                return Ok(None);
            }
        };
        let head = self.buffer.split_to(end).freeze();
        let Some(request) = Request::parse(self.number, &head) else { return Ok(None) };
        let chunked =
            request.header("transfer-encoding").is_some_and(|it| it.to_ascii_lowercase().contains("chunked"));
        let length = request.header("content-length").and_then(|it| it.parse().ok()).unwrap_or(0);
        self.rest = match (chunked, length) {
            (true, _) => Rest::Chunks { left: 0 },
            (false, 0) => Rest::Nothing,
            (false, length) => Rest::Bytes(length),
        };
        self.wants_continue =
            request.header("expect").is_some_and(|it| it.eq_ignore_ascii_case("100-continue"));
        self.body.clear();
        let mut log = self.shared.log();
        self.entry = log.len();
        log.push(request.clone());
        Ok(Some(request))
    }

    /// Reads at most so many bytes of the body, and notes in the log what came.
    async fn read_body(&mut self, most: u64) -> io::Result<()> {
        if std::mem::take(&mut self.wants_continue) && !matches!(self.rest, Rest::Nothing) {
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        let mut read = 0;
        let was_complete = self.logged().complete;
        let outcome = loop {
            if read >= most {
                break Ok(());
            }
            match self.read_piece(most - read).await {
                Ok(Some(bytes)) => read += bytes,
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        let complete = matches!(self.rest, Rest::Nothing);
        self.note(read, complete);
        if complete && !was_complete {
            self.shared.done.send_modify(|it| *it += 1);
        }
        outcome
    }

    fn note(&mut self, read: u64, complete: bool) {
        let mut log = self.shared.log();
        if let Some(entry) = log.get_mut(self.entry) {
            entry.body_bytes += read;
            entry.complete = complete;
            if read > 0 {
                entry.body = Bytes::copy_from_slice(&self.body);
            }
        }
    }

    /// Reads some bytes of the body; `None` when it has come to its end.
    async fn read_piece(&mut self, most: u64) -> io::Result<Option<u64>> {
        if let Rest::Chunks { left: 0 } = self.rest {
            let line = self.read_line().await?;
            let digits = line.split(|byte| *byte == b';').next().unwrap_or_default();
            let digits = std::str::from_utf8(digits).unwrap_or_default().trim();
            let left =
                u64::from_str_radix(digits, 16).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
            if left == 0 {
                // Trailers, up to the empty line.
                while !self.read_line().await?.is_empty() {}
                self.rest = Rest::Nothing;
            } else {
                self.rest = Rest::Chunks { left };
            }
        }
        let left = match self.rest {
            Rest::Nothing => return Ok(None),
            Rest::Bytes(left) | Rest::Chunks { left } => left,
        };
        if self.buffer.is_empty() && !self.fill().await? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let size = left.min(most).min(self.buffer.len() as u64);
        let piece = self.buffer.split_to(usize::try_from(size).unwrap_or(usize::MAX));
        let room = MOST_LOGGED_BYTES.saturating_sub(self.body.len());
        self.body.extend_from_slice(piece.get(..room.min(piece.len())).unwrap_or_default());
        match &mut self.rest {
            Rest::Bytes(left) if *left == size => self.rest = Rest::Nothing,
            Rest::Bytes(left) => *left -= size,
            Rest::Chunks { left } => {
                *left -= size;
                if *left == 0 {
                    self.read_line().await?;
                }
            }
            Rest::Nothing => {}
        }
        Ok(Some(size))
    }

    /// Reads a line of the chunked framing.
    async fn read_line(&mut self) -> io::Result<Bytes> {
        loop {
            if let Some(at) = self.buffer.windows(2).position(|it| it == b"\r\n") {
                let line = self.buffer.split_to(at + 2).freeze();
                return Ok(line.slice(..at));
            }
            if self.buffer.len() > MOST_HEAD_BYTES || !self.fill().await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}
