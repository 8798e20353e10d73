//! What a caller may ask for beside the data: one struct for each call, all with fluent setters.

use std::any::{Any, TypeId};
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use time::OffsetDateTime;

use crate::checksum::ChecksumAlgorithm;
use crate::error::{Error, ErrorKind, Result};
use crate::info::PublicAccess;
use crate::name::{ETag, PageToken, VersionId};
use crate::range::ByteRange;
use crate::secret::Secret;

// A list of fields exists once, as a macro; these expand it to a struct with setters, or to setters that forward.
macro_rules! setters {
    ($target:ident, $path:tt; $($(#[$doc:meta])* $shape:ident $field:ident: $type:ty,)*) => {
        impl $target {
            $($crate::options::one_setter! { $path $shape $(#[$doc])* $field: $type })*
        }
    };
}
macro_rules! one_setter {
    ([$($path:ident)?] text $(#[$doc:meta])* $field:ident: $type:ty) => {
        $(#[$doc])*
        pub fn $field(mut self, value: impl Into<String>) -> Self {
            self$(.$path)?.$field = Some(value.into());
            self
        }
    };
    ([$($path:ident)?] some $(#[$doc:meta])* $field:ident: $type:ty) => {
        $(#[$doc])*
        pub fn $field(mut self, value: impl Into<$type>) -> Self {
            self$(.$path)?.$field = Some(value.into());
            self
        }
    };
    ([$($path:ident)?] plain $(#[$doc:meta])* $field:ident: $type:ty) => {
        $(#[$doc])*
        pub fn $field(mut self, value: $type) -> Self {
            self$(.$path)?.$field = value;
            self
        }
    };
    ([$($path:ident)?] map $(#[$doc:meta])* $field:ident: $type:ty) => {
        $(#[$doc])*
        pub fn $field(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self$(.$path)?.$field.insert(name.into(), value.into());
            self
        }
    };
    ([$($path:ident)?] condition $(#[$doc:meta])* $field:ident: $type:ty) => {
        $(#[$doc])*
        pub fn $field(mut self, value: $type) -> Self {
            self$(.$path)?.$field = value;
            self
        }

        /// Writes only if there is no object under the key; else `AlreadyExists`.
        pub fn if_absent(mut self) -> Self {
            self$(.$path)?.$field = $crate::options::WriteCondition::IfAbsent;
            self
        }

        /// Writes only if the object still has this entity tag; else `PreconditionFailed`.
        pub fn if_match(mut self, etag: impl Into<$crate::name::ETag>) -> Self {
            self$(.$path)?.$field = $crate::options::WriteCondition::IfMatch(etag.into());
            self
        }
    };
    ([$($path:ident)?] headers $(#[$doc:meta])* $field:ident: $type:ty) => {
        $(#[$doc])*
        pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self$(.$path)?.$field.push((name.into(), value.into()));
            self
        }
    };
    ([$($path:ident)?] extensions $(#[$doc:meta])* $field:ident: $type:ty) => {
        /// Attaches the options of one provider; every other driver leaves them alone.
        pub fn extension<T: Clone + Send + Sync + 'static>(mut self, options: T) -> Self {
            self$(.$path)?.$field.insert(options);
            self
        }
    };
}
macro_rules! field_type {
    (text $type:ty) => { Option<$type> };
    (some $type:ty) => { Option<$type> };
    ($shape:ident $type:ty) => { $type };
}
macro_rules! define {
    ($(#[$meta:meta])* $target:ident; $($(#[$doc:meta])* $shape:ident $field:ident: $type:ty,)*) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default)]
        #[must_use = "options do nothing by themselves"]
        #[non_exhaustive]
        pub struct $target { $($(#[$doc])* pub $field: $crate::options::field_type! { $shape $type },)* }

        impl $target {
            /// Starts with nothing set.
            pub fn new() -> Self {
                Self::default()
            }
        }
    };
}
macro_rules! options {
    ($(#[$meta:meta])* $target:ident { $($fields:tt)* }) => {
        define! { $(#[$meta])* $target; $($fields)* }
        setters! { $target, []; $($fields)* }
    };
}
/// The fields of `PutOptions`, for the struct itself and for every builder that carries one as `options`.
macro_rules! put_fields {
    ($($callback:ident)::+ ! { $($head:tt)* }) => {
        $($callback)::+! { $($head)*
            /// The media type; handles guess it from the key when it is not given.
            text content_type: String,
            /// How the content is encoded, such as `gzip`; stored as it is, never decoded.
            text content_encoding: String,
            /// What a browser shall do with the object, such as `attachment`.
            text content_disposition: String,
            /// The language of the content.
            text content_language: String,
            /// How caches may keep the object.
            text cache_control: String,
            /// The store's own word for how the object is kept, such as `STANDARD_IA`.
            text storage_class: String,
            /// One entry of the caller's own metadata; names are kept in lower case.
            map metadata: $crate::options::Metadata,
            /// One tag.
            map tag: std::collections::BTreeMap<String, String>,
            /// Who may read the object, as one of the store's canned lists.
            some acl: $crate::options::CannedAcl,
            /// How the store encrypts the object.
            some encryption: $crate::options::Encryption,
            /// What must hold for the write to happen.
            condition condition: $crate::options::WriteCondition,
            /// A word written with the object by which a conditional write finds its own success again after a lost
            /// answer; visible to other clients.
            text nonce: String,
            /// Which checksum protects the transfer and stays with the object.
            plain checksum: $crate::options::ChecksumMode,
            /// Checksums of the whole content that the caller knows; the write fails when they do not hold.
            plain expected: $crate::checksum::Checksums,
            /// A header of the service that has no option of its own; it is signed.
            headers headers: Vec<(String, String)>,
            /// The options of single providers.
            extensions extensions: $crate::options::Extensions,
        }
    };
}
pub(crate) use {field_type, one_setter, put_fields, setters};

put_fields! { define! {
    /// Options of a write.
    ///
    /// ```
    /// use storage_core::PutOptions;
    /// let options = PutOptions::new().content_type("text/html").metadata("Author", "jo").if_absent();
    /// assert_eq!(options.metadata.get("author"), Some("jo"));
    /// ```
    PutOptions;
} }
put_fields! { setters! { PutOptions, []; } }

options! {
    /// Options of a read.
    GetOptions {
        /// The bytes wanted; all when not given.
        some range: ByteRange,
        /// Reads only if the object has this entity tag; else `PreconditionFailed`.
        some if_match: ETag,
        /// Reads only if the object has another entity tag; else `NotModified`.
        some if_none_match: ETag,
        /// Reads only if the object was changed after this time; else `NotModified`.
        some if_modified_since: OffsetDateTime,
        /// Reads only if the object was not changed after this time; else `PreconditionFailed`.
        some if_unmodified_since: OffsetDateTime,
        /// The version to read; the newest when not given.
        some version: VersionId,
        /// The customer's key that the object was encrypted with.
        some encryption: Encryption,
        /// A header of the service that has no option of its own; it is signed.
        headers headers: Vec<(String, String)>,
        /// The options of single providers.
        extensions extensions: Extensions,
    }
}

options! {
    /// Options of a delete.
    DeleteOptions {
        /// Deletes only if the object still has this entity tag; else `PreconditionFailed`.
        some if_match: ETag,
        /// The version to delete for good.
        some version: VersionId,
        /// A header of the service that has no option of its own; it is signed.
        headers headers: Vec<(String, String)>,
        /// The options of single providers.
        extensions extensions: Extensions,
    }
}

options! {
    /// Options of a copy on the server.
    CopyOptions {
        /// Copies only if the source has this entity tag; else `PreconditionFailed`.
        some source_if_match: ETag,
        /// The version to copy; the newest when not given.
        some source_version: VersionId,
        /// What must hold of the destination.
        condition condition: WriteCondition,
        /// Content headers, metadata and tags for the copy; those of the source when not given.
        some replace: Box<PutOptions>,
        /// A header of the service that has no option of its own; it is signed.
        headers headers: Vec<(String, String)>,
        /// The options of single providers.
        extensions extensions: Extensions,
    }
}

options! {
    /// Options of the creation of a container.
    CreateOptions {
        /// Where the container shall be; the account's default when not given.
        text region: String,
        /// Who may read the container, as one of the store's canned lists.
        some acl: CannedAcl,
        /// What anybody may do without credentials.
        some public_access: PublicAccess,
        /// One entry of the container's metadata.
        map metadata: Metadata,
        /// A header of the service that has no option of its own; it is signed.
        headers headers: Vec<(String, String)>,
        /// The options of single providers.
        extensions extensions: Extensions,
    }
}

options! {
    /// Options of the deletion of a container.
    DeleteContainerOptions {
        /// A header of the service that has no option of its own; it is signed.
        headers headers: Vec<(String, String)>,
        /// The options of single providers.
        extensions extensions: Extensions,
    }
}

options! {
    /// Which containers one page of a listing shows.
    ContainerQuery {
        /// Only names that start with this text.
        text prefix: String,
        /// At most this many entries; the store may give fewer.
        some limit: u32,
        /// Where to go on, from the page before.
        some page_token: PageToken,
    }
}

options! {
    /// Which objects one page of a listing shows.
    ListQuery {
        /// Only keys that start with this text; no folding, no added slash.
        text prefix: String,
        /// Keys that share the text up to this delimiter (behind the prefix) are shown once, as a prefix.
        text delimiter: String,
        /// Only keys behind this one in byte order.
        text start_after: String,
        /// At most this many entries; the store may give fewer.
        some limit: u32,
        /// Where to go on, from the page before.
        some page_token: PageToken,
    }
}

/// What must hold for a write to happen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WriteCondition {
    /// Nothing: an object that is there is replaced.
    #[default]
    None,
    /// There is no object under the key; else `AlreadyExists`.
    IfAbsent,
    /// The object has this entity tag; else `PreconditionFailed`.
    IfMatch(ETag),
}

/// Which checksum protects a transfer and stays with the object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChecksumMode {
    /// The one that the provider verifies at the least cost.
    #[default]
    Auto,
    /// None. Damage on the way is not found.
    Off,
    /// This one.
    Algorithm(ChecksumAlgorithm),
}

impl From<ChecksumAlgorithm> for ChecksumMode {
    fn from(algorithm: ChecksumAlgorithm) -> Self {
        Self::Algorithm(algorithm)
    }
}

/// A store's ready-made list of who may do what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CannedAcl {
    /// Only the owner.
    Private,
    /// Anybody may read.
    PublicRead,
    /// Anybody may read and write.
    PublicReadWrite,
    /// Any account of the service may read.
    AuthenticatedRead,
    /// The owner of the container may read.
    BucketOwnerRead,
    /// The owner of the container may do everything.
    BucketOwnerFullControl,
}

impl CannedAcl {
    /// Every canned list.
    pub const ALL: [Self; 6] = [
        Self::Private,
        Self::PublicRead,
        Self::PublicReadWrite,
        Self::AuthenticatedRead,
        Self::BucketOwnerRead,
        Self::BucketOwnerFullControl,
    ];

    /// Returns the name as S3 writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::PublicRead => "public-read",
            Self::PublicReadWrite => "public-read-write",
            Self::AuthenticatedRead => "authenticated-read",
            Self::BucketOwnerRead => "bucket-owner-read",
            Self::BucketOwnerFullControl => "bucket-owner-full-control",
        }
    }

    /// Finds a canned list by its name.
    ///
    /// # Errors
    /// `InvalidInput` naming the known ones.
    pub fn parse(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name.replace('_', "-").to_ascii_lowercase()).ok_or_else(
            || {
                let known: Vec<_> = Self::ALL.iter().map(|it| it.name()).collect();
                Error::new(
                    ErrorKind::InvalidInput,
                    format!("unknown ACL `{name}`; known are {}", known.join(", ")),
                )
            },
        )
    }
}

/// How a store encrypts an object at rest.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Encryption {
    /// With keys that the store keeps.
    ServiceManaged,
    /// With a key of the store's key service; its default key when no id is given.
    KeyService {
        /// The id of the key.
        key_id: Option<String>,
    },
    /// With a key of 256 bits that the caller gives with every request and the store forgets.
    CustomerKey(Secret<[u8; 32]>),
}

/// The caller's own map of texts that travels with an object.
///
/// Names are kept in lower case, since most stores fold them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata(BTreeMap<String, String>);

impl Metadata {
    /// Holds nothing.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Sets an entry; its name is put in lower case.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into().to_ascii_lowercase(), value.into());
    }

    /// Returns a value by its name in any case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(&name.to_ascii_lowercase()).map(String::as_str)
    }

    /// Removes an entry and returns its value.
    pub fn remove(&mut self, name: &str) -> Option<String> {
        self.0.remove(&name.to_ascii_lowercase())
    }

    /// Goes through the entries by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Tells whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the bytes of all names and values, which stores limit.
    pub fn byte_len(&self) -> usize {
        self.0.iter().map(|(name, value)| name.len() + value.len()).sum()
    }

    /// Checks that every entry can travel in a header.
    ///
    /// # Errors
    /// `InvalidInput` naming the entry, when a name is no HTTP token or a value holds control characters.
    pub fn check(&self) -> Result<()> {
        self.iter().try_for_each(|(name, value)| check_header("metadata", name, value))
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Metadata {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(entries: I) -> Self {
        let mut all = Self::new();
        entries.into_iter().for_each(|(name, value)| all.insert(name, value));
        all
    }
}

/// Checks one name and value that go into a header.
pub(crate) fn check_header(what: &str, name: &str, value: &str) -> Result<()> {
    let token = |c: u8| c.is_ascii_alphanumeric() || b"!#$&'*+-.^_`|~".contains(&c);
    if name.is_empty() || !name.bytes().all(token) {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            format!("the {what} name `{name}` can't be sent; use letters, digits and -_."),
        ));
    }
    if value.chars().any(|c| c.is_control() && c != '\t') {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            format!("the value of the {what} `{name}` holds a line break or another control character"),
        ));
    }
    Ok(())
}

/// Options of single providers, kept by their type.
#[derive(Clone, Default)]
pub struct Extensions(HashMap<TypeId, Arc<dyn Any + Send + Sync>>);

impl Extensions {
    /// Adds the options of one provider, in the place of earlier ones of the same type.
    pub fn insert<T: Send + Sync + 'static>(&mut self, options: T) {
        self.0.insert(TypeId::of::<T>(), Arc::new(options));
    }

    /// Adds the options of one provider.
    #[must_use]
    pub fn with<T: Send + Sync + 'static>(mut self, options: T) -> Self {
        self.insert(options);
        self
    }

    /// Returns the options of one provider.
    pub fn get<T: 'static>(&self) -> Option<&T> {
        self.0.get(&TypeId::of::<T>())?.downcast_ref()
    }
}

impl fmt::Debug for Extensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Extensions({})", self.0.len())
    }
}
