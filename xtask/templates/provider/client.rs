//! One method for each wire call: build, send, parse. No portable options, no retry, no branches on vendors.

use std::sync::Arc;

use http::{HeaderMap, Method};
use storage_core::{Error, ObjectRef, Operation, Result};
use storage_http::{Answer, Attempt, Client as HttpClient, Endpoint, Failure, Protocol, Request, encode_key};

use crate::credentials::Credentials;
use crate::error::classify;
use crate::sign::sign;
use crate::wire;

/// Sends requests to one endpoint.
#[derive(Debug)]
pub(crate) struct Client {
    http: HttpClient,
    endpoint: Arc<Endpoint>,
    credentials: Credentials,
}

impl Client {
    pub(crate) fn new(http: HttpClient, endpoint: Endpoint, credentials: Credentials) -> Self {
        Self { http, endpoint: Arc::new(endpoint), credentials }
    }

    /// Asks for an object: link the page of the call here.
    pub(crate) async fn head_object(&self, target: ObjectRef<'_>) -> Result<(u64, HeaderMap)> {
        let request = self.object("HeadObject", Method::HEAD, target).operation(Operation::HeadObject, false);
        self.http
            .send(self, request, |answer| {
                let size = answer.header("content-length").and_then(|it| it.parse().ok());
                let size = size.ok_or_else(|| Failure::unexpected("the answer does not say how large the object is"))?;
                Ok((size, answer.headers.clone()))
            })
            .await
    }

    /// A call that is not written yet: it gets a method of its own, as [`head_object`](Self::head_object).
    pub(crate) fn call<T>(&self, call: &'static str) -> Result<T> {
        Err(Error::unsupported("skeleton", call))
    }

    fn object(&self, name: &'static str, method: Method, target: ObjectRef<'_>) -> Request {
        // Encoded once, as bytes: no parser of addresses ever sees the key.
        let mut path = String::from("/");
        encode_key(target.container, &mut path);
        path.push('/');
        encode_key(target.key, &mut path);
        Request::new(name, method, Arc::clone(&self.endpoint), path).container(target.container)
    }
}

impl Protocol for Client {
    fn provider(&self) -> &str {
        "skeleton"
    }

    async fn authorize(&self, attempt: &mut Attempt<'_>) -> Result<()> {
        sign(&mut attempt.headers, &self.credentials, attempt.now)
    }

    fn failure(&self, _: &Request, answer: &Answer) -> Failure {
        let body = wire::failure::parse(&answer.body);
        classify(answer.status.as_u16(), body.code.as_deref())
    }

    fn forget_credentials(&self) -> bool {
        false
    }

    fn reroute(&self, _: &mut Request, _: &str) -> bool {
        false
    }
}
