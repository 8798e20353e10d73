//! Keys by way of a profile in the files of the AWS tools.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use storage_core::{Error, ErrorKind, Result};

use super::answer::is_word;
use super::ask::Ask;
use super::chain::Lookup;
use super::profile::{Base, Plan, Profiles};
use super::{Credentials, container, metadata, process, sso, sts};

/// Looks for keys in the profile that is named, or in `default`.
///
/// # Errors
/// `Configuration` naming file, profile and key, and those of what the profile points at.
pub(super) async fn look(ask: Ask<'_>) -> Result<Lookup> {
    let named = ask.settings.profile.as_deref().filter(|it| !it.is_empty());
    let name = named.unwrap_or("default");
    let profiles = Profiles::load(ask.runtime(), ask.settings).await?;
    warn_of_readers(&profiles.open_to_others);
    if named.is_none() && !profiles.has(name) {
        return Ok(Lookup::Not(format!("no profile `default` in {}", profiles.places()).into()));
    }
    match profiles.plan(name)? {
        Some(plan) => follow(ask, name, plan).await.map(Lookup::Found),
        None => Ok(Lookup::Not(format!("the profile `{name}` says nothing about keys").into())),
    }
}

async fn follow(ask: Ask<'_>, profile: &str, plan: Plan) -> Result<Credentials> {
    let mut credentials = match plan.base {
        Base::Keys { id, secret, token } => {
            let words = [id.as_str(), secret.expose(), token.as_ref().map_or("-", |it| it.expose())];
            if !words.into_iter().all(is_word) {
                let message = format!(
                    "the keys of the profile `{profile}` hold blanks, line breaks or signs beyond ASCII"
                );
                return Err(Error::new(ErrorKind::Configuration, message));
            }
            Credentials {
                access_key_id: id,
                secret_access_key: secret,
                session_token: token,
                expires: None,
                source: "profile",
            }
        }
        Base::Process(line) => process::run(ask.runtime(), line.expose(), ask.now).await?,
        Base::Sso(access) => sso::keys(ask, &access).await?,
        Base::WebIdentity { role, token_file } => {
            sts::assume_role_with_web_identity(ask, &role, &token_file).await?
        }
        Base::Environment => {
            let message =
                format!("the profile `{profile}` takes its keys from the environment, which has none");
            return Err(Error::new(ErrorKind::Configuration, message));
        }
        Base::Container => required(container::look(ask).await?, profile)?,
        Base::InstanceMetadata => required(metadata::look(ask).await?, profile)?,
    };
    for role in &plan.roles {
        credentials = sts::assume_role(ask, &credentials, role).await?;
    }
    Ok(credentials)
}

fn required(lookup: Lookup, profile: &str) -> Result<Credentials> {
    match lookup {
        Lookup::Found(credentials) => Ok(credentials),
        Lookup::Not(why) => {
            let message = format!(
                "the profile `{profile}` takes its keys from its `credential_source`, and there are none: {why}"
            );
            Err(Error::new(ErrorKind::Configuration, message))
        }
    }
}

/// Warns of files whose secrets others may read: once for each file, however many storages a program opens.
fn warn_of_readers(files: &[PathBuf]) {
    static WARNED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let mut warned = WARNED.lock().unwrap_or_else(PoisonError::into_inner);
    for file in files {
        if warned.insert(file.clone()) {
            tracing::warn!(
                target: "storage_s3",
                file = %file.display(),
                "others can read the secrets in this file; take their permission away (`chmod 600`)"
            );
        }
    }
}
