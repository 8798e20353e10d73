//! The names of headers.

use http::HeaderName;

macro_rules! names {
    ($($constant:ident $name:literal;)*) => {
        $(pub(crate) const $constant: HeaderName = HeaderName::from_static($name);)*
    };
}

names! {
    ACL "x-amz-acl";
    BUCKET_REGION "x-amz-bucket-region";
    CHECKSUM_ALGORITHM "x-amz-checksum-algorithm";
    CHECKSUM_MODE "x-amz-checksum-mode";
    CHECKSUM_TYPE "x-amz-checksum-type";
    CONTENT_MD5 "content-md5";
    COPY_IF_MATCH "x-amz-copy-if-match";
    COPY_SOURCE "x-amz-copy-source";
    COPY_SOURCE_IF_MATCH "x-amz-copy-source-if-match";
    COPY_SOURCE_RANGE "x-amz-copy-source-range";
    COPY_SOURCE_SSE_C "x-amz-copy-source-server-side-encryption-customer-algorithm";
    COPY_SOURCE_SSE_C_KEY "x-amz-copy-source-server-side-encryption-customer-key";
    COPY_SOURCE_SSE_C_KEY_MD5 "x-amz-copy-source-server-side-encryption-customer-key-md5";
    DECODED_LENGTH "x-amz-decoded-content-length";
    ERROR_CODE "x-amz-error-code";
    EXPECTED_OWNER "x-amz-expected-bucket-owner";
    METADATA_DIRECTIVE "x-amz-metadata-directive";
    REQUEST_ID "x-amz-request-id";
    REQUEST_PAYER "x-amz-request-payer";
    SSE "x-amz-server-side-encryption";
    SSE_C "x-amz-server-side-encryption-customer-algorithm";
    SSE_C_KEY "x-amz-server-side-encryption-customer-key";
    SSE_C_KEY_MD5 "x-amz-server-side-encryption-customer-key-md5";
    SSE_KMS_KEY_ID "x-amz-server-side-encryption-aws-kms-key-id";
    STORAGE_CLASS "x-amz-storage-class";
    TAGGING "x-amz-tagging";
    TAGGING_DIRECTIVE "x-amz-tagging-directive";
    TRAILER "x-amz-trailer";
    VERSION_ID "x-amz-version-id";
}

/// What the names of the caller's own metadata start with.
pub(crate) const META: &str = "x-amz-meta-";
