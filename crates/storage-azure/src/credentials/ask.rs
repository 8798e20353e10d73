//! How sources ask services for tokens, and what the refusals of Microsoft Entra ID mean.

use std::time::{Duration, SystemTime};

use http::StatusCode;
use serde::Deserialize;
use storage_core::{Error, ErrorKind, Result, Runtime};
use storage_http::sources::is_code;
use storage_http::{Answer, Client, Failure, Follow, Unsigned, sources};

use super::settings::CredentialSettings;

/// What every source needs to look for a token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ask<'a> {
    pub(super) settings: &'a CredentialSettings,
    pub(super) client: &'a Client,
    /// The time by the clock of the service.
    pub(super) now: SystemTime,
}

impl Ask<'_> {
    pub(super) fn runtime(&self) -> &dyn Runtime {
        &**self.client.runtime()
    }

    /// Does work that has to end soon, with all its attempts.
    pub(super) async fn within<T>(
        &self,
        limit: Duration,
        service: &str,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        sources::within(self.runtime(), limit, service, work).await
    }
}

/// The protocol by which a service is asked for a token.
pub(super) fn plain(service: &'static str) -> Unsigned {
    Unsigned { provider: "azure", service, failure: refused }
}

/// Says what an answer without a token means.
pub(super) fn refused(service: &str, answer: &Answer) -> Failure {
    failure(service, answer, classify(&Complaint::read(answer), answer.status))
}

/// What a refusal means.
pub(super) type Meaning = (ErrorKind, Follow, &'static str);

/// Makes the failure of an answer whose meaning is known. What the service writes is not shown, but its code is.
pub(super) fn failure(service: &str, answer: &Answer, (kind, follow, what): Meaning) -> Failure {
    let error = Error::new(kind, format!("{service} {what}"))
        .with_provider("azure")
        .with_status(answer.status.as_u16());
    let code = Complaint::read(answer).code;
    let error = code.into_iter().fold(error, |error, code| error.with_code(code));
    Failure { error, follow }
}

fn classify(complaint: &Complaint, status: StatusCode) -> Meaning {
    let code = complaint.code.as_deref().unwrap_or_default();
    if let Some(known) = code.strip_prefix("AADSTS").and_then(advice) {
        return known;
    }
    by_status(status)
}

/// Says what a status means, whatever the body says.
pub(super) fn by_status(status: StatusCode) -> Meaning {
    match status.as_u16() {
        401 => (ErrorKind::Unauthenticated, Follow::Never, "does not take what proves the right to a token"),
        403 => (ErrorKind::PermissionDenied, Follow::Never, "does not allow it"),
        408 => (ErrorKind::Unavailable, Follow::Always, "waited too long for the request"),
        429 => (ErrorKind::Throttled, Follow::Throttled, "asks to slow down"),
        400..=499 => (ErrorKind::Configuration, Follow::Never, "refuses the request"),
        500.. => (ErrorKind::Unavailable, Follow::IfIdempotent, "can't answer now"),
        _ => (ErrorKind::UnexpectedResponse, Follow::Never, "sends somewhere else, where nobody follows"),
    }
}

/// Says what a number of Entra ID means and what to do:
/// <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>.
fn advice(number: &str) -> Option<Meaning> {
    let unknown = |what| Some((ErrorKind::Configuration, Follow::Never, what));
    let unproven = |what| Some((ErrorKind::Unauthenticated, Follow::Never, what));
    match number {
        "7000215" => unproven("says that `client_secret` is wrong; give the value of the secret, not its id"),
        "7000222" => unproven("says that `client_secret` has ended; make a new one for the application"),
        "7000218" => {
            unproven("got neither a secret nor an assertion; set `client_secret` or `client_certificate`")
        }
        "700027" => {
            unproven("does not know the certificate; add it to the application, or renew it if it has ended")
        }
        "700024" => unproven(
            "says that the assertion is not of this time; check the clock, or the age of the token file",
        ),
        "700016" => unknown("knows no such application in the tenant; check `client_id` and `tenant_id`"),
        "90002" => unknown("knows no such tenant; check `tenant_id` and `cloud`"),
        "900023" | "900021" => unknown("says that `tenant_id` is neither the id nor a domain of a tenant"),
        "70021" | "700211" | "700212" | "700213" | "7002138" => unproven(
            "trusts no such token; compare issuer, subject and audience with the federated credential of the application",
        ),
        "500011" | "650057" | "70011" | "1002012" => {
            unknown("gives no tokens for that `audience`; leave it out, or check it and the `cloud`")
        }
        "7000112" => {
            Some((ErrorKind::PermissionDenied, Follow::Never, "says that the application is switched off"))
        }
        "53003" | "530035" => Some((
            ErrorKind::PermissionDenied,
            Follow::Never,
            "blocks the application by a rule of conditional access; ask the owner of the tenant",
        )),
        "90033" | "90036" => Some((ErrorKind::Unavailable, Follow::Always, "can't answer now")),
        "90055" => Some((ErrorKind::Throttled, Follow::Throttled, "asks to slow down")),
        _ => None,
    }
}

/// What a service says about a request that it refuses.
#[derive(Debug, Default)]
pub(super) struct Complaint {
    /// Such as `AADSTS7000215` or `invalid_request`.
    pub(super) code: Option<String>,
    /// What it says for people; it is looked at and never shown.
    pub(super) description: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawComplaint {
    error: Option<serde_json::Value>,
    error_description: Option<String>,
    error_codes: Vec<u64>,
}

impl Complaint {
    pub(super) fn read(answer: &Answer) -> Self {
        let raw: RawComplaint = serde_json::from_slice(&answer.body).unwrap_or_default();
        let description = raw.error_description.unwrap_or_default();
        let number = raw.error_codes.first().map(|it| format!("AADSTS{it}"));
        let told = || {
            let start = description.find("AADSTS")?;
            let tail = description.get(start + "AADSTS".len()..)?;
            let digits = tail.bytes().take_while(u8::is_ascii_digit).count();
            tail.get(..digits).filter(|it| !it.is_empty()).map(|it| format!("AADSTS{it}"))
        };
        let error = || raw.error.as_ref()?.as_str().map(str::to_owned);
        let code = number.or_else(told).or_else(error).filter(|it| is_code(it));
        Self { code, description }
    }
}
