//! Secrets show up in requests to the service, and nowhere else.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

#[path = "support/scripted.rs"]
mod scripted;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::Method;
use storage_core::{ChecksumAlgorithm, Container, Encryption, Error, PutOptions, Secret};
use storage_s3::{EncryptionSetting, S3Config};
use storage_testkit::server::{Answer, Fault, Request, Script, Server};

use scripted::{Quick, Tape, call, chain, service};

const SECRET_KEY: &str = "canary-secret-key";
const TOKEN: &str = "canary-session-token";
const CUSTOMER_KEY: &[u8; 32] = b"canary-customer-key-0123456789ab";
const OTHER_KEY: &[u8; 32] = b"canary-another-key-0123456789abc";
const PASSWORD: &str = "canary-proxy-password";

/// Everything that must not be shown, as it is and as it travels.
fn secrets() -> Vec<String> {
    let mut all = vec!["canary".to_owned(), SECRET_KEY.to_owned(), TOKEN.to_owned(), PASSWORD.to_owned()];
    for key in [CUSTOMER_KEY, OTHER_KEY] {
        all.push(BASE64.encode(key));
        all.push(BASE64.encode(ChecksumAlgorithm::Md5.of(key).value()));
        all.push(format!("{:?}", &key[..8]).trim_matches(['[', ']']).to_owned());
    }
    all.push(BASE64.encode(format!("user:{PASSWORD}")));
    all
}

fn config(endpoint: &str) -> S3Config {
    S3Config::new()
        .endpoint(endpoint)
        .region("us-east-1")
        .access_key_id("AKIDEXAMPLE")
        .secret_access_key(SECRET_KEY)
        .session_token(TOKEN)
        .sse(EncryptionSetting::CustomerKey)
        .sse_customer_key(BASE64.encode(CUSTOMER_KEY))
        .http(scripted::patient())
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
    let options = PutOptions::new().encryption(Encryption::CustomerKey(Secret::new(*OTHER_KEY)));
    let put = object.put("content").options(options.clone());
    write!(shown, "{options:?} {put:?} {object:?} {container:?} {:?}", container.storage()).unwrap();
    note(shown, put.await);
    note(shown, object.put("content").if_absent().await);
    note(shown, object.get().bytes().await);
    note(shown, object.get().range(1..3).bytes().await);
    note(shown, object.head().await);
    note(shown, object.copy_to(&container.object("to").unwrap()).await);
    note(shown, container.list().try_collect::<Vec<_>>().await);
    note(shown, container.incomplete_uploads().try_collect::<Vec<_>>().await);
    let pieces = futures_util::stream::iter([Ok::<_, Error>(bytes::Bytes::from(vec![b'x'; 6 << 20]))]);
    let upload = object.upload_stream(pieces).options(options).part_size(5 << 20);
    write!(shown, "{upload:?}").unwrap();
    note(shown, upload.await);
    note(shown, object.delete().await);
    note(shown, container.info().await);
    note(shown, object.set_tags(&[("a".to_owned(), "b".to_owned())].into()).await);
    let keys = [storage_core::Key::parse("a").unwrap().into()];
    note(shown, container.delete_many(futures_util::stream::iter(keys)).finish().await);
    let mut signed = Vec::new();
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let request = object.presign(method, Duration::from_secs(60)).await.unwrap();
        write!(shown, "{request:?} {request:#?}").unwrap();
        signed.push(request.url.expose().clone());
    }
    note(shown, object.presign(Method::GET, Duration::from_secs(u64::MAX)).await);
    writeln!(shown, "{:?}", container.storage().driver().describe().await).unwrap();
    signed
}

/// What services write that do not accept a signature: all that they were sent, and all that they computed.
fn echo(request: &Request) -> Answer {
    let head = String::from_utf8_lossy(&request.head).replace('&', "&amp;").replace('<', "&lt;");
    let signature =
        request.header("authorization").and_then(|it| it.split("Signature=").nth(1)).unwrap_or("");
    Answer::xml(
        403,
        format!(
            "<?xml version=\"1.0\"?><Error><Code>SignatureDoesNotMatch</Code>\
             <Message>The request signature we calculated does not match the signature you provided.</Message>\
             <AWSAccessKeyId>AKIDEXAMPLE</AWSAccessKeyId><StringToSign>AWS4-HMAC-SHA256\n{head}</StringToSign>\
             <SignatureProvided>{signature}</SignatureProvided><StringToSignBytes>41 57</StringToSignBytes>\
             <CanonicalRequest>{head}</CanonicalRequest><Token-0>{TOKEN}</Token-0><RequestId>R</RequestId></Error>"
        ),
    )
}

/// The values of one request that must not be shown.
fn values(request: &Request) -> Vec<String> {
    let authorization = request.header("authorization").unwrap_or_default();
    let mut all: Vec<String> =
        authorization.split(", ").map(|it| it.split('=').nth(1).unwrap_or(it).to_owned()).collect();
    all.push(authorization.to_owned());
    // The names of the signed headers are no secret.
    all.retain(|it| !it.is_empty() && !it.starts_with("host"));
    all.retain(|it| !it.contains(';') || it.contains("Signature"));
    all
}

fn assert_clean(what: &str, text: &str, server: &Server, signed: &[String]) {
    let mut hidden = secrets();
    hidden.extend(server.requests().iter().flat_map(values));
    for url in signed {
        let query = url.split_once('?').unwrap().1;
        hidden.push(query.to_owned());
        for name in ["X-Amz-Signature=", "X-Amz-Credential=", "X-Amz-Security-Token="] {
            let value = query.split(name).nth(1).unwrap().split('&').next().unwrap();
            hidden.push(value.to_owned());
        }
    }
    for secret in &hidden {
        if let Some(at) = text.find(secret.as_str()) {
            let start = text[..at].char_indices().rev().nth(200).map_or(0, |it| it.0);
            panic!("{what}: `{secret}` behind: {}", &text[start..at]);
        }
    }
}

#[tokio::test]
async fn fault_126_128_secrets_are_neither_traced_nor_shown() {
    let tape = Tape::default();
    let _guard = tracing::subscriber::set_default(tape.clone());
    type Service = fn(&Request) -> Option<Answer>;
    let services: [(&str, Service); 11] = [
        ("good", |_| None),
        ("echo", |request| Some(echo(request))),
        ("echo under 200", |request| {
            (call(request) != "get").then(|| echo(request).fault(Fault::CloseAfterAnswer))
        }),
        ("redirect", |request| {
            let target = request.target_text();
            Some(Answer::new(307).header("location", format!("http://127.0.0.2:1{target}?sig={TOKEN}")))
        }),
        ("expired", |_| Some(Answer::xml(400, scripted::error("ExpiredToken")))),
        ("malformed", |_| {
            Some(Answer::xml(
                400,
                "<Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-west-1</Region></Error>",
            ))
        }),
        ("unavailable", |_| Some(Answer::new(503).header("set-cookie", TOKEN))),
        ("html", |_| Some(Answer::new(200).fault(Fault::HtmlBody))),
        ("binary", |_| Some(Answer::new(200).fault(Fault::BinaryBody))),
        ("lost", |_| Some(Answer::new(200).fault(Fault::CloseWithoutAnswer))),
        ("two lengths", |_| Some(Answer::new(200).fault(Fault::TwoLengths))),
    ];
    for (what, answer) in services {
        let server = Server::start(service(move |call, _, request| {
            answer(request).or_else(|| {
                matches!(call, "get" | "head").then(|| Answer::object(request, "content", "\"e\""))
            })
        }))
        .await
        .unwrap();
        let config = config(&server.url());
        let mut shown = format!("{config:?} {config:#?}");
        let storage = config.open_on(Arc::new(Quick::new())).unwrap();
        write!(shown, "{storage:?} {storage:#?}").unwrap();
        let container = storage.container("bucket").unwrap();
        let signed = every_call(&container, &mut shown).await;
        assert_clean(what, &shown, &server, &signed);
        assert_clean(what, &tape.text(), &server, &signed);
        // They did go where they belong.
        let put = server.requests().remove(0);
        assert_eq!(put.header("x-amz-security-token"), Some(TOKEN), "{what}");
        let key = BASE64.encode(OTHER_KEY);
        assert_eq!(put.header("x-amz-server-side-encryption-customer-key"), Some(key.as_str()));
        assert!(signed.iter().all(|it| it.contains("X-Amz-Signature=")));
    }
    let traced = tape.text();
    // The tape did run.
    assert!(traced.contains("otel.name") && traced.contains("PutObject"), "{traced}");
    assert!(traced.contains("trying again"));
}

#[tokio::test]
async fn fault_126_the_password_of_a_proxy_is_neither_traced_nor_shown() {
    let tape = Tape::default();
    let _guard = tracing::subscriber::set_default(tape.clone());
    for status in [200, 403, 407, 500, 502] {
        let answer = Answer::new(status).header("etag", "\"e\"").header("proxy-authenticate", "Basic");
        let proxy = Server::start(Script::function(move |_| answer.clone())).await.unwrap();
        let url = format!("http://user:{PASSWORD}@{}", proxy.address());
        let config = config("http://192.0.2.1").allow_http(true).proxy_url(url);
        let mut shown = format!("{config:?}");
        let storage = config.open_on(Arc::new(Quick::new())).unwrap();
        write!(shown, "{storage:?}").unwrap();
        let object = storage.container("bucket").unwrap().object("k").unwrap();
        note(&mut shown, object.put("content").await);
        note(&mut shown, object.head().await);
        assert_clean("proxy", &shown, &proxy, &[]);
        assert_clean("proxy", &tape.text(), &proxy, &[]);
        assert!(proxy.requests()[0].header("proxy-authorization").is_some(), "{status}");
    }
    // A proxy that is none, and one that is not there.
    for url in
        [format!("http://user:{PASSWORD}@"), format!("nonsense {PASSWORD}"), format!("ftp://u:{PASSWORD}@x")]
    {
        let error = config("http://192.0.2.1").allow_http(true).proxy_url(url).open().unwrap_err();
        assert!(!chain(&error).contains("canary"), "{error:?}");
    }
}
