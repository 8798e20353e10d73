//! Forms.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use storage_core::ErrorKind;

use super::{at, credentials, example, signer};
use crate::sign::SigningKeys;
use crate::sign::policy::{PostForm, PostPolicy, PostValue};
use storage_http::dates::Stamp;

const HOUR: Duration = Duration::from_secs(3600);

/// The policy of the published example, byte by byte.
fn published_policy() -> String {
    [
        r#"{ "expiration": "2015-12-30T12:00:00.000Z","#,
        r#"  "conditions": ["#,
        r#"    {"bucket": "sigv4examplebucket"},"#,
        r#"    ["starts-with", "$key", "user/user1/"],"#,
        r#"    {"acl": "public-read"},"#,
        r#"    {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},"#,
        r#"    ["starts-with", "$Content-Type", "image/"],"#,
        r#"    {"x-amz-meta-uuid": "14365123651274"},"#,
        r#"    {"x-amz-server-side-encryption": "AES256"},"#,
        r#"    ["starts-with", "$x-amz-meta-tag", ""],"#,
        "",
        r#"    {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},"#,
        r#"    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},"#,
        r#"    {"x-amz-date": "20151229T000000Z" }"#,
        r#"  ]"#,
        r#"}"#,
    ]
    .join("\r\n")
}

fn field<'a>(form: &'a PostForm, name: &str) -> &'a str {
    form.fields.iter().find(|(it, _)| it == name).unwrap().1.expose()
}

#[test]
fn the_published_policy_has_the_published_signature() {
    let (keys, credentials) = (SigningKeys::new(), example());
    let document = STANDARD.encode(published_policy());
    let stamp = Stamp::new(at(1_451_347_200));
    assert_eq!(
        signer(&keys, &credentials).sign_text(&document, stamp),
        "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e"
    );
}

#[test]
fn a_form_holds_a_field_for_each_condition() {
    let keys = SigningKeys::new();
    let credentials = credentials("AKIAIOSFODNN7EXAMPLE", "secret", Some("token"));
    let policy = PostPolicy::for_prefix("user/1/", HOUR)
        .length_bytes(1..=1024)
        .content_type_prefix("image/")
        .acl("public-read")
        .metadata("Author", "J\u{fc}rgen \"x\"")
        .field("success_action_status", PostValue::Exact("201".to_owned()));
    let form = signer(&keys, &credentials).sign_post("photos", "https://h/".to_owned(), &policy).unwrap();
    assert_eq!(form.url, "https://h/");
    let names: Vec<_> = form.fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "key",
            "Content-Type",
            "acl",
            "x-amz-meta-author",
            "success_action_status",
            "x-amz-algorithm",
            "x-amz-credential",
            "x-amz-date",
            "x-amz-security-token",
            "policy",
            "x-amz-signature"
        ]
    );
    assert_eq!(field(&form, "key"), "user/1/${filename}");
    assert_eq!(field(&form, "x-amz-date"), "20130524T000000Z");

    let document: Value = serde_json::from_slice(&STANDARD.decode(field(&form, "policy")).unwrap()).unwrap();
    let want = json!({
        "expiration": "2013-05-24T01:00:00.000Z",
        "conditions": [
            ["eq", "$bucket", "photos"],
            ["starts-with", "$key", "user/1/"],
            ["starts-with", "$Content-Type", "image/"],
            ["eq", "$acl", "public-read"],
            ["eq", "$x-amz-meta-author", "J\u{fc}rgen \"x\""],
            ["eq", "$success_action_status", "201"],
            ["eq", "$x-amz-algorithm", "AWS4-HMAC-SHA256"],
            ["eq", "$x-amz-credential", "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"],
            ["eq", "$x-amz-date", "20130524T000000Z"],
            ["eq", "$x-amz-security-token", "token"],
            ["content-length-range", 1, 1024],
        ],
    });
    assert_eq!(document, want);
}

#[test]
fn fault_135_forms_that_can_not_hold_are_refused() {
    let (keys, credentials) = (SigningKeys::new(), example());
    let exact = |text: &str| PostValue::Exact(text.to_owned());
    let key = || PostPolicy::for_key("k", HOUR);
    let refused = [
        PostPolicy::for_key("k", Duration::ZERO),
        PostPolicy::for_key("k", Duration::from_secs(604_801)),
        #[allow(clippy::reversed_empty_ranges, reason = "that is the mistake")]
        key().length_bytes(2..=1),
        key().field("Key", exact("other")),
        key().field("X-Amz-Signature", exact("mine")),
        key().field("file", exact("x")),
        key().metadata("a", "1").metadata("A", "2"),
        key().content_type("text/plain").field("content-type", exact("text/html")),
    ];
    for policy in refused {
        let error = signer(&keys, &credentials).sign_post("b", String::new(), &policy).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{policy:?}");
    }
    assert!(signer(&keys, &credentials).sign_post("b", String::new(), &key()).is_ok());
}
