use proptest::prelude::*;
use storage_core::{ChecksumAlgorithm, ChecksumMode, Encryption};

use super::*;
use crate::vendors::{Addressing, VENDORS};

fn read(pairs: &[(&str, &str)]) -> Result<S3Config> {
    S3Config::from_pairs(&pairs.iter().copied().collect())
}

/// Reads and resolves settings, with keys.
fn resolve(pairs: &[(&str, &str)]) -> Result<Resolved> {
    let keys = S3Config::new().access_key_id("AKID").secret_access_key("canary-secret");
    let config = read(pairs)?;
    S3Config { access_key_id: keys.access_key_id, secret_access_key: keys.secret_access_key, ..config }
        .resolve()
}

fn address(pairs: &[(&str, &str)]) -> String {
    resolve(pairs).expect("the settings are good").endpoint.to_string()
}

fn refusal(pairs: &[(&str, &str)]) -> String {
    let error = resolve(pairs).expect_err("the settings are bad");
    assert_eq!(error.kind(), ErrorKind::Configuration);
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("canary"), "{shown}");
    error.to_string()
}

/// A value that a key takes.
fn sample(key: &str) -> &'static str {
    match key {
        "port" => "443",
        "secure" | "allow_http" | "dual_stack" | "fips" | "accelerate" | "path_style" | "anonymous"
        | "imds_disabled" | "unsigned_payload" | "trailers" | "requester_pays" => "true",
        "signature_version" => "4",
        "checksum" => "crc32c",
        "list_version" => "2",
        "list_encoding" => "url",
        "features" | "without" => "tags, put-if-absent",
        "sse" => "aws:kms",
        _ => "text",
    }
}

#[test]
fn every_key_is_read_and_an_unknown_one_names_them() {
    for key in S3Config::KEYS {
        assert!(read(&[(key, sample(key))]).is_ok(), "{key}");
    }
    let shown = read(&[("acess_key_id", "canary")]).unwrap_err().to_string();
    assert!(shown.contains("unknown setting `acess_key_id`; did you mean `access_key_id`?"), "{shown}");
    for key in S3Config::KEYS {
        assert!(shown.contains(key), "{key}");
    }
}

#[test]
fn an_unknown_key_of_the_http_client_names_the_known_ones() {
    let shown = read(&[("http.max-atempts", "canary")]).unwrap_err().to_string();
    assert!(
        shown.contains("in `http.…`, unknown setting `max_atempts`; did you mean `max_attempts`?"),
        "{shown}"
    );
    let config = read(&[("http.max_attempts", "3"), ("HTTP.User-Agent", "me")]).unwrap();
    assert_eq!(config.http.max_attempts, 3);
    assert_eq!(config.http.user_agent.as_deref(), Some("me"));
}

#[test]
fn the_words_of_libcloud_are_understood() {
    let config = read(&[
        ("key", "AKID"),
        ("secret", "s"),
        ("token", "t"),
        ("host", "localhost"),
        ("port", "9000"),
        ("secure", "false"),
        ("region", "eu-west-1"),
        ("timeout", "20"),
        ("proxy_url", "http://proxy:3128"),
    ])
    .unwrap();
    let resolved = config.resolve().unwrap();
    assert_eq!(resolved.endpoint.to_string(), "http://localhost:9000");
    assert_eq!(resolved.endpoint.region(), "eu-west-1");
    assert_eq!(resolved.credentials.access_key_id.as_deref(), Some("AKID"));
    assert_eq!(resolved.credentials.session_token.unwrap().expose(), "t");
    assert_eq!(resolved.http.answer_timeout.as_secs(), 20);
    assert_eq!(resolved.http.proxy.unwrap().expose(), "http://proxy:3128");
}

#[test]
fn addresses_follow_the_row_the_region_and_the_settings() {
    for (pairs, want) in [
        (&[][..], "https://s3.us-east-1.amazonaws.com"),
        (&[("region", "eu-west-1")], "https://s3.eu-west-1.amazonaws.com"),
        (&[("region", "mars-north-7")], "https://s3.mars-north-7.amazonaws.com"),
        (&[("region", "cn-north-1")], "https://s3.cn-north-1.amazonaws.com.cn"),
        (&[("region", "eusc-de-east-1")], "https://s3.eusc-de-east-1.amazonaws.eu"),
        (&[("region", "us-gov-west-1")], "https://s3.us-gov-west-1.amazonaws.com"),
        (&[("dual_stack", "on")], "https://s3.dualstack.us-east-1.amazonaws.com"),
        (
            &[("dual_stack", "on"), ("region", "cn-north-1")],
            "https://s3.dualstack.cn-north-1.amazonaws.com.cn",
        ),
        (&[("fips", "on"), ("region", "us-gov-east-1")], "https://s3-fips.us-gov-east-1.amazonaws.com"),
        (&[("fips", "on"), ("dual_stack", "on")], "https://s3-fips.dualstack.us-east-1.amazonaws.com"),
        (&[("vendor", "digitalocean")], "https://nyc3.digitaloceanspaces.com"),
        (&[("vendor", "DigitalOcean"), ("region", "fra1")], "https://fra1.digitaloceanspaces.com"),
        (&[("vendor", "ovh"), ("region", "us-east-va")], "https://s3.us-east-va.io.cloud.ovh.us"),
        (&[("vendor", "wasabi")], "https://s3.wasabisys.com"),
        (&[("vendor", "wasabi"), ("region", "eu-west-1")], "https://s3.eu-west-1.wasabisys.com"),
        (&[("vendor", "r2"), ("account", "ABC123")], "https://abc123.r2.cloudflarestorage.com"),
        (&[("vendor", "r2"), ("account", "abc.eu")], "https://abc.eu.r2.cloudflarestorage.com"),
        (&[("vendor", "cubbit"), ("tenant", "acme")], "https://s3.acme.cubbit.eu"),
        (&[("vendor", "backblaze_b2"), ("region", "us-west-004")], "https://s3.us-west-004.backblazeb2.com"),
        (&[("vendor", "seaweedfs")], "http://localhost:8333"),
        (&[("vendor", "minio"), ("endpoint", "http://127.0.0.1:9000/")], "http://127.0.0.1:9000"),
        (&[("vendor", "other"), ("host", "store.example.com")], "https://store.example.com"),
        (&[("vendor", "other"), ("host", "store.example.com:8443")], "https://store.example.com:8443"),
        (&[("endpoint", "https://[::1]:9000")], "https://[::1]:9000"),
        (&[("port", "8443")], "https://s3.us-east-1.amazonaws.com:8443"),
        (&[("secure", "false"), ("allow_http", "true")], "http://s3.us-east-1.amazonaws.com"),
    ] {
        assert_eq!(address(pairs), want);
    }
}

#[test]
fn signatures_name_the_region_that_the_service_wants() {
    let signed = |pairs: &[(&str, &str)]| resolve(pairs).unwrap().endpoint.region().to_owned();
    assert_eq!(signed(&[("vendor", "r2"), ("account", "a")]), "auto");
    assert_eq!(signed(&[("vendor", "gcs_s3")]), "auto");
    assert_eq!(signed(&[("vendor", "contabo"), ("region", "usc1")]), "default");
    assert_eq!(
        signed(&[("vendor", "ceph"), ("endpoint", "https://rgw.example.com"), ("region", "Main_1")]),
        "Main_1"
    );
    assert_eq!(signed(&[("vendor", "ceph"), ("endpoint", "https://rgw.example.com")]), "us-east-1");
    assert_eq!(signed(&[("vendor", "garage"), ("endpoint", "https://garage.example.com")]), "garage");
}

#[test]
fn what_does_not_go_together_is_refused_by_name() {
    for (pairs, want) in [
        (&[("vendor", "digtalocean")][..], "did you mean `digitalocean`?"),
        (&[("vendor", "minio")], "`endpoint` is missing"),
        (&[("vendor", "backblaze_b2")], "`region` is missing"),
        (&[("vendor", "r2")], "`account` is missing"),
        (&[("vendor", "r2"), ("account", "canary/x")], "`account` may hold"),
        (&[("vendor", "lyvecloud"), ("account", "evil.com#canary")], "`account` may hold"),
        (&[("region", "canary.evil.com/")], "`region` may hold"),
        (&[("region", "canary#")], "`region` may hold"),
        (&[("region", "EU-West-1")], "`region` may hold"),
        (&[("endpoint", "https://a.example.com"), ("host", "b.example.com")], "give one of them"),
        (&[("endpoint", "https://a.example.com"), ("port", "1")], "`port` and `endpoint`"),
        (&[("endpoint", "http://localhost"), ("secure", "true")], "`secure` and the scheme"),
        (&[("endpoint", "https://a.example.com"), ("fips", "true")], "`fips` chooses among"),
        (&[("endpoint", "localhost:9000")], "write `https://host`"),
        (&[("endpoint", "https://user:canary@a.example.com")], "write `https://host`"),
        (&[("host", "user:canary@a.example.com")], "write `https://host`"),
        (&[("endpoint", "https://a.example.com/canary")], "write `https://host`"),
        (&[("website_endpoint", "https://user:canary@a.example.com")], "`website_endpoint` is no address"),
        (&[("website_endpoint", "https://127.0.0.1")], "`website_endpoint` is no address"),
        (&[("vendor", "wasabi"), ("dual_stack", "true")], "Wasabi has no addresses for `dual_stack"),
        (&[("vendor", "wasabi"), ("accelerate", "true")], "Wasabi has no addresses for `accelerate`"),
        (&[("accelerate", "true"), ("fips", "true")], "`accelerate` and `fips`"),
        (&[("accelerate", "true"), ("region", "cn-north-1")], "does not reach the region"),
        (&[("signature_version", "canary")], "`signature_version` must be one of 2, 4"),
        (&[("signature_version", "2")], "`signature_version` is one that Amazon S3 does not take"),
        (&[("list_version", "3")], "`list_version` must be one of 1, 2"),
        (&[("checksum", "canary")], "`checksum` must be one of auto, off, crc64nvme"),
        (&[("features", "tags,canary")], "`features` must be one of multipart"),
        (&[("features", "tags"), ("without", "tags")], "`features` and `without` both name"),
        (&[("sse", "canary")], "`sse` must be one of none, AES256, aws:kms, customer"),
        (&[("sse", "customer")], "`sse_customer_key` is missing"),
        (
            &[("sse", "customer"), ("sse_customer_key", "canary")],
            "`sse_customer_key` must be 32 bytes in base64",
        ),
        (&[("sse_customer_key", "canary")], "`sse_customer_key` is of no use"),
        (&[("sse_kms_key_id", "canary")], "`sse_kms_key_id` is of no use"),
        (&[("vendor", "wasabi"), ("sse", "aws:kms")], "add `sse_kms` to `features`"),
        (&[("vendor", "wasabi"), ("storage_class", "canary")], "`storage_class` is of no use"),
        (&[("timeout", "canary")], "`timeout` must be a time"),
        (&[("timeout", "1"), ("http.answer_timeout", "1")], "are the same setting"),
        (&[("proxy_url", "http://canary"), ("http.proxy", "http://canary")], "are the same setting"),
        (&[("web_identity_token_file", "/canary")], "`role_arn` is missing"),
        (&[("http", "canary")], "`http` must be"),
    ] {
        let shown = refusal(pairs);
        assert!(shown.contains(want), "{pairs:?}: {shown}");
    }
}

#[test]
fn keys_come_whole_or_not_at_all() {
    for (pairs, want) in [
        (&[("access_key_id", "canary")][..], "`secret_access_key` is missing"),
        (&[("access_key_id", "canary"), ("secret", "")], "`secret_access_key` is missing"),
        (&[("secret", "canary")], "`access_key_id` is missing"),
        (&[("token", "canary")], "`session_token` is of no use"),
        (&[("key", "AKID"), ("secret", "canary\n")], "`secret_access_key` holds a blank"),
        (&[("key", "AK canary"), ("secret", "s")], "`access_key_id` holds a blank"),
        (&[("vendor", "wasabi")], "`access_key_id` and `secret_access_key` are missing; Wasabi"),
        (&[("key", "canary"), ("access_key_id", "canary")], "is given twice"),
    ] {
        let error = read(pairs).and_then(|it| it.resolve()).expect_err(want);
        assert!(error.to_string().contains(want), "{error}");
        assert!(!format!("{error:?}").contains("canary"));
    }
    assert!(read(&[]).unwrap().resolve().is_ok(), "the usual places of AWS are looked at later");
    let spaces = read(&[("vendor", "digitalocean"), ("profile", "spaces")]).unwrap().resolve().unwrap();
    assert!(spaces.credentials.imds_disabled, "the key of a machine is none of another vendor's business");
    assert!(
        read(&[("vendor", "digitalocean"), ("anonymous", "1")])
            .unwrap()
            .resolve()
            .unwrap()
            .credentials
            .anonymous
    );
}

#[test]
fn fault_121_names_that_tls_or_dns_would_trip_over_stand_in_the_path() {
    let style = |pairs: &[(&str, &str)], bucket: &str| resolve(pairs).unwrap().addressing_for(bucket);
    for (pairs, bucket, want) in [
        (&[][..], "photos", Addressing::Virtual),
        (&[], "my.photos", Addressing::Path),
        (&[], "My_Photos", Addressing::Path),
        (&[("path_style", "true")], "photos", Addressing::Path),
        (&[("endpoint", "http://127.0.0.1:9000")], "photos", Addressing::Path),
        (&[("endpoint", "https://[::1]:9000"), ("path_style", "false")], "photos", Addressing::Path),
        (&[("endpoint", "http://localhost:9000")], "photos", Addressing::Path),
        (&[("endpoint", "http://localhost:9000"), ("path_style", "false")], "photos", Addressing::Virtual),
        (&[("endpoint", "http://localhost:9000"), ("path_style", "false")], "my.photos", Addressing::Virtual),
        (&[("endpoint", "https://store.example.com")], "photos", Addressing::Virtual),
        (&[("vendor", "other"), ("endpoint", "https://store.example.com")], "photos", Addressing::Path),
        (
            &[("vendor", "other"), ("endpoint", "https://store.example.com"), ("path_style", "no")],
            "photos",
            Addressing::Virtual,
        ),
        (
            &[("vendor", "other"), ("endpoint", "https://store.example.com"), ("path_style", "no")],
            "my.photos",
            Addressing::Path,
        ),
        (&[("vendor", "digitalocean")], "photos", Addressing::Virtual),
    ] {
        assert_eq!(style(pairs, bucket), want, "{pairs:?} {bucket}");
    }
    let fast = resolve(&[("accelerate", "true")]).unwrap();
    assert_eq!(fast.endpoint_for("photos").host(), "s3-accelerate.amazonaws.com");
    assert_eq!(fast.endpoint_for("my.photos").host(), "s3.us-east-1.amazonaws.com");
}

#[test]
fn fault_129_requests_go_in_the_clear_to_this_machine_only() {
    for local in [
        "http://localhost:1",
        "http://127.0.0.1:1",
        "http://127.9.9.9",
        "http://[::1]:1",
        "http://a.localhost",
    ] {
        assert!(resolve(&[("vendor", "other"), ("endpoint", local)]).is_ok(), "{local}");
    }
    for pairs in [
        &[("endpoint", "http://store.example.com")][..],
        &[("endpoint", "http://10.0.0.1:9000")],
        &[("endpoint", "http://localhost.example.com")],
        &[("endpoint", "HTTP://store.example.com")],
        &[("host", "store.example.com"), ("secure", "false")],
        &[("secure", "false")],
        &[("vendor", "wasabi"), ("secure", "false")],
    ] {
        let shown = refusal(pairs);
        assert!(shown.contains("in the clear") && shown.contains("`allow_http`"), "{shown}");
        let mut allowed = pairs.to_vec();
        allowed.push(("allow_http", "true"));
        assert!(resolve(&allowed).is_ok(), "{pairs:?}");
    }
    for (key, address) in [
        ("sts_endpoint", "http://sts.example.com"),
        ("imds_endpoint", "http://8.8.8.8"),
        ("sso_endpoint", "http://a.example.com"),
    ] {
        assert!(refusal(&[(key, address)]).contains(&format!("`{key}` leads to another machine")), "{key}");
    }
    for address in [
        "http://169.254.169.254",
        "http://[fd00:ec2::254]",
        "http://localhost:1338",
        "https://imds.example.com",
    ] {
        assert!(resolve(&[("imds_endpoint", address)]).is_ok(), "{address}");
    }
}

#[test]
fn fault_131_a_container_asks_its_agent_and_nobody_else() {
    let key = "container_credentials_full_uri";
    for address in [
        "http://169.254.170.2/v2/credentials",
        "http://169.254.170.23/v1/credentials",
        "http://[fd00:ec2::23]/v1/credentials",
        "http://localhost:8080/creds",
        "http://127.0.0.1/creds?a=b",
        "https://keys.example.com/creds",
    ] {
        assert!(resolve(&[(key, address)]).is_ok(), "{address}");
    }
    for address in [
        "http://keys.example.com/canary",
        "http://169.254.169.254/canary",
        "http://169.254.170.2.evil.com/canary",
        "http://169.254.170.2@evil.com/canary",
        "https://canary@keys.example.com/",
        "http://10.0.0.1/canary",
        "ftp://localhost/canary",
        "/canary",
        "canary canary",
        "",
    ] {
        let refused = resolve(&[(key, address)]);
        assert_eq!(refused.is_err(), !address.is_empty(), "{address}");
        if let Err(error) = refused {
            assert!(
                error.to_string().contains(&format!("`{key}`")) && !error.to_string().contains("canary"),
                "{error}"
            );
        }
    }
    assert!(
        refusal(&[("container_credentials_relative_uri", "canary.evil.com/")])
            .contains("must start with `/`")
    );
}

#[test]
fn requests_are_turned_within_the_service_only() {
    let aws = resolve(&[("fips", "true")]).unwrap();
    let there = aws.endpoint_in("eu-west-1").unwrap();
    assert_eq!((there.host(), there.region()), ("s3-fips.eu-west-1.amazonaws.com", "eu-west-1"));
    for region in ["evil.com/", "a.b", "", "EU", "x@y", "-a", "cn-north-1"] {
        assert!(aws.endpoint_in(region).is_none(), "{region}");
    }
    assert!(
        resolve(&[("endpoint", "https://store.example.com")]).unwrap().endpoint_in("eu-west-1").is_none()
    );
    assert!(resolve(&[("vendor", "storj")]).unwrap().endpoint_in("eu-west-1").is_none());
}

#[test]
fn settings_say_more_than_the_row() {
    let own = resolve(&[
        ("vendor", "other"),
        ("endpoint", "https://store.example.com"),
        ("features", "tags, put_if_absent, SSE-C"),
        ("without", "bulk_delete"),
        ("checksum", "sha256"),
        ("list_version", "v1"),
        ("list_encoding", "claimed"),
        ("unsigned_payload", "false"),
        ("signature_version", "s3"),
        ("sse", "customer"),
        ("sse_customer_key", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        ("storage_class", "COLD"),
    ])
    .unwrap();
    assert!(own.quirks.tags && own.quirks.put_if_absent && own.quirks.sse_c && !own.quirks.bulk_delete);
    assert_eq!(own.quirks.checksums, [ChecksumAlgorithm::Sha256]);
    assert_eq!(own.checksum, ChecksumMode::Algorithm(ChecksumAlgorithm::Sha256));
    assert_eq!((own.quirks.list_version, own.quirks.list_encoding), (ListVersion::V1, ListEncoding::Claimed));
    assert!(!own.quirks.unsigned_payload);
    assert_eq!(own.signature, SignatureVersion::V2);
    assert_eq!(own.defaults.encryption, Some(Encryption::CustomerKey(Secret::new([0; 32]))));
    assert_eq!(own.defaults.storage_class.as_deref(), Some("COLD"));
    let spaces = resolve(&[("vendor", "digitalocean"), ("signature_version", "2")]).unwrap();
    assert_eq!(spaces.signature, SignatureVersion::V2);
    assert_eq!(resolve(&[("vendor", "digitalocean")]).unwrap().signature, SignatureVersion::V4);
    assert_eq!(
        resolve(&[("vendor", "auroraobjects"), ("signature_version", "2")]).unwrap().signature,
        SignatureVersion::V2
    );
}

#[test]
fn buckets_are_seen_where_the_service_shows_them() {
    let spaces = resolve(&[("vendor", "digitalocean"), ("region", "fra1")]).unwrap();
    assert_eq!(spaces.website_url("b").as_deref(), Some("https://b.fra1-static.digitaloceanspaces.com"));
    assert_eq!(spaces.cdn_url("b").as_deref(), Some("https://b.fra1.cdn.digitaloceanspaces.com"));
    for (region, want) in [
        ("us-east-1", "http://b.s3-website-us-east-1.amazonaws.com"),
        ("eu-central-1", "http://b.s3-website.eu-central-1.amazonaws.com"),
        ("cn-north-1", "http://b.s3-website.cn-north-1.amazonaws.com.cn"),
    ] {
        assert_eq!(resolve(&[("region", region)]).unwrap().website_url("b").as_deref(), Some(want));
    }
    assert_eq!(resolve(&[("endpoint", "https://store.example.com")]).unwrap().website_url("b"), None);
    let own = resolve(&[
        ("endpoint", "https://store.example.com"),
        ("website_endpoint", "http://web.example.com:81/"),
    ])
    .unwrap();
    assert_eq!(own.website_url("b").as_deref(), Some("http://b.web.example.com:81"));
    assert_eq!(own.website_url("My_Bucket"), None);
}

#[test]
fn no_setting_shows_a_secret() {
    let config = read(&[
        ("secret", "canary"),
        ("token", "canary"),
        ("sse_customer_key", "canary"),
        ("container_authorization_token", "canary"),
        ("proxy_url", "http://user:canary@proxy"),
        ("http.proxy", "http://user:canary@proxy"),
        ("http.client_key", "canary"),
    ]);
    let shown = format!("{config:?}");
    assert!(!shown.contains("canary"), "{shown}");
    let resolved = resolve(&[("token", "canary")]).unwrap();
    assert!(!format!("{resolved:?}").contains("canary"));
}

#[test]
fn options_of_a_put_are_read() {
    let pairs: Pairs = [
        ("object_lock_mode", "COMPLIANCE"),
        ("object_lock_retain_until", "2030-01-01T00:00:00Z"),
        ("legal_hold", "on"),
        ("requester_pays", "true"),
        ("grant_read", "id=\"1\""),
    ]
    .into_iter()
    .collect();
    let options: S3PutOptions = pairs.parse().unwrap();
    assert_eq!(options.object_lock_mode.map(ObjectLockMode::name), Some("COMPLIANCE"));
    assert_eq!(options.object_lock_retain_until.unwrap().0.unix_timestamp(), 1_893_456_000);
    assert_eq!(options.object_lock_legal_hold, Some(true));
    assert!(options.requester_pays);
    for (key, want) in [
        ("object_lock_retain_until", "must be a time such as"),
        ("object_lock_mode", "governance, compliance"),
    ] {
        let pairs: Pairs = [(key, "canary")].into_iter().collect();
        let error = pairs.parse::<S3PutOptions>().unwrap_err().to_string();
        assert!(
            error.contains(&format!("`{key}`")) && error.contains(want) && !error.contains("canary"),
            "{error}"
        );
    }
}

#[test]
fn fault_119_an_owner_that_no_header_can_carry_is_refused_at_once() {
    let error = S3Config::new().expected_bucket_owner("canary\r\nx: y").resolve().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(
        error.to_string().contains("`expected_bucket_owner`") && !error.to_string().contains("canary"),
        "{error}"
    );
    assert!(S3Config::new().expected_bucket_owner("111122223333").resolve().is_ok());
}

proptest! {
    #[test]
    fn fault_175_any_settings_end_in_types_or_an_error_that_shows_no_value(
        picks in proptest::collection::vec((0..KEYS.len() + 1, 0..4_u8, "\\PC{0,12}"), 0..6),
        vendor in 0..VENDORS.len(),
    ) {
        let mut pairs: Pairs = [("vendor", VENDORS[vendor].name)].into_iter().collect();
        for (key, shape, text) in &picks {
            let key = KEYS.get(*key).copied().unwrap_or("no_such_key");
            let value = match shape {
                0 => format!("{text}canary"),
                1 => format!("https://{text}canary.example.com"),
                2 => sample(key).to_owned(),
                _ => format!("http://127.0.0.1:9000/canary{text}"),
            };
            pairs.insert(key, value);
        }
        if let Err(error) = S3Config::from_pairs(&pairs).and_then(|it| it.resolve()) {
            prop_assert_eq!(error.kind(), ErrorKind::Configuration);
            prop_assert!(!format!("{error} {error:?}").contains("canary"), "{}", error);
        }
    }
}
