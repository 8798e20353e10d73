//! Steps of a scanner: one pass over a page of the usual form, nothing built that is not kept.
//!
//! A scanner knows the names that it looks for. It takes less than the reader does, and whatever it takes, the reader
//! takes alike: `None` everywhere means that the page has something unusual, or wrong, and the reader is to decide.

use bytes::{Bytes, BytesMut};
use memchr::{memchr, memchr2};

use super::{MAX_DEPTH, unescape};

/// How many elements may be open around one that is skipped.
const OUTER: usize = 4;

/// How deep elements may be nested in one that is skipped.
const DEEPEST: usize = MAX_DEPTH - OUTER;

/// How many attributes the root element may have.
const MOST_ATTRIBUTES: usize = 8;

/// A position in a page, and room for the texts that are no slices of it.
#[derive(Debug)]
pub struct Scanner<'a> {
    page: &'a Bytes,
    text: &'a str,
    /// What is still to be read.
    rest: &'a [u8],
    /// The names of the elements that are being skipped.
    open: [&'a [u8]; DEEPEST],
    /// Where texts go that are no slices of the page, so that they cost no allocation each.
    arena: BytesMut,
}

/// A text as it stands in the page.
#[derive(Clone, Copy, Debug)]
pub struct Raw {
    start: usize,
    end: usize,
    escaped: bool,
}

impl Raw {
    /// Tells whether there is no text.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Tells whether the text has references, good or bad.
    #[inline]
    pub fn is_escaped(self) -> bool {
        self.escaped
    }
}

impl<'a> Scanner<'a> {
    /// Begins with a page of UTF-8.
    pub fn new(page: &'a Bytes) -> Option<Self> {
        let text = std::str::from_utf8(page).ok()?;
        let arena = BytesMut::with_capacity((text.len() / 8).clamp(256, 64 * 1024));
        Some(Self { page, text, rest: text.as_bytes(), open: [&[]; DEEPEST], arena })
    }

    /// Reads up to the inside of the root element; `tag` is its bracket and name.
    pub fn root<const N: usize>(&mut self, tag: &[u8; N]) -> Option<()> {
        // A byte-order mark, of which there is one at most and which nothing stands before.
        self.eat(b"\xef\xbb\xbf");
        self.blanks();
        if self.eat(b"<?xml ") {
            let (inside, behind) = split(b'>', self.rest)?;
            if !inside.ends_with(b"?") {
                return None;
            }
            self.rest = behind;
            self.blanks();
        }
        if !self.eat(tag) {
            return None;
        }
        for _ in 0..MOST_ATTRIBUTES {
            if !self.eat(b" ") {
                break;
            }
            self.name()?;
            if !self.eat(b"=\"") {
                return None;
            }
            let (value, behind) = split(b'"', self.rest)?;
            if value.iter().any(|it| matches!(it, b'<' | b'>' | b'&' | b'\'')) {
                return None;
            }
            self.rest = behind;
        }
        self.eat(b">").then_some(())
    }

    /// Reads what may stand behind the root element, which is blanks.
    pub fn end(&mut self) -> Option<()> {
        self.blanks();
        self.rest.is_empty().then_some(())
    }

    /// Returns the number of bytes still to be read.
    #[inline]
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// Passes blanks and the bracket of a tag, and looks at what follows.
    #[inline]
    pub fn tag(&mut self) -> Option<u8> {
        self.blanks();
        self.rest = strip(self.rest, b"<")?;
        self.rest.first().copied()
    }

    /// Looks at a byte that is still to be read.
    #[inline]
    pub fn peek(&self, at: usize) -> Option<u8> {
        self.rest.get(at).copied()
    }

    /// Tells whether a text comes next.
    #[inline]
    pub fn sees<const N: usize>(&self, what: &[u8; N]) -> bool {
        strip(self.rest, what).is_some()
    }

    /// Passes a text if it comes next.
    #[inline]
    pub fn eat<const N: usize>(&mut self, what: &[u8; N]) -> bool {
        match strip(self.rest, what) {
            Some(behind) => {
                self.rest = behind;
                true
            }
            None => false,
        }
    }

    /// Reads the text of an element and its end; `tag` is its name with the bracket.
    #[inline]
    pub fn leaf<const N: usize>(&mut self, tag: &[u8; N]) -> Option<Raw> {
        let start = self.text.len() - self.rest.len();
        let (len, escaped) = text_len(self.rest)?;
        let behind = strip(self.rest.get(len..)?, b"</")?;
        self.rest = strip(behind, tag)?;
        Some(Raw { start, end: start + len, escaped })
    }

    /// As [`leaf`](Self::leaf), the faster when the text has the length that it nearly always has.
    #[inline]
    pub fn leaf_of<const LEN: usize, const N: usize>(&mut self, tag: &[u8; N]) -> Option<Raw> {
        let start = self.text.len() - self.rest.len();
        if let Some((text, behind)) = self.rest.split_first_chunk::<LEN>()
            && let Some(behind) = strip(behind, b"</").and_then(|it| strip(it, tag))
            // Without a branch in the loop, so that many bytes are looked at at once.
            && !text.iter().fold(false, |found, it| found | (*it == b'<') | (*it == b'&'))
        {
            self.rest = behind;
            return Some(Raw { start, end: start + LEN, escaped: false });
        }
        self.leaf(tag)
    }

    /// Reads an element that is not kept; references are left to the reader, which checks them.
    #[inline]
    pub fn ignore<const N: usize>(&mut self, tag: &[u8; N]) -> Option<()> {
        let raw = self.leaf(tag)?;
        (!raw.escaped).then_some(())
    }

    /// Reads an element into a slot that must be empty; an element without text counts as missing.
    #[inline]
    pub fn field<const N: usize>(&mut self, tag: &[u8; N], slot: &mut Option<Raw>) -> Option<()> {
        let raw = self.leaf(tag)?;
        fill(slot, raw)
    }

    /// As [`field`](Self::field), with a copy of the text.
    pub fn own<const N: usize>(&mut self, tag: &[u8; N], slot: &mut Option<String>) -> Option<()> {
        let raw = self.leaf(tag)?;
        if raw.is_empty() {
            return Some(());
        }
        once(slot, unescape(self.raw(raw)?)?.into_owned())
    }

    /// Reads an element that nobody asked for, with everything in it, from behind its bracket.
    ///
    /// At most four elements may be open around it.
    pub fn skip(&mut self) -> Option<()> {
        let mut depth = 0;
        loop {
            if self.eat(b"/") {
                depth = usize::checked_sub(depth, 1)?;
                self.rest = self.rest.strip_prefix(*self.open.get(depth)?)?;
                if !self.eat(b">") {
                    return None;
                }
            } else {
                let name = self.name()?;
                if self.eat(b">") {
                    *self.open.get_mut(depth)? = name;
                    depth += 1;
                } else if depth == DEEPEST || !(self.eat(b"/>") || self.eat(b" />")) {
                    return None;
                }
            }
            if depth == 0 {
                return Some(());
            }
            let (len, escaped) = text_len(self.rest)?;
            let (text, behind) = self.rest.split_at_checked(len)?;
            if escaped {
                unescape(std::str::from_utf8(text).ok()?)?;
            }
            self.rest = strip(behind, b"<")?;
        }
    }

    /// Returns a text as it stands in the page.
    #[inline]
    pub fn raw(&self, raw: Raw) -> Option<&'a str> {
        self.text.get(raw.start..raw.end)
    }

    /// Returns a text that has no references.
    #[inline]
    pub fn plain(&self, raw: Raw) -> Option<&'a str> {
        if raw.escaped { None } else { self.raw(raw) }
    }

    /// Returns a text as a slice of the page, or of the arena when references had to be replaced.
    #[inline]
    pub fn shared(&mut self, raw: Raw) -> Option<Bytes> {
        if !raw.escaped {
            // Both ends lie in the page: they were found there.
            return Some(self.page.slice(raw.start..raw.end));
        }
        let text = unescape(self.raw(raw)?)?;
        Some(self.keep([text.as_bytes()]))
    }

    /// Puts pieces into the arena, one behind the other.
    #[inline]
    pub fn keep<const N: usize>(&mut self, pieces: [&[u8]; N]) -> Bytes {
        for piece in pieces {
            self.arena.extend_from_slice(piece);
        }
        self.arena.split().freeze()
    }

    /// Reads a name without prefix.
    fn name(&mut self) -> Option<&'a [u8]> {
        let named = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_');
        let len = self.rest.iter().position(|it| !named(it))?;
        let (name, behind) = self.rest.split_at_checked(len)?;
        self.rest = behind;
        (!name.is_empty()).then_some(name)
    }

    #[inline]
    fn blanks(&mut self) {
        while let [b' ' | b'\t' | b'\r' | b'\n', behind @ ..] = self.rest {
            self.rest = behind;
        }
    }
}

/// Fills a slot that must be empty with a text, unless that is empty, which counts as missing.
#[inline]
pub fn fill(slot: &mut Option<Raw>, raw: Raw) -> Option<()> {
    if raw.is_empty() { Some(()) } else { once(slot, raw) }
}

/// Fills a slot that must be empty: what a page says twice is not for a scanner to judge.
#[inline]
pub fn once<T>(slot: &mut Option<T>, value: T) -> Option<()> {
    slot.replace(value).is_none().then_some(())
}

/// Takes a start of known length away, which compares words and calls nothing.
#[inline]
fn strip<'t, const N: usize>(text: &'t [u8], start: &[u8; N]) -> Option<&'t [u8]> {
    let (found, behind) = text.split_first_chunk::<N>()?;
    (found == start).then_some(behind)
}

/// Returns what stands before a byte and what behind.
fn split(at: u8, text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (before, from) = text.split_at_checked(memchr(at, text)?)?;
    Some((before, from.get(1..)?))
}

/// Returns the length of the text up to the next tag, and whether it has references.
#[inline]
fn text_len(rest: &[u8]) -> Option<(usize, bool)> {
    let len = memchr2(b'<', b'&', rest)?;
    let from = rest.get(len..)?;
    if from.first() == Some(&b'<') {
        return Some((len, false));
    }
    Some((len + memchr(b'<', from)?, true))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::parse;
    use super::*;

    #[test]
    fn texts_are_slices_of_the_page_or_of_the_arena() {
        let page = Bytes::from_static(
            b"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<a b=\"c\" d-e=\"\"><f>1&amp;</f><g>2</g><h-_ /></a>\n",
        );
        let mut scanner = Scanner::new(&page).unwrap();
        scanner.root(b"<a").unwrap();
        assert_eq!(scanner.tag(), Some(b'f'));
        assert!(scanner.sees(b"f>") && scanner.eat(b"f>"));
        let raw = scanner.leaf(b"f>").unwrap();
        assert!(raw.is_escaped() && scanner.plain(raw).is_none());
        assert_eq!(scanner.shared(raw).unwrap(), "1&");
        assert_eq!((scanner.tag(), scanner.eat(b"g>")), (Some(b'g'), true));
        let raw = scanner.leaf_of::<1, 2>(b"g>").unwrap();
        assert_eq!((scanner.plain(raw), raw.is_empty()), (Some("2"), false));
        assert_eq!((scanner.tag(), scanner.peek(1)), (Some(b'h'), Some(b'-')));
        scanner.skip().unwrap();
        assert_eq!((scanner.tag(), scanner.eat(b"/a>"), scanner.remaining()), (Some(b'/'), true, 1));
        assert_eq!(scanner.end(), Some(()));
    }

    proptest! {
        #[test]
        fn a_guessed_length_changes_nothing(text in "[a-c<&/>]{0,5}(</t>)?") {
            let page = Bytes::from(format!("<t>{text}</t>"));
            let begin = || {
                let mut scanner = Scanner::new(&page)?;
                scanner.root(b"<t")?;
                Some(scanner)
            };
            let (mut plain, mut guessed) = (begin().unwrap(), begin().unwrap());
            let (left, right) = (plain.leaf(b"t>"), guessed.leaf_of::<3, 2>(b"t>"));
            prop_assert_eq!(format!("{left:?}"), format!("{right:?}"));
            prop_assert!(left.is_none() || plain.remaining() == guessed.remaining());
        }

        #[test]
        fn fault_174_what_is_skipped_is_read_too(
            inside in "(<(a|b-c|d_)( ?/)?>|</(a|b-c|d_)>|[a-z]|&amp;|&x;|<!-- -->|\\PC){0,24}"
        ) {
            let page = Bytes::from(format!("<r><a>{inside}</a></r>"));
            let mut scanner = Scanner::new(&page).unwrap();
            scanner.root(b"<r").unwrap();
            let _ = scanner.tag();
            if scanner.skip().is_some() && scanner.tag() == Some(b'/') && scanner.eat(b"/r>") && scanner.end().is_some() {
                prop_assert!(parse(&page).is_ok(), "{page:?}");
            }
        }
    }
}
