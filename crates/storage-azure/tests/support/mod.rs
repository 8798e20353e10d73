//! What several tests share.

/// The variable that names the account of the emulator.
pub(crate) const ACCOUNT: &str = "STORAGE_TEST_AZURITE_ACCOUNT";

/// Returns what the environment says of a server; nothing when it is not started.
pub(crate) fn told(variable: &str) -> String {
    std::env::var(variable).unwrap_or_default()
}

/// Returns the certificate that vouches for the server that speaks TLS.
pub(crate) fn authority() -> String {
    std::fs::read_to_string(told("STORAGE_TEST_AZURITE_AUTHORITY")).unwrap_or_default()
}

/// Returns the settings of an application that asks for tokens.
pub(crate) fn entra() -> Vec<(&'static str, String)> {
    vec![
        ("authority_host", told("STORAGE_TEST_OAUTH")),
        ("tenant_id", told("STORAGE_TEST_OAUTH_TENANT")),
        ("client_id", told("STORAGE_TEST_OAUTH_CLIENT")),
        ("client_secret", told("STORAGE_TEST_OAUTH_SECRET")),
    ]
}

/// Returns the settings that reach the account of the emulator, with `more` of them.
pub(crate) fn settings(more: &[(&'static str, String)]) -> Vec<(&'static str, String)> {
    // A server on this machine is not busy, and its errors mostly stay: what is tried again is so soon.
    let fixed = [("account", told(ACCOUNT)), ("http.max_backoff", "20ms".to_owned())];
    fixed.into_iter().chain(more.iter().cloned()).collect()
}
