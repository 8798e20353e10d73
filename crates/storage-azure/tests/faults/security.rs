//! Where secrets go, and where they must not.

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use storage_azure::AzureConfig;
use storage_core::groups::PresignOptions;
use storage_core::{Container, Error, ErrorKind};
use storage_testkit::server::{Answer, Authority, Request, Script, Server};

use crate::scripted::{
    ACCOUNT, CONTAINER, Quick, Service, chain, config, delegation_key, failed, names, object, open, page,
    place, service, told,
};

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
    let pieces = (0..2).map(|_| Ok::<_, Error>(bytes::Bytes::from(vec![b'x'; 1 << 20])));
    errors.extend(object.upload_stream(futures_util::stream::iter(pieces)).part_size(1 << 20).await.err());
    errors
}

#[tokio::test]
async fn fault_123_no_redirect_leads_to_another_host() {
    let stolen = Script::function(|_| Answer::new(200).body("stolen"));
    let thief = Server::start_at("127.0.0.2:0".parse().unwrap(), stolen).await.unwrap();
    for status in [300, 301, 302, 303, 304, 305, 307, 308] {
        let url = thief.url();
        let service = Service::function(move |_| {
            failed(status, "")
                .header("location", format!("{url}/steal"))
                .header("refresh", format!("0; url={url}"))
        })
        .await;
        let errors = every_call(&service.container()).await;
        assert_eq!(errors.len(), 7, "{status}");
        for error in &errors {
            let kinds = [ErrorKind::Configuration, ErrorKind::NotModified];
            assert!(kinds.contains(&error.kind()), "{status}: {error:?}");
            assert!(!chain(error).contains("stolen"));
        }
        // Each call was sent once, to the place that the settings give.
        assert_eq!(service.requests().len(), 7, "{status}: {:?}", service.server.request_lines());
        assert!(service.requests().iter().all(|it| it.header("referer").is_none()));
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
            told(Answer::new(status).header("location", format!("{url}{}", request.target_text())))
        });
        let server = Server::start_tls(script, &authority.identity(&["127.0.0.1"]).unwrap()).await.unwrap();
        let mut config = config(&server.url());
        config.http.ca = Some(authority.pem().to_owned());
        let container = open(config).container(CONTAINER).unwrap();
        let errors = every_call(&container).await;
        assert_eq!((errors.len(), server.requests().len()), (7, 7), "{status}");
        assert!(errors.iter().all(|it| it.kind() == ErrorKind::Configuration && it.status() == Some(status)));
    }
    assert_eq!(plain.connections(), 0);
}

#[tokio::test]
async fn fault_138_what_good_answers_say_of_places_is_ignored() {
    let thief = Server::start_at("127.0.0.2:0".parse().unwrap(), Script::queue([])).await.unwrap();
    let url = thief.url();
    let service = Service::calls(move |call, _, request| {
        let said = |answer: Answer| {
            answer
                .header("location", format!("{url}/bucket"))
                .header("content-location", format!("{url}/k"))
                .header("alt-svc", format!("h2=\"{}\"", url.trim_start_matches("http://")))
                .header("x-ms-copy-source", format!("{url}/k"))
        };
        match call {
            "get" | "head" => Some(said(object(request, "content", "\"e\""))),
            "list" => {
                let body = page(&["a"], None)
                    .replace("http://127.0.0.1/acct", &url)
                    .replace("=\"bucket\"", "=\"x\"");
                Some(said(Answer::xml(200, body)))
            }
            "put" => Some(said(crate::scripted::written("e"))),
            _ => None,
        }
    })
    .await;
    for _ in 0..2 {
        assert!(every_call(&service.container()).await.is_empty());
    }
    let own = format!("/{ACCOUNT}/{CONTAINER}");
    for request in service.requests() {
        let path = request.path();
        assert!(path == own || path.starts_with(&format!("{own}/")), "{path}");
    }
    assert_eq!(thief.connections(), 0);
}

#[tokio::test]
async fn fault_129_keys_do_not_travel_in_the_clear() {
    for (endpoint, allowed) in [
        ("http://acct.blob.core.windows.net", false),
        ("http://192.0.2.1:10000", false),
        ("http://[2001:db8::1]:10000", false),
        ("http://127.0.0.1.example.com/acct", false),
        ("http://localhost.example.com/acct", false),
        ("http://0.0.0.0:10000", false),
        ("HTTP://acct.blob.core.windows.net", false),
        ("http://user@127.0.0.1:10000", false),
        ("https://acct.blob.core.windows.net", true),
        ("http://127.0.0.1:10000", true),
        ("http://127.1.2.3:10000", true),
        ("http://localhost:10000/acct", true),
        ("http://[::1]:10000", true),
    ] {
        match config(endpoint).open_on(Arc::new(Quick::new())) {
            Ok(_) => assert!(allowed, "{endpoint}"),
            Err(error) => {
                assert!(!allowed, "{endpoint}: {error}");
                assert_eq!(error.kind(), ErrorKind::Configuration);
                assert!(!chain(&error).contains("c2VjcmV0"));
            }
        }
        if !allowed && !endpoint.contains('@') {
            assert!(config(endpoint).allow_http(true).open_on(Arc::new(Quick::new())).is_ok(), "{endpoint}");
        }
    }
}

#[tokio::test]
async fn fault_129_no_secret_of_an_application_goes_to_a_stranger_in_the_clear() {
    for authority in ["http://login.example.com", "http://192.0.2.1", "http://127.0.0.1.example.com"] {
        let config = place("http://127.0.0.1:1")
            .tenant_id("tenant")
            .client_id("client")
            .client_secret("canary-secret")
            .authority_host(authority);
        let error = config.open_on(Arc::new(Quick::new())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{authority}");
        assert!(chain(&error).contains("authority_host") && !chain(&error).contains("canary"), "{error:?}");
    }
}

/// A storage whose addresses a token stands behind.
async fn delegated() -> (Server, Container) {
    let server = Server::start(service(|_, _, _| None)).await.unwrap();
    let config: AzureConfig = place(&server.url()).bearer_token("a-token");
    let container = open(config).container(CONTAINER).unwrap();
    (server, container)
}

#[tokio::test]
async fn fault_135_an_address_is_good_for_as_long_as_something_stands_behind_it() {
    let service = Service::queue([]).await;
    let (server, container) = delegated().await;
    let (keyed, delegated) = (service.object(), container.object("k").unwrap());
    for (expires, by_key, by_token) in [
        (Duration::ZERO, false, false),
        (Duration::from_secs(1), true, true),
        (Duration::from_secs(604_800), true, true),
        (Duration::from_secs(604_801), true, false),
        (Duration::from_secs(1 << 40), false, false),
        (Duration::MAX, false, false),
    ] {
        for (object, good) in [(&keyed, by_key), (&delegated, by_token)] {
            match object.presign(Method::GET, expires).await {
                Ok(_) => assert!(good, "{expires:?}"),
                Err(error) => {
                    assert_eq!((good, error.kind()), (false, ErrorKind::InvalidInput), "{expires:?}")
                }
            }
        }
    }
    // One key signs them all.
    assert_eq!(server.requests().len(), 1, "{:?}", server.request_lines());
    assert_eq!(service.server.connections(), 0);
}

#[tokio::test]
async fn fault_135_nothing_is_injected_into_an_address() {
    let service = Service::queue([]).await;
    let object = service.container().object("a&se=2099-01-01?b#c").unwrap();
    let options = || PresignOptions::new(Method::PUT, Duration::from_secs(60));
    for (name, value) in [("x-own", "a\r\nb"), ("x own", "a"), ("", "a"), ("x-own\r\nhost", "a")] {
        let mut bad = options();
        bad.headers.push((name.to_owned(), value.to_owned()));
        assert_eq!(object.presign_with(&bad).await.unwrap_err().kind(), ErrorKind::InvalidInput, "{name}");
    }
    for name in ["sig", "SIG", "se", "sp", "sv", "sr", "skoid", "snapshot", "versionid"] {
        let mut bad = options();
        bad.query.push((name.to_owned(), "1".to_owned()));
        assert_eq!(object.presign_with(&bad).await.unwrap_err().kind(), ErrorKind::InvalidInput, "{name}");
    }
    let mut bad = options();
    bad.query.push(("response-content-type".to_owned(), "a\r\nb".to_owned()));
    assert_eq!(object.presign_with(&bad).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    let mut good = options();
    good.headers.push(("Content-Type".to_owned(), "text/plain".to_owned()));
    good.query.push(("response-content-type".to_owned(), "a&b=c".to_owned()));
    good.query.push(("own&sig".to_owned(), "x&sp=rwd".to_owned()));
    let signed = object.presign_with(&good).await.unwrap();
    let url = signed.url.expose();
    assert!(url.contains("/acct/bucket/a%26se%3D2099-01-01%3Fb%23c?"), "{url}");
    assert!(url.contains("rsct=a%26b%3Dc") && url.contains("own%26sig=x%26sp%3Drwd"), "{url}");
    for name in ["se=", "sp=", "sig="] {
        assert_eq!(
            url.matches(&format!("&{name}")).count() + url.matches(&format!("?{name}")).count(),
            1,
            "{url}"
        );
    }
    // What makes it a blob has to be sent by whoever uses the address.
    assert!(signed.headers.iter().any(|(name, value)| name == "x-ms-blob-type" && value == "BlockBlob"));
    assert_eq!(service.server.connections(), 0);
}

#[tokio::test]
async fn fault_111_a_delegation_key_without_sense_signs_nothing() {
    let bad = |from: &str, to: &str| delegation_key("ZGVsZWdhdGVk").replace(from, to);
    for document in [
        bad("2026-01-08T00:00:00Z", "soon"),
        bad("2026-01-08T00:00:00Z", "99999-01-01T00:00:00Z"),
        bad("ZGVsZWdhdGVk", "canary!"),
        bad("ZGVsZWdhdGVk", ""),
        bad("</UserDelegationKey>", ""),
        "<html/>".to_owned(),
        String::new(),
    ] {
        let script = service(move |_, _, _| Some(Answer::xml(200, document.clone())));
        let server = Server::start(script).await.unwrap();
        let container = open(place(&server.url()).bearer_token("a-token")).container(CONTAINER).unwrap();
        let error =
            container.object("k").unwrap().presign(Method::GET, Duration::from_secs(60)).await.unwrap_err();
        assert!(
            [ErrorKind::UnexpectedResponse, ErrorKind::Configuration].contains(&error.kind()),
            "{error:?}"
        );
        assert!(!chain(&error).contains("canary"), "{error:?}");
    }
}

#[tokio::test]
async fn an_address_is_good_no_longer_than_the_key_that_signs_it() {
    let document = delegation_key("ZGVsZWdhdGVk").replace("2026-01-08T", "2026-01-02T");
    let script = service(move |_, _, _| Some(Answer::xml(200, document.clone())));
    let server = Server::start(script).await.unwrap();
    let container = open(place(&server.url()).bearer_token("a-token")).container(CONTAINER).unwrap();
    let object = container.object("k").unwrap();
    let error = object.presign(Method::GET, Duration::from_secs(3 * 24 * 3600)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    object.presign(Method::GET, Duration::from_secs(3600)).await.unwrap();
}

#[tokio::test]
async fn fault_127_an_address_in_an_error_shows_no_value_of_its_query() {
    let script = |request: &Request| told(failed(400, "InvalidUri").header("x-path", request.path()));
    let server = Server::start(Script::function(script)).await.unwrap();
    let config = place(&server.url()).sas_token("sv=2025-11-05&sp=rw&sig=canary%2Bsignature");
    let container = open(config).container(CONTAINER).unwrap();
    let errors = every_call(&container).await;
    assert_eq!(errors.len(), 7);
    for error in errors {
        assert!(!chain(&error).contains("canary"), "{error:?}");
    }
    assert!(server.requests().iter().all(|it| it.target_text().contains("canary%2Bsignature")));
}
