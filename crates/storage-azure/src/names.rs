//! The names of headers and the version of the protocol.

use http::{HeaderName, HeaderValue};

/// The version that every request names; what a service does without one depends on the account.
pub(crate) const VERSION: &str = "2025-11-05";
pub(crate) const VERSION_VALUE: HeaderValue = HeaderValue::from_static(VERSION);

macro_rules! names {
    ($($name:ident $text:literal,)*) => {
        $(pub(crate) const $name: HeaderName = HeaderName::from_static($text);)*
    };
}

names! {
    ACCESS_TIER "x-ms-access-tier",
    ACTION "x-ms-lease-action",
    APPEND_OFFSET "x-ms-blob-append-offset",
    BLOB_CACHE_CONTROL "x-ms-blob-cache-control",
    BLOB_CONTENT_DISPOSITION "x-ms-blob-content-disposition",
    BLOB_CONTENT_ENCODING "x-ms-blob-content-encoding",
    BLOB_CONTENT_LANGUAGE "x-ms-blob-content-language",
    BLOB_CONTENT_LENGTH "x-ms-blob-content-length",
    BLOB_CONTENT_MD5 "x-ms-blob-content-md5",
    BLOB_CONTENT_TYPE "x-ms-blob-content-type",
    BLOB_TYPE "x-ms-blob-type",
    CLIENT_REQUEST_ID "x-ms-client-request-id",
    CONTENT_CRC64 "x-ms-content-crc64",
    CONTENT_MD5 "content-md5",
    COPY_ID "x-ms-copy-id",
    COPY_SOURCE "x-ms-copy-source",
    COPY_STATUS "x-ms-copy-status",
    COPY_STATUS_DESCRIPTION "x-ms-copy-status-description",
    CREATION_TIME "x-ms-creation-time",
    DATE "x-ms-date",
    DELETE_SNAPSHOTS "x-ms-delete-snapshots",
    ENCRYPTION_ALGORITHM "x-ms-encryption-algorithm",
    ENCRYPTION_KEY "x-ms-encryption-key",
    ENCRYPTION_KEY_SHA256 "x-ms-encryption-key-sha256",
    ENCRYPTION_SCOPE "x-ms-encryption-scope",
    ERROR_CODE "x-ms-error-code",
    IMMUTABILITY_MODE "x-ms-immutability-policy-mode",
    IMMUTABILITY_UNTIL "x-ms-immutability-policy-until-date",
    APPEND_POSITION "x-ms-blob-condition-appendpos",
    LEASE_BREAK_PERIOD "x-ms-lease-break-period",
    LEASE_DURATION "x-ms-lease-duration",
    LEASE_ID "x-ms-lease-id",
    PROPOSED_LEASE_ID "x-ms-proposed-lease-id",
    LEGAL_HOLD "x-ms-legal-hold",
    PUBLIC_ACCESS "x-ms-blob-public-access",
    RANGE "x-ms-range",
    REQUEST_ID "x-ms-request-id",
    SNAPSHOT "x-ms-snapshot",
    SOURCE_IF_MATCH "x-ms-source-if-match",
    TAGS "x-ms-tags",
    VERSION_ID "x-ms-version-id",
    X_MS_VERSION "x-ms-version",
}

/// What the names of metadata start with.
pub(crate) const META: &str = "x-ms-meta-";
