//! Who offers a store, and how one is opened from names and pairs.

use std::borrow::Cow;
use std::fmt;

use crate::error::Result;
use crate::options::PutOptions;
use crate::pairs::{Pairs, normalize};
use crate::storage::Storage;

/// Who a driver talks to.
#[derive(Clone)]
#[non_exhaustive]
pub struct ProviderInfo {
    /// The id by which the registry knows it, such as `s3` or `digitalocean`.
    pub id: Cow<'static, str>,
    /// Its name for people.
    pub title: Cow<'static, str>,
    /// The scheme of its addresses.
    pub scheme: &'static str,
    /// The rule for names of containers: the sentence it gives says what is wrong.
    pub container_rule: fn(&str) -> Result<(), &'static str>,
}

impl ProviderInfo {
    /// Puts an info together.
    pub fn new(
        id: impl Into<Cow<'static, str>>,
        title: impl Into<Cow<'static, str>>,
        scheme: &'static str,
        container_rule: fn(&str) -> Result<(), &'static str>,
    ) -> Self {
        Self { id: id.into(), title: title.into(), scheme, container_rule }
    }
}

impl fmt::Debug for ProviderInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderInfo").field("id", &self.id).field("scheme", &self.scheme).finish()
    }
}

/// What a provider crate offers to a registry: its ids, the settings it reads, and how it opens a storage.
#[derive(Clone, Copy)]
pub struct Provider {
    /// The scheme of its addresses, such as `s3`.
    pub scheme: &'static str,
    /// The protocol, for people.
    pub protocol: &'static str,
    /// Every id that opens it.
    pub ids: &'static [ProviderId],
    /// Variables of the environment and the key that each one sets, the stronger ones first.
    pub environment: &'static [(&'static str, &'static str)],
    /// The keys it reads, for help and completions.
    pub keys: &'static [&'static str],
    /// Other names of keys, each with the key that it stands for.
    pub aliases: &'static [(&'static str, &'static str)],
    /// Opens a storage; sends nothing over the network.
    pub open: fn(&Pairs) -> Result<Storage>,
    /// Makes the provider's own options of a write from pairs.
    pub put_options: fn(&Pairs) -> Result<PutOptions>,
}

impl Provider {
    /// Returns the key that a name stands for, in its normal form; a name that is unknown stays as it is.
    pub fn key_of(&self, name: &str) -> String {
        let name = normalize(name);
        self.aliases.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, key)| (*key).to_owned())
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("scheme", &self.scheme).field("ids", &self.ids.len()).finish()
    }
}

/// One id of a provider, with what it presets.
#[derive(Clone, Copy, Debug)]
pub struct ProviderId {
    /// The id, in lower case with `_`.
    pub id: &'static str,
    /// Other spellings, such as those of Apache Libcloud.
    pub aliases: &'static [&'static str],
    /// Its name for people.
    pub title: &'static str,
    /// Settings that the id stands for; the caller's own come on top.
    pub preset: &'static [(&'static str, &'static str)],
    /// Variables of the service's own tools and the key that each one sets. They stand in the place of those of the
    /// provider, so that the keys of one service never go to another.
    pub environment: &'static [(&'static str, &'static str)],
}
