//! Metadata that is changed in place. The content is not touched, so the entity tag stays.

use std::os::fd::AsFd as _;

use async_trait::async_trait;
use storage_core::groups::{MetadataDriver, MetadataUpdate};
use storage_core::{ContainerName, ETag, Key, Metadata, ObjectRef, Result, check_match};

use crate::attributes::Attributes;
use crate::driver::{LocalDriver, about};
use crate::store::Store;
use crate::sys::{LockMode, Open};
use crate::write::etag;

impl Store {
    /// Changes the attributes of an object, while nobody else changes or replaces them.
    pub(crate) fn update_attributes(
        &self,
        container: &ContainerName,
        key: &Key,
        if_match: Option<&ETag>,
        change: &dyn Fn(&mut Attributes),
    ) -> Result<()> {
        let held = self.container(container)?;
        let _lock = self.lock(&held, key, LockMode::Exclusive)?;
        let opened = self.open_object(container, key, Open::Write)?;
        if let Some(want) = if_match {
            check_match(want, Some(&etag(&opened.stat)))?;
        }
        let mut attributes = self.attributes(container, opened.file.as_fd(), &opened.stat, key)?;
        change(&mut attributes);
        self.change_attributes(&held, opened.file.as_fd(), &opened.stat, &attributes, key)
    }
}

#[async_trait]
impl MetadataDriver for LocalDriver {
    async fn update_metadata(&self, target: ObjectRef<'_>, update: &MetadataUpdate) -> Result<()> {
        let (container, key, update) = (target.container.clone(), target.key.clone(), update.clone());
        let updated = self.store.run(move |store| {
            let change = |attributes: &mut Attributes| attributes.update(&update);
            store.update_attributes(&container, &key, update.if_match.as_ref(), &change)
        });
        updated.await.map_err(about(target))
    }

    async fn update_container_metadata(&self, container: &ContainerName, metadata: &Metadata) -> Result<()> {
        let (own, metadata) = (container.clone(), metadata.clone());
        let updated = self.store.run(move |store| store.set_container_metadata(&own, &metadata)).await;
        updated.map_err(|error| error.with_container(container.as_str()))
    }
}
