//! Keys of a role, from the Security Token Service.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>,
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>

use std::path::Path;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};
use ring::digest;
use storage_core::{Error, ErrorKind, Result, Secret};
use storage_http::{Answer, Attempt, Endpoint, Failure, Protocol, Request, encode_query, xml};

use super::Credentials;
use super::answer;
use super::ask::{Ask, domain, hex, is_region, plain, refused};
use super::files;
use super::profile::Role;
use crate::sign::SigningKeys;
use crate::sign::v4::{Scope, Signer};

const SERVICE: &str = "the token service (STS)";
/// The region whose name signs for the service without a region.
const GLOBAL_REGION: &str = "us-east-1";

/// Takes on a role with other credentials.
///
/// # Errors
/// Those of the request, and `UnexpectedResponse`.
pub(super) async fn assume_role(ask: Ask<'_>, credentials: &Credentials, role: &Role) -> Result<Credentials> {
    let mut form = Form::new("AssumeRole", ask, role);
    form.push_opt("ExternalId", role.external_id.as_deref());
    let request = form.request(endpoint(ask, role)?)?;
    let keys = SigningKeys::new();
    let keys = ask.client.send(&Signed { credentials, keys }, request, |it| read(it, "AssumeRole")).await?;
    keys.check("role", ask)
}

/// Takes on a role with a token that somebody else has issued.
///
/// # Errors
/// `Configuration` when the file holds no token, those of the request, and `UnexpectedResponse`.
pub(super) async fn assume_role_with_web_identity(
    ask: Ask<'_>,
    role: &Role,
    token_file: &Path,
) -> Result<Credentials> {
    let token_file = files::expand(token_file, ask.settings.home().as_deref());
    // The file is read every time, since whoever issues the token replaces it.
    let token = files::read_token(ask.runtime(), &token_file).await?;
    let mut form = Form::new("AssumeRoleWithWebIdentity", ask, role);
    form.push("WebIdentityToken", token.expose());
    let request = form.request(endpoint(ask, role)?)?;
    let parse = |it: &Answer| read(it, "AssumeRoleWithWebIdentity");
    let keys = ask.client.send(&plain(SERVICE), request, parse).await?;
    keys.check("web identity", ask)
}

/// Returns the service of the region.
fn endpoint(ask: Ask<'_>, role: &Role) -> Result<Endpoint> {
    let region = ask.settings.sts_region.as_deref().or(role.region.as_deref()).filter(|it| !it.is_empty());
    if let Some(address) = &ask.settings.sts_endpoint {
        return Endpoint::parse(address, region.unwrap_or(GLOBAL_REGION));
    }
    let Some(region) = region else { return Endpoint::parse("https://sts.amazonaws.com", GLOBAL_REGION) };
    if !is_region(region) {
        return Err(Error::new(
            ErrorKind::Configuration,
            "the region to take on a role in is no region of AWS",
        ));
    }
    Endpoint::parse(&format!("https://sts.{region}.{}", domain(region)), region)
}

/// The parameters of a call. They go in the body, where no log shows them.
struct Form {
    name: &'static str,
    body: String,
}

impl Form {
    fn new(name: &'static str, ask: Ask<'_>, role: &Role) -> Self {
        let mut form = Self { name, body: "Version=2011-06-15".to_owned() };
        form.push("Action", name);
        form.push("RoleArn", &role.arn);
        let seconds = ask.now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let session = role.session_name.clone().unwrap_or_else(|| format!("storage-{seconds}"));
        form.push("RoleSessionName", &session);
        let duration = role.duration_seconds.map(|it| it.to_string());
        form.push_opt("DurationSeconds", duration.as_deref());
        form
    }

    fn push(&mut self, name: &str, value: &str) {
        self.body.push('&');
        self.body.push_str(name);
        self.body.push('=');
        encode_query(value, &mut self.body);
    }

    fn push_opt(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.push(name, value);
        }
    }

    fn request(self, endpoint: Endpoint) -> Result<Request> {
        let sum = hex(digest::digest(&digest::SHA256, self.body.as_bytes()).as_ref());
        let mut request =
            Request::new(self.name, Method::POST, Arc::new(endpoint), "/".to_owned()).payload(self.body);
        let form = HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8");
        request.headers.insert(CONTENT_TYPE, form);
        request.digest = Some(HeaderValue::from_str(&sum).map_err(|_| unsigned())?);
        Ok(request)
    }
}

/// Requests that are signed with the keys that take on the role.
struct Signed<'a> {
    credentials: &'a Credentials,
    keys: SigningKeys,
}

impl Protocol for Signed<'_> {
    fn provider(&self) -> &str {
        "s3"
    }

    async fn authorize(&self, attempt: &mut Attempt<'_>) -> Result<()> {
        let request = attempt.request;
        let signer = Signer {
            keys: &self.keys,
            credentials: self.credentials,
            scope: Scope::general(request.endpoint.region(), "sts"),
            now: attempt.now,
        };
        let digest = request.digest.clone().ok_or_else(unsigned)?;
        signer.sign_headers(&request.method, &attempt.target, &mut attempt.headers, digest)?;
        Ok(())
    }

    fn failure(&self, _: &Request, answer: &Answer) -> Failure {
        refused(SERVICE, answer)
    }

    fn forget_credentials(&self) -> bool {
        false
    }

    fn reroute(&self, _: &mut Request, _: &str) -> bool {
        false
    }
}

fn unsigned() -> Error {
    Error::new(ErrorKind::InvalidInput, "the request for a role has no digest to sign")
}

/// Keys as the service writes them.
struct Granted {
    id: String,
    secret: Secret,
    token: Secret,
    ends: String,
}

impl Granted {
    fn check(self, source: &'static str, ask: Ask<'_>) -> Result<Credentials> {
        let ends =
            answer::read_time(&self.ends).ok_or_else(|| answer::unexpected("`Expiration` is no time"))?;
        answer::assemble(Some(self.id), Some(self.secret), Some(self.token), Some(ends), source, ask.now)
    }
}

/// Reads `<AssumeRoleResponse><AssumeRoleResult><Credentials>…`.
fn read(answer: &Answer, call: &str) -> Result<Granted, Failure> {
    if answer.body.len() > answer::LIMIT_BYTES {
        return Err(answer::unexpected("the answer is far too long for keys").into());
    }
    let document = xml::parse(&answer.body)?.named(&format!("{call}Response"))?;
    let keys = document.require(&format!("{call}Result"))?.require("Credentials")?;
    let text = |name: &str| keys.require(name).map(|it| it.text().to_owned());
    Ok(Granted {
        id: text("AccessKeyId")?,
        secret: text("SecretAccessKey")?.into(),
        token: text("SessionToken")?.into(),
        ends: text("Expiration")?,
    })
}
