//! The files of the AWS tools: which profile holds keys, or says how to get them.

use std::path::{Path, PathBuf};

use storage_core::{Error, ErrorKind, Result, Runtime, Secret};

use super::files::{self, Text};
use super::ini::{Dialect, Ini, Section};
use super::settings::CredentialSettings;

/// How many profiles may point at one another.
const MAX_DEPTH: usize = 8;
/// The entry that makes a file worth hiding.
const SECRET: &str = "aws_secret_access_key";

/// Both files, as they were read.
#[derive(Debug)]
pub(super) struct Profiles {
    config: Ini,
    credentials: Ini,
    /// For messages: where profiles were looked for.
    paths: [PathBuf; 2],
    /// Files with secrets that others may read.
    pub(super) open_to_others: Vec<PathBuf>,
}

/// How the keys of a profile are had: something that gives keys, and roles taken on with them one after the other.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) base: Base,
    /// In the order in which they are taken on.
    pub(super) roles: Vec<Role>,
}

/// What gives the first keys.
#[derive(Debug)]
pub(super) enum Base {
    Keys { id: String, secret: Secret, token: Option<Secret> },
    Process(Secret),
    Sso(SsoAccess),
    WebIdentity { role: Role, token_file: PathBuf },
    Environment,
    Container,
    InstanceMetadata,
}

/// A role to take on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) arn: String,
    pub(super) session_name: Option<String>,
    pub(super) external_id: Option<String>,
    pub(super) duration_seconds: Option<u32>,
    /// The region of the profile.
    pub(super) region: Option<String>,
}

/// What a session of the single sign-on gives keys for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SsoAccess {
    /// What the name of the cached token is made of: the session, or in old profiles the address to sign on at.
    pub(super) cached_under: String,
    /// The profile, for the advice to sign on.
    pub(super) profile: String,
    pub(super) region: String,
    pub(super) account_id: String,
    pub(super) role_name: String,
}

impl Profiles {
    /// Reads both files; one that is not there is empty.
    ///
    /// # Errors
    /// `Configuration` naming the file, and the line where one is wrong.
    pub(super) async fn load(runtime: &dyn Runtime, settings: &CredentialSettings) -> Result<Self> {
        let home = settings.home();
        let place = |given: &Option<PathBuf>, name: &str| match given {
            Some(path) => files::expand(path, home.as_deref()),
            None => home.as_deref().unwrap_or(Path::new("")).join(".aws").join(name),
        };
        let paths =
            [place(&settings.config_file, "config"), place(&settings.credentials_file, "credentials")];
        let mut open_to_others = Vec::new();
        let mut read = async |path: &PathBuf, dialect| {
            let Some(Text { text, open_to_others: open }) = files::read(runtime, path).await? else {
                return Ok(Ini::default());
            };
            let ini = Ini::parse(text.expose(), dialect, path)?;
            if open && ini.mentions(SECRET) {
                open_to_others.push(path.clone());
            }
            Ok::<_, Error>(ini)
        };
        let config = read(&paths[0], Dialect::Config).await?;
        let credentials = read(&paths[1], Dialect::Credentials).await?;
        Ok(Self { config, credentials, paths, open_to_others })
    }

    /// Says how the keys of a profile are had; `None` when the profile says nothing about keys.
    ///
    /// # Errors
    /// `Configuration` naming profile and key.
    pub(super) fn plan(&self, name: &str) -> Result<Option<Plan>> {
        let mut roles = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        let mut profile = self.profile(name)?;
        loop {
            seen.push(profile.name);
            if seen.len() > MAX_DEPTH {
                return Err(profile.bad(format!(
                    "comes after {MAX_DEPTH} others that name one another in `source_profile`"
                )));
            }
            let Some(role) = profile.role()? else { break };
            let next = match profile.source(&role)? {
                Source::Base(base) => return Ok(Some(finish(base, role, roles))),
                Source::Profile(next) => next,
            };
            roles.push(role);
            if next == profile.name {
                let base = profile.keys()?.ok_or_else(|| profile.lacks("aws_access_key_id"))?;
                roles.reverse();
                return Ok(Some(Plan { base, roles }));
            }
            if seen.contains(&next) {
                return Err(
                    profile.bad(format!("closes a circle with `source_profile`: `{next}` leads back to it"))
                );
            }
            profile = self.profile(next)?;
        }
        roles.reverse();
        match profile.base()? {
            Some(base) => Ok(Some(Plan { base, roles })),
            None if roles.is_empty() => Ok(None),
            None => Err(profile.lacks("aws_access_key_id")),
        }
    }

    /// Tells whether a profile is in one of the files.
    pub(super) fn has(&self, name: &str) -> bool {
        self.config.profile(name).is_some() || self.credentials.profile(name).is_some()
    }

    /// Returns where profiles were looked for, for messages.
    pub(super) fn places(&self) -> String {
        let [config, credentials] = &self.paths;
        format!("`{}` and `{}`", config.display(), credentials.display())
    }

    fn profile<'a>(&'a self, name: &'a str) -> Result<Profile<'a>> {
        if !self.has(name) {
            return Err(configuration(format!("the profile `{name}` is in neither of {}", self.places())));
        }
        Ok(Profile { files: self, name })
    }
}

/// Puts a plan together whose last profile names its base itself. A token stands for its role, so that no other is
/// taken on for it.
fn finish(base: Base, role: Role, mut roles: Vec<Role>) -> Plan {
    if !matches!(base, Base::WebIdentity { .. }) {
        roles.push(role);
    }
    roles.reverse();
    Plan { base, roles }
}

/// Where the keys come from that take on a role.
enum Source<'a> {
    Profile(&'a str),
    Base(Base),
}

/// A profile out of both files.
struct Profile<'a> {
    files: &'a Profiles,
    name: &'a str,
}

impl<'a> Profile<'a> {
    /// Returns a value; those of the file for keys go before.
    fn get(&self, key: &str) -> Option<&'a str> {
        let of = |ini: &'a Ini| ini.profile(self.name).and_then(|it| it.get(key));
        of(&self.files.credentials).or_else(|| of(&self.files.config))
    }

    fn require(&self, key: &str) -> Result<String> {
        self.get(key).map(str::to_owned).ok_or_else(|| self.lacks(key))
    }

    fn role(&self) -> Result<Option<Role>> {
        let Some(arn) = self.get("role_arn") else { return Ok(None) };
        if self.get("mfa_serial").is_some() {
            return Err(self.bad("asks for a code of a device (`mfa_serial`), which nobody can type in here; get keys for a session and give those"));
        }
        let duration_seconds = self.get("duration_seconds").map(|text| {
            let seconds = text.parse().ok().filter(|it| (900..=43_200).contains(it));
            seconds.ok_or_else(|| self.bad("has a `duration_seconds` that is not 900 to 43200"))
        });
        Ok(Some(Role {
            arn: arn.to_owned(),
            session_name: self.get("role_session_name").map(str::to_owned),
            external_id: self.get("external_id").map(str::to_owned),
            duration_seconds: duration_seconds.transpose()?,
            region: self.get("region").map(str::to_owned),
        }))
    }

    fn source(&self, role: &Role) -> Result<Source<'a>> {
        let given =
            ["source_profile", "credential_source", "web_identity_token_file"].map(|key| self.get(key));
        match given {
            [Some(profile), None, None] => Ok(Source::Profile(profile)),
            [None, Some(source), None] => {
                let base = match source {
                    "Environment" => Base::Environment,
                    "EcsContainer" => Base::Container,
                    "Ec2InstanceMetadata" => Base::InstanceMetadata,
                    _ => {
                        return Err(self.bad(
                            "has a `credential_source` that is none of Environment, EcsContainer, Ec2InstanceMetadata",
                        ));
                    }
                };
                Ok(Source::Base(base))
            }
            [None, None, Some(file)] => {
                let token_file = PathBuf::from(file);
                Ok(Source::Base(Base::WebIdentity { role: role.clone(), token_file }))
            }
            _ => Err(self.bad(
                "has a `role_arn` and needs exactly one of `source_profile`, `credential_source`, `web_identity_token_file`",
            )),
        }
    }

    fn base(&self) -> Result<Option<Base>> {
        if self.get("sso_session").is_some() || self.get("sso_start_url").is_some() {
            return self.sso().map(|it| Some(Base::Sso(it)));
        }
        if let Some(keys) = self.keys()? {
            return Ok(Some(keys));
        }
        Ok(self.get("credential_process").map(|it| Base::Process(Secret::from(it))))
    }

    /// Returns the keys of the profile. Both halves come from one file: halves of two files were never one key.
    fn keys(&self) -> Result<Option<Base>> {
        let sections = [&self.files.credentials, &self.files.config].map(|it| it.profile(self.name));
        for section in sections.into_iter().flatten() {
            let both = ["aws_access_key_id", SECRET].map(|key| section.get(key));
            let (id, secret) = match both {
                [None, None] => continue,
                [Some(id), Some(secret)] => (id.to_owned(), Secret::from(secret)),
                [None, _] => return Err(self.lacks("aws_access_key_id")),
                [_, None] => return Err(self.lacks(SECRET)),
            };
            return Ok(Some(Base::Keys { id, secret, token: token(section) }));
        }
        Ok(None)
    }

    fn sso(&self) -> Result<SsoAccess> {
        let (cached_under, region) = match self.get("sso_session") {
            None => (self.require("sso_start_url")?, self.require("sso_region")?),
            Some(name) => {
                let Some(session) = self.files.config.sso_session(name) else {
                    let path = self.files.paths[0].display();
                    return Err(self.bad(format!(
                        "names the session `{name}`, and `{path}` has no `[sso-session {name}]`"
                    )));
                };
                let lacks = || self.bad(format!("names the session `{name}`, which lacks `sso_region`"));
                (name.to_owned(), session.get("sso_region").ok_or_else(lacks)?.to_owned())
            }
        };
        Ok(SsoAccess {
            cached_under,
            region,
            profile: self.name.to_owned(),
            account_id: self.require("sso_account_id")?,
            role_name: self.require("sso_role_name")?,
        })
    }

    fn lacks(&self, key: &str) -> Error {
        self.bad(format!("lacks `{key}`"))
    }

    fn bad(&self, what: impl std::fmt::Display) -> Error {
        configuration(format!("the profile `{}` {what}", self.name))
    }
}

fn token(section: &Section) -> Option<Secret> {
    section.get("aws_session_token").or_else(|| section.get("aws_security_token")).map(Secret::from)
}

fn configuration(message: String) -> Error {
    Error::new(ErrorKind::Configuration, message)
}

#[cfg(test)]
mod tests;
