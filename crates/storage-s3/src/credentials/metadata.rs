//! Keys of the machine: the metadata service of EC2, version 2 only.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html>

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Method};
use storage_core::{Error, ErrorKind, Result};
use storage_http::{Answer, Client, Endpoint, Failure, Patience, Request, encode_segment};

use super::answer::{self, End, RawKeys};
use super::ask::{Ask, is_code, plain};
use super::chain::Lookup;

/// Where the service is on every machine.
const ADDRESS: &str = "http://169.254.169.254";
const ROLES: &str = "/latest/meta-data/iam/security-credentials/";
/// How long the service may take with one request and all its attempts. It is near or it is not there.
const LIMIT: Duration = Duration::from_secs(1);
const SERVICE: &str = "the metadata service";
const TOKEN: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token");
const TOKEN_TTL: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token-ttl-seconds");
/// The longest that the service allows.
const TOKEN_TTL_SECONDS: HeaderValue = HeaderValue::from_static("21600");

/// Asks for the keys of the role of this machine.
///
/// # Errors
/// Those of the request when the service was named or has answered before, and `UnexpectedResponse`.
pub(super) async fn look(ask: Ask<'_>) -> Result<Lookup> {
    if ask.settings.imds_disabled {
        return Ok(Lookup::Not("switched off".into()));
    }
    let address = ask.settings.imds_endpoint.as_deref();
    let service = Service {
        ask,
        client: ask.client.without_proxy()?,
        endpoint: Arc::new(Endpoint::parse(address.unwrap_or(ADDRESS), "").map_err(bad_endpoint)?),
    };
    let token = match service.token().await {
        Ok(token) => token,
        Err(error) => return absent(&error, address.is_some()).map(Lookup::Not).ok_or(error),
    };
    let role = match service.get("GetRoleName", ROLES.to_owned(), &token, read_role).await {
        Ok(Some(role)) => role,
        Ok(None) => return Ok(Lookup::Not(NO_ROLE.into())),
        Err(error) if error.status() == Some(404) => return Ok(Lookup::Not(NO_ROLE.into())),
        Err(error) => return Err(error),
    };
    let mut target = ROLES.to_owned();
    encode_segment(&role, &mut target);
    let keys: RawKeys =
        service.get("GetRoleCredentials", target, &token, |it| Ok(answer::read_json(&it.body)?)).await?;
    match keys.code.as_deref() {
        Some("Success") => keys.check("instance metadata", End::Required, ask.now).map(Lookup::Found),
        Some(code) if is_code(code) => {
            Err(answer::unexpected("the metadata service has no keys for the role")
                .with_provider("s3")
                .with_code(code))
        }
        _ => Err(answer::unexpected("the answer lacks `Code`")),
    }
}

const NO_ROLE: &str = "this machine has no role";

/// Says why there are no keys here, when the error means just that.
fn absent(error: &Error, named: bool) -> Option<std::borrow::Cow<'static, str>> {
    match (error.status(), error.kind()) {
        (Some(403), _) => Some("switched off for this machine".into()),
        (Some(400..=499), _) => {
            Some("something answers, but not version 2 of the service, and version 1 is not asked".into())
        }
        (None, ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Truncated | ErrorKind::Io) if !named => {
            Some(
                "nothing answers within 1 s; in a container the hop limit of the service may be too low"
                    .into(),
            )
        }
        _ => None,
    }
}

fn bad_endpoint(error: Error) -> Error {
    let message = "`AWS_EC2_METADATA_SERVICE_ENDPOINT` is no address of a host";
    Error::new(ErrorKind::Configuration, message).with_source(error)
}

/// The service, reached without a proxy.
struct Service<'a> {
    ask: Ask<'a>,
    client: Client,
    endpoint: Arc<Endpoint>,
}

impl Service<'_> {
    /// Opens a session; only version 2 of the service has them.
    async fn token(&self) -> Result<HeaderValue> {
        let mut request = self.request("GetMetadataToken", Method::PUT, "/latest/api/token".to_owned());
        request.headers.insert(TOKEN_TTL, TOKEN_TTL_SECONDS);
        self.send(request, |answer| {
            let token = answer.body.trim_ascii();
            let good = token.len() <= 4096 && std::str::from_utf8(token).is_ok_and(answer::is_word);
            let value = good.then(|| HeaderValue::from_bytes(token).ok()).flatten();
            let mut value = value.ok_or_else(|| answer::unexpected("the metadata service gives no token"))?;
            value.set_sensitive(true);
            Ok(value)
        })
        .await
    }

    async fn get<T>(
        &self,
        name: &'static str,
        target: String,
        token: &HeaderValue,
        parse: impl Fn(&Answer) -> Result<T, Failure>,
    ) -> Result<T> {
        let mut request = self.request(name, Method::GET, target);
        request.headers.insert(TOKEN, token.clone());
        self.send(request, parse).await
    }

    async fn send<T>(&self, request: Request, parse: impl Fn(&Answer) -> Result<T, Failure>) -> Result<T> {
        self.ask.within(LIMIT, SERVICE, self.client.send(&plain(SERVICE), request, parse)).await
    }

    fn request(&self, name: &'static str, method: Method, target: String) -> Request {
        Request::new(name, method, Arc::clone(&self.endpoint), target).patience(Patience::Short(LIMIT))
    }
}

/// Reads the name of the first role; `None` when there is none.
fn read_role(answer: &Answer) -> Result<Option<String>, Failure> {
    let text = std::str::from_utf8(&answer.body).unwrap_or("\u{fffd}").trim();
    let Some(role) = text.lines().next() else { return Ok(None) };
    // https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html
    let good =
        role.len() <= 128 && role.bytes().all(|it| it.is_ascii_alphanumeric() || b"_+=,.@-".contains(&it));
    if good {
        Ok(Some(role.to_owned()))
    } else {
        Err(answer::unexpected("the metadata service gives no name of a role").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_130_only_silence_and_clear_refusals_mean_that_there_is_no_service() {
        let error = |kind, status: Option<u16>| {
            let error = Error::new(kind, "it failed");
            status.into_iter().fold(error, Error::with_status)
        };
        for kind in [ErrorKind::Connect, ErrorKind::Timeout, ErrorKind::Io, ErrorKind::Truncated] {
            assert!(absent(&error(kind, None), false).is_some_and(|it| it.contains("hop limit")));
            assert!(absent(&error(kind, None), true).is_none());
        }
        for named in [true, false] {
            assert!(absent(&error(ErrorKind::PermissionDenied, Some(403)), named).is_some());
            assert!(absent(&error(ErrorKind::Configuration, Some(404)), named).is_some());
            assert!(absent(&error(ErrorKind::Unavailable, Some(500)), named).is_none());
            assert!(absent(&error(ErrorKind::UnexpectedResponse, Some(302)), named).is_none());
            assert!(absent(&error(ErrorKind::UnexpectedResponse, None), named).is_none());
        }
    }
}
