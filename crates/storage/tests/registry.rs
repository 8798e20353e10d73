//! The registry as a value, and what the environment says.

#![cfg(test)]

use std::collections::HashMap;
use std::ffi::OsString;

use storage::{ErrorKind, NO_SETTINGS, Pairs, Provider, ProviderId, PutOptions, Registry, Result, Storage};

const IDS: &[ProviderId] = &[
    ProviderId {
        id: "third_party",
        aliases: &["Other-Name"],
        title: "Third party",
        preset: &[("region", "eu-1")],
        environment: &[],
    },
    ProviderId {
        id: "third_party_us",
        aliases: &[],
        title: "Third party",
        preset: &[("region", "us-1")],
        environment: &[],
    },
];

fn provider() -> Provider {
    Provider {
        scheme: "third",
        protocol: "a protocol of its own",
        ids: IDS,
        environment: &[
            ("THIRD_REGION", "region"),
            ("THIRD_OLD_REGION", "region"),
            ("THIRD_TOKEN", "http.token"),
        ],
        keys: &["region", "http.token"],
        aliases: &[],
        open,
        put_options: |_| Ok(PutOptions::new()),
    }
}

/// Shows its settings in the error, so that the tests can look at them.
fn open(pairs: &Pairs) -> Result<Storage> {
    let shown: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    Err(storage::Error::new(ErrorKind::Configuration, shown.join(" ")))
}

fn registry() -> Registry {
    let mut registry = Registry::new();
    registry.register(provider()).unwrap();
    registry
}

fn opened(id: &str, pairs: &[(&str, &str)]) -> String {
    registry().open(id, pairs.iter().copied()).unwrap_err().message().to_owned()
}

#[test]
fn presets_apply_unless_the_caller_says_otherwise() {
    assert_eq!(opened("third_party", &[]), "region=eu-1");
    assert_eq!(opened("OTHER_name", &[]), "region=eu-1");
    assert_eq!(opened("third-party-us", &[("Token", "t")]), "region=us-1 token=t");
    assert_eq!(opened("third_party_us", &[("Region", "mars-1")]), "region=mars-1");
}

#[test]
fn a_duplicate_id_is_an_error_and_changes_nothing() {
    let mut registry = registry();
    for ids in [
        &[ProviderId { id: "fresh", aliases: &["THIRD-PARTY"], title: "", preset: &[], environment: &[] }][..],
        &[ProviderId { id: "twice", aliases: &["Twice"], title: "", preset: &[], environment: &[] }],
    ] {
        let error = registry.register(Provider { ids, ..provider() }).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains("is registered already"), "{error}");
    }
    assert_eq!(registry.providers().count(), 1);
    assert_eq!(registry.provider("fresh").unwrap_err().kind(), ErrorKind::Configuration);
}

#[test]
fn what_a_registry_lacks_is_explained_by_what_is_known() {
    let error = registry().open("memory", NO_SETTINGS).unwrap_err();
    assert_eq!((error.kind(), error.provider()), (ErrorKind::Unsupported, Some("memory")));
}

#[test]
fn general_variables_come_before_those_of_the_vendor() {
    let read = |variables: &[(&str, &str)]| {
        let variables: HashMap<&str, &str> = variables.iter().copied().collect();
        let pairs =
            registry().variables("third_party", |name| variables.get(name).map(OsString::from)).unwrap();
        pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(read(&[]), "");
    assert_eq!(read(&[("THIRD_OLD_REGION", "c")]), "region=c");
    assert_eq!(read(&[("THIRD_OLD_REGION", "c"), ("THIRD_REGION", "b")]), "region=b");
    assert_eq!(read(&[("THIRD_REGION", "b"), ("STORAGE_REGION", "a")]), "region=a");
    assert_eq!(read(&[("THIRD_REGION", "b"), ("STORAGE_REGION", "")]), "region=b");
    assert_eq!(read(&[("STORAGE_HTTP_TOKEN", "t"), ("STORAGE_UNRELATED", "x")]), "http.token=t");
}

#[cfg(unix)]
#[test]
fn fault_175_a_variable_that_is_no_text_is_named_and_not_shown() {
    use std::os::unix::ffi::OsStringExt as _;
    let value = || OsString::from_vec(b"canary\xff".to_vec());
    let error = registry().variables("third_party", |name| (name == "THIRD_TOKEN").then(value)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(
        error.to_string().contains("`THIRD_TOKEN`") && !format!("{error:?}").contains("canary"),
        "{error:?}"
    );
}

#[test]
fn a_provider_of_third_parties_opens_by_its_id() {
    let mut registry = Registry::with_compiled_in();
    let open: fn(&Pairs) -> Result<Storage> = |_| Ok(storage::memory::open());
    registry.register(Provider { open, ..provider() }).unwrap();
    assert!(registry.from_url("third_party://photos/cat.jpg").is_ok());
    assert!(registry.from_env("third_party").is_ok());
    assert_eq!(storage::open("third_party", NO_SETTINGS).unwrap_err().kind(), ErrorKind::Configuration);
}
