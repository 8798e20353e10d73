//! Shortcuts for the tests of bodies.

use std::fmt::Debug;

use storage_core::Result;

use super::Body;

/// Returns what was read.
pub(super) fn ok<T: Debug>(body: Result<Body<T>>) -> T {
    match body {
        Ok(Body::Ok(it)) => it,
        other => panic!("{other:?}"),
    }
}

/// Returns the code of the error document that was read.
pub(super) fn failed<T: Debug>(body: Result<Body<T>>) -> String {
    match body {
        Ok(Body::Failed(error)) => error.code.unwrap_or_default(),
        other => panic!("{other:?}"),
    }
}
