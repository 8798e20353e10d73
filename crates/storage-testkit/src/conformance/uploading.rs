//! Short ways to upload in parts.

use bytes::Bytes;
use storage_core::groups::{CompletedPart, MultipartDriver, PartInfo, PartRef};
use storage_core::{Error, Key, ObjectRef, PartNumber, PutOptions, PutOutcome, Result, UploadId};

use super::ctx::{Ctx, pattern};

/// An upload in parts that a case has begun.
#[derive(Debug)]
pub struct Uploading<'a> {
    ctx: &'a Ctx,
    driver: &'a dyn MultipartDriver,
    key: Key,
    /// Its id.
    pub id: UploadId,
    /// The options that it was begun with, given to every later call too.
    pub options: PutOptions,
}

impl<'a> Uploading<'a> {
    /// Begins an upload.
    ///
    /// # Errors
    /// `Unsupported` when the driver has none, or whatever it reports.
    pub async fn begin(ctx: &'a Ctx, key: &str, options: PutOptions) -> Result<Self> {
        let provider = ctx.driver().provider().id.clone();
        let driver =
            ctx.driver().multipart().ok_or_else(|| Error::unsupported(provider, "uploads in parts"))?;
        let key = Key::parse(key)?;
        let id = driver.create_upload(ObjectRef::new(ctx.container(), &key), &options).await?;
        Ok(Self { ctx, driver, key, id, options })
    }

    /// Returns the address of the object.
    pub fn target(&self) -> ObjectRef<'_> {
        ObjectRef::new(self.ctx.container(), &self.key)
    }

    /// Returns the driver.
    pub fn driver(&self) -> &'a dyn MultipartDriver {
        self.driver
    }

    /// Returns the content of a part that may stand anywhere in an upload; each number has another.
    pub fn content(&self, number: u32) -> Bytes {
        pattern(u64::from(number) + 1_000, self.ctx.part_bytes())
    }

    /// Says where a part of full size stands.
    ///
    /// # Panics
    /// When the number is 0.
    #[expect(clippy::expect_used, reason = "a wrong number is a mistake of the case")]
    pub fn part(&self, number: u32, last: bool) -> PartRef {
        let offset = u64::from(number.saturating_sub(1)) * self.ctx.part_bytes() as u64;
        PartRef { number: PartNumber::new(number).expect("parts are counted from 1"), offset, last }
    }

    /// Sends a part.
    ///
    /// # Errors
    /// Whatever the driver reports.
    pub async fn put(&self, number: u32, content: Bytes, last: bool) -> Result<CompletedPart> {
        let part = self.part(number, last);
        self.driver.put_part(self.target(), &self.id, part, content.into(), &self.options).await
    }

    /// Completes the upload.
    ///
    /// # Errors
    /// Whatever the driver reports.
    pub async fn complete(&self, parts: &[CompletedPart]) -> Result<PutOutcome> {
        self.driver.complete_upload(self.target(), &self.id, parts, &self.options).await
    }

    /// Aborts the upload.
    ///
    /// # Errors
    /// Whatever the driver reports.
    pub async fn abort(&self) -> Result<()> {
        self.driver.abort_upload(self.target(), &self.id).await
    }

    /// Lists the parts that the store has, all pages.
    ///
    /// # Errors
    /// Whatever the driver reports.
    pub async fn parts(&self) -> Result<Vec<PartInfo>> {
        let mut token = None;
        let mut parts = Vec::new();
        loop {
            let page = self.driver.list_parts(self.target(), &self.id, token.as_ref()).await?;
            parts.extend(page.items);
            match page.next {
                Some(next) => token = Some(next),
                None => return Ok(parts),
            }
        }
    }
}
