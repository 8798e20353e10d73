//! Addresses that are signed for somebody else.

use async_trait::async_trait;
use http::Method;
use storage_core::groups::{PresignDriver, PresignOptions, PresignedRequest};
use storage_core::{Error, ErrorKind, ObjectRef, Result};

use crate::driver::S3Driver;

#[async_trait]
impl PresignDriver for S3Driver {
    async fn presign(&self, target: ObjectRef<'_>, options: &PresignOptions) -> Result<PresignedRequest> {
        const METHODS: [Method; 5] = [Method::GET, Method::HEAD, Method::PUT, Method::POST, Method::DELETE];
        if !METHODS.contains(&options.method) {
            let message = "addresses are signed for GET, HEAD, PUT, POST and DELETE only";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let version = options.version.as_ref();
        let method = options.method.clone();
        let mut request = self.client.unsent(method, target.container, target.key, version, &options.query);
        storage_http::headers::set_extra(&mut request.headers, &options.headers)?;
        // What the storage sets for its own requests would have to be sent by everybody else, too.
        let url = self.client.presign(&request, options.expires).await?;
        let sent = request
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
        Ok(PresignedRequest::new(options.method.clone(), url, sent.collect()))
    }
}
