//! The examples of the S3 documentation for version 4.

use std::time::Duration;

use http::{HeaderValue, Method};

use super::{at, credentials, example, headers, may_2013, signature, signer, text};
use crate::sign::SigningKeys;
use crate::sign::v4::{Scope, Signer};

const EMPTY: HeaderValue =
    HeaderValue::from_static("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
const HOST: (&str, &str) = ("host", "examplebucket.s3.amazonaws.com");

fn authorization(method: &Method, target: &str, pairs: &[(&str, &str)], digest: HeaderValue) -> String {
    let (keys, credentials) = (SigningKeys::new(), example());
    let mut headers = headers(pairs);
    signer(&keys, &credentials).sign_headers(method, target, &mut headers, digest).unwrap();
    assert_eq!(text(&headers, "x-amz-date"), "20130524T000000Z");
    assert!(headers["authorization"].is_sensitive());
    text(&headers, "authorization").to_owned()
}

#[test]
fn get_object_with_a_range() {
    let got = authorization(&Method::GET, "/test.txt", &[HOST, ("range", "bytes=0-9")], EMPTY);
    assert_eq!(
        got,
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
         SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, \
         Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    );
}

#[test]
fn put_object() {
    let pairs = [
        HOST,
        ("date", "Fri, 24 May 2013 00:00:00 GMT"),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        ("content-length", "21"),
        ("user-agent", "any"),
    ];
    let digest = HeaderValue::from_static("44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
    let got = authorization(&Method::PUT, "/test%24file.text", &pairs, digest);
    assert!(got.contains("SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,"));
    assert_eq!(signature(&got), "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

#[test]
fn get_bucket_lifecycle() {
    let got = authorization(&Method::GET, "/?lifecycle", &[HOST], EMPTY);
    assert_eq!(signature(&got), "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

#[test]
fn list_objects() {
    for target in ["/?max-keys=2&prefix=J", "/?prefix=J&max-keys=2", "?prefix=J&max-keys=2"] {
        let got = authorization(&Method::GET, target, &[HOST], EMPTY);
        assert_eq!(signature(&got), "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
    }
}

#[test]
fn presigned_get() {
    let (keys, credentials) = (SigningKeys::new(), example());
    let got = signer(&keys, &credentials)
        .presign(&Method::GET, "/test.txt", &headers(&[HOST]), Duration::from_secs(86_400))
        .unwrap();
    assert_eq!(
        got,
        "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256\
         &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
         &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
         &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    );
}

/// The test suite for services other than S3.
#[test]
fn other_services() {
    let keys = SigningKeys::new();
    let credentials = credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None);
    let scope = Scope::general("us-east-1", "service");
    let signer = Signer { keys: &keys, credentials: &credentials, scope, now: at(1_440_938_160) };
    let sign = |target: &str| {
        let mut headers = headers(&[("host", "example.amazonaws.com")]);
        signer.sign_headers(&Method::GET, target, &mut headers, EMPTY).unwrap();
        assert!(text(&headers, "authorization").contains("SignedHeaders=host;x-amz-date,"));
        signature(text(&headers, "authorization")).to_owned()
    };
    let vanilla = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    for target in ["/", "", "//", "/./", "/foo/..", "/foo/bar/../.."] {
        assert_eq!(sign(target), vanilla, "{target}");
    }
    assert_eq!(
        sign("/?Param1=value1&Param2=value2"),
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
    );
}

#[test]
fn the_day_of_a_key_follows_the_time() {
    let (keys, credentials) = (SigningKeys::new(), example());
    let sign = |keys: &SigningKeys, now| {
        let mut headers = headers(&[HOST]);
        let signer = Signer { keys, credentials: &credentials, scope: Scope::s3("us-east-1"), now };
        signer.sign_headers(&Method::GET, "/", &mut headers, EMPTY).unwrap();
        text(&headers, "authorization").to_owned()
    };
    for day in 0..20 {
        let now = may_2013() + Duration::from_secs(86_400 * (day / 2));
        assert_eq!(sign(&keys, now), sign(&SigningKeys::new(), now));
    }
}
