//! Finds providers by their ids and opens storages.

use std::ffi::OsString;

use storage_core::{
    Error, ErrorKind, Escaped, Pairs, Provider, ProviderId, Result, Storage, nearest, normalize,
};

use crate::address::{Address, Location};
use crate::known::{KNOWN, find};
use crate::providers::PROVIDERS;

/// The providers that a program can open, by their ids. A value: there is no global list.
///
/// ```
/// use storage::{NO_SETTINGS, Registry};
/// let registry = Registry::with_compiled_in();
/// assert!(registry.providers().any(|it| it.scheme == "memory"));
/// assert!(registry.open("dummy", NO_SETTINGS).is_ok());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Registry {
    providers: Vec<Provider>,
}

impl Registry {
    /// Holds no provider.
    pub fn new() -> Self {
        Self::default()
    }

    /// Holds the providers that the features of this build compile in.
    pub fn with_compiled_in() -> Self {
        Self { providers: PROVIDERS.iter().map(|it| **it).collect() }
    }

    /// Adds a provider.
    ///
    /// # Errors
    /// `Configuration` when one of its ids is taken, by another provider or twice by its own; nothing is added then.
    pub fn register(&mut self, provider: Provider) -> Result<()> {
        let mut new = Vec::new();
        for name in provider.ids.iter().flat_map(names) {
            let name = normalize(name);
            if self.find(&name).is_some() || new.contains(&name) {
                return Err(configuration(format!("the provider id `{name}` is registered already")));
            }
            new.push(name);
        }
        self.providers.push(provider);
        Ok(())
    }

    /// Goes through the providers, in the order in which they came.
    pub fn providers(&self) -> impl Iterator<Item = &Provider> {
        self.providers.iter()
    }

    /// Finds the provider that an id or one of its aliases opens.
    ///
    /// # Errors
    /// `Unsupported` when the provider is known and not part of this build, `Configuration` when it is unknown.
    pub fn provider(&self, id: &str) -> Result<(&Provider, &ProviderId)> {
        self.find(id).ok_or_else(|| self.explain_missing(id))
    }

    /// Opens a storage by the id of its provider and settings; sends nothing over the network.
    ///
    /// # Errors
    /// As [`open`](crate::open).
    pub fn open<N: AsRef<str>, V: Into<String>>(
        &self,
        id: &str,
        settings: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Storage> {
        let (provider, known) = self.provider(id)?;
        let mut pairs = Pairs::new();
        for (name, value) in settings {
            let key = provider.key_of(name.as_ref());
            if pairs.get(&key).is_some() {
                let message = format!("`{key}` is given twice, under two of its names");
                return Err(configuration(message).with_provider(known.id));
            }
            pairs.insert(key, value);
        }
        for (name, value) in known.preset {
            pairs.insert_default(name, *value);
        }
        (provider.open)(&pairs).map_err(|error| error.with_operation("open storage").with_provider(known.id))
    }

    /// Opens the storage that an address names.
    ///
    /// # Errors
    /// As [`from_url`](crate::from_url).
    pub fn from_url(&self, url: &str) -> Result<Location> {
        Address::parse(url)?.open(self)
    }

    /// Opens a storage with settings from the environment of the process.
    ///
    /// # Errors
    /// As [`from_env`](crate::from_env).
    pub fn from_env(&self, id: &str) -> Result<Storage> {
        self.open(id, self.variables(id, |name| std::env::var_os(name))?.iter())
    }

    /// Collects the settings that variables hold for a provider: `STORAGE_<KEY>` first, then the vendor's own.
    /// An empty variable counts as unset.
    ///
    /// `lookup` reads one variable: [`std::env::var_os`], or what stands for it.
    ///
    /// # Errors
    /// `Configuration` when a variable is not UTF-8, and as [`provider`](Self::provider).
    pub fn variables(&self, id: &str, lookup: impl Fn(&str) -> Option<OsString>) -> Result<Pairs> {
        let (provider, known) = self.provider(id)?;
        let general = provider.keys.iter().map(|key| (variable(key), *key));
        let own = if known.environment.is_empty() { provider.environment } else { known.environment };
        let vendor = own.iter().map(|(name, key)| ((*name).to_owned(), *key));
        let mut pairs = Pairs::new();
        for (name, key) in general.chain(vendor) {
            let Some(value) = lookup(&name).filter(|it| !it.is_empty()) else { continue };
            let value = value.into_string();
            pairs.insert_default(
                key,
                value.map_err(|_| configuration(format!("the variable `{name}` is not UTF-8")))?,
            );
        }
        Ok(pairs)
    }

    fn find(&self, id: &str) -> Option<(&Provider, &ProviderId)> {
        let id = normalize(id);
        self.providers
            .iter()
            .flat_map(|provider| provider.ids.iter().map(move |it| (provider, it)))
            .find(|(_, it)| names(it).any(|name| normalize(name) == id))
    }

    fn explain_missing(&self, id: &str) -> Error {
        let id = normalize(id);
        if let Some(known) = find(&id) {
            let reason = known.protocol.explain_missing(&id);
            return Error::new(ErrorKind::Unsupported, reason)
                .with_operation("open storage")
                .with_provider(known.id);
        }
        let valid: Vec<&str> = self.providers.iter().flat_map(|it| it.ids).map(|it| it.id).collect();
        let all = KNOWN.iter().flat_map(|it| it.names()).chain(valid.iter().copied());
        let hint = nearest(&id, all).map(|it| format!("; did you mean `{it}`?")).unwrap_or_default();
        let shown = shown_id(&id);
        configuration(format!("unknown provider{shown}{hint}; this build opens {}", valid.join(", ")))
    }
}

/// Shows an id only when it looks like one: what stands in its place may be a secret.
fn shown_id(id: &str) -> String {
    const LONGEST: usize = 24;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if id.is_empty() || id.len() > LONGEST || !id.chars().all(plain) {
        return String::new();
    }
    format!(" `{}`", Escaped(id))
}

fn names(it: &ProviderId) -> impl Iterator<Item = &'static str> + use<> {
    std::iter::once(it.id).chain(it.aliases.iter().copied())
}

/// The general variable of a setting: `http.timeout` is `STORAGE_HTTP_TIMEOUT`.
fn variable(key: &str) -> String {
    format!("STORAGE_{}", normalize(key).replace('.', "_").to_ascii_uppercase())
}

fn configuration(message: String) -> Error {
    Error::new(ErrorKind::Configuration, message).with_operation("open storage")
}
