//! What a user says about credentials, as plain data.

use std::path::PathBuf;

use storage_core::Secret;

/// What a user says about credentials. Nothing is looked up while this is put together; an empty one stands for the
/// usual places of the AWS tools.
#[derive(Clone, Debug, Default)]
pub(crate) struct CredentialSettings {
    /// Sends requests without a signature; nothing else is looked at then.
    pub(crate) anonymous: bool,
    /// `access_key_id`, `AWS_ACCESS_KEY_ID`.
    pub(crate) access_key_id: Option<String>,
    /// `secret_access_key`, `AWS_SECRET_ACCESS_KEY`.
    pub(crate) secret_access_key: Option<Secret>,
    /// `session_token`, `AWS_SESSION_TOKEN`.
    pub(crate) session_token: Option<Secret>,
    /// `profile`, `AWS_PROFILE`; `None` is the profile `default`, if there is one.
    pub(crate) profile: Option<String>,
    /// `AWS_CONFIG_FILE`; `None` is `~/.aws/config`.
    pub(crate) config_file: Option<PathBuf>,
    /// `AWS_SHARED_CREDENTIALS_FILE`; `None` is `~/.aws/credentials`.
    pub(crate) credentials_file: Option<PathBuf>,
    /// What `~` stands for; `None` is the home of the process.
    pub(crate) home: Option<PathBuf>,
    /// `AWS_ROLE_ARN`: with a token file the role of that token, else a role to take on with the credentials found.
    pub(crate) role_arn: Option<String>,
    /// What the owner of the role wants to see.
    pub(crate) external_id: Option<String>,
    /// `AWS_ROLE_SESSION_NAME`.
    pub(crate) role_session_name: Option<String>,
    /// `AWS_WEB_IDENTITY_TOKEN_FILE`.
    pub(crate) web_identity_token_file: Option<PathBuf>,
    /// `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`; goes before the full one.
    pub(crate) container_relative_uri: Option<String>,
    /// `AWS_CONTAINER_CREDENTIALS_FULL_URI`.
    pub(crate) container_full_uri: Option<String>,
    /// `AWS_CONTAINER_AUTHORIZATION_TOKEN`.
    pub(crate) container_token: Option<Secret>,
    /// `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`; goes before the token itself.
    pub(crate) container_token_file: Option<PathBuf>,
    /// `AWS_EC2_METADATA_DISABLED`. To be set for vendors other than AWS: the key of a machine is none of their business.
    pub(crate) imds_disabled: bool,
    /// `AWS_EC2_METADATA_SERVICE_ENDPOINT`; `None` is `http://169.254.169.254`.
    pub(crate) imds_endpoint: Option<String>,
    /// Where roles are taken on, `AWS_ENDPOINT_URL_STS`, checked to be no stranger in the clear; `None` is the service of
    /// the region.
    pub(crate) sts_endpoint: Option<String>,
    /// The region of that service; `None` is the one of the profile, else `us-east-1`.
    pub(crate) sts_region: Option<String>,
    /// Where keys are had for a session, `AWS_ENDPOINT_URL_SSO`, checked likewise; `None` is the portal of its region.
    pub(crate) sso_endpoint: Option<String>,
}

impl CredentialSettings {
    /// Returns what `~` stands for.
    pub(super) fn home(&self) -> Option<PathBuf> {
        self.home.clone().or_else(std::env::home_dir)
    }
}
