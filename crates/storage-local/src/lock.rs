//! Locks across processes, by which a conditional write compares and replaces in one step.
//!
//! A key belongs to one of 256 files below `%lock`. Who replaces or removes an object shares the lock of its key; who
//! must know what is replaced holds it alone. Who makes an object that is not there needs none: the rename itself
//! refuses to replace, and an object that is not there matches no condition.

use std::os::fd::{AsFd as _, OwnedFd};

use storage_core::{Error, ErrorKind, Result};

use crate::error::{failed, no_container};
use crate::escape::LOCKS;
use crate::store::{Container, Store};
use crate::sys::{Errno, LockMode, Open};

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock(
    #[allow(dead_code, reason = "closing the file is what releases the lock")] Option<OwnedFd>,
);

impl Store {
    /// Locks a key.
    pub(crate) fn lock(&self, container: &Container, key: &str, mode: LockMode) -> Result<Lock> {
        self.lock_stripe(container, stripe(key), mode)
    }

    /// Locks two keys, in an order that all processes keep.
    pub(crate) fn lock_both(
        &self,
        container: &Container,
        keys: [(&str, LockMode); 2],
    ) -> Result<(Lock, Lock)> {
        let mut stripes = keys.map(|(key, mode)| (stripe(key), mode));
        stripes.sort_unstable();
        let [(low, low_mode), (high, high_mode)] = stripes;
        if low == high {
            // Sorted, the second one is the stronger.
            return Ok((self.lock_stripe(container, high, high_mode)?, Lock(None)));
        }
        Ok((self.lock_stripe(container, low, low_mode)?, self.lock_stripe(container, high, high_mode)?))
    }

    fn lock_stripe(&self, container: &Container, stripe: u8, mode: LockMode) -> Result<Lock> {
        let path = format!("{LOCKS}/{stripe:02x}");
        for _ in 0..64 {
            let file = match self.sys.open(container.file(), &path, Open::Lock) {
                Err(Errno::NOENT) => {
                    match self.sys.make_dir(container.file(), LOCKS) {
                        Ok(()) | Err(Errno::EXIST) => continue,
                        Err(Errno::NOENT) => return Err(no_container(&container.name)),
                        Err(error) => return Err(failed(error)),
                    };
                }
                other => other.map_err(failed)?,
            };
            match self.sys.lock(file.as_fd(), mode) {
                Ok(()) => {}
                Err(Errno::NOLCK | Errno::OPNOTSUPP | Errno::NOSYS) if mode == LockMode::Shared => {
                    return Ok(Lock(None));
                }
                Err(Errno::NOLCK | Errno::OPNOTSUPP | Errno::NOSYS) => {
                    return Err(Error::new(
                        ErrorKind::Unsupported,
                        "the file system has no locks, so a write can't depend on what it replaces",
                    ));
                }
                Err(error) => return Err(failed(error)),
            }
            // A file that lost its name while we waited keeps nobody out any more.
            if self.sys.stat(file.as_fd()).map_err(failed)?.links > 0 {
                return Ok(Lock(Some(file)));
            }
        }
        Err(Error::new(ErrorKind::Io, "the container's lock files are removed again and again"))
    }
}

/// Returns the stripe of a key. All processes must agree on it, so this is FNV-1a for ever.
fn stripe(key: &str) -> u8 {
    let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 32) as u8 ^ hash as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stripes_are_the_same_for_ever() {
        assert_eq!(["", "a", "photos/cat.jpg"].map(stripe), [193, 192, 24]);
        let used: std::collections::HashSet<u8> = (0..10_000).map(|n| stripe(&format!("obj-{n}"))).collect();
        assert_eq!(used.len(), 256);
    }
}
