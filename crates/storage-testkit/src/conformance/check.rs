//! What cases say when a promise is broken.

use std::error::Error as _;
use std::fmt::{self, Debug, Display, Write as _};
use std::panic::Location;

use storage_core::{Error, ErrorKind, Result};

use super::case::Outcome;

/// A broken promise: what was seen, and where in the case.
#[derive(Debug)]
pub struct Failure {
    message: String,
    place: &'static Location<'static>,
    skip: Option<&'static str>,
}

impl Failure {
    /// Ends a case that finds out late that the store can't be asked; the report says why.
    #[track_caller]
    pub fn skip(reason: &'static str) -> Self {
        Self { skip: Some(reason), ..Self::new(reason) }
    }

    /// Returns why the store can't be asked.
    pub(crate) fn skip_reason(&self) -> Option<&'static str> {
        self.skip
    }

    /// Says what was seen.
    #[track_caller]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: Location::caller(), skip: None }
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}:{})", self.message, self.place.file(), self.place.line())
    }
}

impl std::error::Error for Failure {}

impl From<Error> for Failure {
    #[track_caller]
    fn from(error: Error) -> Self {
        Self::new(format!("unexpected {}", describe(&error)))
    }
}

/// Expects something to hold.
///
/// # Errors
/// The sentence given, when it does not.
#[track_caller]
pub fn that(holds: bool, what: impl Display) -> Outcome {
    if holds { Ok(()) } else { Err(Failure::new(what.to_string())) }
}

/// Expects two values to be the same.
///
/// # Errors
/// Both values, shortened, when they differ.
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "values read better at the call")]
pub fn equal<A: PartialEq<B> + Debug, B: Debug>(got: A, want: B, what: impl Display) -> Outcome {
    if got == want {
        return Ok(());
    }
    Err(Failure::new(format!("{what}: got {}, want {}", short(&got), short(&want))))
}

/// Expects an error of one kind.
///
/// # Errors
/// What came in its place.
#[track_caller]
pub fn fails<T>(result: Result<T>, want: ErrorKind, what: impl Display) -> Outcome {
    fails_with(result, &[want], what)
}

/// Expects an error of one of several kinds.
///
/// # Errors
/// What came in its place.
#[track_caller]
pub fn fails_with<T>(result: Result<T>, want: &[ErrorKind], what: impl Display) -> Outcome {
    match result {
        Err(error) if want.contains(&error.kind()) => Ok(()),
        Err(error) => Err(Failure::new(format!("{what}: want {want:?}, got {}", describe(&error)))),
        Ok(_) => Err(Failure::new(format!("{what}: want {want:?}, but it succeeded"))),
    }
}

/// Writes an error with its kind and its chain of causes.
pub(crate) fn describe(error: &Error) -> String {
    let mut text = format!("{:?}: {error}", error.kind());
    let mut source = error.source();
    while let Some(cause) = source {
        // Writing to a string can't fail.
        let _infallible = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}

fn short(value: &impl Debug) -> String {
    const MOST: usize = 400;
    let text = format!("{value:?}");
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}… ({} characters)", text.get(..at).unwrap_or_default(), text.len()),
        None => text,
    }
}
