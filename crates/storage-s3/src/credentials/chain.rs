//! Which source gives the keys: the first that applies, in the order of the AWS tools.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use storage_core::{Error, ErrorKind, Result, Runtime};
use storage_http::{Cached, Client};

use super::ask::Ask;
use super::profile::Role;
use super::settings::CredentialSettings;
use super::{Credentials, container, metadata, shared, sts};

/// Where keys can come from, in the order in which the places are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    /// Nobody signs.
    Anonymous,
    /// The settings, those from the environment among them.
    Keys,
    /// A token file and the role it stands for.
    WebIdentity,
    /// A profile in the files of the AWS tools.
    Profile,
    /// The agent of ECS or EKS.
    Container,
    /// The metadata service of the machine.
    InstanceMetadata,
}

impl Source {
    /// Returns its name for people.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::Keys => "access key",
            Self::WebIdentity => "web identity",
            Self::Profile => "profile",
            Self::Container => "container",
            Self::InstanceMetadata => "instance metadata",
        }
    }
}

/// What a source has to say.
#[derive(Debug)]
pub(super) enum Lookup {
    /// The keys.
    Found(Credentials),
    /// It does not apply, and why.
    Not(Cow<'static, str>),
}

/// The sources that were looked at, with what each had to say; holds no secret.
pub(crate) type Trail = Vec<(Source, Cow<'static, str>)>;

/// Gives credentials: fixed ones at once, others from where they are found, kept until shortly before they end.
#[derive(Debug)]
pub(crate) struct CredentialChain(Kind);

#[derive(Debug)]
enum Kind {
    Anonymous,
    Fixed(Arc<Credentials>),
    Searched(Box<Searched>),
}

#[derive(Debug)]
struct Searched {
    /// Those of the settings, which only take on the role.
    keys: Option<Credentials>,
    settings: CredentialSettings,
    cached: Cached<Credentials>,
}

impl CredentialChain {
    /// Decides what can be decided without looking anywhere.
    ///
    /// # Errors
    /// `Configuration` naming the half of a key that is missing.
    pub(crate) fn new(settings: CredentialSettings, runtime: Arc<dyn Runtime>) -> Result<Self> {
        if settings.anonymous {
            return Ok(Self(Kind::Anonymous));
        }
        let keys = settings.keys()?;
        Ok(Self(match keys {
            Some(keys) if settings.role().is_none() => Kind::Fixed(Arc::new(keys)),
            keys => Kind::Searched(Box::new(Searched { keys, settings, cached: Cached::new(runtime) })),
        }))
    }

    /// Returns the credentials; `None` when requests go without a signature.
    ///
    /// `now` is the time by the clock of the service. Those of the settings are there at once and take no lock.
    ///
    /// # Errors
    /// `Unauthenticated` naming all places that were looked at when there are no credentials. When a source applies and
    /// is broken, its error, under a message that names it.
    ///
    /// # Cancel safety
    /// A search that is dropped changes nothing; the next caller searches.
    pub(crate) async fn get(&self, client: &Client, now: SystemTime) -> Result<Option<Arc<Credentials>>> {
        match &self.0 {
            Kind::Anonymous => Ok(None),
            Kind::Fixed(credentials) => Ok(Some(Arc::clone(credentials))),
            Kind::Searched(it) => {
                let ask = Ask { settings: &it.settings, client, now };
                // In a box, so that the requests that wait for keys stay small.
                let search = || Box::pin(async move { it.search(ask, &mut Trail::new()).await });
                it.cached.get(now, search).await.map(Some)
            }
        }
    }

    /// Forgets credentials that the service no longer takes; `false` when there are no others to get.
    pub(crate) fn forget(&self) -> bool {
        match &self.0 {
            Kind::Anonymous | Kind::Fixed(_) => false,
            Kind::Searched(it) => {
                it.cached.forget();
                true
            }
        }
    }

    /// Looks for credentials as if there were none yet, and returns what each source had to say; the last one is the
    /// one that won or broke. Nothing is kept.
    pub(crate) async fn examine(&self, client: &Client, now: SystemTime) -> (Trail, Result<()>) {
        match &self.0 {
            Kind::Anonymous => (vec![(Source::Anonymous, "asked for, so nothing is signed".into())], Ok(())),
            Kind::Fixed(it) => (vec![(Source::Keys, given(it))], Ok(())),
            Kind::Searched(it) => {
                let mut trail = Trail::new();
                let ask = Ask { settings: &it.settings, client, now };
                let result = Box::pin(it.search(ask, &mut trail)).await.map(drop);
                (trail, result)
            }
        }
    }
}

/// Says that keys are there and by which way they came; a profile has several.
fn given(credentials: &Credentials) -> Cow<'static, str> {
    let until = if credentials.expires.is_some() { ", and they end" } else { "" };
    format!("gives the keys, from: {}{until}", credentials.source).into()
}

impl Searched {
    async fn search(&self, ask: Ask<'_>, trail: &mut Trail) -> Result<Credentials> {
        let (source, credentials) = self.first(ask, trail).await?;
        let Some(role) = self.settings.role() else { return Ok(credentials) };
        let taken_on = sts::assume_role(ask, &credentials, &role).await;
        taken_on.map_err(|error| {
            trail.push((source, error.to_string().into()));
            let message = format!("the role can't be taken on with the credentials from: {}", source.name());
            broken(message, error)
        })
    }

    /// Returns the credentials of the first source that applies.
    async fn first(&self, ask: Ask<'_>, trail: &mut Trail) -> Result<(Source, Credentials)> {
        const ORDER: [Source; 5] =
            [Source::Keys, Source::WebIdentity, Source::Profile, Source::Container, Source::InstanceMetadata];
        for source in ORDER {
            match self.look(source, ask).await {
                Ok(Lookup::Found(credentials)) => {
                    trail.push((source, given(&credentials)));
                    return Ok((source, credentials));
                }
                Ok(Lookup::Not(why)) => trail.push((source, why)),
                Err(error) => {
                    trail.push((source, error.to_string().into()));
                    return Err(broken(
                        format!("no credentials could be had from: {}", source.name()),
                        error,
                    ));
                }
            }
        }
        Err(nothing_found(trail))
    }

    async fn look(&self, source: Source, ask: Ask<'_>) -> Result<Lookup> {
        match source {
            Source::Anonymous => Ok(Lookup::Not("not asked for".into())),
            Source::Keys => {
                Ok(self.keys.clone().map_or(Lookup::Not("no `access_key_id` is given".into()), Lookup::Found))
            }
            Source::WebIdentity => self.web_identity(ask).await,
            Source::Profile => shared::look(ask).await,
            Source::Container => container::look(ask).await,
            Source::InstanceMetadata => metadata::look(ask).await,
        }
    }

    async fn web_identity(&self, ask: Ask<'_>) -> Result<Lookup> {
        let Some(token_file) =
            self.settings.web_identity_token_file.as_deref().filter(|it| !it.as_os_str().is_empty())
        else {
            return Ok(Lookup::Not("no token file is given".into()));
        };
        let Some(role) = self.settings.any_role() else {
            let message = "a web identity token file is given, and no `role_arn` that it stands for";
            return Err(Error::new(ErrorKind::Configuration, message));
        };
        sts::assume_role_with_web_identity(ask, &role, token_file).await.map(Lookup::Found)
    }
}

/// Names the source that applies and is broken; nothing behind it is tried, since that could be somebody else.
fn broken(message: String, error: Error) -> Error {
    let retryable = error.is_retryable();
    Error::new(error.kind(), message).with_provider("s3").with_retryable(retryable).with_source(error)
}

fn nothing_found(trail: &Trail) -> Error {
    let looked: Vec<_> = trail.iter().map(|(source, why)| format!("{} ({why})", source.name())).collect();
    let message = format!(
        "no credentials were found; give `access_key_id` and `secret_access_key`, name a `profile`, or set `anonymous`; looked at: {}",
        looked.join(", ")
    );
    Error::new(ErrorKind::Unauthenticated, message).with_provider("s3")
}

impl CredentialSettings {
    /// Returns the keys that are given.
    fn keys(&self) -> Result<Option<Credentials>> {
        let filled = |it: &&storage_core::Secret| !it.expose().is_empty();
        let id = self.access_key_id.as_ref().filter(|it| !it.is_empty());
        let secret = self.secret_access_key.as_ref().filter(filled);
        let token = self.session_token.as_ref().filter(filled);
        let half = |given, missing| {
            let message = format!("`{given}` is given and `{missing}` is not");
            Err(Error::new(ErrorKind::Configuration, message))
        };
        match (id, secret, token) {
            (None, None, None) => Ok(None),
            (None, None, Some(_)) => half("session_token", "access_key_id"),
            (None, Some(_), _) => half("secret_access_key", "access_key_id"),
            (Some(_), None, _) => half("access_key_id", "secret_access_key"),
            (Some(id), Some(secret), token) => Ok(Some(Credentials {
                access_key_id: id.clone(),
                secret_access_key: secret.clone(),
                session_token: token.cloned(),
                expires: None,
                source: "access key",
            })),
        }
    }

    /// Returns the role to take on with the credentials found. One that comes with a token file is the file's.
    fn role(&self) -> Option<Role> {
        let of_token = self.web_identity_token_file.as_ref().is_some_and(|it| !it.as_os_str().is_empty());
        if of_token { None } else { self.any_role() }
    }

    fn any_role(&self) -> Option<Role> {
        let filled = |it: &Option<String>| it.clone().filter(|it| !it.is_empty());
        Some(Role {
            arn: filled(&self.role_arn)?,
            session_name: filled(&self.role_session_name),
            external_id: filled(&self.external_id),
            duration_seconds: None,
            region: None,
        })
    }
}
