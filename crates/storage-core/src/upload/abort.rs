//! The end of an upload that does not end well.

use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::name::UploadId;
use crate::object::Object;

/// Drops the parts of an upload that does not end well, even when its future is dropped.
pub(crate) struct AbortOnDrop {
    object: Object,
    upload: Option<UploadId>,
}

impl AbortOnDrop {
    pub(crate) fn new(object: Object, upload: UploadId) -> Self {
        Self { object, upload: Some(upload) }
    }

    pub(crate) fn id(&self) -> UploadId {
        self.upload.clone().unwrap_or_else(|| UploadId::new(""))
    }

    pub(crate) fn disarm(mut self) {
        self.upload = None;
    }

    /// Aborts once; where that fails, the error says which upload is left.
    pub(crate) async fn abort(mut self, error: Error) -> Error {
        // A lost answer to the completion may hide a success, which the driver reports as `Ambiguous`: the parts
        // may be the object by now, and aborting could only hide what happened.
        let Some(id) = self.upload.clone() else { return error };
        if error.kind() == ErrorKind::Ambiguous {
            self.upload = None;
            return error.with_upload_id(id.to_string());
        }
        let aborted = abort(&self.object, &id).await;
        self.upload = None;
        match aborted {
            Ok(()) => error,
            Err(_) => error.with_upload_id(id.to_string()),
        }
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        let Some(id) = self.upload.take() else { return };
        let object = self.object.clone();
        let runtime = Arc::clone(object.storage().runtime());
        let spawned = runtime.spawn(Box::pin({
            let (object, id) = (object.clone(), id.clone());
            async move {
                if let Err(error) = abort(&object, &id).await {
                    tracing::warn!(upload = %id, key = %object.key(), %error, "an unfinished upload is left behind");
                }
            }
        }));
        if !spawned {
            tracing::warn!(upload = %id, key = %object.key(), "an unfinished upload is left behind: no runtime");
        }
    }
}

async fn abort(object: &Object, id: &UploadId) -> Result<()> {
    match object.driver().multipart() {
        Some(driver) => driver.abort_upload(object.target(), id).await,
        None => Ok(()),
    }
}
