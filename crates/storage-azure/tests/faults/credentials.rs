//! Credentials that end in the middle of the work.

use std::sync::Arc;
use std::time::Duration;

use storage_core::{ErrorKind, Storage};
use storage_testkit::TestRuntime;
use storage_testkit::server::{Answer, Request, Script, Server};

use crate::scripted::{Service, content, failed, object, place, service, told};

/// An authority that gives the tokens `token-1`, `token-2` and so on.
async fn authority() -> Server {
    let mut number = 0;
    Server::start(Script::function(move |_| {
        number += 1;
        Answer::json(
            200,
            format!("{{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"token-{number}\"}}"),
        )
    }))
    .await
    .unwrap()
}

/// A storage whose tokens come from the authority.
fn open(service: &Server, authority: &Server, clock: &TestRuntime) -> Storage {
    place(&service.url())
        .tenant_id("tenant")
        .client_id("client")
        .client_secret("secret")
        .authority_host(authority.url())
        .open_on(Arc::new(clock.clone()))
        .unwrap()
}

fn object_of(storage: &Storage) -> storage_core::Object {
    storage.container("bucket").unwrap().object("k").unwrap()
}

fn is_signed_with(request: &Request, number: usize) -> bool {
    request.header("authorization") == Some(&format!("Bearer token-{number}"))
}

/// The challenge of the service.
fn challenge(request: &Request) -> Answer {
    let answer = match request.method.as_str() {
        "HEAD" => Answer::new(401).header("x-ms-error-code", "InvalidAuthenticationInfo"),
        _ => failed(401, "InvalidAuthenticationInfo"),
    };
    answer.header(
        "www-authenticate",
        "Bearer authorization_uri=https://login.microsoftonline.com/x/oauth2/authorize resource_id=https://storage.azure.com",
    )
}

/// Takes the first token for so many requests, and the second one for ever.
async fn service_for(good_for: usize) -> Server {
    let mut seen = 0;
    Server::start(service(move |call, _, request| {
        seen += 1;
        if is_signed_with(request, 1) && seen > good_for {
            return Some(challenge(request));
        }
        matches!(call, "get" | "head").then(|| object(request, content(), "\"e1\""))
    }))
    .await
    .unwrap()
}

#[tokio::test]
async fn fault_048_a_token_that_ends_in_mid_job_is_had_anew_once() {
    let clock = TestRuntime::new(1);
    let (service, authority) = (service_for(2).await, authority().await);
    let storage = open(&service, &authority, &clock);
    let object = object_of(&storage);
    object.put("one").await.unwrap();
    object.put("two").await.unwrap();
    clock.advance(Duration::from_secs(120));
    object.put("three").if_absent().await.unwrap();
    assert_eq!(object.get().bytes().await.unwrap(), content());
    object.head().await.unwrap();
    let requests = service.requests();
    let tokens: Vec<_> = requests.iter().map(|it| if is_signed_with(it, 1) { 1 } else { 2 }).collect();
    assert_eq!(tokens, [1, 1, 1, 2, 2, 2]);
    assert_eq!(requests[2].body, requests[3].body);
    assert_eq!(authority.requests().len(), 2);
}

#[tokio::test]
async fn fault_048_the_answer_to_a_question_says_it_in_a_header() {
    let clock = TestRuntime::new(1);
    let (service, authority) = (service_for(1).await, authority().await);
    let object = object_of(&open(&service, &authority, &clock));
    object.head().await.unwrap();
    clock.advance(Duration::from_secs(120));
    object.head().await.unwrap();
    assert_eq!(service.request_lines(), ["HEAD /acct/bucket/k"; 3]);
    assert!(is_signed_with(&service.requests()[2], 2));
    assert_eq!(authority.requests().len(), 2);
}

#[tokio::test]
async fn fault_048_a_second_refusal_surfaces() {
    for code in ["InvalidAuthenticationInfo", "AuthenticationFailed", ""] {
        let answer = move |_: &Request| told(failed(401, code));
        let service = Server::start(Script::function(answer)).await.unwrap();
        let authority = authority().await;
        let object = object_of(&open(&service, &authority, &TestRuntime::new(1)));
        let error = object.put("content").if_absent().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unauthenticated, 2), "{code}");
        assert_eq!(service.requests().len(), 2);
        // A token that was had just now is not thrown away again.
        assert!(authority.requests().len() <= 2, "{code}");
    }
}

#[tokio::test]
async fn fault_048_what_can_not_be_renewed_is_refused_once() {
    for what in ["key", "sas", "bearer"] {
        let script = service(|_, _, request| Some(challenge(request)));
        let server = Server::start(script).await.unwrap();
        let config = match what {
            "key" => crate::scripted::config(&server.url()),
            "sas" => place(&server.url()).sas_token("sv=2025-11-05&sp=rw&sig=abc%3D"),
            _ => place(&server.url()).bearer_token("a-token"),
        };
        let object = object_of(&crate::scripted::open(config));
        let error = object.get().bytes().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unauthenticated, 1), "{what}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn pitfall_06_a_given_query_is_sent_as_it_is() {
    let given = "sv=2019-02-02&st=2025-01-01T00%3a00%3A00Z&se=2027-1-1&sr=c&sp=racwdl&sig=a%2bB%2Fc%3D";
    for (text, query) in [(given.to_owned(), given), (format!("?{given}"), given)] {
        let service = Service::with(
            service(crate::scripted::holding(b"content")),
            crate::scripted::Quick::fixed(0),
            |it| {
                let mut it = it.sas_token(text);
                it.account_key = None;
                it
            },
        )
        .await;
        service.object().put("content").await.unwrap();
        service.object().get().bytes().await.unwrap();
        service.container().list().try_collect::<Vec<_>>().await.unwrap();
        let sent = service.requests();
        assert!(sent[0].target_text().ends_with(&format!("/k?{query}")), "{}", sent[0].target_text());
        assert!(sent[2].target_text().ends_with(&format!("&{query}")), "{}", sent[2].target_text());
        assert!(sent.iter().all(|it| it.header("authorization").is_none()));
        assert!(sent.iter().all(|it| it.header("x-ms-version") == Some("2025-11-05")));
    }
}

#[tokio::test]
async fn fault_134_two_identities_are_never_crossed() {
    const ROUNDS: usize = 500;
    let script = service(|call, _, request| {
        let who = request.path().split('/').nth(2).unwrap_or_default().to_owned();
        let own = request.query("sig") == Some(format!("sig-{who}"));
        let answer = if own { object(request, who, "\"e\"") } else { failed(403, "AuthorizationFailure") };
        (call == "get").then_some(answer)
    });
    let server = Server::start(script).await.unwrap();
    let open = |who: &str| {
        let config = place(&server.url()).sas_token(format!("sv=2025-11-05&sig=sig-{who}"));
        crate::scripted::open(config).container(who).unwrap().object("k").unwrap()
    };
    let objects = [open("one"), open("two")];
    let reads = (0..ROUNDS).map(|at| {
        let object = objects[at % 2].clone();
        async move { assert_eq!(object.get().bytes().await.unwrap(), object.container().name().as_bytes()) }
    });
    use futures_util::StreamExt as _;
    assert_eq!(futures_util::stream::iter(reads).buffer_unordered(64).count().await, ROUNDS);
    assert_eq!(server.requests().len(), ROUNDS);
}
