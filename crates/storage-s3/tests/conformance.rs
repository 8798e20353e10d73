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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s3s_fs() {
    let server = Embedded::start().await;
    // Made by hand, it is in no list of vendors; these are the parts that it has.
    let features = "full_object_checksums";
    let settings = settings(
        &server.endpoint(),
        "other",
        &[("features", features), ("without", "versions,acl,incomplete_uploads")],
    );
    conformance::run(Server { name: "s3s-fs", settings, fast: true }).await.assert_green();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn radosgw() {
    outside("STORAGE_TEST_RADOSGW", "radosgw", "ceph", &[], true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn radosgw_with_old_signatures() {
    outside("STORAGE_TEST_RADOSGW", "radosgw sigv2", "ceph", &[("signature_version", "2")], false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn swift() {
    outside("STORAGE_TEST_SWIFT", "swift", "swift_s3", &[], false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moto() {
    outside("STORAGE_TEST_MOTO", "moto", "aws", &[("path_style", "true")], false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rclone() {
    outside("STORAGE_TEST_RCLONE", "rclone", "rclone", &[], false).await;
}
