//! Listings as streams: pages are asked for as they are read, and one that goes in circles is found.

mod delete;
mod pager;

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

pub use delete::DeleteMany;
use pager::Pager;

use crate::check;
use crate::container::Container;
use crate::error::{Error, Result};
use crate::groups::{IncompleteUpload, UploadQuery};
use crate::idempotency::Operation;
use crate::info::{ContainerInfo, ListEntry, Page};
use crate::name::PageToken;
use crate::options::{ContainerQuery, ListQuery};
use crate::storage::Storage;

/// Makes the methods and the `Stream` that every listing has.
macro_rules! listing {
    ($name:ident, $item:ty) => {
        impl $name {
            /// Waits for the next entry; `None` at the end. After an error the listing has ended.
            ///
            /// # Errors
            /// What the store answers; an error is never the end of a complete listing.
            ///
            /// # Cancel safety
            /// No entry is lost when the future is dropped.
            pub async fn next(&mut self) -> Option<Result<$item>> {
                futures_util::StreamExt::next(self).await
            }

            /// Reads the listing to its end.
            ///
            /// # Errors
            /// The first error of the listing.
            pub async fn try_collect<C: Default + Extend<$item>>(mut self) -> Result<C> {
                let mut all = C::default();
                while let Some(entry) = self.next().await {
                    all.extend([entry?]);
                }
                Ok(all)
            }
        }

        impl Stream for $name {
            type Item = Result<$item>;

            fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
                self.start().poll_next(cx)
            }
        }
    };
}

/// A listing of containers.
#[derive(Debug)]
#[must_use = "nothing is asked until it is read"]
pub struct Containers {
    storage: Storage,
    query: ContainerQuery,
    pager: Option<Pager<ContainerInfo>>,
}

impl Containers {
    pub(crate) fn new(storage: Storage) -> Self {
        Self { storage, query: ContainerQuery::default(), pager: None }
    }

    /// Shows only names that start with this text.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.query = self.query.prefix(prefix);
        self
    }

    /// Asks for pages of at most this many entries.
    pub fn page_size(mut self, entries: u32) -> Self {
        self.query = self.query.limit(entries);
        self
    }

    fn start(&mut self) -> &mut Pager<ContainerInfo> {
        self.pager.get_or_insert_with(|| {
            let (storage, query) = (self.storage.clone(), self.query.clone());
            let token = query.page_token.clone();
            Pager::new(token, move |token| {
                let (storage, mut query) = (storage.clone(), query.clone());
                query.page_token = token;
                Box::pin(async move {
                    let page = storage.driver().list_containers(&query).await;
                    page.map_err(|error| storage.explain(error, Operation::ListContainers))
                })
            })
        })
    }
}

listing!(Containers, ContainerInfo);

/// A listing of objects.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// # let container = storage_core::memory::open().container("logs")?;
/// # container.create().await?;
/// # container.object("2026/a")?.put("x").await?;
/// let mut entries = container.list().prefix("2026/").delimiter("/");
/// while let Some(entry) = entries.next().await {
///     println!("{}", entry?.name());
/// }
/// # Ok::<(), storage_core::Error>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "nothing is asked until it is read"]
pub struct List {
    container: Container,
    query: ListQuery,
    pager: Option<Pager<ListEntry>>,
}

impl List {
    pub(crate) fn new(container: Container) -> Self {
        Self { container, query: ListQuery::default(), pager: None }
    }

    /// Takes the whole query at once.
    pub fn query(mut self, query: ListQuery) -> Self {
        self.query = query;
        self
    }

    /// Shows only keys that start with this text: a raw string, no slash is added.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.query = self.query.prefix(prefix);
        self
    }

    /// Shows keys that share the text up to this delimiter once, as a prefix.
    pub fn delimiter(mut self, delimiter: impl Into<String>) -> Self {
        self.query = self.query.delimiter(delimiter);
        self
    }

    /// Shows only keys behind this one.
    pub fn start_after(mut self, key: impl Into<String>) -> Self {
        self.query = self.query.start_after(key);
        self
    }

    /// Asks for pages of at most this many entries.
    pub fn page_size(mut self, entries: u32) -> Self {
        self.query = self.query.limit(entries);
        self
    }

    /// Asks for a single page: the first, or the one that a token stands for.
    ///
    /// # Errors
    /// What the store answers, `Unsupported` for a `start_after` or delimiter that it does not know.
    pub async fn page(self, token: Option<PageToken>) -> Result<Page<ListEntry>> {
        let mut query = self.query;
        query.page_token = token.or(query.page_token);
        fetch(&self.container, &query).await
    }

    fn start(&mut self) -> &mut Pager<ListEntry> {
        self.pager.get_or_insert_with(|| {
            let (container, query) = (self.container.clone(), self.query.clone());
            let token = query.page_token.clone();
            Pager::new(token, move |token| {
                let (container, mut query) = (container.clone(), query.clone());
                query.page_token = token;
                Box::pin(async move { fetch(&container, &query).await })
            })
        })
    }
}

listing!(List, ListEntry);

async fn fetch(container: &Container, query: &ListQuery) -> Result<Page<ListEntry>> {
    let explain = |error| container.explain_as(error, Operation::ListObjects.name());
    let driver = container.storage().driver();
    let capabilities = driver.capabilities(Some(container.name())).await.map_err(explain)?;
    let unsupported = |feature| Err(explain(Error::unsupported(driver.provider().id.clone(), feature)));
    if query.start_after.is_some() && !capabilities.start_after {
        return unsupported("listing that starts behind a key");
    }
    if query.delimiter.as_deref().is_some_and(|it| it != "/") && !capabilities.any_delimiter {
        return unsupported("listing with a delimiter other than `/`");
    }
    check::check_query(query).map_err(explain)?;
    driver.list_objects(container.name(), query).await.map_err(explain)
}

/// A listing of uploads that were begun and never ended.
#[derive(Debug)]
#[must_use = "nothing is asked until it is read"]
pub struct IncompleteUploads {
    container: Container,
    query: UploadQuery,
    pager: Option<Pager<IncompleteUpload>>,
}

impl IncompleteUploads {
    pub(crate) fn new(container: Container) -> Self {
        Self { container, query: UploadQuery::default(), pager: None }
    }

    /// Takes the whole query at once.
    pub fn query(mut self, query: UploadQuery) -> Self {
        self.query = query;
        self
    }

    /// Shows only keys that start with this text.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.query.prefix = Some(prefix.into());
        self
    }

    /// Leaves out keys that hold this delimiter behind the prefix.
    pub fn delimiter(mut self, delimiter: impl Into<String>) -> Self {
        self.query.delimiter = Some(delimiter.into());
        self
    }

    fn start(&mut self) -> &mut Pager<IncompleteUpload> {
        self.pager.get_or_insert_with(|| {
            let (container, query) = (self.container.clone(), self.query.clone());
            let token = query.page_token.clone();
            Pager::new(token, move |token| {
                let (container, mut query) = (container.clone(), query.clone());
                query.page_token = token;
                Box::pin(async move {
                    let storage = container.storage().clone();
                    let group = storage.driver().incomplete_uploads();
                    let driver = container.group(group, "listing of incomplete uploads")?;
                    let page = driver.list_uploads(container.name(), &query).await;
                    page.map_err(|error| container.explain_as(error, Operation::ListUploads.name()))
                })
            })
        })
    }
}

listing!(IncompleteUploads, IncompleteUpload);
