//! What conditions mean, for drivers that decide them themselves and for the test kit.

use time::OffsetDateTime;

use crate::error::{Error, ErrorKind, Result};
use crate::info::ObjectInfo;
use crate::name::ETag;
use crate::options::{GetOptions, WriteCondition};

impl WriteCondition {
    /// Holds the condition against the entity tag of the object that is there, if one is.
    ///
    /// # Errors
    /// `AlreadyExists` or `PreconditionFailed`.
    pub fn check(&self, current: Option<&ETag>) -> Result<()> {
        match (self, current) {
            (Self::IfAbsent, Some(_)) => {
                Err(Error::new(ErrorKind::AlreadyExists, "there is an object under the key already"))
            }
            (Self::IfMatch(want), found) => check_match(want, found),
            _ => Ok(()),
        }
    }
}

/// Holds an entity tag that a caller requires against the one of the object that is there, if one is.
///
/// # Errors
/// `PreconditionFailed`.
pub fn check_match(want: &ETag, found: Option<&ETag>) -> Result<()> {
    match found {
        Some(found) if found == want => Ok(()),
        Some(found) => Err(failed(format!("the object has the ETag {found}, not {want}"))),
        None => Err(failed(format!("there is no object with the ETag {want}"))),
    }
}

impl GetOptions {
    /// Holds the conditions of a read against the object that is there.
    ///
    /// As in HTTP, an entity tag that is asked for counts more than a time of the same direction, and times count in
    /// whole seconds.
    ///
    /// # Errors
    /// `PreconditionFailed` or `NotModified`.
    pub fn check(&self, info: &ObjectInfo) -> Result<()> {
        let seconds = |time: Option<OffsetDateTime>| time.map(OffsetDateTime::unix_timestamp);
        let modified = seconds(info.last_modified);
        if let Some(want) = &self.if_match {
            check_match(want, info.etag.as_ref())?;
        } else if seconds(self.if_unmodified_since).is_some_and(|limit| modified.is_some_and(|it| it > limit))
        {
            return Err(failed("the object was changed after the time given".into()));
        }
        let unchanged = match &self.if_none_match {
            Some(known) => info.etag.as_ref() == Some(known),
            None => {
                seconds(self.if_modified_since).is_some_and(|limit| modified.is_some_and(|it| it <= limit))
            }
        };
        match unchanged {
            true => Err(Error::new(ErrorKind::NotModified, "the object is still what the caller has")),
            false => Ok(()),
        }
    }
}

fn failed(message: String) -> Error {
    Error::new(ErrorKind::PreconditionFailed, message)
}
