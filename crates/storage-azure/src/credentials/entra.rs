//! The token endpoint of Microsoft Entra ID:
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>.

use std::sync::Arc;
use std::time::Duration;

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method};
use storage_core::{Result, Secret};
use storage_http::sources::read_json;
use storage_http::{Endpoint, Request, encode_query};

use super::Bearer;
use super::ask::{Ask, plain};
use super::token::RawToken;

const SERVICE: &str = "Microsoft Entra ID";
/// How long it may take with all attempts.
const LIMIT: Duration = Duration::from_secs(60);
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What an application proves itself with.
pub(super) enum Proof<'a> {
    Secret(&'a Secret),
    /// A token that somebody signed for it.
    Assertion(&'a Secret),
}

/// Asks for a token of an application.
///
/// # Errors
/// Those of the request, and `UnexpectedResponse`.
pub(super) async fn token(
    ask: Ask<'_>,
    tenant: &str,
    client_id: &str,
    proof: Proof<'_>,
    source: &'static str,
) -> Result<Bearer> {
    let endpoint = Endpoint::parse(&ask.settings.authority, "")?;
    let body = form(client_id, &ask.settings.audience, &proof);
    let mut request = Request::new("GetToken", Method::POST, Arc::new(endpoint), path(tenant)).payload(body);
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    request.headers.insert(CONTENT_TYPE, form);
    request.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let parse = |it: &storage_http::Answer| Ok(read_json::<RawToken>(&it.body)?.check(source, ask.now)?);
    ask.within(LIMIT, SERVICE, ask.client.send(&plain(SERVICE), request, parse)).await
}

/// Returns the address of the token endpoint, as assertions name it.
pub(super) fn address(authority: &str, tenant: &str) -> String {
    format!("{}{}", authority.trim_end_matches('/'), path(tenant))
}

fn path(tenant: &str) -> String {
    format!("/{tenant}/oauth2/v2.0/token")
}

/// The parameters of the call. They go in the body, where no log shows them.
fn form(client_id: &str, audience: &str, proof: &Proof<'_>) -> String {
    let mut body = "grant_type=client_credentials".to_owned();
    let mut push = |name: &str, value: &str| {
        body.push('&');
        body.push_str(name);
        body.push('=');
        encode_query(value, &mut body);
    };
    push("client_id", client_id);
    push("scope", &format!("{audience}/.default"));
    match proof {
        Proof::Secret(secret) => push("client_secret", secret.expose()),
        Proof::Assertion(assertion) => {
            push("client_assertion_type", ASSERTION_TYPE);
            push("client_assertion", assertion.expose());
        }
    }
    body
}
