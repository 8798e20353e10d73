//! Addresses of the form `ID://container/key?setting=value`.

use storage_core::{Container, Error, ErrorKind, Key, Pairs, Result, Storage, normalize};

use crate::registry::Registry;

/// An address taken apart. `Debug` shows no value of a setting.
///
/// ```
/// use storage::Address;
/// let address = Address::parse("local://photos/2026%2F100%25.jpg?root=/srv/data")?;
/// assert_eq!(address.id, "local");
/// assert_eq!(address.container.as_deref(), Some("photos"));
/// assert_eq!(address.key.as_deref(), Some("2026/100%.jpg"));
/// assert_eq!(address.settings.get("root"), Some("/srv/data"));
/// # Ok::<(), storage::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Address {
    /// The id of the provider, in lower case with `_`.
    pub id: String,
    /// The name of the container, unless the address ends before it.
    pub container: Option<String>,
    /// The key or prefix behind the container, unless it is empty.
    pub key: Option<String>,
    /// What stands behind the `?`.
    pub settings: Pairs,
}

impl Address {
    /// Takes an address apart.
    ///
    /// Container, key, names and values of settings are percent-decoded once, and nothing else is done to them: `a//b`,
    /// `.`, `..` and `+` stay, `%2F` is a `/` of the key, `%252F` the three characters `%2F`. A `?`, `#` or `%` of a
    /// key is written `%3F`, `%23`, `%25`; a bare `#`, or a `%` without two hex digits behind it, is an error and no
    /// guess. Everything behind the first `/` belongs to the key, so `memory://c//x` holds the key `/x`. Credentials go
    /// into settings: an `@` or `:` before the first `/` is an error.
    ///
    /// # Errors
    /// `Configuration`, in words that show nothing of the address but the names of settings.
    pub fn parse(url: &str) -> Result<Self> {
        let (id, rest) =
            url.split_once("://").ok_or_else(|| problem("an address looks like `ID://container/key`"))?;
        if rest.contains('#') || id.contains('#') {
            return Err(problem("an address has no part behind `#`; write `%23` for the character"));
        }
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (container, key) = path.split_once('/').unwrap_or((path, ""));
        if container.contains(['@', ':']) {
            return Err(problem(
                "an address holds no user, password or port before the container; give credentials as settings, and \
                 write `%40` and `%3A` for `@` and `:` in a name",
            ));
        }
        if container.is_empty() && !key.is_empty() {
            return Err(problem("an address with a key needs a container before it"));
        }
        Ok(Self {
            id: normalize(id),
            container: some(decode(container, "the container")?),
            key: some(decode(key, "the key")?),
            settings: settings(query)?,
        })
    }

    /// Opens the storage and makes the handle of the container; sends nothing over the network.
    ///
    /// # Errors
    /// As [`from_url`](crate::from_url).
    pub fn open(&self, registry: &Registry) -> Result<Location> {
        let storage = registry.open(&self.id, self.settings.iter())?;
        let container = self.container.as_deref().map(|name| storage.container(name)).transpose()?;
        let key = self.key.as_deref().map(Key::parse).transpose()?;
        Ok(Location { storage, container, key })
    }
}

/// What an address names, opened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Location {
    /// The storage.
    pub storage: Storage,
    /// The container, unless the address ends before it.
    pub container: Option<Container>,
    /// The key or prefix, unless it is empty.
    pub key: Option<Key>,
}

fn settings(query: &str) -> Result<Pairs> {
    let mut pairs = Pairs::new();
    for item in query.split('&').filter(|it| !it.is_empty()) {
        // A bare word may be a secret without its name, so it is not shown.
        let Some((name, value)) = item.split_once('=') else {
            return Err(problem("a setting of the address has no value; write `name=value`"));
        };
        let name = decode(name, "the name of a setting")?;
        if pairs.get(&name).is_some() {
            return Err(problem("a setting is given twice in the address"));
        }
        let value = decode(value, "the value of a setting")?;
        pairs.insert(name, value);
    }
    Ok(pairs)
}

/// Decodes `%xx` once.
fn decode(text: &str, what: &str) -> Result<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut pieces = text.split('%');
    bytes.extend_from_slice(pieces.next().unwrap_or_default().as_bytes());
    for piece in pieces {
        let byte = piece.get(..2).filter(|it| it.bytes().all(|c| c.is_ascii_hexdigit()));
        let byte = byte.and_then(|it| u8::from_str_radix(it, 16).ok());
        bytes.push(
            byte.ok_or_else(|| problem(format!("{what} has a `%` without two hex digits; write `%25`")))?,
        );
        bytes.extend_from_slice(piece.get(2..).unwrap_or_default().as_bytes());
    }
    String::from_utf8(bytes).map_err(|_| problem(format!("{what} is not UTF-8 when its `%xx` are decoded")))
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|it| !it.is_empty())
}

fn problem(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Configuration, message.into()).with_operation("read address")
}
