//! What releases of Microsoft's Python client have signed, each for the version that it was made for.

use http::Method;

use super::{ACCOUNT, KEY, at, headers, key, parameter, reading};
use crate::sign::decode_key;
use crate::sign::sas::{
    AccountSas, DelegationKey, DelegationSas, Grant, Protocol, Resource, ResponseHeaders, ServiceSas, Version,
};
use crate::sign::shared_key::sign;

const BLOB: Resource<'static> = Resource::Blob("a b/ü.jpg");

fn delegation(version: &str) -> DelegationKey {
    DelegationKey {
        object_id: "oid".to_owned(),
        tenant_id: "tid".to_owned(),
        start: "2029-12-30T00:00:00Z".to_owned(),
        expiry: "2030-01-02T00:00:00Z".to_owned(),
        service: "b".to_owned(),
        version: version.to_owned(),
        delegated_tenant_id: None,
        key: decode_key(KEY).unwrap(),
    }
}

/// By release 12.31.1.
#[test]
fn a_request() {
    let mut all = headers(&[
        ("content-md5", "XrY7u+Ae7tCTyyK7j1rNww=="),
        ("content-type", "image/jpeg"),
        ("if-none-match", "*"),
        ("x-ms-blob-type", "BlockBlob"),
        ("x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT"),
        ("x-ms-meta-a1", "two  blanks"),
        ("x-ms-meta-a_b", "1"),
        ("x-ms-meta-ab", "2"),
        ("x-ms-version", "2025-11-05"),
    ]);
    let target = "/devstoreaccount1/photos/a%20b/%C3%BC.jpg?comp=block&blockid=AAAA%2BA%3D%3D";
    sign(&Method::PUT, target, &mut all, 11, &key()).unwrap();
    let want = "SharedKey devstoreaccount1:5CxVFoo1Z73tQNGHeDF0zRHxt0hTG/JUaIuSkLDkwOU=";
    assert_eq!(all["authorization"], want);
}

/// By releases 12.31.1 and 12.8.1.
#[test]
fn service() {
    let newest = ServiceSas {
        grant: Grant {
            permissions: "rw",
            start: Some(at(1_700_000_000)),
            ip: Some("168.1.5.60-168.1.5.70"),
            protocol: Some(Protocol::Https),
            encryption_scope: Some("scope"),
            ..reading()
        },
        container: "photos",
        resource: BLOB,
        identifier: Some("policy"),
        response: ResponseHeaders {
            cache_control: Some("no-cache"),
            content_type: Some("text/plain"),
            ..<_>::default()
        },
    };
    let oldest = ServiceSas {
        grant: Grant { version: Version::V2019_12_12, permissions: "rl", ..reading() },
        resource: Resource::Container,
        identifier: None,
        response: <_>::default(),
        ..newest
    };
    for (sas, want) in [
        (newest, "HdGslRjy/E0U6QKkAstt3yViJSrjNrVQJeM52xef14E="),
        (oldest, "qMLojCLjjsR4NN7w2lECrgZga3M6UuN480OcDZ8RGgQ="),
    ] {
        assert_eq!(parameter(sas.sign(&key()).unwrap().expose(), "sig").unwrap(), want);
    }
}

/// By releases 12.28.0 and 12.25.1.
#[test]
fn a_delegation() {
    let newest = DelegationSas {
        grant: reading(),
        container: "photos",
        resource: BLOB,
        response: ResponseHeaders { content_disposition: Some("attachment"), ..<_>::default() },
        authorized_object_id: None,
        unauthorized_object_id: None,
        correlation_id: Some("scid"),
        delegated_object_id: Some("sduoid"),
    };
    let older = DelegationSas {
        grant: Grant { version: Version::V2023_11_03, permissions: "rl", ..reading() },
        resource: Resource::Container,
        response: <_>::default(),
        correlation_id: None,
        delegated_object_id: None,
        ..newest
    };
    for (sas, want) in [
        (newest, "hoc98+mrJocACyPuY5osuSGi/yT7+H6fTksHoiMVn9s="),
        (older, "KWt30AEafVZ00/o0ty73EE8UH4sFzUqYN1aeAUv9AG8="),
    ] {
        let key = delegation(sas.grant.version.as_str());
        assert_eq!(parameter(sas.sign(ACCOUNT, &key).unwrap().expose(), "sig").unwrap(), want);
    }
}

/// By release 12.31.1.
#[test]
fn an_account() {
    let grant = Grant { permissions: "rwl", protocol: Some(Protocol::HttpsAndHttp), ..reading() };
    let sas = AccountSas { grant, services: "b", resource_types: "sco" };
    let want = "WmjpFU8hmevluNlcBsbsr+d2LL7R1cOy3RUxZozseT4=";
    assert_eq!(parameter(sas.sign(&key()).unwrap().expose(), "sig").unwrap(), want);
}
