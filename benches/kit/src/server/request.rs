//! The head of a request, as far as the server looks at it.

use std::io;

use super::dialect::Dialect;

/// How many headers a request may have.
const MOST_HEADERS: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) container: String,
    pub(super) key: String,
    query: String,
    pub(super) length: u64,
    /// First byte, and the one behind the last.
    range: Option<(u64, u64)>,
    /// The client waits for leave to send the body.
    pub(super) expects: bool,
    pub(super) closes: bool,
}

impl Request {
    /// Reads a head and returns its length; `None` when it has not come to its end.
    pub(super) fn parse(bytes: &[u8], dialect: &Dialect) -> io::Result<Option<(usize, Self)>> {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut head = httparse::Request::new(&mut headers);
        let invalid = |error| io::Error::new(io::ErrorKind::InvalidData, error);
        let httparse::Status::Complete(len) = head.parse(bytes).map_err(invalid)? else { return Ok(None) };
        let target = head.path.unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut path = path.trim_start_matches('/');
        for _ in 0..dialect.depth {
            path = path.split_once('/').map_or("", |(_, rest)| rest);
        }
        let (container, key) = path.split_once('/').unwrap_or((path, ""));
        // Where in the dialect's list of headers the range came from.
        let mut weight = usize::MAX;
        let mut request = Self {
            method: head.method.unwrap_or_default().to_owned(),
            container: container.to_owned(),
            key: key.to_owned(),
            query: query.to_owned(),
            ..Self::default()
        };
        for header in head.headers.iter() {
            let value = std::str::from_utf8(header.value).unwrap_or_default();
            let is = |name: &str| header.name.eq_ignore_ascii_case(name);
            if is("content-length") {
                request.length = value.parse().unwrap_or(0);
            } else if let Some(place) = dialect.ranges.iter().position(|it| is(it)) {
                if place < weight {
                    (weight, request.range) = (place, range(value));
                }
            } else if is("expect") {
                request.expects = true;
            } else if is("connection") {
                request.closes = value.eq_ignore_ascii_case("close");
            } else if is("transfer-encoding") {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a body needs its length"));
            }
        }
        Ok(Some((len, request)))
    }

    /// Returns the size that the key names.
    pub(super) fn size(&self) -> Option<u64> {
        self.key.split("obj-").nth(1)?.split('-').next()?.parse().ok()
    }

    /// Returns the first byte asked for and the one behind the last, of an object of this size, if a part is asked for.
    pub(super) fn range(&self, size: u64) -> Option<(u64, u64)> {
        self.range.map(|(start, end)| (start.min(size), end.min(size)))
    }

    /// Returns the value of a parameter; that of one without a value is empty.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let pairs = self.query.split('&').map(|it| it.split_once('=').unwrap_or((it, "")));
        pairs.into_iter().find(|(it, _)| *it == name).map(|(_, value)| value)
    }
}

/// Reads `bytes=0-9` and `bytes=5-`.
fn range(text: &str) -> Option<(u64, u64)> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let last = if last.is_empty() { u64::MAX } else { last.parse::<u64>().ok()? + 1 };
    Some((first.parse().ok()?, last))
}
