//! The journal of an upload: which parts are whole.

use std::collections::BTreeMap;

use storage_core::groups::CompletedPart;
use storage_core::{Checksum, ChecksumAlgorithm, Checksums, ETag, Error, ErrorKind, PartNumber, Result};

/// A part as the journal has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) number: u32,
    pub(crate) offset: u64,
    pub(crate) size: u64,
    pub(crate) etag: String,
    pub(crate) checksum: Option<Checksum>,
}

/// What the journal tells.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Journal {
    pub(crate) parts: BTreeMap<u32, Part>,
    /// Every attempt to write a part.
    begun: Vec<Part>,
    /// Some bytes were meant for more than one attempt.
    pub(crate) contested: bool,
}

/// Finds the parts that a completion names, in the order of their numbers.
pub(crate) fn choose<'a>(journal: &'a Journal, named: &[CompletedPart]) -> Result<Vec<&'a Part>> {
    let wrong = |message: String| Err(Error::new(ErrorKind::InvalidInput, message));
    if named.is_empty() {
        return wrong("an upload needs at least one part".into());
    }
    let mut last = 0;
    let mut parts = Vec::with_capacity(named.len());
    for part in named {
        if part.number.get() <= last {
            return wrong(format!("part {} is out of order", part.number));
        }
        last = part.number.get();
        let found = journal.parts.get(&last).filter(|it| it.quoted() == part.etag.as_str());
        parts.push(found.ok_or_else(|| missing_part(last))?);
    }
    Ok(parts)
}

pub(crate) fn join(parts: &[&Part], algorithm: ChecksumAlgorithm) -> Option<Checksum> {
    let mut parts =
        parts.iter().map(|it| Some((it.checksum.filter(|it| it.algorithm() == algorithm)?, it.size)));
    let (first, _) = parts.next()??;
    parts.try_fold(first, |joined, next| next.and_then(|(next, size)| joined.join(&next, size)))
}

impl Part {
    /// Returns the line of the journal, with its own checksum, and with line ends on both sides so that a line that a
    /// crash has torn spoils no other.
    pub(crate) fn line(&self, event: &str) -> String {
        let checksum = self.checksum.map_or_else(|| "-".to_owned(), |it| it.to_string());
        let text = format!("{event} {} {} {} {} {checksum}", self.number, self.offset, self.size, self.etag);
        format!("\n{text} {}\n", ChecksumAlgorithm::Crc32c.of(text.as_bytes()))
    }

    fn read(line: &str) -> Option<(&str, Self)> {
        let (text, crc) = line.rsplit_once(' ')?;
        if ChecksumAlgorithm::Crc32c.of(text.as_bytes()).to_string() != crc {
            return None;
        }
        let mut words = text.split(' ');
        let event = words.next()?;
        let part = Self {
            number: words.next()?.parse().ok()?,
            offset: words.next()?.parse().ok()?,
            size: words.next()?.parse().ok()?,
            etag: words.next()?.to_owned(),
            checksum: words.next().filter(|it| *it != "-").map(Checksum::parse).transpose().ok()?,
        };
        Some((event, part))
    }

    fn region(&self) -> (u64, u64) {
        (self.offset, self.offset.saturating_add(self.size))
    }

    fn quoted(&self) -> String {
        format!("\"{}\"", self.etag)
    }

    pub(crate) fn completed(&self) -> Option<CompletedPart> {
        let number = PartNumber::new(self.number)?;
        let checksums = self.checksum.map(Checksums::from).unwrap_or_default();
        Some(CompletedPart::new(number, self.size, ETag::new(self.quoted()), checksums))
    }
}

impl Journal {
    /// Tells whether the bytes of a part were meant for another attempt too.
    pub(crate) fn is_contested(&self, part: &Part) -> bool {
        self.overlapping(part).next().is_some()
    }

    /// Tells whether the bytes of a part were meant for a part of another number too.
    pub(crate) fn is_overlapped(&self, part: &Part) -> bool {
        self.overlapping(part).any(|it| it.number != part.number)
    }

    fn overlapping<'a>(&'a self, part: &'a Part) -> impl Iterator<Item = &'a Part> {
        let (start, end) = part.region();
        self.begun
            .iter()
            .filter(move |it| it.etag != part.etag && it.region().0 < end && start < it.region().1)
    }

    pub(crate) fn read(text: &str) -> Self {
        let mut all = Self::default();
        for (event, part) in text.lines().filter_map(Part::read) {
            match event {
                "begin" => {
                    // From here on the bytes of an earlier part of that number may be other ones.
                    all.parts.remove(&part.number);
                    all.begun.push(part);
                }
                "done" => {
                    let newest = all.begun.iter().rfind(|it| it.number == part.number);
                    if newest.is_some_and(|it| it.etag == part.etag) {
                        all.parts.insert(part.number, part);
                    }
                }
                _ => {}
            }
        }
        let mut regions: Vec<(u64, u64)> = all.begun.iter().map(Part::region).collect();
        regions.retain(|(start, end)| start < end);
        regions.sort_unstable();
        all.contested = regions.windows(2).any(|pair| matches!(pair, [(_, end), (start, _)] if start < end));
        all
    }
}

pub(crate) fn missing_part(number: u32) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("part {number} is missing or was sent again"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(number: u32, offset: u64, size: u64, etag: &str) -> Part {
        let checksum = Some(ChecksumAlgorithm::Crc64Nvme.of(etag.as_bytes()));
        Part { number, offset, size, etag: etag.to_owned(), checksum }
    }

    #[test]
    fn a_journal_tells_which_parts_are_whole() {
        let (a, b, c) = (part(1, 0, 4, "a"), part(2, 4, 4, "b"), part(1, 0, 4, "c"));
        let log =
            |lines: &[(&str, &Part)]| lines.iter().map(|(event, part)| part.line(event)).collect::<String>();
        let plain = Journal::read(&log(&[("begin", &a), ("begin", &b), ("done", &b), ("done", &a)]));
        assert_eq!(plain.parts.into_values().collect::<Vec<_>>(), [a.clone(), b.clone()]);
        assert!(!plain.contested);

        // A part that is being sent again is not whole, even if the first attempt ends meanwhile.
        let again = Journal::read(&log(&[("begin", &a), ("done", &a), ("begin", &c)]));
        assert!(again.parts.is_empty() && again.contested);
        let again = Journal::read(&log(&[("begin", &a), ("begin", &c), ("done", &a)]));
        assert!(again.parts.is_empty());
        let again = Journal::read(&log(&[("begin", &a), ("begin", &c), ("done", &c), ("done", &a)]));
        assert_eq!(again.parts.into_values().collect::<Vec<_>>(), [c]);

        // A torn line spoils no other.
        let torn = format!("{}{}{}", a.line("begin"), &b.line("begin")[..9], a.line("done"));
        assert_eq!(Journal::read(&torn).parts.len(), 1);
    }
}
