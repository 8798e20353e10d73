//! Names of containers and objects, and the opaque texts that a store hands out.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;

use bytes::Bytes;
use bytestring::ByteString;

use crate::error::{Error, ErrorKind, Result};
use crate::text::Escaped;

macro_rules! shared_text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(ByteString);

        text_methods!($name);

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&Escaped(&self.0), f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }
    };
}

macro_rules! text_methods {
    ($name:ident) => {
        impl $name {
            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Returns the shared bytes behind the text.
            pub fn as_bytes(&self) -> &Bytes {
                self.0.as_bytes()
            }
        }

        impl Deref for $name {
            type Target = str;
            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

macro_rules! opaque_text {
    ($name:ident) => {
        impl $name {
            /// Takes the text as it is.
            pub fn new(text: impl Into<String>) -> Self {
                Self(ByteString::from(text.into()))
            }

            /// Takes a slice of shared bytes without a copy; `None` when it is not UTF-8.
            pub fn from_shared(bytes: Bytes) -> Option<Self> {
                ByteString::try_from(bytes).ok().map(Self)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::new(text)
            }
        }
    };
}

mod etag;

pub use etag::ETag;

shared_text! {
    /// The name of a container, checked by the provider's rules when the handle is made.
    ContainerName
}

impl ContainerName {
    /// Takes a name that a store reported, or that a provider's rules have passed.
    ///
    /// # Errors
    /// `InvalidContainerName` when it is empty or holds a NUL or a slash, which no provider allows.
    pub fn parse(name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        let reason = match name.as_str() {
            "" => "a container name can't be empty",
            it if it.contains('\0') => "a container name can't hold a NUL character",
            it if it.contains('/') => "a container name can't hold a slash",
            _ => return Ok(Self(ByteString::from(name))),
        };
        Err(Error::new(ErrorKind::InvalidContainerName, reason).with_container(name))
    }
}

shared_text! {
    /// The key of an object: opaque UTF-8 text, used exactly as given.
    ///
    /// Nothing is folded: `a//b`, `/x`, `x/`, `.`, `..` and the composed and decomposed forms of a letter are
    /// keys of their own. Limits of length belong to the provider ([`Capabilities`](crate::Capabilities)).
    ///
    /// ```
    /// use storage_core::Key;
    /// assert!(Key::parse("photos/2026/cat.jpg").is_ok());
    /// assert!(Key::parse("").is_err());
    /// ```
    Key
}

impl Key {
    /// Checks and takes a key.
    ///
    /// # Errors
    /// `InvalidInput` when it is empty or holds a NUL character.
    pub fn parse(key: impl Into<String>) -> Result<Self> {
        Self::check(ByteString::from(key.into()))
    }

    /// Checks and takes a slice of shared bytes as a key without a copy.
    ///
    /// # Errors
    /// `InvalidInput` when it is empty, holds a NUL character or is not UTF-8.
    pub fn from_shared(bytes: Bytes) -> Result<Self> {
        let text = ByteString::try_from(bytes).map_err(|error| {
            Error::new(ErrorKind::InvalidInput, "the key is not UTF-8").with_source(error)
        })?;
        Self::check(text)
    }

    fn check(key: ByteString) -> Result<Self> {
        if key.is_empty() {
            return Err(Error::new(ErrorKind::InvalidInput, "a key can't be empty"));
        }
        if key.as_bytes().contains(&0) {
            return Err(Error::new(ErrorKind::InvalidInput, "a key can't hold a NUL character")
                .with_key(String::from(&*key)));
        }
        Ok(Self(key))
    }
}

shared_text! {
    /// The id of one version of an object.
    VersionId
}
opaque_text!(VersionId);

/// The id of an upload in parts.
///
/// With some stores it is an address that lets anybody write: such an id is never shown.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UploadId {
    text: ByteString,
    secret: bool,
}

impl UploadId {
    /// Takes the text as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: ByteString::from(text.into()), secret: false }
    }

    /// Takes a text that gives access to the upload, and is shown as `[redacted]`.
    pub fn secret(text: impl Into<String>) -> Self {
        Self { secret: true, ..Self::new(text) }
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl From<&str> for UploadId {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for UploadId {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl PartialEq<str> for UploadId {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for UploadId {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.secret {
            true => f.write_str("[redacted]"),
            false => fmt::Display::fmt(&Escaped(&self.text), f),
        }
    }
}

impl fmt::Debug for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

shared_text! {
    /// A store's own word for how an object is kept, such as `STANDARD`.
    StorageClass
}
opaque_text!(StorageClass);

shared_text! {
    /// Where the next page of a listing starts, as the store says it.
    PageToken
}
opaque_text!(PageToken);

/// The number of a part: 1 is the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartNumber(u32);

impl PartNumber {
    /// The first part.
    pub const FIRST: Self = Self(1);

    /// Takes a number from 1 on; `None` for 0.
    pub fn new(number: u32) -> Option<Self> {
        (number > 0).then_some(Self(number))
    }

    /// Returns the number.
    pub fn get(self) -> u32 {
        self.0
    }

    /// Returns the number of the part behind this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for PartNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An object's address inside one storage: what a driver is given.
#[derive(Clone, Copy, Debug)]
pub struct ObjectRef<'a> {
    /// The container.
    pub container: &'a ContainerName,
    /// The key.
    pub key: &'a Key,
}

impl<'a> ObjectRef<'a> {
    /// Puts a container and a key together.
    pub fn new(container: &'a ContainerName, key: &'a Key) -> Self {
        Self { container, key }
    }
}

/// The container rule of stores that keep directories: one path segment that no system treats specially.
///
/// # Errors
/// A sentence that says which rule the name breaks.
pub fn directory_rule(name: &str) -> Result<(), &'static str> {
    if name.is_empty() || name.len() > 255 {
        return Err("a container name has 1 to 255 bytes");
    }
    if name.starts_with('.') {
        return Err("a container name can't start with a dot");
    }
    if name.ends_with(['.', ' ']) {
        return Err("a container name can't end with a dot or a space");
    }
    if name.chars().any(|c| c.is_control() || "/\\:*?\"<>|%".contains(c)) {
        return Err("a container name can't hold control characters or any of /\\:*?\"<>|%");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_119_nul_and_empty_keys_are_refused() {
        assert_eq!(Key::parse("a\0b").unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(Key::parse("").unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(
            Key::from_shared(Bytes::from_static(b"\xff")).unwrap_err().kind(),
            ErrorKind::InvalidInput
        );
    }

    #[test]
    fn nothing_of_a_key_is_folded() {
        for key in ["a//b", "/x", "x/", ".", "..", "../x", "%2F", "\u{e9}", "e\u{301}", "C:\\x"] {
            assert_eq!(Key::parse(key).unwrap().as_str(), key);
        }
    }

    #[test]
    fn fault_140_directory_rule_refuses_what_leaves_the_root() {
        for name in ["", ".", "..", "a/b", "C:\\", "C:", "\\x", ".hidden", "a\nb", "x.", "100%"] {
            assert!(directory_rule(name).is_err(), "{name:?}");
        }
        assert!(directory_rule("photos-2026").is_ok());
    }
}
