//! One method for each call of the protocol: build, send, parse. No retry, no portable options.

pub(crate) mod blobs;
pub(crate) mod blocks;
pub(crate) mod containers;
mod kinds;
pub(crate) mod leases;
pub(crate) mod lists;
pub(crate) mod properties;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Method};
use storage_core::{ContainerName, Error, ErrorKind, Key, Result};
use storage_http::{
    Answer, Attempt, Client as HttpClient, Failure, Follow, Protocol, Request, dates, headers,
};

use crate::credentials::{Credential, CredentialChain};
use crate::error::failure;
use crate::names;
use crate::place::Place;
use crate::sign::shared_key;

/// Sends the calls of one account.
pub(crate) struct Client {
    pub(crate) http: HttpClient,
    pub(crate) place: Place,
    pub(crate) credentials: CredentialChain,
}

/// The id by which errors name the service.
pub(crate) const ID: &str = "azure";

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Client {
    /// Starts a request about the account; the query is encoded already.
    pub(crate) fn service(&self, name: &'static str, method: Method, query: &str) -> Request {
        Request::new(name, method, Arc::clone(&self.place.endpoint), self.place.service(query))
    }

    /// Starts a request about a container; the query is encoded already.
    pub(crate) fn container(
        &self,
        name: &'static str,
        method: Method,
        container: &ContainerName,
        query: &str,
    ) -> Request {
        let target = self.place.container(container, query);
        Request::new(name, method, Arc::clone(&self.place.endpoint), target).container(container)
    }

    /// Starts a request about a blob; the query is encoded already.
    pub(crate) fn blob(
        &self,
        name: &'static str,
        method: Method,
        container: &ContainerName,
        key: &Key,
        query: &str,
    ) -> Request {
        let target = self.place.blob(container, key, query);
        Request::new(name, method, Arc::clone(&self.place.endpoint), target).container(container)
    }

    /// Sends a request; the parser says what proves its success.
    pub(crate) async fn send<T>(
        &self,
        request: Request,
        parse: impl Fn(&Answer) -> Result<T, Failure>,
    ) -> Result<T> {
        self.http.send(self, request, parse).await
    }

    /// Sends a request whose answer is a document.
    pub(crate) async fn read<T>(&self, request: Request, parse: impl Fn(&Bytes) -> Result<T>) -> Result<T> {
        self.send(request, |answer| {
            proven(answer)?;
            // Half a document is no answer: nobody knows what the service did.
            parse(&answer.body).map_err(|error| Failure { error, follow: Follow::IfIdempotent })
        })
        .await
    }

    /// Turns a read to the second place, if there is one.
    pub(crate) fn to_secondary(&self, request: &Request) -> Option<Request> {
        let endpoint = self.place.secondary.as_ref()?;
        let rest = request.target.strip_prefix(&*self.place.base)?;
        let mut other = request.clone();
        other.endpoint = Arc::clone(endpoint);
        other.target = format!("{}{rest}", self.place.secondary_base);
        Some(other)
    }
}

/// Tells an answer of the service from one of somebody in between: the service gives every answer an id.
pub(crate) fn proven(answer: &Answer) -> Result<(), Failure> {
    match answer.headers.contains_key(names::REQUEST_ID) {
        true => Ok(()),
        false => {
            Err(Failure::unexpected("the answer has no `x-ms-request-id`, so the service did not send it"))
        }
    }
}

impl Protocol for Client {
    fn provider(&self) -> &str {
        ID
    }

    async fn authorize(&self, attempt: &mut Attempt<'_>) -> Result<()> {
        attempt.headers.insert(names::X_MS_VERSION, names::VERSION_VALUE);
        match self.credentials.get(&self.http, attempt.now).await? {
            Credential::Anonymous => {}
            Credential::SharedKey(key) => {
                let date = dates::http_date(attempt.now);
                let date = HeaderValue::from_bytes(&date).map_err(|_| unsent("date"))?;
                attempt.headers.insert(names::DATE, date);
                let length = attempt.request.payload.len();
                let method = &attempt.request.method;
                shared_key::sign(method, &attempt.target, &mut attempt.headers, length, &key)?;
            }
            Credential::Sas(token) => {
                attempt.target.push(if attempt.target.contains('?') { '&' } else { '?' });
                attempt.target.push_str(token.query.expose());
            }
            Credential::Bearer(bearer) => {
                let text = format!("Bearer {}", bearer.token.expose());
                let mut value = headers::value("authorization", &text)?;
                value.set_sensitive(true);
                attempt.headers.insert(AUTHORIZATION, value);
            }
        }
        Ok(())
    }

    fn failure(&self, request: &Request, answer: &Answer) -> Failure {
        failure(request, answer)
    }

    fn forget_credentials(&self) -> bool {
        self.credentials.forget()
    }

    fn reroute(&self, _: &mut Request, _: &str) -> bool {
        false
    }
}

fn unsent(what: &str) -> Error {
    Error::new(ErrorKind::Io, format!("the {what} is no header"))
}
