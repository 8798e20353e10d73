//! What a page blob holds: [Get Page Ranges](https://learn.microsoft.com/rest/api/storageservices/get-page-ranges).

use std::ops::Range;

use storage_core::{PageToken, Result};
use storage_http::xml::{Element, unexpected};

use super::{count, read};

/// Which pages hold something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PageRanges {
    /// Those that were written.
    pub(crate) ranges: Vec<Range<u64>>,
    /// Those that were cleared since the snapshot that they are compared with.
    pub(crate) cleared: Vec<Range<u64>>,
    /// Where to go on.
    pub(crate) next: Option<PageToken>,
}

/// Reads ranges.
pub(crate) fn parse(body: &[u8]) -> Result<PageRanges> {
    let root = read(body, "PageList")?;
    let ranges = |name| root.children(name).map(range).collect::<Result<_>>();
    let next = root.filled("NextMarker").map(PageToken::from);
    Ok(PageRanges { ranges: ranges("PageRange")?, cleared: ranges("ClearRange")?, next })
}

fn range(range: &Element<'_>) -> Result<Range<u64>> {
    // The end belongs to the range.
    let (start, last) = (count(range, "Start")?, count(range, "End")?);
    let end = last.checked_add(1).filter(|end| start < *end);
    Ok(start..end.ok_or_else(|| unexpected("the answer has a range of pages that ends before it starts"))?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIST: &str = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><PageList><PageRange><Start>0</Start><End>511</End></PageRange><ClearRange><Start>512</Start><End>1023</End></ClearRange><PageRange><Start>1024</Start><End>8796093022207</End></PageRange><NextMarker>2!96!MDA</NextMarker></PageList>";

    #[test]
    fn ranges_are_read() {
        let pages = parse(LIST.as_bytes()).unwrap();
        assert_eq!(pages.ranges, [0..512, 1024..8 << 40]);
        assert_eq!(pages.cleared.first(), Some(&(512..1024)));
        assert_eq!(pages.next.as_deref(), Some("2!96!MDA"));
        assert_eq!(parse(b"<PageList/>").unwrap(), PageRanges::default());
        assert_eq!(parse(b"<PageList><NextMarker /></PageList>").unwrap(), PageRanges::default());
    }

    #[test]
    fn fault_103_ranges_without_sense_are_refused() {
        for (from, to) in [
            (">511<", ">-1<"),
            (">511<", ">18446744073709551615<"),
            (">1023<", ">511<"),
            (">1023<", "><"),
            ("<Start>0</Start>", ""),
            ("PageList", "BlockList"),
        ] {
            let error = parse(LIST.replace(from, to).as_bytes()).unwrap_err();
            assert_eq!(error.kind(), storage_core::ErrorKind::UnexpectedResponse, "{from} {to}");
        }
    }

    proptest! {
        #[test]
        fn fault_174_no_bytes_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&body);
        }
    }
}
