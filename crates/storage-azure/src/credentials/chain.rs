//! Which source proves who asks: what the settings hold, else the first that has a token of Microsoft Entra ID, in the
//! order of Microsoft's libraries.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use storage_core::{Error, ErrorKind, Result, Runtime};
use storage_http::{Cached, Client};

use super::ask::Ask;
use super::settings::CredentialSettings;
use super::{Bearer, Credential, application, cli, identity, imds};

/// Where credentials can come from, in the order in which the places are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    /// Nobody proves anything.
    Anonymous,
    /// The settings hold a key of the account.
    AccountKey,
    /// The settings hold a signed query.
    Sas,
    /// The settings hold a token.
    BearerToken,
    /// An application with its secret.
    ClientSecret,
    /// An application with its certificate.
    ClientCertificate,
    /// An application that a token in a file stands for.
    WorkloadIdentity,
    /// The identity of an app on App Service.
    AppIdentity,
    /// The identity of the machine.
    MachineIdentity,
    /// Whoever is logged in with the Azure CLI.
    AzureCli,
}

impl Source {
    const SEARCHED: [Self; 6] = [
        Self::ClientSecret,
        Self::ClientCertificate,
        Self::WorkloadIdentity,
        Self::AppIdentity,
        Self::MachineIdentity,
        Self::AzureCli,
    ];

    /// Returns its name for people.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Anonymous => "anonymous",
            Self::AccountKey => "account key",
            Self::Sas => "signed query",
            Self::BearerToken => "bearer token",
            Self::ClientSecret => "client secret",
            Self::ClientCertificate => "client certificate",
            Self::WorkloadIdentity => "workload identity",
            Self::AppIdentity => "identity of the app",
            Self::MachineIdentity => "identity of the machine",
            Self::AzureCli => "Azure CLI",
        }
    }
}

/// What a source has to say.
#[derive(Debug)]
pub(super) enum Lookup {
    /// The token.
    Found(Bearer),
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
    Fixed(Credential),
    Searched(Box<Searched>),
}

#[derive(Debug)]
struct Searched {
    settings: CredentialSettings,
    cached: Cached<Bearer>,
}

impl CredentialChain {
    /// Decides what can be decided without looking anywhere.
    ///
    /// # Errors
    /// `Configuration` when a setting can't be used.
    pub(crate) fn new(settings: CredentialSettings, runtime: Arc<dyn Runtime>) -> Result<Self> {
        Ok(Self(match settings.fixed {
            Some(fixed) => Kind::Fixed(fixed),
            None => {
                // What is wrong with it shows here, before a request waits for it.
                storage_http::Endpoint::parse(&settings.authority, "")?;
                Kind::Searched(Box::new(Searched { settings, cached: Cached::new(runtime) }))
            }
        }))
    }

    /// Returns the credentials. `now` is the time by the clock of the service. Those of the settings are there at once and
    /// take no lock.
    ///
    /// # Errors
    /// `Unauthenticated` naming all places that were looked at when there are no credentials. When a source applies and
    /// is broken, its error, under a message that names it.
    ///
    /// # Cancel safety
    /// A search that is dropped changes nothing; the next caller searches.
    pub(crate) async fn get(&self, client: &Client, now: SystemTime) -> Result<Credential> {
        match &self.0 {
            Kind::Fixed(credential) => Ok(credential.clone()),
            Kind::Searched(it) => {
                let ask = Ask { settings: &it.settings, client, now };
                // In a box, so that the requests that wait for a token stay small.
                let search = || Box::pin(async move { it.search(ask, &mut Trail::new()).await });
                it.cached.get(now, search).await.map(Credential::Bearer)
            }
        }
    }

    /// Forgets a token that the service no longer takes; `false` when there are no other credentials to get.
    pub(crate) fn forget(&self) -> bool {
        match &self.0 {
            Kind::Fixed(_) => false,
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
            Kind::Fixed(it) => (vec![fixed(it, now)], Ok(())),
            Kind::Searched(it) => {
                let mut trail = Trail::new();
                let ask = Ask { settings: &it.settings, client, now };
                let result = Box::pin(it.search(ask, &mut trail)).await.map(drop);
                (trail, result)
            }
        }
    }
}

fn fixed(credential: &Credential, now: SystemTime) -> (Source, Cow<'static, str>) {
    match credential {
        Credential::Anonymous => (Source::Anonymous, "asked for, so nothing is signed".into()),
        Credential::SharedKey(_) => (Source::AccountKey, "the settings hold it".into()),
        Credential::Sas(sas) => {
            let said = match sas.expires {
                Some(end) if end <= now => "the settings hold it, and it has ended; get a new one",
                Some(_) => "the settings hold it, and it ends",
                None => "the settings hold it",
            };
            (Source::Sas, said.into())
        }
        Credential::Bearer(_) => (Source::BearerToken, "the settings hold it; it is not renewed".into()),
    }
}

impl Searched {
    async fn search(&self, ask: Ask<'_>, trail: &mut Trail) -> Result<Bearer> {
        for source in Source::SEARCHED {
            if self.settings.only_cli && source != Source::AzureCli {
                continue;
            }
            match look(source, ask).await {
                Ok(Lookup::Found(token)) => {
                    trail.push((source, format!("gives a token that ends, from: {}", token.source).into()));
                    return Ok(token);
                }
                Ok(Lookup::Not(why)) => trail.push((source, why)),
                Err(error) => {
                    trail.push((source, error.to_string().into()));
                    return Err(broken(source, error));
                }
            }
        }
        Err(nothing_found(trail))
    }
}

async fn look(source: Source, ask: Ask<'_>) -> Result<Lookup> {
    match source {
        Source::ClientSecret => application::by_secret(ask).await,
        Source::ClientCertificate => application::by_certificate(ask).await,
        Source::WorkloadIdentity => application::by_workload(ask).await,
        Source::AppIdentity => identity::look(ask).await,
        Source::MachineIdentity => imds::look(ask).await,
        Source::AzureCli => cli::look(ask).await,
        Source::Anonymous | Source::AccountKey | Source::Sas | Source::BearerToken => {
            Ok(Lookup::Not("not given".into()))
        }
    }
}

/// Names the source that applies and is broken; nothing behind it is tried, since that could be somebody else.
///
/// The message of the cause is part of it: those who waited for the same search get the message alone.
fn broken(source: Source, error: Error) -> Error {
    let message = format!("no token could be had from: {}: {}", source.name(), error.message());
    let retryable = error.is_retryable();
    let (status, code) = (error.status(), error.code().map(str::to_owned));
    let named = Error::new(error.kind(), message).with_provider("azure").with_retryable(retryable);
    let named = status.into_iter().fold(named, Error::with_status);
    code.into_iter().fold(named, Error::with_code).with_source(error)
}

fn nothing_found(trail: &Trail) -> Error {
    let looked: Vec<_> = trail.iter().map(|(source, why)| format!("{} ({why})", source.name())).collect();
    let message = format!(
        "no credentials were found; give `account_key` or `sas_token`, or `tenant_id`, `client_id` and \
         `client_secret`, or set `anonymous`; looked at: {}",
        looked.join(", ")
    );
    Error::new(ErrorKind::Unauthenticated, message).with_provider("azure")
}
