//! Rows of the fault table.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method};
use storage_core::{ChecksumAlgorithm, ErrorKind};

use super::{SIGNED, credentials, example, headers, signature, signer, text};
use crate::sign::chunked::SignedChunks;
use crate::sign::policy::PostPolicy;
use crate::sign::v4::{Scope, Signer};
use crate::sign::{SigningKeys, v2};

const UNSIGNED: HeaderValue = HeaderValue::from_static("UNSIGNED-PAYLOAD");

fn host() -> HeaderMap {
    headers(&[("host", "h")])
}

fn signed(signer: &Signer<'_>, target: &str, mut headers: HeaderMap) -> HeaderMap {
    signer.sign_headers(&Method::GET, target, &mut headers, UNSIGNED).unwrap();
    headers
}

fn signature_of(headers: &HeaderMap) -> &str {
    signature(text(headers, "authorization"))
}

#[test]
fn fault_117_a_path_is_signed_as_it_is_sent() {
    let (keys, credentials) = (SigningKeys::new(), example());
    let signer = signer(&keys, &credentials);
    let paths = [
        "/b/a%20b",
        "/b/a+b",
        "/b/a%2Bb",
        "/b/%252F",
        "/b/%2F",
        "/b//",
        "/b/",
        "/b",
        "/b/.",
        "/b/..",
        "/b/%C3%A9",
        "/b/%c3%a9",
        "/b/%F0%9F%98%80",
        "/b/%23",
        "/b/%3F",
        "/b/%26",
        "/b/%3D",
        "/b/%3B",
        "/b/%40",
    ];
    let mut signatures: Vec<_> =
        paths.iter().map(|path| signature_of(&signed(&signer, path, host())).to_owned()).collect();
    signatures.sort();
    signatures.dedup();
    assert_eq!(signatures.len(), paths.len(), "no two paths are the same to S3");
}

#[test]
fn fault_122_headers_are_signed_in_their_canonical_form() {
    let (keys, credentials) = (SigningKeys::new(), example());
    let signer = signer(&keys, &credentials);
    let sign = |pairs: &[(&str, &str)]| {
        let mut all = host();
        all.extend(headers(pairs));
        signature_of(&signed(&signer, "/", all)).to_owned()
    };
    let plain = sign(&[("x-amz-meta-a", "one two"), ("x-amz-meta-b", "1,2")]);
    assert_eq!(sign(&[("X-Amz-Meta-A", "  one   two "), ("x-amz-meta-b", "1,2")]), plain);
    assert_eq!(sign(&[("x-amz-meta-b", "1"), ("x-amz-meta-a", "one two"), ("X-AMZ-META-B", " 2")]), plain);
    assert_ne!(sign(&[("x-amz-meta-a", "onetwo"), ("x-amz-meta-b", "1,2")]), plain);
    assert_ne!(sign(&[("x-amz-meta-a", "one two"), ("x-amz-meta-b", "2,1")]), plain);
    assert_eq!(
        sign(&[("user-agent", "a"), ("content-length", "1"), ("traceparent", "x"), ("x-forwarded-for", "y")]),
        sign(&[])
    );
    assert_ne!(sign(&[("content-type", "a")]), sign(&[]));
}

#[test]
fn a_request_without_host_is_not_signed() {
    let (keys, credentials) = (SigningKeys::new(), example());
    let signer = signer(&keys, &credentials);
    let error = signer.sign_headers(&Method::GET, "/", &mut HeaderMap::new(), UNSIGNED).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let hour = Duration::from_secs(3600);
    let error = signer.presign(&Method::GET, "/", &HeaderMap::new(), hour).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn fault_126_no_output_shows_a_secret() {
    let canary = credentials("AKCANARY", "sEcReT-canary", Some("tOkEn-canary"));
    let keys = SigningKeys::new();
    let signer = signer(&keys, &canary);
    let mut headers = host();
    let seed = signer.sign_headers(&Method::PUT, "/b/k", &mut headers, SIGNED).unwrap();
    let chunks = SignedChunks::new(&seed, Some(ChecksumAlgorithm::Crc32c)).unwrap();
    let policy = PostPolicy::for_key("k", Duration::from_secs(9));
    let form = signer.sign_post("b", "https://h/b".to_owned(), &policy).unwrap();
    let mut second = host();
    let v2 = v2::Signer { credentials: &canary, bucket_in_host: None, now: signer.now };
    v2.sign_headers(&Method::GET, "/b", &mut second).unwrap();
    let shown = format!("{signer:?} {keys:?} {seed:?} {chunks:?} {headers:?} {form:?} {second:?} {v2:?}");
    let signatures = [signature_of(&headers), text(&second, "authorization")];
    for secret in ["sEcReT-canary", "tOkEn-canary", "Credential=", "AWS "].into_iter().chain(signatures) {
        assert!(!shown.contains(secret), "{secret} is in {shown}");
    }

    let broken = credentials("AK\nCANARY", "sEcReT-canary", Some("tOkEn\ncanary"));
    let broken_id = credentials("AK\nCANARY", "sEcReT-canary", None);
    for bad in [broken, broken_id] {
        let signer = Signer { credentials: &bad, ..signer };
        let error = signer.sign_headers(&Method::GET, "/", &mut host(), UNSIGNED).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(
            !format!("{error} {error:?}").contains("ca\u{6e}ary") && !format!("{error:?}").contains("CANARY")
        );
    }
}

#[test]
fn fault_134_two_identities_never_share_a_key() {
    let keys = SigningKeys::new();
    // The same name with another secret, as after a rotation, or at another service.
    let identities = [
        credentials("id", "one", None),
        credentials("id", "two", None),
        credentials("other", "one", Some("token")),
    ];
    let alone: Vec<_> = identities
        .iter()
        .map(|it| signature_of(&signed(&signer(&SigningKeys::new(), it), "/b/k", host())).to_owned())
        .collect();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (keys, identities, alone) = (&keys, &identities, &alone);
            scope.spawn(move || {
                for turn in 0..2500 {
                    let at = (turn + thread) % identities.len();
                    let headers = signed(&signer(keys, &identities[at]), "/b/k", host());
                    assert_eq!(signature_of(&headers), alone[at]);
                    assert_eq!(headers.contains_key("x-amz-security-token"), at == 2);
                }
            });
        }
    });
}

#[test]
fn fault_134_more_identities_than_slots_are_still_told_apart() {
    let keys = SigningKeys::new();
    for turn in 0..100 {
        let identity = credentials("id", &format!("secret {}", turn % 20), None);
        let region = format!("region-{}", turn % 3);
        let sign = |keys: &SigningKeys| {
            let signer = Signer { scope: Scope::s3(&region), ..signer(keys, &identity) };
            signature_of(&signed(&signer, "/", host())).to_owned()
        };
        assert_eq!(sign(&keys), sign(&SigningKeys::new()));
    }
}

#[test]
fn fault_134_a_token_that_is_left_over_goes() {
    let (keys, credentials) = (SigningKeys::new(), example());
    let mut stale = host();
    stale.insert("x-amz-security-token", HeaderValue::from_static("somebody else's"));
    let headers = signed(&signer(&keys, &credentials), "/", stale);
    assert!(!headers.contains_key("x-amz-security-token"));
    assert!(!text(&headers, "authorization").contains("security-token"));
}

#[test]
fn fault_135_an_address_is_good_for_a_second_to_a_week() {
    let (keys, credentials) = (SigningKeys::new(), example());
    let presign = |expires| signer(&keys, &credentials).presign(&Method::GET, "/b/k", &host(), expires);
    for bad in [Duration::ZERO, Duration::from_millis(999), Duration::from_millis(604_800_001), Duration::MAX]
    {
        assert_eq!(presign(bad).unwrap_err().kind(), ErrorKind::InvalidInput, "{bad:?}");
    }
    for good in [1, 604_800] {
        assert!(presign(Duration::from_secs(good)).unwrap().contains(&format!("&X-Amz-Expires={good}&")));
    }
}

#[test]
fn fault_135_an_address_binds_the_headers_that_were_asked_for() {
    let (keys, credentials) = (SigningKeys::new(), example());
    let presign = |target: &str, pairs: &[(&str, &str)]| {
        let mut all = host();
        all.extend(headers(pairs));
        signer(&keys, &credentials).presign(&Method::PUT, target, &all, Duration::from_secs(60))
    };
    let plain = presign("/b/k", &[]).unwrap();
    assert!(plain.contains("&X-Amz-SignedHeaders=host&"));
    let bound = presign("/b/k", &[("content-type", "image/png"), ("content-length", "5")]).unwrap();
    assert!(bound.contains("&X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost&"));
    let other = presign("/b/k", &[("content-type", "image/gif"), ("content-length", "5")]).unwrap();
    assert_ne!(signature(&bound), signature(&other));
    // A digest that is given binds the content.
    let digest = presign("/b/k", &[("x-amz-content-sha256", "00")]).unwrap();
    assert!(digest.contains("x-amz-content-sha256"));

    for target in ["/b/k?X-Amz-Expires=9", "/b/k?a=1&x-amz-signature=0", "/b/k?X-Amz-Date"] {
        assert_eq!(presign(target, &[]).unwrap_err().kind(), ErrorKind::InvalidInput, "{target}");
    }
    for header in ["authorization", "x-amz-date", "x-amz-security-token"] {
        let error = presign("/b/k", &[(header, "x")]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{header}");
    }
}

#[test]
fn fault_135_a_session_token_is_part_of_the_address() {
    let keys = SigningKeys::new();
    let credentials = credentials("id", "secret", Some("a/b+c="));
    let got = signer(&keys, &credentials)
        .presign(&Method::GET, "/b/k?versionId=1&acl", &host(), Duration::from_secs(60))
        .unwrap();
    assert!(got.starts_with("/b/k?versionId=1&acl&X-Amz-Algorithm="));
    assert!(got.contains("&X-Amz-Security-Token=a%2Fb%2Bc%3D&"));
}
