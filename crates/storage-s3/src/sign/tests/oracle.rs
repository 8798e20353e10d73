//! The whole-request signer of the AWS SDK says the same.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials as TheirCredentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use http::{HeaderMap, HeaderValue, Method};
use proptest::prelude::*;

use super::{at, credentials, headers, signature, text};
use crate::credentials::Credentials;
use crate::sign::SigningKeys;
use crate::sign::v4::{Rules, Scope, Signer};

#[derive(Clone, Debug)]
struct Case {
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    credentials: Credentials,
    region: String,
    rules: Rules,
    now: SystemTime,
}

fn encode(text: &str) -> String {
    let mut out = String::new();
    storage_http::encode_segment(text, &mut out);
    out
}

impl Case {
    fn target(&self) -> String {
        let mut target: String = self.path.split('/').map(encode).collect::<Vec<_>>().join("/");
        for (index, (name, value)) in self.query.iter().enumerate() {
            target.push(if index == 0 { '?' } else { '&' });
            target.push_str(&encode(name));
            // A name alone means the same as one with an empty value.
            if index % 2 == 0 || !value.is_empty() {
                target.push('=');
                target.push_str(&encode(value));
            }
        }
        target
    }

    fn scope(&self) -> Scope<'_> {
        match self.rules {
            Rules::S3 => Scope::s3(&self.region),
            Rules::General => Scope::general(&self.region, "sts"),
        }
    }

    fn headers(&self) -> HeaderMap {
        let mut all = headers(&[("host", "bucket.example.com:9000")]);
        let own: Vec<_> = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        all.extend(headers(&own));
        all
    }

    /// Signs by the oracle; returns the signed headers and the signature, and what else it adds.
    fn oracle(&self, digest: &str, expires: Option<Duration>) -> Vec<(String, String)> {
        let ours = &self.credentials;
        let identity = TheirCredentials::new(
            &ours.access_key_id,
            ours.secret_access_key.expose(),
            ours.session_token.as_ref().map(|it| it.expose().clone()),
            None,
            "test",
        )
        .into();
        let mut settings = SigningSettings::default();
        if self.rules == Rules::S3 {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        if expires.is_some() {
            settings.signature_location = SignatureLocation::QueryParams;
            settings.expires_in = expires;
            // In an address the digest is no header.
            settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
        }
        let more = ["content-length", "accept-encoding", "expect", "traceparent"];
        settings.excluded_headers.as_mut().unwrap().extend(more.map(Cow::Borrowed));
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(self.scope().service)
            .time(self.now)
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let uri = format!("http://bucket.example.com:9000{}", self.target());
        let pairs = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let body = SignableBody::Precomputed(digest.to_owned());
        let request = SignableRequest::new(self.method.as_str(), uri, pairs, body).unwrap();
        let (instructions, _) = sign(request, &params).unwrap().into_parts();
        let (headers, query) = instructions.into_parts();
        let headers = headers.iter().map(|it| (it.name().to_owned(), it.value().to_owned()));
        let query = query.into_iter().map(|(name, value)| (name.to_owned(), value.into_owned()));
        headers.chain(query).collect()
    }
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9]{0,12}",
        "[ -~]{0,12}",
        "[-._~+=&?#%/@;:,* éß😀]{0,8}",
        Just("%2F".to_owned()),
        Just("..".to_owned()),
    ]
}

/// Header values: blanks everywhere, no tabs, which the oracle takes for words.
fn values() -> impl Strategy<Value = String> {
    prop_oneof!["[!-~]{0,20}", "[ -~]{0,20}", " {0,3}[a-z]{0,3} {0,3}[a-z]{0,3} {0,2}"]
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        "x-amz-[a-z]{1,3}(-[a-z0-9]{1,4})?",
        "x-amz-meta-[a-c]",
        prop::sample::select(
            &["content-type", "content-md5", "range", "if-match", "if-none-match", "date", "cache-control"][..]
        )
        .prop_map(str::to_owned),
        prop::sample::select(
            &["user-agent", "content-length", "accept-encoding", "expect", "traceparent", "transfer-encoding"][..]
        )
        .prop_map(str::to_owned),
    ]
}

fn identities() -> impl Strategy<Value = Credentials> {
    ("[A-Z0-9]{1,20}", "[!-~]{0,50}", proptest::option::of("[A-Za-z0-9+/=]{1,80}"))
        .prop_map(|(id, secret, token)| credentials(&id, &secret, token.as_deref()))
}

prop_compose! {
    fn cases()(
        method in prop::sample::select(
            &[Method::GET, Method::PUT, Method::HEAD, Method::POST, Method::DELETE][..]
        ),
        path in proptest::collection::vec(words(), 1..5),
        query in proptest::collection::vec((words().prop_filter("a name", |it| !it.is_empty()), words()), 0..6),
        headers in proptest::collection::vec((names(), values()), 0..8),
        credentials in identities(),
        region in "[a-z0-9-]{1,14}",
        rules in prop::sample::select(&[Rules::S3, Rules::S3, Rules::General][..]),
        seconds in 0u64..4_102_444_800,
    ) -> Case {
        let path = format!("/{}", path.join("/"));
        Case { method, path, query, headers, credentials, region, rules, now: at(seconds) }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn headers_equal_those_of_the_oracle(case in cases(), digest in "[0-9a-f]{64}|UNSIGNED-PAYLOAD") {
        let keys = SigningKeys::new();
        let signer =
            Signer { keys: &keys, credentials: &case.credentials, scope: case.scope(), now: case.now };
        let mut headers = case.headers();
        let digest = HeaderValue::try_from(digest).unwrap();
        signer.sign_headers(&case.method, &case.target(), &mut headers, digest.clone()).unwrap();
        let added = case.oracle(digest.to_str().unwrap(), None);
        prop_assert!(added.len() >= 2);
        for (name, value) in added {
            prop_assert_eq!(text(&headers, &name), value);
        }
    }

    #[test]
    fn addresses_equal_those_of_the_oracle(case in cases(), seconds in 1u64..=604_800) {
        let keys = SigningKeys::new();
        let signer =
            Signer { keys: &keys, credentials: &case.credentials, scope: case.scope(), now: case.now };
        let mut headers = case.headers();
        // Here the length is signed, if it is given: it limits what may be sent.
        headers.remove("content-length");
        let expires = Duration::from_secs(seconds);
        let target = signer.presign(&case.method, &case.target(), &headers, expires).unwrap();
        let query = target.split_once('?').unwrap().1;
        for (name, value) in case.oracle("UNSIGNED-PAYLOAD", Some(expires)) {
            let pair = format!("{name}={}", encode(&value));
            prop_assert!(query.split('&').any(|it| it == pair), "{pair} is not in {target}");
        }
        prop_assert_eq!(signature(&target).len(), 64);
    }
}
