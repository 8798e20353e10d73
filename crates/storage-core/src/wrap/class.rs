//! What kind of work an operation is.

use crate::idempotency::Operation;

/// What kind of work an operation is, for limits and for failures that only writes can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Class {
    /// It reads content or what is known of one thing.
    Read,
    /// It changes something.
    Write,
    /// It lists.
    List,
}

impl Class {
    /// Returns the class of an operation.
    pub const fn of(operation: Operation) -> Self {
        use Operation as It;
        match operation {
            It::ListContainers | It::ListObjects | It::ListParts | It::ListUploads | It::ListVersions => {
                Self::List
            }
            It::HeadContainer | It::GetObject | It::HeadObject | It::PresignObject | It::GetVersioning => {
                Self::Read
            }
            It::GetTags | It::GetAcl | It::GetWebsite | It::GetWebsiteUrl | It::GetCors => Self::Read,
            It::GetPublicUrl | It::GetCdn => Self::Read,
            It::CreateContainer | It::DeleteContainer => Self::Write,
            It::PutObject | It::DeleteObject | It::DeleteObjects | It::CopyObject | It::RenameObject => {
                Self::Write
            }
            It::CreateUpload | It::PutPart | It::CopyPart | It::CompleteUpload | It::AbortUpload => {
                Self::Write
            }
            It::SetVersioning | It::RestoreVersion | It::SetTags | It::SetAcl => Self::Write,
            It::UpdateMetadata | It::UpdateContainerMetadata => Self::Write,
            It::SetWebsite | It::SetCors | It::SetCdn | It::PurgeCdn => Self::Write,
        }
    }
}
