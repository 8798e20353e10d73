//! One table from code and status to a kind.

use storage_core::{Error, ErrorKind};

/// Says what an answer means. The code wins over the status; new codes come with a link and a captured body.
pub(crate) fn classify(status: u16, code: Option<&str>) -> Error {
    let (kind, message) = match (code, status) {
        (Some("NoSuchKey"), _) => (ErrorKind::ObjectNotFound, "there is no such object"),
        (Some("NoSuchContainer"), _) => (ErrorKind::ContainerNotFound, "there is no such container"),
        (_, 401) => (ErrorKind::Unauthenticated, "the service does not know who asks"),
        (_, 403) => (ErrorKind::PermissionDenied, "the service refuses access"),
        (_, 429) => (ErrorKind::Throttled, "the service asks to slow down"),
        (_, 500..=599) => (ErrorKind::Unavailable, "the service can't answer now"),
        _ => (ErrorKind::UnexpectedResponse, "the service gave an answer that it should not give"),
    };
    let error = Error::new(kind, message).with_status(status);
    match code {
        Some(code) => error.with_code(code),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_wins_over_the_status() {
        assert_eq!(classify(500, Some("NoSuchKey")).kind(), ErrorKind::ObjectNotFound);
        assert_eq!(classify(503, None).kind(), ErrorKind::Unavailable);
        assert_eq!(classify(302, Some("Odd")).kind(), ErrorKind::UnexpectedResponse);
    }
}
