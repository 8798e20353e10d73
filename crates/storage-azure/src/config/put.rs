//! What a write may ask of Azure alone.

use serde::Deserialize;
use storage_http::Timestamp;

use super::BlobType;

storage_http::settings! {
    /// Options of a write that only Azure has. Attach them with `extension`.
    ///
    /// ```
    /// use storage_azure::{AzurePutOptions, BlobType};
    /// use storage_core::PutOptions;
    /// let own = AzurePutOptions::new().blob_type(BlobType::Append).lease_id("f0e1");
    /// let options = PutOptions::new().extension(own);
    /// ```
    AzurePutOptions {
        /// What the blob is; defaults to the setting of the storage.
        some blob_type: BlobType;
        /// The access tier, such as `Cool`.
        some tier: String = ["access_tier"];
        /// The lease that protects the blob, which the writer holds.
        some lease_id: String = ["lease"];
        /// The encryption scope.
        some encryption_scope: String;
        /// Until when the blob can't be deleted or replaced, such as `2030-01-01T00:00:00Z`.
        some immutability_until: Timestamp = ["immutability_policy_until_date"];
        /// Whether the time of `immutability_until` can be taken back.
        some immutability_mode: ImmutabilityMode = ["immutability_policy_mode"];
        /// Keeps the blob from being deleted until this is taken back.
        some legal_hold: bool;
    }
}

/// Whether the protection of a blob can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ImmutabilityMode {
    /// Those with a special permission may shorten it or take it away.
    Unlocked,
    /// Nobody may shorten it.
    Locked,
}

impl ImmutabilityMode {
    /// Returns the word on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unlocked => "Unlocked",
            Self::Locked => "Locked",
        }
    }
}
