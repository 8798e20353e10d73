//! Requests that carry no signature, such as those by which tokens are had.

use storage_core::Result;

use crate::failure::Failure;
use crate::protocol::Protocol;
use crate::request::{Answer, Attempt, Request};

/// The protocol of a service that is asked without credentials.
#[derive(Clone, Copy, Debug)]
pub struct Unsigned {
    /// The id of the provider, for errors and traces.
    pub provider: &'static str,
    /// Who is asked, for messages.
    pub service: &'static str,
    /// Says what an answer that is no success means, given the name of the service.
    pub failure: fn(&str, &Answer) -> Failure,
}

impl Protocol for Unsigned {
    fn provider(&self) -> &str {
        self.provider
    }

    async fn authorize(&self, _: &mut Attempt<'_>) -> Result<()> {
        Ok(())
    }

    fn failure(&self, _: &Request, answer: &Answer) -> Failure {
        (self.failure)(self.service, answer)
    }

    fn forget_credentials(&self) -> bool {
        false
    }

    fn reroute(&self, _: &mut Request, _: &str) -> bool {
        false
    }
}
