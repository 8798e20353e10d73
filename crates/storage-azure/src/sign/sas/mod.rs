//! Shared access signatures: queries that let whoever has them do what they say, for as long as they say.
//!
//! A [`ServiceSas`] is for one container or what is in it and signed with the key of the account; a [`DelegationSas`]
//! is the same signed with a key that Microsoft Entra ID stands behind; an [`AccountSas`] is for a whole account.
//!
//! <https://learn.microsoft.com/rest/api/storageservices/delegate-access-with-shared-access-signature>

mod account;
mod delegation;
mod draft;
mod service;

use std::time::SystemTime;

use storage_core::{Error, ErrorKind, Result};

pub(crate) use account::AccountSas;
pub(crate) use delegation::{DelegationKey, DelegationSas};
pub(crate) use service::ServiceSas;

use draft::Draft;

/// The versions of the format, oldest first; each adds lines to what is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(not(test), allow(dead_code, reason = "the newest is the default; tests sign for all of them"))]
pub(crate) enum Version {
    /// Versions of blobs.
    V2019_12_12,
    /// Directories, and who acts in them.
    V2020_02_10,
    /// Encryption scopes.
    V2020_12_06,
    V2021_12_02,
    V2023_11_03,
    /// Delegation to one user.
    #[default]
    V2025_11_05,
}

impl Version {
    /// Returns the version as queries name it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::V2019_12_12 => "2019-12-12",
            Self::V2020_02_10 => "2020-02-10",
            Self::V2020_12_06 => "2020-12-06",
            Self::V2021_12_02 => "2021-12-02",
            Self::V2023_11_03 => "2023-11-03",
            Self::V2025_11_05 => crate::names::VERSION,
        }
    }

    /// Refuses what a version can't say; left out of the signature it would not be checked.
    fn need(self, least: Self, value: Option<&str>, what: &str) -> Result<()> {
        if value.is_none_or(str::is_empty) || self >= least {
            return Ok(());
        }
        let (own, least) = (self.as_str(), least.as_str());
        Err(Error::new(
            ErrorKind::Unsupported,
            format!("a signature of version `{own}` can't say `{what}`; use `{least}` or newer"),
        ))
    }
}

/// Which protocols a signature is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Https,
    HttpsAndHttp,
}

impl Protocol {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::HttpsAndHttp => "https,http",
        }
    }
}

/// What every signature allows, from when to when, and to whom.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Grant<'a> {
    pub(crate) version: Version,
    /// The letters of what is allowed, in any order.
    pub(crate) permissions: &'a str,
    /// When it begins. Better left out: where the clock of the service is behind, a signature from now on is refused.
    pub(crate) start: Option<SystemTime>,
    /// When it ends.
    pub(crate) expiry: Option<SystemTime>,
    /// The address, or the two ends of a range of them joined by `-`, that requests may come from.
    pub(crate) ip: Option<&'a str>,
    pub(crate) protocol: Option<Protocol>,
    /// What protects the content that is written.
    pub(crate) encryption_scope: Option<&'a str>,
}

impl Grant<'_> {
    /// Refuses a signature that allows nothing, or for no time.
    fn check(&self, has_policy: bool) -> Result<()> {
        let invalid = |message| Err(Error::new(ErrorKind::InvalidInput, message));
        if !has_policy && self.permissions.is_empty() {
            return invalid("a signature must allow something; name the permissions or a stored policy");
        }
        if !has_policy && self.expiry.is_none() {
            return invalid("a signature must end; name its time or a stored policy");
        }
        if self.start.zip(self.expiry).is_some_and(|(start, expiry)| start >= expiry) {
            return invalid("a signature must begin before it ends");
        }
        self.version.need(Version::V2020_12_06, self.encryption_scope, "ses")
    }

    /// Appends what is allowed; the service wants the letters in an order of its own.
    fn push_permissions(&self, draft: &mut Draft, order: &str) -> Result<()> {
        if let Some(other) = self.permissions.chars().find(|it| !order.contains(*it)) {
            let other = other.escape_default();
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!("`{other}` is no permission; the letters are `{order}`"),
            ));
        }
        let letters: String = order.chars().filter(|it| self.permissions.contains(*it)).collect();
        draft.field("sp", Some(&letters));
        Ok(())
    }

    fn push_times(&self, draft: &mut Draft) {
        draft.time("st", self.start);
        draft.time("se", self.expiry);
    }

    fn push_limits(&self, draft: &mut Draft) {
        draft.field("sip", self.ip);
        draft.field("spr", self.protocol.map(Protocol::as_str));
        draft.field("sv", Some(self.version.as_str()));
    }

    fn push_scope(&self, draft: &mut Draft) {
        if self.version >= Version::V2020_12_06 {
            draft.field("ses", self.encryption_scope);
        }
    }
}

/// What a signature is for, besides the container. Names are as people read them, not encoded.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Resource<'a> {
    /// The container and all that is in it.
    Container,
    Blob(&'a str),
    /// One snapshot of a blob; a request names it by `snapshot`, as the signed query does not.
    Snapshot {
        blob: &'a str,
        time: &'a str,
    },
    /// One version of a blob; a request names it by `versionid`, as the signed query does not.
    Version {
        blob: &'a str,
        id: &'a str,
    },
    /// What is below a directory, where the account has such.
    Directory(&'a str),
}

impl<'a> Resource<'a> {
    const fn code(self) -> &'static str {
        match self {
            Self::Container => "c",
            Self::Blob(_) => "b",
            Self::Snapshot { .. } => "bs",
            Self::Version { .. } => "bv",
            Self::Directory(_) => "d",
        }
    }

    /// Returns the time of a snapshot, or the id of a version.
    const fn time(self) -> Option<&'a str> {
        match self {
            Self::Snapshot { time, .. } => Some(time),
            Self::Version { id, .. } => Some(id),
            _ => None,
        }
    }

    /// Returns `/blob/account/container/key`; the service signs the name that it has decoded out of the path.
    fn canonical(self, account: &str, container: &str) -> Result<String> {
        let name = match self {
            Self::Container => return Ok(format!("/blob/{account}/{container}")),
            Self::Blob(blob) | Self::Snapshot { blob, .. } | Self::Version { blob, .. } => blob,
            Self::Directory(name) => name.trim_matches('/'),
        };
        if name.is_empty() {
            let message = "a signature for a part of a container needs the name of that part";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        Ok(format!("/blob/{account}/{container}/{name}"))
    }

    fn check(self, version: Version) -> Result<()> {
        let code = if let Self::Directory(_) = self { Some("d") } else { None };
        version.need(Version::V2020_02_10, code, "sr=d")
    }

    fn push(self, draft: &mut Draft) {
        draft.field("sr", Some(self.code()));
        draft.line("snapshot", self.time());
        if let Self::Directory(name) = self {
            let depth = name.trim_matches('/').split('/').count();
            draft.parameter("sdd", &depth.to_string());
        }
    }
}

/// Headers that the answer shall have in place of those of the blob.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ResponseHeaders<'a> {
    pub(crate) cache_control: Option<&'a str>,
    pub(crate) content_disposition: Option<&'a str>,
    pub(crate) content_encoding: Option<&'a str>,
    pub(crate) content_language: Option<&'a str>,
    pub(crate) content_type: Option<&'a str>,
}

impl ResponseHeaders<'_> {
    fn push(&self, draft: &mut Draft) {
        draft.field("rscc", self.cache_control);
        draft.field("rscd", self.content_disposition);
        draft.field("rsce", self.content_encoding);
        draft.field("rscl", self.content_language);
        draft.field("rsct", self.content_type);
    }
}

/// The permissions in containers, in the order of the service.
const PERMISSIONS: &str = "racwdxyltfmeopi";
