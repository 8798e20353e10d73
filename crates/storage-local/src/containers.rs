//! Containers: directories below the root.

use std::ops::ControlFlow;
use std::os::fd::{AsFd as _, BorrowedFd};

use storage_core::{
    ContainerInfo, ContainerName, ContainerQuery, CreateOptions, Error, ErrorKind, Metadata, Page, PageToken,
    Result, directory_rule,
};

use crate::attributes::Attributes;
use crate::error::{Explain as _, failed, no_container, refused, unsupported};
use crate::escape::{LOCKS, SIDECARS, STAGING};
use crate::read::modified;
use crate::store::{Container, Store, check_name};
use crate::sys::{Errno, FileKind, LockMode, Open};
use crate::write::check_headers;

/// How many containers one page shows, unless the caller asks for another number.
const PAGE: u32 = 1000;
/// As which key the container itself is locked and described; no object has it.
const SELF: &str = "";

impl Store {
    /// Lists containers by name.
    pub(crate) fn list_containers(&self, query: &ContainerQuery) -> Result<Page<ContainerInfo>> {
        let Some(root) = self.root()? else { return Ok(Page::new(Vec::new(), None)) };
        let prefix = query.prefix.as_deref().unwrap_or_default();
        let after = query.page_token.as_ref().map(|it| it.as_str());
        let mut names = Vec::new();
        let each = &mut |name: &[u8], kind: FileKind| {
            if let Ok(name) = std::str::from_utf8(name)
                && matches!(kind, FileKind::Directory | FileKind::Unknown)
                && name.starts_with(prefix)
                && after.is_none_or(|after| name > after)
                && directory_rule(name).is_ok()
            {
                names.push((name.to_owned(), kind));
            }
            ControlFlow::Continue(())
        };
        self.sys.entries(root.file.as_fd(), each).explain()?;
        names.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let limit = query.limit.unwrap_or(PAGE).max(1) as usize;
        let mut items: Vec<ContainerInfo> = Vec::new();
        for (name, _) in names {
            let stat = match self.sys.stat_at(root.file.as_fd(), &name) {
                Ok(stat) if stat.kind == FileKind::Directory => stat,
                // It was deleted meanwhile, or was none.
                Ok(_) | Err(Errno::NOENT) => continue,
                Err(error) => return Err(failed(error).with_container(name)),
            };
            if items.len() == limit {
                let next = items.last().map(|it| PageToken::new(it.name.as_str()));
                return Ok(Page::new(items, next));
            }
            let mut info = ContainerInfo::new(ContainerName::parse(name)?);
            info.modified = modified(stat.mtime);
            items.push(info);
        }
        Ok(Page::new(items, None))
    }

    /// Makes a container, and the root if need be.
    pub(crate) fn create_container(&self, name: &ContainerName, options: &CreateOptions) -> Result<()> {
        check_name(name)?;
        check_create(options)?;
        let root = self.make_root()?;
        match self.sys.make_dir(root.file.as_fd(), name) {
            Ok(()) => {}
            Err(Errno::EXIST) => return Err(self.taken(name, root.file.as_fd())),
            Err(error) => return Err(failed(error)),
        }
        if !options.metadata.is_empty() {
            self.set_container_metadata(name, &options.metadata)?;
        }
        if self.is_durable() {
            self.sys.sync(root.file.as_fd()).explain()?;
        }
        Ok(())
    }

    fn taken(&self, name: &ContainerName, root: BorrowedFd<'_>) -> Error {
        match self.sys.stat_at(root, name) {
            Ok(stat) if stat.kind == FileKind::Link => refused(FileKind::Link),
            Ok(stat) if stat.kind != FileKind::Directory => Error::new(
                ErrorKind::PermissionDenied,
                "a file that is no container has the container's name",
            ),
            _ => Error::new(ErrorKind::ContainerAlreadyExists, "there is a container of that name already"),
        }
    }

    /// Says what is known of a container.
    pub(crate) fn head_container(&self, name: &ContainerName) -> Result<ContainerInfo> {
        let container = self.container(name)?;
        let stat = self.sys.stat(container.file()).explain()?;
        let mut info = ContainerInfo::new(name.clone());
        info.modified = modified(stat.mtime);
        info.created = self.sys.birth(container.file()).explain()?.and_then(modified);
        info.metadata = self.container_attributes(&container)?.metadata;
        Ok(info)
    }

    /// Replaces the metadata of a container.
    pub(crate) fn set_container_metadata(&self, name: &ContainerName, metadata: &Metadata) -> Result<()> {
        let container = self.container(name)?;
        let _lock = self.lock(&container, SELF, LockMode::Exclusive)?;
        let attributes = Attributes { metadata: metadata.clone(), ..Attributes::default() };
        self.change_attributes(&container, container.file(), &tied(&container), &attributes, SELF)
    }

    fn container_attributes(&self, container: &Container) -> Result<Attributes> {
        self.attributes(&container.name, container.file(), &tied(container), SELF)
    }

    /// Deletes a container that holds no object.
    pub(crate) fn delete_container(&self, name: &ContainerName) -> Result<()> {
        for _ in 0..8 {
            let container = self.container(name)?;
            let Some(root) = self.root()? else { return Err(no_container(name)) };
            self.empty_directory(container.file(), true)?;
            self.forget_staging(&container);
            for reserved in [STAGING, SIDECARS, LOCKS] {
                self.remove_reserved(&container, reserved)?;
            }
            match self.sys.remove_dir(root.file.as_fd(), name) {
                Ok(()) => {
                    self.forget(name);
                    return if self.is_durable() {
                        self.sys.sync(root.file.as_fd()).explain()
                    } else {
                        Ok(())
                    };
                }
                // Somebody has begun to write meanwhile; the next look tells whether an object came of it.
                Err(Errno::NOTEMPTY | Errno::EXIST) => {}
                Err(Errno::NOENT) => return Err(no_container(name)),
                Err(error) => return Err(failed(error)),
            }
        }
        Err(not_empty("others write to the container all the time"))
    }

    /// Removes directories that hold nothing, and refuses when anything else is there.
    fn empty_directory(&self, directory: BorrowedFd<'_>, top: bool) -> Result<()> {
        let mut below = Vec::new();
        let mut other = None;
        let each = &mut |name: &[u8], kind: FileKind| {
            let name = String::from_utf8_lossy(name).into_owned();
            let reserved = top && [STAGING, SIDECARS, LOCKS].contains(&name.as_str());
            match kind {
                _ if reserved => {}
                FileKind::Directory | FileKind::Unknown => below.push(name),
                _ => other = Some(name),
            }
            if other.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        self.sys.entries(directory, each).explain()?;
        if other.is_some() {
            return Err(not_empty("the container still holds objects, or files that are no objects"));
        }
        for name in below {
            let child = match self.sys.open(directory, &name, Open::Directory) {
                Err(Errno::NOENT) => continue,
                Err(Errno::NOTDIR | Errno::LOOP) => {
                    return Err(not_empty("the container still holds objects"));
                }
                other => other.explain()?,
            };
            self.empty_directory(child.as_fd(), false)?;
            match self.sys.remove_dir(directory, &name) {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(Errno::NOTEMPTY | Errno::EXIST) => {
                    return Err(not_empty("the container still holds objects"));
                }
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(())
    }

    /// Removes a directory of the driver's with all in it. Writes that are under way begin anew or fail.
    fn remove_reserved(&self, container: &Container, name: &str) -> Result<()> {
        let directory = match self.sys.open(container.file(), name, Open::Directory) {
            Err(Errno::NOENT) => return Ok(()),
            other => other.explain()?,
        };
        self.remove_contents(directory.as_fd(), name == LOCKS)?;
        match self.sys.remove_dir(container.file(), name) {
            Ok(()) | Err(Errno::NOENT | Errno::NOTEMPTY | Errno::EXIST) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }

    /// Removes all that is in a directory. Lock files go only while nobody else holds them.
    pub(crate) fn remove_contents(&self, directory: BorrowedFd<'_>, locks: bool) -> Result<()> {
        let mut names = Vec::new();
        let each = &mut |name: &[u8], kind: FileKind| {
            names.push((String::from_utf8_lossy(name).into_owned(), kind));
            ControlFlow::Continue(())
        };
        self.sys.entries(directory, each).explain()?;
        for (name, kind) in names {
            let held = match locks.then(|| self.sys.open(directory, &name, Open::Lock)) {
                Some(file) => {
                    let file = file.explain()?;
                    self.sys.lock(file.as_fd(), LockMode::Exclusive).explain()?;
                    Some(file)
                }
                None => None,
            };
            let removed = match kind {
                FileKind::Directory => {
                    let child = self.sys.open(directory, &name, Open::Directory);
                    if let Ok(child) = child {
                        self.remove_contents(child.as_fd(), false)?;
                    }
                    self.sys.remove_dir(directory, &name)
                }
                _ => self.sys.remove_file(directory, &name),
            };
            drop(held);
            match removed {
                Ok(()) | Err(Errno::NOENT) => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(())
    }
}

/// A directory's own time changes with its entries, so a container's attributes are tied to nothing but its number.
fn tied(container: &Container) -> crate::sys::Stat {
    crate::sys::Stat { size: 0, mtime: 0, ..container.directory.stat }
}

fn not_empty(message: &'static str) -> Error {
    Error::new(ErrorKind::ContainerNotEmpty, message)
}

fn check_create(options: &CreateOptions) -> Result<()> {
    check_headers(&options.headers)?;
    if options.region.is_some() {
        return Err(unsupported("regions"));
    }
    if options.acl.is_some() {
        return Err(unsupported("canned access lists"));
    }
    if options.public_access.is_some() {
        return Err(unsupported("public access"));
    }
    Ok(())
}
