//! The Azure driver keeps every promise of the contract that a server can be asked, on a server that others wrote.
//!
//! Azurite runs when its variables say where: `cargo xtask conformance --full` starts it, and `--live azure` runs the same
//! cases against the account that the environment names.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]

mod support;

use std::time::Duration;

use storage_azure::PROVIDER;
use storage_core::{Pairs, Result, Storage};
use storage_testkit::conformance::{self, Harness, KnownFailures};

use support::{authority, entra, told};

/// The column of what is done with tokens of Microsoft Entra ID.
const WITH_TOKENS: &str = "azurite oauth";

/// A server and the settings that reach it.
struct Server {
    name: &'static str,
    settings: Vec<(&'static str, String)>,
    /// Cases of a thousand requests are welcome.
    fast: bool,
}

#[async_trait::async_trait]
impl Harness for Server {
    fn name(&self) -> &str {
        self.name
    }

    async fn open(&self) -> Result<Storage> {
        let pairs: Pairs = self.settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        (PROVIDER.open)(&pairs)
    }

    fn known_failures(&self) -> KnownFailures {
        // Other ways to a server, and where it keeps its data, share what is known of it; tokens may do less.
        let server = if self.name == WITH_TOKENS {
            self.name
        } else {
            self.name.split(' ').next().unwrap_or_default()
        };
        KnownFailures::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance.toml"), server).unwrap()
    }

    fn bulk(&self) -> bool {
        self.fast
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(300)
    }
}

/// Runs the cases against Azurite, if it is started.
async fn azurite_as(variable: &str, name: &'static str, more: Vec<(&'static str, String)>, fast: bool) {
    let Ok(endpoint) = std::env::var(variable) else {
        println!("skipped: {name} needs {variable}; `cargo xtask conformance --full` starts the server");
        return;
    };
    let more = [vec![("endpoint", endpoint)], more].concat();
    conformance::run(Server { name, settings: support::settings(&more), fast }).await.assert_green();
}

fn key() -> (&'static str, String) {
    ("account_key", told("STORAGE_TEST_AZURITE_KEY"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn azurite() {
    azurite_as("STORAGE_TEST_AZURITE", "azurite", vec![key()], false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn azurite_in_memory() {
    azurite_as("STORAGE_TEST_AZURITE_MEMORY", "azurite memory", vec![key()], true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn azurite_with_accounts_as_hosts() {
    azurite_as("STORAGE_TEST_AZURITE_HOSTS", "azurite hosts", vec![key()], false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn azurite_over_tls() {
    let more = vec![key(), ("http.ca", authority())];
    azurite_as("STORAGE_TEST_AZURITE_TLS_HOSTS", "azurite tls", more, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn azurite_with_tokens() {
    if std::env::var_os("STORAGE_TEST_OAUTH").is_none() {
        println!(
            "skipped: {WITH_TOKENS} needs STORAGE_TEST_OAUTH; `cargo xtask conformance --full` starts the server"
        );
        return;
    }
    let more = [entra(), vec![("http.ca", authority())]].concat();
    azurite_as("STORAGE_TEST_AZURITE_TLS", WITH_TOKENS, more, false).await;
}

/// Runs the cases against the account that the environment names.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn live() {
    if std::env::var_os("STORAGE_CONFORMANCE_LIVE").is_none() {
        println!("skipped: a real account is asked by `cargo xtask conformance --live azure` only");
        return;
    }
    let general = PROVIDER
        .keys
        .iter()
        .map(|key| (format!("STORAGE_{}", key.replace('.', "_").to_ascii_uppercase()), *key));
    let mut settings: Vec<(&'static str, String)> = Vec::new();
    for (name, key) in
        general.chain(PROVIDER.environment.iter().map(|(name, key)| ((*name).to_owned(), *key)))
    {
        if let Ok(value) = std::env::var(&name)
            && !value.is_empty()
            && settings.iter().all(|(known, _)| *known != key)
        {
            settings.push((key, value));
        }
    }
    conformance::run(Server { name: "live", settings, fast: false }).await.assert_green();
}
