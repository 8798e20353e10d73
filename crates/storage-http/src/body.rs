//! Bodies on the wire: a payload on its way out, an answer on its way in.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use storage_core::{Body, Checksum, Error, ErrorKind, Payload, Pieces, Result, Runtime};

use crate::connection::Broken;
use crate::failure::{Failure, Follow};
use crate::io::Traffic;
use crate::lease::Lease;

/// Frames a payload for the wire, such as in signed chunks with a checksum behind them.
pub trait Encoder: Send {
    /// Returns how many bytes a payload of `len` bytes takes on the wire.
    fn encoded_len(&self, len: u64) -> u64;

    /// Takes the next piece of the payload and gives what is ready for the wire.
    fn encode(&mut self, piece: Bytes, out: &mut VecDeque<Bytes>);

    /// Ends the payload and gives what is left for the wire.
    fn finish(&mut self, out: &mut VecDeque<Bytes>);

    /// Returns the checksum that went behind the payload, once it is finished.
    fn checksum(&self) -> Option<Checksum>;
}

/// What becomes known while a payload is sent: hyper hides the error of a body from the sender.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    pub(crate) problem: Option<Error>,
    pub(crate) checksum: Option<Checksum>,
}

pub(crate) type SharedSent = Arc<Mutex<Sent>>;

/// A payload as hyper sends it.
pub(crate) struct WireBody {
    source: Source,
    /// Bytes on the wire that are still to come.
    left: u64,
    traffic: Option<Arc<Traffic>>,
    /// The counters are told of every piece.
    #[cfg(feature = "http2")]
    measured: bool,
}

enum Source {
    /// Nothing.
    Empty,
    /// Pieces in memory, from the one with this number.
    Pieces(Pieces, usize),
    /// A file, or what an encoder makes of a payload.
    Stream(Box<Streaming>),
}

struct Streaming {
    body: Body,
    encoder: Option<Box<dyn Encoder>>,
    ready: VecDeque<Bytes>,
    ended: bool,
    sent: SharedSent,
}

impl WireBody {
    /// Makes the body of one attempt. The second value tells afterwards what went on while it was sent.
    pub(crate) fn new(
        payload: &Payload,
        encoder: Option<Box<dyn Encoder>>,
        runtime: &Arc<dyn Runtime>,
    ) -> (Self, Option<SharedSent>) {
        let left = encoder.as_ref().map_or(payload.len(), |it| it.encoded_len(payload.len()));
        match payload {
            Payload::Bytes(pieces) if encoder.is_none() => {
                let source =
                    if pieces.is_empty() { Source::Empty } else { Source::Pieces(pieces.clone(), 0) };
                (
                    Self {
                        source,
                        left,
                        traffic: None,
                        #[cfg(feature = "http2")]
                        measured: false,
                    },
                    None,
                )
            }
            payload => {
                let sent = SharedSent::default();
                let source = Source::Stream(Box::new(Streaming {
                    body: payload.body(runtime),
                    encoder,
                    ready: VecDeque::new(),
                    ended: false,
                    sent: Arc::clone(&sent),
                }));
                (
                    Self {
                        source,
                        left,
                        traffic: None,
                        #[cfg(feature = "http2")]
                        measured: false,
                    },
                    Some(sent),
                )
            }
        }
    }

    /// Tells whether nothing goes on the wire.
    pub(crate) fn is_empty(&self) -> bool {
        self.left == 0
    }

    /// Returns how many bytes on the wire are still to come.
    pub(crate) fn len(&self) -> u64 {
        self.left
    }

    /// Has the counters of a connection told when the body has ended.
    pub(crate) fn count(&mut self, traffic: &Arc<Traffic>) {
        match self.left {
            0 => traffic.request_done(),
            _ => self.traffic = Some(Arc::clone(traffic)),
        }
    }

    /// As [`count`](Self::count), and has the counters told of every piece, where nobody counts below the framing.
    #[cfg(feature = "http2")]
    pub(crate) fn measure(&mut self, traffic: &Arc<Traffic>) {
        self.count(traffic);
        self.measured = true;
    }

    fn took(&mut self, piece: Bytes) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.left = self.left.saturating_sub(piece.len() as u64);
        #[cfg(feature = "http2")]
        if let (true, Some(traffic)) = (self.measured, &self.traffic) {
            traffic.went(piece.len() as u64);
        }
        if let (0, Some(traffic)) = (self.left, &self.traffic) {
            traffic.request_done();
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }
}

type BodyError = Box<dyn std::error::Error + Send + Sync>;

impl HttpBody for WireBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let piece = match &mut self.source {
            Source::Empty => None,
            Source::Pieces(pieces, at) => {
                let piece = pieces.as_slice().get(*at).cloned();
                *at += 1;
                piece
            }
            Source::Stream(it) => match std::task::ready!(it.poll_next(cx)) {
                Some(Ok(piece)) => Some(piece),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => None,
            },
        };
        match piece {
            Some(piece) => self.took(piece),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

impl Streaming {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(piece)));
            }
            if self.ended {
                return Poll::Ready(None);
            }
            match std::task::ready!(Pin::new(&mut self.body).poll_next(cx)) {
                Some(Ok(piece)) => match &mut self.encoder {
                    Some(encoder) => encoder.encode(piece, &mut self.ready),
                    None => return Poll::Ready(Some(Ok(piece))),
                },
                Some(Err(error)) => {
                    let text = error.to_string();
                    lock(&self.sent).problem = Some(error);
                    return Poll::Ready(Some(Err(text.into())));
                }
                None => self.end(),
            }
        }
    }

    fn end(&mut self) {
        self.ended = true;
        if let Some(encoder) = &mut self.encoder {
            encoder.finish(&mut self.ready);
            lock(&self.sent).checksum = encoder.checksum();
        }
    }
}

pub(crate) fn lock(sent: &SharedSent) -> std::sync::MutexGuard<'_, Sent> {
    // Nothing panics while it is held, and what it guards is always whole.
    sent.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An answer whose head has come: its body, and the connection that brings it.
pub(crate) struct Download {
    incoming: Incoming,
    lease: Lease,
    /// What the head declares, and how much of it has come.
    declared: Option<u64>,
    got: u64,
    /// Blanks count as progress, since the service sends them while it works.
    patient: bool,
}

impl Download {
    pub(crate) fn new(incoming: Incoming, mut lease: Lease, patient: bool) -> Self {
        let declared = HttpBody::size_hint(&incoming).exact();
        if declared == Some(0) {
            // Nobody needs to read it first.
            lease.give_back();
        }
        Self { incoming, lease, declared, got: 0, patient }
    }

    /// Returns the length of the body, where the head declares it.
    pub(crate) fn declared(&self) -> Option<u64> {
        self.declared
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        loop {
            if self.declared == Some(self.got) {
                self.lease.give_back();
                return Poll::Ready(None);
            }
            // First what has come, then what the connection brings, then what that made ready.
            let mut frame = Pin::new(&mut self.incoming).poll_frame(cx);
            if frame.is_pending() {
                self.lease.drive(cx);
                frame = Pin::new(&mut self.incoming).poll_frame(cx);
            }
            match frame {
                Poll::Pending => {
                    return match self.lease.poll_stalled(cx, self.patient) {
                        Poll::Ready(broken) => Poll::Ready(Some(Err(broken.into_error()))),
                        Poll::Pending => Poll::Pending,
                    };
                }
                Poll::Ready(None) => {
                    self.lease.give_back();
                    return Poll::Ready(None);
                }
                Poll::Ready(Some(Err(error))) => {
                    self.lease.close();
                    return Poll::Ready(Some(Err(self.truncated(error))));
                }
                Poll::Ready(Some(Ok(frame))) => {
                    let Ok(piece) = frame.into_data() else { continue };
                    self.lease.moved(piece.len());
                    self.got += piece.len() as u64;
                    if self.declared == Some(self.got) {
                        self.lease.give_back();
                    }
                    if !piece.is_empty() {
                        return Poll::Ready(Some(Ok(piece)));
                    }
                }
            }
        }
    }

    fn truncated(&self, cause: hyper::Error) -> Error {
        let message = match self.declared {
            Some(declared) => format!("the answer ended after {} of {declared} bytes", self.got),
            None => format!("the answer broke off after {} bytes", self.got),
        };
        Error::new(ErrorKind::Truncated, message).with_source(cause)
    }

    /// Reads the whole body into one buffer, without a copy when it comes in one piece.
    pub(crate) async fn collect(mut self, limit: usize, over: Over) -> Result<Bytes, Failure> {
        let too_long = || {
            let message = format!("the answer is longer than {limit} bytes");
            Failure::new(ErrorKind::UnexpectedResponse, message)
        };
        if over == Over::Fail && self.declared.is_some_and(|it| it > limit as u64) {
            return Err(too_long());
        }
        let mut first = Bytes::new();
        let mut all = BytesMut::new();
        while let Some(piece) = std::future::poll_fn(|cx| self.poll_piece(cx)).await {
            let piece = piece.map_err(|error| Failure { error, follow: Follow::IfIdempotent })?;
            let have = first.len() + all.len();
            if have + piece.len() > limit {
                if over == Over::Fail {
                    return Err(too_long());
                }
                all.extend_from_slice(&std::mem::take(&mut first));
                all.extend_from_slice(piece.get(..limit - have).unwrap_or_default());
                return Ok(all.freeze());
            }
            if have == 0 {
                first = piece;
                continue;
            }
            if all.is_empty() {
                all.reserve(self.declared.map_or(0, |it| usize::try_from(it).unwrap_or(limit).min(limit)));
                all.extend_from_slice(&std::mem::take(&mut first));
            }
            all.extend_from_slice(&piece);
        }
        Ok(if all.is_empty() { first } else { all.freeze() })
    }
}

/// What happens to a body beyond its limit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    /// It is an error.
    Fail,
    /// The rest is left out, and the connection is closed.
    Cut,
}

impl Stream for Download {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_piece(cx)
    }
}

impl Broken {
    /// Makes the error of a body that stalled.
    pub(crate) fn into_error(self) -> Error {
        Failure::from(self).error
    }
}
