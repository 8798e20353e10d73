//! Where secrets go, and where they must not.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

#[path = "support/scripted.rs"]
mod scripted;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use http::Method;
use storage_core::groups::PresignOptions;
use storage_core::{Container, Error, ErrorKind, Runtime as _};
use storage_s3::S3Config;
use storage_testkit::TestRuntime;
use storage_testkit::server::{Answer, Authority, Request, Script, Server};

use scripted::{Quick, names, service};

/// Makes every kind of call, and returns the errors of those that failed.
async fn every_call(container: &Container) -> Vec<Error> {
    let object = container.object("k").unwrap();
    let mut errors = Vec::new();
    errors.extend(object.get().bytes().await.err());
    errors.extend(object.head().await.err());
    errors.extend(object.put("content").await.err());
    errors.extend(object.delete().await.err());
    errors.extend(object.copy_to(&container.object("to").unwrap()).await.err());
    errors.extend(names(container.list()).await.1);
    let piece = bytes::Bytes::from(vec![b'x'; 6 << 20]);
    let pieces = futures_util::stream::iter([Ok::<_, Error>(piece)]);
    errors.extend(object.upload_stream(pieces).part_size(5 << 20).await.err());
    errors
}

#[tokio::test]
async fn fault_123_no_redirect_leads_to_another_host() {
    let thief = Server::start_at(
        "127.0.0.2:0".parse().unwrap(),
        Script::function(|_| Answer::new(200).body("stolen")),
    )
    .await
    .unwrap();
    for status in [300, 301, 302, 303, 304, 305, 307, 308] {
        let url = thief.url();
        let (server, container) = scripted::bucket(Script::function(move |_| {
            let host = url.trim_start_matches("http://");
            Answer::xml(
                status,
                format!("<Error><Code>TemporaryRedirect</Code><Endpoint>{host}</Endpoint></Error>"),
            )
            .header("location", format!("{url}/steal"))
            .header("x-amz-bucket-region", "eu-west-1")
            .header("refresh", format!("0; url={url}"))
        }))
        .await;
        let errors = every_call(&container).await;
        assert_eq!(errors.len(), 7, "{status}");
        for error in &errors {
            assert!(
                [ErrorKind::Configuration, ErrorKind::NotModified].contains(&error.kind()),
                "{status}: {error:?}"
            );
            assert!(!scripted::chain(error).contains("stolen"));
        }
        // Each call was sent once, to the place that the settings give.
        assert_eq!(server.requests().len(), 7, "{status}: {:?}", server.request_lines());
        assert!(server.requests().iter().all(|it| it.header("referer").is_none()));
    }
    assert_eq!(thief.connections(), 0);
}

#[tokio::test]
async fn fault_124_no_redirect_leads_from_tls_into_the_clear() {
    let plain = Server::start(Script::function(|_| Answer::new(200).body("stolen"))).await.unwrap();
    let authority = Authority::new().unwrap();
    for status in [301, 302, 307, 308] {
        let url = plain.url();
        let script = Script::function(move |request| {
            Answer::new(status).header("location", format!("{url}{}", request.target_text()))
        });
        let server = Server::start_tls(script, &authority.identity(&["127.0.0.1"]).unwrap()).await.unwrap();
        let mut config = scripted::config(&server);
        config.http.ca = Some(authority.pem().to_owned());
        let container = scripted::open(config).container("bucket").unwrap();
        let errors = every_call(&container).await;
        assert_eq!((errors.len(), server.requests().len()), (7, 7), "{status}");
        assert!(errors.iter().all(|it| it.kind() == ErrorKind::Configuration && it.status() == Some(status)));
    }
    assert_eq!(plain.connections(), 0);
}

/// The region that a request was sent to, and the one that it is signed for.
fn places(request: &Request) -> (String, String) {
    let host = request.header("host").unwrap();
    let host = host.split(':').next().unwrap().trim_end_matches(".amazonaws.com");
    let authorization = request.header("authorization").unwrap();
    let scope = authorization.split("Credential=").nth(1).unwrap();
    (host.to_owned(), scope.split('/').nth(2).unwrap().to_owned())
}

/// The ways in which Amazon S3 says that a bucket is in Ireland.
fn elsewhere(way: usize) -> Answer {
    let region = |answer: Answer| answer.header("x-amz-bucket-region", "eu-west-1");
    match way {
        0 => region(Answer::xml(
            301,
            "<Error><Code>PermanentRedirect</Code><Endpoint>bucket.s3-eu-west-1.amazonaws.com</Endpoint></Error>",
        )),
        1 => region(Answer::xml(307, "<Error><Code>TemporaryRedirect</Code></Error>"))
            .header("location", "https://bucket.s3-eu-west-1.amazonaws.com/k"),
        2 => Answer::xml(
            400,
            "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>",
        ),
        3 => region(Answer::new(301)),
        4 => region(Answer::new(400)),
        _ => Answer::xml(
            400,
            "<Error><Code>IllegalLocationConstraintException</Code><Region>eu-west-1</Region></Error>",
        ),
    }
}

#[tokio::test]
async fn fault_125_a_bucket_elsewhere_is_found_once_and_remembered() {
    for way in 0..=5 {
        let (server, storage) = scripted::amazon(service(move |_, _, request| {
            let (host, signed) = places(request);
            let there = host.ends_with("s3.eu-west-1") && signed == "eu-west-1";
            (host.starts_with("bucket.") && !there).then(|| elsewhere(way))
        }))
        .await;
        let container = storage.container("bucket").unwrap();
        container.object("k").unwrap().put("content").await.unwrap();
        let (us, eu) = ("bucket.s3.us-east-1", "bucket.s3.eu-west-1");
        let pair = |host: &str, region: &str| (host.to_owned(), region.to_owned());
        let seen: Vec<_> = server.requests().iter().map(places).collect();
        assert_eq!(seen, [pair(us, "us-east-1"), pair(eu, "eu-west-1")], "{way}");
        // The content went along again, whole.
        assert!(server.requests().iter().all(|it| it.body == "content"));

        // Every later call goes right at once, and so does an address for others.
        let before = server.requests().len();
        container.object("k2").unwrap().put("content").await.unwrap();
        container.object("k2").unwrap().delete().await.unwrap();
        names(container.list()).await;
        let later = server.requests().split_off(before);
        assert_eq!(later.len(), 3, "{way}");
        assert!(later.iter().all(|it| places(it) == pair(eu, "eu-west-1")), "{way}");
        let signed =
            container.object("k").unwrap().presign(Method::GET, Duration::from_secs(60)).await.unwrap();
        assert!(signed.url.expose().starts_with("https://bucket.s3.eu-west-1.amazonaws.com:"));
        assert!(signed.url.expose().contains("%2Feu-west-1%2Fs3%2Faws4_request"));

        // Other buckets stay where they were.
        storage.container("another").unwrap().object("k").unwrap().put("x").await.unwrap();
        let last = server.requests().pop().unwrap();
        assert_eq!(places(&last), pair("another.s3.us-east-1", "us-east-1"));
    }
}

#[tokio::test]
async fn fault_125_a_head_without_a_body_finds_the_bucket_too() {
    for status in [301, 307, 400] {
        let (server, storage) =
            scripted::amazon(Script::function(move |request| match places(request).1.as_str() {
                "eu-west-1" => Answer::object(request, "content", "\"e\""),
                _ => Answer::new(status).header("x-amz-bucket-region", "eu-west-1"),
            }))
            .await;
        let container = storage.container("bucket").unwrap();
        assert_eq!(container.object("k").unwrap().head().await.unwrap().size, 7);
        container.info().await.unwrap();
        assert_eq!(server.requests().len(), 3, "{status}");
    }
}

#[tokio::test]
async fn fault_125_regions_that_send_each_other_around_end() {
    let (server, storage) = scripted::amazon(Script::function(|request| {
        let other = if places(request).1 == "eu-west-1" { "us-east-1" } else { "eu-west-1" };
        Answer::new(301).header("x-amz-bucket-region", other)
    }))
    .await;
    let object = storage.container("bucket").unwrap().object("k").unwrap();
    let error = object.put("content").await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Configuration, Some(301)));
    assert!(server.requests().len() <= 3, "{:?}", server.request_lines());
}

#[tokio::test]
async fn fault_125_138_no_answer_leads_out_of_the_service() {
    for region in [
        "eu-west-1.evil.example.com/",
        "evil.example.com",
        "eu-west-1@evil.example.com",
        "evil.example.com#",
        "evil.example.com:443/",
        "../evil",
        "eu-west-1\tx",
        "EU-WEST-1",
        "",
        " ",
        // Other partitions are other services.
        "cn-north-1",
        "eusc-de-east-1",
    ] {
        for in_body in [false, true] {
            let (server, storage) = scripted::amazon(Script::function(move |_| {
                let answer = Answer::new(301).header("location", "https://evil.example.com/k");
                match in_body {
                    true => answer.body(format!(
                        "<Error><Code>PermanentRedirect</Code><Endpoint>evil.example.com</Endpoint><Region>{region}</Region></Error>"
                    )),
                    false => answer.header("x-amz-bucket-region", region),
                }
            }))
            .await;
            let container = storage.container("bucket").unwrap();
            for _ in 0..2 {
                let error = container.object("k").unwrap().put("content").await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Configuration, "{region}");
            }
            let hosts: HashSet<_> =
                server.requests().iter().map(|it| it.header("host").unwrap().to_owned()).collect();
            let own = format!("bucket.s3.us-east-1.amazonaws.com:{}", server.address().port());
            assert_eq!((server.requests().len(), hosts), (2, HashSet::from([own])), "{region}");
        }
    }
}

#[tokio::test]
async fn fault_138_what_good_answers_say_of_places_is_ignored() {
    let thief = Server::start_at("127.0.0.2:0".parse().unwrap(), Script::queue([])).await.unwrap();
    let url = thief.url();
    let (server, container) = scripted::bucket(service(move |call, _, request| {
        let said = |answer: Answer| {
            answer
                .header("location", format!("{url}/bucket"))
                .header("content-location", format!("{url}/k"))
                .header("x-amz-bucket-region", "mars-1")
                .header("alt-svc", format!("h2=\"{}\"", url.trim_start_matches("http://")))
                .header("x-amz-website-redirect-location", format!("{url}/k"))
        };
        Some(said(match call {
            "get" | "head" => Answer::object(request, "content", "\"e\""),
            "create" => Answer::xml(
                200,
                format!("<InitiateMultipartUploadResult><Bucket>other</Bucket><Key>other</Key><UploadId>u</UploadId><Location>{url}</Location></InitiateMultipartUploadResult>"),
            ),
            "complete" => Answer::xml(
                200,
                format!("<CompleteMultipartUploadResult><Location>{url}/k</Location><Bucket>other</Bucket><ETag>\"e\"</ETag></CompleteMultipartUploadResult>"),
            ),
            "part" => Answer::new(200).header("etag", "\"e\""),
            "list" => Answer::xml(200, scripted::page(&["a"], None).replace("<Name>bucket", "<Name>other")),
            "copy" => Answer::xml(200, "<CopyObjectResult><ETag>\"e\"</ETag></CopyObjectResult>"),
            "delete" => Answer::new(204),
            _ => Answer::new(200).header("etag", "\"e\""),
        }))
    }))
    .await;
    for _ in 0..2 {
        container.create().await.unwrap();
        assert!(every_call(&container).await.is_empty());
    }
    for request in server.requests() {
        assert!(request.path() == "/bucket" || request.path().starts_with("/bucket/"), "{}", request.path());
        assert!(request.header("authorization").unwrap().contains("/us-east-1/s3/aws4_request"));
    }
    assert_eq!(thief.connections(), 0);
}

#[tokio::test]
async fn fault_129_keys_do_not_travel_in_the_clear() {
    for (endpoint, allowed) in [
        ("http://s3.example.com", false),
        ("http://192.0.2.1:9000", false),
        ("http://[2001:db8::1]:9000", false),
        ("http://127.0.0.1.example.com", false),
        ("http://localhost.example.com", false),
        ("http://0.0.0.0:9000", false),
        ("HTTP://s3.example.com", false),
        ("http://user@127.0.0.1:9000", false),
        ("https://s3.example.com", true),
        ("http://127.0.0.1:9000", true),
        ("http://127.1.2.3:9000", true),
        ("http://localhost:9000", true),
        ("http://[::1]:9000", true),
    ] {
        let config = || scripted::keys(S3Config::new().endpoint(endpoint).region("us-east-1"));
        let opened = config().open_on(Arc::new(Quick::new()));
        match opened {
            Ok(_) => assert!(allowed, "{endpoint}"),
            Err(error) => {
                assert!(!allowed, "{endpoint}: {error}");
                assert_eq!(error.kind(), ErrorKind::Configuration);
                assert!(!scripted::chain(&error).contains("secret-of-tests"));
            }
        }
        if !allowed && !endpoint.contains('@') {
            assert!(config().allow_http(true).open_on(Arc::new(Quick::new())).is_ok(), "{endpoint}");
        }
    }
}

/// Settings without keys, so that they are looked for.
fn keyless(server: &Server) -> S3Config {
    let nowhere = std::env::temp_dir().join("there-is-no-such-file-of-keys");
    S3Config::new()
        .endpoint(server.url())
        .region("us-east-1")
        .config_file(nowhere.clone())
        .credentials_file(nowhere)
        .http(scripted::patient())
}

#[tokio::test]
async fn fault_130_the_first_version_of_the_metadata_service_is_not_asked() {
    for status in [404, 405, 400, 403] {
        let machine = Server::start(Script::function(move |request| match request.method.as_str() {
            "PUT" => Answer::new(status),
            _ => Answer::json(200, "{\"Code\":\"Success\",\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"S\"}"),
        }))
        .await
        .unwrap();
        let server = Server::start(service(|_, _, _| None)).await.unwrap();
        let open = |config: S3Config| config.open_on(Arc::new(TestRuntime::new(1))).unwrap();
        let storage = open(keyless(&server).imds_endpoint(machine.url()));
        let object = storage.container("bucket").unwrap().object("k").unwrap();
        let error = object.put("content").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{status}: {error:?}");
        // Without keys nothing is sent to the service, and no key was asked for without a token.
        assert_eq!(server.connections(), 0);
        assert!(machine.requests().iter().all(|it| it.method == "PUT"), "{:?}", machine.request_lines());

        let asked = machine.requests().len();
        let storage = open(keyless(&server).imds_endpoint(machine.url()).imds_disabled(true));
        let object = storage.container("bucket").unwrap().object("k").unwrap();
        assert_eq!(object.put("content").await.unwrap_err().kind(), ErrorKind::Unauthenticated);
        assert_eq!((machine.requests().len(), server.connections()), (asked, 0));
    }
}

#[tokio::test]
async fn fault_131_a_stranger_does_not_hand_out_keys_in_the_clear() {
    let server = Server::start(service(|_, _, _| None)).await.unwrap();
    for address in ["http://192.0.2.1/keys", "http://keys.example.com/", "http://127.0.0.1.example.com/"] {
        let config = keyless(&server)
            .container_credentials_full_uri(address)
            .container_authorization_token("canary-token")
            .imds_disabled(true);
        let outcome = match config.open_on(Arc::new(Quick::new())) {
            Ok(storage) => {
                storage.container("bucket").unwrap().object("k").unwrap().put("content").await.map(|_| ())
            }
            Err(error) => Err(error),
        };
        let error = outcome.unwrap_err();
        let shown = scripted::chain(&error);
        assert!(shown.contains("`container_credentials_full_uri`"), "{shown}");
        assert!(!shown.contains("canary"), "{shown}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_134_two_identities_are_never_crossed() {
    const REQUESTS: usize = 10_000;
    let wrong = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&wrong);
    let script = Script::function(move |request| {
        let who = request.path().split('/').nth(1).unwrap_or_default().to_owned();
        let key = format!("Credential=AKID{who}/");
        let signed = request.header("authorization").is_some_and(|it| it.contains(&key));
        let token = request.header("x-amz-security-token") == Some(&format!("token-{who}"));
        if !(signed && token && who.len() == 3) {
            seen.fetch_add(1, Ordering::SeqCst);
        }
        Answer::object(request, who, "\"e\"")
    });
    let server = Server::start(script).await.unwrap();
    let bucket = |who: &str| {
        let config = S3Config::new()
            .endpoint(server.url())
            .region("us-east-1")
            .access_key_id(format!("AKID{who}"))
            .secret_access_key(format!("secret-{who}"))
            .session_token(format!("token-{who}"));
        scripted::open(config.http(scripted::patient())).container(who).unwrap()
    };
    let buckets = [bucket("one"), bucket("two")];
    let reads = futures_util::stream::iter(0..REQUESTS).map(|at| {
        let container = &buckets[at % 2];
        async move {
            let bytes = container.object("k").unwrap().get().bytes().await.unwrap();
            assert_eq!(bytes, container.name().as_bytes());
        }
    });
    assert_eq!(reads.buffer_unordered(64).count().await, REQUESTS);
    assert_eq!((wrong.load(Ordering::SeqCst), server.requests().len()), (0, REQUESTS));
}

#[tokio::test]
async fn fault_135_an_address_is_good_for_a_week_at_most() {
    let (server, container) = scripted::queue([]).await;
    let object = container.object("k").unwrap();
    for (seconds, good) in [(0, false), (1, true), (604_800, true), (604_801, false), (u64::MAX, false)] {
        let signed = object.presign(Method::GET, Duration::from_secs(seconds)).await;
        match signed {
            Ok(signed) => {
                assert!(good, "{seconds}");
                assert!(signed.url.expose().contains(&format!("&X-Amz-Expires={seconds}&")));
            }
            Err(error) => assert_eq!((good, error.kind()), (false, ErrorKind::InvalidInput), "{seconds}"),
        }
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn fault_135_nothing_is_injected_into_an_address() {
    let (server, container) = scripted::queue([]).await;
    let object = container.object("a&X-Amz-Expires=1?b#c").unwrap();
    let options = || PresignOptions::new(Method::PUT, Duration::from_secs(60));
    for (name, value) in [
        ("x-own", "a\r\nb"),
        ("x own", "a"),
        ("", "a"),
        ("authorization", "a"),
        ("x-amz-date", "20260101T000000Z"),
        ("x-amz-security-token", "t"),
    ] {
        let mut bad = options();
        bad.headers.push((name.to_owned(), value.to_owned()));
        assert_eq!(object.presign_with(&bad).await.unwrap_err().kind(), ErrorKind::InvalidInput, "{name}");
    }
    for name in ["X-Amz-Signature", "x-amz-expires", "X-Amz-Credential", "X-Amz-SignedHeaders"] {
        let mut bad = options();
        bad.query.push((name.to_owned(), "1".to_owned()));
        assert_eq!(object.presign_with(&bad).await.unwrap_err().kind(), ErrorKind::InvalidInput, "{name}");
    }
    let mut good = options();
    good.headers.push(("Content-Type".to_owned(), "text/plain".to_owned()));
    good.query.push(("response-content-type".to_owned(), "a&b=c\r\n".to_owned()));
    let signed = object.presign_with(&good).await.unwrap();
    let url = signed.url.expose();
    // What the sender has to send is signed, and told.
    assert!(url.contains("X-Amz-SignedHeaders=content-type%3Bhost"), "{url}");
    assert_eq!(signed.headers, [("content-type".to_owned(), "text/plain".to_owned())]);
    assert!(url.contains("response-content-type=a%26b%3Dc%0D%0A&"), "{url}");
    assert!(url.contains("/bucket/a%26X-Amz-Expires%3D1%3Fb%23c?"), "{url}");
    assert_eq!(url.matches("X-Amz-Expires=").count(), 1);
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn fault_135_an_address_is_dated_by_the_clock_of_the_service() {
    let runtime = Quick::new();
    let ahead = runtime.now() + Duration::from_secs(2 * 24 * 3600);
    let date = httpdate::fmt_http_date(ahead);
    let server = Server::start(service(move |call, before, _| {
        (call == "put" && before == 0)
            .then(|| Answer::xml(403, scripted::error("RequestTimeTooSkewed")).header("date", date.as_str()))
    }))
    .await
    .unwrap();
    let storage = scripted::config(&server).open_on(Arc::new(runtime)).unwrap();
    let object = storage.container("bucket").unwrap().object("k").unwrap();
    object.put("content").await.unwrap();
    let stamped = server.requests()[1].header("x-amz-date").unwrap()[..8].to_owned();
    let signed = object.presign(Method::GET, Duration::from_secs(60)).await.unwrap();
    assert!(signed.url.expose().contains(&format!("X-Amz-Date={stamped}T")), "{}", signed.url.expose());
    // The clock of these tests starts with the year.
    assert_eq!(stamped, "20260103");
    assert_eq!(server.requests().len(), 2);
}
