//! A request as it arrived.

use bytes::Bytes;

/// A request as it arrived, byte for byte.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Request {
    /// The number of the connection, from 0 on.
    pub connection: usize,
    /// Everything up to and with the empty line.
    pub head: Bytes,
    /// The method.
    pub method: String,
    /// The target, exactly as sent: path and query, nothing decoded.
    pub target: Bytes,
    /// The headers in the order they came, names as they were written.
    pub headers: Vec<(String, Bytes)>,
    /// The body without its framing; of a very large one only the beginning.
    pub body: Bytes,
    /// How many bytes of body came.
    pub body_bytes: u64,
    /// Tells that the body came to its end.
    pub complete: bool,
}

impl Request {
    /// Parses a head; `None` when it is no HTTP/1.
    pub(crate) fn parse(connection: usize, head: &Bytes) -> Option<Self> {
        let mut lines =
            head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let mut words = lines.next()?.split(|byte| *byte == b' ');
        let method = String::from_utf8(words.next()?.to_vec()).ok()?;
        let target = head.slice_ref(words.next()?);
        if !words.next()?.starts_with(b"HTTP/1.") {
            return None;
        }
        let headers = lines.filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            let (name, value) = line.split_at(colon);
            let value = value.get(1..)?.trim_ascii();
            Some((String::from_utf8_lossy(name).into_owned(), head.slice_ref(value)))
        });
        let headers = headers.collect();
        Some(Self { connection, method, target, headers, head: head.clone(), ..Self::default() })
    }

    /// Returns the first value of a header, by its name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|it| it.0.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(value).ok()
    }

    /// Returns every value of a header; those that are no UTF-8 are left out.
    pub fn header_values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        let mine = move |it: &&(String, Bytes)| it.0.eq_ignore_ascii_case(name);
        self.headers.iter().filter(mine).filter_map(|(_, value)| std::str::from_utf8(value).ok())
    }

    /// Returns the target as text, with other bytes than UTF-8 replaced.
    pub fn target_text(&self) -> String {
        String::from_utf8_lossy(&self.target).into_owned()
    }

    /// Returns the target up to the question mark.
    pub fn path(&self) -> String {
        self.target_text().split('?').next().unwrap_or_default().to_owned()
    }

    /// Returns the first value of a parameter of the query, still encoded; empty when it has none.
    pub fn query(&self, name: &str) -> Option<String> {
        let target = self.target_text();
        let (_, query) = target.split_once('?')?;
        query.split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (key == name).then(|| value.to_owned())
        })
    }

    /// Returns the range that is asked for, as `start` and, when given, the last byte wanted.
    pub fn range(&self) -> Option<(u64, Option<u64>)> {
        let (start, end) = self.header("range")?.strip_prefix("bytes=")?.split_once('-')?;
        Some((start.parse().ok()?, end.parse().ok()))
    }
}
