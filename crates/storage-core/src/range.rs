//! Ranges of bytes: half-open, or the last n.

use std::ops::{Range, RangeFrom, RangeInclusive, RangeTo};

use crate::error::{Error, ErrorKind, Result};

/// Which bytes of an object are wanted: half-open ranges from 0 on, or the last n.
///
/// ```
/// use storage_core::ByteRange;
/// assert_eq!(ByteRange::from(0..10).resolve(4)?, 0..4);
/// assert_eq!(ByteRange::Suffix(3).resolve(10)?, 7..10);
/// assert!(ByteRange::from(10..20).resolve(10).is_err());
/// # Ok::<(), storage_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ByteRange {
    /// From `start` up to, not including, `end`.
    Bounded {
        /// The first byte wanted.
        start: u64,
        /// The first byte not wanted.
        end: u64,
    },
    /// From an offset to the end of the object.
    From(u64),
    /// The last n bytes.
    Suffix(u64),
}

impl ByteRange {
    /// Checks what can be checked without knowing the object's size.
    ///
    /// # Errors
    /// `InvalidRange` when the start is not below the end, or a suffix is 0.
    pub fn check(self) -> Result<()> {
        match self {
            Self::Bounded { start, end } if start >= end => Err(Error::new(
                ErrorKind::InvalidRange,
                format!("the range {start}..{end} is empty; its start must be below its end"),
            )),
            Self::Suffix(0) => {
                Err(Error::new(ErrorKind::InvalidRange, "a suffix of 0 bytes asks for nothing"))
            }
            _ => Ok(()),
        }
    }

    /// Returns the bytes that the range means in an object of `size` bytes.
    ///
    /// An end past the object is clamped, a suffix longer than the object is the whole, and any valid range of
    /// an empty object is empty.
    ///
    /// # Errors
    /// `InvalidRange` as for [`check`](Self::check), and when the start lies at or behind the end of the object.
    pub fn resolve(self, size: u64) -> Result<Range<u64>> {
        self.check()?;
        if size == 0 {
            return Ok(0..0);
        }
        let (start, end) = match self {
            Self::Bounded { start, end } => (start, end.min(size)),
            Self::From(start) => (start, size),
            Self::Suffix(n) => (size.saturating_sub(n), size),
        };
        if start >= size {
            return Err(Error::new(
                ErrorKind::InvalidRange,
                format!("the range starts at byte {start}, but the object has {size} bytes"),
            ));
        }
        Ok(start..end)
    }
}

impl From<Range<u64>> for ByteRange {
    fn from(range: Range<u64>) -> Self {
        Self::Bounded { start: range.start, end: range.end }
    }
}

impl From<RangeInclusive<u64>> for ByteRange {
    fn from(range: RangeInclusive<u64>) -> Self {
        Self::Bounded { start: *range.start(), end: range.end().saturating_add(1) }
    }
}

impl From<RangeTo<u64>> for ByteRange {
    fn from(range: RangeTo<u64>) -> Self {
        Self::Bounded { start: 0, end: range.end }
    }
}

impl From<RangeFrom<u64>> for ByteRange {
    fn from(range: RangeFrom<u64>) -> Self {
        Self::From(range.start)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fault_027_edges_are_the_same_everywhere() {
        let kind = |range: ByteRange, size| range.resolve(size).unwrap_err().kind();
        assert_eq!(kind((10..10).into(), 20), ErrorKind::InvalidRange);
        assert_eq!(kind(ByteRange::Bounded { start: 10, end: 9 }, 20), ErrorKind::InvalidRange);
        assert_eq!(kind((20..30).into(), 20), ErrorKind::InvalidRange);
        assert_eq!(kind((20..).into(), 20), ErrorKind::InvalidRange);
        assert_eq!(kind(ByteRange::Suffix(0), 20), ErrorKind::InvalidRange);
        assert_eq!(kind((5..5).into(), 0), ErrorKind::InvalidRange);
        for range in [(0..1).into(), (7..9).into(), (7..).into(), ByteRange::Suffix(3)] {
            assert_eq!(ByteRange::resolve(range, 0).unwrap(), 0..0);
        }
    }

    proptest! {
        #[test]
        fn resolving_equals_slicing(size in 0u64..50, start in 0u64..60, end in 0u64..60) {
            let bytes: Vec<u64> = (0..size).collect();
            let clamp = |at: u64| at.min(size) as usize;
            match ByteRange::from(start..end).resolve(size) {
                Ok(range) => {
                    let want = bytes.get(clamp(start)..clamp(end)).unwrap_or_default();
                    prop_assert_eq!(&bytes[range.start as usize..range.end as usize], want);
                }
                Err(_) => prop_assert!(start >= end || (size > 0 && start >= size)),
            }
        }

        #[test]
        fn a_suffix_is_the_tail(size in 0u64..50, n in 1u64..60) {
            let range = ByteRange::Suffix(n).resolve(size).unwrap();
            prop_assert_eq!(range.end, size);
            prop_assert_eq!(range.end - range.start, n.min(size));
        }

        #[test]
        fn no_bound_overflows(start: u64, end: u64, size: u64) {
            for range in [ByteRange::from(start..end), ByteRange::from(start..=end), ByteRange::From(start), ByteRange::Suffix(end)] {
                if let Ok(got) = range.resolve(size) {
                    prop_assert!(got.start <= got.end && got.end <= size);
                }
            }
        }
    }
}
