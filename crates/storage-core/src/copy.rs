//! Copies that one call of a driver can't do: too large for it, or between two stores.

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use crate::capabilities::Capabilities;
use crate::error::{Error, Result};
use crate::groups::{CompletedPart, MultipartDriver, PartRef};
use crate::info::{ObjectInfo, PutOutcome};
use crate::name::{PartNumber, UploadId};
use crate::object::Object;
use crate::options::{CopyOptions, GetOptions, PutOptions};
use crate::settle::{NONCE_METADATA, settle};
use crate::upload::{AbortOnDrop, PartPlan, Upload};

/// Copies inside one store, by parts when the object is too large for one request.
pub(crate) async fn on_server(
    from: &Object,
    to: &Object,
    options: &CopyOptions,
    it: &Capabilities,
) -> Result<PutOutcome> {
    let mut head = GetOptions::new();
    head.if_match.clone_from(&options.source_if_match);
    head.version.clone_from(&options.source_version);
    let info = from.driver().head_object(from.target(), &head).await?;
    if info.size <= it.max_copy_bytes {
        return from.driver().copy_object(from.target(), to.target(), options).await;
    }
    let Some(driver) = to.driver().multipart().filter(|_| it.parts.copy) else {
        let feature = format!("copy of more than {} bytes on the server", it.max_copy_bytes);
        return Err(Error::unsupported(to.provider().id.clone(), &feature));
    };
    let put = PutOptions { condition: options.condition.clone(), ..replacement(&info, options) };
    let upload = AbortOnDrop::new(to.clone(), driver.create_upload(to.target(), &put).await?);
    let id = upload.id();
    let done = match copy_parts(from, to, &info, it, driver, &id).await {
        Ok(parts) => match driver.complete_upload(to.target(), &id, &parts, &put).await {
            Err(error) => settle(to, error, &put, info.size, &info.checksums).await,
            done => done,
        },
        Err(error) => Err(error),
    };
    match done {
        Ok(outcome) => {
            upload.disarm();
            Ok(outcome)
        }
        Err(error) => Err(upload.abort(error).await),
    }
}

async fn copy_parts(
    from: &Object,
    to: &Object,
    info: &ObjectInfo,
    it: &Capabilities,
    driver: &dyn MultipartDriver,
    upload: &UploadId,
) -> Result<Vec<CompletedPart>> {
    // Large parts mean few requests, and no byte of them comes here.
    let asked = it.parts.max_bytes.min(it.max_copy_bytes).min(512 << 20).max(it.parts.min_bytes);
    let plan = PartPlan::new(it, Some(info.size), Some(asked))?;
    let size = plan.part_bytes(0).unwrap_or(asked);
    let count = u32::try_from(info.size.div_ceil(size)).unwrap_or(u32::MAX);
    stream::iter(0..count)
        .map(|index| async move {
            let offset = u64::from(index) * size;
            let range = offset..(offset + size).min(info.size);
            let number = PartNumber::new(index + 1).unwrap_or(PartNumber::FIRST);
            let part = PartRef { number, offset, last: range.end == info.size };
            driver.copy_part(from.target(), range, info.etag.as_ref(), to.target(), upload, part).await
        })
        .buffered(Upload::DEFAULT_CONCURRENCY)
        .try_collect()
        .await
}

/// Copies between two stores: the bytes pass through here, verified on the way in and protected on the way out.
pub(crate) async fn through_here(from: &Object, to: &Object, options: CopyOptions) -> Result<PutOutcome> {
    let mut get = GetOptions::new();
    get.if_match.clone_from(&options.source_if_match);
    get.version.clone_from(&options.source_version);
    let body = from.get().options(get).await?;
    let info = body.info().clone();
    let capabilities = to.capabilities().await?;
    let mut put = replacement(&info, &options);
    if !capabilities.storage_classes {
        put.storage_class = None;
    }
    // What the source knows of its content must hold at the destination too, if it is cheap to say so.
    put.expected = info
        .checksums
        .iter()
        .filter(|it| it.algorithm().combines())
        .fold(put.expected, |all, it| all.with(it));
    put.condition = options.condition;
    to.upload_stream(body).options(put).length(info.size).await
}

/// The content headers and metadata of the copy.
pub(crate) fn replacement(info: &ObjectInfo, options: &CopyOptions) -> PutOptions {
    if let Some(replace) = &options.replace {
        return (**replace).clone();
    }
    PutOptions {
        content_type: info.content_type.clone(),
        content_encoding: info.content_encoding.clone(),
        content_disposition: info.content_disposition.clone(),
        content_language: info.content_language.clone(),
        cache_control: info.cache_control.clone(),
        storage_class: info.storage_class.clone(),
        metadata: info.metadata.iter().filter(|(name, _)| *name != NONCE_METADATA).collect(),
        ..PutOptions::default()
    }
}
