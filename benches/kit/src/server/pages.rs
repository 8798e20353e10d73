//! Pages of listings, patched together from a template.

use super::request::Request;

/// The entries that the template has; pages hold whole templates of them, but for the last one.
const TEMPLATE: u64 = 1000;
/// The digits of an entry's number: those of its template, and those within it.
const DIGITS: usize = 9;
const DIGITS_OF_TEMPLATE: usize = 6;

/// An entry, but for the number that its key ends with.
#[derive(Debug)]
pub(super) struct Entry {
    /// How many a page has at most, in whole thousands.
    pub(super) most: u64,
    pub(super) before: &'static str,
    pub(super) behind: &'static str,
}

impl Entry {
    const fn len(&self) -> usize {
        self.before.len() + DIGITS + self.behind.len()
    }
}

/// The first thousand entries, from which all others differ by some digits.
pub(super) struct Pages {
    entry: &'static Entry,
    template: Vec<u8>,
}

/// Which entries a page has, and if others follow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) more: bool,
}

impl Pages {
    pub(super) fn new(entry: &'static Entry) -> Self {
        let Entry { before, behind, .. } = entry;
        let template = (0..TEMPLATE).flat_map(|number| format!("{before}{number:09}{behind}").into_bytes());
        Self { entry, template: template.collect() }
    }

    /// Finds the page of a container that starts at an entry.
    pub(super) fn page(&self, request: &Request, start: Option<u64>) -> Page {
        let total = request.container.strip_prefix("list-").and_then(|it| it.parse().ok()).unwrap_or(0);
        let (start, most) = (start.unwrap_or(0).min(total), self.entry.most);
        // Only whole pages are patched; nothing here asks for others.
        let end = (start - start % most + most).min(total);
        Page { start, end, more: end < total }
    }

    /// Writes a page, with what stands in front of its entries and behind them.
    pub(super) fn document(&self, page: Page, head: &str, tail: &str) -> Vec<u8> {
        let len = self.entry.len();
        let entries = (page.end - page.start) as usize * len;
        let mut out = Vec::with_capacity(head.len() + entries + tail.len());
        out.extend_from_slice(head.as_bytes());
        let mut from = page.start;
        while from < page.end {
            let to = (from - from % TEMPLATE + TEMPLATE).min(page.end);
            let (first, within) = (out.len(), (from % TEMPLATE) as usize);
            let bytes = within * len..(within + (to - from) as usize) * len;
            out.extend_from_slice(&self.template[bytes]);
            let number = format!("{:06}", from / TEMPLATE);
            let digits = self.entry.before.len()..self.entry.before.len() + DIGITS_OF_TEMPLATE;
            for entry in out[first..].chunks_exact_mut(len) {
                entry[digits.clone()].copy_from_slice(number.as_bytes());
            }
            from = to;
        }
        out.extend_from_slice(tail.as_bytes());
        out
    }
}

#[cfg(test)]
mod tests {
    use super::super::dialect::{Answer, Dialect};
    use super::*;

    /// Reads all pages of a container, each by what the one before says, and returns how many there were.
    fn read(dialect: &'static Dialect, first: &str, name: &str, next: &str, follow: &str) -> u64 {
        let pages = Pages::new(&dialect.entry);
        let (mut target, mut keys, mut read) = (first.to_owned(), 0, 0);
        loop {
            read += 1;
            let head = format!("GET {target} HTTP/1.1\r\n\r\n");
            let (_, request) = Request::parse(head.as_bytes(), dialect).unwrap().unwrap();
            let Answer::Document(text) = (dialect.answer)(&request, &pages) else { panic!("no page") };
            let text = String::from_utf8(text).unwrap();
            for key in text.split(name).skip(1) {
                assert!(key.starts_with(&format!("data/obj-4096-{keys:09}<")), "{key}");
                keys += 1;
            }
            let Some(rest) = text.split(next).nth(1) else { break };
            let token = rest.split('<').next().unwrap().replace('!', "%21");
            target = format!("{first}&{follow}={token}");
        }
        assert_eq!(keys, 12_500);
        read
    }

    #[test]
    fn pages_hold_every_key_once() {
        let s3 = Dialect::parse("s3").unwrap();
        let first = "/list-12500?list-type=2";
        assert_eq!(read(s3, first, "<Key>", "<NextContinuationToken>", "continuation-token"), 13);
        let azure = Dialect::parse("azure").unwrap();
        let first = "/account/list-12500?restype=container&comp=list";
        assert_eq!(read(azure, first, "<Blob><Name>", "<NextMarker>", "marker"), 3);
    }
}
