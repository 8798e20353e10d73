//! Keys for a session of the single sign-on, which `aws sso login` opens.
//!
//! <https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html>

use std::path::Path;
use std::sync::Arc;

use http::{HeaderName, Method};
use ring::digest;
use serde::Deserialize;
use storage_core::{Error, ErrorKind, Result, Secret};
use storage_http::{Endpoint, Request, push_query};

use super::Credentials;
use super::answer;
use super::ask::{Ask, domain, hex, is_region, plain, secret_header};
use super::files;
use super::profile::SsoAccess;

const SERVICE: &str = "the single sign-on";
const TOKEN: HeaderName = HeaderName::from_static("x-amz-sso_bearer_token");

/// Exchanges the token of the session for keys.
///
/// # Errors
/// `Unauthenticated` saying how to sign on when there is no session or it has ended, those of the request, and
/// `UnexpectedResponse`.
pub(super) async fn keys(ask: Ask<'_>, access: &SsoAccess) -> Result<Credentials> {
    let endpoint = Arc::new(endpoint(ask, access)?);
    let token = session(ask, access).await?;
    let mut target = "/federation/credentials".to_owned();
    push_query(&mut target, "role_name", &access.role_name);
    push_query(&mut target, "account_id", &access.account_id);
    let mut request = Request::new("GetRoleCredentials", Method::GET, endpoint, target);
    request.headers.insert(TOKEN, secret_header(&token)?);
    let sent =
        ask.client.send(&plain(SERVICE), request, |it| Ok(answer::read_json::<Granted>(&it.body)?)).await;
    let keys = sent.map_err(|error| advise(error, access))?.role_credentials;
    let expires = keys.expiration.and_then(answer::read_millis);
    let expires = expires.ok_or_else(|| answer::unexpected("`expiration` is missing or no time"))?;
    let Keys { access_key_id, secret_access_key, session_token, .. } = keys;
    answer::assemble(
        access_key_id,
        secret_access_key,
        session_token,
        Some(expires),
        "single sign-on",
        ask.now,
    )
}

fn endpoint(ask: Ask<'_>, access: &SsoAccess) -> Result<Endpoint> {
    if let Some(address) = &ask.settings.sso_endpoint {
        return Endpoint::parse(address, "");
    }
    let region = &access.region;
    if !is_region(region) {
        let message = format!("the `sso_region` of the profile `{}` is no region", access.profile);
        return Err(Error::new(ErrorKind::Configuration, message));
    }
    Endpoint::parse(&format!("https://portal.sso.{region}.{}", domain(region)), "")
}

/// Returns the token that signing on has left in a file.
async fn session(ask: Ask<'_>, access: &SsoAccess) -> Result<Secret> {
    let name = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, access.cached_under.as_bytes());
    let home = ask.settings.home().unwrap_or_default();
    let path = home.join(".aws/sso/cache").join(format!("{}.json", hex(name.as_ref())));
    let Some(file) = files::read(ask.runtime(), &path).await? else {
        return Err(sign_on(access, "is not signed on"));
    };
    let session: Session = answer::read_json(file.text.expose().as_bytes()).map_err(|_| unreadable(&path))?;
    let ends = answer::read_time(&session.expires_at).ok_or_else(|| unreadable(&path))?;
    if ends <= ask.now {
        return Err(sign_on(access, "was signed on, and the session has ended"));
    }
    Ok(session.access_token)
}

/// Says how to sign on when the service no longer takes the token.
fn advise(error: Error, access: &SsoAccess) -> Error {
    match error.status() {
        Some(401) => sign_on(access, "was signed on, and the session is no longer taken").with_source(error),
        _ => error,
    }
}

fn sign_on(access: &SsoAccess, what: &str) -> Error {
    let profile = &access.profile;
    let message = format!("the profile `{profile}` {what}; run `aws sso login --profile {profile}`");
    Error::new(ErrorKind::Unauthenticated, message)
}

fn unreadable(path: &Path) -> Error {
    files::refused(path, "holds no session of the single sign-on; sign on again")
}

/// The file of a session; it holds more, and where to ask is none of its business.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    access_token: Secret,
    expires_at: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Granted {
    role_credentials: Keys,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Keys {
    access_key_id: Option<String>,
    secret_access_key: Option<Secret>,
    session_token: Option<Secret>,
    /// In milliseconds since 1970.
    expiration: Option<i64>,
}
