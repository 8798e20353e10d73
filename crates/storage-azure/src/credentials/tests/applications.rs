//! Applications of Microsoft Entra ID.

use super::*;

#[tokio::test]
async fn a_secret_gets_a_token() {
    let server = Server::start(Script::queue([token("T", 60)])).await.unwrap();
    let place = Place::new();
    let found = place.find(application(&server)).await.unwrap();
    assert_eq!((found.token.expose().as_str(), found.source), ("T", "client secret"));
    assert_eq!(found.expires, Some(minutes_later(60)));
    server.assert_done();
    let request = &server.requests()[0];
    assert_eq!(server.request_lines(), ["POST /tenant/oauth2/v2.0/token"]);
    assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(request.header("authorization"), None);
    assert_eq!(
        body(request),
        "grant_type=client_credentials&client_id=app&scope=https%3A%2F%2Fstorage.azure.com%2F.default\
         &client_secret=canary%26%2B%20secret"
    );
}

#[tokio::test]
async fn a_certificate_gets_a_token() {
    let server = Server::start(Script::queue([token("T", 60)])).await.unwrap();
    let place = Place::new();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), include_str!("../certificate/testdata/identity.pem")).unwrap();
    let settings = CredentialSettings {
        client_secret: None,
        client_certificate: Some(file.path().to_owned()),
        ..application(&server)
    };
    let found = place.find(settings).await.unwrap();
    assert_eq!((found.token.expose().as_str(), found.source), ("T", "client certificate"));
    let body = body(&server.requests()[0]);
    assert!(body.contains(
        "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=ey"
    ));
    assert!(!body.contains("client_secret"));
}

#[tokio::test]
async fn the_token_of_a_workload_is_read_anew_every_time() {
    let server = Server::start(Script::queue([token("T-1", 60), token("T-2", 60)])).await.unwrap();
    let place = Place::new();
    let file = tempfile::NamedTempFile::new().unwrap();
    let settings = CredentialSettings {
        client_secret: None,
        federated_token_file: Some(file.path().to_owned()),
        ..application(&server)
    };
    let chain = place.chain(settings);
    for n in 1..=2 {
        std::fs::write(file.path(), format!("ey.file-{n}\n")).unwrap();
        let found = place.get(&chain).await.unwrap();
        assert_eq!((found.token.expose(), found.source), (&format!("T-{n}"), "workload identity"));
        let sent = body(server.requests().last().unwrap());
        assert!(sent.ends_with(&format!("&client_assertion=ey.file-{n}")), "{sent}");
        place.runtime.advance(Duration::from_secs(60));
        assert!(chain.forget());
    }
    server.assert_done();
    std::fs::write(file.path(), "canary canary").unwrap();
    let error = place.get(&chain).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(causes(&error).contains("does not hold one token") && !causes(&error).contains(CANARY));
}

#[tokio::test]
async fn refusals_say_what_to_do_and_repeat_nothing() {
    use ErrorKind::{Configuration, PermissionDenied, Unauthenticated};
    for (status, number, kind, want) in [
        (401, 7_000_215, Unauthenticated, "give the value of the secret, not its id"),
        (401, 7_000_222, Unauthenticated, "`client_secret` has ended"),
        (401, 7_000_218, Unauthenticated, "neither a secret nor an assertion"),
        (401, 700_027, Unauthenticated, "does not know the certificate"),
        (401, 700_024, Unauthenticated, "check the clock"),
        (400, 700_016, Configuration, "check `client_id` and `tenant_id`"),
        (400, 90_002, Configuration, "knows no such tenant"),
        (400, 900_023, Configuration, "`tenant_id` is neither"),
        (400, 70_021, Unauthenticated, "issuer, subject and audience"),
        (400, 500_011, Configuration, "no tokens for that `audience`"),
        (400, 7_000_112, PermissionDenied, "switched off"),
        (400, 53_003, PermissionDenied, "conditional access"),
        (400, 12_345, Configuration, "refuses the request"),
        (401, 12_345, Unauthenticated, "does not take"),
        (403, 12_345, PermissionDenied, "does not allow"),
    ] {
        let server =
            Server::start(Script::queue([refusal(status, number), refusal(status, number)])).await.unwrap();
        let place = Place::new();
        let (found, text) = place.fail(application(&server)).await;
        assert_eq!(found, kind, "{number}: {text}");
        assert!(text.contains(want) && text.contains(&format!("AADSTS{number}")), "{number}: {text}");
        assert!(text.contains("no token could be had from: client secret"), "{text}");
        server.assert_done();
    }
}

#[tokio::test]
async fn the_number_is_found_in_the_text_alone() {
    let text = r#"{"error":"invalid_client","error_description":"AADSTS7000222: canary"}"#;
    let server = Server::start(Script::function(move |_| Answer::json(401, text))).await.unwrap();
    let (_, text) = Place::new().fail(application(&server)).await;
    assert!(text.contains("has ended") && text.contains("AADSTS7000222"), "{text}");
}

#[tokio::test]
async fn fault_139_what_is_no_token_is_an_error() {
    let html = || Answer::new(200).header("content-type", "text/html").body("<html>canary</html>");
    for (answer, want) in [
        (html(), "not the JSON"),
        (Answer::new(200), "not the JSON"),
        (Answer::json(200, "{}"), "lacks `expires_in`"),
        (token("canary", 0), "has ended already"),
        (Answer::json(200, r#"{"access_token":"canary","expires_in":9223372036854775808}"#), "is no time"),
        (Answer::json(200, r#"{"access_token":"canary","expires_on":1}"#), "has ended already"),
    ] {
        let server = Server::start(Script::queue([answer.clone(), answer])).await.unwrap();
        let (kind, text) = Place::new().fail(application(&server)).await;
        assert_eq!(kind, ErrorKind::UnexpectedResponse, "{text}");
        assert!(text.contains(want), "{want}: {text}");
        server.assert_done();
    }
}

#[tokio::test]
async fn fault_138_nobody_follows_where_an_answer_points() {
    let elsewhere = Server::start(Script::function(|_| token("canary", 60))).await.unwrap();
    for status in [301, 302, 307, 308] {
        let location = format!("{}/token", elsewhere.url());
        let server = Server::start(Script::function(move |_| {
            Answer::new(status).header("location", location.clone())
        }))
        .await
        .unwrap();
        let (kind, text) = Place::new().fail(application(&server)).await;
        assert_eq!(kind, ErrorKind::UnexpectedResponse, "{text}");
        assert!(text.contains("nobody follows"), "{text}");
    }
    // Nor do parts of a good answer lead anywhere.
    let json = format!(
        r#"{{"access_token":"T","expires_in":60,"token_endpoint":"{0}","resource":"{0}","location":"{0}"}}"#,
        elsewhere.url()
    );
    let server = Server::start(Script::queue([Answer::json(200, json)])).await.unwrap();
    assert_eq!(Place::new().find(application(&server)).await.unwrap().token.expose(), "T");
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn a_service_that_is_busy_is_asked_again() {
    let busy = refusal(503, 90_033);
    let server = Server::start(Script::queue([busy, Answer::new(429), Answer::new(500), token("T", 60)]))
        .await
        .unwrap();
    let place = Place::new();
    let chain = place.chain(application(&server));
    let (client, runtime) = (place.client.clone(), place.runtime.clone());
    let task = tokio::spawn(async move { chain.get(&client, runtime.now()).await });
    let Credential::Bearer(found) = hurry(&place, task).await.unwrap() else { panic!("no token") };
    assert_eq!(found.token.expose(), "T");
    server.assert_done();
}
