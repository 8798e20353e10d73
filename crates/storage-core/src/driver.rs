//! The contract that every provider implements.
//!
//! Each sentence in the documentation of a method is a promise, and the test kit has a case with the same words.

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use crate::capabilities::Capabilities;
use crate::error::Result;
use crate::groups::{
    AclDriver, BulkDeleteDriver, IncompleteUploadsDriver, MetadataDriver, MultipartDriver, PresignDriver,
    PublicUrlDriver, RenameDriver, TagsDriver, VersionsDriver, WebsiteDriver,
};
use crate::info::{ContainerInfo, GetOutcome, ListEntry, ObjectInfo, Page, PutOutcome};
use crate::name::{ContainerName, ObjectRef};
use crate::options::{
    ContainerQuery, CopyOptions, CreateOptions, DeleteContainerOptions, DeleteOptions, GetOptions, ListQuery,
    PutOptions,
};
use crate::payload::Payload;
use crate::provider::ProviderInfo;

/// A store, as the handles see it. Handles have checked names, options and capabilities before a call arrives here.
///
/// Methods are safe to call from many tasks at once. A driver answers `Unsupported` only where the service itself
/// refuses; it emulates no atomic promise with two requests.
#[async_trait]
pub trait Driver: Any + Debug + Send + Sync {
    /// Says who the store is.
    fn provider(&self) -> &ProviderInfo;

    /// Returns parameters and limits, asked of the service where it tells, and cached.
    async fn capabilities(&self, container: Option<&ContainerName>) -> Result<Arc<Capabilities>>;

    /// Returns what is worth knowing of how the store is reached, such as the endpoint and where credentials come from,
    /// by names for people; it may look credentials up, and never tells a secret.
    async fn describe(&self) -> Vec<(String, String)>;

    /// Lists containers by name.
    ///
    /// A page token of one page gives the page behind it. A prefix limits the names.
    async fn list_containers(&self, query: &ContainerQuery) -> Result<Page<ContainerInfo>>;

    /// Creates a container.
    ///
    /// One that exists is `ContainerAlreadyExists` where the store reports it.
    async fn create_container(&self, name: &ContainerName, options: &CreateOptions) -> Result<()>;

    /// Returns what is known of a container.
    ///
    /// One that is missing is `ContainerNotFound`.
    async fn head_container(&self, name: &ContainerName) -> Result<ContainerInfo>;

    /// Deletes a container that is empty.
    ///
    /// One with objects is `ContainerNotEmpty`, and nothing is lost. One that is missing is `ContainerNotFound`.
    async fn delete_container(&self, name: &ContainerName, options: &DeleteContainerOptions) -> Result<()>;

    /// Writes an object whole, or not at all.
    ///
    /// An object that is there is replaced, its metadata too. With `if_absent` it is `AlreadyExists`; with `if_match`
    /// and another entity tag, or none, it is `PreconditionFailed`. Expected checksums that do not hold are
    /// `ChecksumMismatch`, and the old object stays. A container that is missing is `ContainerNotFound`. A payload
    /// that delivers fewer bytes than its length is `SourceMismatch`.
    async fn put_object(
        &self,
        target: ObjectRef<'_>,
        payload: Payload,
        options: &PutOptions,
    ) -> Result<PutOutcome>;

    /// Reads an object or a range of it.
    ///
    /// The body holds exactly the bytes of the outcome's range, all of one version of the object. A missing object is
    /// `ObjectNotFound`, a missing container `ContainerNotFound` where the store tells them apart. Conditions
    /// that do not hold are `PreconditionFailed` or `NotModified`.
    async fn get_object(&self, target: ObjectRef<'_>, options: &GetOptions) -> Result<GetOutcome>;

    /// Returns what is known of an object, under the conditions of a read; the range is not looked at.
    async fn head_object(&self, target: ObjectRef<'_>, options: &GetOptions) -> Result<ObjectInfo>;

    /// Deletes one object.
    ///
    /// Deleting an object that is not there succeeds. A missing container is an error.
    async fn delete_object(&self, target: ObjectRef<'_>, options: &DeleteOptions) -> Result<()>;

    /// Copies one object on the server, content and metadata, whole or not at all.
    ///
    /// An object copied onto itself keeps its content.
    async fn copy_object(
        &self,
        from: ObjectRef<'_>,
        to: ObjectRef<'_>,
        options: &CopyOptions,
    ) -> Result<PutOutcome>;

    /// Lists objects.
    ///
    /// A prefix is a raw string. Keys that share a delimiter behind the prefix come once, as a prefix. Every key that
    /// was there throughout comes exactly once. A missing container is `ContainerNotFound`.
    async fn list_objects(&self, container: &ContainerName, query: &ListQuery) -> Result<Page<ListEntry>>;

    /// Uploads in parts.
    fn multipart(&self) -> Option<&dyn MultipartDriver>;

    /// Signed addresses.
    fn presign(&self) -> Option<&dyn PresignDriver>;

    /// Many deletes in one request.
    fn bulk_delete(&self) -> Option<&dyn BulkDeleteDriver>;

    /// Uploads that were begun and never ended.
    fn incomplete_uploads(&self) -> Option<&dyn IncompleteUploadsDriver>;

    /// Versions of objects.
    fn versions(&self) -> Option<&dyn VersionsDriver>;

    /// Tags of objects.
    fn tags(&self) -> Option<&dyn TagsDriver>;

    /// Lists of who may do what.
    fn acl(&self) -> Option<&dyn AclDriver>;

    /// Metadata that can be changed in place.
    fn metadata(&self) -> Option<&dyn MetadataDriver>;

    /// Static websites.
    fn website(&self) -> Option<&dyn WebsiteDriver>;

    /// Public addresses and content delivery networks.
    fn public_url(&self) -> Option<&dyn PublicUrlDriver>;

    /// Renames that are atomic.
    fn rename(&self) -> Option<&dyn RenameDriver>;
}
