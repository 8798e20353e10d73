//! Secrets show up in requests to the service, and nowhere else.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

#[path = "support/scripted.rs"]
mod scripted;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD};
use http::Method;
use storage_azure::{Azure, AzureConfig, AzureDeleteOptions, AzurePutOptions};
use storage_core::{ChecksumAlgorithm, Container, DeleteOptions, Encryption, Error, PutOptions, Secret};
use storage_testkit::server::{Answer, Fault, Request, Script, Server};

use scripted::{CONTAINER, Quick, Tape, call, chain, delegation_key, failed, object, place, service, told};

const ACCOUNT_KEY: &[u8] = b"canary-key-of-the-account";
const CUSTOMER_KEY: &[u8; 32] = b"canary-customer-key-0123456789ab";
const OTHER_KEY: &[u8; 32] = b"canary-another-key-0123456789abc";
const DELEGATION_KEY: &[u8] = b"canary-key-of-a-delegation";
const PASSWORD: &str = "canary-proxy-password";
const TOKEN: &str = "canary-token";
const SIGNATURE: &str = "canary%2Bsignature%3D";

/// Everything that must not be shown, as it is and as it travels.
fn secrets() -> Vec<String> {
    let mut all = vec!["canary".to_owned(), BASE64.encode(format!("user:{PASSWORD}"))];
    for key in [ACCOUNT_KEY, CUSTOMER_KEY, OTHER_KEY, DELEGATION_KEY] {
        all.push(BASE64.encode(key));
        all.push(URL_SAFE_NO_PAD.encode(key));
        all.push(BASE64.encode(ChecksumAlgorithm::Sha256.of(key).value()));
        all.push(format!("{:?}", &key[..8]).trim_matches(['[', ']']).to_owned());
    }
    all
}

/// The ways to prove who asks, each with a secret.
fn ways(server: &Server, authority: &Server) -> Vec<(&'static str, AzureConfig)> {
    let place = || place(&server.url()).customer_key(BASE64.encode(CUSTOMER_KEY));
    let query = format!("sv=2025-11-05&ss=b&srt=sco&sp=rwdl&se=2027-01-01T00%3A00%3A00Z&sig={SIGNATURE}");
    let connection = format!(
        "DefaultEndpointsProtocol=http;AccountName=acct;AccountKey={};BlobEndpoint={}/acct",
        BASE64.encode(ACCOUNT_KEY),
        server.url()
    );
    let mut connected = place().connection_string(connection);
    (connected.endpoint, connected.account) = (None, None);
    let mut signed = place()
        .connection_string(format!("BlobEndpoint={}/acct;SharedAccessSignature={query}", server.url()));
    (signed.endpoint, signed.account) = (None, None);
    vec![
        ("key", place().account_key(BASE64.encode(ACCOUNT_KEY))),
        ("sas", place().sas_token(query)),
        ("bearer", place().bearer_token(TOKEN)),
        ("connection string", connected),
        ("signed connection string", signed),
        (
            "client secret",
            place()
                .tenant_id("tenant")
                .client_id("client")
                .client_secret("canary-client-secret")
                .authority_host(authority.url()),
        ),
    ]
}

/// Notes what may be printed of a call that was made.
fn note<T: std::fmt::Debug>(shown: &mut String, outcome: Result<T, Error>) {
    match outcome {
        Ok(value) => writeln!(shown, "{value:?}").unwrap(),
        Err(error) => writeln!(shown, "{} {error:#?}", chain(&error)).unwrap(),
    }
}

/// Makes every kind of call, and prints all that can be printed. Returns the addresses that were signed.
async fn every_call(container: &Container, shown: &mut String) -> Vec<String> {
    let object = container.object("k").unwrap();
    let own = AzurePutOptions::new().lease_id("7b1f3c2a-0000-0000-0000-000000000001");
    let options =
        PutOptions::new().encryption(Encryption::CustomerKey(Secret::new(*OTHER_KEY))).extension(own);
    let put = object.put("content").options(options.clone());
    write!(shown, "{options:?} {put:?} {object:?} {container:?} {:?}", container.storage()).unwrap();
    note(shown, put.await);
    note(shown, object.put("content").if_absent().await);
    note(shown, object.get().bytes().await);
    note(shown, object.get().range(1..3).bytes().await);
    note(shown, object.get().suffix(2).bytes().await);
    note(shown, object.head().await);
    note(shown, object.copy_to(&container.object("to").unwrap()).await);
    note(shown, container.list().try_collect::<Vec<_>>().await);
    note(shown, container.incomplete_uploads().try_collect::<Vec<_>>().await);
    let pieces = (0..2).map(|_| Ok::<_, Error>(bytes::Bytes::from(vec![b'x'; 1 << 20])));
    let upload =
        object.upload_stream(futures_util::stream::iter(pieces)).options(options.clone()).part_size(1 << 20);
    write!(shown, "{upload:?}").unwrap();
    note(shown, upload.await);
    let delete = DeleteOptions::new().extension(AzureDeleteOptions::new().lease_id("a-lease"));
    note(shown, object.delete().options(delete).await);
    note(shown, container.info().await);
    note(shown, container.acl().await);
    note(shown, object.set_tags(&[("a".to_owned(), "b".to_owned())].into()).await);
    note(shown, object.update_metadata(storage_core::Metadata::new()).await);
    let keys = [storage_core::Key::parse("a").unwrap().into()];
    note(shown, container.delete_many(futures_util::stream::iter(keys)).finish().await);
    let azure = Azure::of(container.storage()).unwrap();
    write!(shown, "{azure:?}").unwrap();
    note(shown, azure.snapshot(&object).await);
    note(shown, azure.append(&object, "x", Some(0), &options).await);
    let mut signed = Vec::new();
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        match object.presign(method, Duration::from_secs(60)).await {
            Ok(request) => {
                write!(shown, "{request:?} {request:#?}").unwrap();
                signed.push(request.url.expose().clone());
            }
            Err(error) => note::<()>(shown, Err(error)),
        }
    }
    note(shown, object.presign(Method::GET, Duration::from_secs(u64::MAX)).await);
    writeln!(shown, "{:?}", container.storage().driver().describe().await).unwrap();
    signed
}

/// What services write that do not accept a signature: all that they were sent, and all that they computed.
fn echo(request: &Request) -> Answer {
    let head = String::from_utf8_lossy(&request.head).replace('&', "&amp;").replace('<', "&lt;");
    let authorization = request.header("authorization").unwrap_or_default();
    let document = format!(
        "<?xml version=\"1.0\"?><Error><Code>AuthenticationFailed</Code><Message>Server failed to authenticate the \
         request.\nRequestId:1\nTime:2026-01-01T00:00:00Z</Message><AuthenticationErrorDetail>The MAC signature \
         found in the HTTP request '{authorization}' is not the same as any computed signature. Server used \
         following string to sign: '{head}'.</AuthenticationErrorDetail></Error>"
    );
    Answer::xml(403, document).header("x-ms-error-code", "AuthenticationFailed")
}

/// The values of one request that must not be shown.
fn values(request: &Request) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(authorization) = request.header("authorization") {
        all.push(authorization.to_owned());
        all.extend(authorization.split([' ', ':']).skip(1).map(str::to_owned));
        all.retain(|it| it != "acct");
    }
    all.extend(request.query("sig"));
    all
}

fn assert_clean(what: &str, text: &str, server: &Server, signed: &[String]) {
    let mut hidden = secrets();
    hidden.extend(server.requests().iter().flat_map(values));
    for url in signed {
        let query = url.split_once('?').unwrap().1;
        hidden.push(query.to_owned());
        let signature = query.split("sig=").nth(1).unwrap().split('&').next().unwrap();
        hidden.push(signature.to_owned());
    }
    for secret in hidden.iter().filter(|it| !it.is_empty()) {
        if let Some(at) = text.find(secret.as_str()) {
            let start = text[..at].char_indices().rev().nth(300).map_or(0, |it| it.0);
            panic!("{what}: `{secret}` behind: {}", &text[start..at]);
        }
    }
}

/// An authority that gives a token, or says what it was sent.
async fn authority() -> Server {
    let mut asked = 0;
    Server::start(Script::function(move |request| {
        asked += 1;
        let body = String::from_utf8_lossy(&request.body).into_owned();
        match asked % 3 {
            0 => Answer::json(
                401,
                format!("{{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: {body}\"}}"),
            ),
            _ => Answer::json(
                200,
                format!(
                    "{{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"{TOKEN}-{asked}\"}}"
                ),
            ),
        }
    }))
    .await
    .unwrap()
}

#[tokio::test]
async fn fault_126_128_secrets_are_neither_traced_nor_shown() {
    let tape = Tape::default();
    let _guard = tracing::subscriber::set_default(tape.clone());
    type Other = fn(&Request) -> Option<Answer>;
    let services: [(&str, Other); 10] = [
        ("good", |_| None),
        ("echo", |request| Some(echo(request))),
        ("echo under 200", |request| {
            (call(request) != "get")
                .then(|| Answer::new(200).body(request.head.clone()).fault(Fault::CloseAfterAnswer))
        }),
        ("redirect", |request| {
            let target = request.target_text();
            Some(Answer::new(307).header("location", format!("http://127.0.0.2:1{target}?sig={TOKEN}")))
        }),
        ("challenge", |_| {
            Some(
                failed(401, "InvalidAuthenticationInfo")
                    .header("www-authenticate", format!("Bearer {TOKEN}")),
            )
        }),
        ("unavailable", |_| Some(Answer::new(503).header("set-cookie", TOKEN))),
        ("html", |_| Some(Answer::new(200).fault(Fault::HtmlBody))),
        ("binary", |_| Some(Answer::new(200).fault(Fault::BinaryBody))),
        ("lost", |_| Some(Answer::new(200).fault(Fault::CloseWithoutAnswer))),
        ("two lengths", |_| Some(Answer::new(200).fault(Fault::TwoLengths))),
    ];
    for (what, answer) in services {
        let script = || {
            service(move |call, _, request| {
                answer(request).or_else(|| match call {
                    "get" | "head" => Some(object(request, "content", "\"e\"")),
                    "delegation" => Some(Answer::xml(200, delegation_key(&BASE64.encode(DELEGATION_KEY)))),
                    _ => None,
                })
            })
        };
        let authority = authority().await;
        let any = Server::start(script()).await.unwrap();
        for (way, _) in ways(&any, &authority) {
            let server = Server::start(script()).await.unwrap();
            let (_, config) = ways(&server, &authority).into_iter().find(|it| it.0 == way).unwrap();
            let what = format!("{what}, {way}");
            let mut shown = format!("{config:?} {config:#?}");
            // The authority has a minute, which must not pass before it answers.
            let runtime = Quick::new().lasting(Duration::from_secs(60));
            let storage = config.open_on(Arc::new(runtime)).unwrap();
            write!(shown, "{storage:?} {storage:#?}").unwrap();
            let container = storage.container(CONTAINER).unwrap();
            let signed = every_call(&container, &mut shown).await;
            assert_clean(&what, &shown, &server, &signed);
            assert_clean(&what, &tape.text(), &server, &signed);
            // They did go where they belong.
            let put = server.requests().into_iter().next().unwrap_or_else(|| panic!("{what}: {shown}"));
            assert_eq!(put.header("x-ms-encryption-key"), Some(BASE64.encode(OTHER_KEY).as_str()), "{what}");
            match way {
                "key" | "connection string" => {
                    assert!(put.header("authorization").unwrap().starts_with("SharedKey acct:"), "{what}");
                    assert_eq!(signed.len(), 3, "{what}");
                }
                "sas" | "signed connection string" => {
                    assert!(put.target_text().ends_with(&format!("&sig={SIGNATURE}")), "{what}");
                }
                _ => {
                    assert!(put.header("authorization").unwrap().starts_with("Bearer canary-token"), "{what}")
                }
            }
            if what.starts_with("good") && matches!(way, "bearer" | "client secret") {
                assert_eq!(signed.len(), 3, "{what}: {shown}");
            }
        }
    }
    let traced = tape.text();
    // The tape did run.
    assert!(traced.contains("otel.name") && traced.contains("PutBlob"), "{traced}");
    assert!(traced.contains("trying again"));
}

#[tokio::test]
async fn fault_126_the_password_of_a_proxy_is_neither_traced_nor_shown() {
    let tape = Tape::default();
    let _guard = tracing::subscriber::set_default(tape.clone());
    let config = |url: String| {
        let endpoint = place("http://192.0.2.1").allow_http(true);
        endpoint.account_key(BASE64.encode(ACCOUNT_KEY)).proxy_url(url)
    };
    for status in [200, 403, 407, 500] {
        let answer = told(Answer::new(status).header("etag", "\"e\"").header("proxy-authenticate", "Basic"));
        let proxy = Server::start(Script::function(move |_| answer.clone())).await.unwrap();
        let config = config(format!("http://user:{PASSWORD}@{}", proxy.address()));
        let mut shown = format!("{config:?}");
        let storage = config.open_on(Arc::new(Quick::new())).unwrap();
        write!(shown, "{storage:?}").unwrap();
        let object = storage.container(CONTAINER).unwrap().object("k").unwrap();
        note(&mut shown, object.put("content").await);
        note(&mut shown, object.head().await);
        assert_clean("proxy", &shown, &proxy, &[]);
        assert_clean("proxy", &tape.text(), &proxy, &[]);
        assert!(proxy.requests()[0].header("proxy-authorization").is_some(), "{status}");
    }
}

#[tokio::test]
async fn fault_126_fault_175_settings_that_are_wrong_are_named_and_not_shown() {
    let base = || place("http://127.0.0.1:1");
    let mut unnamed = AzureConfig::new().connection_string("AccountKey=canary;AccountName");
    unnamed.http = scripted::patient();
    for config in [
        base().account_key("canary-no-base64!"),
        base().sas_token("canary without a signature"),
        base().bearer_token("canary with a blank"),
        base().customer_key("canary"),
        base().account_key(BASE64.encode("canary")).sas_token("sv=1&sig=canary"),
        unnamed,
    ] {
        let shown = format!("{config:?} {config:#?}");
        let opened = config.open_on(Arc::new(Quick::new())).map(drop);
        let Err(error) = opened else { panic!("it was taken: {shown}") };
        let told = chain(&error);
        for text in [&shown, &told] {
            assert!(!text.contains("canary") && !text.contains(&BASE64.encode("canary")), "{text}");
        }
        assert_eq!(error.kind(), storage_core::ErrorKind::Configuration, "{told}");
        assert!(told.contains('`'), "it names the setting: {told}");
    }
}
