//! Broken uploads in parts.

use std::ops::Range;

use async_trait::async_trait;
use storage_core::groups::{CompletedPart, MultipartDriver, PartInfo, PartRef};
use storage_core::{
    ETag, Error, ErrorKind, ObjectRef, Page, PageToken, Payload, PutOptions, PutOutcome, Result, UploadId,
    WriteCondition,
};

use super::{Mutant, Mutation};

impl Mutant {
    fn parts(&self) -> &dyn MultipartDriver {
        self.inner.multipart().expect("the memory driver has parts")
    }
}

#[async_trait]
impl MultipartDriver for Mutant {
    async fn create_upload(&self, target: ObjectRef<'_>, options: &PutOptions) -> Result<UploadId> {
        self.parts().create_upload(target, options).await
    }

    async fn put_part(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        mut part: PartRef,
        payload: Payload,
        options: &PutOptions,
    ) -> Result<CompletedPart> {
        if self.is(Mutation::PartsAreVisible) {
            self.inner.put_object(target, payload.clone(), &PutOptions::new()).await?;
        }
        if self.is(Mutation::CompleteInNumberOfArrival) {
            let arrived = self.parts().list_parts(target, upload, None).await?.items.len();
            let number = u32::try_from(arrived + 1).ok().and_then(storage_core::PartNumber::new);
            part.number = number.expect("there are few parts");
        }
        self.parts().put_part(target, upload, part, payload, options).await
    }

    async fn copy_part(
        &self,
        from: ObjectRef<'_>,
        range: Range<u64>,
        if_match: Option<&ETag>,
        target: ObjectRef<'_>,
        upload: &UploadId,
        part: PartRef,
    ) -> Result<CompletedPart> {
        self.parts().copy_part(from, range, if_match, target, upload, part).await
    }

    async fn complete_upload(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        parts: &[CompletedPart],
        options: &PutOptions,
    ) -> Result<PutOutcome> {
        let (mut parts, mut options) = (parts.to_vec(), options.clone());
        if self.is(Mutation::CompleteIgnoresCondition) {
            options.condition = WriteCondition::None;
        }
        if matches!(self.mutation, Mutation::CompleteChecksNoEtag | Mutation::CompleteInNumberOfArrival) {
            parts = self.parts().list_parts(target, upload, None).await?.items;
        }
        self.parts().complete_upload(target, upload, &parts, &options).await
    }

    async fn abort_upload(&self, target: ObjectRef<'_>, upload: &UploadId) -> Result<()> {
        if self.is(Mutation::AbortTwiceFails) && self.parts().list_parts(target, upload, None).await.is_err()
        {
            return Err(Error::new(ErrorKind::ObjectNotFound, "no such upload"));
        }
        self.parts().abort_upload(target, upload).await
    }

    async fn list_parts(
        &self,
        target: ObjectRef<'_>,
        upload: &UploadId,
        page_token: Option<&PageToken>,
    ) -> Result<Page<PartInfo>> {
        self.parts().list_parts(target, upload, page_token).await
    }
}
