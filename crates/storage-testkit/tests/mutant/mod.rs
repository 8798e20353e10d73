//! The memory driver with one promise broken.

mod multipart;
mod objects;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use async_trait::async_trait;
use storage_core::groups::{
    AclDriver, BulkDeleteDriver, IncompleteUploadsDriver, MetadataDriver, MultipartDriver, PresignDriver,
    PublicUrlDriver, RenameDriver, TagsDriver, VersionsDriver, WebsiteDriver,
};
use storage_core::{
    Capabilities, ContainerInfo, ContainerName, ContainerQuery, CopyOptions, CreateOptions,
    DeleteContainerOptions, DeleteOptions, Driver, GetOptions, GetOutcome, Key, ListEntry, ListQuery,
    ObjectInfo, ObjectRef, Page, Payload, ProviderInfo, PutOptions, PutOutcome, Result, memory,
};
use storage_testkit::conformance::empty_container;

/// The promise that is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutation {
    None,
    PrefixGetsSlash,
    PrefixIsFolded,
    RangeEndInclusive,
    SuffixIsOffset,
    RangeIgnored,
    EndNotClamped,
    EmptyRangeRefused,
    IfAbsentIgnored,
    IfAbsentByHead,
    IfMatchIgnored,
    IfNoneMatchIgnored,
    CopyDropsMetadata,
    PutKeepsMetadata,
    DeleteMissingFails,
    DeleteMissingContainerSucceeds,
    DeleteTakesPrefix,
    PageSkipsLast,
    PageRepeatsLast,
    PagesEndEarly,
    LimitIgnored,
    PrefixesRepeat,
    OddKeysHidden,
    KeysAreDecoded,
    SlashesAreJoined,
    DotsAreResolved,
    CaseIsFolded,
    StartAfterInclusive,
    ChecksumIgnored,
    ChecksumsForgotten,
    EtagIsSize,
    HeadMissingSucceeds,
    ContainerDeletedWithObjects,
    CompleteInNumberOfArrival,
    CompleteChecksNoEtag,
    CompleteIgnoresCondition,
    AbortTwiceFails,
    PartsAreVisible,
    TornBody,
    Panics,
}

/// The memory driver with one promise broken.
#[derive(Debug)]
pub(crate) struct Mutant {
    inner: Arc<dyn Driver>,
    mutation: Mutation,
    /// How many puts have found nothing under their key.
    heads: AtomicUsize,
}

impl Mutant {
    pub(crate) fn new(mutation: Mutation) -> Self {
        Self { inner: memory::open().shared_driver(), mutation, heads: AtomicUsize::new(0) }
    }

    fn is(&self, mutation: Mutation) -> bool {
        self.mutation == mutation
    }

    /// Folds a key as broken drivers do.
    fn key(&self, key: &Key) -> Key {
        let folded = match self.mutation {
            Mutation::KeysAreDecoded => key.replace("%2F", "/").replace("%20", " "),
            Mutation::SlashesAreJoined => key.replace("//", "/"),
            Mutation::DotsAreResolved => key.replace("/./", "/").replace("../", ""),
            Mutation::CaseIsFolded => key.to_lowercase(),
            _ => return key.clone(),
        };
        Key::parse(folded).unwrap_or_else(|_| key.clone())
    }
}

#[async_trait]
impl Driver for Mutant {
    fn provider(&self) -> &ProviderInfo {
        self.inner.provider()
    }

    async fn capabilities(&self, container: Option<&ContainerName>) -> Result<Arc<Capabilities>> {
        self.inner.capabilities(container).await
    }

    async fn describe(&self) -> Vec<(String, String)> {
        self.inner.describe().await
    }

    async fn list_containers(&self, query: &ContainerQuery) -> Result<Page<ContainerInfo>> {
        self.inner.list_containers(query).await
    }

    async fn create_container(&self, name: &ContainerName, options: &CreateOptions) -> Result<()> {
        self.inner.create_container(name, options).await
    }

    async fn head_container(&self, name: &ContainerName) -> Result<ContainerInfo> {
        self.inner.head_container(name).await
    }

    async fn delete_container(&self, name: &ContainerName, options: &DeleteContainerOptions) -> Result<()> {
        if self.is(Mutation::ContainerDeletedWithObjects) {
            empty_container(&*self.inner, name).await?;
        }
        self.inner.delete_container(name, options).await
    }

    async fn put_object(
        &self,
        target: ObjectRef<'_>,
        payload: Payload,
        options: &PutOptions,
    ) -> Result<PutOutcome> {
        let key = self.key(target.key);
        self.broken_put(ObjectRef::new(target.container, &key), payload, options).await
    }

    async fn get_object(&self, target: ObjectRef<'_>, options: &GetOptions) -> Result<GetOutcome> {
        let key = self.key(target.key);
        self.broken_get(ObjectRef::new(target.container, &key), options).await
    }

    async fn head_object(&self, target: ObjectRef<'_>, options: &GetOptions) -> Result<ObjectInfo> {
        assert!(!self.is(Mutation::Panics), "this driver panics");
        let key = self.key(target.key);
        self.broken_head(ObjectRef::new(target.container, &key), options).await
    }

    async fn delete_object(&self, target: ObjectRef<'_>, options: &DeleteOptions) -> Result<()> {
        let key = self.key(target.key);
        self.broken_delete(ObjectRef::new(target.container, &key), options).await
    }

    async fn copy_object(
        &self,
        from: ObjectRef<'_>,
        to: ObjectRef<'_>,
        options: &CopyOptions,
    ) -> Result<PutOutcome> {
        let mut options = options.clone();
        if self.is(Mutation::CopyDropsMetadata) {
            options.replace.get_or_insert_default();
        }
        let (source, target) = (self.key(from.key), self.key(to.key));
        let (from, to) = (ObjectRef::new(from.container, &source), ObjectRef::new(to.container, &target));
        self.inner.copy_object(from, to, &options).await
    }

    async fn list_objects(&self, container: &ContainerName, query: &ListQuery) -> Result<Page<ListEntry>> {
        self.broken_list(container, query).await
    }

    fn multipart(&self) -> Option<&dyn MultipartDriver> {
        Some(self)
    }

    fn presign(&self) -> Option<&dyn PresignDriver> {
        self.inner.presign()
    }

    fn bulk_delete(&self) -> Option<&dyn BulkDeleteDriver> {
        self.inner.bulk_delete()
    }

    fn incomplete_uploads(&self) -> Option<&dyn IncompleteUploadsDriver> {
        self.inner.incomplete_uploads()
    }

    fn versions(&self) -> Option<&dyn VersionsDriver> {
        self.inner.versions()
    }

    fn tags(&self) -> Option<&dyn TagsDriver> {
        self.inner.tags()
    }

    fn acl(&self) -> Option<&dyn AclDriver> {
        self.inner.acl()
    }

    fn metadata(&self) -> Option<&dyn MetadataDriver> {
        self.inner.metadata()
    }

    fn website(&self) -> Option<&dyn WebsiteDriver> {
        self.inner.website()
    }

    fn public_url(&self) -> Option<&dyn PublicUrlDriver> {
        self.inner.public_url()
    }

    fn rename(&self) -> Option<&dyn RenameDriver> {
        self.inner.rename()
    }
}
