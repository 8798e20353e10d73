//! What the end of an ambiguous request proves, and errors under the kind that they have for a caller.

use std::error::Error as _;

use storage_core::{Error, ErrorKind};

/// Tells whether an ambiguous request was answered in the end with the proof that an earlier attempt was carried out.
pub fn ended_as(error: &Error, kind: ErrorKind) -> bool {
    error.kind() == ErrorKind::Ambiguous
        && error.source().and_then(|it| it.downcast_ref::<Error>()).is_some_and(|it| it.kind() == kind)
}

/// Gives an error the kind that it has for the caller of an operation.
pub fn recast(error: Error, kind: ErrorKind, message: &'static str) -> Error {
    let mut told = Error::new(kind, message).with_attempts(error.attempts());
    if let Some(status) = error.status() {
        told = told.with_status(status);
    }
    if let Some(code) = error.code() {
        told = told.with_code(code);
    }
    if let Some(id) = error.request_id() {
        told = told.with_request_id(id);
    }
    told.with_source(error)
}
