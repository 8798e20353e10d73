//! What became of a write whose answer was lost.

use crate::checksum::Checksums;
use crate::error::{Error, ErrorKind, Result};
use crate::info::{ObjectInfo, PutOutcome};
use crate::object::Object;
use crate::options::{GetOptions, PutOptions, WriteCondition};

/// The entry of an object's metadata that holds the nonce of the write that made it.
pub const NONCE_METADATA: &str = "storagenonce";

/// Looks at what is there after an `Ambiguous` write, and makes it a success where that is proven.
///
/// A write with a nonce is proven by the nonce, and nothing else proves a conditional one: two takers of a lock may
/// write the same bytes. An unconditional write wanted nothing but this content under the key, so size and checksum
/// prove it.
pub(crate) async fn settle(
    object: &Object,
    error: Error,
    options: &PutOptions,
    size: u64,
    content: &Checksums,
) -> Result<PutOutcome> {
    if error.kind() != ErrorKind::Ambiguous {
        return Err(error);
    }
    let Ok(info) = object.driver().head_object(object.target(), &GetOptions::default()).await else {
        return Err(error);
    };
    let proven = match (&options.nonce, &options.condition) {
        (Some(nonce), _) => info.metadata.get(NONCE_METADATA) == Some(nonce),
        (None, WriteCondition::None) => info.size == size && proves(&info, content),
        (None, _) => false,
    };
    match proven {
        true => Ok(outcome(info)),
        false => Err(error),
    }
}

/// Tells whether a checksum that both sides know is the same.
fn proves(info: &ObjectInfo, content: &Checksums) -> bool {
    let mut compared =
        content.iter().filter_map(|want| Some(info.checksums.get(want.algorithm())? == want)).peekable();
    compared.peek().is_some() && compared.all(|same| same)
}

fn outcome(info: ObjectInfo) -> PutOutcome {
    PutOutcome {
        etag: info.etag,
        version: info.version,
        checksums: info.checksums,
        size: Some(info.size),
        service_fields: info.service_fields,
    }
}
