//! A store in memory: the driver contract in running form.
//!
//! It really keeps the data, as long as the process runs. Tests use it in the place of a service; it promises what the
//! contract promises and nothing more.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let storage = storage_core::memory::open();
//! storage.container("a")?.create().await?;
//! let names: Vec<_> = storage.containers().try_collect::<Vec<_>>().await?;
//! assert_eq!(names[0].name, "a");
//! # Ok::<(), storage_core::Error>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod groups;
mod listing;
mod state;
mod uploads;

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use bytes::Bytes;
use serde::Deserialize;

use self::state::{State, Stored};
use crate::body::Body;
use crate::capabilities::{Capabilities, PartOrder, PartRules};
use crate::checksum::{ChecksumAlgorithm, Checksums, Hasher, verify};
use crate::condition::check_match;
use crate::driver::Driver;
use crate::error::{Error, Result};
use crate::groups as group;
use crate::info::{ContainerInfo, GetOutcome, ListEntry, ObjectInfo, Page, PutOutcome};
use crate::name::{ContainerName, ObjectRef, directory_rule};
use crate::options::{
    ChecksumMode, ContainerQuery, CopyOptions, CreateOptions, DeleteContainerOptions, DeleteOptions,
    GetOptions, ListQuery, PutOptions,
};
use crate::pairs::Pairs;
use crate::payload::Payload;
use crate::provider::{Provider, ProviderId, ProviderInfo};
use crate::runtime::{Runtime, TokioRuntime};
use crate::storage::Storage;

/// Opens a new store in memory, which nobody else sees.
pub fn open() -> Storage {
    Storage::new(Arc::new(MemoryDriver::new()))
}

/// The provider of the registry: every `open` makes a new store, except for those that share a `name`.
pub static PROVIDER: Provider = Provider {
    scheme: "memory",
    protocol: "process memory",
    ids: &[ProviderId {
        id: "memory",
        aliases: &["dummy"],
        title: "In-memory store",
        preset: &[],
        environment: &[],
    }],
    environment: &[],
    keys: &["name"],
    aliases: &[],
    open: |pairs: &Pairs| Ok(pairs.parse::<MemoryConfig>()?.open()),
    put_options: |pairs: &Pairs| pairs.parse::<NoOptions>().map(|_| PutOptions::default()),
};

/// Settings of a store in memory.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct MemoryConfig {
    /// Stores of the same name are the same store, as long as the process runs.
    pub name: Option<String>,
    // The words that every constructor of Apache Libcloud takes; a store in memory has no use for them.
    key: Option<String>,
    secret: Option<crate::secret::Secret>,
    host: Option<String>,
    port: Option<u16>,
    secure: Option<bool>,
    region: Option<String>,
    token: Option<crate::secret::Secret>,
    timeout: Option<f64>,
    proxy_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoOptions {}

impl MemoryConfig {
    /// Opens the store.
    pub fn open(self) -> Storage {
        let Self { name, key, secret, host, port, secure, region, token, timeout, proxy_url } = self;
        drop((key, secret, host, port, secure, region, token, timeout, proxy_url));
        match name {
            Some(name) => Storage::new(state::shared(name)),
            None => open(),
        }
    }
}

/// The driver of a store in memory.
#[derive(Debug)]
pub struct MemoryDriver {
    info: ProviderInfo,
    capabilities: Arc<Capabilities>,
    runtime: Arc<dyn Runtime>,
    state: State,
}

static CAPABILITIES: LazyLock<Arc<Capabilities>> = LazyLock::new(|| {
    Arc::new(Capabilities {
        put_if_absent: true,
        put_if_match: true,
        delete_if_match: true,
        ordered_listing: true,
        start_after: true,
        any_delimiter: true,
        reports_existing_container: true,
        server_copy: true,
        copy_conditions: true,
        max_copy_bytes: u64::MAX,
        max_put_bytes: u64::MAX,
        max_object_bytes: u64::MAX,
        parts: PartRules {
            order: PartOrder::Any,
            min_bytes: 1,
            max_bytes: u64::MAX,
            multiple_bytes: 1,
            uniform: false,
            max_parts: 1_000_000,
            concurrency: usize::MAX,
            conditional: true,
            resumable: true,
            copy: true,
            stateless: false,
        },
        max_key_bytes: 1024,
        max_key_units: usize::MAX,
        key_line_breaks: true,
        key_rule: |_| None,
        metadata_rule: |_, _| None,
        max_metadata_bytes: 8192,
        read_versions: false,
        object_acls: false,
        container_websites: false,
        checksums: &[
            ChecksumAlgorithm::Crc64Nvme,
            ChecksumAlgorithm::Crc32c,
            ChecksumAlgorithm::Crc32,
            ChecksumAlgorithm::Sha1,
            ChecksumAlgorithm::Sha256,
            ChecksumAlgorithm::Md5,
        ],
        acls: &[],
        put_tags: true,
        storage_classes: false,
    })
});

impl MemoryDriver {
    /// Makes an empty store.
    pub fn new() -> Self {
        Self::with_runtime(Arc::new(TokioRuntime))
    }

    /// Makes an empty store that asks a runtime of the caller's for the time.
    pub fn with_runtime(runtime: Arc<dyn Runtime>) -> Self {
        Self {
            info: ProviderInfo::new("memory", "In-memory store", "memory", directory_rule),
            capabilities: Arc::clone(&CAPABILITIES),
            runtime,
            state: State::default(),
        }
    }

    /// Takes a payload into memory.
    async fn read(&self, payload: &Payload) -> Result<Bytes> {
        if let Payload::Bytes(pieces) = payload {
            return Ok(pieces.clone().into_bytes());
        }
        let mut body = payload.body(&self.runtime);
        let mut all = Vec::new();
        while let Some(piece) = body.next().await.transpose()? {
            all.extend_from_slice(&piece);
        }
        Ok(all.into())
    }
}

impl Default for MemoryDriver {
    fn default() -> Self {
        Self::new()
    }
}

/// Computes the checksum that stays with the content, and those that the caller expects of it.
fn checksums(bytes: &[u8], options: &PutOptions) -> Result<Checksums> {
    let kept = match options.checksum {
        ChecksumMode::Auto => Some(ChecksumAlgorithm::Crc64Nvme),
        ChecksumMode::Algorithm(algorithm) => Some(algorithm),
        ChecksumMode::Off => None,
    };
    let mut all = Checksums::new();
    for algorithm in kept.into_iter().chain(options.expected.iter().map(|it| it.algorithm())) {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(bytes);
        let found = hasher.finish();
        if let Some(want) = options.expected.get(algorithm) {
            verify(want, found)?;
        }
        all.insert(found);
    }
    Ok(all)
}

fn outcome(stored: &Stored) -> PutOutcome {
    PutOutcome {
        etag: stored.info.etag.clone(),
        checksums: stored.info.checksums.clone(),
        size: Some(stored.info.size),
        ..PutOutcome::default()
    }
}

#[async_trait]
impl Driver for MemoryDriver {
    fn provider(&self) -> &ProviderInfo {
        &self.info
    }

    async fn capabilities(&self, _: Option<&ContainerName>) -> Result<Arc<Capabilities>> {
        Ok(Arc::clone(&self.capabilities))
    }

    async fn describe(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    async fn list_containers(&self, query: &ContainerQuery) -> Result<Page<ContainerInfo>> {
        Ok(self.state.list_containers(query))
    }

    async fn create_container(&self, name: &ContainerName, options: &CreateOptions) -> Result<()> {
        let mut info = ContainerInfo::new(name.clone());
        info.created = Some(self.runtime.now().into());
        info.metadata = options.metadata.clone();
        self.state.create(info)
    }

    async fn head_container(&self, name: &ContainerName) -> Result<ContainerInfo> {
        self.state.with(name, |container| {
            let mut info = container.info.clone();
            info.object_count = Some(container.objects.len() as u64);
            info.total_bytes = Some(container.objects.values().map(|it| it.info.size).sum());
            Ok(info)
        })
    }

    async fn delete_container(&self, name: &ContainerName, _: &DeleteContainerOptions) -> Result<()> {
        self.state.delete(name)
    }

    async fn put_object(
        &self,
        target: ObjectRef<'_>,
        payload: Payload,
        options: &PutOptions,
    ) -> Result<PutOutcome> {
        let bytes = self.read(&payload).await?;
        let stored =
            Stored::new(target.key, bytes.clone(), options, checksums(&bytes, options)?, self.runtime.now());
        self.state.with(target.container, |container| {
            container.put(stored, &options.condition).map(|it| outcome(&it))
        })
    }

    async fn get_object(&self, target: ObjectRef<'_>, options: &GetOptions) -> Result<GetOutcome> {
        let stored = self.state.with(target.container, |container| container.find(target.key))?;
        options.check(&stored.info)?;
        let range: Range<u64> =
            options.range.map_or(Ok(0..stored.info.size), |it| it.resolve(stored.info.size))?;
        // The content is in memory, so its length is a `usize`.
        let slice = stored.bytes.slice(range.start as usize..range.end as usize);
        Ok(GetOutcome::new(stored.info.clone(), range, Body::from(slice)))
    }

    async fn head_object(&self, target: ObjectRef<'_>, options: &GetOptions) -> Result<ObjectInfo> {
        let stored = self.state.with(target.container, |container| container.find(target.key))?;
        options.check(&stored.info)?;
        Ok(stored.info.clone())
    }

    async fn delete_object(&self, target: ObjectRef<'_>, options: &DeleteOptions) -> Result<()> {
        self.state.with(target.container, |container| {
            if let Some(want) = &options.if_match {
                let found = container.objects.get(target.key.as_bytes().as_ref());
                check_match(want, found.and_then(|it| it.info.etag.as_ref()))?;
            }
            container.objects.remove(target.key.as_bytes().as_ref());
            Ok(())
        })
    }

    async fn copy_object(
        &self,
        from: ObjectRef<'_>,
        to: ObjectRef<'_>,
        options: &CopyOptions,
    ) -> Result<PutOutcome> {
        let source = self.state.with(from.container, |container| container.find(from.key))?;
        if let Some(want) = &options.source_if_match {
            check_match(want, source.info.etag.as_ref())?;
        }
        let stored = source.copied(to.key, options.replace.as_deref(), self.runtime.now());
        self.state
            .with(to.container, |container| container.put(stored, &options.condition).map(|it| outcome(&it)))
    }

    async fn list_objects(&self, container: &ContainerName, query: &ListQuery) -> Result<Page<ListEntry>> {
        self.state.with(container, |it| listing::page(&it.objects, query))
    }

    fn multipart(&self) -> Option<&dyn group::MultipartDriver> {
        Some(self)
    }

    fn presign(&self) -> Option<&dyn group::PresignDriver> {
        None
    }

    fn bulk_delete(&self) -> Option<&dyn group::BulkDeleteDriver> {
        Some(self)
    }

    fn incomplete_uploads(&self) -> Option<&dyn group::IncompleteUploadsDriver> {
        Some(self)
    }

    fn versions(&self) -> Option<&dyn group::VersionsDriver> {
        None
    }

    fn tags(&self) -> Option<&dyn group::TagsDriver> {
        Some(self)
    }

    fn acl(&self) -> Option<&dyn group::AclDriver> {
        None
    }

    fn metadata(&self) -> Option<&dyn group::MetadataDriver> {
        Some(self)
    }

    fn website(&self) -> Option<&dyn group::WebsiteDriver> {
        None
    }

    fn public_url(&self) -> Option<&dyn group::PublicUrlDriver> {
        None
    }

    fn rename(&self) -> Option<&dyn group::RenameDriver> {
        Some(self)
    }
}

/// The error for a page token that this store has not given.
fn bad_token() -> Error {
    Error::new(crate::error::ErrorKind::InvalidInput, "the page token is not one of this store")
}
