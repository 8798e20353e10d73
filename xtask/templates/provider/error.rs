//! One table from code and status to a kind, and to what may follow.

use storage_core::{Error, ErrorKind};
use storage_http::{Failure, Follow};

/// Says what an answer means. The code wins over the status; new codes come with a link and a captured body.
pub(crate) fn classify(status: u16, code: Option<&str>) -> Failure {
    use ErrorKind as Kind;
    let (kind, follow, message) = match (code, status) {
        (Some("NoSuchKey"), _) => (Kind::ObjectNotFound, Follow::Never, "there is no such object"),
        (Some("NoSuchContainer"), _) => (Kind::ContainerNotFound, Follow::Never, "there is no such container"),
        // An answer to `HEAD` has no body, so it has no code.
        (_, 404) => (Kind::ObjectNotFound, Follow::Never, "there is no such object"),
        (_, 401) => (Kind::Unauthenticated, Follow::Reauthenticate, "the service does not know who asks"),
        (_, 403) => (Kind::PermissionDenied, Follow::Never, "the service refuses access"),
        (_, 429) => (Kind::Throttled, Follow::Throttled, "the service asks to slow down"),
        (_, 500..=599) => (Kind::Unavailable, Follow::IfIdempotent, "the service can't answer now"),
        _ => (Kind::UnexpectedResponse, Follow::Never, "the service gave an answer that it should not give"),
    };
    let error = Error::new(kind, message).with_status(status);
    let error = match code {
        Some(code) => error.with_code(code),
        None => error,
    };
    Failure { error, follow }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_wins_over_the_status() {
        assert_eq!(classify(500, Some("NoSuchKey")).error.kind(), ErrorKind::ObjectNotFound);
        assert_eq!(classify(503, None).follow, Follow::IfIdempotent);
        assert_eq!(classify(302, Some("Odd")).error.kind(), ErrorKind::UnexpectedResponse);
    }
}
