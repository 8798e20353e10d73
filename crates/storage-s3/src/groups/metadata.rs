//! Metadata that changes while the content stays: S3 copies the object onto itself.

use async_trait::async_trait;
use storage_core::groups::{MetadataDriver, MetadataUpdate};
use storage_core::{
    ContainerName, CopyOptions, Driver as _, Error, ErrorKind, GetOptions, Metadata, ObjectRef, PutOptions,
    Result,
};

use crate::driver::S3Driver;

#[async_trait]
impl MetadataDriver for S3Driver {
    async fn update_metadata(&self, target: ObjectRef<'_>, update: &MetadataUpdate) -> Result<()> {
        let mut head = GetOptions::new();
        head.if_match.clone_from(&update.if_match);
        let info = self.head_object(target, &head).await?;
        if info.size > self.capabilities.max_copy_bytes {
            let most = self.capabilities.max_copy_bytes;
            let message =
                format!("the metadata of objects above {most} bytes can't change without a new upload");
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let mut replace = PutOptions::new();
        replace.metadata.clone_from(&update.metadata);
        replace.content_type = update.content_type.clone().or(info.content_type);
        replace.content_encoding = update.content_encoding.clone().or(info.content_encoding);
        replace.content_disposition = update.content_disposition.clone().or(info.content_disposition);
        replace.content_language = update.content_language.clone().or(info.content_language);
        replace.cache_control = update.cache_control.clone().or(info.cache_control);
        replace.storage_class = info.storage_class;
        let mut options = CopyOptions::new().replace(Box::new(replace));
        // The content that is copied is the one that was looked at, or nothing happens.
        options.source_if_match = info.etag;
        self.copy_object(target, target, &options).await.map(drop)
    }

    async fn update_container_metadata(&self, _: &ContainerName, _: &Metadata) -> Result<()> {
        Err(self.lacks("metadata of containers"))
    }
}
