//! What a failed attempt means for the next one.

use storage_core::{Error, ErrorKind};

/// An attempt that failed: what the caller is told if it was the last one, and what may follow.
#[derive(Debug)]
#[must_use]
pub struct Failure {
    /// What the caller is told.
    pub error: Error,
    /// What may follow.
    pub follow: Follow,
}

/// What may follow a failed attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Follow {
    /// Nothing: the same request would fail again.
    Never,
    /// Another attempt: the service refused before it acted, or was never reached.
    Always,
    /// Another attempt, later: the service asks to slow down and has not acted.
    Throttled,
    /// Another attempt, if the request may be carried out twice: nobody knows whether it was.
    IfIdempotent,
    /// One more attempt with new credentials.
    Reauthenticate,
    /// One more attempt with the clock of the service.
    ClockSkew,
    /// One more attempt at another place of the same service, such as the region of a bucket.
    Reroute(String),
}

impl Failure {
    /// Fails for good.
    pub fn new(kind: ErrorKind, message: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        Error::new(kind, message).into()
    }

    /// Sets what may follow.
    pub fn follow(mut self, follow: Follow) -> Self {
        self.follow = follow;
        self
    }

    /// Fails because an answer is not one the service should give. Nobody knows what it did, so another attempt may
    /// follow where twice is the same as once.
    pub fn unexpected(message: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::UnexpectedResponse, message).follow(Follow::IfIdempotent)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, follow: Follow::Never }
    }
}
