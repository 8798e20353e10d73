//! The examples of the S3 documentation for version 2.

use std::time::Duration;

use http::{HeaderMap, Method};
use storage_core::ErrorKind;

use super::{at, credentials, example, headers, may_2013, text};
use crate::credentials::Credentials;
use crate::sign::v2::Signer;

fn signer<'a>(credentials: &'a Credentials, bucket_in_host: Option<&'a str>) -> Signer<'a> {
    Signer { credentials, bucket_in_host, now: may_2013() }
}

fn sign(bucket: Option<&str>, method: &Method, target: &str, pairs: &[(&str, &str)]) -> String {
    let mut headers = headers(pairs);
    signer(&example(), bucket).sign_headers(method, target, &mut headers).unwrap();
    assert!(headers["authorization"].is_sensitive());
    text(&headers, "authorization").strip_prefix("AWS AKIAIOSFODNN7EXAMPLE:").unwrap().to_owned()
}

#[test]
fn the_published_requests() {
    let johnsmith = Some("johnsmith");
    let date = |text| ("date", text);
    let got = sign(johnsmith, &Method::GET, "/photos/puppy.jpg", &[date("Tue, 27 Mar 2007 19:36:42 +0000")]);
    assert_eq!(got, "bWq2s1WEIj+Ydj0vQ697zp+IXMU=");
    let pairs = [
        date("Tue, 27 Mar 2007 21:15:45 +0000"),
        ("content-type", "image/jpeg"),
        ("content-length", "94328"),
    ];
    assert_eq!(sign(johnsmith, &Method::PUT, "/photos/puppy.jpg", &pairs), "MyyxeRY7whkBe+bq8fHCL/2kKUg=");
    let got = sign(
        johnsmith,
        &Method::GET,
        "/?prefix=photos&max-keys=50&marker=puppy",
        &[date("Tue, 27 Mar 2007 19:42:41 +0000")],
    );
    assert_eq!(got, "htDYFYduRNen8P9ZfE/s9SuKy0U=");
    let got = sign(johnsmith, &Method::GET, "/?acl", &[date("Tue, 27 Mar 2007 19:44:46 +0000")]);
    assert_eq!(got, "c2WLPFtWHVgbEmeEG93a4cG37dM=");
    let got = sign(None, &Method::GET, "/", &[date("Wed, 28 Mar 2007 01:29:59 +0000")]);
    assert_eq!(got, "qGdzdERIC03wnaRNKh6OqZehG9s=");
    let target = "/dictionary/fran%C3%A7ais/pr%c3%a9f%c3%a8re";
    let got = sign(None, &Method::GET, target, &[date("Wed, 28 Mar 2007 01:49:49 +0000")]);
    assert_eq!(got, "DNEZGsoieTZ92F3bUfSPQcbGmlM=");
}

#[test]
fn the_published_upload_with_metadata() {
    let pairs = [
        ("host", "static.johnsmith.net:8080"),
        ("date", "Tue, 27 Mar 2007 21:06:08 +0000"),
        ("user-agent", "curl/7.15.5"),
        ("x-amz-acl", "public-read"),
        ("content-type", "application/x-download"),
        ("content-md5", "4gJE4saaMU4BqNR0kLY+lw=="),
        ("x-amz-meta-reviewedby", "joe@johnsmith.net"),
        ("x-amz-meta-reviewedby", "jane@johnsmith.net"),
        ("x-amz-meta-filechecksum", "0x02661779"),
        ("x-amz-meta-checksumalgorithm", "crc32"),
        ("content-disposition", "attachment; filename=database.dat"),
        ("content-encoding", "gzip"),
        ("content-length", "5913339"),
    ];
    let got = sign(Some("static.johnsmith.net"), &Method::PUT, "/db-backup.dat.gz", &pairs);
    assert_eq!(got, "ilyl83RwaSoYIEdixDQcA4OnAnc=");
}

#[test]
fn the_published_address() {
    let credentials = example();
    let mut signer = signer(&credentials, Some("johnsmith"));
    signer.now = at(1_175_139_620 - 60);
    let got = signer
        .presign(&Method::GET, "/photos/puppy.jpg", &HeaderMap::new(), Duration::from_secs(60))
        .unwrap();
    assert_eq!(
        got,
        "/photos/puppy.jpg?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1175139620\
         &Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D"
    );
}

#[test]
fn a_date_is_added_and_an_amz_date_goes_before_it() {
    let mut with_date = HeaderMap::new();
    signer(&example(), None).sign_headers(&Method::GET, "/", &mut with_date).unwrap();
    assert_eq!(text(&with_date, "date"), "Fri, 24 May 2013 00:00:00 GMT");

    let amz = ("x-amz-date", "Fri, 24 May 2013 00:00:00 GMT");
    let alone = sign(None, &Method::GET, "/", &[amz]);
    assert_eq!(sign(None, &Method::GET, "/", &[amz, ("date", "anything")]), alone);
}

#[test]
fn only_sub_resources_are_signed_sorted_and_decoded() {
    let date = [("date", "Fri, 24 May 2013 00:00:00 GMT")];
    let sign = |target: &str| sign(None, &Method::GET, target, &date);
    assert_eq!(sign("/b/k?uploadId=a%2Fb&partNumber=1"), sign("/b/k?x=1&partNumber=1&uploadId=a/b"));
    assert_eq!(sign("/b?acl="), sign("/b?acl"));
    assert_eq!(sign("/b/k?response-content-type=a%20b"), sign("/b/k?response-content-type=a b"));
    assert_ne!(sign("/b?acl"), sign("/b"));
    assert_ne!(sign("/b"), sign("/b/"), "the path counts as it is sent");
    assert_ne!(sign("/b/%C3%A7"), sign("/b/%c3%a7"));
    assert_eq!(sign("/b?versionId=%"), sign("/b?versionId=%25"), "what is no encoding stands for itself");
}

#[test]
fn a_session_token_is_signed_in_headers_and_addresses() {
    let credentials = credentials("id", "secret", Some("to/ken="));
    let mut signed = HeaderMap::new();
    signer(&credentials, None).sign_headers(&Method::GET, "/b", &mut signed).unwrap();
    assert!(signed["x-amz-security-token"].is_sensitive());

    let second = Duration::from_secs(1);
    let with = signer(&credentials, None).presign(&Method::GET, "/b?acl", &HeaderMap::new(), second).unwrap();
    assert!(with.contains("/b?acl&AWSAccessKeyId=id&Expires="));
    assert!(with.contains("&x-amz-security-token=to%2Fken%3D&Signature="));
    let plain = super::credentials("id", "secret", None);
    let without = signer(&plain, None).presign(&Method::GET, "/b?acl", &HeaderMap::new(), second).unwrap();
    assert_ne!(super::signature(&with), super::signature(&without));
}

#[test]
fn fault_135_an_address_is_refused_with_what_the_signature_sets() {
    let credentials = example();
    let presign = |target: &str, headers: &HeaderMap, seconds| {
        let signer = signer(&credentials, None);
        signer.presign(&Method::GET, target, headers, Duration::from_secs(seconds)).map_err(|it| it.kind())
    };
    let none = HeaderMap::new();
    assert_eq!(presign("/b", &none, 0), Err(ErrorKind::InvalidInput));
    assert_eq!(presign("/b?a&expires=9", &none, 9), Err(ErrorKind::InvalidInput));
    assert_eq!(presign("/b", &headers(&[("x-amz-date", "x")]), 9), Err(ErrorKind::InvalidInput));
    assert!(presign("/b?versionId=1", &none, 9).is_ok());
}
