//! What the codes of the service mean: the one table from code and status to kind and what follows.
//!
//! Codes: <https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes>.

use http::StatusCode;
use storage_core::{Error, ErrorKind};
use storage_http::{Answer, Failure, Follow, Request};

use crate::client::ID;
use crate::names;
use crate::wire::error::ErrorBody;

/// Makes the failure of an answer that is no success.
pub(crate) fn failure(request: &Request, answer: &Answer) -> Failure {
    let header = |name: &http::HeaderName| answer.header(name.as_str()).map(str::to_owned);
    let body = ErrorBody::parse(&answer.body);
    // Answers to `HEAD` have no body, and all have the code in a header.
    let code = header(&names::ERROR_CODE).or(body.code);
    let about = if is_about_blob(request) { About::Blob } else { About::Container };
    let (kind, follow) = classify(code.as_deref().unwrap_or_default(), answer.status, about);
    let mut message = explain(kind, code.as_deref().unwrap_or_default()).to_owned();
    // The first line says it; the others repeat the id and the time.
    let said = body.message.as_deref().and_then(|it| it.lines().next()).map(str::trim);
    if let Some(said) = said.filter(|it| !it.is_empty() && !SELF_EXPLAINING.contains(&kind)) {
        message.push_str(": ");
        message.push_str(said);
    }
    Failure {
        error: with_facts(
            Error::new(kind, message),
            answer.status,
            code,
            header(&names::REQUEST_ID),
            &follow,
        ),
        follow,
    }
}

/// Makes the error of one answer of a batch.
pub(crate) fn of_entry(status: u16, code: Option<String>, message: Option<&str>) -> Error {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (kind, follow) = classify(code.as_deref().unwrap_or_default(), status, About::Blob);
    let mut text = explain(kind, code.as_deref().unwrap_or_default()).to_owned();
    if let Some(said) = message.and_then(|it| it.lines().next()).filter(|_| !SELF_EXPLAINING.contains(&kind))
    {
        text.push_str(": ");
        text.push_str(said.trim());
    }
    with_facts(Error::new(kind, text), status, code, None, &follow)
}

fn with_facts(
    error: Error,
    status: StatusCode,
    code: Option<String>,
    request_id: Option<String>,
    follow: &Follow,
) -> Error {
    let passes = matches!(follow, Follow::Always | Follow::Throttled | Follow::IfIdempotent);
    let retryable = passes || error.kind().is_retryable();
    let mut error = error.with_provider(ID).with_status(status.as_u16()).with_retryable(retryable);
    if let Some(code) = code {
        error = error.with_code(code);
    }
    match request_id {
        Some(id) => error.with_request_id(id),
        None => error,
    }
}

/// What a request is about, as far as a code leaves it open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    Container,
    Blob,
}

impl About {
    fn missing(self) -> ErrorKind {
        match self {
            Self::Container => ErrorKind::ContainerNotFound,
            Self::Blob => ErrorKind::ObjectNotFound,
        }
    }
}

fn is_about_blob(request: &Request) -> bool {
    let path = request.target.split('?').next().unwrap_or_default();
    let Some(container) = &request.container else { return false };
    let mut encoded = String::new();
    storage_http::encode_key(container, &mut encoded);
    path.rsplit_once(&format!("/{encoded}")).is_some_and(|(_, rest)| rest.len() > 1)
}

/// Kinds that say all there is to say; what the service adds to them is noise.
const SELF_EXPLAINING: &[ErrorKind] = &[
    ErrorKind::AlreadyExists,
    ErrorKind::ObjectNotFound,
    ErrorKind::ContainerNotFound,
    ErrorKind::ContainerAlreadyExists,
    ErrorKind::PreconditionFailed,
    ErrorKind::NotModified,
    ErrorKind::Throttled,
];

/// The code wins over the status.
fn classify(code: &str, status: StatusCode, about: About) -> (ErrorKind, Follow) {
    by_code(code, status, about).unwrap_or_else(|| by_status(!code.is_empty(), status, about))
}

/// A lease is somebody's lock: without its id nothing may be written.
const LEASE: &str = "Lease";

const CONDITIONS: &[&str] = &[
    "AppendPositionConditionNotMet",
    "ConditionNotMet",
    "InfiniteLeaseDurationRequired",
    "MaxBlobSizeConditionNotMet",
    "SequenceNumberConditionNotMet",
    "SourceConditionNotMet",
    "TargetConditionNotMet",
];

/// What an object is in the middle of, or protected by.
const STATES: &[&str] = &[
    "BlobArchived",
    "BlobBeingRehydrated",
    "BlobHasSnapshots",
    "BlobImmutableDueToPolicy",
    "BlobOverwritten",
    "CopyIdMismatch",
    "NoPendingCopyOperation",
    "PendingCopyOperation",
    "SnapshotsPresent",
];

const DENIALS: &[&str] = &[
    "AccountIsDisabled",
    "AuthorizationFailure",
    "AuthorizationPermissionMismatch",
    "AuthorizationProtocolMismatch",
    "AuthorizationResourceTypeMismatch",
    "AuthorizationServiceMismatch",
    "AuthorizationSourceIPMismatch",
    "InsufficientAccountPermissions",
    "KeyBasedAuthenticationNotPermitted",
    "PublicAccessNotPermitted",
];

const LACKS: &[&str] = &[
    "FeatureNotSupported",
    "FeatureVersionMismatch",
    "NotImplemented",
    "UnsupportedHeader",
    "UnsupportedHttpVerb",
    "UnsupportedQueryParameter",
    "UnsupportedXmlNode",
];

const INVALID: &[&str] = &[
    "BlockCountExceedsLimit",
    "InvalidBlobOrBlock",
    "InvalidBlobType",
    "InvalidBlockId",
    "InvalidBlockList",
    "MetadataTooLarge",
    "RequestBodyTooLarge",
];

fn by_code(code: &str, status: StatusCode, about: About) -> Option<(ErrorKind, Follow)> {
    use ErrorKind as Kind;
    use Follow::{Always, ClockSkew, IfIdempotent, Never, Reauthenticate, Throttled};
    Some(match (code, status.as_u16()) {
        (_, 304) => (Kind::NotModified, Never),
        ("ContainerNotFound" | "ContainerDisabled", _) => (Kind::ContainerNotFound, Never),
        ("BlobNotFound" | "ResourceNotFound", _) => (about.missing(), Never),
        ("ContainerAlreadyExists", _) => (Kind::ContainerAlreadyExists, Never),
        ("BlobAlreadyExists", _) => (Kind::AlreadyExists, Never),
        // The name of a deleted container stays taken for half a minute or more.
        ("ContainerBeingDeleted", _) => (Kind::Unavailable, Always),
        ("InvalidResourceName", _) if about == About::Container => (Kind::InvalidContainerName, Never),
        ("InvalidRange" | "InvalidPageRange", _) => (Kind::InvalidRange, Never),
        ("Md5Mismatch" | "Crc64Mismatch" | "InvalidMd5" | "InvalidCrc64", _) => {
            (Kind::ChecksumMismatch, Never)
        }
        ("TooManyRequests", _) | ("ServerBusy", 429) => (Kind::Throttled, Throttled),
        // It may be said of what was carried out all the same.
        ("ServerBusy", _) => (Kind::Throttled, IfIdempotent),
        ("OperationTimedOut", _) => (Kind::Timeout, IfIdempotent),
        ("InternalError", _) => (Kind::Unavailable, IfIdempotent),
        ("RequestTimeTooSkewed", _) => (Kind::Unauthenticated, ClockSkew),
        // The service answers a skewed clock, a wrong key and an ended token with one code.
        ("AuthenticationFailed" | "InvalidAuthenticationInfo" | "NoAuthenticationInformation", status) => {
            let follow = match status {
                401 => Reauthenticate,
                403 => ClockSkew,
                _ => Never,
            };
            (Kind::Unauthenticated, follow)
        }
        ("CannotVerifyCopySource", 404) => (Kind::ObjectNotFound, Never),
        ("CannotVerifyCopySource", 401 | 403) => (Kind::PermissionDenied, Never),
        ("InsufficientStorage" | "AccountLimitExceeded", _) => (Kind::StorageFull, Never),
        _ if code.starts_with(LEASE) || CONDITIONS.contains(&code) || STATES.contains(&code) => {
            (Kind::PreconditionFailed, Never)
        }
        _ if DENIALS.contains(&code) => (Kind::PermissionDenied, Never),
        _ if LACKS.contains(&code) => (Kind::Unsupported, Never),
        _ if INVALID.contains(&code) => (Kind::InvalidInput, Never),
        _ => return None,
    })
}

fn by_status(has_code: bool, status: StatusCode, about: About) -> (ErrorKind, Follow) {
    use ErrorKind as Kind;
    use Follow::{IfIdempotent, Never, Reauthenticate, Throttled};
    match status.as_u16() {
        // Without a code nobody knows who refuses, and why.
        400 | 405 | 409 | 411 | 413..=415 | 422 if has_code => (Kind::InvalidInput, Never),
        401 => (Kind::Unauthenticated, Reauthenticate),
        403 => (Kind::PermissionDenied, Never),
        404 => (about.missing(), Never),
        408 => (Kind::Timeout, IfIdempotent),
        412 => (Kind::PreconditionFailed, Never),
        416 => (Kind::InvalidRange, Never),
        429 => (Kind::Throttled, Throttled),
        503 => (Kind::Throttled, IfIdempotent),
        501 => (Kind::Unsupported, Never),
        507 => (Kind::StorageFull, Never),
        300..=399 => (Kind::Configuration, Never),
        500..=599 => (Kind::Unavailable, IfIdempotent),
        _ => (Kind::UnexpectedResponse, Never),
    }
}

/// Says in a few words what a kind means here, and what to do where that is known.
fn explain(kind: ErrorKind, code: &str) -> &'static str {
    match (code, kind) {
        ("BlobArchived", _) => {
            "the object is archived; move it to another tier and wait some hours before it is read"
        }
        ("BlobBeingRehydrated", _) => "the object is on its way out of the archive; wait before it is used",
        ("SnapshotsPresent" | "BlobHasSnapshots", _) => {
            "the object has snapshots; delete them first, or together with it (`delete_snapshots`)"
        }
        ("ContainerBeingDeleted", _) => {
            "the container is being deleted, and its name is free again in a minute or so"
        }
        ("PendingCopyOperation", _) => "a copy to the object is under way; wait until it has ended",
        ("BlobImmutableDueToPolicy", _) => "a rule of immutability or a legal hold forbids it",
        ("InvalidBlobOrBlock", _) => {
            "blocks of another upload with ids of another form are in the way; abort that upload, or wait a week"
        }
        ("KeyBasedAuthenticationNotPermitted", _) => "the account takes no keys; use Microsoft Entra ID",
        (it, _) if it.starts_with("Lease") => "somebody holds a lease on it, or the lease is another one",
        (_, ErrorKind::ObjectNotFound) => "there is no such object",
        (_, ErrorKind::ContainerNotFound) => "there is no such container",
        (_, ErrorKind::ContainerAlreadyExists) => "the container exists already",
        (_, ErrorKind::AlreadyExists) => "there is an object under that key already",
        (_, ErrorKind::InvalidContainerName) => "the service does not allow that container name",
        (_, ErrorKind::PreconditionFailed) => "the condition of the request does not hold",
        (_, ErrorKind::NotModified) => "the object is still what the caller has",
        (_, ErrorKind::InvalidRange) => "the range does not lie in the object",
        (_, ErrorKind::ChecksumMismatch) => "the content arrived damaged",
        (_, ErrorKind::Unsupported) => "the service does not know how to do that",
        (_, ErrorKind::Throttled) => "the service asks to slow down",
        (_, ErrorKind::Timeout) => "the service took too long",
        (_, ErrorKind::Unauthenticated) => "the service does not take the key or token",
        (_, ErrorKind::PermissionDenied) => "the service refuses access",
        (_, ErrorKind::Unavailable) => "the service can't answer now",
        (_, ErrorKind::StorageFull) => "the account is full",
        (_, ErrorKind::Configuration) => {
            "the service sends to another address, where nobody follows; check `endpoint`"
        }
        (_, ErrorKind::InvalidInput) => "the service refuses the request",
        _ => "the service gave an answer that it should not give",
    }
}
