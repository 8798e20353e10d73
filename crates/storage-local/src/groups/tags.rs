//! Tags of objects.

use std::os::fd::AsFd as _;

use async_trait::async_trait;
use storage_core::groups::{Tags, TagsDriver};
use storage_core::{ObjectRef, Result};

use crate::attributes::Attributes;
use crate::driver::{LocalDriver, about};
use crate::sys::Open;

#[async_trait]
impl TagsDriver for LocalDriver {
    async fn tags(&self, target: ObjectRef<'_>) -> Result<Tags> {
        let (container, key) = (target.container.clone(), target.key.clone());
        let tags = self.store.run(move |store| {
            let opened = store.open_object(&container, &key, Open::Read)?;
            store.attributes(&container, opened.file.as_fd(), &opened.stat, &key).map(|it| it.tags)
        });
        tags.await.map_err(about(target))
    }

    async fn set_tags(&self, target: ObjectRef<'_>, tags: &Tags) -> Result<()> {
        let (container, key, tags) = (target.container.clone(), target.key.clone(), tags.clone());
        let set = self.store.run(move |store| {
            let change = |attributes: &mut Attributes| attributes.tags.clone_from(&tags);
            store.update_attributes(&container, &key, None, &change)
        });
        set.await.map_err(about(target))
    }
}
