//! Addresses that are signed for somebody else.

use async_trait::async_trait;
use http::{HeaderMap, Method};
use storage_core::groups::{PresignDriver, PresignOptions, PresignedRequest};
use storage_core::{ObjectRef, Result};
use storage_http::headers::set_extra;

use crate::driver::AzureDriver;
use crate::names;

#[async_trait]
impl PresignDriver for AzureDriver {
    async fn presign(&self, target: ObjectRef<'_>, options: &PresignOptions) -> Result<PresignedRequest> {
        // Nothing of them is signed, but what no request can carry would only fail somewhere else.
        set_extra(&mut HeaderMap::new(), &options.headers)?;
        let url = crate::presign::sign(&self.client, &self.delegation, target, options).await?;
        let mut headers = options.headers.clone();
        // Without it the service does not know what kind of blob a put makes.
        let typed = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(names::BLOB_TYPE.as_str()));
        if options.method == Method::PUT && !typed {
            headers.push((names::BLOB_TYPE.as_str().to_owned(), "BlockBlob".to_owned()));
        }
        Ok(PresignedRequest::new(options.method.clone(), url, headers))
    }
}
