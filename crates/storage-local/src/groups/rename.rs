//! Renames: one system call that is seen whole or not at all.

use std::os::fd::AsFd as _;

use async_trait::async_trait;
use storage_core::groups::{RenameDriver, RenameOptions};
use storage_core::{ContainerName, Error, ErrorKind, Key, ObjectRef, Result, WriteCondition, check_match};

use crate::driver::{LocalDriver, about};
use crate::error::{Explain as _, already_exists, failed, no_object};
use crate::path::ObjectPath;
use crate::store::Store;
use crate::sys::{Errno, LockMode, Replace};
use crate::write::etag;

/// How often a rename is begun again because somebody removed the directory that it goes to.
const TRIES: usize = 64;

impl Store {
    /// Moves an object to another key of its container.
    pub(crate) fn rename_object(
        &self,
        container: &ContainerName,
        from: &Key,
        to: &Key,
        options: &RenameOptions,
    ) -> Result<()> {
        let container = self.container(container)?;
        let (source, target) = (ObjectPath::new(&container.name, from), ObjectPath::new(&container.name, to));
        let must_know = matches!(options.condition, WriteCondition::IfMatch(_));
        let mode = |alone: bool| if alone { LockMode::Exclusive } else { LockMode::Shared };
        let locks = [(&**from, mode(options.source_if_match.is_some())), (&**to, mode(must_know))];
        for _ in 0..TRIES {
            let _locks = self.lock_both(&container, locks)?;
            let parent = match self.parent(&container, source.parent()) {
                Err(Errno::NOENT | Errno::NOTDIR) => return Err(no_object()),
                other => other.explain()?,
            };
            let at = parent.as_ref().map_or(container.file(), |it| it.as_fd());
            let stat = self.look(at, source.name())?.ok_or_else(no_object)?;
            if let Some(want) = &options.source_if_match {
                check_match(want, Some(&etag(&stat)))?;
            }
            if from == to {
                return options.condition.check(Some(&etag(&stat)));
            }
            let to_parent = match self.make_parent(&container, target.parent()) {
                Err(Errno::NOENT) => continue,
                other => other.explain()?,
            };
            let to_at = to_parent.as_ref().map_or(container.file(), |it| it.as_fd());
            let old = self.look(to_at, target.name())?;
            options.condition.check(old.as_ref().map(etag).as_ref())?;
            let to_directory = to_parent.as_ref().zip(target.parent()).map(|(it, path)| (path, it.as_fd()));
            // The object must not move to where a crash would forget the directory.
            self.sync_above(&container, to_directory)?;
            // Readers on either side of the rename find the attributes.
            self.rekey_sidecar(&container, &stat, from, &[from, to])?;
            let replace =
                if options.condition == WriteCondition::IfAbsent { Replace::No } else { Replace::Yes };
            match self.sys.rename(at, source.name(), to_at, target.name(), replace) {
                Ok(()) => {}
                Err(Errno::EXIST) => return Err(already_exists()),
                Err(Errno::NOENT) => continue,
                Err(error) => return Err(failed(error)),
            }
            self.sync_entry(&container, to_directory)?;
            if self.is_durable() {
                self.sys.sync(at).explain()?;
            }
            self.rekey_sidecar(&container, &stat, to, &[to])?;
            if let Some(old) = old {
                self.drop_sidecar(&container, &old);
            }
            if let Some(path) = source.parent() {
                self.remove_empty_directories(&container, path);
            }
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Io,
            "the directory of the object is removed again and again; try once more",
        ))
    }
}

#[async_trait]
impl RenameDriver for LocalDriver {
    async fn rename_object(
        &self,
        from: ObjectRef<'_>,
        to: ObjectRef<'_>,
        options: &RenameOptions,
    ) -> Result<()> {
        if from.container != to.container {
            return Err(about(to)(Error::new(
                ErrorKind::InvalidInput,
                "a rename stays inside one container",
            )));
        }
        let (container, source, target, options) =
            (from.container.clone(), from.key.clone(), to.key.clone(), options.clone());
        let renamed =
            self.store.run(move |store| store.rename_object(&container, &source, &target, &options)).await;
        renamed.map_err(|error| match error.kind() {
            ErrorKind::ObjectNotFound => about(from)(error),
            _ => about(to)(error),
        })
    }
}
