//! The names under which settings are found: keys, and variables of the environment.

use storage_http::HttpConfig;

use super::S3Config;

/// Each variable and the setting that it holds, the stronger ones first:
/// <https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html>.
pub(crate) const ENVIRONMENT: &[(&str, &str)] = &[
    ("AWS_ACCESS_KEY_ID", "access_key_id"),
    ("AWS_SECRET_ACCESS_KEY", "secret_access_key"),
    ("AWS_SESSION_TOKEN", "session_token"),
    ("AWS_PROFILE", "profile"),
    ("AWS_CONFIG_FILE", "config_file"),
    ("AWS_SHARED_CREDENTIALS_FILE", "credentials_file"),
    ("AWS_REGION", "region"),
    ("AWS_DEFAULT_REGION", "region"),
    ("AWS_ENDPOINT_URL_S3", "endpoint"),
    ("AWS_ENDPOINT_URL", "endpoint"),
    ("AWS_ENDPOINT_URL_STS", "sts_endpoint"),
    ("AWS_ENDPOINT_URL_SSO", "sso_endpoint"),
    ("AWS_USE_DUALSTACK_ENDPOINT", "dual_stack"),
    ("AWS_USE_FIPS_ENDPOINT", "fips"),
    ("AWS_ROLE_ARN", "role_arn"),
    ("AWS_ROLE_SESSION_NAME", "role_session_name"),
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file"),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "container_credentials_relative_uri"),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "container_credentials_full_uri"),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "container_authorization_token"),
    ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "container_authorization_token_file"),
    ("AWS_EC2_METADATA_DISABLED", "imds_disabled"),
    ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "imds_endpoint"),
];

/// Every key, for help and completions.
pub(crate) static KEYS: &[&str] = &ALL;

const ALL: [&str; S3Config::KEYS.len() + HttpConfig::PREFIXED_KEYS.len()] =
    HttpConfig::joined_keys(S3Config::KEYS);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_the_http_client_are_all_there() {
        assert!(KEYS.starts_with(S3Config::KEYS) && KEYS.ends_with(HttpConfig::PREFIXED_KEYS));
    }

    #[test]
    fn every_variable_leads_to_a_key() {
        let own = crate::vendors::VENDORS.iter().flat_map(|it| it.environment);
        for (variable, key) in ENVIRONMENT.iter().chain(own) {
            assert!(KEYS.contains(key), "{variable}: {key}");
        }
    }
}
