//! What a service says in its own way, as data: a dialect is one file with a constant, and a line in [`ALL`].

use super::pages::{Entry, Pages};
use super::request::Request;
use super::{azure, s3};
use crate::Result;

const ALL: [&Dialect; 2] = [&s3::DIALECT, &azure::DIALECT];

/// How a service speaks.
#[derive(Debug)]
pub struct Dialect {
    pub(super) name: &'static str,
    /// How many segments of a path stand in front of the container.
    pub(super) depth: usize,
    /// The headers that ask for a part of an object; the first one counts more.
    pub(super) ranges: &'static [&'static str],
    /// What every answer says.
    pub(super) always: &'static str,
    /// What is said about every object.
    pub(super) object: &'static str,
    /// The entries of listings.
    pub(super) entry: Entry,
    /// Finds the answer to a request.
    pub(super) answer: fn(&Request, &Pages) -> Answer,
    /// Writes headers and text for the code of an error.
    pub(super) error: fn(&str) -> (String, String),
}

/// What is said to a request.
#[derive(Debug)]
pub(super) enum Answer {
    /// The object of this size, or a part of it.
    Object(u64),
    /// A status and headers.
    Head(u16, &'static str),
    /// Text, as XML.
    Document(Vec<u8>),
    /// A status and the code of an error.
    Error(u16, &'static str),
}

impl Dialect {
    /// Finds the one with a name.
    ///
    /// # Errors
    /// Naming all of them.
    pub fn parse(name: &str) -> Result<&'static Self> {
        let names: Vec<_> = ALL.iter().map(|it| it.name).collect();
        let found = ALL.into_iter().find(|it| it.name == name);
        found.ok_or_else(|| format!("no dialect `{name}`; there are {}", names.join(", ")).into())
    }
}

impl Default for &'static Dialect {
    fn default() -> Self {
        &s3::DIALECT
    }
}
