//! A view of the keys below a prefix.

mod driver;
mod groups;

use std::sync::Arc;

use futures_util::StreamExt as _;

use crate::body::Body;
use crate::driver::Driver;
use crate::error::{Error, ErrorKind, Result};
use crate::info::{ContainerInfo, ObjectEntry, Page};
use crate::name::{Key, ObjectRef};
use crate::storage::Storage;

/// Shows the keys below a prefix as if they were all there is, in every container of a storage.
///
/// The prefix is a raw text that is put before every key; to stand for a directory it ends in a slash. Keys that do not
/// start with it are neither shown nor reached, and so is an object whose key is the prefix itself, since no key is
/// empty. The longest key is shorter by the prefix.
///
/// Containers can be created, listed and asked for, without the number and the size of their objects. What belongs to a
/// container as a whole can be read and not changed: deleting it, its access list, metadata, versioning and delivery
/// network are `Unsupported`, as is its public address. There are no websites, whose documents lie at the root.
///
/// It is a view, not a wall: signed and public addresses hold the prefix, and so may page tokens and the texts and
/// sources of errors, which are the store's own.
///
/// ```
/// use storage_core::{memory, wrap};
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let storage = memory::open();
/// let tenant = wrap::prefix(&storage, "tenants/42/")?;
/// let data = tenant.container("data")?;
/// data.create().await?;
/// data.object("a.txt")?.put("x").await?;
///
/// let seen: Vec<_> = data.list().try_collect::<Vec<_>>().await?;
/// assert_eq!(seen[0].name(), &"a.txt");
/// assert!(storage.container("data")?.object("tenants/42/a.txt")?.exists().await?);
/// # Ok::<(), storage_core::Error>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// `InvalidInput` when the prefix holds a NUL character.
pub fn prefix(storage: &Storage, prefix: impl Into<String>) -> Result<Storage> {
    let view = PrefixView::new(storage.shared_driver(), prefix)?;
    Ok(storage.with_driver(Arc::new(view)))
}

/// The driver of [`prefix()`](prefix).
#[derive(Clone, Debug)]
pub struct PrefixView {
    inner: Arc<dyn Driver>,
    prefix: Arc<str>,
}

impl PrefixView {
    /// Makes a view of a driver.
    ///
    /// # Errors
    /// `InvalidInput` when the prefix holds a NUL character.
    pub fn new(inner: Arc<dyn Driver>, prefix: impl Into<String>) -> Result<Self> {
        let prefix = prefix.into();
        if prefix.contains('\0') {
            return Err(Error::new(ErrorKind::InvalidInput, "a prefix can't hold a NUL character"));
        }
        Ok(Self { inner, prefix: prefix.into() })
    }

    /// Returns the driver inside.
    pub fn inner(&self) -> &Arc<dyn Driver> {
        &self.inner
    }

    /// Returns the prefix.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The text as the store knows it.
    fn full(&self, text: &str) -> String {
        format!("{}{text}", self.prefix)
    }

    /// The key as the store knows it.
    fn key(&self, key: &Key) -> Result<Key> {
        Key::parse(self.full(key))
    }

    /// The key as the view shows it; `None` when it is not below the prefix.
    fn shown(&self, key: &Key) -> Option<Key> {
        // The rest is a slice of the same page; an empty one is no key.
        key.starts_with(&*self.prefix)
            .then(|| key.as_bytes().slice(self.prefix.len()..))
            .and_then(|rest| Key::from_shared(rest).ok())
    }

    fn shown_entry(&self, entry: ObjectEntry) -> Option<ObjectEntry> {
        Some(ObjectEntry { key: self.shown(&entry.key)?, ..entry })
    }

    /// A page without what is not below the prefix.
    fn page<T>(page: Page<T>, shown: impl Fn(T) -> Option<T>) -> Page<T> {
        Page::new(page.items.into_iter().filter_map(shown).collect(), page.next)
    }

    /// Names the key of an error as the view does.
    fn explain<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|error| explain(error, &self.prefix))
    }

    fn body(&self, body: Body) -> Body {
        let prefix = Arc::clone(&self.prefix);
        Body::new(body.map(move |piece| piece.map_err(|error| explain(error, &prefix))))
    }

    /// The error for what would touch more than the view.
    fn refuse(&self, what: &str) -> Error {
        let message = format!("a view of a prefix can't {what}; use the storage that it is a view of");
        Error::new(ErrorKind::Unsupported, message).with_provider(self.inner.provider().id.clone())
    }

    fn group<'a, T: ?Sized>(&self, group: Option<&'a T>, feature: &str) -> Result<&'a T> {
        group.ok_or_else(|| Error::unsupported(self.inner.provider().id.clone(), feature))
    }
}

/// Makes an error of the store speak of the key that the caller knows; the store's own words are its source.
fn explain(error: Error, prefix: &str) -> Error {
    let Some(key) = error.key().and_then(|key| key.strip_prefix(prefix)).filter(|_| !prefix.is_empty())
    else {
        return error;
    };
    let mut shown = Error::new(error.kind(), error.message().to_owned())
        .with_key(key)
        .with_attempts(error.attempts())
        .with_retryable(error.is_retryable());
    if let Some(operation) = error.operation() {
        shown = shown.with_operation(operation);
    }
    if let Some(provider) = error.provider() {
        shown = shown.with_provider(provider.to_owned());
    }
    if let Some(container) = error.container() {
        shown = shown.with_container(container);
    }
    if let Some(status) = error.status() {
        shown = shown.with_status(status);
    }
    if let Some(code) = error.code() {
        shown = shown.with_code(code);
    }
    if let Some(id) = error.request_id() {
        shown = shown.with_request_id(id);
    }
    if let Some(id) = error.upload_id() {
        shown = shown.with_upload_id(id);
    }
    if let Some(wait) = error.retry_after() {
        shown = shown.with_retry_after(wait);
    }
    shown.with_source(error)
}

/// What a view knows of a container: the totals are not its own.
fn without_totals(info: ContainerInfo) -> ContainerInfo {
    ContainerInfo { object_count: None, total_bytes: None, ..info }
}

/// The address of an object by the key that the store knows.
fn at<'a>(target: ObjectRef<'a>, key: &'a Key) -> ObjectRef<'a> {
    ObjectRef::new(target.container, key)
}
