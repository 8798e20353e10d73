//! One object read by several requests: the first one pins all others to the same content.

use std::ops::Range;

use super::ObjectBody;
use crate::error::{Error, ErrorKind, Result};
use crate::info::ObjectInfo;
use crate::object::Object;
use crate::options::GetOptions;
use crate::range::ByteRange;

/// A read in parts.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub(super) object: Object,
    /// Those of the whole read; once the first answer is there, they pin the others.
    pub(super) options: GetOptions,
    pub(super) part_bytes: u64,
    pub(super) verify: bool,
}

impl Parts {
    /// The size of the ranges asked for, in bytes, unless set otherwise.
    pub(super) const DEFAULT_BYTES: u64 = 8 << 20;
    /// How small they may be.
    pub(super) const MIN_BYTES: u64 = 64 << 10;

    pub(super) fn new(object: Object) -> Self {
        Self { object, options: GetOptions::default(), part_bytes: Self::DEFAULT_BYTES, verify: true }
    }

    /// Asks for the first bytes, which brings size and entity tag, and says which bytes there are in all.
    ///
    /// A first range that is the whole object is verified by its body if `verify_first` is set.
    pub(super) async fn first(&mut self, bytes: u64, verify_first: bool) -> Result<(ObjectBody, Range<u64>)> {
        let asked = self.options.range;
        let end = |start: u64| start.saturating_add(bytes);
        let first = match asked {
            None => ByteRange::from(0..bytes),
            Some(ByteRange::From(start)) => ByteRange::from(start..end(start)),
            Some(ByteRange::Bounded { start, end: stop }) => {
                asked.map_or(Ok(()), ByteRange::check)?;
                ByteRange::from(start..stop.min(end(start)))
            }
            // The end of an object has no known place before its size is known.
            Some(suffix @ ByteRange::Suffix(_)) => suffix,
        };
        let mut options = self.options.clone();
        options.range = Some(first);
        let head = self.object.get().options(options).verify(verify_first).await?;
        let range = asked.map_or(Ok(0..head.info().size), |asked| asked.resolve(head.info().size))?;
        self.options.if_match = head.info().etag.clone().or(self.options.if_match.take());
        // Reading a version can need another permission than reading the object.
        if head.info().etag.is_none() {
            self.options.version = head.info().version.clone().or(self.options.version.take());
        }
        Ok((head, range))
    }

    /// Asks for the checksums of a whole object, which many services leave out of the answer to a range.
    pub(super) async fn full_info(&self, info: ObjectInfo, range: &Range<u64>) -> Result<ObjectInfo> {
        let whole = *range == (0..info.size);
        if !whole || !self.verify || info.size == 0 || !info.checksums.is_empty() {
            return Ok(info);
        }
        let mut options = GetOptions::new();
        options.if_match.clone_from(&info.etag);
        options.version.clone_from(&self.options.version);
        options.encryption.clone_from(&self.options.encryption);
        let full = self.object.head().options(options).await.map_err(changed)?;
        if full.etag != info.etag || full.size != info.size {
            return Err(overwritten());
        }
        Ok(full)
    }

    /// Tells whether more requests bring the same content: ranges of an object that nothing tells from a newer one
    /// could mix two of them.
    pub(super) fn pinned(info: &ObjectInfo) -> bool {
        info.etag.is_some() || info.version.is_some()
    }

    /// Asks for one of the other ranges.
    pub(super) async fn range(&self, range: Range<u64>) -> Result<ObjectBody> {
        let mut options = self.options.clone();
        options.range = Some(ByteRange::from(range));
        self.object.get().options(options).verify(false).await.map_err(changed)
    }
}

/// A pinned range of an object that is no longer there is a change, not a failed condition of the caller's.
pub(super) fn changed(error: Error) -> Error {
    match error.kind() {
        ErrorKind::PreconditionFailed | ErrorKind::InvalidRange => overwritten().with_source(error),
        _ => error,
    }
}

pub(super) fn overwritten() -> Error {
    Error::new(ErrorKind::Changed, "the object was overwritten while it was read")
}
