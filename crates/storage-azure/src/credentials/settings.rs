//! What a user says about credentials, as plain data.

use std::path::PathBuf;

use storage_core::Secret;

use super::Credential;

/// What a user says about credentials. Nothing is looked up while this is put together.
#[derive(Clone, Debug, Default)]
pub(crate) struct CredentialSettings {
    /// What the settings hold themselves; nothing else is looked at then.
    pub(crate) fixed: Option<Credential>,
    /// `tenant_id`.
    pub(crate) tenant_id: Option<String>,
    /// `client_id`.
    pub(crate) client_id: Option<String>,
    /// `client_secret`.
    pub(crate) client_secret: Option<Secret>,
    /// `client_certificate`.
    pub(crate) client_certificate: Option<PathBuf>,
    /// `federated_token_file`.
    pub(crate) federated_token_file: Option<PathBuf>,
    /// Where tokens are had, such as `https://login.microsoftonline.com`, checked to be no stranger in the clear.
    pub(crate) authority: String,
    /// What tokens are for, such as `https://storage.azure.com`.
    pub(crate) audience: String,
    /// Which identity of the machine is asked for.
    pub(crate) identity: Identity,
    /// `IDENTITY_ENDPOINT`, checked likewise.
    pub(crate) identity_endpoint: Option<String>,
    /// `IDENTITY_HEADER`.
    pub(crate) identity_header: Option<Secret>,
    /// Where the machine is asked; `None` is `http://169.254.169.254`.
    pub(crate) imds_endpoint: Option<String>,
    /// Does not ask the machine.
    pub(crate) imds_disabled: bool,
    /// Asks the Azure CLI and nobody else.
    pub(crate) only_cli: bool,
    /// The program of the Azure CLI; `None` is the one that the system finds.
    pub(crate) cli: Option<PathBuf>,
}

/// Which identity of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Identity {
    /// The machine's own, or the only one that was given to it.
    #[default]
    System,
    /// The one with this client id.
    Client(String),
    /// The one with this object id.
    Object(String),
    /// The one with this resource id.
    Resource(String),
}
