//! The S3 family through the registry: its ids, its words, its variables.
#![cfg(all(test, feature = "s3"))]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::ffi::OsString;

use storage::{ErrorKind, Registry};

const KEYS: [(&str, &str); 2] = [("key", "AKID"), ("secret", "canary-secret")];

fn open(id: &str, more: &[(&str, &str)]) -> storage::Result<storage::Storage> {
    storage::open(id, KEYS.iter().chain(more).copied())
}

#[test]
fn the_words_of_libcloud_open_a_store() {
    let more =
        [("host", "127.0.0.1"), ("port", "9000"), ("secure", "false"), ("region", "eu-1"), ("timeout", "20")];
    let storage = open("minio", &more).unwrap();
    assert_eq!(storage.provider().id, "minio");
    assert!(!format!("{storage:?}").contains("canary"));
}

#[test]
fn a_setting_under_two_names_is_one_setting() {
    let error = open("s3", &[("aws_access_key_id", "other")]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("`access_key_id` is given twice"), "{error}");
    // What the id presets gives way, whatever the name of the setting.
    open("s3_eu_west", &[("aws_region", "eu-west-3")]).unwrap();
}

#[test]
fn variables_of_one_service_are_not_read_for_another() {
    let registry = Registry::with_compiled_in();
    let lookup = |name: &str| match name {
        "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" | "AWS_SESSION_TOKEN" => Some(OsString::from("amazon")),
        "SPACES_KEY" | "SPACES_ACCESS_KEY_ID" => Some(OsString::from("spaces")),
        _ => None,
    };
    let spaces = registry.variables("digitalocean", lookup).unwrap();
    assert!(spaces.iter().all(|(_, value)| value == "spaces"), "{spaces:?}");
    let amazon = registry.variables("s3", lookup).unwrap();
    assert_eq!(amazon.get("access_key_id"), Some("amazon"));
}

#[test]
fn a_provider_option_is_read_from_pairs() {
    let registry = Registry::with_compiled_in();
    let (provider, _) = registry.provider("s3").unwrap();
    let pairs = [("object_lock_mode", "governance")].into_iter().collect();
    let options = (provider.put_options)(&pairs).unwrap();
    assert!(options.extensions.get::<storage::s3::S3PutOptions>().is_some());
    let unknown = [("object_lock_mod", "governance")].into_iter().collect();
    assert!((provider.put_options)(&unknown).unwrap_err().to_string().contains("`object_lock_mode`"));
}
