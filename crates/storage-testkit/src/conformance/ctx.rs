//! What a case works with: a store, an empty container, and short ways to call the driver.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use storage_core::{
    BoxFuture, Capabilities, Container, ContainerName, CopyOptions, CreateOptions, DeleteOptions, Driver,
    ETag, Error, ErrorKind, GetOptions, Key, ListEntry, ListQuery, Metadata, Object, ObjectInfo, ObjectRef,
    Page, Payload, PutOptions, PutOutcome, Result, Storage,
};

use super::harness::Harness;

/// A store, an empty container of the case's own, and short ways to call the driver.
#[derive(Clone)]
pub struct Ctx(Arc<Inner>);

struct Inner {
    harness: Arc<dyn Harness>,
    storage: Storage,
    capabilities: Arc<Capabilities>,
    container: ContainerName,
    names: Mutex<Vec<ContainerName>>,
}

/// An object as it was read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Got {
    /// What the store told of the object.
    pub info: ObjectInfo,
    /// The bytes that the driver promised.
    pub range: Range<u64>,
    /// The bytes that came.
    pub bytes: Bytes,
}

impl Ctx {
    pub(crate) async fn open(
        harness: Arc<dyn Harness>,
        storage: Storage,
        capabilities: Arc<Capabilities>,
    ) -> Result<Self> {
        let container = ContainerName::parse(harness.container_name())?;
        storage
            .driver()
            .create_container(&container, &CreateOptions::new())
            .await
            .map_err(of("create container"))?;
        let names = Mutex::new(vec![container.clone()]);
        Ok(Self(Arc::new(Inner { harness, storage, capabilities, container, names })))
    }

    /// Returns the driver under test.
    pub fn driver(&self) -> &dyn Driver {
        self.0.storage.driver()
    }

    /// Returns the storage under test.
    pub fn storage(&self) -> &Storage {
        &self.0.storage
    }

    /// Returns parameters and limits of the store.
    pub fn capabilities(&self) -> &Capabilities {
        &self.0.capabilities
    }

    /// Tells whether the store keeps an object under just this key.
    pub fn takes(&self, key: &str) -> bool {
        (self.0.capabilities.key_rule)(key).is_none()
    }

    /// Tells whether the store keeps this entry of metadata.
    pub fn takes_metadata(&self, name: &str, value: &str) -> bool {
        (self.0.capabilities.metadata_rule)(name, value).is_none()
    }

    /// Returns the name of the case's container.
    pub fn container(&self) -> &ContainerName {
        &self.0.container
    }

    /// Returns the handle of the case's container.
    ///
    /// # Errors
    /// `InvalidContainerName` when the harness gives names that the provider does not allow.
    pub fn handle(&self) -> Result<Container> {
        self.0.storage.container(self.0.container.as_str())
    }

    /// Returns the handle of an object in the case's container.
    ///
    /// # Errors
    /// `InvalidInput` when the key can't be one.
    pub fn object(&self, key: &str) -> Result<Object> {
        self.handle()?.object(key)
    }

    /// Returns the name of another container, which is removed after the case if it is there then.
    ///
    /// # Errors
    /// `InvalidContainerName` when the harness gives an impossible name.
    pub fn spare_name(&self) -> Result<ContainerName> {
        let name = ContainerName::parse(self.0.harness.container_name())?;
        self.0.names.lock().unwrap_or_else(PoisonError::into_inner).push(name.clone());
        Ok(name)
    }

    /// Makes another container, which is removed after the case.
    ///
    /// # Errors
    /// Whatever the driver reports.
    pub async fn spare_container(&self) -> Result<ContainerName> {
        let name = self.spare_name()?;
        self.driver().create_container(&name, &CreateOptions::new()).await.map_err(of("create container"))?;
        Ok(name)
    }

    pub(crate) fn names(&self) -> Vec<ContainerName> {
        self.0.names.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Writes an object.
    ///
    /// # Errors
    /// Whatever the driver reports.
    pub async fn put(&self, key: &str, content: impl Into<Payload>) -> Result<PutOutcome> {
        self.put_with(key, content, &PutOptions::new()).await
    }

    /// Writes an object with options.
    ///
    /// # Errors
    /// Whatever the driver reports.
    pub async fn put_with(
        &self,
        key: &str,
        content: impl Into<Payload>,
        options: &PutOptions,
    ) -> Result<PutOutcome> {
        let id = Key::parse(key)?;
        let target = ObjectRef::new(&self.0.container, &id);
        self.driver().put_object(target, content.into(), options).await.map_err(at("put object", key))
    }

    /// Writes objects that hold their own keys, several at once.
    ///
    /// # Errors
    /// Whatever the driver reports.
    pub async fn fill<S: AsRef<str>>(&self, keys: impl IntoIterator<Item = S>) -> Result<()> {
        let puts: Vec<BoxFuture<'_, Result<()>>> = keys
            .into_iter()
            .map(|key| {
                let key = key.as_ref().to_owned();
                Box::pin(async move { self.put(&key, key.clone()).await.map(|_| ()) }) as _
            })
            .collect();
        stream::iter(puts).buffer_unordered(16).try_collect().await
    }

    /// Reads an object.
    ///
    /// # Errors
    /// Whatever the driver reports.
    pub async fn get(&self, key: &str) -> Result<Got> {
        self.get_with(key, &GetOptions::new()).await
    }

    /// Reads an object with options.
    ///
    /// # Errors
    /// Whatever the driver or its body reports.
    pub async fn get_with(&self, key: &str, options: &GetOptions) -> Result<Got> {
        let id = Key::parse(key)?;
        let target = ObjectRef::new(&self.0.container, &id);
        let outcome = self.driver().get_object(target, options).await.map_err(at("get object", key))?;
        let mut body = outcome.body;
        let mut bytes = BytesMut::new();
        while let Some(piece) = body.next().await {
            bytes.extend_from_slice(&piece.map_err(at("read body", key))?);
        }
        Ok(Got { info: outcome.info, range: outcome.range, bytes: bytes.freeze() })
    }

    /// Asks for an object.
    ///
    /// # Errors
    /// Whatever the driver reports.
    pub async fn head(&self, key: &str) -> Result<ObjectInfo> {
        self.head_with(key, &GetOptions::new()).await
    }

    /// Asks for an object with options.
    ///
    /// # Errors
    /// Whatever the driver reports.
    pub async fn head_with(&self, key: &str, options: &GetOptions) -> Result<ObjectInfo> {
        let id = Key::parse(key)?;
        let target = ObjectRef::new(&self.0.container, &id);
        self.driver().head_object(target, options).await.map_err(at("head object", key))
    }

    /// Asks for the entity tag of an object.
    ///
    /// # Errors
    /// `UnexpectedResponse` when the store gives none, or whatever the driver reports.
    pub async fn etag(&self, key: &str) -> Result<ETag> {
        let none = || Error::new(ErrorKind::UnexpectedResponse, "the head has no entity tag");
        self.head(key).await?.etag.ok_or_else(none).map_err(at("head object", key))
    }

    /// Deletes an object.
    ///
    /// # Errors
    /// Whatever the driver reports.
    pub async fn delete(&self, key: &str) -> Result<()> {
        self.delete_with(key, &DeleteOptions::new()).await
    }

    /// Deletes an object with options.
    ///
    /// # Errors
    /// Whatever the driver reports.
    pub async fn delete_with(&self, key: &str, options: &DeleteOptions) -> Result<()> {
        let id = Key::parse(key)?;
        let target = ObjectRef::new(&self.0.container, &id);
        self.driver().delete_object(target, options).await.map_err(at("delete object", key))
    }

    /// Copies an object.
    ///
    /// # Errors
    /// Whatever the driver reports.
    pub async fn copy(&self, from: &str, to: &str) -> Result<PutOutcome> {
        self.copy_with(from, to, &CopyOptions::new()).await
    }

    /// Copies an object with options.
    ///
    /// # Errors
    /// Whatever the driver reports.
    pub async fn copy_with(&self, from: &str, to: &str, options: &CopyOptions) -> Result<PutOutcome> {
        let (source, target) = (Key::parse(from)?, Key::parse(to)?);
        let source = ObjectRef::new(&self.0.container, &source);
        let target = ObjectRef::new(&self.0.container, &target);
        self.driver().copy_object(source, target, options).await.map_err(at("copy object", from))
    }

    /// Lists one page.
    ///
    /// # Errors
    /// Whatever the driver reports.
    pub async fn page(&self, query: &ListQuery) -> Result<Page<ListEntry>> {
        self.driver().list_objects(&self.0.container, query).await.map_err(of("list objects"))
    }

    /// Lists all pages.
    ///
    /// # Errors
    /// `ListingLoop` when a token comes twice, or whatever the driver reports.
    pub async fn list(&self, query: &ListQuery) -> Result<Vec<ListEntry>> {
        let mut query = query.clone();
        let mut entries = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        loop {
            let page = self.page(&query).await?;
            entries.extend(page.items);
            let Some(next) = page.next else { return Ok(entries) };
            if !seen.insert(next.clone()) {
                return Err(of("list objects")(Error::new(
                    ErrorKind::ListingLoop,
                    "a page token came twice",
                )));
            }
            query.page_token = Some(next);
        }
    }

    /// Lists the names of all entries, in the order they come where the store promises one, else sorted.
    ///
    /// # Errors
    /// As for [`list`](Self::list).
    pub async fn names_of(&self, query: &ListQuery) -> Result<Vec<String>> {
        let entries = self.list(query).await?;
        let mut names: Vec<_> = entries.iter().map(|it| it.name().as_str().to_owned()).collect();
        if !self.0.capabilities.ordered_listing {
            names.sort();
        }
        Ok(names)
    }

    /// Lists all keys.
    ///
    /// # Errors
    /// As for [`list`](Self::list).
    pub async fn keys(&self) -> Result<Vec<String>> {
        self.names_of(&ListQuery::new()).await
    }

    /// Returns the size of a part that may stand anywhere in an upload.
    pub fn part_bytes(&self) -> usize {
        let rules = self.0.capabilities.parts;
        let multiple = rules.multiple_bytes.max(1);
        let size = rules.min_bytes.max(1_000).div_ceil(multiple) * multiple;
        usize::try_from(size.min(rules.max_bytes)).unwrap_or(usize::MAX)
    }
}

impl fmt::Debug for Ctx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ctx").field("storage", &self.0.storage).field("container", &self.0.container).finish()
    }
}

impl Got {
    /// Returns the caller's own map.
    pub fn metadata(&self) -> &Metadata {
        &self.info.metadata
    }
}

/// Makes bytes that no shift, repetition or swap of blocks leaves the same; each seed gives others.
///
/// ```
/// use storage_testkit::conformance::pattern;
/// assert_eq!(pattern(7, 100).len(), 100);
/// assert_ne!(pattern(7, 100), pattern(8, 100));
/// assert_eq!(pattern(7, 100)[..50], pattern(7, 50)[..]);
/// ```
pub fn pattern(seed: u64, len: usize) -> Bytes {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = BytesMut::with_capacity(len.next_multiple_of(8));
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(len);
    bytes.freeze()
}

fn of(operation: &'static str) -> impl Fn(Error) -> Error {
    move |error| error.with_operation(operation)
}

fn at(operation: &'static str, key: &str) -> impl Fn(Error) -> Error {
    move |error| error.with_operation(operation).with_key(key)
}
