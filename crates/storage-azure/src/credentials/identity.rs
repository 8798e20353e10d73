//! The identity of an app on App Service, Functions or Container Apps:
//! <https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference>.

use std::sync::Arc;
use std::time::Duration;

use http::header::ACCEPT;
use http::{HeaderName, HeaderValue, Method, Uri};
use storage_core::{Error, ErrorKind, Result};
use storage_http::sources::{read_json, secret_header};
use storage_http::{Answer, Endpoint, Patience, Request, push_query};

use super::Identity;
use super::ask::{Ask, plain};
use super::chain::Lookup;
use super::token::RawToken;

const SERVICE: &str = "the identity service of the app";
/// How long it may take with all attempts; it asks Entra ID itself.
const LIMIT: Duration = Duration::from_secs(30);
const HEADER: HeaderName = HeaderName::from_static("x-identity-header");

/// Asks the service of the app, if the platform names one.
///
/// # Errors
/// Those of the request, and `UnexpectedResponse`.
pub(super) async fn look(ask: Ask<'_>) -> Result<Lookup> {
    let Some(address) = &ask.settings.identity_endpoint else {
        return Ok(Lookup::Not("no `identity_endpoint` is given".into()));
    };
    let Some(header) = &ask.settings.identity_header else {
        return Ok(Lookup::Not(
            "no `identity_header` is given, as on Azure Arc, which has another way".into(),
        ));
    };
    let (endpoint, mut target) = place(address)?;
    push_query(&mut target, "api-version", "2019-08-01");
    push_query(&mut target, "resource", &ask.settings.audience);
    push_identity(&mut target, &ask.settings.identity, "mi_res_id");
    let mut request =
        Request::new("GetAppToken", Method::GET, Arc::new(endpoint), target).patience(Patience::Short(LIMIT));
    request.headers.insert(HEADER, secret_header(header)?);
    request.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let client = ask.client.without_proxy()?;
    let parse =
        |it: &Answer| Ok(read_json::<RawToken>(&it.body)?.check("managed identity of the app", ask.now)?);
    ask.within(LIMIT, SERVICE, client.send(&plain(SERVICE), request, parse)).await.map(Lookup::Found)
}

/// Adds which identity is asked for.
pub(super) fn push_identity(target: &mut String, identity: &Identity, resource: &str) {
    match identity {
        Identity::System => {}
        Identity::Client(id) => push_query(target, "client_id", id),
        Identity::Object(id) => push_query(target, "object_id", id),
        Identity::Resource(id) => push_query(target, resource, id),
    }
}

fn place(address: &str) -> Result<(Endpoint, String)> {
    let bad = || Error::new(ErrorKind::Configuration, "`identity_endpoint` is no address");
    let uri: Uri = address.parse().map_err(|_| bad())?;
    let (scheme, authority) = uri.scheme_str().zip(uri.authority()).ok_or_else(bad)?;
    let endpoint = Endpoint::parse(&format!("{scheme}://{authority}"), "").map_err(|_| bad())?;
    let target = uri.path_and_query().map_or("/", |it| it.as_str());
    Ok((endpoint, target.to_owned()))
}
