//! Where a test runs: a server, a bucket of its own, and other clients.

use std::env;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::stream;
use serde_json::{Value, json};
use storage_core::groups::DeleteTarget;
use storage_core::{Container, ListEntry, Object, ObjectEntry, Pairs, Storage};
use storage_s3::PROVIDER;
use tokio::process::Command;

use crate::boto::{Boto, V4};
use crate::support::s3s::Embedded;

/// A server that runs, and the clients that are compared.
pub(crate) struct Place {
    pub(crate) server: &'static str,
    pub(crate) endpoint: String,
    pub(crate) key: String,
    pub(crate) secret: String,
    pub(crate) boto: Boto,
    pub(crate) ours: Storage,
    vendor: &'static str,
    more: &'static [(&'static str, &'static str)],
    _embedded: Option<Embedded>,
}

/// A bucket that both see.
pub(crate) struct Bucket<'a> {
    pub(crate) place: &'a Place,
    pub(crate) name: String,
    pub(crate) ours: Container,
}

/// Returns a variable that the servers or clients of tests are found by.
pub(crate) fn variable(name: &str) -> Option<String> {
    env::var(format!("STORAGE_TEST_{name}")).ok()
}

/// Says that a test can't run here, and why.
pub(crate) fn skip(name: &str) {
    println!(
        "skipped: STORAGE_TEST_{name} is not set; `cargo xtask servers start` starts servers and clients, `env` prints their variables"
    );
}

/// What our driver is told of each server.
fn vendor(server: &str) -> (&'static str, &'static [(&'static str, &'static str)]) {
    match server {
        "radosgw" => ("ceph", &[]),
        "swift" => ("swift_s3", &[]),
        "moto" => ("aws", &[("path_style", "true")]),
        "rclone" => ("rclone", &[]),
        _ => ("aws", &[("path_style", "true"), ("without", "versions,acl,incomplete_uploads")]),
    }
}

impl Place {
    /// Finds a server and boto3, or tells what is missing.
    pub(crate) async fn find(server: &'static str) -> Option<Self> {
        let Some(python) = variable("CLIENTS_PYTHON") else {
            skip("CLIENTS_PYTHON");
            return None;
        };
        let upper = server.to_ascii_uppercase();
        let embedded = if server == "s3s-fs" { Some(Embedded::start().await) } else { None };
        let endpoint = match &embedded {
            Some(it) => it.endpoint(),
            None => match variable(&upper) {
                Some(it) => it,
                None => {
                    skip(&upper);
                    return None;
                }
            },
        };
        let setting =
            |name: &str, other: &str| variable(&format!("{upper}_{name}")).unwrap_or(other.to_owned());
        let (key, secret) = (setting("KEY", "testkey"), setting("SECRET", "testsecret"));
        let (vendor, more) = vendor(server);
        let boto = Boto::start(&python, &endpoint, &key, &secret);
        let ours = open(vendor, &endpoint, &key, &secret, more);
        Some(Self { server, endpoint, key, secret, boto, ours, vendor, more, _embedded: embedded })
    }

    /// Opens the storage once more, with another setting.
    pub(crate) fn with(&self, name: &'static str, value: &'static str) -> Storage {
        self.with_secret(name, value, &self.secret)
    }

    /// Opens the storage once more, with another setting and another secret.
    pub(crate) fn with_secret(&self, name: &'static str, value: &'static str, secret: &str) -> Storage {
        let more: Vec<_> = self.more.iter().copied().chain([(name, value)]).collect();
        open(self.vendor, &self.endpoint, &self.key, secret, &more)
    }

    pub(crate) fn is(&self, servers: &[&str]) -> bool {
        servers.contains(&self.server)
    }

    /// Names a bucket that nobody else has.
    pub(crate) fn unused(&self) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        format!("clients-{now}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// Has boto3 create a bucket.
    pub(crate) async fn bucket(&self) -> Bucket<'_> {
        let name = self.unused();
        self.boto.call("create_bucket", json!({"Bucket": name})).await;
        let ours = self.ours.container(&*name).unwrap();
        assert!(ours.exists().await.unwrap());
        Bucket { place: self, name, ours }
    }

    /// Runs another client, which finds the server as users tell it to, and must succeed.
    pub(crate) async fn run(&self, program: &str, arguments: &[&str]) -> Vec<u8> {
        let (status, stdout, stderr) = self.try_run(program, arguments).await;
        assert!(status, "{program} {arguments:?}: {stderr}");
        stdout
    }

    pub(crate) async fn try_run(&self, program: &str, arguments: &[&str]) -> (bool, Vec<u8>, String) {
        let rclone = [
            ("TYPE", "s3"),
            ("PROVIDER", "Other"),
            ("ENDPOINT", &self.endpoint),
            ("ACCESS_KEY_ID", &self.key),
            ("SECRET_ACCESS_KEY", &self.secret),
            ("REGION", "us-east-1"),
            ("FORCE_PATH_STYLE", "true"),
        ];
        let output = Command::new(program)
            .args(arguments)
            .envs([("NO_PROXY", "*"), ("AWS_REGION", "us-east-1"), ("S3_ENDPOINT_URL", &self.endpoint)])
            .envs([("AWS_ACCESS_KEY_ID", &self.key), ("AWS_SECRET_ACCESS_KEY", &self.secret)])
            .envs(rclone.map(|(name, value)| (format!("RCLONE_CONFIG_IT_{name}"), value.to_owned())))
            .env("RCLONE_CONFIG", "/dev/null")
            .kill_on_drop(true)
            .output()
            .await
            .unwrap();
        (output.status.success(), output.stdout, String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

fn open(
    vendor: &'static str,
    endpoint: &str,
    key: &str,
    secret: &str,
    more: &[(&'static str, &'static str)],
) -> Storage {
    let fixed = [
        ("vendor", vendor),
        ("endpoint", endpoint),
        ("region", "us-east-1"),
        ("access_key_id", key),
        ("secret_access_key", secret),
    ];
    let pairs: Pairs = fixed.iter().chain(more).copied().collect();
    (PROVIDER.open)(&pairs).unwrap()
}

impl Bucket<'_> {
    /// Puts the bucket and what else a call needs together.
    pub(crate) fn with(&self, more: Value) -> Value {
        let mut all = json!({"Bucket": self.name});
        let Value::Object(more) = more else { panic!("{more} is no object") };
        for (name, value) in more {
            all[name] = value;
        }
        all
    }

    /// Has boto3 do something with the bucket, which must succeed.
    pub(crate) async fn boto(&self, name: &str, more: Value) -> Value {
        self.place.boto.call(name, self.with(more)).await
    }

    pub(crate) fn object(&self, key: &str) -> Object {
        self.ours.object(key).unwrap()
    }

    /// Lists all objects as we see them.
    pub(crate) async fn entries(&self) -> Vec<ObjectEntry> {
        let all: Vec<ListEntry> = self.ours.list().try_collect().await.unwrap();
        all.into_iter().map(|it| it.object().unwrap()).collect()
    }

    /// Lists all keys as we see them, in the order of their bytes.
    pub(crate) async fn keys(&self) -> Vec<String> {
        let mut keys: Vec<_> =
            self.entries().await.into_iter().map(|it| it.key.as_str().to_owned()).collect();
        keys.sort();
        keys
    }

    /// Lists all keys as boto3 sees them, in the order of their bytes.
    pub(crate) async fn keys_of_boto(&self) -> Vec<String> {
        let answer = self.boto("list_objects_v2", json!({})).await;
        let all = answer["Contents"].as_array().cloned().unwrap_or_default();
        let mut keys: Vec<_> = all.iter().map(|it| it["Key"].as_str().unwrap().to_owned()).collect();
        keys.sort();
        keys
    }

    /// Deletes everything, and the bucket; boto3 sees that it is gone.
    pub(crate) async fn remove(self) {
        let targets = self.entries().await.into_iter().map(|it| DeleteTarget::new(it.key));
        self.ours.delete_many(stream::iter(targets)).finish().await.unwrap();
        self.ours.delete().await.unwrap();
        let gone = self.place.boto.try_call(V4, "head_bucket", json!({"Bucket": self.name})).await;
        assert_eq!(gone.unwrap_err().1, 404);
    }
}
