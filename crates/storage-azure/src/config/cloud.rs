//! The clouds of Azure, as data.

use serde::{Deserialize, Deserializer};
use storage_http::word;

/// A cloud of Azure, with accounts and an Entra ID of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cloud {
    /// The one for everybody.
    #[default]
    Public,
    /// That of 21Vianet in China.
    China,
    /// That of the government of the United States.
    UsGovernment,
}

impl Cloud {
    /// Every cloud.
    pub(crate) const ALL: [Self; 3] = [Self::Public, Self::China, Self::UsGovernment];

    /// Returns the domain behind `{account}.blob.`.
    pub(crate) const fn suffix(self) -> &'static str {
        match self {
            Self::Public => "core.windows.net",
            Self::China => "core.chinacloudapi.cn",
            Self::UsGovernment => "core.usgovcloudapi.net",
        }
    }

    /// Returns where tokens are had.
    pub(crate) const fn authority(self) -> &'static str {
        match self {
            Self::Public => "https://login.microsoftonline.com",
            Self::China => "https://login.chinacloudapi.cn",
            Self::UsGovernment => "https://login.microsoftonline.us",
        }
    }

    /// Returns what tokens are for, the same in every cloud.
    pub(crate) const fn audience(self) -> &'static str {
        "https://storage.azure.com"
    }
}

impl<'de> Deserialize<'de> for Cloud {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const WORDS: &[(&str, Cloud)] = &[
            ("public", Cloud::Public),
            ("default", Cloud::Public),
            ("azurecloud", Cloud::Public),
            ("azurepublic", Cloud::Public),
            ("azurepubliccloud", Cloud::Public),
            ("china", Cloud::China),
            ("azurechina", Cloud::China),
            ("azurechinacloud", Cloud::China),
            ("us_government", Cloud::UsGovernment),
            ("us-government", Cloud::UsGovernment),
            ("usgovernment", Cloud::UsGovernment),
            ("azuregovernment", Cloud::UsGovernment),
            ("azureusgovernment", Cloud::UsGovernment),
            ("azureusgovernmentcloud", Cloud::UsGovernment),
        ];
        word(deserializer, WORDS, "public, china, us_government")
    }
}
