//! Signed addresses.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use http::Method;

use crate::error::Result;
use crate::name::{ObjectRef, VersionId};
use crate::secret::Secret;

/// Signs requests that somebody without credentials can send.
#[async_trait]
pub trait PresignDriver: Debug + Send + Sync {
    /// Signs one request. An expiry beyond what the store allows is `InvalidInput`.
    async fn presign(&self, target: ObjectRef<'_>, options: &PresignOptions) -> Result<PresignedRequest>;
}

/// What a signed request may do, and for how long.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PresignOptions {
    /// The method that the address is good for.
    pub method: Method,
    /// How long it is good.
    pub expires: Duration,
    /// The version to read or delete.
    pub version: Option<VersionId>,
    /// Headers that the sender must send exactly so, such as `content-type`.
    pub headers: Vec<(String, String)>,
    /// Parameters of the query, such as `response-content-disposition`.
    pub query: Vec<(String, String)>,
}

impl PresignOptions {
    /// Allows one method for a time.
    pub fn new(method: Method, expires: Duration) -> Self {
        Self { method, expires, version: None, headers: Vec::new(), query: Vec::new() }
    }
}

/// A signed request.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PresignedRequest {
    /// The method.
    pub method: Method,
    /// The address; whoever has it may do what it allows.
    pub url: Secret,
    /// Headers that the sender must send exactly so.
    pub headers: Vec<(String, String)>,
}

impl PresignedRequest {
    /// Puts a signed request together.
    pub fn new(method: Method, url: Secret, headers: Vec<(String, String)>) -> Self {
        Self { method, url, headers }
    }
}
