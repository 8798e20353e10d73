//! How an upload is cut into parts.

use crate::capabilities::Capabilities;
use crate::error::{Error, ErrorKind, Result};

/// The sizes of the parts of one upload, within the rules of the store.
///
/// With a known length every part but the last has the same size, large enough that the parts suffice. With an
/// unknown length the first tenth of the parts has the base size; from there it doubles every fortieth of them, up to
/// the largest part allowed. With 10,000 parts of at most 5 GiB that makes 35 TiB. A store that wants parts of one size
/// gets them; there an unknown length is bounded by the part size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartPlan {
    base: u64,
    length: Option<u64>,
    max_bytes: u64,
    multiple: u64,
    max_parts: u32,
    uniform: bool,
}

impl PartPlan {
    /// The size of parts when nobody asks for another, in bytes.
    pub const DEFAULT_PART_BYTES: u64 = 8 << 20;

    /// Plans an upload of a known or unknown length.
    ///
    /// # Errors
    /// `InvalidInput` when the length is more than the store takes, or the part size asked for lies outside its limits.
    pub fn new(capabilities: &Capabilities, length: Option<u64>, part_bytes: Option<u64>) -> Result<Self> {
        let rules = &capabilities.parts;
        let multiple = rules.multiple_bytes.max(1);
        let max_parts = rules.max_parts.max(1);
        if let Some(asked) = part_bytes.filter(|it| !(rules.min_bytes.max(1)..=rules.max_bytes).contains(it))
        {
            return Err(invalid(format!(
                "a part size of {asked} bytes is outside what the store takes, {} to {}",
                rules.min_bytes.max(1),
                rules.max_bytes
            )));
        }
        let asked =
            part_bytes.unwrap_or(Self::DEFAULT_PART_BYTES).clamp(rules.min_bytes.max(1), rules.max_bytes);
        let needed = length.unwrap_or(0).div_ceil(u64::from(max_parts));
        let base = round_up(asked.max(needed), multiple);
        let limit = capabilities.max_object_bytes.min(rules.max_bytes.saturating_mul(u64::from(max_parts)));
        if let Some(length) = length.filter(|it| *it > limit || base > rules.max_bytes) {
            return Err(invalid(format!(
                "an object of {length} bytes is more than the store takes, {limit} bytes"
            )));
        }
        Ok(Self { base, length, max_bytes: rules.max_bytes, multiple, max_parts, uniform: rules.uniform })
    }

    /// Returns the size of a part, counted from 0; `None` behind the last part allowed.
    pub fn part_bytes(&self, index: u32) -> Option<u64> {
        if index >= self.max_parts {
            return None;
        }
        if self.length.is_some() || self.uniform {
            return Some(self.base);
        }
        let flat = self.max_parts / 10;
        let step = (self.max_parts / 40).max(1);
        let doublings = index.saturating_sub(flat).div_ceil(step).min(63);
        let grown = self.base.checked_shl(doublings).filter(|it| it >> doublings == self.base);
        let largest = self.max_bytes - self.max_bytes % self.multiple;
        Some(grown.unwrap_or(largest).min(largest))
    }

    /// Returns how many bytes the parts hold at most.
    pub fn capacity(&self) -> u128 {
        (0..self.max_parts).filter_map(|index| self.part_bytes(index)).map(u128::from).sum()
    }
}

fn round_up(bytes: u64, multiple: u64) -> u64 {
    bytes.div_ceil(multiple).saturating_mul(multiple)
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::capabilities::PartRules;

    const TIB: u64 = 1 << 40;

    fn store(min: u64, max: u64, multiple: u64, parts: u32) -> Capabilities {
        Capabilities {
            max_object_bytes: u64::MAX,
            parts: PartRules {
                min_bytes: min,
                max_bytes: max,
                multiple_bytes: multiple,
                max_parts: parts,
                ..PartRules::default()
            },
            ..Capabilities::default()
        }
    }

    #[test]
    fn fault_068_the_part_size_grows_with_the_length() {
        let s3 = store(5 << 20, 5 << 30, 1, 10_000);
        for (length, part) in [
            (1 << 20, 8 << 20),
            (10_000 * (8 << 20), 8 << 20),
            (10_000 * (8 << 20) + 1, (8 << 20) + 1),
            (TIB, 109_951_163),
            (48 * TIB, 5_277_655_814),
        ] {
            let plan = PartPlan::new(&s3, Some(length), None).unwrap();
            assert_eq!(plan.part_bytes(0), Some(part), "{length}");
        }
        // 10,000 parts of 5 GiB are 48.8 TiB: more is refused before anything is sent.
        assert_eq!(PartPlan::new(&s3, Some(50 * TIB), None).unwrap_err().kind(), ErrorKind::InvalidInput);
        let azure = store(1, 4000 << 20, 1, 50_000);
        assert!(PartPlan::new(&azure, Some(50 * TIB), None).is_ok());
        assert!(PartPlan::new(&azure, None, None).unwrap().capacity() > u128::from(50 * TIB));
        assert!(PartPlan::new(&s3, None, None).unwrap().capacity() > u128::from(34 * TIB));
    }

    #[test]
    fn fault_068_a_part_size_outside_the_limits_is_refused() {
        let s3 = store(5 << 20, 5 << 30, 1, 10_000);
        for part in [0, 1, (5 << 20) - 1, (5 << 30) + 1] {
            assert_eq!(PartPlan::new(&s3, None, Some(part)).unwrap_err().kind(), ErrorKind::InvalidInput);
        }
    }

    proptest! {
        #[test]
        fn every_plan_keeps_the_rules(
            min in 0u64..10_000_000, spread in 1u64..(5 << 30), shift in 0u32..19, parts in 1u32..60_000,
            length in proptest::option::of(0u64..(60 * TIB)), index in 0u32..60_000,
        ) {
            let multiple = 1u64 << shift;
            let max = round_up(min + spread, multiple);
            let rules = store(min, max, multiple, parts);
            match PartPlan::new(&rules, length, None) {
                Ok(plan) => {
                    let size = plan.part_bytes(index);
                    prop_assert_eq!(size.is_some(), index < parts);
                    if let Some(size) = size {
                        prop_assert!(size >= min && size <= max && size % multiple == 0);
                    }
                    if let Some(length) = length {
                        prop_assert!(plan.capacity() >= u128::from(length));
                    }
                }
                Err(_) => prop_assert!(length.is_some_and(|it| it > max * u64::from(parts) || round_up(it.div_ceil(u64::from(parts)), multiple) > max)),
            }
        }

        #[test]
        fn sizes_never_shrink(index in 0u32..9_999) {
            let plan = PartPlan::new(&store(5 << 20, 5 << 30, 256 << 10, 10_000), None, None).unwrap();
            prop_assert!(plan.part_bytes(index) <= plan.part_bytes(index + 1));
        }
    }
}
