//! Whole operations that some stores lack. A driver that has one returns it from its accessor; `None` is the
//! capability, and there is no second flag to disagree.

mod acl;
mod bulk_delete;
mod incomplete_uploads;
mod metadata;
mod multipart;
mod presign;
mod public_url;
mod rename;
mod tags;
mod versions;
mod website;

pub use acl::{Acl, AclDriver, Grant, Grantee, Permission};
pub use bulk_delete::{BulkDeleteDriver, DeleteResult, DeleteTarget};
pub use incomplete_uploads::{IncompleteUpload, IncompleteUploadsDriver, UploadQuery};
pub use metadata::{MetadataDriver, MetadataUpdate};
pub use multipart::{CompletedPart, MultipartDriver, PartInfo, PartRef};
pub use presign::{PresignDriver, PresignOptions, PresignedRequest};
pub use public_url::{CdnInfo, CdnOptions, PublicUrlDriver};
pub use rename::{RenameDriver, RenameOptions};
pub use tags::{Tags, TagsDriver};
pub use versions::{VersionEntry, VersionQuery, Versioning, VersionsDriver};
pub use website::{CorsRule, WebsiteConfig, WebsiteDriver};
