//! The names under which settings are found: keys, and variables of the environment.

use storage_http::HttpConfig;

use super::AzureConfig;

/// Each variable and the setting that it holds, the stronger ones first, as the Azure CLI and the libraries of
/// Microsoft read them.
pub(crate) const ENVIRONMENT: &[(&str, &str)] = &[
    ("AZURE_STORAGE_ACCOUNT", "account"),
    ("AZURE_STORAGE_ACCOUNT_NAME", "account"),
    ("AZURE_STORAGE_KEY", "account_key"),
    ("AZURE_STORAGE_ACCOUNT_KEY", "account_key"),
    ("AZURE_STORAGE_ACCESS_KEY", "account_key"),
    ("AZURE_STORAGE_SAS_TOKEN", "sas_token"),
    ("AZURE_STORAGE_TOKEN", "bearer_token"),
    ("AZURE_STORAGE_CONNECTION_STRING", "connection_string"),
    ("AZURE_STORAGE_BLOB_ENDPOINT", "endpoint"),
    ("AZURE_STORAGE_ENDPOINT", "endpoint"),
    ("AZURE_TENANT_ID", "tenant_id"),
    ("AZURE_CLIENT_ID", "client_id"),
    ("AZURE_CLIENT_SECRET", "client_secret"),
    ("AZURE_CLIENT_CERTIFICATE_PATH", "client_certificate"),
    ("AZURE_FEDERATED_TOKEN_FILE", "federated_token_file"),
    ("AZURE_AUTHORITY_HOST", "authority_host"),
    ("IDENTITY_ENDPOINT", "identity_endpoint"),
    ("IDENTITY_HEADER", "identity_header"),
    ("AZURE_POD_IDENTITY_AUTHORITY_HOST", "imds_endpoint"),
];

/// Every key, for help and completions.
pub(crate) static KEYS: &[&str] = &ALL;

const ALL: [&str; AzureConfig::KEYS.len() + HttpConfig::PREFIXED_KEYS.len()] =
    HttpConfig::joined_keys(AzureConfig::KEYS);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_leads_to_a_key() {
        assert!(KEYS.starts_with(AzureConfig::KEYS) && KEYS.ends_with(HttpConfig::PREFIXED_KEYS));
        for (variable, key) in ENVIRONMENT {
            assert!(AzureConfig::KEYS.contains(key), "{variable}: {key}");
        }
    }
}
