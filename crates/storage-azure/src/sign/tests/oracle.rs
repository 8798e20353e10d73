//! Microsoft's own client says the same.
//!
//! `STORAGE_TEST_AZURE_PYTHON` names a Python that has `azure-storage-blob`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use http::Method;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use super::{ACCOUNT, KEY, at, headers, key};
use crate::sign::decode_key;
use crate::sign::sas::{
    AccountSas, DelegationKey, DelegationSas, Grant, Protocol, Resource, ResponseHeaders, ServiceSas, Version,
};
use crate::sign::shared_key::sign;

const CASES: usize = 200;
const SCRIPT: &str = include_str!("sign.py");
const VERSIONS: [Version; 6] = [
    Version::V2019_12_12,
    Version::V2020_02_10,
    Version::V2020_12_06,
    Version::V2021_12_02,
    Version::V2023_11_03,
    Version::V2025_11_05,
];

/// Has the client sign, or says why it can't.
fn ask(cases: &[Value]) -> Option<Vec<Value>> {
    let Ok(python) = std::env::var("STORAGE_TEST_AZURE_PYTHON") else {
        println!(
            "skipped: STORAGE_TEST_AZURE_PYTHON is not set; `cargo xtask servers start` starts servers and clients, `env` prints their variables"
        );
        return None;
    };
    let mut process = Command::new(python)
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let text = serde_json::to_vec(cases).unwrap();
    process.stdin.take().unwrap().write_all(&text).unwrap();
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success(), "the client has failed; its last words are above");
    let answers: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answers.len(), cases.len());
    Some(answers)
}

/// Draws values, other ones in each run.
fn draw<T: std::fmt::Debug>(strategy: impl Strategy<Value = T>) -> Vec<T> {
    let mut runner = TestRunner::default();
    (0..CASES).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

/// Compares what was drawn with what the client says; returns how many were compared, and how many of them uncut.
fn compare(cases: &[Value], answers: &[Value], same: impl Fn(&str, &str) -> bool) -> (usize, usize) {
    let (mut compared, mut whole) = (0, 0);
    for (case, answer) in cases.iter().zip(answers) {
        if let Some(theirs) = answer["value"].as_str() {
            let ours = case["ours"].as_str().unwrap();
            assert!(same(ours, theirs), "{case:#}\nours:   {ours}\ntheirs: {theirs}");
            compared += 1;
            whole += usize::from(answer["whole"] == true);
        }
    }
    (compared, whole)
}

/// Parameters in any order, percent-encoded in either way.
fn same_query(ours: &str, theirs: &str) -> bool {
    let read = |query: &str| -> BTreeMap<String, Vec<u8>> {
        let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap());
        pairs
            .map(|(name, value)| (name.to_owned(), storage_http::decode_percent(value).unwrap().into_owned()))
            .collect()
    };
    read(ours) == read(theirs) && ours.split('&').count() == theirs.split('&').count()
}

fn segments() -> impl Strategy<Value = String> {
    // No `.` alone: the client does not send what we send then.
    prop_oneof!["[a-zA-Z0-9]{1,12}", "[-._~+=&?#%/@;:,* a-zéß😀]{1,8}x", Just("%2F".to_owned())]
}

fn values() -> impl Strategy<Value = String> {
    prop_oneof!["[!-~]{1,20}", "[!-~]( {0,3}[a-z]{1,3}){0,3}"]
}

/// Headers that are no own ones of the service; the last two are not signed.
const STANDARD: [&str; 10] = [
    "content-encoding",
    "content-language",
    "content-md5",
    "content-type",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "user-agent",
    "accept",
];

fn requests() -> impl Strategy<Value = Value> {
    let names = prop_oneof![
        "x-ms-meta-[a-c_0-2]{1,4}",
        "x-ms-[a-c]{1,2}(-[-a-c_'!.0-2]{0,3})?",
        prop::sample::select(&STANDARD[..]).prop_map(str::to_owned),
    ];
    (
        prop::sample::select(&[Method::GET, Method::PUT, Method::HEAD, Method::POST, Method::DELETE][..]),
        proptest::collection::vec(segments(), 1..5),
        // Names once and in lower case: the client knows no others.
        proptest::collection::btree_map("[a-z]{1,9}", segments(), 0..5),
        proptest::collection::btree_map(names, values(), 0..9),
        prop_oneof![Just(0u64), 1u64..10_000_000_000],
    )
        .prop_map(|(method, path, query, mut pairs, length)| {
            let mut target = String::new();
            for segment in path {
                target.push('/');
                storage_http::encode_key(&segment, &mut target);
            }
            for (name, value) in query {
                storage_http::push_query(&mut target, &name, &value);
            }
            pairs.insert("x-ms-date".to_owned(), "Fri, 26 Jun 2015 23:39:12 GMT".to_owned());
            pairs.insert("x-ms-version".to_owned(), "2025-11-05".to_owned());
            pairs.insert("content-length".to_owned(), length.to_string());
            let list: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let mut all = headers(&list);
            sign(&method, &target, &mut all, length, &key()).unwrap();
            json!({
                "kind": "shared_key", "method": method.as_str(), "target": target, "headers": pairs,
                "account": ACCOUNT, "key": KEY, "ours": all["authorization"].to_str().unwrap(),
            })
        })
}

/// The fields of a signed query, for any version.
#[derive(Clone, Debug)]
struct Fields {
    permissions: String,
    times: (Option<u64>, u64),
    container: String,
    blob: String,
    resource: usize,
    protocol: Option<bool>,
    /// IP, policy, five headers, scope, four ids.
    texts: Vec<Option<String>>,
}

fn fields() -> impl Strategy<Value = Fields> {
    let letters = proptest::sample::subsequence("racwdxyltfmeopi".chars().collect::<Vec<_>>(), 1..8);
    let text = prop_oneof!["[!-~]{1,20}", "[ -~éß😀]{1,20}"];
    (
        letters,
        (proptest::option::of(1u64..1_000_000_000), 1_000_000_000u64..253_402_300_800),
        "[a-z0-9-]{3,12}",
        proptest::collection::vec(segments(), 1..4),
        0usize..5,
        any::<Option<bool>>(),
        proptest::collection::vec(proptest::option::of(text), 13),
    )
        .prop_map(|(permissions, times, container, blob, resource, protocol, texts)| {
            let permissions = permissions.into_iter().collect();
            let blob = blob.join("/").trim_matches('/').to_owned();
            Fields { permissions, times, container, blob, resource, protocol, texts }
        })
}

impl Fields {
    fn text(&self, at: usize) -> Option<&str> {
        self.texts[at].as_deref()
    }

    fn text_since(&self, at: usize, version: Version, least: Version) -> Option<&str> {
        self.text(at).filter(|_| version >= least)
    }

    fn grant(&self, version: Version) -> Grant<'_> {
        Grant {
            version,
            permissions: &self.permissions,
            start: self.times.0.map(at),
            expiry: Some(at(self.times.1)),
            ip: self.text(0),
            protocol: self.protocol.map(|both| if both { Protocol::HttpsAndHttp } else { Protocol::Https }),
            encryption_scope: self.text_since(7, version, Version::V2020_12_06),
        }
    }

    fn resource(&self, version: Version) -> Resource<'_> {
        let (blob, time) = (self.blob.as_str(), self.text(12).unwrap_or("2024-01-01T00:00:00.0000000Z"));
        match self.resource {
            0 => Resource::Container,
            1 => Resource::Snapshot { blob, time },
            2 => Resource::Version { blob, id: time },
            3 if version >= Version::V2020_02_10 => Resource::Directory(blob),
            _ => Resource::Blob(blob),
        }
    }

    fn response(&self) -> ResponseHeaders<'_> {
        ResponseHeaders {
            cache_control: self.text(2),
            content_disposition: self.text(3),
            content_encoding: self.text(4),
            content_language: self.text(5),
            content_type: self.text(6),
        }
    }

    /// What all kinds of signatures say, as the client names it.
    fn common(&self, version: Version) -> Value {
        let grant = self.grant(version);
        json!({
            "permission": self.permissions, "start": self.times.0, "expiry": self.times.1, "ip": grant.ip,
            "protocol": self.protocol.map(|both| if both { "https,http" } else { "https" }),
            "encryption_scope": grant.encryption_scope,
        })
    }

    /// What those for a container or a part of it say besides; the code tells which.
    fn parts(&self, version: Version) -> (&'static str, Value) {
        let mut all = self.common(version);
        for (name, at) in [
            ("cache_control", 2),
            ("content_disposition", 3),
            ("content_encoding", 4),
            ("content_language", 5),
            ("content_type", 6),
        ] {
            all[name] = json!(self.text(at));
        }
        all["container_name"] = json!(self.container);
        let (code, blob) = match self.resource(version) {
            Resource::Container => return ("c", all),
            Resource::Blob(blob) => ("b", blob),
            Resource::Snapshot { blob, time } => {
                all["snapshot"] = json!(time);
                ("bs", blob)
            }
            Resource::Version { blob, id } => {
                all["version_id"] = json!(id);
                ("bv", blob)
            }
            Resource::Directory(name) => {
                all["is_directory"] = json!(true);
                ("d", name)
            }
        };
        all["blob_name"] = json!(blob);
        (code, all)
    }

    fn service(&self, version: Version) -> Value {
        let sas = ServiceSas {
            grant: self.grant(version),
            container: &self.container,
            resource: self.resource(version),
            identifier: self.text(1),
            response: self.response(),
        };
        let (code, mut fields) = self.parts(version);
        fields["policy_id"] = json!(sas.identifier);
        let ours = sas.sign(&key()).unwrap();
        json!({
            "kind": "service", "version": version.as_str(), "resource": code, "account": ACCOUNT, "key": KEY,
            "fields": fields, "ours": ours.expose(),
        })
    }

    fn delegation(&self, version: Version) -> Value {
        let sas = DelegationSas {
            grant: self.grant(version),
            container: &self.container,
            resource: self.resource(version),
            response: self.response(),
            authorized_object_id: self.text_since(8, version, Version::V2020_02_10),
            unauthorized_object_id: self.text_since(9, version, Version::V2020_02_10),
            correlation_id: self.text_since(10, version, Version::V2020_02_10),
            delegated_object_id: self.text_since(11, version, Version::V2025_11_05),
        };
        let tenant = self.text_since(1, version, Version::V2025_11_05);
        let key = DelegationKey {
            object_id: "f81d4fae-7dec-11d0-a765-00a0c91e6bf6".to_owned(),
            tenant_id: "72f988bf-86f1-41af-91ab-2d7cd011db47".to_owned(),
            start: "2029-12-30T00:00:00Z".to_owned(),
            expiry: "2030-01-02T00:00:00Z".to_owned(),
            service: "b".to_owned(),
            version: "2025-11-05".to_owned(),
            delegated_tenant_id: tenant.map(str::to_owned),
            key: decode_key(KEY).unwrap(),
        };
        let (code, mut fields) = self.parts(version);
        fields["preauthorized_agent_object_id"] = json!(sas.authorized_object_id);
        fields["agent_object_id"] = json!(sas.unauthorized_object_id);
        fields["correlation_id"] = json!(sas.correlation_id);
        fields["user_delegation_oid"] = json!(sas.delegated_object_id);
        let ours = sas.sign(ACCOUNT, &key).unwrap();
        json!({
            "kind": "delegation", "version": version.as_str(), "resource": code, "account": ACCOUNT,
            "key": {
                "signed_oid": key.object_id, "signed_tid": key.tenant_id, "signed_start": key.start,
                "signed_expiry": key.expiry, "signed_service": key.service, "signed_version": key.version,
                "signed_delegated_user_tid": key.delegated_tenant_id, "value": KEY,
            },
            "fields": fields, "ours": ours.expose(),
        })
    }

    fn account(&self, version: Version) -> Value {
        // The letters that both kinds have, in the order of accounts.
        let permissions: String =
            "rwdxylactfi".chars().filter(|it| self.permissions.contains(*it)).chain(['p']).collect();
        let permissions: String = "rwdxylacuptfi".chars().filter(|it| permissions.contains(*it)).collect();
        let grant = Grant { permissions: &permissions, ..self.grant(version) };
        let ours = AccountSas { grant, services: "bf", resource_types: "sco" }.sign(&key()).unwrap();
        let mut fields = self.common(version);
        fields["permission"] = json!(permissions);
        fields["resource_types"] = json!("sco");
        fields["services"] = json!("bf");
        json!({
            "kind": "account", "version": version.as_str(), "resource": "account", "account": ACCOUNT, "key": KEY,
            "fields": fields, "ours": ours.expose(),
        })
    }
}

fn compare_signed_queries(kind: &str, case: impl Fn(&Fields, Version) -> Value) {
    let drawn = draw(fields());
    let cases: Vec<_> =
        drawn.iter().flat_map(|fields| VERSIONS.map(|version| case(fields, version))).collect();
    let Some(answers) = ask(&cases) else { return };
    let (compared, whole) = compare(&cases, &answers, same_query);
    println!("{kind}: {compared} of {} are equal, {whole} of them in the client's newest form", cases.len());
    assert!(compared >= CASES);
}

#[test]
fn requests_are_signed_as_microsoft_does() {
    let cases = draw(requests());
    let Some(answers) = ask(&cases) else { return };
    let (compared, _) = compare(&cases, &answers, |ours, theirs| ours == theirs);
    println!("requests: {compared} of {} are equal", cases.len());
    assert_eq!(compared, CASES);
}

#[test]
fn service_signatures_are_those_of_microsoft() {
    compare_signed_queries("service", Fields::service);
}

#[test]
fn delegations_are_those_of_microsoft() {
    compare_signed_queries("delegation", Fields::delegation);
}

#[test]
fn account_signatures_are_those_of_microsoft() {
    compare_signed_queries("account", Fields::account);
}
