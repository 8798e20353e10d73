//! What a signed query says, and what it refuses to.

use storage_core::ErrorKind;

use super::{ACCOUNT, KEY, at, hmac_of, key, parameter, reading};
use crate::names;
use crate::sign::decode_key;
use crate::sign::sas::{
    AccountSas, DelegationKey, DelegationSas, Grant, Protocol, Resource, ResponseHeaders, ServiceSas, Version,
};

const RESPONSE: ResponseHeaders<'static> = ResponseHeaders {
    cache_control: Some("no-cache"),
    content_disposition: Some("attachment; filename=\"ü&b.txt\""),
    content_encoding: Some("gzip"),
    content_language: Some("de"),
    content_type: Some("text/plain"),
};

fn full() -> Grant<'static> {
    Grant {
        version: Version::default(),
        permissions: "dwr",
        start: Some(at(1_700_000_000)),
        expiry: Some(at(1_893_456_000)),
        ip: Some("168.1.5.60-168.1.5.70"),
        protocol: Some(Protocol::HttpsAndHttp),
        encryption_scope: Some("scope"),
    }
}

fn service(resource: Resource<'static>) -> ServiceSas<'static> {
    ServiceSas { grant: reading(), container: "c", resource, identifier: None, response: <_>::default() }
}

fn delegation() -> DelegationSas<'static> {
    DelegationSas {
        grant: full(),
        container: "c",
        resource: Resource::Directory("/a/b/"),
        response: RESPONSE,
        authorized_object_id: Some("saoid"),
        unauthorized_object_id: None,
        correlation_id: Some("scid"),
        delegated_object_id: Some("sduoid"),
    }
}

fn delegation_key() -> DelegationKey {
    DelegationKey {
        object_id: "oid".to_owned(),
        tenant_id: "tid".to_owned(),
        start: "2029-12-30T00:00:00Z".to_owned(),
        expiry: "2030-01-02T00:00:00Z".to_owned(),
        service: "b".to_owned(),
        version: "2025-11-05".to_owned(),
        delegated_tenant_id: Some("skdutid".to_owned()),
        key: decode_key(KEY).unwrap(),
    }
}

/// Returns the parameters without the signature.
fn unsigned(query: &str) -> &str {
    query.split_once("&sig=").unwrap().0
}

#[test]
fn a_service_signature_says_all_its_fields() {
    let sas = ServiceSas {
        grant: full(),
        container: "c",
        resource: Resource::Version { blob: "a b", id: "2024-01-01T00:00:00.0000000Z" },
        identifier: Some("policy 1"),
        response: RESPONSE,
    };
    let query = sas.sign(&key()).unwrap();
    assert_eq!(
        unsigned(query.expose()),
        "sp=rwd&st=2023-11-14T22%3A13%3A20Z&se=2030-01-01T00%3A00%3A00Z&si=policy%201&sip=168.1.5.60-168.1.5.70\
         &spr=https%2Chttp&sv=2025-11-05&sr=bv&ses=scope&rscc=no-cache\
         &rscd=attachment%3B%20filename%3D%22%C3%BC%26b.txt%22&rsce=gzip&rscl=de&rsct=text%2Fplain"
    );
    let path = format!("/blob/{ACCOUNT}/c/a b");
    let mut lines = vec!["rwd", "2023-11-14T22:13:20Z", "2030-01-01T00:00:00Z", &path, "policy 1"];
    lines.extend(["168.1.5.60-168.1.5.70", "https,http", "2025-11-05", "bv", "2024-01-01T00:00:00.0000000Z"]);
    lines.extend(["scope", "no-cache", "attachment; filename=\"ü&b.txt\"", "gzip", "de", "text/plain"]);
    assert_eq!(parameter(query.expose(), "sig").unwrap(), hmac_of(&lines));
}

#[test]
fn a_delegation_says_whose_key_and_which_user() {
    let query = delegation().sign(ACCOUNT, &delegation_key()).unwrap();
    for (name, want) in [
        ("skoid", "oid"),
        ("sktid", "tid"),
        ("skt", "2029-12-30T00:00:00Z"),
        ("ske", "2030-01-02T00:00:00Z"),
        ("sks", "b"),
        ("skv", "2025-11-05"),
        ("saoid", "saoid"),
        ("scid", "scid"),
        ("skdutid", "skdutid"),
        ("sduoid", "sduoid"),
        ("sr", "d"),
        ("sdd", "2"),
    ] {
        assert_eq!(parameter(query.expose(), name).as_deref(), Some(want), "{name}");
    }
    assert_eq!(parameter(query.expose(), "suoid"), None);
    let path = format!("/blob/{ACCOUNT}/c/a/b");
    let mut lines = vec!["rwd", "2023-11-14T22:13:20Z", "2030-01-01T00:00:00Z", &path, "oid", "tid"];
    lines.extend(["2029-12-30T00:00:00Z", "2030-01-02T00:00:00Z", "b", "2025-11-05", "saoid", "", "scid"]);
    lines.extend([
        "skdutid",
        "sduoid",
        "168.1.5.60-168.1.5.70",
        "https,http",
        "2025-11-05",
        "d",
        "",
        "scope",
    ]);
    lines.extend(["no-cache", "attachment; filename=\"ü&b.txt\"", "gzip", "de", "text/plain"]);
    assert_eq!(parameter(query.expose(), "sig").unwrap(), hmac_of(&lines));
    assert!(!format!("{:?}", delegation_key()).contains("oid"));
}

#[test]
fn an_account_signature_ends_with_an_empty_line() {
    let grant = Grant { protocol: Some(Protocol::Https), ..full() };
    let query = AccountSas { grant, services: "b", resource_types: "sco" }.sign(&key()).unwrap();
    let mut lines = vec![ACCOUNT, "rwd", "b", "sco", "2023-11-14T22:13:20Z", "2030-01-01T00:00:00Z"];
    lines.extend(["168.1.5.60-168.1.5.70", "https", "2025-11-05", "scope", ""]);
    assert_eq!(parameter(query.expose(), "sig").unwrap(), hmac_of(&lines));
}

#[test]
fn a_stored_policy_can_say_the_rest() {
    let grant = Grant::default();
    let sas = ServiceSas { grant, identifier: Some("policy"), ..service(Resource::Container) };
    assert_eq!(unsigned(sas.sign(&key()).unwrap().expose()), "si=policy&sv=2025-11-05&sr=c");
}

#[test]
fn resources_have_codes() {
    for (resource, code) in [
        (Resource::Container, "c"),
        (Resource::Blob("b"), "b"),
        (Resource::Snapshot { blob: "b", time: "t" }, "bs"),
        (Resource::Version { blob: "b", id: "t" }, "bv"),
        (Resource::Directory("b"), "d"),
    ] {
        let query = service(resource).sign(&key()).unwrap();
        assert_eq!(parameter(query.expose(), "sr").unwrap(), code);
    }
}

#[test]
fn the_newest_version_is_the_one_that_requests_name() {
    assert_eq!(Version::default().as_str(), names::VERSION);
    assert!(Version::V2019_12_12.as_str() < Version::V2025_11_05.as_str());
}

#[test]
fn fault_135_what_no_signature_can_say_is_refused() {
    let kind = |sas: ServiceSas<'_>| sas.sign(&key()).unwrap_err().kind();
    let with = |grant: Grant<'static>| ServiceSas { grant, ..service(Resource::Blob("b")) };
    assert_eq!(kind(with(Grant { permissions: "", ..reading() })), ErrorKind::InvalidInput);
    assert_eq!(kind(with(Grant { permissions: "rq", ..reading() })), ErrorKind::InvalidInput);
    assert_eq!(kind(with(Grant { expiry: None, ..reading() })), ErrorKind::InvalidInput);
    assert_eq!(kind(with(Grant { start: reading().expiry, ..reading() })), ErrorKind::InvalidInput);
    assert_eq!(kind(service(Resource::Blob(""))), ErrorKind::InvalidInput);
    assert_eq!(kind(service(Resource::Directory("//"))), ErrorKind::InvalidInput);
    let empty = ServiceSas { identifier: Some(""), ..with(Grant::default()) };
    assert_eq!(kind(empty), ErrorKind::InvalidInput);
}

#[test]
fn fault_119_a_line_break_in_a_field_is_refused() {
    let kind = |sas: ServiceSas<'_>| sas.sign(&key()).unwrap_err().kind();
    let base = || service(Resource::Blob("b"));
    let grant = |grant: Grant<'static>| ServiceSas { grant, ..base() };
    let response = ResponseHeaders { content_type: Some("a\r\nb: c"), ..<_>::default() };
    for sas in [
        ServiceSas { response, ..base() },
        ServiceSas { identifier: Some("a\nb"), ..base() },
        ServiceSas { container: "c\n", ..base() },
        service(Resource::Blob("a\nb")),
        service(Resource::Snapshot { blob: "b", time: "\0" }),
        grant(Grant { ip: Some("1.1.1.1\n"), ..reading() }),
        grant(Grant { encryption_scope: Some("\u{7f}"), ..reading() }),
    ] {
        assert_eq!(kind(sas), ErrorKind::InvalidInput);
    }
}

#[test]
fn an_old_version_refuses_what_it_would_not_sign() {
    let kind = |version, sas: DelegationSas<'static>, key: &DelegationKey| {
        let grant = Grant { version, encryption_scope: None, ..sas.grant };
        DelegationSas { grant, ..sas }.sign(ACCOUNT, key).err().map(|error| error.kind())
    };
    let bare = DelegationSas {
        resource: Resource::Container,
        authorized_object_id: None,
        correlation_id: None,
        delegated_object_id: None,
        ..delegation()
    };
    let mut key = delegation_key();
    assert_eq!(kind(Version::V2023_11_03, bare, &key), Some(ErrorKind::Unsupported));
    assert_eq!(kind(Version::V2025_11_05, bare, &key), None);
    key.delegated_tenant_id = None;
    let oldest = |sas| kind(Version::V2019_12_12, sas, &key);
    assert_eq!(oldest(bare), None);
    let refused = Some(ErrorKind::Unsupported);
    assert_eq!(oldest(DelegationSas { authorized_object_id: Some("a"), ..bare }), refused);
    assert_eq!(oldest(DelegationSas { unauthorized_object_id: Some("a"), ..bare }), refused);
    assert_eq!(oldest(DelegationSas { correlation_id: Some("a"), ..bare }), refused);
    assert_eq!(oldest(DelegationSas { delegated_object_id: Some("a"), ..bare }), refused);
    assert_eq!(oldest(DelegationSas { resource: Resource::Directory("a"), ..bare }), refused);
    let grant = Grant { version: Version::V2020_02_10, encryption_scope: Some("s"), ..reading() };
    let error = AccountSas { grant, services: "b", resource_types: "o" }.sign(&super::key()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[test]
fn a_key_that_is_not_base64_is_refused_and_not_shown() {
    let error = decode_key("hunter2!").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(!error.to_string().contains("hunter2"));
    assert!(decode_key(&format!(" {KEY}\n")).is_ok());
}
