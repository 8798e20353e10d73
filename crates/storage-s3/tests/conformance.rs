//! The S3 driver keeps every promise of the contract that a server can be asked, on servers that others wrote.
//!
//! `s3s-fs` runs in this process. The others run when their variable says where: `cargo xtask conformance --full` starts
//! them, and `--live s3` runs the same cases against the account that the environment names.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests")]

mod support;

use std::time::Duration;

use storage_core::{Pairs, Result, Storage};
use storage_s3::PROVIDER;
use storage_testkit::conformance::{self, Harness, KnownFailures};

use support::s3s::Embedded;

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
        // Proxies and other ways in front of a server share what is known of it.
        let server = self.name.split(' ').next().unwrap_or(self.name);
        KnownFailures::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance.toml"), server).unwrap()
    }

    fn bulk(&self) -> bool {
        self.fast
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(300)
    }
}

fn settings(endpoint: &str, vendor: &str, more: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    let fixed = [
        ("vendor", vendor),
        ("endpoint", endpoint),
        ("region", "us-east-1"),
        ("access_key_id", "testkey"),
        ("secret_access_key", "testsecret"),
    ];
    fixed.iter().chain(more).map(|(name, value)| (*name, (*value).to_owned())).collect()
}

/// Runs the cases against a server that is started elsewhere, if it is.
async fn outside(
    variable: &str,
    name: &'static str,
    vendor: &str,
    more: &[(&'static str, &str)],
    fast: bool,
) {
    let Ok(endpoint) = std::env::var(variable) else {
        println!("skipped: {name} needs {variable}; `cargo xtask conformance --full` starts the server");
        return;
    };
    conformance::run(Server { name, settings: settings(&endpoint, vendor, more), fast }).await.assert_green();
}

/// Of what Amazon S3 has, what `s3s-fs` lacks.
const S3S_FS_LACKS: &str =
    "versions,acl,tags,website,cors,incomplete_uploads,delete_if_match,copy_conditions,put_if_match";

/// Ends what is tried again soon: a server on this machine is not busy, and its errors mostly stay.
const SOON: (&str, &str) = ("http.max_backoff", "20ms");

/// Runs the cases against a server in this process.
async fn s3s_fs_at(name: &'static str, endpoint: &str, path_style: &str, fast: bool) {
    // It says that the keys of listings are encoded, and they are not.
    let more = [SOON, ("path_style", path_style), ("list_encoding", "claimed"), ("without", S3S_FS_LACKS)];
    conformance::run(Server { name, settings: settings(endpoint, "aws", &more), fast }).await.assert_green();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s3s_fs() {
    let server = Embedded::start().await;
    s3s_fs_at("s3s-fs", &server.endpoint(), "true", true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s3s_fs_virtual_hosted() {
    let server = Embedded::start().await;
    let endpoint = server.endpoint().replace("127.0.0.1", "s3.localhost");
    s3s_fs_at("s3s-fs hosts", &endpoint, "false", false).await;
}

/// Returns what the environment says of a server; nothing when it is not started.
fn told(variable: &str) -> String {
    std::env::var(variable).unwrap_or_default()
}

/// Returns the certificate that vouches for the fronts that speak TLS.
fn authority() -> String {
    std::fs::read_to_string(told("STORAGE_TEST_TLS_AUTHORITY")).unwrap_or_default()
}

/// The gateway copies nothing that is encrypted, and restores no version so: it answers `NotImplemented`.
const NO_COPIES: (&str, &str) = ("without", "copy,versions");

async fn radosgw_as(variable: &str, name: &'static str, more: &[(&'static str, &str)], fast: bool) {
    let website = told("STORAGE_TEST_RADOSGW_WEBSITE");
    let more = [&[("website_endpoint", website.as_str())], more].concat();
    outside(variable, name, "ceph", &more, fast).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn radosgw() {
    radosgw_as("STORAGE_TEST_RADOSGW", "radosgw", &[], true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn radosgw_with_old_signatures() {
    radosgw_as("STORAGE_TEST_RADOSGW", "radosgw sigv2", &[("signature_version", "2")], false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn radosgw_with_buckets_as_hosts() {
    radosgw_as("STORAGE_TEST_RADOSGW_HOSTS", "radosgw hosts", &[("path_style", "false")], false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn radosgw_with_buckets_as_hosts_and_old_signatures() {
    radosgw_as(
        "STORAGE_TEST_RADOSGW_HOSTS",
        "radosgw hosts sigv2",
        &[("path_style", "false"), ("signature_version", "2")],
        false,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn radosgw_over_tls() {
    let more = [("http.ca", &*authority()), ("path_style", "false")];
    radosgw_as("STORAGE_TEST_RADOSGW_TLS_HOSTS", "radosgw tls", &more, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn radosgw_with_keys_of_the_caller() {
    let key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    let more = [("http.ca", &*authority()), ("sse", "customer"), ("sse_customer_key", key), NO_COPIES];
    radosgw_as("STORAGE_TEST_RADOSGW_TLS", "radosgw sse-c", &more, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn radosgw_with_a_key_service() {
    let key = told("STORAGE_TEST_RADOSGW_KMS_KEY");
    let more = [("sse", "aws:kms"), ("sse_kms_key_id", &*key), NO_COPIES];
    radosgw_as("STORAGE_TEST_RADOSGW", "radosgw sse-kms", &more, false).await;
}

async fn swift_as(variable: &str, name: &'static str, more: &[(&'static str, &str)]) {
    let (key, secret) = (told("STORAGE_TEST_SWIFT_KEY"), told("STORAGE_TEST_SWIFT_SECRET"));
    let keys = [("access_key_id", key.as_str()), ("secret_access_key", secret.as_str())];
    outside(variable, name, "swift_s3", &[&keys, more].concat(), false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn swift() {
    swift_as("STORAGE_TEST_SWIFT", "swift", &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn swift_with_old_signatures() {
    swift_as("STORAGE_TEST_SWIFT", "swift sigv2", &[("signature_version", "2")]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn swift_with_buckets_as_hosts_and_old_signatures() {
    swift_as(
        "STORAGE_TEST_SWIFT_HOSTS",
        "swift hosts sigv2",
        &[("path_style", "false"), ("signature_version", "2")],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn swift_over_tls() {
    let more = [("http.ca", &*authority()), ("path_style", "false")];
    swift_as("STORAGE_TEST_SWIFT_TLS_HOSTS", "swift tls", &more).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moto() {
    let more = [
        ("path_style", "true"),
        // Conditions on copies are ignored, and of writers with the same `if-match` now and then two win.
        ("without", "copy_conditions,put_if_match"),
        ("website_endpoint", "http://website.localhost"),
        SOON,
    ];
    outside("STORAGE_TEST_MOTO", "moto", "aws", &more, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rclone() {
    outside("STORAGE_TEST_RCLONE", "rclone", "rclone", &[SOON], true).await;
}

/// Runs the cases against the account that the environment names, with `vendor` when that is to be tried.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn live() {
    if std::env::var_os("STORAGE_CONFORMANCE_LIVE").is_none() {
        println!("skipped: a real account is asked by `cargo xtask conformance --live s3` only");
        return;
    }
    let vendor = std::env::var("STORAGE_CONFORMANCE_VENDOR").unwrap_or_else(|_| "aws".to_owned());
    let own = PROVIDER.ids.iter().find(|it| it.id == vendor).map_or(&[][..], |it| it.environment);
    let variables = if own.is_empty() { PROVIDER.environment } else { own };
    let general = PROVIDER
        .keys
        .iter()
        .map(|key| (format!("STORAGE_{}", key.replace('.', "_").to_ascii_uppercase()), *key));
    let mut settings = vec![("vendor", vendor)];
    for (name, key) in general.chain(variables.iter().map(|(name, key)| ((*name).to_owned(), *key))) {
        if let Ok(value) = std::env::var(&name)
            && !value.is_empty()
            && settings.iter().all(|(known, _)| *known != key)
        {
            settings.push((key, value));
        }
    }
    conformance::run(Server { name: "live", settings, fast: false }).await.assert_green();
}
