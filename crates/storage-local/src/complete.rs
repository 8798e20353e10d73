//! Completing an upload in parts: its content becomes the object.

use std::collections::BTreeSet;
use std::os::fd::{AsFd as _, BorrowedFd};

use storage_core::groups::CompletedPart;
use storage_core::{ChecksumAlgorithm, Checksums, Error, ErrorKind, Hasher, PutOutcome, Result};

use crate::attributes::Attributes;
use crate::error::Explain as _;
use crate::journal::{Journal, Part, choose, join, missing_part};
use crate::path::ObjectPath;
use crate::store::Store;
use crate::sys::LockMode;
use crate::upload::{DATA, Opened, Target, no_upload};
use crate::write::{Place, Published, Write, finish, outcome};

impl Store {
    /// Makes the object of the parts.
    pub(crate) fn complete_upload(
        &self,
        target: &Target,
        named: &[CompletedPart],
        write: &Write,
    ) -> Result<PutOutcome> {
        let opened = self.open_upload(target)?;
        let container = &opened.container;
        let path = ObjectPath::new(&write.container, &write.key);
        let data = self.lock_data(&opened, LockMode::Exclusive)?;
        let journal = self.journal(&opened)?;
        let parts = choose(&journal, named)?;
        if journal.contested {
            self.verify_parts(data.as_fd(), &journal, &parts)?;
        }
        let Some(size) = length(&parts) else {
            return self.gather_parts(&opened, data.as_fd(), &parts, &path, write);
        };
        let stat = self.sys.stat(data.as_fd()).explain()?;
        if stat.size < size {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "the content of the upload is shorter than its parts",
            ));
        }
        let checksums = self.checksums_of(data.as_fd(), &parts, size, write)?;
        write.expected.verify(&checksums)?;
        if stat.size > size {
            self.sys.truncate(data.as_fd(), size).explain()?;
        }
        let attributes = Attributes { checksums: checksums.clone(), ..opened.attributes.clone() };
        let stat = self.seal(container, data.as_fd(), &attributes, &write.key)?;
        let place = Place { container, path: &path, key: &write.key, condition: &write.condition };
        let published = self.publish(&place, &mut |to, name, replace| {
            self.sys.rename(opened.directory.as_fd(), DATA, to, name, replace)
        })?;
        if published == Published::Vanished {
            return Err(no_upload());
        }
        self.remove_upload(opened.staging.as_fd(), &opened.name);
        Ok(outcome(&stat, checksums))
    }

    /// Makes the object of parts that leave gaps, which must be moved together.
    fn gather_parts(
        &self,
        opened: &Opened,
        data: BorrowedFd<'_>,
        parts: &[&Part],
        path: &ObjectPath,
        write: &Write,
    ) -> Result<PutOutcome> {
        let staged = self.stage(&opened.container)?;
        let mut size = 0;
        for part in parts {
            self.copy_bytes(data, part.offset, staged.file(), size, part.size)?;
            size += part.size;
        }
        let checksums = self.checksums_of(staged.file(), parts, size, write)?;
        write.expected.verify(&checksums)?;
        let described = Write { attributes: opened.attributes.clone(), ..write.clone() };
        let outcome = self.finish_write(&opened.container, &described, path, staged, checksums)?;
        let outcome = outcome.ok_or_else(no_upload)?;
        self.remove_upload(opened.staging.as_fd(), &opened.name);
        Ok(outcome)
    }

    /// Reads parts again whose bytes more than one attempt may have written.
    fn verify_parts(&self, data: BorrowedFd<'_>, journal: &Journal, parts: &[&Part]) -> Result<()> {
        for part in parts.iter().filter(|it| journal.is_contested(it)) {
            let Some(want) = part.checksum else {
                // Of one part that was sent twice the last attempt counts; bytes of two parts are nobody's.
                if journal.is_overlapped(part) {
                    return Err(missing_part(part.number));
                }
                continue;
            };
            let mut hashers = [Hasher::new(want.algorithm())];
            self.hash_range(data, part.offset, part.size, &mut hashers)?;
            let [hasher] = hashers;
            if hasher.finish() != want {
                return Err(missing_part(part.number));
            }
        }
        Ok(())
    }

    /// Joins the checksums of the parts, or reads the whole where they can't be joined.
    fn checksums_of(
        &self,
        data: BorrowedFd<'_>,
        parts: &[&Part],
        size: u64,
        write: &Write,
    ) -> Result<Checksums> {
        let mut algorithms: BTreeSet<ChecksumAlgorithm> =
            write.expected.iter().map(|it| it.algorithm()).collect();
        algorithms.extend(write.algorithm);
        let mut found = Checksums::new();
        for algorithm in algorithms.clone() {
            if let Some(joined) = join(parts, algorithm) {
                algorithms.remove(&algorithm);
                found.insert(joined);
            }
        }
        let mut hashers: Vec<Hasher> = algorithms.into_iter().map(Hasher::new).collect();
        self.hash_range(data, 0, size, &mut hashers)?;
        finish(hashers).iter().for_each(|it| found.insert(it));
        Ok(found)
    }
}

/// Returns how long the parts are together; `None` when they do not follow one another from the start.
fn length(parts: &[&Part]) -> Option<u64> {
    parts.iter().try_fold(0, |end: u64, part| (part.offset == end).then(|| end.saturating_add(part.size)))
}
