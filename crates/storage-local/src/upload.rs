//! Uploads in parts: one directory below `%staging`, with the content in its place from the start.
//!
//! Parts are written where they belong in the file `data`, so completing an upload moves no bytes. The file `parts`
//! is a journal: a line before the first byte of a part, a line behind its last. The file `manifest` holds the key and
//! the attributes. Who writes a part shares a lock on `data`; who completes holds it alone, so that no late writer
//! changes an object.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::sync::Arc;

use storage_core::groups::{CompletedPart, PartRef};
use storage_core::{
    ChecksumAlgorithm, Checksums, ContainerName, Error, ErrorKind, Hasher, Key, Payload, Result, UploadId,
};

use crate::attributes::{Attributes, Reader, Writer};
use crate::error::{Explain as _, failed};
use crate::journal::{Journal, Part};
use crate::store::{Container, Store};
use crate::sys::{Errno, FileKind, LockMode, Open, Replace, Stat};
use crate::write::{Write, finish};

const PREFIX: &str = "upload-";
/// The content.
pub(crate) const DATA: &str = "data";
const PARTS: &str = "parts";
const MANIFEST: &str = "manifest";
const MAX_MANIFEST_BYTES: usize = 1 << 20;
const MAX_JOURNAL_BYTES: usize = 1 << 30;
const PIECE_BYTES: usize = 512 << 10;
/// Attributes that are not yet tied to any content.
const UNTIED: Stat = Stat { kind: FileKind::File, dev: 0, ino: 0, links: 0, size: 0, mtime: 0 };

/// Which upload, of which object.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) container: ContainerName,
    pub(crate) key: Key,
    pub(crate) upload: UploadId,
}

/// The directory of an upload.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) container: Arc<Container>,
    pub(crate) staging: Arc<OwnedFd>,
    pub(crate) name: String,
    pub(crate) directory: OwnedFd,
    pub(crate) attributes: Attributes,
}

/// An upload that was begun and never ended.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) key: Key,
    pub(crate) upload: UploadId,
    pub(crate) started: i64,
}

impl Store {
    /// Begins an upload.
    pub(crate) fn begin_upload(&self, write: &Write) -> Result<UploadId> {
        let container = self.container(&write.container)?;
        let mut id = [0; 16];
        self.runtime.random(&mut id);
        let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut manifest = Writer(Vec::new());
        manifest.bytes(write.key.as_bytes());
        manifest.bytes(&write.attributes.encode(&UNTIED));
        // Made under a temporary name, so that an upload that can be seen is whole.
        for _ in 0..16 {
            let staging = self.staging(&container)?;
            let temporary = self.temporary_name();
            match self.sys.make_dir(staging.as_fd(), &temporary) {
                Err(Errno::NOENT) => {
                    self.forget_staging(&container);
                    continue;
                }
                Err(Errno::EXIST) => continue,
                other => other.explain()?,
            }
            let name = format!("{PREFIX}{id}");
            let made = self.fill_upload(staging.as_fd(), &temporary, &manifest.0);
            match made.and_then(|()| {
                self.sys.rename(staging.as_fd(), &temporary, staging.as_fd(), &name, Replace::Yes).explain()
            }) {
                Ok(()) => {}
                Err(error) => {
                    self.remove_upload(staging.as_fd(), &temporary);
                    return Err(error);
                }
            }
            if self.is_durable() {
                self.sys.sync(staging.as_fd()).explain()?;
                self.sys.sync(container.file()).explain()?;
            }
            return Ok(UploadId::new(id));
        }
        Err(Error::new(ErrorKind::Io, "`%staging` is removed again and again"))
    }

    fn fill_upload(&self, staging: BorrowedFd<'_>, name: &str, manifest: &[u8]) -> Result<()> {
        let directory = self.sys.open(staging, name, Open::Directory).explain()?;
        for (name, content) in [(DATA, &[][..]), (MANIFEST, manifest)] {
            let file = self.sys.open(directory.as_fd(), name, Open::Create).explain()?;
            self.write_all(file.as_fd(), content, 0)?;
            if self.is_durable() {
                self.sys.sync(file.as_fd()).explain()?;
            }
        }
        if self.is_durable() {
            self.sys.sync(directory.as_fd()).explain()?;
        }
        Ok(())
    }

    pub(crate) fn open_upload(&self, target: &Target) -> Result<Opened> {
        let container = self.container(&target.container)?;
        let id = target.upload.as_str();
        if id.len() != 32 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(no_upload());
        }
        let staging = self.staging(&container)?;
        let name = format!("{PREFIX}{id}");
        let directory = match self.sys.open(staging.as_fd(), &name, Open::Directory) {
            Err(Errno::NOENT) => return Err(no_upload()),
            other => other.explain()?,
        };
        let (key, attributes) = self.manifest(directory.as_fd())?;
        if key != target.key {
            return Err(no_upload());
        }
        Ok(Opened { container, staging, name, directory, attributes })
    }

    fn manifest(&self, directory: BorrowedFd<'_>) -> Result<(Key, Attributes)> {
        let file = match self.sys.open(directory, MANIFEST, Open::Read) {
            Err(Errno::NOENT) => return Err(no_upload()),
            other => other.explain()?,
        };
        let bytes = self.read_whole(file.as_fd(), MAX_MANIFEST_BYTES)?.unwrap_or_default();
        let mut from = Reader(&bytes);
        let (Some(key), Some(attributes)) = (from.text(), from.bytes()) else {
            return Err(Error::new(
                ErrorKind::UnexpectedResponse,
                "the manifest of the upload can't be read",
            ));
        };
        Ok((Key::parse(key)?, Attributes::decode(attributes, &UNTIED)?))
    }

    /// Opens and locks the content of an upload, which must not have become an object meanwhile.
    pub(crate) fn lock_data(&self, opened: &Opened, mode: LockMode) -> Result<OwnedFd> {
        let file = match self.sys.open(opened.directory.as_fd(), DATA, Open::Write) {
            Err(Errno::NOENT) => return Err(no_upload()),
            other => other.explain()?,
        };
        self.sys.lock(file.as_fd(), mode).explain()?;
        let stat = self.sys.stat(file.as_fd()).explain()?;
        match self.sys.stat_at(opened.directory.as_fd(), DATA) {
            Ok(now) if now.same_file(&stat) => Ok(file),
            Ok(_) | Err(Errno::NOENT) => Err(no_upload()),
            Err(error) => Err(failed(error)),
        }
    }

    /// Takes one part, whose bytes some work writes to the content.
    pub(crate) fn take_part(
        &self,
        target: &Target,
        part: PartRef,
        size: u64,
        algorithm: Option<ChecksumAlgorithm>,
        expected: &Checksums,
        fill: &dyn Fn(BorrowedFd<'_>, &mut [Hasher]) -> Result<()>,
    ) -> Result<CompletedPart> {
        let opened = self.open_upload(target)?;
        let data = self.lock_data(&opened, LockMode::Shared)?;
        let mut part = Part {
            number: part.number.get(),
            offset: part.offset,
            size,
            etag: self.temporary_name().replace("tmp-", ""),
            checksum: None,
        };
        self.note(&opened, &part.line("begin"))?;
        let mut algorithms: BTreeSet<ChecksumAlgorithm> = expected.iter().map(|it| it.algorithm()).collect();
        algorithms.extend(algorithm);
        let mut hashers: Vec<Hasher> = algorithms.into_iter().map(Hasher::new).collect();
        fill(data.as_fd(), &mut hashers)?;
        let found = finish(hashers);
        expected.verify(&found)?;
        if self.is_durable() {
            self.sys.sync_data(data.as_fd()).explain()?;
        }
        part.checksum = algorithm.and_then(|it| found.get(it));
        self.note(&opened, &part.line("done"))?;
        part.completed().ok_or_else(|| Error::new(ErrorKind::InvalidInput, "part numbers start at 1"))
    }

    /// Writes a payload as a part.
    pub(crate) fn put_part(
        &self,
        target: &Target,
        part: PartRef,
        payload: &Payload,
        algorithm: Option<ChecksumAlgorithm>,
    ) -> Result<CompletedPart> {
        self.take_part(target, part, payload.len(), algorithm, &Checksums::new(), &|data, hashers| {
            self.write_payload(data, payload, part.offset, hashers)
        })
    }

    /// Copies a range of a file as a part, and hashes what came out.
    pub(crate) fn copy_part(
        &self,
        target: &Target,
        part: PartRef,
        source: BorrowedFd<'_>,
        from: u64,
        size: u64,
        algorithm: Option<ChecksumAlgorithm>,
    ) -> Result<CompletedPart> {
        self.take_part(target, part, size, algorithm, &Checksums::new(), &|data, hashers| {
            self.copy_bytes(source, from, data, part.offset, size)?;
            self.hash_range(data, part.offset, size, hashers)
        })
    }

    pub(crate) fn hash_range(
        &self,
        file: BorrowedFd<'_>,
        offset: u64,
        size: u64,
        hashers: &mut [Hasher],
    ) -> Result<()> {
        let mut buffer = vec![0; if hashers.is_empty() { 0 } else { PIECE_BYTES }];
        let mut done = 0;
        while done < size && !hashers.is_empty() {
            let want = buffer.len().min(usize::try_from(size - done).unwrap_or(PIECE_BYTES));
            let read =
                self.sys.read(file, buffer.get_mut(..want).unwrap_or_default(), offset + done).explain()?;
            if read == 0 {
                return Err(Error::new(
                    ErrorKind::InvalidInput,
                    "the content of the upload is shorter than its parts",
                ));
            }
            hashers.iter_mut().for_each(|it| it.update(buffer.get(..read).unwrap_or_default()));
            done += read as u64;
        }
        Ok(())
    }

    /// Appends a line to the journal, in one call, so that lines of several writers do not mix.
    fn note(&self, opened: &Opened, line: &str) -> Result<()> {
        let file = self.sys.open(opened.directory.as_fd(), PARTS, Open::Append).explain()?;
        let written = self.sys.append(file.as_fd(), line.as_bytes()).explain()?;
        if written < line.len() {
            return Err(Error::new(ErrorKind::StorageFull, "no room is left to note the part"));
        }
        Ok(())
    }

    pub(crate) fn journal(&self, opened: &Opened) -> Result<Journal> {
        let file = match self.sys.open(opened.directory.as_fd(), PARTS, Open::Read) {
            Err(Errno::NOENT) => return Ok(Journal::default()),
            other => other.explain()?,
        };
        let bytes = self.read_whole(file.as_fd(), MAX_JOURNAL_BYTES)?.unwrap_or_default();
        Ok(Journal::read(&String::from_utf8_lossy(&bytes)))
    }

    /// Lists the parts that are whole.
    pub(crate) fn parts(&self, target: &Target) -> Result<Vec<CompletedPart>> {
        let opened = self.open_upload(target)?;
        Ok(self.journal(&opened)?.parts.values().filter_map(Part::completed).collect())
    }

    /// Drops an upload; one that is not there is no error.
    pub(crate) fn abort_upload(&self, target: &Target) -> Result<()> {
        match self.open_upload(target) {
            Ok(opened) => {
                self.remove_contents(opened.directory.as_fd(), false)?;
                match self.sys.remove_dir(opened.staging.as_fd(), &opened.name) {
                    Ok(()) | Err(Errno::NOENT) => Ok(()),
                    Err(error) => Err(failed(error)),
                }
            }
            Err(error) if error.kind() == ErrorKind::ObjectNotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Removes what is left of an upload. What can't be removed now is when uploads are listed or it is stale.
    pub(crate) fn remove_upload(&self, staging: BorrowedFd<'_>, name: &str) -> bool {
        if let Ok(directory) = self.sys.open(staging, name, Open::Directory) {
            let _ = self.remove_contents(directory.as_fd(), false);
        }
        self.sys.remove_dir(staging, name).is_ok()
    }

    /// Lists the uploads that are neither completed nor aborted, by key.
    pub(crate) fn uploads(&self, container: &ContainerName) -> Result<Vec<Begun>> {
        let container = self.container(container)?;
        let staging = self.staging(&container)?;
        let mut names = Vec::new();
        let each = &mut |name: &[u8], _: FileKind| {
            names.extend(
                std::str::from_utf8(name).ok().filter(|it| it.starts_with(PREFIX)).map(str::to_owned),
            );
            ControlFlow::Continue(())
        };
        self.sys.entries(staging.as_fd(), each).explain()?;
        let mut all = Vec::new();
        for name in names {
            let Ok(directory) = self.sys.open(staging.as_fd(), &name, Open::Directory) else { continue };
            // Completed or aborted meanwhile, or what a crash has left of that.
            let Ok((key, _)) = self.manifest(directory.as_fd()) else { continue };
            let Ok(manifest) = self.sys.stat_at(directory.as_fd(), MANIFEST) else { continue };
            if self.sys.stat_at(directory.as_fd(), DATA) == Err(Errno::NOENT) {
                // The content has become the object; whoever completed it came no further.
                self.remove_upload(staging.as_fd(), &name);
                continue;
            }
            let upload = UploadId::new(name.get(PREFIX.len()..).unwrap_or_default());
            all.push(Begun { key, upload, started: manifest.mtime });
        }
        all.sort_by(|a, b| (&a.key, &a.upload).cmp(&(&b.key, &b.upload)));
        Ok(all)
    }
}

/// Makes the error for an upload that is not there.
pub(crate) fn no_upload() -> Error {
    Error::new(ErrorKind::ObjectNotFound, "there is no such upload")
}
