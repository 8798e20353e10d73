//! Addresses that are signed for somebody else: by the key of the account, or by one that Microsoft Entra ID stands behind.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::Method;
use storage_core::groups::PresignOptions;
use storage_core::{Error, ErrorKind, ObjectRef, Result, Runtime, Secret};
use storage_http::{Cached, Expiring, dates};

use crate::client::Client;
use crate::client::blobs::{SNAPSHOT_MARK, push, version_query};
use crate::credentials::Credential;
use crate::sign::decode_key;
use crate::sign::sas::{
    DelegationKey, DelegationSas, Grant, Protocol, Resource, ResponseHeaders, ServiceSas,
};

/// How long a signed address may be good at most, where the service names a limit.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How long a delegation key is asked for.
const KEY_LIFE: Duration = LONGEST;

/// The parameters by which the service reads a signature, and which object is meant.
const SIGNED: &[&str] = &[
    "sv",
    "sr",
    "sp",
    "st",
    "se",
    "sip",
    "spr",
    "si",
    "ses",
    "sig",
    "ss",
    "srt",
    "sdd",
    "skoid",
    "sktid",
    "skt",
    "ske",
    "sks",
    "skv",
    "saoid",
    "suoid",
    "scid",
    "sduoid",
    "skdutid",
    "srh",
    "srq",
    "snapshot",
    "versionid",
];

/// The key by which addresses are signed where requests carry tokens; one request gets it for days.
pub(crate) struct DelegationKeys(Cached<Delegated>);

#[derive(Debug)]
struct Delegated {
    key: DelegationKey,
    expires: SystemTime,
}

impl Expiring for Delegated {
    fn expires(&self) -> Option<SystemTime> {
        Some(self.expires)
    }
}

impl fmt::Debug for DelegationKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DelegationKeys")
    }
}

impl DelegationKeys {
    pub(crate) fn new(runtime: Arc<dyn Runtime>) -> Self {
        Self(Cached::new(runtime))
    }

    /// Returns a key that holds until `end`: what it signs is good no longer than itself.
    async fn get(&self, client: &Client, now: SystemTime, end: SystemTime) -> Result<Arc<Delegated>> {
        let first = self.fetch(client, now).await?;
        if first.expires >= end {
            return Ok(first);
        }
        self.0.forget();
        let second = self.fetch(client, now).await?;
        if second.expires >= end {
            return Ok(second);
        }
        Err(invalid("the address would be good for longer than the key that signs it; ask for less time"))
    }

    async fn fetch(&self, client: &Client, now: SystemTime) -> Result<Arc<Delegated>> {
        self.0
            .get(now, || async {
                // The clock of the service may be behind.
                let start = now - Duration::from_secs(15 * 60);
                let asked = client.get_delegation_key(&moment(start), &moment(now + KEY_LIFE)).await?;
                let key = DelegationKey {
                    object_id: asked.oid,
                    tenant_id: asked.tid,
                    start: asked.start,
                    expiry: asked.expiry,
                    service: asked.service,
                    version: asked.version,
                    delegated_tenant_id: asked.delegated_tid,
                    key: decode_key(asked.value.expose())?,
                };
                Ok(Delegated { key, expires: asked.expires.into() })
            })
            .await
    }
}

/// Writes a time as keys of delegation name it.
fn moment(time: SystemTime) -> String {
    let text = dates::iso_date(time);
    // Without the part of the second.
    let seconds = text.get(..19).unwrap_or_default();
    format!("{}Z", String::from_utf8_lossy(seconds))
}

/// Signs a request to an object.
pub(crate) async fn sign(
    client: &Client,
    keys: &DelegationKeys,
    target: ObjectRef<'_>,
    options: &PresignOptions,
) -> Result<Secret> {
    let now = client.http.clock().now();
    if options.expires.is_zero() {
        return Err(invalid("an address must be good for some time"));
    }
    let end = now.checked_add(options.expires).filter(|it| *it <= last_moment());
    let end = end.ok_or_else(|| invalid("an address can't be good for longer than until the year 9999"))?;
    let version = options.version.as_ref();
    let resource = match version.map(|it| it.as_str().strip_prefix(SNAPSHOT_MARK).ok_or(it.as_str())) {
        None => Resource::Blob(target.key),
        Some(Ok(time)) => Resource::Snapshot { blob: target.key, time },
        Some(Err(id)) => Resource::Version { blob: target.key, id },
    };
    let grant = Grant {
        permissions: permissions(&options.method, version.is_some())?,
        expiry: Some(end),
        protocol: Some(match client.place.endpoint.scheme() {
            storage_http::Scheme::Https => Protocol::Https,
            storage_http::Scheme::Http => Protocol::HttpsAndHttp,
        }),
        ..Grant::default()
    };
    let (response, rest) = response_headers(&options.query)?;
    let (container, account) = (&**target.container, &client.place.account);
    let signed = match client.credentials.get(&client.http, now).await? {
        Credential::SharedKey(key) => {
            ServiceSas { grant, container, resource, identifier: None, response }.sign(&key)?
        }
        Credential::Bearer(_) => {
            if options.expires > LONGEST {
                return Err(invalid("an address that a token stands behind is good for 7 days at most"));
            }
            let delegated = keys.get(client, now, now + options.expires).await?;
            let sas = DelegationSas {
                grant,
                container,
                resource,
                response,
                authorized_object_id: None,
                unauthorized_object_id: None,
                correlation_id: None,
                delegated_object_id: None,
            };
            sas.sign(account, &delegated.key)?
        }
        Credential::Sas(_) => {
            let message = "a signed query can't sign another; give an account key, or credentials of Microsoft Entra ID";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        Credential::Anonymous => {
            return Err(Error::new(
                ErrorKind::Unauthenticated,
                "an address can't be signed without credentials; give `account_key`, or those of Microsoft Entra ID",
            ));
        }
    };
    let mut query = version_query(version);
    for (name, value) in rest {
        push(&mut query, name, value);
    }
    if !query.is_empty() {
        query.push('&');
    }
    query.push_str(signed.expose());
    let path = client.place.blob(target.container, target.key, &query);
    Ok(Secret::new(format!("{}{path}", client.place.endpoint)))
}

/// The letters for a method.
fn permissions(method: &Method, version: bool) -> Result<&'static str> {
    match *method {
        Method::GET | Method::HEAD => Ok("r"),
        Method::PUT => Ok("cw"),
        Method::DELETE if version => Ok("x"),
        Method::DELETE => Ok("d"),
        _ => Err(invalid("addresses are signed for GET, HEAD, PUT and DELETE only")),
    }
}

/// Takes the parameters that set headers of the answer, by the names of this service or of S3, and returns the others.
///
/// # Errors
/// `InvalidInput` for one that would stand beside what is signed.
fn response_headers(query: &[(String, String)]) -> Result<(ResponseHeaders<'_>, Vec<(&str, &str)>)> {
    let (mut found, mut rest) = (ResponseHeaders::default(), Vec::new());
    for (name, value) in query {
        let slot = match name.as_str() {
            "rscc" | "response-cache-control" => &mut found.cache_control,
            "rscd" | "response-content-disposition" => &mut found.content_disposition,
            "rsce" | "response-content-encoding" => &mut found.content_encoding,
            "rscl" | "response-content-language" => &mut found.content_language,
            "rsct" | "response-content-type" => &mut found.content_type,
            name if SIGNED.iter().any(|it| it.eq_ignore_ascii_case(name)) => {
                return Err(invalid("the signature itself sets one of the parameters that are given"));
            }
            name => {
                rest.push((name, value.as_str()));
                continue;
            }
        };
        *slot = Some(value);
    }
    Ok((found, rest))
}

/// The last second that a signature can name.
fn last_moment() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(253_402_300_799)
}

fn invalid(message: &'static str) -> Error {
    Error::new(ErrorKind::InvalidInput, message)
}
