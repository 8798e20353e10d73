//! Servers that anybody runs, whose address is a setting.

use storage_core::ChecksumAlgorithm;

use crate::vendors::quirks::{PRIVATE_OR_PUBLIC, V4};
use crate::vendors::{BucketNames, ListEncoding, ListVersion, Quirks, Vendor};

pub(super) const ROWS: &[Vendor] = &[
    Vendor {
        name: "other",
        title: "Another S3 service",
        docs: "https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html",
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "ceph",
        title: "Ceph Object Gateway",
        docs: "https://docs.ceph.com/en/latest/radosgw/s3/",
        // A gateway without websites or a key service refuses both aloud. Puts keep their conditions, completions,
        // copies and deletes do not, and release 16 finds a tag only without its quotes: seen on 16.2.
        // https://docs.ceph.com/en/latest/radosgw/s3/objectops/#put-object
        quirks: Quirks {
            website: true,
            sse_kms: true,
            put_if_absent: true,
            put_if_match: true,
            unquoted_if_match: true,
            ..Quirks::CEPH
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "minio",
        title: "MinIO",
        environment: &[("MINIO_ACCESS_KEY", "access_key_id"), ("MINIO_SECRET_KEY", "secret_access_key")],
        docs: "https://docs.min.io/enterprise/aistor-object-store/developers/s3-api-compatibility/",
        // No access lists, websites or rules for other sites of a bucket's own; unfinished uploads are listed only for
        // an exact key. Conditions of a copy and of a delete are younger than most servers that run.
        // https://docs.min.io/enterprise/aistor-object-store/developers/s3-api-compatibility/
        quirks: Quirks {
            trailers: true,
            checksums: &[
                ChecksumAlgorithm::Crc32c,
                ChecksumAlgorithm::Crc32,
                ChecksumAlgorithm::Sha1,
                ChecksumAlgorithm::Sha256,
            ],
            multipart_etag_is_digest: true,
            reports_existing_bucket: true,
            list_encoding: ListEncoding::Url,
            bucket_names: BucketNames::Strict,
            incomplete_uploads: false,
            versions: true,
            tags: true,
            acls: &[],
            lifecycle: true,
            object_lock: true,
            storage_classes: &["STANDARD", "REDUCED_REDUNDANCY"],
            sse_s3: true,
            sse_kms: true,
            sse_c: true,
            put_if_absent: true,
            put_if_match: true,
            complete_conditional: true,
            ..Quirks::GENERIC
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "garage",
        title: "Garage",
        default_region: Some("garage"),
        docs: "https://garagehq.deuxfleurs.fr/documentation/reference-manual/s3-compatibility/",
        // No SigV2, versions, tags or access lists; keys of the caller work.
        // https://garagehq.deuxfleurs.fr/documentation/reference-manual/s3-compatibility/
        quirks: Quirks {
            signatures: V4,
            list_encoding: ListEncoding::Url,
            acls: &[],
            website: true,
            cors: true,
            lifecycle: true,
            storage_classes: &[],
            sse_c: true,
            ..Quirks::GENERIC
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "seaweedfs",
        title: "SeaweedFS",
        endpoint: Some("http://localhost:8333"),
        docs: "https://github.com/seaweedfs/seaweedfs/wiki/Amazon-S3-API",
        quirks: Quirks { list_version: ListVersion::V1, tags: true, ..Quirks::GENERIC },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "swift_s3",
        title: "OpenStack Swift, S3 API",
        default_region: Some("us-east-1"),
        docs: "https://docs.openstack.org/swift/latest/s3_compat.html",
        // Lists are those of Swift unless the operator turns on others: objects have none, and a put ignores the canned
        // one: https://docs.openstack.org/swift/latest/s3_compat.html
        // Of many writers with `if-none-match: *` more than one wins, and `if-match` is refused: seen on 2.38.
        // Checksums in headers are ignored before release 2.36, so a digest in the signature protects uploads.
        // Websites, sharing rules, lifecycle, tags and lock are not there: https://docs.openstack.org/swift/latest/s3_compat.html
        // An upload has 1,000 parts unless the operator allows more:
        // https://docs.openstack.org/swift/latest/middleware.html#module-swift.common.middleware.s3api.s3api
        quirks: Quirks {
            reports_existing_bucket: true,
            multipart_etag_is_digest: true,
            list_encoding: ListEncoding::Url,
            max_parts: 1000,
            versions: true,
            copy_part_if_match: true,
            acls: &[],
            storage_classes: &["STANDARD"],
            ..Quirks::GENERIC
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "rclone",
        title: "rclone serve s3",
        docs: "https://rclone.org/commands/rclone_serve_s3/",
        // Seen on 1.75: ranges come with status 200, listings write `+` for a blank, conditions and checksums are
        // ignored, only `/` is a delimiter, and a sub-resource that is not known acts on the bucket or the object itself:
        // tags would become the content of the object.
        quirks: Quirks {
            signatures: V4,
            list_encoding: ListEncoding::UrlPlus,
            any_delimiter: false,
            range_answers_200: true,
            max_copy_bytes: u64::MAX,
            // The answer to a part that is copied is empty, and so nobody can join it.
            copy_parts: false,
            // A bucket without uploads in parts answers a listing of them as if one were missing.
            incomplete_uploads: false,
            acls: &[],
            storage_classes: &[],
            ..Quirks::GENERIC
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "exaba",
        title: "Exaba",
        docs: "https://www.exaba.com/",
        quirks: Quirks {
            reports_existing_bucket: true,
            multipart_etag_is_digest: true,
            list_encoding: ListEncoding::Url,
            ..Quirks::GENERIC
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "flashblade",
        title: "Pure Storage FlashBlade",
        docs: "https://support.purestorage.com/bundle/m_purityfb_general_administration/page/FlashBlade/Purity_FB/PurityFB_General_Administration/topics/concept/c_s3_support.html",
        quirks: Quirks {
            reports_existing_bucket: true,
            multipart_etag_is_digest: true,
            list_encoding: ListEncoding::Url,
            ..Quirks::GENERIC
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "hcp",
        title: "Hitachi Content Platform",
        docs: "https://docs.hitachivantara.com/r/en-us/content-platform/9.7.x/mk-95hcph002/hcp-s3-compatible-api",
        // The oldest version of a key comes first: https://rclone.org/s3/#hitachi-content-platform
        quirks: Quirks {
            reports_existing_bucket: true,
            list_encoding: ListEncoding::Url,
            versions: true,
            versions_oldest_first: true,
            acl: true,
            ..Quirks::GENERIC
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "netapp",
        title: "NetApp StorageGRID",
        default_region: Some("us-east-1"),
        docs: "https://docs.netapp.com/us-en/storagegrid/s3/index.html",
        // Versions, tags, lock and encryption: https://docs.netapp.com/us-en/storagegrid/s3/operations-on-objects.html
        quirks: Quirks {
            reports_existing_bucket: true,
            multipart_etag_is_digest: true,
            list_encoding: ListEncoding::Url,
            versions: true,
            tags: true,
            acls: PRIVATE_OR_PUBLIC,
            cors: true,
            lifecycle: true,
            object_lock: true,
            sse_s3: true,
            sse_c: true,
            ..Quirks::GENERIC
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "scality",
        title: "Scality RING",
        docs: "https://s3-server.readthedocs.io/en/latest/GETTING_STARTED.html",
        quirks: Quirks {
            reports_existing_bucket: true,
            multipart_etag_is_digest: true,
            list_encoding: ListEncoding::Url,
            versions: true,
            acl: true,
            ..Quirks::GENERIC
        },
        ..Vendor::UNKNOWN
    },
    Vendor {
        name: "spectralogic",
        title: "Spectra Logic BlackPearl",
        docs: "https://developer.spectralogic.com/",
        quirks: Quirks {
            reports_existing_bucket: true,
            multipart_etag_is_digest: true,
            list_encoding: ListEncoding::Url,
            ..Quirks::GENERIC
        },
        ..Vendor::UNKNOWN
    },
];
