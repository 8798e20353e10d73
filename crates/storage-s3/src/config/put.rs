//! What a write may ask of S3 alone.

use serde::Deserialize;
pub use storage_http::Timestamp;

storage_http::settings! {
    /// Options of a write that only S3 has. Attach them with `extension`.
    ///
    /// ```
    /// use storage_core::PutOptions;
    /// use storage_s3::{ObjectLockMode, S3PutOptions};
    /// let own = S3PutOptions::new().object_lock_mode(ObjectLockMode::Governance).requester_pays(true);
    /// let options = PutOptions::new().extension(own);
    /// ```
    S3PutOptions {
        /// How the object is locked until `object_lock_retain_until`.
        some object_lock_mode: ObjectLockMode;
        /// Until when the object can't be deleted or replaced, such as `2030-01-01T00:00:00Z`.
        some object_lock_retain_until: Timestamp;
        /// Keeps the object from being deleted until this is taken back.
        some object_lock_legal_hold: bool = ["legal_hold"];
        /// Where a website sends readers of the object.
        some website_redirect: String = ["website_redirect_location"];
        /// Pays for the request where the owner of the bucket does not.
        plain requester_pays: bool = ["request_payer"];
        /// The account that must own the bucket.
        some expected_bucket_owner: String;
        /// Who may do everything with the object, such as `id="…"`.
        some grant_full_control: String;
        /// Who may read the object.
        some grant_read: String;
        /// Who may read the access list.
        some grant_read_acp: String;
        /// Who may change the access list.
        some grant_write_acp: String;
        /// What the key service ties the encryption to, as JSON in base64.
        some sse_kms_context: String = ["ssekms_encryption_context"];
        /// Encrypts with a key of the bucket in the place of one for each object.
        some bucket_key: bool = ["bucket_key_enabled"];
        /// When caches drop the object, as a date of HTTP.
        some expires: String;
    }
}

/// How an object is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ObjectLockMode {
    /// Those with a special permission may take the lock away.
    Governance,
    /// Nobody may take the lock away.
    Compliance,
}

impl ObjectLockMode {
    /// Returns the word on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Governance => "GOVERNANCE",
            Self::Compliance => "COMPLIANCE",
        }
    }
}
