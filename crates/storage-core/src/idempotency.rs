//! What may be sent twice. One table for retries and for the documentation.

use std::fmt;

/// A call of the driver contract, by the words that errors use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Lists containers.
    ListContainers,
    /// Creates a container.
    CreateContainer,
    /// Asks for a container.
    HeadContainer,
    /// Deletes a container.
    DeleteContainer,
    /// Writes an object.
    PutObject,
    /// Reads an object.
    GetObject,
    /// Asks for an object.
    HeadObject,
    /// Deletes an object.
    DeleteObject,
    /// Copies an object on the server.
    CopyObject,
    /// Lists objects.
    ListObjects,
    /// Begins an upload in parts.
    CreateUpload,
    /// Sends one part.
    PutPart,
    /// Joins the parts.
    CompleteUpload,
    /// Drops the parts.
    AbortUpload,
}

impl Operation {
    /// Returns the words that errors use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ListContainers => "list containers",
            Self::CreateContainer => "create container",
            Self::HeadContainer => "head container",
            Self::DeleteContainer => "delete container",
            Self::PutObject => "put object",
            Self::GetObject => "get object",
            Self::HeadObject => "head object",
            Self::DeleteObject => "delete object",
            Self::CopyObject => "copy object",
            Self::ListObjects => "list objects",
            Self::CreateUpload => "create upload",
            Self::PutPart => "put part",
            Self::CompleteUpload => "complete upload",
            Self::AbortUpload => "abort upload",
        }
    }

    /// Returns the class of the operation where the service adds no promise of its own.
    ///
    /// `conditional` tells whether the request carries a condition that a first success would break.
    pub const fn idempotency(self, conditional: bool) -> Idempotency {
        match self {
            Self::ListContainers
            | Self::HeadContainer
            | Self::GetObject
            | Self::HeadObject
            | Self::ListObjects => Idempotency::Always,
            Self::PutPart | Self::AbortUpload => Idempotency::Always,
            Self::PutObject | Self::CopyObject | Self::DeleteObject if conditional => Idempotency::Verify,
            Self::PutObject | Self::CopyObject | Self::DeleteObject => Idempotency::Always,
            Self::CreateContainer | Self::DeleteContainer | Self::CompleteUpload => Idempotency::Verify,
            Self::CreateUpload => Idempotency::Never,
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether a request whose answer was lost may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Idempotency {
    /// Twice is the same as once.
    Always,
    /// Sent again, it may meet its own success: the answer counts only after a look at what is there. Equal bytes
    /// prove no ownership, only a nonce or an id of the upload does; else the result is `Ambiguous`.
    Verify,
    /// Not sent again once it may have been carried out; the result is `Ambiguous`.
    Never,
}
