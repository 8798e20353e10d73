//! The CRC of two pieces of content from the CRCs of each.
//!
//! What stands in front is multiplied by x for every bit behind it, modulo the polynomial. The powers of x are made by
//! squaring, which takes 2 us; with matrices, as the crate that computes the checksums does it, a join takes 130 us, and
//! an object can have ten thousand parts.

use crc_fast::CrcAlgorithm;

/// A polynomial without its highest term, the lowest bit for the highest power, and its degree.
#[derive(Clone, Copy)]
struct Field {
    polynomial: u64,
    degree: u32,
}

impl Field {
    fn of(algorithm: CrcAlgorithm) -> Option<Self> {
        let (polynomial, degree) = match algorithm {
            CrcAlgorithm::Crc32IsoHdlc => (0xEDB8_8320, 32),
            CrcAlgorithm::Crc32Iscsi => (0x82F6_3B78, 32),
            CrcAlgorithm::Crc64Nvme => (0x9A6C_9329_AC4B_C9B5, 64),
            _ => return None,
        };
        Some(Self { polynomial, degree })
    }

    /// x to the power of `exponent`, which is less than the degree.
    fn power_of_x(self, exponent: u32) -> u64 {
        1 << (self.degree - 1 - exponent)
    }

    fn multiply(self, left: u64, mut right: u64) -> u64 {
        let mut product = 0;
        for exponent in 0..self.degree {
            if left & self.power_of_x(exponent) != 0 {
                product ^= right;
            }
            let carry = if right & 1 == 1 { self.polynomial } else { 0 };
            right = right >> 1 ^ carry;
        }
        product
    }

    /// x for every bit of so many bytes.
    fn shift(self, mut bytes: u64) -> u64 {
        let (mut product, mut square) = (self.power_of_x(0), self.power_of_x(8));
        while bytes > 0 {
            if bytes & 1 == 1 {
                product = self.multiply(product, square);
            }
            square = self.multiply(square, square);
            bytes >>= 1;
        }
        product
    }
}

/// Returns the CRC of what has the CRC `front`, followed by `len` bytes with the CRC `back`.
pub(crate) fn join(algorithm: CrcAlgorithm, front: u64, back: u64, len: u64) -> Option<u64> {
    let field = Field::of(algorithm)?;
    Some(field.multiply(field.shift(len), front) ^ back)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn joins_as_the_matrices_do(front: u64, back: u64, len: u64, bits in 0u32..64) {
            let len = len >> bits;
            for algorithm in [CrcAlgorithm::Crc32IsoHdlc, CrcAlgorithm::Crc32Iscsi, CrcAlgorithm::Crc64Nvme] {
                let unused = 64 - Field::of(algorithm).map_or(0, |it| it.degree);
                let (front, back) = (front >> unused, back >> unused);
                let want = crc_fast::checksum_combine(algorithm, front, back, len);
                prop_assert_eq!(join(algorithm, front, back, len), Some(want));
            }
        }
    }
}
