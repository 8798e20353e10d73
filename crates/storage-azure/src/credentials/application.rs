//! An application of Microsoft Entra ID: by its secret, its certificate, or a token that somebody else vouches with.

use storage_core::{Error, ErrorKind, Result};
use storage_http::sources::files;

use super::ask::Ask;
use super::chain::Lookup;
use super::entra::{self, Proof};
use super::{CredentialSettings, certificate};

/// Shows the secret of the application.
///
/// # Errors
/// Those of the request, and `UnexpectedResponse`.
pub(super) async fn by_secret(ask: Ask<'_>) -> Result<Lookup> {
    let Some(secret) = &ask.settings.client_secret else {
        return Ok(Lookup::Not("no `client_secret` is given".into()));
    };
    let (tenant, client) = names(ask.settings)?;
    let token = entra::token(ask, tenant, client, Proof::Secret(secret), "client secret").await?;
    Ok(Lookup::Found(token))
}

/// Signs an assertion with the key of the certificate.
///
/// # Errors
/// `Configuration` for a file that is no good, those of the request, and `UnexpectedResponse`.
pub(super) async fn by_certificate(ask: Ask<'_>) -> Result<Lookup> {
    let Some(path) = &ask.settings.client_certificate else {
        return Ok(Lookup::Not("no `client_certificate` is given".into()));
    };
    let (tenant, client) = names(ask.settings)?;
    let audience = entra::address(&ask.settings.authority, tenant);
    // The file is read every time, since certificates are renewed.
    let assertion = certificate::assertion(ask.runtime(), path, client, audience, ask.now).await?;
    let proof = Proof::Assertion(&assertion);
    entra::token(ask, tenant, client, proof, "client certificate").await.map(Lookup::Found)
}

/// Shows a token that the platform put into a file, as Kubernetes does.
///
/// # Errors
/// `Configuration` when the file holds no token, those of the request, and `UnexpectedResponse`.
pub(super) async fn by_workload(ask: Ask<'_>) -> Result<Lookup> {
    let Some(path) = &ask.settings.federated_token_file else {
        return Ok(Lookup::Not("no `federated_token_file` is given".into()));
    };
    let (tenant, client) = names(ask.settings)?;
    // The file is read every time, since whoever issues the token replaces it.
    let assertion = files::read_token(ask.runtime(), path).await?;
    let proof = Proof::Assertion(&assertion);
    entra::token(ask, tenant, client, proof, "workload identity").await.map(Lookup::Found)
}

fn names(settings: &CredentialSettings) -> Result<(&str, &str)> {
    let missing = |key: &str| Error::new(ErrorKind::Configuration, format!("`{key}` is missing"));
    let tenant = settings.tenant_id.as_deref().ok_or_else(|| missing("tenant_id"))?;
    let client = settings.client_id.as_deref().ok_or_else(|| missing("client_id"))?;
    Ok((tenant, client))
}
