//! The identity of a machine: the instance metadata service (IMDS).
//!
//! <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Method};
use storage_core::{Error, ErrorKind, Result};
use storage_http::sources::read_json;
use storage_http::{Answer, Client, Endpoint, Failure, Follow, Patience, Request, Unsigned, push_query};

use super::Identity;
use super::ask::{Ask, Complaint, by_status, failure};
use super::chain::Lookup;
use super::identity::push_identity;
use super::token::RawToken;

/// Where the service is on every machine.
const ADDRESS: &str = "http://169.254.169.254";
const PATH: &str = "/metadata/identity/oauth2/token?api-version=2018-02-01";
/// How long the service may take to show that it is there. It is near or it is not there.
const PROBE_LIMIT: Duration = Duration::from_secs(1);
/// How long it may take to have a token, with all attempts: while it is updated it is away for up to 70 s.
const LIMIT: Duration = Duration::from_secs(100);
/// How long one attempt may take; the service asks Entra ID itself.
const PATIENCE: Duration = Duration::from_secs(30);
const SERVICE: &str = "the metadata service";
const METADATA: HeaderName = HeaderName::from_static("metadata");

/// Asks for a token of this machine.
///
/// # Errors
/// Those of the request when the service is there, or should be, and `UnexpectedResponse`.
pub(super) async fn look(ask: Ask<'_>) -> Result<Lookup> {
    let settings = ask.settings;
    if settings.imds_disabled {
        return Ok(Lookup::Not("switched off".into()));
    }
    let address = settings.imds_endpoint.as_deref();
    let endpoint = Endpoint::parse(address.unwrap_or(ADDRESS), "");
    let endpoint = Arc::new(endpoint.map_err(|_| {
        Error::new(ErrorKind::Configuration, "`imds_endpoint` is no address such as `http://host`")
    })?);
    let client = ask.client.without_proxy()?;
    if let Err(error) = probe(ask, &client, &endpoint).await {
        return absent(&error, address.is_some()).map(|why| Lookup::Not(why.into())).ok_or(error);
    }
    let mut target = PATH.to_owned();
    push_query(&mut target, "resource", &settings.audience);
    push_identity(&mut target, &settings.identity, "msi_res_id");
    let mut request =
        Request::new("GetMachineToken", Method::GET, endpoint, target).patience(Patience::Short(PATIENCE));
    request.headers.insert(METADATA, HeaderValue::from_static("true"));
    let parse = |it: &Answer| Ok(read_json::<RawToken>(&it.body)?.check("managed identity", ask.now)?);
    let protocol = Unsigned { provider: "azure", service: SERVICE, failure: refused };
    match ask.within(LIMIT, SERVICE, client.send(&protocol, request, parse)).await {
        Ok(token) => Ok(Lookup::Found(token)),
        Err(error) if error.code() == Some(NO_IDENTITY) && settings.identity == Identity::System => {
            Ok(Lookup::Not("this machine has no identity of its own, or several".into()))
        }
        Err(error) => Err(error),
    }
}

/// Asks without the header that the service wants: it says 400 then, and nobody else does.
async fn probe(ask: Ask<'_>, client: &Client, endpoint: &Arc<Endpoint>) -> Result<()> {
    let request = Request::new("FindMetadata", Method::GET, Arc::clone(endpoint), PATH.to_owned())
        .patience(Patience::Short(PROBE_LIMIT));
    let protocol = Unsigned { provider: "azure", service: SERVICE, failure: probed };
    let parse = |_: &Answer| {
        Err::<(), _>(Failure::new(
            ErrorKind::UnexpectedResponse,
            "something else than the metadata service answers",
        ))
    };
    match ask.within(PROBE_LIMIT, SERVICE, client.send(&protocol, request, parse)).await {
        // It is there when it answers at all, also while it can't.
        Err(error) if matches!(error.status(), Some(400 | 410 | 429 | 500..)) => Ok(()),
        other => other,
    }
}

fn probed(service: &str, answer: &Answer) -> Failure {
    let (kind, _, what) = by_status(answer.status);
    failure(service, answer, (kind, Follow::Never, what))
}

/// Says why there is no token here, when the error means just that.
fn absent(error: &Error, named: bool) -> Option<&'static str> {
    match (error.status(), error.kind()) {
        (Some(_), _) | (None, ErrorKind::UnexpectedResponse) => {
            Some("something answers, but it is not the metadata service of Azure")
        }
        (None, ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Truncated | ErrorKind::Io) if !named => {
            Some("nothing answers within 1 s, so this is no machine of Azure")
        }
        _ => None,
    }
}

/// The code of the service for an identity that is not there.
const NO_IDENTITY: &str = "identity_not_found";

/// Says what an answer without a token means; identities that are just being made are not found for a while.
fn refused(service: &str, answer: &Answer) -> Failure {
    let missing = "Identity not found";
    match answer.status.as_u16() {
        400 if Complaint::read(answer).description.contains(missing) => {
            let what = "knows no such identity of this machine; check `msi_client_id`, `msi_object_id` or \
                        `msi_resource_id`, or `client_id`";
            let mut failure = failure(service, answer, (ErrorKind::Unauthenticated, Follow::Never, what));
            failure.error = failure.error.with_code(NO_IDENTITY);
            failure
        }
        404 | 410 => {
            let what = "is being updated and can't answer now";
            failure(service, answer, (ErrorKind::Unavailable, Follow::Throttled, what))
        }
        _ => super::ask::refused(service, answer),
    }
}
