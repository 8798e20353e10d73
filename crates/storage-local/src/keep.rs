//! Where attributes are kept: with the file, or in a sidecar below `%meta`.
//!
//! A sidecar has the name of the content that it belongs to (the words of the entity tag), so it can be published
//! before the content is: readers of the old content never see it, and readers of the new one always do. It names
//! the keys it is for, so that content moved by hand brings no strange attributes along.

use std::os::fd::{AsFd as _, BorrowedFd};
use std::sync::atomic::Ordering;

use storage_core::{ChecksumAlgorithm, ContainerName, Error, ErrorKind, Result};

use crate::attributes::{Attributes, Reader, Writer};
use crate::config::AttributeStore;
use crate::error::{Explain as _, failed};
use crate::escape::SIDECARS;
use crate::store::{Container, Store};
use crate::sys::{Errno, Open, Replace, Stat};

/// A sidecar starts with these bytes, and a CRC of all that follows.
const MAGIC: &[u8; 8] = b"storage1";
const MAX_SIDECAR_BYTES: usize = 1 << 20;

impl Store {
    /// Keeps the attributes of a file that is about to become the content of the keys, or already is.
    pub(crate) fn keep_attributes(
        &self,
        container: &Container,
        file: BorrowedFd<'_>,
        stat: &Stat,
        attributes: &Attributes,
        keys: &[&str],
    ) -> Result<()> {
        if self.settings.attributes == AttributeStore::Off {
            return if attributes.metadata.is_empty() && attributes.tags.is_empty() {
                Ok(())
            } else {
                Err(Error::new(
                    ErrorKind::Unsupported,
                    "metadata and tags can't be kept, since the setting `attributes` is `off`",
                ))
            };
        }
        let encoded = attributes.encode(stat);
        if self.settings.attributes != AttributeStore::Sidecar && !self.no_attributes.load(Ordering::Relaxed)
        {
            match self.sys.set_attribute(file, &encoded) {
                Err(error)
                    if self.settings.attributes == AttributeStore::Auto && self.wants_sidecar(error) => {}
                other => return other.explain(),
            }
        }
        self.write_sidecar(container, stat, &encoded, keys)
    }

    /// Tells whether a sidecar can help where the file system has refused attributes.
    fn wants_sidecar(&self, error: Errno) -> bool {
        if error == Errno::OPNOTSUPP || error == Errno::NOSYS {
            self.no_attributes.store(true, Ordering::Relaxed);
            return true;
        }
        // There is room for attributes, but not for that many. A disk that is full refuses the sidecar too.
        matches!(error, Errno::TOOBIG | Errno::NOSPC | Errno::RANGE)
    }

    /// Replaces the attributes of content that has a name already.
    pub(crate) fn change_attributes(
        &self,
        container: &Container,
        file: BorrowedFd<'_>,
        stat: &Stat,
        attributes: &Attributes,
        key: &str,
    ) -> Result<()> {
        let had_attribute = matches!(self.sys.attribute(file), Ok(Some(_)));
        self.keep_attributes(container, file, stat, attributes, &[key])?;
        if had_attribute && self.sidecar(container.file(), stat, key)?.as_ref() == Some(attributes) {
            // The attribute of the file counts first, so the old one must go once the sidecar is safe.
            let now = self.sys.attribute(file).explain()?;
            if now.map(|it| Attributes::decode(&it, stat)).transpose()?.as_ref() != Some(attributes) {
                self.sys.remove_attribute(file).explain()?;
            }
        }
        if self.is_durable() {
            self.sys.sync(file).explain()?;
        }
        Ok(())
    }

    /// Reads the attributes of an open file.
    pub(crate) fn attributes(
        &self,
        container: &ContainerName,
        file: BorrowedFd<'_>,
        stat: &Stat,
        key: &str,
    ) -> Result<Attributes> {
        let setting = self.settings.attributes;
        if setting == AttributeStore::Off {
            return Ok(Attributes::default());
        }
        if setting != AttributeStore::Sidecar && !self.no_attributes.load(Ordering::Relaxed) {
            match self.sys.attribute(file) {
                Ok(Some(encoded)) => return Attributes::decode(&encoded, stat),
                Ok(None) => {}
                Err(Errno::OPNOTSUPP | Errno::NOSYS) => self.no_attributes.store(true, Ordering::Relaxed),
                Err(error) => return Err(failed(error)),
            }
        }
        if setting == AttributeStore::Xattr {
            return Ok(Attributes::default());
        }
        let Some(root) = self.root()? else { return Ok(Attributes::default()) };
        let path = format!("{container}/{}", sidecar_path(stat));
        Ok(self.read_sidecar(root.file.as_fd(), &path, stat, key)?.unwrap_or_default())
    }

    fn sidecar(&self, container: BorrowedFd<'_>, stat: &Stat, key: &str) -> Result<Option<Attributes>> {
        self.read_sidecar(container, &sidecar_path(stat), stat, key)
    }

    fn read_sidecar(
        &self,
        at: BorrowedFd<'_>,
        path: &str,
        stat: &Stat,
        key: &str,
    ) -> Result<Option<Attributes>> {
        let file = match self.sys.open(at, path, Open::Read) {
            Err(Errno::NOENT) => return Ok(None),
            other => other.explain()?,
        };
        let Some(bytes) = self.read_whole(file.as_fd(), MAX_SIDECAR_BYTES)? else { return Ok(None) };
        let Some((encoded, keys)) = open_sidecar(&bytes) else { return Ok(None) };
        if !keys.contains(&key.as_bytes()) {
            return Ok(None);
        }
        Attributes::decode(encoded, stat).map(Some)
    }

    /// Reads a small file; `None` when it is not small.
    pub(crate) fn read_whole(&self, file: BorrowedFd<'_>, max: usize) -> Result<Option<Vec<u8>>> {
        let stat = self.sys.stat(file).explain()?;
        let Some(len) = usize::try_from(stat.size).ok().filter(|len| *len <= max) else { return Ok(None) };
        let mut bytes = Vec::with_capacity(len + 1);
        while bytes.len() < bytes.capacity() {
            let offset = bytes.len() as u64;
            if self.sys.read_more(file, &mut bytes, offset).explain()? == 0 {
                break;
            }
        }
        Ok(Some(bytes))
    }

    fn write_sidecar(&self, container: &Container, stat: &Stat, encoded: &[u8], keys: &[&str]) -> Result<()> {
        let mut body = Writer(Vec::with_capacity(encoded.len() + 64));
        body.bytes(encoded);
        keys.iter().for_each(|key| body.bytes(key.as_bytes()));
        let crc = ChecksumAlgorithm::Crc32c.of(&body.0);
        let bytes = [MAGIC, crc.value(), &body.0].concat();
        let directory = self.reserved(container, SIDECARS)?;
        let mut staged = self.stage(container)?;
        staged.write_all(&bytes, 0)?;
        if self.is_durable() {
            self.sys.sync(staged.file()).explain()?;
        }
        staged.rename(directory.as_fd(), &generation(stat), Replace::Yes).explain()?;
        if self.is_durable() {
            self.sys.sync(directory.as_fd()).explain()?;
            self.sys.sync(container.file()).explain()?;
        }
        Ok(())
    }

    /// Removes the sidecar of content that is gone. One that stays behind does no harm.
    pub(crate) fn drop_sidecar(&self, container: &Container, stat: &Stat) {
        if matches!(self.settings.attributes, AttributeStore::Auto | AttributeStore::Sidecar)
            && let Ok(directory) = self.sys.open(container.file(), SIDECARS, Open::Directory)
        {
            // There is none for most objects.
            let _ = self.sys.remove_file(directory.as_fd(), &generation(stat));
        }
    }

    /// Writes the sidecar of content anew for other keys, if it has one.
    pub(crate) fn rekey_sidecar(
        &self,
        container: &Container,
        stat: &Stat,
        key: &str,
        keys: &[&str],
    ) -> Result<()> {
        if !matches!(self.settings.attributes, AttributeStore::Auto | AttributeStore::Sidecar) {
            return Ok(());
        }
        match self.sidecar(container.file(), stat, key)? {
            Some(attributes) => self.write_sidecar(container, stat, &attributes.encode(stat), keys),
            None => Ok(()),
        }
    }
}

/// Returns the words by which one state of a file's content is known: of the entity tag, and of a sidecar.
pub(crate) fn generation(stat: &Stat) -> String {
    let mut out = String::with_capacity(40);
    push_generation(&mut out, stat);
    out
}

/// Appends the words by which one state of a file's content is known.
pub(crate) fn push_generation(out: &mut String, stat: &Stat) {
    push_hex(out, stat.ino);
    out.push('-');
    push_hex(out, stat.size);
    out.push('-');
    push_hex(out, stat.mtime as u64);
}

fn push_hex(out: &mut String, number: u64) {
    let digits = (64 - number.leading_zeros()).div_ceil(4).max(1);
    for at in (0..digits).rev() {
        let digit = (number >> (4 * at)) as u8 & 0xf;
        out.push(char::from(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 }));
    }
}

fn sidecar_path(stat: &Stat) -> String {
    format!("{SIDECARS}/{}", generation(stat))
}

fn open_sidecar(bytes: &[u8]) -> Option<(&[u8], Vec<&[u8]>)> {
    let (crc, body) = bytes.strip_prefix(MAGIC)?.split_at_checked(4)?;
    if ChecksumAlgorithm::Crc32c.of(body).value() != crc {
        return None;
    }
    let mut from = Reader(body);
    let encoded = from.bytes()?;
    let mut keys = Vec::new();
    while !from.0.is_empty() {
        keys.push(from.bytes()?);
    }
    Some((encoded, keys))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_what_the_formatter_writes() {
        for number in [0, 1, 9, 10, 15, 16, 255, 256, 0xdead_beef, u64::MAX] {
            let mut out = String::new();
            push_hex(&mut out, number);
            assert_eq!(out, format!("{number:x}"));
        }
    }
}
