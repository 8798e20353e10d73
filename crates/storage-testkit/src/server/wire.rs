//! Turns an answer with its faults into steps.

use bytes::{BufMut as _, Bytes, BytesMut};

use super::answer::{Answer, Content, Step};
use super::fault::Fault;
use crate::gate::Gate;

/// An answer on its way to the socket, where faults can reach every part of it.
struct Wire {
    before: Vec<Step>,
    status: u16,
    headers: Vec<(String, Vec<u8>)>,
    content: Content,
    framing: Framing,
    blanks: Option<(usize, Gate)>,
    pieces: Option<(usize, Gate)>,
    pause: Option<(u64, Gate)>,
    cut: Option<(u64, Step)>,
    extra: Bytes,
    two_lengths: bool,
    /// How many bytes of body there are, blanks included.
    sent: u64,
    end: Option<Step>,
}

enum Framing {
    Length(u64),
    Chunks { terminated: bool, length: Option<u64> },
    Connection,
}

/// Says what the server does for an answer; behind the last step it reads the next request.
pub(crate) fn steps(answer: &Answer, method: &str) -> Vec<Step> {
    if let Some(steps) = &answer.steps {
        return steps.iter().cloned().chain([Step::Close]).collect();
    }
    let length = answer.content.len();
    let mut wire = Wire {
        before: if answer.is_early() { Vec::new() } else { vec![Step::ReadBody] },
        status: answer.status,
        headers: answer.headers.clone(),
        content: answer.content.clone(),
        framing: if answer.chunked {
            Framing::Chunks { terminated: true, length: None }
        } else {
            Framing::Length(length)
        },
        blanks: None,
        pieces: None,
        pause: None,
        cut: None,
        extra: Bytes::new(),
        two_lengths: false,
        sent: 0,
        // What was not read can't be told from the next request.
        end: answer.is_early().then_some(Step::Stall),
    };
    for fault in &answer.faults {
        wire.suffer(fault);
    }
    wire.into_steps(method)
}

impl Wire {
    fn suffer(&mut self, fault: &Fault) {
        match fault {
            Fault::Early => {}
            Fault::ResetBeforeAnswer => self.before.push(Step::Reset),
            Fault::CloseWithoutAnswer => self.before.push(Step::Close),
            Fault::ResetMidUpload(bytes) => self.before.extend([Step::ReadSome(*bytes), Step::Reset]),
            Fault::StallBeforeHeaders => self.before.push(Step::Stall),
            Fault::WaitBeforeHeaders(gate) => self.before.push(Step::Wait(gate.clone())),
            Fault::Informational(count) => {
                let piece = Bytes::from_static(b"HTTP/1.1 100 Continue\r\n\r\n");
                self.before.push(Step::Repeat { total: piece.len() as u64 * *count as u64, piece });
            }
            Fault::StallAfter(bytes) => self.cut = Some((*bytes, Step::Stall)),
            Fault::ResetAfter(bytes) => self.cut = Some((*bytes, Step::Reset)),
            Fault::CutAfter(bytes) => self.cut = Some((*bytes, Step::Close)),
            Fault::WaitAfter(bytes, gate) => self.pause = Some((*bytes, gate.clone())),
            Fault::Dribble(bytes, gate) => self.pieces = Some((*bytes, gate.clone())),
            Fault::LeadingBlanks(count, gate) => self.blanks = Some((*count, gate.clone())),
            Fault::CloseAfterAnswer => self.end = Some(Step::Close),
            Fault::ExtraBytes(bytes) => self.extra = bytes.clone(),
            other => self.suffer_in_head_or_body(other),
        }
    }

    fn suffer_in_head_or_body(&mut self, fault: &Fault) {
        let length = self.content.len();
        match fault {
            Fault::NoTerminator => self.framing = Framing::Chunks { terminated: false, length: None },
            Fault::LengthAndChunks => {
                self.framing = Framing::Chunks { terminated: true, length: Some(length) }
            }
            Fault::NoLength => self.framing = Framing::Connection,
            Fault::LengthIs(bytes) => self.framing = Framing::Length(*bytes),
            Fault::TwoLengths => {
                self.two_lengths = true;
                self.add("content-length", (length + 1).to_string());
            }
            Fault::HugeHeader(bytes) => self.add("x-huge", "h".repeat(*bytes)),
            Fault::ManyHeaders(count) => {
                (0..*count).for_each(|it| self.add(&format!("x-many-{it}"), it.to_string()))
            }
            Fault::DropHeader(name) => self.headers.retain(|it| !it.0.eq_ignore_ascii_case(name)),
            Fault::SetHeader(name, value) => {
                self.headers.retain(|it| !it.0.eq_ignore_ascii_case(name));
                self.add(name, value.clone());
            }
            Fault::RepeatHeader(name) => {
                let again = self.headers.iter().find(|it| it.0.eq_ignore_ascii_case(name)).cloned();
                self.headers.extend(again);
            }
            Fault::FlipBit(at) => self.flip(*at),
            Fault::CutDocument(bytes) => self.cut_document(*bytes),
            Fault::EmptyBody => self.replace(None, &b""[..]),
            Fault::HtmlBody => self.replace(
                Some("text/html"),
                &b"<!DOCTYPE html><html><body><h1>It works!</h1></body></html>"[..],
            ),
            Fault::JsonBody => self.replace(Some("application/json"), &b"{\"message\":\"hello\"}"[..]),
            Fault::BinaryBody => self.replace(None, &b"\x00\xff\xfe\x80\x1f\x8b\x08\x00"[..]),
            Fault::EndlessBody(total) => {
                self.content = Content::Repeat { piece: Bytes::from_static(&[b' '; 65_536]), total: *total };
                self.resize();
            }
            // The rest is dealt with before.
            _ => {}
        }
    }

    fn add(&mut self, name: &str, value: String) {
        self.headers.push((name.to_owned(), value.into_bytes()));
    }

    fn flip(&mut self, at: usize) {
        if let Content::Bytes(bytes) = &mut self.content {
            let mut flipped = BytesMut::from(&bytes[..]);
            if let Some(byte) = flipped.get_mut(at) {
                *byte ^= 1;
            }
            *bytes = flipped.freeze();
        }
    }

    fn cut_document(&mut self, at: usize) {
        if let Content::Bytes(bytes) = &mut self.content {
            bytes.truncate(at);
        }
        self.resize();
    }

    fn replace(&mut self, content_type: Option<&str>, bytes: &'static [u8]) {
        if let Some(name) = content_type {
            self.headers.retain(|it| !it.0.eq_ignore_ascii_case("content-type"));
            self.add("content-type", name.to_owned());
        }
        self.content = Content::Bytes(Bytes::from_static(bytes));
        self.resize();
    }

    fn resize(&mut self) {
        if let Framing::Length(length) = &mut self.framing {
            *length = self.content.len();
        }
    }

    fn into_steps(mut self, method: &str) -> Vec<Step> {
        let blanks = self.blanks.take();
        let count = blanks.as_ref().map_or(0, |(count, _)| *count as u64);
        self.sent = self.content.len() + count;
        if let Framing::Length(length) = &mut self.framing {
            *length += count;
        }
        let mut steps = std::mem::take(&mut self.before);
        steps.push(Step::Send(self.head()));
        if method == "HEAD" || matches!(self.status, 204 | 304) {
            steps.extend(self.end);
            return steps;
        }
        if let Some((count, gate)) = blanks {
            for _ in 0..count {
                steps.extend([Step::Wait(gate.clone()), Step::Send(self.framed(Bytes::from_static(b" ")))]);
            }
        }
        self.send_body(&mut steps);
        steps
    }

    /// Writes the status line and the headers.
    fn head(&self) -> Bytes {
        let mut head = BytesMut::new();
        head.put_slice(format!("HTTP/1.1 {} Scripted\r\n", self.status).as_bytes());
        for (name, value) in &self.headers {
            head.put_slice(name.as_bytes());
            head.put_slice(b": ");
            head.put_slice(value);
            head.put_slice(b"\r\n");
        }
        let given = |name: &str| self.headers.iter().any(|it| it.0.eq_ignore_ascii_case(name));
        let length = match self.framing {
            // 204 and 304 declare no length unless a script says so; a given one of a HEAD answer stays.
            Framing::Length(_) if matches!(self.status, 204 | 304) => None,
            Framing::Length(_) if given("content-length") && !self.two_lengths => None,
            Framing::Length(length) => Some(length),
            Framing::Chunks { length, .. } => {
                head.put_slice(b"transfer-encoding: chunked\r\n");
                length
            }
            Framing::Connection => {
                head.put_slice(b"connection: close\r\n");
                None
            }
        };
        if let Some(length) = length {
            head.put_slice(format!("content-length: {length}\r\n").as_bytes());
        }
        head.put_slice(b"\r\n");
        head.freeze()
    }

    /// Puts the frame of a chunk around bytes where the answer is chunked.
    fn framed(&self, bytes: Bytes) -> Bytes {
        match self.framing {
            Framing::Chunks { .. } if !bytes.is_empty() => {
                let mut chunk = BytesMut::from(format!("{:x}\r\n", bytes.len()).as_bytes());
                chunk.put_slice(&bytes);
                chunk.put_slice(b"\r\n");
                chunk.freeze()
            }
            _ => bytes,
        }
    }

    fn send_body(&mut self, steps: &mut Vec<Step>) {
        let (most, cut) = match self.cut.take() {
            Some((bytes, step)) => (bytes, Some(step)),
            None => (u64::MAX, None),
        };
        match self.content.clone() {
            Content::Bytes(bytes) => {
                let most = usize::try_from(most).unwrap_or(usize::MAX).min(bytes.len());
                self.send_bytes(bytes.slice(..most), steps);
            }
            Content::Repeat { piece, total } => {
                let total = total.min(most);
                let piece = match self.framing {
                    Framing::Chunks { .. } => self.framed(piece),
                    _ => piece,
                };
                steps.push(Step::Repeat { piece, total });
            }
        }
        if let Some(step) = cut {
            steps.push(step);
            return;
        }
        match self.framing {
            Framing::Chunks { terminated: true, .. } => {
                steps.push(Step::Send(Bytes::from_static(b"0\r\n\r\n")))
            }
            Framing::Chunks { terminated: false, .. } | Framing::Connection => self.end = Some(Step::Close),
            // A declared length that is not reached can only end with the connection.
            Framing::Length(length) if length > self.sent => self.end = Some(Step::Close),
            Framing::Length(_) => {}
        }
        if !self.extra.is_empty() {
            steps.push(Step::Send(self.extra.clone()));
        }
        steps.extend(self.end.take());
    }

    /// Sends bytes in memory: at once, in small pieces, or with a pause.
    fn send_bytes(&self, bytes: Bytes, steps: &mut Vec<Step>) {
        if let Some((size, gate)) = &self.pieces {
            let mut rest = bytes;
            while !rest.is_empty() {
                let piece = rest.split_to((*size).clamp(1, rest.len()));
                steps.extend([Step::Wait(gate.clone()), Step::Send(self.framed(piece))]);
            }
            return;
        }
        let pause = self.pause.as_ref();
        let at =
            pause.map_or(bytes.len(), |(at, _)| usize::try_from(*at).unwrap_or(usize::MAX).min(bytes.len()));
        let (first, rest) = (bytes.slice(..at), bytes.slice(at..));
        steps.push(Step::Send(self.framed(first)));
        if let Some((_, gate)) = pause {
            steps.extend([Step::Wait(gate.clone()), Step::Send(self.framed(rest))]);
        }
    }
}
