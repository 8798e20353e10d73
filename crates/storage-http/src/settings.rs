//! One list of settings becomes a struct, its setters and the list of its keys; and what settings of every provider are.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use time::OffsetDateTime;

use crate::dates::parse_iso;

/// A point in time, as text such as `2030-01-01T00:00:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub OffsetDateTime);

impl From<OffsetDateTime> for Timestamp {
    fn from(time: OffsetDateTime) -> Self {
        Self(time)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time = parse_iso(text.trim());
        time.map(Self).ok_or_else(|| D::Error::custom("must be a time such as `2030-01-01T00:00:00Z`"))
    }
}

/// Reads a setting that is one of a few words: each in lower case, with what it means; `shown` lists them.
///
/// # Errors
/// Those of the deserializer; the text itself is not shown.
pub fn word<'de, D: Deserializer<'de>, T: Copy>(
    deserializer: D,
    words: &[(&str, T)],
    shown: &str,
) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?.trim().to_ascii_lowercase();
    let found = words.iter().find(|(word, _)| *word == text);
    found.map(|(_, value)| *value).ok_or_else(|| D::Error::custom(format_args!("must be one of {shown}")))
}

/// Makes a struct of settings: each field is a key, with its other names behind it. What is nested has keys of its own.
#[macro_export]
macro_rules! settings {
    (
        $(#[$meta:meta])*
        $name:ident {
            $($(#[doc = $doc:expr])+ $shape:ident $field:ident: $type:ty $(= [$($alias:tt),+])?;)*
        }
        $(nested { $(#[doc = $inner_doc:expr])+ $inner:ident: $inner_type:ty })?
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        #[must_use = "settings do nothing by themselves"]
        #[non_exhaustive]
        pub struct $name {
            $($(#[doc = $doc])+ $($(#[serde(alias = $alias)])+)? pub $field: $crate::setting_field! { $shape $type },)*
            $($(#[doc = $inner_doc])+ pub $inner: $inner_type,)?
        }

        impl $name {
            /// The names of the settings.
            pub const KEYS: &'static [&'static str] = &[$(stringify!($field)),*];

            /// Other names of the settings, each with the one that it stands for.
            pub const ALIASES: &'static [(&'static str, &'static str)] =
                &[$($($(($alias, stringify!($field)),)+)?)*];

            /// Starts with nothing set.
            pub fn new() -> Self {
                Self::default()
            }

            $($crate::setting_setter! { $shape $(#[doc = $doc])+ $field: $type })*
            $($crate::setting_setter! { plain $(#[doc = $inner_doc])+ $inner: $inner_type })?
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! setting_field {
    (plain $type:ty) => { $type };
    ($shape:ident $type:ty) => { Option<$type> };
}

#[doc(hidden)]
#[macro_export]
macro_rules! setting_setter {
    (plain $(#[$doc:meta])+ $field:ident: $type:ty) => {
        $(#[$doc])+
        pub fn $field(mut self, value: $type) -> Self {
            self.$field = value;
            self
        }
    };
    (some $(#[$doc:meta])+ $field:ident: $type:ty) => {
        $(#[$doc])+
        pub fn $field(mut self, value: impl Into<$type>) -> Self {
            self.$field = Some(value.into());
            self
        }
    };
}
