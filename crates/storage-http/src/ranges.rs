//! Which bytes an answer to a read holds.

use std::ops::Range;

use http::StatusCode;
use http::header::CONTENT_RANGE;
use storage_core::{ByteRange, Error, ErrorKind, Result};

use crate::client::Streamed;
use crate::headers::number;

/// The first byte of a range may not lie behind this: many services read numbers with a sign.
const MOST: u64 = i64::MAX as u64;

/// Writes a range as a header does, such as `bytes=0-9`.
pub fn range_header(range: ByteRange) -> String {
    match range {
        ByteRange::Bounded { start, end } if end <= MOST => {
            format!("bytes={start}-{}", end.saturating_sub(1))
        }
        ByteRange::Bounded { start, .. } | ByteRange::From(start) => format!("bytes={}-", start.min(MOST)),
        ByteRange::Suffix(last) => format!("bytes=-{}", last.min(MOST)),
    }
}

/// Returns which bytes of the object the body of an answer holds, and the size of the whole object.
///
/// # Errors
/// `UnexpectedResponse` when the answer does not say it, contradicts itself, or holds other bytes than were asked for;
/// `InvalidRange` when what was asked for does not lie in the object.
pub fn range_of(answer: &Streamed, asked: Option<ByteRange>) -> Result<(Range<u64>, u64)> {
    let len = answer.len.ok_or_else(|| unexpected("the answer does not say how long it is"))?;
    let told = match answer.headers.get(CONTENT_RANGE) {
        Some(value) => Some(
            value
                .to_str()
                .ok()
                .and_then(content_range)
                .ok_or_else(|| unexpected("the answer has a strange range"))?,
        ),
        None => None,
    };
    let (range, size) = match (told, answer.status) {
        (None, StatusCode::PARTIAL_CONTENT) => {
            return Err(unexpected("the answer does not say which range it holds"));
        }
        (Some(_), _) if asked.is_none() => {
            return Err(unexpected("the answer holds a range that was not asked for"));
        }
        (Some(told), _) => told,
        (None, _) => (0..len, len),
    };
    if range.end.saturating_sub(range.start) != len {
        return Err(unexpected("the answer is not as long as its range"));
    }
    match asked {
        Some(asked) if asked.resolve(size)? != range => {
            Err(unexpected("the answer holds another range than the one asked for"))
        }
        _ => Ok((range, size)),
    }
}

/// Reads `bytes 0-9/100`.
fn content_range(text: &str) -> Option<(Range<u64>, u64)> {
    let (range, size) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.trim().split_once('-')?;
    let (first, last, size) = (number(first)?, number(last)?, number(size)?);
    (first <= last && last < size).then(|| (first..last + 1, size))
}

fn unexpected(message: &'static str) -> Error {
    Error::new(ErrorKind::UnexpectedResponse, message)
}
