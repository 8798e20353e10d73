//! The settings, as text and as types.

mod cloud;
mod connection_string;
mod credentials;
mod endpoint;
mod environment;
mod put;
mod resolve;
mod words;

use std::borrow::Cow;
use std::path::PathBuf;

use storage_core::{Error, ErrorKind, Pairs, Result, Secret};
use storage_http::HttpConfig;

pub use cloud::Cloud;
pub(crate) use environment::{ENVIRONMENT, KEYS};
pub use put::{AzurePutOptions, ImmutabilityMode};
pub(crate) use resolve::Resolved;
pub use words::{AuthType, BlobType};

storage_http::settings! {
    /// Settings of one storage account. The field names are the configuration keys, in any case and with `-` or `_`;
    /// those of [`HttpConfig`] follow behind `http.`.
    ///
    /// The first of these proves who asks: `anonymous`; the one of `account_key`, `sas_token` and `bearer_token` that is
    /// given; what `connection_string` holds; then Microsoft Entra ID, by `client_secret` or `client_certificate`, by
    /// `federated_token_file`, by the identity of the machine, and by the Azure CLI.
    ///
    /// ```
    /// use storage_azure::AzureConfig;
    /// let config = AzureConfig::new().account("acme").account_key("a2V5");
    /// assert_eq!(config.account.as_deref(), Some("acme"));
    /// ```
    AzureConfig {
        /// The storage account. `AZURE_STORAGE_ACCOUNT`; defaults to the one that the endpoint or the connection string
        /// names.
        some account: String = [
            "account_name", "storage_account", "storage_account_name", "azure_storage_account",
            "azure_storage_account_name", "key"
        ];
        /// A key of the account, in base64. `AZURE_STORAGE_KEY`, `AZURE_STORAGE_ACCOUNT_KEY`. A signed query is taken for
        /// a `sas_token`.
        some account_key: Secret = [
            "access_key", "azure_storage_key", "azure_storage_account_key", "azure_storage_access_key",
            "azure_storage_master_key", "master_key", "secret"
        ];
        /// A signed query (shared access signature), with or without `?` or the address in front; it is sent as given.
        /// `AZURE_STORAGE_SAS_TOKEN`.
        some sas_token: Secret = ["sas", "sas_key", "azure_storage_sas_key", "azure_storage_sas_token"];
        /// A token of Microsoft Entra ID that somebody else got; it is not renewed. `AZURE_STORAGE_TOKEN`.
        some bearer_token: Secret = ["azure_storage_token", "azure_storage_bearer_token"];
        /// The connection string of the account. `AZURE_STORAGE_CONNECTION_STRING`.
        some connection_string: Secret = ["azure_storage_connection_string"];
        /// What `account_key` is: `shared_key` or `azure_ad` (then it is the `client_secret`). Defaults to what it looks like.
        some auth_type: AuthType;
        /// The address of the blob service, such as `https://acme.blob.core.windows.net`; one with a path has the account
        /// there. `AZURE_STORAGE_BLOB_ENDPOINT`, `AZURE_STORAGE_ENDPOINT`.
        some endpoint: String = [
            "blob_endpoint", "azure_endpoint", "azure_storage_endpoint", "azure_storage_blob_endpoint", "endpoint_url"
        ];
        /// The host of the service, in the place of the cloud's own. Hosts of Azure get the account in front, others have
        /// it in the path; `endpoint` says more.
        some host: String = ["hostname"];
        /// The port of the service, where `endpoint` does not say it.
        some port: u16;
        /// Speaks TLS, where `endpoint` does not say it. Defaults to `true`.
        some secure: bool = ["use_ssl"];
        /// The domain behind `blob.` in the place of the cloud's own, such as `core.windows.net`.
        some endpoint_suffix: String = ["azure_storage_endpoint_suffix"];
        /// The address of the second place of the account, for `read_secondary`; defaults to `{account}-secondary`.
        some secondary_endpoint: String = ["blob_secondary_endpoint"];
        /// Reads from the second place of the account while the first can't answer. It may be some minutes behind.
        plain read_secondary: bool = ["use_secondary"];
        /// Which cloud the account is in: `public`, `china` or `us_government`. Defaults to `public`.
        plain cloud: Cloud = ["cloud_environment", "azure_cloud"];
        /// Uses the emulator on this machine, with the account and key that everybody knows.
        plain use_emulator: bool = ["azure_storage_use_emulator", "use_development_storage"];
        /// Speaks in the clear to hosts other than this machine. Defaults to `false`.
        plain allow_http: bool = ["azure_allow_http"];
        /// Sends requests without credentials.
        plain anonymous: bool = ["skip_signature", "azure_skip_signature", "no_sign_request"];

        /// The tenant of Microsoft Entra ID. `AZURE_TENANT_ID`.
        some tenant_id: String = [
            "azure_tenant_id", "azure_storage_tenant_id", "authority_id", "azure_authority_id",
            "azure_storage_authority_id"
        ];
        /// The application, or alone the identity of the machine. `AZURE_CLIENT_ID`.
        some client_id: String = ["azure_client_id", "azure_storage_client_id", "identity"];
        /// The secret of the application. `AZURE_CLIENT_SECRET`.
        some client_secret: Secret = ["azure_client_secret", "azure_storage_client_secret"];
        /// The PEM file with certificate and key of the application. `AZURE_CLIENT_CERTIFICATE_PATH`.
        some client_certificate: PathBuf = ["client_certificate_path", "azure_client_certificate_path"];
        /// The file with the token that stands for the application, as on Kubernetes. `AZURE_FEDERATED_TOKEN_FILE`.
        some federated_token_file: PathBuf = ["azure_federated_token_file"];
        /// Where tokens are had, in the place of the cloud's own. `AZURE_AUTHORITY_HOST`.
        some authority_host: String = ["azure_authority_host", "azure_storage_authority_host"];
        /// What tokens are for. Defaults to `https://storage.azure.com`.
        some audience: String;
        /// The identity of the machine, by its client id.
        some msi_client_id: String = ["azure_msi_client_id"];
        /// The identity of the machine, by its object id.
        some msi_object_id: String = ["object_id", "azure_object_id", "azure_msi_object_id"];
        /// The identity of the machine, by its resource id.
        some msi_resource_id: String = ["azure_msi_resource_id"];
        /// Where App Service and Functions give out tokens. `IDENTITY_ENDPOINT`.
        some identity_endpoint: String = ["msi_endpoint", "azure_msi_endpoint", "azure_identity_endpoint"];
        /// What is shown there. `IDENTITY_HEADER`.
        some identity_header: Secret = ["msi_header", "azure_identity_header"];
        /// Where machines are asked for tokens. `AZURE_POD_IDENTITY_AUTHORITY_HOST`.
        some imds_endpoint: String = ["azure_pod_identity_authority_host"];
        /// Does not ask the machine for tokens.
        plain imds_disabled: bool;
        /// Takes tokens from the Azure CLI and from nowhere else.
        plain use_azure_cli: bool = ["azure_use_azure_cli"];

        /// The encryption scope of new blobs that name none.
        some encryption_scope: String;
        /// The caller's own key for all blobs, 32 bytes in base64.
        some customer_key: Secret = ["encryption_key", "sse_customer_key"];
        /// The access tier of new blobs that name none, such as `Cool`.
        some tier: String = ["access_tier", "storage_class"];
        /// What new blobs are: `block`, `append` or `page`. Defaults to `block`.
        plain blob_type: BlobType;
        /// The account keeps versions of blobs.
        plain versions: bool = ["versioning"];
        /// The address of the account's static website, such as `https://acme.z6.web.core.windows.net`.
        some website_endpoint: String = ["web_endpoint"];
        /// The address of the network that delivers the account's content, such as `https://acme.azureedge.net`.
        some cdn_endpoint: String;

        /// How long the service may stay silent. The same as `http.answer_timeout`.
        some timeout: String;
        /// The proxy for all requests. The same as `http.proxy`.
        some proxy_url: Secret = ["proxy"];
    }
    nested {
        /// Settings of the HTTP client.
        http: HttpConfig
    }
}

impl AzureConfig {
    /// Reads settings from pairs. Those that start with `http.` are the ones of the HTTP client.
    ///
    /// # Errors
    /// `Configuration` naming the key, never with a value.
    pub(crate) fn from_pairs(pairs: &Pairs) -> Result<Self> {
        let (own, http) = HttpConfig::split(pairs)?;
        let mut config: Self = own.parse()?;
        config.http = http;
        Ok(config)
    }
}

/// Says what is wrong with a setting, in words that hold no value.
fn configuration(message: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Configuration, message)
}

/// Returns a text that is not blank.
fn filled(text: &Option<String>) -> Option<&str> {
    text.as_deref().map(str::trim).filter(|it| !it.is_empty())
}

/// Returns a secret that is not blank, without what stands around it in files.
fn filled_secret(secret: &Option<Secret>) -> Option<Secret> {
    let text = secret.as_ref()?.expose().trim();
    (!text.is_empty()).then(|| Secret::from(text))
}

#[cfg(test)]
mod tests;
