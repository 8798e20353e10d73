//! What became of the requests of a batch.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use storage_core::Result;
use storage_http::headers::number;
use storage_http::xml::unexpected;

use super::MOST;
use super::parts::{boundary, line, parts};

/// How many headers of a part are kept.
const MOST_HEADERS: usize = 64;

/// The answer to one of the requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SubAnswer {
    /// The status.
    pub(crate) status: StatusCode,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body, which only failures have.
    pub(crate) body: Bytes,
}

/// Reads the answers to `count` requests, in the order of the requests; one that is missing was not given.
///
/// Answers are told apart by their ids. The service leaves the id out of failures, which are then known by their place
/// between the others, as far as no other is missing there.
///
/// # Errors
/// `UnexpectedResponse` when there is not one answer, or more than requests.
pub(crate) fn parse(content_type: &str, body: &Bytes, count: usize) -> Result<Vec<Option<SubAnswer>>> {
    let boundary = boundary(content_type)
        .ok_or_else(|| unexpected("the answer to a batch is no `multipart/mixed` with a boundary"))?;
    let parts = parts(body, boundary);
    if parts.is_empty() || parts.len() > count.min(MOST) {
        let many = parts.len();
        return Err(unexpected(format!("the answer to a batch of {count} requests has {many} parts")));
    }
    let answers: Vec<Part> = parts.into_iter().map(|it| part(body, it)).collect();
    // A batch that could not be read has one answer for all.
    if let [Part { id: None, answer: Some(answer) }] = &answers[..]
        && answer.status == StatusCode::BAD_REQUEST
    {
        return Ok(vec![Some(answer.clone()); count]);
    }
    Ok(place(answers, count))
}

/// A part as it came.
struct Part {
    id: Option<u64>,
    /// What it says; `None` when that can't be read.
    answer: Option<SubAnswer>,
}

/// Gives every answer to its request.
fn place(parts: Vec<Part>, count: usize) -> Vec<Option<SubAnswer>> {
    let mut slots: Vec<Option<SubAnswer>> = vec![None; count];
    let mut next = 0;
    let mut nameless = Vec::new();
    for part in parts {
        let Some(id) = part.id else {
            nameless.push(part.answer);
            continue;
        };
        let Some(at) = usize::try_from(id).ok().filter(|at| *at < count) else {
            // Nobody asked for it; what is around it keeps its place.
            continue;
        };
        fill(&mut slots, next, at, &mut nameless);
        if let Some(slot) = slots.get_mut(at)
            && slot.is_none()
        {
            *slot = part.answer;
        }
        next = at + 1;
    }
    fill(&mut slots, next, count, &mut nameless);
    slots
}

/// Gives answers without ids to the requests from `start` to `end`, if there is one for each.
fn fill(slots: &mut [Option<SubAnswer>], start: usize, end: usize, nameless: &mut Vec<Option<SubAnswer>>) {
    let gap = slots.get_mut(start..end).unwrap_or_default();
    if gap.len() == nameless.len() {
        for (slot, answer) in gap.iter_mut().zip(nameless.drain(..)) {
            if slot.is_none() {
                *slot = answer;
            }
        }
    }
    nameless.clear();
}

fn part(body: &Bytes, part: &[u8]) -> Part {
    let mut rest = part;
    let outer = headers(&mut rest);
    let id = outer.get("content-id").and_then(|it| number(it.to_str().ok()?));
    Part { id, answer: answer(body, rest) }
}

fn answer(body: &Bytes, mut rest: &[u8]) -> Option<SubAnswer> {
    let status = status(line(&mut rest)?)?;
    // An answer without body may lack the empty line.
    let headers = headers(&mut rest);
    let len = headers.get("content-length").and_then(|it| number(it.to_str().ok()?));
    let len = len.and_then(|it| usize::try_from(it).ok()).unwrap_or(usize::MAX);
    let inside = rest.get(..len).unwrap_or(rest);
    Some(SubAnswer { status, headers, body: body.slice_ref(inside) })
}

fn status(line: &[u8]) -> Option<StatusCode> {
    let text = std::str::from_utf8(line).ok()?.strip_prefix("HTTP/1.")?;
    StatusCode::from_bytes(text.split(' ').nth(1)?.as_bytes()).ok()
}

/// Reads headers up to the empty line or the end; what can't be one is passed over.
fn headers(rest: &mut &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    while let Some(line) = line(rest).filter(|it| !it.is_empty()) {
        let Some((name, value)) = header(line) else { continue };
        if headers.len() < MOST_HEADERS {
            headers.append(name, value);
        }
    }
    headers
}

fn header(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let colon = memchr::memchr(b':', line)?;
    let name = HeaderName::from_bytes(line.get(..colon)?.trim_ascii()).ok()?;
    let value = HeaderValue::from_bytes(line.get(colon + 1..)?.trim_ascii()).ok()?;
    Some((name, value))
}
