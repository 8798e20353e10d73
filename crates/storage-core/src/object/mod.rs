//! The handle of one object.

mod requests;

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use futures_util::StreamExt as _;
use http::Method;
use tokio::io::{AsyncRead, AsyncReadExt as _};

pub use requests::{Copy, Delete, Head};

use crate::capabilities::Capabilities;
use crate::check;
use crate::container::Container;
use crate::download::{DownloadFile, Get, GetRanges};
use crate::driver::Driver;
use crate::error::{Error, ErrorKind, Result};
use crate::groups::{Acl, MetadataUpdate, PresignOptions, PresignedRequest, RenameOptions, Tags};
use crate::idempotency::Operation;
use crate::name::{Key, ObjectRef};
use crate::options::{CannedAcl, PutOptions};
use crate::payload::Payload;
use crate::provider::ProviderInfo;
use crate::storage::Storage;
use crate::upload::{ObjectWriter, Put, Upload, source_error};

/// One key of one container. The handle is cheap, and the object need not exist.
#[derive(Clone, Debug)]
pub struct Object {
    container: Container,
    key: Key,
}

/// The media type of content that nothing is known of.
pub const DEFAULT_CONTENT_TYPE: &str = "application/octet-stream";

impl Object {
    pub(crate) fn new(container: Container, key: Key) -> Self {
        Self { container, key }
    }

    /// Returns the key.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Returns the container.
    pub fn container(&self) -> &Container {
        &self.container
    }

    /// Writes bytes in one request.
    pub fn put(&self, payload: impl Into<Payload>) -> Put {
        Put::new(self.clone(), payload.into())
    }

    /// Uploads a file: small ones in one request, large ones in parallel parts.
    pub fn upload_file(&self, path: impl Into<PathBuf>) -> Upload {
        Upload::file(self.clone(), path.into())
    }

    /// Uploads a file that is open for reading, from its first byte on, wherever its position is.
    ///
    /// Whoever has checked what a path leads to gives the open file, so that nobody can put another one in its place.
    pub fn upload_open_file(&self, file: File) -> Upload {
        Upload::open_file(self.clone(), file)
    }

    /// Uploads a stream of unknown length, in chunks of any size. An error of the stream commits nothing.
    pub fn upload_stream<S, E>(&self, stream: S) -> Upload
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        Upload::stream(
            self.clone(),
            Box::pin(stream.map(|chunk| chunk.map_err(|error| source_error(error.into())))),
        )
    }

    /// Uploads what a reader gives.
    pub fn upload_reader<R: AsyncRead + Send + 'static>(&self, reader: R) -> Upload {
        let start = (Box::pin(reader), bytes::BytesMut::new());
        let chunks = futures_util::stream::try_unfold(start, |(mut reader, mut buffer)| async move {
            buffer.reserve(READ_BYTES);
            let read = reader.read_buf(&mut buffer).await.map_err(|error| source_error(error.into()))?;
            Ok((read > 0).then(|| (buffer.split().freeze(), (reader, buffer))))
        });
        Upload::stream(self.clone(), Box::pin(chunks))
    }

    /// Opens a writer; `shutdown` commits the object.
    pub fn writer(&self) -> ObjectWriter {
        self.writer_with(|upload| upload)
    }

    /// Opens a writer with options: `object.writer_with(|upload| upload.content_type("text/plain"))`.
    pub fn writer_with(&self, configure: impl FnOnce(Upload) -> Upload) -> ObjectWriter {
        ObjectWriter::new(self.clone(), configure)
    }

    /// Reads the object or a range of it.
    pub fn get(&self) -> Get {
        Get::new(self.clone())
    }

    /// Reads several ranges, all of one version of the object, a few at a time.
    pub fn get_ranges(&self, ranges: &[Range<u64>]) -> GetRanges {
        GetRanges::new(self.clone(), ranges.to_vec())
    }

    /// Downloads into a file beside which it is gathered first; a path that ends in `/` or is a directory takes the
    /// key's last segment inside it.
    pub fn download_file(&self, path: impl Into<PathBuf>) -> DownloadFile {
        DownloadFile::new(self.clone(), path.into())
    }

    /// Asks what is known of the object, in one request.
    pub fn head(&self) -> Head {
        Head::new(self.clone())
    }

    /// Tells whether the object is there.
    ///
    /// # Errors
    /// Everything but `ObjectNotFound`; `PermissionDenied` never counts as an answer.
    pub async fn exists(&self) -> Result<bool> {
        match self.head().await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::ObjectNotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Deletes the object; one that is not there is a success.
    pub fn delete(&self) -> Delete {
        Delete::new(self.clone())
    }

    /// Copies the object: on the server where source and destination share a store, else through here.
    pub fn copy_to(&self, destination: &Object) -> Copy {
        Copy::new(self.clone(), destination.clone())
    }

    /// Moves the object to another key: in one step where the store can, else by a copy and a delete.
    ///
    /// # Errors
    /// Those of a copy and a delete. After a copy whose delete failed both objects are there.
    pub async fn rename_to(&self, destination: &Object) -> Result<()> {
        let same_container = self.container.name() == destination.container.name();
        if same_container && self.storage().same_store(destination.storage()) {
            if let Some(driver) = self.driver().rename() {
                let options = RenameOptions::default();
                return driver
                    .rename_object(self.target(), destination.target(), &options)
                    .await
                    .map_err(|error| self.explain(error, Operation::RenameObject));
            }
            if self.key == destination.key {
                return self.head().await.map(drop);
            }
        }
        let outcome = self.copy_to(destination).await?;
        drop(outcome);
        self.delete().await
    }

    /// Signs a request that somebody without credentials can send until it expires.
    ///
    /// # Errors
    /// `Unsupported` where the store has no signed addresses, `InvalidInput` for an expiry beyond its limit.
    pub async fn presign(&self, method: Method, expires: Duration) -> Result<PresignedRequest> {
        self.presign_with(&PresignOptions::new(method, expires)).await
    }

    /// Signs a request with more options.
    ///
    /// # Errors
    /// Those of [`presign`](Self::presign).
    pub async fn presign_with(&self, options: &PresignOptions) -> Result<PresignedRequest> {
        let driver = self.group(self.driver().presign(), "signed addresses")?;
        driver
            .presign(self.target(), options)
            .await
            .map_err(|error| self.explain(error, Operation::PresignObject))
    }

    /// Replaces the metadata without sending the content again.
    ///
    /// # Errors
    /// `ObjectNotFound`, `PreconditionFailed`, `InvalidInput`, and `Unsupported` where the store can't.
    pub async fn update_metadata(&self, update: impl Into<MetadataUpdate>) -> Result<()> {
        let update = update.into();
        update.metadata.check().map_err(|error| self.explain(error, Operation::UpdateMetadata))?;
        let driver = self.group(self.driver().metadata(), "metadata that can be changed in place")?;
        driver
            .update_metadata(self.target(), &update)
            .await
            .map_err(|error| self.explain(error, Operation::UpdateMetadata))
    }

    /// Returns the tags.
    ///
    /// # Errors
    /// `ObjectNotFound`, and `Unsupported` where the store has no tags.
    pub async fn tags(&self) -> Result<Tags> {
        let driver = self.group(self.driver().tags(), "tags")?;
        driver.tags(self.target()).await.map_err(|error| self.explain(error, Operation::GetTags))
    }

    /// Replaces all tags.
    ///
    /// # Errors
    /// Those of [`tags`](Self::tags).
    pub async fn set_tags(&self, tags: &Tags) -> Result<()> {
        let driver = self.group(self.driver().tags(), "tags")?;
        driver.set_tags(self.target(), tags).await.map_err(|error| self.explain(error, Operation::SetTags))
    }

    /// Returns who may do what with the object.
    ///
    /// # Errors
    /// `Unsupported` where the store has no access lists.
    pub async fn acl(&self) -> Result<Acl> {
        let driver = self.group(self.driver().acl(), "access lists")?;
        driver
            .acl(self.container.name(), Some(&self.key))
            .await
            .map_err(|error| self.explain(error, Operation::GetAcl))
    }

    /// Replaces who may do what by one of the store's canned lists.
    ///
    /// # Errors
    /// `Unsupported` where the store has no access lists.
    pub async fn set_canned_acl(&self, acl: CannedAcl) -> Result<()> {
        let driver = self.group(self.driver().acl(), "access lists")?;
        let done = driver.set_canned_acl(self.container.name(), Some(&self.key), acl).await;
        done.map_err(|error| self.explain(error, Operation::SetAcl))
    }

    /// Returns the address for readers without credentials; it is no promise that they may read it.
    ///
    /// # Errors
    /// `Unsupported` where the store has no such addresses.
    pub async fn public_url(&self) -> Result<String> {
        let driver = self.group(self.driver().public_url(), "public addresses")?;
        let url = driver.public_url(self.container.name(), Some(&self.key)).await;
        url.map_err(|error| self.explain(error, Operation::GetPublicUrl))
    }

    pub(crate) fn storage(&self) -> &Storage {
        self.container.storage()
    }

    pub(crate) fn driver(&self) -> &dyn Driver {
        self.storage().driver()
    }

    pub(crate) fn provider(&self) -> &ProviderInfo {
        self.storage().provider()
    }

    pub(crate) fn target(&self) -> ObjectRef<'_> {
        ObjectRef::new(self.container.name(), &self.key)
    }

    /// Asks for the limits of the store and holds the key against them.
    pub(crate) async fn capabilities(&self) -> Result<Arc<Capabilities>> {
        let found = self.driver().capabilities(Some(self.container.name())).await;
        let checked = found.and_then(|it| check::check_key(&self.key, &it).map(|()| it));
        checked.map_err(|error| self.explain_as(error, "check object"))
    }

    pub(crate) fn explain(&self, error: Error, operation: Operation) -> Error {
        self.explain_as(error, operation.name())
    }

    fn explain_as(&self, error: Error, operation: &'static str) -> Error {
        self.container.explain_as(error.with_key(&*self.key), operation)
    }

    fn group<'a, T: ?Sized>(&self, group: Option<&'a T>, feature: &str) -> Result<&'a T> {
        self.container.group(group, feature).map_err(|error| error.with_key(&*self.key))
    }

    /// Guesses the media type from the key, unless the caller gave one.
    pub(crate) fn guess_content_type(&self, options: &mut PutOptions) {
        let guess =
            || mime_guess::from_path(&*self.key).first_raw().unwrap_or(DEFAULT_CONTENT_TYPE).to_owned();
        options.content_type.get_or_insert_with(guess);
    }

    /// Guesses the media type from a file's name, when the key tells nothing.
    pub(crate) fn guess_content_type_from(&self, options: &mut PutOptions, path: &Path) {
        if options.content_type.is_none() && mime_guess::from_path(&*self.key).is_empty() {
            options.content_type = mime_guess::from_path(path).first_raw().map(str::to_owned);
        }
    }
}

/// How much of a reader one read takes.
const READ_BYTES: usize = 256 << 10;
