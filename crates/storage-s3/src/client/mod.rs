//! One method for each call of the protocol: build, send, parse. No retry, no branch on the names of vendors.

mod buckets;
pub(crate) mod multipart;
pub(crate) mod objects;
mod places;
mod settings;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use http::{HeaderValue, Method};
use storage_core::{ContainerName, Error, ErrorKind, Key, Result};
use storage_http::{
    Answer, Attempt, Client as HttpClient, Encoder, Endpoint, Failure, Follow, Protocol, Request, Scheme,
    encode_key,
};

use places::About;
pub(crate) use places::Places;

use crate::config::Defaults;
use crate::credentials::{CredentialChain, Credentials};
use crate::error::{fail, failure};
use crate::names;
use crate::protect::Protection;
use crate::sign::chunked::{SignedChunks, UnsignedChunks};
use crate::sign::policy::{PostForm, PostPolicy};
use crate::sign::{Scope, SigningKeys, checksum, v2, v4};
use crate::vendors::{Quirks, SignatureVersion};
use crate::wire::Body;

/// The SHA-256 of nothing.
const EMPTY_DIGEST: HeaderValue =
    HeaderValue::from_static("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
const UNSIGNED_TRAILER: HeaderValue = HeaderValue::from_static("STREAMING-UNSIGNED-PAYLOAD-TRAILER");
const SIGNED_TRAILER: HeaderValue = HeaderValue::from_static("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER");

/// Sends the calls of one account.
pub(crate) struct Client {
    pub(crate) http: HttpClient,
    /// The id by which errors name the service.
    pub(crate) id: String,
    pub(crate) quirks: Quirks,
    pub(crate) protection: Protection,
    pub(crate) places: Places,
    pub(crate) credentials: CredentialChain,
    pub(crate) keys: SigningKeys,
    /// What holds for requests that do not say it.
    pub(crate) defaults: Defaults,
    /// Lists with the first version of the call.
    pub(crate) lists_v1: AtomicBool,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("id", &self.id)
            .field("places", &self.places)
            .field("protection", &self.protection)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Starts a request that is about the account.
    fn service(&self, name: &'static str, method: Method, query: &str) -> Request {
        let mut target = String::from("/");
        push_raw_query(&mut target, query);
        Request::new(name, method, Arc::clone(self.places.service()), target)
    }

    /// Starts a request that is about a bucket; the query is encoded already.
    fn bucket(&self, name: &'static str, method: Method, bucket: &ContainerName, query: &str) -> Request {
        let (endpoint, in_host) = self.places.of(bucket, About::Bucket);
        let mut target = String::with_capacity(bucket.len() + query.len() + 2);
        target.push('/');
        if !in_host {
            encode_key(bucket, &mut target);
        }
        push_raw_query(&mut target, query);
        self.finish(Request::new(name, method, endpoint, target).container(bucket))
    }

    /// Starts a request that is about an object; the query is encoded already.
    fn object(
        &self,
        name: &'static str,
        method: Method,
        bucket: &ContainerName,
        key: &Key,
        query: &str,
    ) -> Request {
        let (endpoint, in_host) = self.places.of(bucket, About::Object);
        let mut target = String::with_capacity(bucket.len() + key.len() + query.len() + 16);
        target.push('/');
        if !in_host {
            encode_key(bucket, &mut target);
            target.push('/');
        }
        encode_key(key, &mut target);
        push_raw_query(&mut target, query);
        self.finish(Request::new(name, method, endpoint, target).container(bucket))
    }

    fn finish(&self, mut request: Request) -> Request {
        if self.defaults.requester_pays {
            request.headers.insert(names::REQUEST_PAYER, HeaderValue::from_static("requester"));
        }
        if let Some(owner) = &self.defaults.expected_bucket_owner {
            request.headers.insert(names::EXPECTED_OWNER, owner.clone());
        }
        request
    }

    /// Sends a request; the parser says what proves its success.
    async fn send<T>(&self, request: Request, parse: impl Fn(&Answer) -> Result<T, Failure>) -> Result<T> {
        self.http.send(self, request, parse).await
    }

    /// Sends a request whose answer is a document, which may be an error in spite of its status.
    async fn read<T>(&self, request: Request, parse: impl Fn(&Bytes) -> Result<Body<T>>) -> Result<T> {
        self.read_with(request, parse, |_, document| Ok(document)).await
    }

    /// As [`read`](Self::read), with a result that needs the headers beside the document.
    async fn read_with<D, T>(
        &self,
        request: Request,
        parse: impl Fn(&Bytes) -> Result<Body<D>>,
        finish: impl Fn(&Answer, D) -> Result<T, Failure>,
    ) -> Result<T> {
        let asked = without_content(&request);
        self.send(request, |answer| match parse(&answer.body) {
            Ok(Body::Ok(document)) => finish(answer, document),
            Ok(Body::Failed(error)) => Err(fail(&self.id, &asked, answer, *error)),
            // Half a document is no answer: nobody knows what the service did.
            Err(error) => Err(Failure { error, follow: Follow::IfIdempotent }),
        })
        .await
    }

    /// Returns the address of a bucket or an object, without a signature.
    pub(crate) fn public_url(&self, bucket: &ContainerName, key: Option<&Key>) -> String {
        let request = match key {
            Some(key) => self.object("PublicUrl", Method::GET, bucket, key, ""),
            None => self.bucket("PublicUrl", Method::GET, bucket, ""),
        };
        format!("{}{}", request.endpoint, request.target)
    }

    /// Signs a request for somebody else to send and returns its whole address.
    pub(crate) async fn presign(
        &self,
        request: &Request,
        expires: std::time::Duration,
    ) -> Result<storage_core::Secret> {
        let now = self.http.clock().now();
        let endpoint = &request.endpoint;
        let Some(credentials) = self.credentials.get(&self.http, now).await? else {
            return Err(Error::new(
                ErrorKind::Unauthenticated,
                "an address can't be signed without credentials; give `access_key_id` and `secret_access_key`",
            ));
        };
        let mut headers = request.headers.clone();
        headers.insert(http::header::HOST, endpoint.host_header().clone());
        let target = match self.protection.signature {
            Some(SignatureVersion::V2) => {
                v2::Signer { credentials: &credentials, bucket_in_host: self.bucket_in_host(request), now }
                    .presign(&request.method, &request.target, &headers, expires)?
            }
            _ => self.signer(&credentials, endpoint, now).presign(
                &request.method,
                &request.target,
                &headers,
                expires,
            )?,
        };
        Ok(storage_core::Secret::new(format!("{endpoint}{target}")))
    }

    /// Signs a form that a browser posts.
    pub(crate) async fn post_form(&self, bucket: &ContainerName, policy: &PostPolicy) -> Result<PostForm> {
        let now = self.http.clock().now();
        let request = self.bucket("PostObject", Method::POST, bucket, "");
        let Some(credentials) = self.credentials.get(&self.http, now).await? else {
            return Err(Error::new(ErrorKind::Unauthenticated, "a form can't be signed without credentials"));
        };
        let url = format!("{}{}", request.endpoint, request.target);
        self.signer(&credentials, &request.endpoint, now).sign_post(bucket, url, policy)
    }

    pub(crate) fn signer<'a>(
        &'a self,
        credentials: &'a Credentials,
        endpoint: &'a Endpoint,
        now: std::time::SystemTime,
    ) -> v4::Signer<'a> {
        v4::Signer { keys: &self.keys, credentials, scope: Scope::s3(endpoint.region()), now }
    }

    /// Returns the bucket where the host names it and the path does not.
    fn bucket_in_host<'a>(&self, request: &'a Request) -> Option<&'a str> {
        request.container.as_deref().filter(|bucket| self.places.is_in_host(bucket))
    }

    /// Has a checksum travel behind the content.
    fn frame(&self, attempt: &mut Attempt<'_>) -> Result<Option<HeaderValue>> {
        let Some(algorithm) = attempt.request.trailer else { return Ok(None) };
        let len = attempt.request.payload.len();
        let encoding = match attempt.headers.get(CONTENT_ENCODING).and_then(|it| it.to_str().ok()) {
            Some(own) => format!("aws-chunked,{own}"),
            None => "aws-chunked".to_owned(),
        };
        let value = |text: &str| {
            HeaderValue::from_str(text)
                .map_err(|_| Error::new(ErrorKind::InvalidInput, "`content-encoding` can't be sent"))
        };
        attempt.headers.insert(CONTENT_ENCODING, value(&encoding)?);
        attempt.headers.insert(names::DECODED_LENGTH, HeaderValue::from(len));
        if let Some(name) = checksum::header_name(algorithm) {
            attempt.headers.insert(names::TRAILER, value(name.as_str())?);
        }
        if attempt.request.endpoint.scheme() == Scheme::Https {
            attempt.encoder = Some(Box::new(UnsignedChunks::new(len, algorithm)?));
            return Ok(Some(UNSIGNED_TRAILER));
        }
        Ok(Some(SIGNED_TRAILER))
    }
}

/// Keeps what errors need of a request.
fn without_content(request: &Request) -> Request {
    let mut own = Request::new(
        request.name,
        request.method.clone(),
        Arc::clone(&request.endpoint),
        request.target.clone(),
    );
    own.container.clone_from(&request.container);
    own
}

fn push_raw_query(target: &mut String, query: &str) {
    if !query.is_empty() {
        target.push('?');
        target.push_str(query);
    }
}

impl Protocol for Client {
    fn provider(&self) -> &str {
        &self.id
    }

    async fn authorize(&self, attempt: &mut Attempt<'_>) -> Result<()> {
        let framed = self.frame(attempt)?;
        let Some(credentials) = self.credentials.get(&self.http, attempt.now).await? else { return Ok(()) };
        let request = attempt.request;
        if self.protection.signature == Some(SignatureVersion::V2) {
            let signer = v2::Signer {
                credentials: &credentials,
                bucket_in_host: self.bucket_in_host(request),
                now: attempt.now,
            };
            return signer.sign_headers(&request.method, &attempt.target, &mut attempt.headers);
        }
        let signed_chunks = framed.as_ref() == Some(&SIGNED_TRAILER);
        let digest = framed.or_else(|| request.digest.clone()).unwrap_or(EMPTY_DIGEST);
        let signer = self.signer(&credentials, &request.endpoint, attempt.now);
        let seed = signer.sign_headers(&request.method, &attempt.target, &mut attempt.headers, digest)?;
        if signed_chunks {
            let encoder: Box<dyn Encoder> = Box::new(SignedChunks::new(&seed, request.trailer)?);
            attempt.encoder = Some(encoder);
        }
        Ok(())
    }

    fn failure(&self, request: &Request, answer: &Answer) -> Failure {
        failure(&self.id, request, answer)
    }

    fn forget_credentials(&self) -> bool {
        self.credentials.forget()
    }

    fn reroute(&self, request: &mut Request, place: &str) -> bool {
        let Some(bucket) = &request.container else { return false };
        match self.places.learn(bucket, place) {
            Some(endpoint) => {
                request.endpoint = endpoint;
                true
            }
            None => false,
        }
    }
}
