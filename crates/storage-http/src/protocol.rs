//! The two hooks that a protocol gives the client.

use std::future::Future;

use storage_core::Result;

use crate::failure::Failure;
use crate::request::{Answer, Attempt, Request};

/// What differs between protocols in sending a request.
pub trait Protocol: Send + Sync {
    /// Returns the id of the provider, for errors and traces.
    fn provider(&self) -> &str;

    /// Signs one attempt. Runs before every attempt, so that dates and tokens are fresh.
    ///
    /// # Errors
    /// Whatever keeps the attempt from being sent; nothing is tried again then.
    fn authorize(&self, attempt: &mut Attempt<'_>) -> impl Future<Output = Result<()>> + Send;

    /// Says what went wrong and what may follow. The body is cut at 64 KiB, and empty for `HEAD`.
    fn failure(&self, request: &Request, answer: &Answer) -> Failure;

    /// Forgets the credentials that the service no longer takes; `false` when there are no others to get.
    fn forget_credentials(&self) -> bool;

    /// Turns a request to the place that [`Follow::Reroute`](crate::Follow::Reroute) names; `false` when there is no
    /// such place within the configured service.
    fn reroute(&self, request: &mut Request, place: &str) -> bool;
}
