//! Settings that are one of a few words.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use storage_core::{ChecksumAlgorithm, ChecksumMode};
use storage_http::word;

use crate::vendors::{ListEncoding, ListVersion, SignatureVersion};

/// Which checksum protects uploads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChecksumSetting {
    /// The cheapest that the vendor verifies.
    #[default]
    Auto,
    /// None. Damage on the way is not found.
    Off,
    /// This one, whatever the vendor is known for.
    Algorithm(ChecksumAlgorithm),
}

impl From<ChecksumSetting> for ChecksumMode {
    fn from(setting: ChecksumSetting) -> Self {
        match setting {
            ChecksumSetting::Auto => Self::Auto,
            ChecksumSetting::Off => Self::Off,
            ChecksumSetting::Algorithm(algorithm) => Self::Algorithm(algorithm),
        }
    }
}

impl<'de> Deserialize<'de> for ChecksumSetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.trim().to_ascii_lowercase().as_str() {
            "auto" => Ok(Self::Auto),
            "off" => Ok(Self::Off),
            name => ChecksumAlgorithm::parse(name).map(Self::Algorithm).map_err(|_| {
                let known: Vec<_> = ChecksumAlgorithm::ALL.iter().map(|it| it.name()).collect();
                D::Error::custom(format_args!("must be one of auto, off, {}", known.join(", ")))
            }),
        }
    }
}

/// How the service encrypts new objects that do not say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EncryptionSetting {
    /// As the bucket says.
    None,
    /// With keys of the service: `AES256`.
    ServiceManaged,
    /// With a key of the key service: `aws:kms`.
    KeyService,
    /// With a key of the caller: `customer`.
    CustomerKey,
}

impl<'de> Deserialize<'de> for EncryptionSetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const WORDS: &[(&str, EncryptionSetting)] = &[
            ("none", EncryptionSetting::None),
            ("aes256", EncryptionSetting::ServiceManaged),
            ("aws:kms", EncryptionSetting::KeyService),
            ("customer", EncryptionSetting::CustomerKey),
        ];
        word(deserializer, WORDS, "none, AES256, aws:kms, customer")
    }
}

impl<'de> Deserialize<'de> for SignatureVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const WORDS: &[(&str, SignatureVersion)] = &[
            ("2", SignatureVersion::V2),
            ("v2", SignatureVersion::V2),
            ("s3", SignatureVersion::V2),
            ("4", SignatureVersion::V4),
            ("v4", SignatureVersion::V4),
            ("s3v4", SignatureVersion::V4),
        ];
        word(deserializer, WORDS, "2, 4")
    }
}

impl<'de> Deserialize<'de> for ListVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const WORDS: &[(&str, ListVersion)] = &[
            ("1", ListVersion::V1),
            ("v1", ListVersion::V1),
            ("2", ListVersion::V2),
            ("v2", ListVersion::V2),
        ];
        word(deserializer, WORDS, "1, 2")
    }
}

impl<'de> Deserialize<'de> for ListEncoding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const WORDS: &[(&str, ListEncoding)] = &[
            ("url", ListEncoding::Url),
            ("url_plus", ListEncoding::UrlPlus),
            ("off", ListEncoding::Off),
            ("claimed", ListEncoding::Claimed),
        ];
        word(deserializer, WORDS, "url, url_plus, off, claimed")
    }
}
