//! The one error of the library.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use crate::text::Escaped;

/// The result of every fallible call of the library.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, as far as a caller acts on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The container is not there.
    ContainerNotFound,
    /// A container of that name exists already.
    ContainerAlreadyExists,
    /// The container still holds objects.
    ContainerNotEmpty,
    /// The provider does not allow that container name.
    InvalidContainerName,
    /// The object, version or upload is not there.
    ObjectNotFound,
    /// The object was to be created and is there already.
    AlreadyExists,
    /// A condition of the caller did not hold.
    PreconditionFailed,
    /// The object is still what the caller has.
    NotModified,
    /// The requested range does not lie in the object.
    InvalidRange,
    /// An argument can't be used; nothing was sent.
    InvalidInput,
    /// The service, or this driver, lacks the feature.
    Unsupported,
    /// Bytes and their checksum disagree.
    ChecksumMismatch,
    /// The body ended early.
    Truncated,
    /// The object changed while it was read.
    Changed,
    /// The outcome of a write is unknown.
    Ambiguous,
    /// A listing went in circles.
    ListingLoop,
    /// A source was shorter, longer or other than declared.
    SourceMismatch,
    /// The answer is not one the service should give.
    UnexpectedResponse,
    /// The service does not know who asks.
    Unauthenticated,
    /// The caller may not do that.
    PermissionDenied,
    /// The service can't answer now.
    Unavailable,
    /// The service asks to slow down.
    Throttled,
    /// No progress, or the caller's deadline passed.
    Timeout,
    /// The caller, its hook, or the end of the runtime stopped the operation.
    Cancelled,
    /// No connection could be made.
    Connect,
    /// The TLS handshake failed.
    Tls,
    /// No room is left, or a quota is used up.
    StorageFull,
    /// The operating system reported an error.
    Io,
    /// The settings can't be used.
    Configuration,
}

impl ErrorKind {
    /// Tells whether the same call may succeed later without any change.
    pub fn is_retryable(self) -> bool {
        use ErrorKind::{Connect, Throttled, Timeout, Truncated, Unavailable};
        matches!(self, Connect | Throttled | Timeout | Truncated | Unavailable)
    }
}

/// The error of every call: what was tried, on what, what happened, and why.
///
/// `Display` speaks for one level and never shows a secret; the chain of
/// [`source`](StdError::source) does the rest.
pub struct Error(Box<Inner>);

#[derive(Default)]
struct Inner {
    kind: Option<ErrorKind>,
    message: Cow<'static, str>,
    operation: Option<&'static str>,
    provider: Option<Cow<'static, str>>,
    container: Option<String>,
    key: Option<String>,
    status: Option<u16>,
    code: Option<String>,
    request_id: Option<String>,
    upload_id: Option<String>,
    attempts: u32,
    retry_after: Option<Duration>,
    retryable: Option<bool>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// Makes an error of a kind with a sentence that says what happened: lower case, no full stop.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner { kind: Some(kind), message: message.into(), ..Inner::default() }))
    }

    /// Makes the error for a feature that a provider lacks.
    pub fn unsupported(provider: impl Into<Cow<'static, str>>, feature: &str) -> Self {
        let provider = provider.into();
        Self::new(ErrorKind::Unsupported, format!("{provider} has no {feature}")).with_provider(provider)
    }

    /// Makes an error of the kind that fits an error of the operating system.
    pub fn from_io(error: std::io::Error) -> Self {
        use std::io::ErrorKind as Io;
        // An error of ours that went through an `AsyncRead` keeps its kind.
        if error.get_ref().is_some_and(|inner| inner.is::<Error>()) {
            if let Some(Ok(ours)) = error.into_inner().map(|inner| inner.downcast::<Error>()) {
                return *ours;
            }
            return Self::new(ErrorKind::Io, "the operating system reported an error");
        }
        let (kind, message) = match error.kind() {
            Io::StorageFull | Io::QuotaExceeded | Io::FileTooLarge => {
                (ErrorKind::StorageFull, "no room is left")
            }
            Io::PermissionDenied => (ErrorKind::PermissionDenied, "the operating system refuses access"),
            Io::TimedOut => (ErrorKind::Timeout, "the operating system reported a time-out"),
            Io::UnexpectedEof => (ErrorKind::Truncated, "the data ended early"),
            _ => (ErrorKind::Io, "the operating system reported an error"),
        };
        Self::new(kind, message).with_source(error)
    }

    /// Sets what was tried, such as `put object`.
    #[must_use]
    pub fn with_operation(mut self, operation: &'static str) -> Self {
        self.0.operation.get_or_insert(operation);
        self
    }

    /// Sets the id of the provider.
    #[must_use]
    pub fn with_provider(mut self, provider: impl Into<Cow<'static, str>>) -> Self {
        self.0.provider.get_or_insert_with(|| provider.into());
        self
    }

    /// Sets the container, unless a layer below has set it.
    #[must_use]
    pub fn with_container(mut self, container: impl Into<String>) -> Self {
        self.0.container.get_or_insert_with(|| container.into());
        self
    }

    /// Sets the key, unless a layer below has set it.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.0.key.get_or_insert_with(|| key.into());
        self
    }

    /// Sets the HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Sets the code that the service gave, such as `SlowDown`.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.0.code = Some(code.into());
        self
    }

    /// Sets the id by which the service knows the request.
    #[must_use]
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.0.request_id = Some(id.into());
        self
    }

    /// Sets the id of an upload that is left behind unfinished.
    #[must_use]
    pub fn with_upload_id(mut self, id: impl Into<String>) -> Self {
        self.0.upload_id = Some(id.into());
        self
    }

    /// Sets how often the request was sent.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// Sets how long the service asks to wait.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Overrides what the kind says about trying again.
    #[must_use]
    pub fn with_retryable(mut self, retryable: bool) -> Self {
        self.0.retryable = Some(retryable);
        self
    }

    /// Sets the error of the layer below.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Returns what went wrong, as far as a caller acts on it.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind.unwrap_or(ErrorKind::Io)
    }

    /// Returns the sentence that says what happened, without the target and the codes.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns what was tried, such as `put object`.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// Returns the id of the provider.
    pub fn provider(&self) -> Option<&str> {
        self.0.provider.as_deref()
    }

    /// Returns the container.
    pub fn container(&self) -> Option<&str> {
        self.0.container.as_deref()
    }

    /// Returns the key.
    pub fn key(&self) -> Option<&str> {
        self.0.key.as_deref()
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Returns the code that the service gave.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// Returns the id by which the service knows the request.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Returns the id of an upload that could not be aborted and waits for a clean-up.
    pub fn upload_id(&self) -> Option<&str> {
        self.0.upload_id.as_deref()
    }

    /// Returns how often the request was sent; 0 when nothing was.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Returns how long the service asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Tells whether the same call may succeed later without any change.
    pub fn is_retryable(&self) -> bool {
        self.0.retryable.unwrap_or_else(|| self.kind().is_retryable())
    }

    /// Tells whether the error is about a container as a whole.
    pub fn is_container(&self) -> bool {
        use ErrorKind::{ContainerAlreadyExists, ContainerNotEmpty, ContainerNotFound, InvalidContainerName};
        let by_kind = matches!(
            self.kind(),
            ContainerNotFound | ContainerAlreadyExists | ContainerNotEmpty | InvalidContainerName
        );
        by_kind || (self.0.container.is_some() && self.0.key.is_none())
    }

    /// Tells whether the error is about one object.
    pub fn is_object(&self) -> bool {
        !self.is_container() && self.0.key.is_some()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let it = &*self.0;
        if let Some(operation) = it.operation {
            f.write_str(operation)?;
            match (&it.container, &it.key) {
                (Some(container), Some(key)) => write!(f, " `{}/{}`", Escaped(container), Escaped(key))?,
                (Some(name), None) | (None, Some(name)) => write!(f, " `{}`", Escaped(name))?,
                (None, None) => {}
            }
            f.write_str(": ")?;
        }
        write!(f, "{}", Escaped(&it.message))?;
        if it.status.is_some() || it.code.is_some() {
            f.write_str(" (")?;
            f.write_str(it.provider.as_deref().unwrap_or("service"))?;
            if let Some(status) = it.status {
                write!(f, " {status}")?;
            }
            if let Some(code) = &it.code {
                write!(f, " {}", Escaped(code))?;
            }
            f.write_str(")")?;
        }
        if let Some(id) = &it.request_id {
            write!(f, ", request id {}", Escaped(id))?;
        }
        if let Some(id) = &it.upload_id {
            let sure = if self.kind() == ErrorKind::Ambiguous { "may be" } else { "is" };
            write!(f, ", the unfinished upload `{}` {sure} left behind", Escaped(id))?;
        }
        if it.attempts > 1 {
            write!(f, ", after {} attempts", it.attempts)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Error");
        out.field("kind", &self.kind()).field("message", &format_args!("{self}"));
        if let Some(source) = &self.0.source {
            out.field("source", source);
        }
        out.finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::from_io(error)
    }
}

impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        use std::io::ErrorKind as Io;
        let kind = match error.kind() {
            ErrorKind::ObjectNotFound | ErrorKind::ContainerNotFound => Io::NotFound,
            ErrorKind::AlreadyExists | ErrorKind::ContainerAlreadyExists => Io::AlreadyExists,
            ErrorKind::PermissionDenied => Io::PermissionDenied,
            ErrorKind::InvalidInput | ErrorKind::InvalidRange => Io::InvalidInput,
            ErrorKind::ChecksumMismatch => Io::InvalidData,
            ErrorKind::Truncated => Io::UnexpectedEof,
            ErrorKind::Timeout => Io::TimedOut,
            ErrorKind::StorageFull => Io::StorageFull,
            ErrorKind::Unsupported => Io::Unsupported,
            _ => Io::Other,
        };
        Self::new(kind, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_names_operation_target_and_codes() {
        let error = Error::new(ErrorKind::Throttled, "the service asks to slow down")
            .with_operation("put object")
            .with_provider("s3")
            .with_container("photos")
            .with_key("cat\u{1b}[2J.jpg")
            .with_status(503)
            .with_code("SlowDown")
            .with_request_id("4442587FB7D0A2F9")
            .with_attempts(3);
        assert_eq!(
            error.to_string(),
            "put object `photos/cat\\u{1b}[2J.jpg`: the service asks to slow down (s3 503 SlowDown), \
             request id 4442587FB7D0A2F9, after 3 attempts"
        );
        assert!(error.is_retryable() && error.is_object() && !error.is_container());
    }

    #[test]
    fn an_error_keeps_its_kind_through_io() {
        let io: std::io::Error = Error::new(ErrorKind::Changed, "the object changed").into();
        assert_eq!(Error::from_io(io).kind(), ErrorKind::Changed);
    }

    #[test]
    fn the_error_is_one_word() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }
}
