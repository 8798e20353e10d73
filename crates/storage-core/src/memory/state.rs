//! What a store in memory keeps.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;

use super::MemoryDriver;
use super::uploads::Pending;
use crate::checksum::Checksums;
use crate::error::{Error, ErrorKind, Result};
use crate::groups::Tags;
use crate::info::{ContainerInfo, ObjectInfo, Page};
use crate::name::{ContainerName, ETag, Key, PageToken};
use crate::options::{ContainerQuery, PutOptions, WriteCondition};

/// All containers behind one lock, which is never held across an await.
#[derive(Debug, Default)]
pub(super) struct State(Mutex<BTreeMap<ContainerName, Held>>);

/// One container.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) info: ContainerInfo,
    pub(super) objects: BTreeMap<Bytes, Arc<Stored>>,
    pub(super) uploads: BTreeMap<String, Pending>,
}

/// One object.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) info: ObjectInfo,
    pub(super) bytes: Bytes,
    pub(super) tags: Tags,
}

impl State {
    /// Works on a container that must be there.
    pub(super) fn with<T>(
        &self,
        name: &ContainerName,
        work: impl FnOnce(&mut Held) -> Result<T>,
    ) -> Result<T> {
        match self.lock().get_mut(name) {
            Some(container) => work(container),
            None => Err(Error::new(ErrorKind::ContainerNotFound, "there is no such container")),
        }
    }

    pub(super) fn create(&self, info: ContainerInfo) -> Result<()> {
        let mut all = self.lock();
        if all.contains_key(&info.name) {
            return Err(Error::new(
                ErrorKind::ContainerAlreadyExists,
                "there is a container of that name already",
            ));
        }
        let held = Held { info, objects: BTreeMap::new(), uploads: BTreeMap::new() };
        all.insert(held.info.name.clone(), held);
        Ok(())
    }

    pub(super) fn delete(&self, name: &ContainerName) -> Result<()> {
        let mut all = self.lock();
        match all.get(name) {
            None => Err(Error::new(ErrorKind::ContainerNotFound, "there is no such container")),
            Some(held) if !held.objects.is_empty() => {
                Err(Error::new(ErrorKind::ContainerNotEmpty, "the container still holds objects"))
            }
            Some(_) => {
                all.remove(name);
                Ok(())
            }
        }
    }

    pub(super) fn list_containers(&self, query: &ContainerQuery) -> Page<ContainerInfo> {
        let prefix = query.prefix.as_deref().unwrap_or_default();
        let limit = query.limit.unwrap_or(1000).max(1) as usize;
        let all = self.lock();
        let mut found =
            all.values().map(|held| &held.info).filter(|info| info.name.starts_with(prefix)).filter(|info| {
                query.page_token.as_ref().is_none_or(|token| info.name.as_str() > token.as_str())
            });
        let items: Vec<_> = found.by_ref().take(limit).cloned().collect();
        let next = found.next().and(items.last()).map(|info| PageToken::new(info.name.as_str()));
        Page::new(items, next)
    }

    /// Work that panicked has changed at most one entry, each of which is whole.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<ContainerName, Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    pub(super) fn find(&self, key: &Key) -> Result<Arc<Stored>> {
        let found = self.objects.get(key.as_bytes()).cloned();
        found.ok_or_else(|| Error::new(ErrorKind::ObjectNotFound, "there is no such object"))
    }

    /// Puts an object in its place if the condition holds.
    pub(super) fn put(&mut self, stored: Stored, condition: &WriteCondition) -> Result<Arc<Stored>> {
        let place = stored.info.key.as_bytes().clone();
        condition.check(self.objects.get(&place).and_then(|it| it.info.etag.as_ref()))?;
        let stored = Arc::new(stored);
        self.objects.insert(place, Arc::clone(&stored));
        Ok(stored)
    }
}

impl Stored {
    pub(super) fn new(
        key: &Key,
        bytes: Bytes,
        options: &PutOptions,
        checksums: Checksums,
        now: SystemTime,
    ) -> Self {
        let mut info = ObjectInfo::new(key.clone(), bytes.len() as u64);
        info.checksums = checksums;
        let mut stored = Self { info, bytes, tags: Tags::new() };
        stored.describe(options);
        stored.stamp(now);
        stored
    }

    /// Makes the copy under another key.
    pub(super) fn copied(&self, key: &Key, replace: Option<&PutOptions>, now: SystemTime) -> Self {
        let mut copy = self.clone();
        copy.info.key = key.clone();
        if let Some(options) = replace {
            copy.describe(options);
        }
        copy.stamp(now);
        copy
    }

    fn describe(&mut self, options: &PutOptions) {
        let info = &mut self.info;
        info.content_type.clone_from(&options.content_type);
        info.content_encoding.clone_from(&options.content_encoding);
        info.content_disposition.clone_from(&options.content_disposition);
        info.content_language.clone_from(&options.content_language);
        info.cache_control.clone_from(&options.cache_control);
        info.metadata = options.metadata.clone();
        self.tags = options.tag.clone();
    }

    fn stamp(&mut self, now: SystemTime) {
        self.info.last_modified = Some(now.into());
        self.info.etag = Some(next_etag());
    }
}

/// Gives an entity tag that no other content of this process has.
pub(super) fn next_etag() -> ETag {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    ETag::new(format!("\"{:016x}\"", NEXT.fetch_add(1, Ordering::Relaxed)))
}

/// Finds or makes the store of a name.
pub(super) fn shared(name: String) -> Arc<MemoryDriver> {
    static SHARED: LazyLock<Mutex<HashMap<String, Arc<MemoryDriver>>>> = LazyLock::new(Mutex::default);
    let mut all = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(all.entry(name).or_default())
}
