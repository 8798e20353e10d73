//! Who asks. When there is a second source, this becomes a folder with one file for each.

use storage_core::{Error, ErrorKind, Result, Secret};

/// What requests are signed with.
#[derive(Clone, Debug)]
pub(crate) enum Credentials {
    /// Nothing: only what is public can be read.
    Anonymous,
    /// A key and its secret.
    Static { key: String, secret: Secret },
}

impl Credentials {
    /// Takes both or neither.
    pub(crate) fn new(key: Option<String>, secret: Option<Secret>) -> Result<Self> {
        match (key, secret) {
            (None, None) => Ok(Self::Anonymous),
            (Some(key), Some(secret)) => Ok(Self::Static { key, secret }),
            (Some(_), None) => Err(missing("`secret`", "`key`")),
            (None, Some(_)) => Err(missing("`key`", "`secret`")),
        }
    }
}

fn missing(what: &str, other: &str) -> Error {
    Error::new(ErrorKind::Configuration, format!("{other} is set without {what}"))
}
