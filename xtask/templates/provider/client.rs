//! One method for each wire call: build, send, parse. No portable options, no retry, no branches on vendors.

use std::time::SystemTime;

use bytes::Bytes;
use http::{Request, Uri};
use storage_core::{Error, Result};

use crate::credentials::Credentials;
use crate::error::classify;
use crate::sign::sign;
use crate::wire;

/// Sends requests to one endpoint.
#[derive(Debug)]
pub(crate) struct Client {
    endpoint: Uri,
    credentials: Credentials,
}

impl Client {
    pub(crate) fn new(endpoint: Uri, credentials: Credentials) -> Self {
        Self { endpoint, credentials }
    }

    /// Builds and signs a request. It is not sent yet: put the transport here, then a method for each call.
    pub(crate) fn call<T>(&self, call: &'static str) -> Result<T> {
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = self.endpoint.clone();
        sign(&mut request, &self.credentials, SystemTime::now());
        Err(Error::unsupported("skeleton", call))
    }

    /// Makes the error of an answer that is no success.
    #[expect(dead_code, reason = "the transport calls it")]
    pub(crate) fn failure(status: u16, body: &[u8]) -> Error {
        let failure = wire::failure::parse(body);
        classify(status, failure.code.as_deref())
    }
}
