//! Azure Blob Storage through the registry: its ids, its words, its variables.
#![cfg(all(test, feature = "azure"))]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::ffi::OsString;

use storage::{ErrorKind, Registry};

/// Forty-eight bits of nobody's key.
const KEY: &str = "Y2FuYXJ5";

#[test]
fn the_words_of_libcloud_open_a_store() {
    for id in ["azure", "azure_blobs", "AZURE-BLOBS"] {
        let storage = storage::open(id, [("key", "acme"), ("secret", KEY), ("timeout", "20")]).unwrap();
        assert_eq!(storage.provider().id, "azure");
        assert!(!format!("{storage:?}").contains(KEY));
    }
    let emulator = [
        ("key", "devstoreaccount1"),
        ("secret", KEY),
        ("host", "127.0.0.1"),
        ("port", "10000"),
        ("secure", "false"),
    ];
    storage::open("azure_blobs", emulator).unwrap();
}

#[test]
fn the_environment_and_addresses_open_a_store() {
    let registry = Registry::with_compiled_in();
    let lookup = |name: &str| match name {
        "AZURE_STORAGE_ACCOUNT" => Some(OsString::from("acme")),
        "AZURE_STORAGE_KEY" => Some(OsString::from(KEY)),
        _ => None,
    };
    let found = registry.variables("azure", lookup).unwrap();
    assert_eq!((found.get("account"), found.get("account_key")), (Some("acme"), Some(KEY)));
    let location = storage::from_url("az://photos/2026/?account=acme&anonymous=true").unwrap();
    assert_eq!(location.container.unwrap().name().as_str(), "photos");
}

#[test]
fn what_can_not_be_is_refused_by_name_and_without_its_value() {
    for (settings, name) in [
        (&[("account", "acme"), ("account_key", "not-base64!")][..], "account_key"),
        (&[("account", "acme"), ("account_key", KEY), ("sas_token", "sig=canary")], "sas_token"),
        (&[("connection_string", "AccountKey=canary")], "connection_string"),
        (&[("account", "acme"), ("nonsense", "canary")], "nonsense"),
    ] {
        let error = storage::open("azure", settings.iter().copied()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
        let text = error.to_string();
        assert!(
            text.contains(&format!("`{name}`")) && !text.contains("canary") && !text.contains("not-base64"),
            "{text}"
        );
    }
}
