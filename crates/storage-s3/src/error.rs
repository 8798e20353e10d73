//! What the codes of S3 mean: the one table from code and status to kind and what follows.
//!
//! Codes: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>.

use http::{Method, StatusCode};
use storage_core::{Error, ErrorKind};
use storage_http::{Answer, Failure, Follow, Request};

use crate::names;
use crate::wire::error::ErrorBody;

/// Makes the failure of an answer that is no success.
pub(crate) fn failure(provider: &str, request: &Request, answer: &Answer) -> Failure {
    fail(provider, request, answer, ErrorBody::parse(&answer.body))
}

/// Makes the failure of an error that arrived in the body, whatever the status says.
pub(crate) fn fail(provider: &str, request: &Request, answer: &Answer, body: ErrorBody) -> Failure {
    let header = |name: &str| answer.header(name).map(str::to_owned);
    // Answers to `HEAD` have no body; some services give the code in a header then.
    let code = body.code.or_else(|| header(names::ERROR_CODE.as_str()));
    let region = answer.header(names::BUCKET_REGION.as_str()).map(str::to_owned).or(body.region);
    let elsewhere = region.filter(|it| it != request.endpoint.region());
    let about = if is_about_object(request) { About::Object } else { About::Container };
    let (kind, follow) = classify(code.as_deref().unwrap_or_default(), answer.status, about, elsewhere);
    let said = body.message.as_deref().map(str::trim).filter(|it| !it.is_empty());
    let mut message = match said {
        Some(said) if !SELF_EXPLAINING.contains(&kind) => format!("{}: {said}", explain(kind)),
        _ => explain(kind).to_owned(),
    };
    if refuses_checksum(request, kind, said.unwrap_or_default()) {
        message.push_str(CHECKSUM_HINT);
    }
    let mut error = Error::new(kind, message)
        .with_provider(provider.to_owned())
        .with_status(answer.status.as_u16())
        .with_retryable(passes(&follow) || kind.is_retryable());
    if let Some(code) = code {
        error = error.with_code(code);
    }
    if let Some(id) = header(names::REQUEST_ID.as_str()).or(body.request_id) {
        error = error.with_request_id(id);
    }
    Failure { error, follow }
}

/// Makes the error of one entry of an answer about many objects.
pub(crate) fn of_entry(code: Option<&str>, message: Option<&str>) -> Error {
    let code = code.unwrap_or_default();
    let (kind, follow) = classify(code, StatusCode::OK, About::Object, None);
    let text = match message {
        Some(said) if !SELF_EXPLAINING.contains(&kind) => format!("{}: {}", explain(kind), said.trim()),
        _ => explain(kind).to_owned(),
    };
    Error::new(kind, text).with_code(code).with_retryable(passes(&follow))
}

/// Tells whether the same call may succeed later. What the client sets right by itself, such as its clock, was tried
/// already when an error shows.
fn passes(follow: &Follow) -> bool {
    matches!(follow, Follow::Always | Follow::Throttled | Follow::IfIdempotent)
}

const CHECKSUM_HINT: &str = "; it may not know the checksum that went along: name the service in `vendor`, or set \
                             `checksum` to `off`";

/// Tells whether a refusal is about the checksum of an upload; services that lack them say so in many ways.
fn refuses_checksum(request: &Request, kind: ErrorKind, said: &str) -> bool {
    const WORDS: [&str; 7] = [
        "x-amz-checksum-",
        "x-amz-sdk-checksum-",
        "x-amz-trailer",
        "checksum algorithm",
        "aws-chunked",
        "streaming-",
        "a header you provided implies",
    ];
    let own = |name: &http::HeaderName| name.as_str().starts_with("x-amz-checksum-");
    let sent = request.trailer.is_some() || request.headers.keys().any(own);
    let said = said.to_ascii_lowercase();
    let about =
        || said.is_empty() && kind == ErrorKind::Unsupported || WORDS.iter().any(|it| said.contains(it));
    sent && matches!(kind, ErrorKind::InvalidInput | ErrorKind::Unsupported) && about()
}

/// What a request is about, as far as a code leaves it open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    Container,
    Object,
}

/// Kinds that say all there is to say; what services add to them is noise.
const SELF_EXPLAINING: &[ErrorKind] = &[
    ErrorKind::ObjectNotFound,
    ErrorKind::ContainerNotFound,
    ErrorKind::ContainerAlreadyExists,
    ErrorKind::ContainerNotEmpty,
    ErrorKind::PreconditionFailed,
    ErrorKind::NotModified,
    ErrorKind::Throttled,
];

/// The code wins over the status, since services disagree on the status.
fn classify(code: &str, status: StatusCode, about: About, elsewhere: Option<String>) -> (ErrorKind, Follow) {
    use ErrorKind as Kind;
    use Follow::{Always, ClockSkew, IfIdempotent, Never, Reauthenticate, Throttled};
    match (code, status.as_u16()) {
        // The bucket lives in another region, or its name does not lead there yet.
        ("PermanentRedirect" | "TemporaryRedirect" | "AuthorizationHeaderMalformed", _)
        | ("IllegalLocationConstraintException", _)
        | ("" | "400", 301 | 307 | 308 | 400)
            if elsewhere.is_some() =>
        {
            (Kind::Configuration, Follow::Reroute(elsewhere.unwrap_or_default()))
        }
        ("PermanentRedirect" | "TemporaryRedirect", _) | (_, 300..=303 | 305..=399) => {
            (Kind::Configuration, Never)
        }
        ("NoSuchBucket", _) => (Kind::ContainerNotFound, Never),
        ("NoSuchKey" | "NoSuchVersion" | "NoSuchUpload", _) => (Kind::ObjectNotFound, Never),
        ("BucketAlreadyExists" | "BucketAlreadyOwnedByYou", _) => (Kind::ContainerAlreadyExists, Never),
        ("BucketNotEmpty", _) => (Kind::ContainerNotEmpty, Never),
        ("InvalidBucketName", _) => (Kind::InvalidContainerName, Never),
        // Two writers met; the service refused this one and asks to try again.
        ("ConditionalRequestConflict" | "OperationAborted", _) => (Kind::Unavailable, Always),
        ("PreconditionFailed", _) | (_, 412) => (Kind::PreconditionFailed, Never),
        ("NotModified", _) | (_, 304) => (Kind::NotModified, Never),
        ("InvalidRange" | "InvalidPartNumber", _) | (_, 416) => (Kind::InvalidRange, Never),
        (
            "SlowDown" | "Throttling" | "ThrottlingException" | "TooManyRequests" | "RequestLimitExceeded",
            _,
        )
        | ("RequestThrottled" | "BandwidthLimitExceeded" | "ReduceYourRequestRate" | "SlowDownRead", _)
        | ("SlowDownWrite" | "LimitExceededException", _)
        | (_, 429) => (Kind::Throttled, Throttled),
        ("RequestTimeTooSkewed" | "RequestInTheFuture", _) => (Kind::Unauthenticated, ClockSkew),
        ("ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" | "InvalidToken", _) => {
            (Kind::Unauthenticated, Reauthenticate)
        }
        ("InvalidAccessKeyId" | "SignatureDoesNotMatch" | "NotSignedUp" | "InvalidSecurity", _) => {
            (Kind::Unauthenticated, Never)
        }
        ("RequestTimeout", _) | (_, 408) => (Kind::Timeout, IfIdempotent),
        ("InternalError" | "ServiceUnavailable" | "ServiceFailure" | "Busy" | "ServerBusy", _) => {
            (Kind::Unavailable, IfIdempotent)
        }
        ("BadDigest" | "InvalidDigest" | "XAmzContentSHA256Mismatch" | "XAmzContentChecksumMismatch", _) => {
            (Kind::ChecksumMismatch, Never)
        }
        ("QuotaExceeded" | "InsufficientStorage" | "XMinioStorageFull" | "InsufficientCapacity", _)
        | (_, 507) => (Kind::StorageFull, Never),
        ("NotImplemented" | "MethodNotAllowed", _) | (_, 405 | 501) => (Kind::Unsupported, Never),
        ("AccessDenied" | "AllAccessDisabled" | "AccountProblem" | "InvalidObjectState", _) => {
            (Kind::PermissionDenied, Never)
        }
        ("IncompleteBody", _) => (Kind::Truncated, IfIdempotent),
        (_, 401) => (Kind::Unauthenticated, Reauthenticate),
        (_, 403) => (Kind::PermissionDenied, Never),
        (_, 404) if about == About::Object => (Kind::ObjectNotFound, Never),
        (_, 404) => (Kind::ContainerNotFound, Never),
        (_, 400 | 411 | 413 | 414 | 422 | 431) => (Kind::InvalidInput, Never),
        (_, 500 | 502..=504) => (Kind::Unavailable, IfIdempotent),
        (_, 400..=499) => (Kind::UnexpectedResponse, Never),
        (_, 500..=599) => (Kind::Unavailable, IfIdempotent),
        // An error under a good status whose code is not known.
        _ => (Kind::UnexpectedResponse, Never),
    }
}

/// Tells whether a request names an object; its target is `/key` or `/bucket/key`.
fn is_about_object(request: &Request) -> bool {
    let path = request.target.split('?').next().unwrap_or_default();
    let path = path.strip_prefix('/').unwrap_or(path);
    let host_names_bucket = request.container.as_deref().is_some_and(|bucket| {
        request
            .endpoint
            .host()
            .strip_prefix(&bucket.to_ascii_lowercase())
            .is_some_and(|it| it.starts_with('.'))
    });
    let key = if host_names_bucket { Some(path) } else { path.split_once('/').map(|(_, key)| key) };
    key.is_some_and(|it| !it.is_empty()) || request.method == Method::POST && path.is_empty()
}

fn explain(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Configuration => {
            "the service sends the request to another place; set `region` or `endpoint`"
        }
        ErrorKind::ContainerNotFound => "there is no such container",
        ErrorKind::ObjectNotFound => "there is no such object",
        ErrorKind::ContainerAlreadyExists => "there is a container of that name already",
        ErrorKind::ContainerNotEmpty => "the container is not empty",
        ErrorKind::InvalidContainerName => "the service does not take that container name",
        ErrorKind::PreconditionFailed => "the condition of the request does not hold",
        ErrorKind::NotModified => "the object has not changed",
        ErrorKind::InvalidRange => "the range does not lie in the object",
        ErrorKind::Throttled => "the service asks to slow down",
        ErrorKind::Unauthenticated => "the service does not accept the credentials",
        ErrorKind::PermissionDenied => "the service does not permit that",
        ErrorKind::Timeout => "the service waited too long for the request",
        ErrorKind::Unavailable => "the service can't answer now",
        ErrorKind::ChecksumMismatch => "the service got other bytes than were sent",
        ErrorKind::StorageFull => "the service has no room left",
        ErrorKind::Unsupported => "the service does not have that feature",
        ErrorKind::InvalidInput => "the service refuses the request",
        ErrorKind::Truncated => "the service got less than was announced",
        _ => "the service answered in an unexpected way",
    }
}
