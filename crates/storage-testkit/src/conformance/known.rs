//! What servers are known to do wrong, with proof that it is the server.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use storage_core::{Error, ErrorKind, Result, nearest};

use super::runner::cases;

/// What one server is known to do wrong.
///
/// The file has an entry for each case and server; without a control client that fails in the same way it is no
/// proof, and reading it fails.
///
/// ```
/// use storage_testkit::conformance::KnownFailures;
///
/// let file = r#"
/// [[known_failure]]
/// server = "example"
/// case = "put/if_absent_refuses_overwrite"
/// reason = "the server ignores `If-None-Match` on PUT"
/// control = { client = "boto3 1.40", evidence = "put_object(IfNoneMatch='*') answers 200 twice" }
/// "#;
/// let known = KnownFailures::parse(file, "example")?;
/// assert_eq!(known.len(), 1);
/// assert!(KnownFailures::parse(&file.replace("boto3 1.40", ""), "example").is_err());
/// # Ok::<(), storage_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct KnownFailures(BTreeMap<String, KnownFailure>);

/// One thing that a server does wrong.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct KnownFailure {
    /// The server, as [`Harness::name`](super::Harness::name) says it.
    pub server: String,
    /// The case.
    pub case: String,
    /// What the server does.
    pub reason: String,
    /// Who else fails there.
    pub control: Control,
    /// It shows in some runs only, such as a race; a run in which the case passes is no reason to remove the entry.
    #[serde(default)]
    pub sometimes: bool,
}

/// Another client that fails at the same server in the same way.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Control {
    /// The client and its version.
    pub client: String,
    /// What was called and what came back.
    pub evidence: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    known_failure: Vec<KnownFailure>,
}

impl KnownFailures {
    /// Reads the entries of one server out of a `conformance.toml`.
    ///
    /// # Errors
    /// `Io` when the file can't be read, `Configuration` as for [`parse`](Self::parse).
    pub fn read(path: impl AsRef<Path>, server: &str) -> Result<Self> {
        Self::parse(&std::fs::read_to_string(path)?, server)
    }

    /// Takes the entries of one server out of the text of a `conformance.toml`; all entries are checked.
    ///
    /// # Errors
    /// `Configuration` when an entry is malformed, has no control client, names no case of the table or comes twice.
    pub fn parse(text: &str, server: &str) -> Result<Self> {
        let file: File = toml::from_str(text)
            .map_err(|error| bad("the file of known failures can't be read".to_owned()).with_source(error))?;
        let mut mine = BTreeMap::new();
        let mut seen = std::collections::BTreeSet::new();
        for entry in file.known_failure {
            entry.check()?;
            if !seen.insert((entry.server.clone(), entry.case.clone())) {
                return Err(bad(format!(
                    "the known failure `{}` of `{}` stands there twice",
                    entry.case, entry.server
                )));
            }
            if entry.server == server {
                mine.insert(entry.case.clone(), entry);
            }
        }
        Ok(Self(mine))
    }

    /// Returns the entry of a case.
    pub fn get(&self, case: &str) -> Option<&KnownFailure> {
        self.0.get(case)
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Tells whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl KnownFailure {
    fn check(&self) -> Result<()> {
        let fields = [
            ("server", &self.server),
            ("reason", &self.reason),
            ("control.client", &self.control.client),
            ("control.evidence", &self.control.evidence),
        ];
        if let Some((field, _)) = fields.iter().find(|(_, value)| value.trim().is_empty()) {
            return Err(bad(format!(
                "the known failure `{}` has no `{field}`; without it the entry proves nothing",
                self.case
            )));
        }
        if cases().any(|it| it.name == self.case) {
            return Ok(());
        }
        let hint = nearest(&self.case, cases().map(|it| it.name));
        let hint = hint.map(|it| format!("; did you mean `{it}`?")).unwrap_or_default();
        Err(bad(format!("the known failure `{}` names no case{hint}", self.case)))
    }
}

fn bad(message: String) -> Error {
    Error::new(ErrorKind::Configuration, message)
}
