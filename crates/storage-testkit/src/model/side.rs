//! One of the two stores.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use storage_core::groups::{MetadataUpdate, PartRef, RenameOptions};
use storage_core::{
    ByteRange, Capabilities, ContainerName, CopyOptions, CreateOptions, DeleteContainerOptions,
    DeleteOptions, Driver, ETag, Error, ErrorKind, GetOptions, Key, ListEntry, ListQuery, ObjectInfo,
    ObjectRef, PartNumber, PartOrder, PutOptions, Result, Storage, WriteCondition,
};

use super::{Condition, Step};
use crate::conformance::{empty_container, pattern, unique_name};

/// What a step shows to its caller, without what may differ from store to store.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Seen {
    result: Result<Vec<String>, ErrorKind>,
    bytes: Vec<u8>,
}

impl Seen {
    /// Puts the lines in order, where a store promises none.
    pub(super) fn sort(&mut self) {
        if let Ok(lines) = &mut self.result {
            lines.sort();
        }
    }
}

/// A store, a container in it, and the entity tags it gave.
pub(super) struct Side {
    driver: Arc<dyn Driver>,
    capabilities: Arc<Capabilities>,
    container: ContainerName,
    /// The entity tags of each key: now, and before the last write.
    etags: BTreeMap<String, (Option<ETag>, Option<ETag>)>,
    keys: BTreeSet<String>,
}

impl Side {
    pub(super) async fn open(storage: &Storage) -> Result<Self> {
        let driver = storage.shared_driver();
        let container = ContainerName::parse(unique_name())?;
        driver.create_container(&container, &CreateOptions::new()).await?;
        let capabilities = driver.capabilities(Some(&container)).await?;
        Ok(Self { driver, capabilities, container, etags: BTreeMap::new(), keys: BTreeSet::new() })
    }

    pub(super) async fn close(&self) -> Result<()> {
        empty_container(&*self.driver, &self.container).await?;
        self.driver.delete_container(&self.container, &DeleteContainerOptions::new()).await
    }

    pub(super) fn is_ordered(&self) -> bool {
        self.capabilities.ordered_listing
    }

    /// Returns every key that a step named.
    pub(super) fn keys(&self) -> Vec<String> {
        self.keys.iter().cloned().collect()
    }

    /// Tells whether the store takes a step.
    pub(super) fn can(&self, step: &Step) -> bool {
        let it = &self.capabilities;
        let condition = |condition: &Condition| match condition {
            Condition::None => true,
            Condition::Absent => it.put_if_absent,
            Condition::Current | Condition::Stale => it.put_if_match,
        };
        match step {
            Step::Put { condition: wanted, .. } => condition(wanted),
            Step::Delete { condition: wanted, .. } => *wanted == Condition::None || it.delete_if_match,
            Step::Copy { .. } => it.server_copy,
            Step::Rename { .. } => self.driver.rename().is_some(),
            Step::Metadata { .. } => self.driver.metadata().is_some(),
            Step::List { start_after, .. } => start_after.is_none() || it.start_after,
            Step::Upload { condition: wanted, .. } => {
                let rules = it.parts;
                let conditional = *wanted == Condition::None || (rules.conditional && condition(wanted));
                // Parts of random sequences are small.
                self.driver.multipart().is_some()
                    && conditional
                    && rules.min_bytes <= 1_024
                    && rules.order == PartOrder::Any
                    && rules.multiple_bytes == 1
            }
            Step::Get { .. } | Step::Tail { .. } | Step::Head { .. } => true,
        }
    }

    /// Takes a step.
    pub(super) async fn take(&mut self, step: &Step) -> Seen {
        let mut bytes = Vec::new();
        let result = self.try_take(step, &mut bytes).await.map_err(|error| error.kind());
        Seen { result, bytes }
    }

    async fn try_take(&mut self, step: &Step, bytes: &mut Vec<u8>) -> Result<Vec<String>> {
        match step {
            Step::Put { key, content, len, metadata, condition } => {
                let mut options = described(*metadata);
                options.condition = self.condition(key, *condition);
                let id = self.key(key)?;
                let put =
                    self.driver.put_object(self.at(&id), pattern(*content, *len).into(), &options).await;
                self.wrote(key, put.map(|_| ())).await
            }
            Step::Get { key, range } => {
                let range = range.map(|(start, end)| ByteRange::Bounded { start, end });
                self.read(key, range, bytes).await
            }
            Step::Tail { key, bytes: count } => self.read(key, Some(ByteRange::Suffix(*count)), bytes).await,
            Step::Head { key } => {
                let id = self.key(key)?;
                Ok(lines(&self.driver.head_object(self.at(&id), &GetOptions::new()).await?))
            }
            Step::Delete { key, condition } => {
                let mut options = DeleteOptions::new();
                if let WriteCondition::IfMatch(etag) = self.condition(key, *condition) {
                    options.if_match = Some(etag);
                }
                let id = self.key(key)?;
                let deleted = self.driver.delete_object(self.at(&id), &options).await;
                self.wrote(key, deleted).await
            }
            Step::Copy { from, to } => {
                let (source, target) = (self.key(from)?, self.key(to)?);
                let (source, target) = (self.at(&source), self.at(&target));
                let copied = self.driver.copy_object(source, target, &CopyOptions::new()).await;
                self.wrote(to, copied.map(|_| ())).await
            }
            Step::Rename { from, to } => self.rename(from, to).await,
            Step::List { prefix, delimiter, start_after, limit } => {
                self.list(prefix, *delimiter, start_after.as_deref(), *limit).await
            }
            Step::Metadata { key, metadata } => {
                let (id, driver) = (self.key(key)?, Arc::clone(&self.driver));
                let Some(group) = driver.metadata() else { return Err(missing()) };
                let update = MetadataUpdate::from(described(Some(*metadata)).metadata);
                let updated = group.update_metadata(self.at(&id), &update).await;
                self.wrote(key, updated).await
            }
            Step::Upload { key, parts, complete, condition } => {
                self.upload(key, parts, *complete, *condition).await
            }
        }
    }

    fn key(&mut self, key: &str) -> Result<Key> {
        self.keys.insert(key.to_owned());
        Key::parse(key)
    }

    fn at<'a>(&'a self, key: &'a Key) -> ObjectRef<'a> {
        ObjectRef::new(&self.container, key)
    }

    /// Writes a condition with the entity tags of this store.
    fn condition(&self, key: &str, condition: Condition) -> WriteCondition {
        let known = self.etags.get(key);
        let etag = match condition {
            Condition::None => return WriteCondition::None,
            Condition::Absent => return WriteCondition::IfAbsent,
            Condition::Current => known.and_then(|it| it.0.clone()),
            Condition::Stale => known.and_then(|it| it.1.clone()),
        };
        WriteCondition::IfMatch(etag.unwrap_or_else(|| ETag::from("\"nobody-has-this\"")))
    }

    /// Asks for the entity tag behind a write that succeeded.
    async fn wrote(&mut self, key: &str, written: Result<()>) -> Result<Vec<String>> {
        written?;
        let id = self.key(key)?;
        let now = match self.driver.head_object(self.at(&id), &GetOptions::new()).await {
            Ok(info) => info.etag,
            Err(error) if error.kind() == ErrorKind::ObjectNotFound => None,
            Err(error) => return Err(error),
        };
        let known = self.etags.entry(key.to_owned()).or_default();
        if known.0 != now {
            known.1 = std::mem::replace(&mut known.0, now);
        }
        Ok(Vec::new())
    }

    async fn read(
        &mut self,
        key: &str,
        range: Option<ByteRange>,
        bytes: &mut Vec<u8>,
    ) -> Result<Vec<String>> {
        let id = self.key(key)?;
        let mut options = GetOptions::new();
        options.range = range;
        let mut outcome = self.driver.get_object(self.at(&id), &options).await?;
        while let Some(piece) = outcome.body.next().await {
            bytes.extend_from_slice(&piece?);
        }
        let mut seen = lines(&outcome.info);
        seen.push(format!("{:?}", outcome.range));
        Ok(seen)
    }

    async fn rename(&mut self, from: &str, to: &str) -> Result<Vec<String>> {
        let (source, target) = (self.key(from)?, self.key(to)?);
        let driver = Arc::clone(&self.driver);
        let Some(group) = driver.rename() else { return Err(missing()) };
        let renamed =
            group.rename_object(self.at(&source), self.at(&target), &RenameOptions::default()).await;
        self.wrote(to, renamed).await?;
        self.wrote(from, Ok(())).await
    }

    async fn list(
        &self,
        prefix: &str,
        delimiter: bool,
        after: Option<&str>,
        limit: Option<u32>,
    ) -> Result<Vec<String>> {
        let mut query = ListQuery::new().prefix(prefix);
        query.delimiter = delimiter.then(|| "/".to_owned());
        query.start_after = after.map(str::to_owned);
        query.limit = limit;
        let mut seen = Vec::new();
        loop {
            let page = self.driver.list_objects(&self.container, &query).await?;
            seen.extend(page.items.iter().map(|it| match it {
                ListEntry::Object(it) => format!("{:?} {}", it.key, it.size),
                ListEntry::Prefix(it) => format!("{it:?} prefix"),
            }));
            match page.next {
                Some(next) if query.page_token.as_ref() == Some(&next) => {
                    return Err(Error::new(ErrorKind::ListingLoop, "a page token came twice"));
                }
                Some(next) => query.page_token = Some(next),
                None => return Ok(seen),
            }
        }
    }

    async fn upload(
        &mut self,
        key: &str,
        parts: &[u64],
        complete: bool,
        condition: Condition,
    ) -> Result<Vec<String>> {
        const PART_BYTES: usize = 1_024;
        let id = self.key(key)?;
        let driver = Arc::clone(&self.driver);
        let Some(group) = driver.multipart() else { return Err(missing()) };
        let mut options = described(parts.first().copied());
        options.condition = self.condition(key, condition);
        let upload = group.create_upload(self.at(&id), &options).await?;
        let mut done = Vec::new();
        let mut number = PartNumber::FIRST;
        for (index, seed) in parts.iter().enumerate() {
            let part =
                PartRef { number, offset: (index * PART_BYTES) as u64, last: index + 1 == parts.len() };
            let content = pattern(*seed, PART_BYTES);
            done.push(group.put_part(self.at(&id), &upload, part, content.into(), &options).await?);
            number = number.next();
        }
        let completed = match complete {
            true => group.complete_upload(self.at(&id), &upload, &done, &options).await.map(|_| ()),
            false => Ok(()),
        };
        group.abort_upload(self.at(&id), &upload).await?;
        self.wrote(key, completed).await
    }
}

/// Makes the options that a seed stands for.
fn described(seed: Option<u64>) -> PutOptions {
    let mut options = PutOptions::new().content_type("application/octet-stream");
    if let Some(seed) = seed {
        options = options.content_type(format!("text/x-{}", seed % 5)).metadata("seed", seed.to_string());
        // None to two more entries.
        (0..seed % 3)
            .for_each(|it| options.metadata.insert(format!("name-{it}"), format!("value {seed}, {it}")));
    }
    options
}

fn lines(info: &ObjectInfo) -> Vec<String> {
    let mut lines = vec![
        format!("{:?} {}", info.key, info.size),
        format!("{:?} {:?}", info.content_type, info.content_encoding),
    ];
    lines.extend(info.metadata.iter().map(|(name, value)| format!("{name}={value}")));
    lines
}

fn missing() -> Error {
    Error::new(ErrorKind::Unsupported, "the driver has no such group")
}
