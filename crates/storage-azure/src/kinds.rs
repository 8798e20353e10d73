//! Puts that make append or page blobs, which the service takes in pieces only.
//!
//! Such a blob is visible while it is written. One whose content could not be written whole is deleted again.

use http::HeaderMap;
use storage_core::{
    DeleteOptions, Driver as _, Error, Idempotency, ObjectRef, Payload, PutOptions, PutOutcome, Result,
};

use crate::config::{AzurePutOptions, BlobType};
use crate::driver::AzureDriver;

/// How much goes into one request.
const PIECE: u64 = 4 << 20;

impl AzureDriver {
    /// Says what kind of blob a write makes.
    pub(crate) fn blob_type(&self, options: &PutOptions) -> BlobType {
        let own = options.extensions.get::<AzurePutOptions>().and_then(|it| it.blob_type);
        own.unwrap_or(self.settings.defaults.blob_type)
    }

    /// Makes an append blob of this content.
    pub(crate) async fn put_append(
        &self,
        target: ObjectRef<'_>,
        set_headers: HeaderMap,
        payload: Payload,
        options: &PutOptions,
        idempotency: Idempotency,
    ) -> Result<PutOutcome> {
        options.expected.verify(&self.sums(&payload, options).await?)?;
        let mut outcome = self.client.create_blob(target, set_headers, None, idempotency).await?;
        let (mut at, size) = (0, payload.len());
        while at < size {
            let end = size.min(at.saturating_add(PIECE));
            let mut written_with = HeaderMap::new();
            self.written_with(&mut written_with, options)?;
            let piece = payload.slice(at..end);
            match self.client.append_block(target, written_with, piece, Some(at)).await {
                Ok((_, done)) => outcome = done,
                Err(error) => return Err(self.take_back(target, options, error).await),
            }
            at = end;
        }
        outcome.size = Some(size);
        Ok(outcome)
    }

    /// Makes a page blob of this content.
    pub(crate) async fn put_page(
        &self,
        target: ObjectRef<'_>,
        set_headers: HeaderMap,
        payload: Payload,
        options: &PutOptions,
        idempotency: Idempotency,
    ) -> Result<PutOutcome> {
        options.expected.verify(&self.sums(&payload, options).await?)?;
        let size = payload.len();
        let mut outcome = self.client.create_blob(target, set_headers, Some(size), idempotency).await?;
        let mut at = 0;
        while at < size {
            let end = size.min(at.saturating_add(PIECE));
            let mut written_with = HeaderMap::new();
            self.written_with(&mut written_with, options)?;
            let piece = payload.slice(at..end);
            match self.client.put_pages(target, written_with, at..end, Some(piece)).await {
                Ok(done) => outcome = done,
                Err(error) => return Err(self.take_back(target, options, error).await),
            }
            at = end;
        }
        outcome.size = Some(size);
        Ok(outcome)
    }

    async fn sums(&self, payload: &Payload, options: &PutOptions) -> Result<storage_core::Checksums> {
        let algorithms = options.expected.iter().map(|it| it.algorithm());
        payload.checksums(self.client.http.runtime(), algorithms).await
    }

    /// Deletes what is there of a blob that could not be written whole.
    async fn take_back(&self, target: ObjectRef<'_>, options: &PutOptions, error: Error) -> Error {
        let mut delete = DeleteOptions::new();
        if let Some(lease) = options.extensions.get::<AzurePutOptions>().and_then(|it| it.lease_id.clone()) {
            delete = delete.extension(crate::options::AzureDeleteOptions::new().lease_id(lease));
        }
        let deleted = self.delete_object(target, &delete).await;
        tracing::debug!(key = %target.key, ?deleted, "a blob that could not be written whole");
        error
    }
}
