//! How the command ends: the code, and the words on standard error.

use std::error::Error as StdError;
use std::fmt;
use std::process::ExitCode;

use storage::{ErrorKind, Escaped};

/// Why the command ends, as a code that scripts act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Done = 0,
    SomeFailed = 1,
    Usage = 2,
    NotFound = 3,
    Exists = 4,
    Temporary = 5,
    NotPermitted = 6,
    Integrity = 7,
    LimitReached = 8,
    Configuration = 10,
    Interrupted = 130,
    ClosedPipe = 141,
}

impl Exit {
    /// Every code with the word that JSON has for it and the sentence that the help has.
    pub(crate) const ALL: [(Self, &'static str, &'static str); 12] = [
        (Self::Done, "done", "done"),
        (Self::SomeFailed, "some_failed", "some items failed; each is named on standard error"),
        (Self::Usage, "usage", "the command can't be run as it is written"),
        (Self::NotFound, "not_found", "not found"),
        (Self::Exists, "exists", "exists already, or a precondition does not hold"),
        (Self::Temporary, "temporary", "a temporary failure; try later"),
        (Self::NotPermitted, "not_permitted", "not authenticated or not permitted"),
        (Self::Integrity, "integrity", "content and checksum disagree, or trees differ"),
        (Self::LimitReached, "limit_reached", "a limit set by a --max flag was reached"),
        (Self::Configuration, "configuration", "the configuration can't be used"),
        (Self::Interrupted, "interrupted", "interrupted"),
        (Self::ClosedPipe, "closed_pipe", "standard output was closed by its reader"),
    ];

    /// Finds the code for an error of the library.
    pub(crate) fn of(kind: ErrorKind) -> Self {
        use ErrorKind as Kind;
        match kind {
            Kind::ContainerNotFound | Kind::ObjectNotFound => Self::NotFound,
            Kind::ContainerAlreadyExists
            | Kind::ContainerNotEmpty
            | Kind::AlreadyExists
            | Kind::PreconditionFailed
            | Kind::NotModified => Self::Exists,
            Kind::Unavailable | Kind::Throttled | Kind::Timeout | Kind::Connect | Kind::Truncated => {
                Self::Temporary
            }
            Kind::Unauthenticated | Kind::PermissionDenied => Self::NotPermitted,
            Kind::ChecksumMismatch | Kind::Changed | Kind::SourceMismatch => Self::Integrity,
            Kind::InvalidInput | Kind::InvalidRange | Kind::InvalidContainerName | Kind::Unsupported => {
                Self::Usage
            }
            Kind::Configuration => Self::Configuration,
            Kind::Cancelled => Self::Interrupted,
            _ => Self::SomeFailed,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        Self::ALL.iter().find(|it| it.0 == self).map_or("", |it| it.1)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// The result of a verb.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// Why a verb could not do what it was told.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    message: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
    hint: Option<String>,
}

impl Failure {
    /// Says what is wrong, and with which code the command ends.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: Some(message.into()), source: None, hint: None }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Ends with a code about which all has been said already.
    pub(crate) fn said(exit: Exit) -> Self {
        Self { exit, message: None, source: None, hint: None }
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds what to do next.
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn is_silent(&self) -> bool {
        self.message.is_none()
    }

    pub(crate) fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The error of the library that is behind this, if there is one.
    pub(crate) fn library(&self) -> Option<&storage::Error> {
        self.source.as_ref()?.downcast_ref()
    }

    /// Every level of the failure, the outermost first.
    pub(crate) fn levels(&self) -> Vec<String> {
        let mut levels: Vec<String> = self.message.iter().cloned().collect();
        let mut source: Option<&dyn StdError> = self.source.as_ref().map(|it| &**it as _);
        if self.library().is_some() {
            // Its own words are the message.
            source = source.and_then(StdError::source);
        }
        levels.extend(chain(source));
        levels
    }
}

/// Every level of a chain of errors; one that repeats the level above it is left out.
pub(crate) fn chain(mut error: Option<&(dyn StdError + 'static)>) -> Vec<String> {
    let mut levels: Vec<String> = Vec::new();
    while let Some(it) = error {
        let text = Escaped(&it.to_string()).to_string();
        if levels.last() != Some(&text) {
            levels.push(text);
        }
        error = it.source();
    }
    levels
}

/// An error of the library with all its levels, in one line.
pub(crate) fn in_one_line(error: &storage::Error) -> String {
    chain(Some(error)).join(": ")
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.levels().join(": "))
    }
}

impl From<storage::Error> for Failure {
    fn from(error: storage::Error) -> Self {
        let hint = hint(&error);
        Self {
            exit: Exit::of(error.kind()),
            message: Some(error.to_string()),
            source: Some(Box::new(error)),
            hint,
        }
    }
}

/// What a person can do about an error.
fn hint(error: &storage::Error) -> Option<String> {
    let container = error.container().unwrap_or("NAME");
    let provider = error.provider().unwrap_or("ID");
    match error.kind() {
        ErrorKind::ContainerNotFound => Some(format!(
            "make it with `storage mb {provider}://{container}`, or see `storage ls {provider}://`"
        )),
        ErrorKind::ContainerNotEmpty => {
            Some(format!("empty it first: `storage rm -r {provider}://{container}`"))
        }
        ErrorKind::Unauthenticated => Some("check the credentials: `storage config show`".to_owned()),
        _ => None,
    }
}
