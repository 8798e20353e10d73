//! Settings that are one of a few words.

use serde::{Deserialize, Deserializer};
use storage_http::word;

/// What a blob is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BlobType {
    /// Written as a whole or in blocks.
    #[default]
    Block,
    /// Grows at its end.
    Append,
    /// Pages of 512 bytes that can be written anywhere.
    Page,
}

impl BlobType {
    /// Returns the word on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Block => "BlockBlob",
            Self::Append => "AppendBlob",
            Self::Page => "PageBlob",
        }
    }
}

impl<'de> Deserialize<'de> for BlobType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const WORDS: &[(&str, BlobType)] = &[
            ("block", BlobType::Block),
            ("blockblob", BlobType::Block),
            ("append", BlobType::Append),
            ("appendblob", BlobType::Append),
            ("page", BlobType::Page),
            ("pageblob", BlobType::Page),
        ];
        word(deserializer, WORDS, "block, append, page")
    }
}

/// What the setting `account_key` holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthType {
    /// A key of the account.
    SharedKey,
    /// The secret of an application of Microsoft Entra ID.
    AzureAd,
}

impl<'de> Deserialize<'de> for AuthType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const WORDS: &[(&str, AuthType)] = &[
            ("sharedkey", AuthType::SharedKey),
            ("shared_key", AuthType::SharedKey),
            ("azuread", AuthType::AzureAd),
            ("azure_ad", AuthType::AzureAd),
            ("entra", AuthType::AzureAd),
            ("entra_id", AuthType::AzureAd),
        ];
        word(deserializer, WORDS, "shared_key, azure_ad")
    }
}
