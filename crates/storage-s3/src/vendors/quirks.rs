//! The ways in which a service differs from Amazon S3, as typed fields. Each is read in one place.

use storage_core::{CannedAcl, ChecksumAlgorithm};

/// What a service does otherwise than Amazon S3 ([`NONE`](Self::NONE)), and which parts of the protocol it has.
///
/// Where nobody documents a feature, a row counts it as missing ([`GENERIC`](Self::GENERIC)): refusing before anything
/// is sent is better than a condition or a checksum that a service ignores in silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quirks {
    /// Where the name of a bucket stands in an address.
    pub addressing: Addressing,
    /// Which names buckets may have.
    pub bucket_names: BucketNames,
    /// When the creation of a bucket names the place.
    pub location: LocationConstraint,
    /// Creating a bucket of one's own again is an error.
    pub reports_existing_bucket: bool,

    /// The signatures that are understood, the default first.
    pub signatures: &'static [SignatureVersion],
    /// Uploads may be signed without a digest of their content.
    pub unsigned_payload: bool,
    /// A checksum may travel behind the content, framed as `aws-chunked`.
    pub trailers: bool,
    /// The `x-amz-checksum-*` headers that are verified and kept, the preferred one first. Without any, a signed digest
    /// or `content-md5` protects uploads.
    pub checksums: &'static [ChecksumAlgorithm],
    /// An upload in parts can be completed with a checksum of the whole object.
    pub full_object_checksums: bool,
    /// The entity tag of an object put in one request, without keys of one's own, is the MD5 of its content.
    pub etag_is_md5: bool,
    /// The entity tag of an object put in parts is the MD5 of the MD5s of its parts.
    pub multipart_etag_is_digest: bool,

    /// Which call lists objects.
    pub list_version: ListVersion,
    /// How keys are written in listings.
    pub list_encoding: ListEncoding,
    /// Listings come in the byte order of the keys.
    pub ordered_listing: bool,
    /// Listings take delimiters other than `/`.
    pub any_delimiter: bool,
    /// Listings of unfinished uploads say that their keys are encoded, where that is asked for. Otherwise nothing is.
    pub encoded_uploads: bool,
    /// Of the versions of a key, the oldest comes first.
    pub versions_oldest_first: bool,
    /// A range is answered with status 200 and a `content-range`.
    pub range_answers_200: bool,

    /// The largest object that one put takes.
    pub max_put_bytes: u64,
    /// The largest object at all.
    pub max_object_bytes: u64,
    /// The largest object that one copy takes.
    pub max_copy_bytes: u64,
    /// The smallest part, except the last one.
    pub min_part_bytes: u64,
    /// The largest part.
    pub max_part_bytes: u64,
    /// The most parts of one upload.
    pub max_parts: u32,
    /// All parts but the last one must have the same size.
    pub uniform_parts: bool,

    /// Objects can be uploaded in parts.
    pub multipart: bool,
    /// Objects can be copied on the server.
    pub copy: bool,
    /// Parts can be copied from other objects on the server.
    pub copy_parts: bool,
    /// Many objects can be deleted with one request.
    pub bulk_delete: bool,
    /// Unfinished uploads can be listed.
    pub incomplete_uploads: bool,
    /// Old versions are kept and can be listed.
    pub versions: bool,
    /// Objects have tags.
    pub tags: bool,
    /// Access lists can be read and written.
    pub acl: bool,
    /// The canned lists that are known.
    pub acls: &'static [CannedAcl],
    /// Buckets can be websites.
    pub website: bool,
    /// Buckets have rules for pages of other sites.
    pub cors: bool,
    /// Buckets have rules that expire objects and unfinished uploads.
    pub lifecycle: bool,
    /// Objects can be locked against deletion.
    pub object_lock: bool,
    /// Storage classes, for completions: another word is sent as it is. None means that there are no classes.
    pub storage_classes: &'static [&'static str],
    /// Objects can be encrypted with keys of the service (`AES256`).
    pub sse_s3: bool,
    /// Objects can be encrypted with keys of a key service (`aws:kms`).
    pub sse_kms: bool,
    /// Objects can be encrypted with keys of the caller.
    pub sse_c: bool,

    /// A put is refused when there is an object already, if asked to.
    pub put_if_absent: bool,
    /// A put is refused when the object has changed, if asked to.
    pub put_if_match: bool,
    /// A delete is refused when the object has changed, if asked to.
    pub delete_if_match: bool,
    /// The completion of an upload in parts keeps the conditions of a put.
    pub complete_conditional: bool,
    /// A copy keeps the conditions of a put.
    pub copy_conditions: bool,
    /// A copy takes the entity tag that its source must have as `x-amz-copy-if-match`, whatever else it takes.
    pub copy_if_match: bool,
    /// A copy of a part keeps the condition on its source. Otherwise the source is looked at once more behind it.
    pub copy_part_if_match: bool,
    /// Conditions compare the entity tag without its quotes.
    pub unquoted_if_match: bool,
}

/// Where the name of a bucket stands in an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Addressing {
    /// In front of the host: `https://bucket.host/key`.
    Virtual,
    /// In front of the key: `https://host/bucket/key`.
    Path,
}

/// Which names buckets may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BucketNames {
    /// As Amazon S3 allows them.
    Strict,
    /// Also upper case and `_`, and up to 255 characters.
    Relaxed,
}

/// When the creation of a bucket names the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LocationConstraint {
    /// Always but for `us-east-1`, which has no name here.
    UnlessDefault,
    /// Only when the caller asks for a place.
    WhenAsked,
    /// Never: the endpoint decides.
    Never,
}

/// A version of the signature of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureVersion {
    /// The old one, with HMAC-SHA1.
    V2,
    /// The one of today, with HMAC-SHA256 and the region.
    V4,
}

/// Which call lists objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListVersion {
    /// `ListObjects`, with markers.
    V1,
    /// `ListObjectsV2`, with continuation tokens.
    V2,
}

/// How keys are written in listings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListEncoding {
    /// Percent-encoded where the answer says so; it is asked for.
    Url,
    /// As `Url`, with `+` for a blank.
    UrlPlus,
    /// As they are in XML; nothing is asked for.
    Off,
    /// As they are in XML although the answer says that they are encoded; nothing is asked for.
    Claimed,
}

pub(super) const V2: &[SignatureVersion] = &[SignatureVersion::V2];
pub(super) const V4: &[SignatureVersion] = &[SignatureVersion::V4];
const V4_OR_V2: &[SignatureVersion] = &[SignatureVersion::V4, SignatureVersion::V2];
const GIB: u64 = 1 << 30;
const TIB: u64 = 1 << 40;

/// The canned lists that nearly every service with access lists has.
pub(super) const PRIVATE_OR_PUBLIC: &[CannedAcl] = &[CannedAcl::Private, CannedAcl::PublicRead];
pub(super) const PUBLIC_LISTS: &[CannedAcl] =
    &[CannedAcl::Private, CannedAcl::PublicRead, CannedAcl::PublicReadWrite];
pub(super) const NO_BUCKET_OWNER: &[CannedAcl] =
    &[CannedAcl::Private, CannedAcl::PublicRead, CannedAcl::PublicReadWrite, CannedAcl::AuthenticatedRead];
/// The largest object of Google Cloud Storage, which one put may bring.
pub(super) const MAX_GCS: u64 = 5 * TIB;
pub(super) const ALL_CHECKSUMS: &[ChecksumAlgorithm] = Quirks::NONE.checksums;

impl Quirks {
    /// No difference from Amazon S3.
    pub const NONE: Self = Self {
        addressing: Addressing::Virtual,
        bucket_names: BucketNames::Strict,
        location: LocationConstraint::UnlessDefault,
        reports_existing_bucket: true,
        signatures: V4,
        unsigned_payload: true,
        trailers: true,
        checksums: &[
            ChecksumAlgorithm::Crc64Nvme,
            ChecksumAlgorithm::Crc32c,
            ChecksumAlgorithm::Crc32,
            ChecksumAlgorithm::Sha1,
            ChecksumAlgorithm::Sha256,
        ],
        full_object_checksums: true,
        etag_is_md5: true,
        multipart_etag_is_digest: true,
        list_version: ListVersion::V2,
        list_encoding: ListEncoding::Url,
        ordered_listing: true,
        any_delimiter: true,
        encoded_uploads: true,
        versions_oldest_first: false,
        range_answers_200: false,
        max_put_bytes: 5 * GIB,
        // 10,000 parts of 5 GiB.
        max_object_bytes: 50_000 * GIB,
        max_copy_bytes: 5 * GIB,
        min_part_bytes: 5 << 20,
        max_part_bytes: 5 * GIB,
        max_parts: 10_000,
        uniform_parts: false,
        multipart: true,
        copy: true,
        copy_parts: true,
        bulk_delete: true,
        incomplete_uploads: true,
        versions: true,
        tags: true,
        acl: true,
        acls: &CannedAcl::ALL,
        website: true,
        cors: true,
        lifecycle: true,
        object_lock: true,
        storage_classes: &[
            "STANDARD",
            "STANDARD_IA",
            "ONEZONE_IA",
            "INTELLIGENT_TIERING",
            "GLACIER_IR",
            "GLACIER",
            "DEEP_ARCHIVE",
            "REDUCED_REDUNDANCY",
        ],
        sse_s3: true,
        sse_kms: true,
        sse_c: true,
        put_if_absent: true,
        put_if_match: true,
        delete_if_match: true,
        complete_conditional: true,
        copy_conditions: true,
        copy_if_match: false,
        copy_part_if_match: true,
        unquoted_if_match: false,
    };

    /// A service of which only the name of the protocol is known.
    ///
    /// It does what every store with this protocol does. What some ignore in silence is off: conditions, checksums in
    /// headers, encryption, percent-encoded listings. So is what lives in sub-resources: a server that does not know
    /// `?tagging` or `?acl` may take the rules for the content of the object, and one that ignores `versionId` deletes
    /// another version than it was told to.
    pub const GENERIC: Self = Self {
        addressing: Addressing::Path,
        bucket_names: BucketNames::Relaxed,
        location: LocationConstraint::WhenAsked,
        reports_existing_bucket: false,
        signatures: V4_OR_V2,
        trailers: false,
        checksums: &[],
        full_object_checksums: false,
        multipart_etag_is_digest: false,
        list_encoding: ListEncoding::Off,
        max_object_bytes: 5 * TIB,
        versions: false,
        tags: false,
        acl: false,
        website: false,
        cors: false,
        lifecycle: false,
        object_lock: false,
        storage_classes: &["STANDARD"],
        sse_s3: false,
        sse_kms: false,
        sse_c: false,
        put_if_absent: false,
        put_if_match: false,
        delete_if_match: false,
        complete_conditional: false,
        copy_conditions: false,
        copy_part_if_match: false,
        ..Self::NONE
    };

    /// The object gateway of Ceph, which many services run: <https://docs.ceph.com/en/latest/radosgw/s3/>.
    ///
    /// Versions, tags, access lists, sharing rules, lifecycle, lock and keys of the caller are its own features; what
    /// depends on how it is set up (websites, key service, conditions) is off. Listings of uploads encode their keys and
    /// neither say so nor encode the marker; a copy takes conditions on its source by names of its own:
    /// <https://docs.ceph.com/en/latest/radosgw/s3/objectops/#copy-object>.
    pub const CEPH: Self = Self {
        list_encoding: ListEncoding::Url,
        encoded_uploads: false,
        copy_if_match: true,
        multipart_etag_is_digest: true,
        versions: true,
        tags: true,
        acl: true,
        cors: true,
        lifecycle: true,
        object_lock: true,
        sse_c: true,
        ..Self::GENERIC
    };

    /// A hosted service that nobody found to differ from Amazon S3, and that documents little.
    pub const HOSTED: Self = Self {
        addressing: Addressing::Virtual,
        reports_existing_bucket: true,
        multipart_etag_is_digest: true,
        list_encoding: ListEncoding::Url,
        ..Self::GENERIC
    };
}
