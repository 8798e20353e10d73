//! Parts of the protocol that a service may have or lack, by name.

use serde::Deserialize;

use crate::vendors::Quirks;

macro_rules! features {
    ($($(#[doc = $doc:expr])+ $variant:ident: $($field:ident),+;)*) => {
        /// A part of the protocol that a service may have or lack.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Feature {
            $($(#[doc = $doc])+ $variant,)*
        }

        impl Feature {
            /// Every feature.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Switches it on or off.
            pub(super) fn set(self, quirks: &mut Quirks, on: bool) {
                match self {
                    $(Self::$variant => { $(quirks.$field = on;)+ })*
                }
            }
        }
    };
}

features! {
    /// Uploads in parts.
    Multipart: multipart;
    /// Copies on the server.
    Copy: copy, copy_parts;
    /// Copies of parts on the server.
    CopyParts: copy_parts;
    /// Many deletes in one request.
    BulkDelete: bulk_delete;
    /// Listings of unfinished uploads.
    IncompleteUploads: incomplete_uploads;
    /// Old versions.
    Versions: versions;
    /// Tags.
    Tags: tags;
    /// Access lists.
    Acl: acl;
    /// Websites.
    Website: website;
    /// Rules for pages of other sites.
    Cors: cors;
    /// Rules that expire objects.
    Lifecycle: lifecycle;
    /// Locks against deletion.
    ObjectLock: object_lock;
    /// Encryption with keys of the service.
    SseS3: sse_s3;
    /// Encryption with keys of a key service.
    SseKms: sse_kms;
    /// Encryption with keys of the caller.
    SseC: sse_c;
    /// Puts that need the key to be free.
    PutIfAbsent: put_if_absent;
    /// Puts that need the object to be unchanged.
    PutIfMatch: put_if_match;
    /// Deletes that need the object to be unchanged.
    DeleteIfMatch: delete_if_match;
    /// Completions of uploads in parts that keep the conditions of puts.
    CompleteConditional: complete_conditional;
    /// Copies that keep the conditions of puts.
    CopyConditions: copy_conditions;
    /// Checksums of the whole object at the completion of an upload in parts.
    FullObjectChecksums: full_object_checksums;
    /// Listings in the byte order of the keys.
    OrderedListing: ordered_listing;
}
