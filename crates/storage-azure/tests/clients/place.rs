//! Where a test runs: a server, a container of its own, and the other client.

use std::env;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::stream;
use serde_json::{Value, json};
use storage_azure::PROVIDER;
use storage_core::groups::DeleteTarget;
use storage_core::{Container, ListEntry, Object, ObjectEntry, Pairs, Storage};

use crate::microsoft::{Failure, Microsoft, bytes, content_of};
use crate::support::{ACCOUNT, authority, entra, settings, told};

/// A server that runs, and the clients that are compared.
pub(crate) struct Place {
    pub(crate) endpoint: String,
    pub(crate) microsoft: Microsoft,
    pub(crate) ours: Storage,
    settings: Vec<(&'static str, String)>,
}

/// A container that both see.
pub(crate) struct Shared<'a> {
    pub(crate) place: &'a Place,
    pub(crate) name: String,
    pub(crate) ours: Container,
}

impl Place {
    /// Finds a server and the other client, or tells what is missing.
    pub(crate) fn find(server: &str) -> Option<Self> {
        let variable = match server {
            "azurite" => "STORAGE_TEST_AZURITE",
            "hosts" => "STORAGE_TEST_AZURITE_HOSTS",
            _ => "STORAGE_TEST_AZURITE_TLS",
        };
        let mut needed = vec![variable, "STORAGE_TEST_AZURE_PYTHON"];
        if server == "oauth" {
            needed.push("STORAGE_TEST_OAUTH_TOKEN");
        }
        if let Some(missing) = needed.iter().find(|it| env::var_os(it).is_none()) {
            println!(
                "skipped: {missing} is not set; `cargo xtask servers start azure oauth azurite` starts servers and \
                 clients, `env` prints their variables"
            );
            return None;
        }
        let endpoint = told(variable);
        let mut own = vec![("endpoint", endpoint.clone())];
        let mut environment = vec![("ENDPOINT", endpoint.clone()), ("ACCOUNT", told(ACCOUNT))];
        if endpoint.starts_with("https") {
            own.push(("http.ca", authority()));
            environment.push(("AUTHORITY", told("STORAGE_TEST_AZURITE_AUTHORITY")));
        }
        if server == "oauth" {
            own.extend(entra());
            let form = json!({
                "client_id": told("STORAGE_TEST_OAUTH_CLIENT"), "client_secret": told("STORAGE_TEST_OAUTH_SECRET"),
            });
            environment.push(("TOKEN_FORM", form.to_string()));
            environment.push(("TOKEN_URL", told("STORAGE_TEST_OAUTH_TOKEN")));
        } else {
            own.push(("account_key", told("STORAGE_TEST_AZURITE_KEY")));
            environment.push(("KEY", told("STORAGE_TEST_AZURITE_KEY")));
        }
        let microsoft = Microsoft::start(&told("STORAGE_TEST_AZURE_PYTHON"), &environment);
        Some(Self { ours: open(&own), endpoint, microsoft, settings: own })
    }

    /// Opens the storage once more, with another setting.
    pub(crate) fn with(&self, name: &'static str, value: &str) -> Storage {
        open(&[&self.settings[..], &[(name, value.to_owned())]].concat())
    }

    /// Opens the storage once more, with nothing but a signed query.
    pub(crate) fn with_sas(&self, query: &str) -> Storage {
        open(&[("endpoint", self.endpoint.clone()), ("sas_token", query.to_owned())])
    }

    /// Names a container that nobody else has.
    pub(crate) fn unused(&self) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        format!("clients-{now}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// Has the other client create a container.
    pub(crate) async fn shared(&self) -> Shared<'_> {
        let name = self.unused();
        self.microsoft.call(json!({"container": name}), "create_container", json!({})).await;
        let ours = self.ours.container(&*name).unwrap();
        assert!(ours.exists().await.unwrap());
        Shared { place: self, name, ours }
    }
}

fn open(more: &[(&'static str, String)]) -> Storage {
    let settings = settings(more);
    let pairs: Pairs = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    (PROVIDER.open)(&pairs).unwrap()
}

impl Shared<'_> {
    /// What the other client is told of a blob.
    pub(crate) fn blob(&self, key: &str) -> Value {
        json!({"container": self.name, "blob": key})
    }

    /// Has the other client do something with a blob, which must succeed.
    pub(crate) async fn call(&self, key: &str, name: &str, parameters: Value) -> Value {
        self.place.microsoft.call(self.blob(key), name, parameters).await
    }

    pub(crate) async fn try_call(&self, key: &str, name: &str, parameters: Value) -> Result<Value, Failure> {
        self.place.microsoft.try_call(self.blob(key), name, parameters).await
    }

    /// Has the other client do something with the container, which must succeed.
    pub(crate) async fn container(&self, name: &str, parameters: Value) -> Value {
        self.place.microsoft.call(json!({"container": self.name}), name, parameters).await
    }

    /// Has the other client write a blob.
    pub(crate) async fn write(&self, key: &str, content: &[u8]) {
        self.call(key, "upload_blob", json!({"data": bytes(content), "overwrite": true})).await;
    }

    /// Has the other client read a blob.
    pub(crate) async fn read(&self, key: &str) -> Vec<u8> {
        content_of(&self.call(key, "download_blob", json!({})).await["content"])
    }

    /// Has the other client tell what is known of a blob.
    pub(crate) async fn properties(&self, key: &str) -> Value {
        self.call(key, "get_blob_properties", json!({})).await
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

    /// Lists all keys as the other client sees them, in the order of their bytes.
    pub(crate) async fn keys_of_microsoft(&self) -> Vec<String> {
        let answer = self.container("list_blobs", json!({})).await;
        let all = answer.as_array().unwrap().iter();
        let mut keys: Vec<_> = all.map(|it| it["name"].as_str().unwrap().to_owned()).collect();
        keys.sort();
        keys
    }

    /// Deletes everything, and the container; the other client sees that it is gone.
    pub(crate) async fn remove(self) {
        let targets = self.entries().await.into_iter().map(|it| DeleteTarget::new(it.key));
        self.ours.delete_many(stream::iter(targets)).finish().await.unwrap();
        self.ours.delete().await.unwrap();
        assert_eq!(self.container("exists", json!({})).await, false);
    }
}
