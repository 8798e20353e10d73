//! How sources ask services for keys.

use std::time::{Duration, SystemTime};

use http::StatusCode;
use serde::Deserialize;
use storage_core::{Error, ErrorKind, Result, Runtime};
pub(super) use storage_http::sources::{is_code, secret_header};
use storage_http::{Answer, Client, Failure, Follow, Unsigned, sources, xml};

use super::settings::CredentialSettings;

/// What every source needs to look for keys.
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

/// The protocol by which a service is asked for keys.
pub(super) fn plain(service: &'static str) -> Unsigned {
    Unsigned { provider: "s3", service, failure: refused }
}

/// Says what an answer without keys means.
pub(super) fn refused(service: &str, answer: &Answer) -> Failure {
    let Complaint { code, message } = Complaint::read(answer);
    let code = code.as_deref().unwrap_or_default();
    let (kind, follow, what) = classify(code, answer.status);
    let mut text = format!("{service} {what}");
    // Only here the service says what to change; elsewhere it may repeat what was sent.
    if let (ErrorKind::PermissionDenied, Some(message)) = (kind, message) {
        text.push_str(": ");
        text.extend(message.chars().take(500));
    }
    let mut error = Error::new(kind, text).with_provider("s3").with_status(answer.status.as_u16());
    if !code.is_empty() {
        error = error.with_code(code);
    }
    Failure { error, follow }
}

fn classify(code: &str, status: StatusCode) -> (ErrorKind, Follow, &'static str) {
    match (code, status.as_u16()) {
        ("ExpiredToken" | "ExpiredTokenException", _) => {
            (ErrorKind::Unauthenticated, Follow::Never, "says that the token has ended; get a new one")
        }
        (
            "InvalidIdentityToken"
            | "InvalidClientTokenId"
            | "SignatureDoesNotMatch"
            | "UnauthorizedException"
            | "UnrecognizedClientException",
            _,
        )
        | (_, 401) => (ErrorKind::Unauthenticated, Follow::Never, "does not take the key or token"),
        ("Throttling" | "ThrottlingException" | "TooManyRequestsException", _) | (_, 429) => {
            (ErrorKind::Throttled, Follow::Throttled, "asks to slow down")
        }
        ("IDPCommunicationError", _) => {
            (ErrorKind::Unavailable, Follow::Always, "can't reach who issued the token")
        }
        (_, 403) => (ErrorKind::PermissionDenied, Follow::Never, "does not allow it"),
        (_, 400..=499) => (ErrorKind::Configuration, Follow::Never, "refuses the request"),
        (_, 500..) => (ErrorKind::Unavailable, Follow::IfIdempotent, "can't answer now"),
        _ => (ErrorKind::UnexpectedResponse, Follow::Never, "sends somewhere else, where nobody follows"),
    }
}

/// What a service says about a request that it refuses, in XML or JSON.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Complaint {
    #[serde(alias = "Code", alias = "__type")]
    code: Option<String>,
    #[serde(alias = "Message")]
    message: Option<String>,
}

impl Complaint {
    fn read(answer: &Answer) -> Self {
        let mut complaint = serde_json::from_slice::<Self>(&answer.body)
            .ok()
            .or_else(|| Self::of_xml(&answer.body))
            .unwrap_or_default();
        // `x-amzn-errortype` may go on behind a colon.
        let header = || answer.header("x-amzn-errortype")?.split(':').next().map(str::to_owned);
        complaint.code = complaint.code.or_else(header).filter(|it| is_code(it));
        complaint
    }

    fn of_xml(body: &[u8]) -> Option<Self> {
        let document = xml::parse(body).ok()?;
        let error = document.child("Error")?;
        let text = |name| error.text_of(name).map(str::to_owned);
        Some(Self { code: text("Code"), message: text("Message") })
    }
}

/// Tells whether a text can stand for a region in the name of a host.
pub(super) fn is_region(text: &str) -> bool {
    let plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    (1..=32).contains(&text.len()) && text.bytes().all(plain) && !text.starts_with('-')
}

/// Returns the domain that the services of a region live under.
pub(super) fn domain(region: &str) -> &'static str {
    if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
}

/// Writes bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
