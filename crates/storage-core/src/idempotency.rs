//! What may be sent twice. One table for retries and for the documentation.

use std::fmt;

macro_rules! operations {
    ($(#[$meta:meta])* $target:ident { $($(#[$doc:meta])* $variant:ident $name:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $target { $($(#[$doc])* $variant,)* }

        impl $target {
            /// Every operation, each at the place of its number.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the words that errors use.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}
operations! {
    /// A call of the driver contract, by the words that errors use.
    Operation {
        /// Lists containers.
        ListContainers "list containers",
        /// Creates a container.
        CreateContainer "create container",
        /// Asks for a container.
        HeadContainer "head container",
        /// Deletes a container.
        DeleteContainer "delete container",
        /// Writes an object.
        PutObject "put object",
        /// Reads an object.
        GetObject "get object",
        /// Asks for an object.
        HeadObject "head object",
        /// Deletes an object.
        DeleteObject "delete object",
        /// Copies an object on the server.
        CopyObject "copy object",
        /// Lists objects.
        ListObjects "list objects",
        /// Begins an upload in parts.
        CreateUpload "create upload",
        /// Sends one part.
        PutPart "put part",
        /// Makes a part of bytes of another object.
        CopyPart "copy part",
        /// Joins the parts.
        CompleteUpload "complete upload",
        /// Drops the parts.
        AbortUpload "abort upload",
        /// Lists the parts of an upload.
        ListParts "list parts",
        /// Lists uploads that were begun and never ended.
        ListUploads "list uploads",
        /// Signs a request for somebody else.
        PresignObject "presign object",
        /// Deletes many objects in one request.
        DeleteObjects "delete objects",
        /// Asks whether a container keeps versions.
        GetVersioning "get versioning",
        /// Sets whether a container keeps versions.
        SetVersioning "set versioning",
        /// Lists versions.
        ListVersions "list versions",
        /// Makes an old version the newest one.
        RestoreVersion "restore version",
        /// Asks for the tags of an object.
        GetTags "get tags",
        /// Replaces the tags of an object.
        SetTags "set tags",
        /// Asks who may do what.
        GetAcl "get acl",
        /// Sets who may do what.
        SetAcl "set acl",
        /// Replaces the metadata of an object.
        UpdateMetadata "update metadata",
        /// Replaces the metadata of a container.
        UpdateContainerMetadata "update container metadata",
        /// Asks for the settings of a website.
        GetWebsite "get website",
        /// Makes a container a website, or stops it.
        SetWebsite "set website",
        /// Asks for the address of a website.
        GetWebsiteUrl "get website url",
        /// Asks which pages of other sites may read a container.
        GetCors "get cors",
        /// Sets which pages of other sites may read a container.
        SetCors "set cors",
        /// Asks for the address for readers without credentials.
        GetPublicUrl "get public url",
        /// Asks for the state of the delivery network.
        GetCdn "get cdn",
        /// Switches the delivery network on or off.
        SetCdn "set cdn",
        /// Has the delivery network forget an object.
        PurgeCdn "purge cdn",
        /// Renames an object in one step.
        RenameObject "rename object",
    }
}

impl Operation {
    /// Returns the class of the operation where the service adds no promise of its own.
    ///
    /// `conditional` tells whether the request carries a condition that a first success would break.
    pub const fn idempotency(self, conditional: bool) -> Idempotency {
        match self {
            Self::PutObject
            | Self::CopyObject
            | Self::DeleteObject
            | Self::DeleteObjects
            | Self::UpdateMetadata
            | Self::CompleteUpload
                if conditional =>
            {
                Idempotency::VerifyOwner
            }
            // What replaces the whole of a thing by what the request holds is the same twice.
            Self::PutObject | Self::CopyObject | Self::DeleteObject | Self::DeleteObjects => {
                Idempotency::Always
            }
            Self::UpdateMetadata | Self::UpdateContainerMetadata => Idempotency::Always,
            Self::PutPart | Self::CopyPart | Self::AbortUpload => Idempotency::Always,
            Self::SetVersioning | Self::RestoreVersion | Self::SetTags | Self::SetAcl => Idempotency::Always,
            Self::SetWebsite | Self::SetCors | Self::SetCdn | Self::PurgeCdn => Idempotency::Always,
            // What only asks.
            Self::ListContainers
            | Self::HeadContainer
            | Self::GetObject
            | Self::HeadObject
            | Self::ListObjects
            | Self::ListParts
            | Self::ListUploads
            | Self::PresignObject
            | Self::GetVersioning
            | Self::ListVersions
            | Self::GetTags
            | Self::GetAcl
            | Self::GetWebsite
            | Self::GetWebsiteUrl
            | Self::GetCors
            | Self::GetPublicUrl
            | Self::GetCdn => Idempotency::Always,
            // The second one finds the source gone, the container there, or the upload ended.
            Self::CreateContainer | Self::DeleteContainer | Self::CompleteUpload | Self::RenameObject => {
                Idempotency::VerifyState
            }
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
    /// Sent again, it may meet its own success. What is there then proves it: the state wanted is the success.
    VerifyState,
    /// Sent again, it may meet its own success or somebody else's. Equal bytes prove no ownership, only a nonce written
    /// with the object does; else the result is `Ambiguous`.
    VerifyOwner,
    /// Not sent again once it may have been carried out; the result is `Ambiguous`.
    Never,
}
