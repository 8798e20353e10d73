//! The words for what goes wrong.

use bytes::Bytes;

use crate::gate::Gate;

/// What goes wrong with an answer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// Resets the connection when the request has been read, before any byte of the answer.
    ResetBeforeAnswer,
    /// Closes the connection when the request has been read: it was carried out, and the answer is lost.
    CloseWithoutAnswer,
    /// Resets the connection after so many bytes of the request's body.
    ResetMidUpload(u64),
    /// Answers before the body of the request is read, and reads none of it.
    Early,
    /// Reads the request and sends nothing.
    StallBeforeHeaders,
    /// Reads the request and sends the answer when let through a gate.
    WaitBeforeHeaders(Gate),
    /// Sends so many bytes of the body and nothing more.
    StallAfter(u64),
    /// Sends so many bytes of the body, and the rest when let through a gate.
    WaitAfter(u64, Gate),
    /// Sends so many bytes of the body and resets the connection.
    ResetAfter(u64),
    /// Sends so many bytes of the body and closes the connection.
    CutAfter(u64),
    /// Sends the body in small pieces, each when let through a gate.
    Dribble(usize, Gate),
    /// Closes the connection behind the answer without saying so.
    CloseAfterAnswer,
    /// Sends chunks and closes the connection before the last, empty one.
    NoTerminator,
    /// Declares no length; the body ends with the connection.
    NoLength,
    /// Declares another length than that of the body.
    LengthIs(u64),
    /// Declares the length twice, with two values.
    TwoLengths,
    /// Declares a length and chunks.
    LengthAndChunks,
    /// Sends more bytes behind the declared end.
    ExtraBytes(Bytes),
    /// Sends a header of so many bytes.
    HugeHeader(usize),
    /// Sends so many headers.
    ManyHeaders(usize),
    /// Sends so many `100 Continue` first.
    Informational(usize),
    /// Leaves a header out.
    DropHeader(&'static str),
    /// Sends a header with another value.
    SetHeader(&'static str, String),
    /// Sends a header twice.
    RepeatHeader(&'static str),
    /// Flips the lowest bit of one byte of a body in memory.
    FlipBit(usize),
    /// Ends a body in memory after so many bytes, with the length to match: a document that is cut, in a whole answer.
    CutDocument(usize),
    /// Sends an empty body, with the length to match.
    EmptyBody,
    /// Sends a page of HTML in place of the body.
    HtmlBody,
    /// Sends JSON in place of the body.
    JsonBody,
    /// Sends bytes that are no text in place of the body.
    BinaryBody,
    /// Sends blanks in front of the body, each when let through a gate.
    LeadingBlanks(usize, Gate),
    /// Sends a body of so many blanks.
    EndlessBody(u64),
}
