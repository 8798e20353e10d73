//! The attempts of one request: what follows a failed one, and after how long.

use http::HeaderMap;
use storage_core::{Error, ErrorKind, Idempotency, Result};

use crate::client::{Client, Inner};
use crate::failure::{Failure, Follow};
use crate::protocol::Protocol;
use crate::request::Request;
use crate::retry::{COST, COST_THROTTLED, backoff};

/// The attempts of one request.
pub(crate) struct Tries<'a> {
    pub(crate) client: &'a Inner,
    pub(crate) request: Request,
    pub(crate) number: u32,
    /// An earlier attempt may have been carried out.
    lost: bool,
    /// The request is on its way, and nobody knows yet what becomes of it.
    pub(crate) on_wire: bool,
    /// What the last repeated attempt cost.
    cost: i64,
    /// The next attempt takes a new connection.
    pub(crate) fresh: bool,
    /// The last attempt met a connection that said nothing about the service, such as one closed while it was idle.
    pub(crate) stale: bool,
    /// How many attempts did so.
    stale_attempts: u32,
    reauthenticated: bool,
    pub(crate) resynchronised: bool,
    rerouted: u32,
}

/// How often a request is turned to another place.
const MAX_REROUTES: u32 = 2;

impl<'a> Tries<'a> {
    pub(crate) fn new(client: &'a Client, request: Request) -> Self {
        Self {
            client: &client.0,
            request,
            number: 0,
            lost: false,
            on_wire: false,
            cost: 0,
            fresh: false,
            stale: false,
            stale_attempts: 0,
            reauthenticated: false,
            resynchronised: false,
            rerouted: 0,
        }
    }

    pub(crate) fn succeeded(&self, headers: &HeaderMap) {
        self.client.quota.refund(self.cost);
        self.client.clock.observe(headers);
    }

    /// Decides what follows a failed attempt, and waits for it; the error when nothing does.
    pub(crate) async fn after<P: Protocol>(&mut self, protocol: &P, failure: Failure) -> Result<()> {
        let Failure { error, follow } = failure;
        self.on_wire = false;
        let repeatable = self.request.idempotency != Idempotency::Never;
        let again = match &follow {
            Follow::Never => false,
            Follow::Reauthenticate => {
                !std::mem::replace(&mut self.reauthenticated, true) && protocol.forget_credentials()
            }
            Follow::ClockSkew => !std::mem::replace(&mut self.resynchronised, true),
            Follow::Reroute(place) => {
                self.rerouted += 1;
                self.rerouted <= MAX_REROUTES && protocol.reroute(&mut self.request, place)
            }
            Follow::Always | Follow::Throttled | Follow::IfIdempotent => {
                let unknown = follow == Follow::IfIdempotent;
                self.lost |= unknown;
                (!unknown || repeatable) && self.wait(&follow, &error).await
            }
        };
        match again {
            true => {
                tracing::debug!(target: "storage_http", call = self.request.name, attempt = self.number, %error, ?follow, "trying again");
                Ok(())
            }
            false => Err(self.last(error)),
        }
    }

    /// Waits before the next attempt; `false` when there is none.
    async fn wait(&mut self, follow: &Follow, error: &Error) -> bool {
        // Such a connection says nothing about the service. The next one is new, so that it can't be the same again.
        if std::mem::take(&mut self.stale) {
            self.stale_attempts += 1;
            return true;
        }
        if self.number - self.stale_attempts >= self.client.config.max_attempts {
            return false;
        }
        // It may ask to slow down of what it has begun.
        let throttled = *follow == Follow::Throttled || error.kind() == ErrorKind::Throttled;
        let cost = if throttled { COST_THROTTLED } else { COST };
        if !self.client.quota.pay(cost) {
            return false;
        }
        self.cost = cost;
        let (runtime, max) = (&self.client.runtime, self.client.config.max_backoff);
        runtime.sleep(backoff(&**runtime, self.number, throttled, error.retry_after(), max)).await;
        true
    }

    /// Makes the error of a call that was stopped between or in the middle of its attempts.
    pub(crate) fn stopped(&mut self, error: Error) -> Error {
        self.lost |= self.on_wire;
        self.last(error)
    }

    /// Makes the error that the caller gets.
    fn last(&self, error: Error) -> Error {
        if !self.lost || self.request.idempotency == Idempotency::Always {
            return error.with_attempts(self.number);
        }
        let message = "the request may have been carried out, but no answer says so; look at what is there before repeating it";
        let mut ambiguous = Error::new(ErrorKind::Ambiguous, message).with_attempts(self.number);
        if let Some(status) = error.status() {
            ambiguous = ambiguous.with_status(status);
        }
        ambiguous.with_source(error)
    }
}
