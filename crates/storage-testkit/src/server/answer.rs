//! What the server sends back.

use bytes::Bytes;

use super::fault::Fault;
use super::request::Request;
use crate::gate::Gate;

/// What the server sends back: a good answer, until [faults](Fault) are added.
#[derive(Clone, Debug)]
pub struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) content: Content,
    pub(crate) chunked: bool,
    pub(crate) faults: Vec<Fault>,
    pub(crate) steps: Option<Vec<Step>>,
}

/// A body.
#[derive(Clone, Debug)]
pub enum Content {
    /// Bytes in memory.
    Bytes(Bytes),
    /// A piece again and again, up to a number of bytes, without holding them.
    Repeat {
        /// The piece.
        piece: Bytes,
        /// How many bytes in all.
        total: u64,
    },
}

/// One thing that the server does on a connection.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Step {
    /// Reads the rest of the request's body.
    ReadBody,
    /// Reads at most this many bytes of the request's body.
    ReadSome(u64),
    /// Sends bytes.
    Send(Bytes),
    /// Sends a piece again and again.
    Repeat {
        /// The piece.
        piece: Bytes,
        /// How many bytes in all.
        total: u64,
    },
    /// Waits to be let through a gate.
    Wait(Gate),
    /// Does nothing more, with the connection open.
    Stall,
    /// Closes the connection.
    Close,
    /// Resets the connection.
    Reset,
}

impl Answer {
    /// Starts an answer with an empty body.
    pub fn new(status: u16) -> Self {
        let content = Content::Bytes(Bytes::new());
        Self { status, headers: Vec::new(), content, chunked: false, faults: Vec::new(), steps: None }
    }

    /// Does single steps, in place of an answer; the connection is closed behind the last one.
    pub fn steps(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: Some(steps.into_iter().collect()), ..Self::new(0) }
    }

    /// Sends raw bytes, in place of an answer; the connection is closed behind them.
    pub fn raw(bytes: impl Into<Bytes>) -> Self {
        Self::steps([Step::ReadBody, Step::Send(bytes.into()), Step::Close])
    }

    /// Answers with XML.
    pub fn xml(status: u16, document: impl Into<Bytes>) -> Self {
        Self::new(status).header("content-type", "application/xml").body(document)
    }

    /// Answers with JSON.
    pub fn json(status: u16, document: impl Into<Bytes>) -> Self {
        Self::new(status).header("content-type", "application/json").body(document)
    }

    /// Answers a read of an object as a good server does: whole, a range, `304`, `412` or `416`.
    pub fn object(request: &Request, content: impl Into<Bytes>, etag: &str) -> Self {
        let content = content.into();
        let size = content.len() as u64;
        let named = |name: &str| request.header(name).is_some_and(|it| it == etag || it == "*");
        if request.header("if-match").is_some() && !named("if-match") {
            return Self::new(412);
        }
        if named("if-none-match") {
            return Self::new(304).header("etag", etag);
        }
        let answer = |status| Self::new(status).header("etag", etag).header("accept-ranges", "bytes");
        let (start, end) =
            match request.header("range").map(|it| it.trim_start_matches("bytes=").split_once('-')) {
                Some(Some(("", last))) => (size.saturating_sub(last.parse().unwrap_or(0)), size),
                Some(Some((start, last))) => {
                    let end = last.parse::<u64>().map_or(size, |it| it.saturating_add(1).min(size));
                    (start.parse().unwrap_or(u64::MAX), end)
                }
                _ => return answer(200).body(content),
            };
        if start >= end {
            return answer(416).header("content-range", format!("bytes */{size}"));
        }
        let part = usize::try_from(start).ok().zip(usize::try_from(end).ok());
        let bytes = part.map_or_else(Bytes::new, |(start, end)| content.slice(start..end));
        answer(206).header("content-range", format!("bytes {start}-{}/{size}", end - 1)).body(bytes)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the body; its length is declared as it is.
    #[must_use]
    pub fn body(mut self, bytes: impl Into<Bytes>) -> Self {
        self.content = Content::Bytes(bytes.into());
        self
    }

    /// Sets a body of any size that takes no memory.
    #[must_use]
    pub fn body_of(mut self, piece: impl Into<Bytes>, total: u64) -> Self {
        self.content = Content::Repeat { piece: piece.into(), total };
        self
    }

    /// Sends the body in chunks, without a length.
    #[must_use]
    pub fn chunked(mut self) -> Self {
        self.chunked = true;
        self
    }

    /// Makes one thing go wrong; several faults add up.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Tells whether the server answers before it reads the body of the request.
    pub(crate) fn is_early(&self) -> bool {
        let own_steps =
            self.steps.as_ref().is_some_and(|it| !it.iter().any(|step| matches!(step, Step::ReadBody)));
        own_steps || self.faults.iter().any(|it| matches!(it, Fault::Early | Fault::ResetMidUpload(_)))
    }
}

impl Content {
    /// Returns the number of bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Repeat { total, .. } => *total,
        }
    }

    /// Tells whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
