//! The optional groups of a store in memory.

use std::sync::Arc;

use async_trait::async_trait;

use super::MemoryDriver;
use crate::condition::check_match;
use crate::driver::Driver as _;
use crate::error::Result;
use crate::groups::{
    BulkDeleteDriver, DeleteResult, DeleteTarget, MetadataDriver, MetadataUpdate, RenameDriver,
    RenameOptions, Tags, TagsDriver,
};
use crate::name::{ContainerName, ObjectRef};
use crate::options::{DeleteOptions, Metadata};

#[async_trait]
impl TagsDriver for MemoryDriver {
    async fn tags(&self, target: ObjectRef<'_>) -> Result<Tags> {
        self.state.with(target.container, |container| Ok(container.find(target.key)?.tags.clone()))
    }

    async fn set_tags(&self, target: ObjectRef<'_>, tags: &Tags) -> Result<()> {
        self.state.with(target.container, |container| {
            let mut stored = (*container.find(target.key)?).clone();
            stored.tags.clone_from(tags);
            container.objects.insert(target.key.as_bytes().clone(), Arc::new(stored));
            Ok(())
        })
    }
}

#[async_trait]
impl MetadataDriver for MemoryDriver {
    async fn update_metadata(&self, target: ObjectRef<'_>, update: &MetadataUpdate) -> Result<()> {
        self.state.with(target.container, |container| {
            let mut stored = (*container.find(target.key)?).clone();
            let info = &mut stored.info;
            if let Some(want) = &update.if_match {
                check_match(want, info.etag.as_ref())?;
            }
            info.metadata = update.metadata.clone();
            for (field, new) in [
                (&mut info.content_type, &update.content_type),
                (&mut info.content_encoding, &update.content_encoding),
                (&mut info.content_disposition, &update.content_disposition),
                (&mut info.content_language, &update.content_language),
                (&mut info.cache_control, &update.cache_control),
            ] {
                if new.is_some() {
                    field.clone_from(new);
                }
            }
            container.objects.insert(target.key.as_bytes().clone(), Arc::new(stored));
            Ok(())
        })
    }

    async fn update_container_metadata(&self, container: &ContainerName, metadata: &Metadata) -> Result<()> {
        self.state.with(container, |held| {
            held.info.metadata = metadata.clone();
            Ok(())
        })
    }
}

#[async_trait]
impl BulkDeleteDriver for MemoryDriver {
    fn max_keys(&self) -> usize {
        1000
    }

    async fn delete_objects(
        &self,
        container: &ContainerName,
        targets: &[DeleteTarget],
    ) -> Result<Vec<DeleteResult>> {
        self.head_container(container).await?;
        let mut results = Vec::with_capacity(targets.len());
        for target in targets {
            let options = DeleteOptions { if_match: target.if_match.clone(), ..DeleteOptions::default() };
            let done = self.delete_object(ObjectRef::new(container, &target.key), &options).await;
            results.push(DeleteResult::new(target.key.clone(), done));
        }
        Ok(results)
    }
}

#[async_trait]
impl RenameDriver for MemoryDriver {
    async fn rename_object(
        &self,
        from: ObjectRef<'_>,
        to: ObjectRef<'_>,
        options: &RenameOptions,
    ) -> Result<()> {
        self.state.with(from.container, |container| {
            let source = container.find(from.key)?;
            if let Some(want) = &options.source_if_match {
                check_match(want, source.info.etag.as_ref())?;
            }
            if from.key == to.key {
                return options.condition.check(source.info.etag.as_ref());
            }
            let mut moved = (*source).clone();
            moved.info.key = to.key.clone();
            container.put(moved, &options.condition)?;
            container.objects.remove(from.key.as_bytes().as_ref());
            Ok(())
        })
    }
}
