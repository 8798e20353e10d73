//! The content of every object.

use std::sync::LazyLock;

use bytes::Bytes;

/// How long the content is before it starts again.
const PATTERN: usize = 8 << 20;
/// How much a source gives at once.
const CHUNK: usize = 256 << 10;

/// Returns bytes that no compression makes smaller; a slice of them costs no copy.
pub fn pattern() -> &'static Bytes {
    static BYTES: LazyLock<Bytes> = LazyLock::new(|| {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let words = (0..PATTERN / 8).flat_map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        });
        words.collect::<Vec<u8>>().into()
    });
    &BYTES
}

/// What an upload of unknown length reads, chunk by chunk.
#[derive(Debug)]
pub struct Source {
    left: u64,
    copied: bool,
}

impl Source {
    /// Gives this many bytes, without a copy.
    pub fn new(bytes: u64) -> Self {
        Self { left: bytes, copied: false }
    }

    /// Gives every chunk memory of its own, so that those on their way show in the memory of the process.
    pub fn copied(self) -> Self {
        Self { copied: true, ..self }
    }
}

impl Iterator for Source {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let len = self.left.min(CHUNK as u64) as usize;
        self.left -= len as u64;
        let chunk = pattern().slice(..len);
        (len > 0).then(|| if self.copied { Bytes::copy_from_slice(&chunk) } else { chunk })
    }
}
